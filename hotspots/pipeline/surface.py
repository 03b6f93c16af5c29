"""How dense: incidents per square kilometre a year around every point of the force, and where it peaks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.ndimage import maximum_filter
from scipy.spatial import cKDTree

from hotspots import crs
from hotspots.analysis.bandwidth import suggest_bandwidth
from hotspots.analysis.cells import make_cells
from hotspots.analysis.kde import (
    SMALLEST_BANDWIDTH,
    Grid,
    Smoother,
    Surface,
    grid_cells,
    prepare_smoother,
    smooth_places,
)
from hotspots.analysis.places import assign_areas
from hotspots.errors import InputError
from hotspots.pipeline.ground import Measured, describe_wards, name_measure, weigh_places
from hotspots.pipeline.selection import choose, list_caveats
from hotspots.query import Query

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspots.pipeline.selection import Chosen
    from hotspots.pipeline.world import World

GRID_M = 100.0
"""Side of the surface's squares in metres: the spacing of published points, and of the embedded counts."""
MOST_SQUARES = 600_000
MOST_PEAKS = 20


@dataclass(frozen=True)
class ChosenBandwidth:
    """A bandwidth in metres, and by whom or by which rule it was chosen."""

    metres: float
    reason: str


@dataclass(frozen=True, eq=False)
class SurfaceAnswer(Measured):
    """A density surface of a selection.

    Attributes
    ----------
    world, chosen
        What was asked of what.
    surface
        Density over the whole period.
    provenance
        Automatic choices and their reasons.
    caveats
        Plain sentences that stand beside the view.
    """

    world: World
    chosen: Chosen
    surface: Surface
    provenance: dict[str, Any]
    caveats: tuple[str, ...]

    @cached_property
    def by_year(self) -> NDArray[np.float64]:
        """Incidents (or harm days) per square kilometre a year; NaN outside. Shape (rows, columns), south first."""
        return self.surface.density / self.chosen.years

    @cached_property
    def average(self) -> float:
        """Mean density of all ground that has any, per square kilometre a year."""
        return float(np.nanmean(np.where(self.by_year > 0, self.by_year, np.nan)))

    @cached_property
    def peaks(self) -> pd.DataFrame:
        """One row a peak, highest first, no two within a bandwidth of each other.

        Columns peak, density (per square kilometre a year), incidents (or harm days) within the bandwidth, x, y, lon,
        lat, area_code, area_name, lad_name.
        """
        return find_peaks(self)


def lay_surface_grid(world: World) -> Grid:
    """Lay the surface's squares over the coverage, coarser where the coverage is large.

    Raises
    ------
    InputError
        If the coverage has no area.
    """
    geometry = world.boundaries.geometry
    squares = float(world.boundaries.area_km2.sum()) * 1e6 / GRID_M**2
    size = GRID_M * max(1, int(np.ceil(np.sqrt(squares / MOST_SQUARES))))
    return grid_cells(make_cells(geometry, size=size))


def draw_surface(
    world: World,
    query: Query,
    *,
    kernel: str = "quartic",
    grid: Grid | None = None,
    smoother: Smoother | None = None,
    bandwidth: ChosenBandwidth | None = None,
) -> SurfaceAnswer:
    """Compute the density surface of a selection, over the whole force.

    Parameters
    ----------
    kernel
        ``quartic`` or ``gaussian``.
    grid, smoother, bandwidth
        Prepared before, from `lay_surface_grid`, `analysis.kde.prepare_smoother` and `choose_bandwidth`; prepared anew
        by default.

    Raises
    ------
    InputError
        If no located incident matches, or the bandwidth is too small for the grid.
    UnknownNameError
        If an area, type, outcome or kernel is not known.
    """
    chosen = choose(world, query)
    places = world.cube.places
    weights = weigh_places(world, chosen)
    inside = places.area >= 0
    if not (weights[inside] > 0).any():
        raise InputError(
            f"No located incident of “{chosen.label}” is recorded in {chosen.period}; widen the period or the types."
        )
    if smoother is None:
        grid = grid or lay_surface_grid(world)
        bandwidth = bandwidth or choose_bandwidth(world, query, kernel=kernel, cell=grid.cell)
        smoother = prepare_smoother(grid, bandwidth=bandwidth.metres, kernel=kernel)
    surface = smooth_places(smoother, places.x, places.y, weights, inside=inside)
    return SurfaceAnswer(
        world=world,
        chosen=chosen,
        surface=surface,
        provenance={
            "method": "kernel density",
            "measure": name_measure(chosen),
            "kernel": smoother.kernel,
            "bandwidth_m": smoother.bandwidth,
            "bandwidth_chosen": bandwidth.reason if bandwidth else "as prepared",
            "cell_m": smoother.grid.cell,
            "edge": "corrected at the boundary" if smoother.edge_corrected else "not corrected",
        },
        caveats=list_caveats(world, chosen),
    )


