"""DBSCAN on weighted places against scikit-learn on one row an incident, and against its own promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import DBSCAN

from hotspots.analysis import dbscan as module
from hotspots.analysis.dbscan import NOISE, Clustering, cluster_places, dbscan, find_neighbours, sum_within
from hotspots.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

# Whole metres and whole radii make many distances equal eps exactly: 3-4-5, 6-8-10, 5-12-13.
whole_metres = st.tuples(st.integers(0, 25), st.integers(0, 25), st.integers(0, 6))
fractions = st.tuples(st.floats(0, 25), st.floats(0, 25), st.integers(0, 6))


def as_arrays(
    places: list[tuple[float, float, int]],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    table = np.array(places, dtype=float).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2].astype(np.int64)


def assert_equals_rows(
    x: NDArray[np.float64], y: NDArray[np.float64], weights: NDArray[np.int64], ours: Clustering
) -> None:
    """Hold the clustering against scikit-learn on the expanded rows, and border places against the nearest core."""
    rows = np.repeat(np.arange(len(x)), weights)
    if len(rows) == 0:
        assert ours.clusters == 0
        assert (ours.labels == NOISE).all()
        return
    reference = DBSCAN(eps=ours.eps, min_samples=int(ours.min_samples)).fit(np.column_stack([x, y])[rows])
    core_row = np.zeros(len(rows), dtype=bool)
    core_row[reference.core_sample_indices_] = True
    assert np.array_equal(ours.core[rows], core_row), "core places differ"
    assert not ours.core[weights == 0].any()
    assert np.array_equal(ours.labels[rows] == NOISE, reference.labels_ == NOISE), "noise differs"
    assert (ours.labels[weights == 0] == NOISE).all()
    pairs = set(zip(ours.labels[rows][core_row].tolist(), reference.labels_[core_row].tolist(), strict=True))
    assert len(pairs) == ours.clusters == len(set(reference.labels_[core_row].tolist())), "clusters of cores differ"
    core = np.flatnonzero(ours.core)
    for place in np.flatnonzero((ours.labels != NOISE) & ~ours.core):
        square = (x[core] - x[place]) ** 2 + (y[core] - y[place]) ** 2
        best = core[np.lexsort((y[core], x[core], square))[0]]
        assert ours.labels[place] == ours.labels[best], "a border place is not with its nearest core place"


@given(st.lists(whole_metres, max_size=60), st.sampled_from([1, 2, 5, 10, 13]), st.integers(1, 12))
@settings(max_examples=200, deadline=None)
def test_equals_scikit_learn_on_rows_with_ties_at_eps(
    places: list[tuple[float, float, int]], eps: int, least: int
) -> None:
    x, y, weights = as_arrays(places)
    assert_equals_rows(x, y, weights, dbscan(x, y, weights, eps=eps, min_samples=least))


@given(st.lists(fractions, max_size=60), st.floats(0.1, 15), st.integers(1, 12))
@settings(max_examples=120, deadline=None)
def test_equals_scikit_learn_on_rows_anywhere(places: list[tuple[float, float, int]], eps: float, least: int) -> None:
    x, y, weights = as_arrays(places)
    assert_equals_rows(x, y, weights, dbscan(x, y, weights, eps=eps, min_samples=least))


@given(st.lists(whole_metres, min_size=1, max_size=60, unique_by=lambda p: p[:2]), st.integers(1, 12))
@settings(max_examples=200, deadline=None)
def test_order_of_places_changes_nothing(places: list[tuple[float, float, int]], least: int) -> None:
    x, y, weights = as_arrays(places)
    order = np.random.default_rng(len(places)).permutation(len(x))
    straight = dbscan(x, y, weights, eps=5, min_samples=least)
    mixed = dbscan(x[order], y[order], weights[order], eps=5, min_samples=least)
    assert np.array_equal(straight.labels[order], mixed.labels)
    assert np.array_equal(straight.core[order], mixed.core)
    assert np.array_equal(straight.incidents, mixed.incidents)
    assert straight.noise_incidents == mixed.noise_incidents


@given(st.lists(whole_metres, max_size=80), st.sampled_from([3, 5, 13, 40]), st.integers(1, 12))
@settings(max_examples=100, deadline=None)
def test_pairs_found_in_small_blocks_give_the_same(
    places: list[tuple[float, float, int]], eps: int, least: int
) -> None:
    x, y, weights = as_arrays(places)
    whole = dbscan(x, y, weights, eps=eps, min_samples=least)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "HELD_PAIRS", 0)
        patch.setattr(module, "PAIRS_AT_ONCE", 7)
        neighbours = find_neighbours(x, y, eps=eps)
        chunks = list(neighbours.iterate_pairs())
        blocks = cluster_places(neighbours, weights, min_samples=least)
    seen = [
        tuple(sorted(pair)) for first, second in chunks for pair in zip(first.tolist(), second.tolist(), strict=True)
    ]
    assert len(seen) == len(set(seen)), "a pair came twice"
    assert np.array_equal(whole.labels, blocks.labels)
    assert np.array_equal(whole.core, blocks.core)


@given(st.lists(whole_metres, max_size=60), st.integers(1, 12))
@settings(max_examples=100, deadline=None)
def test_clusters_are_numbered_by_incidents_then_from_the_west(
    places: list[tuple[float, float, int]], least: int
) -> None:
    x, y, weights = as_arrays(places)
    ours = dbscan(x, y, weights, eps=5, min_samples=least)
    assert set(ours.labels[ours.labels != NOISE].tolist()) == set(range(1, ours.clusters + 1))
    keys = []
    for number, incidents in enumerate(ours.incidents, start=1):
        inside = ours.labels == number
        assert incidents == weights[inside].sum()
        keys.append((-incidents, *min(zip(x[inside], y[inside], strict=True))))
    assert keys == sorted(keys)
    assert ours.noise_incidents + ours.incidents.sum() == weights.sum()


# Along a line: a core pair at -5 and 0, another at 16 and 21, and one incident between, which has 19 within reach.
PAIRS_APART = [-5.0, 0.0, 16.0, 21.0]


def test_border_place_goes_to_its_nearest_core_place() -> None:
    x, y = np.array([*PAIRS_APART, 9.0]), np.zeros(5)
    found = dbscan(x, y, np.array([31, 9, 9, 11, 1]), eps=10, min_samples=20)
    assert found.core.tolist() == [True, True, True, True, False]
    assert found.labels.tolist() == [1, 1, 2, 2, 2]
    assert found.incidents.tolist() == [40, 21]


def test_border_place_midway_goes_west_then_south() -> None:
    x, y = np.array([*PAIRS_APART, 8.0]), np.zeros(5)
    weights = np.array([11, 9, 9, 31, 1])
    for along, across in [(x, y), (y, x)]:
        found = dbscan(along, across, weights, eps=8, min_samples=20)
        assert not found.core[4]
        assert found.labels.tolist() == [2, 2, 1, 1, 2]


def test_weight_stands_for_that_many_incidents_at_one_place() -> None:
    found = dbscan([0.0, 1000.0], [0.0, 0.0], [5, 4], eps=1, min_samples=5)
    assert found.labels.tolist() == [1, NOISE]
    assert found.noise_incidents == 4
    assert found.incidents.dtype == np.int64


def test_place_without_incidents_takes_no_part() -> None:
    # On weights of zero scikit-learn makes the middle place core, and joins two clusters that no incident joins.
    found = dbscan([0.0, 5.0, 10.0], [0.0, 0.0, 0.0], [9, 0, 9], eps=5, min_samples=9)
    assert found.labels.tolist() == [1, NOISE, 2]
    assert not found.core[1]


def test_weights_may_be_fractions() -> None:
    found = dbscan([0.0, 3.0], [0.0, 4.0], [0.5, 0.75], eps=5, min_samples=1)
    assert found.labels.tolist() == [1, 1]
    assert found.incidents.tolist() == [1.25]


def test_no_place_gives_no_cluster() -> None:
    found = dbscan([], [], [], eps=150, min_samples=5)
    assert found.clusters == 0
    assert len(found.labels) == 0
    assert found.noise_incidents == 0


def test_distance_equal_to_eps_is_within_whatever_the_tree_rounds() -> None:
    # A grid of 100 m with eps equal to the diagonal: 8 neighbours each inside, and none when eps is a hair less.
    side = np.arange(0, 1000, 100.0) + 400_000
    x, y = (axis.ravel() for axis in np.meshgrid(side, side))
    eps = float(np.sqrt(20_000.0))
    assert sum_within(find_neighbours(x, y, eps=eps), np.ones(100)).max() == 9
    assert sum_within(find_neighbours(x, y, eps=np.nextafter(eps, 0)), np.ones(100)).max() == 5
    assert sum_within(find_neighbours(x, y, eps=100), np.ones(100)).max() == 5
    assert sum_within(find_neighbours(x, y, eps=99.999), np.ones(100)).max() == 1


def test_input_is_left_as_it_was() -> None:
    x, y, weights = np.array([3.0, 0.0]), np.array([4.0, 0.0]), np.array([5, 5])
    dbscan(x, y, weights, eps=5, min_samples=2)
    assert x.tolist() == [3, 0]
    assert weights.tolist() == [5, 5]


@pytest.mark.parametrize("eps", [0, -1, float("nan"), float("inf")])
def test_radius_must_be_above_zero(eps: float) -> None:
    with pytest.raises(InputError, match="give a radius in metres above 0"):
        find_neighbours([0.0], [0.0], eps=eps)


@pytest.mark.parametrize("least", [0, -3, 0.5, float("nan"), float("inf")])
def test_threshold_must_be_one_or_more(least: float) -> None:
    with pytest.raises(InputError, match="give a number of incidents of 1 or more"):
        dbscan([0.0], [0.0], [1], eps=1, min_samples=least)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ([0.0, np.nan], [0.0, 1.0], r"Place 2 lies at easting nan, northing 1"),
        ([0.0], [np.inf], r"Place 1 lies at easting 0, northing inf"),
        ([0.0], [1e200], r"Place 1 .* British National Grid metres"),
        ([0.0, 1.0], [0.0], r"2 eastings for 1 northings"),
        ([[0.0]], [0.0], r"The eastings must be one plain number a place"),
        (["a"], [0.0], r"The eastings must be one plain number a place"),
    ],
)
def test_coordinates_must_be_metres(x: list[float], y: list[float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        find_neighbours(x, y, eps=150)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1, -2], "Place 2 holds -2 incidents"),
        ([np.nan, 1], "Place 1 holds nan incidents"),
        ([1, np.inf], "Place 2 holds inf incidents"),
        ([1], "1 incident counts for 2 places"),
    ],
)
def test_weights_must_be_zero_or_more(weights: list[float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        dbscan([0.0, 1.0], [0.0, 1.0], weights, eps=1, min_samples=1)


@pytest.mark.real_data
def test_equals_scikit_learn_on_a_real_month(real_data: Path) -> None:
    from pyarrow import csv  # noqa: PLC0415 - this test alone reads raw files

    from hotspots.crs import to_bng  # noqa: PLC0415 - as above

    file = real_data / "crime" / "northumbria" / "2022-10" / "2022-10-northumbria-street.csv"
    table = csv.read_csv(file, convert_options=csv.ConvertOptions(include_columns=["Longitude", "Latitude"]))
    degrees = np.column_stack([table["Longitude"].to_numpy(), table["Latitude"].to_numpy()])
    distinct, weights = np.unique(degrees[np.isfinite(degrees).all(axis=1)], axis=0, return_counts=True)
    x, y = to_bng(distinct[:, 0], distinct[:, 1])
    assert weights.sum() > 16_000
    for eps, least in [(50, 5), (150, 10), (150, 29), (250, 30)]:
        assert_equals_rows(x, y, weights, dbscan(x, y, weights, eps=eps, min_samples=least))
