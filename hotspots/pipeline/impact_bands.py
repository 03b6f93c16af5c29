"""Bands of so many metres around the operation's area, to see whether crime moved across its edge.

Wards are large; what moves often moves a few streets. Each band is compared with all places farther away than the
outermost band, and its interval is that of bands of the same width around placebo areas. Places are map points, drawn
anew in July 2022, so that a band near the edge is less exact than a ward.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from hotspots.analysis.cube import Selection
from hotspots.analysis.difference_in_differences import HALF, UNKNOWN, make_effect
from hotspots.analysis.placebo_areas import MIN_GROUPS, fit_spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspots.analysis.difference_in_differences import Effect
    from hotspots.analysis.panel import Panel
    from hotspots.analysis.placebo_areas import PlaceboAreas
    from hotspots.pipeline.operation_area import PlacedArea
    from hotspots.pipeline.world import World

EDGES = (500.0, 1000.0, 2000.0)
"""Outer edges of the bands in metres."""
PLACEBOS = 100


@dataclass(frozen=True)
class Band:
    """What happened between two distances from the area.

    Attributes
    ----------
    inner, outer
        Metres from its edge.
    before
        Amount counted in the band before the start.
    effect
        Against places farther away.
    """

    inner: float
    outer: float
    before: float
    effect: Effect


def measure_bands(
    world: World,
    placed: PlacedArea,
    panel: Panel,
    placebos: PlaceboAreas,
    types: tuple[str, ...],
    *,
    edges: tuple[float, ...] = EDGES,
) -> tuple[Band, ...]:
    """Compare bands around the operation's area with places beyond them.

    Parameters
    ----------
    world, placed
        Everything loaded, and where the operation works.
    panel, placebos
        Of the same operation: its months, and its placebo areas among the wards.
    types
        Crime types that are counted.
    edges
        Outer edges in metres, ascending.

    Returns
    -------
    tuple of Band
        Nearest first; empty when the area is not loaded.
    """
    if placed.outline is None:
        return ()
    geometry, n = world.boundaries.geometry, len(world.boundaries)
    places = world.cube.places
    inside = places.area >= 0
    points = shapely.points(places.x[inside], places.y[inside])
    tree = shapely.STRtree(points)
    amounts = weigh_sides(world, panel, types)[:, inside]
    own_far = _reach(tree, placed.outline, edges[-1], len(points))
    chosen = placebos.members[:PLACEBOS, :n].astype(bool)
    outlines = [placed.outline, *(shapely.union_all(geometry[row]) for row in chosen)]
    totals, donors = _total_bands(tree, outlines, edges, amounts, own_far)
    months = np.array([panel.before.sum(), panel.after.sum()], dtype=float)
    padded = totals + HALF * months / months.mean()
    with np.errstate(divide="ignore", invalid="ignore"):
        figures = np.log(padded[..., 1] / padded[..., 0]) - np.log(donors[:, 1] / donors[:, 0])[:, None]
    figures[totals.sum(axis=2) == 0] = np.nan
    inverse = (1 / padded).sum(axis=2)
    return tuple(
        Band(
            inner=float(inner),
            outer=float(outer),
            before=float(totals[0, band, 0]),
            effect=_estimate(figures[:, band], inverse[:, band], float(totals[0, band, 1]), placebos.disjoint),
        )
        for band, (inner, outer) in enumerate(zip((0.0, *edges[:-1]), edges, strict=True))
    )


def weigh_sides(world: World, panel: Panel, types: tuple[str, ...]) -> NDArray[np.float64]:
    """Count the chosen types at each place before and after the start. Shape (2, p)."""
    kinds = np.zeros((len(world.cube.types), len(world.cube.outcomes)), dtype=bool)
    kinds[[world.cube.types.index(name) for name in types]] = True
    sides = (np.flatnonzero(panel.before), np.flatnonzero(panel.after))
    return np.stack(
        [world.cube.weigh_places(Selection(int(side[0]), int(side[-1]), kinds)).astype(float) for side in sides]
    )


def _reach(tree: shapely.STRtree, outline: shapely.Geometry, metres: float, size: int) -> NDArray[np.bool_]:
    near = np.zeros(size, dtype=bool)
    near[tree.query(outline, predicate="dwithin", distance=metres)] = True
    return near


def _total_bands(
    tree: shapely.STRtree,
    outlines: list[shapely.Geometry],
    edges: tuple[float, ...],
    amounts: NDArray[np.float64],
    own_far: NDArray[np.bool_],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sum each area's bands, shape (g, bands, 2), and the places beyond them, shape (g, 2)."""
    totals, donors = np.zeros((len(outlines), len(edges), 2)), np.zeros((len(outlines), 2))
    for row, outline in enumerate(outlines):
        # Places that the operation may have touched are nobody's placebo.
        clean = ~own_far if row else np.ones(len(own_far), dtype=bool)
        taken = _reach(tree, outline, 0.0, len(own_far))
        for band, metres in enumerate(edges):
            near = _reach(tree, outline, metres, len(own_far))
            totals[row, band] = amounts[:, near & ~taken & clean].sum(axis=1)
            taken = near
        donors[row] = amounts[:, ~taken & ~own_far].sum(axis=1)
    return totals, donors


def _estimate(figures: NDArray[np.float64], inverse: NDArray[np.float64], observed: float, disjoint: int) -> Effect:
    chance = figures[1:]
    if not np.isfinite(figures[0]) or np.isfinite(chance).sum() < MIN_GROUPS:
        return UNKNOWN
    spread = fit_spread(chance, inverse[1:], disjoint=disjoint)
    share = 1 / (spread.freedom + 1)
    return make_effect(
        float(figures[0]) - spread.centre,
        float(spread.error(inverse[0], share=share)),
        spread.freedom,
        observed=observed,
        chance=(chance - spread.centre) / spread.error(inverse[1:], share=share),
    )
