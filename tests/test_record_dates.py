"""Dates as exactly as they are known."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspots.errors import InputError
from hotspots.record_dates import RecordDate, parse_record_date

DAYS = st.dates(date(1970, 1, 1), date(2199, 1, 1))


@pytest.mark.parametrize(
    ("text", "written", "name", "precision"),
    [
        ("2020-10-05", "2020-10-05", "5 October 2020", "day"),
        (" 5/10/2020 ", "2020-10-05", "5 October 2020", "day"),
        ("05.10.2020", "2020-10-05", "5 October 2020", "day"),
        ("5th Oct 2020", "2020-10-05", "5 October 2020", "day"),
        ("2020-10-05T14:30:00", "2020-10-05", "5 October 2020", "day"),
        ("2020-10", "2020-10", "October 2020", "month"),
        ("10/2020", "2020-10", "October 2020", "month"),
        ("Sept 2020", "2020-09", "September 2020", "month"),
        ("2020", "2020", "2020", "year"),
        ("2020-09/2020-10", "2020-09/2020-10", "September 2020 to October 2020", "period"),
        ("2020-09-05/2020-10-31", "2020-09-05/2020-10", "5 September 2020 to October 2020", "period"),
    ],
)
def test_dates_are_read_as_people_write_them(text: str, written: str, name: str, precision: str) -> None:
    when = parse_record_date(text)
    assert (when.format(), when.name(), when.precision) == (written, name, precision)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not a date"),
        ("soon", "is not a date"),
        ("44109", "is not a date"),
        ("2020-13", "is not a day of the calendar"),
        ("31/02/2021", "is not a day of the calendar"),
        ("10/31/2020", "is not a day of the calendar"),
        ("1066-10-14", "outside the years 1970 to 2199"),
        ("2021-10/2020-09", "before it begins"),
        ("5 Octember 2020", "is not a date"),
    ],
)
def test_what_is_no_date_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_record_date(text)


@given(first=DAYS, length=st.integers(0, 800))
def test_writing_and_reading_gives_the_same_days(first: date, length: int) -> None:
    when = RecordDate(first, min(first + timedelta(days=length), date(2199, 12, 31)))
    assert parse_record_date(when.format()) == when


@given(first=DAYS, length=st.integers(0, 60), start=st.integers(-100, 100), open_end=st.booleans())
def test_overlap_is_a_shared_day(first: date, length: int, start: int, open_end: bool) -> None:
    when = RecordDate(first, first + timedelta(days=length))
    begin = first + timedelta(days=start) if first.year > 1971 else first
    end = None if open_end else begin + timedelta(days=20)
    days = {when.first + timedelta(days=n) for n in range(length + 1)}
    assert when.overlaps(begin, end) == any(day >= begin and (end is None or day <= end) for day in days)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("5/10/2020", "on 5 October 2020"),
        ("October 2020", "in October 2020"),
        ("2020", "in 2020"),
        ("2020-09/2020-10", "between September 2020 and October 2020"),
    ],
)
def test_when_something_began_is_never_read_as_how_long_it_lasted(text: str, said: str) -> None:
    assert parse_record_date(text).when() == said
