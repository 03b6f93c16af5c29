"""What both operations pages draw: their style, messages that outlive a run, and an operation as a timeline row."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from hotspots.ui import panels
from hotspots.views.timeline import Bar, Mark, Statement, TimelineRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hotspots.pipeline.operation_area import AreaMonths
    from hotspots.pipeline.operations_view import Glance, PhaseBar
    from hotspots.schemas_operations import Milestone
    from hotspots.store.ledger.timelines import MonthCount

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


def make_row(
    name: str,
    bars: Iterable[PhaseBar],
    months: Iterable[MonthCount],
    milestones: Iterable[Milestone],
    trend: AreaMonths | None,
) -> TimelineRow:
    """Turn an operation's parts into a row of the timeline."""
    return TimelineRow(
        name=name,
        bars=tuple(Bar(bar.phase, bar.first, bar.last, bar.open_ended, bar.planned, bar.words) for bar in bars),
        marks=tuple(Mark(one.phase, one.month, one.records) for one in months),
        statements=tuple(Statement(one.as_at.last, one.as_at.name(), one.label, one.statement) for one in milestones),
        trend=() if trend is None else tuple(zip(trend.months.tolist(), trend.incidents.tolist(), strict=True)),
    )
