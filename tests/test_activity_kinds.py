"""Kinds of activity, their names, their units, and what counts as a quantity."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspots.activity_kinds import KINDS, KindTable, read_quantity
from hotspots.errors import InputError, UnknownNameError
from hotspots.record_values import from_milli, to_milli
from hotspots.terms import Phase, slug

TABLE = KindTable()


def test_every_group_has_what_a_board_expects() -> None:
    by_group = {phase: {kind.code for kind in KINDS if kind.group is phase} for phase in Phase}
    assert {"warrants", "arrests", "charges", "stop-searches", "cash", "firearms", "custody-years"} <= by_group["clear"]
    assert sum(code.startswith("disruptions-") for code in by_group[Phase.CLEAR]) == 12
    assert {"patrol-hours", "closure-orders", "evictions", "modern-slavery-referrals"} <= by_group[Phase.HOLD]
    assert {"engagement-events", "funding-awarded", "confidence-score", "people-trained"} <= by_group[Phase.BUILD]
    codes = [kind.code for kind in KINDS]
    assert len(set(codes)) == len(codes)
    assert all(code == slug(code) for code in codes)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_a_kind_is_found_by_each_of_its_names(kind: object) -> None:
    for name in (kind.code, kind.label, kind.label.upper(), *kind.aliases):
        assert TABLE.find(name) is kind


def test_singular_plural_and_slips() -> None:
    assert TABLE.find("arrest").code == "arrests"
    assert TABLE.find("stop_search").code == "stop-searches"
    assert TABLE.find("Cars seized").code == "vehicles"
    with pytest.raises(UnknownNameError, match=r"There is no kind of activity called “arests”\. Did you mean arrests"):
        TABLE.find("arests")


@pytest.mark.parametrize(
    ("kind", "text", "unit", "quantity", "at_least"),
    [
        ("arrests", "27", "", "27", False),
        ("arrests", "3.0", "arrests", "3", False),
        ("arrests", "over 500", "count", "500", True),
        ("arrests", "500+", "", "500", True),
        ("arrests", "≥ 1,250", "number", "1250", True),
        ("drugs-value", "over £2m", "", "2000000", True),
        ("cash", "12", "£k", "12000", False),
        ("drugs-weight-class-a", "250", "g", "0.25", False),
        ("confidence-score", "61.5", "%", "61.5", False),
    ],
)
def test_quantities_come_in_the_kinds_own_unit(kind: str, text: str, unit: str, quantity: str, at_least: bool) -> None:
    assert read_quantity(TABLE.find(kind), text, unit) == (Decimal(quantity), at_least)


@pytest.mark.parametrize(
    ("kind", "text", "unit", "message"),
    [
        ("arrests", "-1", "", "-1 is negative; arrests are 0 or more"),
        ("arrests", "1.5", "", "1.5 is a fraction; arrests are counted in whole numbers"),
        ("arrests", "many", "", "“many” is not a number"),
        ("arrests", "", "", "is not a number"),
        ("arrests", "nan", "", "is not a number"),
        ("arrests", "1e5", "", "is not a number"),
        ("arrests", "=1+1", "", "is not a number"),
        ("arrests", "1,5", "", "is not a number"),
        ("arrests", "5", "kg", "“kg” is not a unit of arrests; use whole numbers"),
        ("arrests", "£5", "", "arrests are counted in whole numbers"),
        ("cash", "1.2345", "", "more than 3 digits after the point"),
        ("cash", "99999999999", "", "more than 1,000,000,000"),
        ("confidence-score", "161", "", "over 100 per cent"),
    ],
)
def test_what_cannot_be_counted_is_refused(kind: str, text: str, unit: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_quantity(TABLE.find(kind), text, unit)


@given(st.integers(0, 10**12))
def test_thousandths_are_exact(milli: int) -> None:
    quantity = from_milli(milli)
    assert to_milli(quantity) == milli
    assert quantity * 1000 == milli
    assert Decimal(str(float(quantity))) == quantity, "JSON numbers keep it"
