"""Many hands and broken machines: what was confirmed is there, what was not is not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from hotspots.errors import ConflictError, StoreError
from hotspots.schemas_ledger import Incoming
from hotspots.settings import read_settings
from hotspots.store.ledger import (
    ActivityFilter,
    Ledger,
    add,
    check_integrity,
    correct,
    import_activities,
    list_activities,
    list_versions,
    open_ledger,
    total_activities,
)
from hotspots.store.ledger import engine as ledger_engine
from tests.ledger_databases import activity, operation

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

ROOT = Path(__file__).resolve().parents[3]
WRITERS, ENTRIES = 20, 6

_WRITER = """
import sys
from hotspots.settings import read_settings
from hotspots.store.ledger import add, import_activities, open_ledger
from hotspots.schemas_ledger import Incoming
from tests.ledger_databases import TODAY, activity
ledger = open_ledger(read_settings(), today=lambda: TODAY)
for turn in range(100_000):
    note = f"turn {turn}"
    if turn % 3 == 2:
        rows = [Incoming(activity(note=f"{note} row {row}"), row) for row in range(50)]
        import_activities(ledger, rows, by="w", reason="file")
    else:
        add(ledger, activity(note=note), by="w")
    print(note, flush=True)
"""


def test_twenty_writers_lose_and_double_nothing(ledger: Ledger) -> None:
    add(ledger, operation(), by="pat")
    failures: list[BaseException] = []

    def write(writer: int) -> None:
        try:
            for entry in range(ENTRIES):
                add(ledger, activity(note=f"{writer}/{entry}", quantity="1"), by=f"writer {writer}")
        except BaseException as error:  # noqa: BLE001 - it is reported by the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    found, total = list_activities(ledger, ActivityFilter(), limit=None)
    assert total == WRITERS * ENTRIES
    assert {one.value.note for one in found} == {
        f"{writer}/{entry}" for writer in range(WRITERS) for entry in range(ENTRIES)
    }
    assert [one.quantity for one in total_activities(ledger)] == [WRITERS * ENTRIES]
    assert check_integrity(ledger).problems == ()


def test_of_many_editors_of_one_record_each_sees_the_others(ledger: Ledger) -> None:
    add(ledger, operation(), by="pat")
    first = add(ledger, activity(quantity="0"), by="pat")
    told = []

    def edit(editor: int) -> None:
        seen = 1
        for _ in range(100):
            value = activity(quantity=str(editor), note=f"editor {editor}")
            try:
                correct(ledger, value, record=first.record, version=seen, by=f"editor {editor}")
            except ConflictError as error:
                told.append(editor)
                seen = error.theirs.version
            else:
                return

    threads = [threading.Thread(target=edit, args=(editor,)) for editor in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    versions = list_versions(ledger, "activity", first.record)
    assert {one.recorded_by for one in versions} == {"pat", *(f"editor {editor}" for editor in range(1, 9))}
    assert len(versions) == 9
    assert len(set(told)) >= 7, "all but the first were told"
    assert check_integrity(ledger).problems == ()


def test_a_killed_writer_leaves_what_it_confirmed(ledger: Ledger, open_one: Callable[..., Ledger]) -> None:
    add(ledger, operation(), by="pat")
    process = subprocess.Popen(
        [sys.executable, "-c", _WRITER], stdout=subprocess.PIPE, text=True, env=dict(os.environ, PYTHONPATH=str(ROOT))
    )
    assert process.stdout is not None
    confirmed = [process.stdout.readline().strip() for _ in range(8)]
    time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    confirmed += process.stdout.read().split("\n")
    process.stdout.close()
    process.wait()
    confirmed = [note for note in confirmed if note.startswith("turn ")]
    assert len(confirmed) >= 8
    again = open_one()
    notes = {one.value.note for one in list_activities(again, ActivityFilter(), limit=None)[0]}
    for note in confirmed:
        if int(note.split()[1]) % 3 == 2:
            assert {f"{note} row {row}" for row in range(50)} <= notes
        else:
            assert note in notes
    last = len(confirmed)
    beyond = {note for note in notes if int(note.split()[1]) >= last}
    assert beyond in (set(), {f"turn {last}"}, {f"turn {last} row {row}" for row in range(50)}), "whole, or not at all"
    assert check_integrity(again).problems == ()
    add(again, activity(note="after"), by="pat")


def test_a_full_disk_keeps_nothing_of_the_change(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = open_ledger(read_settings())
    add(ledger, operation(), by="pat")
    add(ledger, activity(note="before"), by="pat")
    with ledger.write() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 3}")
    rows = [Incoming(activity(note=f"row {row} " + "x" * 500), row) for row in range(500)]
    with pytest.raises(StoreError, match=r"Nothing of this was kept: the disk that holds .*ledger\.sqlite is full"):
        import_activities(ledger, rows, by="pat", reason="file.csv")
    assert [one.value.note for one in list_activities(ledger, ActivityFilter())[0]] == ["before"]
    assert check_integrity(ledger).problems == ()
    ledger.close()


def lose(ledger: Ledger, connection: Connection) -> None:
    mine = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with ledger.read() as other:
        other.execute(text("SELECT pg_terminate_backend(:mine), pg_sleep(0.2)"), {"mine": mine})


def test_a_lost_connection_is_told_and_the_next_change_goes_through(
    monkeypatch: pytest.MonkeyPatch, postgresql_url: str
) -> None:
    monkeypatch.setenv("HOTSPOTS_DATABASE_URL", postgresql_url)
    ledger = open_ledger(read_settings())
    add(ledger, operation(), by="pat")

    def change_and_lose() -> None:
        with ledger.write() as connection:
            connection.execute(text("UPDATE operation SET state = 'superseded'"))
            lose(ledger, connection)
            connection.execute(text("SELECT 1"))

    with pytest.raises(StoreError, match="connection to it was lost; nothing of this change was kept"):
        change_and_lose()
    with ledger.read() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid()"
            )
        )
    add(ledger, activity(), by="pat")
    assert check_integrity(ledger).problems == ()
    ledger.close()


def test_a_connection_lost_while_confirming_says_so(monkeypatch: pytest.MonkeyPatch, postgresql_url: str) -> None:
    monkeypatch.setenv("HOTSPOTS_DATABASE_URL", postgresql_url)
    ledger = open_ledger(read_settings())

    def lose_at_the_end() -> None:
        with ledger.write() as connection:
            lose(ledger, connection)

    with pytest.raises(StoreError, match="lost while the change was being confirmed; look in the log"):
        lose_at_the_end()
    ledger.close()


def test_a_database_that_does_not_answer_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, postgresql_url: str, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOTSPOTS_DATABASE_URL", f"postgresql://hotspots@/hotspots?host={tmp_path}")
    with pytest.raises(StoreError, match="The database hotspots on this machine cannot be reached"):
        open_ledger(read_settings())
    monkeypatch.setenv("HOTSPOTS_DATABASE_URL", postgresql_url.replace("/ledger_", "/other_"))
    with pytest.raises(StoreError, match=r"there is no database other_.* on this machine; create it"):
        open_ledger(read_settings())


def test_a_file_that_is_no_ledger_is_one_sentence(home: Path) -> None:
    folder = home / "operations"
    folder.mkdir(parents=True)
    (folder / "ledger.sqlite").write_bytes(b"this is no database, whatever its name says" * 100)
    with pytest.raises(StoreError, match=r"ledger\.sqlite is not a ledger; move it away"):
        open_ledger(read_settings())


def test_a_home_that_cannot_be_written_is_one_sentence(home: Path) -> None:
    home.mkdir(parents=True)
    (home / "operations").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match=r"operations cannot be made .*set HOTSPOTS_HOME"):
        open_ledger(read_settings())


def test_a_ledger_that_is_held_too_long_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_engine, "WAIT_SECONDS", 0.1)
    ledger = open_ledger(read_settings())
    with pytest.raises(StoreError, match=r"other changes have held .* for a minute; try again"), ledger.write():
        add(ledger, operation(), by="pat")
    ledger.close()


def test_tampering_is_found(ledger: Ledger) -> None:
    add(ledger, operation(), by="pat")
    for day in range(1, 5):
        add(ledger, activity(f"2020-11-0{day}"), by="pat")

    def tamper(*changes: str) -> tuple[str, ...]:
        with ledger.write() as connection:
            if ledger.postgresql:
                connection.execute(text("SET LOCAL session_replication_role = replica"))
            else:
                for name in ("activity_kept", "activity_stays", "audit_kept", "audit_stays"):
                    connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
            for change in changes:
                connection.execute(text(change))
        return check_integrity(ledger).problems

    assert check_integrity(ledger).problems == ()
    found = tamper("UPDATE activity SET quantity_milli = 9000 WHERE date_first = '2020-11-01'")
    assert any("is not as the audit log says it was recorded" in problem for problem in found)
    found = tamper("DELETE FROM activity WHERE date_first = '2020-11-02'")
    assert any("which is not in the ledger" in problem for problem in found)
    found = tamper("DELETE FROM audit WHERE seq = 3")
    assert any("lines have been removed" in problem for problem in found)
    found = tamper("UPDATE audit SET actor = 'nobody' WHERE seq = 2")
    assert any("Line 2 of the audit log is not as it was written" in problem for problem in found)
    if not ledger.postgresql:
        assert any("guards that keep what is recorded have been removed" in problem for problem in found)
