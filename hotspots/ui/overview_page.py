"""The overview: key figures, the ward map beside its ranked table, and the months below."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from hotspots.pipeline.brief_frame import list_events
from hotspots.pipeline.overview import choose_figures
from hotspots.ui import address, panels
from hotspots.ui.caches import find_cluster_outlines, find_named_outlines, find_overview, find_shapes
from hotspots.ui.snapshot import draw_snapshot, offer_snapshot
from hotspots.ui.tables import CLUSTER_COLUMNS, RANKING_COLUMNS, show_clusters, show_ranking
from hotspots.ui.takeaway import draw_takeaway
from hotspots.ui.ward_map import draw_ward_map
from hotspots.views.browser_map import AreaFigures, build_ward_map
from hotspots.views.charts import chart_trend
from hotspots.views.wording import NOT_KNOWN, write_number, write_percent, write_range

if TYPE_CHECKING:
    from hotspots.pipeline.overview import MapFigures, Overview
    from hotspots.ui.shell import View

HEIGHT = 460
"""Pixels of the map."""
TABLE_HEIGHT = 380
"""Pixels of the table beside it, which ends where the map does."""
_TABLE = "ranking"
"""Holds what the table shows: its areas in order, the chosen one, and a number that names its widget."""


def draw_overview(view: View) -> None:
    """Draw the overview page.

    Raises
    ------
    InputError
        If no incident matches.
    """
    world, query = view.world, view.query
    answer = find_overview(world, query)
    panels.draw_title(
        answer.title,
        period=answer.chosen.period,
        world=world,
        beside=lambda: draw_takeaway(view, name=answer.title, whole_force=True),
    )
    panels.draw_embedded_notice(world)
    panels.draw_cautions(answer.caveats)
    panels.draw_key_figures(answer.key_figures, answer.apart)
    figures = choose_figures(answer.score, query.show)
    classes = figures.classes
    left, right = st.columns([10, 11], gap="medium")
    with left:
        panels.draw_section("Where", f"{classes.title.lower()}, by ward; red outlines are clusters", term="cluster")
        _draw_map(view, answer, figures)
    with right:
        _draw_choice(view, answer)
        ranked, clustered = st.tabs(["Ranking", f"Clusters ({len(answer.clusters.table)})"])
        with ranked:
            _draw_ranking(view, answer, figures)
            draw_snapshot(view, "overview-ranking", key="ranking")
        with clustered:
            frame, config = show_clusters(answer.clusters.table)
            st.dataframe(
                frame,
                column_config=config,
                column_order=[*(name for name in CLUSTER_COLUMNS if name != "here"), "hectares"],
                hide_index=True,
                height=TABLE_HEIGHT,
                placeholder=NOT_KNOWN,
                key="clusters",
                alt=f"{len(frame)} clusters, most incidents first",
            )
    panels.draw_section("Month by month", "incidents in the force; a missing month is a gap, not a zero")
    events = list_events(world, answer.chosen)
    trend = chart_trend(
        answer.monthly["month"],
        answer.monthly["incidents"],
        series_name=answer.chosen.label,
        value_title="Incidents a month",
        events=events,
        height=190,
    )
    panels.draw_chart(trend, key="trend")
    panels.draw_events(events)
    draw_snapshot(view, "overview-trend", key="trend")
    panels.draw_notes(world, answer.chosen, answer.caveats, describe_method(answer.provenance))


def _draw_map(view: View, answer: Overview, figures: MapFigures) -> None:
    world, query = view.world, view.query
    wards = answer.score.table[answer.score.table["kind"] == "ward"]
    data = build_ward_map(
        world.boundaries,
        classes=figures.classes,
        wards=AreaFigures(
            values=figures.values,
            labels=(
                "Rank (90% range)",
                "Score",
                "Incidents",
                "Rate per 1,000",
                "Harm per 1,000",
                "Clustered",
            ),
            figures=tuple(
                (
                    f"{row['rank']} ({write_range(row['rank_low'], row['rank_high'])})",
                    write_number(row["score"]),
                    write_number(row["incidents"]),
                    write_number(row["rate_per_1000"], decimals=1),
                    write_number(row["harm_per_1000"]),
                    write_percent(row["clustered_share"]),
                )
                for row in wards.to_dict("records")
            ),
        ),
        clusters=find_cluster_outlines(world, answer),
        named=find_named_outlines(world),
        chosen=query.area,
        description=(
            f"Map of {figures.classes.title} in {len(wards)} wards, {answer.chosen.period}, with "
            f"{len(answer.clusters.table)} clusters. The tables beside it hold the same figures. "
            "Arrow keys move the map, plus and minus zoom, Enter chooses the ward at its centre."
        ),
        height=HEIGHT,
    )
    draw_ward_map(
        data,
        find_shapes(world),
        on_choose=address.choose_area,
        snapshot=offer_snapshot(view, "overview-map", key="overview-map"),
    )


def _draw_choice(view: View, answer: Overview) -> None:
    code = view.query.area
    if not code:
        panels.draw_section(
            "Ranked areas", "click a ward on the map or a row of the table to mark it", tall=True, term="rank-range"
        )
        return
    table = answer.score.table
    row = table[table["area_code"] == code].to_dict("records")[0]
    say, go = st.columns([11, 4], vertical_alignment="center")
    with say:
        panels.draw_strip(
            f"{row['area_name']}: rank {row['rank']} (90% range {write_range(row['rank_low'], row['rank_high'])})",
            f"score {write_number(row['score'])} · harm {write_number(row['harm_per_1000'])} · rate "
            f"{write_number(row['rate_per_1000'])} · {write_number(row['incidents'])} incidents",
        )
    with go:
        if st.button("Open this area", type="primary", width="stretch"):
            st.switch_page("pages/area.py")


def _draw_ranking(view: View, answer: Overview, figures: MapFigures) -> None:
    ranking = answer.score.ranked(view.query.by)
    frame, config = show_ranking(ranking, figures=figures)
    codes = tuple(ranking["area_code"])
    chosen = [(codes.index(view.query.area), "area")] if view.query.area in codes else []
    *shown, number = st.session_state.get(_TABLE, ((), "", 0))
    if shown != [codes, view.query.area]:  # another order, or a choice made elsewhere: the table starts anew with it
        number += 1
        st.session_state[_TABLE] = (codes, view.query.area, number)
    key = f"ranking-{number}"

    def choose() -> None:
        cells = st.session_state[key]["selection"]["cells"]
        code = codes[cells[0][0]] if cells else ""
        st.session_state[_TABLE] = (codes, code, number)
        address.choose_area(code)

    st.dataframe(
        frame,
        column_config=config,
        column_order=RANKING_COLUMNS,
        hide_index=True,
        height=TABLE_HEIGHT,
        placeholder=NOT_KNOWN,
        key=key,
        on_select=choose,
        selection_mode="single-cell",  # a click anywhere in a row; rows would be chosen by their tick boxes only
        selection_default={"selection": {"rows": [], "columns": [], "cells": chosen}},
        alt=f"{len(frame)} areas in order of rank",
    )


def describe_method(provenance: dict[str, object]) -> str:
    """Say which automatic choices the view rests on."""
    return (
        f"Clusters: {provenance['method']}, radius {provenance['eps']:g} m ({provenance['eps_chosen']}), at least "
        f"{provenance['min_samples']} incidents ({provenance['min_samples_chosen']}). Ranks: composite of rate, harm, "
        "clustered share, persistence and trend; ranges by 1,000 draws on counts."
    )
