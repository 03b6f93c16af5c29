"""Gi and Gi* against the published table, PySAL, R's definition and brute force."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse, stats

from hotspots.analysis.gistar import gistar
from hotspots.analysis.local_sums import draw_local_sums, find_permutation_p
from hotspots.analysis.spatial_weights import (
    include_self,
    standardise_rows,
    weigh_contiguity,
    weigh_distance_band,
    weigh_nearest,
)
from hotspots.errors import InputError, UnknownNameError
from tests.analysis.pysal import esda, read_example, run_quietly, to_pysal

DATA = Path(__file__).parent / "data"
SEED = 20_230_228


def ring(n: int) -> sparse.csr_array:
    """Neighbours along a circle."""
    angle = 2 * np.pi * np.arange(n) / n
    return weigh_nearest(np.cos(angle), np.sin(angle), k=2)


@pytest.mark.parametrize(
    ("radius", "gi", "gi_star"),
    [
        (30, 1.221979, 1.450780),
        (60, 1.748098, 1.900559),
        (90, 1.986135, 2.096939),
        (120, 1.893374, 1.981907),
        (150, 1.237454, 1.306698),
    ],
)
def test_getis_and_ord_1996_remote_sensing_table(radius: float, gi: float, gi_star: float) -> None:
    """Getis & Ord 1996, cell 120 of the 16 x 16 grid; R spdep and PySAL agree to printed precision."""
    frame = pd.read_csv(DATA / "getis_ord_1996_remote_sensing.csv")
    weights = weigh_distance_band(frame["x"].to_numpy(float), frame["y"].to_numpy(float), radius=radius)
    values = frame["val"].to_numpy(float)
    assert gistar(values, weights, star=False).z[119] == pytest.approx(gi, abs=1e-6)
    assert gistar(values, weights).z[119] == pytest.approx(gi_star, abs=1e-6)


def test_gi_star_is_not_the_n_less_one_variant() -> None:
    """The variant with variance over n - 1 gives 1.447943 at 30 m; the published one is larger."""
    frame = pd.read_csv(DATA / "getis_ord_1996_remote_sensing.csv")
    weights = weigh_distance_band(frame["x"].to_numpy(float), frame["y"].to_numpy(float), radius=30)
    z = gistar(frame["val"].to_numpy(float), weights).z[119]
    assert z * np.sqrt(255 / 256) == pytest.approx(1.447943, abs=1e-6)


@pytest.mark.parametrize("star", [True, False])
def test_gi_equals_pysal_on_columbus(star: bool) -> None:
    frame = read_example("columbus.shp")
    weights = weigh_contiguity(np.array(frame.geometry))
    values = frame["CRIME"].to_numpy()
    expected = run_quietly(esda.G_Local, values, to_pysal(weights), transform="B", star=star, permutations=0)
    assert np.allclose(gistar(values, weights, star=star).z, expected.Zs, rtol=0, atol=1e-12)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), star=st.booleans())
def test_score_is_that_of_the_definition_for_weights_of_any_kind(seed: int, star: bool) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(4, 12))
    values = rng.poisson(3, n) * rng.random(n)
    weights = rng.random((n, n)) * (rng.random((n, n)) < 0.6)
    np.fill_diagonal(weights, rng.uniform(0.1, 1, n) if star else 0)
    z = gistar(values, weights, star=star).z
    for i in range(n):
        others = np.arange(n) != i
        x, w = (values, weights[i]) if star else (values[others], weights[i][others])
        m, spread = len(x), len(x) * (weights[i] ** 2).sum() - weights[i].sum() ** 2
        if x.std() < 1e-9 or spread < 1e-9:
            continue
        direct = (w @ x - w.sum() * x.mean()) / (x.std() * np.sqrt(spread / (m - 1)))
        assert z[i] == pytest.approx(direct, abs=1e-7)


def test_moments_are_those_of_all_arrangements() -> None:
    values, weights = np.array([5.0, 1, 0, 2, 9]), np.array([[1, 0.5, 2, 0, 0]] + [[1, 1, 0, 0, 0]] * 4)
    sums = np.array([weights[0] @ arrangement for arrangement in permutations(values)])
    result = gistar(values, weights)
    assert result.expected[0] == pytest.approx(sums.mean())
    assert result.z[0] == pytest.approx((weights[0] @ values - sums.mean()) / sums.std())
    held = np.array([weights[0, 1:] @ arrangement for arrangement in permutations(values[1:])])
    gi = gistar(values, weights, star=False)
    assert gi.z[0] == pytest.approx((weights[0, 1:] @ values[1:] - held.mean()) / held.std())
    assert gi.local_sum[0] == pytest.approx(weights[0, 1:] @ values[1:])


@pytest.mark.parametrize("star", [True, False])
def test_scaling_rows_changes_no_score(star: bool) -> None:
    """PySAL takes the row sum for a number of neighbours, so that row-standardising changes its scores."""
    values, weights = np.random.default_rng(1).poisson(2, 40), ring(40)
    binary = gistar(values, weights, star=star).z
    assert np.allclose(binary, gistar(values, standardise_rows(weights), star=star).z)
    assert np.allclose(gistar(values, include_self(weights)).z, gistar(values, weights).z)


@settings(deadline=None)
@given(seed=st.integers(0, 2**32 - 1), scale=st.floats(0.1, 100), shift=st.floats(-50, 50))
def test_score_knows_no_unit_and_turns_with_the_sign(seed: int, scale: float, shift: float) -> None:
    values = np.random.default_rng(seed).poisson(3, 30).astype(float)
    if np.ptp(values) == 0:
        return
    z = gistar(values, ring(30)).z
    assert np.allclose(gistar(values * scale + shift, ring(30)).z, z, atol=1e-8)
    assert np.allclose(gistar(-values, ring(30)).z, -z)


def test_each_time_step_stands_for_itself() -> None:
    table = np.random.default_rng(5).poisson(2, (30, 4))
    together = gistar(table, ring(30))
    for step in range(4):
        assert np.allclose(together.z[:, step], gistar(table[:, step], ring(30)).z)
    assert together.p.shape == (30, 4)
    drawn = gistar(table, ring(30), permutations=99, seed=3)
    assert np.array_equal(drawn.p[:, 2], gistar(table[:, 2], ring(30), permutations=99, seed=3).p)


def test_where_chance_leaves_no_room_there_is_no_score() -> None:
    weights = np.array([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0], [1, 1, 1, 0]])
    gi = gistar(np.array([1.0, 2, 3, 4]), weights, star=False)
    assert np.isnan(gi.z).tolist() == [False, False, True, True]  # no neighbour, and all the others
    assert np.array_equal(np.isnan(gi.p), np.isnan(gi.z))
    assert np.isfinite(gistar(np.array([1.0, 2, 3, 4]), weights).z[2])  # Gi* has its own value
    assert np.isnan(gistar(np.full(4, 0.1), weights).z).all()
    assert np.isnan(gistar(np.full(4, 0.1), weights, permutations=9).p).all()


def test_analytical_p_says_which_it_is() -> None:
    values = np.random.default_rng(2).poisson(1, 25)
    by_side = {side: gistar(values, ring(25), alternative=side) for side in ("two-sided", "greater", "less")}
    z = by_side["greater"].z
    assert np.allclose(by_side["greater"].p, stats.norm.sf(z))
    assert np.allclose(by_side["less"].p, stats.norm.cdf(z))
    assert np.allclose(by_side["two-sided"].p, 2 * stats.norm.sf(np.abs(z)))
    assert by_side["less"].describe() == "Gi*, p one-sided (lower), normal approximation, not corrected for many cells"
    drawn = gistar(values, ring(25), star=False, permutations=999)
    assert drawn.describe() == "Gi, p two-sided, 999 conditional permutations, not corrected for many cells"


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    draws=st.integers(1, 60),
    side=st.sampled_from(["two-sided", "greater", "less"]),
    star=st.booleans(),
)
def test_permutation_p_is_above_zero_and_at_most_one(seed: int, draws: int, side: str, star: bool) -> None:
    """PySAL 2.9.0 returns two-sided values up to 1.95."""
    values = np.random.default_rng(seed).poisson(0.3, 20)
    result = gistar(values, ring(20), star=star, alternative=side, permutations=draws, seed=seed)
    p = result.p[~np.isnan(result.z)]
    assert (p > 0).all()
    assert (p <= 1).all()
    # Two-sided is not always a multiple: twice the smaller tail, at most 1.
    steps = p * (draws + 1)
    assert np.allclose(steps, np.round(steps))


def test_two_sided_p_of_a_statistic_equal_to_every_draw_is_one() -> None:
    """PySAL 2.9.0 says 1.95: it counts the observed value and its mirror image twice."""
    p = find_permutation_p(np.array([19, 19, 0]), np.array([19, 10, 19]), 19, "two-sided")
    assert p.tolist() == [1.0, 1.0, 0.1]


def test_permutation_p_is_exact_in_the_limit() -> None:
    """All 20 arrangements of the others are equally likely: two of five of them, in any order, beside cell 0."""
    values = np.array([4.0, 7, 5, 1, 0, 2])
    weights = sparse.csr_array(np.array([[0, 1, 1, 0, 0, 0]] + [[1, 0, 0, 0, 0, 1]] * 5))
    sums = np.array([sum(pair) for pair in permutations(values[1:], 2)])
    draws = 40_000
    at_least, at_most = draw_local_sums(values, weights, permutations=draws, seed=SEED)
    assert at_least[0] / draws == pytest.approx((sums >= 12).mean(), abs=0.006)
    assert at_most[0] / draws == pytest.approx((sums <= 12).mean(), abs=0.006)


@pytest.mark.parametrize("n", [9, 400])
def test_cell_never_stands_among_its_own_drawn_neighbours(n: int) -> None:
    """With one huge value, a draw that held the cell itself would be unmistakable."""
    values = np.zeros(n)
    values[0] = 1_000.0
    weights = weigh_nearest(np.arange(n, dtype=float), np.zeros(n), k=2)
    at_least, at_most = draw_local_sums(values, weights, permutations=2_000, seed=SEED)
    assert at_least[0] == at_most[0] == 2_000  # all its neighbours are zero, whatever is drawn
    expected = 1 - 2 / (n - 1)  # share of draws of two of the n - 1 others without the huge value
    far = at_most[n // 2] / 2_000
    assert far == pytest.approx(expected, abs=5 * np.sqrt(expected * (1 - expected) / 2_000))


def test_draws_without_replacement_are_uniform() -> None:
    """Mean and variance of the drawn sums are those that the analytical score rests on."""
    rng = np.random.default_rng(SEED)
    values = rng.gamma(2, 3, 60)
    weights = weigh_nearest(rng.random(60), rng.random(60), k=6)
    normal = gistar(values, weights, star=False, alternative="greater").p
    drawn = gistar(values, weights, star=False, alternative="greater", permutations=20_000, seed=1).p
    assert np.abs(normal - drawn).max() < 0.05
    assert np.corrcoef(normal, drawn)[0, 1] > 0.999


def test_permutations_agree_with_pysal() -> None:
    frame = read_example("columbus.shp")
    weights = weigh_contiguity(np.array(frame.geometry))
    values = frame["CRIME"].to_numpy()
    theirs = run_quietly(
        esda.G_Local, values, to_pysal(weights), transform="B", star=True, permutations=9_999, seed=1, n_jobs=1
    ).p_sim
    ours = {
        side: gistar(values, weights, alternative=side, permutations=9_999, seed=1).p for side in ("greater", "less")
    }
    assert np.abs(np.minimum(ours["greater"], ours["less"]) - theirs).max() < 0.025


def test_unequal_and_many_weights_are_drawn_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    values, weights = rng.poisson(2, 50), sparse.random_array((50, 50), density=0.1, rng=rng)
    whole = draw_local_sums(values, sparse.csr_array(weights), permutations=199, seed=1)
    monkeypatch.setattr("hotspots.analysis.local_sums._AT_A_TIME", 1000)
    assert np.array_equal(whole, draw_local_sums(values, sparse.csr_array(weights), permutations=199, seed=1))


def test_weights_that_are_given_are_not_changed() -> None:
    weights = sparse.csr_array((np.ones(5), np.array([2, 1, 1, 0, 2]), np.array([0, 3, 4, 5])), shape=(3, 3))
    before = weights.data.copy(), weights.indices.copy()
    gistar(np.array([1.0, 5, 2]), weights)
    gistar(np.array([1.0, 5, 2]), weights, star=False)
    assert np.array_equal(weights.data, before[0])
    assert np.array_equal(weights.indices, before[1])


def test_same_seed_same_answer() -> None:
    values = np.random.default_rng(6).poisson(1, 80)
    first, again, other = (gistar(values, ring(80), permutations=99, seed=seed).p for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_no_pattern_gives_no_more_than_the_nominal_share() -> None:
    rng = np.random.default_rng(SEED)
    p = gistar(rng.poisson(4, 4_000), ring(4_000), permutations=199, seed=1).p
    assert 0.035 < (p <= 0.05).mean() < 0.065


def test_bad_input_is_refused() -> None:
    with pytest.raises(InputError, match=r"Gi\* has no number for cell 2; leave that cell out"):
        gistar(np.array([1, 2, np.nan, 4]), ring(4))
    with pytest.raises(InputError, match="Gi needs at least 3 cells and there are 2"):
        gistar(np.array([1, 2]), np.eye(2), star=False)
    with pytest.raises(InputError, match=r"shape \(5, 5\) for 4 values"):
        gistar(np.arange(4), ring(5))
    with pytest.raises(InputError, match="more than two dimensions"):
        gistar(np.zeros((3, 2, 2)), ring(3))
    with pytest.raises(UnknownNameError, match="two-sided"):
        gistar(np.arange(4), ring(4), alternative="two-tailed")
    with pytest.raises(InputError, match=r"exact chance is that of Gi\*, without permutations"):
        gistar(np.arange(4), ring(4), exact=True, permutations=9)
    with pytest.raises(InputError, match=r"exact chance is that of Gi\*"):
        gistar(np.arange(4), ring(4), exact=True, star=False)
    with pytest.raises(InputError, match="-1 permutations"):
        gistar(np.arange(4), ring(4), permutations=-1)
