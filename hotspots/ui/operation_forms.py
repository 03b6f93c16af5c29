"""The forms of the operations pages: an activity, a phase, a target, a published statement, an operation."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from hotspots.pipeline.operation_entry import (
    Editing,
    build_activity,
    build_milestone,
    build_operation,
    build_target,
    build_window,
    is_read_only,
    save_record,
    write_figures,
)
from hotspots.pipeline.operation_log import describe_values
from hotspots.record_values import entity_of, to_values
from hotspots.schemas_operations import Status
from hotspots.terms import Phase
from hotspots.ui import address
from hotspots.ui.author import author
from hotspots.ui.ledger import current_kinds, open_for_writing
from hotspots.ui.operation_panels import draw_caption
from hotspots.ui.record_forms import Actions, Field, begin, draw_form, state_of
from hotspots.views.phases import PHASE_NAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hotspots.activity_kinds import KindTable
    from hotspots.pipeline.operation_view import OperationView
    from hotspots.record_dates import RecordDate
    from hotspots.schemas_ledger import Activity, Record, Stored
    from hotspots.schemas_operations import Milestone, Operation, PhaseWindow, Target
    from hotspots.settings import Settings
    from hotspots.ui.shell import View

DATE_HINT = "such as 5 October 2020"
DATE_HELP = (
    "Day first, as in 5/10/2020 or 5 October 2020. Give October 2020 or 2020 when only the month or the year is known."
)
NOTE_HINT = "no names of people"
NOTE_HELP = "Counts and facts only: no person may be identified anywhere in the ledger."
_PHASES = tuple((phase.value, PHASE_NAMES[phase]) for phase in Phase)
FORMS = {
    "activity": "Activity",
    "phase": "Phase",
    "target": "Target",
    "milestone": "Published statement",
    "operation": "Operation",
}
"""The forms of an operation's page, by the entity that they enter."""


def draw_entry(view: View, answer: OperationView) -> None:
    """Draw the choice of forms and the chosen one: an activity, unless another was asked for."""
    chosen = st.segmented_control(
        "What to enter",
        list(FORMS),
        format_func=lambda entity: FORMS[entity],
        key="entry-form",
        default="activity",
        required=True,
    )
    if chosen == "activity" and not answer.windows:
        draw_caption(
            "No phase has been entered yet. What you record here counts in none, and in that of its date as soon as "
            "the phase is entered."
        )
    drawers = {
        "activity": draw_activity_form,
        "phase": draw_phase_form,
        "target": draw_target_form,
        "milestone": draw_milestone_form,
        "operation": draw_operation_form,
    }
    drawers[chosen or "activity"](view, answer)


def open_form(entity: str) -> None:
    """Go to one of the forms; only in a callback."""
    st.session_state["entry-form"] = entity
    address.choose_on_page("view", "record")


def form_name(entity: str, operation: str) -> str:
    """Name a form: each operation has its own."""
    return f"{entity}:{operation}"


def draw_activity_form(view: View, answer: OperationView) -> None:
    """Draw the form for an activity; it corrects one when the log has opened one here."""
    code = answer.operation.record
    kinds = current_kinds(view.settings)
    form = form_name("activity", code)
    editing = state_of(form).editing
    if editing is not None:
        st.button("Enter a new one instead", key=f"{form}:new", on_click=begin, args=(form, {}, None))
    wards = _list_wards(view, answer)
    rows = (
        (
            Field("date", "Date", hint=DATE_HINT, help=DATE_HELP),
            Field("kind", "What was done", "choice", _list_kinds(kinds), hint="Choose a kind of activity"),
            Field(
                "quantity", "How many or how much", hint="such as 3",
                help="In the unit of its kind: a number, pounds, kilograms, hours. “over 500” is a lower bound.",
            ),
        ),
        (
            Field(
                "phase", "Counts in", "choice", (("", "the phase of its date"), *_PHASES),
                help="Needed where phases overlap: the activity is counted once, in the phase chosen here.",
            ),
            Field("partner", "Unit or partner", hint="such as Neighbourhood Team"),
            Field("ward_code", "Ward", "choice", (("", "none"), *wards)),
        ),
        (
            Field("place", "Place", hint="no addresses of people"),
            Field("source", "Source document", hint="such as Briefing 12"),
            Field("note", "Note", hint=NOTE_HINT, help=NOTE_HELP),
        ),
    )  # fmt: skip
    draw_form(
        form,
        rows,
        submit="Save the correction" if editing else "Record this activity",
        settings=view.settings,
        kinds=kinds,
        actions=Actions(partial(build_activity, kinds, code), partial(save, view.settings), partial(tell, kinds)),
    )


