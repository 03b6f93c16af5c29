"""Activities from a CSV file or an Excel workbook: every fault named by row and column, none guessed away."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from hotspots.activity_kinds import read_quantity
from hotspots.errors import InputError, UnknownNameError
from hotspots.record_dates import parse_record_date
from hotspots.record_values import read_phase
from hotspots.schemas_ledger import Activity, Incoming, Origin, RowProblem
from hotspots.sources.spreadsheets import read_rows, restore_cell

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from decimal import Decimal
    from pathlib import Path

    from hotspots.activity_kinds import Kind, KindTable
    from hotspots.record_dates import RecordDate

T = TypeVar("T")
COLUMNS = ("operation", "date", "kind", "quantity", "unit", "phase", "partner", "ward_code", "note", "source")
"""Columns of an import, in the order of an export."""
REQUIRED = COLUMNS[:4]
FURTHER = ("place", "at_least", "reference", "version")
"""Columns that an export adds, so that reading it back changes nothing."""
ALL_COLUMNS = COLUMNS + FURTHER
_TRUE = {"true", "yes", "y", "1"}
_FALSE = {"false", "no", "n", "0"}
_MAX_REFERENCE = 64


@dataclass(frozen=True)
class ActivityFile:
    """What a file says.

    Attributes
    ----------
    name, sha256
        The file and its fingerprint, for the audit log.
    rows
        Activities of the rows that can be used.
    rows_read
        Rows under the heading, blank ones left out.
    problems
        What is wrong with the others, in the order of the file.
    notes
        What a person should know, such as columns that were not read.
    """

    name: str
    sha256: str
    rows: tuple[Incoming[Activity], ...]
    rows_read: int
    problems: tuple[RowProblem, ...]
    notes: tuple[str, ...]


def read_activities(
    path: Path,
    data: bytes,
    kinds: KindTable,
    operations: Mapping[str, str],
    *,
    columns: Mapping[str, str] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> ActivityFile:
    """Read activities.

    Parameters
    ----------
    path, data
        The file, and its bytes.
    kinds
        The kinds in force.
    operations
        Code of an operation by each of its names in lower case.
    columns
        What the file calls a column of ours, where it differs: ``{"date": "Date of activity"}``.
    progress
        Called with a label, rows done, and 0 because a file does not say how many it has.

    Raises
    ------
    InputError
        If the file as a whole cannot be used: no text or workbook, columns missing, formulae, merged cells.
    """
    rows = read_rows(path, data)
    heading = next(rows, None)
    if heading is None or not any(heading):
        raise InputError(f"{path} is empty; give a heading ({', '.join(REQUIRED)} …) and rows.")
    places, notes = _find_columns(path, heading, columns or {})
    reader = _RowReader(places, len(heading), kinds, operations)
    read = 0
    for number, cells in enumerate(rows, start=2):
        if any(cells):
            read += 1
            reader.read(number, cells)
        if progress is not None and number % 5_000 == 0:
            progress("Reading", number, 0)
    if not read:
        raise InputError(f"{path} has a heading but no rows; add one row for each activity.")
    return ActivityFile(
        name=path.name,
        sha256=hashlib.sha256(data).hexdigest(),
        rows=tuple(reader.rows),
        rows_read=read,
        problems=tuple(reader.problems),
        notes=notes,
    )


def _find_columns(
    path: Path, heading: Sequence[str], columns: Mapping[str, str]
) -> tuple[dict[str, int], tuple[str, ...]]:
    """Say in which place each of our columns stands."""
    names = [_normal(name) for name in heading]
    for ours in columns:
        if ours not in ALL_COLUMNS:
            raise UnknownNameError("column of an import", ours, ALL_COLUMNS)
    wanted = {name: _normal(columns.get(name, name)) for name in ALL_COLUMNS}
    twice = next((name for name in wanted.values() if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"{path} has the column “{twice}” twice; keep one of them.")
    places = {ours: names.index(name) for ours, name in wanted.items() if name in names}
    absent = [columns.get(name, name) for name in (*REQUIRED, *columns) if name not in places]
    if absent:
        if len(heading) == 1 and any(mark in heading[0] for mark in ";\t|"):
            raise InputError(f"{path} does not separate its columns with commas; save it as comma-separated (CSV).")
        raise InputError(
            f"{path} has no column {' or '.join(f'“{name}”' for name in dict.fromkeys(absent))} (it has "
            f"{', '.join(name.strip() for name in heading if name.strip())[:200]}); rename it, or say which it is with "
            "--column date=“Date of activity”."
        )
    unread = [name.strip() for place, name in enumerate(heading) if name.strip() and place not in places.values()]
    return places, (f"Columns that were not read: {', '.join(unread)}.",) if unread else ()


def _normal(name: str) -> str:
    return "_".join(name.replace("-", " ").replace("_", " ").casefold().split())


class _RowReader:
    """Turns rows of cells into activities; each distinct cell is understood once."""

    def __init__(self, places: Mapping[str, int], width: int, kinds: KindTable, operations: Mapping[str, str]) -> None:
        self.rows: list[Incoming[Activity]] = []
        self.problems: list[RowProblem] = []
        self._places = places
        self._width = width
        self._operations = operations
        self._find_kind = lru_cache(maxsize=4_096)(kinds.find)
        self._quantity = lru_cache(maxsize=65_536)(read_quantity)

    def read(self, row: int, cells: list[str]) -> None:
        """Read one row, or say everything that is wrong with it."""
        if len(cells) > self._width and any(cells[self._width :]):
            self._say(
                row,
                "",
                f"it has {len(cells)} cells where the heading has {self._width}; put text with commas in quotation "
                "marks.",
            )
            return
        width = len(cells)
        cell = {
            name: (restore_cell(cells[place]) if cells[place][:1] == "'" else cells[place]).strip()
            for name, place in self._places.items()
            if place < width
        }
        before = len(self.problems)
        operation = self._parse(row, "operation", self._operation, cell.get("operation", ""))
        when: RecordDate | None = self._parse(row, "date", _parse_date, cell.get("date", ""))
        kind: Kind | None = self._parse(row, "kind", self._kind, cell.get("kind", ""))
        amount = self._amount(row, kind, cell) if kind is not None else None
        phase = self._parse_given(row, "phase", read_phase, cell)
        at_least = self._parse_given(row, "at_least", _parse_flag, cell)
        reference = self._parse_given(row, "reference", _parse_reference, cell)
        version = self._parse_given(row, "version", _parse_version, cell)
        if len(self.problems) > before or operation is None or when is None or kind is None or amount is None:
            return
        try:
            activity = Activity(
                operation=operation,
                date=when,
                kind=kind.code,
                quantity=amount[0],
                unit=kind.unit,
                at_least=amount[1] or bool(at_least),
                phase=phase,
                phase_chosen=phase is not None,
                partner=cell.get("partner", ""),
                place=cell.get("place", ""),
                ward_code=cell.get("ward_code", "").upper(),
                note=cell.get("note", ""),
                source=cell.get("source", ""),
                origin=Origin.IMPORTED,
            )
        except InputError as error:
            column = next((name for name in ("partner", "place", "note", "source") if f"The {name} " in str(error)), "")
            self._say(row, column or "ward_code", str(error))
            return
        self.rows.append(Incoming(activity, row, reference or "", version))

    def _say(self, row: int, column: str, message: str) -> None:
        self.problems.append(RowProblem(row, column, message))

    def _parse(self, row: int, column: str, function: Callable[[str], T], text: str) -> T | None:
        try:
            return function(text)
        except InputError as error:
            self._say(row, column, str(error))
            return None

    def _parse_given(self, row: int, column: str, function: Callable[[str], T], cell: Mapping[str, str]) -> T | None:
        return self._parse(row, column, function, text) if (text := cell.get(column)) else None

    def _operation(self, text: str) -> str:
        if not text:
            raise InputError("the cell is empty; give the operation's code or name.")
        code = self._operations.get(" ".join(text.casefold().split()))
        if code is None:
            raise UnknownNameError("operation", text[:60], sorted(set(self._operations.values())))
        return code

    def _kind(self, text: str) -> Kind:
        if not text:
            raise InputError("the cell is empty; say what was done, such as arrests.")
        return self._find_kind(text)

    def _amount(self, row: int, kind: Kind, cell: Mapping[str, str]) -> tuple[Decimal, bool] | None:
        unit = cell.get("unit", "")
        try:
            return self._quantity(kind, cell.get("quantity", ""), unit)
        except InputError as error:
            self._say(row, "unit" if "is not a unit of" in str(error) else "quantity", str(error))
            return None


def _parse_date(text: str) -> RecordDate:
    if not text:
        raise InputError("the cell is empty; give a date, or the month or year when that is all that is known.")
    return parse_record_date(text)


def _parse_flag(text: str) -> bool:
    word = text.casefold()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise InputError(f"“{text[:20]}” is neither true nor false; write one of them.")


def _parse_reference(text: str) -> str:
    if len(text) > _MAX_REFERENCE or not all(char.isalnum() or char == "-" for char in text):
        raise InputError(f"“{text[:40]}” is not a reference of a record; leave the cell empty for a new one.")
    return text


def _parse_version(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 1_000_000:  # noqa: PLR2004 - a slip beyond it
        raise InputError(f"“{text[:20]}” is not a version; leave it as it was exported.")
    return int(text)
