"""Street files of police.uk to incidents, one table a force and month, with a report on every row turned away.

Rows without a location are kept. Repeated Crime IDs are kept as well: an ID may stand for several published rows and
police.uk does not say which of them is right. Anti-social behaviour carries no ID, and rows that are copies of each
other are probably separate incidents, so nothing is ever de-duplicated.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotspots import crs
from hotspots.errors import InputError
from hotspots.months import parse_month
from hotspots.schemas import Incidents
from hotspots.sources.columns import StreetColumns, read_columns
from hotspots.sources.files import STREET_COLUMNS, Kind, tell_kind
from hotspots.sources.quality import FileReport, Rejection
from hotspots.sources.text import read_header, to_utf8
from hotspots.terms import CRIME_TYPES, is_known_type, slug

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from hotspots.sources.files import SourceFile

REASONS = (
    "",
    "month is not a year and month such as 2022-01",
    "month differs from the file name",
    "reporting force is empty",
    "crime type is empty",
    "one coordinate is given without the other",
    "coordinates are not numbers",
    "coordinates are 0,0",
    "longitude and latitude are swapped",
    "coordinates lie outside Great Britain and Northern Ireland",
)
"""Why a row is turned away; a row with several faults counts under the first of them."""

FORCES = frozenset((
    "avon-and-somerset", "bedfordshire", "btp", "cambridgeshire", "cheshire", "city-of-london", "cleveland",
    "cumbria", "derbyshire", "devon-and-cornwall", "dorset", "durham", "dyfed-powys", "essex", "gloucestershire",
    "greater-manchester", "gwent", "hampshire", "hertfordshire", "humberside", "kent", "lancashire", "leicestershire",
    "lincolnshire", "merseyside", "metropolitan", "norfolk", "north-wales", "north-yorkshire", "northamptonshire",
    "northern-ireland", "northumbria", "nottinghamshire", "south-wales", "south-yorkshire", "staffordshire",
    "suffolk", "surrey", "sussex", "thames-valley", "warwickshire", "west-mercia", "west-midlands", "west-yorkshire",
    "wiltshire",
))  # fmt: skip
"""Forces as police.uk writes them in file names."""
_IRREGULAR_FORCES = {
    "british-transport-police": "btp",
    "police-service-of-northern-ireland": "northern-ireland",
    "hampshire-and-isle-of-wight-constabulary": "hampshire",
}
_TITLES = ("-police-service", "-police", "-constabulary", "-service")
_TYPE_BY_FOLDED = {known.name.casefold(): known.name for known in CRIME_TYPES}
_REFUSED_SHARE = 0.5


@dataclass(frozen=True, eq=False)
class StreetRows:
    """What one street file holds.

    Attributes
    ----------
    incidents
        One table for each force and month, in the order of force and month; rows in the order of the file.
    rows
        For each table, the row of the file that each incident stands in (the header is row 1).
    report
        Rows read, kept and turned away.
    """

    incidents: tuple[Incidents, ...]
    rows: tuple[NDArray[np.int64], ...]
    report: FileReport


def read_street(file: SourceFile, *, force: str | None = None) -> tuple[list[Incidents], FileReport]:
    """Read one street file.

    Parameters
    ----------
    file
        A file of kind ``street``.
    force
        The force that all rows belong to; by default what the rows and the file name say.

    Returns
    -------
    list of Incidents
        One for each force and month. Coordinates in degrees (EPSG:4326).
    FileReport
        What was read, kept and turned away.

    Raises
    ------
    InputError
        If the file is not a street file, or more than half of its rows cannot be used.
    """
    parsed = parse_street(file, file.read(), force=force)
    return list(parsed.incidents), parsed.report


def parse_street(file: SourceFile, data: bytes, *, force: str | None = None, sha256: str | None = None) -> StreetRows:
    """Parse the bytes of a street file; as `read_street`, with the row number of each incident.

    Parameters
    ----------
    file
        Where the bytes come from.
    data
        The whole file.
    force
        The force that all rows belong to; by default what the rows and the file name say.
    sha256
        Digest of `data`, where it is known.
    """
    text, notes = to_utf8(data)
    header = read_header(text) if text is not None else None
    kind = tell_kind(file.label, header, strict=True)
    if text is None or header is None or kind is not Kind.STREET:
        raise InputError(f"{file.label} is not a street file; give a file whose name ends in -street.csv.")
    for name in STREET_COLUMNS:
        if header.count(name.casefold()) > 1:
            raise InputError(f"{file.label} has the column “{name}” twice; remove or rename one of them.")
    columns = read_columns(text, len(header), [header.index(name.casefold()) for name in STREET_COLUMNS])
    last = columns.row[-1] if len(columns.row) else 1
    if columns.broken and columns.broken[-1].row > last and not text.endswith((b"\n", b"\r")):
        notes += ("Its last row is cut short, so the file may not be whole; download or copy it again.",)
    return _assemble(file, columns, notes, sha256 or hashlib.sha256(data).hexdigest(), force)


def name_force(reported_by: str) -> str:
    """Write a force's name as police.uk does in file names: ``Devon & Cornwall Police`` is ``devon-and-cornwall``."""
    code = slug(reported_by.replace("&", " and "))
    if code in _IRREGULAR_FORCES:
        return _IRREGULAR_FORCES[code]
    for title in _TITLES:
        if code.endswith(title):
            return code.removesuffix(title)
    return code


