"""Briefing pictures of the view on the page: drawn when asked for, so that they cost nothing until then."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from hotspots.pipeline.brief import draw_brief
from hotspots.terms import slug

if TYPE_CHECKING:
    from hotspots.ui.shell import View
    from hotspots.views.sheet import Size

_KINDS = {"map": "Map", "ranking": "Ranking", "trend": "Trend"}
_SIZES: dict[Size, str] = {"slide": "Slide, 1920 × 1080", "a4": "A4, landscape", "a4-portrait": "A4, portrait"}


def draw_takeaway(view: View, *, name: str, whole_force: bool = False) -> None:
    """Draw the button that gives the briefing pictures.

    Parameters
    ----------
    view
        The query and what is loaded.
    name
        What the pictures are of, for their file names.
    whole_force
        Whether they show the whole force with the chosen area marked, rather than that area alone.
    """
    with st.popover("Briefing picture", width="stretch"):
        st.caption(
            f"PNG of this view with title, period, legend, source, data version and marking ({view.settings.marking})."
        )
        size = st.radio("Size", list(_SIZES), format_func=lambda code: _SIZES[code], key="picture-size")
        for kind, label in _KINDS.items():
            st.download_button(
                label,
                data=partial(_draw, view, kind, size, whole_force),
                file_name=f"{slug(name)}-{kind}-{size}.png",
                mime="image/png",
                key=f"picture-{kind}",
                on_click="ignore",
                width="stretch",
            )


def _draw(view: View, kind: str, size: Size, whole_force: bool) -> bytes:
    today = date.today().isoformat()  # noqa: DTZ011 - the day where the officer sits, not in Greenwich
    pictures = draw_brief(
        view.world,
        view.query,
        kind=kind,
        size=size,
        marking=view.settings.marking,
        made_on=today,
        whole_force=whole_force,
    )
    return pictures[0].png
