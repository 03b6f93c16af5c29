"""HDBSCAN on weighted places: clusters of differing density, without a radius to choose.

Method: Campello, Moulavi & Sander (2013, PAKDD, LNCS 7819 160-172) and Campello, Moulavi, Zimek & Sander (2015, *ACM
Transactions on Knowledge Discovery from Data* 10(1) 5): the tree of mutual reachability is cut at every distance at
once; a component of at least `min_cluster_size` incidents is a cluster; where it falls into two or more such
components these are new clusters, and what else falls off leaves it. Of a cluster and its descendants those are kept
that hold their incidents over the longer range of density (excess of mass).

What we decided where the papers are silent, or where they speak of rows and incidents stand on snap points:

- Weights count incidents throughout: in core distances, cluster sizes and stability. On one row an incident the usual
  implementations give the rows of one coordinate different labels, and on distinct coordinates without weights they
  cluster the list of snap points. Here a place has one label, and counts for what happened there.
- Components that part at one distance part together; the usual implementations part them two by two in an order that
  depends on the order of the rows.
- Density is not told apart below `resolution` metres. A coordinate that holds many incidents would otherwise be
  infinitely dense and always a cluster by itself, although the incidents only share the point they were moved to.
- All incidents together are never a cluster.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hotspots.analysis.condensed_tree import condense_tree
from hotspots.analysis.dbscan import NOISE, check_min_samples, check_places, check_weights
from hotspots.analysis.reachability import Tree, measure_core_distance, span_places
from hotspots.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

SELECTIONS = ("eom", "leaf")
RESOLUTION = 25.0
"""Default metres below which density is not told apart: about the distance from a snap point to the next."""


@dataclass(frozen=True, eq=False)
class HdbscanResult:
    """Which cluster each place belongs to, and how firmly.

    Attributes
    ----------
    labels
        Cluster of each place, 1 to K by incidents, most first, then by the place farthest west and south; -1 is noise,
        or a place without incidents. Shape (P,).
    strength
        How deep in its cluster a place lies: the density at which it leaves, by the greatest in the cluster; 0 for
        noise. Shape (P,).
    core_distance
        Metres within which `min_samples` incidents lie; NaN for a place without incidents. Shape (P,).
    incidents
        Incidents in each cluster; whole numbers when the weights are. Shape (K,).
    persistence
        Stability of each cluster by its incidents, in 1/metres: the mean range of density over which they hold
        together. Shape (K,).
    noise_incidents
        Incidents in no cluster.
    min_cluster_size, min_samples, resolution, selection
        As given.
    """

    labels: NDArray[np.int32]
    strength: NDArray[np.float64]
    core_distance: NDArray[np.float64]
    incidents: NDArray[Any]
    persistence: NDArray[np.float64]
    noise_incidents: float
    min_cluster_size: float
    min_samples: float
    resolution: float
    selection: str

    @property
    def clusters(self) -> int:
        """Count the clusters."""
        return len(self.incidents)


def hdbscan(
    x: ArrayLike,
    y: ArrayLike,
    weights: ArrayLike,
    *,
    min_cluster_size: float,
    min_samples: float | None = None,
    resolution: float = RESOLUTION,
    selection: str = "eom",
) -> HdbscanResult:
    """Cluster weighted places by density, at every radius at once.

    Parameters
    ----------
    x, y
        Eastings and northings in metres (EPSG:27700), shape (P,). Places at one coordinate are taken as one.
    weights
        Incidents at each place, zero or more, shape (P,). Places without incidents take no part.
    min_cluster_size
        Incidents that make a cluster, two or more.
    min_samples
        Incidents within its core distance; the more, the smoother. `min_cluster_size` by default.
    resolution
        Metres below which density is not told apart, above zero.
    selection
        ``eom`` (excess of mass) or ``leaf`` (the smallest clusters of the tree).

    Returns
    -------
    HdbscanResult
        Does not depend on the order of the places.

    Raises
    ------
    InputError
        If a coordinate or weight is not a number, the arrays differ in length or a parameter is out of range.
    """
    east, north = check_places(x, y)
    given = check_weights(weights, len(east))
    samples = check_min_samples(min_cluster_size if min_samples is None else min_samples)
    if not 2 <= min_cluster_size < np.inf:  # noqa: PLR2004 - one incident is no cluster
        raise InputError(f"A smallest cluster of {min_cluster_size:g} incidents is none; give 2 or more.")
    if not 0 < resolution < np.inf:
        raise InputError(f"The resolution is {resolution:g} m; give a distance above 0 metres.")
    if selection not in SELECTIONS:
        raise UnknownNameError("selection of clusters", str(selection), SELECTIONS)
    members = np.flatnonzero(given > 0)
    distinct, place = np.unique(np.column_stack([east[members], north[members]]), axis=0, return_inverse=True)
    place = place.ravel()
    weight = np.bincount(place, given[members], len(distinct)).astype(np.float64)
    core = measure_core_distance(distinct[:, 0], distinct[:, 1], weight, min_samples=samples)
    if len(distinct) > 1:
        # What lies below the resolution is one distance, and need not be told apart at more cost.
        tree = span_places(distinct[:, 0], distinct[:, 1], np.maximum(core, resolution))
    else:
        tree = Tree(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    condensed = condense_tree(tree, core, weight, least=min_cluster_size, resolution=resolution)
    chosen = condensed.choose(selection)
    component, depth = condensed.label(chosen, len(distinct))
    numbered, incidents, order = _number(component, weight, len(chosen))
    labels, strength, core_distance = (
        np.full(len(east), NOISE, np.int32),
        np.zeros(len(east)),
        np.full(len(east), np.nan),
    )
    labels[members], strength[members], core_distance[members] = numbered[place], depth[place], core[place]
    stability = np.array([condensed.clusters[cluster].stability for cluster in chosen])[order]
    return HdbscanResult(
        labels=labels,
        strength=strength,
        core_distance=core_distance,
        incidents=incidents.astype(np.int64) if np.issubdtype(given.dtype, np.integer) else incidents,
        persistence=np.divide(stability, incidents, out=np.zeros(len(incidents)), where=incidents > 0),
        noise_incidents=float(given[labels == NOISE].sum()),
        min_cluster_size=min_cluster_size,
        min_samples=samples,
        resolution=resolution,
        selection=selection,
    )


def _number(
    component: NDArray[np.int32], weight: NDArray[np.float64], clusters: int
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.intp]]:
    """Give clusters their numbers, from 1: by incidents, then by their first place by easting and northing."""
    inside = component != NOISE
    incidents = np.bincount(component[inside], weight[inside], clusters).astype(np.float64)
    first = np.full(clusters, len(component))
    np.minimum.at(first, component[inside], np.flatnonzero(inside))
    order = np.lexsort((first, -incidents))
    number = np.empty(clusters, dtype=np.int32)
    number[order] = np.arange(1, clusters + 1, dtype=np.int32)
    labels = np.full(len(component), NOISE, dtype=np.int32)
    labels[inside] = number[component[inside]]
    return labels, incidents[order], order
