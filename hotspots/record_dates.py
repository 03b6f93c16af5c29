"""Dates as exactly as they are known: a day, a month, a year, or a stretch between two of them."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from hotspots.errors import InputError
from hotspots.months import name_month

FIRST_YEAR, LAST_YEAR = 1970, 2199

_ISO = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?)?)?)?")
_BRITISH = re.compile(r"(?:(\d{1,2})[/.])?(\d{1,2})[/.](\d{4})")
_WORDS = re.compile(r"(?:(\d{1,2})(?:st|nd|rd|th)?\s+)?([A-Za-z]{3,9})\.?,?\s+(\d{4})")
_MONTHS = {name.casefold(): number for number, name in enumerate(calendar.month_name) if name}
_MONTHS |= {name[:3]: number for name, number in _MONTHS.items()} | {"sept": 9}
_HOW = "write it as 2020-10-05 or 05/10/2020, or 2020-10 or 2020 when only the month or the year is known"


@dataclass(frozen=True, order=True)
class RecordDate:
    """A stretch of days within which something happened, no more exact than it is known.

    Attributes
    ----------
    first, last
        The first and the last day on which it may have happened; equal when the day is known.
    """

    first: date
    last: date

    def __post_init__(self) -> None:
        """Check the order of the two days.

        Raises
        ------
        InputError
            If the last day is before the first.
        """
        if self.last < self.first:
            raise InputError(
                f"The date ends on {name_day(self.last)}, before it begins on {name_day(self.first)}; swap the two."
            )

    @classmethod
    def day(cls, day: date) -> RecordDate:
        """Make the date of one known day."""
        return cls(day, day)

    @property
    def precision(self) -> str:
        """``day``, ``month``, ``year`` or ``period``."""
        if self.first == self.last:
            return "day"
        if self == _month(self.first.year, self.first.month):
            return "month"
        if self == _year(self.first.year):
            return "year"
        return "period"

    def format(self) -> str:
        """Write the date in the form that `parse_record_date` reads: ``2020-10-05``, ``2020-10``, ``2020``."""
        return self.first.isoformat() if self.first == self.last else _format_stretch(self)

    def name(self) -> str:
        """Write the date as people say it: ``5 October 2020``, ``October 2020``, ``2020``."""
        match self.precision:
            case "day":
                return name_day(self.first)
            case "month":
                return name_month((self.first.year - FIRST_YEAR) * 12 + self.first.month - 1)
            case "year":
                return f"{self.first.year}"
        begin, end = (_parse_part(part) for part in self.format().split("/"))
        return f"{begin.name()} to {end.name()}"

    def when(self) -> str:
        """Say when a single event was: ``on 5 October 2020``, ``in October 2020``, ``between … and …`` for a period."""
        if self.precision == "period":
            return f"between {' and '.join(self.name().split(' to '))}"
        return f"{'on' if self.precision == 'day' else 'in'} {self.name()}"

    def overlaps(self, first: date, last: date | None) -> bool:
        """Tell whether any of its days lies from `first` to `last`, both included; None is open-ended."""
        return self.last >= first and (last is None or self.first <= last)


def name_day(day: date) -> str:
    """Write a day as people say it, whatever the machine's language: ``5 October 2020``."""
    return f"{day.day} {name_month((day.year - 1970) * 12 + day.month - 1)}"


@lru_cache(maxsize=65_536)
def parse_record_date(text: str) -> RecordDate:
    """Read a day, a month, a year, or two of them with a stroke between.

    Days may be written as ``2020-10-05``, ``05/10/2020`` (day first, as in Britain) or ``5 October 2020``, months as
    ``2020-10``, ``10/2020`` or ``October 2020``, years as ``2020``, periods as ``2020-09/2020-10``. A time of
    day is not kept.

    Raises
    ------
    InputError
        If the text is none of these, or a day that the calendar does not have.
    """
    text = " ".join(text.split())
    first, stroke, last = text.partition("/")
    if stroke and _ISO.fullmatch(first) and _ISO.fullmatch(last):
        return RecordDate(_parse_part(first).first, _parse_part(last).last)
    return _parse_part(text)


def _parse_part(text: str) -> RecordDate:
    if match := _ISO.fullmatch(text):
        year, month, day = match.groups()
    elif match := _BRITISH.fullmatch(text):
        day, month, year = match.groups()
    elif (match := _WORDS.fullmatch(text)) and match[2].casefold() in _MONTHS:
        day, month, year = match[1], str(_MONTHS[match[2].casefold()]), match[3]
    else:
        raise InputError(f"“{text[:40]}” is not a date; {_HOW}.")
    if not FIRST_YEAR <= int(year) <= LAST_YEAR:
        raise InputError(f"“{text}” is outside the years {FIRST_YEAR} to {LAST_YEAR}; correct the year.")
    try:
        if day is not None:
            return RecordDate.day(date(int(year), int(month), int(day)))
        return _year(int(year)) if month is None else _month(int(year), int(month))
    except ValueError:
        raise InputError(f"“{text}” is not a day of the calendar; {_HOW}.") from None


def _month(year: int, month: int) -> RecordDate:
    first = date(year, month, 1)
    return RecordDate(first, first.replace(day=calendar.monthrange(year, month)[1]))


def _year(year: int) -> RecordDate:
    return RecordDate(date(year, 1, 1), date(year, 12, 31))


@lru_cache(maxsize=4_096)
def _format_stretch(date: RecordDate) -> str:
    match date.precision:
        case "month":
            return date.first.isoformat()[:7]
        case "year":
            return date.first.isoformat()[:4]
    return f"{_shortest(date.first, ends=False)}/{_shortest(date.last, ends=True)}"


def _shortest(day: date, *, ends: bool) -> str:
    """Write one end of a period as a month when it stands at that end of one, else as a day."""
    whole = _month(day.year, day.month)
    return day.isoformat()[:7] if day == (whole.last if ends else whole.first) else day.isoformat()
