"""On paper: maps are ink on white whatever the screen, tables are text, and nothing is set on top of anything."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import Visit, wait_until_still

if TYPE_CHECKING:
    from playwright.sync_api import Frame

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
PIXELS = """() => {
    const count = {};
    for (const canvas of document.querySelectorAll("canvas.leaflet-zoom-animated")) {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        for (let at = 0; at < data.length; at += 4) {
            if (data[at + 3] < 255) continue;
            const colour = "#" + [0, 1, 2].map((one) => data[at + one].toString(16).padStart(2, "0")).join("");
            count[colour] = (count[colour] ?? 0) + 1;
        }
    }
    return count;
}"""
SHEETS = re.compile(rb"/Type /Page\b")
BOXES = """() => [...document.querySelectorAll(".stMain [data-testid$=Block]")]
    .filter((box) => box.checkVisibility() && getComputedStyle(box).display !== "block").length"""
TABLE = """() => {
    const paper = document.querySelector(".hs-paper"), shown = paper && getComputedStyle(paper).display;
    return paper && {
        shown, head: [...paper.tHead.rows[0].cells].map((cell) => cell.textContent),
        rows: [...paper.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.textContent)),
        share: paper.clientWidth / paper.closest(".stMainBlockContainer").clientWidth,
        picture: getComputedStyle(document.querySelector("[data-testid=stDataFrame] canvas")).visibility,
    };
}"""
CHARTS = "...[...document.querySelectorAll('[data-testid=stVegaLiteChart] svg')].map((chart) => chart.clientWidth)"
MOST_SHEETS = {"": 2, "area?area=ashington": 3, "operation?operation=momentum": 2, "impact?operation=momentum": 6}
SCREEN, PAPER, DARKEST_CLASS = "#10161b", "#ffffff", "#12436d"


def test_a_dark_map_prints_light_and_is_dark_again(visit: Visit) -> None:
    page = visit.open("area?area=southwick", color_scheme="dark")
    page.wait_for_selector(".hs-notes")
    page.frame_locator("iframe[title*=folium]").locator(".map-label .own").first.wait_for()
    frame: Frame = next(one for one in page.frames if "streamlit_folium" in one.url)
    wait_until_still(page, "() => document.querySelector('iframe').clientWidth")
    page.wait_for_timeout(300)
    screen = frame.evaluate(PIXELS)
    frame.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    paper = frame.evaluate(PIXELS)  # at once: the printer waits for no frame
    frame.evaluate("() => window.dispatchEvent(new Event('afterprint'))")
    assert screen[SCREEN] > 10_000
    assert screen.get(PAPER, 0) < 2_000
    assert paper[PAPER] > 10_000
    assert SCREEN not in paper
    assert paper.get(DARKEST_CLASS, 0) == screen.get(DARKEST_CLASS, 0)
    assert frame.evaluate(PIXELS) == screen


def test_a_table_on_paper_is_text_as_it_is_written(visit: Visit) -> None:
    page = visit.open("", color_scheme="dark")
    page.wait_for_selector(".hs-notes")
    page.wait_for_selector("[data-testid=stDataFrame] canvas table tbody tr", state="attached")
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    table = page.evaluate(TABLE)
    assert table["shown"] == "table"
    assert table["share"] > 0.9
    assert table["picture"] == "hidden"
    assert table["head"][:4] == ["Rank", "90% range", "Area", "Score"]
    monument = next(row for row in table["rows"] if row[2].startswith("Monument"))
    assert re.fullmatch(r"\d\d,\d{3}", monument[table["head"].index("Incidents")])
    page.evaluate("() => window.dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(TABLE) is None


@pytest.mark.parametrize("path", MOST_SHEETS)
def test_sheets_are_filled_one_block_below_the_other(visit: Visit, path: str) -> None:
    page = visit.open(path)
    page.wait_for_selector(".hs-notes, .op-note", timeout=120_000)
    page.wait_for_selector(".stApp[data-test-script-state='notRunning']")
    page.wait_for_selector("html[data-look]", state="attached")  # the script that writes tables is there
    for table in page.locator("[data-testid=stDataFrame]:visible").all():
        table.locator("canvas table tbody tr").first.wait_for(state="attached")
    wait_until_still(page, f"() => [{CHARTS}, document.querySelector('.stMain').scrollHeight].join()")
    sheets = page.pdf(format="A4")
    assert len(SHEETS.findall(sheets)) <= MOST_SHEETS[path]
    page.emulate_media(media="print")
    assert page.evaluate(BOXES) == 0, "a flex box breaks over two sheets with its parts on top of each other"
    assert not page.locator(".leaflet-control-zoom-in").or_(page.locator(".stCheckbox")).first.is_visible()