def draw_phase_form(view: View, answer: OperationView) -> None:
    """Draw the form for a phase window."""
    kinds = current_kinds(view.settings)
    form = form_name("phase", answer.operation.record)
    _pick_record(form, "Phase", answer.windows, kinds, window_fields)
    rows = (
        (
            Field("phase", "Phase", "choice", _PHASES),
            Field("start", "Began", hint=DATE_HINT, help=DATE_HELP),
            Field("end", "Ended", hint="empty while it runs", help="Phases may overlap and repeat."),
        ),
        (
            Field("planned_start", "Planned to begin", hint=DATE_HINT),
            Field("planned_end", "Planned to end", hint=DATE_HINT),
            Field("note", "Note", hint=NOTE_HINT, help=NOTE_HELP),
        ),
    )
    draw_form(
        form,
        rows,
        submit="Save the correction" if state_of(form).editing else "Enter this phase",
        settings=view.settings,
        kinds=kinds,
        actions=Actions(
            partial(build_window, answer.operation.record), partial(save, view.settings), partial(tell, kinds)
        ),
    )


def draw_target_form(view: View, answer: OperationView) -> None:
    """Draw the form for a target."""
    kinds = current_kinds(view.settings)
    form = form_name("target", answer.operation.record)
    _pick_record(form, "Target", answer.targets, kinds, target_fields)
    rows = (
        (
            Field("kind", "What is to be reached", "choice", _list_kinds(kinds), hint="Choose a kind of activity"),
            Field("phase", "In the phase", "choice", _PHASES),
            Field("quantity", "How many or how much", hint="such as 40"),
        ),
        (
            Field("by", "By", hint="such as 31 March 2023", help=DATE_HELP),
            Field("note", "Note", hint=NOTE_HINT, help=NOTE_HELP),
        ),
    )
    draw_form(
        form,
        rows,
        submit="Save the correction" if state_of(form).editing else "Set this target",
        settings=view.settings,
        kinds=kinds,
        actions=Actions(
            partial(build_target, kinds, answer.operation.record), partial(save, view.settings), partial(tell, kinds)
        ),
    )


def draw_milestone_form(view: View, answer: OperationView) -> None:
    """Draw the form for a published statement; what the program carries is shown and not corrected."""
    kinds = current_kinds(view.settings)
    form = form_name("milestone", answer.operation.record)
    own = [one for one in answer.milestones if not is_read_only(one)]
    _pick_record(form, "Statement", own, kinds, milestone_fields)
    rows = (
        (
            Field("as_at", "As at", hint="such as October 2021", help=DATE_HELP),
            Field("label", "Label", hint="such as 12 months"),
            Field("source", "Source", hint="who published it, and when"),
            Field("url", "Address", hint="such as https://…"),
        ),
        (
            Field("statement", "Statement, as published", "area", hint="such as: Over 500 arrests and 27 warrants."),
            Field(
                "figures", "Its figures, one a line", "area", hint="such as\narrests: over 500\nwarrants: 27",
                help="Kind, colon, number: what had been reached since it began; “over” stays “over”.",
            ),
            Field("note", "Note", "area", hint=NOTE_HINT, help=NOTE_HELP),
        ),
    )  # fmt: skip
    draw_form(
        form,
        rows,
        submit="Save the correction" if state_of(form).editing else "Enter this statement",
        settings=view.settings,
        kinds=kinds,
        actions=Actions(
            partial(build_milestone, kinds, answer.operation.record), partial(save, view.settings), partial(tell, kinds)
        ),
    )


