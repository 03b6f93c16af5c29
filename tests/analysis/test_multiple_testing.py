"""Corrections over all cells, against scipy and their own promises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

from hotspots.analysis.multiple_testing import CORRECTIONS, adjust_p
from hotspots.errors import InputError, UnknownNameError

probabilities = arrays.arrays(np.float64, st.integers(1, 40), elements=st.floats(0, 1))


@settings(deadline=None)
@given(p=probabilities)
def test_false_discovery_rates_equal_scipy(p: np.ndarray) -> None:
    for method in ("bh", "by"):
        assert np.allclose(adjust_p(p, method=method), stats.false_discovery_control(p, method=method), atol=1e-15)


@settings(deadline=None)
@given(p=probabilities, alpha=st.floats(0.001, 0.5))
def test_corrections_are_monotone_and_never_find_more(p: np.ndarray, alpha: float) -> None:
    found = {}
    for method in CORRECTIONS:
        adjusted = adjust_p(p, method=method)
        assert (adjusted >= p).all()
        assert (adjusted <= 1).all()
        order = np.argsort(p, kind="stable")
        assert (np.diff(adjusted[order]) >= 0).all()
        found[method] = int((adjusted <= alpha).sum())
    assert found["bonferroni"] <= found["bh"] <= found["none"]
    assert found["by"] <= found["bh"]


def test_correction_counts_all_cells_not_neighbours() -> None:
    """R sfhotspot 1.0.0 corrects over a cell's neighbours, so that its two corrections give the same answer."""
    p = np.array([0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719])
    p = np.append(p, [0.6528, 0.7590, 1.0])  # Benjamini & Hochberg 1995, section 3.2
    assert (adjust_p(p, method="bonferroni") <= 0.05).sum() == 3
    assert (adjust_p(p, method="bh") <= 0.05).sum() == 4
    assert np.allclose(adjust_p(p, method="bonferroni")[:3], p[:3] * 15)
    many = np.concatenate([p, np.ones(9_985)])
    assert np.allclose(adjust_p(many, method="bonferroni")[0], 1.0)
    assert (adjust_p(many) <= 0.05).sum() == 0


def test_cells_without_a_test_are_not_counted() -> None:
    p = np.array([0.01, np.nan, 0.02, np.nan])
    for method in CORRECTIONS:
        adjusted = adjust_p(p, method=method)
        assert np.isnan(adjusted).tolist() == [False, True, False, True]
        assert np.allclose(adjusted[[0, 2]], adjust_p(p[[0, 2]], method=method))
    assert np.isnan(adjust_p(np.full(3, np.nan))).all()


def test_each_time_step_is_a_family_of_its_own() -> None:
    p = np.random.default_rng(1).random((30, 3)) ** 3
    p[4, 1] = np.nan
    for method in CORRECTIONS:
        together = adjust_p(p, method=method)
        for step in range(3):
            assert np.array_equal(together[:, step], adjust_p(p[:, step], method=method), equal_nan=True)


def test_no_pattern_is_rarely_called_one() -> None:
    rng = np.random.default_rng(20_230_228)
    towns = rng.random((1_000, 400))
    any_found = {method: (adjust_p(towns.T, method=method) <= 0.1).any(axis=0).mean() for method in CORRECTIONS}
    assert any_found["bh"] < 0.13
    assert any_found["bonferroni"] < 0.13
    assert any_found["by"] < any_found["bh"]
    assert any_found["none"] == 1.0


def test_given_values_are_not_changed() -> None:
    p = np.array([0.5, 0.01])
    assert adjust_p(p, method="none") is not p
    adjust_p(p)[0] = 7
    assert p.tolist() == [0.5, 0.01]


def test_bad_input_is_refused() -> None:
    with pytest.raises(InputError, match="below 0 or above 1"):
        adjust_p(np.array([0.5, 1.95]))
    with pytest.raises(UnknownNameError, match="no correction called “fdr”"):
        adjust_p(np.array([0.5]), method="fdr")
