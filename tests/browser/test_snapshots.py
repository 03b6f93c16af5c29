"""What you see is what you get: a snapshot has the extent and the layers of the map, and the file says so."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest
from PIL import Image

from hotspots.pipeline.snapshot import read_view
from hotspots.query import Query
from hotspots.views.metadata import read_address, read_extent, read_metadata
from hotspots.views.theme import DARK
from tests.browser.conftest import Visit

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def bounds_of(zoom: float, lat: float, lon: float, width: float, height: float) -> list[float]:
    """Work out what a Web Mercator map shows: south, west, north and east, from its middle, zoom and size in pixels."""
    world = 256 * 2**zoom
    middle = math.asinh(math.tan(math.radians(lat)))
    up, across = math.pi * height / world, 180 * width / world
    south, north = (math.degrees(math.atan(math.sinh(middle + sign * up))) for sign in (-1, 1))
    return [south, lon - across, north, lon + across]


def save(page: Page, button: Locator, path: Path) -> bytes:
    with page.expect_download() as download:
        button.click()
    download.value.save_as(path)
    return path.read_bytes()


def test_picture_has_the_extent_and_the_layers_of_the_map(visit: Visit, tmp_path: Path) -> None:
    page = visit.open("?lens=violence")
    sent: list[Any] = []

    def record(frame: Any) -> None:
        sent.append(frame)

    page.on("websocket", lambda socket: socket.on("framesent", record))
    page.reload()
    page.wait_for_selector(".hs-notes")
    holder = page.locator(".ward-map")
    page.locator(".map-label .number").nth(3).wait_for()
    page.wait_for_timeout(500)
    quiet, before = len(sent), holder.get_attribute("data-view")
    page.locator(".ward-map .leaflet-control-zoom-in").click()
    page.wait_for_timeout(500)
    holder.press("ArrowLeft")
    holder.press("ArrowUp")
    page.locator(".ward-map .legend .toggle", has_text="Named area").click()
    page.wait_for_timeout(600)
    assert holder.get_attribute("data-view") != before
    assert page.locator(".ward-map .map-label .area").count() == 0, "a layer that is off has no names either"
    assert len(sent) == quiet, "neither zoom nor pan nor a layer runs the page"
    view = holder.get_attribute("data-view") or ""
    zoom, lat, lon = (float(part) for part in view.split("/"))
    box = holder.bounding_box()
    assert box is not None
    expected = read_view({"bounds": bounds_of(zoom, lat, lon, box["width"], box["height"])}).extent
    content = save(page, page.locator(".ward-map .shoot"), tmp_path / "map.png")
    assert expected is not None
    across = expected[2] - expected[0]
    assert read_extent(content) == pytest.approx(expected, abs=across / 200), "to half a hundredth of its width"
    assert read_metadata(content)["Hotspots-Layers"] == "clusters"
    first, _, params = read_address(content).partition("?")
    assert first == ""
    assert Query.from_params(dict(parse_qsl(params))) == Query(lens="violence")
    with Image.open(io.BytesIO(content)) as image:
        assert image.size == (1920, 1080)
    assert holder.get_attribute("data-view") == view, "taking a picture leaves the map where it is"


def test_size_and_look_are_chosen_by_keyboard(visit: Visit, tmp_path: Path) -> None:
    page = visit.open("trends")
    page.wait_for_selector(".hs-notes")
    more = page.locator(".snapshot .more")
    more.focus()
    page.keyboard.press("Enter")
    menu = page.locator(".snapshot-menu")
    menu.wait_for()
    for _ in range(3):  # slide, A4, A4 portrait, square
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "northumbria-trends-square-dark.png"
    download.value.save_as(tmp_path / "trends.png")
    with Image.open(tmp_path / "trends.png") as image:
        assert image.size == (1080, 1080)
        ground = image.convert("RGB").getpixel((20, 540))
        assert "#{:02X}{:02X}{:02X}".format(*ground) == DARK.ground
    page.locator(".snapshot .said", has_text="Saved northumbria-trends-square-dark.png").wait_for()


def test_area_picture_has_the_extent_of_foliums_map(visit: Visit, tmp_path: Path) -> None:
    page = visit.open("area?area=southwick")
    page.wait_for_selector(".hs-notes")
    frame = page.frame_locator("iframe[title*=folium]")
    frame.locator(".map-label .own").first.wait_for()
    frame.locator(".leaflet-control-zoom-in").click()
    page.wait_for_timeout(600)
    inside = next(one for one in page.frames if "streamlit_folium" in one.url)
    shown = inside.evaluate(
        "() => { const b = window.map.getBounds(); return [b.getSouth(), b.getWest(), b.getNorth(), b.getEast()]; }"
    )
    content = save(page, page.locator(".snapshot .shoot").first, tmp_path / "area.png")
    assert read_extent(content) == pytest.approx(read_view({"bounds": shown}).extent, abs=0.2)
    assert read_address(content).startswith("area?")