def _assemble(
    file: SourceFile, columns: StreetColumns, notes: tuple[str, ...], sha256: str, force: str | None
) -> StreetRows:
    months = _read_months(columns.month_names)
    force_code, forces, force_notes = _choose_forces(file, columns, force)
    type_code, types = _tidy(columns.crime_type, columns.type_names, known=_TYPE_BY_FOLDED)
    outcome_code, outcomes = _tidy(columns.outcome, columns.outcome_names)
    month = months[columns.month]

    reason = _find_faults(columns, month, file.name_month)
    reason[(reason == 0) & (force_code < 0)] = 3
    empty_type = types.index("") if "" in types else -1
    reason[(reason == 0) & (type_code == empty_type)] = 4
    kept = (reason == 0) & ~columns.blank

    incidents, rows = [], []
    for code, value, chosen in _group_rows(force_code, month, kept):
        incidents.append(
            Incidents(
                force=forces[code],
                month=value,
                lon=columns.lon[chosen],
                lat=columns.lat[chosen],
                crime_type=type_code[chosen],
                outcome=outcome_code[chosen],
                n=np.ones(len(chosen), dtype=np.int32),
                crime_key=columns.crime_key[chosen],
                types=types,
                outcomes=outcomes,
            )
        )
        rows.append(columns.row[chosen])

    rejected = _list_rejections(columns, reason)
    rows_read = int((~columns.blank).sum()) + sum(item.lines for item in columns.broken)
    _refuse_if_mostly_bad(file, rejected, rows_read)
    if rows_read == 0:
        notes += ("It holds no rows; its month stays unknown.",)
    if columns.swallowed_lines:
        breaks = "1 line break" if columns.swallowed_lines == 1 else f"{columns.swallowed_lines:,} line breaks"
        verb = "was" if columns.swallowed_lines == 1 else "were"
        notes += (f"{breaks} inside quotation marks {verb} read as part of its field.",)
    report = FileReport(
        path=file.label,
        kind=Kind.STREET.value,
        rows_read=rows_read,
        rows_kept=sum(len(item.lon) for item in incidents),
        rows_without_location=sum(int(np.isnan(item.lon).sum()) for item in incidents),
        rejected=rejected,
        notes=notes + force_notes,
        forces=tuple(sorted({item.force for item in incidents})),
        months=tuple(sorted({item.month for item in incidents})),
        unknown_types=_count_unknown_types(incidents),
        sha256=sha256,
    )
    return StreetRows(tuple(incidents), tuple(rows), report)


def _group_rows(
    force: NDArray[np.int32], month: NDArray[np.int32], kept: NDArray[np.bool_]
) -> Iterator[tuple[int, int, NDArray[np.intp]]]:
    """Split the kept rows by force and month, in that order; within each in the order of the file."""
    rows = np.flatnonzero(kept)
    order = rows[np.lexsort((month[rows], force[rows]))]
    changes = np.flatnonzero(np.diff(force[order]) | np.diff(month[order])) + 1
    for group in np.split(order, changes):
        if len(group):
            yield int(force[group[0]]), int(month[group[0]]), group


