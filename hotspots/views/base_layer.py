"""Boundaries as paths that matplotlib draws, made once for each boundary set: the slow part of a map."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
import shapely
from matplotlib.path import Path

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspots.schemas import Boundaries
    from hotspots.views.pictures import Bounds

_POLE_TOLERANCE = 0.02
"""Precision of label points, as a share of the shape's extent."""
_CROWDED = 0.7
"""Share of the areas that the enlarged part of a force map shows."""
_WORTH_ENLARGING = 0.3
"""Largest share of the whole map that is still worth enlarging."""


@dataclass(frozen=True, eq=False)
class BaseLayer:
    """Shapes of one boundary set, ready to draw.

    Attributes
    ----------
    paths
        One path an area, in British National Grid metres.
    bounds
        West, south, east, north of each area, shape (n, 4).
    authorities, authority_paths
        Names and outlines of the authorities that the areas make up.
    context_paths
        Neighbouring authorities.
    extent
        Bounds of all areas.
    crowded
        The part of a force map where most areas crowd; None when enlarging it would show little more.
    """

    geometry: NDArray[np.object_]
    paths: tuple[Path, ...]
    bounds: NDArray[np.float64]
    authorities: tuple[str, ...]
    authority_geometry: NDArray[np.object_]
    authority_paths: tuple[Path, ...]
    context_names: tuple[str, ...]
    context_geometry: NDArray[np.object_]
    context_paths: tuple[Path, ...]
    extent: Bounds
    crowded: Bounds | None
    _unions: dict[tuple[int, ...], shapely.Geometry] = field(default_factory=dict)

    def unite(self, positions: tuple[int, ...]) -> shapely.Geometry:
        """Return the union of some areas."""
        if positions not in self._unions:
            self._unions[positions] = shapely.union_all(self.geometry[list(positions)])
        return self._unions[positions]


_LAYERS: WeakKeyDictionary[Boundaries, BaseLayer] = WeakKeyDictionary()
_BUILDING = threading.Lock()


def base_layer(boundaries: Boundaries) -> BaseLayer:
    """Return the shapes of a boundary set, made on first use and kept as long as the set is."""
    with _BUILDING:
        found = _LAYERS.get(boundaries)
        if found is None:
            found = _LAYERS[boundaries] = _build(boundaries)
        return found


def _build(boundaries: Boundaries) -> BaseLayer:
    geometry = np.asarray(boundaries.geometry, dtype=object)
    keys = [code or name for code, name in zip(boundaries.lad_codes, boundaries.lad_names, strict=True)]
    authorities = [key for key in dict.fromkeys(keys) if key]
    name_of = dict(zip(keys, boundaries.lad_names, strict=True))
    of_key = np.array(keys, dtype=object)
    outlines = np.array([shapely.union_all(geometry[of_key == key]) for key in authorities], dtype=object)
    bounds = shapely.bounds(geometry)
    west, south = bounds[:, :2].min(axis=0)
    east, north = bounds[:, 2:].max(axis=0)
    extent = (float(west), float(south), float(east), float(north))
    context = np.asarray(boundaries.context, dtype=object)
    return BaseLayer(
        geometry=geometry,
        paths=tuple(to_path(shape) for shape in geometry),
        bounds=bounds,
        authorities=tuple(name_of[key] for key in authorities),
        authority_geometry=outlines,
        authority_paths=tuple(to_path(shape) for shape in outlines),
        context_names=tuple(boundaries.context_names),
        context_geometry=context,
        context_paths=tuple(to_path(shape) for shape in context),
        extent=extent,
        crowded=_find_crowded(bounds, extent),
    )


def _find_crowded(bounds: NDArray[np.float64], extent: Bounds) -> Bounds | None:
    """Find the narrowest span east-west, and within it north-south, that holds most of the areas."""
    if len(bounds) < 12:  # noqa: PLR2004 - a dozen areas need no second map
        return None
    centre = (bounds[:, :2] + bounds[:, 2:]) / 2
    inside = np.arange(len(bounds))
    for axis, share in ((0, _CROWDED**0.5), (1, _CROWDED**0.5)):
        order = inside[np.argsort(centre[inside, axis], kind="stable")]
        wanted = max(int(np.ceil(len(order) * share)), 2)
        spans = centre[order[wanted - 1 :], axis] - centre[order[: len(order) - wanted + 1], axis]
        start = int(np.argmin(spans))
        inside = order[start : start + wanted]
    low, high = bounds[inside, :2].min(axis=0), bounds[inside, 2:].max(axis=0)
    size = (high[0] - low[0]) * (high[1] - low[1])
    whole = (extent[2] - extent[0]) * (extent[3] - extent[1])
    if size > whole * _WORTH_ENLARGING:
        return None
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def to_path(shape: shapely.Geometry) -> Path:
    """Turn a polygon or multipolygon into one compound path, its holes wound the other way so that they stay open."""
    vertices: list[NDArray[np.float64]] = []
    codes: list[NDArray[np.uint8]] = []
    for polygon in shapely.get_parts(shapely.orient_polygons(shape)):
        if polygon.geom_type != "Polygon":
            continue
        for ring in shapely.get_rings(polygon):
            points = shapely.get_coordinates(ring)
            kinds = np.full(len(points), Path.LINETO, dtype=np.uint8)
            kinds[0], kinds[-1] = Path.MOVETO, Path.CLOSEPOLY
            vertices.append(points)
            codes.append(kinds)
    if not vertices:
        return Path(np.empty((0, 2)))
    return Path(np.concatenate(vertices), np.concatenate(codes))


def label_point(shape: shapely.Geometry) -> tuple[float, float]:
    """Return the middle of the largest circle in a shape: where a label has most room (the pole of inaccessibility)."""
    parts = shapely.get_parts(shape)
    largest = parts[int(np.argmax(shapely.area(parts)))]
    west, south, east, north = shapely.bounds(largest)
    tolerance = max(min(east - west, north - south) * _POLE_TOLERANCE, 1.0)
    radius = shapely.maximum_inscribed_circle(largest, tolerance=tolerance)
    x, y = shapely.get_coordinates(radius)[0]
    return float(x), float(y)
