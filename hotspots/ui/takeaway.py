"""Briefing pictures of the view on the page: drawn when asked for, so that they cost nothing until then."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from hotspots.terms import slug
from hotspots.ui.snapshot import SIZES

if TYPE_CHECKING:
    from hotspots.ui.shell import View
    from hotspots.views.sheet import Size

_KINDS = {"map": "Map", "ranking": "Ranking", "trend": "Trend"}


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
        size = st.radio("Size", list(SIZES), format_func=lambda code: SIZES[code], key="picture-size")
        dark = st.radio("Look", ["Light", "Dark"], key="picture-look", horizontal=True) == "Dark"
        for kind, label in _KINDS.items():
            st.download_button(
                label,
                data=partial(_draw, view, kind, size, dark=dark, whole_force=whole_force),
                file_name=f"{slug(name)}-{kind}-{size}{'-dark' if dark else ''}.png",
                mime="image/png",
                key=f"picture-{kind}",
                on_click="ignore",
                width="stretch",
            )


def _draw(view: View, kind: str, size: Size, *, dark: bool, whole_force: bool) -> bytes:
    from hotspots.pipeline.brief import draw_brief  # noqa: PLC0415 - a second that only pictures need

    today = date.today().isoformat()  # noqa: DTZ011 - the day where the officer sits, not in Greenwich
    pictures = draw_brief(
        view.world,
        view.query,
        kind=kind,
        size=size,
        dark=dark,
        marking=view.settings.marking,
        made_on=today,
        whole_force=whole_force,
    )
    return pictures[0].png
