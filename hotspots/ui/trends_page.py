"""The trends page: areas as small multiples with their change, the table of all, and what emerges inside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from hotspots.analysis.emerging import EMERGING_CLASSES
from hotspots.errors import InputError
from hotspots.months import list_months
from hotspots.pipeline.emerging import GLOSSES
from hotspots.pipeline.selection import list_caveats, name_unit
from hotspots.pipeline.trends import Trends, say_force, say_verdicts
from hotspots.ui import address, panels
from hotspots.ui.cell_caches import find_emerging_answer, find_trends
from hotspots.ui.hotspot_tables import mark_verdict, show_emerging
from hotspots.ui.snapshot import draw_snapshot
from hotspots.views.multiples_picture import shift_year
from hotspots.views.trends_multiples import Multiple, draw_multiples
from hotspots.views.wording import write_change, write_count, write_percent

if TYPE_CHECKING:
    from hotspots.ui.shell import View

SHOWN = 12
ORDERS = {"rise": "Clearest rises", "fall": "Clearest falls", "most": "Most incidents"}
TABLE_HEIGHT = 420
AS_COUNTED = (
    "Changes here are as counted in each area, with their own interval. In a ranking the same comparison is drawn "
    "towards the force’s trend, the more so the fewer the incidents, and lies nearer to it."
)
"""Why the trend in a ranking is another figure."""


def draw_trends(view: View) -> None:
    """Draw the trends page.

    Raises
    ------
    InputError
        If no incident matches, or no month has its fellow a year before.
    """
    world = view.world
    answer = find_trends(world, view.query)
    chosen = answer.chosen
    panels.draw_title(
        f"Trends: {chosen.label} in {name_unit(world, None)}",
        period=list_months(answer.recent),
        world=world,
        detail=f"{write_count(len(answer.recent), 'month')} against the same a year before",
    )
    panels.draw_embedded_notice(world)
    panels.draw_cautions(list_caveats(world, chosen))
    panels.draw_strip(_say_trends(answer), AS_COUNTED)
    order = st.segmented_control(
        "Show first",
        list(ORDERS),
        format_func=lambda code: ORDERS[code],
        default="rise",
        key="trend-order",
        label_visibility="collapsed",
    )
    rows = _choose_rows(answer, order or "rise", view.query.area)
    shown = [_make_multiple(answer, row) for row in rows]
    st.html(draw_multiples(shown, answer.months, dark=panels.is_dark()))
    st.html(
        '<div class="hs-legend"><span><i class="line"></i>incidents a month</span><span><i class="line before"></i>'
        'a year before</span><span><i class="gap"></i>no data: unknown, not zero</span><span>each area has its own '
        "scale; in brackets the 90% interval</span></div>".replace("incidents", answer.measure)
    )
    draw_snapshot(view, "trends", key="trends", areas=[answer.table["area_code"].iloc[row] for row in rows])
    left, right = st.columns([12, 9], gap="medium")
    with left:
        panels.draw_section("All areas", "click a row to mark the area on every page", term="interval")
        _draw_table(answer, order or "rise")
    with right:
        caveats, method = _draw_emerging(view)
    notes = tuple(dict.fromkeys((*answer.caveats, *caveats)))
    panels.draw_notes(world, chosen, notes, f"{_describe(answer)} {method}")


def _say_trends(answer: Trends) -> str:
    wards = answer.table[answer.table["kind"] == "ward"]
    return (
        f"{say_force(answer.force_change, answer.measure)} Of {write_count(len(wards), 'ward')}: "
        f"{say_verdicts(wards['verdict'].tolist())}."
    )


def _choose_rows(answer: Trends, order: str, area: str) -> list[int]:
    """Choose the areas that are drawn, as rows of the table: the chosen one, then all in their order.

    A named area stands where it belongs among the wards: a fall that heads the rises would be read as a rise. One
    that is a single ward stands for that ward.
    """
    table = answer.table
    first = [int(row) for row in np.flatnonzero((table["area_code"] == area) & bool(area))]
    drawn = {unit.wards[0] for unit in answer.world.units if unit.kind == "area" and len(unit.wards) == 1}
    others = [int(row) for row in answer.ranked(order).index if row not in drawn]
    return list(dict.fromkeys([*first, *others]))[:SHOWN]


def _make_multiple(answer: Trends, row: int) -> Multiple:
    unit = answer.table.iloc[row]
    values = answer.monthly[row]
    return Multiple(
        name=unit["area_name"],
        detail="named area" if unit["kind"] == "area" else unit["lad_name"],
        values=values,
        year_before=shift_year(values),
        ratio=float(unit["ratio"]),
        low=float(unit["low"]),
        high=float(unit["high"]),
        verdict=unit["verdict"],
    )


def _draw_table(answer: Trends, order: str) -> None:
    ranked = answer.ranked(order)
    codes = tuple(ranked["area_code"])
    column = st.column_config
    frame = pd.DataFrame(
        {
            "verdict": [mark_verdict(verdict) for verdict in ranked["verdict"]],
            "area": [
                f"{name} (named area)" if kind == "area" else name
                for name, kind in zip(ranked["area_name"], ranked["kind"], strict=True)
            ],
            "change": [write_change(ratio) for ratio in ranked["ratio"]],
            "interval": [
                f"{write_change(low)} to {write_change(high)}" if np.isfinite(high) else "–"
                for low, high in zip(ranked["low"], ranked["high"], strict=True)
            ],
            "recent": ranked["recent"],
            "earlier": ranked["earlier"],
            "authority": ranked["lad_name"],
        }
    )
    key = f"trends-{order}"

    def choose() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        address.choose_area(codes[rows[0]] if rows else "")

    st.dataframe(
        frame,
        column_config={
            "verdict": column.TextColumn("Verdict", width=112),
            "area": column.TextColumn("Area", width=180),
            "change": column.TextColumn("Change", width=76),
            "interval": column.TextColumn("90% interval", width=110),
            "recent": column.NumberColumn("Now", width=62, format="localized"),
            "earlier": column.NumberColumn("Year before", width=86, format="localized"),
            "authority": column.TextColumn("Authority", width=140),
        },
        hide_index=True,
        height=TABLE_HEIGHT,
        key=key,
        on_select=choose,
        selection_mode="single-row",
        alt=f"{len(frame)} areas with their change",
    )


def _draw_emerging(view: View) -> tuple[tuple[str, ...], str]:
    """Draw what emerges inside the areas; return its caveats and its method."""
    panels.draw_section(
        "Emerging inside them", "cells by how hot they were in each month; the map is on Hotspots", term="emerging"
    )
    try:
        answer = find_emerging_answer(view.world, view.query)
    except InputError as error:
        panels.draw_message("No emerging classes", str(error))
        return (), ""
    by_ward, classes = st.tabs(["By ward", "Classes"])
    with by_ward:
        frame, config = _count_by_ward(answer.table)
        st.dataframe(frame, column_config=config, hide_index=True, height=TABLE_HEIGHT - 56, key="emerging-wards")
    with classes:
        frame, config = show_emerging(answer.classes, measure=answer.measure)
        st.dataframe(frame, column_config=config, hide_index=True, height=TABLE_HEIGHT - 56, key="emerging-classes")
    return answer.caveats, f"Emerging: {answer.result.describe()}"


def _count_by_ward(table: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Count the cells of each ward by hot class, for the classes that occur, under their published names."""
    of_code = {item.code: item for item in EMERGING_CLASSES}
    groups = {name: table["class_code"] == code for code, (name, _gloss) in GLOSSES.items()}
    groups = {name: cells for name, cells in groups.items() if cells.any()}
    frame = pd.DataFrame({"ward": table["area_name"], **groups}).groupby("ward", sort=True).sum()
    frame = frame[(frame.sum(axis=1) > 0) & (frame.index != "")]
    frame = frame.sort_values(list(groups), ascending=False).reset_index() if groups else frame.reset_index()
    column = st.column_config
    return frame, {
        "ward": column.TextColumn("Ward", width=170),
        **{
            name: column.NumberColumn(name.capitalize(), width=40 + 6 * len(name), help=of_code[code].meaning)
            for code, (name, _gloss) in GLOSSES.items()
            if name in groups
        },
    }


def _describe(answer: Trends) -> str:
    provenance = answer.provenance
    return (
        f"Change: ratio of {provenance['months_compared']} months to the same months a year before, with the exact "
        f"conditional 90% interval; counts vary {provenance['dispersion']:g} times as much as independent ones would. "
        f"Rising and falling: {provenance['correction']}, at {write_percent(provenance['false_alarms'])}."
    )
