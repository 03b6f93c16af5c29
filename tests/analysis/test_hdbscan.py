"""HDBSCAN on weighted places against scikit-learn on rows, a direct reading of the definition, and two known faults."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from scipy.spatial.distance import cdist
from sklearn.cluster import HDBSCAN
from sklearn.metrics import adjusted_rand_score

from hotspots.analysis.hdbscan import hdbscan
from hotspots.analysis.reachability import measure_core_distance, span_places
from hotspots.errors import InputError, UnknownNameError

Partition = frozenset[frozenset[int]]


def _places(seed: int, size: int = 60, *, grid: float = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centres = rng.uniform(0, 1_000, (int(rng.integers(1, 4)), 2))
    near = centres[rng.integers(0, len(centres), size)] + rng.normal(0, rng.uniform(20, 80), (size, 2))
    points = np.concatenate([near, rng.uniform(0, 1_000, (size // 3, 2))])
    return np.unique(np.round(points / grid) * grid, axis=0) if grid else points


def _partition(labels: np.ndarray) -> Partition:
    return frozenset(frozenset(np.flatnonzero(labels == k).tolist()) for k in set(labels.tolist()) if k > 0)


def _read_definition(points: np.ndarray, weights: np.ndarray, least: int, samples: int, resolution: float) -> Partition:
    """Follow the definition from the top down on one row an incident, cutting a full matrix at every distance."""
    rows = np.repeat(np.arange(len(points)), weights)
    apart = cdist(points, points)[np.ix_(rows, rows)]
    core = np.sort(apart, axis=1)[:, samples - 1]
    reach = np.maximum(np.round(np.maximum(np.maximum(apart, core), core[:, None]), 6), resolution)

    def split(members: np.ndarray, born: float, *, root: bool) -> tuple[float, list[frozenset[int]]]:
        whole, stability, inside = members, 0.0, members
        while True:
            part = reach[np.ix_(inside, inside)]
            tree = minimum_spanning_tree(part).toarray()
            level = float(tree.max())
            _, piece = connected_components(np.where(part < level, 1.0, 0.0), directed=False)
            pieces = [inside[piece == k] for k in range(piece.max() + 1)]
            large = [one for one in pieces if len(one) >= least]
            if len(large) == 1 and len(large[0]) < len(inside):
                stability += (len(inside) - len(large[0])) * (1 / level - born)
                inside = large[0]
                continue
            stability += len(inside) * (1 / level - born)
            found = [split(one, 1 / level, root=False) for one in large]
            below = sum(value for value, _ in found)
            if not root and (not found or stability >= below):
                return stability, [frozenset(rows[whole].tolist())]
            return below, [one for _, chosen in found for one in chosen]

    return frozenset(split(np.arange(len(rows)), 0.0, root=True)[1])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 10), st.integers(1, 9), st.sampled_from([0.0, 50.0]))
def test_is_the_definition_read_on_expanded_rows(seed: int, least: int, samples: int, grid: float) -> None:
    points = _places(seed, 24, grid=grid)
    weights = np.random.default_rng(seed).integers(1, 6, len(points))
    found = hdbscan(*points.T, weights, min_cluster_size=least, min_samples=samples, resolution=5)
    assert _partition(found.labels) == _read_definition(points, weights, least, samples, 5)


@pytest.mark.parametrize("seed", range(12))
def test_equals_scikit_learn_on_expanded_rows_where_that_is_well_defined(seed: int) -> None:
    """With one sample all distances differ, so that no order of rows can matter."""
    points, rng = _places(seed), np.random.default_rng(seed)
    least = int(rng.integers(4, 12))
    weights = rng.integers(1, least, len(points))
    rows = np.repeat(np.arange(len(points)), weights)
    theirs = HDBSCAN(min_cluster_size=least, min_samples=1, copy=True).fit(points[rows]).labels_
    ours = hdbscan(*points.T, weights, min_cluster_size=least, min_samples=1, resolution=1e-6)
    assert _partition(theirs + 1) == _partition(ours.labels[rows])


def test_agrees_with_scikit_learn_but_for_ties_that_rows_decide() -> None:
    """Two clusters mostly part at the core distance of a place between them, which may go to either."""
    scores = []
    for seed in range(30):
        points = _places(seed)
        theirs = HDBSCAN(min_cluster_size=8, min_samples=6, copy=True).fit(points).labels_
        ours = hdbscan(*points.T, np.ones(len(points)), min_cluster_size=8, min_samples=6, resolution=1e-6)
        scores.append(adjusted_rand_score(theirs, ours.labels))
    assert np.mean(scores) > 0.95


def test_fault_of_rows_one_coordinate_has_one_label() -> None:
    """On rows scikit-learn labels the incidents of one coordinate differently; a place here has one label, always."""
    points = _places(0, 40, grid=100)
    weights = np.random.default_rng(0).integers(1, 9, len(points))
    rows = np.repeat(np.arange(len(points)), weights)
    theirs = HDBSCAN(min_cluster_size=12, min_samples=12, copy=True).fit(points[rows]).labels_
    assert any(len(set(theirs[rows == place].tolist())) > 1 for place in range(len(points)))
    ours = hdbscan(*points[rows].T, np.ones(len(rows)), min_cluster_size=12, resolution=1)
    assert all(len(set(ours.labels[rows == place].tolist())) == 1 for place in range(len(points)))
    merged = hdbscan(*points.T, weights, min_cluster_size=12, resolution=1)
    np.testing.assert_array_equal(merged.labels[rows], ours.labels)


def test_fault_of_distinct_places_crime_decides_not_the_list_of_points() -> None:
    """Two equal lattices of points: with weights only the one where incidents are is a cluster."""
    x, y = (axis.ravel().astype(float) for axis in np.meshgrid(np.arange(5) * 60, np.arange(5) * 60))
    east, north = np.concatenate([x, x + 3_000, [1_500.0]]), np.concatenate([y, y, [9_000.0]])
    weights = np.concatenate([np.full(25, 20), np.ones(25, int), [1]])
    unweighted = hdbscan(east, north, np.ones(51), min_cluster_size=10)
    weighted = hdbscan(east, north, weights, min_cluster_size=30)
    assert unweighted.labels[0] != unweighted.labels[30]
    assert min(unweighted.labels[0], unweighted.labels[30]) > 0
    busy = np.flatnonzero(weighted.labels > 0)
    assert len(busy) == 0 or busy.max() < 25


def test_a_heavy_snap_point_is_not_infinitely_dense() -> None:
    rng = np.random.default_rng(2)
    x, y = np.concatenate([rng.normal(0, 60, 60), rng.normal(5_000, 60, 60)]), rng.normal(0, 60, 120)
    weights = np.full(120, 5)
    weights[:3] = 60
    fine = hdbscan(x, y, weights, min_cluster_size=50, resolution=1e-6)
    coarse = hdbscan(x, y, weights, min_cluster_size=50, resolution=60)
    assert np.bincount(fine.labels[fine.labels > 0])[1:].min() <= 2
    assert coarse.clusters == 2
    assert np.isfinite(coarse.persistence).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40), st.sampled_from([0.0, 40.0, 100.0]))
def test_tree_is_minimal_over_all_pairs(seed: int, samples: int, grid: float) -> None:
    points = _places(seed, 70, grid=grid)
    weights = np.random.default_rng(seed).integers(1, 9, len(points)).astype(float)
    core = measure_core_distance(*points.T, weights, min_samples=samples)
    apart = cdist(points, points)
    expanded = np.sort(np.repeat(apart, weights.astype(int), axis=1), axis=1)
    np.testing.assert_allclose(core, expanded[:, min(samples, expanded.shape[1]) - 1], atol=1e-9)
    reach = np.maximum(np.maximum(apart, core), core[:, None])
    np.fill_diagonal(reach, 0)
    everything = np.sort(minimum_spanning_tree(reach).data)
    np.testing.assert_allclose(span_places(*points.T, core).distance, everything, atol=1e-5)


@pytest.mark.parametrize("points", [np.column_stack([np.arange(9) * 50.0, np.zeros(9)]), np.array([[1.0, 2], [9, 9]])])
def test_places_in_one_line_and_pairs(points: np.ndarray) -> None:
    tree = span_places(*points.T, np.zeros(len(points)))
    assert len(tree.distance) == len(points) - 1


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1_000))
def test_order_of_places_does_not_matter(seed: int) -> None:
    points = _places(seed, 40, grid=30)
    weights = np.random.default_rng(seed).integers(0, 6, len(points))
    order = np.random.default_rng(seed + 1).permutation(len(points))
    one = hdbscan(*points.T, weights, min_cluster_size=8)
    other = hdbscan(*points[order].T, weights[order], min_cluster_size=8)
    np.testing.assert_array_equal(one.labels[order], other.labels)
    assert one.incidents.sum() + one.noise_incidents == weights.sum()
    assert (np.diff(one.incidents) <= 0).all()
    assert ((one.strength > 0) == (one.labels > 0)).all()
    leaves = hdbscan(*points.T, weights, min_cluster_size=8, selection="leaf")
    assert leaves.clusters >= one.clusters


def test_nothing_and_one_place() -> None:
    assert hdbscan([], [], [], min_cluster_size=5).clusters == 0
    assert hdbscan([1.0], [2.0], [50], min_cluster_size=5).clusters == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [({"min_cluster_size": 1}, "2 or more"), ({"min_cluster_size": 5, "min_samples": 0}, "min-samples"),
     ({"min_cluster_size": 5, "resolution": 0}, "resolution")],
)  # fmt: skip
def test_says_what_is_wrong(options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        hdbscan([1.0], [2.0], [3], **options)
    with pytest.raises(UnknownNameError):
        hdbscan([1.0], [2.0], [3], min_cluster_size=5, selection="best")
