"""The operations pages in a real browser: a warrant on the form is on the scorecard, the timeline and the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hotspots.activity_kinds import KindTable
from hotspots.pipeline.operation_entry import build_activity, build_operation, build_window
from hotspots.pipeline.operations import open_operations
from hotspots.settings import read_settings
from hotspots.store.ledger import ActivityFilter, add, list_activities, list_audit, list_versions
from tests.browser.conftest import HOSTILE, SCREENSHOTS, Visit, serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page

    from hotspots.store.ledger import Ledger

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
KINDS = KindTable()
DAYS = (("warrants", "12 October 2020", "4"), ("arrests", "3 November 2020", "17"), ("vehicles", "January 2021", "6"))


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """Open a ledger with one operation in Ashington as people enter it, and one whose every text means harm."""
    home = tmp_path_factory.mktemp("operations")
    opened = open_operations(read_settings({"HOTSPOTS_HOME": str(home)}))
    for code, text in (("coquet", "Neighbourhood Team"), ("hostile", HOSTILE)):
        values = {"name": code.title(), "code": code, "area_code": "ashington", "started": "1 October 2020"}
        if code == "hostile":
            values |= {"brand": HOSTILE, "aims": HOSTILE, "note": HOSTILE, "area_name": HOSTILE, "source": HOSTILE}
        add(opened, build_operation(values), by=text)
        add(opened, build_window(code, {"phase": "clear", "start": "1 October 2020", "note": text}), by=text)
        for kind, date, quantity in DAYS:
            fields = {"date": date, "kind": kind, "quantity": quantity, "note": text, "partner": text, "source": text}
            add(opened, build_activity(KINDS, code, {**fields, "ward_code": "E05009096"}), by=text)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def address(ledger: Ledger) -> Iterator[str]:
    from pathlib import Path  # noqa: PLC0415 - the ledger's label is its file

    with serve(Path(ledger.label).parents[1]) as served:
        yield served


@pytest.fixture
def operations(shared: BrowserContext, address: str) -> Iterator[Visit]:
    window = Visit(shared, address)
    yield window
    window.close()
    assert window.outside == [], "a page asked another machine for something"
    assert window.faults == [], "a script of the page failed"


def settle(page: Page) -> None:
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")


def harmed(page: Page) -> object:
    return page.evaluate("window.harmed ?? null")


def test_all_operations_stand_on_one_timeline(operations: Visit) -> None:
    page = operations.open("operations")
    page.wait_for_selector("h1:has-text('Operations')")
    page.wait_for_selector("[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg")
    page.wait_for_function(
        "[...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')]"
        ".some((one) => one.shadowRoot?.querySelectorAll('.leaflet-overlay-pane path').length === 177)"
    )
    settle(page)
    for width, height in ((1366, 768), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_selector("[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg")
        page.screenshot(path=SCREENSHOTS / f"operations-{width}.png")
    assert harmed(page) is None


def test_published_figures_of_a_pilot_are_read_with_their_sources(operations: Visit) -> None:
    page = operations.open("operation?operation=momentum")
    page.wait_for_selector("text=Over 500 arrests, 27 warrants, 5 evictions, 2 closures and 150 cars seized.")
    assert page.locator(".op-published").inner_text().count("over") == 3
    assert page.locator(".op-tag").count() == 4
    settle(page)
    page.screenshot(path=SCREENSHOTS / "operation-momentum.png")


def test_warrant_on_the_form_is_on_the_scorecard_the_timeline_and_the_audit_log(
    operations: Visit, ledger: Ledger
) -> None:
    page = operations.open("operation?operation=coquet&view=record")
    page.fill("[aria-label='Your name or role']", "PS 1234, Neighbourhood Team")
    page.press("[aria-label='Your name or role']", "Enter")
    settle(page)
    page.fill("[aria-label='Date']", "5/3/2021")
    page.click("[data-testid=stForm] [data-testid=stSelectbox]:has-text('What was done') [role=combobox]")
    page.keyboard.type("Warrants exec")
    page.click("[role=option]:has-text('Warrants executed')")
    page.fill("[aria-label='How many or how much']", "3")
    page.fill("[aria-label='Note']", HOSTILE)
    page.click("button:has-text('Record this activity')")
    page.wait_for_selector(".hs-message:has-text('Warrants executed: 3, 5 March 2021 (Clear)')")
    page.click("button:has-text('Scorecard')")
    line = page.locator(".op-line:has-text('Warrants executed')")
    line.wait_for()
    assert line.locator(".value").inner_text() == "7"
    assert "2 records" in line.inner_text()
    page.wait_for_selector("[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg")
    page.wait_for_selector("[data-testid=stVegaLiteChart][aria-label*='4 records']")
    settle(page)
    page.screenshot(path=SCREENSHOTS / "operation-scorecard.png")
    page.click("button:has-text('Audit log')")
    page.wait_for_selector("h2:has-text('Audit log')")
    settle(page)
    page.screenshot(path=SCREENSHOTS / "operation-audit.png")
    assert harmed(page) is None
    rows, total = list_activities(ledger, ActivityFilter(operation="coquet", kinds=("warrants",)))
    assert total == 2
    assert rows[0].value.note == HOSTILE
    newest = list_audit(ledger, operation="coquet", limit=1)[0]
    assert (newest.actor, newest.action, newest.record) == ("PS 1234, Neighbourhood Team", "add", rows[0].record)


@pytest.mark.parametrize("view", ["", "log", "record", "rows", "files", "audit"])
def test_nothing_in_the_ledger_is_executed(operations: Visit, view: str) -> None:
    page = operations.open(f"operation?operation=hostile&view={view}")
    page.wait_for_selector("h1:has-text('onerror')")
    settle(page)
    page.wait_for_timeout(300)
    assert harmed(page) is None
    assert HOSTILE in page.inner_text("h1")


def open_files(operations: Visit, file: Path) -> Page:
    page = operations.open("operation?operation=coquet&view=files")
    page.fill("[aria-label='Your name or role']", "Analyst")
    page.press("[aria-label='Your name or role']", "Enter")
    settle(page)
    page.set_input_files("[data-testid=stFileUploader] input", str(file))
    page.wait_for_selector("button:has-text('Check without keeping anything')")
    settle(page)
    return page


def test_file_is_checked_then_imported_and_the_same_file_again_changes_nothing(
    operations: Visit, ledger: Ledger, tmp_path: Path
) -> None:
    file = tmp_path / "spring.csv"
    file.write_text("Day,Activity,How many\n4/4/2021,raids,2\n5/4/2021,unicorns,1\n")
    page = open_files(operations, file)
    page.click("button:has-text('Check without keeping anything')")
    page.wait_for_selector(".hs-message:has-text('1 problem,')")
    page.screenshot(path=SCREENSHOTS / "operation-import.png")
    file.write_text("Day,Activity,How many\n4/4/2021,raids,2\n5/4/2021,charges,1\n")
    page = open_files(operations, file)
    for words in ("2 added", "2 were there already"):
        settle(page)
        page.click("button:has-text('Import'):not(:has-text('export'))")
        page.wait_for_selector(f".hs-message:has-text('{words}')")
    assert list_activities(ledger, ActivityFilter(operation="coquet", kinds=("raids", "charges")))[1] == 2


def type_quantity(page: Page, text: str) -> None:
    """Type into the grid's first row."""
    box = page.locator("[data-testid=stDataFrame] canvas").first.bounding_box()
    assert box is not None
    page.mouse.dblclick(box["x"] + 380, box["y"] + 50)
    editor = page.locator("#portal textarea, #portal input")
    editor.fill(text)
    editor.press("Enter")
    page.wait_for_selector("button:has-text('Save 1 row')")


