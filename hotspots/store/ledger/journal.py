"""One writing transaction's changes: versions of records and the audit lines that tell of them, written in bulk.

Each audit line carries a SHA-256 over itself and the line before, so that a line changed, taken out or slipped in by
another program is found by ``hotspots ops check``.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Date, bindparam, select, update

from hotspots.access import Action, require, require_wards
from hotspots.errors import ConflictError, InputError
from hotspots.record_values import entity_of, operation_of, to_values, write_json
from hotspots.schemas_ledger import Activity, Stored
from hotspots.schemas_operations import Operation
from hotspots.store.ledger.models import CURRENT, ROWS, SUPERSEDED, AuditRow
from hotspots.store.ledger.rows import activity_row, from_row, to_row

if TYPE_CHECKING:
    import psycopg
    from sqlalchemy import Connection, Table

    from hotspots.access import Person
    from hotspots.schemas_ledger import Record
    from hotspots.schemas_operations import OperationArea

MAX_ACTOR = 200


def hash_line(before: str, line: dict[str, Any]) -> str:
    """Return the hash of an audit line, chained to the hash of the line before."""
    # Each part with its length before it, so that no two lines read the same.
    parts = "".join(f"{len(part)}:{part}" for part in [str(line[name]) for name in _HASHED])
    return hashlib.sha256((before + parts).encode()).hexdigest()


_HASHED = (
    "seq", "at", "actor", "action", "entity", "record", "version", "operation", "before", "after", "reason",
)  # fmt: skip


class Journal:
    """Collects the changes of one transaction and writes them together.

    Parameters
    ----------
    connection
        A writing transaction of the ledger; it must be alone among writers.
    person
        Who makes the changes; each is checked against what the person may do, before and after the change.
    actor
        What the person calls themselves, where nobody has identified them; anybody else writes under their own name.
    reason
        Why, or from which file.

    Raises
    ------
    InputError
        If it is not said who makes the changes.
    """

    def __init__(self, connection: Connection, *, person: Person, actor: str = "", reason: str = "") -> None:
        actor = person.name or actor
        if not actor.strip() or len(actor) > MAX_ACTOR or not actor.isprintable():
            raise InputError("It is not said who makes this change; give a name of up to 200 characters (--by NAME).")
        self.connection = connection
        self.person = person
        self._grounds: dict[str, OperationArea | None] = {}
        self.actor = actor.strip()
        self.reason = reason
        self.at = datetime.now(UTC).isoformat(timespec="microseconds")
        last = connection.execute(
            select(AuditRow.seq, AuditRow.hash).order_by(AuditRow.seq.desc()).limit(1)
        ).one_or_none()
        self._seq: int = last.seq if last else 0
        self._hash: str = last.hash if last else ""
        self._lines: list[dict[str, Any]] = []
        self._rows: dict[str, list[dict[str, Any]]] = {}
        self._superseded: dict[str, list[dict[str, Any]]] = {}

    def add(self, value: Record, record: str) -> Stored[Any]:
        """Record something new."""
        self._write(record, 1, CURRENT, "add", None, value, to_row(value))
        return Stored(value, record, 1, CURRENT, self.actor, self.at)

    def add_activity(self, value: Activity, record: str, key: str) -> None:
        """Record a new activity whose natural key is known already: one of very many."""
        self._write(record, 1, CURRENT, "add", None, value, activity_row(value, key))

    def supersede(
        self, old: Stored[Any], value: Record, *, action: str = "correct", state: str = CURRENT
    ) -> Stored[Any]:
        """Record the next version of a record; the old one stays, marked as superseded."""
        self._superseded.setdefault(entity_of(value), []).append({"old_record": old.record, "old_version": old.version})
        self._write(old.record, old.version + 1, state, action, old.value, value, to_row(value))
        return Stored(value, old.record, old.version + 1, state, self.actor, self.at)

    def note(self, action: str, entity: str, record: str) -> None:
        """Write an audit line about something that is not a record, such as a restored backup."""
        self._line(action, entity, record, 0, "", "", "")

    def _write(  # noqa: PLR0917 - called above only
        self,
        record: str,
        version: int,
        state: str,
        action: str,
        before: Record | None,
        value: Record,
        columns: dict[str, Any],
    ) -> None:
        entity = entity_of(value)
        if not self.person.works_everywhere:
            self._check(before, value, follows=action == "follow")
        self._rows.setdefault(entity, []).append(
            {
                "record": record,
                "version": version,
                "state": state,
                "recorded_by": self.actor,
                "recorded_at": self.at,
                **columns,
            }
        )
        self._line(
            action,
            entity,
            record,
            version,
            operation_of(value),
            write_json(to_values(before)) if before is not None else "",
            write_json(to_values(value)),
        )

    def check_operation(self, code: str) -> None:
        """Refuse to go on when the person may not change the records of an operation.

        Raises
        ------
        AccessError
            In one sentence, why not.
        """
        if self.person.works_everywhere:
            return
        if code not in self._grounds:
            there = latest(self.connection, "operation", code)
            self._grounds[code] = there.value.area if there else None
        ground = self._grounds[code]
        if ground is not None:
            require(self.person, Action.RECORD, ground)

    def _check(self, before: Record | None, value: Record, *, follows: bool) -> None:
        """Check where a record was and where it goes; an activity that follows its phase's dates stays where it is."""
        for one in (before, value):
            match one:
                case None:
                    continue
                case Operation():
                    require(self.person, Action.RECORD, one.area)
                    self.check_operation(one.code)
                    self._grounds.pop(one.code, None)
                case _:
                    self.check_operation(operation_of(one))
            if isinstance(one, Activity) and not follows:
                require_wards(self.person, [one.ward_code])

    def _line(  # noqa: PLR0917 - called above only
        self, action: str, entity: str, record: str, version: int, operation: str, before: str, after: str
    ) -> None:
        self._seq += 1
        line = {
            "seq": self._seq,
            "at": self.at,
            "actor": self.actor,
            "action": action,
            "entity": entity,
            "record": record,
            "version": version,
            "operation": operation,
            "before": before,
            "after": after,
            "reason": self.reason,
        }
        line["hash"] = self._hash = hash_line(self._hash, line)
        self._lines.append(line)

    def flush(self) -> None:
        """Write everything that was collected.

        Raises
        ------
        ConflictError
            If a record that was to be superseded is no longer at that version.
        """
        for entity, olds in self._superseded.items():
            self._mark(entity, olds)
        for entity, rows in self._rows.items():
            insert_rows(self.connection, _table(entity), rows)
        if self._lines:
            insert_rows(self.connection, cast("Table", AuditRow.__table__), self._lines)
        self._superseded, self._rows, self._lines = {}, {}, []

    def _mark(self, entity: str, olds: list[dict[str, Any]]) -> None:
        table = _table(entity)
        statement = (
            update(table)
            .where(
                table.c.record == bindparam("old_record"),
                table.c.version == bindparam("old_version"),
                table.c.state != SUPERSEDED,
            )
            .values(state=SUPERSEDED)
        )
        marked = self.connection.execute(statement, olds).rowcount
        if marked != len(olds):
            raise ConflictError(
                "A record was corrected by somebody else meanwhile; look at it again and repeat your change.",
                mine=olds,
                theirs=None,
            )


