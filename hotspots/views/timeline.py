"""Operations on a timeline, as Vega-Lite specifications: phases as bars, activities as marks, crime behind.

Names are data and never part of an expression, so that a name can hold any character.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from math import isfinite
from typing import TYPE_CHECKING

from hotspots.months import format_month, name_month
from hotspots.record_dates import name_day
from hotspots.terms import Phase
from hotspots.views import palette
from hotspots.views.chart_parts import Spec, finish, hover_line
from hotspots.views.phases import PHASE_COLOURS, PHASE_NAMES
from hotspots.views.wording import write_count, write_number

if TYPE_CHECKING:
    from collections.abc import Sequence

_LANES: dict[Phase | None, tuple[float, float]] = {
    Phase.CLEAR: (0.20, 0.42),
    Phase.HOLD: (0.44, 0.66),
    Phase.BUILD: (0.68, 0.90),
    None: (0.90, 1.0),
}
"""Where in its row a phase lies, from the top (0) to the bottom (1): overlapping phases never hide each other."""
_LABEL_ROOM = 0.11
"""Share of the chart that the label of a statement may need."""
_ROOM_FOR_LABELS = 100
"""Pixels from which a row has room for the labels of statements."""

LABELS = "statement_labels"
"""How the names of the layers of these labels begin: the page leaves them out where a chart is too narrow for them."""


@dataclass(frozen=True)
class Bar:
    """A phase of an operation: its first and last day, and its dates in words."""

    phase: Phase
    first: date
    last: date
    open_ended: bool
    planned: bool
    words: str


@dataclass(frozen=True)
class Mark:
    """Records of a phase in one month since January 1970."""

    phase: Phase | None
    month: int
    records: int


@dataclass(frozen=True)
class Statement:
    """A published statement: the last day to which it runs, its date in words, its label and what it says."""

    day: date
    when: str
    label: str
    text: str


@dataclass(frozen=True)
class TimelineRow:
    """One operation on the timeline.

    Attributes
    ----------
    name
        What it is called.
    bars, marks, statements
        Its phases, its records by month, and what was published.
    trend
        Month since January 1970 and incidents of its area, ascending; NaN where the month is missing.
    """

    name: str
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]
    statements: tuple[Statement, ...]
    trend: tuple[tuple[int, float], ...]


def chart_timeline(rows: Sequence[TimelineRow], *, today: date, row_height: int = 64, axis_names: bool = True) -> Spec:
    """Chart operations on one timeline.

    Parameters
    ----------
    rows
        One an operation, top to bottom.
    today
        Marked by a line when it lies in view.
    row_height
        Pixels of a row.
    axis_names
        Whether names stand at the left.

    Returns
    -------
    dict
        A Vega-Lite specification.
    """
    span = _find_span(rows, today)
    x = {
        "type": "temporal",
        "title": None,
        "scale": {"type": "utc", "domain": [day.isoformat() for day in span]},
        "axis": {"format": "%b %Y", "labelAngle": 0, "grid": True, "labelOverlap": "greedy", "tickCount": 9},
    }
    shown = [row.name for row in rows]
    names = _part_names(shown)
    row_axis = {
        "labelLimit": 200, "labelPadding": 8, "ticks": False, "domain": False, "grid": False, "labelFontWeight": "bold",
    }  # fmt: skip
    frame = {
        "data": {"values": [{"name": name, "until": span[1].isoformat()} for name in names]},
        "mark": {"type": "rect", "fill": "transparent", "stroke": palette.RULE, "strokeWidth": 0.6},
        "encoding": {
            "y": {
                "field": "name",
                "type": "nominal",
                "sort": names,
                "title": None,
                "scale": {"paddingInner": 0, "paddingOuter": 0},
                "axis": row_axis if axis_names else None,
            },
        },
    }
    layers: list[Spec] = [frame]
    inner = [
        *_draw_trends(rows, shown, x),
        *_draw_bars(rows, shown, x),
        *_draw_marks(rows, shown, x),
        *_draw_statements(rows, shown, x, span if row_height >= _ROOM_FOR_LABELS else None),
        *_draw_today(today, span, x),
    ]
    y_scale = {"domain": [0, max(len(rows), 1)], "reverse": True, "nice": False, "zero": False}
    if inner:
        inner[0]["encoding"]["y"]["scale"] = y_scale
        layers.append({"layer": inner})
    return {
        **finish(layers, height=max(len(rows), 1) * row_height, description=_describe(rows, today)),
        "resolve": {"scale": {"y": "independent"}},
    }


def shows_today(rows: Sequence[TimelineRow], today: date) -> bool:
    """Tell whether the line of today lies in view, so that a legend names it."""
    first, last = _find_span(rows, today)
    return first <= today <= last


def _find_span(rows: Sequence[TimelineRow], today: date) -> tuple[date, date]:
    """Find the days that the chart covers: every bar, mark and statement, with the crime behind kept to them."""
    days: list[date] = []
    for row in rows:
        days += [bar.first for bar in row.bars] + [bar.last for bar in row.bars]
        days += [_first_day(mark.month) for mark in row.marks] + [_first_day(mark.month + 1) for mark in row.marks]
        days += [statement.day for statement in row.statements]
    known = [day for row in rows for month, _value in row.trend for day in (_first_day(month), _first_day(month + 1))]
    if not days:
        days = known or [today.replace(month=1, day=1), today]
    first, last = min(days), max(days)
    if known:
        first, last = min(first, *known), max(last, *known)
    margin = max((last - first) // 60, timedelta(days=5))
    # On the left there is room for the name of a phase before its bar.
    return first - (3 * margin if any(row.bars for row in rows) else margin), last + margin


def _draw_trends(rows: Sequence[TimelineRow], shown: Sequence[str], x: Spec) -> list[Spec]:
    """Draw the crime of each area behind its row as columns, on a scale of the row's own; a missing month has none."""
    values: list[Spec] = []
    for place, row in enumerate(rows):
        top = max((value for _month, value in row.trend if isfinite(value)), default=0.0)
        if top <= 0:
            continue
        values += [
            {
                "day": _first_day(month).isoformat(),
                "until": _first_day(month + 1).isoformat(),
                "top": round(place + 0.98 - 0.88 * value / top, 4),
                "floor": place + 0.98,
                "name": shown[place],
                "month": name_month(month),
                "written": write_number(value),
            }
            for month, value in row.trend
            if isfinite(value)
        ]
    return [
        {
            "data": {"values": values},
            "mark": {"type": "rect", "color": "#E3E6E8", "opacity": 1},
            "encoding": {
                "x": {"field": "day", **x},
                "x2": {"field": "until"},
                "y": _y("top"),
                "y2": {"field": "floor"},
                "tooltip": [
                    hover_line("name", "Area of"),
                    hover_line("month", "Month"),
                    hover_line("written", "Incidents"),
                ],
            },
        }
    ]


