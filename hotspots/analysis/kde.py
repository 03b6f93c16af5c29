"""Kernel density surfaces: incidents per square kilometre around every point of a regular grid.

A kernel of one bandwidth is laid over each weighted place (Silverman 1986, *Density Estimation for Statistics and Data
Analysis*, chapter 4), quartic or Gaussian. Places are shared out among the four grid points around them (linear
binning; Wand 1994, *Journal of Computational and Graphical Statistics* 3(4) 433-445) and the grid is then convolved:
along each axis, or by Fourier transform where the kernel is wide. Linear binning spreads a place by a sixth of a
squared cell along each axis; the kernel is narrowed by as much, so that the surface has the variance it should have. A
quartic kernel of few cells is not smooth enough for that; it is laid over each place as it stands.

**Edge.** Incidents beyond the force's boundary are not known, and a kernel that reaches over it would lose them. Each
place's kernel is therefore divided by the share of it that lies within (Diggle 1985, *Applied Statistics* 34(2)
138-147), so that the surface within the boundary holds exactly the incidents within.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hotspots.analysis.dbscan import check_places, check_weights
from hotspots.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from hotspots.analysis.cells import Cells

KERNELS = ("quartic", "gaussian")
SMALLEST_BANDWIDTH = {"quartic": 3.0, "gaussian": 1.5}
"""Least bandwidth in cells: below it the grid is too coarse for the kernel."""
MOST_CELLS = 20_000_000
EXACT_UP_TO = 7.0
"""Bandwidth in cells below which a quartic kernel is laid over each place itself; from there on binning errs by less
than half a per cent of the peak."""
_SQUARE_METRES = 1e6  # in a square kilometre
_REACH = 5.0  # standard deviations after which a Gaussian is cut: 4e-6 of it lies beyond
_WIDEST_PROFILE = 41  # grid points of a kernel's profile beyond which the Fourier transform is faster
_ROUNDING = 1e-12  # of the peak: what a Fourier transform leaves where there is nothing
_LEAST_SHARE = 1e-3  # of a kernel within the boundary, below which a place cannot be seen from inside


@dataclass(frozen=True, eq=False)
class Grid:
    """Square cells in rows from the south and columns from the west, on the lattice of the national grid.

    Attributes
    ----------
    west, south
        Corner in British National Grid metres (EPSG:27700).
    cell
        Side in metres.
    share_inside
        Share of each cell's area within the boundary, 0 to 1; all 1 where there is none. Shape (rows, columns).
    """

    west: float
    south: float
    cell: float
    share_inside: NDArray[np.float64]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, columns = self.share_inside.shape
        return rows, columns

    @property
    def x(self) -> NDArray[np.float64]:
        """Eastings of the columns' centres, shape (columns,)."""
        return np.asarray(self.west + (np.arange(self.shape[1]) + 0.5) * self.cell, dtype=np.float64)

    @property
    def y(self) -> NDArray[np.float64]:
        """Northings of the rows' centres, shape (rows,)."""
        return np.asarray(self.south + (np.arange(self.shape[0]) + 0.5) * self.cell, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Smoother:
    """A grid with a kernel: prepared once, used for every selection.

    Attributes
    ----------
    grid
        Where the density is computed.
    kernel
        ``quartic`` or ``gaussian``.
    bandwidth
        Metres: radius of the quartic kernel, standard deviation of the Gaussian.
    edge_corrected
        Whether kernels are divided by their share within the boundary.
    share_kept
        Share within the boundary of a kernel at each grid point, padded by one point on each side; 1 throughout
        without correction. Shape (rows + 2, columns + 2).
    profile
        The Gaussian along one axis at the grid points, shape (2 r + 1,), sums to one; empty where `spectrum` serves.
    spectrum
        Fourier transform of the kernel on a padded grid; empty where `profile` serves, or neither.
    """

    grid: Grid
    kernel: str
    bandwidth: float
    edge_corrected: bool
    share_kept: NDArray[np.float64]
    profile: NDArray[np.float64]
    spectrum: NDArray[np.complex128]

    @property
    def peak(self) -> float:
        """Density per square kilometre at the centre of one incident's kernel, far from any edge."""
        height = 3.0 if self.kernel == "quartic" else 0.5
        return height / (np.pi * self.bandwidth**2) * _SQUARE_METRES


@dataclass(frozen=True, eq=False)
class Surface:
    """A density surface.

    Attributes
    ----------
    density
        Incidents per square kilometre; NaN outside the boundary. Shape (rows, columns), south first.
    smoother
        Grid, kernel and bandwidth.
    incidents
        Incidents that the surface holds.
    left_out
        Incidents that lie outside the boundary or the grid.
    """

    density: NDArray[np.float64]
    smoother: Smoother
    incidents: float
    left_out: float

    @property
    def grid(self) -> Grid:
        """Where the density is computed."""
        return self.smoother.grid

    @property
    def mass(self) -> float:
        """Incidents within the boundary by the surface: density times land, summed."""
        grid = self.grid
        return float(np.nansum(self.density * grid.share_inside) * grid.cell**2 / _SQUARE_METRES)

    def read_at(self, x: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
        """Return the density of the cell that holds each point (EPSG:27700); NaN outside. Shape (p,)."""
        east, north = check_places(x, y)
        grid = self.grid
        column = np.floor((east - grid.west) / grid.cell).astype(np.int64)
        row = np.floor((north - grid.south) / grid.cell).astype(np.int64)
        there = (row >= 0) & (row < grid.shape[0]) & (column >= 0) & (column < grid.shape[1])
        found = np.full(len(east), np.nan)
        found[there] = self.density[row[there], column[there]]
        return found

    def describe(self) -> str:
        """Say in one sentence how the surface was made."""
        smoother = self.smoother
        named = "quartic kernel, radius" if smoother.kernel == "quartic" else "Gaussian kernel, standard deviation"
        edge = "corrected at the boundary" if smoother.edge_corrected else "not corrected at the boundary"
        return f"{named} {smoother.bandwidth:,.0f} m, on cells of {self.grid.cell:g} m, {edge}."


def grid_cells(cells: Cells) -> Grid:
    """Take square cells of a coverage as a grid, with their share of land.

    Raises
    ------
    InputError
        If the cells are not squares.
    """
    if cells.shape != "square":
        raise InputError("A density surface needs square cells; choose the square shape.")
    share = np.zeros(cells.position.shape)
    there = cells.position >= 0
    share[there] = cells.share_inside[cells.position[there]]
    return Grid(cells.first_column * cells.size, cells.first_row * cells.size, cells.size, share)


def grid_places(x: ArrayLike, y: ArrayLike, *, cell: float, margin: float = 0.0) -> Grid:
    """Lay a grid over places, without a boundary.

    Parameters
    ----------
    x, y
        British National Grid metres (EPSG:27700), shape (p,), at least one.
    cell
        Side in metres.
    margin
        Metres that the grid reaches beyond the outermost places.

    Raises
    ------
    InputError
        If there is no place, or the cell or margin gives no grid or too large a one.
    """
    east, north = check_places(x, y)
    if len(east) == 0:
        raise InputError("There is no place to lay a grid over; widen the selection.")
    if not 0 < cell < np.inf or not 0 <= margin < np.inf:
        raise InputError(
            f"Cells of {cell:g} m with a margin of {margin:g} m make no grid; give metres above 0, and a margin of 0 "
            "or more."
        )
    west, south = (np.floor((axis.min() - margin) / cell) * cell for axis in (east, north))
    columns, rows = (
        int(np.floor((axis.max() + margin - start) / cell)) + 1 for axis, start in ((east, west), (north, south))
    )
    if rows * columns > MOST_CELLS:
        raise InputError(f"Cells of {cell:g} m would be {rows * columns:,} over these places; give larger cells.")
    return Grid(float(west), float(south), float(cell), np.ones((rows, columns)))


def prepare_smoother(grid: Grid, *, bandwidth: float, kernel: str = "quartic", edge: bool = True) -> Smoother:
    """Prepare a kernel for a grid.

    Parameters
    ----------
    grid
        From `grid_cells` or `grid_places`.
    bandwidth
        Metres: radius of the quartic kernel, standard deviation of the Gaussian. A Gaussian reaches as far as a quartic
        kernel of about 2.8 times its bandwidth.
    kernel
        ``quartic`` or ``gaussian``.
    edge
        Whether to divide each place's kernel by its share within the boundary; without one, within the grid.

    Raises
    ------
    InputError
        If the bandwidth is too small for the cells, or the kernel is unknown.
    """
    if kernel not in KERNELS:
        raise UnknownNameError("kernel", str(kernel), KERNELS)
    least = SMALLEST_BANDWIDTH[kernel] * grid.cell
    if not least <= bandwidth < np.inf:
        raise InputError(
            f"A {kernel} bandwidth of {bandwidth:g} m is too small for cells of {grid.cell:g} m; give {least:g} m or "
            f"more, or cells of {bandwidth / SMALLEST_BANDWIDTH[kernel]:.0f} m or less."
        )
    rows, columns = grid.shape
    profile, spectrum = _make_taps(kernel, bandwidth / grid.cell, (rows + 2, columns + 2))
    smoother = Smoother(grid, kernel, float(bandwidth), edge, np.ones((rows + 2, columns + 2)), profile, spectrum)
    if edge and (len(profile) or len(spectrum)):
        return replace(smoother, share_kept=_convolve(np.pad(grid.share_inside, 1), smoother))
    return smoother


def smooth_places(
    smoother: Smoother, x: ArrayLike, y: ArrayLike, weights: ArrayLike, *, inside: NDArray[np.bool_] | None = None
) -> Surface:
    """Compute the density of weighted places.

    Parameters
    ----------
    smoother
        From `prepare_smoother`.
    x, y
        British National Grid metres (EPSG:27700), shape (p,).
    weights
        Incidents, residents or harm at each place, zero or more. Shape (p,).
    inside
        True for places known to lie within the boundary (`Places.area` >= 0), shape (p,); by default those whose cell
        has land within it.

    Returns
    -------
    Surface

    Raises
    ------
    InputError
        If the arrays differ in length or hold what is not a number.
    """
    east, north = check_places(x, y)
    weight = check_weights(weights, len(east)).astype(np.float64, copy=False)
    grid = smoother.grid
    rows, columns = grid.shape
    at_x, at_y = (east - grid.west) / grid.cell, (north - grid.south) / grid.cell
    # A place on the outer edge itself belongs to the last cell.
    column, row = (_floor_within(at, size) for at, size in ((at_x, columns), (at_y, rows)))
    kept = (weight > 0) & (row >= 0) & (column >= 0)
    kept &= inside if inside is not None else grid.share_inside[row, column] > 0
    if len(smoother.profile) or len(smoother.spectrum):
        binned = _bin_linearly(at_x[kept], at_y[kept], weight[kept], (rows + 2, columns + 2))
        if smoother.edge_corrected:
            binned /= np.maximum(smoother.share_kept, _LEAST_SHARE)
        density = _convolve(binned, smoother)[1:-1, 1:-1]
        density[density < _ROUNDING * density.max()] = 0.0
    else:
        density = _lay_kernels(at_x[kept], at_y[kept], weight[kept], smoother)
    density /= grid.cell**2 / _SQUARE_METRES
    density = np.where(grid.share_inside > 0, density, np.nan)
    total = float(weight[kept].sum())
    return Surface(density, smoother, total, float(weight.sum()) - total)


def _floor_within(at: NDArray[np.float64], size: int) -> NDArray[np.int64]:
    """Find the numbers of cells along an axis; -1 outside."""
    number = np.floor(at).astype(np.int64)
    number[at == size] = size - 1
    return np.where((number >= 0) & (number < size), number, -1)


def _bin_linearly(
    at_x: NDArray[np.float64], at_y: NDArray[np.float64], weight: NDArray[np.float64], shape: tuple[int, int]
) -> NDArray[np.float64]:
    """Share each weight among the four grid points around it; the grid has one more row and column on each side."""
    rows, columns = shape
    # Cell centres are the grid points; the first stands at 0.5, one further in for the extra row.
    left, below = np.floor(at_x + 0.5).astype(np.int64), np.floor(at_y + 0.5).astype(np.int64)
    right_share, top_share = at_x + 0.5 - left, at_y + 0.5 - below
    first = below * columns + left
    places = np.concatenate([first, first + 1, first + columns, first + columns + 1])
    right, top = weight * right_share, weight * top_share
    both = right * top_share
    shares = np.concatenate([weight - right - top + both, right - both, top - both, both])
    return np.asarray(np.bincount(places, shares, rows * columns).reshape(rows, columns), dtype=np.float64)


def _make_taps(kernel: str, cells: float, shape: tuple[int, int]) -> tuple[NDArray[np.float64], NDArray[np.complex128]]:
    """Sample a kernel of a bandwidth in cells, less the variance that linear binning adds, for tables of a shape."""
    nothing, untransformed = np.empty(0), np.empty(0, dtype=np.complex128)
    reach = _find_reach(kernel, cells)
    steps = np.arange(-reach, reach + 1)
    if kernel == "gaussian":
        profile = np.exp(-(steps**2) / (2 * (cells**2 - 1 / 6)))
        profile /= profile.sum()
        if len(profile) <= _WIDEST_PROFILE:
            return profile, untransformed
        return nothing, _transform(np.outer(profile, profile), shape)
    if cells < EXACT_UP_TO:
        return nothing, untransformed
    # The variance of a quartic kernel is an eighth of its squared radius along each axis.
    square = np.maximum(1 - (steps[:, None] ** 2 + steps**2) / (cells**2 - 8 / 6), 0.0) ** 2
    return nothing, _transform(square / square.sum(), shape)


def _find_reach(kernel: str, cells: float) -> int:
    """Count the grid points from the centre of a kernel to its rim."""
    return int(np.ceil(_REACH * cells if kernel == "gaussian" else cells))


def _transform(taps: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.complex128]:
    """Transform a square kernel centred at the origin, on a grid that leaves room for it beyond the table."""
    from scipy import fft  # noqa: PLC0415 - loading an extract needs no surface

    reach = len(taps) // 2
    padded = [fft.next_fast_len(size + reach, real=True) for size in shape]
    table = np.zeros(padded)
    around = np.arange(-reach, reach + 1)
    # Rows and columns of a table smaller than the kernel meet more than once around the ring.
    np.add.at(table, np.ix_(around % padded[0], around % padded[1]), taps)
    return np.asarray(fft.rfft2(table, workers=-1))


def _convolve(table: NDArray[np.float64], smoother: Smoother) -> NDArray[np.float64]:
    """Convolve a table with the kernel, zero beyond the table's edge."""
    rows, columns = table.shape
    if len(smoother.profile):
        from scipy.ndimage import correlate1d  # noqa: PLC0415 - loading an extract needs no surface

        along = correlate1d(table, smoother.profile, axis=0, mode="constant")
        return np.asarray(correlate1d(along, smoother.profile, axis=1, mode="constant"))
    from scipy import fft  # noqa: PLC0415 - as above

    reach = _find_reach(smoother.kernel, smoother.bandwidth / smoother.grid.cell)
    padded = [fft.next_fast_len(size + reach, real=True) for size in (rows, columns)]
    product = fft.rfft2(table, padded, workers=-1) * smoother.spectrum
    return np.asarray(fft.irfft2(product, padded, workers=-1)[:rows, :columns])


def _lay_kernels(
    at_x: NDArray[np.float64], at_y: NDArray[np.float64], weight: NDArray[np.float64], smoother: Smoother
) -> NDArray[np.float64]:
    """Add up quartic kernels at the grid points, each place where it stands."""
    rows, columns = smoother.grid.shape
    radius = smoother.bandwidth / smoother.grid.cell
    reach = int(np.ceil(radius + 0.5)) - 1  # a place stands within half a cell of its grid point
    width = columns + 2 * reach
    column, row = np.floor(at_x).astype(np.int64), np.floor(at_y).astype(np.int64)
    around = np.arange(-reach, reach + 1)
    across = (((column + 0.5 - at_x)[:, None] + around) ** 2 / radius**2)[:, None, :]
    up = (((row + 0.5 - at_y)[:, None] + around) ** 2 / radius**2)[:, :, None]
    laid = np.maximum(1 - up - across, 0.0) ** 2
    points = ((row + reach) * width + column + reach)[:, None, None] + around[:, None] * width + around
    scale = weight * (3 / (np.pi * radius**2))
    if smoother.edge_corrected:
        share = np.pad(smoother.grid.share_inside, reach).ravel()
        scale = weight / np.maximum(np.einsum("pij,pij->p", laid, share[points]), _LEAST_SHARE)
    laid *= scale[:, None, None]
    size = (rows + 2 * reach) * width
    total = np.bincount(points.ravel(), laid.ravel(), size).reshape(rows + 2 * reach, width)
    return np.asarray(total[reach : reach + rows, reach : reach + columns], dtype=np.float64)
