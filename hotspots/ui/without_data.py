"""What the pages show when what is loaded cannot be opened: the data page, which can put it right, stays open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from hotspots.ui import panels

if TYPE_CHECKING:
    from streamlit.navigation.page import Page as StreamlitPage

    from hotspots.errors import HotspotsError
    from hotspots.settings import Settings

_DATA = "data"
"""Address of the page that stays open."""


def draw_without_data(page: StreamlitPage, settings: Settings, error: HotspotsError) -> None:
    """Draw the data page, or on any other page one sentence about what to do, and the way there.

    Parameters
    ----------
    page
        The page that was asked for.
    settings
        Where the data home lies, and who asks.
    error
        Why what is loaded cannot be opened.
    """
    if page.url_path == _DATA:
        from hotspots.ui.data_page import draw_data_closed  # noqa: PLC0415 - the other pages need nothing of it

        draw_data_closed(settings, str(error))
        return
    panels.draw_message("The data cannot be opened", str(error), wrong=True)
    st.page_link("pages/data.py", label="**Put it right on the Data page →**")
