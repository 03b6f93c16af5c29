"""The grid: many activities at once, all or none kept; what others changed meanwhile is shown, and nothing is lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from hotspots.errors import HotspotsError
from hotspots.pipeline.operation_entry import FIELDS, Editing, build_activity
from hotspots.pipeline.operation_grid import GridRow, save_grid
from hotspots.store.ledger import list_activities
from hotspots.terms import Phase
from hotspots.ui import panels
from hotspots.ui.activity_log import filter_of, read_filter
from hotspots.ui.author import author
from hotspots.ui.ledger import current_kinds, open_for_writing, reading
from hotspots.ui.operation_forms import DATE_HELP, NOTE_HELP, activity_fields
from hotspots.ui.operation_panels import draw_caption, flash
from hotspots.ui.record_forms import draw_two_versions
from hotspots.ui.tables import fit_rows
from hotspots.ui.undo import offer_undo_of_all
from hotspots.views.wording import write_count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hotspots.activity_kinds import KindTable
    from hotspots.pipeline.operation_view import OperationView
    from hotspots.schemas_ledger import Activity, RowProblem, Stored
    from hotspots.settings import Settings
    from hotspots.ui.shell import View

ROWS = 100
"""Records that the grid opens, latest first; the log's filters choose which."""
SHOWN = 12
"""Rows of the grid that are seen before it scrolls."""


@dataclass
class GridState:
    """What the grid keeps while it is open.

    Attributes
    ----------
    rows
        The records as they were opened; they never change while the grid is open, or it would lose what was typed.
    number
        Part of the key of the grid.
    problems, conflicts
        What was wrong at the last save, and the present version of each record that somebody else has corrected.
    seen
        The versions that the editor has been shown since, by reference.
    """

    rows: tuple[Stored[Activity], ...] = ()
    number: int = 0
    problems: tuple[RowProblem, ...] = ()
    conflicts: dict[int, Stored[Activity]] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)


def draw_grid(view: View, answer: OperationView) -> None:
    """Draw the grid of an operation's activities."""
    code = answer.operation.record
    kinds = current_kinds(view.settings)
    state = _state_of(view, code)
    panels.draw_section(
        "Edit many rows",
        f"the latest {ROWS} that the log's filters leave; add rows at the bottom; all are kept, or none",
    )
    _draw_problems(code, state, kinds)
    key = _key(code, state)
    frame = pd.DataFrame([_cells(row, kinds) for row in state.rows], columns=[*FIELDS, "by", "version"])
    st.data_editor(
        frame.astype(dict.fromkeys((*FIELDS, "by"), "string")).astype({"version": "Int64"}),
        column_config=_configure(kinds),
        num_rows="add",
        hide_index=True,
        height=fit_rows(len(frame) + 1, SHOWN),
        key=key,
        alt=f"{len(frame)} activities that can be edited",
    )
    changed = list_changes(state.rows, st.session_state.get(key) or {}, kinds, state.seen)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            f"Save {write_count(len(changed), 'row')}" if changed else "Save",
            type="primary",
            disabled=not changed,
            on_click=_save,
            args=(view.settings, code, state.number, kinds),
            key=f"grid-save:{code}",
        )
        st.button("Give up the changes and read again", on_click=_forget, args=(code,), key=f"grid-reload:{code}")
        draw_caption(
            "Dates, quantities and notes are read as in the form. To take a record out, withdraw it in the log."
        )


def _state_of(view: View, code: str) -> GridState:
    key = f"grid:{code}"
    if key not in st.session_state:
        with reading(view.settings) as ledger:
            rows, _total = list_activities(ledger, read_filter(code, filter_of(code)), limit=ROWS)
        number = st.session_state.get(f"grid-number:{code}", 0) + 1
        st.session_state[f"grid-number:{code}"] = number
        st.session_state[key] = GridState(rows=rows, number=number)
    state: GridState = st.session_state[key]
    return state


def _key(code: str, state: GridState) -> str:
    return f"grid-editor:{code}:{state.number}"


def _forget(code: str) -> None:
    st.session_state.pop(f"grid:{code}", None)


def _cells(row: Stored[Activity], kinds: KindTable) -> dict[str, Any]:
    fields = activity_fields(row.value)
    return {
        **fields,
        "kind": kinds.name(row.value.kind),
        "phase": row.value.phase.value if row.value.phase else "",
        "by": row.recorded_by,
        "version": row.version,
    }


