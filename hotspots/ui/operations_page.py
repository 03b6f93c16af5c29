"""All operations: one timeline, where each stands, where they work, and how they compare on the same clock."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from hotspots.access import Action, may
from hotspots.errors import InputError
from hotspots.pipeline.operation_compare import MOST_COMPARED, choose_compared
from hotspots.pipeline.overview import choose_figures
from hotspots.record_dates import name_day
from hotspots.ui import address, panels
from hotspots.ui.author import draw_author
from hotspots.ui.caches import find_overview, find_shapes
from hotspots.ui.ledger import current_kinds, find_comparison, find_operations_view
from hotspots.ui.operation_areas import area_trends, operation_outlines, operation_wards
from hotspots.ui.operation_forms import draw_new_operation
from hotspots.ui.operation_panels import draw_caption, draw_flash, draw_operation_style, timeline_row
from hotspots.ui.tables import fit_rows
from hotspots.ui.ward_map import draw_ward_map
from hotspots.views.browser_map import AreaFigures, build_ward_map, write_ward_map
from hotspots.views.classes import classify
from hotspots.views.curves import ClockCurve, chart_clock
from hotspots.views.scorecards import write_legend
from hotspots.views.timeline import chart_timeline, shows_today
from hotspots.views.wording import NOT_KNOWN, write_count, write_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hotspots.pipeline.operations_view import Glance, OperationsView
    from hotspots.ui.shell import View

MAP_HEIGHT = 400
"""Pixels of the map and of the table beside it."""
TALL, LOW = 66, 30
"""Pixels of a row of the timeline: when there are few operations, and when there are many."""
FEW = 8
SHOWN_ROWS = 14
"""Rows of the timeline that are seen before it scrolls."""
DEFAULT_KIND = "arrests"
_TABLE = "operations-table"


def draw_operations(view: View) -> None:
    """Draw the page of all operations.

    Raises
    ------
    InputError, StoreError
        If the ledger cannot be opened or read.
    """
    draw_operation_style()
    answer = find_operations_view(view.settings)
    panels.draw_title("Operations", period=_say_counts(answer), world=view.world)
    draw_flash()
    if not answer.glances:
        panels.draw_message("No operation yet", "Enter the first one below; its phases and activities follow.")
    else:
        _draw_timeline(view, answer)
        left, right = st.columns([11, 10], gap="medium")
        with left:
            _draw_glances(answer)
        with right:
            panels.draw_section("Where they work", "over the ranking of wards; click one to open it")
            _draw_map(view, answer)
        _draw_comparison(view, answer)
    if may(view.person, Action.RECORD):
        with st.expander("Enter a new operation", expanded=not answer.glances):
            draw_author()
            draw_new_operation(view)


def _say_counts(answer: OperationsView) -> str:
    parts = [write_count(len(answer.glances), "operation"), f"{answer.active} in a phase today"]
    parts += [write_count(answer.activities, "activity", "activities")]
    if answer.statements:
        parts.append(write_count(answer.statements, "published statement"))
    return " · ".join(parts)


def _draw_timeline(view: View, answer: OperationsView) -> None:
    panels.draw_section(
        "Timeline", "phases as bars, activities as circles, the crime of each area behind", term="clear-hold-build"
    )
    trends = area_trends(view, tuple(glance.entry.stored.value.area for glance in answer.glances))
    rows = [timeline_row(glance, trend) for glance, trend in zip(answer.glances, trends, strict=True)]
    height = TALL if len(rows) <= FEW else LOW
    chart = chart_timeline(rows, today=answer.today, row_height=height)
    if len(rows) > SHOWN_ROWS:
        with st.container(height=SHOWN_ROWS * height, border=False):
            panels.draw_chart(chart, key="operations-timeline")
    else:
        panels.draw_chart(chart, key="operations-timeline")
    panels.draw_html(write_legend(today=shows_today(rows, answer.today)))


def _draw_glances(answer: OperationsView) -> None:
    panels.draw_section("Status at a glance", "choose a row to open the operation")
    frame, config = show_glances(answer.glances)
    codes = [glance.code for glance in answer.glances]

    def choose() -> None:
        rows = st.session_state[_TABLE]["selection"]["rows"]
        if rows:
            address.choose_operation(codes[rows[0]])
            st.session_state["open-operation"] = True

    st.dataframe(
        frame,
        column_config=config,
        hide_index=True,
        height=fit_rows(len(frame), (MAP_HEIGHT - 40) // 33),
        key=_TABLE,
        on_select=choose,
        selection_mode="single-row",
        alt=f"{len(frame)} operations with their phases and records",
    )
    if st.session_state.pop("open-operation", False):
        st.switch_page("pages/operation.py")


def _open_operation(code: str) -> None:
    address.choose_operation(code)
    st.session_state["open-operation"] = True


def show_glances(glances: Sequence[Glance]) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Turn operations into a table for the page."""
    column = st.column_config
    frame = pd.DataFrame(
        {
            "operation": [glance.name for glance in glances],
            "area": [glance.entry.stored.value.area.name for glance in glances],
            "standing": [glance.standing for glance in glances],
            "weeks": ["–" if glance.weeks is None else f"{glance.weeks:,}" for glance in glances],
            "activities": [glance.entry.activities for glance in glances],
            "targets": [glance.targets for glance in glances],
            "last": [name_day(glance.entry.last) if glance.entry.last else "–" for glance in glances],
            "published": [f"{glance.entry.milestones or NOT_KNOWN}" for glance in glances],
            "next": [glance.next_step for glance in glances],
            "lead": [
                " ".join(filter(None, (glance.entry.stored.value.lead_force, glance.entry.stored.value.lead_unit)))
                for glance in glances
            ],
        }
    )
    config = {
        "operation": column.TextColumn("Operation", width=112),
        "area": column.TextColumn("Area", width=84),
        "standing": column.TextColumn("Phase now", width=122),
        "weeks": column.TextColumn("Weeks", width=50, help="Whole weeks since Clear began."),
        "activities": column.NumberColumn("Records", width=58, format="localized", help="Activities on record."),
        "targets": column.TextColumn("On pace", width=62, help="Targets that are reached or on pace, of all."),
        "published": column.TextColumn("Published", width=66, help="Published statements with their sources."),
        "last": column.TextColumn("Last activity", width=116),
        "next": column.TextColumn("What is missing", width=170),
        "lead": column.TextColumn("Lead", width=190),
    }
    return frame, config


