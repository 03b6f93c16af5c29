"""What the hotspots, trends and method pages keep between runs, shared by all users and read-only.

The ground and the kernels depend on the boundaries and on very few choices and are laid once; the answers depend on the
query. Every key holds the version of the data. No cached function reads the session.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from hotspots.analysis.kde import Grid, Smoother, prepare_smoother
from hotspots.pipeline.clusters import ClusterAnswer, find_clusters
from hotspots.pipeline.emerging import EmergingCells, choose_emerging_cells, find_emerging_cells
from hotspots.pipeline.ground import CellChoice, Ground, choose_cells, lay_ground
from hotspots.pipeline.hot_cells import HotCells, find_hot_cells
from hotspots.pipeline.method_check import MethodCheck, check_methods
from hotspots.pipeline.surface import (
    ChosenBandwidth,
    SurfaceAnswer,
    choose_bandwidth,
    draw_surface,
    lay_surface_grid,
)
from hotspots.pipeline.surface_change import SurfaceChange, compare_periods
from hotspots.pipeline.survival import (
    CLUSTER_PIXEL,
    MapPoints,
    average_spots,
    list_map_points,
    measure_clusters,
    measure_hot_cells,
)
from hotspots.pipeline.trends import Trends, compare_areas
from hotspots.query import Query
from hotspots.ui.caches import ANSWERS_KEPT
from hotspots.views.cells_map import frame_cells, paint_tested
from hotspots.views.surface_image import ImageFrame, MapImage, frame_grid

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from hotspots.pipeline.world import World

GROUNDS_KEPT = 6
"""Cell sizes that stay in memory: about ten megabytes each."""


def find_cells_answer(world: World, query: Query) -> HotCells:
    """Answer which cells hold more than chance would put there.

    Raises
    ------
    InputError
        If no incident matches.
    """
    return _find_cells_answer(world.version, _plain(query, "cell", "cell_shape"), world)


@st.cache_resource(show_spinner=False, max_entries=ANSWERS_KEPT)
def _find_cells_answer(version: str, query: Query, _world: World) -> HotCells:
    choice = choose_cells(_world, size=query.cell, shape=query.cell_shape)
    return find_hot_cells(_world, query, ground=_find_ground(version, choice, _world))


def find_emerging_answer(world: World, query: Query) -> EmergingCells:
    """Answer which cells are new, growing, lasting or gone.

    Raises
    ------
    InputError
        If fewer than ten months are covered or no incident matches.
    """
    return _find_emerging_answer(world.version, _plain(query, "cell", "cell_shape"), world)


@st.cache_resource(show_spinner=False, max_entries=ANSWERS_KEPT)
def _find_emerging_answer(version: str, query: Query, _world: World) -> EmergingCells:
    choice = choose_emerging_cells(_world, query)
    return find_emerging_cells(_world, query, ground=_find_ground(version, choice, _world))


def find_surface_answer(world: World, query: Query) -> SurfaceAnswer:
    """Answer how dense incidents are.

    Raises
    ------
    InputError
        If no incident matches, or the bandwidth is too small.
    """
    return _find_surface_answer(world.version, _plain(query, "bandwidth"), world)


@st.cache_resource(show_spinner=False, max_entries=16)
def _find_surface_answer(version: str, query: Query, _world: World) -> SurfaceAnswer:
    bandwidth = _find_bandwidth(version, _leave_time_out(query), _world)
    return draw_surface(_world, query, smoother=_find_smoother(version, bandwidth.metres, _world), bandwidth=bandwidth)


def find_change_answer(world: World, query: Query) -> SurfaceChange:
    """Answer where density rises or falls against the year before.

    Raises
    ------
    InputError
        If no month has its fellow a year before, no incident matches, or the bandwidth is too small.
    """
    return _find_change_answer(world.version, _plain(query, "bandwidth"), world)


@st.cache_resource(show_spinner=False, max_entries=16)
def _find_change_answer(version: str, query: Query, _world: World) -> SurfaceChange:
    bandwidth = _find_bandwidth(version, _leave_time_out(query), _world)
    smoother = _find_smoother(version, bandwidth.metres, _world)
    return compare_periods(_world, query, smoother=smoother, bandwidth=bandwidth)


def _leave_time_out(query: Query) -> Query:
    plain = Query()
    return replace(query, month_from=plain.month_from, month_to=plain.month_to, show=plain.show)


@st.cache_resource(show_spinner="Choosing the bandwidth…", max_entries=ANSWERS_KEPT)
def _find_bandwidth(version: str, query: Query, _world: World) -> ChosenBandwidth:
    return choose_bandwidth(_world, query, cell=_find_surface_grid(version, _world).cell)


def find_cluster_answer(world: World, query: Query) -> ClusterAnswer:
    """Answer where incidents cluster, over the whole force.

    Raises
    ------
    InputError
        If no incident matches.
    """
    return _find_cluster_answer(world.version, _plain(query, "eps", "min_samples"), world)


@st.cache_resource(show_spinner=False, max_entries=ANSWERS_KEPT)
def _find_cluster_answer(version: str, query: Query, _world: World) -> ClusterAnswer:  # noqa: ARG001 - the key
    return find_clusters(_world, query)


def find_cell_survival(world: World, query: Query) -> NDArray[np.float64]:
    """Tell how often each hot spot's cells stay hot when incidents move within the catchment of their map point.

    Raises
    ------
    InputError
        If the cells weigh harm.
    """
    return _find_cell_survival(world.version, _plain(query, "cell", "cell_shape"), world)


@st.cache_resource(show_spinner="Moving incidents within the catchment of their map point…", max_entries=ANSWERS_KEPT)
def _find_cell_survival(version: str, query: Query, _world: World) -> NDArray[np.float64]:
    answer = find_cells_answer(_world, query)
    return average_spots(answer, measure_hot_cells(answer, _list_map_points(version, 25.0, _world)))


def find_cluster_survival(world: World, query: Query) -> NDArray[np.float64]:
    """Tell how often each cluster stays one when incidents move within the catchment of their map point."""
    return _find_cluster_survival(world.version, _plain(query, "eps", "min_samples"), world)


@st.cache_resource(show_spinner="Moving incidents within the catchment of their map point…", max_entries=ANSWERS_KEPT)
def _find_cluster_survival(version: str, query: Query, _world: World) -> NDArray[np.float64]:
    answer = find_cluster_answer(_world, query)
    return measure_clusters(answer, _list_map_points(version, CLUSTER_PIXEL, _world))


@st.cache_resource(show_spinner=False, max_entries=2)
def _list_map_points(version: str, pixel: float, _world: World) -> MapPoints:  # noqa: ARG001 - the version is the key
    return list_map_points(_world, pixel=pixel)


def find_trends(world: World, query: Query) -> Trends:
    """Answer which areas rise or fall.

    Raises
    ------
    InputError
        If no incident matches, or no month has its fellow a year before.
    """
    return _find_trends(world.version, _plain(query), world)


@st.cache_resource(show_spinner=False, max_entries=ANSWERS_KEPT)
def _find_trends(version: str, query: Query, _world: World) -> Trends:  # noqa: ARG001 - the version is the key
    return compare_areas(_world, query)


def recall_check(world: World, query: Query, geography: str) -> MethodCheck | None:
    """Return a back-test that somebody has computed since the start; None when nobody has."""
    return _checks().get((world.version, _plain_check(query), geography))


def compute_check(world: World, query: Query, geography: str, progress: Callable[[str, int, int], None]) -> MethodCheck:
    """Back-test all methods and keep the result for everybody.

    Raises
    ------
    InputError
        If there are too few months, or no incident matches.
    """
    plain = _plain_check(query)
    choice = choose_cells(world, size=query.cell, shape=query.cell_shape)
    check = check_methods(
        world, plain, geography=geography, ground=_find_ground(world.version, choice, world), progress=progress
    )
    kept = _checks()
    while len(kept) >= ANSWERS_KEPT:
        del kept[next(iter(kept))]
    kept[(world.version, plain, geography)] = check
    return check


@st.cache_resource(show_spinner=False)
def _checks() -> dict[tuple[str, Query, str], MethodCheck]:
    return {}


def _plain_check(query: Query) -> Query:
    return _leave_time_out(_plain(query, "cell", "cell_shape"))


def find_ground(world: World, choice: CellChoice) -> Ground:
    """Lay the cells of a size, or return them when they are laid already."""
    return _find_ground(world.version, choice, world)


@st.cache_resource(show_spinner="Dividing the force into cells…", max_entries=GROUNDS_KEPT)
def _find_ground(version: str, choice: CellChoice, _world: World) -> Ground:  # noqa: ARG001 - the key
    return lay_ground(_world, choice)


@st.cache_resource(show_spinner="Laying the grid of the surface…", max_entries=2)
def _find_surface_grid(version: str, _world: World) -> Grid:  # noqa: ARG001 - the key
    return lay_surface_grid(_world)


@st.cache_resource(show_spinner=False, max_entries=8)
def _find_smoother(version: str, bandwidth: float, _world: World) -> Smoother:
    return prepare_smoother(_find_surface_grid(version, _world), bandwidth=bandwidth)


def find_tested_image(world: World, ground: Ground) -> MapImage | None:
    """Paint the ground that was tested, once for each ground."""
    return _find_tested_image(world.version, ground.choice, ground)


@st.cache_resource(show_spinner=False, max_entries=GROUNDS_KEPT)
def _find_tested_image(version: str, choice: CellChoice, _ground: Ground) -> MapImage | None:  # noqa: ARG001 - the key
    return paint_tested(frame_cells(_ground.cells), _ground.cells)


def find_surface_frame(world: World, grid: Grid) -> ImageFrame:
    """Lay the picture of the surface over its grid, once."""
    return _find_surface_frame(world.version, grid)


@st.cache_resource(show_spinner=False, max_entries=2)
def _find_surface_frame(version: str, _grid: Grid) -> ImageFrame:  # noqa: ARG001 - the key
    return frame_grid(west=_grid.west, south=_grid.south, cell=_grid.cell, shape=_grid.shape)


def keep_layer(world: World, query: Query, name: str, build: Any) -> Any:
    """Build a layer of a map once for each query and name, and keep it.

    Parameters
    ----------
    world, query
        What the layer shows.
    name
        Which layer of this query.
    build
        Called without arguments when the layer is not kept yet.
    """
    plain = Query()
    return _keep_layer(world.version, replace(query, area=plain.area, by=plain.by, panels=plain.panels), name, build)


@st.cache_resource(show_spinner=False, max_entries=ANSWERS_KEPT)
def _keep_layer(version: str, query: Query, name: str, _build: Any) -> Any:  # noqa: ARG001 - the key
    return _build()


def _plain(query: Query, *kept: str) -> Query:
    """Leave in a query only what an answer depends on: incidents, what is added up, and the parameters in `kept`."""
    plain = Query()
    return replace(
        plain,
        month_from=query.month_from,
        month_to=query.month_to,
        lens=query.lens,
        types=query.types,
        outcomes=query.outcomes,
        show="harm" if query.show == "harm" else plain.show,
        **{name: getattr(query, name) for name in kept},
    )
