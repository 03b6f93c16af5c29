"""Shapes of the base map."""

from __future__ import annotations

import numpy as np
import shapely
from matplotlib.path import Path

from hotspots.schemas import Boundaries
from hotspots.views.base_layer import base_layer, label_point, to_path


def signed_area(ring: np.ndarray) -> float:
    x, y = ring[:, 0], ring[:, 1]
    return float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum())


def test_path_keeps_holes_open() -> None:
    ring = shapely.Polygon([(0, 0), (10, 0), (10, 10), (0, 10)], [[(3, 3), (7, 3), (7, 7), (3, 7)]])
    path = to_path(ring)
    outer, inner = path.to_polygons()
    assert signed_area(outer) * signed_area(inner) < 0, "wound against each other, so that the hole is not filled"
    assert (path.codes == Path.MOVETO).sum() == 2
    assert len(to_path(shapely.Polygon()).vertices) == 0


def test_label_point_has_most_room() -> None:
    x, y = label_point(shapely.union(shapely.box(0, 0, 100, 10), shapely.box(0, 0, 40, 40)))
    assert (x, y) == (np.float64(x), np.float64(y))
    assert abs(x - 20) < 3
    assert abs(y - 20) < 3


def test_layer_is_made_once_and_covers_the_wards(wards: Boundaries) -> None:
    layer = base_layer(wards)
    assert base_layer(wards) is layer
    assert len(layer.paths) == len(wards)
    assert set(layer.authorities) == set(wards.lad_names)
    assert np.isclose(sum(shapely.area(layer.authority_geometry)), sum(shapely.area(wards.geometry)), rtol=1e-6)


def test_crowded_part_holds_most_wards_in_little_room(wards: Boundaries) -> None:
    layer = base_layer(wards)
    assert layer.crowded is not None
    west, south, east, north = layer.crowded
    centres = shapely.get_coordinates(shapely.centroid(wards.geometry))
    inside = (centres[:, 0] >= west) & (centres[:, 0] <= east) & (centres[:, 1] >= south) & (centres[:, 1] <= north)
    assert inside.mean() >= 0.69
    whole = (layer.extent[2] - layer.extent[0]) * (layer.extent[3] - layer.extent[1])
    assert (east - west) * (north - south) < 0.3 * whole


def test_even_coverage_needs_no_enlarging() -> None:
    cells = np.array(
        [shapely.box(x, y, x + 1000, y + 1000) for x in range(0, 6000, 1000) for y in range(0, 6000, 1000)]
    )
    count = len(cells)
    grid = Boundaries(
        codes=tuple(f"C{number}" for number in range(count)),
        names=("cell",) * count,
        lad_codes=("",) * count,
        lad_names=("",) * count,
        population=np.full(count, np.nan),
        area_km2=np.ones(count),
        geometry=cells,
        name="grid",
        source="",
        licence="",
        vintage="",
    )
    layer = base_layer(grid)
    assert layer.crowded is None
    assert layer.authorities == ()
