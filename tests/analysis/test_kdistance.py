"""Parameters of DBSCAN chosen from the data."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from scipy.stats import poisson

from hotspots.analysis import kdistance as module
from hotspots.analysis.dbscan import DEFAULT_EPS, cluster_places, dbscan, find_neighbours
from hotspots.analysis.kdistance import (
    CORE_SHARE,
    FARTHEST_EPS,
    FEWEST,
    NEAREST_EPS,
    explain_min_samples,
    suggest_eps,
    suggest_min_samples,
)
from hotspots.errors import InputError

places = st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 1500), st.integers(0, 6)), max_size=60)


@given(places, st.integers(1, 15))
@settings(max_examples=150, deadline=None)
def test_curve_is_each_incidents_distance_to_its_kth_nearest(rows: list[tuple[int, int, int]], least: int) -> None:
    x, y, weights = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_CELLS_AT_ONCE", 100)
        found = suggest_eps(x, y, weights, min_samples=least)
    incidents = np.repeat(np.column_stack([x, y]), weights, axis=0)
    kth = np.sort(cdist(incidents, incidents), axis=1)[:, least - 1] if len(incidents) >= least else np.array([])
    kth = np.sort(kth[kth <= FARTHEST_EPS])
    distance, count = np.unique(kth, return_counts=True)
    assert found.distance == pytest.approx(distance)
    if len(distance):
        assert found.share == pytest.approx(np.cumsum(count) / len(incidents))
    assert NEAREST_EPS <= found.eps <= FARTHEST_EPS
    if len(incidents):
        core = dbscan(x, y, weights, eps=found.eps, min_samples=least).core
        assert found.core_share == pytest.approx(weights[core].sum() / weights.sum())


def test_bend_parts_a_town_from_scattered_farms() -> None:
    # A town of 900 places 40 m apart and 90 farms a kilometre or more from anything.
    rng = np.random.default_rng(7)
    town = np.stack(np.meshgrid(np.arange(30), np.arange(30)), axis=-1).reshape(-1, 2) * 40.0 + rng.uniform(
        -5, 5, (900, 2)
    )
    farms = np.stack(np.meshgrid(np.arange(3, 13), np.arange(-4, 5)), axis=-1).reshape(-1, 2) * 900.0
    x, y = np.concatenate([town, farms]).T
    found = suggest_eps(x, y, np.ones(len(x), int), min_samples=9)
    assert 60 <= found.eps <= 150
    labels = dbscan(x, y, np.ones(len(x), int), eps=found.eps, min_samples=9).labels
    assert (labels[:900] == 1).mean() > 0.95
    assert (labels[900:] == -1).all()
    assert "bends upwards most" in found.reason


def test_the_most_remote_twentieth_does_not_bend_the_curve() -> None:
    # Villages ever sparser, under a twentieth of all: without the cut the bend would lie among them.
    rng = np.random.default_rng(11)
    town = rng.uniform(0, 1_500, (960, 2))
    villages = np.column_stack([np.cumsum(np.linspace(100, 280, 40)) + 20_000, np.zeros(40)])
    x, y = np.concatenate([town, villages]).T
    ones = np.ones(len(x), int)
    alone = suggest_eps(*town.T, ones[:960], min_samples=9)
    assert suggest_eps(x, y, ones, min_samples=9).eps == pytest.approx(alone.eps, abs=20)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "REMOTE_SHARE", 0)
        assert suggest_eps(x, y, ones, min_samples=9).eps > alone.eps + 20


def test_heavy_places_do_not_bend_the_curve() -> None:
    # Places that hold enough by themselves have distance 0, however many they are, and say nothing about eps.
    rng = np.random.default_rng(5)
    x, y = rng.normal(0, 600, (2, 400))
    light = suggest_eps(x, y, np.full(400, 2), min_samples=9)
    remote = np.arange(600) * 3_000.0 + 100_000
    both = suggest_eps(
        np.concatenate([x, remote]),
        np.concatenate([y, remote]),
        np.concatenate([np.full(400, 2), np.full(600, 1)]),
        min_samples=9,
    )
    heavy = suggest_eps(
        np.concatenate([x, remote[:1]]), np.concatenate([y, remote[:1]]), np.append(np.full(400, 2), 10), min_samples=9
    )
    assert heavy.distance[0] == 0
    assert heavy.share[0] == pytest.approx(10 / 810)
    assert heavy.eps == light.eps
    assert both.share[-1] < 0.6
    assert 0 < light.eps < 500


@pytest.mark.parametrize("weights", [[], [0, 0], [1, 1]])
def test_too_few_incidents_fall_to_the_default_and_say_so(weights: list[int]) -> None:
    positions = np.arange(len(weights), dtype=float)
    found = suggest_eps(positions, positions, weights, min_samples=5)
    assert found.eps == DEFAULT_EPS
    assert found.core_share == 0
    assert "default" in found.reason


@given(places, st.sampled_from([0.05, 0.1, 0.5, 1.0]))
@settings(max_examples=100, deadline=None)
def test_threshold_is_the_largest_that_holds_the_share(rows: list[tuple[int, int, int]], share: float) -> None:
    x, y, weights = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    neighbours = find_neighbours(x, y, eps=150)
    found = explain_min_samples(neighbours, weights, core_share=share)
    assert found.min_samples == max(found.by_share, found.by_chance, FEWEST)
    assert found.min_samples == suggest_min_samples(neighbours, weights, core_share=share)

    def held(least: int) -> float:
        return float(weights[cluster_places(neighbours, weights, min_samples=least).core].sum())

    if weights.sum():
        assert held(found.by_share) >= share * weights.sum() - 1e-9
        assert held(found.by_share + 1) < share * weights.sum()
        assert found.core_share == pytest.approx(held(found.min_samples) / weights.sum())


@pytest.mark.parametrize(("side", "weight"), [(20, 1), (20, 3), (40, 40)])
def test_even_spread_makes_no_cluster(side: int, weight: int) -> None:
    x, y = (axis.ravel() * 100.0 for axis in np.meshgrid(np.arange(side), np.arange(side)))
    neighbours = find_neighbours(x, y, eps=150)
    weights = np.full(side * side, weight)
    found = explain_min_samples(neighbours, weights)
    assert found.min_samples == max(found.by_chance, FEWEST)
    assert cluster_places(neighbours, weights, min_samples=found.min_samples).clusters == 0
    expected = neighbours.mean_places * weight
    assert (
        poisson.sf(found.by_chance - 1, expected) * side**2 < 1 <= poisson.sf(found.by_chance - 2, expected) * side**2
    )


def test_threshold_grows_with_the_period() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.uniform(0, 20_000, (2, 3_000))
    year = rng.negative_binomial(0.3, 0.03, 3_000)
    neighbours = find_neighbours(x, y, eps=150)
    one, ten = (explain_min_samples(neighbours, year * times) for times in (1, 10))
    assert ten.by_share == 10 * one.by_share
    assert one.min_samples == one.by_share
    assert one.core_share >= CORE_SHARE
    assert one.reason == (
        f"A cluster needs {one.min_samples} incidents within 150 m: the largest number at which the hearts of clusters "
        "still hold 10% of the incidents."
    )


def test_few_incidents_give_the_least_threshold() -> None:
    neighbours = find_neighbours([0.0, 10_000.0], [0.0, 0.0], eps=150)
    assert suggest_min_samples(neighbours, [0, 0]) == FEWEST
    assert suggest_min_samples(neighbours, [1, 1]) == FEWEST
    assert "the least that is ever used" in explain_min_samples(neighbours, [1, 1]).reason
    assert suggest_min_samples(find_neighbours([], [], eps=150), []) == FEWEST


@pytest.mark.parametrize("share", [0, -0.1, 1.1, float("nan")])
def test_share_out_of_range_is_an_input_error(share: float) -> None:
    with pytest.raises(InputError, match="give a share above 0 and up to 1"):
        suggest_min_samples(find_neighbours([0.0], [0.0], eps=1), [1], core_share=share)


def test_wrong_input_is_an_input_error() -> None:
    with pytest.raises(InputError, match="Place 1 holds -1 incidents"):
        suggest_eps([0.0], [0.0], [-1], min_samples=5)
    with pytest.raises(InputError, match="1 or more"):
        suggest_eps([0.0], [0.0], [1], min_samples=0)
    with pytest.raises(InputError, match="2 incident counts for 1 places"):
        suggest_min_samples(find_neighbours([0.0], [0.0], eps=1), [1, 2])
