"""What charts are made of: the frame, axes of months and of rows, gaps for months without data, lines for breaks.

Vega-Lite with its data inside: nothing is loaded from anywhere. Months are drawn in UTC, so that no time zone moves
them. Names are data and never part of an expression, so that a name can hold any character.
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from hotspots.months import format_month, list_months, name_month
from hotspots.views import palette
from hotspots.views.wording import write_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

Spec = dict[str, Any]
"""A Vega-Lite specification."""
SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
"""Names the grammar; a renderer compares it and never fetches it."""
ROW_HEIGHT = 24
"""Height of a bar or a row in pixels."""
FONT = 'Arial, "Liberation Sans", "DejaVu Sans", sans-serif'
_LABEL_LIMIT = 230
_LEGEND_CHARACTERS = 55
"""Characters of all names in a legend that fit side by side in the narrowest chart of a page."""
_GRID = "#DFE2E4"


def finish(layers: list[Spec], *, height: int, description: str) -> Spec:
    """Set layers into the frame that all charts share: type, colours and size."""
    text = {"labelFontSize": 13, "titleFontSize": 13, "labelColor": palette.INK, "titleColor": palette.GREY_TEXT}
    axis = {
        **text,
        "titleFontWeight": "normal",
        "gridColor": _GRID,
        "domainColor": palette.INK,
        "tickColor": palette.SLATE,
    }
    return {
        "$schema": SCHEMA,
        "description": description,
        "width": "container",
        "height": height,
        "background": "transparent",
        "padding": {"left": 4, "right": 12, "top": 4, "bottom": 4},
        "layer": layers,
        "config": {"font": FONT, "view": {"stroke": None}, "axis": axis, "legend": text},
    }


def colour_series(names: list[str], colours: list[str], legend: Spec) -> Spec:
    """Colour marks by the series that they belong to, each name with its own colour."""
    return {
        "field": "series",
        "type": "nominal",
        "sort": names,
        "scale": {"domain": names, "range": colours},
        "legend": legend,
    }


def stack_legend(*names: str) -> Spec:
    """Set the names of a legend below each other where they are too long to stand side by side."""
    return {"columns": 1} if sum(map(len, names)) > _LEGEND_CHARACTERS else {}


def hover_line(field: str, title: str) -> Spec:
    """Make a line of hover text."""
    return {"field": field, "type": "nominal", "title": title}


def make_row_axis() -> Spec:
    """Make the axis of named rows."""
    return {"labelLimit": _LABEL_LIMIT, "labelPadding": 8, "ticks": False, "domain": False}


FEW_MONTHS = 8
"""Below so many months each has a tick of its own."""


def make_month_axis(span: NDArray[np.int64], *, spans: bool = False) -> Spec:
    """Make the axis of months; one layer of a chart says what it spans, and only one."""
    scale: Spec = {"type": "utc"}
    if spans and span.size:
        scale["domain"] = [first_day(int(span[0])), first_day(int(span[-1]) + 1)]
    axis = {"format": "%b %Y", "labelAngle": 0, "grid": False, "labelOverlap": "greedy", "tickCount": 8}
    if 0 < span.size < FEW_MONTHS:  # left alone, the renderer writes each month again at every few days of it
        axis["values"] = [
            {"year": 1970 + month // 12, "month": month % 12 + 1, "date": 15, "utc": True} for month in span.tolist()
        ]
    return {"type": "temporal", "title": None, "scale": scale, "axis": axis}


def list_points(span: NDArray[np.int64], values: NDArray[np.float64], name: str, decimals: int) -> list[Spec]:
    """List the known months; months that follow each other share a run, and no line joins two runs."""
    records: list[Spec] = []
    run = 0
    for position, (month, value) in enumerate(zip(span.tolist(), values.tolist(), strict=True)):
        if not isfinite(value):
            run = position + 1
            continue
        records.append(
            {
                "month": middle_day(month),
                "label": name_month(month),
                "series": name,
                "value": value,
                "written": write_number(value, decimals=decimals),
                "run": f"{name} {run}",
            }
        )
    return records


def list_gaps(span: NDArray[np.int64], values: NDArray[np.float64]) -> list[Spec]:
    """List the runs of months without data."""
    gaps: list[list[int]] = []
    for month in span[~np.isfinite(values)].tolist():
        if gaps and gaps[-1][1] == month - 1:
            gaps[-1][1] = month
        else:
            gaps.append([month, month])
    return [
        {
            "month": first_day(first),
            "until": first_day(last + 1),
            "middle": first_day((first + last + 1) // 2) if (last - first) % 2 else middle_day((first + last) // 2),
            "label": list_months(range(first, last + 1)),
            "text": "No data",
        }
        for first, last in gaps
    ]


def shade_gaps(gaps: list[Spec], x: Spec, *, top: int = 6) -> list[Spec]:
    """Shade the runs of months without data, and say what they are."""
    if not gaps:
        return []
    hover = [hover_line("label", "No data: unknown, not zero")]
    return [
        {
            "data": {"values": gaps},
            "layer": [
                {
                    "mark": {"type": "rect", "fill": palette.PANEL, "stroke": palette.RULE, "strokeDash": [2, 2]},
                    "encoding": {"x": {"field": "month", **x}, "x2": {"field": "until"}, "tooltip": hover},
                },
                {
                    "mark": {
                        "type": "text",
                        "angle": 270,
                        "fontSize": 12,
                        "color": palette.GREY_TEXT,
                        "align": "right",
                    },
                    "encoding": {
                        "x": {"field": "middle", **x},
                        "y": {"value": top},
                        "text": {"field": "text", "type": "nominal"},
                        "tooltip": hover,
                    },
                },
            ],
        }
    ]


def mark_events(marked: list[Spec], x: Spec, *, top: int = 2, strong: bool = False) -> list[Spec]:
    """Draw a line where a break in the data begins, with a few words; at most 240 pixels of them."""
    if not marked:
        return []
    line = {"type": "rule", "color": palette.INK, **({"strokeWidth": 2} if strong else {"strokeDash": [4, 3]})}
    words = {
        "type": "text",
        "align": "left",
        "dx": 5,
        "baseline": "top",
        "fontSize": 12,
        "color": palette.INK,
        "limit": 240,
    }
    encoding = {"x": {"field": "month", **x}, "tooltip": [hover_line("text", "From here")]}
    return [
        {
            "data": {"values": marked},
            "layer": [
                {"mark": line, "encoding": encoding},
                {
                    "mark": words,
                    "encoding": {**encoding, "y": {"value": top}, "text": {"field": "text", "type": "nominal"}},
                },
            ],
        }
    ]


def lies_in(span: NDArray[np.int64], month: int) -> bool:
    """Whether a month is one of those that a chart spans."""
    return bool(span.size) and int(span[0]) <= month <= int(span[-1])


def first_day(month: int) -> str:
    """Write the first day of a month as Vega reads it."""
    return f"{format_month(month)}-01"


def middle_day(month: int) -> str:
    """Write the middle of a month as Vega reads it: where its point stands."""
    return f"{format_month(month)}-15"
