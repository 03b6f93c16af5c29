"""Undo adds to the ledger and takes nothing from it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from hotspots.access import Person, Role
from hotspots.errors import AccessError, ConflictError
from hotspots.pipeline.operation_entry import Editing, remove_record, save_record
from hotspots.pipeline.operation_grid import GridOutcome, GridRow, save_grid
from hotspots.pipeline.operation_undo import REASON, undo_change, undo_changes
from hotspots.store.ledger import ActivityFilter, list_activities, list_audit, list_versions
from tests.pipeline.ledgers import KINDS, enter_activity, enter_operation, open_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hotspots.store.ledger import Ledger

TYPED = {"date": "5 October 2020", "kind": "arrests", "quantity": "3"}


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


def save_three(ledger: Ledger) -> GridOutcome:
    """Correct one record and add two in the grid, as one save."""
    made = enter_activity(ledger)
    rows = [
        GridRow(1, {**TYPED, "quantity": "99"}, Editing(made.record, made.version)),
        GridRow(2, {**TYPED, "kind": "warrants"}, None),
        GridRow(3, {**TYPED, "kind": "raids"}, None),
    ]
    return save_grid(ledger, KINDS, "tyne", rows, by="PS 1")


def test_a_save_of_the_grid_is_taken_back_whole_and_in_one_stroke(ledger: Ledger) -> None:
    found = save_three(ledger)
    assert [(one.value.kind, one.version) for one in found.made] == [("arrests", 2), ("warrants", 1), ("raids", 1)]
    before = list_audit(ledger, operation="tyne", limit=None)
    now = undo_changes(ledger, found.made, by="PS 1")
    assert [(one.state, one.version) for one in now] == [("current", 3), ("withdrawn", 2), ("withdrawn", 2)]
    assert counting(ledger) == [(found.made[0].record, Decimal(3))]
    lines = list_audit(ledger, operation="tyne", limit=None)
    assert lines[3:] == before, "what was written stays as it was"
    assert {(line.actor, line.reason) for line in lines[:3]} == {("PS 1", REASON)}
    assert len({line.at for line in lines[:3]}) == 1


def test_what_was_undone_can_be_typed_into_the_grid_again(ledger: Ledger) -> None:
    undo_changes(ledger, save_three(ledger).made, by="PS 1")
    again = [GridRow(1, {**TYPED, "kind": "warrants"}, None), GridRow(2, {**TYPED, "quantity": "3"}, None)]
    found = save_grid(ledger, KINDS, "tyne", again, by="PS 1")
    assert (found.outcome.added, found.outcome.unchanged) == (1, 1), "only what counts is not entered twice"
    assert sorted(quantity for _record, quantity in counting(ledger)) == [3, 3]


@pytest.mark.parametrize("change", ["correct", "withdraw"])
def test_one_row_that_somebody_changed_keeps_the_whole_save(ledger: Ledger, change: str) -> None:
    found = save_three(ledger)
    theirs = found.made[2]
    editing = Editing(theirs.record, theirs.version)
    if change == "correct":
        save_record(ledger, replace(theirs.value, quantity=Decimal(7)), by="PC 2", editing=editing)
    else:
        remove_record(ledger, "activity", editing, by="PC 2", reason="entered twice")
    counted, lines = counting(ledger), list_audit(ledger, operation="tyne", limit=None)
    with pytest.raises(ConflictError, match=r"^PC 2 has changed one of the 3 records since, so that none was taken"):
        undo_changes(ledger, found.made, by="PS 1")
    assert counting(ledger) == counted
    assert list_audit(ledger, operation="tyne", limit=None) == lines


def test_a_save_is_undone_once(ledger: Ledger) -> None:
    found = save_three(ledger)
    undo_changes(ledger, found.made, by="PS 1")
    with pytest.raises(ConflictError):
        undo_changes(ledger, found.made, by="PS 1")


def test_nobody_takes_back_what_they_may_not_change(ledger: Ledger) -> None:
    found = save_three(ledger)
    counted = counting(ledger)
    elsewhere = Person("PC 3", role=Role.NEIGHBOURHOOD, areas=frozenset({"benwell"}))
    for person in (elsewhere, Person("Ch Supt", role=Role.VIEWER)):
        with pytest.raises(AccessError):
            undo_changes(ledger.act_as(person, route="page"), found.made, by="PS 1")
    assert counting(ledger) == counted
