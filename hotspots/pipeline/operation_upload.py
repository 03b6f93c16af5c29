"""A file from somebody's own machine on its way into the ledger: its headings, a mapping, a dry run, the import."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hotspots.errors import InputError
from hotspots.pipeline.operation_entry import check_author, safe_name
from hotspots.pipeline.operations import ImportReport, bring_in_activities, bring_in_document, name_operations
from hotspots.record_values import operation_of
from hotspots.sources.activities import ALL_COLUMNS, REQUIRED, read_activities
from hotspots.sources.operation_documents import read_document
from hotspots.sources.spreadsheets import read_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hotspots.activity_kinds import KindTable
    from hotspots.store.ledger import Ledger

_GUESSES = {
    "operation": ("operation", "op", "operation name", "operation code"),
    "date": ("date", "date of activity", "activity date", "day", "when", "month"),
    "kind": ("kind", "activity", "type", "activity type", "kind of activity", "category", "what"),
    "quantity": ("quantity", "number", "count", "how many", "amount", "total", "value", "qty", "no"),
    "unit": ("unit", "units", "unit of measure"),
    "phase": ("phase", "chb phase", "stage"),
    "partner": ("partner", "team", "unit or partner", "agency", "by whom", "department"),
    "ward_code": ("ward code", "ward", "ward ons code", "wd code", "wd20cd"),
    "note": ("note", "notes", "comment", "comments", "detail", "details", "description"),
    "source": ("source", "document", "reference document", "source document", "log"),
    "place": ("place", "location", "where", "address"),
    "at_least": ("at least", "lower bound"),
    "reference": ("reference",),
    "version": ("version",),
}


@dataclass(frozen=True)
class UploadedFile:
    """A file that was opened but not yet read.

    Attributes
    ----------
    name, data
        Its name without any folder, and its bytes.
    document
        True for the JSON document of an operation, which has no columns.
    headings
        The names of its columns, as it writes them.
    guess
        Which of its columns is probably which of ours.
    """

    name: str
    data: bytes
    document: bool
    headings: tuple[str, ...]
    guess: Mapping[str, str]


def open_upload(name: str, data: bytes, *, limit: int) -> UploadedFile:
    """Open a file: tell what it is by its content, and read its headings.

    Raises
    ------
    InputError
        If it is too large, empty, or neither a table nor a document.
    """
    name = safe_name(name)
    if len(data) > limit:
        raise InputError(f"{name} is larger than {limit // 1_000_000:,} MB; split it, or set HOTSPOTS_PAGE_UPLOAD_MB.")
    if not data.strip():
        raise InputError(f"{name} is empty; give a heading ({', '.join(REQUIRED)} …) and rows.")
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return UploadedFile(name, data, True, (), {})
    heading = next(read_rows(Path(name), data), [])
    headings = tuple(dict.fromkeys(cell.strip() for cell in heading if cell.strip()))
    if not headings:
        raise InputError(f"{name} has no headings in its first row; name its columns there.")
    return UploadedFile(name, data, False, headings, guess_columns(headings))


def guess_columns(headings: tuple[str, ...]) -> dict[str, str]:
    """Guess which heading is which column of ours, each heading once."""
    plain = {_plain(heading): heading for heading in headings}
    guess: dict[str, str] = {}
    for ours in ALL_COLUMNS:
        for name in (ours.replace("_", " "), *_GUESSES.get(ours, ())):
            if name in plain and plain[name] not in guess.values():
                guess[ours] = plain[name]
                break
    return guess


def import_upload(
    ledger: Ledger,
    kinds: KindTable,
    file: UploadedFile,
    *,
    by: str,
    columns: Mapping[str, str],
    operation: str,
    keep_good: bool = False,
    dry_run: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
) -> ImportReport:
    """Bring a file into the ledger, or only say what that would do.

    Parameters
    ----------
    ledger, kinds
        The open ledger, and the kinds in force.
    file
        From :func:`open_upload`.
    by
        Who imports.
    columns
        The file's heading for each of our columns; those that are left out are not read.
    operation
        Code of the operation to which all rows belong when the file has no column for it.
    keep_good
        Keep the good rows though others have problems; by default any problem stops all.
    dry_run
        Only say what would be done.
    progress
        Called with a label, rows done and rows in all (0 when unknown).

    Raises
    ------
    InputError
        If the file as a whole cannot be used.
    StoreError
        If the database fails; nothing is kept then.
    """
    author = check_author(by) if not dry_run else "dry run"
    if file.document:
        document = read_document(Path(file.name), file.data, kinds)
        parts = document.document
        code = operation_of(parts.operation.value)
        if operation and code != operation:
            raise InputError(
                f"{file.name} is about {code}, and this page about {operation}; open that operation first."
            )
        return bring_in_document(
            ledger, document, file.name, by=author, keep_good=keep_good, dry_run=dry_run, progress=progress
        )
    _check_mapping(file, columns)
    operation_here = "" if "operation" in columns else operation
    table, chosen = _prepare_table(file, columns, operation_here)
    names = name_operations(ledger)
    read = read_activities(Path(file.name), table, kinds, names, columns=chosen, progress=progress)
    return bring_in_activities(
        ledger,
        read,
        file.name,
        by=author,
        sha256=hashlib.sha256(file.data).hexdigest(),
        keep_good=keep_good,
        dry_run=dry_run,
        progress=progress,
    )


def _check_mapping(file: UploadedFile, columns: Mapping[str, str]) -> None:
    absent = [name for name in REQUIRED if name not in columns and name != "operation"]
    if absent:
        raise InputError(f"Say which column of {file.name} holds the {' and the '.join(absent)}.")
    headings = list(columns.values())
    twice = next((heading for heading in headings if headings.count(heading) > 1), None)
    if twice is not None:
        raise InputError(f"The column “{twice}” is chosen twice; each column of the file is one of ours.")


def _prepare_table(file: UploadedFile, columns: Mapping[str, str], operation: str) -> tuple[bytes, dict[str, str]]:
    """Put the operation into each row when the file does not name it, and set aside what was not chosen.

    A column that is called like one of ours but was not chosen would be read all the same, so it gets another name.
    """
    chosen = dict(columns)
    unread = {ours for ours in ALL_COLUMNS if ours not in chosen} - ({"operation"} if operation else set())
    aside = {heading for heading in file.headings if _plain(heading).replace(" ", "_") in unread}
    aside -= set(chosen.values())
    if not operation and not aside:
        return file.data, chosen
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    rows = read_rows(Path(file.name), file.data)
    heading = [f"{cell.strip()} (set aside)" if cell.strip() in aside else cell for cell in next(rows)]
    own = "operation"
    if operation:
        heading = [f"{cell} (of the file)" if _plain(cell) == own else cell for cell in heading]
        chosen[own] = own
    writer.writerow([own, *heading] if operation else heading)
    for cells in rows:
        if any(cells):
            writer.writerow([operation, *cells] if operation else cells)
        else:
            buffer.write("\r\n")  # keeps the numbers of the rows below
    return buffer.getvalue().encode(), chosen


def _plain(heading: str) -> str:
    return " ".join(heading.replace("_", " ").replace("-", " ").casefold().split())
