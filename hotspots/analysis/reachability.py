"""The tree of mutual reachability between weighted places: all that HDBSCAN needs to know of them.

The core distance of a place is the radius within which `min_samples` incidents lie, its own included; zero where so
many stand on it alone. Two places reach each other at the largest of their core distances and their own distance
(Campello, Moulavi & Sander 2013, PAKDD, LNCS 7819 160-172). The tree is a minimum spanning tree of that distance.

Candidates for its edges are found without looking at all pairs, and without losing any. Let d be the distance of two
places and c the larger of their core distances. (1) If d <= 2 c, each is among the neighbours within 2 c of the place
with the larger one, and these are listed. (2) Else the edge is needed only when no third place of core distance below
d lies in the lens of points nearer to both than d, since two shorter edges would join them through it; then they are
Gabriel neighbours, and so Delaunay neighbours, among all places of core distance up to any t with c <= t < d. A ladder
of t in steps of two meets each such interval, and one Delaunay triangulation a rung finds the edge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STEP = 2.0
_FEWEST_FOR_QHULL = 4
_MICROMETRE = 1e-6


class Tree(NamedTuple):
    """Edges of a spanning tree, shortest first.

    Attributes
    ----------
    first, second
        Places at the ends. Shape (P - 1,).
    distance
        Mutual reachability in metres, rounded to a micrometre so that equal distances are equal. Shape (P - 1,).
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    distance: NDArray[np.float64]


def measure_core_distance(
    x: NDArray[np.float64], y: NDArray[np.float64], weights: NDArray[np.float64], *, min_samples: float
) -> NDArray[np.float64]:
    """Measure the radius within which `min_samples` incidents lie.

    Parameters
    ----------
    x, y
        Distinct places in metres. Shape (P,).
    weights
        Incidents at each, above zero. Shape (P,).
    min_samples
        Incidents, those of the place itself included.

    Returns
    -------
    ndarray, shape (P,)
        Metres; the distance to the farthest place where there are fewer incidents in all.
    """
    from scipy.spatial import cKDTree  # noqa: PLC0415 - loading an extract needs no clustering

    points = np.column_stack([x, y])
    core = np.zeros(len(x))
    open_ = np.flatnonzero(weights < min_samples)
    tree = cKDTree(points)
    near = 8
    while len(open_):
        near = min(near * 2, len(x))
        distance, which = tree.query(points[open_], k=list(range(1, near + 1)))
        gathered = np.cumsum(weights[which], axis=1)
        # A sum of fractions may fall short of the whole by rounding.
        enough = gathered >= min_samples * (1 - 1e-12)
        at = np.where(enough.any(axis=1), enough.argmax(axis=1), near - 1)
        core[open_] = distance[np.arange(len(open_)), at]
        if near == len(x):
            break
        open_ = open_[~enough.any(axis=1)]
    return core


def span_places(x: NDArray[np.float64], y: NDArray[np.float64], core: NDArray[np.float64]) -> Tree:
    """Find a minimum spanning tree of mutual reachability.

    Parameters
    ----------
    x, y
        Distinct places in metres. Shape (P,), two or more.
    core
        Core distances in metres. Shape (P,).

    Returns
    -------
    Tree
    """
    from scipy.sparse import coo_array  # noqa: PLC0415 - loading an extract needs no clustering
    from scipy.sparse.csgraph import minimum_spanning_tree  # noqa: PLC0415

    size = len(x)
    pairs = np.concatenate([_list_within_reach(x, y, core), *_list_ladder(x, y, core)])
    pairs.sort(axis=1)
    keys = np.unique(pairs[:, 0] * size + pairs[:, 1])
    first, second = np.divmod(keys, size)
    distance = np.maximum(np.hypot(x[first] - x[second], y[first] - y[second]), np.maximum(core[first], core[second]))
    distance = round_distance(distance)
    tree = minimum_spanning_tree(coo_array((distance, (first, second)), shape=(size, size)).tocsr()).tocoo()
    order = np.argsort(tree.data, kind="stable")
    return Tree(tree.row[order].astype(np.int64), tree.col[order].astype(np.int64), tree.data[order])


def round_distance(metres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round to a micrometre, and no lower than one, so that equal distances are equal whatever way they were summed."""
    return np.asarray(np.maximum(np.round(metres / _MICROMETRE), 1.0) * _MICROMETRE, dtype=np.float64)


def _list_within_reach(x: NDArray[np.float64], y: NDArray[np.float64], core: NDArray[np.float64]) -> NDArray[np.int64]:
    """List the neighbours within twice the core distance of each place, as pairs."""
    from scipy.spatial import cKDTree  # noqa: PLC0415 - loading an extract needs no clustering

    points = np.column_stack([x, y])
    near = cKDTree(points).query_ball_point(points, _STEP * core * (1 + 1e-9))
    counts = np.array([len(found) for found in near])
    second = np.concatenate([np.asarray(found, dtype=np.int64) for found in near])
    first = np.repeat(np.arange(len(x)), counts)
    apart = first != second
    return np.column_stack([first[apart], second[apart]])


def _list_ladder(x: NDArray[np.float64], y: NDArray[np.float64], core: NDArray[np.float64]) -> list[NDArray[np.int64]]:
    """List the Delaunay edges among the places of core distance up to each rung."""
    positive = core[core > 0]
    rungs = [0.0] if (core == 0).any() else []
    if len(positive):
        steps = int(np.ceil(np.log(positive.max() / positive.min()) / np.log(_STEP))) + 1
        rungs += list(positive.min() * _STEP ** np.arange(steps + 1))
    edges, before = [], 0
    for rung in rungs:
        members = np.flatnonzero(core <= rung)
        if len(members) > before:
            before = len(members)
            edges.append(members[_list_delaunay(x[members], y[members])])
    return edges


def _list_delaunay(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
    """List the edges of a Delaunay triangulation; of places in one line, those between neighbours along it."""
    from scipy.spatial import Delaunay, QhullError  # noqa: PLC0415 - loading an extract needs no clustering

    if len(x) >= _FEWEST_FOR_QHULL:
        try:
            found = Delaunay(np.column_stack([x - x.mean(), y - y.mean()]))
        except QhullError:
            pass  # all in one line, or so close to it that there is no triangle
        else:
            corners = found.simplices.astype(np.int64)
            edges = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
            # A place that is left out for rounding stands next to the corner that took it in.
            return np.concatenate([edges, found.coplanar[:, [0, 2]].astype(np.int64)])
    if len(x) < _FEWEST_FOR_QHULL:
        return np.array([(a, b) for a in range(len(x)) for b in range(a)], dtype=np.int64).reshape(-1, 2)
    order = np.lexsort((y, x)).astype(np.int64)
    return np.column_stack([order[:-1], order[1:]])
