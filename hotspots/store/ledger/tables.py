"""The form of the ledger's tables: made when absent, taken forward when older (backup first), refused when newer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect, text

from hotspots.errors import StoreError
from hotspots.store.ledger.dump import write_backup

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from hotspots.store.ledger.engine import Ledger

REVISIONS = ("0001", "0002", "0003")
"""Every form of the tables, oldest first; kept here so that opening a ledger need not load Alembic."""
HEAD = REVISIONS[-1]


def read_revision(connection: Connection) -> str | None:
    """Return the form of the tables; None when there are none yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return revision


def prepare_tables(ledger: Ledger) -> str | None:
    """Make the tables, or take older ones forward after a backup.

    Returns
    -------
    str or None
        The older form that was taken forward; None when there was nothing to take forward.

    Raises
    ------
    StoreError
        If the tables are newer than this version knows, or the database fails; nothing is changed then.
    """
    with ledger.read() as connection:
        revision = read_revision(connection)
    _refuse_newer(ledger, revision)
    if revision == HEAD:
        return None
    with ledger.write() as connection:
        # Another process may have done it while this one waited.
        revision = read_revision(connection)
        _refuse_newer(ledger, revision)
        if revision == HEAD:
            return None
        if revision is not None and ledger.backups is not None:
            write_backup(connection, ledger.backups, name=f"before-{HEAD}-from-{revision}", revision=revision)
        migrate(connection, HEAD)
    return revision


def _refuse_newer(ledger: Ledger, revision: str | None) -> None:
    if revision is not None and revision not in REVISIONS:
        raise StoreError(
            f"The ledger {ledger.label} was written by a newer version of Hotspots (form {revision}, this one knows "
            f"{HEAD}); install that version, or restore an older backup into another data home."
        )


def migrate(connection: Connection, revision: str) -> None:
    """Take the tables to a revision, up or down, in the connection's own transaction; ``base`` removes them."""
    # Alembic is needed when tables change, which is seldom; reading and writing do without.
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415 - see above

    attributes: dict[str, Any] = {"connection": connection}
    config = Config(attributes=attributes)
    config.set_main_option("script_location", "hotspots.store.ledger:migrations")
    config.set_main_option("path_separator", "os")
    current = read_revision(connection)
    down = revision == "base" or (current is not None and REVISIONS.index(current) > REVISIONS.index(revision))
    (command.downgrade if down else command.upgrade)(config, revision)
