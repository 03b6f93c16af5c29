"""The hotspots, trends and method pages in a real browser: maps draw, move together, and panning runs nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from hotspots.views.palette import contrast
from tests.browser.conftest import SCREENSHOTS, Visit, wait_until_still

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
ROOTS = (
    "[...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')].map((e) => e.shadowRoot)"
    ".filter((root) => root?.querySelector('.layer-map .legend .row'))"
)
CELLS = f"({ROOTS}[0]?.querySelectorAll('.leaflet-cells-pane path') ?? [])"
LINES = f"{ROOTS}.map((root) => root.querySelector('.leaflet-control-scale-line'))"
SCALES = f"{LINES}.map((line) => line.textContent + line.style.width)"
COUNT_SENT = """
window.sent = 0;
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (...words) { window.sent += 1; return send.apply(this, words); };
0
"""


SIZES = ((1366, 768), (1920, 1080))


def wait_for_maps(page: Page, count: int = 1) -> None:
    page.wait_for_function(f"{ROOTS}.length === {count}", timeout=60_000)
    page.wait_for_selector(".hs-notes")
    page.wait_for_selector(".stApp[data-test-script-state='notRunning']")
    wait_until_still(page, SCALES)


@pytest.mark.parametrize("panel", ["surface", "change", "cells", "clusters", "emerging"])
def test_each_method_draws_its_map(visit: Visit, panel: str) -> None:
    page = visit.open(f"hot_cells?panels={panel}")
    for size in SIZES:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        wait_for_maps(page)
        check_map(page, panel)
        page.screenshot(path=SCREENSHOTS / f"hotspots-{panel}-{size[0]}.png")


def check_map(page: Page, panel: str) -> None:
    if panel in ("cells", "emerging"):
        assert page.evaluate(f"{CELLS}.length") > 100
    if panel == "surface":
        source = page.evaluate(f"{ROOTS}[0].querySelector('img.leaflet-image-layer').src.slice(0, 22)")
        assert source == "data:image/png;base64,"
        assert page.evaluate(f"{ROOTS}[0].querySelector('img.leaflet-image-layer').naturalWidth") > 500
    if panel != "emerging":
        page.wait_for_function(f"{ROOTS}[0].querySelectorAll('.map-label .number').length > 3")


def test_two_maps_move_together_and_a_move_runs_nothing(visit: Visit) -> None:
    page = visit.open("hot_cells?panels=cells,emerging")
    wait_for_maps(page, 2)
    before = wait_until_still(page, SCALES)
    assert before[0] == before[1]
    page.evaluate(COUNT_SENT)
    page.locator(".leaflet-control-zoom-in").first.click()
    page.locator(".leaflet-control-zoom-in").first.click()
    page.wait_for_function(f"(before) => {SCALES}[0] !== before", arg=before[0])
    after = wait_until_still(page, SCALES)
    assert after[0] == after[1]
    assert after != before
    assert page.evaluate("window.sent") == 0
    page.screenshot(path=SCREENSHOTS / "hotspots-beside-1366.png")


def test_the_view_stays_when_the_method_changes(visit: Visit) -> None:
    page = visit.open("hot_cells?panels=cells")
    wait_for_maps(page)
    whole = page.evaluate(SCALES)
    page.locator(".leaflet-control-zoom-in").first.click()
    page.wait_for_function(f"(whole) => {SCALES}[0] !== whole", arg=whole[0])
    before = wait_until_still(page, SCALES)
    page.click("button:has-text('Emerging')")
    page.wait_for_selector("text=how hot each cell")
    page.wait_for_function(f"{ROOTS}[0].querySelector('.legend').innerText.startsWith('Over time')")
    assert page.evaluate(SCALES) == before
    page.wait_for_url("**panels=emerging**")


def test_a_click_on_a_ward_chooses_it_everywhere(visit: Visit) -> None:
    page = visit.open("hot_cells?panels=clusters")
    wait_for_maps(page)
    shape = f"{ROOTS}[0].querySelector('path[data-code=E05001172]')"
    page.evaluate(f"{shape}.dispatchEvent(new MouseEvent('click', {{bubbles: true}}))")
    page.wait_for_url("**area=E05001172**")


def test_cards_tell_the_figures_of_a_cell(visit: Visit) -> None:
    page = visit.open("hot_cells?panels=cells")
    wait_for_maps(page)
    page.evaluate(f"{CELLS}[0].dispatchEvent(new MouseEvent('mouseover', {{bubbles: true}}))")
    card = page.evaluate(f"{ROOTS}[0].querySelector('.card').innerText")
    assert "Chance would give" in card
    assert "Score (z)" in card


def test_trends_and_method_check_draw(visit: Visit) -> None:
    page = visit.open("trends")
    page.wait_for_selector(".hs-notes", timeout=60_000)
    for size in SIZES:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        widths = page.evaluate("[...document.querySelectorAll('.hs-multiples img')].map((image) => image.naturalWidth)")
        assert len(widths) == 12
        assert min(widths) > 0
        page.screenshot(path=SCREENSHOTS / f"trends-{size[0]}.png")
    page.goto(f"{visit.address}/method_check")
    page.wait_for_selector("text=of what the next 3 months bring", timeout=60_000)
    page.wait_for_selector("[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg")
    for size in SIZES[::-1]:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.wait_for_selector("[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg")
        page.screenshot(path=SCREENSHOTS / f"method-check-{size[0]}.png")


LOOKS = f"""() => {{
    const root = {ROOTS}[0], look = (selector, name) => getComputedStyle(root.querySelector(selector))[name];
    const rows = Object.fromEntries([...root.querySelectorAll(".legend .row")].map((row) => [row.innerText.trim(),
        getComputedStyle(row.querySelector(".swatch"))]));
    const fills = Object.values(rows).map((style) => style.backgroundColor).slice(0, 6);
    return {{
        below: rows["Below the average"].backgroundColor, ward: look("path[data-code]", "fill"), fills,
        dashes: rows["Named area"].borderTopColor,
        outline: look(".leaflet-outlines-pane path[stroke-dasharray]", "stroke"),
    }};
}}"""


def read_colour(text: str) -> str:
    """Turn ``rgb(1, 2, 3)`` into ``#010203``."""
    return "#" + "".join(f"{int(part):02X}" for part in re.findall(r"\d+", text)[:3])


@pytest.mark.parametrize("panel", ["surface", "change"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_surface_and_its_legend_are_one_and_most_stands_out_most(visit: Visit, panel: str, scheme: str) -> None:
    page = visit.open(f"hot_cells?panels={panel}", color_scheme=scheme)
    wait_for_maps(page)
    page.wait_for_function(f"{ROOTS}[0].querySelector('.leaflet-outlines-pane path[stroke-dasharray]')")
    looks = page.evaluate(LOOKS)
    assert looks["below"] == looks["ward"]
    assert looks["dashes"] == looks["outline"]
    ground = read_colour(looks["ward"])
    assert contrast(ground, read_colour(looks["outline"])) > 7
    if panel == "surface":
        steps = [contrast(ground, read_colour(fill)) for fill in looks["fills"]]
        assert steps == sorted(steps, reverse=True)
