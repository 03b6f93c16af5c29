"""The world: everything loaded, joined once and then shared, read-only, by every question."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from hotspots.analysis.cube import Cube, build_cube
from hotspots.analysis.dbscan import Neighbours, find_neighbours
from hotspots.analysis.places import Places, build_places, collapse_points
from hotspots.errors import InputError
from hotspots.months import LSOA_CHANGE, SNAP_POINT_REFRESH
from hotspots.settings import EMBEDDED_INCIDENTS, Settings, read_settings
from hotspots.store.areas import read_areas
from hotspots.store.boundaries import read_active
from hotspots.store.harm import Harm, read_harm
from hotspots.store.incidents import IncidentStore, StoredIncidents
from hotspots.terms import OUTCOME_GROUPS, crime_type, outcome_group

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspots.schemas import Boundaries, NamedArea

KEPT_RADII = 4
"""How many DBSCAN radii keep their pairs of places in memory."""
MIN_FORCE_SHARE = 0.01
"""A force counts for the coverage of months when it recorded at least this share of the incidents inside the areas."""


@dataclass(frozen=True)
class Unit:
    """A place that can be chosen and ranked: a ward or a named area.

    Attributes
    ----------
    code, name
        For addresses and for people.
    kind
        ``ward`` or ``area``.
    lad_name
        Local authority; empty where unknown or more than one.
    wards
        Positions of its wards in the boundary set.
    """

    code: str
    name: str
    kind: str
    lad_name: str
    wards: tuple[int, ...]

    @property
    def label(self) -> str:
        """Name with its authority, because two authorities may have a ward of one name."""
        return f"{self.name} ({self.lad_name})" if self.kind == "ward" and self.lad_name else self.name


@dataclass(frozen=True, eq=False)
class World:
    """Everything loaded.

    Attributes
    ----------
    cube
        Counts by place, month, type and outcome group.
    boundaries, areas, harm
        What places are counted by and weighed with.
    units
        Wards in boundary order, then named areas.
    forces
        Forces whose incidents lie inside the boundaries.
    missing
        Months absent between the first and last covered month, ascending.
    embedded
        True when nothing has been loaded and the embedded extract is shown.
    grid_m
        Side of the grid in metres when places are cell centres, else None.
    version
        Twelve hexadecimal digits over data, boundaries, named areas and harm table: the key of every cache.
    data_version
        The version of the incidents alone.
    """

    cube: Cube
    boundaries: Boundaries
    areas: tuple[NamedArea, ...]
    harm: Harm
    units: tuple[Unit, ...]
    forces: tuple[str, ...]
    missing: tuple[int, ...]
    embedded: bool
    grid_m: float | None
    version: str
    data_version: str
    _neighbours: dict[float, Neighbours] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def neighbours_within(self, eps: float) -> Neighbours:
        """Return the pairs of places within `eps` metres, computed once and kept for the last few radii."""
        with self._lock:
            if eps not in self._neighbours:
                while len(self._neighbours) >= KEPT_RADII:
                    del self._neighbours[next(iter(self._neighbours))]
                self._neighbours[eps] = find_neighbours(self.cube.places.x, self.cube.places.y, eps=eps)
            return self._neighbours[eps]

    @cached_property
    def population(self) -> NDArray[np.float64]:
        """Residents of each unit; NaN where a ward's are unknown. Shape (units,)."""
        return np.array([self.boundaries.population[list(unit.wards)].sum() for unit in self.units])

    @cached_property
    def area_km2(self) -> NDArray[np.float64]:
        """Land of each unit in square kilometres. Shape (units,)."""
        return np.array([self.boundaries.area_km2[list(unit.wards)].sum() for unit in self.units])

    @cached_property
    def membership(self) -> NDArray[np.int64]:
        """Which wards make which unit, shape (units, wards), 0 or 1."""
        matrix = np.zeros((len(self.units), len(self.boundaries)), dtype=np.int64)
        for row, unit in enumerate(self.units):
            matrix[row, list(unit.wards)] = 1
        return matrix

    def breaks_within(self, first: int, last: int) -> tuple[int, ...]:
        """Months, of those at which the published geography changed, that a period crosses."""
        return tuple(month for month in (SNAP_POINT_REFRESH, LSOA_CHANGE) if first < month <= last)


def open_store(settings: Settings) -> tuple[IncidentStore, bool]:
    """Open the loaded incidents, or the embedded extract when nothing is loaded.

    Returns
    -------
    IncidentStore
        The store to read.
    bool
        True when it is the embedded one.
    """
    store = IncidentStore(settings.incidents_home)
    if store.coverage().by_force:
        return store, False
    return IncidentStore(EMBEDDED_INCIDENTS), True


def open_world(settings: Settings | None = None) -> World:
    """Open everything that is loaded and join it.

    Parameters
    ----------
    settings
        Where things lie; the environment's by default.

    Raises
    ------
    InputError
        If a table of the force's own cannot be used, or no incident lies inside the boundaries.
    StoreError
        If the data home cannot be read.
    """
    settings = settings or read_settings()
    store, embedded = open_store(settings)
    boundaries = read_active(settings)
    incidents = store.read()
    if not len(incidents.month):
        raise InputError("No incident is loaded; load police.uk files with “hotspots ingest”.")
    areas = read_areas(settings, boundaries)
    harm = read_harm(settings)
    cube, forces = _join(incidents, boundaries)
    months = [int(month) for month in cube.months]
    joined = hashlib.sha256(
        "|".join((incidents.data_version, boundaries.version, repr(areas), repr(sorted(harm.days.items())))).encode()
    )
    return World(
        cube=cube,
        boundaries=boundaries,
        areas=areas,
        harm=harm,
        units=list_units(boundaries, areas),
        forces=forces,
        missing=tuple(sorted(set(range(months[0], months[-1] + 1)) - set(months))),
        embedded=embedded,
        grid_m=incidents.grid_m,
        version=joined.hexdigest()[:12],
        data_version=incidents.data_version,
    )


