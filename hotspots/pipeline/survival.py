"""Would it still be hot: hot cells and clusters when each incident lies anywhere in the catchment of its map point.

Months before July 2022 and from then on stand on two lists of map points, and each list has its own catchments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotspots.analysis.cells import assign_cells
from hotspots.analysis.cube import Selection
from hotspots.analysis.gistar import gistar
from hotspots.analysis.multiple_testing import adjust_p
from hotspots.analysis.snap_uncertainty import CAP, Catchments, draw_counts, find_catchments, measure_cluster_survival
from hotspots.errors import InputError
from hotspots.months import SNAP_POINT_REFRESH
from hotspots.pipeline.hot_cells import LEVEL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from hotspots.pipeline.clusters import ClusterAnswer
    from hotspots.pipeline.hot_cells import HotCells
    from hotspots.pipeline.selection import Chosen
    from hotspots.pipeline.world import World

DRAWS = 50
CLUSTER_DRAWS = 10
"""Draws for clusters, each of which clusters anew: the better part of a second for a force."""
CLUSTER_PIXEL = 50.0
"""Side of a catchment's squares in metres for clusters, whose radius is some 150 m."""
_AT_ONCE = 10


@dataclass(frozen=True, eq=False)
class MapPoints:
    """The map points of every list that is loaded, and the land around each.

    Attributes
    ----------
    place
        Position of each point among the places; a point of two lists stands twice. Shape (q,).
    first, last
        Months (since January 1970) for which each point's list holds. Shape (q,).
    catchments
        The land around each point, from `analysis.snap_uncertainty`.
    """

    place: NDArray[np.intp]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    catchments: Catchments


def list_map_points(world: World, *, pixel: float = 25.0) -> MapPoints:
    """List the map points inside the coverage by their lists, with the land around each.

    Parameters
    ----------
    pixel
        Side of a catchment's squares in metres.
    """
    cube = world.cube
    months = cube.months
    parts = []
    for first, last in ((int(months[0]), SNAP_POINT_REFRESH - 1), (SNAP_POINT_REFRESH, int(months[-1]))):
        at = np.flatnonzero((months >= first) & (months <= last))
        if not len(at):
            continue
        rows = slice(int(cube.month_start[at[0]]), int(cube.month_start[at[-1] + 1]))
        place = np.unique(cube.place[rows])
        place = place[cube.places.area[place] >= 0]
        found = find_catchments(cube.places.x[place], cube.places.y[place], pixel=pixel)
        parts.append((place, first, last, found))
    starts = np.cumsum([0, *(len(found.x) for *_, found in parts)])
    return MapPoints(
        place=np.concatenate([place for place, *_ in parts]),
        first=np.concatenate([np.full(len(place), first) for place, first, *_ in parts]),
        last=np.concatenate([np.full(len(place), last) for place, _, last, _ in parts]),
        catchments=Catchments(
            x=np.concatenate([found.x for *_, found in parts]),
            y=np.concatenate([found.y for *_, found in parts]),
            start=np.concatenate(
                [np.zeros(1, dtype=np.int64)]
                + [found.start[1:] + begin for (*_, found), begin in zip(parts, starts, strict=False)]
            ),
            pixel=pixel,
            cap=CAP,
        ),
    )


def measure_hot_cells(answer: HotCells, points: MapPoints, *, draws: int = DRAWS) -> NDArray[np.float64]:
    """Tell in what share of draws each cell is hot.

    Parameters
    ----------
    points
        From `list_map_points`.
    draws
        How often every incident is moved.

    Returns
    -------
    ndarray, shape (k,)
        For a hot cell its survival; for another how often it would have been hot.

    Raises
    ------
    InputError
        If the cells weigh harm: incidents are moved, not harm.
    """
    if answer.measure != "incidents":
        raise InputError("Survival moves incidents, not harm; colour the map by something other than harm.")
    ground = answer.ground
    target = assign_cells(points.catchments.x, points.catchments.y, ground.cells)
    weights = _weigh_points(answer.world, answer.chosen, points)
    hot = np.zeros(len(ground.cells))
    drawn = draw_counts(points.catchments, weights, target, len(ground.cells), draws=draws)
    for batch in _take(drawn, _AT_ONCE):
        result = gistar(batch, ground.weights)
        hot += ((adjust_p(result.p) <= LEVEL) & (result.z > 0)).sum(axis=1)
    return hot / draws


def average_spots(answer: HotCells, survival: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average the survival of each hot spot's cells, in the order of `HotCells.spots`."""
    size = np.bincount(answer.spot)[1:]
    return np.bincount(answer.spot, weights=survival)[1:] / size


def measure_clusters(answer: ClusterAnswer, points: MapPoints, *, draws: int = CLUSTER_DRAWS) -> NDArray[np.float64]:
    """Tell in what share of draws half of each cluster's incidents still lie in one cluster; in order of number."""
    weights = _weigh_points(answer.world, answer.chosen, points)
    found = measure_cluster_survival(
        points.catchments,
        weights,
        answer.labels[points.place],
        eps=float(answer.provenance["eps"]),
        min_samples=float(answer.provenance["min_samples"]),
        draws=draws,
    )
    return found.survival


def _weigh_points(world: World, chosen: Chosen, points: MapPoints) -> NDArray[np.int64]:
    """Count the chosen incidents at each point in the months of its own list."""
    cube, selection = world.cube, chosen.selection
    months = cube.months
    weights = np.zeros(len(points.place), dtype=np.int64)
    for first in np.unique(points.first):
        own = points.first == first
        last = points.last[own][0]
        at = np.flatnonzero((months >= first) & (months <= last))
        at = at[(at >= selection.first) & (at <= selection.last)]
        if len(at):
            held = cube.weigh_places(Selection(int(at[0]), int(at[-1]), selection.kinds))
            weights[own] = held[points.place[own]]
    return weights


def _take(drawn: Iterator[NDArray[np.int64]], size: int) -> Iterator[NDArray[np.int64]]:
    """Gather draws into tables of some columns each."""
    batch: list[NDArray[np.int64]] = []
    for counts in drawn:
        batch.append(counts)
        if len(batch) == size:
            yield np.column_stack(batch)
            batch = []
    if batch:
        yield np.column_stack(batch)
