"""Methods of a back-test as dots on their intervals, the simple count as the line to beat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from hotspots.views import palette
from hotspots.views.chart_parts import ROW_HEIGHT, SCHEMA
from hotspots.views.wording import write_percent

if TYPE_CHECKING:
    from collections.abc import Sequence


class Judged(Protocol):
    """What the chart needs of a method."""

    @property
    def method(self) -> str: ...  # noqa: D102 - the field of the analysis explains it
    @property
    def found(self) -> float: ...  # noqa: D102 - the field of the analysis explains it
    @property
    def found_low(self) -> float: ...  # noqa: D102 - the field of the analysis explains it
    @property
    def found_high(self) -> float: ...  # noqa: D102 - the field of the analysis explains it
    @property
    def verdict(self) -> str: ...  # noqa: D102 - the field of the analysis explains it


_COLOURS = {"better": palette.ACCENT_DARK, "worse": palette.HOT[1]}
_SHAPES = {"better": "triangle-up", "worse": "triangle-down", "the baseline": "diamond"}


def chart_methods(rows: Sequence[Judged]) -> dict[str, Any]:
    """Chart what each method found, best first.

    Parameters
    ----------
    rows
        Methods with their share found, its 90 % interval (0 to 1) and their verdict.

    Returns
    -------
    dict
        A Vega-Lite specification.
    """
    records = [
        {
            "method": row.method,
            "found": row.found,
            "low": row.found_low,
            "high": row.found_high,
            "written": f"{write_percent(row.found, decimals=1)} ({write_percent(row.found_low, decimals=1)} to "
            f"{write_percent(row.found_high, decimals=1)})",
            "verdict": row.verdict,
            "colour": _COLOURS.get(row.verdict, palette.SLATE),
            "shape": _SHAPES.get(row.verdict, "circle"),
        }
        for row in rows
    ]
    baseline = [record for record in records if record["verdict"] == "the baseline"]
    y = {
        "field": "method",
        "type": "nominal",
        "sort": [record["method"] for record in records],
        "title": None,
        "axis": {"labelLimit": 330, "labelPadding": 8, "ticks": False, "domain": False},
    }
    x_axis = {"format": "%", "tickCount": 6}
    scale = {"zero": False, "nice": True}
    hover = [
        {"field": "method", "type": "nominal", "title": "Method"},
        {"field": "written", "type": "nominal", "title": "Found"},
        {"field": "verdict", "type": "nominal", "title": "Against the simple count"},
    ]

    def along(field: str) -> dict[str, Any]:
        return {"field": field, "type": "quantitative", "title": None, "axis": x_axis, "scale": scale}

    colour = {"field": "colour", "type": "nominal", "scale": None}
    layers = [
        {
            "data": {"values": baseline},
            "mark": {"type": "rule", "color": palette.INK, "strokeDash": [4, 3]},
            "encoding": {"x": along("found")},
        },
        {
            "data": {"values": records},
            "mark": {"type": "rule", "strokeWidth": 3},
            "encoding": {"y": y, "x": along("low"), "x2": {"field": "high"}, "color": colour, "tooltip": hover},
        },
        {
            "data": {"values": records},
            "mark": {"type": "point", "filled": True, "size": 110, "opacity": 1},
            "encoding": {
                "y": y,
                "x": along("found"),
                "color": colour,
                "shape": {"field": "shape", "type": "nominal", "scale": None},
                "tooltip": hover,
            },
        },
    ]
    text = {"labelFontSize": 13, "titleFontSize": 13, "labelColor": palette.INK}
    listed = "; ".join(f"{record['method']} {record['written']}, {record['verdict']}" for record in records)
    return {
        "$schema": SCHEMA,
        "description": f"Share of later incidents that each method found, with 90% intervals: {listed}.",
        "width": "container",
        "height": ROW_HEIGHT * max(len(records), 1),
        "background": "transparent",
        "padding": {"left": 4, "right": 12, "top": 4, "bottom": 4},
        "layer": layers,
        "config": {"font": "Arial, sans-serif", "view": {"stroke": None}, "axis": text},
    }
