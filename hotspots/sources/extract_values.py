"""Dates and places as forces' own systems write them."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?(?:[T ].*)?")
_NUMBERS = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})(?:[T ,].*)?")
_WORDS = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[-/. ]([A-Za-z]{3,9})[-/., ]+(\d{4}|\d{2})(?:[T ,].*)?")
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
_SERIAL_ZERO = dt.date(1899, 12, 30)
"""Day 0 of Excel, with its leap year of 1900 allowed for."""
_CENTURY = 70
_GRID = re.compile(r"([A-HJ-Z])([A-HJ-Z])\s*(\d+)(?:\s+(\d+))?", re.IGNORECASE)
_LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"
_MOST_DIGITS = 5


@lru_cache(maxsize=65_536)
def read_day(text: str, *, month_first: bool = False) -> dt.date | None:
    """Read a day, with or without a time of day; None when it is none.

    Parameters
    ----------
    text
        Such as ``2022-01-31``, ``31/01/2022 14:05``, ``31-Jan-22``, ``31 January 2022``, or the number of a day as
        Excel counts them.
    month_first
        Read ``01/31/2022`` as American systems write it.
    """
    text = text.strip()
    if match := _ISO.fullmatch(text):
        year, month, day = int(match[1]), int(match[2]), int(match[3] or 1)
    elif match := _NUMBERS.fullmatch(text):
        first, second, year = int(match[1]), int(match[2]), _full_year(match[3])
        month, day = (first, second) if month_first else (second, first)
    elif (match := _WORDS.fullmatch(text)) and match[2][:3].casefold() in _NAMES:
        year, month, day = _full_year(match[3]), _NAMES.index(match[2][:3].casefold()) + 1, int(match[1])
    elif match := _SERIAL.fullmatch(text):
        return _SERIAL_ZERO + dt.timedelta(days=int(match[1]))
    else:
        return None
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _full_year(text: str) -> int:
    year = int(text)
    return year if len(text) > 2 else year + (1900 if year >= _CENTURY else 2000)  # noqa: PLR2004 - two digits


def tell_month_first(texts: list[str]) -> bool:
    """Tell whether dates are written month first, from days that only one order allows."""
    day_first = month_first = 0
    for text in texts:
        if match := _NUMBERS.fullmatch(text.strip()):
            day_first += int(match[1]) > 12  # noqa: PLR2004 - no such month
            month_first += int(match[2]) > 12  # noqa: PLR2004 - no such month
    return month_first > day_first


@lru_cache(maxsize=65_536)
def read_grid_reference(text: str) -> tuple[float, float] | None:
    """Read a reference to the British National Grid, such as ``NZ 2475 6412``; None when it is none.

    Returns
    -------
    tuple of float
        Easting and northing in metres (EPSG:27700) of the middle of the square that it names.
    """
    match = _GRID.fullmatch(text.strip())
    if match is None:
        return None
    digits = match[3] + (match[4] or "")
    if len(digits) % 2 or len(digits) > 2 * _MOST_DIGITS or (match[4] and len(match[3]) != len(match[4])):
        return None
    first, second = (_LETTERS.index(letter) for letter in match[1].upper() + match[2].upper())
    # Squares of 500 km, then of 100 km, lettered from the north-west; the grid's origin is the corner of SV.
    east = ((first - 2) % 5) * 5 + second % 5
    north = 19 - (first // 5) * 5 - second // 5
    half = len(digits) // 2
    side = 10.0 ** (_MOST_DIGITS - half)
    x = east * 100_000 + (int(digits[:half]) if half else 0) * side + side / 2
    y = north * 100_000 + (int(digits[half:]) if half else 0) * side + side / 2
    return (x, y) if 0 <= east <= 6 and 0 <= north <= 12 else None  # noqa: PLR2004 - the squares of Great Britain
