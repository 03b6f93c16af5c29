"""One operation: a scorecard for each phase, curves, where it acted, what was published; every figure from records."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from hotspots.activity_kinds import Total
from hotspots.pipeline.operation_pace import Pace, judge_pace
from hotspots.pipeline.operation_summary import Metric, summarise_operation
from hotspots.pipeline.operations_view import PhaseBar, count_weeks, find_phases_now, list_bars, write_window
from hotspots.store.ledger import ActivityFilter, list_activities, list_targets, total_by_date
from hotspots.store.ledger.timelines import MonthCount, WardCount, count_by_month, count_by_ward
from hotspots.terms import Phase

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from hotspots.activity_kinds import KindTable
    from hotspots.schemas_ledger import Activity, Stored
    from hotspots.schemas_operations import Milestone, Operation, PhaseWindow, Target
    from hotspots.store.ledger import DayTotal, Ledger

SPARK_MONTHS = 36
"""How many months a sparkline goes back from the last record."""
ENFORCEMENT_SHOWN = 6
"""How many enforcement figures stand beside safeguarding."""


@dataclass(frozen=True)
class KindSum:
    """A kind over all phases of an operation.

    Attributes
    ----------
    kind, label, unit
        What.
    quantity, at_least, records
        How much, whether it is a lower bound, and on how many records it rests.
    safeguarding, enforcement
        Whether it protects people, and whether a board expects it under Clear.
    """

    kind: str
    label: str
    unit: str
    quantity: Decimal
    at_least: bool
    records: int
    safeguarding: bool
    enforcement: bool = False


@dataclass(frozen=True)
class Card:
    """One figure of a phase scorecard.

    Attributes
    ----------
    metric
        The figure in this phase, with its target and the number of its records.
    total
        The same kind over all phases.
    pace
        How it stands with its target; None without one.
    spark
        The phase's records by month, oldest first: sums, or for a kind that does not add up its latest value.
    """

    metric: Metric
    total: KindSum
    pace: Pace | None
    spark: tuple[float, ...]


@dataclass(frozen=True)
class PhaseScorecard:
    """The figures of one phase.

    Attributes
    ----------
    phase
        Which; None for records in no phase.
    windows
        Its dates in words; empty when it has none.
    now
        True when the operation is in it today.
    cards
        Its figures, those with targets first.
    """

    phase: Phase | None
    windows: tuple[str, ...]
    now: bool
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class OperationView:
    """The page of one operation.

    Attributes
    ----------
    operation
        The operation.
    windows, bars
        Its phases as recorded, and as bars.
    now, weeks
        The phases in which it is today, and weeks since Clear began (None when it has not).
    scorecards
        Clear, hold, build, and none when there are records in no phase.
    published
        The latest published statement about each kind.
    milestones, targets
        Statements, earliest first, and targets by date.
    sums
        Each kind over all phases.
    months, wards
        Its records by month and phase, and by ward.
    days
        Its records by kind, phase and date: what curves are drawn from.
    today
        The day on which it is looked at.
    """

    operation: Stored[Operation]
    windows: tuple[Stored[PhaseWindow], ...]
    bars: tuple[PhaseBar, ...]
    now: tuple[Phase, ...]
    weeks: int | None
    scorecards: tuple[PhaseScorecard, ...]
    published: tuple[Metric, ...]
    milestones: tuple[Stored[Milestone], ...]
    targets: tuple[Stored[Target], ...]
    sums: tuple[KindSum, ...]
    months: tuple[MonthCount, ...]
    wards: tuple[WardCount, ...]
    days: tuple[DayTotal, ...]
    today: date

    @property
    def records(self) -> int:
        """Activities on record."""
        return sum(total.records for total in self.sums)

    @property
    def enforcement(self) -> tuple[KindSum, ...]:
        """The enforcement figures with most records: what a board expects under Clear."""
        found = [total for total in self.sums if total.enforcement]
        return tuple(sorted(found, key=lambda total: -total.records)[:ENFORCEMENT_SHOWN])

    @property
    def safeguarding(self) -> tuple[KindSum, ...]:
        """Every figure about the protection of people."""
        return tuple(total for total in self.sums if total.safeguarding)


def describe_operation(ledger: Ledger, kinds: KindTable, name: str) -> OperationView:
    """Say everything about one operation.

    Parameters
    ----------
    ledger
        The open ledger.
    kinds
        The kinds in force.
    name
        Code, name or local brand.

    Raises
    ------
    UnknownNameError
        If there is no such operation; the message suggests the nearest.
    StoreError
        If the ledger cannot be read.
    """
    today = ledger.today()
    summary = summarise_operation(ledger, kinds, name)
    code = summary.operation.record
    windows = [one.value for one in summary.windows]
    recorded = [metric for metric in summary.metrics if metric.published is None]
    days = total_by_date(ledger, code)
    sums = add_up(recorded, kinds)
    return OperationView(
        operation=summary.operation,
        windows=summary.windows,
        bars=list_bars(windows, today=today),
        now=find_phases_now(windows, today=today),
        weeks=count_weeks(windows, today=today),
        scorecards=_build_scorecards(summary.operation.value, recorded, windows, sums, days, kinds, today),
        published=tuple(metric for metric in summary.metrics if metric.published is not None),
        milestones=summary.milestones,
        targets=list_targets(ledger, code),
        sums=sums,
        months=count_by_month(ledger, code),
        wards=count_by_ward(ledger, code),
        days=days,
        today=today,
    )


def add_up(metrics: Iterable[Metric], kinds: KindTable) -> tuple[KindSum, ...]:
    """Add each kind up over its phases, each record once; of a kind that does not add up, the last phase's stands."""
    found: dict[str, list[Metric]] = defaultdict(list)
    for metric in metrics:
        if metric.records:
            found[metric.kind].append(metric)
    sums = []
    for kind, parts in found.items():
        known = kinds.by_code.get(kind)
        adds = known is None or known.total is Total.SUM
        sums.append(
            KindSum(
                kind=kind,
                label=parts[0].label,
                unit=parts[0].unit,
                quantity=sum((part.quantity for part in parts), Decimal(0)) if adds else parts[-1].quantity,
                at_least=any(part.at_least for part in parts) if adds else parts[-1].at_least,
                records=sum(part.records for part in parts),
                safeguarding=parts[0].safeguarding,
                enforcement=known is not None and known.group is Phase.CLEAR,
            )
        )
    return tuple(sorted(sums, key=lambda total: (kinds.position.get(total.kind, len(kinds.kinds)), total.kind)))


