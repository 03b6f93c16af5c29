"""The chart of an evaluation: observed against expected, with its interval, phases, gaps and breaks."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from hotspots.months import list_months, name_month, name_period
from hotspots.views import palette
from hotspots.views.chart_parts import (
    Spec,
    colour_series,
    finish,
    first_day,
    hover_line,
    lies_in,
    list_gaps,
    list_points,
    make_month_axis,
    mark_events,
    shade_gaps,
)
from hotspots.views.phases import PHASE_COLOURS
from hotspots.views.wording import write_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from hotspots.views.phases import PhaseBand

OBSERVED, EXPECTED = "Observed", "Expected without the operation"
_STRIP = 17
"""Pixels of a phase's bar at the top of a chart."""
_LANES = 3
_ROOM = 1.3
"""Room above the highest figure, where the bars of phases stand."""


def chart_counterfactual(
    months: ArrayLike,
    observed: ArrayLike,
    expected: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    *,
    what: str,
    start: int,
    aside: Sequence[int] = (),
    phases: Sequence[PhaseBand] = (),
    events: Sequence[tuple[int, str]] = (),
    height: int = 300,
) -> Spec:
    """Chart what was observed against what was expected, with the interval of the latter.

    Parameters
    ----------
    months
        Consecutive months since January 1970, ascending; shape (n,).
    observed, expected, low, high
        The figure of each month, what the comparison areas make of it, and its limits; NaN where the month is missing,
        and for the limits before the start. Shape (n,).
    what
        What is counted.
    start
        First month of the operation.
    aside
        Months on neither side.
    phases
        Bars at the top of the chart.
    events
        Months from which a break in the data holds, with a few words each.
    height
        Pixels.
    """
    span = np.asarray(months, dtype=np.int64)
    seen, foreseen, first, last = (np.asarray(one, dtype=np.float64) for one in (observed, expected, low, high))
    x = make_month_axis(span)
    names, colours = [OBSERVED, EXPECTED], [palette.ACCENT_DARK, palette.HOT[1]]
    legend = {"title": None, "orient": "top", "symbolType": "stroke", "symbolStrokeWidth": 3, "labelLimit": 400}
    y = {"type": "quantitative", "title": f"{what[0].upper()}{what[1:]} a month", "axis": {"tickCount": 5}}
    below = _STRIP * min(len(phases), _LANES)
    highest = max(float(np.nanmax(one)) if np.isfinite(one).any() else 0.0 for one in (seen, foreseen, last))
    y |= {"scale": {"zero": True, "nice": True, **({"domainMax": _ROOM * highest} if below and highest else {})}}
    dash = {"field": "series", "type": "nominal", "scale": {"domain": names, "range": [[1, 0], [6, 3]]}}
    points = list_points(span, seen, OBSERVED, 0) + list_points(span, foreseen, EXPECTED, 0)
    line: Spec = {
        "mark": {"type": "line", "strokeWidth": 2.5, "strokeJoin": "round"},
        "encoding": {
            "x": {"field": "month", **make_month_axis(span, spans=True)},
            "y": {"field": "value", **y},
            "color": colour_series(names, colours, legend),
            "strokeDash": {**dash, "legend": legend},
            "detail": {"field": "run", "type": "nominal"},
        },
    }
    hover = [hover_line("label", "Month"), hover_line("series", "Line"), hover_line("written", what.capitalize())]
    dots: Spec = {
        "mark": {"type": "point", "filled": True, "size": 34, "opacity": 1},
        "encoding": {
            "x": {"field": "month", **x},
            "y": {"field": "value", **y},
            "color": colour_series(names, colours, legend),
            "tooltip": hover,
        },
    }
    marked = [{"month": first_day(month), "text": text} for month, text in events if lies_in(span, month)]
    begin = [{"month": first_day(start), "text": f"Start: {name_month(start)}"}] if lies_in(span, start) else []
    layers = [
        *_shade_aside(aside, x),
        *shade_gaps(list_gaps(span, seen), x, top=below + 6),
        *_draw_interval(span, first, last, x, y),
        {"data": {"values": points}, "layer": [line, dots]},
        *mark_events(marked, x, top=below + 2),
        *mark_events(begin, x, top=below + 20, strong=True),
        *_draw_phases(phases, span, x),
    ]
    return finish(
        layers, height=height, description=_describe(span, seen, foreseen, what=what, start=start, phases=phases)
    )


