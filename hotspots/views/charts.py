"""Charts for the page, as Vega-Lite specifications with their data inside: nothing is loaded from anywhere.

Each chart carries a description, which a screen reader reads out. Colours are those of the maps and pictures; numbers
are written as in the tables. Months are drawn in UTC, so that no time zone moves them. Names are data and never part
of an expression, so that a name can hold any character.
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from hotspots.months import list_months, name_month
from hotspots.views import palette
from hotspots.views.chart_parts import (
    ROW_HEIGHT,
    Spec,
    colour_series,
    finish,
    first_day,
    hover_line,
    lies_in,
    list_gaps,
    list_points,
    make_month_axis,
    make_row_axis,
    mark_events,
    shade_gaps,
    stack_legend,
)
from hotspots.views.wording import NOT_KNOWN, write_number, write_percent, write_range

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray


def chart_trend(
    months: ArrayLike,
    values: ArrayLike,
    *,
    series_name: str,
    value_title: str,
    comparison: ArrayLike | None = None,
    comparison_name: str = "",
    events: Sequence[tuple[int, str]] = (),
    ringed: int | None = None,
    decimals: int = 0,
    height: int = 260,
) -> Spec:
    """Chart a monthly series, missing months as shaded gaps that no line crosses.

    Parameters
    ----------
    months
        Months since January 1970, consecutive, ascending; shape (n,).
    values
        The figure for each month; NaN where the month is missing. Shape (n,).
    series_name, value_title
        Name of the series, and what it counts.
    comparison, comparison_name
        A second series on the same scale; None for none.
    events
        Months from which a break in the data holds, with a few words each.
    ringed
        Month whose figure is ringed; None for none.
    decimals
        Digits after the point in hover text.
    height
        Pixels; the width follows the page.

    Returns
    -------
    dict
        A Vega-Lite specification.
    """
    span = np.asarray(months, dtype=np.int64)
    own = np.asarray(values, dtype=np.float64)
    points = records = list_points(span, own, series_name, decimals)
    names, colours, dashes = [series_name], [palette.ACCENT], [[1, 0]]
    if comparison is not None:
        records = points + list_points(span, np.asarray(comparison, dtype=np.float64), comparison_name, decimals)
        names, colours, dashes = [*names, comparison_name], [*colours, palette.COMPARISON], [*dashes, [5, 3]]
    x = make_month_axis(span)
    legend = {
        "title": None,
        "orient": "top",
        "symbolType": "stroke",
        "symbolStrokeWidth": 3,
        "labelLimit": 400,
        **stack_legend(*names),
    }
    y_scale = {"zero": True, "nice": True, **({"domain": [0, 1]} if not records else {})}
    encoding = {
        "x": {"field": "month", **x},
        "y": {
            "field": "value",
            "type": "quantitative",
            "title": value_title,
            "scale": y_scale,
            "axis": {"tickCount": 5},
        },
        "color": colour_series(names, colours, legend),
        "tooltip": [hover_line("label", "Month"), hover_line("series", "Series"), hover_line("written", value_title)],
    }
    dash = {"field": "series", "type": "nominal", "scale": {"domain": names, "range": dashes}, "legend": legend}
    # One layer alone says what the axis spans: the renderer complains of a conflict where two say the same.
    lines: dict[str, Any] = {
        "mark": {"type": "line", "strokeWidth": 2.5, "strokeJoin": "round"},
        "encoding": {
            **encoding,
            "x": {"field": "month", **make_month_axis(span, spans=True)},
            "strokeDash": dash,
            "detail": {"field": "run", "type": "nominal"},
        },
    }
    dots = {"mark": {"type": "point", "filled": True, "size": 36, "opacity": 1}, "encoding": encoding}
    marked = [{"month": first_day(month), "text": text} for month, text in events if lies_in(span, month)]
    rings = {
        "data": {"values": [] if ringed is None else [one for one in points if one["label"] == name_month(ringed)]},
        "mark": {"type": "point", "filled": False, "size": 170, "strokeWidth": 2, "opacity": 1},
        "encoding": encoding,
    }
    layers = [
        *shade_gaps(list_gaps(span, own), x),
        {"data": {"values": records}, "layer": [lines, dots, *([rings] if ringed is not None else [])]},
        *mark_events(marked, x),
    ]
    return finish(
        layers,
        height=height,
        description=_describe_trend(span, own, series_name=series_name, value_title=value_title, decimals=decimals),
    )


def chart_mix(mix: pd.DataFrame, *, area_name: str, force_name: str = "The rest of the force", most: int = 14) -> Spec:
    """Chart the mix of crime types in an area as bars, with a mark where the force stands.

    Parameters
    ----------
    mix
        Columns ``crime_type``, ``incidents``, ``share`` and ``force_share`` (of one; NaN not known); ``rate_ratio``,
        ``low`` and ``high`` (the rate against the force with its 90 % interval) are hover text where present.
    area_name, force_name
        What the two are called.
    most
        Types that are shown, largest first.

    Returns
    -------
    dict
        A Vega-Lite specification.
    """
    shown = mix.sort_values("incidents", ascending=False, kind="stable").head(most)
    records = [_describe_type({str(key): value for key, value in row.items()}) for row in shown.to_dict("records")]
    order = [record["type"] for record in records]
    hover = [
        hover_line("type", "Type"),
        hover_line("incidents", "Incidents"),
        hover_line("written", f"Share in {area_name}"),
        hover_line("force_written", f"Share: {force_name}"),
        hover_line("ratio", "Rate against it"),
    ]
    legend = {
        "title": None,
        "orient": "top",
        "labelLimit": 400,
        "symbolType": "square",
        "columns": 1,  # it stands over the bars, which on a phone are narrower than two names
    }
    encoding = {
        "y": {"field": "type", "type": "nominal", "sort": order, "title": None, "axis": make_row_axis()},
        "color": colour_series([area_name, force_name], [palette.ACCENT, palette.INK], legend),
        "tooltip": hover,
    }

    def along(field: str) -> Spec:
        return {
            "field": field,
            "type": "quantitative",
            "title": "Share of incidents",
            "scale": {"domainMin": 0, "nice": True},
            "axis": {"format": "%", "tickCount": 5},
        }

    layers = [
        {
            "data": {"values": [{**record, "series": area_name} for record in records]},
            "mark": {"type": "bar", "height": 14, "opacity": 1},
            "encoding": {**encoding, "x": along("share")},
        },
        {
            "data": {"values": [{**record, "series": force_name} for record in records]},
            "mark": {"type": "tick", "thickness": 3, "size": 20, "opacity": 1},
            "encoding": {**encoding, "x": along("force_share")},
        },
    ]
    largest = ", ".join(f"{record['type']} {record['written']} ({record['force_written']})" for record in records[:3])
    return finish(
        layers,
        height=ROW_HEIGHT * max(len(records), 1),
        description=f"Mix of crime types in {area_name}, as shares of incidents; in brackets, {force_name}. {largest}.",
    )


def _describe_type(row: Spec) -> Spec:
    share, force_share = float(row["share"]), float(row["force_share"])
    ratio, low, high = (float(row.get(column, np.nan)) for column in ("rate_ratio", "low", "high"))
    interval = f" (90% range {write_range(low, high, decimals=1)})" if isfinite(low) and isfinite(high) else ""
    return {
        "type": str(row["crime_type"]),
        "share": share if isfinite(share) else None,
        "force_share": force_share if isfinite(force_share) else None,
        "written": write_percent(share, decimals=1),
        "force_written": write_percent(force_share, decimals=1),
        "incidents": write_number(float(row["incidents"])),
        "ratio": f"{write_number(ratio, decimals=1)} times{interval}" if isfinite(ratio) else NOT_KNOWN,
    }


def _describe_trend(
    span: NDArray[np.int64], values: NDArray[np.float64], *, series_name: str, value_title: str, decimals: int
) -> str:
    known = np.flatnonzero(np.isfinite(values))
    if not known.size:
        return f"{value_title}, {series_name}: no month has data."

    def tell(position: int) -> str:
        return f"{write_number(float(values[position]), decimals=decimals)} in {name_month(int(span[position]))}"

    high, low, last = int(known[np.argmax(values[known])]), int(known[np.argmin(values[known])]), int(known[-1])
    text = f"{value_title}, {series_name}: highest {tell(high)}, lowest {tell(low)}, last {tell(last)}."
    gaps = span[~np.isfinite(values)].tolist()
    return f"{text} No data: {list_months(gaps)}." if gaps else text
