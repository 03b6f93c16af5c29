"""Did it work, and did crime move next door? One operation: the verdict first, then what it rests on.

The filters of the sidebar play no part: an evaluation takes all covered months and every type of crime.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from hotspots.errors import InputError
from hotspots.months import list_months, name_month, name_period
from hotspots.pipeline.impact_operation import find_start
from hotspots.pipeline.selection import choose
from hotspots.query import Query
from hotspots.ui import panels
from hotspots.ui.impact_analysts import draw_for_analysts
from hotspots.ui.impact_caches import find_impact, read_recorded, recall_impact
from hotspots.ui.impact_exploration import draw_exploration, draw_start_slider, list_starts
from hotspots.ui.impact_next_door import draw_next_door
from hotspots.ui.impact_panels import draw_course, draw_notice, draw_outcomes, draw_verdict, find_outcome, is_few
from hotspots.ui.ledger import find_entries, note_look
from hotspots.ui.links import BRIEFING, OPERATION, Link, draw_links, name_operation
from hotspots.ui.operation_choice import ask_for_operation, draw_operation_choice
from hotspots.ui.snapshot import draw_snapshot

if TYPE_CHECKING:
    from hotspots.pipeline.impact import Impact
    from hotspots.pipeline.impact_operation import RecordedOperation
    from hotspots.ui.shell import View

_STYLE = Path(__file__).resolve().parent / "assets" / "impact.css"
_ANALYSTS = "impact-analysts"


def draw_impact(view: View) -> None:
    """Draw the impact page.

    Raises
    ------
    UnknownNameError
        If the address names an operation or an outcome that is not there.
    InputError, StoreError
        If the ledger cannot be opened or read, or the pretended start leaves nothing to compare.
    """
    st.html(_STYLE)
    entries = find_entries(view.settings)
    if not view.query.operation:
        ask_for_operation(view, entries, title="Impact")
        return
    operation = read_recorded(view.settings, view.query.operation)
    note_look(view.settings, f"operation/{operation.record}/impact")
    value = operation.value
    panels.draw_title(
        f"Did it work? {value.brand or name_operation(value.name)}",
        period=value.area.name,
        world=view.world,
        detail=_say_start(operation),
        beside=lambda: draw_operation_choice(entries, operation.record),
    )
    links = [Link("Operation", OPERATION, view.query), Link("Briefing", BRIEFING, _brief(view.query))]
    draw_links(links, printable=True)
    panels.draw_embedded_notice(view.world)
    recorded, why_not = _find_recorded_start(operation)
    if why_not:
        panels.draw_message("No verdict yet", why_not)
        _draw_exploration(view, operation, None, None)
        return
    try:
        impact = _evaluate(view, operation, None)
    except InputError as error:
        panels.draw_message("No verdict: the data do not allow one", str(error))
        _draw_exploration(view, operation, None, recorded)
        return
    chosen = find_outcome(impact, view.query.measure)
    draw_verdict(impact)
    recorded_view = replace(view, query=replace(view.query, start=None))  # whatever is explored below
    draw_course(impact, chosen, slot="recorded")
    draw_snapshot(recorded_view, "impact", key="impact")
    draw_outcomes(impact)
    draw_snapshot(recorded_view, "forest", key="forest")
    caveats = draw_next_door(view, operation, impact, chosen, None)
    draw_snapshot(recorded_view, "displacement", key="displacement")
    _draw_exploration(view, operation, impact, recorded)
    _draw_analysts(view, operation, impact, chosen, None)
    _draw_notes(view, impact, caveats)


def _brief(query: Query) -> Query:
    """Ask for the briefing that tells what this page tells, its answer first."""
    sections = ("impact", "forest", "displacement", "map", "ranking", "trend", "multiples")
    return replace(query, template="board-report", sections=sections, start=None)


def _say_start(operation: RecordedOperation) -> str:
    known = operation.recorded_start
    if known is None:
        return "no start recorded"
    return f"began in {name_month(known[0])}" if known[0] == known[1] else f"began between {_join(*known)}"


def _join(first: int, last: int) -> str:
    return f"{name_month(first)} and {name_month(last)}"


def _find_recorded_start(operation: RecordedOperation) -> tuple[int | None, str]:
    """Find the month from which the operation is evaluated, or say why there is none and what to do."""
    value = operation.value
    if operation.recorded_start is None:
        return None, (
            f"No start of {value.name} is recorded, so nobody can say what was before and what after. Enter its Clear "
            "phase on the page of the operation; below you may explore a month of your own, which is no finding."
        )
    try:
        start, _aside = find_start(value, operation.windows)
    except InputError:
        return None, (
            f"The start of {value.name} is only known as {_join(*operation.recorded_start)}. Enter it to the month on "
            "the page of the operation; below you may explore a month of your own, which is no finding."
        )
    return start, ""


def _evaluate(view: View, operation: RecordedOperation, start: int | None) -> Impact:
    """Return an evaluation, with a bar while it is computed."""
    found = recall_impact(view.world, operation, start)
    if found is not None:
        return found
    bar = st.progress(0.0, text="Evaluating…")

    def advance(name: str, done: int, total: int) -> None:
        bar.progress(min(done / total, 1.0), text=f"Evaluating: {name} ({done} of {total})")

    try:
        return find_impact(view.world, operation, start, advance)
    finally:
        bar.empty()


def _draw_exploration(view: View, operation: RecordedOperation, headline: Impact | None, recorded: int | None) -> None:
    if not list_starts(view):
        panels.draw_message("Too few months are loaded", "An evaluation needs at least four covered months; load more.")
        return
    stays = "exploration: the verdict above stays as it is" if headline else "exploration, and no finding"
    panels.draw_section("What if it had begun in another month?", stays)
    draw_start_slider(view, operation, recorded)
    start = view.query.start
    if start is None or start == recorded:
        return
    draw_notice(
        f"Exploration: everything down to the end of this part pretends that {operation.value.name} began in "
        f"{name_month(start)}. It is not what happened, and no finding."
    )
    try:
        impact = _evaluate(view, operation, start)
    except InputError as error:
        panels.draw_message("This month cannot be explored", str(error))
        return
    draw_exploration(impact, headline)
    if headline is None:
        chosen = find_outcome(impact, view.query.measure)
        draw_course(impact, chosen, slot="pretended")
        caveats = draw_next_door(view, operation, impact, chosen, start)
        _draw_analysts(view, operation, impact, chosen, start)
        _draw_notes(view, impact, caveats)


def _draw_analysts(view: View, operation: RecordedOperation, impact: Impact, chosen: int, start: int | None) -> None:
    part = st.expander(
        "For analysts: methods, donors, placebos, event study, balance", key=_ANALYSTS, on_change="rerun"
    )
    if part.open:  # its charts are made and sent when somebody looks
        with part:
            draw_for_analysts(view, operation, impact, chosen, start)


def _draw_notes(view: View, impact: Impact, places: tuple[str, ...]) -> None:
    panel, world = impact.panel, view.world
    before, after = panel.months[panel.before], panel.months[panel.after]
    method = (
        "The area’s change less that of the areas it is compared with (difference-in-differences on counts), "
        f"{name_period(int(before[0]), int(before[-1]))} against "
        f"{name_period(int(after[0]), int(after[-1]))}: {int(panel.treated.sum())} treated and "
        f"{int(panel.donors.sum())} comparison areas, intervals from {impact.provenance['placebo_areas']} like areas "
        f"where nothing was done. Missing: {list_months(panel.missing) or 'no month'}. The filters of the sidebar play "
        "no part here."
    )
    read = [caveat for caveat in (*impact.caveats, *places) if not is_few(caveat)]
    panels.draw_notes(world, choose(world, Query()), read, method)
