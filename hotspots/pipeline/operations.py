"""The operations ledger as commands and pages use it: open, import, list, check."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from hotspots.activity_kinds import KindTable
from hotspots.errors import InputError, StoreError
from hotspots.settings import EMBEDDED_OPERATIONS
from hotspots.sources.activities import read_activities
from hotspots.sources.kinds import read_kinds
from hotspots.sources.operation_documents import read_document
from hotspots.store.ledger import (
    check_integrity,
    import_activities,
    import_document,
    list_operations,
    open_ledger,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from hotspots.schemas_ledger import RowProblem
    from hotspots.settings import Settings
    from hotspots.sources.activities import ActivityFile
    from hotspots.sources.operation_documents import DocumentFile
    from hotspots.store.ledger import ImportOutcome, IntegrityReport, Ledger, OperationEntry
    from hotspots.terms import Phase

SHOWN_PROBLEMS = 50
"""How many problems of a file are written out one by one in a terminal."""


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or would do.

    Attributes
    ----------
    file
        Its name.
    rows_read
        Rows or records in it.
    outcome
        Counts, problems, and whether anything was kept.
    dry_run
        True when nothing was to be kept.
    notes
        What a person should know.
    """

    file: str
    rows_read: int
    outcome: ImportOutcome
    dry_run: bool
    notes: tuple[str, ...]

    @property
    def problems(self) -> tuple[RowProblem, ...]:
        """What is wrong, in the order of the file."""
        return self.outcome.problems

    def to_json(self) -> dict[str, Any]:
        """Write the report as the command prints it."""
        return {
            "file": self.file,
            "rows_read": self.rows_read,
            "added": self.outcome.added,
            "corrected": self.outcome.corrected,
            "unchanged": self.outcome.unchanged,
            "dry_run": self.dry_run,
            "kept": self.outcome.kept,
            "problems": [
                {"part": problem.part, "row": problem.row, "column": problem.column, "message": problem.message}
                for problem in self.problems
            ],
            "notes": list(self.notes),
        }

    def to_text(self) -> str:
        """Write the report as people read it in a terminal."""
        outcome = self.outcome
        lines = [str(problem) for problem in self.problems[:SHOWN_PROBLEMS]]
        if len(self.problems) > SHOWN_PROBLEMS:
            lines.append(f"… and {len(self.problems) - SHOWN_PROBLEMS:,} more.")
        lines += self.notes
        would = "" if outcome.kept else "would be "
        counts = (
            f"{outcome.added:,} {would}added, {outcome.corrected:,} {would}corrected, "
            f"{outcome.unchanged:,} were there already"
        )
        lines.append(f"{self.file}: {_count(self.rows_read, 'row')} read; {counts}.")
        if self.problems:
            kept = "the others were kept" if outcome.kept else "nothing was kept"
            lines.append(f"{_count(len(self.problems), 'problem')}; {kept}.")
        elif self.dry_run:
            lines.append("This was a dry run; nothing was kept.")
        return "\n".join(lines)


def _count(number_of: int, what: str) -> str:
    return f"{number_of:,} {what}{'' if number_of == 1 else 's'}"


def open_operations(settings: Settings, *, create: bool = True, today: Callable[[], date] = date.today) -> Ledger:
    """Open the operations ledger, with the published records of the pilots in it.

    Parameters
    ----------
    settings
        Names the database and the data home.
    create
        When False and nothing has been recorded yet, looking leaves no file behind.
    today
        Tells the day.

    Raises
    ------
    InputError
        If the database's address cannot be used.
    StoreError
        If the ledger cannot be opened, or was written by a newer version.
    """
    published = []
    for path in sorted(EMBEDDED_OPERATIONS.glob("*.json")):
        document = read_document(path, path.read_bytes(), KindTable())
        if document.problems:
            raise StoreError(f"{path.name}, which the program carries, is damaged ({document.problems[0]}).")
        published.append(document.document)
    return open_ledger(settings, published, create=create, today=today)