def _draw_bars(rows: Sequence[TimelineRow], shown: Sequence[str], x: Spec) -> list[Spec]:
    values = [
        {
            "first": bar.first.isoformat(),
            "after": (bar.last + timedelta(days=1)).isoformat(),
            "top": place + _LANES[bar.phase][0],
            "floor": place + _LANES[bar.phase][1],
            "middle": place + sum(_LANES[bar.phase]) / 2,
            "colour": PHASE_COLOURS[bar.phase],
            "opacity": 0.35 if bar.planned else 0.86,
            "phase": PHASE_NAMES[bar.phase],
            "label": PHASE_NAMES[bar.phase] + (" (planned)" if bar.planned else ""),
            "name": shown[place],
            "words": bar.words,
        }
        for place, row in enumerate(rows)
        for bar in row.bars
    ]
    hover = [hover_line("name", "Operation"), hover_line("phase", "Phase"), hover_line("words", "Dates")]
    start = {"field": "first", **x}
    return [
        {
            "data": {"values": values},
            "mark": {"type": "rect", "strokeWidth": 1.5, "cornerRadius": 2},
            "encoding": {
                "x": start,
                "x2": {"field": "after"},
                "y": _y("top"),
                "y2": {"field": "floor"},
                "color": {"field": "colour", "type": "nominal", "scale": None},
                "stroke": {"field": "colour", "type": "nominal", "scale": None},
                "fillOpacity": {"field": "opacity", "type": "quantitative", "scale": None},
                "tooltip": hover,
            },
        },
        {
            "data": {"values": values},
            "mark": {"type": "text", "align": "right", "dx": -5, "fontSize": 12, "fontWeight": "bold"},
            "encoding": {
                "x": start,
                "y": _y("middle"),
                "text": {"field": "label", "type": "nominal"},
                "color": {"field": "colour", "type": "nominal", "scale": None},
                "tooltip": hover,
            },
        },
    ]


