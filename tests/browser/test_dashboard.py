"""The dashboard in a real browser with the network closed: maps draw, clicks choose, addresses reproduce."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import HOSTILE, SCREENSHOTS, Visit, serve, wait_until_still

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Frame, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
ROOT_OF_MAP = (
    "[...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')].map((one) => one.shadowRoot)"
    ".find((root) => root?.querySelector('.ward-map'))"
)
WARDS = f"[...({ROOT_OF_MAP}?.querySelectorAll('.leaflet-overlay-pane path') ?? [])]"
ZOOM = f"{ROOT_OF_MAP}.querySelector('.ward-map').dataset.view"


def wait_for_map(page: Page) -> None:
    page.wait_for_function(f"{WARDS}.length === 177")
    page.wait_for_function(f"{ROOT_OF_MAP}.querySelectorAll('.map-label .number').length > 3")
    page.wait_for_selector(".hs-notes")


def wait_for_area_map(page: Page) -> Frame:
    page.wait_for_selector(".hs-notes")
    page.wait_for_selector("iframe[title*=folium]")
    frame = next(frame for frame in page.frames if "streamlit_folium" in frame.url)
    frame.wait_for_selector(".map-label .own")
    return frame


def count_colours(frame: Frame) -> int:
    script = """() => Math.max(...[...document.querySelectorAll('canvas')].map((canvas) => {
        const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        const seen = new Set();
        for (let i = 0; i < pixels.length; i += 4) seen.add(pixels[i] << 16 | pixels[i + 1] << 8 | pixels[i + 2]);
        return seen.size;
    }))"""
    return int(frame.evaluate(script))


def place_of_ward(page: Page, code: str) -> dict[str, float]:
    """Give a point on the screen that lies well inside a ward."""
    script = f"""(code) => {{
        const root = {ROOT_OF_MAP};
        const path = root.querySelector(`path[data-code="${{code}}"]`);
        const box = path.getBoundingClientRect();
        for (let i = 1; i < 20; i++) for (let j = 1; j < 20; j++) {{
            const x = box.left + box.width * i / 20, y = box.top + box.height * j / 20;
            if (root.elementFromPoint(x, y) === path) return {{ x, y }};
        }}
        return null;
    }}"""
    point = page.evaluate(script, code)
    assert point is not None, f"{code} cannot be clicked where it is drawn"
    return dict(point)


def test_cold_link_to_an_inner_page_has_all_around_it(cold: str) -> None:
    assert "Ashington" in cold
    assert cold.count("OFFICIAL") >= 2
    assert "Reset all filters" in cold


SIZES = ((1366, 768), (1920, 1080))


def test_overview_draws_wards_and_clusters(visit: Visit) -> None:
    page = visit.open()
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        wait_for_map(page)
        check_overview(page)
        page.screenshot(path=SCREENSHOTS / f"overview-{width}.png")


def check_overview(page: Page) -> None:
    colours = page.evaluate(f"new Set({WARDS}.map((path) => path.getAttribute('fill'))).size")
    assert colours == 5
    assert page.evaluate(f"{ROOT_OF_MAP}.querySelectorAll('.leaflet-clusters-pane path').length") >= 10
    legend = page.evaluate(f"{ROOT_OF_MAP}.querySelector('.legend').innerText")
    assert "Area score" in legend
    assert "Cluster" in legend
    attribution = page.evaluate(f"{ROOT_OF_MAP}.querySelector('.leaflet-control-attribution').innerText")
    assert attribution == "© ONS, Crown copyright"
    holder = f"{ROOT_OF_MAP}.querySelector('.ward-map')"
    assert page.evaluate(f"{holder}.tabIndex") == 0
    assert "177 wards" in page.evaluate(f"{holder}.getAttribute('aria-label')")
    page.wait_for_selector("[data-testid=stVegaLiteChart] svg, [data-testid=stVegaLiteChart] canvas")


def test_click_on_a_ward_chooses_it_and_leaves_the_map_where_it_is(visit: Visit) -> None:
    page = visit.open()
    wait_for_map(page)
    before = page.evaluate(ZOOM)
    point = place_of_ward(page, "E05009096")
    page.mouse.move(point["x"], point["y"])
    page.wait_for_function(f"{ROOT_OF_MAP}.querySelector('.card')?.innerText.includes('Ashington Central')")
    page.mouse.click(point["x"], point["y"])
    page.wait_for_selector(".hs-strip:has-text('Ashington Central')")
    assert "area=E05009096" in page.url
    assert page.evaluate(ZOOM) == before
    page.screenshot(path=SCREENSHOTS / "overview-chosen.png")
    page.click("button:has-text('Open this area')")
    page.wait_for_selector("h1:has-text('Ashington Central')")
    assert "/area?" in page.url
    assert "area=E05009096" in page.url


CARD = f"{ROOT_OF_MAP}.querySelector('.card')"
HOVERED = f"{ROOT_OF_MAP}.querySelectorAll('.leaflet-outlines-pane path[stroke-width=\"2\"]').length"


def test_every_click_chooses_and_nothing_that_was_pointed_at_stays_marked(visit: Visit) -> None:
    page = visit.open()
    wait_for_map(page)
    for code, name in (("E05009096", "Ashington Central"), ("E05011439", "Byker"), ("E05001158", "Hendon")):
        point = place_of_ward(page, code)
        page.mouse.move(point["x"] - 3, point["y"])
        page.mouse.move(point["x"], point["y"])
        page.wait_for_function(f"{CARD}.innerText.includes('{name}')")
        assert page.evaluate(HOVERED) == 1
        page.mouse.click(point["x"], point["y"])
        page.wait_for_selector(f".hs-strip:has-text('{name}')")
        assert f"area={code}" in page.url
        page.wait_for_selector(READY)
    page.mouse.move(5, 5)
    page.wait_for_function(f"{CARD}.hidden && {HOVERED} === 0")


READY = ".stApp[data-test-script-state='notRunning']"
GRID = "[data-testid=stDataFrame]:visible"


def test_click_on_a_name_in_the_ranking_chooses_its_row(visit: Visit) -> None:
    page = visit.open()
    for (width, height), rows in zip(SIZES, ((3, 5), (4, 6)), strict=True):
        page.set_viewport_size({"width": width, "height": height})
        wait_for_map(page)
        wait_until_still(page, f"document.querySelector('{GRID.removesuffix(':visible')}').clientWidth")
        box = page.locator(GRID).first.bounding_box()
        assert box is not None
        for row in rows:
            page.locator(GRID).first.click(position={"x": box["width"] * 0.3, "y": 33 * (row + 0.5)})
            page.wait_for_url("**area=E0*")
            page.wait_for_selector(f".hs-strip:has-text('rank {row}')")
        page.screenshot(path=SCREENSHOTS / f"overview-row-{width}.png")


@pytest.mark.parametrize("path", ["", "area?area=ashington"])
@pytest.mark.parametrize("size", SIZES)
def test_no_table_is_cut_off_and_no_chart_complains(visit: Visit, path: str, size: tuple[int, int]) -> None:
    page = visit.open("help", size=size)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.text.startswith("WARN") else None)
    page.goto(f"{visit.address}/{path}")
    page.wait_for_selector(".hs-notes")
    page.wait_for_selector("[data-testid=stDataFrame]:visible .dvn-scroller")
    page.wait_for_selector("[data-testid=stVegaLiteChart] svg, [data-testid=stVegaLiteChart] canvas")
    page.wait_for_selector(READY)
    beyond = (
        "[...document.querySelectorAll('.dvn-scroller')].filter((part) => part.clientWidth)"
        ".map((part) => part.scrollWidth - part.clientWidth)"
    )
    tables = wait_until_still(page, beyond)
    if not path:
        page.click("[role=tab]:has-text('Clusters')")
        page.wait_for_function(f"{beyond}.length > 0")
        tables += wait_until_still(page, beyond)
    assert len(tables) == 2
    assert max(tables) <= 0
    assert said == []


def test_keyboard_alone_chooses_a_ward(visit: Visit) -> None:
    page = visit.open()
    wait_for_map(page)
    page.evaluate(f"HTMLElement.prototype.focus.call({ROOT_OF_MAP}.querySelector('.ward-map'))")
    page.keyboard.press("ArrowLeft")
    wait_until_still(page, ZOOM)
    page.keyboard.press("Enter")
    page.wait_for_url("**area=E0*")
    page.wait_for_selector(".hs-strip")


def test_zoom_and_pan_cost_no_run_and_survive_a_filter(visit: Visit) -> None:
    page = visit.open()
    sent: list[Any] = []

    def record(frame: Any) -> None:
        sent.append(frame)

    page.on("websocket", lambda socket: socket.on("framesent", record))
    page.reload()
    wait_for_map(page)
    page.wait_for_selector(READY)
    wait_until_still(page, ZOOM)
    quiet = len(sent)
    start = page.evaluate(ZOOM)
    page.evaluate(f"{ROOT_OF_MAP}.querySelector('.leaflet-control-zoom-in').click()")
    page.wait_for_function(f"{ZOOM} !== {start!r}")
    near = wait_until_still(page, ZOOM)
    page.wait_for_timeout(300)  # the time in which what a move might send would have been sent
    assert len(sent) == quiet
    title = page.inner_text("h1")
    page.click("[data-testid=stSidebar] [data-testid=stSelectbox]:has-text('Crime') [role=combobox]")
    page.click("[role=option]:has-text('Violence')")
    page.wait_for_selector("h1:has-text('Violence in')")
    assert page.inner_text("h1") != title
    page.wait_for_selector(READY)
    assert wait_until_still(page, ZOOM) == near
    assert "lens=violence" in page.url


def test_copied_address_shows_the_same_view_in_a_cold_browser(visit: Visit, browser: Browser) -> None:
    page = visit.open("?from=2021-03&to=2022-12&lens=acquisitive&show=rate&by=ward&area=southwick&eps=200&min=120")
    wait_for_map(page)
    first = read_view(page)
    assert "Acquisitive crime" in first["title"]
    assert "March 2021 to December 2022" in first["head"]
    assert first["legend"].startswith("Rate")
    assert "Southwick" in first["strip"]
    assert "radius 200 m (by the user), at least 120 incidents" in first["notes"]
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    other = Visit(context, visit.address)
    copy = other.open(page.url.removeprefix(visit.address + "/"))
    wait_for_map(copy)
    assert read_view(copy) == first
    context.close()


def read_view(page: Page) -> dict[str, str]:
    fills = page.evaluate(f"{WARDS}.map((path) => path.dataset.code + path.getAttribute('fill')).sort().join()")
    return {
        "title": page.inner_text("h1"),
        "head": page.inner_text(".hs-head"),
        "figures": page.inner_text(".hs-figures"),
        "strip": page.inner_text(".hs-strip"),
        "notes": page.inner_text(".hs-notes"),
        "legend": page.evaluate(f"{ROOT_OF_MAP}.querySelector('.legend').innerText"),
        "fills": fills,
        "address": page.url.rsplit("/", 1)[-1],
    }


def test_back_returns_to_the_view_before(visit: Visit) -> None:
    page = visit.open("?lens=violence")
    page.wait_for_selector("h1:has-text('Violence in')")
    page.click("[data-testid=stSidebar] [data-testid=stSelectbox]:has-text('Crime') [role=combobox]")
    page.click("[role=option]:has-text('Acquisitive')")
    page.wait_for_selector("h1:has-text('Acquisitive crime in')")
    page.wait_for_url("**lens=acquisitive**")
    page.go_back()
    page.wait_for_selector("h1:has-text('Violence in')")


@pytest.mark.parametrize("area", ["ashington", "benwell", "southwick"])
def test_area_page_draws_its_map(visit: Visit, area: str) -> None:
    page = visit.open(f"area?area={area}")
    page.set_viewport_size({"width": 1920, "height": 1080})
    frame = wait_for_area_map(page)
    assert frame.locator(".map-label .pin").count() >= 1
    assert count_colours(frame) > 20
    page.screenshot(path=SCREENSHOTS / f"area-{area}.png")


def test_briefing_picture_is_a_full_size_png(visit: Visit, tmp_path: Path) -> None:
    page = visit.open("area?area=ashington")
    wait_for_area_map(page)
    page.click("button:has-text('Briefing picture')")
    with page.expect_download() as waiting:
        page.click("[data-testid=stDownloadButton] button:has-text('Map')")
    download = waiting.value
    path = tmp_path / download.suggested_filename
    download.save_as(path)
    assert download.suggested_filename == "ashington-map-slide.png"
    content = path.read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", content[16:24]) == (1920, 1080)


def test_bad_address_offers_a_way_back(visit: Visit) -> None:
    page = visit.open("?lens=violins")
    page.wait_for_selector("text=There is no lens called")
    page.click("button:has-text('Back to the default view')")
    page.wait_for_selector("h1:has-text('All crime and ASB')")
    assert "lens=" not in page.url


def test_hostile_names_stay_names_and_maps_draw_below_a_base_path(browser: Browser, tmp_path: Path) -> None:
    area = f'[[area]]\ncode = "hostile"\nname = "{HOSTILE}"\nwards = ["E05011453"]\n'
    (tmp_path / "areas.toml").write_text(area)
    with serve(tmp_path, base_path="force/hotspots") as address:
        context = browser.new_context(viewport={"width": 1366, "height": 768})
        context.set_default_timeout(60_000)
        window = Visit(context, address)
        page = window.open("?area=hostile")
        wait_for_map(page)
        assert HOSTILE in page.inner_text(".hs-strip")
        assert page.evaluate("window.harmed") is None
        page.goto(f"{address}/area?area=hostile")
        frame = wait_for_area_map(page)
        assert count_colours(frame) > 20
        assert HOSTILE in page.inner_text("h1")
        assert page.evaluate("window.harmed") is None
        assert frame.evaluate("window.harmed") is None
        context.close()
    assert window.outside == []
    assert window.faults == []
