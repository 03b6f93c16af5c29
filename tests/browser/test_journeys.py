"""The two ways through the dashboard as people go them, by mouse and by keys alone; nothing leaves the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SCREENSHOTS, Visit, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
STEPS = ".st-key-next-steps a"
SEARCH = ".st-key-find input"
READY = ".stApp[data-test-script-state='notRunning']"


@pytest.fixture(scope="module")
def own(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a dashboard with a ledger of its own, so that what is logged here is nobody else's."""
    with serve(tmp_path_factory.mktemp("journeys")) as address:
        yield address


@pytest.fixture
def team(shared: BrowserContext, own: str) -> Iterator[Visit]:
    window = Visit(shared, own)
    yield window
    window.close()
    assert window.outside == [], "a page asked another machine for something"
    assert window.faults == [], "a script of the page failed"


def settle(page: Page) -> None:
    """Wait until nothing runs, and nothing has begun to run because of what was pressed last."""
    page.wait_for_selector("html[data-look]", state="attached")  # the script of the page is there, and hears keys
    page.wait_for_selector(READY, timeout=60_000)
    page.wait_for_timeout(100)
    page.wait_for_selector(READY, timeout=60_000)


def find(page: Page, words: str) -> None:
    """Open the search box by its key and take the first that it finds."""
    settle(page)
    page.keyboard.press("/")
    expect(page.locator(SEARCH)).to_be_focused()
    page.keyboard.type(words)
    page.locator(f"[role=option]:has-text('{words}')").first.wait_for()
    page.keyboard.press("Enter")


def test_commander_goes_from_the_force_to_the_briefing_in_one_click_a_step(visit: Visit) -> None:
    page = visit.open()
    page.wait_for_selector(".hs-notes")
    find(page, "Ashington – named area")
    page.wait_for_selector("h1:text-is('Ashington')")
    assert "area=ashington" in page.url
    page.click(f"{STEPS}:has-text('Momentum')")
    page.wait_for_selector("h1:has-text('Momentum')")
    assert "operation=momentum" in page.url
    settle(page)
    page.click(f"{STEPS}:has-text('Did it work?')")
    page.wait_for_url("**/impact?*operation=momentum*")
    page.wait_for_selector("h1:has-text('Momentum')")
    settle(page)
    page.click(f"{STEPS}:has-text('Briefing')")
    page.wait_for_url("**/briefing?**")
    page.wait_for_selector("h1")
    assert page.locator(".hs-message.wrong").count() == 0


def test_neighbourhood_team_finds_its_area_logs_takes_back_and_prints(team: Visit) -> None:
    page = team.open("area?area=ashington")
    page.wait_for_selector("h1:text-is('Ashington')")
    settle(page)
    page.click("button:has-text('Latest month')")
    page.wait_for_url("**from=2023-02*")
    page.wait_for_selector("button:has-text('Whole period')")
    settle(page)
    page.evaluate("window.print = () => { window.printed = true; }")
    page.click("button.hs-print:has-text('Print')")
    assert page.evaluate("window.printed")
    page.emulate_media(media="print")
    assert page.locator(".stSidebar").is_visible() is False
    assert page.locator(".hs-marking").first.is_visible()
    page.screenshot(path=SCREENSHOTS / "journey-print.png")
    page.emulate_media(media="screen")
    page.click(f"{STEPS}:has-text('Log what was done')")
    page.click(
        "[data-testid=stButtonGroup] button:has-text('Activity')"
    )  # nothing is known of the phases of this operation
    page.wait_for_selector("[aria-label='Date']")
    settle(page)
    page.fill("[aria-label='Your name or role']", "PS 1234")
    page.press("[aria-label='Your name or role']", "Enter")
    settle(page)
    page.fill("[aria-label='Date']", "5/3/2021")
    page.click("[data-testid=stForm] [data-testid=stSelectbox]:has-text('What was done') [role=combobox]")
    page.keyboard.type("Warrants exec")
    page.click("[role=option]:has-text('Warrants executed')")
    page.fill("[aria-label='How many or how much']", "3")
    page.click("button:has-text('Record this activity')")
    page.wait_for_selector(".hs-message:has-text('Warrants executed: 3')")
    page.click("button:has-text('Undo')")
    page.wait_for_selector(".hs-message:has-text('no longer counts')")


