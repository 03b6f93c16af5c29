"""Read the ledger: operations, their phases, targets and milestones, activities by the page, totals, and the log."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, literal_column, or_, select

from hotspots.errors import InputError, UnknownNameError
from hotspots.record_dates import RecordDate
from hotspots.record_values import from_milli
from hotspots.schemas_ledger import Activity, AuditEntry
from hotspots.store.ledger.models import ROWS, ActivityRow, AuditRow, MilestoneRow, OperationRow, PhaseRow, TargetRow
from hotspots.store.ledger.rows import from_row
from hotspots.terms import Phase

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from decimal import Decimal

    from sqlalchemy import ColumnElement, Connection

    from hotspots.schemas_ledger import Stored
    from hotspots.schemas_operations import Milestone, Operation, PhaseWindow, Target
    from hotspots.store.ledger.engine import Ledger

_CURRENT: ColumnElement[str] = literal_column("'current'")
"""Written out, not bound, so that both databases see that their partial indexes fit."""


@dataclass(frozen=True)
class OperationEntry:
    """One line of the list of operations.

    Attributes
    ----------
    stored
        The operation.
    activities
        How many activities it has.
    first, last
        The first and last day of them; None when there is none.
    milestones, targets
        How many it has.
    windows
        Its phase windows.
    """

    stored: Stored[Operation]
    activities: int
    first: date | None
    last: date | None
    milestones: int
    targets: int
    windows: tuple[PhaseWindow, ...]


@dataclass(frozen=True)
class KindTotal:
    """The sum of the records of one kind in one phase.

    Attributes
    ----------
    operation, kind, phase, unit
        What is summed; phase None for records in no phase.
    quantity
        The sum.
    at_least
        True when a record in it is a lower bound.
    records
        How many records.
    """

    operation: str
    kind: str
    phase: Phase | None
    unit: str
    quantity: Decimal
    at_least: bool
    records: int


@dataclass(frozen=True)
class ActivityFilter:
    """Which activities to list.

    Attributes
    ----------
    operation
        Code; empty for all.
    kinds, phases
        Codes, and phases with None for those in none; empty for all.
    first, last
        Days that the activity's date must touch; None for open.
    words
        Text that note, place, partner or source holds.
    """

    operation: str = ""
    kinds: tuple[str, ...] = ()
    phases: tuple[Phase | None, ...] = ()
    first: date | None = None
    last: date | None = None
    words: str = ""


def list_operations(ledger: Ledger) -> tuple[OperationEntry, ...]:
    """List every operation by name, with how much is recorded about it."""
    with ledger.read() as connection:
        rows = connection.execute(
            select(OperationRow.__table__).where(OperationRow.state == _CURRENT).order_by(OperationRow.name)
        ).mappings()
        operations = [from_row("operation", row) for row in rows]
        spans = {
            row.operation: row
            for row in connection.execute(
                select(
                    ActivityRow.operation,
                    func.count().label("activities"),
                    func.min(ActivityRow.date_first).label("first"),
                    func.max(ActivityRow.date_last).label("last"),
                )
                .where(ActivityRow.state == _CURRENT)
                .group_by(ActivityRow.operation)
            )
        }
        milestones, targets = _count(connection, MilestoneRow), _count(connection, TargetRow)
        windows = [stored.value for stored in _list(connection, "phase", None)]
    return tuple(
        OperationEntry(
            stored=stored,
            activities=span.activities if (span := spans.get(stored.record)) else 0,
            first=span.first if span else None,
            last=span.last if span else None,
            milestones=milestones.get(stored.record, 0),
            targets=targets.get(stored.record, 0),
            windows=tuple(window for window in windows if window.operation == stored.record),
        )
        for stored in operations
    )


def _count(connection: Connection, table: type[MilestoneRow | TargetRow]) -> dict[str, int]:
    counted = connection.execute(
        select(table.operation, func.count()).where(table.state == _CURRENT).group_by(table.operation)
    )
    return {row[0]: row[1] for row in counted}


def find_operation(ledger: Ledger, name: str) -> Stored[Operation]:
    """Return the operation of that code, name or local brand, whatever its capitals.

    Raises
    ------
    UnknownNameError
        If there is none; the message suggests the nearest.
    InputError
        If two share the name.
    """
    with ledger.read() as connection:
        operations = [
            from_row("operation", row)
            for row in connection.execute(
                select(OperationRow.__table__).where(OperationRow.state == _CURRENT)
            ).mappings()
        ]
    return match_operation(operations, name)


def match_operation(operations: Sequence[Stored[Operation]], name: str) -> Stored[Operation]:
    """Choose an operation by code, name or local brand; see :func:`find_operation`."""
    wanted = " ".join(name.casefold().split())
    for names in (lambda value: (value.code,), lambda value: (value.name, value.brand)):
        found = [one for one in operations if wanted in {text.casefold() for text in names(one.value) if text}]
        if len(found) > 1:
            codes = " or ".join(one.record for one in found)
            raise InputError(f"More than one operation is called “{name}”; give its code: {codes}.")
        if found:
            return found[0]
    raise UnknownNameError("operation", name, (one.record for one in operations))


def list_windows(ledger: Ledger, operation: str) -> tuple[Stored[PhaseWindow], ...]:
    """List an operation's phase windows: clear, hold, build, each by start."""
    with ledger.read() as connection:
        found = _list(connection, "phase", operation)
    order = list(Phase)
    return tuple(sorted(found, key=lambda one: (order.index(one.value.phase), one.value.window[0], one.record)))


