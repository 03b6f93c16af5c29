"""Axe, the accessibility checker, on every page, light and dark: no serious or critical finding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from hotspots.ui.registry import PAGES
from tests.browser.conftest import Visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
WHAT = {
    "area": "area?area=ashington",
    "hot_cells": "hot_cells?panels=cells",
    "operation": "operation?operation=momentum",
    "impact": "impact?operation=momentum",
    "briefing": "briefing?area=ashington",
}
"""What a page shows that says more than its empty form."""
MORE = ("operation?operation=momentum&view=record", "operation?operation=momentum&view=log")
DARK = ("", "area?area=ashington", "operation?operation=momentum&view=record", "impact?operation=momentum", "data")
"""Pages that between them hold every kind of part; looked at in the dark as well."""
GRAVE = ("serious", "critical")
READY = ".stApp[data-test-script-state='notRunning']"


def find_grave(page: Page) -> list[str]:
    """Run the checker and list what is serious or critical, with where it is."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [_describe(rule, node) for rule in found if rule["impact"] in GRAVE for node in rule["nodes"]]


def _describe(rule: dict[str, Any], node: dict[str, Any]) -> str:
    return f"{rule['id']} at {node['target']}: {node['html'][:160]}"


def show(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("html[data-look]", state="attached", timeout=60_000)
    page.wait_for_selector("[data-testid=stSidebarNavItems] > [role=list]")
    page.wait_for_selector("h1", timeout=60_000)
    page.wait_for_selector(READY, timeout=60_000)
    page.wait_for_timeout(300)


@pytest.mark.parametrize("look", ["light", "dark"])
def test_no_page_has_a_grave_fault(browser: Browser, dashboard: str, cold: str, look: str) -> None:
    assert cold
    context = browser.new_context(viewport={"width": 1366, "height": 768}, color_scheme=look)  # type: ignore[arg-type]
    page = Visit(context, dashboard).open("help")
    faults = {}
    every = [*(WHAT.get(page.code, page.code) for page in PAGES if page.code != "access"), *MORE]
    for path in every if look == "light" else DARK:
        show(page, f"{dashboard}/{path}")
        assert page.evaluate("document.documentElement.dataset.look") == look
        if found := find_grave(page):
            faults[path] = found
    context.close()
    assert faults == {}


def test_checker_finds_a_fault_that_is_planted(browser: Browser, dashboard: str, cold: str) -> None:
    assert cold
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page = Visit(context, dashboard).open("help")
    show(page, f"{dashboard}/help")
    page.evaluate("document.querySelector('.hs-words').style.color = '#ddd'")
    page.evaluate("document.querySelectorAll('.hs-words dd').forEach((part) => { part.style.color = '#ddd'; })")
    assert any(found.startswith("color-contrast") for found in find_grave(page))
    context.close()
