"""Outlines as the browser unpacks them: each ring is its first vertex and the steps from each to the next."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely


def unpack(packed: dict[str, Any]) -> list[shapely.MultiPolygon]:
    """Build the shapes, in degrees."""
    return [
        shapely.MultiPolygon([_close(rings, packed["scale"]) for rings in polygons])
        for _, *polygons in packed["features"]
    ]


def _close(rings: list[list[int]], scale: int) -> shapely.Polygon:
    outer, *holes = (np.cumsum(np.array(ring).reshape(-1, 2), axis=0) / scale for ring in rings)
    return shapely.Polygon(outer, holes)
