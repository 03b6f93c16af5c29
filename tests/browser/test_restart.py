"""A server that is started again while somebody has a page open."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import serve

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.browser


def wait_for_line(page: Page, state: str) -> None:
    page.wait_for_selector(f'.stApp[data-test-connection-state="{state}"]', timeout=60_000)


def test_the_first_press_after_a_restart_counts(shared: BrowserContext, tmp_path: Path) -> None:
    page = shared.new_page()
    with serve(tmp_path) as address:
        page.goto(f"{address}/?lens=violence")
        expect(page.locator("h1")).to_have_text("Violence in Northumbria", timeout=60_000)
        page.wait_for_selector(".st-key-find", timeout=60_000)
        page.wait_for_timeout(1_000)
    wait_for_line(page, "PINGING_SERVER")
    drawn = page.evaluate("performance.now()")
    with serve(tmp_path, port=int(address.rsplit(":", 1)[-1])):
        until = time.monotonic() + 60
        while (tmp_path / "server.log").read_text().count("Overview drawn") < 2:
            assert time.monotonic() < until, "the new server was not asked for the page"
            page.wait_for_timeout(100)
        expect(page.locator("h1")).to_have_text("Violence in Northumbria")
        page.get_by_role("button", name="Reset all filters").click()
        expect(page.locator("h1")).to_have_text("All crime and ASB in Northumbria", timeout=30_000)
    assert page.evaluate("performance.now()") > drawn, "the page itself was loaded again"
    page.close()