def _draw_marks(rows: Sequence[TimelineRow], shown: Sequence[str], x: Spec) -> list[Spec]:
    most = max((mark.records for row in rows for mark in row.marks), default=1)
    values = [
        {
            "day": (_first_day(mark.month) + timedelta(days=14)).isoformat(),
            "at": place + sum(_LANES[mark.phase]) / 2,
            "size": 14 + 90 * mark.records / most,
            "colour": palette.WHITE if mark.phase else PHASE_COLOURS[None],
            "edge": PHASE_COLOURS[mark.phase],
            "name": shown[place],
            "phase": PHASE_NAMES[mark.phase],
            "month": name_month(mark.month),
            "records": write_count(mark.records, "record"),
        }
        for place, row in enumerate(rows)
        for mark in row.marks
    ]
    if not values:
        return []
    return [
        {
            "data": {"values": values},
            "mark": {"type": "point", "filled": True, "opacity": 1, "strokeWidth": 1.6},
            "encoding": {
                "x": {"field": "day", **x},
                "y": _y("at"),
                "size": {"field": "size", "type": "quantitative", "scale": None},
                "fill": {"field": "colour", "type": "nominal", "scale": None},
                "stroke": {"field": "edge", "type": "nominal", "scale": None},
                "tooltip": [
                    hover_line("name", "Operation"),
                    hover_line("month", "Month"),
                    hover_line("phase", "Phase"),
                    hover_line("records", "Recorded"),
                ],
            },
        }
    ]


def _draw_statements(
    rows: Sequence[TimelineRow], shown: Sequence[str], x: Spec, labelled: tuple[date, date] | None
) -> list[Spec]:
    values = [
        {
            "day": statement.day.isoformat(),
            "at": place + 0.10,
            "name": shown[place],
            "when": statement.when,
            "label": statement.label,
            "text": statement.text,
        }
        for place, row in enumerate(rows)
        for statement in row.statements
    ]
    if not values:
        return []
    hover = [
        hover_line("name", "Operation"),
        hover_line("label", "Published"),
        hover_line("when", "As at"),
        hover_line("text", "Statement"),
    ]
    place = {"x": {"field": "day", **x}, "y": _y("at"), "tooltip": hover}
    mark = {"type": "point", "shape": "diamond", "filled": True, "size": 95, "color": palette.INK, "opacity": 1}
    drawn: list[Spec] = [{"data": {"values": values}, "mark": mark, "encoding": place}]
    if labelled is not None:
        words = {"field": "label", "type": "nominal"}
        for align, few in _part_labels(values, labelled).items():
            text = {"type": "text", "align": align, "dx": 8 if align == "left" else -8, "fontSize": 12}
            drawn.append(
                {
                    "name": f"{LABELS}_{align}",
                    "data": {"values": few},
                    "mark": {**text, "color": palette.INK},
                    "encoding": {**place, "text": words},
                }
            )
    return drawn


def _part_labels(values: Sequence[Spec], span: tuple[date, date]) -> dict[str, list[Spec]]:
    """Write a label before its mark where the chart ends, or where the next mark is too near to leave room behind."""
    days = [date.fromisoformat(value["day"]) for value in values]
    width = (span[1] - span[0]).days
    parted: dict[str, list[Spec]] = {"left": [], "right": []}
    for place, (value, day) in enumerate(zip(values, days, strict=True)):
        after = days[place + 1] if place + 1 < len(days) else span[1]
        near = (after - day).days < _LABEL_ROOM * width
        parted["right" if near else "left"].append(value)
    return {align: few for align, few in parted.items() if few}


def _draw_today(today: date, span: tuple[date, date], x: Spec) -> list[Spec]:
    if not span[0] <= today <= span[1]:
        return []
    values = [{"day": today.isoformat(), "words": name_day(today)}]
    return [
        {
            "data": {"values": values},
            "mark": {"type": "rule", "color": palette.CLUSTER, "strokeWidth": 1.5},
            "encoding": {"x": {"field": "day", **x}, "tooltip": [hover_line("words", "Today")]},
        }
    ]


def _describe(rows: Sequence[TimelineRow], today: date) -> str:
    parts = []
    for row in rows[:12]:
        phases = "; ".join(f"{PHASE_NAMES[bar.phase]} {bar.words}" for bar in row.bars) or "no phase entered"
        records = sum(mark.records for mark in row.marks)
        parts.append(f"{row.name}: {phases}; {write_count(records, 'record')}")
    more = f" And {len(rows) - 12} more." if len(rows) > 12 else ""  # noqa: PLR2004 - as many as are listed
    return f"Timeline of {write_count(len(rows), 'operation')} to {name_day(today)}. {'. '.join(parts)}.{more}"


def _part_names(names: Sequence[str]) -> list[str]:
    """Part operations of one name, which an axis would draw in one row, by blanks of no width."""
    return [name + "\u200b" * names[:place].count(name) for place, name in enumerate(names)]


def _y(field: str) -> Spec:
    return {"field": field, "type": "quantitative", "axis": None}


@cache
def _first_day(month: int) -> date:
    return date.fromisoformat(f"{format_month(month)}-01")
