"""Survival of hot cells and clusters when incidents move within the catchment of their snap point.

police.uk moves each incident to the nearest of a fixed list of points (Tompson, Johnson, Ashby, Perkins & Edwards 2015,
*Cartography and Geographic Information Science* 42(2) 97-111, measure by how far). Where it happened is therefore known
to the catchment of that point: the land nearer to it than to any other (its Voronoi cell), here no farther from it than
a cap, because addresses line streets and moor has none. Each draw moves every incident to a place in its catchment
taken at random; what is computed on the draw either still shows a cell or cluster, or not.

Catchments are held as small squares (`pixel`), each given to its nearest point. How many of a point's incidents fall
into which cell is then one multinomial draw a point, whatever their number. The answer speaks of where incidents lie
within catchments, not of chance in their number. Give the points of one list: the list of July 2022 shares few points
with the one before it, and months on either side have other catchments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotspots.analysis.dbscan import NOISE, check_places, check_weights, cluster_places, find_neighbours
from hotspots.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import ArrayLike, NDArray

CAP = 200.0
"""Default cap in metres: nine in ten points lie nearer than that to another."""
PIXEL = 25.0
GRAIN = 3.0
"""Incidents of a draw are clustered on squares of eps by this: coarser than the pixels, or there would be too many."""
DRAWS = 100
SEED = 1829
KEPT = 0.5
"""Share of a cluster's incidents that must lie in one cluster of a draw for it to survive."""
MOST_PIXELS = 30_000_000


