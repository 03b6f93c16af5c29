"""One operation: scorecards by phase, curves, where it acted, what was published; its log, its forms, its files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from hotspots.access import Action, may, require
from hotspots.activity_kinds import Total
from hotspots.pipeline.operation_cards import list_published, make_row, to_scorecard
from hotspots.pipeline.operation_entry import is_read_only
from hotspots.pipeline.operation_view import draw_curves, list_kinds_shown
from hotspots.record_dates import name_day
from hotspots.ui import address, panels
from hotspots.ui.activity_log import draw_log, show_records
from hotspots.ui.area_searches import draw_area_searches
from hotspots.ui.audit_panel import draw_audit
from hotspots.ui.author import draw_author
from hotspots.ui.import_panel import draw_files
from hotspots.ui.ledger import current_kinds, find_entries, find_operation_view, note_look
from hotspots.ui.links import AREA, BRIEFING, IMPACT, MOST, Link, draw_links, list_areas_of, name_operation
from hotspots.ui.operation_areas import area_trends
from hotspots.ui.operation_choice import ask_for_operation, draw_operation_choice
from hotspots.ui.operation_forms import draw_entry, open_form
from hotspots.ui.operation_grid import draw_grid
from hotspots.ui.operation_map import draw_activity_map
from hotspots.ui.operation_panels import draw_caption, draw_flash, draw_operation_style
from hotspots.ui.snapshot import draw_snapshot
from hotspots.views.curves import PhaseCurve, Point, Step, chart_curves
from hotspots.views.phases import PHASE_NAMES, write_quantity
from hotspots.views.scorecards import (
    Story,
    Sum,
    write_legend,
    write_pair,
    write_published,
    write_scorecards,
    write_story,
)
from hotspots.views.timeline import chart_timeline, shows_today
from hotspots.views.wording import write_count

if TYPE_CHECKING:
    from hotspots.activity_kinds import KindTable
    from hotspots.pipeline.operation_view import OperationView
    from hotspots.schemas_operations import OperationArea
    from hotspots.ui.shell import View

VIEWS = {
    "": "Scorecard",
    "log": "Log",
    "record": "Enter",
    "rows": "Edit many rows",
    "files": "Import and export",
    "audit": "Audit log",
}
"""What the page shows below its title, by its name in the address."""
_NEEDS = {"record": Action.RECORD, "rows": Action.RECORD, "files": Action.RECORD}
"""What somebody must be allowed to do in the operation's area for some of it."""
TIMELINE_HEIGHT = 132
"""Pixels of the operation's own timeline."""


def draw_operation(view: View) -> None:
    """Draw the page of one operation.

    Raises
    ------
    UnknownNameError
        If the address names an operation that is not there.
    InputError, StoreError
        If the ledger cannot be opened or read.
    """
    draw_operation_style()
    entries = find_entries(view.settings)
    if not view.query.operation:
        ask_for_operation(view, entries, title="Operation")
        return
    answer = find_operation_view(view.settings, view.query.operation)
    value = answer.operation.value
    panels.draw_title(
        value.brand or name_operation(value.name),
        period=value.area.name,
        world=view.world,
        detail=_say_standing(answer),
        beside=lambda: draw_operation_choice(entries, answer.operation.record),
    )
    draw_links(_list_links(view, answer))
    chosen = _choose_view(view, value.area)
    if chosen in _NEEDS:
        require(view.person, _NEEDS[chosen], value.area)
    note_look(view.settings, f"operation/{answer.operation.record}/{chosen or 'scorecard'}")
    draw_flash()
    match chosen:
        case "log":
            draw_area_searches(view, answer, advise=False)
            draw_log(view, answer)
        case "record":
            draw_author()
            draw_entry(view, answer)
        case "rows":
            draw_author()
            draw_grid(view, answer)
        case "files":
            draw_author()
            draw_files(view, answer)
        case "audit":
            draw_audit(view, answer)
        case _:
            _draw_scorecard(view, answer)


