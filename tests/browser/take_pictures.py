"""Take the pictures of the README and the documents from a running dashboard: ``make pictures``.

Names after ``python -m tests.browser.take_pictures`` take those alone, as in ``overview area-dark``.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS, find_chromium, serve
from tests.conftest import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Page

IMAGES = ROOT / "docs" / "images"
PICTURES = {
    "overview": "",
    "area": "area?area=ashington",
    "hotspots": "hot_cells?panels=cells",
    "trends": "trends",
    "method-check": "method_check",
    "operations": "operations",
    "operation": "operation?operation=momentum",
    "impact": "impact?operation=momentum",
    "briefing": "briefing?area=ashington",
    "data": "data",
    "help": "help",
}
"""File name, and the address of what it shows."""
WIDE = (1440, 900)
LOOKS = {"": (WIDE, "light"), "-dark": (WIDE, "dark"), "-phone": ((390, 844), "light")}
"""End of the file name, size in pixels and look."""
MORE = ("overview", "area")
"""Pages that are shown in every look; of the others, one look tells enough."""
MOST_BYTES = 300_000


def main() -> None:
    """Show each page of the embedded data in a fresh browser and keep what it looks like."""
    wanted = sys.argv[1:]
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, serve(Path(home)) as address, sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        for end, ((width, height), look) in LOOKS.items():
            context = chromium.new_context(
                viewport={"width": width, "height": height},
                color_scheme=look,
            )
            context.add_init_script("localStorage.setItem('hotspots-tour', 'seen')")
            for name, path in PICTURES.items():
                if (not end or name in MORE) and (not wanted or name + end in wanted):
                    page = context.new_page()
                    page.goto(f"{address}/{path}")
                    _keep(page, IMAGES / f"{name}{end}.png")
                    page.close()
            context.close()
        chromium.close()


def _keep(page: Page, file: Path) -> None:
    """Wait until the page stands still, and write it."""
    page.wait_for_selector("h1", timeout=120_000)
    page.wait_for_selector(".stApp[data-test-script-state='notRunning']", timeout=120_000)
    before = b""
    for _ in range(30):
        page.wait_for_timeout(500)
        now = page.screenshot(animations="disabled")
        if now == before:
            break
        before = now
    picture = Image.open(io.BytesIO(before)).convert("RGB")
    picture.save(file, optimize=True)
    if file.stat().st_size > MOST_BYTES:  # fewer colours, chosen so that rare ones such as an outline's stay
        picture.quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(file, optimize=True)
    if file.stat().st_size > MOST_BYTES:
        raise SystemExit(f"{file.name} has {file.stat().st_size:,} bytes, more than {MOST_BYTES:,}.")


if __name__ == "__main__":
    main()
