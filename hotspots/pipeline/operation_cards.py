"""An operation as cards, published figures and a row of a timeline: one form for its page and its pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotspots.months import name_period
from hotspots.terms import Phase
from hotspots.views.phases import write_quantity
from hotspots.views.scorecards import Goal, Line, Published, Scorecard
from hotspots.views.timeline import Bar, Mark, Statement, TimelineRow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hotspots.pipeline.operation_area import AreaMonths
    from hotspots.pipeline.operation_summary import Metric
    from hotspots.pipeline.operation_view import Card, PhaseScorecard
    from hotspots.pipeline.operations_view import PhaseBar
    from hotspots.record_dates import RecordDate
    from hotspots.schemas_operations import Milestone
    from hotspots.store.ledger.timelines import MonthCount

EMPTY = {
    Phase.CLEAR: "Nothing recorded: warrants, arrests, seizures and disruptions appear here.",
    Phase.HOLD: "Nothing recorded: patrols, closures, tenancy action and safeguarding appear here.",
    Phase.BUILD: "Nothing recorded: engagement, diversion, funding and improvements appear here.",
    None: "",
}
"""What a phase without records says."""


def to_scorecard(scorecard: PhaseScorecard) -> Scorecard:
    """Turn the figures of a phase into a card."""
    return Scorecard(
        phase=scorecard.phase,
        dates=scorecard.windows,
        now=scorecard.now,
        lines=tuple(_to_line(card) for card in scorecard.cards),
        empty=EMPTY[scorecard.phase],
    )


def _to_line(card: Card) -> Line:
    metric, pace = card.metric, card.pace
    goal = None
    if pace is not None and metric.target:
        expected = None if pace.expected is None else float(pace.expected / metric.target)
        goal = Goal(metric.target, pace.share, expected, pace.state, pace.words)
    return Line(
        label=metric.label,
        unit=metric.unit,
        quantity=metric.quantity,
        at_least=metric.at_least,
        records=metric.records,
        total=card.total.quantity,
        total_at_least=card.total.at_least,
        goal=goal,
        spark=card.spark,
    )


def list_published(metrics: Iterable[Metric]) -> tuple[Published, ...]:
    """Write the latest published figure about each kind; “over” stays as it was published."""
    return tuple(
        Published(
            metric.label,
            write_quantity(metric.quantity, metric.unit, at_least=metric.at_least),
            write_briefly(metric.published.as_at),
            metric.published.source,
        )
        for metric in metrics
        if metric.published is not None
    )


def write_briefly(date: RecordDate) -> str:
    """Write a date, a period with short months."""
    if date.precision != "period":
        return date.name()
    first, last = ((day.year - 1970) * 12 + day.month - 1 for day in (date.first, date.last))
    return name_period(first, last, short=True)


def make_row(
    name: str,
    bars: Iterable[PhaseBar],
    months: Iterable[MonthCount],
    milestones: Iterable[Milestone],
    trend: AreaMonths | None,
) -> TimelineRow:
    """Turn an operation's parts into a row of the timeline."""
    return TimelineRow(
        name=name,
        bars=tuple(Bar(bar.phase, bar.first, bar.last, bar.open_ended, bar.planned, bar.words) for bar in bars),
        marks=tuple(Mark(one.phase, one.month, one.records) for one in months),
        statements=tuple(Statement(one.as_at.last, one.as_at.name(), one.label, one.statement) for one in milestones),
        trend=() if trend is None else tuple(zip(trend.months.tolist(), trend.incidents.tolist(), strict=True)),
    )
