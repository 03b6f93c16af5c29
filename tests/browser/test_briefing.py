"""A briefing put together in a real browser: sections dragged and moved by keyboard, and the file taken away."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pptx import Presentation

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser
ROWS = ".section-list .row"
SHORT = "template=board-report&sections=ranking,trend,-map,-multiples,-impact,-forest,-displacement"


def read_sections(page: Page) -> list[str]:
    names: list[str] = page.eval_on_selector_all(
        f"{ROWS}:not(.out) .name", "found => found.map(each => each.textContent)"
    )
    return names


def wait_for_order(page: Page, first: str) -> None:
    page.wait_for_function("first => location.search.includes(`sections=${first}`)", arg=first)


def test_sections_are_dragged_moved_by_keyboard_and_taken_away(visit: Visit) -> None:
    page = visit.open(f"briefing?area=southwick&{SHORT}")
    page.wait_for_selector(ROWS)
    page.get_by_text("2. Is it growing?").wait_for()
    before = read_sections(page)
    assert before == ["Which wards come first, and how sure that is", "Is it growing?"]
    grips = page.locator(".section-list .grip")
    above, below = grips.nth(0).bounding_box(), grips.nth(1).bounding_box()
    assert above is not None
    assert below is not None
    page.mouse.move(above["x"] + 4, above["y"] + 6)
    page.mouse.down()
    page.mouse.move(below["x"] + 4, below["y"] + 4, steps=6)
    page.mouse.move(below["x"] + 4, below["y"] + 22, steps=6)
    page.mouse.up()
    wait_for_order(page, "trend")
    assert read_sections(page) == before[::-1]
    page.get_by_role("button", name="Move Is it growing? down").focus()
    page.keyboard.press("Enter")
    wait_for_order(page, "ranking")
    page.get_by_role("button", name="Leave out Is it growing?").click()
    page.wait_for_function("() => location.search.includes('-trend')")
    page.get_by_role("button", name="Make the file").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download board-report-southwick").click()
    slides = Presentation(io.BytesIO(Path(download.value.path()).read_bytes())).slides
    titles = [slide.shapes.title.text for slide in slides if slide.shapes.title is not None]
    assert any("Which wards come first" in title for title in titles)
    assert not any("Is it growing" in title for title in titles)
