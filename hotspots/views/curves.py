"""Cumulative curves of operations: by phase, against what was published, and several on the same clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hotspots.record_dates import name_day
from hotspots.views import palette
from hotspots.views.chart_parts import finish, hover_line
from hotspots.views.phases import PHASE_COLOURS, PHASE_NAMES, write_quantity
from hotspots.views.wording import write_count

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from decimal import Decimal

    from hotspots.terms import Phase
    from hotspots.views.chart_parts import Spec

LINES = ("#12436D", "#B8470B", "#1C7D75", "#801650", "#6F777B", "#2073BC", "#8A6100", "#0B0C0C")
"""Lines that are compared; each has a dash of its own besides, so that none is told by colour alone."""
_DASHES = ([1, 0], [7, 3], [2, 2], [8, 3, 2, 3], [12, 3], [4, 4], [1, 3], [10, 2, 1, 2])


@dataclass(frozen=True)
class Step:
    """A figure from one day on."""

    day: date
    value: Decimal


@dataclass(frozen=True)
class PhaseCurve:
    """A phase, its steps in order, and whether a record in it is a lower bound."""

    phase: Phase | None
    steps: tuple[Step, ...]
    at_least: bool


@dataclass(frozen=True)
class Point:
    """A figure that was published or is to be reached: its day, what is known of that day, how much, and what it is."""

    day: date
    when: str
    value: Decimal
    at_least: bool
    words: str


def chart_curves(
    curves: Sequence[PhaseCurve],
    *,
    label: str,
    unit: str,
    published: Sequence[Point] = (),
    targets: Sequence[Point] = (),
    until: date,
    height: int = 250,
) -> Spec:
    """Chart how a kind grew in each phase, with what was published about it and what is to be reached.

    Parameters
    ----------
    curves
        One a phase that has records.
    label, unit
        The kind.
    published
        Statements, each cumulative over all phases: a triangle that points up where “over” was published.
    targets
        What is to be reached, by when.
    until
        The day to which level lines run on.
    height
        Pixels.
    """
    values = [
        {
            "day": step.day.isoformat(),
            "value": float(step.value),
            "series": PHASE_NAMES[curve.phase],
            "written": write_quantity(step.value, unit, at_least=curve.at_least),
            "when": name_day(step.day),
        }
        for curve in curves
        for step in _level(curve.steps, until)
    ]
    names = [PHASE_NAMES[curve.phase] for curve in curves]
    colours = [PHASE_COLOURS[curve.phase] for curve in curves]
    reached = [float(value) for curve in curves for value in (step.value for step in curve.steps)]
    reached += [float(point.value) for point in (*published, *targets)]
    x = {
        "type": "temporal",
        "title": None,
        "scale": {"type": "utc", "padding": 34},
        "axis": {"format": "%b %Y", "labelAngle": 0, "grid": False, "labelOverlap": "greedy", "tickCount": 7},
    }
    y = {
        "field": "value",
        "type": "quantitative",
        "title": label if unit in ("count", "") else f"{label}, {'£' if unit == 'GBP' else unit}",
        "scale": {"domain": [0, 1.12 * max(reached, default=1.0) or 1.0], "nice": True},
        "axis": _count_axis(unit),
    }
    legend = {"title": None, "orient": "top", "symbolType": "stroke", "symbolStrokeWidth": 3, "labelLimit": 300}
    layers: list[Spec] = []
    if values:
        layers.append(
            {
                "data": {"values": values},
                "mark": {
                    "type": "line", "interpolate": "step-after", "strokeWidth": 2.5,
                    "point": {"size": 22, "filled": True},
                },
                "encoding": {
                    "x": {"field": "day", **x},
                    "y": y,
                    "color": {
                        "field": "series",
                        "type": "nominal",
                        "sort": names,
                        "scale": {"domain": names, "range": colours},
                        "legend": legend,
                    },
                    "tooltip": [hover_line("series", "Phase"), hover_line("when", "On"), hover_line("written", label)],
                },
            }
        )  # fmt: skip
    layers += _mark_points(published, unit, x, y, shown="Published")
    layers += _mark_points(targets, unit, x, y, shown="Target")
    return finish(layers, height=height, description=_describe(curves, label, unit, published, targets))


def _count_axis(unit: str) -> Spec:
    """Make the axis of quantities: of what is counted, whole numbers only."""
    if unit in ("count", ""):
        return {"tickCount": 5, "tickMinStep": 1, "format": ",d"}
    return {"tickCount": 5, "format": "~s" if unit == "GBP" else ",~f"}


def _level(steps: Sequence[Step], until: date) -> list[Step]:
    """Carry the last value on to the day on which it is looked at."""
    if not steps or steps[-1].day >= until:
        return list(steps)
    return [*steps, Step(until, steps[-1].value)]


def _mark_points(points: Sequence[Point], unit: str, x: Spec, y: Spec, *, shown: str) -> list[Spec]:
    if not points:
        return []
    is_target = shown == "Target"
    values = [
        {
            "day": point.day.isoformat(),
            "value": float(point.value),
            "shape": "stroke" if is_target else "triangle-up" if point.at_least else "diamond",
            "written": write_quantity(point.value, unit, at_least=point.at_least),
            "when": point.when,
            "words": point.words,
        }
        for point in points
    ]
    hover = [
        hover_line("words", shown),
        hover_line("when", "By" if is_target else "As at"),
        hover_line("written", "Figure"),
    ]
    colour = palette.CLUSTER if is_target else palette.INK
    return [
        {
            "data": {"values": values},
            "mark": {
                "type": "point", "size": 190 if is_target else 110, "filled": not is_target, "color": colour,
                "opacity": 1, "strokeWidth": 3 if is_target else 1,
            },
            "encoding": {
                "x": {"field": "day", **x},
                "y": y,
                "shape": {"field": "shape", "type": "nominal", "scale": None},
                "tooltip": hover,
            },
        },
        {
            "data": {"values": values},
            "mark": {"type": "text", "align": "right", "dx": -9, "dy": -2, "fontSize": 12, "color": colour},
            "encoding": {
                "x": {"field": "day", **x}, "y": y, "text": {"field": "written", "type": "nominal"}, "tooltip": hover,
            },
        },
    ]  # fmt: skip


@dataclass(frozen=True)
class ClockCurve:
    """An operation on the shared clock: weeks since Clear began and the figure at their end."""

    name: str
    began: str
    weeks: tuple[int, ...]
    values: tuple[Decimal, ...]
    at_least: bool


def chart_clock(curves: Sequence[ClockCurve], *, label: str, unit: str, height: int = 260) -> Spec:
    """Chart operations on the same clock: weeks since Clear began.

    Parameters
    ----------
    curves
        One an operation.
    label, unit
        The kind.
    height
        Pixels.
    """
    names = [f"{curve.name} (Clear began {curve.began})" for curve in curves]
    values = [
        {
            "week": week,
            "value": float(value),
            "series": name,
            "name": curve.name,
            "written": write_quantity(value, unit, at_least=curve.at_least),
        }
        for name, curve in zip(names, curves, strict=True)
        for week, value in zip(curve.weeks, curve.values, strict=True)
    ]
    legend = {
        "title": None, "orient": "top", "symbolType": "stroke", "symbolStrokeWidth": 3, "labelLimit": 420, "columns": 2,
    }  # fmt: skip
    lines: Spec = {
        "data": {"values": values},
        "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 2.5},
        "encoding": {
            "x": {
                "field": "week",
                "type": "quantitative",
                "title": "Weeks since Clear began",
                "scale": {"zero": True, "nice": False},
                "axis": {"tickMinStep": 1, "grid": False, "format": ",d"},
            },
            "y": {
                "field": "value",
                "type": "quantitative",
                "title": f"{label}, so far",
                "scale": {"zero": True, "nice": True},
                "axis": _count_axis(unit),
            },
            "color": {
                "field": "series",
                "type": "nominal",
                "sort": names,
                "scale": {"domain": names, "range": list(LINES[: len(names)])},
                "legend": legend,
            },
            "strokeDash": {
                "field": "series",
                "type": "nominal",
                "scale": {"domain": names, "range": list(_DASHES[: len(names)])},
                "legend": legend,
            },
            "tooltip": [hover_line("name", "Operation"), hover_line("week", "Week"), hover_line("written", label)],
        },
    }
    listed = "; ".join(
        f"{curve.name} {write_quantity(curve.values[-1], unit, at_least=curve.at_least)} in week {curve.weeks[-1]}"
        for curve in curves
    )
    return finish(
        [lines], height=height, description=f"{label} by weeks since Clear began, {len(curves)} lines: {listed}."
    )


def _describe(
    curves: Sequence[PhaseCurve], label: str, unit: str, published: Sequence[Point], targets: Sequence[Point]
) -> str:
    parts = [
        f"{PHASE_NAMES[curve.phase]} {write_quantity(curve.steps[-1].value, unit, at_least=curve.at_least)}"
        for curve in curves
    ]
    parts += [
        f"published {write_quantity(point.value, unit, at_least=point.at_least)} as at {point.when}"
        for point in published
    ]
    parts += [f"target {write_quantity(point.value, unit)} by {point.when}" for point in targets]
    return f"{label}, cumulative, {write_count(len(curves), 'phase')}: {'; '.join(parts) or 'nothing recorded'}."
