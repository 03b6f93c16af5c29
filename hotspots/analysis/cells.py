"""Cells: a coverage divided into squares or hexagons, clipped at its edge, and incidents counted in them.

Which cell holds a point is arithmetic on the lattice (`hotspots.analysis.lattice`), never a geometric test. A cell
belongs to the coverage when some of its area does; its share inside is known, so that a rate by area is fair at the
edge. Cells of sea-cliff and moor that can never hold an incident depress the mean of all cells and so inflate every
Gi* score; `find_reachable` tells which cells are within reach of a place that was ever recorded, and what it left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely
from scipy import sparse
from scipy.spatial import cKDTree

from hotspots.analysis.clipping import clip_polygons, dissolve_coverage, mark_edge
from hotspots.analysis.lattice import Lattice
from hotspots.errors import InputError

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

CELLS_ACROSS = 150
"""Cells along the shorter side of the coverage's bounding box: Ratcliffe's rule, see `suggest_cell_size`."""
SMALLEST_AUTOMATIC, LARGEST_AUTOMATIC, _ROUNDED_TO = 100.0, 250.0, 50.0
MOST_CELLS = 2_000_000
"""Cells in the bounding box beyond which a size is refused."""
_SLIVER_M2 = 1e-6  # area inside the coverage below which a cell is not of it: rounding, not land
_MILLIMETRE = 0.001


class CellSize(NamedTuple):
    """An automatic cell size and the sentence that explains it."""

    size: float
    rule: str


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of a coverage, ordered by row from the south and by column from the west.

    Attributes
    ----------
    lattice
        Size and shape.
    column, row
        Where each cell stands in the lattice. Shape (k,).
    x, y
        Centres of the whole cells in British National Grid metres. Shape (k,).
    area_inside
        Area within the coverage in square metres. Shape (k,).
    clipped
        What is left of a cell at the coverage's edge; None for a whole cell. Shape (k,).
    first_column, first_row, position
        Positions of the cells as a table, -1 where there is none; its corner is the first column and row.
    """

    lattice: Lattice
    column: NDArray[np.int64]
    row: NDArray[np.int64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    area_inside: NDArray[np.float64]
    clipped: NDArray[np.object_]
    first_column: int
    first_row: int
    position: NDArray[np.int32]

    def __len__(self) -> int:
        """Count the cells."""
        return len(self.x)

    @property
    def size(self) -> float:
        """Side of a square, or width of a hexagon between opposite sides, in metres."""
        return self.lattice.size

    @property
    def shape(self) -> str:
        """``square`` or ``hex``."""
        return self.lattice.shape

    @property
    def share_inside(self) -> NDArray[np.float64]:
        """Share of each cell's area that is within the coverage, above 0 and up to 1. Shape (k,)."""
        return np.minimum(self.area_inside / self.lattice.cell_area, 1.0)

    def find(self, column: NDArray[np.int64], row: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return the positions of lattice cells, of any shape; -1 where the coverage has none."""
        c, r = column - self.first_column, row - self.first_row
        rows, columns = self.position.shape
        there = (c >= 0) & (c < columns) & (r >= 0) & (r < rows)
        found = np.full(c.shape, -1, dtype=np.int32)
        found[there] = self.position[r[there], c[there]]
        return found

    def draw(self) -> NDArray[np.object_]:
        """Draw the cells clipped to the coverage, in British National Grid metres. Shape (k,)."""
        drawn = self.lattice.draw(self.column, self.row)
        is_clipped = np.array([part is not None for part in self.clipped], dtype=bool)
        drawn[is_clipped] = self.clipped[is_clipped]
        return drawn


@dataclass(frozen=True, eq=False)
class Reachable:
    """Which cells an incident could be recorded in, as far as the data can tell.

    Attributes
    ----------
    keep
        True for a cell that holds a place or has one within reach of its centre. Shape (k,).
    holds
        True for a cell that holds a place. Shape (k,).
    reach
        Metres.
    left_out, left_out_km2
        Cells that are not kept, and their area within the coverage.
    """

    keep: NDArray[np.bool_]
    holds: NDArray[np.bool_]
    reach: float
    left_out: int
    left_out_km2: float

    def describe(self) -> str:
        """Say in one sentence what was kept and what was left out."""
        return (
            f"{int(self.keep.sum()):,} of {len(self.keep):,} cells hold a recorded place or lie within "
            f"{self.reach:g} m of one; {self.left_out:,} empty cells ({self.left_out_km2:,.0f} km²) are left out."
        )


def suggest_cell_size(geometry: NDArray[np.object_]) -> CellSize:
    """Choose a cell size from the extent of a coverage.

    The shorter side of the bounding box by 150 (Ratcliffe 1999, in Chainey & Ratcliffe 2005, *GIS and Crime Mapping*,
    chapter 6), rounded to 50 m; at least 100 m, because published points are snapped to places about that far apart,
    and at most 250 m, the size at which the Home Office's crime reduction toolkit begins, because the bounding box of
    a force may be mostly moor.

    Parameters
    ----------
    geometry
        Polygons of the coverage in British National Grid, shape (a,) or one.

    Returns
    -------
    CellSize
        Size in metres and the rule in words.
    """
    west, south, east, north = dissolve_coverage(geometry).bounds
    side = min(east - west, north - south)
    by_rule = round(side / CELLS_ACROSS / _ROUNDED_TO) * _ROUNDED_TO
    size = min(max(by_rule, SMALLEST_AUTOMATIC), LARGEST_AUTOMATIC)
    rule = f"shorter side of the coverage ({side / 1000:,.1f} km) by {CELLS_ACROSS}, rounded to {_ROUNDED_TO:g} m"
    if by_rule < SMALLEST_AUTOMATIC:
        rule += f", but not below {SMALLEST_AUTOMATIC:g} m, the spacing of published points"
    elif by_rule > LARGEST_AUTOMATIC:
        rule += f", but not above {LARGEST_AUTOMATIC:g} m"
    return CellSize(size, rule)


def make_cells(geometry: NDArray[np.object_], *, size: float, shape: str = "square") -> Cells:
    """Divide a coverage into cells.

    Parameters
    ----------
    geometry
        Polygons of the coverage in British National Grid, shape (a,) or one; they may overlap.
    size
        Side of a square, or width of a hexagon between opposite sides, in metres.
    shape
        ``square`` or ``hex`` (flat side up).

    Returns
    -------
    Cells
        Every cell with some area within the coverage.

    Raises
    ------
    InputError
        If the coverage has no area, the size or shape cannot be used, or there would be too many cells.
    """
    lattice = Lattice(float(size), shape)
    coverage = dissolve_coverage(geometry)
    column, row = _list_candidates(lattice, coverage.bounds)
    x, y = lattice.find_centres(column, row)
    at_edge = mark_edge(lattice, coverage, column, row)
    area = np.zeros(len(x))
    inside = ~at_edge
    inside[inside] = shapely.contains_xy(coverage, x[inside], y[inside])
    area[inside] = lattice.cell_area
    clipped = np.full(len(x), None, dtype=object)
    clipped[at_edge] = clip_polygons(lattice.draw(column[at_edge], row[at_edge]), coverage)
    area[at_edge] = shapely.area(clipped[at_edge])
    # A cell that the edge only passes by is whole; its own polygon is drawn when needed.
    clipped[area >= lattice.cell_area * (1 - 1e-12)] = None
    kept = area > _SLIVER_M2
    return _index_cells(lattice, column[kept], row[kept], area[kept], clipped[kept])


def keep_cells(cells: Cells, keep: NDArray[np.bool_]) -> Cells:
    """Return the chosen cells, numbered anew in the same order.

    Parameters
    ----------
    cells
        What to choose from.
    keep
        True for those that stay, shape (k,), such as `Reachable.keep`.

    Raises
    ------
    InputError
        If no cell would be left.
    """
    if not keep.any():
        raise InputError("No cell is left; choose a wider period, more crime types or a larger reach.")
    return _index_cells(
        cells.lattice, cells.column[keep], cells.row[keep], cells.area_inside[keep], cells.clipped[keep]
    )


def assign_cells(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    cells: Cells,
    *,
    inside: NDArray[np.bool_] | None = None,
    within: float = _MILLIMETRE,
) -> NDArray[np.int32]:
    """Find the cell of each point.

    Parameters
    ----------
    x, y
        British National Grid metres; NaN where unknown. Shape (p,).
    cells
        Cells of the coverage.
    inside
        True for points known to be within the coverage (`Places.area` >= 0), shape (p,); the others get no cell. A
        cell at the edge holds land and sea alike, so without it a point just outside may get the cell.
    within
        A point in no cell goes to the nearest cell if that is within so many metres (of cells equally near, to the one
        above or else to the right): one on the outer edge itself by default. Centres of a published grid, which may
        fall off the coverage, want the grid's own size.

    Returns
    -------
    ndarray of int32, shape (p,)
        Position in `cells`; -1 for none.
    """
    known = np.isfinite(x) & np.isfinite(y)
    if inside is not None:
        known &= inside
    at = np.flatnonzero(known)
    found = cells.find(*cells.lattice.locate(x[at], y[at]))
    lost = np.flatnonzero(found < 0)
    if len(lost):
        found[lost] = _find_nearest(x[at[lost]], y[at[lost]], cells, within)
    cell = np.full(len(x), -1, dtype=np.int32)
    cell[at] = found
    return cell


def count_cells(cell_of_place: NDArray[np.int32], weights: NDArray[Any], n: int) -> NDArray[Any]:
    """Add the weights of places up by cell.

    Parameters
    ----------
    cell_of_place
        Position of each place's cell; negative for none. Shape (p,).
    weights
        Incidents or harm at each place, shape (p,), or by month, shape (p, t); NaN at all places in a missing month.
    n
        Number of cells.

    Returns
    -------
    ndarray, shape (n,) or (n, t)
        Sums; whole numbers stay whole numbers. A missing month is NaN in every cell, also in one without places.

    Raises
    ------
    InputError
        If a month is missing at some places only.
    """
    held = np.flatnonzero(cell_of_place >= 0)
    adding = sparse.csr_array((np.ones(len(held), dtype=weights.dtype), (cell_of_place[held], held)), (n, len(weights)))
    counts = np.asarray(adding @ weights)
    if not np.issubdtype(weights.dtype, np.floating):
        return counts
    absent = np.isnan(weights)
    missing = absent.any(axis=0)
    if (missing & ~absent.all(axis=0)).any():
        raise InputError("A month is missing at some places only; a month is known everywhere or nowhere.")
    return np.where(missing, np.nan, counts)


def find_reachable(
    cells: Cells,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    *,
    reach: float | None = None,
    inside: NDArray[np.bool_] | None = None,
) -> Reachable:
    """Tell in which cells an incident could have been recorded.

    A published incident stands on one of a fixed list of points, and most of a rural force has none: such a cell is
    not a place without crime but a place without an address. Give every place of every month and type, not those of a
    selection, so that the cells do not change with the filter.

    Parameters
    ----------
    cells
        Cells of the coverage.
    x, y
        Places that ever held an incident, British National Grid metres. Shape (p,).
    reach
        A cell without a place stays when one is so many metres from its centre; the size of a cell by default, so
        that an empty cell beside houses counts as empty and not as moor.
    inside
        True for places within the coverage; all by default. Shape (p,).

    Returns
    -------
    Reachable
        With what was left out.

    Raises
    ------
    InputError
        If the reach is negative.
    """
    reach = cells.size if reach is None else float(reach)
    if not reach >= 0:
        raise InputError(f"The reach is {reach:g} m; give 0 metres or more.")
    cell = assign_cells(x, y, cells, inside=inside)
    holds = np.zeros(len(cells), dtype=bool)
    holds[cell[cell >= 0]] = True
    keep = holds.copy()
    if (cell >= 0).any():
        places = cKDTree(np.column_stack([x[cell >= 0], y[cell >= 0]]))
        empty = np.flatnonzero(~holds)
        # The tree leaves its bound out; a place at exactly the reach is within it.
        distance, _ = places.query(
            np.column_stack([cells.x[empty], cells.y[empty]]), distance_upper_bound=np.nextafter(reach, np.inf)
        )
        keep[empty[np.isfinite(distance)]] = True
    return Reachable(keep, holds, reach, int((~keep).sum()), float(cells.area_inside[~keep].sum()) / 1e6)


def _list_candidates(
    lattice: Lattice, bounds: tuple[float, float, float, float]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """List all cells of the bounding box by row, one beyond on each side."""
    west, south, east, north = bounds
    # Before the corners are located, whose numbers would overflow for a senseless size.
    expected = (east - west) * (north - south) / lattice.cell_area
    if expected > MOST_CELLS:
        least = np.ceil(lattice.size * np.sqrt(expected / MOST_CELLS) / _ROUNDED_TO) * _ROUNDED_TO
        raise InputError(
            f"Cells of {lattice.size:g} m would be {expected:,.0f} over this coverage; give {least:g} m or more."
        )
    column, row = lattice.locate(np.array([west, east]), np.array([south, north]))
    columns, rows = np.arange(column[0] - 1, column[1] + 2), np.arange(row[0] - 1, row[1] + 2)
    return np.tile(columns, len(rows)), np.repeat(rows, len(columns))


def _index_cells(
    lattice: Lattice,
    column: NDArray[np.int64],
    row: NDArray[np.int64],
    area: NDArray[np.float64],
    clipped: NDArray[np.object_],
) -> Cells:
    """Build the table of cells, in the order given."""
    first_column, first_row = int(column.min()), int(row.min())
    position = np.full((int(row.max()) - first_row + 1, int(column.max()) - first_column + 1), -1, dtype=np.int32)
    position[row - first_row, column - first_column] = np.arange(len(column), dtype=np.int32)
    x, y = lattice.find_centres(column, row)
    return Cells(lattice, column, row, x, y, area, clipped, first_column, first_row, position)


def _find_nearest(x: NDArray[np.float64], y: NDArray[np.float64], cells: Cells, within: float) -> NDArray[np.int32]:
    """Find the nearest cell of points that are in none; -1 when it is farther away than `within`."""
    far = within + cells.lattice.reach * (1 + 1e-9)
    distance, nearest = cKDTree(np.column_stack([cells.x, cells.y])).query(
        np.column_stack([x, y]), k=[1, 2, 3, 4], distance_upper_bound=far
    )
    found = np.full(len(x), -1, dtype=np.int32)
    near = np.flatnonzero(np.isfinite(distance[:, 0]))
    # Of cells equally near the last is taken: the one above, or else to the right, as everywhere on the lattice.
    equal = distance[near] <= distance[near, :1] * (1 + 1e-9)
    candidates = np.where(equal, nearest[near], -1).max(axis=1)
    whole = cells.lattice.draw(cells.column[candidates], cells.row[candidates])
    close = shapely.distance(shapely.points(x[near], y[near]), whole) <= within
    found[near[close]] = candidates[close].astype(np.int32)
    return found
