"""Does what was loaded lie inside the boundaries in use? Asked right after a load, so that nobody finds out later."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from hotspots import crs
from hotspots.settings import EMBEDDED_BOUNDARIES
from hotspots.store.boundaries import EMBEDDED_WARDS, KEPT, read_active
from hotspots.store.incidents import IncidentStore
from hotspots.store.monthfile import read_month

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from hotspots.pipeline.load import IngestReport
    from hotspots.settings import Settings

MOST = 0.5
"""A force lies elsewhere when less than this share of its located incidents is within the bounds of the areas."""


def find_elsewhere(settings: Settings, report: IngestReport) -> tuple[str, ...]:
    """Say which loaded forces lie outside the boundaries in use, and what to do.

    One month of each force is held against the bounding box of the areas: quick, and enough to tell one force from
    another. The exact count is `hotspots doctor`'s.

    Parameters
    ----------
    settings
        Where the data home is.
    report
        What was just loaded.

    Returns
    -------
    tuple of str
        One sentence a force; empty when all is well.
    """
    forces = {force for file in report.files for force in file.forces}
    return tuple(
        f"Most incidents of {force} lie outside the boundaries in use; fetch its wards with “hotspots fetch-boundaries "
        f"--force {force}”, or import them with “hotspots boundaries import”."
        for force in find_outside(settings, forces)
    )


def find_outside(settings: Settings, forces: Collection[str] | None = None) -> tuple[str, ...]:
    """Name the loaded forces that lie outside the boundaries in use, as `find_elsewhere` tells them.

    Parameters
    ----------
    settings
        Where the data home is.
    forces
        Those to look at; by default all that count.

    Returns
    -------
    tuple of str
        Force codes, ordered by name.

    Raises
    ------
    StoreError
        If the data home or the boundaries cannot be read.
    """
    store = IncidentStore(settings.incidents_home)
    aside = store.open_read().set_aside
    latest = {
        item.force: item
        for item in store.files()
        if (item.force not in aside if forces is None else item.force in forces)
    }
    if not latest:
        return ()
    west, south, east, north = _find_bounds(settings)
    outside = []
    for force, item in sorted(latest.items()):
        rows = read_month(store.root / item.file)
        located = ~np.isnan(rows.lon)
        inside = (rows.lon >= west) & (rows.lon <= east) & (rows.lat >= south) & (rows.lat <= north)
        if located.any() and inside[located].mean() < MOST:
            outside.append(force)
    return tuple(outside)


def _find_bounds(settings: Settings) -> tuple[float, float, float, float]:
    """Return west, south, east and north of the areas in degrees; the embedded ones without a geometry library."""
    if (settings.boundaries_home / KEPT).exists():
        import shapely  # noqa: PLC0415 - only an imported set needs it, and a load is to start quickly

        bounds = shapely.total_bounds(read_active(settings).geometry)[None, :]
        west, south, east, north = crs.bounds_to_wgs84(bounds, source=crs.BNG)[0]
        return float(west), float(south), float(east), float(north)
    document = json.loads((EMBEDDED_BOUNDARIES / EMBEDDED_WARDS).read_text(encoding="utf-8"))
    corners = [_find_corners(item["geometry"]["coordinates"]) for item in document["features"]]
    west, south = np.min([low for low, _ in corners], axis=0)
    east, north = np.max([high for _, high in corners], axis=0)
    return float(west), float(south), float(east), float(north)


def _find_corners(nested: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lowest and highest coordinates of a polygon or multipolygon as GeoJSON nests them."""
    if isinstance(nested[0][0], float | int):
        points = np.asarray(nested, dtype=np.float64)
        return points.min(axis=0), points.max(axis=0)
    corners = [_find_corners(item) for item in nested]
    return np.min([low for low, _ in corners], axis=0), np.max([high for _, high in corners], axis=0)
