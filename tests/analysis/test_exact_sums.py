"""The exact chance of a sum, against counting every sample, and what it is for: towns without any hot spot."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse, stats

from hotspots.analysis.exact_sums import LEAST_P, find_exact_tails, mark_members
from hotspots.analysis.gistar import gistar
from hotspots.analysis.multiple_testing import adjust_p
from hotspots.analysis.spatial_weights import include_self, standardise_rows, weigh_distance_band
from hotspots.errors import InputError

SIDE = 40
X, Y = (axis.ravel().astype(float) for axis in np.meshgrid(np.arange(SIDE), np.arange(SIDE)))
NEAR = weigh_distance_band(X, Y, radius=1.5)
SEED = 20_230_228


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.integers(-3, 12), min_size=1, max_size=9),
    seed=st.integers(0, 2**32 - 1),
    scale=st.sampled_from([1.0, 1 / 8, 3.7, 0.001]),
)
def test_tails_are_those_of_all_samples(values: list[int], seed: int, scale: float) -> None:
    n = len(values)
    table = np.array(values) * scale
    marked = sparse.csr_array((np.random.default_rng(seed).random((4, n)) < 0.5).astype(float))
    upper, lower = find_exact_tails(table, marked)
    for i, row in enumerate(marked.toarray()):
        chosen = np.flatnonzero(row)
        sums = np.array([table[list(sample)].sum() for sample in combinations(range(n), len(chosen))])
        slack = 1e-6  # for the rounding of this test
        assert upper[i] == pytest.approx((sums >= table[chosen].sum() - slack).mean(), abs=1e-12)
        assert lower[i] == pytest.approx((sums <= table[chosen].sum() + slack).mean(), abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_values_without_a_common_step_err_on_the_large_side_by_a_hair(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.lognormal(2, 1, 10)
    marked = sparse.csr_array((np.arange(10) < 4).astype(float)[None, :])
    upper, lower = find_exact_tails(values, marked)
    sums = np.array([values[list(sample)].sum() for sample in combinations(range(10), 4)])
    hair = 12 * np.ptp(values) / 4096
    for found, true, loose in (
        (upper[0], sums >= values[:4].sum() - 1e-9, sums >= values[:4].sum() - hair),
        (lower[0], sums <= values[:4].sum() + 1e-9, sums <= values[:4].sum() + hair),
    ):
        assert true.mean() - 1e-12 <= found <= loose.mean() + 1e-12


def test_sample_of_ones_is_hypergeometric_far_into_the_tail() -> None:
    values = np.zeros(2_000)
    values[:100] = 1
    members = sparse.csr_array((np.arange(2_000) < np.arange(1, 21)[:, None]).astype(float))
    upper, lower = find_exact_tails(values, members)
    for k in range(1, 21):
        assert upper[k - 1] == pytest.approx(
            max(stats.hypergeom.sf(k - 1, 2_000, 100, k), LEAST_P), rel=1e-6, abs=1e-14
        )
        assert lower[k - 1] == pytest.approx(1.0)


def test_nearly_all_values_are_drawn_by_their_complement() -> None:
    values = np.random.default_rng(1).poisson(3, 200).astype(float)
    members = np.ones((2, 200))
    members[0, :5] = 0
    left = np.zeros((1, 200))
    left[0, :5] = 1
    upper, lower = find_exact_tails(values, sparse.csr_array(members))
    upper_left, lower_left = find_exact_tails(values, sparse.csr_array(left))
    assert upper[0] == pytest.approx(lower_left[0])
    assert lower[0] == pytest.approx(upper_left[0])
    assert upper[1] == pytest.approx(1.0)
    assert lower[1] == pytest.approx(1.0)


def test_exact_p_is_what_permutations_approach() -> None:
    rng = np.random.default_rng(SEED)
    values = np.round(np.exp(rng.normal(1, 1.2, SIDE * SIDE)))
    exact = gistar(values, NEAR, exact=True, alternative="greater")
    members = include_self(NEAR)
    draws = np.array([members[[700, 0, 39]] @ rng.permutation(values) for _ in range(4_000)])
    for column, cell in enumerate((700, 0, 39)):
        share = (draws[:, column] >= exact.local_sum[cell]).mean()
        assert exact.p[cell] == pytest.approx(share, abs=0.025)
    assert exact.describe() == "Gi*, p one-sided (higher), exact over all arrangements, not corrected for many cells"


def test_exact_p_knows_no_scale_of_weights_and_turns_with_the_sign() -> None:
    values = np.random.default_rng(2).poisson(1, SIDE * SIDE).astype(float)
    p = gistar(values, NEAR, exact=True).p
    assert (p > 0).all()
    assert (p <= 1).all()
    assert np.allclose(gistar(values, standardise_rows(NEAR), exact=True).p, p)
    assert np.allclose(gistar(-values, NEAR, exact=True).p, p)
    harm = gistar(values * 3.7, NEAR, exact=True).p
    assert np.allclose(harm, p)
    assert np.isnan(gistar(np.full(SIDE * SIDE, 2.5), NEAR, exact=True).p).all()


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng: rng.poisson(0.2, SIDE * SIDE),
        lambda rng: rng.poisson(3, SIDE * SIDE),
        lambda rng: rng.poisson(np.exp(rng.normal(1, 1.5, SIDE * SIDE))),
    ],
    ids=["few incidents", "many incidents", "very unequal cells"],
)
def test_towns_without_a_hot_spot_rarely_show_one(draw: Any) -> None:
    """At 5 per cent false discovery over 60 towns; with the normal curve up to every town shows one."""
    rng = np.random.default_rng(SEED)
    towns = [draw(rng) for _ in range(60)]
    shown = np.mean([(adjust_p(gistar(town, NEAR, exact=True).p) <= 0.05).any() for town in towns])
    assert shown <= 0.1
    normal = np.mean([(adjust_p(gistar(town, NEAR).p) <= 0.05).any() for town in towns])
    assert normal >= shown


def test_planted_hot_spots_are_found() -> None:
    rng = np.random.default_rng(SEED)
    planted = (X % 20 < 3) & (Y % 20 < 3)
    beside = include_self(NEAR) @ planted.astype(float) > 0
    found = false = total = 0
    for _ in range(20):
        town = rng.poisson(np.where(planted, 10, 2))
        hot = adjust_p(gistar(town, NEAR, exact=True, alternative="greater").p) <= 0.05
        found, false, total = found + (hot & planted).sum(), false + (hot & ~beside).sum(), total + hot.sum()
    assert found / (20 * planted.sum()) > 0.9
    assert false / total < 0.05


def test_what_cannot_be_exact_is_refused() -> None:
    with pytest.raises(InputError, match="equal weights only"):
        mark_members(sparse.csr_array(np.array([[1.0, 0.5], [0, 1]])))
    with pytest.raises(InputError, match=r"sum of 100 cells is not computed, only of up to 60"):
        find_exact_tails(np.arange(300.0), sparse.csr_array((np.arange(300) < 100).astype(float)[None, :]))
    assert mark_members(sparse.csr_array((2, 2))).nnz == 0
