"""DBSCAN on weighted places: the clusters of all incidents, at the cost of the places they stand on.

Method: Ester, Kriegel, Sander & Xu (1996), "A density-based algorithm for discovering clusters in large spatial
databases with noise", KDD-96, 226-231. An incident is *core* when at least `min_samples` incidents, itself
included, lie within `eps` of it (distance <= eps). Core incidents within `eps` of each other share a cluster; any
other incident within `eps` of a core one is a *border* incident of its cluster; the rest is noise.

Published incidents stand on snap points, so that a neighbourhood's incidents are the summed weights of the places
in it. Neighbouring places depend on the places and `eps` only: they are found once, and each selection of months
and crime types then costs one weighted sum and one search for connected components.

What we decided where the paper is silent: it gives a border incident to whichever cluster comes to it first, which
depends on the order of the rows. Here a border place belongs to the cluster of its *nearest core place*; of core
places equally near, to the one with the lower easting, then the lower northing. Core places, clusters of core
places and noise are those of scikit-learn on one row an incident.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hotspots.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

    Pairs = tuple[NDArray[np.int32], NDArray[np.int32]]

DEFAULT_EPS = 150.0
"""Default radius in metres: the walk of a minute or two that one patrol or one hot-spot plan can cover."""
NOISE = -1
"""Label of a place in no cluster."""
HELD_PAIRS = 4_000_000
"""Pairs of neighbours that are kept between clusterings (8 bytes each); beyond it they are found anew each time."""
PAIRS_AT_ONCE = 1_000_000
"""Pairs of neighbours that are looked at in one go, which bounds the memory at any radius."""
_FARTHEST = 1e7
_SLACK = 1e-9


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Pairs of places within eps of each other: computed once for a set of places, used for every selection.

    Attributes
    ----------
    x, y
        Eastings and northings of the places in metres (EPSG:27700), shape (P,).
    eps
        Radius in metres.
    rank
        Order of the places by easting, then northing, shape (P,); places at one coordinate share a rank.
    mean_places
        Mean number of places within eps of a place, itself included; 0 when there is no place.
    held
        Each pair once, as two arrays of places; None when there are so many that they are found anew at each use.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    eps: float
    rank: NDArray[np.int32]
    mean_places: float
    held: Pairs | None

    @property
    def size(self) -> int:
        """Count the places."""
        return len(self.x)

    def iterate_pairs(self) -> Iterator[Pairs]:
        """Yield each pair of neighbouring places once, a bounded number of pairs at a time."""
        if self.held is None:
            yield from _stream_pairs(self.x, self.y, self.eps)
        else:
            yield self.held


@dataclass(frozen=True, eq=False)
class Clustering:
    """Which cluster each place belongs to.

    Attributes
    ----------
    labels
        Cluster of each place, shape (P,): 1 to K by incidents, most first; of clusters with as many incidents,
        the one that reaches farthest west (then south) first. -1 is noise, or a place without incidents.
    core
        True where at least `min_samples` incidents lie within `eps`, shape (P,).
    incidents
        Incidents in each cluster, shape (K,): cluster 1 first. Whole numbers when the weights are.
    noise_incidents
        Incidents in no cluster.
    eps
        Radius in metres.
    min_samples
        Threshold in incidents.
    """

    labels: NDArray[np.int32]
    core: NDArray[np.bool_]
    incidents: NDArray[Any]
    noise_incidents: float
    eps: float
    min_samples: float

    @property
    def clusters(self) -> int:
        """Count the clusters."""
        return len(self.incidents)


def find_neighbours(x: ArrayLike, y: ArrayLike, *, eps: float) -> Neighbours:
    """Find all pairs of places within eps of each other.

    Parameters
    ----------
    x, y
        Eastings and northings in metres (EPSG:27700), shape (P,).
    eps
        Radius in metres; a distance equal to it is within.

    Returns
    -------
    Neighbours
        For `cluster_places`. Memory is bounded at any radius: see `HELD_PAIRS`.

    Raises
    ------
    InputError
        If eps is not above zero, or a coordinate is not a number of metres on the British National Grid.
    """
    from scipy.spatial import cKDTree  # noqa: PLC0415 - loading an extract needs no clustering

    east, north = check_places(x, y)
    eps = check_eps(eps)
    held: Pairs | None = (np.empty(0, np.int32), np.empty(0, np.int32))
    mean_places = 0.0
    if len(east):
        tree = cKDTree(np.column_stack([east, north]))
        pairs = (int(tree.count_neighbors(tree, eps)) - len(east)) // 2
        held = _sort_pairs(_stream_pairs(east, north, eps), len(east)) if pairs <= HELD_PAIRS else None
        mean_places = 1 + 2 * (pairs if held is None else len(held[0])) / len(east)
    return Neighbours(east, north, eps, _rank_places(east, north), mean_places, held)


def cluster_places(neighbours: Neighbours, weights: ArrayLike, *, min_samples: float) -> Clustering:
    """Cluster weighted places by density.

    Parameters
    ----------
    neighbours
        The places and the pairs of them within eps, from `find_neighbours`.
    weights
        Incidents at each place, zero or more, shape (P,). Places without incidents take no part.
    min_samples
        Incidents within eps, its own included, that make a place core.

    Returns
    -------
    Clustering
        Does not depend on the order of the places.

    Raises
    ------
    InputError
        If a weight is negative or not a number, there is not one a place, or min_samples is below 1.
    """
    given = check_weights(weights, neighbours.size)
    threshold = check_min_samples(min_samples)
    weight = given.astype(np.float64, copy=False)
    occupied = weight > 0
    core = occupied & (sum_within(neighbours, weight) >= threshold)
    component, border, nearest = _join_places(neighbours, core, occupied)
    component[border] = component[nearest]
    labels, incidents = _number_clusters(component, weight, neighbours.rank)
    noise = float(weight[labels == NOISE].sum())
    if np.issubdtype(given.dtype, np.integer):
        incidents = incidents.astype(np.int64)
    return Clustering(labels, core, incidents, noise, neighbours.eps, threshold)


def dbscan(x: ArrayLike, y: ArrayLike, weights: ArrayLike, *, eps: float, min_samples: float) -> Clustering:
    """Cluster weighted places once; for many selections of the same places keep the `Neighbours`.

    Parameters
    ----------
    x, y
        Eastings and northings in metres (EPSG:27700), shape (P,).
    weights
        Incidents at each place, zero or more, shape (P,).
    eps
        Radius in metres; a distance equal to it is within.
    min_samples
        Incidents within eps, its own included, that make a place core.

    Raises
    ------
    InputError
        As `find_neighbours` and `cluster_places`.
    """
    return cluster_places(find_neighbours(x, y, eps=eps), weights, min_samples=min_samples)


def sum_within(neighbours: Neighbours, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum the weights within eps of each place, its own included, shape (P,)."""
    total = weights.astype(np.float64)
    for first, second in neighbours.iterate_pairs():
        total += np.bincount(first, weights[second], neighbours.size)
        total += np.bincount(second, weights[first], neighbours.size)
    return total


