"""Activities as CSV or Excel, operations as JSON documents; importing them gives the same records back."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from hotspots.errors import InputError, StoreError
from hotspots.record_values import number, to_values
from hotspots.sources.activities import ALL_COLUMNS
from hotspots.sources.operation_documents import FORMAT, VERSION
from hotspots.sources.spreadsheets import neutralise_cell
from hotspots.store.ledger import (
    ActivityFilter,
    check_export,
    find_operation,
    list_activities,
    list_milestones,
    list_targets,
    list_windows,
)
from hotspots.whole_files import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from hotspots.schemas_ledger import Stored
    from hotspots.store.ledger import Ledger


_SHEET_ROWS = 1_048_575
"""Rows of an Excel sheet below its heading."""
_EXACT_DIGITS = 12
"""Digits that a number in a sheet keeps when it is read back."""
_WIDTHS = {"note": 50, "source": 30, "partner": 22, "place": 22}
"""Characters that a column is wide, where not as the others."""


def export_csv(ledger: Ledger, operation: str = "") -> Iterator[str]:
    """Give activities as lines of CSV that import back to the same records; no cell is a formula.

    Parameters
    ----------
    ledger
        The open ledger.
    operation
        Code, name or brand; empty for all operations.

    Raises
    ------
    UnknownNameError
        If there is no such operation.
    AccessError
        If whoever holds the ledger may not take these records out.
    """
    code = find_operation(ledger, operation).record if operation else ""
    check_export(ledger, code, form="csv")
    return _write_csv(ledger, code)


def _write_csv(ledger: Ledger, code: str) -> Iterator[str]:
    rows, _total = list_activities(ledger, ActivityFilter(operation=code), limit=None)
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(ALL_COLUMNS)
    for place, row in enumerate(reversed(rows), start=1):
        writer.writerow(_cells(row))
        if place % 1_000 == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def export_excel(ledger: Ledger, operation: str = "") -> bytes:
    """Make an Excel workbook (.xlsx) of activities, with the columns of `export_csv`; it imports back the same.

    Known days are dates and quantities are numbers, so that a spreadsheet sorts and adds them. A date that is known to
    the month or year only is text, because a spreadsheet would make a day of it.

    Parameters
    ----------
    ledger
        The open ledger.
    operation
        Code, name or brand; empty for all operations.

    Raises
    ------
    UnknownNameError
        If there is no such operation.
    AccessError
        If whoever holds the ledger may not take these records out.
    InputError
        If there are more activities than a sheet has rows.
    """
    # Excel is asked for seldom, and a CSV file should not wait for it.
    from openpyxl import Workbook  # noqa: PLC0415 - heavy, needed for a workbook only
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - heavy, needed for a workbook only
    from openpyxl.utils import get_column_letter  # noqa: PLC0415 - heavy, needed for a workbook only

    code = find_operation(ledger, operation).record if operation else ""
    check_export(ledger, code, form="xlsx")
    rows, total = list_activities(ledger, ActivityFilter(operation=code), limit=None)
    if total > _SHEET_ROWS:
        raise InputError(
            f"An Excel sheet holds {_SHEET_ROWS:,} activities and there are {total:,}; export one operation, or CSV."
        )
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Activities")
    sheet.freeze_panes = "A2"
    for place, name in enumerate(ALL_COLUMNS, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = _WIDTHS.get(name, 14)

    def put(value: Any) -> Any:
        """Style a cell only where a bare value would be taken for something else: a cell of its own takes time."""
        if isinstance(value, str) and value[:1] != "#":
            return value or None
        cell = WriteOnlyCell(sheet, value)
        if isinstance(value, str):
            cell.data_type = "s"  # #N/A and the like would be errors
        else:
            cell.number_format = "dd/mm/yyyy"
        return cell

    sheet.append(ALL_COLUMNS)
    for row in reversed(rows):
        day = row.value.date
        typed: dict[str, Any] = {"quantity": number(row.value.quantity), "version": row.version}
        if len(row.value.quantity.normalize().as_tuple().digits) > _EXACT_DIGITS:
            del typed["quantity"]  # text keeps what a spreadsheet's numbers would round
        if day.precision == "day":
            typed["date"] = put(day.first)
        texts = zip(ALL_COLUMNS, _cells(row), strict=True)
        sheet.append([typed[name] if name in typed else put(text) for name, text in texts])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _cells(row: Stored[Any]) -> list[str]:
    value = row.value
    cells = {
        "operation": value.operation,
        "date": value.date.format(),
        "kind": value.kind,
        "quantity": str(number(value.quantity)),
        "unit": value.unit,
        "phase": value.phase.value if value.phase else "",
        "partner": value.partner,
        "ward_code": value.ward_code,
        "note": value.note,
        "source": value.source,
        "place": value.place,
        "at_least": "true" if value.at_least else "",
        "reference": row.record,
        "version": str(row.version),
    }
    return [neutralise_cell(cells[name]) for name in ALL_COLUMNS]


def export_document(ledger: Ledger, operation: str) -> dict[str, Any]:
    """Make the JSON document of an operation; it imports back to the same records.

    Raises
    ------
    UnknownNameError
        If there is no such operation.
    AccessError
        If whoever holds the ledger may not take these records out.
    """
    found = find_operation(ledger, operation)
    check_export(ledger, found.record, form="json")
    rows, _total = list_activities(ledger, ActivityFilter(operation=found.record), limit=None)
    return {
        "format": FORMAT,
        "version": VERSION,
        "operation": _record(found),
        "phases": [_record(one) for one in list_windows(ledger, found.record)],
        "targets": [_record(one) for one in list_targets(ledger, found.record)],
        "milestones": [_record(one) for one in list_milestones(ledger, found.record)],
        "activities": [_record(one) for one in reversed(rows)],
    }


def _record(stored: Stored[Any]) -> dict[str, Any]:
    values = {name: value for name, value in to_values(stored.value).items() if name != "operation"}
    return {"reference": stored.record, "version": stored.version, **values}


def write_text(path: Path, lines: Iterator[str]) -> None:
    """Write text to a file whole, or not at all.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    write_bytes(path, (line.encode() for line in lines))


def write_bytes(path: Path, parts: Iterable[bytes]) -> None:
    """Write a file whole, or not at all.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    try:
        write_whole(path, parts)
    except OSError as error:
        raise StoreError(f"{path} cannot be written ({error.strerror}); choose another place for --out.") from None


def write_document(document: Mapping[str, Any]) -> str:
    """Write a JSON document as text."""
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)
