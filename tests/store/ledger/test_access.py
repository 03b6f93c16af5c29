"""Who may write into the ledger and take from it: checked in the ledger itself, on both databases."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import closing
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from hotspots.access import LAPTOP, Person, Role
from hotspots.errors import AccessError, StoreError
from hotspots.pipeline.operation_exports import export_csv, export_document, export_excel
from hotspots.schemas_ledger import Incoming
from hotspots.schemas_operations import Operation, OperationArea
from hotspots.store.ledger import (
    Ledger,
    add,
    back_up,
    check_integrity,
    correct,
    import_activities,
    list_accesses,
    list_activities,
    list_audit,
    list_operations,
    note_access,
    restore,
    withdraw,
)
from hotspots.store.ledger.dump import Backup
from hotspots.store.ledger.engine import connect
from hotspots.store.ledger.reading import ActivityFilter
from hotspots.store.ledger.tables import migrate, prepare_tables
from hotspots.terms import Phase
from tests.ledger_databases import TODAY, activity, operation, window

if TYPE_CHECKING:
    from collections.abc import Callable

OWN, OTHER = "ashington", "benwell"
WARD, OTHER_WARD = "E05009096", "E05011437"
TEAM = Person("PC 1", Role.NEIGHBOURHOOD, frozenset({OWN, WARD}))
PEOPLE: dict[Role, Person] = {role: Person(f"The {role}", role, TEAM.areas) for role in Role}
DRAWN = OperationArea(
    "Drawn", polygon='{"type":"Polygon","coordinates":[[[-1.6,55.1],[-1.5,55.1],[-1.5,55.2],[-1.6,55.1]]]}'
)


def area(code: str) -> OperationArea:
    return OperationArea(code.title(), area_code=code)


def set_up(ledger: Ledger) -> Ledger:
    """Enter an operation in the team's area and one in another, each with a phase and an activity."""
    for code, where in (("tyne", OWN), ("wear", OTHER)):
        add(ledger, operation(code, area=area(where)), by="set-up")
        add(ledger, replace(window(Phase.CLEAR, "2020-10"), operation=code), by="set-up")
        add(ledger, activity(operation=code), by="set-up", record=f"{code}-1")
    return ledger