def draw_operation_form(view: View, answer: OperationView) -> None:
    """Draw the form that corrects the operation itself."""
    form = form_name("operation", answer.operation.record)
    if state_of(form).editing is None:
        begin(
            form, operation_fields(answer.operation.value), Editing(answer.operation.record, answer.operation.version)
        )
    _draw_operation(view, form, submit="Save the correction", code=answer.operation.record)


def draw_new_operation(view: View) -> None:
    """Draw the form that enters an operation."""
    _draw_operation(view, "operation:new", submit="Enter this operation", code="")


def _draw_operation(view: View, form: str, *, submit: str, code: str) -> None:
    world = view.world
    areas = tuple((unit.code, unit.name) for unit in world.units if unit.kind == "area")
    wards = tuple((unit.code, unit.label) for unit in world.units if unit.kind == "ward")
    rows = (
        (
            Field("name", "Name", hint="such as Momentum"),
            Field("brand", "Local brand", hint="the name that residents know"),
            Field("status", "Status", "choice", (("", "not stated"), *((one.value, one.title()) for one in Status))),
            Field("started", "Began", hint=DATE_HINT, help=f"{DATE_HELP} Activities before it are refused."),
        ),
        (
            Field("area_name", "Name of its area", hint="as chosen, when empty"),
            Field("area_code", "Named area", "choice", (("", "none"), *areas)),
            Field("ward_codes", "Or wards", "choices", wards, hint="Choose wards"),
            Field(
                "polygon",
                "Or a polygon",
                "area",
                hint='such as {"type": "Polygon", …}',
                help="GeoJSON in degrees (WGS 84).",
            ),
        ),
        (
            Field("lead_force", "Lead force", hint="such as Northumbria Police"),
            Field("lead_unit", "Lead unit"),
            Field("crime_groups", "Crime groups targeted", hint="a number, never names"),
            Field("source", "Source"),
        ),
        (
            Field("aims", "Aims", "area"),
            Field("note", "Note", "area", hint=NOTE_HINT, help=NOTE_HELP),
        ),
    )
    kinds = current_kinds(view.settings)

    def build(fields: dict[str, Any]) -> Operation:
        chosen = dict((*areas, *wards)).get(fields["area_code"] or (fields["ward_codes"] or [""])[0], "")
        named = fields["area_name"].strip() or (chosen if len(fields["ward_codes"] or ()) <= 1 else "")
        return build_operation({**fields, "code": code, "area_name": named})

    draw_form(
        form,
        rows,
        submit=submit,
        settings=view.settings,
        kinds=kinds,
        actions=Actions(build, partial(save, view.settings), partial(tell, kinds)),
    )


def save(settings: Settings, value: Record, editing: Editing | None) -> Stored[Any]:
    """Enter or correct a record as whoever sits at the screen."""
    return save_record(open_for_writing(settings), value, by=author(), editing=editing)


def tell(kinds: KindTable, stored: Stored[Any]) -> str:
    """Say what was saved."""
    what = describe_values(entity_of(stored.value), to_values(stored.value), kinds)
    version = f" (version {stored.version})" if stored.version > 1 else ""
    return f"{what.rstrip('.')}{version}. It is in the ledger and in the audit log."


def activity_fields(value: Activity) -> dict[str, str]:
    """Write an activity as the fields of its form."""
    return {
        "date": write_date_field(value.date),
        "kind": value.kind,
        "quantity": f"{'over ' if value.at_least else ''}{value.quantity:,f}",
        "phase": value.phase.value if value.phase and value.phase_chosen else "",
        "partner": value.partner,
        "place": value.place,
        "ward_code": value.ward_code,
        "note": value.note,
        "source": value.source,
    }


