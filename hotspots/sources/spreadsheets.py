"""Rows of cells from a CSV file or an Excel workbook, as text, and cells that no spreadsheet executes."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

from hotspots.errors import InputError
from hotspots.sources.text import to_utf8

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*ref="([A-Z0-9:]+)"')
_ELEMENT = re.compile(rb"<[A-Za-z_]")
_PROLOGUE = 65_536
_MAX_CELL = 32_767
_MOST_RATIO, _RATIO_MATTERS_ABOVE, _MOST_UNPACKED = 100, 100_000_000, 1_000_000_000
"""A workbook of many rows shrinks about tenfold; one that shrinks more than this was made to fill memory."""


def neutralise_cell(text: str) -> str:
    """Return a cell that a spreadsheet takes as text, never as a formula; :func:`restore_cell` takes it back.

    An apostrophe is put before what begins like a formula (OWASP, CSV injection), and before apostrophes that stand
    before such a beginning, so that reading the file gives exactly what was written.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def restore_cell(text: str) -> str:
    """Take back the apostrophe of :func:`neutralise_cell`."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def read_rows(path: Path, data: bytes) -> Iterator[list[str]]:
    """Give the rows of a CSV file or of an Excel workbook's first sheet, heading first, blank rows included.

    Parameters
    ----------
    path
        The file, for messages.
    data
        Its bytes.

    Raises
    ------
    InputError
        If it is neither, is damaged, or has formulae or merged cells; the message names the first of them.
    """
    if data.startswith(_OLD_EXCEL):
        raise InputError(f"{path} is an old Excel file (.xls); save it as .xlsx or CSV.")
    return _read_excel(path, data) if data.startswith(_ZIP) else _read_csv(path, data)


def _read_csv(path: Path, data: bytes) -> Iterator[list[str]]:
    text, _notes = to_utf8(data)
    if text is None and path.suffix.lower() == ".xlsx":
        raise InputError(f"{path} is not an Excel workbook, whatever its name says; save it again as .xlsx or CSV.")
    if text is None:
        raise InputError(f"{path} is not a text file; give a CSV file or an Excel workbook (.xlsx).")
    rows = 0
    try:
        for cells in csv.reader(io.StringIO(text.decode(), newline=""), strict=True):
            rows += 1
            yield cells
    except csv.Error as error:
        raise InputError(
            f"{path}, row {rows + 1:,}: it cannot be read as comma-separated values ({error}); check its quotation "
            "marks."
        ) from None


def _read_excel(path: Path, data: bytes) -> Iterator[list[str]]:
    # openpyxl takes a third of a second to load, which a CSV file should not wait for.
    import openpyxl  # noqa: PLC0415 - see above
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415 - see above

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            large = sum(member.file_size for member in archive.infolist())
            if large > min(max(_MOST_RATIO * len(data), _RATIO_MATTERS_ABOVE), _MOST_UNPACKED):
                raise InputError(f"{path} unpacks to {large // 1_000_000:,} MB, far more than a workbook should.")
            _refuse_declarations(path, archive)
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False)
            sheet = next((one for one in book.worksheets if one.sheet_state == "visible"), None)
            if sheet is None:
                raise InputError(f"{path} has no sheet that can be seen; give one with a heading and rows.")
            member: str = vars(sheet)["_worksheet_path"]  # openpyxl tells it nowhere else
            _refuse_merged(path, sheet.title, archive, member)
        sheet.reset_dimensions()
        for row, cells in enumerate(sheet.iter_rows(), start=1):
            yield [_text(path, row, place, cell) for place, cell in enumerate(cells)]
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        InvalidFileException,
        KeyError,
        ValueError,
        OSError,
        SyntaxError,
    ) as error:
        raise InputError(
            f"{path} is not an Excel workbook that can be read ({error}); save it again, or as CSV."
        ) from None


def _refuse_declarations(path: Path, archive: zipfile.ZipFile) -> None:
    """Refuse parts that declare entities, by which a small file may swell or point to another; no workbook has any."""
    for member in archive.infolist():
        if not member.filename.casefold().endswith((".xml", ".rels")):
            continue
        with archive.open(member) as stream:
            start = stream.read(_PROLOGUE)
        begins = _ELEMENT.search(start)
        if b"\0" in start or (start.strip() and begins is None) or b"<!" in start[: begins.start() if begins else 0]:
            raise InputError(
                f"{path} holds a part that no spreadsheet program writes ({member.filename[:80]}); save it again."
            )


def _refuse_merged(path: Path, sheet: str, archive: zipfile.ZipFile, member: str) -> None:
    tail = b""
    with archive.open(member.lstrip("/")) as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            if found := _MERGED.search(tail + block):
                raise InputError(
                    f"{path}, sheet {sheet}: the cells {found[1].decode()} are merged; unmerge them, so that each row "
                    "stands for itself."
                )
            tail = block[-200:]


def _text(path: Path, row: int, place: int, cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        raise InputError(
            f"{path}, row {row:,}, column {_letter(place)}: the cell holds a formula ({str(value)[:40]}); replace it "
            "by its value (copy, paste values)."
        )
    match value:
        case bool():
            return "true" if value else "false"
        case dt.datetime() | dt.date():
            return value.isoformat()
        case float():
            return f"{value:.12g}" if abs(value) < 1e12 else repr(value)  # noqa: PLR2004 - beyond it figures are lost
    return str(value)[:_MAX_CELL]


def _letter(place: int) -> str:
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(65 + rest) + name
    return name
