"""Guess which column of a force's own table is what, and which crime type of police.uk each of its types is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hotspots import crs
from hotspots.sources.extract_tables import LAT, LON
from hotspots.sources.extract_values import read_day, read_grid_reference, tell_month_first
from hotspots.sources.extracts import Mapping
from hotspots.terms import CRIME_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from hotspots.sources.extract_tables import ExtractTable

SAMPLE = 2_000
"""Rows that a guess looks at."""
_GRID_WIDTH, _GRID_HEIGHT = 700_000, 1_300_000
"""Metres of the British National Grid."""
_ENOUGH = 0.6
"""Share of filled cells that must fit."""
_VEHICLE = (
    r"(theft|taking|taken|stolen|interfer|tamper).*(vehicle|\bcar\b|\bvan\b|motor)"
    r"|vehicle (crime|theft|offen|interf)|\btwoc\b|\bt[fo]mv\b|aggravated vehicle"
)
_VIOLENCE = (
    r"violen|assault|\babh\b|\bgbh\b|wound|murder|homicide|manslaughter|rape|sexual|harass|stalk|threat|kidnap"
    r"|malicious comm|cruelty|battery|exploit"
)
_TYPE_WORDS: tuple[tuple[str, str], ...] = (
    (r"anti.?social|\basb\b|nuisance|rowdy", "Anti-social behaviour"),
    (r"possess.*(weapon|knife|blade|firearm|article)|offensive weapon|bladed|weapons?\b", "Possession of weapons"),
    (r"drug|cannabis|cocaine|heroin|controlled subst|pwits", "Drugs"),
    (r"robbery", "Robbery"),
    (r"burgl", "Burglary"),
    (r"shoplift|theft.*shop", "Shoplifting"),
    (r"(theft|taking|stolen).*(bicycle|pedal|\bcycle|\bbike)|bicycle theft|cycle theft", "Bicycle theft"),
    (_VEHICLE, "Vehicle crime"),
    (r"theft.*from.*person|pickpocket|snatch", "Theft from the person"),
    (r"damage|crim\w*\.? dam|arson|vandal|graffiti", "Criminal damage and arson"),
    (r"public order|affray|riot|violent disorder|alarm or distress|racially or religiously aggravated", "Public order"),
    (_VIOLENCE, "Violence and sexual offences"),
    (r"theft|steal|stolen|making off|blackmail|handling", "Other theft"),
    (r"\bother\b|fraud|forgery|perjury|pervert|bail|misc", "Other crime"),
)
_BY_NAME = {known.name.casefold(): known.name for known in CRIME_TYPES} | {
    known.code: known.name for known in CRIME_TYPES
}
_NAMES = {
    "id": r"((crime|incident|offence|occurrence|log|record|event|case|investigation|unique)[ _-]*)?"
    r"((id|no|num|number|ref|reference|urn)\.?[ _-]*)+",
    "date": r"(.*(date|time|committed|occurred|from|start|month|day).*)",
    "date_to": r"(.*(\bto\b|end|latest|last|finish|until).*)",
    "type": r"(.*(offence|crime|incident|category|type|classification|description|group|hocr).*)",
    "outcome": r"(.*(outcome|disposal|result|resolution|clear.?up|status).*)",
    "x": r"(x|.*east(ing)?s?|.*\bx\b.*|.*_x|x_.*)",
    "y": r"(y|.*north(ing)?s?|.*\by\b.*|.*_y|y_.*)",
}


def guess_type(name: str) -> str | None:
    """Guess the crime type of police.uk that a force's own name means; None when nothing in it tells."""
    folded = " ".join(name.casefold().replace("_", " ").split())
    if folded in _BY_NAME:
        return _BY_NAME[folded]
    return next((known for words, known in _TYPE_WORDS if re.search(words, folded)), None)


def guess_types(names: Iterable[str]) -> dict[str, str]:
    """Guess the crime types of many names; those that nothing tells are left out."""
    return {name: known for name in sorted(set(names)) if name and (known := guess_type(name))}


