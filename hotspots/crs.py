"""British National Grid and WGS 84: the only place that reprojects.

Coordinates are computed in British National Grid metres (EPSG:27700) and shown in WGS 84 degrees (EPSG:4326).
PROJ is kept off the network, so the datum shift is the seven-parameter one (a few metres at worst, the same for
points and boundaries, so that a point stays on its side of a boundary).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.polynomial.polynomial import polyvander2d

if TYPE_CHECKING:
    import pyproj
    from numpy.typing import NDArray

BNG = 27700
WGS84 = 4326

GREAT_BRITAIN = (-9.0, 49.5, 2.2, 61.0)
"""Longitude and latitude bounds (west, south, east, north) within which a British coordinate must lie."""

_TILE = 100_000.0  # metres: a fit serves everything within the same tiles
_DEGREE = 6


@cache
def _transformer(source: int | str, target: int) -> pyproj.Transformer:
    import pyproj  # noqa: PLC0415 - a load needs the bounds above, never a projection
    from pyproj import network  # noqa: PLC0415 - as above

    network.set_network_enabled(active=False)  # type: ignore[attr-defined]  # pyproj's types leave it out
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def to_bng(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Project WGS 84 degrees to British National Grid metres.

    Parameters
    ----------
    lon, lat
        Degrees (EPSG:4326), shape (n,). NaN stays NaN.

    Returns
    -------
    tuple of ndarray
        Eastings and northings in metres (EPSG:27700), shape (n,) each.
    """
    x, y = _transformer(WGS84, BNG).transform(lon, lat)
    return _nan_where_infinite(x), _nan_where_infinite(y)


def to_wgs84(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Project British National Grid metres to WGS 84 degrees; the inverse of :func:`to_bng`."""
    lon, lat = _transformer(BNG, WGS84).transform(x, y)
    return _nan_where_infinite(lon), _nan_where_infinite(lat)


def to_wgs84_quickly(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Turn British National Grid metres into degrees by polynomials fitted to :func:`to_wgs84`, for drawing.

    Within a centimetre over a force, and many times as fast: PROJ is set up anew in every thread, and a web page runs
    in a new thread each time.

    Parameters
    ----------
    x, y
        Metres (EPSG:27700), finite. Shape (n,).
    """
    if not len(x):
        return np.empty(0), np.empty(0)
    corners = [int(np.floor(axis.min() / _TILE)) for axis in (x, y)]
    ends = [int(np.floor(axis.max() / _TILE)) + 1 for axis in (x, y)]
    middle, half, fit = _fit_degrees(corners[0], corners[1], ends[0], ends[1])
    powers = polyvander2d((x - middle[0]) / half[0], (y - middle[1]) / half[1], [_DEGREE, _DEGREE])
    lon, lat = (powers @ fit).T
    return np.ascontiguousarray(lon), np.ascontiguousarray(lat)


@cache
def _fit_degrees(
    west: int, south: int, east: int, north: int
) -> tuple[tuple[float, float], tuple[float, float], NDArray[np.float64]]:
    middle = (_TILE * (west + east) / 2, _TILE * (south + north) / 2)
    half = (_TILE * (east - west) / 2, _TILE * (north - south) / 2)
    knots = np.cos((np.arange(_DEGREE + 5) + 0.5) * np.pi / (_DEGREE + 5))
    across, up = (axis.ravel() for axis in np.meshgrid(knots, knots))
    lon, lat = to_wgs84(middle[0] + across * half[0], middle[1] + up * half[1])
    fit, *_ = np.linalg.lstsq(polyvander2d(across, up, [_DEGREE, _DEGREE]), np.column_stack([lon, lat]), rcond=None)
    return middle, half, np.asarray(fit, dtype=np.float64)


def geometry_to_bng(geometry: NDArray[np.object_], *, source: int | str = WGS84) -> NDArray[np.object_]:
    """Project an array of shapely geometries to British National Grid, vertex by vertex.

    Parameters
    ----------
    geometry
        Coordinates in `source`, x (or longitude) first.
    source
        EPSG number, or any text that PROJ reads as a CRS.
    """
    return geometry if source == BNG else _project(geometry, _transformer(source, BNG))


def bounds_to_wgs84(bounds: NDArray[np.float64], *, source: int | str) -> NDArray[np.float64]:
    """Project bounding boxes to WGS 84.

    Parameters
    ----------
    bounds
        West, south, east, north in `source`, shape (n, 4).
    source
        EPSG number, or any text that PROJ reads as a CRS.

    Returns
    -------
    ndarray
        Degrees (EPSG:4326), shape (n, 4); the boxes that hold the projected corners, NaN where there are none.
    """
    x, y = bounds[:, [0, 0, 2, 2]], bounds[:, [1, 3, 1, 3]]
    lon, lat = (_nan_where_infinite(axis) for axis in _transformer(source, WGS84).transform(x, y))
    return np.column_stack([lon.min(axis=1), lat.min(axis=1), lon.max(axis=1), lat.max(axis=1)])


def geometry_to_wgs84(geometry: NDArray[np.object_]) -> NDArray[np.object_]:
    """Project an array of shapely geometries from British National Grid to WGS 84, vertex by vertex."""
    return _project(geometry, _transformer(BNG, WGS84))


def _project(geometry: NDArray[np.object_], transformer: pyproj.Transformer) -> NDArray[np.object_]:
    import shapely  # noqa: PLC0415 - as above

    def move(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(transformer.transform(points[:, 0], points[:, 1]))

    moved: Any = shapely.transform(geometry, move)
    return np.asarray(moved, dtype=object)


def _nan_where_infinite(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isfinite(values), values, np.nan)
