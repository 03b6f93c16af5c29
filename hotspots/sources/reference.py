"""Which coordinate reference system a file is in, and whether its coordinates can be what they are said to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyproj
import shapely

from hotspots import crs as projection
from hotspots.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hotspots.sources.feature_files import FeatureTable

_MAX_LON, _MAX_LAT = 180.0, 90.0
_EDGE = 0.5
"""Degrees by which the box round an area may stand out of the bounds of Great Britain."""
_ADVICE = "state it, for instance with --crs EPSG:27700 for British National Grid or --crs EPSG:4326 for degrees"


@dataclass(frozen=True)
class Reference:
    """The coordinate reference system of a file.

    Attributes
    ----------
    crs
        The system.
    origin
        ``stated by the file``, ``implied by the format`` or ``given``.
    """

    crs: pyproj.CRS
    origin: str

    @property
    def name(self) -> str:
        """Its code, such as ``EPSG:27700``, or its name where it has none."""
        authority = self.crs.to_authority()
        return ":".join(authority) if authority else str(self.crs.name)

    @property
    def projection(self) -> str | int:
        """What `hotspots.crs` projects from."""
        return projection.BNG if self.crs.to_epsg() == projection.BNG else str(self.crs.to_wkt())


def choose_reference(table: FeatureTable, given: str | int | None, file: str) -> Reference:
    """Take the system that the user gave, else the one that the file states or its format implies.

    Raises
    ------
    InputError
        If there is none, or it is not known; the message says how to state it.
    """
    if given is not None:
        text = f"EPSG:{given}" if str(given).strip().isdigit() else str(given).strip()
        try:
            return Reference(pyproj.CRS.from_user_input(text), "given")
        except pyproj.exceptions.CRSError:
            raise InputError(f"“{given}” is not a coordinate reference system; write one such as EPSG:27700.") from None
    if table.crs is None:
        raise InputError(f"{file} does not say in which coordinate reference system it is; {_ADVICE}.")
    try:
        stated = pyproj.CRS.from_user_input(table.crs)
    except pyproj.exceptions.CRSError:
        raise InputError(
            f"{file} states a coordinate reference system that is not known ({table.crs[:60]}); {_ADVICE}."
        ) from None
    if not (stated.is_geographic or stated.is_projected):
        # GeoPackage writes "Undefined Cartesian SRS" where nobody said what the coordinates are.
        raise InputError(f"{file} does not say in which coordinate reference system it is ({stated.name}); {_ADVICE}.")
    return Reference(stated, "implied by the format" if table.crs_assumed else "stated by the file")


def check_place(geometry: NDArray[np.object_], codes: Sequence[str], reference: Reference, file: str) -> None:
    """Refuse coordinates that cannot be in a reference system, or that lie elsewhere.

    Parameters
    ----------
    geometry
        Polygons in the coordinates of `reference`, shape (n,) with n of 1 or more.
    codes
        Their codes, for the message.
    reference, file
        What the coordinates are said to be, and where they come from.

    Raises
    ------
    InputError
        If they are metres where degrees are said, the reverse, swapped, not numbers, or outside Great Britain and
        Northern Ireland; the first offending area is named.
    """
    points, owner = shapely.get_coordinates(geometry, return_index=True)
    broken = owner[~np.isfinite(points).all(axis=1)]
    if len(broken):
        raise InputError(f"{file}, area {codes[broken[0]]} has a coordinate that is not a number; correct the file.")
    bounds = shapely.bounds(geometry)
    if reference.crs.is_geographic:
        _check_degrees(bounds, codes, reference, file)
    elif np.all(_may_be_degrees(bounds)):
        raise InputError(
            f"{file} has coordinates such as ({bounds[0, 0]:.4f}, {bounds[0, 1]:.4f}), which are degrees and not "
            f"metres of {reference.name}; say so with --crs EPSG:4326."
        )
    boxes = projection.bounds_to_wgs84(bounds, source=reference.projection)
    outside = np.flatnonzero(~_in_great_britain(boxes))
    if len(outside):
        first = boxes[outside[0]]
        lon, lat = (first[0] + first[2]) / 2, (first[1] + first[3]) / 2
        place = f"at longitude {lon:.2f}, latitude {lat:.2f}, " if np.isfinite(lon + lat) else ""
        raise InputError(
            f"{file}, area {codes[outside[0]]} lies {place}outside Great Britain and Northern Ireland; "
            f"check that it is the right file and that its coordinates are in {reference.name}."
        )


def _check_degrees(bounds: NDArray[np.float64], codes: Sequence[str], reference: Reference, file: str) -> None:
    metres = np.flatnonzero(~_may_be_degrees(bounds))
    if len(metres):
        at = f"({bounds[metres[0], 0]:.0f}, {bounds[metres[0], 1]:.0f})"
        raise InputError(
            f"{file}, area {codes[metres[0]]}: {at} cannot be degrees ({reference.name}); "
            "if these are British National Grid metres, say so with --crs EPSG:27700."
        )
    if np.all(_in_great_britain(bounds[:, [1, 0, 3, 2]])) and not np.any(_in_great_britain(bounds)):
        raise InputError(
            f"{file} has latitude before longitude (first area: {bounds[0, 0]:.4f}, {bounds[0, 1]:.4f}); "
            "export it again with longitude first."
        )


def _may_be_degrees(bounds: NDArray[np.float64]) -> NDArray[np.bool_]:
    west, south, east, north = bounds.T
    possible: NDArray[np.bool_] = (west >= -_MAX_LON) & (east <= _MAX_LON) & (south >= -_MAX_LAT) & (north <= _MAX_LAT)
    return possible


def _in_great_britain(boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    west, south, east, north = projection.GREAT_BRITAIN
    inside = (boxes[:, 0] >= west - _EDGE) & (boxes[:, 1] >= south - _EDGE)
    return inside & (boxes[:, 2] <= east + _EDGE) & (boxes[:, 3] <= north + _EDGE)
