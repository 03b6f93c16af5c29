"""Type switching: nothing where shares only shake, what is planted, and nothing at all where nothing was counted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hotspots.analysis.panel import Panel
from hotspots.analysis.placebo_areas import draw_placebo_areas
from hotspots.analysis.type_switching import contrast_mix
from tests.analysis.made_panels import chain, make_panel

SHARES = np.array([0.5, 0.3, 0.19, 0.01])


def types_of(seed: int, *, switch: float = 0.0) -> tuple[Panel, np.ndarray]:
    """Draw four types; from month 15 on, unit 3 does less of the first and more of the second."""
    rng = np.random.default_rng(seed)
    counts = rng.poisson(SHARES[:, None, None] * 80, (4, 60, 30)).astype(float)
    moved = rng.binomial(counts[0, 3, 15:].astype(int), switch)
    counts[0, 3, 15:] -= moved
    counts[1, 3, 15:] += moved
    panel = make_panel(counts.sum(axis=0), [3], before=15, touching=chain(60))
    return panel, counts


def test_a_switch_is_found_with_its_size() -> None:
    panel, counts = types_of(1, switch=0.4)
    found = contrast_mix(panel, counts, draw_placebo_areas(panel))
    assert found.change[0] == pytest.approx(-0.2, abs=0.04)
    assert found.change[1] == pytest.approx(0.2, abs=0.04)
    assert found.high[0] < 0 < found.low[1]
    assert found.low[2] < 0 < found.high[2]
    beside = contrast_mix(panel, counts, draw_placebo_areas(panel), ring=True)
    assert (beside.low < 0).all()
    assert (beside.high > 0).all()


def test_intervals_hold_where_nothing_switched() -> None:
    held = []
    for seed in range(40):
        panel, counts = types_of(seed)
        found = contrast_mix(panel, counts, draw_placebo_areas(panel))
        held += ((found.low <= 0) & (found.high >= 0)).tolist()
    assert 0.9 <= np.mean(held) <= 1.0


def test_nothing_is_said_without_counts_or_without_places_to_compare() -> None:
    panel, counts = types_of(2)
    empty = counts.copy()
    empty[:, 3, :15] = 0
    assert np.isnan(contrast_mix(panel, empty, draw_placebo_areas(panel)).change).all()
    placebos = draw_placebo_areas(panel)
    few = replace(placebos, members=placebos.members[:3], rings=placebos.rings[:3])
    assert np.isnan(contrast_mix(panel, counts, few).change).all()
