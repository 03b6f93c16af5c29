"""The address of a view and the widgets that show it: two forms of one query, kept alike.

The address wins when it was changed from outside (a link, a bookmark, the back button); the widgets win when a person
has just used them. Streamlit can bind a widget to the address by itself, but then it writes labels instead of codes and
drops a value that it does not know without a word; here a bad value is answered with a sentence.
"""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import streamlit as st

from hotspots.errors import InputError
from hotspots.pipeline.selection import choose, find_unit
from hotspots.query import Query, Weights
from hotspots.terms import SCORE_PARTS, slug

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hotspots.pipeline.world import World

KEYS = (
    "from", "to", "lens", "types", "outcomes", "by", "show", "area", "eps", "min", "cell", "shape", "bandwidth",
    "panels",
)  # fmt: skip
"""Widgets, by the name that their value has in the address; the weights follow as ``weight-…``.

``panels`` and what follows it are no widgets: the pages write them when their own widgets are used, and they stand on
every page.
"""
PARAMETERS = (
    *(name for name in KEYS), "weights", "operation", "compare", "kind", "view", "measure", "start", "template",
    "sections", "overlay",
)  # fmt: skip
"""Names of all that an address can hold."""
_WRITTEN = "address-written"
_SHOWN = "address-widgets"
_PAGE = "address-page"
_QUERY = "address-query"


def adopt_address(world: World, page: str) -> None:
    """Bring the widgets to the address, when the address was changed from outside.

    Parameters
    ----------
    world
        What is loaded: codes are checked against it.
    page
        Title of the page; moving to another page clears the address without a change of view.

    Raises
    ------
    InputError
        If the address asks for what cannot be; the widgets stay as they are.
    """
    params = st.query_params.to_dict()
    first = _WRITTEN not in st.session_state
    moved = st.session_state.get(_PAGE) != page
    lost = any(name not in st.session_state for name in _widget_keys())
    used = not first and not lost and st.session_state.get(_SHOWN) != _snapshot()
    st.session_state[_PAGE] = page
    if not first and (used or params == st.session_state[_WRITTEN] or (moved and not params)):
        if lost:  # the last run ended before the filters were drawn, and Streamlit forgot them
            set_widgets(world, st.session_state.get(_QUERY, Query()))
        return
    _refuse_misspelt(params)
    query = Query.from_params(params)
    choose(world, query)
    if query.area:
        query = replace(query, area=world.units[find_unit(world, query.area)].code)
    set_widgets(world, query)


def _refuse_misspelt(params: Mapping[str, str]) -> None:
    """Refuse a name that can only be one of ours written wrongly; any other is left to others, as mail programs add."""
    for name in params:
        if name in PARAMETERS:
            continue
        if name.lower().startswith("weight"):
            raise InputError(
                f"“{name}” is not a part of an address; weights are written together, as in weights=rate=25,harm=30."
            )
        meant = get_close_matches(name.lower(), PARAMETERS, n=1, cutoff=0.75)
        if meant:
            raise InputError(f"“{name}” is not a part of an address; did you mean “{meant[0]}”?")


def current_page() -> str:
    """Return the title of the page that is being drawn."""
    return str(st.session_state.get(_PAGE, ""))


def keep_widgets() -> None:
    """Keep the values of widgets that are not drawn on a page, which Streamlit would forget."""
    for name in _widget_keys():
        st.session_state[name] = st.session_state[name]


def set_widgets(world: World, query: Query) -> None:
    """Bring the widgets to a query; only before they are drawn, or in a callback."""
    for name, value in _to_widgets(world, query).items():
        st.session_state[name] = value


def read_widgets(world: World) -> Query:
    """Read the query from the widgets.

    Raises
    ------
    InputError
        If what they show together cannot be, such as a period that ends before it begins.
    """
    state = st.session_state
    months = world.cube.months
    first, last = int(state["from"]), int(state["to"])
    return Query(
        month_from=None if first == int(months[0]) else first,
        month_to=None if last == int(months[-1]) else last,
        lens=state["lens"],
        types=tuple(state["types"]),
        outcomes=tuple(state["outcomes"]),
        by=state["by"],
        show=state["show"],
        area=state["area"],
        eps=None if state["eps"] is None else float(state["eps"]),
        min_samples=None if state["min"] is None else int(state["min"]),
        weights=Weights(**{part.code: float(state[f"weight-{part.code}"]) for part in SCORE_PARTS}),
        cell=None if state["cell"] is None else float(state["cell"]),
        cell_shape=state["shape"],
        bandwidth=None if state["bandwidth"] is None else float(state["bandwidth"]),
        panels=tuple(state["panels"]),
        operation=state["operation"],
        compare=tuple(state["compare"]),
        kind=state["kind"],
        view=state["view"],
        measure=state["measure"],
        start=state["start"],
        template=state["template"],
        sections=tuple(state["sections"]),
        overlay=state["overlay"],
    )


