"""The audit log of an operation: who did what when, before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from hotspots.pipeline.operation_log import ACTIONS, describe_change, name_moment
from hotspots.store.ledger import list_audit
from hotspots.ui import panels
from hotspots.ui.ledger import current_kinds, reading
from hotspots.ui.operation_forms import FORMS
from hotspots.ui.tables import fit_rows

if TYPE_CHECKING:
    from hotspots.pipeline.operation_view import OperationView
    from hotspots.ui.shell import View

LINES = 200
"""Lines that are shown at once."""


def draw_audit(view: View, answer: OperationView) -> None:
    """Draw the audit log, latest first."""
    code = answer.operation.record
    kinds = current_kinds(view.settings)
    key = f"audit-before:{code}"
    before = st.session_state.get(key)
    with reading(view.settings) as ledger:
        lines = list_audit(ledger, operation=code, limit=LINES, before=before)
    panels.draw_section("Audit log", "append-only: each line is chained to the one before, and nothing is overwritten")
    frame = pd.DataFrame(
        {
            "seq": [line.seq for line in lines],
            "at": [name_moment(line.at) for line in lines],
            "actor": [line.actor for line in lines],
            "action": [ACTIONS.get(line.action, line.action) for line in lines],
            "entity": [FORMS.get(line.entity, line.entity).casefold() for line in lines],
            "change": [describe_change(line, kinds) for line in lines],
            "reason": [line.reason for line in lines],
            "version": [line.version for line in lines],
            "record": [line.record for line in lines],
        }
    )
    column = st.column_config
    st.dataframe(
        frame,
        column_config={
            "seq": column.NumberColumn("Line", width=60, format="localized"),
            "at": column.TextColumn("When", width=190),
            "actor": column.TextColumn("Who", width=150),
            "action": column.TextColumn("Did", width=90),
            "entity": column.TextColumn("What", width=110),
            "change": column.TextColumn("Record, or before → after", width=430),
            "reason": column.TextColumn("Reason or file", width=200),
            "version": column.NumberColumn("Version", width=60),
            "record": column.TextColumn("Reference", width=230),
        },
        hide_index=True,
        height=fit_rows(len(frame), 16),
        key=f"audit:{code}:{before}",
        alt=f"{len(frame)} lines of the audit log, latest first",
    )
    with st.container(horizontal=True):
        if before is not None:
            st.button("Latest lines", key=f"audit-latest:{code}", on_click=_go, args=(key, None))
        if len(lines) == LINES:
            st.button("Older lines", key=f"audit-older:{code}", on_click=_go, args=(key, lines[-1].seq))


def _go(key: str, before: int | None) -> None:
    st.session_state[key] = before
