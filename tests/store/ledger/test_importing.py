"""Many records at once: all or nothing, once only, and totals that equal the sum of the records."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotspots.access import LAPTOP
from hotspots.record_dates import RecordDate, parse_record_date
from hotspots.schemas_ledger import Activity, Incoming, OperationDocument
from hotspots.schemas_operations import Figure, Milestone, PhaseWindow, Target
from hotspots.store.ledger import (
    ActivityFilter,
    Ledger,
    add,
    check_integrity,
    correct,
    import_activities,
    import_document,
    list_activities,
    list_audit,
    list_milestones,
    list_targets,
    list_windows,
    total_activities,
    total_by_date,
    withdraw,
)
from hotspots.store.ledger.engine import connect
from hotspots.store.ledger.rules import find_phases
from hotspots.store.ledger.tables import prepare_tables
from hotspots.terms import Phase
from tests.ledger_databases import TODAY, activity, operation, window

if TYPE_CHECKING:
    from collections.abc import Sequence


def rows(*values: Activity) -> list[Incoming[Activity]]:
    return [Incoming(value, row) for row, value in enumerate(values, start=2)]


def bring_in(ledger: Ledger, values: Sequence[Incoming[Activity]], **options: bool) -> tuple[int, int, int]:
    outcome = import_activities(ledger, values, by="pat", reason="file.csv", **options)
    assert outcome.problems == ()
    return outcome.added, outcome.corrected, outcome.unchanged


def test_the_same_file_twice_changes_nothing(ledger: Ledger) -> None:
    add(ledger, operation(), by="pat")
    file = rows(activity(), activity(), activity("2021-01-02", "warrants", "1"))
    assert bring_in(ledger, file) == (3, 0, 0), "two equal rows of one file are two activities"
    lines = len(list_audit(ledger, limit=None))
    assert bring_in(ledger, file) == (0, 0, 3)
    assert bring_in(ledger, file[:1]) == (0, 0, 1)
    assert len(list_audit(ledger, limit=None)) == lines
    assert bring_in(ledger, [*file, Incoming(activity(), 5)]) == (1, 0, 3)
    assert list_audit(ledger)[0].reason == "file.csv"


def test_a_corrected_or_withdrawn_row_does_not_come_back(ledger: Ledger) -> None:
    add(ledger, operation(), by="pat")
    file = rows(activity(quantity="3"), activity("2021-01-02"))
    bring_in(ledger, file)
    second, first = list_activities(ledger, ActivityFilter())[0]
    correct(ledger, replace(first.value, quantity=Decimal(4)), record=first.record, version=1, by="sam")
    withdraw(ledger, "activity", second.record, version=1, by="sam", reason="not ours")
    assert bring_in(ledger, file) == (0, 0, 2)
    assert [one.quantity for one in total_activities(ledger)] == [4]


def test_any_problem_stops_all_unless_the_good_rows_are_wanted(ledger: Ledger) -> None:
    add(ledger, operation(), by="pat")
    file = rows(activity(), activity("2023-01-01"), activity(operation="tine"), activity("2019"))
    outcome = import_activities(ledger, file, by="pat", reason="file.csv")
    assert not outcome.kept
    assert [(problem.row, problem.column) for problem in outcome.problems] == [
        (3, "date"),
        (4, "operation"),
        (5, "date"),
    ]
    assert "in the future" in outcome.problems[0].message
    assert "Did you mean tyne" in outcome.problems[1].message
    assert str(outcome.problems[2]).startswith("row 5, column date: 2019 is before Tyne began")
    assert total_activities(ledger) == ()
    outcome = import_activities(ledger, file, by="pat", reason="file.csv", keep_good=True)
    assert outcome.kept
    assert outcome.added == 1
    assert [one.quantity for one in total_activities(ledger)] == [3]


def test_a_dry_run_keeps_nothing(ledger: Ledger) -> None:
    add(ledger, operation(), by="pat")
    outcome = import_activities(ledger, rows(activity()), by="pat", reason="file.csv", dry_run=True)
    assert (outcome.added, outcome.kept) == (1, False)
    assert total_activities(ledger) == ()
    assert len(list_audit(ledger)) == 1


def test_rows_with_references_correct_their_records(ledger: Ledger) -> None:
    add(ledger, operation(), by="pat")
    kept = add(ledger, activity(quantity="3"), by="pat")
    changed = replace(kept.value, quantity=Decimal(5))
    assert bring_in(ledger, [Incoming(kept.value, 2, kept.record, 1)]) == (0, 0, 1)
    assert bring_in(ledger, [Incoming(changed, 2, kept.record, 1)]) == (0, 1, 0)
    assert bring_in(ledger, [Incoming(changed, 2, kept.record, 1)]) == (0, 0, 1), "it says what the ledger says"
    stale = import_activities(
        ledger,
        [Incoming(replace(changed, quantity=Decimal(6)), 2, kept.record, 1)],
        by="kim",
        reason="old.csv",
    )
    assert stale.problems[0].column == "version"
    assert "pat has corrected" in stale.problems[0].message
    twice = import_activities(ledger, [Incoming(changed, row, kept.record) for row in (2, 3)], by="kim", reason="x.csv")
    assert "stands in the file twice" in twice.problems[0].message
    elsewhere = bring_in(ledger, [Incoming(activity("2021-02-02"), 2, "abc-123")])
    assert elsewhere == (1, 0, 0)
    assert {one.record for one in list_activities(ledger, ActivityFilter())[0]} == {kept.record, "abc-123"}


def test_an_equal_row_beside_a_named_one_is_a_further_activity(ledger: Ledger) -> None:
    add(ledger, operation(), by="pat")
    kept = add(ledger, activity(), by="pat")
    assert bring_in(ledger, [Incoming(kept.value, 2, kept.record, 1), Incoming(activity(), 3)]) == (1, 0, 1)


def document() -> OperationDocument:
    return OperationDocument(
        operation=Incoming(operation()),
        phases=(Incoming(window(Phase.CLEAR, "2020-10", "2021-03"), 1), Incoming(window(Phase.HOLD, "2021-03"), 2)),
        targets=(Incoming(Target("tyne", "arrests", Phase.CLEAR, Decimal(50), "count", date(2021, 10, 1)), 1),),
        milestones=(
            Incoming(
                Milestone(
                    "tyne",
                    parse_record_date("2021"),
                    "a year",
                    "Over 9 arrests.",
                    "A newspaper",
                    figures=(Figure("arrests", Decimal(9), "count", at_least=True),),
                    note="Only the year is known.",
                ),
                1,
            ),
        ),
        activities=(Incoming(activity("2020-11-05"), 1), Incoming(activity("2021-06"), 2)),
    )


def test_a_document_comes_in_whole_and_once(ledger: Ledger) -> None:
    outcome = import_document(ledger, document(), by="pat", reason="tyne.json")
    assert (outcome.added, outcome.kept, outcome.problems) == (7, True, ())
    again = import_document(ledger, document(), by="pat", reason="tyne.json")
    assert (again.added, again.corrected, again.unchanged) == (0, 0, 7)
    assert [one.value.phase for one in list_windows(ledger, "tyne")] == [Phase.CLEAR, Phase.HOLD]
    assert {(one.phase, one.quantity) for one in total_activities(ledger)} == {(Phase.CLEAR, 3), (Phase.HOLD, 3)}
    assert list_targets(ledger, "tyne")[0].value.by == date(2021, 10, 1)
    assert list_milestones(ledger, "tyne")[0].value.figures[0].at_least
    assert check_integrity(ledger).problems == ()


def test_a_document_with_a_problem_leaves_nothing(ledger: Ledger) -> None:
    bad = replace(document(), activities=(Incoming(activity("2021-03-15"), 1),))
    outcome = import_document(ledger, bad, by="pat", reason="tyne.json")
    assert [str(problem).split(":")[0] for problem in outcome.problems] == ["activity 1, column phase"]
    assert list_audit(ledger) == ()
    changed = replace(document(), operation=Incoming(operation(brand="Together")))
    import_document(ledger, document(), by="pat", reason="tyne.json")
    assert import_document(ledger, changed, by="pat", reason="tyne.json").corrected == 1


DAYS = st.integers(0, 400).map(lambda days: date(2020, 10, 1) + timedelta(days=days))
WINDOWS = st.lists(
    st.tuples(st.sampled_from(list(Phase)), DAYS, st.none() | st.integers(0, 200)).map(
        lambda parts: PhaseWindow(
            "tyne",
            parts[0],
            start=RecordDate.day(parts[1]),
            end=None if parts[2] is None else RecordDate.day(parts[1] + timedelta(days=parts[2])),
        )
    ),
    max_size=5,
)
RECORDS = st.lists(
    st.tuples(
        DAYS,
        st.integers(0, 40),
        st.sampled_from(["arrests", "warrants", "cash"]),
        st.integers(0, 1_000_000_000),
        st.randoms(use_true_random=False),
    ),
    max_size=30,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(windows=WINDOWS, records=RECORDS)
def test_totals_are_the_sum_of_the_records_under_overlapping_phases(
    windows: list[PhaseWindow], records: list[tuple[date, int, str, int, object]]
) -> None:
    """Each record counts once, in the phase of its date or in the one chosen where windows overlap."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = connect(None, folder=Path(folder), today=lambda: TODAY).act_as(LAPTOP)
        prepare_tables(ledger)
        add(ledger, operation(), by="pat")
        for one in windows:
            add(ledger, one, by="pat")
        expected: dict[tuple[str, Phase | None], Decimal] = defaultdict(Decimal)
        incoming = []
        for row, (first, length, kind, thousandths, chance) in enumerate(records, start=2):
            when = RecordDate(first, first + timedelta(days=length))
            phases = find_phases(windows, when)
            phase = chance.choice(phases) if phases else None
            quantity = Decimal(thousandths) / 1000 if kind == "cash" else Decimal(thousandths // 1000)
            value = Activity(
                "tyne",
                when,
                kind,
                quantity,
                "GBP" if kind == "cash" else "count",
                phase=phase if len(phases) > 1 else None,
                phase_chosen=len(phases) > 1,
            )
            incoming.append(Incoming(value, row))
            expected[kind, phase] += quantity
        assert bring_in(ledger, incoming) == (len(incoming), 0, 0)
        totals = total_activities(ledger, "tyne")
        assert {(one.kind, one.phase): one.quantity for one in totals} == dict(expected)
        assert sum(one.records for one in totals) == len(incoming)
        by_date: dict[tuple[str, Phase | None], Decimal] = defaultdict(Decimal)
        for day in total_by_date(ledger, "tyne"):
            by_date[day.kind, day.phase] += day.quantity
        assert dict(by_date) == dict(expected)
        assert check_integrity(ledger).problems == ()
        ledger.close()


def test_a_late_problem_takes_back_what_was_written_already(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hotspots.store.ledger.importing._FLUSH", 3)
    add(ledger, operation(), by="pat")
    good = [activity(note=f"row {row}") for row in range(10)]
    seen: list[tuple[str, int, int]] = []
    outcome = import_activities(
        ledger,
        rows(*good, activity("2030")),
        by="pat",
        reason="file.csv",
        progress=lambda label, done, total: seen.append((label, done, total)),
    )
    assert [problem.row for problem in outcome.problems] == [12]
    assert total_activities(ledger) == ()
    assert len(list_audit(ledger)) == 1
    assert seen == [("Recording", done, 11) for done in (3, 6, 9, 11)]
    assert bring_in(ledger, rows(*good)) == (10, 0, 0)
    assert check_integrity(ledger).problems == ()
