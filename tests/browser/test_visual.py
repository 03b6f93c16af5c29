"""The main pages look as they looked when somebody last looked at them: compared with small pictures kept here.

When a page is meant to look otherwise, keep what the pages look like now with one command::

    NEW_REFERENCES=1 .venv/bin/python -m pytest tests/browser/test_visual.py

Then look at each picture of ``tests/screenshots`` of the same name, and commit ``tests/browser/references``. The
comparison is on blocks of pixels, so that letters drawn a little differently pass and a missing layer does not.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from tests.browser.conftest import SCREENSHOTS

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from playwright.sync_api import Page

    from tests.browser.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
REFERENCES = Path(__file__).parent / "references"
BLOCK = 8
"""Pixels of a block's side: wider than a letter's stroke, narrower than any mark of a map."""
SHIFT = 26.0
"""How far a block's mean colour may be from its reference, of 255."""
MOST = 0.005
"""Share of blocks that may be further: the room for another machine's letters. A missing layer takes several times as
many."""
PAGES = {
    "overview": "",
    "area": "area?area=ashington",
    "hotspots": "hot_cells?panels=cells",
    "operation": "operation?operation=momentum",
}
READY = ".stApp[data-test-script-state='notRunning']"


def show(visit: Visit, name: str, look: str) -> Page:
    """Show a page and wait until all of it stands still."""
    page = visit.open(PAGES[name], size=(1366, 900), color_scheme=look, reduced_motion="reduce")
    page.wait_for_selector(".hs-notes, .op-note", timeout=60_000)
    page.wait_for_selector(READY)
    if name == "area":
        page.frame_locator("iframe[title*=folium]").locator(".map-label").first.wait_for()
    _wait_for_stillness(page)
    return page


def take(page: Page, file: str) -> NDArray[np.float64]:
    """Take a picture of a page."""
    png = page.screenshot(animations="disabled")
    (SCREENSHOTS / f"{file}.png").write_bytes(png)
    return to_blocks(png)


def _wait_for_stillness(page: Page) -> None:
    """Wait until two pictures in a row are the same."""
    before = b""
    for _ in range(20):
        page.wait_for_timeout(350)
        now = page.screenshot(animations="disabled")
        if now == before:
            return
        before = now


def to_blocks(png: bytes) -> NDArray[np.float64]:
    """Reduce a picture to the mean colours of its blocks; shape (rows, columns, 3)."""
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype=np.float64)
    rows, columns = pixels.shape[0] // BLOCK, pixels.shape[1] // BLOCK
    blocks = pixels[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK, 3)
    return np.asarray(blocks.mean(axis=(1, 3)), dtype=np.float64)


def share_changed(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return the share of blocks whose colour differs by more than `SHIFT` in any channel."""
    assert one.shape == other.shape
    return float((np.abs(one - other).max(axis=2) > SHIFT).mean())


def compare(name: str, look: str, blocks: NDArray[np.float64]) -> float:
    path = REFERENCES / f"{name}-{look}.png"
    if os.environ.get("NEW_REFERENCES"):
        REFERENCES.mkdir(exist_ok=True)
        Image.fromarray(np.round(blocks).astype(np.uint8)).save(path, optimize=True)
    return share_changed(blocks, read_reference(name, look))


def read_reference(name: str, look: str) -> NDArray[np.float64]:
    path = REFERENCES / f"{name}-{look}.png"
    assert path.is_file(), f"no reference for {path.name}; make it with NEW_REFERENCES=1 and look at it"
    return np.asarray(Image.open(path).convert("RGB"), dtype=np.float64)


@pytest.mark.parametrize(
    ("name", "look"),
    [("overview", "light"), ("overview", "dark"), ("area", "light"), ("hotspots", "dark"), ("operation", "light")],
)
def test_page_looks_as_it_did(visit: Visit, name: str, look: str) -> None:
    changed = compare(name, look, take(show(visit, name, look), f"{name}-{look}"))
    assert changed <= MOST, f"{changed:.1%} of {name} ({look}) differ; see {SCREENSHOTS.name}/{name}-{look}.png"


MAPS = "[...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')].map((part) => part.shadowRoot)"
PARTS = {
    "wards": f"{MAPS}.map((root) => root?.querySelector('.leaflet-overlay-pane')).filter(Boolean)",
    "table": "[...document.querySelectorAll('[data-testid=stDataFrame]')]",
    "key figures": "[...document.querySelectorAll('.hs-figures')]",
    "menu": "[...document.querySelectorAll('[data-testid=stSidebarContent]')]",
}


def test_missing_part_is_noticed(visit: Visit) -> None:
    seen = {}
    page = show(visit, "overview", "light")
    for part, found in PARTS.items():
        page.evaluate(f"{found}.forEach((part) => {{ part.style.visibility = 'hidden'; }})")
        seen[part] = share_changed(take(page, f"overview-without-{part}"), read_reference("overview", "light"))
        page.evaluate(f"{found}.forEach((part) => {{ part.style.visibility = ''; }})")
    assert all(changed > 2 * MOST for changed in seen.values()), seen
