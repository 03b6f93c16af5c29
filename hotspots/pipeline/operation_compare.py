"""Operations on the same clock: weeks since Clear began, whenever that was."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from hotspots.activity_kinds import Total
from hotspots.pipeline.operations_view import find_clear_start
from hotspots.store.ledger.timelines import sum_by_day

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from hotspots.activity_kinds import KindTable
    from hotspots.store.ledger import Ledger, OperationEntry

MOST_COMPARED = 8
"""More lines than this cannot be told apart."""


@dataclass(frozen=True)
class ClockLine:
    """One operation on the shared clock.

    Attributes
    ----------
    code, name
        Which.
    start
        The day on which its Clear phase began: week 0.
    weeks, values
        Weeks since then, and the figure at their end; from week 0 to the operation's last record of any kind.
    before
        What was recorded before Clear began; it is in the figure, and is said.
    at_least
        True when a record in it is a lower bound.
    """

    code: str
    name: str
    start: date
    weeks: tuple[int, ...]
    values: tuple[Decimal, ...]
    before: Decimal
    at_least: bool


@dataclass(frozen=True)
class Comparison:
    """Operations on the same clock.

    Attributes
    ----------
    kind, label, unit
        What is compared.
    lines
        One an operation that has begun Clear and has records of the kind.
    without_clock, without_records
        Names of those that have no Clear phase, or no record of the kind.
    """

    kind: str
    label: str
    unit: str
    lines: tuple[ClockLine, ...]
    without_clock: tuple[str, ...]
    without_records: tuple[str, ...]


def choose_compared(entries: Sequence[OperationEntry], wanted: Sequence[str]) -> tuple[OperationEntry, ...]:
    """Choose what is compared: as asked, else the operations with a Clear phase that have most records."""
    if wanted:
        known = {entry.stored.record: entry for entry in entries}
        return tuple(known[code] for code in wanted if code in known)[:MOST_COMPARED]
    begun = [entry for entry in entries if entry.activities and find_clear_start(entry.windows) is not None]
    return tuple(sorted(begun, key=lambda entry: -entry.activities)[:4])


def compare_operations(ledger: Ledger, kinds: KindTable, entries: Sequence[OperationEntry], *, kind: str) -> Comparison:
    """Set operations on the clock of weeks since Clear began.

    Parameters
    ----------
    ledger
        The open ledger.
    kinds
        The kinds in force.
    entries
        The operations.
    kind
        Code, label or other name of what is compared.

    Raises
    ------
    UnknownNameError
        If there is no such kind.
    StoreError
        If the ledger cannot be read.
    """
    chosen = kinds.find(kind)
    starts = {entry.stored.record: find_clear_start(entry.windows) for entry in entries}
    sums = sum_by_day(ledger, chosen.code, [code for code, start in starts.items() if start is not None])
    lines, without_clock, without_records = [], [], []
    for entry in entries:
        start = starts[entry.stored.record]
        name = entry.stored.value.name
        own = [one for one in sums if one.operation == entry.stored.record]
        if start is None:
            without_clock.append(name)
        elif not own:
            without_records.append(name)
        else:
            at_week: dict[int, Decimal] = {}
            reached = before = Decimal(0)
            for one in own:
                week = (one.day - start).days // 7
                reached = reached + one.quantity if chosen.total is Total.SUM else one.quantity
                before = reached if week < 0 else before
                at_week[max(week, 0)] = reached
            if 0 not in at_week:
                at_week = {0: Decimal(0), **at_week} if chosen.total is Total.SUM else at_week
            if entry.last is not None:
                at_week.setdefault(max((entry.last - start).days // 7, 0), reached)
            lines.append(
                ClockLine(
                    code=entry.stored.record,
                    name=name,
                    start=start,
                    weeks=tuple(at_week),
                    values=tuple(at_week.values()),
                    before=before,
                    at_least=any(one.at_least for one in own),
                )
            )
    return Comparison(
        chosen.code, chosen.label, chosen.unit, tuple(lines), tuple(without_clock), tuple(without_records)
    )
