"""Repair keeps the ground an outline encloses; overlaps and gaps are found with their size."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspots.sources.topology import find_gaps, find_overlaps, keep_polygons, repair_polygons
from tests.boundary_files import SOUTH, WEST, make_squares


def as_array(*shapes: shapely.Geometry | None) -> np.ndarray:
    array = np.empty(len(shapes), dtype=object)
    array[:] = shapes
    return array


def test_only_polygons_are_kept() -> None:
    square = shapely.box(0, 0, 1, 1)
    other = shapely.box(5, 5, 6, 6)
    line = shapely.LineString([(0, 0), (9, 9)])
    kept = keep_polygons(
        as_array(
            square,
            shapely.MultiPolygon([square, other]),
            shapely.GeometryCollection([square, line]),
            shapely.GeometryCollection([shapely.MultiPolygon([square, other]), shapely.GeometryCollection([line])]),
            line,
            shapely.Point(0, 0),
            shapely.Polygon(),
            None,
        )
    )
    assert [None if shape is None else shape.area for shape in kept] == [1, 2, 1, 2, None, None, None, None]


def test_heights_are_dropped() -> None:
    assert not keep_polygons(as_array(shapely.Polygon([(0, 0, 5), (1, 0, 5), (1, 1, 5)])))[0].has_z


def test_a_bow_tie_keeps_both_of_its_halves() -> None:
    square = shapely.box(10, 10, 11, 11)
    bow_tie = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    repaired, reasons = repair_polygons(as_array(square, bow_tie))
    assert reasons.tolist() == ["", "Self-intersection"]
    assert repaired[0] is square
    assert repaired[1].is_valid
    assert repaired[1].area == pytest.approx(2.0)


def test_an_outline_that_encloses_nothing_is_given_up() -> None:
    repaired, reasons = repair_polygons(as_array(shapely.Polygon([(0, 0), (1, 1), (0, 0), (1, 1), (0, 0)])))
    assert repaired[0] is None
    assert reasons[0]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (None, []),
        (shapely.box(WEST - 10, SOUTH, WEST + 1000, SOUTH + 1000), []),
        (shapely.box(WEST, SOUTH, WEST + 1010, SOUTH + 1000), [(0, 1, 10_000)]),
        (shapely.box(WEST, SOUTH, WEST + 1010, SOUTH + 1020), [(0, 2, 20_000), (0, 1, 10_000), (0, 3, 200)]),
        (shapely.box(WEST + 1100, SOUTH + 100, WEST + 1200, SOUTH + 200), [(0, 1, 10_000)]),
        (shapely.box(WEST + 1000, SOUTH, WEST + 2000, SOUTH + 1000), [(0, 1, 1_000_000)]),
        (shapely.box(WEST, SOUTH, WEST + 1000.0004, SOUTH + 1000), []),
    ],
    ids=["clean", "outwards", "over one", "over three", "inside another", "the same twice", "rounding"],
)
def test_overlaps_are_found(changed: shapely.Polygon | None, expected: list[tuple[int, int, float]]) -> None:
    squares = make_squares()
    if changed is not None:
        squares[0] = changed
    found = find_overlaps(as_array(*squares))
    assert [(one, other) for one, other, _ in found] == [(one, other) for one, other, _ in expected]
    assert [metres for *_, metres in found] == pytest.approx([metres for *_, metres in expected], rel=1e-6)


def test_a_gap_is_found_with_its_place_and_size() -> None:
    squares = make_squares()
    # A lens of ground between two squares: neither holds it, and both together enclose it.
    squares[0] = squares[0] - shapely.box(WEST + 900, SOUTH + 400, WEST + 1000, SOUTH + 500)
    gaps = find_gaps(as_array(*squares))
    assert [gap.square_metres for gap in gaps] == pytest.approx([10_000])
    assert WEST + 900 < gaps[0].x < WEST + 1000
    assert SOUTH + 400 < gaps[0].y < SOUTH + 500
    assert find_gaps(as_array(*make_squares())) == []


def test_gaps_come_largest_first_even_where_areas_overlap() -> None:
    squares = make_squares()
    squares[0] = squares[0] - shapely.box(WEST + 900, SOUTH + 400, WEST + 1000, SOUTH + 500)
    squares[3] = squares[3] - shapely.box(WEST + 1200, SOUTH + 1200, WEST + 1500, SOUTH + 1300)
    squares[1] = shapely.box(WEST + 990, SOUTH, WEST + 2000, SOUTH + 1000)
    assert [gap.square_metres for gap in find_gaps(as_array(*squares))] == pytest.approx([30_000, 9_000])


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 8), st.integers(0, 8), st.integers(1, 4), st.integers(1, 4)), min_size=2, max_size=6
    )
)
def test_overlaps_agree_with_testing_every_pair(boxes: list[tuple[int, int, int, int]]) -> None:
    shapes = as_array(*(shapely.box(x, y, x + width, y + height) for x, y, width, height in boxes))
    expected = {
        (one, other): area
        for one in range(len(shapes))
        for other in range(one + 1, len(shapes))
        if (area := shapes[one].intersection(shapes[other]).area) >= 1
    }
    assert {(one, other): area for one, other, area in find_overlaps(shapes)} == pytest.approx(expected)
