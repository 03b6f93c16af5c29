"""One area: key figures, its map, its months, its mix of types, its clusters, and who it compares with."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit_folium import st_folium

from hotspots.pipeline.brief_frame import list_breaks
from hotspots.pipeline.figures import say_months
from hotspots.ui import address, panels
from hotspots.ui.area_people import draw_deprivation
from hotspots.ui.caches import find_area, find_area_layers
from hotspots.ui.links import (
    BRIEFING,
    HOTSPOTS,
    MOST,
    OPERATION,
    Link,
    Period,
    draw_links,
    link_operation,
    list_operations_in,
)
from hotspots.ui.overview_page import describe_method
from hotspots.ui.search_layer import draw_search_notes, draw_search_switch, put_on_map
from hotspots.ui.snapshot import draw_snapshot
from hotspots.ui.tables import CLUSTER_COLUMNS, SIMILAR_COLUMNS, fit_rows, show_clusters, show_similar
from hotspots.ui.takeaway import draw_takeaway
from hotspots.views.charts import chart_mix, chart_trend
from hotspots.views.dots import dot_edge
from hotspots.views.folium_map import build_area_map
from hotspots.views.palette import CLUSTER
from hotspots.views.wording import NOT_KNOWN, write_count, write_number, write_range

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hotspots.pipeline.area import AreaAnswer
    from hotspots.ui.shell import View
    from hotspots.views.folium_map import AreaLayers

HEIGHT = 520
"""Pixels of the map."""
CLUSTER_ROWS = 6
"""Clusters that the table shows before it scrolls."""


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
    # A named area of several wards is no ward: it is held against them.
    rank = f"rank {row['rank']} of" if len(answer.unit.wards) == 1 else f"would rank {row['rank']} among the"
    panels.draw_title(
        answer.unit.label,
        period=answer.chosen.period,
        world=world,
        detail=f"{answer.chosen.label} · {rank} {wards} wards (90% range "
        f"{write_range(row['rank_low'], row['rank_high'])})",
        beside=lambda: draw_takeaway(view, name=answer.unit.name),
    )
    draw_links(_list_links(view, answer), period=_offer_period(view, answer), printable=True)
    panels.draw_embedded_notice(world)
    panels.draw_cautions(answer.caveats)
    panels.draw_key_figures(answer.key_figures, answer.apart)
    left, right = st.columns([10, 11], gap="medium")
    with left:
        panels.draw_section("Clusters and places", "numbers as in the table of clusters")
        _draw_map(view, answer)
    with right:
        _draw_clusters(answer)
        if len(answer.mix) > 1:
            panels.draw_section("Mix of crime", "share of incidents, against the rest of the force")
            panels.draw_chart(chart_mix(answer.mix, area_name=answer.unit.name), key="mix")
    left, right = st.columns([10, 11], gap="medium")
    with left:
        panels.draw_section("Month by month", say_months(answer.chosen, answer.months_before))
        months = answer.monthly["month"]
        events = list_breaks(world, int(months.iloc[0]), int(months.iloc[-1]))
        panels.draw_chart(_chart_months(answer, events), key="trend")
        panels.draw_events(events)
        draw_snapshot(view, "area-trend", key="trend")
    with right:
        _draw_similar(answer)
        draw_deprivation(view, answer)
    panels.draw_notes(
        world, answer.chosen, answer.caveats, describe_method(answer.provenance, answer.local.shared_note)
    )


def _list_links(view: View, answer: AreaAnswer) -> list[Link]:
    """List the next steps from an area: the operations here, their log, where in it, the briefing."""
    query = view.query
    here = list_operations_in(view, answer.unit.wards)
    links = [link_operation(query, code, name) for code, name in here[:MOST]]
    if here:
        links.append(Link("Log what was done", OPERATION, replace(query, operation=here[0][0], view="record")))
    return [*links, Link("Hotspots", HOTSPOTS, query), Link("Briefing", BRIEFING, query)]


def _offer_period(view: View, answer: AreaAnswer) -> Period:
    """Offer the newest month alone, or the whole period again."""
    first, last = int(view.world.cube.months[0]), int(view.world.cube.months[-1])
    alone = answer.chosen.months == (last,)
    return Period("Whole period", first, last) if alone else Period("Latest month", last, last)


def _chart_months(answer: AreaAnswer, events: Sequence[tuple[int, str]]) -> dict[str, Any]:
    monthly = answer.monthly
    return chart_trend(
        monthly["month"],
        monthly["incidents"],
        series_name=answer.unit.name,
        value_title="Incidents a month",
        comparison=monthly["force"],
        comparison_name="At the force’s rate for as many residents",
        events=events,
        ringed=answer.chosen.months[0] if answer.months_before else None,
        height=260,
    )


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
                st.button(
                    panels.as_label(unit.name),
                    key=f"start-{unit.code}",
                    on_click=address.choose_area,
                    args=(unit.code,),
                )


def _draw_map(view: View, answer: AreaAnswer) -> None:
    searches = draw_search_switch(view, answer)
    layers = find_area_layers(view.world, answer)
    area_map = build_area_map(
        layers,
        description=(
            f"Map of {answer.unit.name}: {write_count(len(answer.places), 'place')} with incidents and "
            f"{write_count(len(answer.clusters), 'cluster')}; the tables hold the figures."
        ),
        tiles=view.settings.tiles,
        dark=panels.is_dark(),
    )
    put_on_map(area_map, searches, tiles=view.settings.tiles)
    st_folium(area_map, key="area-map", height=HEIGHT, use_container_width=True, returned_objects=[])
    st.html(_legend(layers))  # as it is: the dots keep the colours of their classes in both looks
    draw_search_notes(searches)
    draw_snapshot(view, "area-map", key="area-map", frame="folium")


def _legend(layers: AreaLayers) -> str:
    classes = layers.classes
    parts = [
        f'<span><i style="width:{2 * radius:.0f}px;height:{2 * radius:.0f}px;border-radius:50%;background:{fill};'
        f'border:1px solid {dot_edge(fill)}"></i>{escape(label)} ({write_number(size)})</span>'
        for fill, label, size, radius in zip(classes.colours, classes.labels, layers.sizes, layers.radii, strict=True)
        if size
    ][::-1]
    if parts:
        parts.insert(0, f"<span><b>{escape(classes.title)}</b> (places)</span>")
    parts.append(
        f'<span><i style="width:20px;height:12px;border:2px solid {CLUSTER};border-radius:6px"></i>cluster</span>'
        f'<span><i style="width:20px;height:12px;border:2px solid currentColor"></i>{escape("this area")}</span>'
    )
    return f'<div class="hs-legend" role="img" aria-label="Legend of the map">{"".join(parts)}</div>'


def _draw_clusters(answer: AreaAnswer) -> None:
    if not len(answer.clusters):
        panels.draw_section("Clusters")
        panels.draw_message(
            "No cluster here",
            "No group of incidents in this area is dense enough. Widen the period, or try a larger radius or fewer "
            "incidents under “Method”.",
        )
        return
    order = ", most incidents first" if len(answer.clusters) > 1 else ""
    panels.draw_section("Clusters", f"{write_count(len(answer.clusters), 'cluster')}{order}")
    frame, config = show_clusters(answer.clusters)
    st.dataframe(
        frame,
        column_config=config,
        column_order=CLUSTER_COLUMNS,
        hide_index=True,
        height=fit_rows(len(frame), CLUSTER_ROWS),
        placeholder=NOT_KNOWN,
        key="area-clusters",
        alt=write_count(len(frame), "cluster"),
    )
    if answer.cluster_note:
        st.caption(answer.cluster_note)


def _draw_similar(answer: AreaAnswer) -> None:
    panels.draw_section(
        "Similar wards", "in residents per square kilometre and mix of crime; trend drawn towards the force’s"
    )
    frame, config = show_similar(answer.row, answer.similar)
    st.dataframe(
        frame,
        column_config=config,
        column_order=SIMILAR_COLUMNS,
        hide_index=True,
        height=fit_rows(len(frame), 10),
        placeholder=NOT_KNOWN,
        key="similar",
        alt=f"{answer.unit.name} and {write_count(len(frame) - 1, 'similar ward')}",
    )