def _table(entity: str) -> Table:
    return cast("Table", ROWS[entity].__table__)


def insert_rows(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert many rows, by COPY on PostgreSQL and by one prepared statement on SQLite."""
    names = list(rows[0])
    columns = ", ".join(f'"{name}"' for name in names)
    if connection.dialect.name == "postgresql":
        driver = cast("psycopg.Connection", connection.connection.driver_connection)
        with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN'.encode()) as copy:
            for row in rows:
                copy.write_row(tuple(row.values()))
        return
    marks = ", ".join("?" * len(names))
    days = [place for place, name in enumerate(names) if isinstance(table.c[name].type, Date)]
    for row in rows if days else ():
        for place in days:
            row[names[place]] = row[names[place]] and row[names[place]].isoformat()
    connection.exec_driver_sql(
        f'INSERT INTO "{table.name}" ({columns}) VALUES ({marks})',  # noqa: S608 - names of our own tables
        [tuple(row.values()) for row in rows],
    )


def latest(connection: Connection, entity: str, record: str) -> Stored[Any] | None:
    """Return the latest version of a record, withdrawn ones included; None when there is no such record."""
    table = _table(entity)
    row = (
        connection.execute(select(table).where(table.c.record == record, table.c.state != SUPERSEDED))
        .mappings()
        .one_or_none()
    )
    return from_row(entity, row) if row is not None else None
