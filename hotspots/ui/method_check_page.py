"""The method check: which method foresees best here, plain words first, then the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from hotspots.analysis.backtest import list_windows
from hotspots.months import name_period
from hotspots.pipeline.method_check import GEOGRAPHIES, HORIZON, JUDGED, PAST, find_shipped
from hotspots.pipeline.selection import choose, list_caveats, name_unit
from hotspots.ui import panels
from hotspots.ui.cell_caches import compute_check, recall_check
from hotspots.ui.lane import heavy_work
from hotspots.ui.tables import fit_rows
from hotspots.views.method_check_chart import chart_methods
from hotspots.views.wording import write_count

if TYPE_CHECKING:
    from hotspots.pipeline.method_check import MethodCheck
    from hotspots.ui.shell import View

_ASKED = "check-asked"
"""Set by the button, so that the wish outlives a run that only finds its way to the page."""
_SECONDS_A_WINDOW = 0.3
"""Measured: 17 windows of 512,208 incidents in 10,922 cells took 3.7 s of a processor, 5 s with others beside it."""
_NAMES = {"cells": "Cells", "wards": "Wards"}


def draw_method_check(view: View) -> None:
    """Draw the method check.

    Raises
    ------
    InputError
        If there are too few months, or no incident matches.
    """
    world, query = view.world, view.query
    chosen = choose(world, query)
    panels.draw_title(
        f"Method check: {chosen.label} in {name_unit(world, None)}",
        period="which method foresees best here",
        world=world,
    )
    panels.draw_embedded_notice(world)
    panels.draw_cautions(list_caveats(world, chosen))
    windows = list_windows(world.cube.months, past=PAST, horizon=HORIZON)
    left, right = st.columns([6, 1], vertical_alignment="bottom")
    geography = left.segmented_control(
        "Judged by", list(GEOGRAPHIES), format_func=lambda code: _NAMES[code], default="cells", key="check-geography"
    )
    geography = geography or "cells"
    shipped = find_shipped(world, query, geography)
    check = recall_check(world, query, geography) or shipped
    if st.session_state.pop(_ASKED, False):
        check = _compute(view, geography)
    if check is None:
        panels.draw_message(
            "Which method would have foreseen the next months best here?",
            f"Nobody has asked for this choice yet. Each method sees {PAST} months and is judged on the {HORIZON} "
            f"after them, {write_count(len(windows), 'time')} over. That takes about {_estimate(len(windows))} "
            "seconds; the answer is then there for whoever asks next.",
        )
        st.button("Find out now", key="check-compute", type="primary", on_click=_ask)
        return
    right.button("Compute it again", key="check-again", width="stretch", on_click=_ask)
    _draw_check(view, check)


def _estimate(windows: int) -> int:
    """Say how long a back-test takes, in fives of seconds."""
    return max(5, 5 * round(windows * _SECONDS_A_WINDOW / 5))


def _ask() -> None:
    st.session_state[_ASKED] = True


def _compute(view: View, geography: str) -> MethodCheck:
    bar = st.progress(0.0, text="Back-testing…")

    def advance(name: str, done: int, total: int) -> None:
        bar.progress(done / total, text=f"Back-testing: {name}")

    try:
        with heavy_work():  # somebody before may have asked for the same
            known = recall_check(view.world, view.query, geography)
            return known or compute_check(view.world, view.query, geography, advance)
    finally:
        bar.empty()


def _draw_check(view: View, check: MethodCheck) -> None:
    panels.draw_strip(check.say())
    windows = write_count(check.windows, "window")
    panels.draw_section(
        f"Found on {JUDGED:.0%} of the land",
        f"share of the incidents of the next {HORIZON} months; {windows}, {name_period(check.first, check.last)}; bars "
        "are 90% intervals",
        term="back-test",
    )
    panels.draw_chart(chart_methods(check.rows), key="methods")
    frame, config = _show_rows(check)
    st.dataframe(
        frame,
        column_config=config,
        hide_index=True,
        height=fit_rows(len(frame), 12),
        key="method-rows",
        alt=f"{len(frame)} methods, best first",
    )
    where = "wards" if check.geography == "wards" else f"cells of {check.cell_m:g} m"
    panels.draw_notes(
        view.world,
        choose(view.world, view.query),
        check.caveats,
        f"Rolling back-test: each method sees {PAST} months and is judged on the next {HORIZON}, on {check.areas:,} "
        f"{where} with {check.incidents:,} incidents; the period of the sidebar plays no part. All methods get exactly "
        "the same land. PAI: share found by share of land; PEI: of the best that could be found; RRI: below 1 the "
        "chosen land fell back more than the rest. Intervals by a moving-block bootstrap over windows.",
    )


def _show_rows(check: MethodCheck) -> tuple[pd.DataFrame, dict[str, Any]]:
    column = st.column_config
    frame = pd.DataFrame(
        {
            "method": [row.method for row in check.rows],
            "verdict": [row.verdict for row in check.rows],
            "found": [row.found * 100 for row in check.rows],
            "interval": [f"{row.found_low * 100:.1f} to {row.found_high * 100:.1f}" for row in check.rows],
            "gain": [row.gain_written for row in check.rows],
            "better": [row.better * 100 for row in check.rows],
            "found_1": [row.found_1 * 100 for row in check.rows],
            "found_10": [row.found_10 * 100 for row in check.rows],
            "pai": [row.pai for row in check.rows],
            "pei": [row.pei for row in check.rows],
            "rri": [row.rri for row in check.rows],
        }
    )
    return frame, {
        "method": column.TextColumn("Method", width=250),
        "verdict": column.TextColumn("Against the simple count", width=140),
        "found": column.NumberColumn("Found, %", width=72, format="%.1f", help="On 5% of the land."),
        "interval": column.TextColumn("90% interval", width=96),
        "gain": column.TextColumn("More in 100 (90%)", width=134, help="Than the count of the last 12 months."),
        "better": column.NumberColumn("Better in", width=72, format="%.0f%%", help="Share of windows."),
        "found_1": column.NumberColumn("On 1%", width=60, format="%.1f", help="Found on 1% of the land, %."),
        "found_10": column.NumberColumn("On 10%", width=64, format="%.1f", help="Found on 10% of the land, %."),
        "pai": column.NumberColumn("PAI", width=54, format="%.2f", help="Times as much as on land chosen blindly."),
        "pei": column.NumberColumn("PEI", width=54, format="%.2f", help="Share of the best that could be found."),
        "rri": column.NumberColumn("RRI", width=54, format="%.2f", help="Below 1: the chosen land fell back most."),
    }
