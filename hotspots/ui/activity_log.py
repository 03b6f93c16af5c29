"""The log of an operation's activities: filters, the sum of what they leave, and a record with its versions."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from hotspots.access import Action, may
from hotspots.errors import ConflictError, HotspotsError, InputError
from hotspots.pipeline.operation_entry import Editing, remove_record
from hotspots.pipeline.operation_log import describe_values, name_moment
from hotspots.record_dates import name_day, parse_record_date
from hotspots.record_values import to_values
from hotspots.store.ledger import ActivityFilter, list_activities, list_versions
from hotspots.terms import Phase
from hotspots.ui import panels
from hotspots.ui.author import author, draw_author
from hotspots.ui.ledger import current_kinds, open_for_writing, reading
from hotspots.ui.operation_forms import activity_fields, form_name, open_form
from hotspots.ui.operation_panels import draw_caption, flash
from hotspots.ui.record_forms import begin
from hotspots.ui.tables import fit_rows
from hotspots.ui.undo import offer_undo
from hotspots.views.phases import PHASE_NAMES, write_quantity
from hotspots.views.wording import write_count

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from hotspots.activity_kinds import KindTable
    from hotspots.pipeline.operation_view import OperationView
    from hotspots.schemas_ledger import Activity, Stored
    from hotspots.ui.shell import View

PAGE = 200
"""Records on one page of the log."""
_NONE = "none"


@dataclass(frozen=True)
class LogFilter:
    """What the log is narrowed to, as typed."""

    kinds: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    first: str = ""
    last: str = ""
    words: str = ""
    page: int = 0
    number: int = 0


def filter_of(operation: str) -> LogFilter:
    """Return what the log of an operation is narrowed to."""
    kept = st.session_state.get(f"log:{operation}")
    return kept if isinstance(kept, LogFilter) else LogFilter()


def _keep(operation: str, **changes: Any) -> None:
    old = filter_of(operation)
    values = {name: getattr(old, name) for name in ("kinds", "phases", "first", "last", "words")}
    st.session_state[f"log:{operation}"] = LogFilter(
        **(values | {name: value for name, value in changes.items() if name != "number"}),
        number=old.number + 1,
    )


def show_records(operation: str, kind: str, phase: Phase | None) -> None:
    """Narrow the log to the records behind a figure; only in a callback."""
    _keep(operation, kinds=(kind,), phases=(phase.value if phase else _NONE,), first="", last="", words="")


def show_ward(operation: str, ward: str) -> None:
    """Narrow the log to a ward; only in a callback."""
    _keep(operation, kinds=(), phases=(), first="", last="", words=ward)


def draw_log(view: View, answer: OperationView) -> None:
    """Draw the log with its filters."""
    code = answer.operation.record
    kinds = current_kinds(view.settings)
    chosen = filter_of(code)
    _draw_filters(code, chosen, answer, kinds)
    try:
        wanted = read_filter(code, chosen)
    except InputError as error:
        panels.draw_message("These filters cannot be used", str(error), wrong=True)
        return
    with reading(view.settings) as ledger:
        rows, total = list_activities(ledger, wanted, limit=PAGE, offset=PAGE * chosen.page)
    if not total:
        panels.draw_message(
            "No activity matches" if answer.records else "No activity yet",
            "Take a filter away." if answer.records else "Enter the first one, or import a file of them.",
        )
        if not answer.records:
            st.button("Enter an activity", type="primary", on_click=open_form, args=("activity",))
        return
    _draw_sum(view, chosen, wanted, total, kinds)
    key = f"log-table:{code}:{chosen.number}:{chosen.page}"
    frame, config = show_activities(rows, kinds)
    opened = f"log-record:{code}"

    def choose() -> None:
        chosen_rows = st.session_state[key]["selection"]["rows"]
        st.session_state[opened] = rows[chosen_rows[0]].record if chosen_rows else ""

    st.dataframe(
        frame,
        column_config=config,
        hide_index=True,
        height=fit_rows(len(frame), 14),
        key=key,
        on_select=choose,
        selection_mode="single-row",
        alt=f"{len(frame)} activities, latest first",
    )
    _draw_pages(code, chosen, total)
    row = next((row for row in rows if row.record == st.session_state.get(opened)), None)
    if row is not None:
        _draw_record(view, answer, row, kinds)
    else:
        draw_caption("Choose a row to see its versions, to correct it or to withdraw it.")


def _draw_filters(code: str, chosen: LogFilter, answer: OperationView, kinds: KindTable) -> None:
    def key(name: str) -> str:
        return f"log-{name}:{code}:{chosen.number}"

    def keep(name: str) -> None:
        value = st.session_state[key(name)]
        _keep(code, **{name: tuple(value) if isinstance(value, list) else value})

    def on(name: str) -> dict[str, Any]:
        return {"key": key(name), "on_change": keep, "args": (name,)}

    columns = st.columns([3, 2, 1.4, 1.4, 2.4, 1], vertical_alignment="bottom")
    there = list(dict.fromkeys([*(one.kind for one in answer.sums), *chosen.kinds]))
    columns[0].multiselect(
        "Kinds", there, default=list(chosen.kinds), format_func=kinds.name, placeholder="All", **on("kinds")
    )
    phases = [*(phase.value for phase in Phase), _NONE]
    columns[1].multiselect(
        "Phases",
        phases,
        default=list(chosen.phases),
        format_func=lambda value: PHASE_NAMES[None if value == _NONE else Phase(value)],
        placeholder="All",
        **on("phases"),
    )
    columns[2].text_input("From", value=chosen.first, placeholder="1/10/2020", **on("first"))
    columns[3].text_input("To", value=chosen.last, placeholder="31/3/2021", **on("last"))
    columns[4].text_input(
        "Words or ward code", value=chosen.words, placeholder="in note, place, partner", **on("words")
    )
    columns[5].button(
        "No filters", key=key("clear"), width="stretch", on_click=_keep, args=(code,),
        kwargs={"kinds": (), "phases": (), "first": "", "last": "", "words": ""},
    )  # fmt: skip


def read_filter(operation: str, chosen: LogFilter) -> ActivityFilter:
    """Read what was typed into the filters.

    Raises
    ------
    InputError
        If a date cannot be read, or the period ends before it begins.
    """
    first: date | None = parse_record_date(chosen.first).first if chosen.first.strip() else None
    last: date | None = parse_record_date(chosen.last).last if chosen.last.strip() else None
    if first is not None and last is not None and last < first:
        raise InputError(f"The log would end on {name_day(last)}, before it begins on {name_day(first)}; swap the two.")
    return ActivityFilter(
        operation=operation,
        kinds=chosen.kinds,
        phases=tuple(None if phase == _NONE else Phase(phase) for phase in chosen.phases),
        first=first,
        last=last,
        words=chosen.words,
    )


def _draw_sum(view: View, chosen: LogFilter, wanted: ActivityFilter, total: int, kinds: KindTable) -> None:
    """Say how many records there are and, of one kind, what they sum to: the figure that they stand behind."""
    text = write_count(total, "record")
    known = kinds.by_code.get(chosen.kinds[0]) if len(chosen.kinds) == 1 else None
    if known is not None and total <= 10 * PAGE:
        with reading(view.settings) as ledger:
            rows, _all = list_activities(ledger, wanted, limit=None)
        reached = sum((row.value.quantity for row in rows), Decimal(0))
        bound = any(row.value.at_least for row in rows)
        text = f"{known.label}: {write_quantity(reached, known.unit, at_least=bound)} in {text}"
    panels.draw_strip(text)


def show_activities(rows: Sequence[Stored[Activity]], kinds: KindTable) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Turn activities into a table for the page; cells are text and are never read as HTML."""
    frame = pd.DataFrame(
        {
            "date": [row.value.date.name() for row in rows],
            "kind": [kinds.name(row.value.kind) for row in rows],
            "quantity": [
                write_quantity(row.value.quantity, row.value.unit, at_least=row.value.at_least) for row in rows
            ],
            "phase": [PHASE_NAMES[row.value.phase] for row in rows],
            "partner": [row.value.partner for row in rows],
            "where": [", ".join(filter(None, (row.value.place, row.value.ward_code))) for row in rows],
            "note": [row.value.note for row in rows],
            "source": [row.value.source for row in rows],
            "by": [row.recorded_by for row in rows],
            "version": [row.version for row in rows],
            "reference": [row.record for row in rows],
        }
    )
    column = st.column_config
    config = {
        "date": column.TextColumn("Date", width=130),
        "kind": column.TextColumn("What", width=190),
        "quantity": column.TextColumn("How much", width=90),
        "phase": column.TextColumn("Phase", width=80),
        "partner": column.TextColumn("Unit or partner", width=150),
        "where": column.TextColumn("Where", width=150),
        "note": column.TextColumn("Note", width=220),
        "source": column.TextColumn("Source", width=150),
        "by": column.TextColumn("Recorded by", width=130),
        "version": column.NumberColumn("Version", width=60),
        "reference": column.TextColumn("Reference", width=230),
    }
    return frame, config


