"""The next step: links from an area to its operations, from an operation to its effect, and on to the briefing.

Each is a real link whose address holds the query, so that it can be opened in another tab, copied and bookmarked.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.errors import StreamlitPageNotFoundError

from hotspots.errors import HotspotsError
from hotspots.ui import address, panels
from hotspots.ui.ledger import find_entries
from hotspots.ui.operation_areas import operation_wards

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hotspots.pipeline.world import Unit
    from hotspots.query import Query
    from hotspots.schemas_operations import OperationArea
    from hotspots.ui.shell import View

AREA, HOTSPOTS, OPERATION = "pages/area.py", "pages/hot_cells.py", "pages/operation.py"
IMPACT, BRIEFING = "pages/impact.py", "pages/briefing.py"
MOST = 4
"""Operations of an area, or areas of an operation, that are linked by name."""
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Link:
    """One link: what it says, the page's file, and the query that the page shows."""

    label: str
    page: str
    query: Query


@dataclass(frozen=True)
class Period:
    """A period to go to on the same page: what the button says, first and last month."""

    label: str
    first: int
    last: int


def name_operation(name: str) -> str:
    """Call an operation by its name, so that it is not taken for the area of the same name."""
    return name if name.casefold().startswith("operation ") else f"Operation {name}"


def link_operation(query: Query, code: str, name: str) -> Link:
    """Link an operation by its name."""
    return Link(name_operation(name), OPERATION, replace(query, operation=code, view=""))


def draw_links(links: Sequence[Link], *, period: Period | None = None, printable: bool = False) -> None:
    """Draw links to the next steps in one row.

    Parameters
    ----------
    links
        In the order of the journey. One to a page that the visitor may not open is left out.
    period
        Another period of the same page, offered behind them.
    printable
        Whether a button that prints the page stands behind them.
    """
    with st.container(key="next-steps", horizontal=True, vertical_alignment="center"):
        for link in links:
            try:
                st.page_link(link.page, label=panels.as_label(link.label), query_params=link.query.to_params())
            except StreamlitPageNotFoundError:
                _LOG.debug("%s is not linked: the page is not in this visitor's menu.", link.page)
        if period is not None:  # no link: the browser keeps its address when a link leads to the page that it is on
            months = (period.first, period.last)
            st.button(period.label, key="step-period", type="tertiary", on_click=address.choose_period, args=months)
        if printable:
            # The script of the page prints when it is pressed; Streamlit's own menu prints as well.
            st.html(f'<button type="button" class="hs-print">{escape("Print this page")}</button>', width="content")


def list_operations_in(view: View, wards: Sequence[int]) -> list[tuple[str, str]]:
    """List code and name of the operations that work in any of these wards."""
    try:
        entries = find_entries(view.settings)
    except HotspotsError as error:
        _LOG.warning("The operations of an area cannot be listed: %s", error)
        return []
    areas = tuple((entry.stored.record, entry.stored.value.area) for entry in entries)
    of = operation_wards(view, areas)
    here = set(wards)
    return [
        (entry.stored.record, entry.stored.value.name)
        for entry in entries
        if here.intersection(of[entry.stored.record])
    ]


def list_areas_of(view: View, area: OperationArea) -> list[Unit]:
    """List the areas with a page of their own that an operation's area is: the named one, or its wards."""
    units = view.world.units
    named = [unit for unit in units if unit.kind == "area" and unit.code == area.area_code]
    if named:
        return named
    wards = set(operation_wards(view, (("", area),))[""])
    whole = [unit for unit in units if unit.kind == "area" and set(unit.wards) == wards]
    return whole[:1] or [unit for unit in units if unit.kind == "ward" and wards.issuperset(unit.wards)]
