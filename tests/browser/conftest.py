"""A dashboard of our own on a free port, and a real Chromium that may talk to it and to nothing else."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, TimeoutError, sync_playwright  # noqa: A004 - Playwright's own

from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Request

SCREENSHOTS = ROOT / "tests" / "screenshots"
CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)
"""The last: no other machine is ever found, so that what a page asks of one can be noted and goes nowhere."""
HOSTILE = "<img src=x onerror=window.harmed=1>${window.harmed=2}{{7*7}}"
"""A name that a force could give an area, and that must stay a name."""
COLD = "area?area=ashington"
"""What the very first visitor of a fresh server asks for."""


class Visit:
    """One browser window with its own session: pages, and every request that was not for the dashboard."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.address = address
        self.outside: list[str] = []
        self.faults: list[str] = []
        self._context = context
        self._pages: list[Page] = []

    def open(self, path: str = "", *, size: tuple[int, int] | None = None, **media: Any) -> Page:
        """Open a page in a tab of its own, of the window's size or another, with Playwright's media to emulate."""
        page = self._context.new_page()
        self._pages.append(page)
        if size is not None:
            page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(**media)
        page.add_init_script("localStorage.setItem('hotspots-tour', 'seen')")  # the tour has a test of its own
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._listen)
        page.on("request", self._note)
        page.goto(f"{self.address}/{path}")
        return page

    def close(self) -> None:
        for page in self._pages:
            page.close()

    def _listen(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.faults.append(message.text)

    def _note(self, request: Request) -> None:
        # Noted and not held up: a request that waits for an answer from here is never taken from the browser's cache.
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.outside.append(request.url)


def find_chromium() -> str:
    for name in CHROMIUM:
        path = shutil.which(name)
        if path:
            return path
    pytest.fail("No Chromium to drive: install the Debian package chromium, as in “apt-get install chromium”.")


@contextmanager
def serve(home: Path, *, base_path: str = "", port: int = 0, **variables: str) -> Iterator[str]:
    """Run the dashboard until the block ends; yield its address without a slash at its end."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        port = probe.getsockname()[1]
    env = {name: value for name, value in os.environ.items() if not name.startswith(("HOTSPOTS_", "STREAMLIT_"))}
    env |= {"HOTSPOTS_HOME": str(home), **variables}
    command = [
        sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", str(port),
        "--server.address", "127.0.0.1", "--server.baseUrlPath", base_path,
    ]  # fmt: skip
    log = home / "server.log"
    address = f"http://127.0.0.1:{port}" + (f"/{base_path}" if base_path else "")
    with log.open("ab") as output:
        server = subprocess.Popen(command, cwd=ROOT, env=env, stdout=output, stderr=output)
        try:
            _wait_until_up(server, address, log)
            yield address
        finally:
            server.terminate()
            server.wait(10)


def _wait_until_up(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    for _ in range(300):
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"The dashboard did not start:\n{log.read_text()[-2000:]}")


def _wait_for_function(page: Page, expression: str, *, arg: Any = None, timeout: float = 30_000, **_: Any) -> None:
    """Wait as Playwright does, but ask from outside: the page's security policy forbids it to evaluate text."""
    until = time.monotonic() + timeout / 1000
    while not page.evaluate(expression, arg):
        if time.monotonic() > until:
            raise TimeoutError(f"This did not come true in {timeout / 1000:g} s: {expression}")
        page.wait_for_timeout(50)


def wait_until_still(page: Page, expression: str, *, timeout: float = 10_000) -> Any:
    """Wait until an expression has had the same value for a fifth of a second, and return it."""
    until = time.monotonic() + timeout / 1000
    since, value = time.monotonic(), page.evaluate(expression)
    while time.monotonic() < since + 0.2:
        if time.monotonic() > until:
            raise TimeoutError(f"This did not come to rest in {timeout / 1000:g} s: {expression}")
        page.wait_for_timeout(50)
        if (now := page.evaluate(expression)) != value:
            since, value = time.monotonic(), now
    return value


@pytest.fixture(scope="session", autouse=True)
def _ask_from_outside() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Page, "wait_for_function", _wait_for_function)
        yield


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = find_chromium()
    SCREENSHOTS.mkdir(exist_ok=True)
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve(tmp_path_factory.mktemp("home")) as address:
        yield address


@pytest.fixture(scope="session")
def cold(browser: Browser, dashboard: str) -> str:
    """Visit an inner page as the very first of a fresh server, and read it; every other test comes after."""
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page = Visit(context, dashboard).open(COLD)
    page.wait_for_selector(".hs-notes", timeout=60_000)
    page.get_by_role("button", name="Reset all filters").wait_for()  # the sidebar's script may come after the page's
    text = page.inner_text("body")
    context.close()
    return text


@pytest.fixture(scope="session")
def shared(browser: Browser) -> Iterator[BrowserContext]:
    """Open a window whose cache all tests share, as a visitor's does: scripts are fetched and compiled once."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, accept_downloads=True)
    context.set_default_timeout(30_000)
    yield context
    context.close()


@pytest.fixture
def visit(shared: BrowserContext, dashboard: str, cold: str) -> Iterator[Visit]:
    opened = Visit(shared, dashboard)
    yield opened
    opened.close()
    assert opened.outside == [], "a page asked another machine for something"
    assert opened.faults == [], "a script of the page failed"
