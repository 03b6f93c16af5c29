"""Counts by month, ward and day, and the version that names the ledger's state, on both databases."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from hotspots.store.ledger import add, withdraw
from hotspots.store.ledger.timelines import count_by_month, count_by_ward, read_version, read_versions, sum_by_day
from hotspots.terms import Phase
from tests.ledger_databases import activity, operation, window

if TYPE_CHECKING:
    from hotspots.store.ledger import Ledger


def test_counts_agree_with_the_records_on_both_databases(ledger: Ledger) -> None:
    assert read_version(ledger) == "empty"
    add(ledger, operation(), by="a")
    add(ledger, window(Phase.CLEAR, "2020-10-01", "2020-10-31"), by="a")
    add(ledger, activity("2020-10-31", quantity="2", ward_code="E05009096"), by="a")
    add(ledger, activity("2020-11", quantity="5"), by="a")
    add(ledger, activity("2020-11-30", "cash", "12.5", ward_code="E05009096"), by="a")
    gone = add(ledger, activity("2020-11-30", quantity="9"), by="a")
    before = read_version(ledger)
    withdraw(ledger, "activity", gone.record, version=1, by="a", reason="twice")
    assert read_version(ledger) != before
    assert read_versions(ledger) == {"tyne": 7}
    months = [(one.phase, one.month, one.records) for one in count_by_month(ledger, "tyne")]
    assert months == [(Phase.CLEAR, 609, 1), (None, 610, 2)]
    wards = {(one.ward_code, one.kind): (one.quantity, one.records) for one in count_by_ward(ledger, "tyne")}
    assert wards == {
        ("", "arrests"): (5, 1), ("E05009096", "arrests"): (2, 1), ("E05009096", "cash"): (Decimal("12.5"), 1),
    }  # fmt: skip
    sums = [(one.day, one.quantity) for one in sum_by_day(ledger, "arrests", ["tyne"])]
    assert sums == [(date(2020, 10, 31), 2), (date(2020, 11, 30), 5)]
    assert sum_by_day(ledger, "arrests", []) == ()
