"""The snapshot button: what it is told, once for each click, and that a fault is one sentence beside it."""

from __future__ import annotations

import base64
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import streamlit as st
from matplotlib.colors import to_hex

from hotspots.pipeline.snapshot import compose_snapshot
from hotspots.pipeline.world import open_world
from hotspots.query import Query
from hotspots.settings import read_settings
from hotspots.ui import snapshot
from hotspots.ui.hotspot_panels import build_panel
from hotspots.views.metadata import read_extent, read_metadata
from hotspots.views.pictures import MapPicture
from hotspots.views.png import lay_out

if TYPE_CHECKING:
    from collections.abc import Iterator

BOUNDS = [54.95, -1.66, 54.99, -1.58]


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Open the embedded data once, in a home of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOTSPOTS_HOME", str(tmp_path_factory.mktemp("home")))
        settings = read_settings()
        yield SimpleNamespace(settings=settings, world=open_world(settings), query=Query(lens="violence"))


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    state: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", state)
    return state


def ask(session: dict[str, Any], view: Any, wish: object) -> dict[str, str] | None:
    """Click on the button of a map, and return what the run after it answers."""
    session["map"] = {"asked": wish}
    snapshot.note_wish(snapshot.SnapshotOffer("overview-map", "Snapshot of the map", None), "map")()
    session["map"] = {"asked": None}
    return snapshot.offer_snapshot(view, "overview-map", key="overview-map").answer


def test_a_click_is_answered_once(session: dict[str, Any], view: Any) -> None:
    wish = {"id": "7", "size": "square", "dark": True, "bounds": BOUNDS, "layers": ["clusters"]}
    answer = ask(session, view, wish)
    assert answer is not None
    assert answer["id"] == "7"
    assert answer["name"] == "northumbria-overview-map-square-dark.png"
    content = base64.b64decode(answer["png"])
    assert read_extent(content) is not None
    assert read_metadata(content)["Hotspots-Layers"] == "clusters"
    assert snapshot.offer_snapshot(view, "overview-map", key="overview-map").answer is None


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"id": "8", "size": "poster"}, "“poster” is not a size of picture"),
        ({"id": "9", "size": "slide", "bounds": "all"}, "move it a little"),
        ({"id": "10"}, "is not a size of picture"),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence(session: dict[str, Any], view: Any, wish: Any, sentence: str) -> None:
    answer = ask(session, view, wish)
    assert answer is not None
    assert sentence in answer["wrong"]
    assert "png" not in answer


def test_pictures_of_an_operation_come_from_its_ledger(session: dict[str, Any], view: Any) -> None:
    operation = SimpleNamespace(settings=view.settings, world=view.world, query=Query(operation="momentum"))
    session["snapshot-wish-activity"] = {"id": "11", "size": "square"}
    answer = snapshot.offer_snapshot(operation, "activity", key="activity").answer
    assert answer is not None
    assert answer["name"] == "momentum-activity-square.png"
    assert read_metadata(base64.b64decode(answer["png"]))["Hotspots-Address"] == "operation?operation=momentum"


@pytest.mark.parametrize("wish", [None, "slide", 5, []])
def test_what_is_no_wish_is_left(session: dict[str, Any], view: Any, wish: object) -> None:
    assert ask(session, view, wish) is None


def test_nothing_is_drawn_before_a_click(session: dict[str, Any], view: Any) -> None:
    offer = snapshot.offer_snapshot(view, "overview-map", key="overview-map")
    assert session == {}
    told = offer.to_json()
    assert told["answer"] is None
    assert told["label"] == "Snapshot of the map", "what a screen reader says"
    assert [code for code, _ in told["sizes"]] == ["slide", "a4", "a4-portrait", "square"]
    assert told["script"].startswith("app/static/map/snapshot.js?")


@pytest.mark.parametrize("method", ["surface", "change", "cells", "emerging", "clusters"])
def test_page_and_picture_have_equal_classes_colours_and_counts(view: Any, method: str) -> None:
    query = Query(lens="violence", cell=1_000.0, bandwidth=800.0)  # large cells, for the sake of time
    panel = build_panel(SimpleNamespace(world=view.world, query=query), method, height=400)
    picture = compose_snapshot(view.world, query, method)
    assert isinstance(picture, MapPicture)
    page = [(row["label"], row["colour"], row["count"], row["letter"]) for row in panel.map_data["legend"]]
    fills = [row for row, told in zip(page, panel.map_data["legend"], strict=True) if told["mark"] == "fill"]
    if picture.paint is None:
        assert picture.clusters is not None
        assert len(panel.map_data["outlines"]["features"]) == len(picture.clusters)
        assert page[0][2] == f"{len(picture.clusters):,}"
        return
    drawn = [(look.label, look.colour, look.count, look.letter) for look in picture.paint.looks]
    assert drawn == fills[:-1]
    assert picture.paint.rest_count == fills[-1][2], "the ground without a class counts alike"
    for dark in (False, True):
        sheet = lay_out(picture, dark=dark)
        swatches = [to_hex(patch.get_facecolor()).upper() for patch in sheet.page.patches]
        assert [colour for _, colour, _, _ in drawn if colour.upper() not in swatches] == []
    numbers = [text for _, _, text in panel.map_data["numbers"]]
    assert [spot.number for spot in picture.spots] == numbers[: len(picture.spots)]
