"""A load, told in the words that a person at a terminal needs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from hotspots.months import list_months

if TYPE_CHECKING:
    from hotspots.pipeline.load import IngestReport

MOST_FILES = 5
"""How many files are named for one reason before the rest are counted."""


def describe_load(report: IngestReport) -> str:
    """Write what a load read, kept, turned away and changed.

    Parameters
    ----------
    report
        The report of `pipeline.load.ingest`.

    Returns
    -------
    str
        A few lines of plain English.
    """
    files = report.files
    read = sum(file.rows_read for file in files)
    unlocated = sum(file.rows_without_location for file in files)
    without = f", of which {unlocated:,} without location (counted in no area)" if unlocated else ""
    summary = f"{_count(len(files), 'street file')}: {read:,} rows read, {report.rows_kept:,} kept{without}."
    lines = [
        summary,
        *_describe_changes(report),
        *_describe_rejections(report),
    ]
    unknown = Counter[str]()
    for file in files:
        unknown.update(file.unknown_types)
    lines += [f"Unknown crime type “{name}”: {_count(rows, 'row')}, kept." for name, rows in sorted(unknown.items())]
    repeated = sum(file.repeated_crime_ids for file in files)
    if repeated:
        where = next(file for file in files if file.repeated_crime_ids)
        lines.append(
            f"{_count(repeated, 'row')} carry a Crime ID that another row of the force carries too; all are kept "
            f"(first: {where.path}, row {where.first_repeated_row})."
        )
    kinds = Counter(kind for _, kind in report.recognised_not_loaded)
    lines += [f"{_count(number, f'{kind} file')} recognised and not loaded." for kind, number in sorted(kinds.items())]
    if report.skipped:
        lines.append(f"{_count(len(report.skipped), 'file')} not from police.uk, left alone: {_name(report.skipped)}.")
    notes = [f"{file.path}: {note}" for file in files for note in file.notes]
    version = f"Data version {report.data_version}." if report.holds_data else "No month is loaded."
    lines += [*report.warnings, *notes, version]
    return "\n".join(lines)


def _describe_changes(report: IngestReport) -> list[str]:
    by_kind: dict[tuple[str, str], list[int]] = {}
    for change in report.changes:
        by_kind.setdefault((change.change, change.force), []).append(change.month)
    words = {"new": "new", "revised": "revised, and replaced", "unchanged": "already loaded, unchanged"}
    return [
        f"{force}: {list_months(months)} {words.get(kind, kind)}." for (kind, force), months in sorted(by_kind.items())
    ]


def _describe_rejections(report: IngestReport) -> list[str]:
    rows = Counter[str]()
    first: dict[str, str] = {}
    for file in report.files:
        for rejection in file.rejected:
            rows[rejection.reason] += rejection.rows
            first.setdefault(rejection.reason, f"{file.path}, row {rejection.first_row}")
    return [
        f"{_count(number, 'row')} turned away, {reason} (first: {first[reason]})."
        for reason, number in rows.most_common()
    ]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _name(paths: tuple[str, ...]) -> str:
    more = len(paths) - MOST_FILES
    return ", ".join(paths[:MOST_FILES]) + (f" and {more} more" if more > 0 else "")
