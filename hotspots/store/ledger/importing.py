"""Bring many records in at once: all or nothing, once only, whichever number of times the file is read.

A row without a reference is the same activity as a recorded one when everything that it states agrees (see
`natural_key`); the second of two equal rows in one file is a second activity. A row with a reference is that record:
unchanged, or a correction of it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from hotspots.access import Action, require
from hotspots.errors import InputError
from hotspots.record_values import entity_of
from hotspots.schemas_ledger import Activity, Incoming, RowProblem
from hotspots.store.ledger.journal import Journal, latest
from hotspots.store.ledger.models import ROWS, SUPERSEDED, WITHDRAWN, ActivityRow
from hotspots.store.ledger.recording import amend, check, enter, new_record, read_frame
from hotspots.store.ledger.rows import from_row, natural_key
from hotspots.store.ledger.rules import Frame, RuleError, place_activity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

    from sqlalchemy import Connection

    from hotspots.schemas_ledger import OperationDocument, Stored
    from hotspots.store.ledger.engine import Ledger

_CHUNK = 500
_FLUSH = 5_000


@dataclass(frozen=True)
class ImportOutcome:
    """What an import did, or would do.

    Attributes
    ----------
    added, corrected, unchanged
        Numbers of records.
    problems
        What is wrong, in the order of the file.
    kept
        True when the records are now in the ledger; false after a dry run, or when problems stopped it.
    """

    added: int
    corrected: int
    unchanged: int
    problems: tuple[RowProblem, ...]
    kept: bool


class _Abandon(Exception):  # noqa: N818 - no error: it ends a transaction that must leave nothing
    pass


class _Tally:
    def __init__(self) -> None:
        self.added = self.corrected = self.unchanged = 0
        self.problems: list[RowProblem] = []

    def outcome(self, *, kept: bool) -> ImportOutcome:
        problems = tuple(sorted(self.problems, key=lambda problem: (problem.part, problem.row)))
        return ImportOutcome(self.added, self.corrected, self.unchanged, problems, kept)


def import_activities(
    ledger: Ledger,
    rows: Sequence[Incoming[Activity]],
    *,
    by: str,
    reason: str,
    problems: Iterable[RowProblem] = (),
    keep_good: bool = False,
    dry_run: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
) -> ImportOutcome:
    """Bring the rows of a file into the ledger.

    Parameters
    ----------
    ledger
        Where.
    rows
        Activities, with their row numbers and references.
    by
        Who imports.
    reason
        The file, for the audit log.
    problems
        What reading the file already found.
    keep_good
        Bring in the good rows though others have problems; by default any problem stops all.
    dry_run
        Only say what would be done.
    progress
        Called with a label, rows done and rows in all.

    Returns
    -------
    ImportOutcome
        Counts and problems.

    Raises
    ------
    StoreError
        If the database fails; nothing is kept then.
    AccessError
        If a row belongs to an area in which the person may not change records; nothing is kept then.
    """
    tally = _Tally()
    tally.problems += problems

    def fill(journal: Journal) -> None:
        _import_rows(journal, rows, tally, today=ledger.today(), part="row", progress=progress)

    return _run(ledger, fill, tally, by=by, reason=reason, keep_good=keep_good, dry_run=dry_run)


def import_document(
    ledger: Ledger,
    document: OperationDocument,
    *,
    by: str,
    reason: str,
    problems: Iterable[RowProblem] = (),
    keep_good: bool = False,
    dry_run: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
) -> ImportOutcome:
    """Bring an operation's JSON document into the ledger; see :func:`import_activities`."""
    tally = _Tally()
    tally.problems += problems
    today = ledger.today()

    def fill(journal: Journal) -> None:
        journal.check_operation(document.operation.value.code)
        if not _import_one(journal, document.operation, tally, part="operation", today=today):
            return
        for part, records in (
            ("phase", document.phases),
            ("target", document.targets),
            ("milestone", document.milestones),
        ):
            for incoming in records:
                _import_one(journal, incoming, tally, part=part, today=today)
        journal.flush()
        _import_rows(journal, document.activities, tally, today=today, part="activity", progress=progress)

    return _run(ledger, fill, tally, by=by, reason=reason, keep_good=keep_good, dry_run=dry_run)


def _run(
    ledger: Ledger,
    fill: Callable[[Journal], None],
    tally: _Tally,
    *,
    by: str,
    reason: str,
    keep_good: bool,
    dry_run: bool,
) -> ImportOutcome:
    person = require(ledger.person, Action.RECORD)
    try:
        with ledger.write() as connection:
            journal = Journal(connection, person=person, actor=by, reason=reason)
            fill(journal)
            if dry_run or (tally.problems and not keep_good):
                raise _Abandon  # noqa: TRY301 - the only way out of a transaction that leaves nothing of it
            journal.flush()
    except _Abandon:
        return tally.outcome(kept=False)
    return tally.outcome(kept=True)


def _import_one(journal: Journal, incoming: Incoming[Any], tally: _Tally, *, part: str, today: date) -> bool:
    """Bring in one record that is not an activity; returns False when it has a problem."""
    value = incoming.value
    try:
        record = value.code if part == "operation" else incoming.record
        there = latest(journal.connection, part, record) if record else _equal(journal.connection, value)
        if there is None or (part == "operation" and there.state == WITHDRAWN):
            enter(journal, value, record=record, today=today)
            journal.flush()
            tally.added += 1
        elif there.value == value and there.state != WITHDRAWN:
            tally.unchanged += 1
        else:
            _refuse_stale(there, incoming)
            amend(journal, there, value, today=today)
            journal.flush()
            tally.corrected += 1
    except InputError as error:
        tally.problems.append(RowProblem(incoming.row, getattr(error, "column", ""), str(error), part))
        return False
    return True


