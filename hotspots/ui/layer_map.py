"""The maps of the hotspots page as a Streamlit component: layers over the wards, a click gives a code.

As with the ward map, the script proper lies in ``static/map/`` and what stands here only finds it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import streamlit as st

from hotspots.ui.component import LOADER, version_file
from hotspots.ui.snapshot import SnapshotOffer, note_wish
from hotspots.ui.ward_map import describe_map

if TYPE_CHECKING:
    from collections.abc import Callable

    from hotspots.pipeline.static_geometry import StaticGeometry


def draw_layer_map(
    data: dict[str, Any],
    shapes: StaticGeometry,
    *,
    key: str,
    codes: frozenset[str],
    on_choose: Callable[[str], None],
    snapshot: SnapshotOffer | None = None,
) -> None:
    """Draw a map of layers.

    Parameters
    ----------
    data
        From `views.layer_map.build_layer_map`.
    shapes
        Where the browser fetches the wards, or the wards themselves where the static folder cannot be written.
    key
        Names the map on the page: one that keeps its key keeps its view when its layers change.
    codes
        Codes that a click may give.
    on_choose
        Called with the code of a ward that was clicked, before the page runs again.
    snapshot
        From `ui.snapshot.offer_snapshot`; None for a map without that button.
    """

    def chosen() -> None:
        code = st.session_state[key].get("chosen")
        if isinstance(code, str) and code in codes:
            on_choose(code)

    _component()(
        data={
            **data,
            **describe_map(shapes, "ward_map", "layer_map", snapshot=snapshot),
            "script": version_file("map/layer_map.js"),
        },
        key=key,
        height="content",
        on_chosen_change=chosen,
        on_asked_change=note_wish(snapshot, key),
    )


@cache
def _component() -> Any:
    return st.components.v2.component(
        "hotspots.layer_map", html='<div class="layer-map" tabindex="0"></div>', js=LOADER
    )
