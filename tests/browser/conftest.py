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

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Route

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
)
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
        context.route("**/*", self._guard)
        context.add_init_script("localStorage.setItem('hotspots-tour', 'seen')")  # the tour has a test of its own

    def open(self, path: str = "") -> Page:
        page = self._context.new_page()
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._listen)
        page.goto(f"{self.address}/{path}")
        return page

    def _listen(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.faults.append(message.text)

    def _guard(self, route: Route) -> None:
        url = route.request.url
        if url.startswith((self.address, "data:", "blob:")):
            route.continue_()
        else:
            self.outside.append(url)
            route.abort()


def find_chromium() -> str:
    for name in CHROMIUM:
        path = shutil.which(name)
        if path:
            return path
    pytest.fail("No Chromium to drive: install the Debian package chromium, as in “apt-get install chromium”.")


@contextmanager
def serve(home: Path, *, base_path: str = "", **variables: str) -> Iterator[str]:
    """Run the dashboard until the block ends; yield its address without a slash at its end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {name: value for name, value in os.environ.items() if not name.startswith(("HOTSPOTS_", "STREAMLIT_"))}
    env |= {"HOTSPOTS_HOME": str(home), **variables}
    command = [
        sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", str(port),
        "--server.address", "127.0.0.1", "--server.baseUrlPath", base_path,
    ]  # fmt: skip
    log = home / "server.log"
    address = f"http://127.0.0.1:{port}" + (f"/{base_path}" if base_path else "")
    with log.open("wb") as output:
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
    text = page.inner_text("body")
    context.close()
    return text


@pytest.fixture
def visit(browser: Browser, dashboard: str, cold: str) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1366, "height": 768}, accept_downloads=True)
    context.set_default_timeout(30_000)
    window = Visit(context, dashboard)
    yield window
    context.close()
    assert window.outside == [], "a page asked another machine for something"
    assert window.faults == [], "a script of the page failed"
