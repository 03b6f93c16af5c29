"""Snapshots: a button beside every map and chart that saves a picture of exactly what it shows.

The browser sends what only it knows with the click: how far a map is zoomed, and which layers are on. The run that
follows draws the picture and hands it back with the component's data, once. Before the click nothing is drawn.
"""

from __future__ import annotations

import base64
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import streamlit as st

from hotspots.errors import HotspotsError
from hotspots.pipeline.shown import SHOWN
from hotspots.ui.component import LOADER, version_file

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hotspots.ui.shell import View
    from hotspots.views.sheet import Size

SIZES: dict[Size, str] = {
    "slide": "Slide, 1920 × 1080",
    "a4": "A4, landscape",
    "a4-portrait": "A4, portrait",
    "square": "Square, for messages",
}


@dataclass(frozen=True)
class SnapshotOffer:
    """What a snapshot button is told: the sizes, and the answer to the last click when there was one.

    Attributes
    ----------
    key
        Names the wish in the session.
    label
        What the button is called: ``Snapshot of the map``.
    answer
        ``id`` with ``name`` and ``png`` (base64), or with ``wrong``, a sentence; None when nobody clicked.
    """

    key: str
    label: str
    answer: dict[str, str] | None

    def to_json(self) -> dict[str, Any]:
        """Return what the browser's script reads."""
        return {
            "script": version_file("map/snapshot.js"),
            "sizes": [list(size) for size in SIZES.items()],
            "label": self.label,
            "answer": self.answer,
        }


def offer_snapshot(view: View, shows: str, *, key: str, areas: Sequence[str] = ()) -> SnapshotOffer:
    """Draw the picture that was asked for, if one was, and make what the button is told.

    Parameters
    ----------
    view
        The query and what is loaded.
    shows
        Name of one of `pipeline.shown.SHOWN`.
    key
        Names this button on its page.
    areas
        See `pipeline.snapshot.compose_snapshot`.
    """
    wish = st.session_state.pop(_wish_key(key), None)
    answer = None if wish is None else _answer(view, shows, wish, areas)
    return SnapshotOffer(key, f"Snapshot of {SHOWN[shows].label}", answer)


def note_wish(snapshot: SnapshotOffer | None, component: str) -> Callable[[], None]:
    """Return what keeps a click on the button of a component until the page runs."""

    def note() -> None:
        wish = st.session_state[component].get("asked")
        if snapshot is not None and isinstance(wish, dict):
            st.session_state[_wish_key(snapshot.key)] = wish

    return note


def draw_snapshot(
    view: View,
    shows: str,
    *,
    key: str,
    frame: str = "",
    areas: Sequence[str] = (),
) -> None:
    """Draw a snapshot button for what is no component of ours: a chart, a table, or folium's map.

    Parameters
    ----------
    view, shows, key, areas
        See :func:`offer_snapshot`.
    frame
        Part of the title of the frame in which the map stands, for its extent; empty for none.
    """
    snapshot = offer_snapshot(view, shows, key=key, areas=areas)
    component = f"snapshot-{key}"
    _component()(
        data={
            "script": version_file("map/snapshot.js"),
            "sheets": [version_file("map/snapshot.css")],
            "snapshot": snapshot.to_json(),
            "frame": frame,
        },
        key=component,
        height="content",
        on_asked_change=note_wish(snapshot, component),
    )


def _answer(view: View, shows: str, wish: dict[str, Any], areas: Sequence[str]) -> dict[str, str]:
    # What draws pictures takes a second to import, which nobody waits for who only looks.
    from hotspots.pipeline.brief import find_kind  # noqa: PLC0415 - see above
    from hotspots.pipeline.snapshot import read_view, take_snapshot  # noqa: PLC0415 - see above
    from hotspots.ui.ledger import reading  # noqa: PLC0415 - see above

    number = str(wish.get("id", ""))
    needs_ledger = find_kind(SHOWN[shows].kind).needs == "operation" if shows != "change" else False
    try:
        with reading(view.settings) if needs_ledger else nullcontext() as ledger:
            drawn = take_snapshot(
                view.world,
                view.query,
                shows,
                view=read_view(wish),
                size=cast("Size", str(wish.get("size", ""))),  # refused in words where it is none
                dark=wish.get("dark") is True,
                marking=view.settings.marking,
                day=date.today(),  # noqa: DTZ011 - the day where the officer sits, not in Greenwich
                areas=areas,
                ledger=ledger,
            )
    except HotspotsError as error:
        return {"id": number, "wrong": str(error)}
    return {"id": number, "name": drawn.name, "png": base64.b64encode(drawn.content).decode("ascii")}


def _wish_key(key: str) -> str:
    return f"snapshot-wish-{key}"


@cache
def _component() -> Any:
    return st.components.v2.component("hotspots.snapshot", html='<div class="snapshot-root"></div>', js=LOADER)
