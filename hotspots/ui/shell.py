"""What every page shares: settings, the marking, the menu, the filters and the address; then the page itself."""

from __future__ import annotations

import time
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from hotspots.access import LAPTOP
from hotspots.errors import AccessError, HotspotsError
from hotspots.settings import Settings, read_settings
from hotspots.ui import address, panels
from hotspots.ui.caches import current_world
from hotspots.ui.filters import draw_filters
from hotspots.ui.finder import draw_finder, is_ready
from hotspots.ui.log_lines import LOG, report_fault
from hotspots.ui.own_areas import draw_own_areas
from hotspots.ui.page_script import draw_page_script
from hotspots.ui.registry import list_pages
from hotspots.ui.sign_in import draw_who, let_in
from hotspots.ui.standing import begin_noting
from hotspots.ui.way_back import remember_way, take_way
from hotspots.ui.without_data import draw_without_data

if TYPE_CHECKING:
    from collections.abc import Callable

    from hotspots.access import Person
    from hotspots.pipeline.world import World
    from hotspots.query import Query


@dataclass(frozen=True, eq=False)
class View:
    """What a page needs to draw itself; `person` is who looks at it, and is in the settings too."""

    settings: Settings
    world: World
    query: Query
    person: Person | None = None


_BREATH = 0.7
"""Seconds in which the first visitor's browser has the server for its map, before more libraries are loaded."""
_VIEW: ContextVar[View | None] = ContextVar("view", default=None)
"""What the running page draws; none when Streamlit runs a page's file without the shell."""


def run() -> None:
    """Run the dashboard once: everything around the page, then the page."""
    started = time.perf_counter()
    st.set_page_config(page_title="Hotspots", layout="wide", initial_sidebar_state="auto")
    panels.draw_style()
    try:
        settings = read_settings()
    except HotspotsError as error:
        st.navigation(list_pages(None), position="hidden")
        panels.draw_marking("OFFICIAL")
        panels.draw_message("A setting cannot be used", str(error), wrong=True)
        return
    panels.draw_marking(settings.marking)
    mine = let_in(settings)
    if mine is None:
        asked = st.navigation(list_pages(None), position="hidden")
        remember_way(asked.url_path, st.query_params.to_dict())
        return
    page = st.navigation(list_pages(mine.person))
    if not page.url_path and not st.query_params:
        _go_back(mine.person)
    notices, troubles = st.container(), begin_noting()
    try:
        world = current_world(settings)
    except HotspotsError as error:
        draw_without_data(page, mine, error)
        return
    with st.container(key="page-head", horizontal=True, vertical_alignment="center"):
        later = None if is_ready() else st.empty()
        if later is None:
            draw_finder(mine, world)
        draw_own_areas(mine, world)
        st.page_link("pages/help.py", label="Help")
        draw_who(mine.person or LAPTOP)
        draw_page_script()
    view = _read_view(mine, world, page.title)
    if view is not None:
        standing = _VIEW.set(view)
        try:
            page.run()
        finally:
            _VIEW.reset(standing)
        milliseconds = round(1000 * (time.perf_counter() - started))
        LOG.info("%s drawn.", page.title, extra={"page": page.title, "milliseconds": milliseconds})
    if later is not None:  # the very first visit since the start: its map must not wait for the operations
        time.sleep(_BREATH)
        with later:
            draw_finder(mine, world)
    with notices:
        panels.draw_troubles([trouble.sentence for trouble in troubles])


def _go_back(person: Person | None) -> None:
    """Go to the page that was asked for before signing in, if there was one and it is open to the person."""
    way = take_way()
    if way is None:
        return
    pages = {page.url_path: page for group in list_pages(person).values() for page in group}
    if way[0] in pages:
        st.switch_page(pages[way[0]], query_params=way[1])


def open_page(draw: Callable[[View], None]) -> None:
    """Draw a page inside the shell; the one line of every file in ``pages/``.

    On a cold link Streamlit runs the page's file before it has ever seen app.py, and so without menu, filters and
    marking. Naming the pages tells it otherwise, and the run starts again at app.py.
    """
    view = _VIEW.get()
    if view is None:
        st.navigation(list_pages(None))
        st.rerun()
    try:
        draw(view)
    except AccessError as error:
        panels.draw_message("Not open to you", str(error), wrong=True)
    except HotspotsError as error:
        panels.draw_message("Nothing to show for this selection", str(error))
        st.button("Back to the default view", on_click=address.clear_address)
    except Exception as error:  # noqa: BLE001 - one page's fault is one sentence with a number, and never the app's end
        panels.draw_fault(report_fault(error, page=address.current_page()))


def _read_view(settings: Settings, world: World, page: str) -> View | None:
    try:
        address.adopt_address(world, page)
    except HotspotsError as error:
        panels.draw_message("This address cannot be shown", str(error), wrong=True)
        st.button("Back to the default view", on_click=address.clear_address)
        return None
    draw_filters(world, page=page)
    try:
        query = address.read_widgets(world)
    except HotspotsError as error:
        address.remember()
        panels.draw_message("These filters do not go together", str(error), wrong=True)
        return None
    address.write_address(query)
    return View(settings, world, query, settings.person)
