"""Square and hexagonal lattices on the British National Grid: which cell holds a point, by arithmetic alone.

Both lattices are anchored at the grid's origin, so that cells of one size are the same cells in every coverage and
every month. A square cell is a closed-open box: a point on a shared edge belongs to the cell above, and else to the
right. A hexagon is the set of points nearest to its centre (flat side up); a point on a level edge belongs to the cell
above, one on a slanted edge to the cell on the right. Every point of the plane therefore has exactly one cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from hotspots.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHAPES = ("square", "hex")
_SQUARE = ((1, 0), (-1, 0), (0, 1), (0, -1))
_DIAGONAL = ((1, 1), (1, -1), (-1, 1), (-1, -1))
_HEX_EVEN = ((0, 1), (0, -1), (1, 0), (-1, 0), (1, -1), (-1, -1))
_HEX_ODD = ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1))


@dataclass(frozen=True)
class Lattice:
    """A regular division of the plane into equal cells, numbered by column and row.

    Attributes
    ----------
    size
        Side of a square, or width of a hexagon between opposite sides, in metres.
    shape
        ``square`` or ``hex`` (flat side up).
    """

    size: float
    shape: str = "square"

    def __post_init__(self) -> None:
        """Check the two parameters.

        Raises
        ------
        InputError
            If the size is not a positive number or the shape is unknown.
        """
        if self.shape not in SHAPES:
            raise UnknownNameError("cell shape", str(self.shape), SHAPES)
        if not np.isfinite(self.size) or self.size <= 0:
            raise InputError(f"The cell size is {self.size:g} m; give a size above 0 metres.")

    @property
    def cell_area(self) -> float:
        """Area of a whole cell in square metres."""
        return self.size**2 * (np.sqrt(3) / 2 if self.shape == "hex" else 1.0)

    @property
    def reach(self) -> float:
        """Distance from a cell's centre to its corners in metres."""
        return float(self.size / (np.sqrt(3) if self.shape == "hex" else np.sqrt(2)))

    def locate(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Find the cell of each point.

        Parameters
        ----------
        x, y
            British National Grid metres, finite. Shape (p,).

        Returns
        -------
        tuple of ndarray
            Column and row, shape (p,) each.
        """
        if self.shape == "square":
            return np.floor(x / self.size).astype(np.int64), np.floor(y / self.size).astype(np.int64)
        # Even and odd columns are two rectangular lattices; the nearest centre of either is found by rounding.
        pair = self.reach * 3
        even, even_row = np.floor(x / pair + 0.5), np.floor(y / self.size + 0.5)
        odd, odd_row = np.floor(x / pair), np.floor(y / self.size)
        to_even = (x - even * pair) ** 2 + (y - even_row * self.size) ** 2
        to_odd = (x - (odd + 0.5) * pair) ** 2 + (y - (odd_row + 0.5) * self.size) ** 2
        is_odd = (to_odd < to_even) | ((to_odd == to_even) & (odd + 0.5 > even))
        column = np.where(is_odd, 2 * odd + 1, 2 * even).astype(np.int64)
        return column, np.where(is_odd, odd_row, even_row).astype(np.int64)

    def find_centres(
        self, column: NDArray[np.int64], row: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the centres of cells in metres; the inverse of `locate`."""
        across, up = column.astype(np.float64), row.astype(np.float64)
        if self.shape == "square":
            return (across + 0.5) * self.size, (up + 0.5) * self.size
        return across * (self.reach * 1.5), (up + 0.5 * (across % 2)) * self.size

    def draw(self, column: NDArray[np.int64], row: NDArray[np.int64]) -> NDArray[np.object_]:
        """Draw whole cells as polygons, shape (k,)."""
        x, y = self.find_centres(column, row)
        half = self.size / 2
        if self.shape == "square":
            return np.asarray(shapely.box(x - half, y - half, x + half, y + half), dtype=object)
        across = np.array([1, 0.5, -0.5, -1, -0.5, 0.5, 1]) * self.reach
        up = np.array([0, 1, 1, 0, -1, -1, 0]) * half
        rings = np.stack([x[:, None] + across, y[:, None] + up], axis=2)
        return np.asarray(shapely.polygons(rings), dtype=object)

    def step(
        self, column: NDArray[np.int64], row: NDArray[np.int64], *, corners: bool = True
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """List the cells that touch each cell.

        Parameters
        ----------
        column, row
            Cells, shape (k,).
        corners
            Whether squares that share only a corner touch; hexagons have no such neighbours.

        Returns
        -------
        tuple of ndarray
            Columns and rows of the neighbours, shape (k, 4), (k, 8) or (k, 6).
        """
        if self.shape == "square":
            offsets = np.array(_SQUARE + _DIAGONAL if corners else _SQUARE)
            return column[:, None] + offsets[:, 0], row[:, None] + offsets[:, 1]
        by_parity = np.array([_HEX_EVEN, _HEX_ODD])[column % 2]
        return column[:, None] + by_parity[:, :, 0], row[:, None] + by_parity[:, :, 1]
