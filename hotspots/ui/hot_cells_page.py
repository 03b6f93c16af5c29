"""The hotspots page: density, hot cells, clusters and what emerges; one method at a time, or two side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from hotspots.months import name_month
from hotspots.pipeline.selection import list_caveats, name_unit
from hotspots.query import PANELS
from hotspots.ui import address, panels
from hotspots.ui.caches import find_shapes
from hotspots.ui.hotspot_panels import LABELS, build_panel
from hotspots.ui.layer_map import draw_layer_map
from hotspots.ui.panel import find_chosen
from hotspots.ui.snapshot import offer_snapshot

if TYPE_CHECKING:
    from hotspots.ui.panel import Panel
    from hotspots.ui.shell import View

HEIGHT = 478
"""Pixels of the map and of the table beside it."""
_BESIDE = 420
_SURVIVAL = "survival"
_TERMS = {"Density": "density", "Hot cells": "gi", "Clusters": "dbscan", "Emerging": "emerging"}
"""The word that each method's heading explains."""


def draw_hot_cells(view: View) -> None:
    """Draw the hotspots page.

    Raises
    ------
    InputError
        If no incident matches.
    """
    world, query = view.world, view.query
    beside = len(query.panels) > 1
    survival = bool(st.session_state.get(_SURVIVAL))
    built = [build_panel(view, code, height=_BESIDE if beside else HEIGHT, survival=survival) for code in query.panels]
    chosen = built[0].chosen
    area = find_chosen(view)
    panels.draw_title(
        f"Hotspots: {chosen.label} in {area.name if area else name_unit(world, None)}",
        period=chosen.period,
        world=world,
        detail=f"held against all of {name_unit(world, None)}" if area else "",
    )
    panels.draw_embedded_notice(world)
    panels.draw_cautions(list_caveats(world, chosen))
    _draw_choice(view)
    testable = bool({"cells", "clusters"} & set(query.panels))
    columns = st.columns(2, gap="medium") if beside else st.columns([11, 10], gap="medium")
    if beside:
        for slot, (column, panel) in enumerate(zip(columns, built, strict=True)):
            with column:
                _draw_map(view, panel, slot)
                panels.draw_strip(panel.sentence)
                _draw_tables(panel, slot, 260)
    else:
        with columns[0]:
            _draw_map(view, built[0], 0)
        with columns[1]:
            panels.draw_strip(built[0].sentence)
            _draw_tables(built[0], 0, HEIGHT - (140 if testable else 96))
            if testable:
                _draw_survival()
    if beside and testable:
        _draw_survival()
    caveats = tuple(dict.fromkeys(caveat for panel in built for caveat in panel.caveats))
    panels.draw_notes(world, chosen, caveats, " ".join(panel.method for panel in built))


def _draw_choice(view: View) -> None:
    """Draw the choice of methods and the slider of the period."""
    query = view.query
    left, middle, right = st.columns([9, 4, 9], gap="medium", vertical_alignment="bottom")
    first, second = query.panels[0], query.panels[1] if len(query.panels) > 1 else None
    st.session_state["panel-first"] = first
    st.session_state["panel-second"] = second or ""
    months = [int(month) for month in view.world.cube.months]
    period = (st.session_state["from"], st.session_state["to"])
    slider = f"period-{period[0]}-{period[1]}"  # a new one whenever the sidebar has moved it

    def choose() -> None:
        one, two = st.session_state["panel-first"] or first, st.session_state["panel-second"]
        if two == one:
            two = first if second else ""
        address.choose_panels([one, two] if two and two != one else [one])

    def move() -> None:
        address.choose_period(*st.session_state[slider])

    left.segmented_control(
        "Method", list(PANELS), format_func=lambda code: LABELS[code], key="panel-first", on_change=choose,
        width="stretch",
    )  # fmt: skip
    middle.selectbox(
        "Side by side with",
        ["", *(code for code in PANELS if code != first)],
        format_func=lambda code: LABELS[code] if code else "nothing",
        key="panel-second",
        on_change=choose,
    )
    right.select_slider(
        "Period",
        months,
        value=period,
        format_func=lambda month: name_month(month, short=True),
        key=slider,
        on_change=move,
    )


def _draw_survival() -> None:
    st.toggle(
        "Test against where in its catchment an incident may have been",
        key=_SURVIVAL,
        help="Moves every incident within the catchment of its map point again and again, and says how often each hot "
        "spot or cluster is still found. Takes some seconds.",
    )


def _draw_map(view: View, panel: Panel, slot: int) -> None:
    panels.draw_section(panel.title, panel.detail, term=_TERMS.get(panel.title, "hotspot"))
    draw_layer_map(
        panel.map_data,
        find_shapes(view.world),
        key=f"layer-map-{slot}",
        codes=frozenset(unit.code for unit in view.world.units),
        on_choose=address.choose_area,
        snapshot=offer_snapshot(view, view.query.panels[slot], key=f"panel-{slot}"),
    )


def _draw_tables(panel: Panel, slot: int, height: int) -> None:
    for tab, (title, frame, config) in zip(st.tabs([title for title, _, _ in panel.tables]), panel.tables, strict=True):
        with tab:
            st.dataframe(
                frame,
                column_config=config,
                hide_index=True,
                height=height,
                key=f"{panel.title}-{title.split(' (')[0]}-{slot}",
                alt=f"{title}: {len(frame)} rows",
            )