def _draw_interval(
    span: NDArray[np.int64], low: NDArray[np.float64], high: NDArray[np.float64], x: Spec, y: Spec
) -> list[Spec]:
    values = [
        {**point, "high": float(high[int(np.flatnonzero(span == month)[0])])}
        for point, month in zip(list_points(span, low, "band", 0), span[np.isfinite(low)].tolist(), strict=True)
    ]
    if not values:
        return []
    return [
        {
            "data": {"values": values},
            "mark": {"type": "area", "color": palette.HOT[0], "opacity": 0.35},
            "encoding": {
                "x": {"field": "month", **x},
                "y": {"field": "value", **y},
                "y2": {"field": "high"},
                "detail": {"field": "run", "type": "nominal"},
            },
        }
    ]


def _draw_phases(phases: Sequence[PhaseBand], span: NDArray[np.int64], x: Spec) -> list[Spec]:
    """Draw each phase as a bar at the top, one below the other where they may overlap."""
    layers: list[Spec] = []
    hover = [hover_line("text", "Phase"), hover_line("dates", "Months with data")]
    for lane, phase in enumerate(phases):
        top = _STRIP * (lane % _LANES)
        record = {
            "month": first_day(max(int(phase.first), int(span[0]))),
            "until": first_day(min(ceil(phase.last), int(span[-1]) + 1)),
            "text": phase.name,
            "dates": _name_months(phase),
        }
        bar = {"type": "rect", "fill": PHASE_COLOURS[phase.phase], "opacity": 0.95, "cornerRadius": 2}
        words = {"type": "text", "align": "left", "dx": 5, "fontSize": 12, "color": palette.WHITE}
        layers.append(
            {
                "data": {"values": [record]},
                "layer": [
                    {
                        "mark": bar,
                        "encoding": {
                            "x": {"field": "month", **x},
                            "x2": {"field": "until"},
                            "y": {"value": top},
                            "y2": {"value": top + _STRIP - 2},
                            "tooltip": hover,
                        },
                    },
                    {
                        "mark": words,
                        "encoding": {
                            "x": {"field": "month", **x},
                            "y": {"value": top + _STRIP / 2 - 1},
                            "text": {"field": "text", "type": "nominal"},
                            "tooltip": hover,
                        },
                    },
                ],
            }
        )
    return layers


def _shade_aside(aside: Sequence[int], x: Spec) -> list[Spec]:
    if not aside:
        return []
    values = [{"month": first_day(month), "until": first_day(month + 1), "label": name_month(month)} for month in aside]
    return [
        {
            "data": {"values": values},
            "mark": {"type": "rect", "fill": palette.LAND, "opacity": 0.9},
            "encoding": {
                "x": {"field": "month", **x},
                "x2": {"field": "until"},
                "tooltip": [hover_line("label", "Not counted: nobody knows whether it had begun")],
            },
        }
    ]


def _describe(
    span: NDArray[np.int64],
    observed: NDArray[np.float64],
    expected: NDArray[np.float64],
    *,
    what: str,
    start: int,
    phases: Sequence[PhaseBand],
) -> str:
    after = (span >= start) & np.isfinite(observed) & np.isfinite(expected)
    text = (
        f"{what.capitalize()} a month, observed against expected without the operation. From {name_month(start)} on, "
        f"{write_number(float(observed[after].sum()))} were observed and {write_number(float(expected[after].sum()))} "
        "expected."
    )
    gaps = span[~np.isfinite(observed)].tolist()
    if gaps:
        text += f" No data: {list_months(gaps)}."
    if phases:
        told = "; ".join(f"{phase.name} {_name_months(phase)}" for phase in phases)
        text += f" Phases: {told}."
    return text


def _name_months(phase: PhaseBand) -> str:
    return name_period(int(phase.first), max(ceil(phase.last) - 1, int(phase.first)))
