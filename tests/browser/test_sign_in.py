"""Signing in for real: a provider, signed tokens, a browser, and a server behind a path of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hotspots.access import LAPTOP, Role
from hotspots.pipeline.operations import open_operations
from hotspots.settings import read_settings
from hotspots.store.ledger import list_accesses
from tests.browser.axe import find_grave
from tests.browser.conftest import SCREENSHOTS, _wait_until_up
from tests.oidc_provider import CLIENT, CLIENT_SECRET, Provider, run_provider
from tests.people import EMAILS, ROLES, write_roles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Route

pytestmark = pytest.mark.browser
PATH = "hotspots"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with run_provider() as running:
        yield running


@pytest.fixture(scope="module")
def guarded(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Run “hotspots serve” with sign-in from the environment, under a path of its own as behind a proxy."""
    home = tmp_path_factory.mktemp("guarded")
    write_roles(home)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}/{PATH}"
    env = {name: value for name, value in os.environ.items() if not name.startswith(("HOTSPOTS_", "STREAMLIT_"))}
    env |= {
        "HOTSPOTS_HOME": str(home),
        "HOTSPOTS_OIDC_METADATA_URL": f"{provider.address}/.well-known/openid-configuration",
        "HOTSPOTS_OIDC_CLIENT_ID": CLIENT,
        "HOTSPOTS_OIDC_CLIENT_SECRET": CLIENT_SECRET,
        "HOTSPOTS_OIDC_REDIRECT_URI": f"{address}/oauth2callback",
        "HOTSPOTS_COOKIE_SECRET": "0123456789abcdef" * 4,
        "STREAMLIT_SERVER_BASE_URL_PATH": PATH,
    }
    log = home / "server.log"
    command = [
        sys.executable,
        "-m",
        "hotspots.cli",
        "serve",
        "--headless",
        "--port",
        str(port),
        "--address",
        "127.0.0.1",
    ]
    with log.open("wb") as output:
        server = subprocess.Popen(command, env=env, stdout=output, stderr=output, start_new_session=True)
        try:
            _wait_until_up(server, address, log)
            yield address, home
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(10)


@pytest.fixture
def window(browser: Browser, guarded: tuple[str, Path], provider: Provider) -> Iterator[Page]:
    """Open a window of its own that may talk to the dashboard and the provider, and to nothing else."""
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    context.set_default_timeout(30_000)
    outside: list[str] = []

    def guard(route: Route) -> None:
        url = route.request.url
        if url.startswith((guarded[0].removesuffix(f"/{PATH}"), provider.address, "data:", "blob:")):
            route.continue_()
        else:
            outside.append(url)
            route.abort()

    context.route("**/*", guard)
    yield context.new_page()
    context.close()
    assert outside == []
    provider.claims, provider.forged = {}, False


def sign_in(page: Page, address: str, provider: Provider, email: str, path: str = "") -> None:
    provider.claims = {"email": email}
    page.goto(f"{address}/{path}")
    page.get_by_role("button", name="Sign in").click()


def test_nobody_sees_anything_before_signing_in(window: Page, guarded: tuple[str, Path]) -> None:
    for path in ("", "operation?operation=momentum"):
        window.goto(f"{guarded[0]}/{path}")
        window.get_by_role("button", name="Sign in").wait_for()
        text = window.inner_text("body")
        assert "Use the account that you use at work" in text
        assert "Momentum" not in text
        assert "Overview" not in text
        assert window.locator("[data-testid=stSidebarNav]").count() == 0
        assert window.locator("[data-testid=stDataFrame], iframe, [data-testid=stSelectbox]").count() == 0
    window.screenshot(path=SCREENSHOTS / "sign-in.png")


