"""The ledger's tables, as typed models.

Every row is one version of a record and is never changed after, except that its state goes from current to superseded
when the next version arrives; triggers in the database itself refuse anything else.
"""

from __future__ import annotations

from datetime import date  # noqa: TC003 - SQLAlchemy reads the annotations

from sqlalchemy import BigInteger, Boolean, Date, Index, Integer, String, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

CURRENT, SUPERSEDED, WITHDRAWN = "current", "superseded", "withdrawn"
IS_CURRENT = text("state = 'current'")


class Base(DeclarativeBase):
    """Metadata of the ledger."""


class Version:
    """What every version of a record carries; two editors cannot both write the next one, because it is the key."""

    record: Mapped[str] = mapped_column(String(64), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    recorded_by: Mapped[str] = mapped_column(String(200))
    recorded_at: Mapped[str] = mapped_column(String(32))


class OperationRow(Version, Base):
    """An operation; its code is its record."""

    __tablename__ = "operation"

    name: Mapped[str] = mapped_column(String(200))
    brand: Mapped[str] = mapped_column(String(200))
    area: Mapped[str] = mapped_column(Text)
    lead_force: Mapped[str] = mapped_column(String(200))
    lead_unit: Mapped[str] = mapped_column(String(200))
    crime_groups: Mapped[int | None] = mapped_column(Integer)
    status: Mapped[str] = mapped_column(String(10))
    aims: Mapped[str] = mapped_column(Text)
    started_first: Mapped[date | None] = mapped_column(Date)
    started_last: Mapped[date | None] = mapped_column(Date)
    note: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)


class PhaseRow(Version, Base):
    """A phase window of an operation."""

    __tablename__ = "phase_window"
    __table_args__ = (
        Index("ix_phase_window_operation", "operation", sqlite_where=IS_CURRENT, postgresql_where=IS_CURRENT),
    )

    operation: Mapped[str] = mapped_column(String(60))
    phase: Mapped[str] = mapped_column(String(5))
    planned_start_first: Mapped[date | None] = mapped_column(Date)
    planned_start_last: Mapped[date | None] = mapped_column(Date)
    planned_end_first: Mapped[date | None] = mapped_column(Date)
    planned_end_last: Mapped[date | None] = mapped_column(Date)
    start_first: Mapped[date | None] = mapped_column(Date)
    start_last: Mapped[date | None] = mapped_column(Date)
    end_first: Mapped[date | None] = mapped_column(Date)
    end_last: Mapped[date | None] = mapped_column(Date)
    note: Mapped[str] = mapped_column(Text)


class ActivityRow(Version, Base):
    """Something that was done; the quantity is in thousandths of its unit, so that sums are exact."""

    __tablename__ = "activity"
    __table_args__ = (
        Index(
            "ix_activity_totals",
            "operation",
            "kind",
            "phase",
            "unit",
            "date_first",
            "date_last",
            "quantity_milli",
            "at_least",
            sqlite_where=IS_CURRENT,
            postgresql_where=IS_CURRENT,
        ),
        Index(
            "ix_activity_log",
            "operation",
            "date_last",
            "date_first",
            "record",
            sqlite_where=IS_CURRENT,
            postgresql_where=IS_CURRENT,
        ),
        Index(
            "ix_activity_latest",
            "date_last",
            "date_first",
            "record",
            sqlite_where=IS_CURRENT,
            postgresql_where=IS_CURRENT,
        ),
        Index("ix_activity_natural", "operation", "natural_key", "record"),
    )

    operation: Mapped[str] = mapped_column(String(60))
    date_first: Mapped[date] = mapped_column(Date)
    date_last: Mapped[date] = mapped_column(Date)
    kind: Mapped[str] = mapped_column(String(60))
    quantity_milli: Mapped[int] = mapped_column(BigInteger)
    unit: Mapped[str] = mapped_column(String(40))
    at_least: Mapped[bool] = mapped_column(Boolean)
    phase: Mapped[str] = mapped_column(String(5))
    phase_chosen: Mapped[bool] = mapped_column(Boolean)
    partner: Mapped[str] = mapped_column(String(200))
    place: Mapped[str] = mapped_column(String(200))
    ward_code: Mapped[str] = mapped_column(String(9))
    note: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(String(10))
    natural_key: Mapped[str] = mapped_column(String(32))


class TargetRow(Version, Base):
    """What an operation means to reach."""

    __tablename__ = "target"
    __table_args__ = (Index("ix_target_operation", "operation", sqlite_where=IS_CURRENT, postgresql_where=IS_CURRENT),)

    operation: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(60))
    phase: Mapped[str] = mapped_column(String(5))
    quantity_milli: Mapped[int] = mapped_column(BigInteger)
    unit: Mapped[str] = mapped_column(String(40))
    by: Mapped[date] = mapped_column(Date)
    note: Mapped[str] = mapped_column(Text)


class MilestoneRow(Version, Base):
    """A published statement; its figures are a JSON list."""

    __tablename__ = "milestone"
    __table_args__ = (
        Index("ix_milestone_operation", "operation", sqlite_where=IS_CURRENT, postgresql_where=IS_CURRENT),
    )

    operation: Mapped[str] = mapped_column(String(60))
    as_at_first: Mapped[date] = mapped_column(Date)
    as_at_last: Mapped[date] = mapped_column(Date)
    label: Mapped[str] = mapped_column(String(200))
    statement: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text)
    figures: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)


class AuditRow(Base):
    """One line of the audit log; its hash covers the line before, so that none can be taken out unseen."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_record", "entity", "record"),
        Index("ix_audit_operation", "operation", "seq"),
    )

    seq: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False
    )
    at: Mapped[str] = mapped_column(String(32))
    actor: Mapped[str] = mapped_column(String(200))
    action: Mapped[str] = mapped_column(String(10))
    entity: Mapped[str] = mapped_column(String(10))
    record: Mapped[str] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(Integer)
    operation: Mapped[str] = mapped_column(String(60))
    before: Mapped[str] = mapped_column(Text)
    after: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(String(64))


class AccessRow(Base):
    """Who looked at what is sensitive or took something out; never what it said."""

    __tablename__ = "access"

    seq: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True
    )
    at: Mapped[str] = mapped_column(String(32))
    person: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    action: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str] = mapped_column(String(120))
    route: Mapped[str] = mapped_column(String(10))


ROWS: dict[str, type[OperationRow | PhaseRow | ActivityRow | TargetRow | MilestoneRow]] = {
    "operation": OperationRow,
    "phase": PhaseRow,
    "activity": ActivityRow,
    "target": TargetRow,
    "milestone": MilestoneRow,
}
"""The table of each entity."""
