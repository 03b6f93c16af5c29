"""A whole ledger in one zip, the same from SQLite and PostgreSQL: a manifest, and each table as lines of JSON."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, Date, MetaData, Table, insert, select

from hotspots.errors import InputError, StoreError
from hotspots.whole_files import replace_whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

FORMAT = "hotspots-ledger-backup"
TABLES = ("operation", "phase_window", "activity", "target", "milestone", "audit", "access")
_SINCE = {"access": "0003"}
"""The form of the tables since which a table is there."""
_CHUNK = 5_000


def write_backup(
    connection: Connection, target: Path, *, revision: str, name: str | None = None, empty: str = ""
) -> Path:
    """Write every row of the ledger, or all but those of one table, as one reading transaction sees it.

    Parameters
    ----------
    connection
        An open transaction.
    target
        The file to write; a folder when `name` is given.
    revision
        Form of the tables.
    name
        Beginning of a file name in the folder `target`; the time is added.
    empty
        A table whose rows stay behind.

    Returns
    -------
    Path
        The file, complete on disk.

    Raises
    ------
    StoreError
        If it cannot be written; no part of it stays.
    """
    made_at = datetime.now(UTC)
    path = target if name is None else target / f"{name}-{made_at:%Y%m%dT%H%M%S%f}Z.zip"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with (
            replace_whole(path) as temporary,
            zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        ):
            described = {
                table: _write_table(connection, archive, table, empty=table == empty) for table in _tables_of(revision)
            }
            manifest = {
                "format": FORMAT,
                "version": 1,
                "revision": revision,
                "made_at": made_at.isoformat(timespec="seconds"),
                "tables": described,
            }
            archive.writestr("manifest.json", json.dumps(manifest, indent=2))
    except OSError as error:
        raise StoreError(
            f"The backup {path} cannot be written ({error.strerror}); choose a folder with space that can be written."
        ) from None
    return path


def _tables_of(revision: str) -> tuple[str, ...]:
    return tuple(table for table in TABLES if revision >= _SINCE.get(table, ""))


def _write_table(connection: Connection, archive: zipfile.ZipFile, name: str, *, empty: bool) -> dict[str, Any]:
    table = Table(name, MetaData(), autoload_with=connection)
    digest = hashlib.sha256()
    rows = 0
    with archive.open(f"{name}.jsonl", "w", force_zip64=True) as member:
        query = select(table).order_by(*table.primary_key).execution_options(yield_per=_CHUNK)
        query = query.limit(0) if empty else query
        for chunk in connection.execute(query).partitions():
            text = "".join(
                json.dumps(dict(row._mapping), ensure_ascii=False, default=_write_day) + "\n"  # noqa: SLF001 - its public name, whatever the underscore
                for row in chunk
            ).encode()
            digest.update(text)
            member.write(text)
            rows += len(chunk)
    return {"rows": rows, "sha256": digest.hexdigest()}


def _write_day(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


_BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
"""What a changed byte in an archive may raise: a bad header, broken compression, a cut or an encrypted member."""


class Backup:
    """A backup file, checked whole before anything is done with it.

    Raises
    ------
    InputError
        If it is not a backup, is damaged, or was changed after it was made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with zipfile.ZipFile(path) as archive:
                self.manifest = json.loads(archive.read("manifest.json"))
                if self.manifest.get("format") != FORMAT or self.manifest.get("version") != 1:
                    raise InputError(f"{path} is not a backup of a ledger that this version reads.")
                self.revision = str(self.manifest["revision"])
                for table in _tables_of(self.revision):
                    digest = hashlib.sha256()
                    with archive.open(f"{table}.jsonl") as member:
                        for block in iter(lambda: member.read(1 << 20), b""):
                            digest.update(block)
                    if digest.hexdigest() != self.manifest["tables"][table]["sha256"]:
                        raise InputError(f"{path} is damaged: its table {table} is not as it was written; use another.")
        except FileNotFoundError:
            raise InputError(f"{path} does not exist; check the path.") from None
        except OSError as error:
            raise InputError(f"{path} cannot be read ({error.strerror or 'damaged'}); check the file.") from None
        except (*_BROKEN_ZIP, KeyError, ValueError, TypeError, AttributeError):
            raise InputError(f"{path} is not a backup of a ledger, or is damaged; use another.") from None

    def read_rows(self, table: str) -> Iterator[dict[str, Any]]:
        """Give the rows of a table, in order."""
        with zipfile.ZipFile(self.path) as archive, archive.open(f"{table}.jsonl") as member:
            for line in member:
                yield json.loads(line)

    def count_rows(self, table: str) -> int:
        """Return how many rows a table has."""
        return int(self.manifest["tables"][table]["rows"])

    def fill(self, connection: Connection, *, leave_out: str = "") -> None:
        """Insert every row into empty tables of the backup's own form, but those of one table."""
        for name in _tables_of(self.revision):
            if name == leave_out:
                continue
            table = Table(name, MetaData(), autoload_with=connection)
            days = [column.name for column in table.columns if isinstance(column.type, Date)]
            flags = [column.name for column in table.columns if isinstance(column.type, Boolean)]
            chunk: list[dict[str, Any]] = []
            for row in self.read_rows(name):
                for column in days:
                    row[column] = date.fromisoformat(row[column]) if row[column] else None
                for column in flags:
                    row[column] = bool(row[column])
                chunk.append(row)
                if len(chunk) == _CHUNK:
                    connection.execute(insert(table), chunk)
                    chunk = []
            if chunk:
                connection.execute(insert(table), chunk)