def list_targets(ledger: Ledger, operation: str) -> tuple[Stored[Target], ...]:
    """List an operation's targets by the day by which they are to be reached."""
    with ledger.read() as connection:
        found = _list(connection, "target", operation)
    return tuple(sorted(found, key=lambda one: (one.value.by, one.value.kind, one.record)))


def list_milestones(ledger: Ledger, operation: str) -> tuple[Stored[Milestone], ...]:
    """List an operation's published statements, earliest first."""
    with ledger.read() as connection:
        found = _list(connection, "milestone", operation)
    return tuple(sorted(found, key=lambda one: (one.value.as_at.last, one.value.as_at.first, one.record)))


_OWNED: dict[str, type[PhaseRow | TargetRow | MilestoneRow]] = {
    "phase": PhaseRow,
    "target": TargetRow,
    "milestone": MilestoneRow,
}


def _list(connection: Connection, entity: str, operation: str | None) -> list[Stored[Any]]:
    table = _OWNED[entity]
    query = select(table.__table__).where(table.state == _CURRENT)
    if operation is not None:
        query = query.where(table.operation == operation)
    return [from_row(entity, row) for row in connection.execute(query).mappings()]


def list_activities(
    ledger: Ledger, chosen: ActivityFilter, *, limit: int | None = 200, offset: int = 0
) -> tuple[tuple[Stored[Activity], ...], int]:
    """List activities, latest first.

    Parameters
    ----------
    ledger
        Where.
    chosen
        Which.
    limit, offset
        How many, and how many to pass over; None for all.

    Returns
    -------
    tuple of Stored
        The page.
    int
        How many there are in all.
    """
    conditions = _conditions(chosen, ledger)
    table = ActivityRow
    query = (
        select(table.__table__)
        .where(*conditions)
        .order_by(table.date_last.desc(), table.date_first.desc(), table.record.desc())
        .limit(limit)
        .offset(offset)
    )
    with ledger.read() as connection:
        rows = connection.execute(query).mappings().all()
        total = connection.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one()
    return tuple(from_row("activity", row) for row in rows), total


def _conditions(chosen: ActivityFilter, ledger: Ledger) -> list[ColumnElement[bool]]:
    table = ActivityRow
    conditions: list[ColumnElement[bool]] = [table.state == _CURRENT]
    if chosen.operation:
        conditions.append(table.operation == chosen.operation)
    if chosen.kinds:
        conditions.append(table.kind.in_(chosen.kinds))
    if chosen.phases:
        conditions.append(table.phase.in_([phase.value if phase else "" for phase in chosen.phases]))
    if chosen.first is not None:
        conditions.append(table.date_last >= chosen.first)
    if chosen.last is not None:
        conditions.append(table.date_first <= chosen.last)
    if chosen.words.strip():
        words = chosen.words.strip()
        texts: ColumnElement[str] = table.note + "\n" + table.place + "\n" + table.partner + "\n" + table.source
        # SQLite's LIKE knows no capitals among the letters of English, and asking for lower case would cost it half.
        like = texts.icontains(words, autoescape=True) if ledger.postgresql else texts.contains(words, autoescape=True)
        conditions.append(or_(like, table.ward_code == words.upper()))
    return conditions


