"""Enter, correct and withdraw single records; nothing is overwritten, and the second of two editors is told."""

from __future__ import annotations

import secrets
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, overload

from sqlalchemy import func, select

from hotspots.access import Action, require
from hotspots.errors import ConflictError, InputError, UnknownNameError
from hotspots.record_values import entity_of, operation_of
from hotspots.schemas_ledger import Activity
from hotspots.schemas_operations import Milestone, Operation, PhaseWindow
from hotspots.store.ledger.journal import Journal, latest
from hotspots.store.ledger.models import CURRENT, WITHDRAWN, ActivityRow, OperationRow, PhaseRow
from hotspots.store.ledger.rows import from_row
from hotspots.store.ledger.rules import Frame, check_milestone, follow, place_activity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from sqlalchemy import Connection

    from hotspots.schemas_ledger import R, Record, Stored
    from hotspots.store.ledger.engine import Ledger


def new_record() -> str:
    """Return a reference that no other record has; later ones sort later, which keeps the indexes compact."""
    return f"{time.time_ns():016x}{secrets.token_hex(8)}"


@contextmanager
def open_journal(ledger: Ledger, *, by: str, reason: str = "") -> Iterator[Journal]:
    """Open a writing transaction and the journal of its changes; they are written at its end.

    Raises
    ------
    AccessError
        If the ledger is in the hands of somebody who may not change records, or not this one.
    """
    person = require(ledger.person, Action.RECORD)
    with ledger.write() as connection:
        journal = Journal(connection, person=person, actor=by, reason=reason)
        yield journal
        journal.flush()


def add(ledger: Ledger, value: R, *, by: str, record: str = "", reason: str = "") -> Stored[R]:
    """Enter a new record.

    Parameters
    ----------
    ledger
        Where.
    value
        What: an operation, phase window, activity, target or milestone.
    by
        Who.
    record
        Its reference; a new one by default. An operation's is its code.
    reason
        Why, for the audit log.

    Returns
    -------
    Stored
        As the ledger keeps it; an activity with the phase in which it counts.

    Raises
    ------
    InputError
        If it breaks a rule of its operation, or an operation of that code is there already.
    StoreError
        If the database fails; nothing is kept then.
    """
    with open_journal(ledger, by=by, reason=reason) as journal:
        return enter(journal, value, record=record, today=ledger.today())


def enter(journal: Journal, value: Any, *, record: str = "", today: date) -> Stored[Any]:
    """Enter a new record in an open transaction; see :func:`add`."""
    if isinstance(value, Operation):
        there = latest(journal.connection, "operation", value.code)
        if there is not None and there.state != WITHDRAWN:
            raise InputError(f"There is an operation {value.code} already; correct it, or choose another code.")
        return journal.supersede(there, value, action="add") if there else journal.add(value, value.code)
    frame = read_frame(journal.connection, operation_of(value))
    stored = journal.add(check(value, frame, today=today), record or new_record())
    if isinstance(value, PhaseWindow):
        follow_windows(journal, frame.operation.code)
    return stored


def correct(ledger: Ledger, value: R, *, record: str, version: int, by: str, reason: str = "") -> Stored[R]:
    """Record a corrected version; the earlier one stays and is marked as superseded.

    Parameters
    ----------
    value
        The record as it should be.
    record, version
        The reference, and the version that the editor saw.
    ledger, by, reason
        As in :func:`add`.

    Raises
    ------
    ConflictError
        If somebody else has corrected it since; the error holds both versions.
    InputError
        If there is no such record, it moves to another operation, or it breaks a rule.
    StoreError
        If the database fails; nothing is kept then.
    """
    with open_journal(ledger, by=by, reason=reason) as journal:
        old = seen(journal.connection, entity_of(value), record, version, mine=value)
        return amend(journal, old, value, today=ledger.today())


def amend(journal: Journal, old: Stored[Any], value: Any, *, today: date) -> Stored[Any]:
    """Record a corrected version in an open transaction; see :func:`correct`."""
    if operation_of(old.value) != operation_of(value):
        raise InputError(
            f"The record belongs to {operation_of(old.value)}; withdraw it there and enter it under "
            f"{operation_of(value)}."
        )
    if isinstance(value, Operation):
        _refuse_later_start(journal.connection, value)
        return journal.supersede(old, value)
    frame = read_frame(journal.connection, operation_of(value))
    stored = journal.supersede(old, check(value, frame, today=today))
    if isinstance(value, PhaseWindow):
        follow_windows(journal, frame.operation.code)
    return stored


