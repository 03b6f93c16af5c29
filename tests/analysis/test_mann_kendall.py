"""Mann-Kendall and Sen's slope for many series, against pymannkendall one by one."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from hotspots.analysis.mann_kendall import mann_kendall
from hotspots.errors import InputError

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pymannkendall

values = st.one_of(st.integers(0, 6).map(float), st.floats(-1e3, 1e3), st.just(float("nan")))
tables = arrays.arrays(np.float64, st.tuples(st.integers(1, 6), st.integers(2, 14)), elements=values)


def assert_equals_reference(table: np.ndarray) -> None:
    """Hussain & Mahmud 2019: equal to 1e-12 on S, variance, z, p and Sen's slope."""
    ours = mann_kendall(table)
    for i, series in enumerate(table):
        if np.isfinite(series).sum() < 2:
            assert np.isnan([ours.s[i], ours.var_s[i], ours.z[i], ours.p[i], ours.slope[i]]).all()
            continue
        theirs = pymannkendall.original_test(series)
        assert ours.s[i] == theirs.s
        assert ours.var_s[i] == pytest.approx(theirs.var_s, rel=1e-12)
        assert ours.z[i] == pytest.approx(theirs.z, rel=1e-12, abs=1e-12)
        assert ours.p[i] == pytest.approx(theirs.p, rel=0, abs=1e-12)
        assert ours.slope[i] == pytest.approx(theirs.slope, rel=1e-12, abs=1e-12)
        assert ours.steps[i] == np.isfinite(series).sum()


@settings(max_examples=120, deadline=None)
@given(table=tables)
def test_equals_pymannkendall_ties_and_missing_steps_included(table: np.ndarray) -> None:
    assert_equals_reference(table)


@pytest.mark.parametrize("steps", [10, 33, 100])
def test_equals_pymannkendall_on_counts_like_crime(steps: int) -> None:
    rng = np.random.default_rng(steps)
    table = rng.poisson(rng.gamma(0.4, 5, (60, 1)) * np.linspace(0.5, 1.5, steps), (60, steps)).astype(float)
    table[:, 3] = np.nan
    table[::7, 5] = np.nan
    assert_equals_reference(table)


def test_missing_month_keeps_its_place_in_time() -> None:
    series = np.array([1.0, 2, np.nan, 4, 5])
    assert mann_kendall(series).slope[0] == 1.0
    left_out = mann_kendall(series[~np.isnan(series)], times=np.array([624, 625, 627, 628]))
    assert left_out.slope[0] == 1.0
    assert left_out.z[0] == mann_kendall(series).z[0]
    assert left_out.steps[0] == 4


def test_level_series_has_no_trend() -> None:
    result = mann_kendall(np.full((2, 12), 3.0))
    assert result.s.tolist() == [0, 0]
    assert result.z.tolist() == [0, 0]
    assert result.p.tolist() == [1, 1]
    assert result.slope.tolist() == [0, 0]
    assert result.var_s.tolist() == [0, 0]


@settings(deadline=None)
@given(table=arrays.arrays(np.float64, (4, 11), elements=st.integers(-9, 9).map(float)))
def test_turning_the_sign_or_the_time_turns_the_trend(table: np.ndarray) -> None:
    forward, negative, backward = mann_kendall(table), mann_kendall(-table), mann_kendall(table[:, ::-1])
    for other in (negative, backward):
        assert np.array_equal(other.s, -forward.s)
        assert np.array_equal(other.p, forward.p)
        assert np.allclose(other.slope, -forward.slope)


def test_only_order_counts_for_the_test() -> None:
    series = np.random.default_rng(3).random((5, 20))
    assert np.array_equal(mann_kendall(series).s, mann_kendall(np.exp(5 * series)).s)


def test_slope_may_be_left_out() -> None:
    table = np.random.default_rng(3).random((5, 20))
    quick = mann_kendall(table, with_slope=False)
    assert np.isnan(quick.slope).all()
    assert np.array_equal(quick.p, mann_kendall(table).p)


def test_nothing_known_is_no_test() -> None:
    result = mann_kendall(np.full((3, 5), np.nan))
    assert np.isnan(result.p).all()
    assert result.steps.tolist() == [0, 0, 0]
    assert len(mann_kendall(np.empty((0, 5))).p) == 0


def test_bad_input_is_refused() -> None:
    with pytest.raises(InputError, match="over 3 steps needs as many times"):
        mann_kendall(np.zeros((2, 3)), times=np.array([1, 2]))
    with pytest.raises(InputError, match="each later than the one before"):
        mann_kendall(np.zeros((2, 3)), times=np.array([1, 2, 2]))
    with pytest.raises(InputError, match="Series 1 holds an infinite value"):
        mann_kendall(np.array([[1.0, 2], [np.inf, 1]]))
    with pytest.raises(InputError, match="2,001 steps"):
        mann_kendall(np.zeros((1, 2_001)))
