"""What the browser does for every page: keys for the search box, printing, the tour, and names for screen readers.

As with the maps, the script lies in ``static/page/``; the browser fetches and keeps it, and nothing runs on the server.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st

from hotspots.ui.component import LOADER, version_file

_KEY = "page-script"


def draw_page_script() -> None:
    """Bring the script of the page to the browser; it shows nothing by itself."""
    with st.container(key=_KEY):
        # The browser asks for a run when the line to the server was cut and is back; the run is all that it needs.
        _component()(
            data={"script": version_file("page/page.js")}, key=f"{_KEY}-component", on_back_change=lambda: None
        )


@cache
def _component() -> Any:
    return st.components.v2.component("hotspots.page", html="<span hidden></span>", js=LOADER)
