"""Draws and ranks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr
from scipy.stats import gamma

from hotspots.analysis.bootstrap import draw_log_gamma, draw_normals, place_draws, rank_scores, summarise_ranks


def test_the_same_seed_gives_the_same_normals() -> None:
    first = draw_normals(2, 50, 7, seed=3)
    assert np.array_equal(first, draw_normals(2, 50, 7, seed=3))
    assert not np.array_equal(first, draw_normals(2, 50, 7, seed=4))
    assert not first.flags.writeable
    big = draw_normals(5, 2_000, 500, seed=3)  # too large to keep
    assert big.shape == (5, 2_000, 500)
    assert big.flags.writeable


@pytest.mark.parametrize("shape", [1.5, 4.0, 30.0, 900.0])
def test_log_gamma_draws_have_the_quantiles_of_the_gamma(shape: float) -> None:
    normals = np.linspace(-2.5, 2.5, 21, dtype=np.float32)[:, None]
    drawn = np.exp(draw_log_gamma(normals, np.array([shape])))[:, 0]
    exact = gamma.ppf(ndtr(normals[:, 0].astype(float)), shape, scale=1 / shape)
    assert drawn == pytest.approx(exact, rel=0.04, abs=0.015)


def test_points_are_the_normal_distribution_function() -> None:
    distance = np.linspace(-6, 6, 1_001, dtype=np.float32)[None]
    assert np.abs(place_draws(distance.copy()) - 100 * ndtr(distance)).max() < 0.02


@given(st.integers(1, 12), st.integers(0, 3), st.integers(0, 2**32 - 1))
def test_ranks_count_the_wards_above(n_wards: int, unions: int, seed: int) -> None:
    scores = np.random.default_rng(seed).uniform(0, 100, (5, n_wards + unions)).astype(np.float32)
    ranks = rank_scores(scores, n_wards=n_wards)
    above = 1 + (scores[:, None, :n_wards] > scores[:, :, None]).sum(axis=2)
    assert np.array_equal(ranks, above)


def test_equal_wards_share_the_better_place() -> None:
    scores = np.array([[50, 70, 50, 40, 50], [1, 2, 3, 4, 5]], dtype=np.float32)
    ranks = rank_scores(scores, n_wards=4)
    assert ranks.tolist() == [[2, 1, 2, 4, 2], [4, 3, 2, 1, 1]]


def test_ranks_are_summed_up() -> None:
    ranks = np.column_stack([np.arange(1, 101), np.full(100, 10), np.full(100, 11)]).astype(np.int32)
    spread = summarise_ranks(ranks)
    assert spread.low.tolist() == [5, 10, 11]
    assert spread.high.tolist() == [96, 10, 11]
    assert spread.top.tolist() == [0.1, 1.0, 0.0]


def test_one_draw_is_its_own_interval() -> None:
    spread = summarise_ranks(np.array([[3, 1, 2]], dtype=np.int32))
    assert spread.low.tolist() == spread.high.tolist() == [3, 1, 2]
