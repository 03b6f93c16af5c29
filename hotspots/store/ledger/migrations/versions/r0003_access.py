"""Who looked at what is sensitive and took what out: a table that only grows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_KEPT = "what is recorded is kept: correct it with a new version"
_TEXTS = (("at", 32), ("person", 200), ("role", 20), ("action", 10), ("subject", 120), ("route", 10))


def upgrade() -> None:
    """Make the table and its guards."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "access",
        sa.Column("seq", number, primary_key=True, autoincrement=True),
        *(sa.Column(name, sa.String(length), nullable=False) for name, length in _TEXTS),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE TRIGGER access_kept BEFORE UPDATE ON access FOR EACH ROW EXECUTE FUNCTION hotspots_refuse()")
        op.execute(
            "CREATE TRIGGER access_stays BEFORE DELETE OR TRUNCATE ON access FOR EACH STATEMENT "
            "EXECUTE FUNCTION hotspots_refuse()"
        )
        return
    refuse = f"BEGIN SELECT RAISE(ABORT, '{_KEPT}'); END"  # a constant of this module
    op.execute(f"CREATE TRIGGER access_kept BEFORE UPDATE ON access {refuse}")
    op.execute(f"CREATE TRIGGER access_stays BEFORE DELETE ON access {refuse}")


def downgrade() -> None:
    """Take the table away, and its guards with it."""
    op.drop_table("access")