def test_each_role_signs_in_and_sees_what_it_may(
    browser: Browser, guarded: tuple[str, Path], provider: Provider
) -> None:
    address, home = guarded
    pages = {}
    for role in (Role.VIEWER, Role.NEIGHBOURHOOD, Role.ADMINISTRATOR):
        context = browser.new_context(viewport={"width": 1366, "height": 768})
        page = context.new_page()
        sign_in(page, address, provider, EMAILS[role])
        page.locator("[data-testid=stSidebarNav]").wait_for()
        page.goto(f"{address}/operation?operation=momentum&view=log")
        page.get_by_role("radio", name="Scorecard").or_(page.get_by_text("Scorecard")).first.wait_for()
        menu = page.inner_text("[data-testid=stSidebarNav]")
        pages[role] = (page.inner_text("body"), menu)
        if role is Role.NEIGHBOURHOOD:
            page.goto(f"{address}/operation?operation=benwell&view=rows")
            page.get_by_text("Benwell is not among the areas of your neighbourhood team").wait_for()
        if role is Role.ADMINISTRATOR:
            page.goto(f"{address}/access")
            page.locator("[data-testid=stDataFrame] canvas").nth(1).wait_for()
            page.locator("html[data-look] [data-testid=stSidebarNavItems] > [role=list]").first.wait_for()
            page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
            page.screenshot(path=SCREENSHOTS / "access.png")
            assert find_grave(page) == []
            page.get_by_text("Ada Administrator").first.click()
            page.get_by_role("button", name="Sign out").click()
            page.get_by_role("button", name="Sign in").wait_for()
            assert page.url.startswith(address)
            page.goto(f"{address}/access")
            page.get_by_role("button", name="Sign in").wait_for()
        context.close()
    assert "Edit many rows" in pages[Role.ADMINISTRATOR][0]
    assert "Edit many rows" not in pages[Role.VIEWER][0]
    assert "Edit many rows" in pages[Role.NEIGHBOURHOOD][0]  # Momentum works in Ashington, as its team does
    assert [role for role in pages if "Access" in pages[role][1]] == [Role.ADMINISTRATOR]
    ledger = open_operations(replace(read_settings(), home=home, person=None)).act_as(LAPTOP)
    try:
        lines = list_accesses(ledger)
    finally:
        ledger.close()
    assert {line.person for line in lines} >= {"Vi Viewer", "PS 1234 Ashington", "Ada Administrator"}
    assert {"operation/momentum/log", "audit/accesses"} <= {line.subject for line in lines}
    assert not [line for line in lines if "benwell" in line.subject]


def test_a_stranger_and_a_forged_token_are_not_let_in(
    window: Page, guarded: tuple[str, Path], provider: Provider
) -> None:
    sign_in(window, guarded[0], provider, "stranger@elsewhere.example")
    window.get_by_text("no role here").wait_for()
    window.get_by_role("button", name="Sign out").click()
    window.get_by_text("Use the account that you use at work").wait_for()
    provider.forged = True
    sign_in(window, guarded[0], provider, EMAILS[Role.ADMINISTRATOR])
    window.wait_for_url(f"{guarded[0]}/**")
    window.get_by_text("Use the account that you use at work").wait_for()
    assert "Overview" not in window.inner_text("body")


def test_a_role_that_is_withdrawn_ends_at_the_next_click(
    window: Page, guarded: tuple[str, Path], provider: Provider
) -> None:
    address, home = guarded
    sign_in(window, address, provider, EMAILS[Role.ANALYST], "operation?operation=momentum")
    window.wait_for_url("**/operation?*operation=momentum*")
    window.get_by_text("Edit many rows").wait_for()
    try:
        write_roles(home, ROLES.replace('role = "analyst"', 'role = "none" # withdrawn'))
        window.get_by_text("Edit many rows").click()
        window.get_by_text("no role here").wait_for()
    finally:
        write_roles(home)


def test_the_cookie_is_no_use_when_changed_and_the_secrets_are_the_servers(
    window: Page, guarded: tuple[str, Path], provider: Provider
) -> None:
    address, home = guarded
    assert (home / "sign-in.toml").stat().st_mode & 0o077 == 0
    sign_in(window, address, provider, EMAILS[Role.VIEWER])
    window.locator("[data-testid=stSidebarNav]").wait_for()
    cookies = window.context.cookies()
    own = next(cookie for cookie in cookies if cookie["name"] == "_streamlit_user")
    assert own["httpOnly"]
    value = own["value"]
    middle = len(value) // 2
    own["value"] = value[:middle] + ("A" if value[middle] != "A" else "B") + value[middle + 1 :]
    window.context.add_cookies([own])
    window.goto(address)
    window.get_by_role("button", name="Sign in").wait_for()