def guess_mapping(table: ExtractTable, *, name: str) -> Mapping:
    """Guess a mapping from the headings and the first rows of a table; what cannot be guessed is left empty.

    Parameters
    ----------
    table
        The table.
    name
        What to call the source.
    """
    samples = {column: [cell for cell in table.column(column)[:SAMPLE] if cell] for column in table.header}
    dates = [column for column in table.header if _fits(samples[column], _is_date) and _named("date", column)]
    dates = dates or [column for column in table.header if _fits(samples[column], _is_date)]
    ends = [column for column in dates if re.search(r"\bto\b|end|latest|last|finish|until", column.casefold())]
    starts = [column for column in dates if column not in ends] or dates
    date = _best(starts, r"commit|occur|from|start|offen|incident|crime")
    coordinates, x, y, grid = _guess_place(table, samples)
    used = {date, x, y, grid, *ends}
    left = [column for column in table.header if column not in used]
    type_column = _guess_type_column(left, samples)
    identifier = next(
        (
            column
            for column in left
            if column != type_column and _named("id", column) and len(set(samples[column])) > 0.9 * len(samples[column])
        ),
        "",
    )
    outcome = next(
        (column for column in left if column not in {type_column, identifier} and _named("outcome", column)), ""
    )
    return Mapping(
        name=name,
        date=date,
        date_to=next((column for column in ends if column != date), ""),
        month_first=tell_month_first(samples.get(date, [])),
        type=type_column,
        types=guess_types(table.column(type_column)) if type_column else {},
        coordinates=coordinates,
        x=x,
        y=y,
        grid=grid,
        id=identifier,
        outcome=outcome,
    )


def _named(what: str, column: str) -> bool:
    return re.fullmatch(_NAMES[what], " ".join(column.casefold().replace("_", " ").split())) is not None


def _fits(cells: Sequence[str], test: Callable[[str], bool]) -> bool:
    return bool(cells) and sum(map(test, cells)) >= _ENOUGH * len(cells)


def _is_date(cell: str) -> bool:
    # A bare number may be a day in Excel's count, but a column of them is rather something else.
    return not cell.replace(".", "").isdigit() and (
        read_day(cell) is not None or read_day(cell, month_first=True) is not None
    )


def _best(columns: Sequence[str], words: str) -> str:
    ranked = sorted(columns, key=lambda column: re.search(words, column.casefold()) is None)
    return ranked[0] if ranked else ""


def _guess_place(table: ExtractTable, samples: dict[str, list[str]]) -> tuple[str, str, str, str]:
    if LON in table.header:
        return "wgs84", LON, LAT, ""
    west, south, east, north = crs.GREAT_BRITAIN
    candidates: tuple[tuple[str, Callable[[float], bool], Callable[[float], bool], str, str], ...] = (
        ("bng", lambda v: 0 < v < _GRID_WIDTH, lambda v: 0 < v < _GRID_HEIGHT, _NAMES["x"], _NAMES["y"]),
        (
            "wgs84",
            lambda v: west <= v <= east,
            lambda v: south <= v <= north,
            r".*(lon|lng|\bx\b).*|x",
            r".*(lat|\by\b).*|y",
        ),
    )
    for kind, is_x, is_y, x_name, y_name in candidates:
        x = _find_number(table.header, samples, is_x, x_name, exclude="")
        y = _find_number(table.header, samples, is_y, y_name, exclude=x)
        if x and y and (kind == "wgs84" or _is_metric(samples[x])):
            return kind, x, y, ""
    grid = next(
        (c for c in table.header if _fits(samples[c], lambda cell: read_grid_reference(cell) is not None)),
        "",
    )
    return ("grid", "", "", grid) if grid else ("none", "", "", "")


def _is_metric(cells: Sequence[str]) -> bool:
    """Tell metres from degrees: an easting of Great Britain has six figures nearly everywhere."""
    return _fits(cells, lambda cell: _number(cell) > 1_000)  # noqa: PLR2004 - no degree reaches it


def _find_number(
    header: Sequence[str], samples: dict[str, list[str]], test: Callable[[float], bool], name: str, *, exclude: str
) -> str:
    for column in header:
        spelt = " ".join(column.casefold().replace("_", " ").split())
        known = re.fullmatch(name, spelt) is not None
        if column != exclude and known and _fits(samples[column], lambda cell: test(_number(cell))):
            return column
    return ""


def _number(cell: str) -> float:
    try:
        return float(cell.replace(",", ""))
    except ValueError:
        return float("nan")


def _guess_type_column(columns: Sequence[str], samples: dict[str, list[str]]) -> str:
    """Choose the column most of whose names mean a crime type, and among equals the one with the finest names."""

    def worth(column: str) -> tuple[float, bool, int]:
        cells = samples[column]
        kinds = set(cells)
        if not cells or len(kinds) > max(0.5 * len(cells), 60):
            return 0.0, False, 0
        told = {kind for kind in kinds if guess_type(kind)}
        return sum(cell in told for cell in cells) / len(cells), _named("type", column), len(kinds)

    ranked = sorted(columns, key=worth, reverse=True)
    return ranked[0] if ranked and worth(ranked[0])[0] >= _ENOUGH else ""
