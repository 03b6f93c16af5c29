"""Axe, the accessibility checker, on every page, light and dark: no serious or critical finding.

The page of access, which only an administrator sees, is checked where one signs in: in ``test_sign_in.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hotspots.ui.registry import PAGES
from tests.browser.axe import find_grave

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
WHAT = {
    "area": "area?area=ashington",
    "hot_cells": "hot_cells?panels=cells",
    "operation": "operation?operation=momentum",
    "impact": "impact?operation=momentum",
    "briefing": "briefing?area=ashington",
}
"""What a page shows that says more than its empty form."""
RECORD = "operation?operation=momentum&view=record"
MORE = (RECORD, "operation?operation=momentum&view=log")
DARK = ("", WHAT["area"], WHAT["impact"], RECORD, "data")
"""Pages that between them hold every kind of part; looked at in the dark as well."""
READY = ".stApp[data-test-script-state='notRunning']"


def wait_for_all(page: Page, look: str) -> None:
    """Wait until a page has run, and the script of the page has named what Streamlit leaves without a name."""
    page.wait_for_selector(f"html[data-look={look}]", state="attached", timeout=60_000)
    page.wait_for_selector("h1", timeout=60_000)
    page.wait_for_selector(READY, timeout=60_000)
    page.wait_for_selector("[data-testid=stSidebarNavItems] > [role=list]")
    page.wait_for_selector("svg [role=graphics-symbol]:not([aria-label], [aria-hidden])", state="detached")


def test_no_page_has_a_grave_fault(visit: Visit) -> None:
    page = visit.open("help")
    faults = {}
    every = [(WHAT.get(each.code, each.code), "light") for each in PAGES if each.code != "access"]
    for path, look in [*every, *((path, "light") for path in MORE), *((path, "dark") for path in DARK)]:
        page.emulate_media(color_scheme="dark" if look == "dark" else "light")
        page.goto(f"{visit.address}/{path}")
        wait_for_all(page, look)
        if found := find_grave(page):
            faults[path, look] = found
    assert faults == {}


def test_checker_finds_a_fault_that_is_planted(visit: Visit) -> None:
    page = visit.open("help")
    wait_for_all(page, "light")
    page.evaluate("document.querySelectorAll('.hs-words dd').forEach((part) => { part.style.color = '#ddd'; })")
    assert any(found.startswith("color-contrast") for found in find_grave(page))


def test_page_follows_when_the_computer_goes_dark(visit: Visit) -> None:
    page = visit.open("help")
    wait_for_all(page, "light")
    page.emulate_media(color_scheme="dark")
    wait_for_all(page, "dark")
