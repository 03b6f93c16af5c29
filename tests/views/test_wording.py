"""Numbers and dates as people write them."""

from __future__ import annotations

from math import inf, nan

import pytest

from hotspots.views.wording import write_change, write_count, write_number, write_percent, write_range


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0, 0, "0"),
        (1234567, 0, "1,234,567"),
        (1234.56, 1, "1,234.6"),
        (-5.04, 1, "−5.0"),
        (-0.04, 1, "0.0"),
        (nan, 0, "–"),
        (inf, 2, "–"),
    ],
)
def test_numbers(value: float, decimals: int, text: str) -> None:
    assert write_number(value, decimals=decimals) == text


def test_changes_and_shares() -> None:
    assert write_change(1.04) == "+4%"
    assert write_change(0.958) == "−4%"
    assert write_change(1.004) == write_change(0.996) == write_change(1.0) == "0%"
    assert write_change(1.004, decimals=1) == "+0.4%"
    assert write_change(0.9826, decimals=1) == "−1.7%"
    assert write_change(0.99999, decimals=1) == "0%"
    assert write_change(25) == "+2,400%"
    assert write_change(nan) == "–"
    assert write_percent(0.126) == "13%"
    assert write_percent(0.1264, decimals=1) == "12.6%"
    assert write_percent(nan) == "–"


def test_ranges_and_counts() -> None:
    assert write_range(3, 8) == "3 to 8"
    assert write_range(3, 3.2) == "3"
    assert write_count(1, "area") == "1 area"
    assert write_count(1204, "area") == "1,204 areas"
    assert write_count(0, "inquiry", "inquiries") == "0 inquiries"