def _list_links(view: View, answer: OperationView) -> list[Link]:
    """List the next steps from an operation: the areas where it works, its effect, and the briefing."""
    query = view.query
    areas = list_areas_of(view, answer.operation.value.area)
    links = [Link(f"Area: {unit.name}", AREA, replace(query, area=unit.code)) for unit in areas[:MOST]]
    return [*links, Link("Did it work?", IMPACT, query), Link("Briefing", BRIEFING, query)]


def _say_standing(answer: OperationView) -> str:
    value = answer.operation.value
    parts = [value.status.title()] if value.status else []
    parts += [f"in {' and '.join(phase.title() for phase in answer.now)}"] if answer.now else []
    parts += [f"{write_count(answer.weeks, 'week')} since Clear began"] if answer.weeks is not None else []
    if value.started and answer.weeks is None:
        parts.append(f"began {value.started.when()}")
    if value.crime_groups is not None:
        parts.append(write_count(value.crime_groups, "organised crime group"))
    return " · ".join(filter(None, parts))


def _choose_view(view: View, ground: OperationArea) -> str:
    """Let the reader choose what is shown; what is not open to them is left out, and refused when asked for."""
    current = view.query.view if view.query.view in VIEWS else ""
    key = f"operation-view-{view.query.operation}-{current}"
    st.segmented_control(
        "What to show",
        [code for code in VIEWS if code == current or may(view.person, _NEEDS.get(code, Action.LOOK), ground)],
        format_func=lambda code: VIEWS[code],
        default=current,
        required=True,
        key=key,
        on_change=lambda: address.choose_on_page("view", st.session_state[key] or ""),
        label_visibility="collapsed",
    )
    return current


def go_to(name: str) -> None:
    """Change what the page shows; only in a callback."""
    address.choose_on_page("view", name)


def _draw_scorecard(view: View, answer: OperationView) -> None:
    kinds = current_kinds(view.settings)
    if answer.published:
        panels.draw_section("Published", "the latest statement about each; “over” stays as it was published")
        panels.draw_html(write_published(list_published(answer.published)))
    if not answer.windows:
        panels.draw_message(
            "No phase has been entered yet",
            f"Nothing is known here of when {answer.operation.value.name} cleared, held or built. Enter its first "
            "phase, then its activities; scorecards, curves and pace follow from them.",
        )
        st.button("Enter a phase", type="primary", on_click=open_form, args=("phase",))
    _draw_timeline(view, answer)
    if answer.windows or answer.records:
        _draw_trace(answer)
        panels.draw_html(write_scorecards([to_scorecard(scorecard) for scorecard in answer.scorecards]))
        draw_snapshot(view, "phases", key="phases")
    draw_area_searches(view, answer)
    left, right = st.columns([11, 10], gap="medium")
    with left:
        _draw_curves(view, answer, kinds)
        if answer.records:
            draw_activity_map(view, answer)
    with right:
        panels.draw_section("Enforcement and safeguarding", "all phases; each record counted once")
        st.html(
            write_pair(
                [
                    Sum(one.label, write_quantity(one.quantity, one.unit, at_least=one.at_least))
                    for one in answer.enforcement
                ],
                [
                    Sum(one.label, write_quantity(one.quantity, one.unit, at_least=one.at_least))
                    for one in answer.safeguarding
                ],
                published=bool(answer.published),
            )
        )
        if answer.milestones:
            panels.draw_section("Milestones", "as published, with their sources")
            panels.draw_html(write_story([_to_story(one) for one in answer.milestones]))
    _draw_notes(answer)


def _draw_timeline(view: View, answer: OperationView) -> None:
    trend = area_trends(view, (answer.operation.value.area,))[0]
    if not (answer.bars or answer.months or answer.milestones or trend):
        return
    panels.draw_section(
        "Phases", "with activities and published statements, before the crime of the area", term="clear-hold-build"
    )
    row = make_row(
        answer.operation.value.name, answer.bars, answer.months, [one.value for one in answer.milestones], trend
    )
    chart = chart_timeline([row], today=answer.today, row_height=TIMELINE_HEIGHT, axis_names=False)
    panels.draw_chart(chart, key="operation-timeline")
    panels.draw_html(write_legend(today=shows_today([row], answer.today)))
    draw_snapshot(view, "activity", key="activity")


