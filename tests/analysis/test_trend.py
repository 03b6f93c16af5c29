"""Change on a year before, and single changes with exact intervals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from hotspots.analysis.trend import change_ratio, pair_months, shrink_trend
from hotspots.errors import InputError

JANUARY_2022 = 52 * 12


def months(first: int, last: int, *missing: int) -> np.ndarray:
    return np.array([month for month in range(first, last + 1) if month not in missing], dtype=np.int32)


def test_pairs_skip_a_missing_month_on_either_side() -> None:
    history = months(604, 637, JANUARY_2022)  # May 2020 to February 2023 without January 2022
    pairs = pair_months(history, history)
    # January 2023 has no fellow; nothing further back takes its place, or February 2022 would stand on both sides
    assert pairs.tolist() == [*range(626, 636), 637]


def test_a_short_selection_reaches_back_into_history() -> None:
    history = months(604, 637, JANUARY_2022)
    assert pair_months(months(634, 637), history).tolist() == [634, 635, 637]
    assert pair_months(months(636, 636), history).tolist() == []
    assert pair_months(months(604, 610), history).tolist() == []


@given(st.sets(st.integers(580, 640), min_size=1), st.integers(580, 640), st.integers(0, 30))
def test_no_month_is_counted_on_both_sides(covered: set[int], first: int, length: int) -> None:
    history = np.array(sorted(covered), dtype=np.int32)
    selected = history[(history >= first) & (history <= first + length)]
    later = pair_months(selected, history)
    assert not set(later.tolist()) & set((later - 12).tolist())
    assert set(later.tolist()) == {
        month for month in selected.tolist() if month > selected.max() - 12 and month - 12 in covered
    }


def test_the_spread_of_trends_is_found_again() -> None:
    rng = np.random.default_rng(1)
    truth = rng.normal(0.1, 0.2, 500)
    level = rng.uniform(100, 400, 500)
    trend = shrink_trend(rng.poisson(level * np.exp(truth)), rng.poisson(level))
    assert trend.spread == pytest.approx(0.2, rel=0.15)
    assert trend.force_ratio == pytest.approx(np.exp(0.1), rel=0.03)
    low, high = trend.interval()
    assert ((low <= np.exp(truth)) & (np.exp(truth) <= high)).mean() == pytest.approx(0.9, abs=0.03)


def test_areas_that_move_with_the_force_get_its_ratio() -> None:
    trend = shrink_trend(np.array([110, 220, 55, 0]), np.array([100, 200, 50, 0]))
    assert trend.spread == 0
    assert np.exp(trend.log_ratio) == pytest.approx([1.1] * 4, rel=0.01)
    assert not trend.own_error.any()
    assert (trend.error > 0).all()


def test_an_empty_area_has_no_voice() -> None:
    busy = shrink_trend(np.array([150, 320, 80]), np.array([100, 200, 50]))
    with_empty = shrink_trend(np.array([150, 320, 80, 0, 0]), np.array([100, 200, 50, 0, 0]))
    assert with_empty.force_ratio == pytest.approx(busy.force_ratio)


def test_nothing_anywhere_is_no_change() -> None:
    trend = shrink_trend(np.zeros(3, dtype=int), np.zeros(3, dtype=int))
    assert np.exp(trend.log_ratio).tolist() == [1, 1, 1]
    assert trend.force_ratio == 1


def test_dispersion_pulls_harder() -> None:
    after, before = np.array([150, 100, 60]), np.array([100, 100, 100])
    calm, noisy = shrink_trend(after, before), shrink_trend(after, before, dispersion=4.0)
    assert noisy.spread < calm.spread
    assert noisy.log_ratio[0] < calm.log_ratio[0]


@pytest.mark.parametrize(
    ("a", "b", "months_a", "months_b"), [(12, 30, 1, 1), (7, 20, 1, 3), (0, 5, 2, 2), (5, 0, 1, 1)]
)
def test_a_change_equals_the_exact_binomial_interval(a: int, b: int, months_a: int, months_b: int) -> None:
    exact = binomtest(a, a + b).proportion_ci(0.95, method="exact")
    change = change_ratio(a, months_a, b, months_b, level=0.95)
    scale = months_b / months_a
    assert change.low == pytest.approx(exact.low / (1 - exact.low) * scale)
    if b:
        assert change.ratio == pytest.approx(a / months_a / (b / months_b))
        assert change.high == pytest.approx(exact.high / (1 - exact.high) * scale)
    else:
        assert change.ratio == change.high == float("inf")


def test_no_incident_on_either_side_is_unknown() -> None:
    assert np.isnan(change_ratio(0, 1, 0, 1)).all()


def test_dispersion_widens_a_change() -> None:
    plain, wide = change_ratio(1_500, 1, 1_600, 1), change_ratio(1_500, 1, 1_600, 1, dispersion=9.0)
    assert wide.ratio == plain.ratio
    assert np.log(wide.high / wide.low) == pytest.approx(3 * np.log(plain.high / plain.low), rel=0.05)


@pytest.mark.parametrize("arguments", [(1, 0, 1, 1), (1, 1, 1, 0), (-1, 1, 1, 1), (1, 1, -2, 1)])
def test_impossible_counts_are_refused(arguments: tuple[int, int, int, int]) -> None:
    with pytest.raises(InputError, match="A change needs"):
        change_ratio(*arguments)
    with pytest.raises(InputError, match="dispersion"):
        change_ratio(1, 1, 1, 1, dispersion=0.5)


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(1, 40), st.integers(1, 40))
def test_a_change_lies_in_its_interval(a: int, b: int, months_a: int, months_b: int) -> None:
    change = change_ratio(a, months_a, b, months_b)
    if a + b:
        assert change.low <= change.ratio <= change.high


def test_the_interval_holds_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(500):
        change = change_ratio(rng.poisson(18), 1, rng.poisson(12), 1)
        held += change.low <= 1.5 <= change.high
    assert held / 500 >= 0.9
