"""Take the pictures of the README from a running dashboard: ``make pictures``."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS, find_chromium, serve
from tests.conftest import ROOT

IMAGES = ROOT / "docs" / "images"
PICTURES = {"overview": "", "area": "area?area=ashington"}
"""File name, and the address of what it shows."""


def main() -> None:
    """Show each page of the embedded data in a fresh browser and keep what it looks like."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, serve(Path(home)) as address, sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        for name, path in PICTURES.items():
            page = chromium.new_context(viewport={"width": 1440, "height": 900}).new_page()
            page.goto(f"{address}/{path}")
            page.wait_for_selector(".hs-notes", timeout=60_000)
            page.wait_for_load_state("networkidle")
            page.wait_for_timeout(1_500)
            page.screenshot(path=IMAGES / f"{name}.png")
        chromium.close()


if __name__ == "__main__":
    main()
