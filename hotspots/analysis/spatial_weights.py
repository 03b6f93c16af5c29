"""Spatial weights: who is whose neighbour, as a sparse matrix.

Each `weigh_*` function returns binary weights without self, an unordered relation made explicit in both directions
where the rule is symmetric. `include_self` and `standardise_rows` turn them into what a statistic wants. The format is
`scipy.sparse.csr_array` with float64 entries and sorted columns; weights of any other origin serve as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy import sparse
from scipy.spatial import cKDTree

from hotspots.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from hotspots.analysis.cells import Cells

RULES = ("queen", "rook")
_SLACK = 1e-9
"""Relative slack of a distance, so that rounding does not part neighbours at exactly the radius."""


def weigh_cells(cells: Cells, *, rule: str = "queen") -> sparse.csr_array:
    """Take cells that touch as neighbours, by arithmetic.

    Parameters
    ----------
    cells
        Cells of a coverage; those left out of it are nobody's neighbours.
    rule
        ``queen`` (a shared side or corner) or ``rook`` (a shared side); the same for hexagons.

    Returns
    -------
    csr_array, shape (k, k)
        1 for neighbours.

    Raises
    ------
    UnknownNameError
        If the rule is unknown.
    """
    _check_rule(rule)
    near = cells.find(*cells.lattice.step(cells.column, cells.row, corners=rule == "queen"))
    cell, which = np.nonzero(near >= 0)
    return _as_weights(cell, near[cell, which], len(cells))


def weigh_contiguity(geometry: NDArray[np.object_], *, rule: str = "queen") -> sparse.csr_array:
    """Take polygons that touch as neighbours.

    Parameters
    ----------
    geometry
        Polygons that tile a territory, in any projected CRS. Shape (n,).
    rule
        ``queen`` (a shared point or more) or ``rook`` (a shared line).

    Returns
    -------
    csr_array, shape (n, n)
        1 for neighbours. An island has an empty row.

    Raises
    ------
    UnknownNameError
        If the rule is unknown.
    """
    _check_rule(rule)
    first, second = shapely.STRtree(geometry).query(geometry, predicate="intersects")
    once = first < second
    first, second = first[once], second[once]
    if rule == "rook":
        boundaries = shapely.boundary(geometry)
        shared = shapely.intersection(boundaries[first], boundaries[second])
        line = shapely.length(shared) > 0
        first, second = first[line], second[line]
    return _as_weights(np.concatenate([first, second]), np.concatenate([second, first]), len(geometry))


def weigh_distance_band(x: NDArray[np.float64], y: NDArray[np.float64], *, radius: float) -> sparse.csr_array:
    """Take points within a radius as neighbours.

    Parameters
    ----------
    x, y
        British National Grid metres. Shape (n,).
    radius
        Metres; a point at exactly the radius is within it.

    Returns
    -------
    csr_array, shape (n, n)
        1 for neighbours. A point alone has an empty row.

    Raises
    ------
    InputError
        If the radius is not above zero.
    """
    if not radius > 0:
        raise InputError(f"The radius is {radius:g} m; give a distance above 0 metres.")
    pairs = cKDTree(np.column_stack([x, y])).query_pairs(radius * (1 + _SLACK), output_type="ndarray")
    first, second = pairs[:, 0], pairs[:, 1]
    return _as_weights(np.concatenate([first, second]), np.concatenate([second, first]), len(x))


def weigh_nearest(x: NDArray[np.float64], y: NDArray[np.float64], *, k: int) -> sparse.csr_array:
    """Take the k nearest points as neighbours, which is not symmetric.

    Among points at one distance (to a billionth) those that stand first are taken, so that the answer does not depend
    on the search.

    Parameters
    ----------
    x, y
        British National Grid metres. Shape (n,).
    k
        Neighbours of each point, 1 to n - 1.

    Returns
    -------
    csr_array, shape (n, n)
        1 for neighbours, k in each row.

    Raises
    ------
    InputError
        If there are not k other points.
    """
    n = len(x)
    if not 1 <= k < n:
        raise InputError(f"{k} nearest neighbours were asked for among {n} points; give a number from 1 to {n - 1}.")
    points = np.column_stack([x, y])
    tree = cKDTree(points)
    # With itself and one more, so that a tie across the k-th place shows.
    distance, near = tree.query(points, k=min(k + 2, n))
    tied = np.flatnonzero(distance[:, -1] <= distance[:, k] * (1 + _SLACK)) if k + 2 <= n else np.array([], dtype=int)
    others = np.empty((n, k), dtype=np.int64)
    plain = np.setdiff1d(np.arange(n), tied)
    others[plain] = _leave_self_out(near[plain, : k + 1], plain)
    for point in tied:
        within = np.array(
            tree.query_ball_point(points[point], distance[point, k] * (1 + _SLACK) + np.finfo(float).tiny)
        )
        within = np.sort(within[within != point])
        apart = np.hypot(*(points[within] - points[point]).T)
        # Equal to a billionth is equal, whatever rounding says.
        steps = np.round(apart / max(distance[point, k], np.finfo(float).tiny) / _SLACK)
        others[point] = within[np.argsort(steps, kind="stable")[:k]]
    return _as_weights(np.repeat(np.arange(n), k), others.ravel(), n)


def include_self(weights: sparse.csr_array, *, weight: float | None = None) -> sparse.csr_array:
    """Give each row its own place, as Gi* wants it.

    Parameters
    ----------
    weights
        Shape (n, n).
    weight
        Weight of self; by default the largest of the row (1 in binary weights, and for a row that is empty).

    Returns
    -------
    csr_array, shape (n, n)
        A diagonal that already stands is replaced.
    """
    bare = leave_self_out(weights)
    own = find_largest(bare) if weight is None else np.full(bare.shape[0], float(weight))
    return _sort(sparse.csr_array(bare + sparse.diags_array(own)))


def find_largest(weights: sparse.csr_array) -> NDArray[np.float64]:
    """Return the largest weight of each row, 1 for a row that has none. Shape (n,)."""
    largest = np.zeros(weights.shape[0])
    filled = np.flatnonzero(np.diff(weights.indptr))
    if len(filled):
        largest[filled] = np.maximum.reduceat(weights.data, weights.indptr[filled])
    return np.where(largest > 0, largest, 1.0)


def leave_self_out(weights: sparse.csr_array) -> sparse.csr_array:
    """Empty the diagonal, as Gi and Moran's I want it; weights without one are returned as they are."""
    if not weights.diagonal().any() and weights.data.all() and weights.dtype == np.float64:
        return _sort(weights)
    entries = sparse.coo_array(weights)
    row, column = entries.coords
    other = (row != column) & (entries.data != 0)
    return _sort(sparse.csr_array((entries.data[other].astype(np.float64), (row[other], column[other])), entries.shape))