def withdraw(ledger: Ledger, entity: str, record: str, *, version: int, by: str, reason: str) -> Stored[Any]:
    """Take a record out of all counts; it stays in the ledger, with who withdrew it and why.

    Parameters
    ----------
    entity
        ``operation``, ``phase``, ``activity``, ``target`` or ``milestone``.
    record, version
        The reference, and the version that the editor saw.
    ledger, by
        As in :func:`add`.
    reason
        Why; it may not be empty.

    Raises
    ------
    ConflictError
        If somebody else has corrected it since.
    InputError
        If there is no such record, no reason is given, or it is an operation that still has records.
    StoreError
        If the database fails; nothing is kept then.
    """
    if not reason.strip():
        raise InputError("A record is withdrawn with a reason; say why.")
    with open_journal(ledger, by=by, reason=reason) as journal:
        old = seen(journal.connection, entity, record, version, mine=None)
        if entity == "operation":
            _refuse_orphans(journal.connection, record)
        stored = journal.supersede(old, old.value, action="withdraw", state=WITHDRAWN)
        if entity == "phase":
            follow_windows(journal, operation_of(old.value))
        return stored


def seen(connection: Connection, entity: str, record: str, version: int, *, mine: object) -> Stored[Any]:
    """Return the latest version of a record, if it is the one that the editor saw.

    Raises
    ------
    ConflictError
        If it is a later one, or the record has been withdrawn.
    InputError
        If there is no such record.
    """
    there = latest(connection, entity, record)
    if there is None:
        raise InputError(f"There is no {entity} with the reference {record[:64]}; look it up in the log.")
    if there.state == WITHDRAWN:
        raise ConflictError(
            f"{there.recorded_by} withdrew this {entity} meanwhile; enter it anew if it should count.",
            mine=mine,
            theirs=there,
        )
    if there.version != version:
        raise ConflictError(
            f"{there.recorded_by} has corrected this {entity} since you opened it (version {there.version}, you saw "
            f"{version}); compare the two and save again.",
            mine=mine,
            theirs=there,
        )
    return there


def read_frame(connection: Connection, code: str) -> Frame:
    """Return an operation with its phase windows.

    Raises
    ------
    UnknownNameError
        If there is no such operation.
    """
    there = latest(connection, "operation", code)
    if there is None or there.state == WITHDRAWN:
        known = connection.execute(select(OperationRow.record).where(OperationRow.state == CURRENT)).scalars()
        raise UnknownNameError("operation", code, known)
    windows = connection.execute(
        select(PhaseRow.__table__).where(PhaseRow.operation == code, PhaseRow.state == CURRENT)
    ).mappings()
    return Frame(there.value, tuple(from_row("phase", row).value for row in windows))


@overload
def check(value: Activity, frame: Frame, *, today: date) -> Activity: ...
@overload
def check(value: Record, frame: Frame, *, today: date) -> Record: ...
def check(value: Record, frame: Frame, *, today: date) -> Record:
    """Check a record against its operation; an activity comes back with the phase in which it counts."""
    if isinstance(value, Activity):
        return place_activity(value, frame, today=today)
    if isinstance(value, Milestone):
        check_milestone(value, today=today)
    return value


def follow_windows(journal: Journal, code: str) -> int:
    """Bring activities whose phase follows their date into line with the windows as they now stand.

    Returns
    -------
    int
        How many activities now count in another phase; each has a new version and an audit line.
    """
    journal.flush()
    windows = read_frame(journal.connection, code).windows
    table = ActivityRow.__table__
    rows = journal.connection.execute(
        select(table).where(table.c.operation == code, table.c.state == CURRENT, table.c.phase_chosen.is_(False))
    ).mappings()
    moved = 0
    for row in rows.all():
        old = from_row("activity", row)
        new = follow(old.value, windows)
        if new.phase != old.value.phase:
            journal.supersede(old, new, action="follow")
            moved += 1
    journal.flush()
    return moved


def _refuse_later_start(connection: Connection, operation: Operation) -> None:
    if operation.started is None:
        return
    earlier = connection.execute(
        select(func.count())
        .select_from(ActivityRow)
        .where(
            ActivityRow.operation == operation.code,
            ActivityRow.state == CURRENT,
            ActivityRow.date_last < operation.started.first,
        )
    ).scalar_one()
    if earlier:
        raise InputError(
            f"{operation.name} has {earlier:,} activities before {operation.started.name()}; correct them before its "
            "start."
        )


def _refuse_orphans(connection: Connection, code: str) -> None:
    activities = connection.execute(
        select(func.count()).select_from(ActivityRow).where(ActivityRow.operation == code, ActivityRow.state == CURRENT)
    ).scalar_one()
    if activities:
        raise InputError(f"The operation {code} has {activities:,} activities; withdraw those first, or close it.")
