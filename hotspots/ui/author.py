"""Who writes: the person who signed in; without sign-in, a name or role that is asked once and kept for the tab."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from hotspots.access import Person

KEPT, WIDGET, KNOWN = "author", "author-field", "author-known"


def recognise(person: Person | None) -> None:
    """Remember who is signed in, so that nobody is asked who they are; the ledger itself goes by the person."""
    st.session_state[KNOWN] = person.name if person is not None else ""


def draw_author() -> None:
    """Ask for a name or role, unless it is known who writes."""
    if st.session_state.get(KNOWN):
        return
    st.text_input(
        "Your name or role",
        value=author(),
        key=WIDGET,
        max_chars=80,
        on_change=_keep,
        width=420,
        placeholder="such as PS 1234, Neighbourhood Team",
        help="Kept while this tab is open, and written to the log with every change that you make.",
    )


def author() -> str:
    """Return who writes; empty when nobody has said so yet."""
    return str(st.session_state.get(KNOWN) or st.session_state.get(KEPT, ""))


def _keep() -> None:
    st.session_state[KEPT] = st.session_state[WIDGET]
