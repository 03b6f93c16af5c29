"""Concentration: Gini against its published form, the Lorenz curve, and chance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspots.analysis.concentration import measure_concentration
from hotspots.errors import InputError


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=60).filter(any))
def test_generalised_gini_is_that_of_bernasco_and_steenbeek_2017(counts: list[int]) -> None:
    """Journal of Quantitative Criminology 33(3) 451-467: G' = max(1/c, 1/n)(2 sum i y_i - n - 1) - max(n/c, 1) + 1."""
    n, c = len(counts), sum(counts)
    shares = np.sort(counts) / c
    published = max(1 / c, 1 / n) * (2 * (np.arange(1, n + 1) * shares).sum() - n - 1) - max(n / c, 1) + 1
    found = measure_concentration(counts)
    assert found.generalised_gini == pytest.approx(published, abs=1e-9)
    assert -1e-9 <= found.generalised_gini <= found.gini + 1e-9
    assert (np.diff(found.lorenz_incidents) >= 0).all()
    assert (found.lorenz_incidents <= found.lorenz_places + 1e-9).all()


def test_few_incidents_spread_as_evenly_as_can_be_are_not_concentrated() -> None:
    found = measure_concentration([1, 1, 1] + [0] * 97)
    assert found.gini == pytest.approx(0.97)
    assert found.generalised_gini == pytest.approx(0)
    assert measure_concentration([3, *[0] * 99]).generalised_gini == pytest.approx(2 / 3)
    assert measure_concentration([2] * 8).gini == pytest.approx(0)


def test_top_shares_take_parts_of_places() -> None:
    found = measure_concentration([10, 5, 5, 0], top_shares=[0.25, 0.125, 0.5, 1])
    np.testing.assert_allclose(found.held, [0.5, 0.25, 0.75, 1])
    assert found.places_for_half == pytest.approx(0.25)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=30), st.integers(0, 50))
def test_places_left_out_are_places_without_incidents(counts: list[int], empty: int) -> None:
    one = measure_concentration(counts, places=len(counts) + empty)
    other = measure_concentration(counts + [0] * empty)
    assert one.generalised_gini == pytest.approx(other.generalised_gini)
    np.testing.assert_allclose(one.held, other.held)


@pytest.mark.parametrize("mean", [0.05, 0.8, 20.0])
def test_random_incidents_hold_what_chance_gives(mean: float) -> None:
    found = measure_concentration(np.random.default_rng(1).poisson(mean, 200_000))
    np.testing.assert_allclose(found.held, found.held_by_chance, rtol=0.02)


def test_says_what_is_wrong() -> None:
    with pytest.raises(InputError, match="No incident"):
        measure_concentration([0, 0])
    with pytest.raises(InputError, match="number of all places"):
        measure_concentration([1, 2], places=1)
    with pytest.raises(InputError, match="above 0"):
        measure_concentration([1, 2], top_shares=[0])
    with pytest.raises(InputError, match="zero or more"):
        measure_concentration([1, -2])