def _configure(kinds: KindTable) -> dict[str, Any]:
    column = st.column_config
    return {
        "date": column.TextColumn("Date", width=130, help=DATE_HELP),
        "kind": column.SelectboxColumn("What", width=210, options=[kind.label for kind in kinds.kinds]),
        "quantity": column.TextColumn(
            "How much", width=90, help="In the unit of the kind; “over 500” is a lower bound."
        ),
        "phase": column.SelectboxColumn(
            "Phase", width=80, options=["", *Phase], help="Empty: the phase of the date. Needed where phases overlap."
        ),
        "partner": column.TextColumn("Unit or partner", width=150),
        "place": column.TextColumn("Place", width=130),
        "ward_code": column.TextColumn("Ward code", width=100),
        "note": column.TextColumn("Note (no names of people)", width=220, help=NOTE_HELP),
        "source": column.TextColumn("Source", width=140),
        "by": column.TextColumn("Recorded by", width=120, disabled=True),
        "version": column.NumberColumn("Version", width=60, disabled=True),
    }


def list_changes(
    rows: Sequence[Stored[Activity]],
    edited: Mapping[str, Any],
    kinds: KindTable,
    seen: Mapping[str, int] | None = None,
) -> tuple[GridRow, ...]:
    """Turn what the grid says was edited and added into rows to save; rows that say what they said are left out.

    Parameters
    ----------
    rows
        The records as they were opened.
    edited
        ``edited_rows`` (position to cells) and ``added_rows`` (list of cells), as the editor keeps them.
    kinds
        The kinds in force.
    seen
        Versions that the editor has been shown since the rows were opened, by reference.
    """
    changes = []
    for place, cells in sorted((edited.get("edited_rows") or {}).items(), key=lambda item: int(item[0])):
        row = rows[int(place)]
        before = _cells(row, kinds)
        typed = {name: _text(value) for name, value in cells.items() if name in FIELDS}
        if all(before[name] == value for name, value in typed.items()):
            continue
        # A phase that nobody chose follows the date, also when the date was changed here.
        fields = {**activity_fields(row.value), **typed}
        changes.append(GridRow(int(place) + 1, fields, Editing(row.record, (seen or {}).get(row.record, row.version))))
    for place, cells in enumerate(edited.get("added_rows") or (), start=len(rows) + 1):
        typed = {name: _text(value) for name, value in cells.items() if name in FIELDS}
        if any(typed.values()):
            changes.append(GridRow(place, typed, None))
    return tuple(changes)


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _save(settings: Settings, code: str, number: int, kinds: KindTable) -> None:
    state: GridState | None = st.session_state.get(f"grid:{code}")
    if state is None or state.number != number:  # pressed twice, and the first press was kept
        return
    changes = list_changes(state.rows, st.session_state.get(_key(code, state)) or {}, kinds, state.seen)
    try:
        found = save_grid(open_for_writing(settings), kinds, code, changes, by=author())
    except HotspotsError as error:
        flash("Nothing was kept", str(error), wrong=True)
        return
    if found.outcome.problems:
        state.problems, state.conflicts = found.outcome.problems, dict(found.conflicts)
        return
    counts = [write_count(found.outcome.added, "record") + " added"] if found.outcome.added else []
    counts += [write_count(found.outcome.corrected, "record") + " corrected"] if found.outcome.corrected else []
    same = found.outcome.unchanged
    counts += [f"{write_count(same, 'row')} said what was on record already, and was not entered twice"] if same else []
    forget = partial(_forget, code)  # the grid is read again, or the next save would meet our own versions
    flash(
        "Saved",
        f"{'; '.join(counts)}. The earlier versions stay in the ledger and in the audit log.",
        undo=offer_undo_of_all(settings, found.made, forget) if found.made else None,
    )
    _forget(code)


def _draw_problems(code: str, state: GridState, kinds: KindTable) -> None:
    if not state.problems:
        return
    listed = " ".join(f"{str(problem)[0].upper()}{str(problem)[1:]}" for problem in state.problems[:8])
    more = f" And {len(state.problems) - 8} more." if len(state.problems) > 8 else ""  # noqa: PLR2004 - as listed
    panels.draw_message("Nothing was kept; your changes are still in the grid", f"{listed}{more}", wrong=True)
    if not state.conflicts:
        return
    edited = st.session_state.get(_key(code, state)) or {}
    for change in list_changes(state.rows, edited, kinds, state.seen):
        theirs = state.conflicts.get(change.row)
        if theirs is not None:
            draw_caption(f"Row {change.row}:")
            try:
                draw_two_versions(build_activity(kinds, code, change.fields), theirs, kinds)
            except HotspotsError as error:
                draw_caption(str(error))
    st.button(
        "Keep my cells as the next versions",
        key=f"grid-mine:{code}",
        on_click=_adopt,
        args=(code,),
        help="The other versions stay in the ledger; yours follow them. Save again after this.",
    )


def _adopt(code: str) -> None:
    """Take the present versions as those that are corrected; the editor's own cells stay."""
    state: GridState = st.session_state[f"grid:{code}"]
    state.seen |= {one.record: one.version for one in state.conflicts.values()}
    state.problems, state.conflicts = (), {}
