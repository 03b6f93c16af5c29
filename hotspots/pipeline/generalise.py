"""Simplify areas for a small file and a quick map, and keep them a clean tiling while doing so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from hotspots import crs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

DECIMALS = 5
"""Decimals of a degree in the embedded files, about a metre; the source has as many, so kept vertices do not move."""
CONTEXT_TOLERANCE_M = 200.0
_SEAM_M = 400.0
"""How far apart the published edges of wards and authorities may be for the land between to be closed."""
_CRUMB_M2 = 100_000.0
"""Parts and holes of neighbours below ten hectares are not drawn."""


def round_to_degrees(geometry: NDArray[np.object_]) -> NDArray[np.object_]:
    """Turn British National Grid into WGS 84 degrees with `DECIMALS` decimals.

    Each vertex is rounded by itself: equal vertices stay equal, so shared edges stay shared. Snapping whole polygons
    to a grid would not keep that.
    """
    degrees = crs.geometry_to_wgs84(geometry)
    return np.asarray(shapely.transform(degrees, lambda points: np.round(points, DECIMALS)), dtype=object)


def abut_neighbours(neighbours: NDArray[np.object_], territory: shapely.Geometry) -> NDArray[np.object_]:
    """Simplify neighbours by `CONTEXT_TOLERANCE_M` and fit them to the edge of the territory, without slivers between.

    Wards and authorities are published with slightly different edges, so each neighbour gives up what lies in the
    territory and takes the land that lies between it and the territory.
    """
    simpler = shapely.coverage_simplify(neighbours, CONTEXT_TOLERANCE_M)
    land = shapely.union_all(simpler)
    between = shapely.intersection(shapely.buffer(land, _SEAM_M), shapely.buffer(territory, _SEAM_M))
    seam = shapely.difference(between, shapely.union(land, territory))
    fitted = []
    for shape in simpler:
        mine = shapely.difference(shape, territory)
        strip = shapely.intersection(seam, shapely.buffer(mine, _SEAM_M))
        seam = shapely.difference(seam, strip)
        whole = drop_crumbs(shapely.union(mine, strip))
        fitted.append(shape if whole is None else whole)
    return list_shapes(fitted)


def drop_crumbs(shape: shapely.Geometry) -> shapely.Geometry | None:
    """Keep the parts of a shape that can be seen on a map of a force, and fill holes that cannot."""
    parts = [
        shapely.Polygon(part.exterior, [ring for ring in part.interiors if shapely.Polygon(ring).area >= _CRUMB_M2])
        for part in shapely.get_parts(shape)
        if part.geom_type == "Polygon" and part.area >= _CRUMB_M2
    ]
    return shapely.MultiPolygon(parts) if parts else None


def list_shapes(shapes: Sequence[shapely.Geometry]) -> NDArray[np.object_]:
    """Make an array of shapes; numpy by itself may take shapes of several parts apart."""
    array = np.empty(len(shapes), dtype=object)
    array[:] = shapes
    return array
