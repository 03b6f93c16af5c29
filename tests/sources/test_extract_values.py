"""Dates and places as forces' own systems write them."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspots.sources.extract_values import read_day, read_grid_reference, tell_month_first


@pytest.mark.parametrize(
    "text",
    [
        "2022-01-31", "2022-01-31 23:59", "2022-01-31T23:59:00Z", "2022/01/31", "31/01/2022", "31/01/2022 23:59:59",
        "31-01-2022", "31.1.2022", "31/01/22", "31-Jan-2022", "31 January 2022", "31st January 2022, 14:00",
        "31-JAN-22", "44592", "44592.75", " 31/01/2022 ",
    ],
)  # fmt: skip
def test_a_day_is_read_however_it_is_written(text: str) -> None:
    assert read_day(text) == dt.date(2022, 1, 31)


@pytest.mark.parametrize(
    "text", ["", "unknown", "31/02/2022", "2022-13-01", "12345678", "NZ 24 64", "1/2", "32 Jan 2022"]
)
def test_what_is_no_day_is_none(text: str) -> None:
    assert read_day(text) is None


def test_american_dates_are_read_when_asked_and_told_from_british_ones() -> None:
    assert read_day("01/31/2022", month_first=True) == dt.date(2022, 1, 31)
    assert read_day("01/02/2022") == dt.date(2022, 2, 1)
    assert tell_month_first(["01/31/2022", "02/03/2022"])
    assert not tell_month_first(["31/01/2022", "02/03/2022"])
    assert not tell_month_first(["01/02/2022", ""])


@given(st.dates(dt.date(1971, 1, 1), dt.date(2068, 12, 31)))
def test_every_day_comes_back(day: dt.date) -> None:
    for form in ("%d/%m/%Y", "%d/%m/%y", "%Y-%m-%d", "%d %B %Y", "%d-%b-%Y %H:%M"):
        assert read_day(day.strftime(form)) == day


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("NZ 2475 6412", (424_755.0, 564_125.0)),
        ("NZ24756412", (424_755.0, 564_125.0)),
        ("nz 24755 64125", (424_755.5, 564_125.5)),
        ("TQ 30 80", (530_500.0, 180_500.0)),
        ("SV", None),
        ("TQ", None),
        ("HU 4 4", (445_000.0, 1_145_000.0)),
        ("NZ 247 6412", None),
        ("NZ 247564", (424_750.0, 556_450.0)),
        ("I1 22", None),
        ("AA 1234 1234", None),
        ("", None),
    ],
)
def test_grid_references(text: str, place: tuple[float, float] | None) -> None:
    assert read_grid_reference(text) == place


@given(st.integers(0, 699_999), st.integers(0, 1_299_999))
def test_every_square_of_the_grid_is_found_again(x: int, y: int) -> None:
    # The Ordnance Survey's own rule for the letters, the other way round.
    east, north = x // 100_000, y // 100_000
    first = (19 - north) - (19 - north) % 5 + (east + 10) // 5
    second = (19 - north) * 5 % 25 + east % 5
    letters = "".join(chr(65 + letter + (letter > 7)) for letter in (first, second))
    got = read_grid_reference(f"{letters} {x % 100_000:05d} {y % 100_000:05d}")
    assert got == (x + 0.5, y + 0.5)
