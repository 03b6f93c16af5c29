"""Harm weights: days of the Cambridge Crime Harm Index for each crime type, or a force's own table.

The index weighs an offence by the days of imprisonment that sentencing guidelines set for it when a first offender
commits it (Sherman, Neyroud & Neyroud 2016, Policing 10(3), 171-183). Anti-social behaviour is not a notifiable
offence and has no value in the index; the embedded table gives it 0 days, so that it counts in rates and not in harm.
"""

from __future__ import annotations

import csv
import difflib
import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hotspots.errors import InputError, UnknownNameError
from hotspots.settings import EMBEDDED_HARM
from hotspots.terms import CRIME_TYPES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hotspots.settings import Settings

_KNOWN = {crime_type.name.casefold(): crime_type.name for crime_type in CRIME_TYPES}
MAX_DAYS = 36_525.0
"""A hundred years: the largest weight that can be meant."""
NEAR = 0.85
"""From this likeness on (difflib ratio) a name that police.uk does not publish is taken for a slip."""


@dataclass(frozen=True)
class Harm:
    """Harm weights.

    Attributes
    ----------
    days
        Days for one incident, by crime type as police.uk writes it; every published type has one.
    source, note
        What the interface says about them.
    """

    days: Mapping[str, float]
    source: str
    note: str


def read_harm(settings: Settings) -> Harm:
    """Read the harm weights.

    Parameters
    ----------
    settings
        `harm_file` names the force's own table; the embedded one is read when it is None.

    Returns
    -------
    Harm
        With a weight for each type that police.uk publishes, and for any other the table names.

    Raises
    ------
    InputError
        If the table lacks a column or a type, or a weight is not a number of days; the message names file and row.

    Notes
    -----
    A table is a CSV file with the columns ``crime_type`` and ``days``; others are not read. Lines that begin with
    ``# Source:`` and ``# Note:`` are shown in the interface.
    """
    path = settings.harm_file or EMBEDDED_HARM
    rows, about = _read_rows(path)
    days = _parse_days(path.name, rows)
    missing = [crime_type.name for crime_type in CRIME_TYPES if crime_type.name not in days]
    if missing:
        raise InputError(
            f"{path.name} gives no days for {', '.join(missing)}; add a row for each, with 0 where it weighs nothing."
        )
    if not any(days.values()):
        raise InputError(f"{path.name} gives every type 0 days; give at least one type a weight above 0.")
    return Harm(
        days=days,
        source=about.get("source") or f"The force's own harm weights ({path.name})",
        note=about.get("note", ""),
    )


def _read_rows(path: Path) -> tuple[list[tuple[int, list[str]]], dict[str, str]]:
    """Return the rows with their row numbers, and what the comment lines say."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}); check that it is there and may be opened."
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is not text in UTF-8; save it as “CSV UTF-8”.") from error
    rows: list[tuple[int, list[str]]] = []
    about: dict[str, str] = {}
    reader = csv.reader(io.StringIO(text, newline=""))
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return rows, about
        except csv.Error as error:
            raise InputError(
                f"{path.name}, row {reader.line_num} is not CSV ({error}); save the table as CSV."
            ) from error
        cells = [cell.strip() for cell in cells]
        if cells and cells[0].startswith("#"):
            # A sheet program puts a comment with commas in quotation marks, or spreads it over cells.
            label, _, words = ", ".join(cell for cell in cells if cell).lstrip("# ").partition(":")
            about[label.strip().casefold()] = words.strip()
        elif any(cells):
            rows.append((reader.line_num, cells))


def _parse_days(file: str, rows: list[tuple[int, list[str]]]) -> dict[str, float]:
    header = [cell.casefold() for cell in rows[0][1]] if rows else []
    for column in ("crime_type", "days"):
        if column not in header:
            found = ", ".join(header[:12]) or "none"
            raise InputError(f"{file} has no column “{column}” (found: {found}); its header must be crime_type,days.")
    type_cell, days_cell = header.index("crime_type"), header.index("days")
    days: dict[str, float] = {}
    for row, cells in rows[1:]:
        if len(cells) <= max(type_cell, days_cell):
            raise InputError(f"{file}, row {row} has too few cells; each row needs a crime type and its days.")
        name = _parse_type(file, row, cells[type_cell])
        if name in days:
            raise InputError(f"{file}, row {row} gives days for {name} a second time; keep one row for each type.")
        try:
            value = float(cells[days_cell].replace(",", ""))
        except ValueError:
            value = math.nan
        if not 0 <= value <= MAX_DAYS:
            raise InputError(
                f"{file}, row {row}: “{cells[days_cell]}” is not a number of days for {name}; "
                f"give a number from 0 to {MAX_DAYS:,.0f}."
            )
        days[name] = value
    return days


def _parse_type(file: str, row: int, text: str) -> str:
    if not text:
        raise InputError(f"{file}, row {row} names no crime type; fill it in or delete the row.")
    known = _KNOWN.get(text.casefold())
    if known:
        return known
    if difflib.get_close_matches(text.casefold(), _KNOWN, n=1, cutoff=NEAR):
        # So near a published type that it must be a slip; a type of the force's own is kept.
        raise UnknownNameError(f"crime type (row {row} of {file})", text, _KNOWN.values())
    return text