def total_activities(ledger: Ledger, operation: str | None = None) -> tuple[KindTotal, ...]:
    """Sum the records of each kind in each phase, each record once."""
    table = ActivityRow
    query = (
        select(
            table.operation,
            table.kind,
            table.phase,
            table.unit,
            func.sum(table.quantity_milli).label("milli"),
            func.max(case((table.at_least, 1), else_=0)).label("at_least"),
            func.count().label("records"),
        )
        .where(table.state == _CURRENT)
        .group_by(table.operation, table.kind, table.phase, table.unit)
    )
    if operation is not None:
        query = query.where(table.operation == operation)
    with ledger.read() as connection:
        rows = connection.execute(query).all()
    return tuple(
        KindTotal(
            operation=row.operation,
            kind=row.kind,
            phase=Phase(row.phase) if row.phase else None,
            unit=row.unit,
            quantity=from_milli(row.milli),
            at_least=bool(row.at_least),
            records=row.records,
        )
        for row in rows
    )


@dataclass(frozen=True)
class DayTotal:
    """The sum of the records of one kind, phase and date.

    Attributes
    ----------
    kind, phase, date, quantity, at_least
        As in the records.
    """

    kind: str
    phase: Phase | None
    date: RecordDate
    quantity: Decimal
    at_least: bool


def total_by_date(ledger: Ledger, operation: str, kinds: Sequence[str] = ()) -> tuple[DayTotal, ...]:
    """Sum the records of each kind, phase and date, earliest first: what curves and timelines are drawn from."""
    table = ActivityRow
    query = (
        select(
            table.kind,
            table.phase,
            table.date_first,
            table.date_last,
            func.sum(table.quantity_milli).label("milli"),
            func.max(case((table.at_least, 1), else_=0)).label("at_least"),
        )
        .where(table.state == _CURRENT, table.operation == operation)
        .group_by(table.kind, table.phase, table.date_first, table.date_last)
        .order_by(table.date_first, table.date_last, table.kind, table.phase)
    )
    if kinds:
        query = query.where(table.kind.in_(kinds))
    with ledger.read() as connection:
        rows = connection.execute(query).all()
    return tuple(
        DayTotal(
            kind=row.kind,
            phase=Phase(row.phase) if row.phase else None,
            date=RecordDate(row.date_first, row.date_last),
            quantity=from_milli(row.milli),
            at_least=bool(row.at_least),
        )
        for row in rows
    )


def list_versions(ledger: Ledger, entity: str, record: str) -> tuple[Stored[Any], ...]:
    """List every version of a record, the first one first; empty when there is no such record."""
    table = ROWS[entity]
    with ledger.read() as connection:
        rows = connection.execute(
            select(table.__table__).where(table.record == record).order_by(table.version)
        ).mappings()
        return tuple(from_row(entity, row) for row in rows)


def list_audit(
    ledger: Ledger, *, operation: str = "", record: str = "", limit: int | None = 200, before: int | None = None
) -> tuple[AuditEntry, ...]:
    """List lines of the audit log, latest first.

    Parameters
    ----------
    ledger
        Where.
    operation, record
        Only lines of this operation or record; empty for all.
    limit
        How many; None for all.
    before
        Only lines with a smaller number, to read on.
    """
    query = select(AuditRow.__table__).order_by(AuditRow.seq.desc()).limit(limit)
    if operation:
        query = query.where(AuditRow.operation == operation)
    if record:
        query = query.where(AuditRow.record == record)
    if before is not None:
        query = query.where(AuditRow.seq < before)
    with ledger.read() as connection:
        rows = connection.execute(query).mappings().all()
    return tuple(
        AuditEntry(
            seq=row["seq"],
            at=row["at"],
            actor=row["actor"],
            action=row["action"],
            entity=row["entity"],
            record=row["record"],
            version=row["version"],
            operation=row["operation"],
            before=json.loads(row["before"]) if row["before"] else None,
            after=json.loads(row["after"]) if row["after"] else None,
            reason=row["reason"],
        )
        for row in rows
    )