def list_units(boundaries: Boundaries, areas: tuple[NamedArea, ...]) -> tuple[Unit, ...]:
    """List the wards in boundary order, then the named areas."""
    wards = [
        Unit(code, name, "ward", lad, (position,))
        for position, (code, name, lad) in enumerate(
            zip(boundaries.codes, boundaries.names, boundaries.lad_names, strict=True)
        )
    ]
    named = []
    for area in areas:
        members = tuple(boundaries.index(code) for code in area.ward_codes)
        authorities = {boundaries.lad_names[member] for member in members}
        named.append(Unit(area.code, area.name, "area", authorities.pop() if len(authorities) == 1 else "", members))
    return (*wards, *named)


def _join(incidents: StoredIncidents, boundaries: Boundaries) -> tuple[Cube, tuple[str, ...]]:
    places, place_of_row = _place_rows(incidents, boundaries)
    forces, months = _choose_forces(incidents, places.area, place_of_row, boundaries.name)
    keep = np.isin(incidents.force, forces) & np.isin(incidents.month, months)
    if not keep.all():
        incidents = _keep_rows(incidents, keep)
        places, place_of_row = _place_rows(incidents, boundaries)
    types = sorted(incidents.types, key=_type_order)
    type_position = np.array([types.index(name) for name in incidents.types], dtype=np.int32)
    outcome_position = np.array(
        [OUTCOME_GROUPS.index(outcome_group(name)) for name in incidents.outcomes], dtype=np.int32
    )
    cube = build_cube(
        places,
        n_areas=len(boundaries),
        months=months,
        types=tuple(types),
        outcomes=OUTCOME_GROUPS,
        place=place_of_row,
        month=np.searchsorted(months, incidents.month).astype(np.int32),
        crime_type=type_position[incidents.crime_type],
        outcome=outcome_position[incidents.outcome],
        n=incidents.n,
    )
    return cube, tuple(incidents.forces[code] for code in forces)


def _place_rows(incidents: StoredIncidents, boundaries: Boundaries) -> tuple[Places, NDArray[np.int32]]:
    """Collapse rows to distinct places and assign each to its area; a ward that the source gives is believed."""
    first_row, place_of_row = collapse_points(incidents.lon, incidents.lat, incidents.ward_code)
    known = None
    if incidents.ward_code is not None and set(incidents.wards) - {""} <= set(boundaries.codes):
        of_code = {code: position for position, code in enumerate(boundaries.codes)} | {"": -1}
        lookup = np.array([of_code[code] for code in incidents.wards], dtype=np.int32)
        known = np.where(incidents.ward_code >= 0, lookup[incidents.ward_code], -2).astype(np.int32)[first_row]
    places = build_places(
        incidents.lon[first_row],
        incidents.lat[first_row],
        boundaries.geometry,
        known_area=known,
        grid_m=incidents.grid_m,
    )
    return places, place_of_row


def _keep_rows(incidents: StoredIncidents, keep: NDArray[np.bool_]) -> StoredIncidents:
    return replace(
        incidents,
        month=incidents.month[keep],
        lon=incidents.lon[keep],
        lat=incidents.lat[keep],
        crime_type=incidents.crime_type[keep],
        outcome=incidents.outcome[keep],
        n=incidents.n[keep],
        force=incidents.force[keep],
        ward_code=None if incidents.ward_code is None else incidents.ward_code[keep],
    )


def _type_order(name: str) -> tuple[bool, str, str]:
    known = crime_type(name)
    return known.enforcement_driven, known.group.value, name


def _choose_forces(
    incidents: StoredIncidents, area: NDArray[np.int32], place_of_row: NDArray[np.int32], boundary_name: str
) -> tuple[list[int], NDArray[np.int32]]:
    """Find the forces that police these areas, and the months for which each of them is present."""
    inside = (place_of_row >= 0) & (area[place_of_row] >= 0) if len(area) else np.zeros(len(place_of_row), dtype=bool)
    by_force = np.bincount(incidents.force[inside], weights=incidents.n[inside], minlength=len(incidents.forces))
    if by_force.sum() == 0:
        raise InputError(
            f"No loaded incident lies inside the areas of “{boundary_name}”; load the boundaries of the same force "
            "with “hotspots boundaries import”, or incidents of these areas with “hotspots ingest”."
        )
    chosen = [int(code) for code in np.flatnonzero(by_force >= MIN_FORCE_SHARE * by_force.sum())]
    present = [set(incidents.coverage.by_force[incidents.forces[code]]) for code in chosen]
    months = sorted(set.intersection(*present))
    if not months:
        names = ", ".join(incidents.forces[code] for code in chosen)
        raise InputError(
            f"The forces {names} share these areas, but no month is loaded for all of them; load the same months "
            "for each."
        )
    return chosen, np.array(months, dtype=np.int32)
