"""Charts for analysts: the effect in months around the start, and the area's gap beside those of untouched areas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotspots.months import name_period
from hotspots.views import palette
from hotspots.views.chart_parts import (
    Spec,
    colour_series,
    finish,
    first_day,
    hover_line,
    list_points,
    make_month_axis,
    mark_events,
    middle_day,
)
from hotspots.views.wording import write_change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

_WIDEST = 4.0
"""Ratio beyond which a gap is drawn at the edge."""
_PERCENT = "datum.value === 1 ? 'as expected' : format(datum.value - 1, '+.0%')"


@dataclass(frozen=True)
class StepPoint:
    """The effect in some months: first and last one, whether after the start, and the ratio with its limits."""

    first: int
    last: int
    after: bool
    ratio: float
    low: float
    high: float


def _ratio_axis(ends: tuple[float, float]) -> Spec:
    ticks = [tick for tick in (0.25, 0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 3, 4) if ends[0] <= tick <= ends[1]]
    return {
        "type": "quantitative",
        "title": "Against expected",
        "scale": {"type": "log", "domain": list(ends), "nice": False, "clamp": True},
        "axis": {"values": ticks, "labelExpr": _PERCENT, "grid": True},
    }


def chart_steps(steps: Sequence[StepPoint], *, start: int, height: int = 230) -> Spec:
    """Chart the effect in stretches of months before and after the start, each with its interval.

    Parameters
    ----------
    steps
        In the order of time.
    start
        First month of the operation.
    height
        Pixels.
    """
    known = [step for step in steps if np.isfinite([step.ratio, step.low, step.high]).all()]
    values = [
        {
            "month": middle_day((step.first + step.last) // 2),
            "ratio": step.ratio,
            "low": step.low,
            "high": step.high,
            "colour": palette.ACCENT_DARK if step.after else palette.SLATE,
            "shape": "circle" if step.after else "square",
            "months": name_period(step.first, step.last),
            "written": f"{write_change(step.ratio)} ({write_change(step.low)} to {write_change(step.high)})",
        }
        for step in known
    ]
    reached = [end for step in known for end in (step.low, step.high)]
    ends = (max(min([0.67, *reached]), 0.2), min(max([1.5, *reached]), 5.0))
    months = [month for step in steps for month in (step.first, step.last)] or [start]
    span = np.arange(min(months), max(months) + 1)
    x, y = make_month_axis(span, spans=True), _ratio_axis(ends)
    plain = make_month_axis(span)
    hover = [hover_line("months", "Months"), hover_line("written", "Against expected (95% interval)")]
    colour = {"field": "colour", "type": "nominal", "scale": None}
    layers: list[Spec] = [
        {"data": {"values": [{"ratio": 1}]}, "mark": {"type": "rule", "color": palette.INK},
         "encoding": {"y": {"field": "ratio", **y}}},
        {
            "data": {"values": values},
            "layer": [
                {
                    "mark": {"type": "rule", "strokeWidth": 3},
                    "encoding": {
                        "x": {"field": "month", **x}, "y": {"field": "low", **y}, "y2": {"field": "high"},
                        "color": colour, "tooltip": hover,
                    },
                },
                {
                    "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
                    "encoding": {
                        "x": {"field": "month", **plain}, "y": {"field": "ratio", **y}, "color": colour,
                        "shape": {"field": "shape", "type": "nominal", "scale": None}, "tooltip": hover,
                    },
                },
            ],
        },
        *mark_events([{"month": first_day(start), "text": "Start"}], plain, strong=True),
    ]  # fmt: skip
    told = "; ".join(f"{value['months']} {value['written']}" for value in values)
    return finish(
        layers,
        height=height,
        description=f"Effect in stretches of months around the start, with 95% intervals: {told}.",
    )


def chart_gaps(
    months: ArrayLike, area: ArrayLike, others: NDArray[np.float64], *, start: int, height: int = 230
) -> Spec:
    """Chart the area's gap to what was expected beside the gaps of areas where nothing was done.

    Parameters
    ----------
    months
        Consecutive months since January 1970; shape (n,).
    area
        Ratio of observed to expected; NaN where the month is missing. Shape (n,).
    others
        The same of the placebo areas. Shape (g, n).
    start
        First month of the operation.
    height
        Pixels.
    """
    span, own = np.asarray(months, dtype=np.int64), np.asarray(area, dtype=np.float64)
    known = np.concatenate([others[np.isfinite(others)], own[np.isfinite(own)]])
    reach = float(np.exp(np.quantile(np.abs(np.log(known)), 0.995))) if known.size else 1.25
    end = min(max(reach, 1.25), _WIDEST)
    names = ["The operation’s area", f"{len(others)} like areas, made up of wards where nothing was done"]

    def trace(values: NDArray[np.float64], number: int) -> list[Spec]:
        points = list_points(span, np.clip(values, 1 / end, end), "", 2)
        return [
            {"month": point["month"], "value": round(point["value"], 3), "run": f"{number}{point['run']}"}
            for point in points
        ]

    bundle = [point for number, row in enumerate(others, 1) for point in trace(row, number)]
    legend = {"title": None, "orient": "top", "symbolType": "stroke", "symbolStrokeWidth": 3, "labelLimit": 400}
    legend |= {"symbolOpacity": 1}
    y = _ratio_axis((1 / end, end))
    x = make_month_axis(span)

    def line(values: list[Spec], axis: Spec, mark: Spec, colour: Spec) -> Spec:
        return {
            "data": {"values": values},
            "mark": {"type": "line", "strokeJoin": "round", **mark},
            "encoding": {
                "x": {"field": "month", **axis},
                "y": {"field": "value", **y},
                "detail": {"field": "run", "type": "nominal"},
                **colour,
            },
        }

    # The many lines carry no name of their own: their colour is the mark's, and the legend takes both names as given.
    own_line = [{**point, "series": names[0]} for point in trace(own, 0)]
    layers = [
        line(
            bundle,
            make_month_axis(span, spans=True),
            {"strokeWidth": 1, "opacity": 0.3, "color": palette.SLATE},
            {},
        ),
        line(own_line, x, {"strokeWidth": 3}, {"color": colour_series(names, [palette.HOT[1], palette.SLATE], legend)}),
        *mark_events([{"month": first_day(start), "text": "Start"}], x, strong=True),
    ]
    after = span >= start
    with np.errstate(invalid="ignore"):
        inside = np.array([_within(value, others[:, column]) for column, value in enumerate(own.tolist())])
    told = after & np.isfinite(own)
    return finish(
        layers,
        height=height,
        description=(
            f"Observed against expected by month for the operation’s area and {len(others)} like areas, made up of "
            f"wards where nothing was done. After the start the area lies within the middle nine tenths of them in "
            f"{int(inside[told].sum())} of {int(told.sum())} months."
        ),
    )


def _within(value: float, others: NDArray[np.float64]) -> bool:
    known = others[np.isfinite(others)]
    return bool(known.size and np.quantile(known, 0.05) <= value <= np.quantile(known, 0.95))
