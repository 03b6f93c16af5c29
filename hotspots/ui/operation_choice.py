"""Choosing an operation: the box beside a title, and the question when none is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from hotspots.ui import address, panels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hotspots.store.ledger import OperationEntry
    from hotspots.ui.shell import View

OFFERED = 30
"""Operations that are offered by name when none is chosen."""


def draw_operation_choice(entries: Sequence[OperationEntry], chosen: str) -> None:
    """Draw a box that chooses the operation, for a title's side."""
    codes = [entry.stored.record for entry in entries]
    names = {entry.stored.record: entry.stored.value.name for entry in entries}
    st.selectbox(
        "Operation",
        codes,
        index=codes.index(chosen) if chosen in codes else None,
        format_func=lambda code: names.get(code, code),
        key=f"operation-choice-{chosen}",
        on_change=lambda: address.choose_operation(st.session_state[f"operation-choice-{chosen}"]),
        label_visibility="collapsed",
    )


def ask_for_operation(view: View, entries: Sequence[OperationEntry], *, title: str) -> None:
    """Ask which operation the page is to show."""
    panels.draw_title(title, period="none chosen", world=view.world)
    if not entries:
        panels.draw_message("No operation has been entered", "Enter the first one on the page of all operations.")
        return
    panels.draw_message("Choose an operation", "Open one of these, or enter a new one on the page of all operations:")
    with st.container(horizontal=True):
        for entry in entries[:OFFERED]:
            st.button(
                panels.as_label(entry.stored.value.name),
                key=f"start-{entry.stored.record}",
                on_click=address.choose_operation,
                args=(entry.stored.record,),
            )
