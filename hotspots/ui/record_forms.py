"""How a form of the ledger works, whatever it asks: kept while it is wrong, told when somebody else was first.

A form that cannot be saved stays as it was typed, with one sentence above it. When another editor has corrected the
record meanwhile, both versions stand side by side, and nothing is lost: the second editor keeps theirs, or saves the
own one as the next version. A second press of the same button does nothing, because a form that was saved has a new
number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

import streamlit as st

from hotspots.errors import ConflictError, HotspotsError
from hotspots.pipeline.operation_entry import Editing
from hotspots.pipeline.operation_log import compare_versions, name_moment
from hotspots.record_values import entity_of
from hotspots.store.ledger import list_versions
from hotspots.ui import panels
from hotspots.ui.ledger import open_for_writing
from hotspots.ui.operation_panels import flash
from hotspots.ui.undo import offer_undo

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hotspots.activity_kinds import KindTable
    from hotspots.schemas_ledger import Record, Stored
    from hotspots.settings import Settings


@dataclass(frozen=True)
class Field:
    """One field of a form.

    Attributes
    ----------
    name, label
        For the program and for people.
    form
        ``text``, ``area`` (several lines), ``choice`` or ``choices``.
    options
        What can be chosen: value and label.
    hint
        Shown while the field is empty.
    help
        One sentence behind the question mark.
    """

    name: str
    label: str
    form: str = "text"
    options: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    help: str = ""


@dataclass(frozen=True)
class Actions:
    """What becomes of what was typed.

    Attributes
    ----------
    build
        Turns it into a record, or refuses it with one sentence.
    save
        Enters or corrects the record.
    tell
        Says what was kept.
    """

    build: Callable[[dict[str, Any]], Record]
    save: Callable[[Record, Editing | None], Stored[Any]]
    tell: Callable[[Stored[Any]], str]


@dataclass
class FormState:
    """What a form keeps between runs.

    Attributes
    ----------
    number
        Part of the keys of its widgets; a new one empties them.
    initial
        What its fields begin with.
    editing
        The record that it corrects, and the version that was opened; None for a new record.
    problem
        What is wrong with what was typed.
    mine, theirs
        The two versions after a conflict.
    """

    number: int = 0
    initial: dict[str, Any] = field(default_factory=dict)
    editing: Editing | None = None
    problem: str = ""
    mine: Any = None
    theirs: Stored[Any] | None = None


def state_of(form: str) -> FormState:
    """Return what a form keeps."""
    key = f"form-state:{form}"
    if key not in st.session_state:
        st.session_state[key] = FormState()
    state: FormState = st.session_state[key]
    return state


def begin(form: str, initial: Mapping[str, Any], editing: Editing | None) -> None:
    """Begin a form anew, empty or with a record to correct; only in a callback, or before it is drawn."""
    number = state_of(form).number + 1
    st.session_state[f"form-state:{form}"] = FormState(number=number, initial=dict(initial), editing=editing)


def draw_form(
    form: str,
    rows: Sequence[Sequence[Field]],
    *,
    submit: str,
    settings: Settings,
    kinds: KindTable,
    actions: Actions,
) -> None:
    """Draw a form.

    Parameters
    ----------
    form
        Its name, with the operation that it is about.
    rows
        Its fields, row by row.
    submit
        What its button says.
    settings, kinds
        Where the ledger is, and the kinds in force.
    actions
        What becomes of what was typed.
    """
    state = state_of(form)
    if state.problem:
        panels.draw_message("This was not kept", state.problem, wrong=True)
    if state.theirs is not None:
        _draw_conflict(form, state, settings, kinds, actions)
    with st.form(f"{form}:{state.number}", border=True, enter_to_submit=False):
        for row in rows:
            for place, item in zip(st.columns(len(row)), row, strict=True):
                with place:
                    _draw_field(_key(form, state.number, item.name), item, state.initial.get(item.name))
        st.form_submit_button(
            submit,
            type="primary",
            on_click=_submit,
            args=(form, state.number, [item.name for row in rows for item in row], settings, actions),
        )


def _key(form: str, number: int, name: str) -> str:
    return f"field:{form}:{number}:{name}"


def _draw_field(key: str, item: Field, initial: Any) -> None:
    options = [value for value, _label in item.options]
    labels = dict(item.options)
    if item.form == "choice":
        st.selectbox(
            item.label,
            options,
            index=options.index(initial) if initial in options else (0 if "" in options else None),
            format_func=lambda value: labels.get(value, value),
            key=key,
            help=item.help or None,
            placeholder=item.hint or "Choose",
        )
    elif item.form == "choices":
        st.multiselect(
            item.label,
            options,
            default=[value for value in initial or () if value in options],
            format_func=lambda value: labels.get(value, value),
            key=key,
            help=item.help or None,
            placeholder=item.hint,
        )
    elif item.form == "area":
        st.text_area(
            item.label, value=initial or "", key=key, help=item.help or None, placeholder=item.hint, height=72,
            max_chars=4000,
        )  # fmt: skip
    else:
        st.text_input(item.label, value=initial or "", key=key, help=item.help or None, placeholder=item.hint)


def _submit(
    form: str,
    number: int,
    names: Sequence[str],
    settings: Settings,
    actions: Actions,
) -> None:
    state = state_of(form)
    if number != state.number:  # the button was pressed twice, and the first press was kept
        return
    typed = {name: st.session_state.get(_key(form, number, name)) for name in names}
    fields = {name: "" if value is None else value for name, value in typed.items()}
    state.problem, state.theirs = "", None
    try:
        state.mine = actions.build(fields)
        stored = actions.save(state.mine, state.editing)
    except ConflictError as error:
        _note_conflict(state, error)
    except HotspotsError as error:
        state.problem = str(error)
    else:
        begin(form, {}, None)
        flash("Saved", actions.tell(stored), undo=offer_undo(settings, stored))


def _note_conflict(state: FormState, error: ConflictError) -> None:
    state.problem = str(error)
    state.theirs = error.theirs if hasattr(error.theirs, "version") else None  # type: ignore[assignment]  # a conflict holds whatever record was edited


def _draw_conflict(
    form: str,
    state: FormState,
    settings: Settings,
    kinds: KindTable,
    actions: Actions,
) -> None:
    theirs = state.theirs
    if theirs is None or state.mine is None:
        return
    draw_two_versions(state.mine, theirs, kinds)
    left, right, _rest = st.columns([1, 1, 2])
    left.button(
        "Keep theirs", key=f"{form}:{state.number}:theirs", on_click=begin, args=(form, {}, None), width="stretch"
    )
    if theirs.state != "withdrawn":
        right.button(
            "Save mine as the next version",
            key=f"{form}:{state.number}:mine",
            on_click=_save_over,
            args=(form, state.number, settings, actions),
            width="stretch",
        )


def draw_two_versions(mine: Record, theirs: Stored[Any], kinds: KindTable) -> None:
    """Draw the fields in which two versions differ, side by side."""
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(own)}</td><td>{escape(other)}</td></tr>"
        for name, own, other in compare_versions(mine, theirs.value, kinds)
    )
    head = f"{theirs.recorded_by}, {name_moment(theirs.recorded_at)}, version {theirs.version}"
    st.html(
        f'<table class="op-two"><tr><th></th><th>Yours, not kept yet</th><th>{escape(head)}</th></tr>'
        f"{rows or '<tr><td colspan=3>The two say the same.</td></tr>'}</table>"
    )


def _save_over(
    form: str,
    number: int,
    settings: Settings,
    actions: Actions,
) -> None:
    state = state_of(form)
    if number != state.number or state.theirs is None:
        return
    record = state.theirs.record
    try:
        now = list_versions(open_for_writing(settings), entity_of(state.mine), record)[-1]
        if now.version != state.theirs.version:  # a third editor came between
            state.theirs = now
            state.problem = f"{now.recorded_by} has corrected it once more; compare the two again."
            return
        stored = actions.save(state.mine, Editing(record, now.version))
    except ConflictError as error:
        _note_conflict(state, error)
    except HotspotsError as error:
        state.problem = str(error)
    else:
        begin(form, {}, None)
        flash("Saved", f"{actions.tell(stored)} The version before it stays in the log.")
