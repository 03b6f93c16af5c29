"""Before and after over like seasons."""

from __future__ import annotations

import numpy as np
import pytest

from hotspots.analysis.before_after import compare_before_after, match_seasons
from tests.analysis.made_panels import make_panel


def test_a_season_tips_no_balance() -> None:
    season = np.where((np.arange(34) + 4) % 12 < 6, 30.0, 60.0)  # May 2020 on: summer differs from winter
    counts = np.tile(season, (12, 1))
    panel = make_panel(counts, [2], before=5)  # five months of one half-year
    found = compare_before_after(panel, counts)
    assert found.matched
    assert found.area.ratio == pytest.approx(1.0)
    assert found.rest.ratio == pytest.approx(1.0)
    assert found.months[0] == 5
    assert found.area.low < 1 < found.area.high


def test_months_weigh_as_often_as_before() -> None:
    panel = make_panel(np.ones((8, 30)), [2], before=4)
    first, second = match_seasons(panel, panel.after)
    assert first.sum() == 4
    assert set(panel.months[second] % 12) == set(panel.months[first] % 12)


def test_a_fall_is_found_against_a_force_that_did_not_move() -> None:
    counts = np.full((12, 36), 50.0)
    counts[2, 12:] = 25.0
    found = compare_before_after(make_panel(counts, [2], before=12), counts)
    assert found.area.ratio == pytest.approx(0.5)
    assert found.area.high < 0.7
    assert (found.before, found.after) == (50.0, 25.0)


def test_without_a_common_season_all_months_are_taken_and_it_is_said() -> None:
    counts = np.full((12, 8), 50.0)
    counts[:, 4:] = 100.0
    found = compare_before_after(make_panel(counts, [2], before=4), counts)
    assert not found.matched
    assert found.area.ratio == pytest.approx(2.0)
    assert found.after == pytest.approx(100.0)


def test_nothing_after_is_a_fall_to_zero_with_an_upper_limit() -> None:
    counts = np.full((12, 36), 5.0)
    counts[2, 12:] = 0
    found = compare_before_after(make_panel(counts, [2], before=12), counts)
    assert found.area.ratio == 0
    assert 0 < found.area.high < 0.2