def _read_months(names: Sequence[str]) -> NDArray[np.int32]:
    values = np.full(max(len(names), 1), -1, dtype=np.int32)
    for position, name in enumerate(names):
        try:
            values[position] = parse_month(name)
        except InputError:
            continue  # -1 turns its rows away, with the reason
    return values


def _choose_forces(
    file: SourceFile, columns: StreetColumns, force: str | None
) -> tuple[NDArray[np.int32], tuple[str, ...], tuple[str, ...]]:
    """Give each row its force (-1: none): the one asked for, else what the file name and the rows agree on."""
    rows = len(columns.lon)
    everywhere = np.zeros(rows, dtype=np.int32)
    if force is not None:
        return everywhere, (name_force(force),), ()
    of_name = [name_force(name) for name in columns.force_names]
    used = np.unique(columns.force[~columns.blank])
    distinct = sorted({of_name[code] for code in used} - {""})
    if file.name_force is not None and len(distinct) <= 1:
        if not distinct or distinct[0] == file.name_force or distinct[0] not in FORCES:
            return everywhere, (file.name_force,), ()
        note = f"Its name says {file.name_force}, its rows {distinct[0]}; the rows are followed."
        return everywhere, (distinct[0],), (note,)
    position = np.array([distinct.index(code) if code else -1 for code in of_name] or [-1], dtype=np.int32)
    return position[columns.force], tuple(distinct), ()


def _tidy(
    codes: NDArray[np.int32], names: Sequence[str], known: dict[str, str] | None = None
) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Bring names to one spelling (spaces; the case of known ones) and sort them, codes following."""
    spelt = [" ".join(name.split()) for name in names]
    if known is not None:
        spelt = [known.get(name.casefold(), name) for name in spelt]
    ordered = tuple(sorted(set(spelt)))
    position = np.array([ordered.index(name) for name in spelt] or [0], dtype=np.int32)
    return position[codes], ordered


def _find_faults(columns: StreetColumns, month: NDArray[np.int32], name_month: int | None) -> NDArray[np.uint8]:
    """Give the first fault of each row's month and coordinates as its place in `REASONS`; 0 for none."""
    lon, lat = columns.lon, columns.lat
    west, south, east, north = crs.GREAT_BRITAIN
    has_lon, has_lat = ~np.isnan(lon), ~np.isnan(lat)
    located = has_lon & has_lat
    inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    reason = np.zeros(len(lon), dtype=np.uint8)
    # From the last reason to the first, so that the first one stays.
    reason[located & ~inside] = 9
    reason[located & (lat >= west) & (lat <= east) & (lon >= south) & (lon <= north)] = 8
    reason[located & (lon == 0) & (lat == 0)] = 7
    reason[has_lon != has_lat] = 5
    reason[columns.not_a_number] = 6
    if name_month is not None:
        reason[month != name_month] = 2
    reason[month < 0] = 1
    return reason


def _list_rejections(columns: StreetColumns, reason: NDArray[np.uint8]) -> tuple[Rejection, ...]:
    faulty = np.flatnonzero((reason > 0) & ~columns.blank)
    found = []
    for code in np.unique(reason[faulty]):
        those = faulty[reason[faulty] == code]
        found.append(Rejection(REASONS[code], len(those), int(columns.row[those[0]])))
    for cause in sorted({item.reason for item in columns.broken}):
        broken = [item for item in columns.broken if item.reason == cause]
        found.append(Rejection(cause, sum(item.lines for item in broken), min(item.row for item in broken)))
    return tuple(sorted(found, key=lambda item: (-item.rows, item.first_row)))


def _refuse_if_mostly_bad(file: SourceFile, rejected: Sequence[Rejection], rows_read: int) -> None:
    bad = sum(item.rows for item in rejected)
    if bad > _REFUSED_SHARE * rows_read:
        main = rejected[0]
        raise InputError(
            f"{file.label} is refused because {bad:,} of its {rows_read:,} rows cannot be used, {main.rows:,} of them "
            f"because “{main.reason}” (first in row {main.first_row:,}); correct the file and load it again."
        )


def _count_unknown_types(incidents: Sequence[Incidents]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for item in incidents:
        unknown = [code for code, name in enumerate(item.types) if not is_known_type(name)]
        if unknown:
            rows = np.bincount(item.crime_type, minlength=len(item.types))
            counts.update({item.types[code]: int(rows[code]) for code in unknown if rows[code]})
    return dict(sorted(counts.items()))
