"""Many activities of an operation at once: rows of the grid, kept together or not at all."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hotspots.errors import ConflictError, InputError
from hotspots.pipeline.operation_entry import check_author, read_activity
from hotspots.schemas_ledger import Activity, Origin, RowProblem, Stored
from hotspots.store.ledger import ActivityFilter, ImportOutcome, list_activities
from hotspots.store.ledger.models import WITHDRAWN
from hotspots.store.ledger.recording import amend, check, enter, open_journal, read_frame, seen
from hotspots.store.ledger.rows import natural_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from hotspots.activity_kinds import KindTable
    from hotspots.pipeline.operation_entry import Editing
    from hotspots.store.ledger import Ledger
    from hotspots.store.ledger.journal import Journal

REASON = "edited in the grid"
"""What the audit log says of each row."""


@dataclass(frozen=True)
class GridRow:
    """A row of the grid that was changed or added.

    Attributes
    ----------
    row
        Its number on the screen, the first being 1.
    fields
        Its cells as text, by the names of :data:`~hotspots.pipeline.operation_entry.FIELDS`.
    editing
        The record that it corrects; None for a new one.
    """

    row: int
    fields: Mapping[str, str]
    editing: Editing | None


@dataclass(frozen=True)
class GridOutcome:
    """What saving the grid did.

    Attributes
    ----------
    outcome
        Counts and problems; nothing is kept when there is a problem.
    conflicts
        The present version of each record that somebody else has corrected meanwhile, by row.
    made
        The versions that the save made, in the order of the rows; empty when nothing was kept.
    """

    outcome: ImportOutcome
    conflicts: Mapping[int, Stored[Activity]]
    made: tuple[Stored[Activity], ...] = ()


class _Abandon(Exception):  # noqa: N818 - no error: it ends a transaction that must leave nothing
    pass


def save_grid(ledger: Ledger, kinds: KindTable, operation: str, rows: Sequence[GridRow], *, by: str) -> GridOutcome:
    """Save changed and new rows, all or none; every problem is named by row and column.

    A new row that says what a record says which counts already is not entered twice. A record that was withdrawn
    does not count: what was undone can be typed again.

    Raises
    ------
    AccessError
        If the person may not change records of this operation; nothing is kept then.
    InputError
        If the author is not given.
    StoreError
        If the database fails; nothing is kept then.
    """
    author = check_author(by)
    read, problems = [], []
    for row in rows:
        value, problem = read_activity(kinds, operation, row.fields)
        if value is None:
            problems.append(RowProblem(row.row, *(problem or ("", ""))))
        else:
            read.append((row, replace(value, origin=Origin.ENTERED)))
    known = _count_known(ledger, operation, read)
    made: list[Stored[Activity]] = []
    conflicts: dict[int, Stored[Activity]] = {}
    try:
        with open_journal(ledger, by=author, reason=REASON) as journal:
            journal.check_operation(operation)  # also when every row turns out to change nothing
            for row, value in read:
                try:
                    stored = _save_row(journal, row, value, known, today=ledger.today())
                except ConflictError as error:
                    problems.append(RowProblem(row.row, "version", str(error)))
                    if isinstance(error.theirs, Stored) and error.theirs.state != WITHDRAWN:
                        conflicts[row.row] = error.theirs
                except InputError as error:
                    problems.append(RowProblem(row.row, getattr(error, "column", ""), str(error)))
                else:
                    made += [stored] if stored is not None else []
            if problems:
                raise _Abandon  # noqa: TRY301 - the only way out of a transaction that leaves nothing of it
    except _Abandon:
        listed = tuple(sorted(problems, key=lambda problem: problem.row))
        return GridOutcome(ImportOutcome(0, 0, 0, listed, kept=False), conflicts)
    added = sum(one.version == 1 for one in made)
    counts = ImportOutcome(added, len(made) - added, len(read) - len(made), (), kept=True)
    return GridOutcome(counts, {}, tuple(made))


def _save_row(
    journal: Journal, row: GridRow, value: Activity, known: Counter[str], *, today: date
) -> Stored[Activity] | None:
    """Enter or correct one row; None when it says what is on record."""
    if row.editing is None:
        key = natural_key(value)
        if known[key] > 0:
            known[key] -= 1
            return None
        return enter(journal, value, today=today)
    old = seen(journal.connection, "activity", row.editing.record, row.editing.version, mine=value)
    value = replace(value, origin=old.value.origin)
    same_place = old.value.operation == value.operation
    if same_place and check(value, read_frame(journal.connection, value.operation), today=today) == old.value:
        return None
    return amend(journal, old, value, today=today)


def _count_known(ledger: Ledger, operation: str, read: Sequence[tuple[GridRow, Activity]]) -> Counter[str]:
    """Count the records that say what new rows say, but those which the grid corrects itself."""
    new = [value for row, value in read if row.editing is None]
    if not new:
        return Counter()
    wanted = ActivityFilter(
        operation=operation,
        kinds=tuple({value.kind for value in new}),
        first=min(value.date.first for value in new),
        last=max(value.date.last for value in new),
    )
    named = {row.editing.record for row, _value in read if row.editing is not None}
    rows, _total = list_activities(ledger, wanted, limit=None)
    return Counter(natural_key(row.value) for row in rows if row.record not in named)
