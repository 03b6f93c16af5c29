"""What both operations pages draw: their style, messages that outlive a run, and an operation as a timeline row."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from hotspots.pipeline.operation_cards import make_row
from hotspots.ui import panels

if TYPE_CHECKING:
    from collections.abc import Callable

    from hotspots.pipeline.operation_area import AreaMonths
    from hotspots.pipeline.operations_view import Glance
    from hotspots.views.timeline import TimelineRow

_STYLE = Path(__file__).resolve().parent / "assets" / "operations.css"
_FLASH = "operations-flash"


def draw_operation_style() -> None:
    """Give the operations pages their look."""
    st.html(_STYLE)


def flash(title: str, text: str, *, wrong: bool = False, undo: Callable[[], None] | None = None) -> None:
    """Keep a message for the next run, with what takes back the change that it tells of; only in a callback."""
    st.session_state[_FLASH] = (title, text, wrong, undo)


def draw_flash() -> None:
    """Draw the message that a callback left, once."""
    if (message := st.session_state.pop(_FLASH, None)) is not None:
        title, text, wrong, undo = message
        panels.draw_message(title, text, wrong=wrong)
        if undo is not None:
            st.button("Undo", key="undo", on_click=undo)


def draw_caption(text: str) -> None:
    """Draw a small sentence; what it holds from data stays text."""
    st.html(f'<p class="op-note">{escape(text)}</p>')


def timeline_row(glance: Glance, trend: AreaMonths | None) -> TimelineRow:
    """Turn an operation into a row of the timeline."""
    return make_row(glance.name, glance.bars, glance.facts.months, glance.facts.milestones, trend)
