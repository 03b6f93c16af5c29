"""Who looked at what is sensitive, and who took something out: a log that only grows.

A line names a person, a role, what was done and to which operation or part of the ledger. It never holds what a record
says, what somebody typed, or an address with its parameters. Changes have a log of their own (`reading.list_audit`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, inspect, select, text

from hotspots.access import Action, require
from hotspots.store.ledger.models import AccessRow

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from hotspots.store.ledger.engine import Ledger

ACCESS_TABLE = AccessRow.__tablename__
_SUBJECT = re.compile(r"[^a-z0-9_/.-]+")
_MOST = 120


@dataclass(frozen=True)
class Access:
    """One line of the log of accesses.

    Attributes
    ----------
    seq
        Its number.
    at
        UTC, ISO 8601.
    person, role
        Who, as recognised by the sign-in or by this machine.
    action
        An `Action`: ``look`` or ``export``.
    subject
        What: such as ``operation/coquet/log``.
    route
        ``page`` or ``command``.
    """

    seq: int
    at: str
    person: str
    role: str
    action: str
    subject: str
    route: str


def note_access(ledger: Ledger, action: str, subject: str) -> None:
    """Write down that the person who holds the ledger looked at something or took it out.

    On a laptop without sign-in nobody is known, and nothing is written down.

    Parameters
    ----------
    ledger
        In the hands of the person.
    action
        An `Action`.
    subject
        Codes only, joined by strokes; whatever else is in it becomes a hyphen.

    Raises
    ------
    StoreError
        If it cannot be written; then what it tells of should not happen.
    """
    person = ledger.person
    if person is None or not person.is_known:
        return
    line = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "person": person.name,
        "role": person.role.value,
        "action": str(action)[:10],
        "subject": _SUBJECT.sub("-", subject.casefold())[:_MOST],
        "route": ledger.route,
    }
    with ledger.write() as connection:
        connection.execute(insert(AccessRow), [line])


def list_accesses(ledger: Ledger, *, limit: int | None = 200, before: int | None = None) -> tuple[Access, ...]:
    """List lines of the log, latest first.

    Parameters
    ----------
    ledger
        In the hands of an administrator.
    limit
        How many; None for all.
    before
        Only lines with a smaller number, to read on.

    Raises
    ------
    AccessError
        If the person is no administrator.
    StoreError
        If the database fails.
    """
    require(ledger.person, Action.ADMINISTER)
    query = select(AccessRow.__table__).order_by(AccessRow.seq.desc()).limit(limit)
    if before is not None:
        query = query.where(AccessRow.seq < before)
    with ledger.read() as connection:
        return tuple(Access(**row) for row in connection.execute(query).mappings())


def read_access(connection: Connection) -> list[dict[str, Any]]:
    """Read the whole log, before a backup takes the place of everything else."""
    if not inspect(connection).has_table(ACCESS_TABLE):
        return []
    return [dict(row) for row in connection.execute(select(AccessRow.__table__).order_by(AccessRow.seq)).mappings()]


def write_access(connection: Connection, lines: list[dict[str, Any]]) -> None:
    """Put the log back, with its numbers."""
    connection.execute(insert(AccessRow), lines)
    continue_numbers(connection)


def continue_numbers(connection: Connection) -> None:
    """Let the next line have the next number: PostgreSQL counts apart from the rows."""
    if connection.dialect.name == "postgresql":
        connection.execute(
            text(
                "SELECT setval(pg_get_serial_sequence('access', 'seq'), "
                "(SELECT coalesce(max(seq), 0) + 1 FROM access), false)"
            )
        )
