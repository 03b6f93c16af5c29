"""Script, template literals and formulae in every free text: nothing executes, on no page and in no file."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from hotspots.activity_kinds import KindTable
from hotspots.pipeline.coverage import import_boundaries
from hotspots.pipeline.extracts import load_extract, open_table, plan_mapping, try_extract
from hotspots.pipeline.operation_entry import (
    build_activity,
    build_milestone,
    build_operation,
    build_target,
    build_window,
)
from hotspots.pipeline.operation_exports import export_csv, export_excel
from hotspots.pipeline.operations import open_operations
from hotspots.pipeline.packs import build_pack, list_templates
from hotspots.pipeline.world import open_world
from hotspots.query import Query
from hotspots.settings import read_settings
from hotspots.sources.spreadsheets import read_rows
from hotspots.store.ledger import add
from hotspots.ui.registry import PAGES
from tests.browser.conftest import serve
from tests.pipeline.conftest import centre, write_wards

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from hotspots.settings import Settings

pytestmark = pytest.mark.browser
HOSTILE = (
    "=1+1<img src=x onerror=window.harmed=1><script>window.harmed=2</script>${window.harmed=3}"
    "{{constructor.constructor('window.harmed=4')()}}[x](javascript:window.harmed=5)![](https://elsewhere.example/x)"
)
"""Harm in every language that a page, a map, a chart or a spreadsheet speaks."""
VIEWS = ("", "log", "record", "rows", "files", "audit")
KINDS = KindTable()


def plant(home: Path, folder: Path) -> Settings:
    """Put harm into everything that a user names or writes, through the same doors as a user."""
    wards = write_wards(folder)
    shapes = json.loads(wards.read_text(encoding="utf-8"))
    for feature in shapes["features"]:
        feature["properties"] |= {
            "name": f"{HOSTILE} {feature['properties']['name']}",
            "lad_name": HOSTILE,
            HOSTILE: HOSTILE,
        }
    wards.write_text(json.dumps(shapes), encoding="utf-8")
    settings = read_settings({"HOTSPOTS_HOME": str(home)})
    import_boundaries(
        wards, settings=settings, code="code", name="name", lad_code="lad", lad_name="lad_name", title=HOSTILE,
        population=folder / "residents.csv",
    )  # fmt: skip
    quoted = json.dumps(HOSTILE)
    (home / "areas.toml").write_text(
        f'[[area]]\ncode = "north"\nname = {quoted}\nwards = ["W3", "W4"]\nnote = {quoted}\n', encoding="utf-8"
    )
    settings = read_settings({"HOTSPOTS_HOME": str(home)})
    _load(settings, folder)
    ledger = open_operations(settings)
    text = {"note": HOSTILE, "source": HOSTILE}
    own = {"name": HOSTILE[:190], "code": "harm", "brand": HOSTILE[:190], "aims": HOSTILE, "lead_force": HOSTILE[:190]}
    more = {"lead_unit": HOSTILE[:190], "area_code": "north", "area_name": HOSTILE[:190], "started": "1 January 2020"}
    add(ledger, build_operation(own | more | text), by=HOSTILE[:190])
    add(ledger, build_window("harm", {"phase": "clear", "start": "1 January 2020"} | text), by=HOSTILE[:190])
    done = {"date": "5 February 2020", "kind": "arrests", "quantity": "3", "ward_code": ""}
    where = {"partner": HOSTILE[:190], "place": HOSTILE[:190]}
    for _ in range(2):
        add(ledger, build_activity(KINDS, "harm", done | where | text), by=HOSTILE[:190])
    goal = {"kind": "arrests", "phase": "clear", "quantity": "40", "by": "31 December 2022"}
    add(ledger, build_target(KINDS, "harm", goal | text), by=HOSTILE[:190])
    said = {"as_at": "June 2020", "label": HOSTILE[:190], "statement": HOSTILE, "figures": "arrests: over 5"}
    add(ledger, build_milestone(KINDS, "harm", said | text | {"url": "https://x.example/$%7B1%7D"}), by=HOSTILE[:190])
    ledger.close()
    return settings


def _load(settings: Settings, folder: Path) -> None:
    """Load an extract whose file, columns, types and outcomes are hostile."""
    path = folder / "=1+1${window.harmed=6}<b>.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["Date", f"Type {HOSTILE}", "Longitude", "Latitude", "Outcome", HOSTILE])
        for month in range(1, 13):
            for ward in ("W1", "W3"):
                for number in range(4):
                    lon, lat = centre(ward, 100.0 + 50 * number, 300.0)
                    writer.writerow([f"2020-{month:02d}-05", HOSTILE, lon, lat, HOSTILE, HOSTILE])
    table = open_table(settings, path)
    mapping = plan_mapping(
        settings,
        table,
        name=f"{HOSTILE[:50]}",
        columns={"date": "Date", "type": " ".join(f"Type {HOSTILE}".split())},
        types={},
    )
    load_extract(settings, try_extract(settings, table, mapping))


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Settings]]:
    folder = tmp_path_factory.mktemp("planted")
    home = folder / "home"
    settings = plant(home, folder)
    with serve(home) as address:
        yield address, settings


def visit_all(page: Page, address: str, paths: list[str]) -> list[str]:
    """Open each path, and say on which the harm stands as plain text."""
    shown = []
    for path in paths:
        page.goto(f"{address}/{path}")
        page.wait_for_selector(".hs-head, .hs-message, .hs-notice")
        page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
        page.wait_for_timeout(150)
        assert page.evaluate("window.harmed") is None, path
        for frame in page.frames[1:]:
            assert frame.evaluate("window.harmed") is None, path
        if "${window.harmed=3}{{constructor" in page.inner_text("body"):
            shown.append(path.partition("?")[0] + path.rpartition("view=")[2] * ("view=" in path))
    return shown


def test_nothing_planted_executes_on_any_page(browser: Browser, planted: tuple[str, Settings]) -> None:
    address, _settings = planted
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    context.set_default_timeout(30_000)
    page = context.new_page()
    dialogs: list[str] = []
    outside: list[str] = []
    faults: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "request",
        lambda request: None if request.url.startswith((address, "data:", "blob:")) else outside.append(request.url),
    )
    pages = [page.code for page in PAGES]
    paths = [f"{code}?area=north&operation=harm" for code in pages]
    paths += [f"operation?{urlencode({'operation': 'harm', 'view': view})}" for view in VIEWS[1:]]
    shown = visit_all(page, address, paths)
    # Nothing was proven where the harm was not even shown; tables and charts are painted, and show it without text.
    assert {"", "area", "hot_cells", "operation", "operationlog", "operationaudit", "impact", "data"} <= set(shown)
    hostile = [urlencode({name: HOSTILE}) for name in ("area", "operation", "types", "template", HOSTILE)]
    visit_all(
        page,
        address,
        [f"{code}?{query}" for code, query in zip(("", "operation", "", "briefing", ""), hostile, strict=True)],
    )
    context.close()
    assert dialogs == []
    assert faults == []
    assert outside == []


def test_nothing_planted_executes_in_a_file(browser: Browser, planted: tuple[str, Settings]) -> None:
    _address, settings = planted
    ledger = open_operations(settings)
    try:
        rows = list(csv.reader(io.StringIO("".join(export_csv(ledger, "harm")))))
        sheet = list(read_rows_of(export_excel(ledger, "harm")))
        assert len(rows) == len(sheet) == 3
        for row in (*rows, *sheet):
            assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)
        assert any(cell == f"'{HOSTILE}" for cell in rows[1])
        template = next(one for one in list_templates(settings) if not one.public)
        pack = build_pack(
            open_world(settings), Query(area="north", operation="harm"), template, ledger=ledger, format="html",
            speaking_note=HOSTILE,
        )  # fmt: skip
    finally:
        ledger.close()
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_content(pack.content.decode())
    page.wait_for_timeout(300)
    assert page.evaluate("window.harmed") is None
    assert page.locator("script:has-text('harmed')").count() == 0
    assert [url for url in asked if not url.startswith(("data:", "about:"))] == []
    page.close()


def read_rows_of(workbook: bytes) -> Iterator[list[str]]:
    """Read a workbook as a spreadsheet does: a formula in it fails."""
    return read_rows(Path("export.xlsx"), workbook)
