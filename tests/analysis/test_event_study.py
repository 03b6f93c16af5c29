"""Event study: steps around the start, and a drift before it with the drift that would have been seen."""

from __future__ import annotations

import numpy as np
import pytest

from hotspots.analysis.event_study import look_for_drift, trace_steps
from hotspots.analysis.placebo_areas import draw_placebo_areas
from tests.analysis.made_panels import draw_counts, make_panel


def test_steps_cover_the_months_in_order_and_find_when_it_fell() -> None:
    counts = draw_counts(40, 24, mean=1000, seed=3)
    counts[5, 18:] *= 0.6  # half a year after the start
    panel = make_panel(counts, [5], before=12)
    steps = trace_steps(panel, counts, draw_placebo_areas(panel))
    assert [step.after for step in steps] == [False] * 4 + [True] * 4
    assert [step.last - step.first for step in steps] == [2] * 8
    fell = [step.effect.high < 0 for step in steps]
    assert fell[-2:] == [True, True]
    assert sum(fell[:6]) <= 1


def test_a_drift_is_seen_and_carried_to_the_effect() -> None:
    counts = draw_counts(40, 24, mean=2000, seed=4)
    counts[5] *= np.exp(0.03 * np.arange(24))
    panel = make_panel(counts, [5], before=12)
    drift = look_for_drift(panel, counts, draw_placebo_areas(panel))
    assert drift is not None
    assert drift.seen
    assert drift.effect.log_ratio == pytest.approx(0.18, abs=0.04)
    assert drift.carried == pytest.approx(0.36, abs=0.08)
    assert drift.effect.visible > 0


def test_too_few_months_see_no_drift() -> None:
    counts = draw_counts(40, 24)
    panel = make_panel(counts, [5], before=5)
    assert look_for_drift(panel, counts, draw_placebo_areas(panel)) is None
    short = make_panel(counts, [5], before=3)
    steps = trace_steps(short, counts, draw_placebo_areas(short))
    assert all(step.after for step in steps)