def test_cell_that_is_typed_into_the_grid_is_saved(operations: Visit, ledger: Ledger) -> None:
    page = operations.open("operation?operation=hostile&view=rows")
    page.fill("[aria-label='Your name or role']", "Analyst")
    page.press("[aria-label='Your name or role']", "Enter")
    settle(page)
    type_quantity(page, "19")
    page.screenshot(path=SCREENSHOTS / "operation-grid.png")
    page.click("button:has-text('Save 1 row')")
    page.wait_for_selector(".hs-message:has-text('1 record corrected')")
    rows, _total = list_activities(ledger, ActivityFilter(operation="hostile"))
    assert [(one.value.quantity, one.version, one.value.note) for one in rows if one.version == 2] == [(19, 2, HOSTILE)]
    typed = next(one.record for one in rows if one.version == 2)
    page.get_by_role("button", name="Undo", exact=True).click()
    page.wait_for_selector(".hs-message:has-text('1 record says again what stood before')")
    back = list_versions(ledger, "activity", typed)
    assert [one.version for one in back] == [1, 2, 3]
    assert back[2].value == back[0].value
    settle(page)
    assert page.get_by_role("button", name="Undo", exact=True).count() == 0
    type_quantity(page, "21")  # the grid was read again: this meets no version of our own
    page.click("button:has-text('Save 1 row')")
    page.wait_for_selector(".hs-message:has-text('1 record corrected')")
