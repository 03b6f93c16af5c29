"""Size, centre and outline of clusters, and the clustered share of areas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspots.analysis.clusters import COLUMNS, MARGIN, describe_clusters, share_clustered
from hotspots.analysis.dbscan import dbscan
from hotspots.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Lines, squares and repeated coordinates come up often among few whole steps of 50 m.
steps = st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(0, 9))
Arrays = tuple["NDArray[np.float64]", "NDArray[np.float64]", "NDArray[np.int64]", "NDArray[np.int32]"]


def cluster_steps(places: list[tuple[int, int, int]]) -> Arrays:
    table = np.array(places, dtype=np.float64).reshape(-1, 3)
    x, y, weights = 420_000 + 50 * table[:, 0], 560_000 + 50 * table[:, 1], table[:, 2].astype(np.int64)
    return x, y, weights, dbscan(x, y, weights, eps=75, min_samples=5).labels


@given(st.lists(steps, max_size=50))
@settings(max_examples=150, deadline=None)
def test_outline_is_one_polygon_around_all_places_of_the_cluster(places: list[tuple[int, int, int]]) -> None:
    x, y, weights, labels = cluster_steps(places)
    table = describe_clusters(x, y, weights, labels)
    assert tuple(table.columns) == COLUMNS
    assert table["cluster"].tolist() == list(range(1, max(labels.max(initial=0), 0) + 1))
    for row in table.itertuples():
        inside = labels == row.cluster
        assert row.geometry.geom_type == "Polygon"
        assert row.geometry.is_valid
        members = shapely.points(x[inside], y[inside])
        assert shapely.contains(row.geometry, members).all()
        assert shapely.distance(row.geometry.exterior, members).min() > 0.8 * MARGIN
        assert row.hectares == pytest.approx(row.geometry.area / 10_000)
        hull = shapely.convex_hull(shapely.multipoints(members))
        assert row.geometry.area <= hull.buffer(MARGIN).area * 1.02
        assert row.incidents == weights[inside].sum()
        assert row.places == inside.sum()
        assert row.x == pytest.approx(np.average(x[inside], weights=weights[inside]))
        assert row.y == pytest.approx(np.average(y[inside], weights=weights[inside]))


@given(st.lists(steps, min_size=1, max_size=40, unique_by=lambda place: place[:2]), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_order_of_places_changes_nothing(places: list[tuple[int, int, int]], seed: int) -> None:
    x, y, weights, labels = cluster_steps(places)
    order = np.random.default_rng(seed).permutation(len(x))
    straight = describe_clusters(x, y, weights, labels)
    mixed = describe_clusters(x[order], y[order], weights[order], labels[order])
    pd.testing.assert_frame_equal(straight.drop(columns="geometry"), mixed.drop(columns="geometry"))
    assert [shape.wkb for shape in straight["geometry"]] == [shape.wkb for shape in mixed["geometry"]]


def test_single_place_is_a_disc_of_the_margin() -> None:
    table = describe_clusters([400_000.0], [500_000.0], [7], [1])
    disc = table["geometry"][0]
    assert disc.centroid.distance(shapely.Point(400_000, 500_000)) < 1
    assert disc.area == pytest.approx(np.pi * MARGIN**2, rel=0.12)
    assert disc.bounds == pytest.approx((399_950, 499_950, 400_050, 500_050), abs=3)


def lattice(*boxes: tuple[int, int, int, int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Places every 50 m in boxes of west, south, east, north metres."""
    sides = [np.meshgrid(np.arange(w, e + 1, 50.0), np.arange(s, n + 1, 50.0)) for w, s, e, n in boxes]
    places = np.unique(np.concatenate([np.column_stack([x.ravel(), y.ravel()]) for x, y in sides]), axis=0)
    return places[:, 0], places[:, 1]


def test_outline_follows_the_places_rather_than_their_convex_hull() -> None:
    # Two strips that meet in an L, 1,500 m by 150 m each: with its margin 52 ha, where the convex hull takes in 160.
    x, y = lattice((0, 0, 1500, 150), (0, 0, 150, 1500))
    ones = np.ones(len(x), int)
    assert 45 < describe_clusters(x, y, ones, ones)["hectares"][0] < 90


def test_narrow_inlets_are_closed_and_wide_ones_are_not() -> None:
    for gap, closed in [(100, True), (700, False)]:
        x, y = lattice((0, 0, 900, 150), (0, 150 + gap, 900, 300 + gap), (0, 0, 150, 300 + gap))
        ones = np.ones(len(x), int)
        outline = describe_clusters(x, y, ones, ones)["geometry"][0]
        assert shapely.contains(outline, shapely.Point(900, 150 + gap / 2)) == closed


def test_clusters_of_another_selection_keep_their_places() -> None:
    table = describe_clusters([0.0, 100.0, 900.0], [0.0, 0.0, 0.0], [0, 0, 5], [1, 1, 2])
    assert table["incidents"].tolist() == [0, 5]
    assert table["x"].tolist() == [50, 900]


def test_no_cluster_gives_an_empty_table_of_the_same_columns() -> None:
    empty, full = describe_clusters([0.0], [0.0], [1], [-1]), describe_clusters([0.0], [0.0], [1], [1])
    assert len(empty) == 0
    assert empty.dtypes.to_dict() == full.dtypes.to_dict()


def test_weights_that_are_fractions_stay_so() -> None:
    assert describe_clusters([0.0], [0.0], [1.5], [1])["incidents"].tolist() == [1.5]


@pytest.mark.parametrize(
    ("labels", "options", "message"),
    [
        ([1], {}, "The labels must be one whole number for each of 2 places"),
        ([1.0, 2.0], {}, "The labels must be one whole number"),
        ([1, 1], {"margin": 0}, "A margin of 0 m"),
        ([1, 1], {"closing": -1}, "a closing of -1 m"),
    ],
)
def test_what_cannot_be_outlined_is_an_input_error(
    labels: list[float], options: dict[str, float], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        describe_clusters([0.0, 1.0], [0.0, 0.0], [1, 1], labels, **options)


def test_share_of_each_area_in_clusters() -> None:
    share = share_clustered([1, -1, 2, -1, 1, -1], [3, 1, 5, 2, 9, 0], [0, 0, 1, 2, -1, 3], 5)
    assert share[:3].tolist() == [0.75, 1.0, 0.0]
    assert np.isnan(share[3:]).all()


def test_share_of_no_place() -> None:
    assert np.isnan(share_clustered(np.array([], int), [], np.array([], int), 2)).all()


@given(st.lists(st.tuples(st.integers(-1, 4), st.integers(0, 9), st.integers(-1, 3)), max_size=30))
@settings(max_examples=80, deadline=None)
def test_shares_add_up(rows: list[tuple[int, int, int]]) -> None:
    labels, weights, area = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    share = share_clustered(labels, weights, area, 4)
    located = np.array([weights[area == index].sum() for index in range(4)])
    assert np.array_equal(np.isnan(share), located == 0)
    assert np.nansum(share * located) == pytest.approx(weights[(area >= 0) & (labels > 0)].sum())


@pytest.mark.parametrize(
    ("area", "message"), [([0, 2], "area 2"), ([0, -2], "lowest -2"), ([0], "The areas must be one")]
)
def test_area_out_of_range_is_an_input_error(area: list[int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        share_clustered([1, 1], [1, 1], area, 2)
