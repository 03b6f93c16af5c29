"""Indexes for totals and for the log, and guards: what is recorded is neither changed nor removed, by any program."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_TABLES = ("operation", "phase_window", "activity", "target", "milestone")
_CURRENT = sa.text("state = 'current'")
_KEPT = "what is recorded is kept: correct it with a new version"


def upgrade() -> None:
    """Add indexes and guards."""
    for name, columns in (
        ("ix_activity_totals", "operation kind phase unit date_first date_last quantity_milli at_least"),
        ("ix_activity_log", "operation date_last date_first record"),
        ("ix_activity_latest", "date_last date_first record"),
    ):
        op.create_index(name, "activity", columns.split(), sqlite_where=_CURRENT, postgresql_where=_CURRENT)
    connection = op.get_bind()
    kept = {table: _kept_columns(connection, table) for table in _TABLES}
    if connection.dialect.name == "postgresql":
        _guard_postgresql(kept)
    else:
        _guard_sqlite(kept)


def _kept_columns(connection: sa.Connection, table: str) -> list[str]:
    return [column["name"] for column in sa.inspect(connection).get_columns(table) if column["name"] != "state"]


def _guard_sqlite(columns: dict[str, list[str]]) -> None:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{_KEPT}'); END"  # a constant of this module
    for table, names in columns.items():
        same = " AND ".join(f'NEW."{name}" IS OLD."{name}"' for name in names)
        allowed = f"OLD.state <> 'superseded' AND NEW.state = 'superseded' AND {same}"
        op.execute(f"CREATE TRIGGER {table}_kept BEFORE UPDATE ON {table} WHEN NOT ({allowed}) {refuse}")
        op.execute(f"CREATE TRIGGER {table}_stays BEFORE DELETE ON {table} {refuse}")
    op.execute(f"CREATE TRIGGER audit_kept BEFORE UPDATE ON audit {refuse}")
    op.execute(f"CREATE TRIGGER audit_stays BEFORE DELETE ON audit {refuse}")


def _guard_postgresql(columns: dict[str, list[str]]) -> None:
    op.execute(
        "CREATE FUNCTION hotspots_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_KEPT}'; END $$"
    )
    for table, names in columns.items():
        same = " AND ".join(f'NEW."{name}" IS NOT DISTINCT FROM OLD."{name}"' for name in names)
        allowed = f"OLD.state <> 'superseded' AND NEW.state = 'superseded' AND {same}"
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE UPDATE ON {table} FOR EACH ROW "
            f"WHEN (NOT ({allowed})) EXECUTE FUNCTION hotspots_refuse()"
        )
    op.execute("CREATE TRIGGER audit_kept BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION hotspots_refuse()")
    for table in (*columns, "audit"):
        op.execute(
            f"CREATE TRIGGER {table}_stays BEFORE DELETE OR TRUNCATE ON {table} FOR EACH STATEMENT "
            "EXECUTE FUNCTION hotspots_refuse()"
        )


def downgrade() -> None:
    """Take guards and indexes off; no row changes."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in (*_TABLES, "audit"):
        for guard in ("kept", "stays"):
            op.execute(f"DROP TRIGGER {table}_{guard}" + (f" ON {table}" if postgresql else ""))
    if postgresql:
        op.execute("DROP FUNCTION hotspots_refuse()")
    for name in ("ix_activity_totals", "ix_activity_log", "ix_activity_latest"):
        op.drop_index(name, "activity")