def check_places(x: ArrayLike, y: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return coordinates as arrays of floats.

    Raises
    ------
    InputError
        If they differ in length or one is not a number of metres on the British National Grid.
    """
    east, north = _as_numbers(x, "The eastings"), _as_numbers(y, "The northings")
    if len(east) != len(north):
        raise InputError(f"There are {len(east)} eastings for {len(north)} northings; give one of each a place.")
    bad = ~(np.isfinite(east) & np.isfinite(north) & (np.abs(east) <= _FARTHEST) & (np.abs(north) <= _FARTHEST))
    if bad.any():
        at = int(bad.argmax())
        raise InputError(
            f"Place {at + 1} lies at easting {east[at]:g}, northing {north[at]:g}; give British National Grid metres, "
            "and leave out places without a location."
        )
    return east.astype(np.float64, copy=False), north.astype(np.float64, copy=False)


def check_weights(weights: ArrayLike, size: int) -> NDArray[Any]:
    """Return the weights as an array.

    Raises
    ------
    InputError
        If one is negative or not a number, or there is not one for each of `size` places.
    """
    given = _as_numbers(weights, "The incidents")
    if len(given) != size:
        raise InputError(f"There are {len(given)} incident counts for {size} places; give one a place.")
    bad = ~(np.isfinite(given) & (given >= 0))
    if bad.any():
        at = int(bad.argmax())
        raise InputError(f"Place {at + 1} holds {given[at]} incidents; give a number of zero or more.")
    return given


def check_eps(eps: float) -> float:
    """Return eps as a float.

    Raises
    ------
    InputError
        If it is not a number of metres above zero.
    """
    if not 0 < eps < np.inf:
        raise InputError(f"eps is {eps:g} m; give a radius in metres above 0.")
    return float(eps)


def check_min_samples(min_samples: float) -> float:
    """Return min_samples.

    Raises
    ------
    InputError
        If it is not a number of incidents of one or more.
    """
    if not 1 <= min_samples < np.inf:
        raise InputError(f"min-samples is {min_samples:g}; give a number of incidents of 1 or more.")
    return min_samples


def _as_numbers(values: ArrayLike, what: str) -> NDArray[Any]:
    array = np.asarray(values)
    if array.ndim != 1 or not (array.size == 0 or array.dtype.kind in "iuf"):
        raise InputError(f"{what} must be one plain number a place, not an array of {array.dtype} and {array.shape}.")
    return array


def _rank_places(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int32]:
    order = np.lexsort((y, x))
    moves = np.ones(len(order), dtype=np.int32)
    moves[1:] = (np.diff(x[order]) != 0) | (np.diff(y[order]) != 0)
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.cumsum(moves, dtype=np.int32) - 1
    return rank


def _stream_pairs(x: NDArray[np.float64], y: NDArray[np.float64], eps: float) -> Iterator[Pairs]:
    """Find each pair of places within eps once, block by block of places that lie together.

    The tree compares distances with rounding of its own, so it is asked for a hair more than eps and the exact
    comparison of squared distances, scikit-learn's, has the last word on ties.
    """
    from scipy.spatial import cKDTree  # noqa: PLC0415 - loading an extract needs no clustering

    places = np.column_stack([x, y])
    order = cKDTree(places).indices if len(places) else np.empty(0, np.intp)
    places = places[order]
    reach = eps * (1 + _SLACK)
    start, step = 0, len(places)
    while start < len(places):
        block, step = _fit_block(places, start, step, reach)
        rest = cKDTree(places[start + step :]) if start + step < len(places) else None
        pairs = block.query_pairs(reach, output_type="ndarray")
        first, second = pairs[:, 0], pairs[:, 1]
        if rest is not None:
            across = block.sparse_distance_matrix(rest, reach, output_type="ndarray")
            first = np.concatenate([first, across["i"]])
            second = np.concatenate([second, across["j"] + step])
            del across
        first, second = order[first + start], order[second + start]
        within = _square_distance(x, y, first, second) <= eps * eps
        yield first[within].astype(np.int32), second[within].astype(np.int32)
        start += step


def _sort_pairs(chunks: Iterator[Pairs], size: int) -> Pairs:
    """Put pairs in the order of their places: what is read together then lies together, thrice as fast to join."""
    keys = [np.minimum(first, second) * np.int64(size) + np.maximum(first, second) for first, second in chunks]
    key = np.concatenate(keys)
    key.sort()
    return (key // size).astype(np.int32), (key % size).astype(np.int32)


def _fit_block(places: NDArray[np.float64], start: int, step: int, reach: float) -> tuple[Any, int]:
    """Take so many places from `start` that they have at most `PAIRS_AT_ONCE` neighbours from there on."""
    from scipy.spatial import cKDTree  # noqa: PLC0415 - loading an extract needs no clustering

    onwards = cKDTree(places[start:])
    step = min(step, len(places) - start)
    while True:
        block = onwards if start + step == len(places) else cKDTree(places[start : start + step])
        pairs = int(block.count_neighbors(onwards, reach))
        if pairs <= PAIRS_AT_ONCE or step == 1:
            return block, step
        step = max(1, min(step // 2, step * PAIRS_AT_ONCE // pairs))


def _square_distance(
    x: NDArray[np.float64], y: NDArray[np.float64], first: NDArray[Any], second: NDArray[Any]
) -> NDArray[np.float64]:
    east: NDArray[np.float64] = x[first] - x[second]
    north: NDArray[np.float64] = y[first] - y[second]
    return east * east + north * north


def _join_places(
    neighbours: Neighbours, core: NDArray[np.bool_], occupied: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Join core places into components, and find the nearest core place of each border place.

    Returns the component of each core place (from 0, without gaps; noise elsewhere), the border places, and their
    core places.
    """
    component = np.where(core, np.cumsum(core, dtype=np.int32) - 1, np.int32(NOISE))
    edge = occupied & ~core
    border, nearest = np.empty(0, np.int32), np.empty(0, np.int32)
    for first, second in neighbours.iterate_pairs():
        first_core, second_core = core[first], core[second]
        both = first_core & second_core
        component = _join_components(component, first[both], second[both])
        forth, back = first_core & edge[second], second_core & edge[first]
        border = np.concatenate([border, second[forth], first[back]])
        nearest = np.concatenate([nearest, first[forth], second[back]])
        border, nearest = _keep_nearest(neighbours, border, nearest)
    return component, border, nearest


def _join_components(
    component: NDArray[np.int32], first: NDArray[np.int32], second: NDArray[np.int32]
) -> NDArray[np.int32]:
    from scipy.sparse import coo_array  # noqa: PLC0415 - loading an extract needs no clustering
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415 - as above

    one, other = component[first], component[second]
    apart = one != other
    if not apart.any():
        return component
    size = int(component.max()) + 1
    links = coo_array((np.ones(int(apart.sum())), (one[apart], other[apart])), shape=(size, size))
    _, joined = connected_components(links, directed=False)
    known = component != NOISE
    result = component.copy()
    result[known] = joined[component[known]]
    return result


def _keep_nearest(
    neighbours: Neighbours, border: NDArray[np.int32], core: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Keep for each border place its nearest core place; of those equally near, the first by easting, northing."""
    square = _square_distance(neighbours.x, neighbours.y, border, core)
    order = np.lexsort((neighbours.rank[core], square, border))
    border, core = border[order], core[order]
    first = np.ones(len(border), dtype=bool)
    first[1:] = border[1:] != border[:-1]
    return border[first], core[first]


def _number_clusters(
    component: NDArray[np.int32], weights: NDArray[np.float64], rank: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Label clusters from 1 by incidents, then by their first place by easting and northing; count incidents."""
    inside = component != NOISE
    members = component[inside]
    clusters = int(members.max()) + 1 if len(members) else 0
    incidents: NDArray[np.float64] = np.bincount(members, weights[inside], clusters).astype(np.float64, copy=False)
    west = np.full(clusters, len(component), dtype=np.int32)
    np.minimum.at(west, members, rank[inside])
    order = np.lexsort((west, -incidents))
    number = np.empty(clusters, dtype=np.int32)
    number[order] = np.arange(1, clusters + 1, dtype=np.int32)
    labels = np.full(len(component), NOISE, dtype=np.int32)
    labels[inside] = number[members]
    return labels, incidents[order]
