"""Gaps month by month: zero on average where nothing happened, and as deep as what is planted."""

from __future__ import annotations

import numpy as np
import pytest

from hotspots.analysis.placebo_areas import draw_placebo_areas
from hotspots.analysis.placebo_gaps import MOST, trace_gaps
from tests.analysis.made_panels import chain, draw_counts, make_panel


def test_a_planted_fall_shows_after_the_start_and_not_before() -> None:
    counts = draw_counts(80, 30, mean=400, seed=5)
    counts[7, 15:] *= 0.7
    panel = make_panel(counts, [7], before=15, touching=chain(80))
    gaps = trace_gaps(panel, counts, draw_placebo_areas(panel))
    assert np.exp(gaps.area[15:].mean()) == pytest.approx(0.7, abs=0.05)
    assert abs(gaps.area[:15].mean()) < 0.02
    assert gaps.others.shape == (MOST, 30)
    assert abs(gaps.others.mean()) < 0.02
    assert gaps.area[15:].mean() < np.quantile(gaps.others[:, 15:].mean(axis=1), 0.02)


def test_without_anything_before_the_start_there_is_no_gap() -> None:
    counts = draw_counts(30, 20, seed=6)
    counts[4, :10] = 0
    panel = make_panel(counts, [4], before=10, touching=chain(30))
    assert np.isnan(trace_gaps(panel, counts, draw_placebo_areas(panel)).area).all()
