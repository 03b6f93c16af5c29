"""What one person's browser waits for and fetches: a cold start, a first visit, a later one, and changes of a filter.

A real Chromium measures what comes over the wire, compressed as it is, websocket included. The cold start counts from
the moment that the server's process begins to the ward map on the screen of a browser that has never been here.

    python benchmarks/bench_visit.py

``HOTSPOTS_HOME`` names the data; the embedded extract without it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

from benchmarks.bench_load import ROOT, serve

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
MAP = """[...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')].some(
  one => (one.shadowRoot?.querySelectorAll('.leaflet-overlay-pane path').length ?? 0) > 100)"""
PAGES = ("", "area?area=ashington", "hot_cells", "trends", "operations", "operation?operation=momentum", "data")


class Meter:
    """Bytes of one page, by kind and by file."""

    def __init__(self, context: BrowserContext) -> None:
        self.page = context.new_page()
        self.files: Counter[str] = Counter()
        self.socket = 0
        self.refused: list[str] = []
        self.page.on("console", self._listen)
        line = context.new_cdp_session(self.page)
        line.send("Network.enable")
        names: dict[str, str] = {}
        line.on("Network.requestWillBeSent", lambda event: names.update({event["requestId"]: event["request"]["url"]}))
        line.on("Network.loadingFinished", lambda event: self._add(names.get(event["requestId"], "?"), event))
        line.on("Network.webSocketFrameReceived", self._hear)

    def _add(self, name: str, event: Any) -> None:
        self.files[name.split("?", maxsplit=1)[0].rsplit("/", 1)[-1] or "/"] += int(event["encodedDataLength"])

    def _hear(self, event: Any) -> None:
        # The length is that of the payload as it was before compression: an upper bound.
        self.socket += len(event["response"]["payloadData"]) * 3 // 4

    def _listen(self, message: Any) -> None:
        if "Content Security Policy" in message.text:
            self.refused.append(message.text)

    @property
    def total(self) -> int:
        """Bytes of files."""
        return sum(self.files.values())


def wait_for_map(page: Page) -> None:
    """Wait until more than a hundred wards are on the screen."""
    until = time.monotonic() + 60
    while not page.evaluate(MAP):
        if time.monotonic() > until:
            raise SystemExit("The map did not appear within a minute.")
        page.wait_for_timeout(20)


def main() -> None:
    """Measure, and print."""
    path = next(found for name in CHROMIUM if (found := shutil.which(name)))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        started = time.perf_counter()
        with serve(ROOT / "app.py", Path(folder) / "log", os.environ.get("HOTSPOTS_HOME")) as (address, _, up):
            context = browser.new_context(viewport={"width": 1366, "height": 768})
            first = Meter(context)
            first.page.goto(address)
            wait_for_map(first.page)
            cold = time.perf_counter() - started
            first.page.wait_for_timeout(2_000)
            print(f"server answers after {up:.2f} s; cold start to the first map {cold:.2f} s")
            print(f"first visit: {first.total / 1000:.0f} kB of files, {len(first.files)} of them")
            for name, size in first.files.most_common(8):
                print(f"    {size / 1000:7.1f} kB {name}")
            later = Meter(context)
            began = time.perf_counter()
            later.page.goto(address)
            wait_for_map(later.page)
            shown = time.perf_counter() - began
            later.page.wait_for_timeout(2_000)
            print(f"later visit: {later.total / 1000:.0f} kB of files; map after {shown:.2f} s")
            fresh = Meter(browser.new_context(viewport={"width": 1366, "height": 768}))
            began = time.perf_counter()
            fresh.page.goto(address)
            wait_for_map(fresh.page)
            print(f"first visit to a warm server: map after {time.perf_counter() - began:.2f} s")
            refused = [*first.refused, *later.refused, *fresh.refused]
            for page in PAGES:
                seen = Meter(context)
                seen.page.goto(f"{address}/{page}")
                seen.page.wait_for_selector(".hs-notes, .hs-section", timeout=60_000)
                seen.page.wait_for_timeout(2_500)
                sizes = f"{seen.total / 1000:7.1f} kB of files, {seen.socket / 1000:7.1f} kB of plain messages"
                print(f"    /{page:32} {sizes}")
                refused += seen.refused
                seen.page.close()
            print(f"refused by the security policy: {len(refused)}", *refused[:3], sep="\n")
        browser.close()


if __name__ == "__main__":
    main()
