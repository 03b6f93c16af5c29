"""The first points of a table on the outlines of the authorities, to see at a glance whether they were read rightly."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from hotspots import crs
from hotspots.views.palette import ACCENT_DARK, LAND, SLATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspots.schemas import Boundaries

MOST_POINTS = 1_000
_COARSE = 200.0


def chart_sample(
    lon: NDArray[np.float64], lat: NDArray[np.float64], boundaries: Boundaries, *, height: int = 300
) -> dict[str, Any]:
    """Describe the map as a Vega-Lite chart; nothing in it comes from outside.

    Parameters
    ----------
    lon, lat
        Degrees (EPSG:4326), NaN without location; the first `MOST_POINTS` with one are shown.
    boundaries
        The areas in use.
    height
        Pixels.
    """
    located = np.flatnonzero(np.isfinite(lon))[:MOST_POINTS]
    x, y = crs.to_bng(lon[located], lat[located])
    outline = shapely.simplify(shapely.union_all(boundaries.geometry, grid_size=1.0), _COARSE)
    west, south, east, north = shapely.bounds(outline).tolist()
    near = (x > west - 1e5) & (x < east + 1e5) & (y > south - 1e5) & (y < north + 1e5)
    points = [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [round(float(a)), round(float(b))]}}
        for a, b in zip(x[near], y[near], strict=True)
    ]
    frame = {"type": "identity", "reflectY": True}
    return {
        "height": height,
        "projection": frame,
        "description": f"{len(points):,} of the first rows on the outline of {boundaries.name}.",
        "layer": [
            {
                "data": {"values": {"type": "Feature", "geometry": json.loads(shapely.to_geojson(outline))}},
                "mark": {"type": "geoshape", "fill": LAND, "stroke": SLATE, "strokeWidth": 1},
            },
            {
                "data": {"values": points},
                "mark": {"type": "geoshape", "fill": ACCENT_DARK, "opacity": 0.6, "pointRadius": 2.5},
            },
        ],
        "config": {"view": {"stroke": None}},
    }
