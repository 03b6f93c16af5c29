"""Check that the ledger is what its audit log says it is."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import inspect, select, text

from hotspots.record_values import to_values
from hotspots.store.ledger.journal import hash_line
from hotspots.store.ledger.models import ROWS, SUPERSEDED, AuditRow
from hotspots.store.ledger.rows import from_row, natural_key
from hotspots.store.ledger.tables import HEAD, read_revision

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from sqlalchemy import Connection

    from hotspots.schemas_ledger import Stored
    from hotspots.store.ledger.engine import Ledger

SHOWN = 20
"""How many problems of one sort are named one by one."""


@dataclass(frozen=True)
class IntegrityReport:
    """What a check found.

    Attributes
    ----------
    lines
        Lines of the audit log.
    records, versions
        Records and versions in the tables.
    problems
        Plain sentences; empty when the ledger is sound.
    """

    lines: int
    records: int
    versions: int
    problems: tuple[str, ...]


def check_integrity(ledger: Ledger) -> IntegrityReport:
    """Compare every row with the audit log, every audit line with the one before, and every reference with its record.

    Raises
    ------
    StoreError
        If the database cannot be read.
    """
    with ledger.read() as connection:
        problems = list(_check_database(connection))
        after, lines, chain = _check_log(connection)
        problems += chain
        records = versions = 0
        operations: set[str] = set()
        for entity in ROWS:
            by_record, found = _check_entity(connection, entity, after)
            problems += found
            records += len(by_record)
            versions += sum(map(len, by_record.values()))
            if entity == "operation":
                operations = set(by_record)
            else:
                problems += _check_references(entity, by_record, operations)
        problems += [
            f"The log tells of {entity} {record}, version {version}, which is not in the ledger."
            for entity, record, version in list(after)[:SHOWN]
        ]
    return IntegrityReport(lines, records, versions, tuple(problems))


def _check_database(connection: Connection) -> Iterator[str]:
    revision = read_revision(connection)
    if revision != HEAD:
        yield f"The tables are of form {revision}, not {HEAD}."
    if connection.dialect.name == "sqlite":
        for answer in connection.execute(text("PRAGMA integrity_check(20)")).scalars():
            if answer != "ok":
                yield f"SQLite says: {answer}."
        guards = connection.execute(text("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'")).scalar_one()
    else:
        guards = connection.execute(
            text("SELECT count(DISTINCT tgname) FROM pg_trigger WHERE NOT tgisinternal AND tgname ~ '_(kept|stays)$'")
        ).scalar_one()
    expected = 2 * len(inspect(connection).get_table_names()) - 2
    if guards < expected:
        yield f"{expected - guards} of the guards that keep what is recorded have been removed."


def _check_log(connection: Connection) -> tuple[dict[tuple[str, str, int], str], int, list[str]]:
    """Follow the chain; returns what the log says of each version, the number of lines, and what is wrong."""
    after: dict[tuple[str, str, int], str] = {}
    problems: list[str] = []
    last, expected = "", 0
    query = select(AuditRow.__table__).order_by(AuditRow.seq).execution_options(yield_per=5_000)
    for row in connection.execute(query).mappings():
        expected += 1
        if row["seq"] != expected and len(problems) < SHOWN:
            problems.append(
                f"The audit log goes from line {expected - 1:,} to {row['seq']:,}: lines have been removed."
            )
            expected = row["seq"]
        if hash_line(last, dict(row)) != row["hash"] and len(problems) < SHOWN:
            problems.append(f"Line {row['seq']:,} of the audit log is not as it was written, or follows another line.")
        last = row["hash"]
        if row["version"]:
            after[row["entity"], row["record"], row["version"]] = row["after"]
    return after, expected, problems


def _check_entity(
    connection: Connection, entity: str, after: dict[tuple[str, str, int], str]
) -> tuple[dict[str, list[Stored[Any]]], list[str]]:
    """Compare an entity's rows with the log; what is found there is taken out of `after`."""
    table = ROWS[entity]
    by_record: dict[str, list[Stored[Any]]] = defaultdict(list)
    problems: list[str] = []
    query = select(table.__table__).order_by(table.record, table.version).execution_options(yield_per=5_000)
    for row in connection.execute(query).mappings():
        where = f"{entity} {row['record']}, version {row['version']}"
        logged = after.pop((entity, row["record"], row["version"]), None)
        stored = from_row(entity, row)
        by_record[stored.record].append(stored)
        if len(problems) >= SHOWN:
            continue
        if logged is None:
            problems.append(f"{where} is not in the audit log.")
            continue
        values = to_values(stored.value)
        if any(values.get(name) != value for name, value in json.loads(logged).items()):
            problems.append(f"{where} is not as the audit log says it was recorded.")
        elif entity == "activity" and natural_key(stored.value) != row["natural_key"]:
            problems.append(f"{where} has a key for imports that does not fit it.")
    return by_record, problems


def _check_references(entity: str, by_record: dict[str, list[Stored[Any]]], operations: set[str]) -> list[str]:
    problems: list[str] = []
    for record, versions in by_record.items():
        if len(problems) >= SHOWN:
            break
        if [stored.version for stored in versions] != list(range(1, len(versions) + 1)):
            problems.append(f"{entity} {record} lacks a version.")
        latest = [stored for stored in versions if stored.state != SUPERSEDED]
        if len(latest) != 1 or latest[0] is not versions[-1]:
            problems.append(f"{entity} {record} has no single latest version.")
        if versions[-1].value.operation not in operations:
            problems.append(f"{entity} {record} belongs to {versions[-1].value.operation}, which is not in the ledger.")
    return problems