def _to_story(one: Any) -> Story:
    said = one.value
    return Story(
        when=said.as_at.name(),
        label=said.label,
        statement=said.statement,
        source=said.source,
        url=said.url,
        note=said.note,
        read_only=is_read_only(one),
    )


def _draw_trace(answer: OperationView) -> None:
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        panels.draw_section("Scorecards", "this phase, all phases, target and pace, month by month", term="pace")
    figures = [
        (card.metric.kind, scorecard.phase, card.metric)
        for scorecard in answer.scorecards
        for card in scorecard.cards
        if card.metric.records
    ]
    if not figures:
        return

    def show() -> None:
        place = st.session_state["trace"]
        if place is not None:
            kind, phase, _metric = figures[place]
            show_records(answer.operation.record, kind, phase)
            go_to("log")

    with right:
        st.selectbox(
            "Show the records behind a figure",
            range(len(figures)),
            index=None,
            format_func=lambda place: (
                f"{PHASE_NAMES[figures[place][1]]} – {figures[place][2].label}: "
                f"{write_count(figures[place][2].records, 'record')}"
            ),
            key="trace",
            on_change=show,
            placeholder="Show the records behind a figure",
            label_visibility="collapsed",
        )


def _draw_curves(view: View, answer: OperationView, kinds: KindTable) -> None:
    shown = list_kinds_shown(answer)
    title, pick = st.columns([3, 2], vertical_alignment="bottom")
    with title:
        panels.draw_section("So far", "by phase; ▲ published as “over”, ◆ published")
    if not shown:
        draw_caption("Nothing has been recorded yet; curves begin with the first activity.")
        return
    kind = view.query.kind if view.query.kind in shown else shown[0]
    with pick:
        st.selectbox(
            "Curve of",
            shown,
            index=shown.index(kind),
            format_func=kinds.name,
            key=f"curve-{answer.operation.record}-{kind}",
            on_change=lambda: address.choose_on_page(
                "kind", st.session_state[f"curve-{answer.operation.record}-{kind}"]
            ),
            label_visibility="collapsed",
        )
    known = kinds.by_code.get(kind)
    curves = draw_curves(answer.days, kind, adds=known is None or known.total is Total.SUM)
    published = [
        Point(said.as_at.last, said.as_at.name(), figure.quantity, figure.at_least, said.statement)
        for one in answer.milestones
        for said in (one.value,)
        for figure in said.figures
        if figure.kind == kind
    ]
    targets = [
        Point(one.value.by, name_day(one.value.by), one.value.quantity, False, f"{one.value.phase.title()} target")
        for one in answer.targets
        if one.value.kind == kind
    ]
    last = max((curve.days[-1] for curve in curves), default=answer.today)
    panels.draw_chart(
        chart_curves(
            [
                PhaseCurve(
                    curve.phase,
                    tuple(Step(day, value) for day, value in zip(curve.days, curve.values, strict=True)),
                    curve.at_least,
                )
                for curve in curves
            ],
            label=kinds.name(kind),
            unit=known.unit if known else "",
            published=published,
            targets=targets,
            until=last,
        ),
        key="curves",
    )


def _draw_notes(answer: OperationView) -> None:
    value = answer.operation.value
    lead = " ".join(filter(None, (value.lead_force, value.lead_unit)))
    said = [lead and f"Led by {lead}.", value.aims and f"Aims: {value.aims}", value.note]
    said += [value.source and f"Source: {value.source}."]
    said += [
        (
            "Pace is even: a target of 40 in 20 weeks expects 10 after five. Its clock begins with the first window of "
            "its phase."
        ),
        "A published statement is never added to the records, which may be part of it.",
        (
            "Behind the phases: police.uk incidents of the area, of the types and the period in the sidebar; drugs and "
            "weapons offences stand apart, because police work finds them."
        ),
    ]
    panels.draw_section("Read with care")
    for text in filter(None, said):
        draw_caption(text)
