"""Who writes: a name or role that is asked once, kept while the browser tab is open, and written to the log."""

from __future__ import annotations

import streamlit as st

KEPT, WIDGET = "author", "author-field"


def draw_author() -> None:
    """Ask for a name or role."""
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
    return str(st.session_state.get(KEPT, ""))


def _keep() -> None:
    st.session_state[KEPT] = st.session_state[WIDGET]
