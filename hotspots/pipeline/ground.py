"""The ground of a force: its cells, which of them incidents can be recorded in, and who neighbours whom.

Laid once for each cell size and then shared by every question. Two things make a cell size wrong for the data at hand,
and both are seen to here: gridded counts need cells that hold whole grid squares, and months on either side of a new
list of map points need cells so wide that a point that moved stays in its cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from hotspots import crs
from hotspots.analysis.cells import assign_cells, find_reachable, keep_cells, make_cells, suggest_cell_size
from hotspots.analysis.places import assign_areas
from hotspots.analysis.spatial_weights import weigh_cells
from hotspots.months import SNAP_POINT_REFRESH

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

    from hotspots.analysis.cells import Cells, Reachable
    from hotspots.pipeline.selection import Chosen
    from hotspots.pipeline.world import World

ACROSS_BREAK = 500.0
"""Metres of a cell for comparisons that cross a new list of map points: nine points in ten moved less than 100 m."""
HARM = "harm"
"""The metric that weighs each incident by the harm of its type; every other one counts incidents."""


@dataclass(frozen=True)
class CellChoice:
    """A cell size and why it was chosen.

    Attributes
    ----------
    size
        Metres.
    shape
        ``square`` or ``hex``.
    reason
        A few words: by whom or by which rule.
    """

    size: float
    shape: str
    reason: str


@dataclass(frozen=True, eq=False)
class Ground:
    """Cells in which incidents are recorded, k of them.

    Attributes
    ----------
    choice
        Size, shape and why.
    cells
        The cells that hold a place, or lie beside one that does.
    cell_of_place
        Position of each place's cell; -1 outside the coverage. Shape (p,).
    weights
        Cells that touch, without self. Shape (k, k).
    ward
        Ward in which most of the cell's incidents lie; that of its centre where it has none, -1 where that is in none.
        Shape (k,).
    reachable
        What was left out, and why.
    """

    choice: CellChoice
    cells: Cells
    cell_of_place: NDArray[np.int32]
    weights: sparse.csr_array
    ward: NDArray[np.int32]
    reachable: Reachable

    @cached_property
    def degrees(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Longitude and latitude of the cells' centres to six digits, projected once. Shape (k,) each."""
        lon, lat = crs.to_wgs84_quickly(self.cells.x, self.cells.y)
        return np.round(lon, 6), np.round(lat, 6)


