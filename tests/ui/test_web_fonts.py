"""The small fonts in place of Streamlit's own: they hold what is drawn, and go out only where they belong."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pytest
import streamlit
from fontTools.ttLib import TTFont
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from hotspots.ui.web_fonts import FONTS, ICONS, LETTERS, MEDIA, TEXT, SmallFonts, list_icons, name_ligatures

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the test client tells of a library that it would rather have
    from starlette.testclient import TestClient

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.requests import Request

SMALL = FONTS / "1.67.0"
"""Made from the version that constraints.txt names; after an upgrade: python -m hotspots.ui.web_fonts."""


@pytest.fixture
def client() -> Iterator[TestClient]:
    async def send(_: Request) -> PlainTextResponse:
        return PlainTextResponse("the application's")

    app = Starlette(
        routes=[Route("/{path:path}", send)],
        middleware=[Middleware(SmallFonts, folder=FONTS / streamlit.__version__)],
    )
    with TestClient(app) as client:
        yield client


def test_every_icon_that_is_named_is_drawn() -> None:
    (large,), (small,) = MEDIA.glob(ICONS), SMALL.glob(ICONS)
    drawn = set(name_ligatures(TTFont(small)))
    named = list_icons(name_ligatures(TTFont(large)))
    assert named == drawn
    assert {"keyboard_double_arrow_left", "expand_more", "more_vert", "close", "error", "content_copy"} <= drawn


def test_an_icon_looks_as_it_did() -> None:
    (large,), (small,) = MEDIA.glob(ICONS), SMALL.glob(ICONS)
    before, after = TTFont(large), TTFont(small)
    for name in ("keyboard_double_arrow_right", "visibility", "123"):
        old, new = name_ligatures(before)[name], name_ligatures(after)[name]
        assert before["hmtx"][old] == after["hmtx"][new]
        assert before["glyf"][old] == after["glyf"][new]


def test_letters_of_english_and_welsh_are_there_under_another_name() -> None:
    (large,), (small,) = MEDIA.glob(TEXT), SMALL.glob(TEXT)
    font, whole = TTFont(small), TTFont(large).getBestCmap()
    assert set(font.getBestCmap()) == {code for code in LETTERS if code in whole}
    assert set(map(ord, "ŵŷâêîôûïéÀ£€–—’“”…≥≤×·→−²½°")) <= set(font.getBestCmap())
    names = {record.nameID: record.toUnicode() for record in font["name"].names}
    assert "Source" not in names[1]
    assert "Reserved Font Name" in names[0]
    assert font["fvar"].axes[0].maxValue == 900


def test_the_small_font_goes_out_in_its_place(client: TestClient) -> None:
    (small,) = SMALL.glob(ICONS)
    for base in ("", "/force"):
        answer = client.get(f"{base}/static/media/{small.name}")
        assert answer.content == small.read_bytes()
        assert answer.headers["content-type"] == "font/woff2"
        assert answer.headers["cache-control"] == "no-cache"
    again = client.get(f"/static/media/{small.name}", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["/static/media/other.woff2", "/static/js/{name}", "/{name}"])
def test_all_else_is_the_applications(client: TestClient, path: str) -> None:
    (small,) = SMALL.glob(ICONS)
    assert client.get(path.format(name=small.name)).text == "the application's"


def test_without_a_font_of_the_version_the_large_one_goes_out(tmp_path: Path) -> None:
    (tmp_path / "MaterialSymbols-Rounded.other.woff2").write_bytes(b"of another version")
    for folder in (tmp_path, tmp_path / "none"):
        assert SmallFonts(PlainTextResponse("the application's"), folder=folder)._fonts == {}
