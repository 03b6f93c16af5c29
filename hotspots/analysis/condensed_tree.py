"""The condensed tree of HDBSCAN: which components of weighted places are clusters, and from which density to which.

Places are joined from the densest level up, all joins of one distance at once, so that nothing depends on their order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from hotspots.analysis.dbscan import NOISE
from hotspots.analysis.reachability import round_distance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspots.analysis.reachability import Tree


@dataclass(eq=False)
class Cluster:
    """One cluster of the condensed tree.

    Attributes
    ----------
    mass
        Sum over its incidents of the density (1/metres) at which they leave it.
    stability
        That less its incidents times the density at which it parts from its parent; 0 for the root.
    left
        Places that leave it without a cluster of their own, and the density at which they do.
    children
        Numbers of the clusters that it falls into.
    is_root
        True when it has no parent.
    """

    mass: float = 0.0
    stability: float = 0.0
    left: list[tuple[int, float]] = field(default_factory=list)
    children: list[int] = field(default_factory=list)
    is_root: bool = True


@dataclass(eq=False)
class CondensedTree:
    """All clusters, children before their parents."""

    clusters: list[Cluster] = field(default_factory=list)

    def choose(self, selection: str) -> list[int]:
        """Choose clusters, none within another and never the root, by excess of mass (``eom``) or as ``leaf``."""
        best = [0.0] * len(self.clusters)
        chosen: list[list[int]] = [[] for _ in self.clusters]
        for number, cluster in enumerate(self.clusters):
            below = sum(best[child] for child in cluster.children)
            leaf = not cluster.children
            keep = leaf if selection == "leaf" else leaf or cluster.stability >= below
            if keep and not cluster.is_root:
                best[number], chosen[number] = cluster.stability, [number]
            else:
                best[number] = below
                chosen[number] = [found for child in cluster.children for found in chosen[child]]
        return [found for number, cluster in enumerate(self.clusters) if cluster.is_root for found in chosen[number]]

    def label(self, chosen: list[int], size: int) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Give each of `size` places its chosen cluster, from 0, and how deep it lies: its density by the greatest."""
        component, depth = np.full(size, NOISE, np.int32), np.zeros(size)
        for label, top in enumerate(chosen):
            pending, left = [top], list[tuple[int, float]]()
            while pending:
                cluster = self.clusters[pending.pop()]
                left += cluster.left
                pending += cluster.children
            places = np.array([place for place, _ in left], dtype=np.int64)
            density = np.array([leaving for _, leaving in left])
            component[places], depth[places] = label, density / density.max()
        return component, depth


def condense_tree(
    tree: Tree, core: NDArray[np.float64], weights: NDArray[np.float64], *, least: float, resolution: float
) -> CondensedTree:
    """Find all components that are clusters.

    Parameters
    ----------
    tree
        Minimum spanning tree of mutual reachability over P places.
    core
        Core distances in metres. Shape (P,).
    weights
        Incidents at each place. Shape (P,).
    least
        Incidents that make a cluster.
    resolution
        Metres below which distances are not told apart.
    """
    distance = np.maximum(tree.distance, resolution)
    first_join = np.full(len(weights), np.inf)
    np.minimum.at(first_join, tree.first, distance)
    np.minimum.at(first_join, tree.second, distance)
    alone = np.maximum(round_distance(core), resolution)
    # A place that holds a cluster's worth of incidents is one from its core distance on, if it is alone until later.
    levels: dict[float, list[tuple[int, int]]] = {}
    for place in np.flatnonzero((weights >= least) & (alone < first_join)).tolist():
        levels.setdefault(float(alone[place]), []).append((place, place))
    for first, second, level in zip(tree.first.tolist(), tree.second.tolist(), distance.tolist(), strict=True):
        levels.setdefault(level, []).append((first, second))
    growing = _Growing(weights.tolist(), least)
    for level in sorted(levels):
        growing.join(levels[level], 1 / level)
    return CondensedTree(growing.clusters)


class _Growing:
    """Components while they are joined; each is known by one of its places, its head."""

    def __init__(self, weights: list[float], least: float) -> None:
        size = len(weights)
        self.weights, self.least = weights, least
        self.clusters: list[Cluster] = []
        self._parent = list(range(size))
        self._incidents = list(weights)
        self._cluster = [-1] * size
        self._loose: list[list[int]] = [[place] for place in range(size)]

    def join(self, pairs: list[tuple[int, int]], density: float) -> None:
        """Join the components of pairs of places, all at one density."""
        heads = [(self._find(first), self._find(second)) for first, second in pairs]
        for group in [list(dict.fromkeys(heads[0]))] if len(heads) == 1 else _group_joined(heads):
            self._merge(group, density)

    def _find(self, place: int) -> int:
        parent = self._parent
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    def _merge(self, heads: list[int], density: float) -> None:
        loose = max((self._loose[head] for head in heads), key=len)
        for head in heads:
            if self._loose[head] is not loose:
                loose += self._loose[head]
        incidents = sum(self._incidents[head] for head in heads)
        number = self._grow(heads, loose, density) if incidents >= self.least else -1
        for head in heads:
            self._parent[head], self._loose[head] = heads[0], []
        self._incidents[heads[0]], self._cluster[heads[0]] = incidents, number
        self._loose[heads[0]] = loose if number < 0 else []

    def _grow(self, heads: list[int], loose: list[int], density: float) -> int:
        """Let the one cluster among components grow, or end all of them in a new one; return its number."""
        with_cluster = [head for head in heads if self._cluster[head] >= 0]
        if len(with_cluster) == 1:
            number = self._cluster[with_cluster[0]]
        else:
            number = len(self.clusters)
            self.clusters.append(Cluster())
            for head in with_cluster:
                self._part(self._cluster[head], number, self._incidents[head], density)
        grown = self.clusters[number]
        grown.left += [(place, density) for place in loose]
        grown.mass += density * sum(self.weights[place] for place in loose)
        return number

    def _part(self, child: int, parent: int, incidents: float, density: float) -> None:
        """End a cluster at the density at which it parts from its parent."""
        self.clusters[child].stability = self.clusters[child].mass - incidents * density
        self.clusters[child].is_root = False
        self.clusters[parent].children.append(child)
        self.clusters[parent].mass += incidents * density


def _group_joined(pairs: list[tuple[int, int]]) -> list[list[int]]:
    """Group what pairs join, directly or through others."""
    group_of: dict[int, list[int]] = {}
    for one, other in pairs:
        mine, theirs = group_of.setdefault(one, [one]), group_of.setdefault(other, [other])
        if mine is theirs:
            continue
        if len(mine) < len(theirs):
            mine, theirs = theirs, mine
        mine += theirs
        for member in theirs:
            group_of[member] = mine
    return list({id(group): group for group in group_of.values()}.values())
