"""What is known about the publisher of crimes: its catalogue, what was loaded from it, and who may ask it."""

from __future__ import annotations

import datetime as dt
import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from hotspots.errors import StoreError
from hotspots.months import format_month, parse_month
from hotspots.sources.fetch.client import Client, FetchError
from hotspots.sources.fetch.police_uk import archive_address, list_published_months
from hotspots.sources.fetch.remote_archive import Member, RemoteArchive, read_archive
from hotspots.sources.files import Kind
from hotspots.store.incidents import IncidentStore
from hotspots.store.manifest import write_file
from hotspots.store.records import RecordStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from hotspots.settings import Settings
    from hotspots.sources.fetch.download import Downloaded

_REMEMBERED = "loaded.json"
_CATALOGUE = "catalogue.json"


@dataclass(frozen=True)
class Catalogue:
    """Which months of which forces data.police.uk publishes, as the newest archive says.

    Attributes
    ----------
    archive
        The archive that was read, such as ``2024-12.zip``.
    read_at
        When, in ISO form (UTC).
    months
        Months with street files by force code, ascending.
    """

    archive: str
    read_at: str
    months: Mapping[str, tuple[int, ...]]

    def gaps(self, force: str) -> tuple[int, ...]:
        """Months of the archive that the force has no street file for."""
        every = {month for months in self.months.values() for month in months}
        return tuple(sorted(every - set(self.months.get(force, ()))))

    def to_json(self, forces: Sequence[str]) -> dict[str, Any]:
        """Write the part of some forces as plain values."""
        return {
            "archive": self.archive,
            "read_at": self.read_at,
            "forces": {
                force: {
                    "months": [format_month(month) for month in self.months[force]],
                    "gaps": [format_month(month) for month in self.gaps(force)],
                }
                for force in forces
            },
        }

    def search(self, text: str) -> tuple[str, ...]:
        """Find force codes that hold a text."""
        wanted = "-".join(text.casefold().split())
        return tuple(force for force in self.months if wanted in force)


def make_client(settings: Settings, *, stop: Callable[[], bool] | None = None, **options: Any) -> Client:
    """Make a client that asks the publishers of the settings and nobody else."""
    addresses = (settings.police_uk, settings.ons, settings.nomis, settings.deprivation)
    hosts = [*(urlsplit(address).hostname for address in addresses), *settings.fetch_hosts]
    return Client(frozenset(host for host in hosts if host), stop=stop or (lambda: False), **options)


def read_loaded(settings: Settings) -> dict[str, dict[str, Any]]:
    """Read what is remembered about the fetched files: by name, checksum, digest, archive and time.

    Raises
    ------
    StoreError
        If it cannot be read.
    """
    path = settings.downloads_home / _REMEMBERED
    try:
        values = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise StoreError(
            f"{path} cannot be read ({error}); remove it, and the next fetch asks for all again."
        ) from None
    return dict(values)


def find_known(settings: Settings, members: Sequence[Member], *, only_news: bool = False) -> set[str]:
    """Name the members whose very content is what the stores hold, or with `only_news`, what was loaded last."""
    loaded = read_loaded(settings)
    stores = {
        Kind.STREET: IncidentStore(settings.incidents_home).open_read(),
        Kind.OUTCOMES: RecordStore(settings.outcomes_home).open_read(),
        Kind.STOP_AND_SEARCH: RecordStore(settings.searches_home).open_read(),
    }
    known = set()
    for member in members:
        entry = loaded.get(member.file_name)
        if entry is None or (entry["crc"], entry["size"]) != (member.crc, member.size):
            continue
        if only_news:
            known.add(member.name)
            continue
        item = stores[member.kind].find(member.force, member.month)
        # Street sources are kept under a key that begins with their digest, the others under the digest itself.
        if item is not None and item.source.partition(":")[0] == entry["sha256"]:
            known.add(member.name)
    return known


def remember(settings: Settings, downloads: Sequence[Downloaded], archives: Mapping[str, RemoteArchive]) -> None:
    """Remember where the files that were loaded came from; `archives` by the name of a member.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    if not downloads:
        return
    loaded = read_loaded(settings)
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    for item in downloads:
        archive = archives[item.member.name]
        loaded[item.member.file_name] = {
            "crc": item.member.crc,
            "size": item.member.size,
            "sha256": item.sha256,
            "archive": archive.url,
            "etag": archive.headers.get("etag", ""),
            "fetched_at": now,
        }
    _write(settings.downloads_home / _REMEMBERED, loaded)


def remember_catalogue(settings: Settings, archive: RemoteArchive) -> None:
    """Keep which months of which forces the newest archive holds.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    months: dict[str, list[str]] = {}
    for member in archive.members:
        if member.kind is Kind.STREET:
            months.setdefault(member.force, []).append(format_month(member.month))
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    _write(settings.downloads_home / _CATALOGUE, {"archive": archive.name, "read_at": now, "months": months})


def read_catalogue(settings: Settings) -> Catalogue | None:
    """Read the catalogue that was kept; None before the first fetch.

    Raises
    ------
    StoreError
        If it cannot be read.
    """
    path = settings.downloads_home / _CATALOGUE
    try:
        values = json.loads(path.read_bytes())
        months = {
            force: tuple(sorted(parse_month(month) for month in listed))
            for force, listed in sorted(values["months"].items())
        }
        return Catalogue(values["archive"], values["read_at"], months)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise StoreError(f"{path} cannot be read ({error}); remove it and fetch again.") from None


def fetch_catalogue(settings: Settings, *, client: Client | None = None) -> Catalogue:
    """Ask the publisher which months of which forces there are, and keep the answer.

    Raises
    ------
    FetchError
        If it cannot be reached.
    """
    own = client or make_client(settings)
    try:
        with lock_downloads(settings):
            latest = list_published_months(own, settings.police_uk)[-1]
            address = archive_address(settings.police_uk, latest)
            remember_catalogue(settings, read_archive(own, address, max_file_bytes=settings.max_file_bytes))
    finally:
        if client is None:
            own.close()
    catalogue = read_catalogue(settings)
    if catalogue is None:
        raise StoreError(f"{settings.downloads_home} could not be written; check its permissions.")
    return catalogue


def _write(path: Path, values: Any) -> None:
    try:
        write_file(path, json.dumps(values, indent=1, sort_keys=True).encode())
    except OSError as error:
        raise StoreError(f"{path} cannot be written ({error.strerror}); check the data home.") from error


@contextmanager
def lock_downloads(settings: Settings) -> Iterator[None]:
    """Let one fetch at a time work on a data home; a second one is told so.

    Raises
    ------
    FetchError
        If another is running.
    StoreError
        If the data home cannot be written.
    """
    from filelock import FileLock, Timeout  # noqa: PLC0415 - only a fetch needs a lock

    try:
        settings.downloads_home.mkdir(parents=True, exist_ok=True)
        lock = FileLock(settings.downloads_home / ".lock")
        lock.acquire(timeout=0)
    except Timeout:
        raise FetchError("Another fetch is running on this data home; wait for it, or stop it first.") from None
    except OSError as error:
        raise StoreError(
            f"{settings.downloads_home} cannot be written ({error.strerror}); set HOTSPOTS_HOME to a folder that may "
            "be written."
        ) from error
    try:
        yield
    finally:
        lock.release()
