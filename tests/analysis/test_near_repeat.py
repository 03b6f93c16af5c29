"""The Knox test against published pairs, its bands and labels, and its refusal of months."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspots.analysis.near_repeat import knox
from hotspots.errors import InputError


def test_burkitt_of_the_pysal_test_suite() -> None:
    """13 pairs within 20 of each other and 5 days; PySAL prints .14624558, the chance of *more* than 13 pairs.

    A p-value counts the observed number too: .2222667.
    """
    geopandas = pytest.importorskip("geopandas")
    examples = pytest.importorskip("libpysal.examples")
    cases = geopandas.read_file(examples.get_path("burkitt.shp"))
    found = knox(cases["X"], cases["Y"], cases["T"], distance_bands=[20], time_bands=[5], permutations=99)
    assert found.observed[0, 0] == 13
    assert found.poisson_p_above[0, 0] == pytest.approx(0.14624558, abs=1e-8)
    assert found.poisson_p[0, 0] == pytest.approx(0.2222667, abs=1e-6)
    assert 0.1 < found.p[0, 0] < 0.35


def test_bands_hold_what_their_labels_say_where_the_near_repeat_calculator_is_off_by_one() -> None:
    x = np.array([0.0, 0, 100, 100.5])
    found = knox(x, np.zeros(4), np.array([0, 7, 7, 15]), distance_bands=[0, 100, 101], time_bands=[7, 8, 15])
    assert found.distance_labels == ("same place", "above 0 to 100 m", "above 100 to 101 m")
    assert found.time_labels == ("0 to 7 days", "8 days", "9 to 15 days")
    # Pairs: same place and 7 days; 100 m with 7 and 0 days; 100.5 m with 15 and 8 days; 0.5 m with 8 days.
    np.testing.assert_array_equal(found.observed, [[1, 0, 0], [2, 1, 0], [0, 1, 1]])
    assert found.to_frame().shape == (9, 7)
    hours = knox(x, np.zeros(4), np.array([0, 0.5, 1.5, 9]), time_bands=[1, 2])
    assert hours.time_labels == ("0 to 1 days", "above 1 to 2 days")


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_expectation_is_the_mean_of_shuffles_and_p_is_a_probability(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y, day = rng.uniform(0, 500, 25), rng.uniform(0, 500, 25), rng.integers(0, 40, 25)
    found = knox(x, y, day, permutations=49, seed=seed)
    assert (found.p > 0).all()
    assert (found.p <= 1).all()
    shuffles = [knox(x, y, rng.permutation(day), permutations=0).observed for _ in range(60)]
    error = np.std(shuffles, axis=0).max() / np.sqrt(60)
    np.testing.assert_allclose(np.mean(shuffles, axis=0), found.expected, atol=6 * error + 0.1)
    assert np.isnan(knox(x, y, day, permutations=0).p).all()


def test_finds_planted_repeats_and_nothing_elsewhere() -> None:
    rng = np.random.default_rng(4)
    x, y, day = rng.uniform(0, 9_000, 300), rng.uniform(0, 9_000, 300), rng.integers(0, 365, 300)
    x, y = np.append(x, x[:60] + 30), np.append(y, y[:60])
    day = np.append(day, day[:60] + rng.integers(1, 7, 60))
    dates = np.datetime64("2022-01-01") + day.astype("timedelta64[D]")
    found = knox(x, y, dates, distance_bands=[100, 200, 400])
    assert found.p[0, 0] == 0.001
    assert found.ratio[0, 0] > 10
    assert found.p[1:].min() > 0.005


@pytest.mark.parametrize(
    "day",
    [
        np.arange("2021-01", "2022-08", dtype="datetime64[M]"),
        np.arange("2021-01", "2022-08", dtype="datetime64[M]").astype("datetime64[D]"),
        np.arange("2021-01", "2022-08", dtype="datetime64[M]").astype("datetime64[D]") + 14,
        np.full(19, np.datetime64("2021-01-01")),
    ],
)
def test_refuses_months_with_an_explanation(day: np.ndarray) -> None:
    with pytest.raises(InputError, match="month and no day"):
        knox(np.arange(19.0), np.zeros(19), day)


def test_says_what_is_wrong() -> None:
    x = np.arange(3.0)
    with pytest.raises(InputError, match="no date"):
        knox(x, x, np.array(["2021-01-02", "NaT", "2021-01-03"], dtype="datetime64[D]"))
    with pytest.raises(InputError, match="ascending"):
        knox(x, x, x, time_bands=[14, 7])
    with pytest.raises(InputError, match="one an incident"):
        knox(x, x, x[:2])
    with pytest.raises(InputError, match="too many"):
        knox(np.zeros(7_000), np.zeros(7_000), np.arange(7_000))