def _draw_pages(code: str, chosen: LogFilter, total: int) -> None:
    if total <= PAGE:
        return
    first = PAGE * chosen.page + 1
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Later records", disabled=chosen.page == 0, on_click=_turn, args=(code, -1), key=f"later:{code}")
        st.button(
            "Earlier records",
            disabled=first + PAGE > total,
            on_click=_turn,
            args=(code, 1),
            key=f"earlier:{code}",
        )
        draw_caption(f"{first:,} to {min(first + PAGE - 1, total):,} of {total:,}, latest first")


def _turn(code: str, step: int) -> None:
    old = filter_of(code)
    _keep(code, page=max(old.page + step, 0))


def _draw_record(view: View, answer: OperationView, row: Stored[Activity], kinds: KindTable) -> None:
    panels.draw_section("This record", f"reference {row.record}")
    with reading(view.settings) as ledger:
        versions = list_versions(ledger, "activity", row.record)
    for one in reversed(versions):
        said = describe_values("activity", to_values(one.value), kinds)
        draw_caption(f"Version {one.version}, {name_moment(one.recorded_at)}, {one.recorded_by}: {said} ({one.state}).")
    if not may(view.person, Action.RECORD, answer.operation.value.area):
        return
    draw_author()
    left, middle, right = st.columns([1, 2, 1], vertical_alignment="bottom")
    left.button(
        "Correct it",
        type="primary",
        key=f"correct:{row.record}",
        on_click=open_for_correction,
        args=(answer.operation.record, row),
        width="stretch",
    )
    reason = f"withdraw-reason:{row.record}"
    middle.text_input("Why it is withdrawn", key=reason, placeholder="such as: entered twice")
    right.button(
        "Withdraw it",
        key=f"withdraw:{row.record}",
        on_click=_withdraw,
        args=(view, answer.operation.record, row, reason, kinds),
        width="stretch",
    )


def open_for_correction(operation: str, row: Stored[Activity]) -> None:
    """Open a record in the form, at the version that is on the screen; only in a callback."""
    begin(form_name("activity", operation), activity_fields(row.value), Editing(row.record, row.version))
    open_form("activity")


def _withdraw(view: View, operation: str, row: Stored[Activity], reason: str, kinds: KindTable) -> None:
    try:
        gone = remove_record(
            open_for_writing(view.settings),
            "activity",
            Editing(row.record, row.version),
            by=author(),
            reason=st.session_state.get(reason, ""),
        )
    except ConflictError as error:
        theirs = getattr(error.theirs, "value", None)
        now = f" It now says: {describe_values('activity', to_values(theirs), kinds)}." if theirs is not None else ""
        flash("This was not kept", f"{error}{now}", wrong=True)
    except HotspotsError as error:
        flash("This was not kept", str(error), wrong=True)
    else:
        _keep(operation)
        flash(
            "Withdrawn",
            "The record no longer counts; it stays in the ledger and in the audit log.",
            undo=offer_undo(view.settings, gone),
        )
