"""Fetch a force's months straight from data.police.uk: its own members of the archive, loaded when all are whole."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hotspots.access import Action, require
from hotspots.errors import InputError, UnknownNameError
from hotspots.months import format_month, list_months, name_month
from hotspots.pipeline.load import ingest
from hotspots.pipeline.publisher import find_known, lock_downloads, make_client, remember, remember_catalogue
from hotspots.sources.fetch.client import ChangedError, NotThereError
from hotspots.sources.fetch.download import download_members
from hotspots.sources.fetch.police_uk import (
    ARCHIVE_MONTHS,
    archive_address,
    check_published_checksum,
    choose_archive,
    list_published_months,
)
from hotspots.sources.fetch.remote_archive import read_archive
from hotspots.sources.files import Kind
from hotspots.sources.street import FORCES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from hotspots.pipeline.load import IngestReport
    from hotspots.pipeline.records import RecordsReport
    from hotspots.settings import Settings
    from hotspots.sources.fetch.client import Client
    from hotspots.sources.fetch.download import Downloaded
    from hotspots.sources.fetch.remote_archive import Member, RemoteArchive

KINDS = (Kind.STREET, Kind.OUTCOMES, Kind.STOP_AND_SEARCH)
_CHANGED_TRIES = 3


@dataclass(frozen=True)
class FetchReport:
    """What a fetch brought.

    Attributes
    ----------
    forces, month_from, month_to
        What was asked for.
    archives
        The archives that were read, with their size in bytes.
    downloaded, known
        Members that were brought, and those whose content was loaded before and not asked for again.
    unpublished
        Months without a street file, by force: unknown, never zero.
    bytes_received, requests
        What went over the line.
    load
        What became of the street files; None when nothing was new.
    records
        What became of outcomes and stop and search files; None when nothing was new.
    """

    forces: tuple[str, ...]
    month_from: int
    month_to: int
    archives: Mapping[str, int]
    downloaded: tuple[str, ...]
    known: tuple[str, ...]
    unpublished: Mapping[str, tuple[int, ...]]
    bytes_received: int
    requests: int
    load: IngestReport | None
    records: RecordsReport | None

    def to_json(self) -> dict[str, Any]:
        """Write the report as plain values; months as ``YYYY-MM``."""
        return {
            "forces": list(self.forces),
            "from": format_month(self.month_from),
            "to": format_month(self.month_to),
            "archives": dict(self.archives),
            "downloaded": list(self.downloaded),
            "known": list(self.known),
            "unpublished": {force: [format_month(m) for m in months] for force, months in self.unpublished.items()},
            "bytes_received": self.bytes_received,
            "requests": self.requests,
            "load": self.load.to_json() if self.load else None,
            "records": self.records.to_json() if self.records else None,
        }

    def to_text(self) -> str:
        """Write the report as people read it in a terminal."""
        whole = sum(self.archives.values())
        share = f", {self.bytes_received / whole:.1%} of {whole / 1e6:,.0f} MB" if whole else ""
        summary = (
            f"Fetched {len(self.downloaded):,} files, {self.bytes_received / 1e6:,.1f} MB in {self.requests:,} "
            f"requests{share}; {len(self.known):,} were loaded before."
        )
        lines = [summary]
        lines += [
            f"{force}: {list_months(months)} not published; unknown, not zero."
            for force, months in self.unpublished.items()
            if months
        ]
        if self.records:
            lines.append(
                f"Stored: {self.records.outcomes:,} outcomes, {self.records.searches:,} stop and search records."
            )
        return "\n".join(lines)


def fetch(
    settings: Settings,
    *,
    forces: Sequence[str],
    month_from: int | None = None,
    month_to: int | None = None,
    months_back: int | None = None,
    kinds: Collection[Kind] = KINDS,
    only_news: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
    client: Client | None = None,
) -> FetchReport:
    """Fetch forces' months and load them; what was loaded before and is the same at the publisher is not fetched again.

    Parameters
    ----------
    settings
        Publisher, hosts and data home.
    forces
        Codes as police.uk writes them in file names, such as ``northumbria`` or ``btp``.
    month_from, month_to
        Months since January 1970; by default the 36 of the newest archive.
    months_back
        Most months before the latest published one to look at; older ones are not asked for.
    kinds
        Street, outcomes, stop and search.
    only_news
        Ask for what is new at the publisher since the last fetch, even if the store holds something else.
    progress
        Called with a file's name, bytes done and bytes in all.
    client
        Who asks; made from the settings by default.

    Raises
    ------
    FetchError
        If the publisher cannot be reached or gives something damaged; nothing is loaded then, and what came is kept
        for the next attempt.
    InputError
        If a force or month is not published.
    StoreError
        If the data home cannot be written.
    """
    require(settings.person, Action.LOAD)
    if not forces:
        raise InputError("No force is named; give one such as northumbria. “hotspots fetch --list” shows them.")
    wanted = _Wanted(tuple(forces), month_from, month_to, months_back, frozenset(kinds), only_news)
    own = client or make_client(settings)
    try:
        with lock_downloads(settings):
            for attempt in range(1, _CHANGED_TRIES + 1):
                try:
                    return _fetch(settings, own, wanted, progress)
                except ChangedError:
                    if attempt == _CHANGED_TRIES:
                        raise
            raise AssertionError  # the last attempt returns or raises
    finally:
        if client is None:
            own.close()


@dataclass(frozen=True)
class _Wanted:
    """What is asked for, as in `fetch`."""

    forces: tuple[str, ...]
    month_from: int | None
    month_to: int | None
    months_back: int | None
    kinds: frozenset[Kind]
    only_news: bool

    def choose_period(self, latest: int) -> tuple[int, int]:
        """Choose the first and last month to look for."""
        last = latest if self.month_to is None else self.month_to
        first = last - ARCHIVE_MONTHS + 1 if self.month_from is None else self.month_from
        if self.months_back is not None:
            first = max(first, latest - self.months_back + 1)
        return first, last


def _fetch(
    settings: Settings, client: Client, asked: _Wanted, progress: Callable[[str, int, int], None] | None
) -> FetchReport:
    published = list_published_months(client, settings.police_uk)
    forces, kinds, latest = asked.forces, asked.kinds, published[-1]
    first, last = asked.choose_period(latest)
    if first > last:
        raise InputError(
            f"The period begins in {name_month(first)}, after it ends in {name_month(last)}; swap the two."
        )
    if first > latest:
        raise InputError(f"{name_month(first)} is not published yet; the latest month is {name_month(latest)}.")
    archives: dict[str, int] = {}
    chosen: list[tuple[RemoteArchive, list[Member]]] = []
    left = min(last, latest)
    while left >= first:
        month, archive = _open_archive(settings, client, first, left, latest)
        archives[archive.name] = archive.size
        check_published_checksum(client, settings.police_uk, archive)
        _check_forces(forces, archive)
        if month == latest:
            remember_catalogue(settings, archive)
        floor = max(first, month - ARCHIVE_MONTHS + 1)
        wanted = [
            member
            for member in archive.members
            if member.force in forces and member.kind in kinds and floor <= member.month <= left
        ]
        chosen.append((archive, wanted))
        left = floor - 1
    found = {(member.force, member.month) for _, members in chosen for member in members if member.kind is Kind.STREET}
    unpublished = {force: tuple(m for m in range(first, last + 1) if (force, m) not in found) for force in forces}
    if not any(members for _, members in chosen):
        raise InputError(
            f"data.police.uk has no file of {', '.join(forces)} from {name_month(first)} to {name_month(last)}; "
            "“hotspots fetch --list” shows what is published."
        )
    known = find_known(settings, [member for _, members in chosen for member in members], only_news=asked.only_news)
    downloads = [
        item
        for archive, members in chosen
        for item in download_members(
            client,
            archive,
            [member for member in members if member.name not in known],
            settings.downloads_home,
            progress=progress,
        )
    ]
    load, records = _load(settings, downloads)
    remember(settings, downloads, {m.name: archive for archive, members in chosen for m in members})
    _clear(downloads)
    return FetchReport(
        forces=forces,
        month_from=first,
        month_to=last,
        archives=archives,
        downloaded=tuple(item.member.name for item in downloads),
        known=tuple(sorted(known)),
        unpublished=unpublished if Kind.STREET in kinds else {},
        bytes_received=client.bytes_received,
        requests=client.requests_made,
        load=load,
        records=records,
    )


def _open_archive(settings: Settings, client: Client, first: int, last: int, latest: int) -> tuple[int, RemoteArchive]:
    """Open the archive to read months up to `last` from, and say which month's it is."""
    month = choose_archive(first, last, latest)
    address = archive_address(settings.police_uk, month)
    try:
        return month, read_archive(client, address, max_file_bytes=settings.max_file_bytes)
    except NotThereError:
        if month == last:
            raise
    address = archive_address(settings.police_uk, last)
    return last, read_archive(client, address, max_file_bytes=settings.max_file_bytes)


def _check_forces(forces: Sequence[str], archive: RemoteArchive) -> None:
    # A force that has stopped publishing is no misspelling; its months are reported as not published.
    known = sorted({member.force for member in archive.members} | FORCES)
    for force in forces:
        if force not in known:
            raise UnknownNameError("force", force, known)


def _load(settings: Settings, downloads: Sequence[Downloaded]) -> tuple[IngestReport | None, RecordsReport | None]:
    from hotspots.pipeline.records import load_records  # noqa: PLC0415 - it loads pandas, which street files do not need

    street = [item.path for item in downloads if item.member.kind is Kind.STREET]
    others = [item.path for item in downloads if item.member.kind is not Kind.STREET]
    # The records first: should one of them be faulty, the incidents that every picture rests on stay as they are.
    records = load_records(others, settings=settings) if others else None
    load = ingest(street, settings=settings) if street else None
    return load, records


def _clear(downloads: Sequence[Downloaded]) -> None:
    """Remove what has been loaded; a folder that cannot be removed is left to the next fetch."""
    for place in {item.path.parent.parent for item in downloads}:
        shutil.rmtree(place, ignore_errors=True)
