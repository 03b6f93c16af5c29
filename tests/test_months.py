"""Months are plain integers that read and write as people say them."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspots.errors import InputError
from hotspots.months import format_month, list_months, name_month, name_period, parse_month


@given(st.integers(0, (2199 - 1970) * 12))
def test_a_month_reads_back_as_written_and_agrees_with_pandas(month: int) -> None:
    assert parse_month(format_month(month)) == month
    assert pd.Period(format_month(month), freq="M").ordinal == month


@pytest.mark.parametrize("text", ["2022-13", "2022-00", "2022-1", "22-01", "2022-01-01", "", "January", "1969-12"])
def test_what_is_no_month_is_refused_with_advice(text: str) -> None:
    with pytest.raises(InputError, match="as in 2022-01"):
        parse_month(text)


def test_months_are_named_as_people_say_them() -> None:
    assert name_month(parse_month("2022-01")) == "January 2022"
    assert name_month(parse_month("2022-09"), short=True) == "Sep 2022"
    assert name_period(parse_month("2020-05"), parse_month("2023-02")) == "May 2020 to February 2023"
    assert name_period(parse_month("2020-05"), parse_month("2020-05")) == "May 2020"


def test_runs_of_months_are_joined() -> None:
    months = [parse_month(text) for text in ("2022-05", "2022-01", "2022-03", "2022-04", "2023-01")]
    assert list_months(months) == "January 2022, March 2022 to May 2022 and January 2023"
    assert list_months([]) == ""
