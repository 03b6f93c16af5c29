"""The impact page in a real browser: the verdict is drawn, the map shows its cells, and the slider explores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import SCREENSHOTS, Visit

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
ROOT = (
    "[...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')].map((e) => e.shadowRoot)"
    ".find((root) => root?.querySelector('.layer-map .legend .row'))"
)
CELLS = f"({ROOT}?.querySelectorAll('.leaflet-cells-pane path') ?? [])"


def wait_for_page(page: Page) -> None:
    page.wait_for_selector(".hs-notes", timeout=120_000)
    page.wait_for_selector("[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg")
    page.wait_for_function(f"{CELLS}.length > 50", timeout=60_000)


def test_the_verdict_the_course_the_effects_and_the_places_are_drawn(visit: Visit) -> None:
    page = visit.open("impact?operation=momentum")
    wait_for_page(page)
    assert page.inner_text(".hs-verdict .word") == "Cannot tell"
    assert "95% interval" in page.inner_text(".hs-verdict .say")
    # The first screen of a laptop holds the answer and what it rests on.
    bottom = page.evaluate("document.querySelector('.hs-verdict').getBoundingClientRect().bottom")
    assert bottom < 768
    # Each bar lies within its column, and the dot within its bar.
    boxes = page.evaluate(
        """[...document.querySelectorAll('.hs-effects .bar > div')].map((bar) => {
            const outer = bar.getBoundingClientRect(), line = bar.querySelector('i').getBoundingClientRect();
            const dot = bar.querySelector('u')?.getBoundingClientRect();
            return [outer.width, line.left - outer.left, outer.right - line.right, dot ? dot.left - outer.left : 0];
        }).filter(([width]) => width > 0)"""
    )
    assert len(boxes) > 20
    assert all(width > 60 and left > -2 and right > -2 and dot > -8 for width, left, right, dot in boxes)
    widest = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth - window.innerWidth")
    assert widest <= 0, "nothing needs scrolling sideways"
    page.evaluate(f"{CELLS}[0].dispatchEvent(new MouseEvent('mouseover', {{bubbles: true}}))")
    assert "95% interval" in page.evaluate(f"{ROOT}.querySelector('.card').innerText")
    page.screenshot(path=SCREENSHOTS / "impact-1366.png")


def test_the_slider_explores_and_the_back_to_the_record_is_one_click(visit: Visit) -> None:
    page = visit.open("impact?operation=momentum&start=2021-05")
    page.wait_for_selector(".hs-verdict.exploration", timeout=120_000)
    assert page.locator(".hs-verdict").count() == 2
    page.wait_for_selector(".hs-notes", timeout=60_000)
    page.click("button:has-text('Stop exploring')")
    page.wait_for_url(lambda address: "start" not in address)
    page.wait_for_selector(".hs-verdict.exploration", state="detached", timeout=60_000)
    assert page.locator(".hs-verdict").count() == 1


def test_what_analysts_need_opens_on_a_click(visit: Visit) -> None:
    page = visit.open("impact?operation=momentum")
    wait_for_page(page)
    page.click("summary:has-text('For analysts')")
    page.wait_for_selector("text=Placebo in space", timeout=60_000)
    page.wait_for_function("document.querySelectorAll('[data-testid=stVegaLiteChart]').length === 3", timeout=60_000)