def choose_cells(
    world: World, *, size: float | None = None, shape: str = "square", months: tuple[int, ...] = ()
) -> CellChoice:
    """Choose the size of cells.

    Parameters
    ----------
    size
        As the user wants it; None to choose from the coverage, from the grid of the counts and from `months`.
    shape
        ``square`` or ``hex``.
    months
        Months that are to be compared with one another, if any.

    Returns
    -------
    CellChoice
    """
    if size is not None:
        return CellChoice(float(size), shape, "chosen by the user")
    if months and SNAP_POINT_REFRESH in world.breaks_within(months[0], months[-1]):
        return CellChoice(ACROSS_BREAK, shape, "chosen because the period crosses the new map points of July 2022")
    # Only the bounds count, and those of a box cost nothing to find.
    suggested = suggest_cell_size(np.array([shapely.box(*shapely.total_bounds(world.boundaries.geometry))]))
    grid = world.grid_m
    if grid is None or suggested.size % grid == 0:
        return CellChoice(suggested.size, shape, suggested.rule)
    whole = max(suggested.size // grid, 1) * grid
    return CellChoice(whole, shape, f"{suggested.rule}; {whole:g} m holds whole squares of the {grid:g} m grid")


def lay_ground(world: World, choice: CellChoice) -> Ground:
    """Divide the coverage into cells and keep those in which an incident of any month and type was or could be.

    Raises
    ------
    InputError
        If there would be too many cells.
    """
    places = world.cube.places
    inside = places.area >= 0
    whole = make_cells(world.boundaries.geometry, size=choice.size, shape=choice.shape)
    # A published grid square's centre may fall off the coverage though the ward it is counted in is known.
    within = world.grid_m or 0.001
    held = assign_cells(places.x, places.y, whole, inside=inside, within=within)
    strayed = (held >= 0) & (assign_cells(places.x, places.y, whole, inside=inside) < 0)
    x, y = places.x.copy(), places.y.copy()
    x[strayed], y[strayed] = whole.x[held[strayed]], whole.y[held[strayed]]
    reachable = find_reachable(whole, x, y, inside=inside)
    cells = keep_cells(whole, reachable.keep)
    cell_of_place = assign_cells(places.x, places.y, cells, inside=inside, within=within)
    return Ground(choice, cells, cell_of_place, weigh_cells(cells), _find_wards(world, cells, cell_of_place), reachable)


def weigh_places(world: World, chosen: Chosen) -> NDArray[np.float64]:
    """Count the chosen incidents at each place, or their harm days when the query shows harm. Shape (p,)."""
    cube, selection = world.cube, chosen.selection
    if chosen.query.show != HARM:
        return cube.weigh_places(selection).astype(np.float64)
    rows = slice(int(cube.month_start[selection.first]), int(cube.month_start[selection.last + 1]))
    worth = _find_worth(world, chosen)[cube.kind[rows]]
    harm = np.bincount(cube.place[rows], weights=cube.n[rows] * worth, minlength=len(cube.places))
    return np.asarray(harm, dtype=np.float64)


def count_monthly(world: World, chosen: Chosen, ground: Ground) -> NDArray[np.float64]:
    """Count the chosen incidents, or their harm days, by cell and covered month. Shape (k, months)."""
    cube, selection = world.cube, chosen.selection
    starts = cube.month_start[selection.first : selection.last + 2]
    rows = slice(int(starts[0]), int(starts[-1]))
    months = len(starts) - 1
    month = np.repeat(np.arange(months), np.diff(starts))
    cell = ground.cell_of_place[cube.place[rows]]
    worth = _find_worth(world, chosen)[cube.kind[rows]]
    kept = (cell >= 0) & (worth > 0)
    at = cell[kept].astype(np.int64) * months + month[kept]
    size = len(ground.cells) * months
    counts = np.bincount(at, weights=(cube.n[rows] * worth)[kept], minlength=size)
    return np.asarray(counts, dtype=np.float64).reshape(-1, months)


def name_measure(chosen: Chosen) -> str:
    """Name what is added up: ``incidents`` or ``harm days``."""
    return "harm days" if chosen.query.show == HARM else "incidents"


class Measured:
    """An answer that counts incidents or harm days, as its query chooses."""

    chosen: Chosen

    @property
    def measure(self) -> str:
        """What is counted: ``incidents`` or ``harm days``."""
        return name_measure(self.chosen)


def describe_wards(world: World, ward: NDArray[np.integer[Any]]) -> dict[str, list[str]]:
    """Name wards by position, -1 for none, as the columns ``area_code``, ``area_name`` and ``lad_name`` of a table."""
    boundaries = world.boundaries
    columns = {"area_code": boundaries.codes, "area_name": boundaries.names, "lad_name": boundaries.lad_names}
    return {name: [texts[at] if at >= 0 else "" for at in ward.tolist()] for name, texts in columns.items()}


def list_cell_caveats(world: World, choice: CellChoice) -> tuple[str, ...]:
    """Say in plain sentences where this cell size and these data do not go together."""
    grid = world.grid_m
    if grid is None or (choice.shape == "square" and choice.size % grid == 0):
        return ()
    sentence = (
        f"Cells of {choice.size:g} m do not hold whole squares of the {grid:g} m grid that the embedded counts lie on: "
        f"some cells get more squares than others. Choose squares of a multiple of {grid:g} m."
    )
    return (sentence,)


def _find_worth(world: World, chosen: Chosen) -> NDArray[np.float64]:
    """Weigh one incident of each kind: 1 or its harm days, 0 when it is not chosen. Shape (types x outcomes,)."""
    kinds = chosen.selection.kinds
    if chosen.query.show != HARM:
        return kinds.ravel().astype(np.float64)
    days = np.array([world.harm.days.get(name, 0.0) for name in world.cube.types])
    return np.asarray((kinds * days[:, None]).ravel(), dtype=np.float64)


def _find_wards(world: World, cells: Cells, cell_of_place: NDArray[np.int32]) -> NDArray[np.int32]:
    cube = world.cube
    held = np.flatnonzero(cell_of_place >= 0)
    ever = np.bincount(cube.place, weights=cube.n, minlength=len(cube.places))[held]
    wards = len(world.boundaries)
    pair, which = np.unique(cell_of_place[held].astype(np.int64) * wards + cube.places.area[held], return_inverse=True)
    total = np.bincount(which, weights=ever)
    order = np.lexsort((-total, pair // wards))
    first = np.unique((pair // wards)[order], return_index=True)[1]
    ward = assign_areas(cells.x, cells.y, world.boundaries.geometry)
    chosen = pair[order][first]
    ward[chosen // wards] = chosen % wards
    return ward
