"""The areas of operations on the screen: placed among the boundaries, outlined and counted once, then kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from hotspots.errors import InputError
from hotspots.pipeline.operation_area import AreaMonths, PlacedArea, count_months, place_area
from hotspots.pipeline.selection import choose
from hotspots.query import Query
from hotspots.ui.caches import ANSWERS_KEPT
from hotspots.views.browser_map import NamedOutline, describe_outlines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hotspots.pipeline.world import World
    from hotspots.schemas_operations import OperationArea
    from hotspots.ui.shell import View


def _place(world: World, area: OperationArea) -> PlacedArea:
    return _place_area(world.version, repr(area), world, area)


@st.cache_resource(show_spinner=False, max_entries=500)
def _place_area(version: str, key: str, _world: World, _area: OperationArea) -> PlacedArea:  # noqa: ARG001 - part of the key
    return place_area(_world, _area)


def operation_wards(view: View, areas: Sequence[tuple[str, OperationArea]]) -> dict[str, tuple[int, ...]]:
    """Return the positions of each operation's wards, by the operation's code."""
    return _list_wards(view.world.version, repr(areas), view.world, areas)


@st.cache_resource(show_spinner=False, max_entries=ANSWERS_KEPT)
def _list_wards(
    version: str,  # noqa: ARG001 - part of the key
    key: str,  # noqa: ARG001 - part of the key
    _world: World,
    _areas: Sequence[tuple[str, OperationArea]],
) -> dict[str, tuple[int, ...]]:
    return {code: _place(_world, area).wards for code, area in _areas}


def operation_outlines(view: View, areas: Sequence[tuple[str, str, OperationArea]]) -> dict[str, Any]:
    """Outline operations' areas for the browser; code, name and area of each."""
    key = repr(areas)
    return _outline(view.world.version, key, view.world, areas)


@st.cache_resource(show_spinner=False, max_entries=ANSWERS_KEPT)
def _outline(
    version: str,  # noqa: ARG001 - part of the key
    key: str,  # noqa: ARG001 - part of the key
    _world: World,
    _areas: Sequence[tuple[str, str, OperationArea]],
) -> dict[str, Any]:
    names: dict[str, list[str]] = {}
    shapes: dict[str, NamedOutline] = {}
    for code, name, area in _areas:
        outline = _place(_world, area).outline
        if outline is not None and not outline.is_empty:
            same = repr(_place(_world, area).wards or area)
            names.setdefault(same, []).append(name)
            # Two operations in one area are one outline with both names.
            shapes[same] = NamedOutline(code, ", ".join(names[same]), outline)
    return describe_outlines(list(shapes.values()))


def area_trends(view: View, areas: tuple[OperationArea, ...]) -> tuple[AreaMonths | None, ...]:
    """Count the chosen incidents of each area by month; None where nothing is loaded or nothing matches."""
    query = view.query
    plain = Query(
        month_from=query.month_from,
        month_to=query.month_to,
        lens=query.lens,
        types=query.types,
        outcomes=query.outcomes,
    )
    return _count(view.world.version, plain, repr(areas), view.world, areas)


@st.cache_resource(show_spinner=False, max_entries=ANSWERS_KEPT)
def _count(
    version: str,  # noqa: ARG001 - part of the key
    query: Query,
    key: str,  # noqa: ARG001 - part of the key
    _world: World,
    _areas: tuple[OperationArea, ...],
) -> tuple[AreaMonths | None, ...]:
    try:
        chosen = choose(_world, query)
    except InputError:
        return (None,) * len(_areas)
    return tuple(count_months(_world, chosen, _place(_world, area)) for area in _areas)
