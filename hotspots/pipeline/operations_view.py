"""Every operation at a glance: phases and activities on one timeline, where each stands, and where they work.

What costs most is read operation by operation and kept until that operation changes, so that one new record among a
hundred thousand does not have all of them counted again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hotspots.pipeline.operation_pace import Pace, judge_pace
from hotspots.pipeline.operation_summary import summarise_operation
from hotspots.record_dates import name_day
from hotspots.schemas_operations import Status
from hotspots.store.ledger import list_milestones
from hotspots.store.ledger.timelines import MonthCount, count_by_month
from hotspots.terms import Phase

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from hotspots.activity_kinds import KindTable
    from hotspots.schemas_operations import Milestone, PhaseWindow
    from hotspots.store.ledger import Ledger, OperationEntry


@dataclass(frozen=True)
class PhaseBar:
    """A phase window as a bar.

    Attributes
    ----------
    phase
        Which.
    first, last
        Its first and last day as drawn: an open end reaches today.
    open_ended, planned
        Whether it has no end yet, and whether its dates are plans.
    words
        Its dates as they were entered.
    """

    phase: Phase
    first: date
    last: date
    open_ended: bool
    planned: bool
    words: str


@dataclass(frozen=True)
class OperationFacts:
    """What is read for one operation and kept until it changes.

    Attributes
    ----------
    months
        Its records by month and phase.
    milestones
        Published statements.
    paces
        How it stands with each of its targets.
    """

    months: tuple[MonthCount, ...]
    milestones: tuple[Milestone, ...]
    paces: tuple[Pace, ...]


@dataclass(frozen=True)
class Glance:
    """One operation on the page of all.

    Attributes
    ----------
    entry
        The operation, and how much is recorded about it.
    bars
        Its phases.
    facts
        Its records by month, its statements and its targets.
    now
        The phases in which it is today.
    weeks
        Weeks since its first Clear phase began; None when none has.
    """

    entry: OperationEntry
    bars: tuple[PhaseBar, ...]
    facts: OperationFacts
    now: tuple[Phase, ...]
    weeks: int | None

    @property
    def code(self) -> str:
        """Code of the operation."""
        return self.entry.stored.record

    @property
    def name(self) -> str:
        """What it is called."""
        return self.entry.stored.value.name

    @property
    def standing(self) -> str:
        """Where it stands, in a few words."""
        status = self.entry.stored.value.status
        if status is Status.CLOSED:
            return "Closed"
        if self.now:
            return " and ".join(phase.title() for phase in self.now)
        if not self.entry.windows:
            return "No phase entered"
        if all(bar.first > bar.last or bar.planned for bar in self.bars):
            return "Planned"
        return "Between phases" if status is not Status.PLANNED else "Planned"

    @property
    def targets(self) -> str:
        """How many targets are reached or on pace, of all; a dash when none is set."""
        if not self.facts.paces:
            return "–"
        well = sum(pace.well for pace in self.facts.paces)
        return f"{well} of {len(self.facts.paces)}"

    @property
    def next_step(self) -> str:
        """What is missing most, and where to enter it."""
        if not self.entry.windows:
            return "Enter when Clear began"
        if not self.entry.activities:
            return "Record its first activity"
        return "" if self.entry.targets else "Set a target"


@dataclass(frozen=True)
class OperationsView:
    """The page of all operations.

    Attributes
    ----------
    glances
        Operations by name, those with phases first.
    today
        The day for which current phases are said.
    """

    glances: tuple[Glance, ...]
    today: date

    @property
    def active(self) -> int:
        """Operations that are in a phase today."""
        return sum(bool(glance.now) for glance in self.glances)

    @property
    def activities(self) -> int:
        """Records of all operations."""
        return sum(glance.entry.activities for glance in self.glances)

    @property
    def statements(self) -> int:
        """Published statements of all operations."""
        return sum(glance.entry.milestones for glance in self.glances)

    def find(self, code: str) -> Glance | None:
        """Return the operation of that code, if there is one."""
        return next((glance for glance in self.glances if glance.code == code), None)


def read_facts(ledger: Ledger, kinds: KindTable, entry: OperationEntry) -> OperationFacts:
    """Read what the page of all operations shows of one.

    Raises
    ------
    StoreError
        If the ledger cannot be read.
    """
    code = entry.stored.record
    paces: tuple[Pace, ...] = ()
    if entry.targets:
        summary = summarise_operation(ledger, kinds, code)
        started = entry.stored.value.started
        paces = tuple(
            pace
            for metric in summary.metrics
            if (pace := judge_pace(metric, kinds, entry.windows, started.first if started else None, ledger.today()))
        )
    milestones = tuple(one.value for one in list_milestones(ledger, code)) if entry.milestones else ()
    return OperationFacts(count_by_month(ledger, code) if entry.activities else (), milestones, paces)


def build_operations_view(
    entries: Iterable[OperationEntry], facts: Mapping[str, OperationFacts], *, today: date
) -> OperationsView:
    """Set every operation beside the others.

    Parameters
    ----------
    entries
        From the ledger, by name.
    facts
        What was read for each, by code.
    today
        The day for which current phases are said.
    """
    glances = [
        Glance(
            entry=entry,
            bars=list_bars(entry.windows, today=today),
            facts=facts[entry.stored.record],
            now=find_phases_now(entry.windows, today=today),
            weeks=count_weeks(entry.windows, today=today),
        )
        for entry in entries
    ]
    return OperationsView(tuple(sorted(glances, key=lambda one: (not one.entry.windows, one.name.casefold()))), today)


def list_bars(windows: Sequence[PhaseWindow], *, today: date) -> tuple[PhaseBar, ...]:
    """Turn phase windows into bars; one with an open end reaches today, or its planned end when that is later."""
    bars = []
    for window in windows:
        first, last = window.window
        planned_end = window.planned_end.last if window.planned_end else None
        bars.append(
            PhaseBar(
                phase=window.phase,
                first=first,
                last=last or max(first, today),
                open_ended=last is None,
                planned=window.start is None,
                words=write_window(window)
                + (
                    f"; planned to end {name_day(planned_end)}"
                    if planned_end and window.end is None and window.start
                    else ""
                ),
            )
        )
    return tuple(sorted(bars, key=lambda bar: (list(Phase).index(bar.phase), bar.first)))


def write_window(window: PhaseWindow) -> str:
    """Write a window's dates as they were entered: ``October 2020 to now``."""
    start, end = window.bounds
    planned = " (planned)" if window.start is None else ""
    return f"{start.name()} to {end.name() if end else 'now' if not planned else 'open'}{planned}"


def find_phases_now(windows: Iterable[PhaseWindow], *, today: date) -> tuple[Phase, ...]:
    """List the phases in which an operation is today, in the order clear, hold, build."""
    now = {
        window.phase
        for window in windows
        if window.start is not None
        for first, last in (window.window,)
        if first <= today and (last is None or last >= today)
    }
    return tuple(phase for phase in Phase if phase in now)


def find_clear_start(windows: Iterable[PhaseWindow]) -> date | None:
    """Return the first day of the first Clear phase: where the shared clock begins."""
    starts = [window.window[0] for window in windows if window.phase is Phase.CLEAR and window.start is not None]
    return min(starts, default=None)


def count_weeks(windows: Iterable[PhaseWindow], *, today: date) -> int | None:
    """Count whole weeks since Clear began; None when it has not."""
    start = find_clear_start(windows)
    return None if start is None or start > today else (today - start).days // 7
