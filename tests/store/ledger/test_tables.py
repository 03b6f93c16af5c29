"""Older tables are taken forward with a backup, newer ones refused; up and down leave the data intact."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from hotspots.errors import InputError, StoreError
from hotspots.schemas_ledger import OperationDocument
from hotspots.settings import read_settings
from hotspots.store.ledger import (
    ActivityFilter,
    Ledger,
    add,
    back_up,
    check_integrity,
    list_activities,
    list_audit,
    list_operations,
    restore,
    total_activities,
)
from hotspots.store.ledger.dump import TABLES, Backup
from hotspots.store.ledger.models import Base
from hotspots.store.ledger.tables import HEAD, REVISIONS, migrate, read_revision
from hotspots.terms import Phase
from tests.ledger_databases import activity, operation, window

if TYPE_CHECKING:
    from collections.abc import Callable


def fill(ledger: Ledger) -> None:
    add(ledger, operation(), by="pat")
    add(ledger, window(Phase.CLEAR, "2020-10"), by="pat")
    for day in range(1, 10):
        add(ledger, activity(f"2020-11-0{day}", "cash", "12.345", at_least=day > 5, note="“£” = <b>"), by="pat")


def read_all(ledger: Ledger) -> dict[str, list[tuple[object, ...]]]:
    with ledger.read() as connection:
        return {
            table: sorted(tuple(row) for row in connection.execute(text(f"SELECT * FROM {table}")))  # noqa: S608 - our own tables
            for table in TABLES
            if inspect(connection).has_table(table)
        }


def test_the_forms_that_are_named_are_the_forms_that_there_are() -> None:
    config = Config()
    config.set_main_option("script_location", "hotspots.store.ledger:migrations")
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)
    assert tuple(script.revision for script in scripts.walk_revisions())[::-1] == REVISIONS


def test_the_steps_lead_to_the_models(ledger: Ledger) -> None:
    with ledger.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_up_and_down_leave_the_data_intact(ledger: Ledger) -> None:
    fill(ledger)
    before = read_all(ledger)
    for revision in (*REVISIONS[-2::-1], *REVISIONS[1:]):
        with ledger.write() as connection:
            migrate(connection, revision)
            assert read_revision(connection) == revision
        assert read_all(ledger) == {
            table: rows for table, rows in before.items() if revision >= "0003" or table != "access"
        }
    assert check_integrity(ledger).problems == ()
    with ledger.write() as connection:
        migrate(connection, "base")
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}


def test_older_tables_are_taken_forward_after_a_backup(ledger: Ledger, open_one: Callable[..., Ledger]) -> None:
    fill(ledger)
    before = read_all(ledger)
    with ledger.write() as connection:
        migrate(connection, "0001")
    again = open_one()
    assert read_all(again) == before
    folder = read_settings().operations_home / "backups"
    (made,) = folder.glob("*.zip")
    assert made.name.startswith(f"before-{HEAD}-from-0001-")
    assert Backup(made).revision == "0001"
    assert restore(again, made, by="pat", replace=True) == len(before["audit"])
    assert {table: rows for table, rows in read_all(again).items() if table != "audit"} == {
        table: rows for table, rows in before.items() if table != "audit"
    }
    assert check_integrity(again).problems == ()


def test_newer_tables_are_refused(ledger: Ledger, open_one: Callable[..., Ledger]) -> None:
    fill(ledger)
    with ledger.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0999'"))
    with pytest.raises(StoreError, match=r"was written by a newer version of Hotspots \(form 0999"):
        open_one()
    with ledger.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :form"), {"form": HEAD})
    assert check_integrity(open_one()).problems == ()


def test_a_failed_step_leaves_the_older_tables(
    ledger: Ledger, open_one: Callable[..., Ledger], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(ledger)
    with ledger.write() as connection:
        migrate(connection, "0001")
    before = read_all(ledger)

    def fail(*_args: object, **_options: object) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr("hotspots.store.ledger.tables.write_backup", fail)
    with pytest.raises(StoreError, match="disk is full"):
        open_one()
    with ledger.read() as connection:
        assert read_revision(connection) == "0001"
    assert read_all(ledger) == before


def test_a_backup_comes_back_from_either_database_into_either(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    from hotspots.store.ledger import open_ledger  # noqa: PLC0415 - opened on the other database

    fill(ledger)
    target = tmp_path / "ledger.zip"
    assert back_up(ledger, target) == 11
    if ledger.postgresql:
        monkeypatch.delenv("HOTSPOTS_DATABASE_URL")
    else:
        monkeypatch.setenv("HOTSPOTS_DATABASE_URL", request.getfixturevalue("postgresql_url"))
    other = open_ledger(read_settings())
    assert other.postgresql != ledger.postgresql
    assert restore(other, target, by="pat") == 11
    assert total_activities(other) == total_activities(ledger)
    assert list_activities(other, ActivityFilter()) == list_activities(ledger, ActivityFilter())
    assert list_audit(other)[1:] == list_audit(ledger)
    assert list_audit(other)[0].action == "restore"
    assert check_integrity(other).problems == ()
    with pytest.raises(InputError, match=r"holds 12 entries; add --replace"):
        restore(other, target, by="pat")
    add(other, activity("2021-01-01"), by="sam")
    assert restore(other, target, by="pat", replace=True) == 11
    assert total_activities(other) == total_activities(ledger)
    assert len(list((read_settings().operations_home / "backups").glob("before-restore-*.zip"))) == 1
    other.close()


def test_a_backup_with_any_changed_byte_is_refused_or_whole(ledger: Ledger, tmp_path: Path) -> None:
    fill(ledger)
    before = read_all(ledger)
    target = tmp_path / "ledger.zip"
    back_up(ledger, target)
    whole = target.read_bytes()
    broken = tmp_path / "changed.zip"
    for at in range(0, len(whole), max(1, len(whole) // 150)):
        broken.write_bytes(whole[:at] + bytes([whole[at] ^ 255]) + whole[at + 1 :])
        try:
            Backup(broken)
        except InputError as error:
            assert "changed.zip" in str(error)  # noqa: PT017 - some bytes, such as a time, matter to nobody
    assert read_all(ledger) == before


def test_a_damaged_backup_is_refused_and_nothing_changes(ledger: Ledger, tmp_path: Path) -> None:
    fill(ledger)
    before = read_all(ledger)
    target = tmp_path / "ledger.zip"
    back_up(ledger, target)
    whole = target.read_bytes()
    for name, data, message in (
        ("short.zip", whole[:-200], "is not a backup"),
        ("text.zip", b"no zip at all", "is not a backup"),
        ("changed.zip", whole[:200] + bytes([whole[200] ^ 255]) + whole[201:], "damaged|is not a backup"),
    ):
        broken = tmp_path / name
        broken.write_bytes(data)
        with pytest.raises(InputError, match=message):
            restore(ledger, broken, by="pat", replace=True)
    with pytest.raises(InputError, match="does not exist"):
        restore(ledger, tmp_path / "none.zip", by="pat")
    assert read_all(ledger) == before


def test_what_the_program_carries_is_entered_once_and_left_alone(open_one: Callable[..., Ledger]) -> None:
    from hotspots.schemas_ledger import Incoming  # noqa: PLC0415 - this test only
    from hotspots.store.ledger import withdraw  # noqa: PLC0415 - this test only

    published = [OperationDocument(Incoming(operation()))]
    first = open_one(published=published)
    assert [entry.stored.recorded_by for entry in list_operations(first)] == ["published record"]
    withdraw(first, "operation", "tyne", version=1, by="pat", reason="not ours")
    assert list_operations(open_one(published=published)) == ()


def test_looking_at_an_empty_ledger_leaves_no_file(home: Path, open_one: Callable[..., Ledger], database: str) -> None:
    ledger = open_one(create=False)
    assert list_operations(ledger) == ()
    assert (home / "operations").exists() is False
    assert (ledger.label == "memory") is (database == "sqlite")


def test_a_password_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    from hotspots.store.ledger import open_ledger  # noqa: PLC0415 - this test only

    for address in (
        "postgresql://pat:secret@127.0.0.1:1/hotspots",
        "mysql://pat:secret@db/hotspots",
        "secret://",
        "postgresql://pat:secret@127.0.0.1:x/hotspots",
    ):
        monkeypatch.setenv("HOTSPOTS_DATABASE_URL", address)
        with pytest.raises((InputError, StoreError)) as caught:
            open_ledger(read_settings())
        assert not re.search("pat:|secret[^”:]", str(caught.value)), caught.value


def test_a_backup_that_cannot_be_written_leaves_no_part(ledger: Ledger, tmp_path: Path) -> None:
    fill(ledger)
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StoreError, match=r"The backup .*ledger\.zip cannot be written"):
        back_up(ledger, tmp_path / "file" / "ledger.zip")
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "home") == ["file"]
