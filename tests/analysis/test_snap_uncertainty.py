"""Catchments, draws within them, and the survival of cells and clusters."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspots.analysis.dbscan import dbscan
from hotspots.analysis.snap_uncertainty import (
    draw_counts,
    find_catchments,
    measure_cell_survival,
    measure_cluster_survival,
)
from hotspots.errors import InputError


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_squares_are_nearest_to_their_point_and_within_the_cap(seed: int) -> None:
    x, y = np.random.default_rng(seed).uniform(0, 1_500, (2, 20))
    found = find_catchments(x, y, cap=150)
    point = np.repeat(np.arange(20), np.diff(found.start))
    assert (np.diff(found.start) >= 1).all()
    apart = np.hypot(found.x[:, None] - x, found.y[:, None] - y)
    own = apart[np.arange(len(point)), point]
    assert (own <= 150).all()
    np.testing.assert_allclose(own, apart.min(axis=1))
    assert found.hectares.sum() == pytest.approx(
        shapely.union_all(shapely.buffer(shapely.points(x, y), 150)).area / 1e4, rel=0.05
    )


def test_draws_keep_every_incident_in_its_catchment_and_spread_it_evenly() -> None:
    x, y = np.array([500.0, 900.0, 5_000.0]), np.array([500.0, 500.0, 500.0])
    weights = np.array([400, 100, 7])
    squares = find_catchments(x, y, cap=200)
    target = (squares.x // 100).astype(np.int64)
    drawn = np.array(list(draw_counts(squares, weights, target, 60, draws=200)))
    np.testing.assert_array_equal(drawn.sum(axis=1), 507)
    np.testing.assert_array_equal(drawn[:, :7].sum(axis=1), 400)
    np.testing.assert_array_equal(drawn[:, 40:].sum(axis=1), 7)
    share = np.bincount(target[: squares.start[1]], minlength=60) / squares.start[1]
    np.testing.assert_allclose(drawn[:, :7].mean(axis=0), 400 * share[:7], atol=3)
    variance = 400 * share[4] * (1 - share[4])
    assert drawn[:, 4].var() == pytest.approx(variance, rel=0.3)
    again = np.array(list(draw_counts(squares, weights, target, 60, draws=200)))
    np.testing.assert_array_equal(drawn, again)
    left_out = np.array(list(draw_counts(squares, weights, np.full_like(target, -1), 60, draws=2)))
    assert left_out.sum() == 0


def test_a_cell_that_holds_a_whole_catchment_survives_and_one_at_its_rim_does_not() -> None:
    squares = find_catchments([500.0, 1_500.0], [500.0, 500.0], cap=100)
    target = np.where(squares.x < 1_000, 0, np.where(squares.x < 1_420, 1, 2))
    survival = measure_cell_survival(
        squares, np.array([50, 50]), target, lambda counts: counts >= 40, n_targets=3, draws=60
    )
    assert survival[0] == 1
    assert survival[1] == 0
    assert survival[2] > 0.9


def test_a_dense_cluster_survives_and_a_thin_one_does_not() -> None:
    rng = np.random.default_rng(1)
    dense = rng.uniform(0, 200, (20, 2))
    # One lonely point that holds just enough: its catchment is as wide as the cap.
    x, y = np.append(dense[:, 0], 6_000.0), np.append(dense[:, 1], 0.0)
    weights = np.append(np.full(20, 30), 32)
    labels = dbscan(x, y, weights, eps=100, min_samples=30).labels
    assert labels.max() == 2
    found = measure_cluster_survival(find_catchments(x, y, cap=200), weights, labels, eps=100, min_samples=30, draws=40)
    assert found.survival[0] == 1
    assert found.kept[0] > 0.9
    assert found.survival[1] < 0.2
    assert found.clusters.shape == (40,)
    again = measure_cluster_survival(find_catchments(x, y, cap=200), weights, labels, eps=100, min_samples=30, draws=40)
    np.testing.assert_array_equal(found.survival, again.survival)


def test_nothing_to_move_and_what_is_wrong() -> None:
    squares = find_catchments([0.0, 1.0], [0.0, 0.0])
    assert (np.diff(squares.start) >= 1).all()  # two points within one pixel each keep a square
    none = measure_cluster_survival(squares, [0, 0], [-1, -1], eps=50, min_samples=5, draws=3)
    assert len(none.survival) == 0
    with pytest.raises(InputError, match="whole numbers"):
        list(draw_counts(squares, [0.5, 1], np.zeros(len(squares.x), np.int64), 1))
    with pytest.raises(InputError, match="no larger than the cap"):
        find_catchments([0.0], [0.0], cap=10, pixel=20)
    with pytest.raises(InputError, match="labels"):
        measure_cluster_survival(squares, [1, 1], [1], eps=50, min_samples=5)