def choose_bandwidth(world: World, query: Query, *, kernel: str = "quartic", cell: float = GRID_M) -> ChosenBandwidth:
    """Choose the bandwidth: as the user wants it, or by cross-validation over all loaded months of the chosen types.

    All months, so that surfaces of two periods have one bandwidth and can be compared.

    Raises
    ------
    InputError
        If fewer than two places hold such incidents.
    """
    if query.bandwidth is not None:
        return ChosenBandwidth(query.bandwidth, "chosen by the user")
    everything = choose(world, replace(query, month_from=None, month_to=None, area="", show=Query().show))
    places = world.cube.places
    inside = places.area >= 0
    weights = weigh_places(world, everything)[inside]
    found = suggest_bandwidth(places.x[inside], places.y[inside], weights, kernel=kernel)
    least = SMALLEST_BANDWIDTH[kernel] * cell
    if found.bandwidth < least:
        return ChosenBandwidth(least, f"the least that squares of {cell:g} m can show")
    return ChosenBandwidth(found.bandwidth, "the one tried under which all other places best foresee each place")


def find_peaks_above(answer: SurfaceAnswer, wards: tuple[int, ...]) -> pd.DataFrame:
    """Find the peaks in some wards that are denser than the force's average; see `find_peaks`."""
    peaks = find_peaks(answer, wards=wards)
    return peaks[peaks["density"] >= answer.average]


def find_peaks(answer: SurfaceAnswer, *, wards: tuple[int, ...] | None = None) -> pd.DataFrame:
    """Find the highest points of a surface; see `SurfaceAnswer.peaks`.

    Parameters
    ----------
    wards
        Positions of the wards in which they must lie; anywhere by default.
    """
    world, grid = answer.world, answer.surface.grid
    bandwidth = answer.surface.smoother.bandwidth
    density = np.nan_to_num(answer.by_year)
    row, column = np.nonzero((density > 0) & (density == maximum_filter(density, size=3)))
    if wards is not None:
        inside = np.isin(assign_areas(grid.x[column], grid.y[row], world.boundaries.geometry), wards)
        row, column = row[inside], column[inside]
    order = np.argsort(-density[row, column], kind="stable")
    x, y = grid.x[column[order]], grid.y[row[order]]
    kept: list[int] = []
    for at in range(len(order)):
        if all((x[at] - x[other]) ** 2 + (y[at] - y[other]) ** 2 > bandwidth**2 for other in kept):
            kept.append(at)
        if len(kept) == MOST_PEAKS:
            break
    x, y = x[kept], y[kept]
    places, weights = world.cube.places, weigh_places(world, answer.chosen)
    held = np.flatnonzero(weights > 0)
    near = cKDTree(np.column_stack([places.x[held], places.y[held]])).query_ball_point(
        np.column_stack([x, y]), bandwidth
    )
    within = np.array([weights[held[members]].sum() for members in near])
    lon, lat = crs.to_wgs84_quickly(x, y)
    ward = assign_areas(x, y, world.boundaries.geometry)
    return pd.DataFrame(
        {
            "peak": np.arange(1, len(kept) + 1),
            "density": density[row, column][order][kept],
            answer.measure.replace(" ", "_"): np.rint(within).astype(np.int64),
            "x": x,
            "y": y,
            "lon": np.round(lon, 6),
            "lat": np.round(lat, 6),
            **describe_wards(world, ward),
        }
    )
