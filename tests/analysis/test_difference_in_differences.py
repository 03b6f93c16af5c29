"""Difference-in-differences: the closed form is the Poisson regression, and places next door are on neither side."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspots.analysis.difference_in_differences import contrast_areas, estimate_effect
from hotspots.analysis.placebo_areas import draw_placebo_areas
from tests.analysis.made_panels import chain, draw_counts, make_panel


def test_the_closed_form_is_poisson_regression_with_unit_and_month_effects() -> None:
    counts = draw_counts(8, 12, mean=400, seed=3)
    counts[:2, 5:] = np.round(counts[:2, 5:] * 0.7)
    panel = make_panel(counts, [0, 1], before=5)
    unit, month = np.indices(counts.shape)
    design = np.column_stack(
        [*(unit.ravel() == one for one in range(8)), *(month.ravel() == one for one in range(1, 12)),
         np.outer(panel.treated, panel.after).ravel()]
    ).astype(float)  # fmt: skip
    fitted = sm.GLM(counts.ravel(), design, family=sm.families.Poisson()).fit(tol=1e-12)
    own = contrast_areas(
        counts,
        panel.treated[None].astype(float),
        np.zeros((1, 8)),
        before=panel.before,
        after=panel.after,
        donors=panel.donors,
    )
    # Half an incident by month on either side moves thousands of incidents by less than a ten-thousandth.
    assert own.figure[0] == pytest.approx(fitted.params[-1], abs=1e-4)


def test_a_planted_fall_is_found_and_what_moved_next_door_is_not_compared() -> None:
    counts = draw_counts(60, 30, mean=2000, seed=1)
    counts[[20, 21], 12:] *= 0.75
    counts[[19, 22], 12:] *= 1.5
    panel = make_panel(counts, [20, 21], before=12, touching=chain(60))
    placebos = draw_placebo_areas(panel)
    effect = estimate_effect(panel, panel.counts[0], placebos)
    assert np.exp(effect.log_ratio) == pytest.approx(0.75, abs=0.01)
    assert effect.high < 0
    assert effect.rank == 0
    assert effect.change == pytest.approx(-effect.expected / 4, rel=0.05)
    low, high = effect.change_limits
    assert low < effect.change < high
    ring = estimate_effect(panel, panel.counts[0], placebos, ring=True)
    assert np.exp(ring.log_ratio) == pytest.approx(1.5, abs=0.03)
    assert ring.low > 0


def test_nothing_counted_is_unknown() -> None:
    counts = draw_counts(20, 20)
    counts[5] = 0
    panel = make_panel(counts, [5], before=8)
    effect = estimate_effect(panel, counts, draw_placebo_areas(panel))
    assert not effect.known
    assert effect.p == 1.0


def test_too_few_placebo_areas_tell_no_effect() -> None:
    panel = make_panel(draw_counts(9, 20), [4, 5], before=8, touching=chain(9))
    assert not estimate_effect(panel, panel.counts[0], draw_placebo_areas(panel, groups=3)).known


@settings(max_examples=25, deadline=None)
@given(factor=st.floats(0.2, 5.0), seed=st.integers(0, 50))
def test_what_happens_to_every_place_is_no_effect(factor: float, seed: int) -> None:
    counts = draw_counts(30, 16, mean=500, seed=seed)
    panel = make_panel(counts, [7], before=6)
    calm = estimate_effect(panel, counts, draw_placebo_areas(panel))
    shaken = counts.copy()
    shaken[:, 6:] *= factor
    moved = estimate_effect(panel, shaken, draw_placebo_areas(panel))
    assert moved.log_ratio == pytest.approx(calm.log_ratio, abs=0.005)


def test_a_smaller_area_has_a_wider_interval() -> None:
    counts = draw_counts(80, 24, seed=2)
    counts[10] = np.random.default_rng(0).poisson(2, 24)
    counts[11] = np.random.default_rng(0).poisson(200, 24)
    small, large = (
        estimate_effect(panel, counts, draw_placebo_areas(panel))
        for panel in (make_panel(counts, [unit], before=12) for unit in (10, 11))
    )
    assert small.error > 3 * large.error
    assert small.visible > small.error * 2.8
