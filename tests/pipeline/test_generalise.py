"""What is simplified stays a clean tiling, and neighbours meet the territory exactly."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from hotspots import crs
from hotspots.pipeline.generalise import abut_neighbours, drop_crumbs, list_shapes, round_to_degrees
from tests.boundary_files import SOUTH, WEST, make_squares


def test_rounding_keeps_shared_vertices_shared() -> None:
    shifted = shapely.transform(np.array(make_squares(), dtype=object), lambda points: points + 0.123456)
    degrees = round_to_degrees(shifted)
    points = shapely.get_coordinates(degrees)
    assert np.array_equal(points, np.round(points, 5))
    assert len({tuple(point) for point in points}) == 9
    assert shapely.coverage_is_valid(crs.geometry_to_bng(degrees))


@pytest.mark.parametrize("slip", [-60.0, 0.0, 60.0], ids=["a gap", "flush", "an overlap"])
def test_neighbours_meet_the_territory(slip: float) -> None:
    territory = shapely.box(WEST, SOUTH, WEST + 20_000, SOUTH + 20_000)
    west = shapely.box(WEST - 20_000, SOUTH, WEST + slip, SOUTH + 20_000)
    east = shapely.box(WEST + 20_000 - slip, SOUTH, WEST + 40_000, SOUTH + 20_000)
    fitted = abut_neighbours(list_shapes([west, east]), territory)
    assert shapely.area(shapely.intersection(fitted, territory)) == pytest.approx([0, 0], abs=1)
    for shape in fitted:
        # They share the whole of that side, and nothing lies between.
        assert shapely.length(shapely.intersection(shape, shapely.boundary(territory))) == pytest.approx(
            20_000, rel=0.05
        )
    together = shapely.union_all([*fitted, territory])
    assert together.area == pytest.approx(60_000 * 20_000, rel=0.002)
    assert not any(part.interiors for part in shapely.get_parts(together))


def test_crumbs_and_pinholes_are_dropped() -> None:
    large = shapely.box(0, 0, 5000, 5000)
    pierced = large - shapely.box(10, 10, 20, 20) - shapely.box(1000, 1000, 2000, 2000)
    kept = drop_crumbs(shapely.union(pierced, shapely.box(9000, 9000, 9010, 9010)))
    assert kept is not None
    assert kept.area == 25e6 - 1e6
    assert drop_crumbs(shapely.box(0, 0, 10, 10)) is None
    assert drop_crumbs(shapely.LineString([(0, 0), (1, 1)])) is None


def test_shapes_of_several_parts_stay_whole() -> None:
    two = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(3, 3, 4, 4)])
    assert list_shapes([two, two]).shape == (2,)
    assert list_shapes([]).shape == (0,)
