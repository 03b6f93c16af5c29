"""Distinct places: nothing is lost, nothing depends on the order of rows, each falls in one area."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from hotspots import crs
from hotspots.analysis.places import assign_areas, build_places, collapse_points

coordinates = st.lists(
    st.tuples(st.sampled_from([-1.61, -1.6, -1.5, np.nan]), st.sampled_from([54.9, 55.0, 55.0000001])), max_size=60
)


def _columns(rows: list[tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
    lon = np.array([row[0] for row in rows], dtype=np.float64)
    lat = np.array([row[1] if not np.isnan(row[0]) else np.nan for row in rows], dtype=np.float64)
    return lon, lat


@given(coordinates, st.randoms())
def test_every_row_finds_its_own_coordinate_in_any_order(rows: list[tuple[float, float]], random: object) -> None:
    lon, lat = _columns(rows)
    first_row, place_of_row = collapse_points(lon, lat)
    located = ~np.isnan(lon)
    assert (place_of_row[~located] == -1).all()
    assert np.array_equal(lon[first_row][place_of_row[located]], lon[located])
    assert np.array_equal(lat[first_row][place_of_row[located]], lat[located])
    assert len(first_row) == len({(a, b) for a, b in zip(lon[located], lat[located], strict=True)})
    shuffled = list(rows)
    random.shuffle(shuffled)
    other_lon, other_lat = _columns(shuffled)
    other_first, _ = collapse_points(other_lon, other_lat)
    assert np.array_equal(other_lon[other_first], lon[first_row])
    assert np.array_equal(other_lat[other_first], lat[first_row])


def test_a_coordinate_that_two_wards_share_is_two_places() -> None:
    lon, lat = np.array([-1.6, -1.6, -1.6, np.nan]), np.array([55.0, 55.0, 55.0, np.nan])
    first_row, place_of_row = collapse_points(lon, lat, np.array([4, 2, 4, -1], dtype=np.int32))
    assert list(place_of_row) == [1, 0, 1, -1]
    assert list(first_row) == [1, 0]


def test_areas_equal_a_spatial_join_point_by_point() -> None:
    rng = np.random.default_rng(7)
    boxes = np.array([shapely.box(i, j, i + 1, j + 1) for i in range(4) for j in range(4)], dtype=object)
    x, y = rng.uniform(-1, 5, 2000), rng.uniform(-1, 5, 2000)
    expected = [
        next((k for k, box in enumerate(boxes) if box.covers(shapely.Point(a, b))), -1)
        for a, b in zip(x, y, strict=True)
    ]
    assert assign_areas(x, y, boxes).tolist() == expected


def test_a_point_on_a_shared_edge_belongs_to_the_area_that_stands_first() -> None:
    boxes = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)], dtype=object)
    assert assign_areas(np.array([1.0, 1.0]), np.array([0.5, 1.0]), boxes).tolist() == [0, 0]
    assert assign_areas(np.array([1.0]), np.array([0.5]), boxes[::-1]).tolist() == [0]


def test_cell_centres_are_put_back_on_their_centre_and_keep_the_ward_of_their_source() -> None:
    centre_x, centre_y = np.array([427050.0, 427150.0]), np.array([587050.0, 587050.0])
    lon, lat = crs.to_wgs84(centre_x, centre_y)
    ward = np.array([shapely.box(427000, 587000, 427300, 587100)], dtype=object)
    places = build_places(
        np.round(lon, 6), np.round(lat, 6), ward, known_area=np.array([-1, -2], dtype=np.int32), grid_m=100
    )
    assert places.x.tolist() == centre_x.tolist()
    assert places.y.tolist() == centre_y.tolist()
    assert places.area.tolist() == [-1, 0]
