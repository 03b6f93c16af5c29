"""The tree of mutual reachability between weighted places: all that HDBSCAN needs to know of them.

The core distance of a place is the radius within which `min_samples` incidents lie, its own included; zero where so
many stand on it alone. Two places reach each other at the largest of their core distances and their own distance
(Campello, Moulavi & Sander 2013, PAKDD, LNCS 7819 160-172). The tree is a minimum spanning tree of that distance.

Candidates for its edges are found without looking at all pairs, and without losing any. Let d be the distance of two
places, c the larger of their core distances and t the first rung, on a ladder of distances, that is not below c. (1) If
d <= t, one place is among the neighbours within t of the other, and these are listed for each place up to the rung of
its own core distance. (2) Else the edge is needed only when no third place of core distance below d lies nearer to both
than d, since two shorter edges would join them through it; then they are Gabriel neighbours, and so Delaunay
neighbours, among all places of core distance up to t. One triangulation a rung finds these edges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STEP = 2.0
_LISTED_INSTEAD = 2_000_000
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
    from scipy.sparse.csgraph import minimum_spanning_tree  # noqa: PLC0415 - as above

    size = len(x)
    rungs = _make_ladder(core)
    ceiling = rungs[np.searchsorted(rungs, core)]
    edges = [_list_within_reach(x, y, ceiling)]
    for rung in np.unique(ceiling):
        members = np.flatnonzero(ceiling <= rung)
        edges.append(members[_list_delaunay(x[members], y[members])])
    pairs = np.concatenate(edges)
    keys = np.sort(pairs.min(axis=1) * size + pairs.max(axis=1))
    first, second = np.divmod(keys[np.append(True, keys[1:] != keys[:-1])], size)
    distance = np.maximum(np.hypot(x[first] - x[second], y[first] - y[second]), np.maximum(core[first], core[second]))
    distance = round_distance(distance)
    tree = minimum_spanning_tree(coo_array((distance, (first, second)), shape=(size, size)).tocsr()).tocoo()
    order = np.argsort(tree.data, kind="stable")
    return Tree(tree.row[order].astype(np.int64), tree.col[order].astype(np.int64), tree.data[order])


def round_distance(metres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round to a micrometre, and no lower than one, so that equal distances are equal whatever way they were summed."""
    return np.asarray(np.maximum(np.round(metres / _MICROMETRE), 1.0) * _MICROMETRE, dtype=np.float64)


def _make_ladder(core: NDArray[np.float64]) -> NDArray[np.float64]:
    """Choose rungs from the least to the greatest core distance; zero has a rung of its own."""
    positive = core[core > 0]
    if not len(positive):
        return np.zeros(1)
    steps = int(np.ceil(np.log(positive.max() / positive.min()) / np.log(_STEP)))
    ladder = np.maximum.accumulate(np.append(positive.min() * _STEP ** np.arange(steps), positive.max()))
    # A rung that few places stand below costs a triangulation and saves little: they may list more neighbours instead.
    below = np.searchsorted(np.sort(core), ladder, side="right")
    kept, before = [], int((core == 0).sum())
    for rung, count in zip(ladder[:-1], below[:-1], strict=True):
        if (count - before) * len(core) > _LISTED_INSTEAD:
            kept.append(rung)
            before = count
    return np.array([0.0, *kept, ladder[-1]])


def _list_within_reach(x: NDArray[np.float64], y: NDArray[np.float64], reach: NDArray[np.float64]) -> NDArray[np.int64]:
    """List the neighbours within reach of each place, as pairs."""
    from scipy.spatial import cKDTree  # noqa: PLC0415 - loading an extract needs no clustering

    points = np.column_stack([x, y])
    near = cKDTree(points).query_ball_point(points, reach * (1 + 1e-9))
    counts = np.array([len(found) for found in near])
    second = np.concatenate([np.asarray(found, dtype=np.int64) for found in near])
    first = np.repeat(np.arange(len(x)), counts)
    apart = first != second
    return np.column_stack([first[apart], second[apart]])


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
