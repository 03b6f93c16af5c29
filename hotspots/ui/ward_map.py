"""The overview's map as a Streamlit component: Leaflet in the page, geometry fetched once, a click gives a code.

The script proper lies in ``static/map/`` and is fetched and kept by the browser; what stands here only finds it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import streamlit as st

from hotspots.settings import LEAFLET
from hotspots.ui.component import LOADER, version_file
from hotspots.ui.snapshot import SnapshotOffer, note_wish

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from hotspots.pipeline.static_geometry import StaticGeometry

KEY = "ward-map"


def draw_ward_map(
    view: str,
    shapes: StaticGeometry,
    *,
    codes: Collection[str],
    on_choose: Callable[[str], None],
    chosen: str = "",
    snapshot: SnapshotOffer | None = None,
) -> None:
    """Draw the ward map.

    Parameters
    ----------
    view
        From `views.browser_map.write_ward_map`.
    shapes
        Where the browser fetches the geometry, or the geometry itself where the static folder cannot be written.
    codes
        Codes that a click may give: those of the wards.
    on_choose
        Called with the code of an area that was clicked, before the page runs again.
    chosen
        Code of the chosen ward or named area; empty for none.
    snapshot
        From `ui.snapshot.offer_snapshot`; None for a map without that button.
    """

    def choose() -> None:
        code = st.session_state[KEY].get("chosen")
        if isinstance(code, str) and code in codes:
            on_choose(code)

    _component()(
        data={
            "view": view,
            "chosen": chosen,
            **describe_map(shapes, "ward_map", snapshot=snapshot),
            "script": version_file("map/ward_map.js"),
        },
        key=KEY,
        height="content",
        on_chosen_change=choose,
        on_asked_change=note_wish(snapshot, KEY),
    )


def describe_map(shapes: StaticGeometry, *sheets: str, snapshot: SnapshotOffer | None) -> dict[str, Any]:
    """Tell the browser what every map of ours needs: shapes, scripts and styles, by the names of their styles."""
    return {
        "geometry": describe_geometry(shapes),
        "leaflet": LEAFLET,
        "shared": version_file("map/leaflet_map.js"),
        "labels_script": version_file("map/labels.js"),
        "sheets": [version_file(f"map/{name}.css") for name in (*sheets, "snapshot", "labels")],
        "snapshot": None if snapshot is None else snapshot.to_json(),
    }


def describe_geometry(shapes: StaticGeometry) -> dict[str, Any]:
    """Tell the browser where the shapes are, or give them where it cannot fetch them."""
    if shapes.path is None:
        return {"version": shapes.version, "shapes": shapes.shapes}
    return {"version": shapes.version, "path": f"app/static/{shapes.path}"}


@cache
def _component() -> Any:
    return st.components.v2.component("hotspots.ward_map", html='<div class="ward-map" tabindex="0"></div>', js=LOADER)
