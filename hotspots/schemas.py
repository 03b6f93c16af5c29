"""The tidy tables that pass between rooms, each with a check at the door."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hotspots.errors import InputError
from hotspots.months import format_month

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Incidents:
    """Incidents of one force and one month, as columns of equal length.

    A row is one incident, or `n` like incidents when the source publishes counts.

    Attributes
    ----------
    force
        Force as a code, such as ``northumbria``.
    month
        Months since January 1970.
    lon, lat
        WGS 84 degrees (EPSG:4326); NaN in both where the incident carries no location.
    crime_type, outcome
        Codes into `types` and `outcomes`.
    n
        Incidents in the row, 1 or more.
    crime_key
        The first 64 bits of the published Crime ID; 0 where there is none.
    ward_code
        Codes into `wards`, for sources that publish counts by ward; None otherwise.
    types, outcomes, wards
        The names that the codes stand for: crime types and outcomes as published, ward codes.
    grid_m
        Side of the grid in metres when coordinates are cell centres; None when they are points.
    """

    force: str
    month: int
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    crime_type: NDArray[np.int32]
    outcome: NDArray[np.int32]
    n: NDArray[np.int32]
    crime_key: NDArray[np.uint64]
    types: tuple[str, ...]
    outcomes: tuple[str, ...]
    ward_code: NDArray[np.int32] | None = None
    wards: tuple[str, ...] = ()
    grid_m: float | None = None

    def __post_init__(self) -> None:
        """Check lengths, codes and counts.

        Raises
        ------
        InputError
            If columns differ in length, a code has no name, a count is below 1 or a coordinate stands alone.
        """
        rows = len(self.lon)
        columns: list[NDArray[Any]] = [self.lat, self.crime_type, self.outcome, self.n, self.crime_key]
        if self.ward_code is not None:
            columns.append(self.ward_code)
        where = f"{self.force} {format_month(self.month)}"
        if any(len(column) != rows for column in columns):
            raise InputError(f"The incident table of {where} has columns of different lengths.")
        if rows and (
            self.crime_type.min() < 0
            or self.crime_type.max() >= len(self.types)
            or self.outcome.min() < 0
            or self.outcome.max() >= len(self.outcomes)
        ):
            raise InputError(f"The incident table of {where} has a type or outcome code without a name.")
        if rows and self.n.min() < 1:
            raise InputError(f"The incident table of {where} has a row that counts no incident.")
        if not np.array_equal(np.isnan(self.lon), np.isnan(self.lat)):
            raise InputError(f"The incident table of {where} has a longitude without a latitude.")

    @property
    def total(self) -> int:
        """Incidents, located or not."""
        return int(self.n.sum())

    @property
    def located(self) -> int:
        """Incidents with coordinates."""
        return int(self.n[~np.isnan(self.lon)].sum())


@dataclass(frozen=True, eq=False)
class Boundaries:
    """Wards (or any areas that tile a territory), in one fixed order.

    Attributes
    ----------
    codes, names, lad_codes, lad_names
        One entry an area; matched by code, shown by name. Authority entries are empty where unknown.
    population
        Residents; NaN where unknown. Shape (n,).
    area_km2
        Land area in square kilometres. Shape (n,).
    geometry
        Polygons or multipolygons in British National Grid (EPSG:27700). Shape (n,).
    name
        What people call the set, such as ``Northumbria wards, December 2020``.
    source, licence, vintage
        Shown beside whatever rests on it.
    context
        Neighbouring authorities for the base map (EPSG:27700), with `context_names`; may be empty.
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]
    lad_codes: tuple[str, ...]
    lad_names: tuple[str, ...]
    population: NDArray[np.float64]
    area_km2: NDArray[np.float64]
    geometry: NDArray[np.object_]
    name: str
    source: str
    licence: str
    vintage: str
    context: NDArray[np.object_] = field(default_factory=lambda: np.array([], dtype=object))
    context_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check lengths and codes.

        Raises
        ------
        InputError
            If there is no area, columns differ in length or a code stands twice.
        """
        size = len(self.codes)
        if size == 0:
            raise InputError("The boundary set holds no area; give a file with at least one polygon.")
        columns: tuple[Any, ...] = (
            self.names, self.lad_codes, self.lad_names, self.population, self.area_km2, self.geometry,
        )  # fmt: skip
        if any(len(column) != size for column in columns):
            raise InputError("The boundary table has columns of different lengths.")
        if len(set(self.codes)) != size:
            twice = sorted({code for code in self.codes if self.codes.count(code) > 1})
            raise InputError(f"The boundary set holds the code {twice[0]} more than once; each area needs its own.")

    def __len__(self) -> int:
        """Count the areas."""
        return len(self.codes)

    def index(self, code: str) -> int:
        """Return the position of a code.

        Raises
        ------
        KeyError
            If the set does not hold it.
        """
        try:
            return self.codes.index(code)
        except ValueError:
            raise KeyError(code) from None

    @property
    def dated_name(self) -> str:
        """The name, with the date of the areas where the name does not say it."""
        drawn = self.vintage.partition(";")[0].strip()
        date = drawn.rpartition(" of ")[2]
        return self.name if not drawn or (date and date in self.name) else f"{self.name} ({drawn})"

    @property
    def version(self) -> str:
        """Twelve hexadecimal digits that change whenever a code, a name, a figure or a vertex changes."""
        import shapely  # noqa: PLC0415 - loading incidents passes this module and needs no geometry

        digest = hashlib.sha256()
        for column in (self.codes, self.names, self.lad_codes, self.lad_names):
            digest.update("\x1f".join(column).encode())
        digest.update(np.ascontiguousarray(self.population).tobytes())
        for blob in shapely.to_wkb(self.geometry):
            digest.update(blob)
        return digest.hexdigest()[:12]

    @property
    def ground(self) -> str:
        """Twelve hexadecimal digits that change whenever a code or a vertex changes, and with nothing else."""
        import shapely  # noqa: PLC0415 - as above

        digest = hashlib.sha256("\x1f".join(self.codes).encode())
        for blob in shapely.to_wkb(self.geometry):
            digest.update(blob)
        return digest.hexdigest()[:12]


@dataclass(frozen=True)
class NamedArea:
    """An area that a force works as one: a union of wards, by code.

    Attributes
    ----------
    code, name
        For addresses and for people.
    ward_codes
        The wards it is made of.
    note
        One sentence about it; may be empty.
    """

    code: str
    name: str
    ward_codes: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True)
class Coverage:
    """Which months of which forces are present: a month that is absent is unknown, never zero.

    Attributes
    ----------
    by_force
        Months since January 1970 that are loaded, ascending, for each force code.
    """

    by_force: Mapping[str, tuple[int, ...]]

    @property
    def months(self) -> tuple[int, ...]:
        """Months for which every force that is loaded is present, ascending."""
        if not self.by_force:
            return ()
        return tuple(sorted(set.intersection(*(set(months) for months in self.by_force.values()))))

    def missing(self, force: str) -> tuple[int, ...]:
        """Months absent between the first and the last month of a force, ascending."""
        months = self.by_force[force]
        return tuple(sorted(set(range(months[0], months[-1] + 1)) - set(months))) if months else ()