RING = """() => {
    let one = document.activeElement;
    const name = one.getAttribute("aria-label") ?? one.textContent.trim();
    while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
    const chain = [];
    for (let part = one; part && chain.length < 5; part = part.parentElement) chain.push(getComputedStyle(part));
    const ringed = ({ outlineStyle, outlineColor }) => outlineStyle === "solid" && outlineColor === "rgb(255, 221, 0)";
    return [one.tagName, name.replace(/\\s+/g, " "), chain.some(ringed)];
}"""
"""What has the focus: its element, its name, and whether the ring of the focus is drawn about it."""


def tab_to(page: Page, words: str, *, most: int = 60) -> None:
    """Press Tab until what these words name has the focus; all that is passed shows that it has it."""
    passed = []
    for _ in range(most):
        page.keyboard.press("Tab")
        tag, name, ringed = page.evaluate(RING)
        # A table draws the ring about its cell on its own canvas, and a date about its day, month or year.
        assert ringed or tag in ("CANVAS", "SPAN", "IFRAME", "BODY"), f"nothing shows that {name} has the focus"
        passed.append(name[:30])
        if name.startswith(words):
            return
    pytest.fail(f"{words} cannot be reached by Tab, which passed {passed}")


def go_to_head(page: Page) -> None:
    """Bring the focus to the search box above the page, from where Tab goes on into the page."""
    settle(page)
    page.keyboard.press("/")
    expect(page.locator(SEARCH)).to_be_focused()
    page.keyboard.press("Escape")


def test_commander_goes_the_whole_way_by_keyboard_alone(visit: Visit) -> None:
    page = visit.open()
    page.wait_for_selector(".hs-notes")
    find(page, "Ashington – named area")
    page.wait_for_selector("h1:text-is('Ashington')")
    go_to_head(page)
    tab_to(page, "Operation Momentum")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Momentum')")
    go_to_head(page)
    tab_to(page, "Area: Ashington")
    tab_to(page, "Did it work?")
    page.keyboard.press("Enter")
    page.wait_for_url("**/impact?*operation=momentum*")
    page.wait_for_selector(".hs-verdict", timeout=120_000)
    go_to_head(page)
    tab_to(page, "Briefing")
    page.keyboard.press("Enter")
    page.wait_for_url("**/briefing?**")
    page.wait_for_selector(".section-list .row")
    go_to_head(page)
    tab_to(page, "Make the file")
    page.keyboard.press("Enter")
    page.wait_for_selector("button:has-text('Download')", timeout=120_000)
    go_to_head(page)
    tab_to(page, "Download")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename.endswith(".pptx")


