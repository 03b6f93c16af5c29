"""The pages of the dashboard, in the order of its menu."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from hotspots.access import LAPTOP, Action, may

if TYPE_CHECKING:
    from streamlit.navigation.page import Page as StreamlitPage

    from hotspots.access import Person


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
    group
        The question that it answers; the heading above it in the menu.
    action
        What somebody must be allowed to do for the menu to show it; the page itself checks that again.
    """

    code: str
    title: str
    script: str
    group: str
    action: Action = Action.LOOK


PAGES: tuple[Page, ...] = (
    Page("", "Overview", "pages/overview.py", "Where"),
    Page("area", "Area", "pages/area.py", "Where"),
    Page("hot_cells", "Hotspots", "pages/hot_cells.py", "Where"),
    Page("trends", "Trends", "pages/trends.py", "Where"),
    Page("method_check", "Method check", "pages/method_check.py", "Where"),
    Page("operations", "Operations", "pages/operations.py", "What was done"),
    Page("operation", "Operation", "pages/operation.py", "What was done"),
    Page("impact", "Impact", "pages/impact.py", "Did it work"),
    Page("briefing", "Briefing", "pages/briefing.py", "Brief"),
    Page("data", "Data", "pages/data.py", "Data"),
    Page("access", "Access", "pages/access.py", "Data", Action.ADMINISTER),
    Page("help", "Help", "pages/help.py", "Data"),
)


def list_pages(person: Person | None) -> dict[str, list[StreamlitPage]]:
    """Turn the register into Streamlit's own pages, by the heading under which the menu shows them.

    A page that the person may not open is kept out of the menu, and says why where its address is known; to nobody, all
    are named and none is shown.
    """
    groups: dict[str, list[StreamlitPage]] = {}
    for page in PAGES:
        offered = person is None or may(person, page.action)
        if person is LAPTOP and page.action is Action.ADMINISTER:  # there is nobody to administer
            offered = False
        made = st.Page(
            page.script,
            title=page.title,
            url_path=page.code or None,
            default=not page.code,
            visibility="visible" if offered else "hidden",
        )
        groups.setdefault(page.group, []).append(made)
    return groups
