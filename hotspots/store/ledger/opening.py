"""Open the ledger that the settings name, back it up, and restore it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from hotspots.access import PROGRAM, Action, may, require, require_everywhere
from hotspots.errors import InputError
from hotspots.store.ledger.accesses import ACCESS_TABLE, continue_numbers, note_access, read_access, write_access
from hotspots.store.ledger.dump import Backup, write_backup
from hotspots.store.ledger.engine import Ledger, connect
from hotspots.store.ledger.journal import Journal, latest
from hotspots.store.ledger.models import AuditRow
from hotspots.store.ledger.recording import enter
from hotspots.store.ledger.tables import HEAD, REVISIONS, migrate, prepare_tables, read_revision

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from hotspots.schemas_ledger import OperationDocument
    from hotspots.settings import Settings

PUBLISHED = PROGRAM.name
"""Who recorded what the program itself carries."""


def open_ledger(
    settings: Settings,
    published: Sequence[OperationDocument] = (),
    *,
    create: bool = True,
    today: Callable[[], date] = date.today,
) -> Ledger:
    """Open the operations ledger; make it, or take an older one forward after a backup.

    Parameters
    ----------
    settings
        Names the database and the data home.
    published
        Operations with published figures that every ledger carries; each is entered once, and left alone once there.
    create
        When False and nothing has been recorded yet, the ledger is one in memory: looking leaves no file behind.
    today
        Tells the day.

    Raises
    ------
    InputError
        If the database's address cannot be used.
    StoreError
        If the ledger cannot be opened, or was written by a newer version.
    """
    ledger = connect(settings.database_url, folder=settings.operations_home, today=today, create=create)
    ledger = ledger.act_as(settings.person)
    try:
        prepare_tables(ledger)
        _enter_published(ledger, published)
    except BaseException:
        ledger.close()
        raise
    return ledger


def _enter_published(ledger: Ledger, published: Sequence[OperationDocument]) -> None:
    with ledger.read() as connection:
        absent = [one for one in published if latest(connection, "operation", one.operation.value.code) is None]
    if not absent:
        return
    with ledger.write() as connection:
        journal = Journal(connection, person=PROGRAM, reason="carried by the program, from the sources it names")
        for document in absent:
            if latest(connection, "operation", document.operation.value.code) is None:
                enter(journal, document.operation.value, today=ledger.today())
                journal.flush()
                for milestone in document.milestones:
                    enter(journal, milestone.value, record=milestone.record, today=ledger.today())
        journal.flush()


def back_up(ledger: Ledger, target: Path) -> int:
    """Write the whole ledger into one zip file; others may write meanwhile.

    The log of accesses goes along when an administrator asks, who alone may read it.

    Returns
    -------
    int
        Lines of the audit log that it holds.

    Raises
    ------
    StoreError
        If it cannot be written.
    AccessError
        If the person may not take out the records of every area.
    """
    person = require_everywhere(ledger.person, Action.EXPORT)
    note_access(ledger, Action.EXPORT, "ledger/backup")
    empty = "" if may(person, Action.ADMINISTER) else ACCESS_TABLE
    with ledger.read() as connection:
        if ledger.postgresql:
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        revision = read_revision(connection) or HEAD
        write_backup(connection, target, revision=revision, empty=empty)
        return connection.execute(select(func.count()).select_from(AuditRow)).scalar_one()


def restore(ledger: Ledger, source: Path, *, by: str, replace: bool = False) -> int:
    """Bring a backup back, from either kind of database into either kind.

    Parameters
    ----------
    ledger
        Where to.
    source
        The backup; one with older tables is taken forward.
    by
        Who restores.
    replace
        Replace what the ledger holds, after a backup of it; by default only a ledger without entries is filled.

    Returns
    -------
    int
        Lines of the audit log that were restored.

    Raises
    ------
    InputError
        If the file is not a sound backup, is from a newer version, or the ledger holds entries and `replace` is False.
    StoreError
        If the database fails; the ledger is as it was.
    AccessError
        If the person is no administrator.
    """
    person = require(ledger.person, Action.ADMINISTER)
    backup = Backup(source)
    if backup.revision not in REVISIONS:
        raise InputError(
            f"{source} was written by a newer version of Hotspots (form {backup.revision}, this one knows {HEAD}); "
            "install that version."
        )
    with ledger.write() as connection:
        entries = connection.execute(
            select(func.count()).select_from(AuditRow).where(AuditRow.actor != PUBLISHED)
        ).scalar_one()
        if entries and not replace:
            raise InputError(
                f"The ledger {ledger.label} holds {entries:,} entries; add --replace to put the backup in their place "
                "(the present state is backed up first)."
            )
        if entries and ledger.backups is not None:
            write_backup(connection, ledger.backups, name="before-restore", revision=HEAD)
        noted = read_access(connection)
        migrate(connection, "base")
        migrate(connection, backup.revision)
        backup.fill(connection, leave_out=ACCESS_TABLE if noted else "")
        migrate(connection, HEAD)
        if noted:  # who looked at what here is no part of what a backup can take back
            write_access(connection, noted)
        else:
            continue_numbers(connection)
        journal = Journal(
            connection,
            person=person,
            actor=by,
            reason=f"{source.name}, restored {datetime.now(UTC).isoformat(timespec='seconds')}",
        )
        journal.note("restore", "ledger", "backup")
        journal.flush()
    return backup.count_rows("audit")