def import_operations(
    ledger: Ledger,
    path: Path,
    *,
    settings: Settings,
    by: str,
    columns: Mapping[str, str] | None = None,
    keep_good: bool = False,
    dry_run: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
) -> ImportReport:
    """Bring activities (CSV, Excel) or a whole operation (JSON) into the ledger.

    Parameters
    ----------
    ledger
        The open ledger.
    path
        The file; what it is is told by its content.
    settings
        Names the kinds of the force's own, and the largest file that is read.
    by
        Who imports.
    columns
        What the file calls a column of ours, where it differs.
    keep_good
        Bring in the good rows though others have problems; by default any problem stops all.
    dry_run
        Only say what would be done.
    progress
        Called with a label, rows done and rows in all (0 when unknown).

    Returns
    -------
    ImportReport
        With every problem by row and column.

    Raises
    ------
    InputError
        If the file as a whole cannot be used.
    StoreError
        If the database fails; nothing is kept then.
    """
    with _collect_later():
        return _import(
            ledger,
            path,
            settings=settings,
            by=by,
            columns=columns,
            keep_good=keep_good,
            dry_run=dry_run,
            progress=progress,
        )


@contextmanager
def _collect_later() -> Iterator[None]:
    """Hold Python's cycle collector off: an import makes a million objects and no cycle, and looking costs a third."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _import(
    ledger: Ledger,
    path: Path,
    *,
    settings: Settings,
    by: str,
    columns: Mapping[str, str] | None,
    keep_good: bool,
    dry_run: bool,
    progress: Callable[[str, int, int], None] | None,
) -> ImportReport:
    data = _read_file(path, settings.max_file_bytes)
    kinds = read_kinds(settings)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        document = read_document(path, data, kinds)
        return bring_in_document(
            ledger, document, path.name, by=by, keep_good=keep_good, dry_run=dry_run, progress=progress
        )
    file = read_activities(path, data, kinds, name_operations(ledger), columns=columns, progress=progress)
    return bring_in_activities(
        ledger, file, file.name, by=by, sha256=file.sha256, keep_good=keep_good, dry_run=dry_run, progress=progress
    )


def bring_in_document(
    ledger: Ledger,
    document: DocumentFile,
    name: str,
    *,
    by: str,
    keep_good: bool,
    dry_run: bool,
    progress: Callable[[str, int, int], None] | None,
) -> ImportReport:
    """Bring the document of an operation, read from a file of that name, into the ledger.

    See :func:`import_operations`.

    Raises
    ------
    StoreError
        If the database fails; nothing is kept then.
    """
    parts = document.document
    outcome = import_document(
        ledger,
        parts,
        by=by,
        reason=name,
        problems=document.problems,
        keep_good=keep_good,
        dry_run=dry_run,
        progress=progress,
    )
    records = 1 + sum(map(len, (parts.phases, parts.targets, parts.milestones, parts.activities)))
    return ImportReport(name, records + len(document.problems), outcome, dry_run, ())


def bring_in_activities(
    ledger: Ledger,
    read: ActivityFile,
    name: str,
    *,
    by: str,
    sha256: str,
    keep_good: bool,
    dry_run: bool,
    progress: Callable[[str, int, int], None] | None,
) -> ImportReport:
    """Bring activities, read from a file of that name and digest, into the ledger; see :func:`import_operations`.

    Raises
    ------
    StoreError
        If the database fails; nothing is kept then.
    """
    outcome = import_activities(
        ledger,
        read.rows,
        by=by,
        reason=f"{name}, SHA-256 {sha256[:12]}",
        problems=read.problems,
        keep_good=keep_good,
        dry_run=dry_run,
        progress=progress,
    )
    return ImportReport(name, read.rows_read, outcome, dry_run, read.notes)


def _read_file(path: Path, limit: int) -> bytes:
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder; give a CSV file, an Excel workbook or a JSON document.")
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except FileNotFoundError:
        raise InputError(f"{path} does not exist; check the path.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); check the file and its permissions.") from None
    if len(data) > limit:
        raise InputError(f"{path} is larger than {limit // 1_000_000:,} MB; split it, or set HOTSPOTS_MAX_UPLOAD_MB.")
    return data


def name_operations(ledger: Ledger) -> dict[str, str]:
    """Return the code of each operation by its code, name and brand in lower case; a name of two stands for none."""
    names: dict[str, set[str]] = {}
    entries = list_operations(ledger)
    for entry in entries:
        for name in (entry.stored.value.name, entry.stored.value.brand):
            names.setdefault(" ".join(name.casefold().split()), set()).add(entry.stored.record)
    known = {name: codes.pop() for name, codes in names.items() if name and len(codes) == 1}
    return known | {entry.stored.record: entry.stored.record for entry in entries}


@dataclass(frozen=True)
class OperationList:
    """Every operation at a glance.

    Attributes
    ----------
    entries
        One an operation, by name.
    today
        The day for which current phases are said.
    """

    entries: tuple[OperationEntry, ...]
    today: date

    def phases_now(self, entry: OperationEntry) -> tuple[Phase, ...]:
        """List the phases in which an operation is today."""
        now = {
            window.phase
            for window in entry.windows
            for first, last in (window.window,)
            if first <= self.today and (last is None or last >= self.today)
        }
        return tuple(sorted(now, key=["clear", "hold", "build"].index))

    def to_json(self) -> dict[str, Any]:
        """Write the list as the command prints it."""
        return {
            "operations": [
                {
                    "operation": entry.stored.value.name,
                    "code": entry.stored.record,
                    "brand": entry.stored.value.brand,
                    "area": entry.stored.value.area.name,
                    "lead_force": entry.stored.value.lead_force,
                    "crime_groups": entry.stored.value.crime_groups,
                    "status": entry.stored.value.status.value if entry.stored.value.status else None,
                    "started": entry.stored.value.started.format() if entry.stored.value.started else None,
                    "phases_now": [phase.value for phase in self.phases_now(entry)],
                    "phases": len(entry.windows),
                    "activities": entry.activities,
                    "first_activity": entry.first.isoformat() if entry.first else None,
                    "last_activity": entry.last.isoformat() if entry.last else None,
                    "targets": entry.targets,
                    "milestones": entry.milestones,
                }
                for entry in self.entries
            ]
        }

    def to_text(self) -> str:
        """Write the list as people read it in a terminal."""
        if not self.entries:
            return "There are no operations yet; import one with “hotspots ops import FILE.json”."
        lines = [f"{'Code':<16} {'Operation':<24} {'Area':<24} {'Phases now':<18} {'Activities':>10} {'Published':>9}"]
        for entry in self.entries:
            value = entry.stored.value
            phases = ", ".join(self.phases_now(entry)) or ("none entered" if not entry.windows else "none")
            lines.append(
                f"{value.code:<16} {value.name:<24} {value.area.name:<24} {phases:<18} {entry.activities:>10,} "
                f"{entry.milestones:>9,}"
            )
        return "\n".join(lines)


def list_all(ledger: Ledger) -> OperationList:
    """List every operation with what is recorded about it."""
    return OperationList(list_operations(ledger), ledger.today())


@dataclass(frozen=True)
class CheckReport:
    """What a check of the ledger found.

    Attributes
    ----------
    ledger
        Which ledger.
    found
        Counts and problems.
    """

    ledger: str
    found: IntegrityReport

    def to_json(self) -> dict[str, Any]:
        """Write the report as the command prints it."""
        return {
            "ledger": self.ledger,
            "sound": not self.found.problems,
            "records": self.found.records,
            "versions": self.found.versions,
            "log_lines": self.found.lines,
            "problems": list(self.found.problems),
        }

    def to_text(self) -> str:
        """Write the report as people read it in a terminal."""
        counts = (
            f"{_count(self.found.records, 'record')} in {_count(self.found.versions, 'version')}, "
            f"{_count(self.found.lines, 'line')} in the log"
        )
        verdict = f"{_count(len(self.found.problems), 'problem')}." if self.found.problems else "The ledger is sound."
        return "\n".join([*self.found.problems, f"{self.ledger}: {counts}.", verdict])


def check_operations(ledger: Ledger) -> CheckReport:
    """Check that the ledger is what its audit log says it is."""
    return CheckReport(ledger.label, check_integrity(ledger))