def state_of(ledger: Ledger) -> tuple[object, ...]:
    """Return all that is recorded, and the whole log of changes."""
    with ledger.read() as connection:
        return tuple(
            tuple(connection.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2")).all())  # noqa: S608 - our own tables
            for table in ("operation", "phase_window", "activity", "target", "milestone", "audit")
        )


def enter(ledger: Ledger, code: str) -> None:
    add(ledger, activity("2020-11-06", operation=code), by="x")


def amend(ledger: Ledger, code: str) -> None:
    correct(ledger, activity(quantity="9", operation=code), record=f"{code}-1", version=1, by="x")


def take_out(ledger: Ledger, code: str) -> None:
    withdraw(ledger, "activity", f"{code}-1", version=1, by="x", reason="twice")


def bring_rows(ledger: Ledger, code: str) -> None:
    rows = [Incoming(activity("2020-11-07", operation="tyne"), 1), Incoming(activity("2020-11-08", operation=code), 2)]
    import_activities(ledger, rows, by="x", reason="file.csv", keep_good=True)


def bring_the_same(ledger: Ledger, code: str) -> None:
    """Import what is there already: it would change nothing, but tell that it is there."""
    import_activities(ledger, [Incoming(activity(operation=code), 1)], by="x", reason="file.csv")


def try_rows(ledger: Ledger, code: str) -> None:
    rows = [Incoming(activity("2020-11-09", operation=code), 1)]
    import_activities(ledger, rows, by="x", reason="file.csv", dry_run=True)


def begin_phase(ledger: Ledger, code: str) -> None:
    add(ledger, replace(window(Phase.HOLD, "2021-06"), operation=code), by="x")


def rename(ledger: Ledger, code: str) -> None:
    where = OWN if code == "tyne" else OTHER
    correct(ledger, operation(code, name="New", area=area(where)), record=code, version=1, by="x")


def close_it(ledger: Ledger, code: str) -> None:
    take_out(ledger, code)
    withdraw(ledger, "operation", code, version=1, by="x", reason="over")


CHANGES = (enter, amend, take_out, bring_rows, bring_the_same, try_rows, begin_phase, rename, close_it)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a ledger once that many examples begin with."""
    folder = tmp_path_factory.mktemp("ledger")
    with closing(connect(None, folder=folder, today=lambda: TODAY)) as ledger:
        prepare_tables(ledger)
        set_up(ledger.act_as(LAPTOP))
    return folder / "ledger.sqlite"


@settings(max_examples=60)
@given(role=st.sampled_from(Role), change=st.sampled_from(CHANGES), code=st.sampled_from(("tyne", "wear")))
def test_a_change_is_made_exactly_by_those_who_may_make_it(
    template: Path, role: Role, change: Callable[[Ledger, str], None], code: str
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(shutil.copy(template, name)).parent
        with closing(connect(None, folder=folder, today=lambda: TODAY)) as ledger:
            _try(ledger, role, change, code)


def _try(ledger: Ledger, role: Role, change: Callable[[Ledger, str], None], code: str) -> None:
    before = state_of(ledger)
    person = PEOPLE[role]
    if role is Role.VIEWER or (role is Role.NEIGHBOURHOOD and code == "wear"):
        with pytest.raises(AccessError):
            change(ledger.act_as(person), code)
        assert state_of(ledger) == before
        return
    change(ledger.act_as(person), code)
    assert (state_of(ledger) == before) is (change in {bring_the_same, try_rows})
    # Whatever somebody calls themselves, the log names the person.
    assert {line.actor for line in list_audit(ledger)[: -len(before[-1])]} <= {person.name}


@pytest.mark.parametrize("person", [None, replace(PEOPLE[Role.ADMINISTRATOR], until=1.0)])
def test_nobody_changes_nothing(ledger: Ledger, person: Person | None) -> None:
    before = state_of(set_up(ledger))
    for change in CHANGES:
        with pytest.raises(AccessError):
            change(ledger.act_as(person), "tyne")
    assert state_of(ledger) == before


def moves() -> list[tuple[OperationArea, OperationArea]]:
    own, other = area(OWN), area(OTHER)
    wards = OperationArea("Wards", ward_codes=(WARD, OTHER_WARD))
    return [(own, other), (other, own), (own, wards), (wards, own), (own, DRAWN), (DRAWN, own), (other, other)]


def test_a_team_moves_no_operation_into_or_out_of_another_area(ledger: Ledger) -> None:
    for place, (here, there) in enumerate(moves()):
        code = f"tees-{place}"
        add(ledger, operation(code, area=here), by="set-up")
        before = state_of(ledger)
        with pytest.raises(AccessError, match="not among the areas of your neighbourhood team"):
            correct(ledger.act_as(TEAM), operation(code, area=there), record=code, version=1, by="x")
        assert state_of(ledger) == before


def test_a_withdrawn_operation_is_not_taken_over(ledger: Ledger) -> None:
    set_up(ledger)
    withdraw(ledger, "activity", "wear-1", version=1, by="set-up", reason="over")
    withdraw(ledger, "operation", "wear", version=1, by="set-up", reason="over")
    with pytest.raises(AccessError):
        add(ledger.act_as(TEAM), operation("wear", area=area(OWN)), by="x")
    assert [entry.stored.record for entry in list_operations(ledger)] == ["tyne"]


def test_an_activity_stays_in_the_wards_of_the_team(ledger: Ledger) -> None:
    team = set_up(ledger).act_as(TEAM)
    added = add(team, activity("2020-11-06", ward_code=WARD), by="x")
    with pytest.raises(AccessError, match=f"ward {OTHER_WARD}"):
        add(team, activity("2020-11-06", ward_code=OTHER_WARD), by="x")
    with pytest.raises(AccessError, match=f"ward {OTHER_WARD}"):
        correct(team, activity("2020-11-06", ward_code=OTHER_WARD), record=added.record, version=1, by="x")
    theirs = add(ledger, activity("2020-11-06", ward_code=OTHER_WARD), by="set-up")
    with pytest.raises(AccessError, match=f"ward {OTHER_WARD}"):
        correct(team, activity("2020-11-06", ward_code=WARD), record=theirs.record, version=1, by="x")
    # A phase of the team's own that moves takes all of its activities along, whichever ward they name.
    add(team, window(Phase.HOLD, "2020-11-06", "2020-11-06"), by="x")
    assert check_integrity(ledger).problems == ()


EXPORTS: tuple[Callable[[Ledger, str], Any], ...] = (
    lambda ledger, code: list(export_csv(ledger, code)),
    export_excel,
    export_document,
)


def test_records_leave_only_with_those_who_may_take_them(ledger: Ledger) -> None:
    set_up(ledger)
    chief = ledger.act_as(PEOPLE[Role.ADMINISTRATOR])
    for role, export, code in product(Role, EXPORTS, ("tyne", "wear")):
        noted = len(list_accesses(chief))
        theirs = ledger.act_as(PEOPLE[role])
        if role is Role.VIEWER or (role is Role.NEIGHBOURHOOD and code == "wear"):
            with pytest.raises(AccessError):
                export(theirs, code)
            assert len(list_accesses(chief)) == noted
            continue
        assert export(theirs, code)
        line = list_accesses(chief)[0]
        assert line.seq == noted + 1
        assert (line.person, line.role, line.action) == (PEOPLE[role].name, role.value, "export")
        assert line.subject.startswith(f"operation/{code}/")
    for export in EXPORTS[:2]:
        with pytest.raises(AccessError, match="records of every area"):
            export(ledger.act_as(TEAM), "")


def test_an_export_is_refused_for_one_record_of_another_ward(ledger: Ledger) -> None:
    set_up(ledger)
    add(ledger, activity("2020-11-06", ward_code=OTHER_WARD), by="set-up")
    with pytest.raises(AccessError, match=f"ward {OTHER_WARD}"):
        export_csv(ledger.act_as(TEAM), "tyne")


def test_backups_and_restoring_are_for_those_who_reach_everywhere(ledger: Ledger, tmp_path: Path) -> None:
    set_up(ledger)
    for role in (Role.VIEWER, Role.NEIGHBOURHOOD):
        with pytest.raises(AccessError):
            back_up(ledger.act_as(PEOPLE[role]), tmp_path / f"{role}.zip")
    back_up(ledger.act_as(PEOPLE[Role.ANALYST]), tmp_path / "a.zip")
    before = state_of(ledger)
    for role in (Role.VIEWER, Role.NEIGHBOURHOOD, Role.ANALYST):
        with pytest.raises(AccessError, match="ask an administrator"):
            restore(ledger.act_as(PEOPLE[role]), tmp_path / "a.zip", by="x", replace=True)
    assert state_of(ledger) == before
    assert sorted(path.name for path in tmp_path.glob("*.zip")) == ["a.zip"]


def test_the_log_of_accesses_outlives_a_restored_backup(
    ledger: Ledger, open_one: Callable[..., Ledger], tmp_path: Path
) -> None:
    chief = set_up(ledger).act_as(PEOPLE[Role.ADMINISTRATOR])
    back_up(chief, tmp_path / "a.zip")
    note_access(chief.act_as(TEAM), "look", "operation/tyne/log")
    restore(chief, tmp_path / "a.zip", by="x", replace=True)
    note_access(chief, "look", "operation/tyne/log")
    assert [(line.seq, line.subject) for line in list_accesses(chief)] == [
        (3, "operation/tyne/log"),
        (2, "operation/tyne/log"),
        (1, "ledger/backup"),
    ]
    assert check_integrity(chief).problems == ()
    with chief.write() as connection:  # on a new machine the backup brings its own
        migrate(connection, "0002")
        migrate(connection, "0003")
    back_up(chief.act_as(LAPTOP), tmp_path / "b.zip")
    assert list_accesses(chief) == ()
    restore(chief, tmp_path / "a.zip", by="x", replace=True)
    note_access(chief, "look", "operation/tyne/audit")
    assert [line.subject for line in list_accesses(chief)] == ["operation/tyne/audit", "ledger/backup"]


def test_a_backup_shows_the_log_of_accesses_to_administrators_only(ledger: Ledger, tmp_path: Path) -> None:
    set_up(ledger)
    note_access(ledger.act_as(TEAM), "look", "operation/tyne/log")
    for role, lines in ((Role.ANALYST, 0), (Role.ADMINISTRATOR, 3)):
        back_up(ledger.act_as(PEOPLE[role]), tmp_path / f"{role}.zip")
        backup = Backup(tmp_path / f"{role}.zip")
        assert len(list(backup.read_rows("access"))) == backup.count_rows("access") == lines
        assert backup.count_rows("activity") == 2


@pytest.mark.parametrize("statement", ["UPDATE access SET person = 'x'", "DELETE FROM access"])
def test_the_log_of_accesses_only_grows(ledger: Ledger, statement: str) -> None:
    chief = ledger.act_as(PEOPLE[Role.ADMINISTRATOR])
    note_access(chief, "look", "operation/tyne/log")
    with pytest.raises(StoreError), ledger.write() as connection:
        connection.execute(text(statement))
    assert len(list_accesses(chief)) == 1
    with pytest.raises(AccessError):
        list_accesses(chief.act_as(PEOPLE[Role.ANALYST]))


def test_the_log_of_accesses_holds_codes_only(ledger: Ledger) -> None:
    chief = ledger.act_as(PEOPLE[Role.ADMINISTRATOR])
    note_access(chief, "look", "operation/<b>Jo Smith</b>?q=07700 900123/" + "x" * 500)
    note_access(ledger.act_as(LAPTOP), "look", "operation/tyne/log")
    note_access(ledger.act_as(None), "look", "operation/tyne/log")
    (line,) = list_accesses(chief)
    assert len(line.subject) == 120
    assert set("<>? ").isdisjoint(line.subject)
    assert list_activities(ledger, ActivityFilter())[1] == 0
    assert isinstance(operation(), Operation)
