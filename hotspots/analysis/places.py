"""Weighted places: many incidents stand on few published coordinates, so each coordinate is handled once.

police.uk snaps every incident to a public map point: half a million rows stand on some thirty thousand coordinates.
Projection, assignment to wards, clustering and surfaces therefore work on distinct places with a weight each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from hotspots import crs

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STEPS_PER_DEGREE = 10_000_000  # a centimetre: finer than any published coordinate


@dataclass(frozen=True, eq=False)
class Places:
    """Distinct places in a fixed order that does not depend on the order of the rows.

    Attributes
    ----------
    lon, lat
        WGS 84 degrees (EPSG:4326). Shape (p,).
    x, y
        British National Grid metres (EPSG:27700). Shape (p,).
    area
        Position of the area that holds the place; -1 outside all. Shape (p,).
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    area: NDArray[np.int32]

    def __len__(self) -> int:
        """Count the places."""
        return len(self.lon)


def collapse_points(
    lon: NDArray[np.float64], lat: NDArray[np.float64], part: NDArray[np.int32] | None = None
) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
    """Find the distinct points among rows.

    Parameters
    ----------
    lon, lat
        WGS 84 degrees, shape (n,); NaN in both where a row has no location.
    part
        Optional code that keeps points at one coordinate apart (the ward of a gridded count), shape (n,).

    Returns
    -------
    first_row : ndarray of intp, shape (p,)
        One row for each distinct point, ordered by longitude, latitude and part.
    place_of_row : ndarray of int32, shape (n,)
        Position of each row's point; -1 without location.
    """
    located = ~np.isnan(lon)
    key = np.round((lon[located] + 180.0) * _STEPS_PER_DEGREE).astype(np.uint64) << np.uint64(32)
    key |= np.round((lat[located] + 90.0) * _STEPS_PER_DEGREE).astype(np.uint64)
    codes, distinct = pd.factorize(key)
    if part is not None:
        parts = np.asarray(part)[located].astype(np.int64) + 1
        pair_codes, pairs = pd.factorize(codes.astype(np.int64) * (int(parts.max(initial=0)) + 1) + parts)
        spread = int(parts.max(initial=0)) + 1
        order = np.lexsort((pairs % spread, distinct[pairs // spread]))
        codes = pair_codes
    else:
        order = np.argsort(distinct)
    position = np.empty(len(order), dtype=np.int32)
    position[order] = np.arange(len(order), dtype=np.int32)
    place_of_row = np.full(len(lon), -1, dtype=np.int32)
    place_of_row[located] = position[codes]
    first_row = np.empty(len(order), dtype=np.intp)
    rows = np.flatnonzero(located)[::-1]
    first_row[place_of_row[rows]] = rows
    return first_row, place_of_row


def assign_areas(x: NDArray[np.float64], y: NDArray[np.float64], geometry: NDArray[np.object_]) -> NDArray[np.int32]:
    """Find the area that holds each point.

    Parameters
    ----------
    x, y
        Points in the CRS of `geometry` (British National Grid metres everywhere in this package), shape (p,).
    geometry
        Polygons, shape (a,).

    Returns
    -------
    ndarray of int32, shape (p,)
        Position in `geometry`; -1 outside all. A point on a shared edge belongs to the polygon that stands first.
    """
    tree = shapely.STRtree(shapely.points(x, y))
    # Polygons query a tree of points, not the reverse: shapely prepares the querying geometry, so that each polygon is
    # indexed once and its points are then tested in logarithmic time.
    polygon, point = tree.query(geometry, predicate="intersects")
    area = np.full(len(x), -1, dtype=np.int32)
    order = np.argsort(polygon, kind="stable")[::-1]
    area[point[order]] = polygon[order]
    return area


def build_places(
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    geometry: NDArray[np.object_],
    *,
    known_area: NDArray[np.int32] | None = None,
    grid_m: float | None = None,
) -> Places:
    """Project distinct points and assign each to its area.

    Parameters
    ----------
    lon, lat
        WGS 84 degrees, shape (p,), without NaN.
    geometry
        Area polygons in British National Grid, shape (a,).
    known_area
        The area that the source itself gives (gridded counts by ward), shape (p,); -2 where it gives none.
    grid_m
        Side of the grid in metres when the points are cell centres; they are put back on the exact centre.
    """
    x, y = crs.to_bng(lon, lat)
    if grid_m is not None:
        x, y = ((np.floor(axis / grid_m) + 0.5) * grid_m for axis in (x, y))
    area = assign_areas(x, y, geometry)
    if known_area is not None:
        area = np.where(known_area != -2, known_area, area).astype(np.int32)  # noqa: PLR2004 - documented above
    return Places(lon=lon, lat=lat, x=x, y=y, area=area)
