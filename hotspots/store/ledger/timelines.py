"""What pages draw from the ledger in one go: its version, and records counted by month, week and ward."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import String, case, cast, func, literal_column, select

from hotspots.record_values import from_milli
from hotspots.store.ledger.models import ActivityRow, AuditRow
from hotspots.terms import Phase

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from decimal import Decimal

    from sqlalchemy import ColumnElement

    from hotspots.store.ledger.engine import Ledger

_CURRENT: ColumnElement[str] = literal_column("'current'")
"""Written out, not bound, so that both databases see that their partial indexes fit."""


@dataclass(frozen=True)
class MonthCount:
    """How many records an operation has in one month and phase.

    Attributes
    ----------
    operation, phase
        Which; phase None for records in none.
    month
        The month in which their dates begin, months since January 1970.
    records
        How many.
    """

    operation: str
    phase: Phase | None
    month: int
    records: int


@dataclass(frozen=True)
class WardCount:
    """How many records, and of what, an operation has in one ward.

    Attributes
    ----------
    ward_code
        ONS code; empty for records without a ward.
    kind, quantity, records
        What was done there, how much, on how many records.
    """

    ward_code: str
    kind: str
    quantity: Decimal
    records: int


@dataclass(frozen=True)
class DaySum:
    """The sum of the records of one kind of an operation that end on one day.

    Attributes
    ----------
    operation, day
        Which; the last day on which they may have happened.
    quantity, at_least
        How much, and whether a record in it is a lower bound.
    """

    operation: str
    day: date
    quantity: Decimal
    at_least: bool


def read_version(ledger: Ledger) -> str:
    """Return what changes with every change of the ledger: the key of whatever is kept of it."""
    with ledger.read() as connection:
        last = connection.execute(
            select(AuditRow.seq, AuditRow.hash).order_by(AuditRow.seq.desc()).limit(1)
        ).one_or_none()
    return f"{last.seq}-{last.hash[:16]}" if last else "empty"


def read_versions(ledger: Ledger) -> dict[str, int]:
    """Return for each operation the number of its last line in the log: it changes when the operation does."""
    with ledger.read() as connection:
        rows = connection.execute(select(AuditRow.operation, func.max(AuditRow.seq)).group_by(AuditRow.operation))
        return {row[0]: row[1] for row in rows}


def count_by_month(ledger: Ledger, operation: str) -> tuple[MonthCount, ...]:
    """Count an operation's records by month and phase."""
    table = ActivityRow
    # Both databases write a date as text with the year and the month first.
    month = func.substr(cast(table.date_first, String), 1, 7).label("month")
    query = (
        select(table.operation, table.phase, month, func.count().label("records"))
        .where(table.state == _CURRENT, table.operation == operation)
        .group_by(table.operation, table.phase, month)
        .order_by(month, table.phase)
    )
    with ledger.read() as connection:
        rows = connection.execute(query).all()
    return tuple(
        MonthCount(
            row.operation,
            Phase(row.phase) if row.phase else None,
            (int(row.month[:4]) - 1970) * 12 + int(row.month[5:]) - 1,
            row.records,
        )
        for row in rows
    )


def count_by_ward(ledger: Ledger, operation: str) -> tuple[WardCount, ...]:
    """Sum an operation's records by ward and kind; those without a ward stand under an empty code."""
    table = ActivityRow
    query = (
        select(
            table.ward_code, table.kind, func.sum(table.quantity_milli).label("milli"), func.count().label("records")
        )
        .where(table.state == _CURRENT, table.operation == operation)
        .group_by(table.ward_code, table.kind)
        .order_by(table.ward_code, table.kind)
    )
    with ledger.read() as connection:
        rows = connection.execute(query).all()
    return tuple(WardCount(row.ward_code, row.kind, from_milli(row.milli), row.records) for row in rows)


def sum_by_day(ledger: Ledger, kind: str, operations: Sequence[str]) -> tuple[DaySum, ...]:
    """Sum the records of one kind by operation and day, earliest first."""
    table = ActivityRow
    query = (
        select(
            table.operation,
            table.date_last,
            func.sum(table.quantity_milli).label("milli"),
            func.max(case((table.at_least, 1), else_=0)).label("at_least"),
        )
        .where(table.state == _CURRENT, table.kind == kind, table.operation.in_(list(operations)))
        .group_by(table.operation, table.date_last)
        .order_by(table.operation, table.date_last)
    )
    with ledger.read() as connection:
        rows = connection.execute(query).all()
    return tuple(DaySum(row.operation, row.date_last, from_milli(row.milli), bool(row.at_least)) for row in rows)
