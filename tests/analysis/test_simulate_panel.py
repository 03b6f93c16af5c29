"""Simulated panels behave like the one they are fitted to, and the default interval holds as often as it says."""

from __future__ import annotations

import numpy as np
import pytest

from hotspots.analysis.difference_in_differences import estimate_effect
from hotspots.analysis.placebo_areas import draw_placebo_areas
from hotspots.analysis.simulate_panel import ForceProcess, draw_course, draw_panel, fit_process
from tests.analysis.made_panels import MAY_2020, chain, make_panel

UNITS = 150
TOUCHING = chain(UNITS)
MONTHS = np.arange(MAY_2020, MAY_2020 + 40, dtype=np.int64)
PROCESS = ForceProcess(
    level=np.random.default_rng(0).uniform(10, 60, UNITS),
    calendar=1 + 0.2 * np.sin(np.arange(12)),
    shock=0.05,
    wander=np.full(UNITS, 0.2),
    persistence=0.9,
    shared=0.4,
    dispersion=1.5,
)


def test_a_course_has_the_spread_memory_and_neighbours_that_are_asked_for() -> None:
    rng = np.random.default_rng(1)
    course = np.concatenate([draw_course(PROCESS, 60, TOUCHING, rng) for _ in range(20)], axis=1)
    assert course.std() == pytest.approx(0.2, rel=0.03)
    blocks = course.reshape(UNITS, 20, 60)
    memory = (blocks[:, :, 1:] * blocks[:, :, :-1]).mean() / (blocks**2).mean()
    assert memory == pytest.approx(0.9, abs=0.02)
    between = (course[1:] * course[:-1]).mean() / (course**2).mean()
    assert between == pytest.approx(0.4 * 2 / 3, abs=0.03)  # two of three parts of the smoothed noise are common
    assert abs((course[10:] * course[:-10]).mean() / (course**2).mean()) < 0.03


def test_the_process_is_found_again_from_its_own_panel() -> None:
    fits = [fit_process(draw_panel(PROCESS, MONTHS, TOUCHING, seed=seed), MONTHS, TOUCHING) for seed in range(3)]
    assert np.mean([one.dispersion for one in fits]) == pytest.approx(1.5, abs=0.2)
    assert np.mean([np.sqrt((one.wander**2).mean()) for one in fits]) == pytest.approx(0.2, abs=0.04)
    assert np.mean([one.persistence for one in fits]) == pytest.approx(0.9, abs=0.05)
    assert np.mean([one.shared for one in fits]) == pytest.approx(0.4, abs=0.2)
    assert fits[0].level == pytest.approx(PROCESS.level, rel=0.6)


def test_a_planted_factor_and_the_seed_are_kept() -> None:
    factor = np.ones((UNITS, 40))
    factor[3] = 0.0
    one, two = (draw_panel(PROCESS, MONTHS, TOUCHING, seed=5, factor=factor) for _ in range(2))
    assert (one == two).all()
    assert not one[3].any()
    assert one[4].any()
    calm = ForceProcess(PROCESS.level, np.ones(12), 0.0, np.zeros(UNITS), 0.9, 0.0, 1.0)
    counts = draw_panel(calm, MONTHS, TOUCHING, seed=6)
    assert (counts.var(axis=1, ddof=1) / counts.mean(axis=1)).mean() == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("moved", [0.0, 0.15])
def test_the_default_is_unbiased_and_its_interval_holds(moved: float) -> None:
    """A small version of benchmarks/bench_calibration.py: 250 runs, whose own error the limits allow for."""
    rng = np.random.default_rng(2)
    truth = float(np.log(0.8))
    panel = make_panel(np.ones((UNITS, 40)), [70, 71, 72], before=15, touching=TOUCHING)
    placebos = draw_placebo_areas(panel)
    factor = np.ones((UNITS, 40))
    factor[np.ix_(panel.treated, panel.after)] = np.exp(truth)
    factor[np.ix_(panel.ring, panel.after)] = np.exp(moved)
    estimates, held, naive = [], [], []
    for _ in range(250):
        counts = draw_panel(PROCESS, MONTHS, TOUCHING, seed=rng, factor=factor)
        effect = estimate_effect(panel, counts, placebos)
        estimates.append(effect.log_ratio)
        held.append(effect.low <= truth <= effect.high)
        naive.append(abs(effect.log_ratio - truth) < 1.96 / np.sqrt(counts[panel.treated].sum() / 2))
    assert np.mean(estimates) == pytest.approx(truth, abs=0.02)
    assert 0.91 <= np.mean(held) <= 0.985
    assert np.mean(naive) < 0.8  # an interval that knows only of counting would not hold
