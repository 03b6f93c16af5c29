"""Moran's I against the figures of PySAL's own test-suite, PySAL itself and brute force."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspots.analysis.gistar import gistar
from hotspots.analysis.moran import QUADRANTS, moran_global, moran_local
from hotspots.analysis.spatial_weights import standardise_rows, weigh_contiguity, weigh_nearest
from hotspots.errors import InputError, UnknownNameError
from tests.analysis.pysal import esda, libpysal, read_example, run_quietly, to_pysal


def test_columbus_crime_queen() -> None:
    """PySAL test-suite; Anselin 1988."""
    frame = read_example("columbus.shp")
    result = moran_global(frame["CRIME"].to_numpy(), standardise_rows(weigh_contiguity(np.array(frame.geometry))))
    assert result.i == pytest.approx(0.5001885571828611, abs=1e-12)
    assert result.z_randomisation == pytest.approx(5.589383, abs=1e-6)


def test_columbus_crime_rook() -> None:
    """PySAL test-suite; Anselin 1988."""
    frame = read_example("columbus.shp")
    weights = weigh_contiguity(np.array(frame.geometry), rule="rook")
    result = moran_global(frame["CRIME"].to_numpy(), standardise_rows(weights))
    assert result.i == pytest.approx(0.5236702, abs=1e-7)


def test_st_louis_homicides() -> None:
    """PySAL test-suite: HR8893 with the contiguity file that comes with it."""
    frame = read_example("stl_hom.shp")
    file = run_quietly(libpysal.io.open, libpysal.examples.get_path("stl.gal"))
    weights = run_quietly(file.read).sparse
    file.close()
    result = moran_global(frame["HR8893"].to_numpy(), standardise_rows(weights))
    assert result.i == pytest.approx(0.24365582621771659, abs=1e-12)


@pytest.mark.parametrize("column", ["CRIME", "INC", "HOVAL"])
def test_global_equals_pysal(column: str) -> None:
    frame = read_example("columbus.shp")
    values, weights = frame[column].to_numpy(), weigh_contiguity(np.array(frame.geometry))
    for ours_weights, transform in ((weights, "B"), (standardise_rows(weights), "R")):
        theirs = run_quietly(esda.Moran, values, to_pysal(weights), transformation=transform, permutations=0)
        ours = moran_global(values, ours_weights)
        for mine, name in (
            (ours.i, "I"),
            (ours.expected, "EI"),
            (ours.variance_randomisation, "VI_rand"),
            (ours.z_randomisation, "z_rand"),
            (ours.p_randomisation, "p_rand"),
            (ours.variance_normality, "VI_norm"),
            (ours.z_normality, "z_norm"),
            (ours.p_normality, "p_norm"),
        ):
            assert mine == pytest.approx(getattr(theirs, name), rel=1e-9, abs=1e-12), name


def test_local_equals_pysal() -> None:
    frame = read_example("columbus.shp")
    values, weights = frame["CRIME"].to_numpy(), weigh_contiguity(np.array(frame.geometry))
    theirs = run_quietly(esda.Moran_Local, values, to_pysal(weights), transformation="R", permutations=0)
    ours = moran_local(values, standardise_rows(weights))
    assert np.allclose(ours.i, theirs.Is, rtol=0, atol=1e-12)
    # PySAL scales the statistic over n - 1 and its moments over n; on one scale they agree.
    on_one_scale = theirs.Is * len(values) / (len(values) - 1)
    assert np.allclose(ours.z, (on_one_scale - theirs.EIc) / np.sqrt(theirs.VIc), rtol=0, atol=1e-12)
    assert np.array_equal(ours.quadrant, theirs.q)


def test_local_moments_are_those_of_all_arrangements() -> None:
    values, weights = np.array([5.0, 1, 0, 2, 9]), np.array([[0, 0.5, 2, 0, 0]] + [[1, 1, 0, 0, 0]] * 4)
    apart = values - values.mean()
    scale = 4 * apart[0] / (apart @ apart)
    drawn = np.array([scale * (weights[0, 1:] @ others) for others in permutations(apart[1:])])
    ours = moran_local(values, weights)
    assert ours.i[0] == pytest.approx(scale * (weights[0] @ apart))
    assert ours.z[0] == pytest.approx((ours.i[0] - drawn.mean()) / drawn.std())


def test_local_permutations_agree_with_pysal() -> None:
    frame = read_example("columbus.shp")
    values, weights = frame["CRIME"].to_numpy(), weigh_contiguity(np.array(frame.geometry))
    theirs = run_quietly(
        esda.Moran_Local, values, to_pysal(weights), transformation="R", permutations=9_999, seed=1, n_jobs=1
    ).p_sim
    ours = [
        moran_local(values, standardise_rows(weights), alternative=side, permutations=9_999, seed=2).p
        for side in ("greater", "less")
    ]
    assert np.abs(np.minimum(*ours) - theirs).max() < 0.025


@settings(deadline=None)
@given(seed=st.integers(0, 2**32 - 1), draws=st.integers(1, 50), side=st.sampled_from(["two-sided", "greater", "less"]))
def test_permutation_p_is_above_zero_and_at_most_one(seed: int, draws: int, side: str) -> None:
    rng = np.random.default_rng(seed)
    values = np.append(rng.poisson(0.5, 19), 4)
    weights = weigh_nearest(rng.random(20), rng.random(20), k=3)
    local = moran_local(values, weights, permutations=draws, alternative=side, seed=seed)
    assert (local.p > 0).all()
    assert (local.p <= 1).all()
    assert 0 < moran_global(values, weights, permutations=draws, alternative=side, seed=seed).p_permutation <= 1


def test_global_permutation_p_counts_the_observed_arrangement() -> None:
    values, weights = np.arange(30.0), weigh_nearest(np.arange(30.0), np.zeros(30), k=2)
    ranked = moran_global(values, weights, permutations=199, alternative="greater")
    assert ranked.p_permutation == 1 / 200
    assert moran_global(values, weights, permutations=199).p_permutation == 2 / 200
    assert moran_global(values, weights, permutations=199, alternative="less").p_permutation == 1.0
    assert np.isnan(moran_global(values, weights).p_permutation)
    random = np.random.default_rng(1).permutation(values)
    apart = moran_global(random, weights, permutations=4_999, alternative="greater")
    assert apart.p_permutation == pytest.approx(apart.p_randomisation, abs=0.03)


def test_local_score_is_that_of_gi_turned_to_the_cells_own_side() -> None:
    rng = np.random.default_rng(7)
    values, weights = rng.poisson(3, 40), weigh_nearest(rng.random(40), rng.random(40), k=4)
    gi = gistar(values, weights, star=False).z
    assert np.allclose(moran_local(values, weights).z, np.sign(values - values.mean()) * gi)


def test_quadrants_and_islands() -> None:
    values = np.array([9.0, 9, 1, 1, 5, 9, 1])
    weights = np.zeros((7, 7))
    for cell, near in ((0, 1), (1, 0), (2, 3), (3, 2), (5, 2), (6, 0)):
        weights[cell, near] = 1
    result = moran_local(values, weights)
    assert [QUADRANTS[q] for q in result.quadrant] == [
        "high among high", "high among high", "low among low", "low among low", "no neighbours", "high among low",
        "low among high",
    ]  # fmt: skip
    assert np.isnan(result.p).tolist() == [False] * 4 + [True] + [False] * 2


def test_diagonal_is_left_out() -> None:
    values, weights = np.arange(6.0), weigh_nearest(np.arange(6.0), np.zeros(6), k=2)
    with_diagonal = weights.toarray() + np.eye(6)
    assert moran_global(values, with_diagonal).i == moran_global(values, weights).i
    assert np.array_equal(moran_local(values, with_diagonal).i, moran_local(values, weights).i)


def test_bad_input_is_refused() -> None:
    weights = weigh_nearest(np.arange(5.0), np.zeros(5), k=2)
    with pytest.raises(InputError, match="All values are equal"):
        moran_global(np.full(5, 0.1), weights)
    with pytest.raises(InputError, match="No cell has a neighbour"):
        moran_local(np.arange(5), np.eye(5))
    with pytest.raises(InputError, match="at least 4 cells"):
        moran_global(np.arange(3), np.ones((3, 3)))
    with pytest.raises(InputError, match="one value for each"):
        moran_local(np.ones((5, 2)), weights)
    with pytest.raises(InputError, match="no number for cell 0"):
        moran_local(np.array([np.nan, 1, 2, 3, 4]), weights)
    with pytest.raises(UnknownNameError):
        moran_global(np.arange(5), weights, alternative="both")
