"""Undo adds to the ledger and takes nothing from it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from hotspots.errors import ConflictError
from hotspots.pipeline.operation_entry import Editing, remove_record, save_record
from hotspots.pipeline.operation_undo import REASON, undo_change
from hotspots.store.ledger import ActivityFilter, list_activities, list_audit, list_versions
from tests.pipeline.ledgers import enter_activity, enter_operation, open_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hotspots.store.ledger import Ledger


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    opened = open_at()
    enter_operation(opened)
    yield opened
    opened.close()


def counting(ledger: Ledger) -> list[Any]:
    rows, _total = list_activities(ledger, ActivityFilter(operation="tyne"))
    return [(row.record, row.value.quantity) for row in rows]


def test_undone_entry_no_longer_counts_and_stays_in_the_log(ledger: Ledger) -> None:
    made = enter_activity(ledger)
    undo_change(ledger, made, by="PS 1")
    assert counting(ledger) == []
    assert [one.state for one in list_versions(ledger, "activity", made.record)][-1] == "withdrawn"
    newest = list_audit(ledger, operation="tyne", limit=1)[0]
    assert (newest.action, newest.actor, newest.reason) == ("withdraw", "PS 1", REASON)


def test_undone_correction_brings_the_earlier_values_back_as_the_next_version(ledger: Ledger) -> None:
    made = enter_activity(ledger)
    wrong = replace(made.value, quantity=Decimal(99))
    corrected = save_record(ledger, wrong, by="PS 1", editing=Editing(made.record, made.version))
    back = undo_change(ledger, corrected, by="PS 1")
    assert (back.version, back.value.quantity) == (3, made.value.quantity)
    assert counting(ledger) == [(made.record, made.value.quantity)]


def test_undone_withdrawal_counts_again_under_a_new_reference(ledger: Ledger) -> None:
    made = enter_activity(ledger)
    gone = remove_record(ledger, "activity", Editing(made.record, made.version), by="PS 1", reason="entered twice")
    again = undo_change(ledger, gone, by="PS 1")
    assert again.record != made.record
    assert counting(ledger) == [(again.record, made.value.quantity)]


def test_nothing_is_undone_over_somebody_elses_correction(ledger: Ledger) -> None:
    made = enter_activity(ledger)
    theirs = replace(made.value, quantity=Decimal(7))
    save_record(ledger, theirs, by="PC 2", editing=Editing(made.record, made.version))
    with pytest.raises(ConflictError):
        undo_change(ledger, made, by="PS 1")
    assert counting(ledger) == [(made.record, Decimal(7))]