def test_neighbourhood_team_goes_the_whole_way_by_keyboard_alone(team: Visit) -> None:
    page = team.open()
    page.wait_for_selector(".hs-notes")
    settle(page)
    page.keyboard.press("Control+k")
    expect(page.locator(SEARCH)).to_be_focused()
    page.keyboard.type("Ashington – n")
    page.locator("[role=option]:has-text('Ashington – named area')").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:text-is('Ashington')")
    go_to_head(page)
    tab_to(page, "Latest month")
    page.keyboard.press("Enter")
    page.wait_for_selector("button:has-text('Whole period')")
    page.evaluate("window.print = () => { window.printed = true; }")
    go_to_head(page)
    tab_to(page, "Print this page")
    page.keyboard.press("Enter")
    assert page.evaluate("window.printed")
    go_to_head(page)
    tab_to(page, "Log what was done")
    page.keyboard.press("Enter")
    page.wait_for_url("**view=record*")
    page.wait_for_selector("[data-testid=stButtonGroup] button:has-text('Activity')")
    go_to_head(page)
    tab_to(page, "Your name or role")
    page.keyboard.type("PS 1234")
    page.keyboard.press("Enter")
    settle(page)
    tab_to(page, "Activity")
    page.keyboard.press("Enter")
    page.wait_for_selector("[aria-label='Date']")
    settle(page)
    tab_to(page, "Date")
    page.keyboard.type("6/3/2021")
    tab_to(page, "What was done")
    page.keyboard.type("Warrants exec")
    page.locator("[role=option]:has-text('Warrants executed')").wait_for()
    page.keyboard.press("Enter")
    tab_to(page, "How many or how much")
    page.keyboard.type("2")
    tab_to(page, "Record this activity")
    page.keyboard.press("Enter")
    page.wait_for_selector(".hs-message:has-text('Warrants executed: 2')")
    go_to_head(page)
    tab_to(page, "Undo")
    page.keyboard.press("Enter")
    page.wait_for_selector(".hs-message:has-text('no longer counts')")


def test_word_is_explained_without_a_run_of_the_page(visit: Visit) -> None:
    page = visit.open()
    page.wait_for_selector(".hs-notes")
    settle(page)
    mark = page.locator(".hs-term summary").first
    mark.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".hs-term p").first).to_be_visible()
    assert "dense group" in page.locator(".hs-term p").first.inner_text()


def test_tour_offers_itself_once_and_can_be_taken_again(browser: Browser, dashboard: str, cold: str) -> None:
    assert cold
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    page.goto(f"{dashboard}/help")
    page.click(".hs-tour button:has-text('Show me')", timeout=60_000)
    for step in ("1 of 5", "2 of 5", "3 of 5"):
        page.wait_for_selector(f".hs-tour h2:has-text('{step}')")
        page.wait_for_selector(".hs-tour-ring")
        page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.locator(".hs-tour")).to_have_count(0)
    page.goto(f"{dashboard}/help")
    page.wait_for_selector(".hs-words")
    settle(page)
    expect(page.locator(".hs-tour")).to_have_count(0)
    page.click("button.hs-print.tour")
    page.wait_for_selector(".hs-tour h2:has-text('1 of 5')")
    context.close()


PHONE, TABLET = (390, 844), (820, 1180)
PATHS = ("area?area=ashington", "operation?operation=momentum", "impact?operation=momentum", "", "hot_cells")


@pytest.mark.parametrize(("size", "paths"), [(PHONE, PATHS), (TABLET, PATHS[2:])])
def test_nothing_is_wider_than_a_phone_or_a_tablet(
    browser: Browser, dashboard: str, cold: str, size: tuple[int, int], paths: tuple[str, ...]
) -> None:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, has_touch=True, is_mobile=True)
    assert cold
    page = Visit(context, dashboard).open(paths[0])
    for path in paths:
        page.goto(f"{dashboard}/{path}")
        page.wait_for_selector(".hs-notes, .op-note", timeout=60_000)
        settle(page)
        wide = page.evaluate(
            "[document.documentElement, document.querySelector('[data-testid=stMain]')]"
            ".map((part) => part.scrollWidth - part.clientWidth)"
        )
        assert wide == [0, 0], f"{path or 'the overview'} is wider than {size[0]} pixels"
        choices = page.locator(".stMain .stButtonGroup [role=radiogroup]")
        hidden = choices.evaluate_all("(all) => all.map((one) => one.scrollWidth - one.clientWidth)")
        assert all(pixels <= 1 for pixels in hidden), f"a choice of {path or 'the overview'} lies behind an edge"
        if size == PHONE:
            expect(page.locator("[data-testid=stSidebar][aria-expanded=true]")).to_have_count(0)
            high = page.locator(STEPS).evaluate_all("(all) => all.map((one) => one.getBoundingClientRect().height)")
            assert all(height >= 44 for height in high)
    context.close()
