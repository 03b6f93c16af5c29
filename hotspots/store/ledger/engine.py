"""The database behind the ledger: SQLite by default, PostgreSQL by address; one writer at a time, every failure told.

SQLite runs with a write-ahead log, so that readers never wait, and with full synchronisation, so that what was
confirmed outlives a power cut. Writers queue: SQLite by ``BEGIN IMMEDIATE``, PostgreSQL by an advisory lock, because
each line of the audit log is chained to the one before.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from hotspots.errors import InputError, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from hotspots.access import Person

WAIT_SECONDS = 60
"""How long a writer waits for the writers before it."""
ADVISORY_LOCK = 7_402_331
"""Any number that no other program on the same PostgreSQL database takes."""
_WRITES = "hotspots_writes"


@dataclass(frozen=True, eq=False)
class Ledger:
    """An open operations ledger.

    Attributes
    ----------
    engine
        Connections to its database.
    label
        What to call it in messages: the file, or database and host; never a password.
    backups
        Folder for the backups that are made before its tables change; None when there is nowhere to put them.
    today
        Tells the day, so that dates in the future can be refused.
    person
        Who acts: every change and every export is checked against it. None may only read.
    route
        By which door the person came, ``command`` or ``page``: for the log of accesses.
    """

    engine: Engine
    label: str
    backups: Path | None
    today: Callable[[], date] = date.today
    person: Person | None = None
    route: str = "command"

    def act_as(self, person: Person | None, *, route: str = "command") -> Ledger:
        """Return the same ledger in the hands of somebody else."""
        return replace(self, person=person, route=route)

    @property
    def postgresql(self) -> bool:
        """True on PostgreSQL, false on SQLite."""
        return self.engine.dialect.name == "postgresql"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a reading transaction.

        Raises
        ------
        StoreError
            If the database fails.
        """
        with _translated(self.label), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a writing transaction, alone among writers; it is confirmed at the end, or leaves nothing.

        Raises
        ------
        StoreError
            If the database fails; the message says whether anything was kept.
        """
        with _translated(self.label), self.engine.connect() as raw:
            connection = raw.execution_options(**{_WRITES: True})
            transaction = connection.begin()
            try:
                if self.postgresql:
                    connection.execute(text(f"SET LOCAL lock_timeout = '{WAIT_SECONDS}s'"))
                    connection.execute(text(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"))
                yield connection
            except BaseException:
                _abandon(transaction)
                raise
            try:
                transaction.commit()
            except DBAPIError as error:
                if _is_lost(error):
                    raise StoreError(
                        f"The connection to {self.label} was lost while the change was being confirmed; look in the "
                        "log whether it is there before you make it again (an import may safely be repeated)."
                    ) from error
                raise

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _abandon(transaction: Any) -> None:
    try:
        transaction.rollback()
    except SQLAlchemyError:
        # The connection is gone, and the database has undone the change with it; the first error says why.
        return


def connect(
    address: str | None, *, folder: Path | None, today: Callable[[], date] = date.today, create: bool = True
) -> Ledger:
    """Connect to a ledger's database, without looking at its tables.

    Parameters
    ----------
    address
        ``postgresql://…`` or ``sqlite:///…``; None for a SQLite file in `folder`.
    folder
        Where the SQLite file and the backups lie.
    today
        Tells the day.
    create
        When False and there is no SQLite file yet, the ledger is one in memory, which ends with the process.

    Raises
    ------
    InputError
        If the address cannot be used.
    StoreError
        If the folder cannot be made.
    """
    backups = folder / "backups" if folder else None
    if address:
        url = _parse_address(address)
        if url.get_backend_name() == "postgresql":
            return Ledger(_open_postgresql(url), f"{url.database} on {url.host or 'this machine'}", backups, today)
        return Ledger(_open_sqlite(url), str(url.database or "memory"), backups, today)
    if folder is None:
        raise InputError("The ledger has neither an address nor a folder; give one.")
    file = folder / "ledger.sqlite"
    if not create and not file.exists():
        return Ledger(_open_sqlite(make_url("sqlite://")), "memory", None, today)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"{folder} cannot be made ({error.strerror}); make it writable, or set HOTSPOTS_HOME to a folder that is."
        ) from None
    return Ledger(_open_sqlite(URL.create("sqlite", database=str(file))), str(file), backups, today)


def _parse_address(address: str) -> URL:
    # The address may hold a password, so no message repeats it.
    how = "write it as postgresql://user@host/database, or unset it for the SQLite file in the data home"
    try:
        url = make_url(address.strip())
    except (ArgumentError, ValueError):
        raise InputError(f"HOTSPOTS_DATABASE_URL is not an address of a database; {how}.") from None
    if url.drivername in {"postgres", "postgresql", "postgresql+psycopg"} and url.database:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername == "sqlite" and url.database:
        return url
    raise InputError(f"HOTSPOTS_DATABASE_URL is for “{url.drivername}”, or names no database; {how}.")


def _open_postgresql(url: URL) -> Engine:
    return create_engine(
        url,
        pool_pre_ping=True,
        pool_size=5,
        max_overflow=25,
        connect_args={"connect_timeout": 10, "application_name": "hotspots"},
    )


def _open_sqlite(url: URL) -> Engine:
    memory = not url.database
    engine = create_engine(
        url,
        connect_args={"timeout": WAIT_SECONDS, "check_same_thread": False},
        **({"poolclass": StaticPool} if memory else {"pool_size": 5, "max_overflow": 25}),
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        # The driver's own transactions would let tables change outside ours.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-128000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _is_lost(error: DBAPIError) -> bool:
    return error.connection_invalidated or (
        type(error.orig).__module__.startswith("psycopg")
        and getattr(error.orig, "sqlstate", None) in {None, "57P01", "57P02", "57P03", "08006", "08003"}
    )


@contextmanager
def _translated(label: str) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise StoreError(_explain(label, error)) from error
    except SQLAlchemyError as error:
        raise StoreError(
            f"The ledger {label} failed ({type(error).__name__}); nothing of this change was kept."
        ) from error


_POSTGRESQL = {
    "53100": "the disk of {label} is full; free space and try again",
    "55P03": "other changes have held {label} for a minute; try again",
    "28P01": "{label} refuses the user or the password; correct HOTSPOTS_DATABASE_URL",
    "28000": "{label} refuses the user; correct HOTSPOTS_DATABASE_URL",
    "3D000": "there is no database {label}; create it, or correct HOTSPOTS_DATABASE_URL",
    "42501": "{label} does not let this user write; ask for the right to create and change tables",
    "42P07": "{label} holds tables of another program; give the ledger a database of its own",
    "25006": "{label} is read-only; ask for the right to write, or name another database",
}
_SQLITE = (
    ("disk is full", "the disk that holds {label} is full; free space and try again"),
    ("readonly", "{label} cannot be written; make it and its folder writable"),
    ("unable to open", "{label} cannot be opened; make it and its folder readable and writable"),
    ("locked", "other changes have held {label} for a minute; try again"),
    ("not a database", "{label} is not a ledger; move it away, or restore a backup with “hotspots ops restore”"),
    ("malformed", "{label} is damaged; move it away and restore a backup with “hotspots ops restore”"),
    ("already exists", "{label} holds tables of another program; give the ledger a file of its own"),
    ("disk i/o error", "the disk that holds {label} failed; check it, then run “hotspots ops check”"),
    ("recorded is kept", "{label} refuses to change or remove what is recorded; correct it with a new version"),
)


def _explain(label: str, error: DBAPIError) -> str:
    """Say in one sentence what a database failure means."""
    raised = str(error.orig)
    code = getattr(error.orig, "sqlstate", None)
    if code in _POSTGRESQL:
        return f"Nothing of this was kept: {_POSTGRESQL[code].format(label=label)}."
    for sign, meaning in _SQLITE:
        if sign in raised.casefold():
            return f"Nothing of this was kept: {meaning.format(label=label)}."
    for sign in ("28P01", "28000", "3D000"):
        # Before a connection stands, psycopg gives the server's words without its code.
        words = {"28P01": "password authentication failed", "28000": "no pg_hba.conf entry", "3D000": "does not exist"}
        if words[sign] in raised:
            return f"Nothing of this was kept: {_POSTGRESQL[sign].format(label=label)}."
    if _is_lost(error):
        return (
            f"The database {label} cannot be reached, or the connection to it was lost; nothing of this change was "
            "kept. Check that it runs and try again."
        )
    first = raised.strip().splitlines()[0] if raised.strip() else type(error.orig).__name__
    return f"The ledger {label} failed ({first[:200]}); nothing of this change was kept."
