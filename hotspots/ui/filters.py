"""The shared filters, drawn once in the sidebar for every page."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import streamlit as st

from hotspots.months import name_month
from hotspots.query import CELL_SHAPES, GEOGRAPHIES, LEAST_CELL, MAX_BANDWIDTH, MAX_EPS, MOST_CELL
from hotspots.terms import LENSES, METRICS, OUTCOME_GROUPS, SCORE_PARTS, crime_type, lens, slug
from hotspots.ui.address import clear_address, keep_widgets

if TYPE_CHECKING:
    from hotspots.pipeline.world import World

_BY = dict(zip(GEOGRAPHIES, ("Wards and areas", "Wards", "Named areas"), strict=True))
_SHAPES = dict(zip(CELL_SHAPES, ("Squares", "Hexagons"), strict=True))
_METRICS = {metric.code: metric.label for metric in METRICS}
_WITHOUT_EFFECT = {
    "show": ("Area", "Method check", "Operation", "Data"),
    "by": ("Area", "Hotspots", "Trends", "Method check", "Operations", "Operation", "Data"),
}
"""Filters, by the name of their value in the address, and the pages on which they would change nothing."""
_ONLY_HARM = ("Hotspots", "Trends")
"""Pages that count either incidents or harm days, whatever else the map of wards may be coloured by."""
_PARTLY = {
    "Method check": "The check takes all months of the whole force: area and period change nothing on this page."
}
"""Pages on which some filters change nothing, and what is said of them."""
NO_FILTERS = {
    "Impact": "No filter applies on this page: an evaluation takes all covered months and every type of crime.",
    "Access": "No filter applies on this page.",
    "Help": "No filter applies on this page.",
}
"""Pages on which none of them would change anything, and what stands in their place."""


def draw_filters(world: World, *, page: str = "") -> None:
    """Draw the filters; their values stand in the session state under the names of the address.

    Parameters
    ----------
    world
        What is loaded.
    page
        Title of the page; a filter without effect on it is kept but not drawn.
    """
    if page in NO_FILTERS:
        keep_widgets()
        st.sidebar.caption(f"{NO_FILTERS[page]} Those that you have chosen are kept for the other pages.")
        return
    for name, pages in _WITHOUT_EFFECT.items():
        if page in pages:
            st.session_state[name] = st.session_state[name]  # Streamlit forgets the value of a widget that is not drawn
    with st.sidebar:
        _draw_place(world)
        _draw_period(world)
        _draw_crime(world)
        if page not in _WITHOUT_EFFECT["show"]:
            st.selectbox(
                "Colour the map by",
                list(_METRICS),
                format_func=lambda code: _METRICS[code],
                key="show",
                help="With Harm this page counts harm days; with anything else, incidents."
                if page in _ONLY_HARM
                else "The same figure colours the map and the picture.",
            )
        if page not in _WITHOUT_EFFECT["by"]:
            st.selectbox("Rank", GEOGRAPHIES, format_func=lambda code: _BY[code], key="by")
        with st.expander("Method"):
            _draw_method()
        if page in _PARTLY:
            st.caption(_PARTLY[page])
        st.button("Reset all filters", on_click=clear_address, width="stretch")


def _draw_place(world: World) -> None:
    of_code = {unit.code: unit for unit in world.units}
    named = sorted((unit for unit in world.units if unit.kind == "area"), key=lambda unit: unit.name)
    wards = sorted((unit for unit in world.units if unit.kind == "ward"), key=lambda unit: unit.label)

    times = Counter(unit.name for unit in wards)

    def label(code: str) -> str:
        if not code:
            return "Whole force"
        unit = of_code[code]
        if unit.kind == "area":
            return f"{unit.name} – named area"
        return unit.label if times[unit.name] > 1 else unit.name  # the box is narrow, and most names are unique

    st.selectbox("Area", ["", *(unit.code for unit in (*named, *wards))], format_func=label, key="area")


def _draw_period(world: World) -> None:
    months = [int(month) for month in world.cube.months]
    left, right = st.columns(2, gap="small")
    left.selectbox("From", months, format_func=lambda month: name_month(month, short=True), key="from")
    right.selectbox("To", months[::-1], format_func=lambda month: name_month(month, short=True), key="to")


def _draw_crime(world: World) -> None:
    types = {slug(name): name for name in world.cube.types}
    picked = bool(st.session_state.get("types"))
    chosen = lens(st.session_state.get("lens", LENSES[0].code))
    st.selectbox(
        "Crime",
        [lens.code for lens in LENSES],
        format_func=lambda code: lens(code).label,
        key="lens",
        disabled=picked,
        help=f"{chosen.label}: {chosen.meaning}",
    )
    st.multiselect(
        "Or single types",
        list(types),
        format_func=lambda code: types[code] + (" (found by police work)" if _is_enforcement(types[code]) else ""),
        key="types",
        placeholder="As chosen above",
    )


def _is_enforcement(name: str) -> bool:
    return crime_type(name).enforcement_driven


def _draw_method() -> None:
    outcomes = {slug(name): name for name in OUTCOME_GROUPS}
    st.multiselect(
        "Outcomes",
        list(outcomes),
        format_func=lambda code: outcomes[code].capitalize(),
        key="outcomes",
        placeholder="All outcomes",
    )
    left, right = st.columns(2, gap="small")
    left.number_input(
        "Radius, m",
        min_value=1.0,
        max_value=MAX_EPS,
        step=10.0,
        format="%g",
        key="eps",
        placeholder="automatic",
        help="DBSCAN eps: incidents within this distance are neighbours. Empty: chosen for you, and shown.",
    )
    right.number_input(
        "Incidents",
        min_value=1,
        step=5,
        key="min",
        placeholder="automatic",
        help="DBSCAN min_samples: incidents within the radius that make a cluster. Empty: chosen from the data.",
    )
    _draw_surface_method()
    st.caption("Weights of the area score")
    for part in SCORE_PARTS:
        st.number_input(part.label, min_value=0.0, step=5.0, format="%g", key=f"weight-{part.code}", help=part.meaning)


def _draw_surface_method() -> None:
    left, right = st.columns(2, gap="small")
    left.number_input(
        "Cell, m",
        min_value=LEAST_CELL,
        max_value=MOST_CELL,
        step=50.0,
        format="%g",
        key="cell",
        placeholder="automatic",
        help="Size of the cells of the hotspots page. Empty: chosen for you, and shown.",
    )
    right.number_input(
        "Bandwidth, m",
        min_value=1.0,
        max_value=MAX_BANDWIDTH,
        step=50.0,
        format="%g",
        key="bandwidth",
        placeholder="automatic",
        help="Radius within which the density surface adds incidents up. Empty: chosen from the data, and shown.",
    )
    st.selectbox("Cell shape", CELL_SHAPES, format_func=lambda code: _SHAPES[code], key="shape")
