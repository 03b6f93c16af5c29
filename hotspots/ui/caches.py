"""What is kept between runs and shared by all users, read-only: the world, and the answer to each query.

Every key holds the version of the data, so nothing old is ever shown. No cached function reads the session.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
import streamlit as st

from hotspots.pipeline.area import AreaAnswer, describe_area
from hotspots.pipeline.overview import Overview, overview
from hotspots.pipeline.static_geometry import StaticGeometry, write_static_geometry
from hotspots.query import Query
from hotspots.settings import STATIC
from hotspots.ui.standing import find_world, fingerprint, is_open
from hotspots.views.browser_map import NamedOutline, describe_outlines

if TYPE_CHECKING:
    from hotspots.pipeline.world import World
    from hotspots.settings import Settings
    from hotspots.views.folium_map import AreaLayers

__all__ = ["fingerprint"]

ANSWERS_KEPT = 128
"""Answers of each kind that stay in memory: a few tens of megabytes."""
OVERVIEWS_KEPT = 8
"""Whole answers about the force that stay: each holds a number for every place, and what is shown of it stays apart."""


def current_world(settings: Settings) -> World:
    """Open what is loaded now, or return it when nothing has changed since or what is there cannot be read.

    Raises
    ------
    InputError, StoreError
        If it cannot be read or joined, and never could since the start.
    """
    if is_open(settings):
        return find_world(settings)
    with st.spinner("Opening the data…"):
        return find_world(settings)


def find_overview(world: World, query: Query) -> Overview:
    """Answer the overview's question; what only marks or colours the answer is no part of the key.

    Raises
    ------
    InputError
        If no incident matches.
    """
    return _find_overview(world.version, replace(leave_cells_out(query), area=""), world)


def leave_cells_out(query: Query) -> Query:
    """Bring to their defaults what only marks or colours an answer about areas, and what only cells depend on."""
    plain = Query()
    return replace(
        query,
        show=plain.show,
        by=plain.by,
        cell=plain.cell,
        cell_shape=plain.cell_shape,
        bandwidth=plain.bandwidth,
        panels=plain.panels,
        operation=plain.operation,
        compare=plain.compare,
        kind=plain.kind,
        view=plain.view,
        measure=plain.measure,
        start=plain.start,
        overlay=plain.overlay,
    )


@st.cache_resource(show_spinner=False, max_entries=OVERVIEWS_KEPT)
def _find_overview(version: str, query: Query, _world: World) -> Overview:  # noqa: ARG001 - the version is part of the key
    return overview(_world, query)


def find_area(world: World, query: Query) -> AreaAnswer:
    """Answer the area page's question.

    Raises
    ------
    InputError
        If no area is chosen, or no incident matches.
    """
    return _find_area(world.version, leave_cells_out(query), world)


@st.cache_resource(show_spinner=False, max_entries=ANSWERS_KEPT)
def _find_area(version: str, query: Query, _world: World) -> AreaAnswer:  # noqa: ARG001 - the version is part of the key
    return describe_area(_world, query)


def find_area_layers(world: World, answer: AreaAnswer) -> AreaLayers:
    """Turn an area's answer into the layers of its map."""
    return _find_area_layers(world.version, answer.chosen.query, world, answer)


@st.cache_resource(show_spinner=False, max_entries=ANSWERS_KEPT)
def _find_area_layers(version: str, query: Query, _world: World, _answer: AreaAnswer) -> AreaLayers:  # noqa: ARG001 - part of the key
    from hotspots.views.folium_map import describe_area_layers  # noqa: PLC0415 - folium is for the area page only

    return describe_area_layers(_world.boundaries, _answer.unit.wards, clusters=_answer.clusters, places=_answer.places)


def find_named_outlines(world: World) -> dict[str, Any]:
    """Outline the named areas for the browser."""
    return _find_named_outlines(world.version, world)


@st.cache_resource(show_spinner=False, max_entries=2)
def _find_named_outlines(version: str, _world: World) -> dict[str, Any]:  # noqa: ARG001 - the version is the key
    geometry = _world.boundaries.geometry
    return describe_outlines(
        [
            NamedOutline(unit.code, unit.name, shapely.coverage_union_all(geometry[np.array(unit.wards)]))
            for unit in _world.units
            if unit.kind == "area"
        ]
    )


def find_shapes(world: World) -> StaticGeometry:
    """Find where the browser fetches the shapes of the wards."""
    shapes = _find_shapes(world.version, world)
    if shapes.path is not None and not (STATIC / shapes.path).is_file():  # removed for shapes of other boundaries
        _find_shapes.clear()
        shapes = _find_shapes(world.version, world)
    return shapes


@st.cache_resource(show_spinner=False, max_entries=2)
def _find_shapes(version: str, _world: World) -> StaticGeometry:  # noqa: ARG001 - the version is the key
    return write_static_geometry(_world.boundaries)
