"""The pages of the dashboard, in the order of its menu."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from streamlit.navigation.page import Page as StreamlitPage


@dataclass(frozen=True)
class Page:
    """One page.

    Attributes
    ----------
    code
        Its address below the dashboard's; empty for the first page.
    title
        Its name in the menu and the browser's tab.
    script
        Its file, beside app.py.
    """

    code: str
    title: str
    script: str


PAGES: tuple[Page, ...] = (
    Page("", "Overview", "pages/overview.py"),
    Page("area", "Area", "pages/area.py"),
    Page("hot_cells", "Hotspots", "pages/hot_cells.py"),
    Page("trends", "Trends", "pages/trends.py"),
    Page("method_check", "Method check", "pages/method_check.py"),
    Page("operations", "Operations", "pages/operations.py"),
    Page("operation", "Operation", "pages/operation.py"),
    Page("data", "Data", "pages/data.py"),
)


def list_pages() -> list[StreamlitPage]:
    """Turn the register into Streamlit's own pages."""
    return [st.Page(page.script, title=page.title, url_path=page.code or None, default=not page.code) for page in PAGES]
