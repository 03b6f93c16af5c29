"""On a tablet and a phone: no column of ours is squeezed into letters, and no cell grows taller than a picture."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from hotspots.views.pack import PackDocument, PackPage
from hotspots.views.pack_html import write_pack_html
from hotspots.views.pictures import RankedRow, RankingPicture
from tests.browser.conftest import Visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser

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
    "data": ".hs-coverage",
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


@pytest.mark.parametrize("width", WIDTHS)
def test_every_month_of_the_coverage_is_on_the_screen(visit: Visit, width: int) -> None:
    page = visit.open("data", size=(width, 1180))
    page.wait_for_selector(".hs-coverage")
    page.wait_for_selector(".stApp[data-test-script-state='notRunning']")
    edges = page.evaluate(
        "[...document.querySelectorAll('[data-month]')].map((cell) => cell.getBoundingClientRect().right)"
    )
    assert len(edges) == 34
    assert max(edges) <= width
    assert page.evaluate(
        "[...document.querySelectorAll('.hs-coverage td')].every((cell) => cell.scrollWidth <= cell.clientWidth + 1)"
    )


def write_pack() -> str:
    """Write a pack whose note and address have no place to break."""
    rows = tuple(RankedRow(k, f"Ward {k}", 100.4 - k, k, k + 2, f"W{k}") for k in range(1, 21))
    picture = RankingPicture(title="Which wards come first", rows=rows, total=20)
    document = PackDocument(
        name="review", title="Weekly review", subject="Southwick", period="May 2021", audience="", summary="a" * 200,
        pages=(PackPage("ranking", "ranking", "Against others", "https://example.org/" + "b" * 300, picture),),
        speaking_note="", left_out=(), marking="OFFICIAL", made_on=date(2023, 3, 14), address="area?" + "c" * 300,
        source="Source: police.uk", data_version="abc123",
    )  # fmt: skip
    return write_pack_html(document).decode()


def test_a_pack_is_read_on_a_phone_without_moving_the_page_sideways(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.set_content(write_pack())
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.locator("summary").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    picture = page.locator(".look")
    assert picture.evaluate("(look) => [look.clientWidth < 390, look.querySelector('img').clientWidth > 800]") == [
        True,
        True,
    ]  # its letters are read; it moves in its frame
    assert page.locator("figcaption p").last.is_visible()
    assert "1 Ward 1 (90% range 1 to 3)" in page.locator("figcaption").inner_text()
    page.set_viewport_size({"width": 1366, "height": 768})
    assert not page.locator("figcaption").is_visible()
    assert page.evaluate("document.querySelector('img').clientWidth") < 1366
    page.close()
