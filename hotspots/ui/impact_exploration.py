"""What if it had begun in another month? An exploration that stands apart from the verdict and never replaces it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from hotspots.analysis.panel import FIRM_BEFORE, MIN_BEFORE
from hotspots.months import name_month
from hotspots.ui import address
from hotspots.ui.impact_panels import draw_verdict
from hotspots.ui.impact_rows import list_outcome_rows
from hotspots.views.forest import find_end, write_effects

if TYPE_CHECKING:
    from hotspots.pipeline.impact import Impact
    from hotspots.pipeline.impact_operation import RecordedOperation
    from hotspots.ui.shell import View


def list_starts(view: View) -> list[int]:
    """List the months from which an operation can be pretended to have begun."""
    months = [int(month) for month in view.world.cube.months]
    return months[MIN_BEFORE:]


def draw_start_slider(view: View, operation: RecordedOperation, recorded: int | None) -> None:
    """Draw the choice of another start, which never replaces the verdict."""
    starts = list_starts(view)
    current = view.query.start if view.query.start in starts else recorded if recorded in starts else None
    default = current if current is not None else starts[min(FIRM_BEFORE - MIN_BEFORE, len(starts) - 1)]
    key = f"impact-start-{operation.record}-{default}"

    def choose() -> None:
        month = st.session_state[key]
        address.choose_start(None if month == recorded else month)

    left, right = st.columns([5, 1], vertical_alignment="bottom")
    left.select_slider(
        "Pretend that the operation began in",
        starts,
        value=default,
        format_func=lambda month: name_month(month, short=True),
        key=key,
        on_change=choose,
    )
    if view.query.start is None:
        if recorded is None:
            right.button(
                "Explore it", key="impact-explore", type="primary", on_click=address.choose_start, args=(default,),
                width="stretch",
            )  # fmt: skip
    else:
        right.button(
            "Stop exploring", key="impact-recorded", on_click=address.choose_start, args=(None,), width="stretch"
        )


def draw_exploration(impact: Impact, headline: Impact | None) -> None:
    """Draw what another start would make of it, beside the recorded one."""
    draw_verdict(impact)
    draw_beside = [("Pretended", impact)] if headline is None else [("Recorded start", headline), ("Pretended", impact)]
    columns = st.columns(len(draw_beside), gap="medium")
    ends = [find_end(list_outcome_rows(one, apart=False)) for _title, one in draw_beside]
    for column, (title, one) in zip(columns, draw_beside, strict=True):
        column.html(
            write_effects(
                list_outcome_rows(one, apart=False),
                caption=f"Effects from {name_month(one.panel.start)}",
                what=f"{title}: {name_month(one.panel.start)}",
                beside=False,
                end=max(ends),
            )
        )
