"""Bring police.uk files into the data home: find, read, keep, report. All of a load is kept, or none of it."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hotspots.access import Action, require
from hotspots.errors import InputError
from hotspots.months import format_month, name_month
from hotspots.sources.police_uk import Kind, find_files, name_force, parse_street
from hotspots.sources.quality import FileReport
from hotspots.store.incidents import IncidentStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from hotspots.settings import Settings
    from hotspots.sources.files import SourceFile
    from hotspots.store.incidents import IncidentLoad
    from hotspots.store.manifest import Manifest, StoredMonth

READER = 1
"""Raise it when the same file would be read to other rows, so that files are read again."""
_WORKERS = max(2, min(8, os.cpu_count() or 2))
_SUSPICIOUS_LOSS = 0.5


@dataclass(frozen=True)
class Change:
    """What a load did to one month of one force.

    Attributes
    ----------
    force, month
        Force code; months since January 1970.
    change
        ``new``, ``revised`` or ``unchanged``.
    rows_before, rows_after
        Rows stored before (0 for a new month) and after.
    """

    force: str
    month: int
    change: str
    rows_before: int
    rows_after: int


@dataclass(frozen=True)
class IngestReport:
    """What a load read, kept and turned away.

    Attributes
    ----------
    data_version
        Of the store after the load.
    files
        One report for each street file.
    changes
        One for each force and month among the files, in that order.
    missing_months
        For each force in the store, months absent between its first and its last: unknown, never zero.
    recognised_not_loaded
        Outcomes and stop-and-search files, with their kind.
    skipped
        CSV files in folders or archives that are not police.uk's.
    warnings
        Sentences that a person should read.
    """

    data_version: str
    files: tuple[FileReport, ...]
    changes: tuple[Change, ...]
    missing_months: Mapping[str, tuple[int, ...]]
    recognised_not_loaded: tuple[tuple[str, str], ...]
    skipped: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def rows_kept(self) -> int:
        """Rows kept, over all files."""
        return sum(file.rows_kept for file in self.files)

    @property
    def holds_data(self) -> bool:
        """True when the store holds a month after the load; the version of an empty store says nothing."""
        return bool(self.missing_months)

    def to_json(self) -> dict[str, Any]:
        """Write the report as plain values; months as ``YYYY-MM``."""
        return {
            "data_version": self.data_version if self.holds_data else None,
            "files": [file.to_json() for file in self.files],
            "changes": [
                {
                    "force": change.force,
                    "month": format_month(change.month),
                    "change": change.change,
                    "rows_before": change.rows_before,
                    "rows_after": change.rows_after,
                }
                for change in self.changes
            ],
            "missing_months": {
                force: [format_month(month) for month in months] for force, months in self.missing_months.items()
            },
            "recognised_not_loaded": [{"path": path, "kind": kind} for path, kind in self.recognised_not_loaded],
            "skipped": list(self.skipped),
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True, eq=False)
class _Loaded:
    """One street file: read now, or known from an earlier load (then without `keys` and `rows`)."""

    file: SourceFile
    key: str
    report: FileReport
    months: tuple[StoredMonth, ...]
    keys: tuple[NDArray[np.uint64], ...] = ()
    rows: tuple[NDArray[np.int64], ...] = ()
    known: bool = False


def ingest(
    paths: Iterable[Path | str],
    *,
    settings: Settings,
    force: str | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> IngestReport:
    """Load police.uk files into the data home.

    A file whose bytes were loaded before is not read again. A month that differs from what is stored replaces it.

    Parameters
    ----------
    paths
        CSV files, folders of any depth, zip archives.
    settings
        Where the data home lies, and how large a file may be.
    force
        The force that all rows belong to; by default what the rows and file names say.
    progress
        Called with what is being done, how many files are done, and how many there are.

    Returns
    -------
    IngestReport
        What was read, kept and turned away, file by file.

    Raises
    ------
    InputError
        If a file cannot be used, two files hold the same month of a force, or there is nothing to load.
    StoreError
        If the data home cannot be read or written.
    """
    require(settings.person, Action.LOAD)
    if force is not None and not name_force(force):
        raise InputError(f"“{force}” is not the name of a force; give one such as northumbria.")
    files = find_files(paths, max_file_bytes=settings.max_file_bytes)
    try:
        street = [file for file in files if file.kind is Kind.STREET]
        if not street:
            raise InputError(_say_nothing_to_load(files))
        with IncidentStore(settings.incidents_home).begin() as load:
            before = load.manifest
            loaded = _set_aside_copies(_load_files(load, street, force, progress))
            for item in loaded:
                for month in item.months if not item.known else ():
                    load.put(month)
            loaded = _count_repeated_ids(load, loaded)
            manifest = load.commit(
                {
                    item.key: {"report": item.report.to_json(), "tables": len(item.months)}
                    for item in loaded
                    if not item.known
                }
            )
    finally:
        for file in files:
            file.close()
    return _report(files, loaded, before, manifest)


def _load_files(
    load: IncidentLoad,
    files: Sequence[SourceFile],
    force: str | None,
    progress: Callable[[str, int, int], None] | None,
) -> list[_Loaded]:
    loaded = []
    with ThreadPoolExecutor(_WORKERS) as pool:  # Arrow, hashing and compression leave Python's lock free
        futures = [pool.submit(_load_file, load, file, force) for file in files]
        try:
            for done, future in enumerate(futures, start=1):
                loaded.append(future.result())
                if progress is not None:
                    progress("Reading files", done, len(files))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return loaded


def _load_file(load: IncidentLoad, file: SourceFile, force: str | None) -> _Loaded:
    data = file.read()
    # The name has a say in what is read, so it is part of what makes a file the same as before.
    sha256 = hashlib.sha256(data).hexdigest()
    facts = (sha256, READER, force or "", file.name_force or "", file.name_month or "")
    key = ":".join(map(str, facts))
    if load.knows(key):
        report = replace(FileReport.from_json(load.manifest.sources[key]["report"]), path=file.label)
        return _Loaded(file, key, report, load.manifest.by_source[key], known=True)
    parsed = parse_street(file, data, force=force, sha256=sha256)
    return _Loaded(
        file=file,
        key=key,
        report=parsed.report,
        months=tuple(load.write(incidents, source=key) for incidents in parsed.incidents),
        keys=tuple(incidents.crime_key for incidents in parsed.incidents),
        rows=parsed.rows,
    )


def _set_aside_copies(loaded: Sequence[_Loaded]) -> list[_Loaded]:
    """Count a file that is given twice once, and refuse two different files for one month of a force.

    Raises
    ------
    InputError
        If two files differ; the message names both.
    """
    holders: dict[tuple[str, int], _Loaded] = {}
    kept = []
    for item in loaded:
        for month in item.months:
            holder = holders.setdefault((month.force, month.month), item)
            if holder.report.sha256 != item.report.sha256:
                raise InputError(
                    f"{holder.file.label} and {item.file.label} both hold {name_month(month.month)} of {month.force} "
                    "but differ; give only the one to keep."
                )
        holder = holders[item.months[0].force, item.months[0].month] if item.months else item
        if holder is not item:
            note = f"It has the same bytes as {holder.file.label} and is counted once."
            empty = FileReport(
                path=item.report.path, kind=item.report.kind, rows_read=0, rows_kept=0, rows_without_location=0,
                notes=(note,), forces=item.report.forces, months=item.report.months, sha256=item.report.sha256,
            )  # fmt: skip
            kept.append(replace(item, report=empty, months=(), keys=(), rows=()))
        else:
            kept.append(item)
    return kept


def _count_repeated_ids(load: IncidentLoad, loaded: Sequence[_Loaded]) -> list[_Loaded]:
    """Report rows whose Crime ID stands on another row of the force, in this load or stored for another month."""
    new = {(month.force, month.month) for item in loaded if not item.known for month in item.months}
    repeated: dict[str, NDArray[np.uint64]] = {}
    for force in sorted({force for force, _ in new}):
        stored = [item for item in load.manifest.months if item.force == force and (force, item.month) not in new]
        parts = [
            keys
            for item in loaded
            for month, keys in zip(item.months, item.keys, strict=False)
            if month.force == force
        ]  # fmt: skip
        repeated[force] = _find_repeated(np.concatenate([*parts, load.store.read_crime_keys(stored)]))
    return [item if item.known else _mark_repeated(item, repeated) for item in loaded]


def _find_repeated(keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    ordered = keys[keys != 0]
    ordered.sort()
    return np.unique(ordered[1:][ordered[1:] == ordered[:-1]])


def _mark_repeated(item: _Loaded, repeated: Mapping[str, NDArray[np.uint64]]) -> _Loaded:
    rows: list[NDArray[np.int64]] = []
    for month, keys, numbers in zip(item.months, item.keys, item.rows, strict=True):
        known = repeated[month.force]
        if len(known):
            position = np.minimum(np.searchsorted(known, keys), len(known) - 1)
            rows.append(numbers[known[position] == keys])
    found = np.concatenate(rows) if rows else np.zeros(0, dtype=np.int64)
    if not len(found):
        return item
    report = replace(item.report, repeated_crime_ids=len(found), first_repeated_row=int(found.min()))
    return replace(item, report=report)


def _report(files: Sequence[SourceFile], loaded: Sequence[_Loaded], before: Manifest, after: Manifest) -> IngestReport:
    changes = []
    for item in sorted((month for file in loaded for month in file.months), key=lambda item: (item.force, item.month)):
        old = before.find(item.force, item.month)
        kind = "new" if old is None else "unchanged" if old.content == item.content else "revised"
        changes.append(Change(item.force, item.month, kind, old.rows if old else 0, item.rows))
    coverage = after.coverage
    return IngestReport(
        data_version=after.data_version,
        files=tuple(item.report for item in loaded),
        changes=tuple(changes),
        missing_months={force: coverage.missing(force) for force in coverage.by_force},
        recognised_not_loaded=tuple(
            (file.label, file.kind.value) for file in files if file.kind in {Kind.OUTCOMES, Kind.STOP_AND_SEARCH}
        ),
        skipped=tuple(file.label for file in files if file.kind is Kind.OTHER),
        warnings=_warn(changes),
    )


def _warn(changes: Sequence[Change]) -> tuple[str, ...]:
    return tuple(
        f"{name_month(change.month)} of {change.force} went from {change.rows_before:,} to {change.rows_after:,} rows; "
        "check that the file is whole."
        for change in changes
        if change.change == "revised" and change.rows_after < _SUSPICIOUS_LOSS * change.rows_before
    )


def _say_nothing_to_load(files: Sequence[SourceFile]) -> str:
    kinds = sorted({file.kind.value for file in files} - {Kind.OTHER.value})
    if kinds:
        return (
            f"There are only {' and '.join(kinds)} files here, which are recognised but hold no crimes to load; give "
            "street files, whose names end in -street.csv."
        )
    return (
        f"None of the {len(files):,} CSV files found is a street file of police.uk (the first is {files[0].label}); "
        "give files whose names end in -street.csv."
    )