@dataclass(frozen=True, eq=False)
class Catchments:
    """Squares of each snap point's catchment.

    Attributes
    ----------
    x, y
        Centres of the squares in British National Grid metres, sorted by point. Shape (q,).
    start
        Where each point's squares begin, shape (p + 1,); every point has one at least, its own.
    pixel, cap
        Side of a square, and farthest distance of its centre from the point, in metres.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    start: NDArray[np.int64]
    pixel: float
    cap: float

    def __len__(self) -> int:
        """Count the points."""
        return len(self.start) - 1

    @property
    def hectares(self) -> NDArray[np.float64]:
        """Area of each catchment, shape (p,)."""
        return np.asarray(np.diff(self.start) * self.pixel**2 / 10_000.0, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class ClusterSurvival:
    """What became of each cluster over the draws.

    Attributes
    ----------
    survival
        Share of draws in which at least half of its incidents lie together in one cluster. Shape (K,).
    kept
        Mean share of its incidents in the cluster of the draw that holds most of them. Shape (K,).
    clusters
        Clusters in each draw. Shape (draws,).
    seed
        Of the draws.
    """

    survival: NDArray[np.float64]
    kept: NDArray[np.float64]
    clusters: NDArray[np.int64]
    seed: int


def find_catchments(x: ArrayLike, y: ArrayLike, *, cap: float = CAP, pixel: float = PIXEL) -> Catchments:
    """Divide the land around snap points among them.

    Parameters
    ----------
    x, y
        Every known point of one list, with or without incidents, in British National Grid metres. Shape (p,).
    cap
        Farthest that an incident may have been from its point, in metres.
    pixel
        Side of the squares in metres, not above the cap.

    Returns
    -------
    Catchments
        The squares of a point that has no centre of its own (points closer together than a pixel) are the one on it.

    Raises
    ------
    InputError
        If the cap or pixel is not a distance, or there would be too many squares.
    """
    from scipy.spatial import cKDTree  # noqa: PLC0415 - loading an extract needs no neighbours

    east, north = check_places(x, y)
    if not 0 < pixel <= cap < np.inf:
        raise InputError(
            f"A cap of {cap:g} m with pixels of {pixel:g} m makes no catchment; give pixels no larger than the cap."
        )
    reach = int(np.ceil(cap / pixel))
    if len(east) * (2 * reach + 1) ** 2 > MOST_PIXELS:
        raise InputError(f"Pixels of {pixel:g} m are too many for {len(east):,} points; give larger ones.")
    around = np.arange(-reach, reach + 1)
    columns = (np.floor(east / pixel).astype(np.int64)[:, None, None] + around).repeat(len(around), axis=1)
    rows = (np.floor(north / pixel).astype(np.int64)[:, None, None] + around[:, None]).repeat(len(around), axis=2)
    first_column, first_row = columns.min(initial=0), rows.min(initial=0)
    width = int(columns.max(initial=0) - first_column) + 1
    keys = np.sort(((rows - first_row) * width + (columns - first_column)).ravel())
    keys = keys[np.append(True, keys[1:] != keys[:-1])] if len(keys) else keys
    at_x = (keys % width + first_column + 0.5) * pixel
    at_y = (keys // width + first_row + 0.5) * pixel
    if not len(east):
        return Catchments(east, north, np.zeros(1, np.int64), pixel, cap)
    distance, point = cKDTree(np.column_stack([east, north])).query(np.column_stack([at_x, at_y]))
    near = distance <= cap
    at_x, at_y, point = at_x[near], at_y[near], point[near].astype(np.int64)
    empty = np.setdiff1d(np.arange(len(east)), point)
    at_x, at_y = np.append(at_x, east[empty]), np.append(at_y, north[empty])
    point = np.append(point, empty)
    order = np.argsort(point, kind="stable")
    start = np.append(0, np.cumsum(np.bincount(point, minlength=len(east)))).astype(np.int64)
    return Catchments(at_x[order], at_y[order], start, float(pixel), float(cap))


def draw_counts(
    catchments: Catchments,
    weights: ArrayLike,
    target: NDArray[np.int32] | NDArray[np.int64],
    n_targets: int,
    *,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Iterator[NDArray[np.int64]]:
    """Move incidents within their catchments, and count them by cell, once a draw.

    Parameters
    ----------
    catchments
        From `find_catchments`.
    weights
        Incidents at each point, whole numbers. Shape (p,).
    target
        Cell of each square of the catchments, from `cells.assign_cells`; negative for none. Shape (q,).
    n_targets
        How many cells.
    draws, seed
        Same seed, same draws.

    Yields
    ------
    ndarray of int64, shape (n_targets,)
        Incidents in each cell.

    Raises
    ------
    InputError
        If the counts are not whole numbers, or shapes differ.
    """
    counts = _check_counts(weights, len(catchments))
    if target.shape != catchments.x.shape:
        raise InputError("Every square of the catchments needs a cell, or -1 for none.")
    point = np.repeat(np.arange(len(catchments)), np.diff(catchments.start))
    split = _Split(point, np.where(target < 0, n_targets, target).astype(np.int64), counts, n_targets + 1)
    rng = np.random.default_rng(seed)
    for _ in range(draws):
        yield np.bincount(split.target, split.draw(rng), n_targets + 1)[:n_targets].astype(np.int64)


def measure_cell_survival(
    catchments: Catchments,
    weights: ArrayLike,
    target: NDArray[np.int32] | NDArray[np.int64],
    is_hot: Callable[[NDArray[np.int64]], NDArray[np.bool_]],
    *,
    n_targets: int,
    draws: int = DRAWS,
    seed: int = SEED,
) -> NDArray[np.float64]:
    """Tell in what share of draws each cell is hot.

    Parameters
    ----------
    catchments, weights, target, n_targets, draws, seed
        As `draw_counts`.
    is_hot
        Takes counts by cell, returns True for hot ones: Gi* with its correction, for instance. Shape (n_targets,).

    Returns
    -------
    ndarray, shape (n_targets,)
        For every cell: for a hot one its survival, for another one how often it would have been hot.
    """
    hot = np.zeros(n_targets)
    for counts in draw_counts(catchments, weights, target, n_targets, draws=draws, seed=seed):
        hot += is_hot(counts)
    return hot / draws


def measure_cluster_survival(
    catchments: Catchments,
    weights: ArrayLike,
    labels: ArrayLike,
    *,
    eps: float,
    min_samples: float,
    draws: int = DRAWS,
    seed: int = SEED,
) -> ClusterSurvival:
    """Tell in what share of draws each DBSCAN cluster is still one.

    Parameters
    ----------
    catchments
        From `find_catchments`.
    weights
        Incidents at each point, whole numbers. Shape (p,).
    labels
        Cluster of each point, from 1; lower is noise. Shape (p,).
    eps, min_samples
        Of the DBSCAN that found them. In a draw incidents stand on the centres of squares of a third of eps.
    draws, seed
        Same seed, same draws.

    Returns
    -------
    ClusterSurvival

    Raises
    ------
    InputError
        If shapes differ, counts are not whole numbers, or eps or min_samples is out of range.
    """
    counts = _check_counts(weights, len(catchments))
    label = np.asarray(labels)
    if label.shape != counts.shape:
        raise InputError(f"There are {label.size} labels for {len(counts)} points; give one a point.")
    point = np.repeat(np.arange(len(catchments)), np.diff(catchments.start))
    used = counts[point] > 0
    side = max(eps / GRAIN, catchments.pixel)
    column, row = (np.floor(axis[used] / side).astype(np.int64) for axis in (catchments.x, catchments.y))
    cells, target = np.unique(np.column_stack([column, row]), axis=0, return_inverse=True)
    split = _Split(point[used], target.ravel().astype(np.int64), counts, len(cells))
    near = find_neighbours((cells[:, 0] + 0.5) * side, (cells[:, 1] + 0.5) * side, eps=eps)
    own = np.maximum(label[split.point], 0).astype(np.int64)
    size = int(own.max(initial=0))
    incidents = np.bincount(np.maximum(label, 0), counts, size + 1)[1:]
    rng = np.random.default_rng(seed)
    share, found = np.zeros((draws, size)), np.zeros(draws, dtype=np.int64)
    for draw in range(draws):
        moved = split.draw(rng)
        result = cluster_places(near, np.bincount(split.target, moved, len(cells)).astype(np.int64),
                                min_samples=min_samples)  # fmt: skip
        found[draw] = result.clusters
        new = result.labels[split.target]
        both = (own > 0) & (new != NOISE)
        table = np.bincount(
            own[both] * (result.clusters + 1) + new[both], moved[both], (size + 1) * (result.clusters + 1)
        )
        together = table.reshape(size + 1, -1)[1:].max(axis=1)
        share[draw] = np.divide(together, incidents, out=np.zeros(size), where=incidents > 0)
    return ClusterSurvival((share >= KEPT).mean(axis=0), share.mean(axis=0), found, seed)


class _Split:
    """How the incidents of points divide among targets, ready to be drawn.

    A point's incidents are divided target by target: binomial with the chance of this target among those that are
    left, which together is a multinomial draw.
    """

    def __init__(
        self, point: NDArray[np.int64], target: NDArray[np.int64], counts: NDArray[np.int64], n_targets: int
    ) -> None:
        keys, squares = np.unique(point * n_targets + target, return_counts=True)
        self.point, self.target = np.divmod(keys, n_targets)
        first = np.append(True, self.point[1:] != self.point[:-1]) if len(keys) else np.zeros(0, bool)
        group = np.cumsum(first) - 1
        left = np.bincount(group, squares)[group] if len(keys) else squares
        before = np.cumsum(squares) - squares
        left = left - (before - before[first][group])
        self._chance = squares / left
        self._step = np.arange(len(keys)) - np.flatnonzero(first)[group] if len(keys) else np.zeros(0, np.int64)
        self._rounds = [np.flatnonzero(self._step == step) for step in range(int(self._step.max(initial=-1)) + 1)]
        self._counts = counts

    def draw(self, rng: np.random.Generator) -> NDArray[np.int64]:
        """Draw the incidents of each pair of point and target."""
        left = self._counts.copy()
        moved = np.zeros(len(self.target), dtype=np.int64)
        for pairs in self._rounds:
            open_ = pairs[left[self.point[pairs]] > 0]
            taken = rng.binomial(left[self.point[open_]], self._chance[open_])
            moved[open_] = taken
            left[self.point[open_]] -= taken
        return moved


def _check_counts(weights: ArrayLike, size: int) -> NDArray[np.int64]:
    given = check_weights(weights, size)
    if not np.equal(given, np.round(given)).all():
        raise InputError("Incidents are moved one by one; give whole numbers, not harm.")
    return given.astype(np.int64)