def _build_scorecards(  # noqa: PLR0917 - called above only
    operation: Operation,
    metrics: Sequence[Metric],
    windows: Sequence[PhaseWindow],
    sums: Sequence[KindSum],
    days: Sequence[DayTotal],
    kinds: KindTable,
    today: date,
) -> tuple[PhaseScorecard, ...]:
    sparks = _draw_sparks(days, kinds)
    now = find_phases_now(windows, today=today)
    by_kind = {total.kind: total for total in sums}
    started = operation.started.first if operation.started else None
    scorecards = []
    for phase in (*Phase, None):
        cards = [
            Card(
                metric=metric,
                total=by_kind.get(metric.kind) or _nothing_yet(metric),
                pace=judge_pace(metric, kinds, windows, started, today),
                spark=sparks.get((metric.kind, phase), ()),
            )
            for metric in metrics
            if metric.phase is phase
        ]
        if phase is None and not cards:
            continue
        spans = tuple(write_window(window) for window in windows if window.phase is phase)
        cards.sort(key=lambda card: card.pace is None)
        scorecards.append(PhaseScorecard(phase, spans, phase in now, tuple(cards)))
    return tuple(scorecards)


def _nothing_yet(metric: Metric) -> KindSum:
    return KindSum(metric.kind, metric.label, metric.unit, Decimal(0), False, 0, metric.safeguarding)


def _draw_sparks(days: Sequence[DayTotal], kinds: KindTable) -> dict[tuple[str, Phase | None], tuple[float, ...]]:
    """Sum each kind and phase by month; every sparkline ends in the month of the operation's last record."""
    if not days:
        return {}
    month_of = [day.date.first.year * 12 + day.date.first.month - 1 for day in days]
    first, last = min(month_of), max(month_of)
    first = max(first, last - SPARK_MONTHS + 1)
    sparks: dict[tuple[str, Phase | None], list[float]] = {}
    for day, month in zip(days, month_of, strict=True):
        line = sparks.setdefault((day.kind, day.phase), [0.0] * (last - first + 1))
        if month < first:
            continue
        known = kinds.by_code.get(day.kind)
        if known is not None and known.total is Total.LATEST:
            line[month - first :] = [float(day.quantity)] * (last - month + 1)
        else:
            line[month - first] += float(day.quantity)
    return {key: tuple(line) for key, line in sparks.items()}


@dataclass(frozen=True)
class Curve:
    """How a kind grew in one phase.

    Attributes
    ----------
    phase
        Which; None for records in no phase.
    days, values
        The last day on which each step may have happened, and the figure from there on.
    at_least
        True when a record in it is a lower bound.
    """

    phase: Phase | None
    days: tuple[date, ...]
    values: tuple[Decimal, ...]
    at_least: bool


def draw_curves(days: Iterable[DayTotal], kind: str, *, adds: bool = True) -> tuple[Curve, ...]:
    """Turn the records of a kind into one cumulative curve a phase.

    Parameters
    ----------
    days
        The operation's records by kind, phase and date.
    kind
        Code of the kind.
    adds
        False for a kind whose latest value stands, such as a confidence score.

    Returns
    -------
    tuple of Curve
        Clear, hold, build, none; the last values of a kind that adds up sum to its records.
    """
    steps: dict[Phase | None, dict[date, Decimal]] = {}
    bounds: set[Phase | None] = set()
    for day in sorted(days, key=lambda day: (day.date.last, day.date.first)):
        if day.kind != kind:
            continue
        line = steps.setdefault(day.phase, {})
        reached = next(reversed(line.values())) if line and adds else Decimal(0)
        line[day.date.last] = reached + day.quantity
        if day.at_least:
            bounds.add(day.phase)
    return tuple(
        Curve(phase, tuple(steps[phase]), tuple(steps[phase].values()), phase in bounds)
        for phase in (*Phase, None)
        if phase in steps
    )


def list_kinds_shown(view: OperationView) -> tuple[str, ...]:
    """List the kinds that curves can show: those with most published figures and targets, then most records, first."""
    named = [figure.kind for one in view.milestones for figure in one.value.figures]
    named += [one.value.kind for one in view.targets]
    records = {total.kind: total.records for total in view.sums}
    found = dict.fromkeys([*records, *named])
    return tuple(sorted(found, key=lambda kind: (-named.count(kind), -records.get(kind, 0))))


def trace_figure(
    ledger: Ledger, operation: str, kind: str, phase: Phase | None
) -> tuple[tuple[Stored[Activity], ...], Decimal]:
    """Return the records on which a figure of a scorecard rests, latest first, and their sum.

    Parameters
    ----------
    ledger
        The open ledger.
    operation
        Code of the operation.
    kind, phase
        Which figure; phase None for records in no phase.
    """
    chosen = ActivityFilter(operation=operation, kinds=(kind,), phases=(phase,))
    rows, _total = list_activities(ledger, chosen, limit=None)
    return rows, sum((row.value.quantity for row in rows), Decimal(0))
