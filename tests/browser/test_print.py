"""On paper: the map of an area is ink on white whatever the screen, and its dots keep their classes."""

from __future__ import annotations

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
