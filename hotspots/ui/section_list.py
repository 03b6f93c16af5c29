"""The sections of a briefing as a Streamlit component: a list put in order by dragging, or by keyboard."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import streamlit as st

from hotspots.ui.component import LOADER, version_file

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SORTABLE = "app/static/vendor/sortable-1.15.7/Sortable.min.js"


def draw_section_list(
    sections: Sequence[tuple[str, str, bool]], *, key: str, on_change: Callable[[tuple[str, ...]], None]
) -> None:
    """Draw the list.

    Parameters
    ----------
    sections
        Code, label and whether it is shown, in order; codes differ from each other.
    key
        Names the list on the page.
    on_change
        Called before the page runs again with the codes in their new order; one that is left out has a minus sign
        before it.
    """
    known = {code for code, _label, _shown in sections}

    def changed() -> None:
        sent = st.session_state[key].get("order")
        order = tuple(sent.split(",")) if isinstance(sent, str) else ()
        # What the browser sends is checked: the same sections as were drawn, each once.
        if len(order) == len(known) and {code.removeprefix("-") for code in order} == known:
            on_change(order)

    _component()(
        data={
            "sections": [{"code": code, "label": label, "shown": shown} for code, label, shown in sections],
            "label": "Sections of the briefing, in order",
            "script": version_file("brief/section_list.js"),
            "sheet": version_file("brief/section_list.css"),
            "sortable": SORTABLE,
        },
        key=key,
        height="content",
        on_order_change=changed,
    )


@cache
def _component() -> Any:
    return st.components.v2.component(
        "hotspots.section_list",
        html='<ol class="section-list"></ol><span class="said" role="status"></span>',
        js=LOADER,
    )
