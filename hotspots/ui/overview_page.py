"""The overview: key figures, the ward map beside its ranked table, and the months below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from hotspots.terms import SCORE_PARTS
from hotspots.ui import address, panels
from hotspots.ui.caches import find_shapes
from hotspots.ui.overview_parts import find_overview_parts
from hotspots.ui.snapshot import draw_snapshot, offer_snapshot
from hotspots.ui.tables import CLUSTER_COLUMNS, RANKING_COLUMNS, TREND_NOTE, VISITED_NOTE
from hotspots.ui.takeaway import draw_takeaway
from hotspots.ui.ward_map import draw_ward_map
from hotspots.views.wording import NOT_KNOWN, write_number, write_percent, write_range

if TYPE_CHECKING:
    from hotspots.ui.overview_parts import OverviewParts
    from hotspots.ui.shell import View

TABLE_HEIGHT = 380
"""Pixels of the table beside it, which ends where the map does."""
NOTE_HEIGHT = 48
"""Pixels of the sentences below it."""
_TABLE = "ranking"
"""Holds what the table shows: its areas in order, the chosen one, and a number that names its widget."""


def draw_overview(view: View) -> None:
    """Draw the overview page.

    Raises
    ------
    InputError
        If no incident matches.
    """
    world = view.world
    parts = find_overview_parts(world, view.query)
    panels.draw_title(
        parts.title,
        period=parts.chosen.period,
        world=world,
        beside=lambda: draw_takeaway(view, name=parts.title, whole_force=True),
    )
    panels.draw_embedded_notice(world)
    panels.draw_cautions(parts.caveats)
    panels.draw_key_figures(parts.key_figures, parts.apart)
    left, right = st.columns([10, 11], gap="medium")
    with left:
        panels.draw_section(
            "Where", f"{parts.classes.title.lower()}, by ward; red outlines are clusters", term="cluster"
        )
        _draw_map(view, parts)
    with right:
        _draw_choice(view, parts)
        ranked, clustered = st.tabs(["Ranking", f"Clusters ({len(parts.clusters.rows)})"])
        with ranked:
            _draw_ranking(view, parts)
            draw_snapshot(view, "overview-ranking", key="ranking")
        with clustered:
            st.dataframe(
                parts.clusters.rows,
                column_config=parts.clusters.copy_columns(),
                column_order=[*(name for name in CLUSTER_COLUMNS if name != "here"), "hectares"],
                hide_index=True,
                height=TABLE_HEIGHT,
                placeholder=NOT_KNOWN,
                key="clusters",
                alt=f"{len(parts.clusters.rows)} clusters, most incidents first",
            )
    panels.draw_section("Month by month", f"incidents in the force; {parts.months}")
    panels.draw_chart(parts.trend, key="trend")
    panels.draw_events(parts.events)
    draw_snapshot(view, "overview-trend", key="trend")
    panels.draw_notes(world, parts.chosen, parts.caveats, describe_method(parts.provenance, parts.shared_note))


def _draw_map(view: View, parts: OverviewParts) -> None:
    draw_ward_map(
        parts.ward_map,
        find_shapes(view.world),
        codes=view.world.boundaries.codes,
        chosen=view.query.area,
        on_choose=address.choose_area,
        snapshot=offer_snapshot(view, "overview-map", key="overview-map"),
    )


def _draw_choice(view: View, parts: OverviewParts) -> None:
    code = view.query.area
    if not code:
        panels.draw_section(
            "Ranked areas", "click a ward on the map or a row of the table to mark it", tall=True, term="rank-range"
        )
        return
    row = parts.areas[parts.areas["area_code"] == code].to_dict("records")[0]
    wards = next(unit.wards for unit in view.world.units if unit.code == code)
    rank = f"rank {row['rank']}" if len(wards) == 1 else f"would rank {row['rank']} among the wards"
    say, go = st.columns([11, 4], vertical_alignment="center")
    with say:
        panels.draw_strip(
            f"{row['area_name']}: {rank} (90% range {write_range(row['rank_low'], row['rank_high'])})",
            f"score {write_number(row['score'])} · harm {write_number(row['harm_per_1000'])} · rate "
            f"{write_number(row['rate_per_1000'])} · {write_number(row['incidents'])} incidents",
        )
    with go:
        if st.button("Open this area", type="primary", width="stretch"):
            st.switch_page("pages/area.py")


def _draw_ranking(view: View, parts: OverviewParts) -> None:
    codes = parts.codes
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
        parts.ranking.rows,
        column_config=parts.ranking.copy_columns(),
        column_order=RANKING_COLUMNS,
        hide_index=True,
        height=TABLE_HEIGHT - NOTE_HEIGHT,
        placeholder=NOT_KNOWN,
        key=key,
        on_select=choose,
        selection_mode="single-cell",  # a click anywhere in a row; rows would be chosen by their tick boxes only
        selection_default={"selection": {"rows": [], "columns": [], "cells": chosen}},
        alt=f"{len(codes)} areas in order of rank",
    )
    note = f"{VISITED_NOTE} {TREND_NOTE}" if parts.has_visited else TREND_NOTE
    st.html(f'<div class="hs-caption"><p>{note}</p></div>')


def describe_method(provenance: dict[str, Any], shared: str = "") -> str:
    """Say which automatic choices the view rests on, and why a cluster may hold less than its threshold."""
    clusters = (
        f"Clusters: {provenance['method']}, radius {provenance['eps']:g} m ({provenance['eps_chosen']}), at least "
        f"{provenance['min_samples']} incidents ({provenance['min_samples_chosen']})."
    )
    return " ".join(part for part in (clusters, shared, _describe_ranks(provenance)) if part)


def _describe_ranks(provenance: dict[str, Any]) -> str:
    """Name the parts of the score that weigh something in this selection, and how much; and those that do not."""
    names = {part.code: part.label.lower() for part in SCORE_PARTS}
    shares: dict[str, float] = provenance["weights_used"]
    used = [f"{names[code]} {write_percent(share)}" for code, share in shares.items() if share > 0]
    unknown = [names[code] for code in provenance["parts_unknown"] if provenance["weights"][code] > 0]
    idle = [names[code] for code, weight in provenance["weights"].items() if weight == 0]
    return "; ".join(
        (
            f"Ranks: composite of {_join(used)}",
            *([f"{_join(unknown)} {'are' if len(unknown) > 1 else 'is'} not known here"] if unknown else []),
            *([f"{_join(idle)} {'weigh' if len(idle) > 1 else 'weighs'} nothing"] if idle else []),
            f"ranges by {write_number(provenance['draws'])} draws on counts.",
        )
    )


def _join(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
