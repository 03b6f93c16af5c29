"""Residents of areas from a CSV table, joined by code and never by name: two wards may share a name."""

from __future__ import annotations

import csv
import io
import math
import re
from typing import TYPE_CHECKING

from hotspots.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

_ONS_CODE = re.compile(r"[EWSNK]\d{8}")
TOTALS = (
    "all_ages", "allages", "all_persons", "population", "total_population", "total", "persons", "residents",
    "usual_residents", "all_usual_residents", "observation", "obs_value",
)  # fmt: skip
"""Headings under which published tables give all residents, most exact first."""
MAX_RESIDENTS = 100_000_000


def read_population(path: Path, *, codes: Collection[str] | None = None, column: str | None = None) -> dict[str, float]:
    """Read residents by area code.

    Parameters
    ----------
    path
        A CSV file with one row an area. The code column is the one that holds most of `codes` (without them, most ONS
        codes); the total is found by its heading, see `TOTALS`.
    codes
        Codes of the areas that the figures are for.
    column
        Heading of the total, where it has another.

    Returns
    -------
    dict
        Residents by code, in the order of the file; an area whose cell is empty is left out.

    Raises
    ------
    InputError
        If no column holds the codes, the total cannot be told, a figure is not a number of people, or two rows give
        one code different figures; the message names file and row.
    """
    header, rows = _read_table(path)
    code_cell = _find_codes(path.name, header, rows, codes)
    total_cell = _find_total(path.name, header, rows, column, code_cell)
    residents: dict[str, float] = {}
    for line, cells in rows:
        code, figure = cells[code_cell], cells[total_cell]
        if not code or not figure:
            continue
        number = _parse_number(figure)
        if number is None or not 0 <= number <= MAX_RESIDENTS:
            raise InputError(
                f"{path.name}, row {line}: “{figure}” in the column {header[total_cell]} is not a number of residents; "
                "correct it, or leave it empty where it is unknown."
            )
        if residents.setdefault(code, number) != number:
            raise InputError(
                f"{path.name}, row {line} gives {code} {number:,.0f} residents after {residents[code]:,.0f} above; "
                "keep one row with the total of each area."
            )
    return residents


def _read_table(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); give a CSV table of residents by code.") from error
    if b"\x00" in content or content.startswith(b"PK"):
        raise InputError(f"{path.name} is not a CSV table; save the sheet with residents by code as “CSV UTF-8”.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")  # names alone hold such letters, and names are not read
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        filled = [
            (reader.line_num, [cell.strip() for cell in cells])
            for cells in reader
            if any(cell.strip() for cell in cells)
        ]
    except csv.Error as error:
        raise InputError(f"{path.name}, row {reader.line_num} is not CSV ({error}); save the table as CSV.") from error
    if len(filled) < 2:  # noqa: PLR2004 - a header and one row
        raise InputError(f"{path.name} holds no rows; give a CSV table of residents by code, with a header.")
    header = filled[0][1]
    for line, cells in filled[1:]:
        if len(cells) != len(header):
            raise InputError(
                f"{path.name}, row {line} has {len(cells)} cells where the header has {len(header)}; correct the row."
            )
    return header, filled[1:]


def _find_codes(file: str, header: list[str], rows: list[tuple[int, list[str]]], codes: Collection[str] | None) -> int:
    def found(position: int) -> int:
        values = {cells[position] for _, cells in rows}
        if codes is not None:
            return len(values.intersection(codes))
        return sum(_ONS_CODE.fullmatch(value) is not None for value in values)

    hits = [found(position) for position in range(len(header))]
    best = max(range(len(header)), key=hits.__getitem__)
    if hits[best] == 0:
        whose = "of the areas" if codes is not None else "such as E05009096"
        raise InputError(
            f"{file} has no column with the codes {whose} (its columns: {_shorten(header)}); "
            "give residents by the same codes as the boundaries."
        )
    return best


def _find_total(
    file: str, header: list[str], rows: list[tuple[int, list[str]]], column: str | None, code_cell: int
) -> int:
    if column is not None:
        if column not in header:
            raise UnknownNameError(f"column in {file}", column, header)
        return header.index(column)
    folded = [re.sub(r"[^a-z0-9]+", "_", heading.casefold()).strip("_") for heading in header]
    for name in TOTALS:
        if name in folded:
            return folded.index(name)
    numeric = [
        position
        for position in range(len(header))
        if position != code_cell
        and all(not cells[position] or _parse_number(cells[position]) is not None for _, cells in rows)
    ]
    if len(numeric) == 1:
        return numeric[0]
    raise InputError(
        f"{file} does not say which column holds all residents (its columns: {_shorten(header)}); head it “population”."
    )


def _parse_number(text: str) -> float | None:
    try:
        number = float(text.replace(",", "").replace(" ", ""))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _shorten(header: list[str]) -> str:
    return ", ".join(header[:8]) + (", …" if len(header) > 8 else "")  # noqa: PLR2004 - as many as still read well
