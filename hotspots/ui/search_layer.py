"""Stop searches on the area page's map: a layer to switch on, kept in the address, and said to be police work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from hotspots.errors import StoreError
from hotspots.pipeline.search_layer import CAUTION, SearchLayer, find_searches
from hotspots.query import OVERLAYS
from hotspots.store.records import RecordStore
from hotspots.ui import address, panels
from hotspots.ui.caches import ANSWERS_KEPT
from hotspots.views.search_layer import add_searches, write_search_legend

if TYPE_CHECKING:
    from folium import Map

    from hotspots.pipeline.area import AreaAnswer
    from hotspots.schemas import Boundaries
    from hotspots.settings import Settings
    from hotspots.ui.shell import View

_KEY = "area-searches"


def draw_search_switch(view: View, answer: AreaAnswer) -> SearchLayer | None:
    """Draw the switch; return the searches to show, None while it is off or they cannot be read."""
    shown = OVERLAYS[1]
    st.session_state[_KEY] = view.query.overlay == shown
    on = st.toggle(
        "Stop searches (police activity)",
        key=_KEY,
        on_change=_switch,
        help=CAUTION,
    )
    if not on:
        return None
    try:
        manifest = RecordStore(view.settings.searches_home).open_read()
        loaded = "|".join(f"{item.force}:{item.month}:{item.content}" for item in manifest.months)
        return _find(
            view.world.version, loaded, answer.unit.wards, answer.chosen.months, view.settings, view.world.boundaries
        )
    except StoreError as error:
        panels.draw_message("The stop searches cannot be read", str(error), wrong=True)
        return None


def _switch() -> None:
    address.choose_on_page("overlay", OVERLAYS[1] if st.session_state[_KEY] else "")


@st.cache_resource(show_spinner=False, max_entries=ANSWERS_KEPT)
def _find(
    version: str,  # noqa: ARG001 - part of the key
    loaded: str,  # noqa: ARG001 - part of the key
    wards: tuple[int, ...],
    months: tuple[int, ...],
    _settings: Settings,
    _boundaries: Boundaries,
) -> SearchLayer:
    return find_searches(_settings, _boundaries, wards, months)


def put_on_map(area_map: Map, layer: SearchLayer | None, *, tiles: str | None) -> None:
    """Draw the searches on the map."""
    if layer is not None:
        add_searches(area_map, layer.places, tiles=tiles, dark=panels.is_dark())


def draw_search_notes(layer: SearchLayer | None) -> None:
    """Draw the legend of the layer, how many searches there were, and what they do not say."""
    if layer is None:
        return
    if legend := write_search_legend(layer.places):
        st.html(legend)
    text, detail = layer.describe()
    panels.draw_strip(text, f"{detail} {CAUTION}" if layer.months else detail)
