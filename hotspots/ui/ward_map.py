"""The overview's map as a Streamlit component: Leaflet in the page, geometry fetched once, a click gives a code.

The script proper lies in ``static/map/`` and is fetched and kept by the browser; what stands here only finds it.
Addresses are built from the place that Streamlit's own script came from, so they hold below any base path and behind
any proxy.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any

import streamlit as st

from hotspots.settings import STATIC
from hotspots.views.folium_map import LEAFLET

if TYPE_CHECKING:
    from collections.abc import Callable

    from hotspots.pipeline.static_geometry import StaticGeometry

KEY = "ward-map"
LOADER = """
const own = document.querySelector('script[src*="static/js/"], link[href*="static/js/"]');
const base = (own?.src ?? own?.href ?? document.baseURI).replace(/static\\/js\\/.*$/, "");
export default async function (component) {
  const { default: draw } = await import(base + component.data.script);
  return draw(component, base);
}
"""


def draw_ward_map(data: dict[str, Any], shapes: StaticGeometry, *, on_choose: Callable[[str], None]) -> None:
    """Draw the ward map.

    Parameters
    ----------
    data
        From `views.browser_map.build_ward_map`.
    shapes
        Where the browser fetches the geometry, or the geometry itself where the static folder cannot be written.
    on_choose
        Called with the code of an area that was clicked, before the page runs again.
    """

    def chosen() -> None:
        code = st.session_state[KEY].get("chosen")
        if isinstance(code, str) and code in data["classes"]:
            on_choose(code)

    _component()(
        data={
            **data,
            "geometry": describe_geometry(shapes),
            "leaflet": LEAFLET,
            "script": version_file("map/ward_map.js"),
            "labels_script": version_file("map/labels.js"),
            "sheets": [version_file("map/ward_map.css"), version_file("map/labels.css")],
        },
        key=KEY,
        height="content",
        on_chosen_change=chosen,
    )


def describe_geometry(shapes: StaticGeometry) -> dict[str, Any]:
    """Tell the browser where the shapes are, or give them where it cannot fetch them."""
    if shapes.path is None:
        return {"version": shapes.version, "shapes": shapes.shapes}
    return {"version": shapes.version, "path": f"app/static/{shapes.path}"}


@cache
def _component() -> Any:
    return st.components.v2.component("hotspots.ward_map", html='<div class="ward-map" tabindex="0"></div>', js=LOADER)


@cache
def version_file(path: str) -> str:
    """Name a file of ours with its content, so that no browser keeps an old one after an upgrade."""
    digest = hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]
    return f"app/static/{path}?{digest}"