def window_fields(value: PhaseWindow) -> dict[str, str]:
    """Write a phase window as the fields of its form."""
    dates = {name: getattr(value, name) for name in ("start", "end", "planned_start", "planned_end")}
    return {
        "phase": value.phase.value,
        "note": value.note,
        **{name: write_date_field(date) if date else "" for name, date in dates.items()},
    }


def target_fields(value: Target) -> dict[str, str]:
    """Write a target as the fields of its form."""
    return {
        "kind": value.kind,
        "phase": value.phase.value,
        "quantity": f"{value.quantity:,f}",
        "by": value.by.strftime("%d/%m/%Y"),
        "note": value.note,
    }


def milestone_fields(value: Milestone) -> dict[str, str]:
    """Write a published statement as the fields of its form."""
    return {
        "as_at": write_date_field(value.as_at),
        "label": value.label,
        "statement": value.statement,
        "source": value.source,
        "url": value.url,
        "figures": write_figures(value),
        "note": value.note,
    }


def operation_fields(value: Operation) -> dict[str, Any]:
    """Write an operation as the fields of its form."""
    return {
        "name": value.name,
        "brand": value.brand,
        "status": value.status.value if value.status else "",
        "started": write_date_field(value.started) if value.started else "",
        "area_name": value.area.name,
        "area_code": value.area.area_code,
        "ward_codes": value.area.ward_codes,
        "polygon": value.area.polygon,
        "lead_force": value.lead_force,
        "lead_unit": value.lead_unit,
        "crime_groups": "" if value.crime_groups is None else str(value.crime_groups),
        "source": value.source,
        "aims": value.aims,
        "note": value.note,
    }


def write_date_field(date: RecordDate) -> str:
    """Write a date as people do, and a stretch of days in the one form that is read back."""
    return date.format() if date.precision == "period" else date.name()


def _pick_record(form: str, what: str, records: Sequence[Stored[Any]], kinds: KindTable, to_fields: Any) -> None:
    """Let an editor choose between a new record and one to correct."""
    if not records:
        return
    of_record = {one.record: one for one in records}
    key = f"pick:{form}:{state_of(form).number}"

    def load() -> None:
        chosen = of_record.get(st.session_state[key])
        if chosen is None:
            begin(form, {}, None)
        else:
            begin(form, to_fields(chosen.value), Editing(chosen.record, chosen.version))

    editing = state_of(form).editing
    options = ["", *of_record]
    st.selectbox(
        f"{what}: new, or one to correct",
        options,
        index=options.index(editing.record) if editing and editing.record in of_record else 0,
        format_func=lambda record: (
            describe_values(entity_of(of_record[record].value), to_values(of_record[record].value), kinds)[:110]
            if record
            else "a new one"
        ),
        key=key,
        on_change=load,
    )


def _list_kinds(kinds: KindTable) -> tuple[tuple[str, str], ...]:
    def label(code: str) -> str:
        kind = kinds.by_code[code]
        unit = {"count": "", "GBP": " (£)", "percent": " (%)"}.get(kind.unit, f" ({kind.unit})")
        return f"{kind.group.title()} – {kind.label}{unit if kind.unit.casefold() not in kind.label.casefold() else ''}"

    return tuple((kind.code, label(kind.code)) for kind in kinds.kinds)


def _list_wards(view: View, answer: OperationView) -> tuple[tuple[str, str], ...]:
    """List wards to choose from, the operation's own first."""
    area = answer.operation.value.area
    named = next((unit.wards for unit in view.world.units if unit.code == area.area_code), ())
    own = {view.world.boundaries.codes[ward] for ward in named} | set(area.ward_codes)
    wards = sorted(
        (unit for unit in view.world.units if unit.kind == "ward"), key=lambda unit: (unit.code not in own, unit.label)
    )
    return tuple((unit.code, unit.label) for unit in wards)
