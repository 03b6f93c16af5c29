"""Outlines come from the data home under the address that they have with the program."""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware

from hotspots.pipeline.static_geometry import EMBEDDED
from hotspots.ui.web_files import CompressedFiles
from hotspots.ui.web_headers import KEEP, SecurityHeaders
from hotspots.ui.web_outlines import list_routes

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the test client tells of a library that it would rather have
    from starlette.testclient import TestClient

if TYPE_CHECKING:
    from pathlib import Path

VERSION = "0123456789ab"


def ask(path: str, base: str = "") -> tuple[int, str | None, str]:
    around = [Middleware(SecurityHeaders), Middleware(CompressedFiles)]
    answer = TestClient(Starlette(routes=list_routes(base), middleware=around)).get(path)
    return answer.status_code, answer.headers.get("cache-control"), answer.text


@pytest.mark.parametrize("base", ["", "hotspots"])
def test_outlines_of_the_home_and_of_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, base: str) -> None:
    monkeypatch.setenv("HOTSPOTS_HOME", str(tmp_path))
    (tmp_path / "outlines" / "geo").mkdir(parents=True)
    (tmp_path / "outlines" / "geo" / f"{VERSION}.json").write_text(json.dumps({"here": ["x"] * 400}))
    (tmp_path / "outlines" / "secret.json").write_text("{}")
    start = f"/{base}/app/static/geo" if base else "/app/static/geo"
    status, kept, text = ask(f"{start}/{VERSION}.json", base)
    assert (status, kept) == (200, KEEP)
    assert json.loads(text)["here"][0] == "x"
    assert json.loads(ask(f"{start}/{EMBEDDED}.json", base)[2])["type"] == "FeatureCollection"
    for wrong in ("ffffffffffff", "..%2Fsecret", "secret"):
        assert ask(f"{start}/{wrong}.json", base)[0] == 404


def test_a_setting_that_cannot_be_used_gives_no_outlines_and_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTSPOTS_SMALL_COUNT", "none")
    assert ask(f"/app/static/geo/{VERSION}.json")[0] == 404
