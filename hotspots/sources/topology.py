"""Whether areas tile their territory: repair of single shapes, and the overlaps and gaps between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

_POLYGON = 3
_INTERIORS_MEET = "T********"
"""The DE-9IM pattern of two shapes that share ground."""
SLIVER_M2 = 1.0
"""Overlaps and gaps below a square metre come from rounding and are not reported."""


@dataclass(frozen=True)
class Gap:
    """A hole between areas: a point in it (EPSG:27700) and its size in square metres."""

    x: float
    y: float
    square_metres: float


def keep_polygons(geometry: NDArray[np.object_]) -> NDArray[np.object_]:
    """Reduce each geometry to its polygons.

    Returns
    -------
    ndarray
        Polygon or MultiPolygon in two dimensions, None where there is none. Shape (n,).
    """
    kept = np.empty(len(geometry), dtype=object)
    for position, shape in enumerate(shapely.force_2d(geometry)):
        if shape is not None:
            kept[position] = _polygons_of(shape)
    return kept


def _polygons_of(shape: shapely.Geometry) -> shapely.Geometry | None:
    if shape.geom_type in {"Polygon", "MultiPolygon"}:
        return None if shape.is_empty else shape
    parts = shapely.get_parts(shape)
    while np.any(shapely.get_type_id(parts) > _POLYGON):
        parts = shapely.get_parts(parts)
    polygons = [part for part in parts if part.geom_type == "Polygon" and not part.is_empty]
    if not polygons:
        return None
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def repair_polygons(geometry: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Make invalid polygons valid.

    Parameters
    ----------
    geometry
        Polygons and multipolygons, shape (n,).

    Returns
    -------
    repaired : ndarray
        Valid polygons; None where nothing with an area is left. Shape (n,).
    reasons : ndarray
        What was wrong with each, in GEOS's words; empty for what was valid. Shape (n,).
    """
    valid = shapely.is_valid(geometry)
    repaired, reasons = geometry.copy(), np.full(len(geometry), "", dtype=object)
    for position in np.flatnonzero(~valid):
        reasons[position] = str(shapely.is_valid_reason(geometry[position])).split("[")[0].strip()
        made = shapely.make_valid(geometry[position], method="structure", keep_collapsed=False)
        repaired[position] = _polygons_of(made)
    return repaired, reasons


def find_overlaps(geometry: NDArray[np.object_]) -> list[tuple[int, int, float]]:
    """Find areas that share ground.

    Parameters
    ----------
    geometry
        Valid polygons in metres, shape (n,).

    Returns
    -------
    list of tuple
        Positions of both areas, the lower first, and the shared square metres, from largest to smallest; overlaps
        below `SLIVER_M2` are left out.
    """
    first, second = shapely.STRtree(geometry).query(geometry, predicate="intersects")
    first, second = first[first < second], second[first < second]
    # Most neighbours share an edge and nothing more; to relate them is six times as fast as to intersect them. GEOS's
    # coverage test is no substitute: it does not fault an area that lies wholly inside another.
    common = shapely.relate_pattern(geometry[first], geometry[second], _INTERIORS_MEET)
    first, second = first[common], second[common]
    shared = shapely.area(shapely.intersection(geometry[first], geometry[second]))
    found = [
        (int(one), int(other), float(metres))
        for one, other, metres in zip(first, second, shared, strict=True)
        if metres >= SLIVER_M2
    ]
    return sorted(found, key=lambda pair: (-pair[2], pair[0], pair[1]))


def find_gaps(geometry: NDArray[np.object_]) -> list[Gap]:
    """Find holes that areas enclose together.

    A missing area at the edge of the territory leaves no hole and cannot be found.

    Parameters
    ----------
    geometry
        Valid polygons in metres, shape (n,).

    Returns
    -------
    list of Gap
        From largest to smallest; gaps below `SLIVER_M2` are left out.
    """
    whole = shapely.coverage_union_all(geometry) if shapely.coverage_is_valid(geometry) else shapely.union_all(geometry)
    rings = [ring for part in shapely.get_parts(whole) for ring in part.interiors]
    holes = shapely.polygons(rings) if rings else np.empty(0, dtype=object)
    gaps = []
    for hole in holes:
        metres = float(shapely.area(hole))
        if metres >= SLIVER_M2:
            inside = shapely.point_on_surface(hole)
            gaps.append(Gap(x=float(inside.x), y=float(inside.y), square_metres=metres))
    return sorted(gaps, key=lambda gap: (-gap.square_metres, gap.x, gap.y))
