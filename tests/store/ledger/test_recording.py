"""Entering, correcting and withdrawing: nothing overwritten, the second editor told."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import text

from hotspots.errors import ConflictError, InputError, StoreError, UnknownNameError
from hotspots.record_dates import parse_record_date
from hotspots.schemas_operations import Target
from hotspots.store.ledger import (
    ActivityFilter,
    Ledger,
    add,
    check_integrity,
    correct,
    find_operation,
    list_activities,
    list_audit,
    list_operations,
    list_versions,
    list_windows,
    total_activities,
    withdraw,
)
from hotspots.terms import Phase
from tests.ledger_databases import activity, operation, window


def test_what_is_entered_is_read_back(ledger: Ledger) -> None:
    value = operation(brand="Together", crime_groups=2, aims="Fewer dealers", lead_force="Northumbria Police")
    add(ledger, value, by="pat")
    kept = add(
        ledger,
        activity(
            kind="cash",
            quantity="1250.55",
            at_least=True,
            partner="Bernicia",
            ward_code="E05009126",
            place="Hirst",
            note="<b>two</b> = one\nand more",
            source="log 7",
        ),
        by="pat",
    )
    assert find_operation(ledger, "TOGETHER").value == value
    (read,), total = list_activities(ledger, ActivityFilter(operation="tyne"))
    assert total == 1
    assert read == kept
    assert read.value.quantity == Decimal("1250.55")
    assert read.recorded_by == "pat"
    entry = list_operations(ledger)[0]
    assert (entry.activities, entry.first, entry.last) == (1, read.value.date.first, read.value.date.last)


def test_a_correction_supersedes_and_overwrites_nothing(ledger: Ledger) -> None:
    add(ledger, operation(), by="pat")
    first = add(ledger, activity(quantity="3"), by="pat")
    second = correct(
        ledger, replace(first.value, quantity=Decimal(4)), record=first.record, version=1, by="sam", reason="recount"
    )
    assert second.version == 2
    versions = list_versions(ledger, "activity", first.record)
    assert [(one.value.quantity, one.state, one.recorded_by) for one in versions] == [
        (3, "superseded", "pat"),
        (4, "current", "sam"),
    ]
    assert [total.quantity for total in total_activities(ledger, "tyne")] == [4]
    line = list_audit(ledger, record=first.record)[0]
    assert (line.action, line.actor, line.reason) == ("correct", "sam", "recount")
    assert line.before is not None
    assert line.after is not None
    assert (line.before["quantity"], line.after["quantity"]) == (3, 4)


def test_the_second_of_two_editors_is_told_and_sees_both(ledger: Ledger) -> None:
    add(ledger, operation(), by="pat")
    seen = add(ledger, activity(quantity="3"), by="pat")
    correct(ledger, replace(seen.value, quantity=Decimal(4)), record=seen.record, version=1, by="sam")
    mine = replace(seen.value, quantity=Decimal(5))
    with pytest.raises(ConflictError, match="sam has corrected this activity since you opened it") as caught:
        correct(ledger, mine, record=seen.record, version=1, by="kim")
    assert caught.value.mine == mine
    assert caught.value.theirs.value.quantity == 4
    assert [total.quantity for total in total_activities(ledger)] == [4]
    with pytest.raises(ConflictError, match="sam has corrected"):
        withdraw(ledger, "activity", seen.record, version=1, by="kim", reason="wrong")


def test_a_withdrawn_record_counts_no_more_but_stays(ledger: Ledger) -> None:
    add(ledger, operation(), by="pat")
    kept = add(ledger, activity(), by="pat")
    with pytest.raises(InputError, match="say why"):
        withdraw(ledger, "activity", kept.record, version=1, by="pat", reason=" ")
    with pytest.raises(InputError, match="has 1 activities; withdraw those first"):
        withdraw(ledger, "operation", "tyne", version=1, by="pat", reason="over")
    withdraw(ledger, "activity", kept.record, version=1, by="pat", reason="entered twice")
    assert total_activities(ledger) == ()
    assert [one.state for one in list_versions(ledger, "activity", kept.record)] == ["superseded", "withdrawn"]
    assert list_audit(ledger)[0].reason == "entered twice"
    with pytest.raises(ConflictError, match="pat withdrew this activity"):
        correct(ledger, kept.value, record=kept.record, version=2, by="pat")
    withdraw(ledger, "operation", "tyne", version=1, by="pat", reason="a trial")
    assert list_operations(ledger) == ()
    assert add(ledger, operation(name="Again"), by="pat").version == 3
    assert check_integrity(ledger).problems == ()


def test_the_phase_follows_the_date_or_is_chosen_in_an_overlap(ledger: Ledger) -> None:
    add(ledger, operation(), by="pat")
    add(ledger, window(Phase.CLEAR, "2020-10", "2021-03"), by="pat")
    add(ledger, window(Phase.HOLD, "2021-02"), by="pat")
    assert add(ledger, activity("2020-11-05"), by="pat").value.phase is Phase.CLEAR
    assert add(ledger, activity("2022-01"), by="pat").value.phase is Phase.HOLD
    with pytest.raises(InputError, match="5 March 2021 lies in clear and hold of Tyne; say in which"):
        add(ledger, activity("2021-03-05"), by="pat")
    chosen = activity("2021-03-05", phase=Phase.HOLD, phase_chosen=True)
    assert add(ledger, chosen, by="pat").value.phase is Phase.HOLD
    with pytest.raises(InputError, match=r"5 November 2020 is outside the hold phase of Tyne \(February 2021 to now\)"):
        add(ledger, activity("2020-11-05", phase=Phase.HOLD, phase_chosen=True), by="pat")
    build = activity("2021-03-05", phase=Phase.BUILD, phase_chosen=True)
    assert add(ledger, build, by="pat").value.phase is Phase.BUILD, "no build window has been entered yet"
    totals = {total.phase: total.quantity for total in total_activities(ledger, "tyne")}
    assert totals == {Phase.CLEAR: 3, Phase.HOLD: 6, Phase.BUILD: 3}


def test_activities_follow_a_window_that_moves(ledger: Ledger) -> None:
    add(ledger, operation(), by="pat")
    clear = add(ledger, window(Phase.CLEAR, "2020-10"), by="pat")
    add(ledger, activity("2021-06-05"), by="pat")
    chosen = add(ledger, activity("2021-06-06", phase=Phase.CLEAR, phase_chosen=True), by="pat")
    shorter = replace(clear.value, end=parse_record_date("2021-03"))
    correct(ledger, shorter, record=clear.record, version=1, by="sam")
    assert {(one.phase, one.quantity) for one in total_activities(ledger)} == {(None, 3), (Phase.CLEAR, 3)}
    hold = add(ledger, window(Phase.HOLD, "2021-04"), by="sam")
    assert {(one.phase, one.quantity) for one in total_activities(ledger)} == {(Phase.HOLD, 3), (Phase.CLEAR, 3)}
    assert list_versions(ledger, "activity", chosen.record)[-1].version == 1
    actions = [line.action for line in list_audit(ledger, operation="tyne")]
    assert actions.count("follow") == 2
    withdraw(ledger, "phase", hold.record, version=1, by="sam", reason="not yet")
    assert {one.phase for one in total_activities(ledger)} == {None, Phase.CLEAR}
    assert [one.value.phase for one in list_windows(ledger, "tyne")] == [Phase.CLEAR]
    assert check_integrity(ledger).problems == ()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (activity("2023-01-01"), "1 January 2023 is in the future"),
        (activity("2019-12"), r"December 2019 is before Tyne began \(1 October 2020\)"),
        (activity(operation="tine"), "There is no operation called “tine”. Did you mean tyne?"),
    ],
)
def test_a_record_that_breaks_a_rule_is_refused(ledger: Ledger, value: object, message: str) -> None:
    add(ledger, operation(), by="pat")
    with pytest.raises(InputError, match=message):
        add(ledger, value, by="pat")
    assert list_activities(ledger, ActivityFilter())[1] == 0


def test_a_year_or_month_that_touches_the_start_is_taken(ledger: Ledger) -> None:
    add(ledger, operation(), by="pat")
    for when in ("2020", "2020-10", "2020-09/2020-10", "2022"):
        assert add(ledger, activity(when, note="only so much is known"), by="pat").value.date.format() == when


def test_an_operation_keeps_its_code_and_its_records_inside_its_time(ledger: Ledger) -> None:
    first = add(ledger, operation(), by="pat")
    with pytest.raises(InputError, match="There is an operation tyne already"):
        add(ledger, operation(), by="pat")
    add(ledger, activity("2020-11-05"), by="pat")
    later = replace(first.value, started=parse_record_date("2021-01"))
    with pytest.raises(InputError, match="Tyne has 1 activities before January 2021"):
        correct(ledger, later, record="tyne", version=1, by="pat")
    correct(ledger, replace(first.value, name="Tyne and Wear"), record="tyne", version=1, by="pat")
    assert find_operation(ledger, "tyne and wear").record == "tyne"
    with pytest.raises(UnknownNameError, match="Did you mean tyne"):
        find_operation(ledger, "tynee")
    add(ledger, operation("wear"), by="pat")
    kept = list_activities(ledger, ActivityFilter())[0][0]
    with pytest.raises(InputError, match="withdraw it there and enter it under wear"):
        correct(ledger, replace(kept.value, operation="wear"), record=kept.record, version=1, by="pat")


def test_the_author_is_needed(ledger: Ledger) -> None:
    with pytest.raises(InputError, match="not said who makes this change"):
        add(ledger, operation(), by="  ")


def test_the_database_itself_refuses_to_change_what_is_recorded(ledger: Ledger) -> None:
    add(ledger, operation(), by="pat")
    add(ledger, activity(), by="pat")
    add(
        ledger,
        Target("tyne", "arrests", Phase.CLEAR, Decimal(50), "count", parse_record_date("2021-10-01").first),
        by="pat",
    )
    for change in (
        "UPDATE activity SET quantity_milli = 9000",
        "UPDATE activity SET state = 'withdrawn'",
        "DELETE FROM activity",
        "DELETE FROM target",
        "UPDATE audit SET actor = 'nobody'",
        "DELETE FROM audit",
        "UPDATE operation SET name = 'Other'",
    ):
        with (
            pytest.raises(StoreError, match="refuses to change or remove what is recorded"),
            ledger.write() as connection,
        ):
            connection.execute(text(change))
    assert check_integrity(ledger).problems == ()


def test_activities_are_filtered_and_paged(ledger: Ledger) -> None:
    add(ledger, operation(), by="pat")
    for day in range(1, 8):
        kind = "arrests" if day % 2 else "warrants"
        add(ledger, activity(f"2020-11-0{day}", kind, note=f"Day {day} 50%"), by="pat")
    page, total = list_activities(ledger, ActivityFilter(operation="tyne"), limit=3, offset=1)
    assert total == 7
    assert [one.value.date.first.day for one in page] == [6, 5, 4]
    assert list_activities(ledger, ActivityFilter(kinds=("warrants",)))[1] == 3
    assert list_activities(ledger, ActivityFilter(words="dAY 3"))[1] == 1
    assert list_activities(ledger, ActivityFilter(words="50%"))[1] == 7
    assert list_activities(ledger, ActivityFilter(words="5_%"))[1] == 0
    days = parse_record_date("2020-11-03").first, parse_record_date("2020-11-04").first
    assert list_activities(ledger, ActivityFilter(first=days[0], last=days[1]))[1] == 2
    assert list_activities(ledger, ActivityFilter(phases=(None,)))[1] == 7
    assert list_activities(ledger, ActivityFilter(phases=(Phase.HOLD,)))[1] == 0
    assert [line.seq for line in list_audit(ledger, before=4, limit=2)] == [3, 2]
