"""A panel from a CSV file: one row a unit and month, with outcomes, who was treated, and covariates.

Nothing is dropped silently: a row that cannot be read, a unit without some month, a row that stands twice and a
covariate that is missing are each refused in a sentence that names the row. A month that no unit has is unknown and
stays so.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import TYPE_CHECKING, NotRequired, TypedDict

import numpy as np

from hotspots.errors import InputError, UnknownNameError
from hotspots.months import list_months, name_month, parse_month

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_TRUE = {"1", "true", "yes", "y", "t", "1.0"}
_FALSE = {"0", "false", "no", "n", "f", "0.0", ""}
_ISO_MONTH, _ISO_DAY = 7, 10


class PanelColumns(TypedDict):
    """Which column of a panel file is what; see :func:`read_panel`."""

    unit: str
    month: str
    treated: str
    outcomes: tuple[str, ...]
    covariates: NotRequired[tuple[str, ...]]
    next_door: NotRequired[str]
    max_bytes: NotRequired[int | None]


@dataclass(frozen=True, eq=False)
class PanelTable:
    """A panel as a file holds it.

    Attributes
    ----------
    units
        In the order of the file. Length u.
    months
        Months since January 1970, ascending. Shape (t,).
    outcomes
        Names of the outcomes. Length o.
    counts
        Shape (o, u, t).
    treated
        Whether a unit is treated in any month. Shape (u,).
    covariates
        Mean over the months before the start. Shape (u, k).
    next_door
        Units to which crime may have moved. Shape (u,).
    rows
        Rows of the file, without its header.
    """

    units: tuple[str, ...]
    months: NDArray[np.int64]
    outcomes: tuple[str, ...]
    counts: NDArray[np.float64]
    treated: NDArray[np.bool_]
    covariates: NDArray[np.float64]
    next_door: NDArray[np.bool_]
    rows: int


def read_panel(
    path: Path,
    *,
    unit: str,
    month: str,
    treated: str,
    outcomes: tuple[str, ...],
    start: int,
    covariates: tuple[str, ...] = (),
    next_door: str = "",
    max_bytes: int | None = None,
) -> PanelTable:
    """Read a panel.

    Parameters
    ----------
    path
        CSV with a header, in UTF-8.
    unit, month, treated
        Its columns: any text; ``YYYY-MM`` or ``YYYY-MM-DD``; yes or no, 1 or 0. A unit is treated in all of its rows,
        or in those from the start on.
    outcomes
        Columns of amounts of zero or more.
    start
        First month of the treatment (months since January 1970).
    covariates
        Columns of numbers.
    next_door
        Column that marks units to which crime may have moved; empty for none.
    max_bytes
        Largest file that is read.

    Returns
    -------
    PanelTable

    Raises
    ------
    InputError
        If the file cannot be read or used; the message names the row and says what to do.
    """
    header, rows = _read_rows(path, max_bytes)
    named = [unit, month, treated, *outcomes, *covariates, *([next_door] if next_door else [])]
    for name in named:
        if name not in header:
            raise UnknownNameError(f"column in {path.name}", name, header)
    if not outcomes:
        raise InputError("No outcome is named; name at least one column of amounts with --outcomes.")
    if len(set(named)) != len(named):
        twice = next(name for name in named if named.count(name) > 1)
        raise InputError(f"The column “{twice}” is named for two purposes; name each once.")
    at = {name: header.index(name) for name in named}
    units: dict[str, int] = {}
    place, when = np.empty(len(rows), dtype=np.int64), np.empty(len(rows), dtype=np.int64)
    marks = np.zeros((2, len(rows)), dtype=bool)
    values = np.empty((len(outcomes) + len(covariates), len(rows)))
    for position, (number, cells) in enumerate(rows):
        where = f"{path.name} row {number}"
        name = cells[at[unit]].strip()
        if not name:
            raise InputError(f"{where} names no unit; fill in “{unit}”.")
        place[position] = units.setdefault(name, len(units))
        when[position] = _month(cells[at[month]], where)
        marks[0, position] = _mark(cells[at[treated]], where, treated)
        marks[1, position] = bool(next_door) and _mark(cells[at[next_door]], where, next_door)
        for column, outcome in enumerate(outcomes):
            values[column, position] = _amount(cells[at[outcome]], where, outcome)
        for column, covariate in enumerate(covariates, start=len(outcomes)):
            values[column, position] = _number(cells[at[covariate]], where, covariate)
    months = np.unique(when)
    names = tuple(units)
    row_of = _lay_out(path.name, names, months, (place, when), rows)
    table = values[:, row_of]
    return PanelTable(
        units=names,
        months=months,
        outcomes=outcomes,
        counts=table[: len(outcomes)],
        treated=_find_treated(path.name, names, marks[0][row_of], months, start),
        covariates=_average(path.name, names, covariates, table[len(outcomes) :], months < start),
        next_door=marks[1][row_of].any(axis=1),
        rows=len(rows),
    )


def _read_rows(path: Path, max_bytes: int | None) -> tuple[list[str], list[tuple[int, list[str]]]]:
    try:
        size = path.stat().st_size
        if max_bytes is not None and size > max_bytes:
            raise InputError(f"{path.name} has {size / 1e6:,.0f} MB; raise HOTSPOTS_MAX_UPLOAD_MB to read it.")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); check its name.") from None
    except UnicodeDecodeError:
        raise InputError(f"{path.name} is not a CSV file in UTF-8; save it as “CSV UTF-8”.") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        rows = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise InputError(f"{path.name} line {reader.line_num} is not CSV ({error}); correct it.") from None
    if not header or not rows:
        raise InputError(f"{path.name} holds no rows; give a CSV with a header and one row for each unit and month.")
    for number, cells in rows:
        if len(cells) != len(header):
            raise InputError(
                f"{path.name} row {number} has {len(cells)} fields where the header has {len(header)}; correct it."
            )
    return header, rows


def _month(text: str, where: str) -> int:
    text = text.strip()
    try:
        if len(text) == _ISO_DAY:
            return parse_month(date.fromisoformat(text).isoformat()[:_ISO_MONTH])
        return parse_month(text)
    except (InputError, ValueError):
        raise InputError(f"{where}: “{text}” is not a month; write year and month as in 2022-01.") from None


def _mark(text: str, where: str, column: str) -> bool:
    folded = text.strip().casefold()
    if folded not in _TRUE | _FALSE:
        raise InputError(f"{where}: “{text}” in “{column}” is neither yes nor no; write 1 or 0.")
    return folded in _TRUE


def _amount(text: str, where: str, column: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not isfinite(value) or value < 0:
        raise InputError(
            f"{where}: “{text.strip()}” in “{column}” is not an amount of zero or more; leave a month that is unknown "
            "out for every unit."
        )
    return value


def _number(text: str, where: str, column: str) -> float:
    if not text.strip():
        return float("nan")
    try:
        value = float(text)
    except ValueError:
        value = float("inf")
    if not isfinite(value):
        raise InputError(f"{where}: “{text.strip()}” in the covariate “{column}” is not a number; correct it.")
    return value


def _lay_out(
    file: str,
    units: tuple[str, ...],
    months: NDArray[np.int64],
    where: tuple[NDArray[np.int64], NDArray[np.int64]],
    rows: list[tuple[int, list[str]]],
) -> NDArray[np.int64]:
    """Return the row of each unit and month; refuse those that stand twice or not at all. Shape (u, t)."""
    place, when = where
    row_of = np.full((len(units), len(months)), -1, dtype=np.int64)
    for position, (unit, column) in enumerate(zip(place, np.searchsorted(months, when), strict=True)):
        if row_of[unit, column] >= 0:
            raise InputError(
                f"{file} rows {rows[row_of[unit, column]][0]} and {rows[position][0]} are both {units[unit]} in "
                f"{name_month(int(months[column]))}; keep one."
            )
        row_of[unit, column] = position
    gaps = row_of < 0
    if gaps.any():
        unit = int(np.argmax(gaps.any(axis=1)))
        more = int(gaps.any(axis=1).sum()) - 1
        others = f", and {more:,} other units have gaps" if more else ""
        raise InputError(
            f"{file} has no row for {units[unit]} in {list_months(months[gaps[unit]].tolist())}{others}; add the rows "
            "(0 where nothing happened), or leave the months out for every unit where they are unknown."
        )
    return row_of


def _find_treated(
    file: str, units: tuple[str, ...], marks: NDArray[np.bool_], months: NDArray[np.int64], start: int
) -> NDArray[np.bool_]:
    treated = marks.any(axis=1)
    always, from_start = marks.all(axis=1), (marks == (months >= start)).all(axis=1)
    odd = treated & ~always & ~from_start
    if odd.any():
        unit = int(np.argmax(odd))
        raise InputError(
            f"{file} marks {units[unit]} as treated in some months and not in others, and not from "
            f"{name_month(start)} on; mark it in all months, or correct the start."
        )
    return np.asarray(treated)


def _average(
    file: str,
    units: tuple[str, ...],
    names: tuple[str, ...],
    values: NDArray[np.float64],
    before: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Average each covariate over the months before the start; refuse what is missing. Shape (u, k)."""
    used = values[:, :, before] if before.any() else values
    for name, table in zip(names, used, strict=True):
        lacking = np.isnan(table).any(axis=1)
        if lacking.any():
            count = int(lacking.sum())
            raise InputError(
                f"{file}: the covariate “{name}” is missing for {count:,} unit{'' if count == 1 else 's'}, the first "
                f"{units[int(np.argmax(lacking))]}; fill it in, or leave the covariate out."
            )
    return np.asarray(used.mean(axis=2).T)
