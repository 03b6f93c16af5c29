"""Where an operation works, on the map and in the crime figures: its wards, its outline, its months."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from hotspots.crs import geometry_to_bng

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hotspots.pipeline.selection import Chosen
    from hotspots.pipeline.world import Unit, World
    from hotspots.schemas import Boundaries
    from hotspots.schemas_operations import OperationArea

TOUCH = 0.02
"""A ward belongs to a drawn area when at least this share of it lies inside."""


@dataclass(frozen=True, eq=False)
class PlacedArea:
    """An operation's area among the loaded boundaries.

    Attributes
    ----------
    wards
        Positions of its wards; of a drawn polygon, those that it covers in part. Empty when none is loaded.
    outline
        Its shape (EPSG:27700); None when none of it is loaded.
    drawn
        True for a polygon, whose figures are those of the places inside and not of whole wards.
    """

    wards: tuple[int, ...]
    outline: shapely.Geometry | None
    drawn: bool


def place_area(world: World, area: OperationArea) -> PlacedArea:
    """Find an operation's area among the loaded boundaries; what is not loaded is left out."""
    return place_within(world.boundaries, world.units, area)


def place_within(boundaries: Boundaries, units: Sequence[Unit], area: OperationArea) -> PlacedArea:
    """Find an operation's area among boundaries and the named areas made of them, without any incidents."""
    geometry = boundaries.geometry
    if area.polygon:
        shape = shapely.make_valid(shapely.from_geojson(area.polygon))
        outline = geometry_to_bng(np.array([shape], dtype=object))[0]
        inside = shapely.area(shapely.intersection(geometry, outline)) / shapely.area(geometry)
        return PlacedArea(tuple(int(ward) for ward in np.flatnonzero(inside >= TOUCH)), outline, drawn=True)
    wards: tuple[int, ...] = ()
    if area.area_code:
        wards = next((unit.wards for unit in units if unit.code == area.area_code), ())
    elif area.ward_codes:
        position = {code: place for place, code in enumerate(boundaries.codes)}
        wards = tuple(position[code] for code in area.ward_codes if code in position)
    outline = shapely.union_all(geometry[np.array(wards)]) if wards else None
    return PlacedArea(wards, outline, drawn=False)


@dataclass(frozen=True, eq=False)
class AreaMonths:
    """The incidents of an operation's area by month.

    Attributes
    ----------
    months
        Consecutive months since January 1970, ascending; shape (m,).
    incidents
        The chosen types; NaN where the month is missing. Shape (m,).
    """

    months: NDArray[np.int64]
    incidents: NDArray[np.float64]


def count_months(world: World, chosen: Chosen, placed: PlacedArea) -> AreaMonths | None:
    """Count the chosen incidents of an area by month over the chosen period; None when none of it is loaded."""
    if placed.outline is None:
        return None
    if placed.drawn:
        places = world.cube.places
        shapely.prepare(placed.outline)
        inside = shapely.contains_xy(placed.outline, places.x, places.y)
        labels = np.where(inside, 0, -1).astype(np.int32)
        counted = world.cube.cross_labels(labels, 1, chosen.selection)[0][0]
    else:
        counted = world.cube.count_areas(chosen.selection)[list(placed.wards)].sum(axis=(0, 2))
    months = np.arange(chosen.months[0], chosen.months[-1] + 1, dtype=np.int64)
    incidents = np.full(len(months), np.nan)
    incidents[np.array(chosen.months) - chosen.months[0]] = counted
    return AreaMonths(months, incidents)


def read_polygon(text: str) -> str:
    """Take the geometry out of a GeoJSON document: a geometry, a feature, or a collection of one feature."""
    try:
        document = json.loads(text)
    except ValueError:
        return text
    if isinstance(document, dict) and document.get("type") == "FeatureCollection":
        features = document.get("features") or [{}]
        document = features[0] if len(features) == 1 else document
    if isinstance(document, dict) and document.get("type") == "Feature":
        document = document.get("geometry") or {}
    return json.dumps(document)
