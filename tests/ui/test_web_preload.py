"""Scripts that a page names in its head: those that it will need, with all that they import."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Route

from hotspots.ui.web_files import PACKAGED
from hotspots.ui.web_preload import Preloading, list_chunks

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the test client tells of a library that it would rather have
    from starlette.testclient import TestClient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

HTML = "<html><head><title>x</title></head><body></head></body></html>"


@pytest.fixture
def pages() -> Iterator[TestClient]:
    async def send(request: Request) -> Response:
        kind = "application/json" if request.url.path.endswith(".json") else "text/html"
        return Response(HTML, media_type=kind, headers={"etag": '"1"', "content-length": str(len(HTML))})

    app = Starlette(
        routes=[Route("/{path:path}", send, methods=["GET"])], middleware=[Middleware(Preloading, base="force")]
    )
    with TestClient(app, base_url="http://dashboard:8501") as client:
        yield client


def test_pages_name_the_scripts_that_they_will_need(pages: TestClient) -> None:
    home, area = pages.get("/force/"), pages.get("/force/area")
    for page in (home, area):
        assert page.text.count("</head>") == 2
        links = re.findall(r'<link rel="modulepreload" crossorigin href="\./([^"]+)">', page.text.split("</head>")[0])
        chunks = [link.removeprefix("static/js/") for link in links if link.startswith("static/js/")]
        assert chunks == list_chunks()
        assert int(page.headers["content-length"]) == len(page.content)
    assert "app/static/map/ward_map.js?" in home.text
    assert "ward_map" not in area.text
    assert home.headers["etag"] != area.headers["etag"] != '"1"'
    asked = pages.head("/force/")
    assert asked.headers["etag"] == home.headers["etag"]
    assert asked.headers["content-length"] == home.headers["content-length"]
    assert pages.get("/force/data.json").text == HTML


def test_scripts_come_with_all_that_they_import() -> None:
    chunks = list_chunks()
    assert len(chunks) == len(set(chunks)) > 50
    firsts = {name.split(".")[0] for name in chunks}
    assert firsts >= {"Selectbox", "BidiComponent", "DataFrame", "ArrowVegaLiteChart", "embed"}
    for name in chunks:
        text = (PACKAGED / "js" / name).read_text(encoding="utf-8")
        assert set(re.findall(r'from"\./([^"]+)"', text)) <= set(chunks)
    assert list_chunks(["NoSuchElement"]) == []