def write_address(query: Query) -> None:
    """Write the query to the address, and remember what was written and shown."""
    params = query.to_params()
    st.session_state[_QUERY] = query
    if st.query_params.to_dict() != params:
        st.query_params.from_dict(params)
    remember(params)


def remember(params: dict[str, str] | None = None) -> None:
    """Remember the widgets as they stand, and the address that goes with them."""
    st.session_state[_WRITTEN] = st.query_params.to_dict() if params is None else params
    st.session_state[_SHOWN] = _snapshot()


def current_query() -> Query:
    """Return the query of the last run, with what a callback has chosen since."""
    query: Query = st.session_state.get(_QUERY, Query())
    return query


def choose_area(code: str) -> None:
    """Choose an area from a map, a table or a link; only before the widgets are drawn, or in a callback."""
    st.session_state["area"] = code
    st.session_state[_QUERY] = replace(st.session_state.get(_QUERY, Query()), area=code)


def choose_panels(codes: Sequence[str]) -> None:
    """Choose what the hotspots page shows; only in a callback."""
    st.session_state["panels"] = list(codes)


def choose_operation(code: str, *, view: str = "") -> None:
    """Choose an operation and what its page shows; only before the widgets are drawn, or in a callback."""
    st.session_state["operation"], st.session_state["view"] = code, view
    st.session_state["start"] = None  # of another operation
    st.session_state[_QUERY] = replace(st.session_state.get(_QUERY, Query()), operation=code, view=view, start=None)


def choose_on_page(name: str, value: str | Sequence[str]) -> None:
    """Keep a page's own choice in the address: ``compare``, ``kind``, ``view``, ``overlay`` …; only in a callback."""
    st.session_state[name] = value if isinstance(value, str) else list(value)


def choose_start(month: int | None) -> None:
    """Choose the month from which an operation is pretended to have begun; None for none. Only in a callback."""
    st.session_state["start"] = month


def choose_sections(keys: Sequence[str]) -> None:
    """Choose the order of a briefing's sections, one that is left out with a minus sign; only in a callback."""
    st.session_state["sections"] = tuple(keys)


def choose_period(first: int, last: int) -> None:
    """Choose the period from elsewhere than the sidebar; only in a callback."""
    st.session_state["from"], st.session_state["to"] = first, last


def clear_address() -> None:
    """Go back to the default view; only in a callback."""
    for name in _widget_keys():
        st.session_state.pop(name, None)
    st.session_state.pop(_WRITTEN, None)
    st.session_state.pop(_QUERY, None)
    st.query_params.clear()


def _to_widgets(world: World, query: Query) -> dict[str, Any]:
    months = [int(month) for month in world.cube.months]
    start = months[0] if query.month_from is None else query.month_from
    end = months[-1] if query.month_to is None else query.month_to
    codes = {slug(code) for code in query.types}
    return {
        "from": min((month for month in months if month >= start), default=months[-1]),
        "to": max((month for month in months if month <= end), default=months[0]),
        "lens": query.lens,
        "types": [slug(name) for name in world.cube.types if slug(name) in codes],
        "outcomes": [slug(name) for name in query.outcomes],
        "by": query.by,
        "show": query.show,
        "area": query.area,
        "eps": query.eps,
        "min": query.min_samples,
        "cell": query.cell,
        "shape": query.cell_shape,
        "bandwidth": query.bandwidth,
        "panels": list(query.panels),
        "operation": query.operation,
        "compare": list(query.compare),
        "kind": query.kind,
        "view": query.view,
        "measure": query.measure,
        "start": query.start,
        "template": query.template,
        "sections": query.sections,
        "overlay": query.overlay,
        **{f"weight-{part.code}": value for part, value in zip(SCORE_PARTS, query.weights.values, strict=True)},
    }


def _widget_keys() -> tuple[str, ...]:
    return (*KEYS, *(f"weight-{part.code}" for part in SCORE_PARTS))


def _snapshot() -> tuple[Any, ...]:
    values = (st.session_state.get(name) for name in _widget_keys())
    return tuple(tuple(value) if isinstance(value, list) else value for value in values)