def standardise_rows(weights: sparse.csr_array) -> sparse.csr_array:
    """Divide each row by its sum; an empty row stays empty."""
    weights = sparse.csr_array(weights, dtype=np.float64)
    total = np.asarray(weights.sum(axis=1)).ravel()
    scale = np.divide(1.0, total, out=np.zeros_like(total), where=total != 0)
    return _sort(sparse.csr_array(sparse.diags_array(scale) @ weights))


def check_weights(weights: Any, n: int) -> sparse.csr_array:
    """Bring weights to the common format.

    Parameters
    ----------
    weights
        Any scipy sparse matrix or array, or a dense one.
    n
        How many values they are for.

    Raises
    ------
    InputError
        If they are not square, not for n values, negative or not finite.
    """
    checked = sparse.csr_array(weights, dtype=np.float64)
    if checked.shape != (n, n):
        raise InputError(f"The weights have shape {checked.shape} for {n:,} values; give {n:,} rows and columns.")
    if checked.nnz and not (np.isfinite(checked.data).all() and checked.data.min() >= 0):
        raise InputError("The weights hold a negative or missing number; give weights of 0 or more.")
    return _sort(checked)


def _leave_self_out(near: NDArray[np.int64], own: NDArray[np.int64]) -> NDArray[np.int64]:
    """Drop each row's own number, or its last entry where points share a place and its own is not listed."""
    is_own = near == own[:, None]
    is_own[~is_own.any(axis=1), -1] = True
    return np.asarray(near[~is_own].reshape(len(near), near.shape[1] - 1))


def _as_weights(row: NDArray[Any], column: NDArray[Any], n: int) -> sparse.csr_array:
    return _sort(sparse.csr_array((np.ones(len(row)), (row, column)), (n, n)))


def _sort(weights: sparse.csr_array) -> sparse.csr_array:
    """Sort columns and add up entries that stand twice, in a copy where there is something to do."""
    if weights.has_canonical_format:
        return weights
    ordered = weights.copy()
    ordered.sum_duplicates()
    return ordered


def _check_rule(rule: str) -> None:
    if rule not in RULES:
        raise UnknownNameError("contiguity rule", str(rule), RULES)