def _equal(connection: Connection, value: Any) -> Stored[Any] | None:
    """Find a record that says the same, when the document names no reference."""
    entity = entity_of(value)
    table = ROWS[entity].__table__
    rows = connection.execute(
        select(table).where(table.c.operation == value.operation, table.c.state != SUPERSEDED)
    ).mappings()
    return next((stored for row in rows if (stored := from_row(entity, row)).value == value), None)


def _refuse_stale(there: Stored[Any], incoming: Incoming[Any]) -> None:
    if there.state == WITHDRAWN:
        raise RuleError("reference", f"{there.recorded_by} withdrew {there.record}; leave the row out.")
    if incoming.version is not None and incoming.version != there.version:
        raise RuleError(
            "version",
            f"{there.recorded_by} has corrected {there.record} since this file was written (version {there.version}, "
            f"the file has {incoming.version}); export again and repeat the change.",
        )


def _import_rows(
    journal: Journal,
    rows: Sequence[Incoming[Activity]],
    tally: _Tally,
    *,
    today: date,
    part: str,
    progress: Callable[[str, int, int], None] | None,
) -> None:
    connection = journal.connection
    codes = sorted({row.value.operation for row in rows})
    for code in codes:  # also for rows that turn out to change nothing
        journal.check_operation(code)
    frames = _read_frames(connection, codes)
    named = _read_named(connection, [row.record for row in rows if row.record])
    spare = _count_known(connection, codes, named)
    given: set[str] = set()
    for done, row in enumerate(rows):
        if done % _FLUSH == 0 and done:
            if not tally.problems:
                # Written but not yet confirmed: a problem further down still takes all of it back.
                journal.flush()
            if progress is not None:
                progress("Recording", done, len(rows))
        try:
            if row.record and row.record in given:
                raise RuleError("reference", f"{row.record} stands in the file twice; keep one of the rows.")
            given.add(row.record)
            _import_row(journal, row, frames, named, spare, tally, today)
        except InputError as error:
            tally.problems.append(RowProblem(row.row, getattr(error, "column", ""), str(error), part))
    if progress is not None:
        progress("Recording", len(rows), len(rows))


def _import_row(  # noqa: PLR0917 - called above only
    journal: Journal,
    row: Incoming[Activity],
    frames: dict[str, Frame | InputError],
    named: dict[str, Stored[Activity]],
    spare: Counter[str],
    tally: _Tally,
    today: date,
) -> None:
    frame = frames[row.value.operation]
    if isinstance(frame, InputError):
        raise RuleError("operation", str(frame))
    there = named.get(row.record) if row.record else None
    if there is not None:
        _correct_row(journal, row, there, frame, tally, today)
        return
    key = natural_key(row.value)
    if spare[key] > 0:
        spare[key] -= 1
        tally.unchanged += 1
        return
    journal.add_activity(place_activity(row.value, frame, today=today), row.record or new_record(), key)
    tally.added += 1


def _correct_row(  # noqa: PLR0917 - called above only
    journal: Journal,
    row: Incoming[Activity],
    there: Stored[Activity],
    frame: Frame,
    tally: _Tally,
    today: date,
) -> None:
    value = replace(row.value, origin=there.value.origin)
    if value.phase == there.value.phase:
        # A file shows the phase without saying whether a person chose it.
        value = replace(value, phase_chosen=there.value.phase_chosen)
    if value == there.value and there.state != WITHDRAWN:
        tally.unchanged += 1
        return
    if value.operation != there.value.operation:
        raise RuleError("operation", f"{there.record} belongs to {there.value.operation}; leave it there.")
    _refuse_stale(there, row)
    journal.supersede(there, check(value, frame, today=today))
    tally.corrected += 1


def _read_frames(connection: Connection, codes: Sequence[str]) -> dict[str, Frame | InputError]:
    frames: dict[str, Frame | InputError] = {}
    for code in codes:
        try:
            frames[code] = read_frame(connection, code)
        except InputError as error:
            frames[code] = error
    return frames


def _read_named(connection: Connection, records: Sequence[str]) -> dict[str, Stored[Activity]]:
    table = ActivityRow.__table__
    found: dict[str, Stored[Activity]] = {}
    for start in range(0, len(records), _CHUNK):
        chunk = records[start : start + _CHUNK]
        rows = connection.execute(
            select(table).where(table.c.record.in_(chunk), table.c.state != SUPERSEDED)
        ).mappings()
        found |= {row["record"]: from_row("activity", row) for row in rows}
    return found


def _count_known(connection: Connection, codes: Sequence[str], named: dict[str, Stored[Activity]]) -> Counter[str]:
    """Count the records that each natural key has ever stood for, but those which the file names itself.

    Earlier versions and withdrawn records count too: a file that was corrected in the ledger must not add its old rows.
    """
    known: Counter[str] = Counter()
    keys_of_named: dict[str, set[str]] = defaultdict(set)
    for start in range(0, len(codes), _CHUNK):
        chunk = list(codes[start : start + _CHUNK])
        counted = connection.execute(
            select(ActivityRow.natural_key, func.count(ActivityRow.record.distinct()))
            .where(ActivityRow.operation.in_(chunk))
            .group_by(ActivityRow.natural_key)
        )
        known.update({row[0]: row[1] for row in counted})
    names = list(named)
    for start in range(0, len(names), _CHUNK):
        versions = connection.execute(
            select(ActivityRow.record, ActivityRow.natural_key).where(
                ActivityRow.record.in_(names[start : start + _CHUNK])
            )
        )
        for record, key in versions:
            keys_of_named[record].add(key)
    for keys in keys_of_named.values():
        known.subtract(keys)
    return known