def _draw_map(view: View, answer: OperationsView) -> None:
    world = view.world
    areas = tuple((glance.code, glance.entry.stored.value.area) for glance in answer.glances)
    named = operation_outlines(
        view, tuple((glance.code, glance.name, glance.entry.stored.value.area) for glance in answer.glances)
    )
    wards_of = operation_wards(view, areas)
    at_ward = {world.boundaries.codes[ward]: code for code, wards in wards_of.items() for ward in wards}
    names = {glance.code: glance.name for glance in answer.glances}
    try:
        overview = find_overview(world, replace(view.query, area=""))
        figures = choose_figures(overview.score, view.query.show)
        values, classes = figures.values, figures.classes
    except InputError:
        # The filters match no incident: the operations are shown all the same, on a map without classes.
        values = np.full(len(world.boundaries), np.nan)
        classes = classify(values, title="No incident matches the filters")
    data = build_ward_map(
        world.boundaries,
        classes=classes,
        wards=AreaFigures(
            values=values,
            labels=("Operation", classes.title.split(",")[0]),
            figures=tuple(
                (names[at_ward[code]] if code in at_ward else "none", write_number(value, decimals=classes.decimals))
                for code, value in zip(world.boundaries.codes, values.tolist(), strict=True)
            ),
        ),
        clusters={"type": "FeatureCollection", "features": []},
        named=named,
        description=(
            f"Map of {write_count(len(named['features']), 'operation area')} over {classes.title}. The table beside it "
            "lists the operations. Arrow keys move the map, plus and minus zoom, Enter chooses the ward at its centre."
        ),
        height=MAP_HEIGHT,
    )
    data |= {"named_label": "Operation area", "focus_label": "Operations"}

    def choose(ward: str) -> None:
        if ward in at_ward:
            _open_operation(at_ward[ward])

    draw_ward_map(write_ward_map(data), find_shapes(world), codes=world.boundaries.codes, on_choose=choose)
    missing = [names[code] for code, wards in wards_of.items() if not wards]
    if missing:
        draw_caption(f"Not on the map, because the loaded boundaries do not hold their areas: {', '.join(missing)}.")


def _draw_comparison(view: View, answer: OperationsView) -> None:
    entries = tuple(glance.entry for glance in answer.glances)
    chosen = choose_compared(entries, view.query.compare)
    kinds = current_kinds(view.settings)
    strange = [code for code in view.query.compare if answer.find(code) is None]
    panels.draw_section("On the same clock", "each operation from the week in which its Clear phase began")
    pick, kind_pick = st.columns([3, 1])
    names = {entry.stored.record: entry.stored.value.name for entry in entries}
    pick.multiselect(
        "Operations",
        list(names),
        default=[entry.stored.record for entry in chosen],
        format_func=lambda code: names.get(code, code),
        max_selections=MOST_COMPARED,
        key="compare-choice",
        on_change=lambda: address.choose_on_page("compare", st.session_state["compare-choice"]),
        placeholder="Choose operations to compare",
    )
    codes = list(kinds.by_code)
    kind = kinds.find(view.query.kind).code if view.query.kind else DEFAULT_KIND
    kind_pick.selectbox(
        "Of what",
        codes,
        index=codes.index(kind),
        format_func=kinds.name,
        key="compare-kind",
        on_change=lambda: address.choose_on_page("kind", st.session_state["compare-kind"]),
    )
    if not chosen:
        panels.draw_message(
            "Nothing to compare yet",
            "No operation has a Clear phase with activities; open one and enter when Clear began.",
        )
        return
    found = find_comparison(view.settings, chosen, kind)
    if found.lines:
        curves = [
            ClockCurve(line.name, name_day(line.start), line.weeks, line.values, line.at_least) for line in found.lines
        ]
        panels.draw_chart(chart_clock(curves, label=found.label, unit=found.unit), key="clock")
    say = [f"Not in the ledger: {', '.join(strange)}."] if strange else []
    if found.without_clock:
        say.append(f"No Clear phase entered: {', '.join(found.without_clock)}.")
    if found.without_records:
        say.append(f"No record of {found.label.casefold()}: {', '.join(found.without_records)}.")
    early = [f"{line.name} {line.before.normalize():,f}" for line in found.lines if line.before]
    if early:
        say.append(f"Recorded before Clear began, and counted in week 0: {', '.join(early)}.")
    if say:
        draw_caption(" ".join(say))
