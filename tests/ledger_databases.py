"""A ledger on each database: the same tests run on SQLite and on a PostgreSQL that is started for them."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from hotspots.record_dates import parse_record_date
from hotspots.schemas_ledger import Activity
from hotspots.schemas_operations import Operation, OperationArea, PhaseWindow
from hotspots.settings import read_settings
from hotspots.store.ledger import Ledger, open_ledger
from hotspots.terms import Phase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TODAY = date(2022, 6, 30)
_PACKAGE = "Install the Debian package postgresql, then run the tests again."


def _find_programs() -> Path:
    """Return the folder of pg_ctl; as root, install Debian's package when it is not there."""
    for attempt in range(2):
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
        if found:
            return found[-1].parent
        if on_path := shutil.which("pg_ctl"):
            return Path(on_path).parent
        if attempt or os.geteuid() != 0:
            break
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for command in ("update", "install -y --no-install-recommends postgresql"):
            subprocess.run(["apt-get", "-qq", *command.split()], check=True, env=environment, capture_output=True)
    pytest.fail(_PACKAGE)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """Start a PostgreSQL of our own on a socket, and give the address of its server."""
    programs = _find_programs()
    folder = Path(tempfile.mkdtemp(prefix="hotspots-pg-"))
    account_of: dict[str, Any] = {}
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root; Debian's package makes a user for it.
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
        account_of = {"user": account.pw_uid, "group": account.pw_gid}
    subprocess.run(
        [programs / "initdb", "-D", folder / "data", "-U", "hotspots", "-A", "trust", "-E", "UTF8", "--no-sync"],
        check=True,
        capture_output=True,
        cwd="/",
        **account_of,
    )
    options = f"-k {folder} -c listen_addresses='' -c fsync=off -c max_connections=60 -c shared_buffers=64MB"
    subprocess.run(
        [programs / "pg_ctl", "-D", folder / "data", "-l", folder / "log", "-w", "-o", options, "start"],
        check=True,
        capture_output=True,
        cwd="/",
        **account_of,
    )
    try:
        yield f"host={folder} user=hotspots"
    finally:
        subprocess.run(
            [programs / "pg_ctl", "-D", folder / "data", "-m", "immediate", "-w", "stop"],
            check=True,
            capture_output=True,
            cwd="/",
            **account_of,
        )
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """Make an empty PostgreSQL database and give its address."""
    name = f"ledger_{uuid.uuid4().hex}"
    folder = postgresql_server.split(maxsplit=1)[0].removeprefix("host=")
    with psycopg.connect(f"{postgresql_server} dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield f"postgresql://hotspots@/{name}?host={folder}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Choose the database by the environment, as a user would; gives its kind."""
    if request.param == "postgresql":
        monkeypatch.setenv("HOTSPOTS_DATABASE_URL", request.getfixturevalue("postgresql_url"))
    kind: str = request.param
    return kind


@pytest.fixture
def open_one(database: str) -> Iterator[Callable[..., Ledger]]:
    """Open ledgers on the chosen database, and close them at the end."""
    opened: list[Ledger] = []

    def open_again(**options: Any) -> Ledger:
        opened.append(open_ledger(read_settings(), today=lambda: TODAY, **options))
        return opened[-1]

    yield open_again
    for ledger in opened:
        ledger.close()


@pytest.fixture
def ledger(open_one: Callable[..., Ledger]) -> Ledger:
    """Open an empty ledger on the chosen database; its today is 30 June 2022."""
    return open_one()


def operation(code: str = "tyne", **fields: Any) -> Operation:
    """Make an operation that began on 1 October 2020."""
    values: dict[str, Any] = {
        "code": code,
        "name": code.title(),
        "area": OperationArea("Ashington", area_code="ashington"),
        "started": parse_record_date("2020-10-01"),
    }
    return Operation(**(values | fields))


def activity(when: str = "2020-11-05", kind: str = "arrests", quantity: str = "3", **fields: Any) -> Activity:
    """Make an activity of the operation tyne."""
    values: dict[str, Any] = {"operation": "tyne", "unit": "GBP" if kind == "cash" else "count"}
    return Activity(date=parse_record_date(when), kind=kind, quantity=Decimal(quantity), **(values | fields))


def window(phase: Phase, start: str, end: str = "", **fields: Any) -> PhaseWindow:
    """Make a phase window of the operation tyne."""
    return PhaseWindow(
        operation="tyne",
        phase=phase,
        start=parse_record_date(start),
        end=parse_record_date(end) if end else None,
        **fields,
    )
