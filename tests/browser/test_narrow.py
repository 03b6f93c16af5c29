"""On a tablet and a phone: no column of ours is squeezed into letters, and no cell grows taller than a picture."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
WIDTHS = (820, 390)
LEAST_LETTERS, TALLEST = 6, 160
SQUEEZED = """([letters, tallest]) => [...document.querySelectorAll(".stMain .stHtml *")].filter((one) => {
    const text = [...one.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join("").trim();
    const style = getComputedStyle(one), box = one.getBoundingClientRect();
    const hidden = !one.checkVisibility() || style.clipPath !== "none" || one.closest("caption");
    if (text.length <= letters || hidden || style.display.startsWith("inline")) return false;
    const room = one.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    return room < letters * parseFloat(style.fontSize) / 2 || (one.matches("td, th") && box.height > tallest)
        || box.right > innerWidth + 1;
}).map((one) => `${one.tagName} ${one.className} “${one.textContent.slice(0, 40)}”`)"""
"""Texts of ours with room for fewer letters than that, in a cell that is too tall, or beyond the edge of the screen."""
PAGES = {
    "impact?operation=momentum": ".hs-notes",
    "operation?operation=momentum": ".op-story, .op-none, .op-note",
    "area?area=ashington": ".hs-notes",
    "overview": ".hs-notes",
    "trends": ".hs-multiples",
    "help": ".hs-words",
}


@pytest.mark.parametrize("path", PAGES)
def test_no_text_is_squeezed_into_letters(visit: Visit, path: str) -> None:
    page = visit.open(path, size=(820, 1180))
    page.wait_for_selector(PAGES[path], timeout=120_000)
    if path.startswith("impact"):
        page.click("summary:has-text('For analysts')")
        page.wait_for_selector("text=Standardised differences", state="attached", timeout=60_000)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 1180})
        page.wait_for_timeout(300)
        assert page.evaluate(SQUEEZED, [LEAST_LETTERS, TALLEST]) == [], f"at {width} pixels"
