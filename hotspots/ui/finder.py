"""The search box of every page: any area or operation by a part of its name, and its page in one step."""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from hotspots.errors import HotspotsError
from hotspots.ui import address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hotspots.pipeline.world import World
    from hotspots.settings import Settings
    from hotspots.store.ledger import OperationEntry

KEY = "find"
"""The search box; the script of the page brings the cursor to it when / or Ctrl and K are pressed."""
_GOING = "find-going"
_PAGES = {"area": "pages/area.py", "operation": "pages/operation.py"}
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Found:
    """What the search box can find: ``area`` or ``operation``, its code, and how it is written."""

    kind: str
    code: str
    label: str


def list_findable(world: World, entries: Sequence[OperationEntry]) -> tuple[Found, ...]:
    """List named areas, operations and wards, in this order, each by name; a ward called like a named area says so."""
    operations = [
        Found("operation", entry.stored.record, f"{entry.stored.value.name} – operation")
        for entry in sorted(entries, key=lambda entry: entry.stored.value.name.casefold())
    ]
    named = sorted((unit for unit in world.units if unit.kind == "area"), key=lambda unit: unit.name)
    wards = sorted((unit for unit in world.units if unit.kind == "ward"), key=lambda unit: unit.label)
    taken = {unit.name.casefold() for unit in named}
    return (
        *(Found("area", unit.code, f"{unit.name} – named area") for unit in named),
        *operations,
        *(
            Found("area", unit.code, f"{unit.label} – ward" if unit.name.casefold() in taken else unit.label)
            for unit in wards
        ),
    )


def is_ready() -> bool:
    """Tell whether what the search box needs is loaded; if not, a page should come first."""
    return "hotspots.ui.ledger" in sys.modules


def draw_finder(settings: Settings, world: World) -> None:
    """Draw the search box, and go to what was chosen in it."""
    if (going := st.session_state.pop(_GOING, None)) is not None:
        st.switch_page(_PAGES[going], query_params=address.current_query().to_params())
    from hotspots.ui.ledger import find_entries  # noqa: PLC0415 - its libraries load after the first page

    try:
        entries: Sequence[OperationEntry] = find_entries(settings)
    except HotspotsError as error:
        _LOG.warning("The search box lists no operations: %s", error)
        entries = ()
    findable = list_findable(world, entries)
    st.selectbox(
        "Find an area or operation",
        findable,
        index=None,
        format_func=lambda found: found.label,
        key=KEY,
        on_change=_go,
        placeholder="Find an area or operation",
        label_visibility="collapsed",
        width=340,
        filter_mode="contains",
    )


def _go() -> None:
    found: Found | None = st.session_state[KEY]
    if found is None:
        return
    st.session_state[KEY] = None
    if found.kind == "operation":
        address.choose_operation(found.code)
    else:
        address.choose_area(found.code)
    st.session_state[_GOING] = found.kind
