"""A force's own table to incidents, by a column mapping that is saved and used again.

Points are kept exactly as they are. Of a stretch of time within which a crime happened, the middle counts. A row whose
coordinates are missing, or lie outside Great Britain and Northern Ireland, is kept without location.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from hotspots import crs
from hotspots.errors import InputError
from hotspots.schemas import Incidents
from hotspots.sources.columns import key_of
from hotspots.sources.extract_values import read_day, read_grid_reference
from hotspots.sources.quality import FileReport, Rejection
from hotspots.terms import is_known_type, slug

if TYPE_CHECKING:
    from collections.abc import Mapping as AnyMapping
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hotspots.sources.extract_tables import ExtractTable

_NEEDED = {"bng": ("x", "y"), "wgs84": ("x", "y"), "grid": ("grid",), "none": ()}
"""The columns that each kind of coordinates needs."""
COORDINATES = tuple(_NEEDED)
_REFUSED_SHARE = 0.5
_LONG_INTERVAL_DAYS = 31
_FIRST_YEAR, _LAST_YEAR = 1970, 2199


@dataclass(frozen=True)
class Mapping:
    """Which column of a table is what.

    Attributes
    ----------
    name
        What to call the source; its code is this in lower case with hyphens.
    date, date_to
        The day, or the first and the last day on which it may have happened; times of day are not kept.
    type
        The crime type in the force's own words.
    types
        The crime type of police.uk (or of the force's own harm table) for each of those words.
    coordinates
        ``bng`` (metres, EPSG:27700), ``wgs84`` (degrees, EPSG:4326), ``grid`` (grid references), or ``none``.
    x, y
        Easting and northing, or longitude and latitude.
    grid
        The grid reference.
    id, outcome
        The crime's number, and what became of it; both may be empty.
    month_first
        True when dates are written 01/31/2022.
    """

    name: str
    date: str
    type: str
    coordinates: str = "none"
    x: str = ""
    y: str = ""
    grid: str = ""
    id: str = ""
    outcome: str = ""
    date_to: str = ""
    month_first: bool = False
    types: AnyMapping[str, str] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """The source's code in the store."""
        return slug(self.name)

    def check(self, table: ExtractTable) -> None:
        """Check that the mapping is whole and that the table has its columns.

        Raises
        ------
        InputError
            If not; the message says what to give.
        """
        if not self.code:
            raise InputError("The extract needs a name of letters or figures, such as “Crimes 2024”.")
        missing = self.list_missing()
        for what, option in (("date", "date"), ("crime type", "type")):
            if option in missing:
                raise InputError(
                    f"Which column of {table.label} holds the {what} cannot be told; name it with --column "
                    f"{option}='…'. The columns are {', '.join(table.header[:15])}."
                )
        if self.coordinates not in COORDINATES:
            raise InputError(f"“{self.coordinates}” is not a kind of coordinates; choose {', '.join(COORDINATES)}.")
        if missing:
            raise InputError(
                f"The coordinates need the column of {missing[0]}; name it with --column {missing[0]}='…'."
            )
        for part in ("date", "date_to", "type", "x", "y", "grid", "id", "outcome"):
            if getattr(self, part):
                table.column(getattr(self, part))

    def list_missing(self) -> tuple[str, ...]:
        """List the parts that need a column and have none, such as ``("date", "x")``."""
        needed = ("date", "type", *_NEEDED.get(self.coordinates, ()))
        return tuple(part for part in needed if not getattr(self, part))

    def to_json(self) -> dict[str, Any]:
        """Write the mapping as plain values."""
        return asdict(self) | {"types": dict(self.types)}

    @classmethod
    def from_json(cls, values: Any, *, label: str) -> Mapping:
        """Read what `to_json` wrote.

        Raises
        ------
        InputError
            If it is not a mapping.
        """
        known = {item.name for item in fields(cls)}
        if not isinstance(values, dict) or not {"name", "date", "type"} <= values.keys() <= known:
            raise InputError(f"{label} is not a column mapping; make it again with “hotspots extract load”.")
        return cls(**values)


@dataclass(frozen=True, eq=False)
class ExtractRows:
    """What an extract holds.

    Attributes
    ----------
    incidents
        One table a month, ascending. Coordinates in degrees (EPSG:4326).
    report
        Rows read, kept and turned away.
    type_counts
        Rows by the force's own word.
    """

    incidents: tuple[Incidents, ...]
    report: FileReport
    type_counts: AnyMapping[str, int]


def read_extract(table: ExtractTable, mapping: Mapping) -> ExtractRows:
    """Read a table by a mapping.

    Parameters
    ----------
    table
        The table as text.
    mapping
        Which column is what.

    Raises
    ------
    InputError
        If the mapping does not fit the table, or more than half of the rows cannot be used.
    """
    mapping.check(table)
    blank = np.array([not any(row) for row in table.rows])
    month, long_intervals = _read_months(table, mapping)
    words = [" ".join(cell.split()) for cell in table.column(mapping.type)]
    reason = np.full(len(words), "", dtype=object)
    reason[month < 0] = f"“{mapping.date}” is not a date"
    reason[np.array([not word for word in words]) & (reason == "")] = f"“{mapping.type}” is empty"
    rejected = _count(reason, blank)
    rows_read = int((~blank).sum())
    if rejected and sum(item.rows for item in rejected) > _REFUSED_SHARE * rows_read:
        worst = rejected[0]
        raise InputError(
            f"{table.label}: {worst.rows:,} of {rows_read:,} rows cannot be used because {worst.reason} (first in row "
            f"{worst.first_row:,}); correct the mapping or the file."
        )
    lon, lat, odd = _read_places(table, mapping)
    types = [mapping.types.get(word, word) for word in words]
    outcomes = table.column(mapping.outcome) if mapping.outcome else [""] * len(words)
    keys = np.zeros(len(words), dtype=np.uint64)
    if mapping.id:
        keys = np.array([key_of(cell) for cell in table.column(mapping.id)], dtype=np.uint64)
    kept = (reason == "") & ~blank
    incidents = _split(mapping.code, kept, month, lon, lat, types, outcomes, keys)
    present = keys[kept & (keys != 0)]
    repeated = len(present) - len(np.unique(present))
    report = FileReport(
        path=table.label,
        kind="extract",
        rows_read=rows_read,
        rows_kept=int(kept.sum()),
        rows_without_location=int(np.isnan(lon[kept]).sum()),
        rejected=rejected,
        notes=_note(mapping, int((odd & kept).sum()), int((long_intervals & kept).sum())),
        forces=(mapping.code,),
        months=tuple(item.month for item in incidents),
        unknown_types=dict(
            Counter(name for name, keep in zip(types, kept, strict=True) if keep and not is_known_type(name))
        ),
        repeated_crime_ids=repeated,
        sha256=table.sha256,
    )
    counted = Counter(word for word, keep in zip(words, kept, strict=True) if keep)
    return ExtractRows(incidents, report, dict(counted.most_common()))


def _note(mapping: Mapping, odd: int, long_intervals: int) -> tuple[str, ...]:
    notes = []
    if odd:
        notes.append(
            f"{_rows(odd)} with coordinates that are no numbers or lie outside Great Britain and Northern Ireland: "
            "kept without location."
        )
    if long_intervals:
        notes.append(
            f"{_rows(long_intervals)} may have happened over more than {_LONG_INTERVAL_DAYS} days: counted in the "
            "month of the middle."
        )
    if mapping.coordinates == "none":
        notes.append("No coordinates are mapped, so no row has a location and none counts in an area.")
    return tuple(notes)


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _read_months(table: ExtractTable, mapping: Mapping) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    starts = [read_day(cell, month_first=mapping.month_first) for cell in table.column(mapping.date)]
    ends = starts
    if mapping.date_to:
        ends = [read_day(cell, month_first=mapping.month_first) for cell in table.column(mapping.date_to)]
    months = np.full(len(starts), -1, dtype=np.int32)
    long_intervals = np.zeros(len(starts), dtype=bool)
    for row, (start, end) in enumerate(zip(starts, ends, strict=True)):
        first = start or end
        last = end or start
        if first is None or last is None:
            continue
        days = max((last - first).days, 0)
        middle = first if days == 0 else first + (last - first) / 2
        if _FIRST_YEAR <= middle.year <= _LAST_YEAR:
            months[row] = (middle.year - _FIRST_YEAR) * 12 + middle.month - 1
            long_intervals[row] = days > _LONG_INTERVAL_DAYS
    return months, long_intervals


def _read_places(
    table: ExtractTable, mapping: Mapping
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Give longitude and latitude, NaN without location, and the rows whose coordinates could not be used."""
    size = len(table.rows)
    if mapping.coordinates == "none":
        return np.full(size, np.nan), np.full(size, np.nan), np.zeros(size, dtype=bool)
    if mapping.coordinates == "grid":
        cells = table.column(mapping.grid)
        pairs = [read_grid_reference(cell) or (np.nan, np.nan) for cell in cells]
        x, y = (np.array([pair[axis] for pair in pairs], dtype=float) for axis in (0, 1))
        given = np.array([bool(cell) for cell in cells])
    else:
        x, y = _numbers(table.column(mapping.x)), _numbers(table.column(mapping.y))
        filled = [bool(a) and bool(b) for a, b in zip(table.column(mapping.x), table.column(mapping.y), strict=True)]
        given = np.array(filled) & ~((x == 0) & (y == 0))  # zeros stand for nothing in many systems
    lon, lat = (x, y) if mapping.coordinates == "wgs84" else crs.to_wgs84(x, y)
    west, south, east, north = crs.GREAT_BRITAIN
    inside = given & (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    return np.where(inside, lon, np.nan), np.where(inside, lat, np.nan), given & ~inside


def _numbers(cells: Sequence[str]) -> NDArray[np.float64]:
    def read(cell: str) -> float:
        try:
            return float(cell.replace(",", "")) if "_" not in cell else np.nan
        except ValueError:
            return np.nan

    return np.array([read(cell) for cell in cells], dtype=float)


def _split(  # noqa: PLR0917 - columns of one table
    code: str,
    kept: NDArray[np.bool_],
    month: NDArray[np.int32],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    types: Sequence[str],
    outcomes: Sequence[str],
    keys: NDArray[np.uint64],
) -> tuple[Incidents, ...]:
    type_names, type_codes = np.unique(np.array(types, dtype=str), return_inverse=True)
    outcome_names, outcome_codes = np.unique(np.array(outcomes, dtype=str), return_inverse=True)
    tables = []
    for one in np.unique(month[kept]):
        rows = kept & (month == one)
        tables.append(
            Incidents(
                force=code,
                month=int(one),
                lon=lon[rows],
                lat=lat[rows],
                crime_type=type_codes[rows].astype(np.int32),
                outcome=outcome_codes[rows].astype(np.int32),
                n=np.ones(int(rows.sum()), dtype=np.int32),
                crime_key=keys[rows],
                types=tuple(map(str, type_names)),
                outcomes=tuple(map(str, outcome_names)),
            )
        )
    return tuple(tables)


def _count(reason: NDArray[np.object_], blank: NDArray[np.bool_]) -> tuple[Rejection, ...]:
    found = []
    for why in sorted({str(text) for text in reason} - {""}):
        those = np.flatnonzero((reason == why) & ~blank)
        if len(those):
            found.append(Rejection(why, len(those), int(those[0]) + 2))
    return tuple(sorted(found, key=lambda item: -item.rows))
