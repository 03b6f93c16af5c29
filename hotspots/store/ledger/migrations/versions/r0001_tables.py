"""The tables of the ledger: versions of records, and the audit log."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_CURRENT = sa.text("state = 'current'")


def _version() -> list[sa.Column[Any]]:
    return [
        sa.Column("record", sa.String(64), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("recorded_by", sa.String(200), nullable=False),
        sa.Column("recorded_at", sa.String(32), nullable=False),
    ]


def _text(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _string(length: int, *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.String(length), nullable=False) for name in names]


def _dates(*names: str, nullable: bool = True) -> list[sa.Column[Any]]:
    return [sa.Column(f"{name}_{end}", sa.Date, nullable=nullable) for name in names for end in ("first", "last")]


def _create(name: str, *columns: sa.Column[Any]) -> None:
    op.create_table(name, *_version(), *columns)


def _index(name: str, table: str, *columns: str) -> None:
    op.create_index(name, table, list(columns), sqlite_where=_CURRENT, postgresql_where=_CURRENT)


def upgrade() -> None:
    """Make the tables."""
    _create(
        "operation",
        *_string(200, "name", "brand"),
        *_text("area"),
        *_string(200, "lead_force", "lead_unit"),
        sa.Column("crime_groups", sa.Integer),
        *_string(10, "status"),
        *_text("aims"),
        *_dates("started"),
        *_text("note", "source"),
    )
    _create(
        "phase_window",
        *_string(60, "operation"),
        *_string(5, "phase"),
        *_dates("planned_start", "planned_end", "start", "end"),
        *_text("note"),
    )
    _index("ix_phase_window_operation", "phase_window", "operation")
    _create(
        "activity",
        *_string(60, "operation"),
        *_dates("date", nullable=False),
        *_string(60, "kind"),
        sa.Column("quantity_milli", sa.BigInteger, nullable=False),
        *_string(40, "unit"),
        sa.Column("at_least", sa.Boolean, nullable=False),
        *_string(5, "phase"),
        sa.Column("phase_chosen", sa.Boolean, nullable=False),
        *_string(200, "partner", "place"),
        *_string(9, "ward_code"),
        *_text("note", "source"),
        *_string(10, "origin"),
        *_string(32, "natural_key"),
    )
    op.create_index("ix_activity_natural", "activity", ["operation", "natural_key", "record"])
    _create(
        "target",
        *_string(60, "operation", "kind"),
        *_string(5, "phase"),
        sa.Column("quantity_milli", sa.BigInteger, nullable=False),
        *_string(40, "unit"),
        sa.Column("by", sa.Date, nullable=False),
        *_text("note"),
    )
    _index("ix_target_operation", "target", "operation")
    _create(
        "milestone",
        *_string(60, "operation"),
        *_dates("as_at", nullable=False),
        *_string(200, "label"),
        *_text("statement", "source", "url", "figures", "note"),
    )
    _index("ix_milestone_operation", "milestone", "operation")
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=False),
        *_string(32, "at"),
        *_string(200, "actor"),
        *_string(10, "action", "entity"),
        *_string(64, "record"),
        sa.Column("version", sa.Integer, nullable=False),
        *_string(60, "operation"),
        *_text("before", "after", "reason"),
        *_string(64, "hash"),
    )
    op.create_index("ix_audit_record", "audit", ["entity", "record"])
    op.create_index("ix_audit_operation", "audit", ["operation", "seq"])


def downgrade() -> None:
    """Remove the tables."""
    for table in ("audit", "milestone", "target", "activity", "phase_window", "operation"):
        op.drop_table(table)
