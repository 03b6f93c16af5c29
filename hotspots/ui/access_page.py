"""The access page, for administrators: who has which role, and the log of who looked at or took out what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from hotspots.access import LAPTOP, ROLE_NAMES, Action, Role, require
from hotspots.pipeline.accesses import describe_roles, name_role
from hotspots.pipeline.operation_log import name_moment
from hotspots.store.ledger import list_accesses
from hotspots.ui import panels
from hotspots.ui.ledger import note_look, reading
from hotspots.ui.tables import fit_rows
from hotspots.views.wording import write_count

if TYPE_CHECKING:
    from hotspots.settings import Settings
    from hotspots.store.ledger import Access
    from hotspots.ui.shell import View

LINES = 200
"""Lines of the log that are shown at once."""
_BEFORE = "access-before"
_ACTIONS = {"look": "looked at", "export": "took out", "load": "loaded", "administer": "administered"}


def draw_access(view: View) -> None:
    """Draw the access page.

    Raises
    ------
    AccessError
        If the person is no administrator.
    InputError, StoreError
        If the file of roles or the ledger cannot be read.
    """
    require(view.person, Action.ADMINISTER)
    settings = view.settings
    if view.person is LAPTOP:
        panels.draw_title("Access", period=_say_how(settings), world=view.world)
        panels.draw_message(
            "Nobody signs in here",
            "Whoever sits at this machine may see and change everything, so there are no roles to show and no log of "
            "who looked. For a whole force, set up sign-in or a file of roles: docs/access.md.",
        )
        return
    note_look(settings, "audit/accesses")
    report = describe_roles(settings)
    people = report.table.people if report.table else ()
    panels.draw_title(
        "Access", period=_say_how(settings), world=view.world, detail=write_count(len(people), "person", "people")
    )
    for note in report.notes:
        panels.draw_message("Look at the file of roles" if people else "Open to this machine's user", note)
    left, right = st.columns([4, 7], gap="medium")
    with left:
        panels.draw_section("Roles", "from the file; claims of the provider may add people")
        frame = pd.DataFrame(
            {
                "name": [one.name for one in people],
                "role": [name_role(one) for one in people],
                "areas": [", ".join(one.areas) for one in people],
            }
        )
        column = st.column_config
        st.dataframe(
            frame,
            hide_index=True,
            height=fit_rows(len(frame), 16),
            key="access-people",
            column_config={
                "name": column.TextColumn("Who", width=150),
                "role": column.TextColumn("Role", width=130),
                "areas": column.TextColumn("Areas", width=160),
            },
            alt=f"{len(frame)} people with their roles",
        )
    with right:
        _draw_log(settings)


def _say_how(settings: Settings) -> str:
    if settings.person is not None and settings.person.until is not None:
        return f"sign-in, {settings.session_hours:g} hours a session"
    return "accounts of this machine" if settings.is_guarded else "no sign-in"


def _draw_log(settings: Settings) -> None:
    panels.draw_section("Who looked and who took out", "append-only; changes stand in the audit log of each operation")
    with reading(settings) as ledger:
        lines = list_accesses(ledger, limit=LINES, before=st.session_state.get(_BEFORE))
    if not lines:
        panels.draw_message("Nothing yet", "What people look at and take out is written down once they sign in.")
        return
    frame = pd.DataFrame(
        {
            "seq": [line.seq for line in lines],
            "at": [name_moment(line.at) for line in lines],
            "person": [line.person for line in lines],
            "action": [_ACTIONS.get(line.action, line.action) for line in lines],
            "subject": [line.subject for line in lines],
            "route": [line.route for line in lines],
            "role": [ROLE_NAMES[Role(line.role)] if line.role in list(Role) else line.role for line in lines],
        }
    )
    column = st.column_config
    st.dataframe(
        frame,
        hide_index=True,
        height=fit_rows(len(frame), 16),
        key="access-log",
        column_config={
            "seq": column.NumberColumn("Line", width=50, format="localized"),
            "at": column.TextColumn("When", width=184),
            "person": column.TextColumn("Who", width=128),
            "action": column.TextColumn("Did", width=68),
            "subject": column.TextColumn("What", width=160),
            "route": column.TextColumn("By", width=62),
            "role": column.TextColumn("Role", width=140),
        },
        alt=f"{len(frame)} lines of the log of accesses, latest first",
    )
    _draw_turns(lines)


def _draw_turns(lines: tuple[Access, ...]) -> None:
    with st.container(horizontal=True):
        if st.session_state.get(_BEFORE) is not None:
            st.button("Latest lines", on_click=_turn, args=(None,))
        if len(lines) == LINES and lines[-1].seq > 1:
            st.button("Earlier lines", on_click=_turn, args=(lines[-1].seq,))
        st.html('<p class="hs-caption">All of it, for a file: <b>hotspots audit export</b></p>')


def _turn(before: int | None) -> None:
    st.session_state[_BEFORE] = before
