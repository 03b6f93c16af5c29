"""What an operation has reached: records by phase, and beside them what has been published about it.

A published statement is cumulative: “27 warrants” after twelve months says how many there were by then. So of each kind
only the latest statement is reported, “as at” its date; it belongs to no phase, because nobody has published one; and
it is never added to the records, which may be part of it. The sum of an operation's records is the sum of its metrics
without a statement.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hotspots.activity_kinds import Total
from hotspots.record_values import figure_values, number
from hotspots.store.ledger import (
    ActivityFilter,
    KindTotal,
    find_operation,
    list_activities,
    list_milestones,
    list_targets,
    list_windows,
    total_activities,
)
from hotspots.terms import Phase
from hotspots.views.phases import write_quantity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from hotspots.activity_kinds import KindTable
    from hotspots.pipeline.derived_searches import DerivedSearches
    from hotspots.schemas_ledger import Stored
    from hotspots.schemas_operations import Figure, Milestone, Operation, PhaseWindow, Target
    from hotspots.store.ledger import Ledger

_ORDER: dict[Phase | None, int] = {phase: place for place, phase in enumerate((*Phase, None))}


@dataclass(frozen=True)
class Metric:
    """One figure of an operation, in one phase.

    Attributes
    ----------
    kind, label
        Code, and name for people.
    phase
        The phase in which it counts; None for records in no phase, and for what has been published.
    quantity, unit
        How much.
    at_least
        True when it is a lower bound.
    target
        What is to be reached; None without a target.
    by
        The day by which; None without a target.
    records
        On how many records it rests; 0 for a target without any, and for what has been published.
    published
        The statement on which it rests; None when it rests on records.
    safeguarding
        True when it protects people.
    """

    kind: str
    label: str
    phase: Phase | None
    quantity: Decimal
    unit: str
    at_least: bool
    target: Decimal | None
    by: date | None
    records: int
    published: Milestone | None
    safeguarding: bool

    def to_json(self) -> dict[str, Any]:
        """Write the metric as the command prints it."""
        return {
            "kind": self.kind,
            "phase": self.phase.value if self.phase else None,
            "quantity": number(self.quantity),
            "unit": self.unit,
            "at_least": self.at_least,
            "target": number(self.target) if self.target is not None else None,
        }


@dataclass(frozen=True)
class OperationSummary:
    """An operation at a glance.

    Attributes
    ----------
    operation
        The operation.
    windows
        Its phases.
    metrics
        One for each kind and phase: clear, hold, build, then none.
    milestones
        Published statements, earliest first.
    derived
        Stop searches in its area, from police.uk; in no metric and no sum. None where they were not asked for.
    """

    operation: Stored[Operation]
    windows: tuple[Stored[PhaseWindow], ...]
    metrics: tuple[Metric, ...]
    milestones: tuple[Stored[Milestone], ...]
    derived: DerivedSearches | None = None

    def to_json(self) -> dict[str, Any]:
        """Write the summary as ``hotspots ops summary --json`` prints it."""
        return {
            "operation": self.operation.value.name,
            "area": self.operation.value.area.name,
            "phases": [
                {"phase": one.value.phase.value, "from": start.format(), "to": end.format() if end else None}
                for one in self.windows
                for start, end in (one.value.bounds,)
            ],
            "metrics": [metric.to_json() for metric in self.metrics],
            "milestones": [milestone_json(one.value) for one in self.milestones],
            "derived": self.derived.to_json() if self.derived else [],
        }

    def to_text(self) -> str:
        """Write the summary as people read it in a terminal."""
        value = self.operation.value
        lines = [f"{value.name}, {value.area.name}" + (f" ({value.status})" if value.status else "")]
        lines += [f"Began {value.started.when()}"] if value.started else []
        lines += ["", "Phases:"] if self.windows else ["", "No phases have been entered yet."]
        for one in self.windows:
            start, end = one.value.bounds
            planned = " (planned)" if one.value.start is None else ""
            lines.append(f"  {one.value.phase.title():<6} {start.name()} to {end.name() if end else 'now'}{planned}")
        lines += _metric_lines(self.metrics)
        lines += ["", "Statements:"] if self.milestones else []
        for milestone in self.milestones:
            said = milestone.value
            lines += [
                f"  {said.label} ({said.as_at.name()}): {_one_line(said.statement)}",
                f"    Source: {_one_line(said.source)}",
            ]
        if self.derived is not None:
            strips = self.derived.describe()
            lines += ["", *(f"{one.text} {one.detail}" for one in strips)] if strips else ["", self.derived.advice]
        return "\n".join(lines)


def milestone_json(value: Milestone) -> dict[str, Any]:
    """Write a published statement as JSON."""
    return {
        "label": value.label,
        "as_at": value.as_at.format(),
        "statement": value.statement,
        "figures": [figure_values(figure) for figure in value.figures],
        "source": value.source,
        "url": value.url or None,
        "note": value.note,
    }


def _metric_lines(metrics: Sequence[Metric]) -> list[str]:
    lines: list[str] = []
    shown = ""
    for metric in metrics:
        heading = "Published, latest" if metric.published else metric.phase.title() if metric.phase else "In no phase"
        if heading != shown:
            shown = heading
            lines += ["", f"{heading}:"]
        said = write_quantity(metric.quantity, metric.unit, at_least=metric.at_least)
        target = f", target {write_quantity(metric.target, metric.unit)}" if metric.target is not None else ""
        as_at = f", as at {metric.published.as_at.name()}" if metric.published else ""
        lines.append(f"  {metric.label}: {said}{target}{as_at}")
    return lines or ["", "Nothing has been recorded yet."]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def summarise_operation(ledger: Ledger, kinds: KindTable, name: str) -> OperationSummary:
    """Say what an operation has reached.

    Parameters
    ----------
    ledger
        The open ledger.
    kinds
        The kinds in force.
    name
        Code, name or local brand of the operation.

    Raises
    ------
    UnknownNameError
        If there is no such operation; the message suggests the nearest.
    StoreError
        If the ledger cannot be read.
    """
    operation = find_operation(ledger, name)
    milestones = list_milestones(ledger, operation.record)
    levels = [kind.code for kind in kinds.kinds if kind.total is Total.LATEST]
    sums = [total for total in total_activities(ledger, operation.record) if total.kind not in levels]
    metrics = build_metrics(
        totals=[*sums, *_read_levels(ledger, operation.record, levels)],
        milestones=[one.value for one in milestones],
        targets=[one.value for one in list_targets(ledger, operation.record)],
        kinds=kinds,
        today=ledger.today(),
    )
    return OperationSummary(operation, list_windows(ledger, operation.record), metrics, milestones)


def _read_levels(ledger: Ledger, operation: str, kinds: Sequence[str]) -> list[KindTotal]:
    """Return, for each kind that does not add up, the latest record of each phase."""
    if not kinds:
        return []
    rows, _total = list_activities(ledger, ActivityFilter(operation=operation, kinds=tuple(kinds)), limit=None)
    found: dict[tuple[str, Phase | None], KindTotal] = {}
    for row in sorted(rows, key=lambda one: (one.value.date.last, one.value.date.first, one.recorded_at)):
        value = row.value
        earlier = found.get((value.kind, value.phase))
        found[value.kind, value.phase] = KindTotal(
            operation=operation,
            kind=value.kind,
            phase=value.phase,
            unit=value.unit,
            quantity=value.quantity,
            at_least=value.at_least,
            records=1 + (earlier.records if earlier else 0),
        )
    return list(found.values())


def latest_figures(milestones: Iterable[Milestone]) -> dict[str, tuple[Figure, Milestone]]:
    """Return the latest statement about each kind; milestones come earliest first."""
    return {figure.kind: (figure, milestone) for milestone in milestones for figure in milestone.figures}


def build_metrics(
    *,
    totals: Iterable[KindTotal],
    milestones: Iterable[Milestone],
    targets: Iterable[Target],
    kinds: KindTable,
    today: date,
) -> tuple[Metric, ...]:
    """Set records and targets side by side, one figure for each kind and phase, then what has been published.

    Parameters
    ----------
    totals
        One for each kind and phase.
    milestones
        Published statements, earliest first.
    targets
        What is to be reached.
    kinds
        The kinds in force.
    today
        The day on which targets are looked at.

    Returns
    -------
    tuple of Metric
        Records by phase (clear, hold, build, none), each in the order of the kinds; then published figures.
    """
    recorded: dict[tuple[str, Phase | None], KindTotal] = {(one.kind, one.phase): one for one in totals}
    goals = _choose_targets(targets, today)
    metrics = []
    for kind, phase in sorted({*recorded, *goals}, key=lambda key: (_ORDER[key[1]], _place(kinds, key[0]))):
        total, goal = recorded.get((kind, phase)), goals.get((kind, phase))
        metrics.append(
            Metric(
                kind=kind,
                label=kinds.name(kind),
                phase=phase,
                quantity=total.quantity if total else Decimal(0),
                unit=total.unit if total else goal.unit if goal else "",
                at_least=total is not None and total.at_least,
                target=goal.quantity if goal else None,
                by=goal.by if goal else None,
                records=total.records if total else 0,
                published=None,
                safeguarding=_protects(kinds, kind),
            )
        )
    for kind, (figure, milestone) in sorted(
        latest_figures(milestones).items(), key=lambda item: _place(kinds, item[0])
    ):
        metrics.append(
            Metric(
                kind=kind,
                label=kinds.name(kind),
                phase=None,
                quantity=figure.quantity,
                unit=figure.unit,
                at_least=figure.at_least,
                target=None,
                by=None,
                records=0,
                published=milestone,
                safeguarding=_protects(kinds, kind),
            )
        )
    return tuple(metrics)


def _place(kinds: KindTable, code: str) -> tuple[int, str]:
    return kinds.position.get(code, len(kinds.kinds)), code


def _protects(kinds: KindTable, code: str) -> bool:
    return code in kinds.by_code and kinds.by_code[code].safeguarding


def _choose_targets(targets: Iterable[Target], today: date) -> dict[tuple[str, Phase | None], Target]:
    """Choose for each kind and phase the target that is due next, or the last one when all are past."""
    chosen: dict[tuple[str, Phase | None], Target] = {}
    for target in sorted(targets, key=lambda one: one.by):
        there = chosen.get((target.kind, target.phase))
        if there is None or there.by < today:
            chosen[target.kind, target.phase] = target
    return chosen
