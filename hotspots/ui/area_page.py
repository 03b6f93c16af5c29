"""One area: key figures, its map, its months, its mix of types, its clusters, and who it compares with."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st
from streamlit_folium import st_folium

from hotspots.terms import METRICS
from hotspots.ui import address, panels
from hotspots.ui.caches import find_area, find_area_layers
from hotspots.ui.overview_page import describe_method
from hotspots.ui.tables import fit_rows, show_clusters, show_similar
from hotspots.views.folium_map import build_area_map, radius_of
from hotspots.views.palette import ACCENT, ACCENT_DARK, CLUSTER, INK
from hotspots.views.wording import write_count, write_number, write_range

if TYPE_CHECKING:
    from hotspots.pipeline.area import AreaAnswer
    from hotspots.ui.shell import View
    from hotspots.views.folium_map import AreaLayers

HEIGHT = 520
"""Pixels of the map."""


def draw_area(view: View) -> None:
    """Draw the area page.

    Raises
    ------
    InputError
        If no incident matches.
    """
    if not view.query.area:
        _ask_for_area(view)
        return
    world = view.world
    answer = find_area(world, view.query)
    row = answer.row
    wards = sum(unit.kind == "ward" for unit in world.units)
    panels.draw_title(
        answer.unit.label,
        period=answer.chosen.period,
        world=world,
        detail=f"{answer.chosen.label} · rank {row['rank']} of {wards} wards (90% range "
        f"{write_range(row['rank_low'], row['rank_high'])})",
    )
    panels.draw_embedded_notice(world)
    panels.draw_key_figures(answer.key_figures, answer.apart)
    left, right = st.columns([11, 10], gap="medium")
    with left:
        panels.draw_section("Clusters and places", "numbers as in the table of clusters")
        _draw_map(view, answer)
    with right:
        _draw_right(answer)
    panels.draw_notes(world, answer.chosen, answer.caveats, describe_method(answer.provenance))


def _ask_for_area(view: View) -> None:
    panels.draw_title("Area", period="no area chosen", world=view.world)
    panels.draw_message(
        "Choose an area",
        "Pick a ward or a named area under “Area” in the sidebar, click one on the overview’s map, or start here:",
    )
    named = [unit for unit in view.world.units if unit.kind == "area"]
    if named:
        with st.container(horizontal=True):
            for unit in named:
                st.button(unit.name, key=f"start-{unit.code}", on_click=address.choose_area, args=(unit.code,))


def _draw_map(view: View, answer: AreaAnswer) -> None:
    layers = find_area_layers(view.world, answer)
    area_map = build_area_map(
        layers,
        description=(
            f"Map of {answer.unit.name}: {write_count(len(answer.places), 'place')} with incidents and "
            f"{write_count(len(answer.clusters), 'cluster')}; the tables hold the figures."
        ),
        tiles=view.settings.tiles,
    )
    st_folium(area_map, key="area-map", height=HEIGHT, use_container_width=True, returned_objects=[])
    st.html(_legend(layers))


def _legend(layers: AreaLayers) -> str:
    dot = (
        '<span><i style="width:{size}px;height:{size}px;border-radius:50%;background:{fill};opacity:{opacity}"></i>'
        "{text}</span>"
    )
    parts = []
    if layers.largest:
        for incidents in sorted({1, max(layers.largest // 4, 1), layers.largest}):
            size = round(2 * radius_of(incidents, layers.largest))
            parts.append(
                dot.format(size=size, fill=ACCENT, opacity=0.7, text=f"{write_number(incidents)} at one place")
            )
        parts.append(dot.format(size=12, fill=ACCENT_DARK, opacity=0.9, text="in a cluster"))
    parts.append(
        f'<span><i style="width:20px;height:12px;border:2px solid {CLUSTER};border-radius:6px"></i>cluster</span>'
        f'<span><i style="width:20px;height:12px;border:2px solid {INK}"></i>{escape("this area")}</span>'
    )
    return f'<div class="hs-legend" role="img" aria-label="Legend of the map">{"".join(parts)}</div>'


def _draw_right(answer: AreaAnswer) -> None:
    clusters, similar = st.tabs([f"Clusters ({len(answer.clusters)})", "Similar areas"])
    with clusters:
        if len(answer.clusters):
            frame, config = show_clusters(answer.clusters)
            st.dataframe(
                frame,
                column_config=config,
                hide_index=True,
                height=fit_rows(len(frame), HEIGHT - 60),
                key="area-clusters",
            )
        else:
            panels.draw_message(
                "No cluster here",
                "No group of incidents in this area is dense enough. Widen the period, or try a larger radius or fewer "
                "incidents under “Method”.",
            )
    with similar:
        frame, config = show_similar(answer.row, answer.similar)
        st.dataframe(frame, column_config=config, hide_index=True, key="similar")
        st.caption(
            "The wards most like this one in residents per square kilometre and mix of crime, nearest first. "
            f"{METRICS[0].label} and ranks as on the overview."
        )
