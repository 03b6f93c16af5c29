"""Nearest-neighbour hierarchical clusters with standard deviational ellipses, as CrimeStat users know them.

Method: Levine 2015, *CrimeStat IV*, chapter 7. Incidents closer than a threshold belong together; the one with most
incidents within the threshold is the seed of the first cluster, which takes all of these; among those left the next
seed is found, until none gathers the smallest number that makes a cluster. The centres of clusters are then clustered
in the same way into second-order clusters, and so on.

The threshold is chosen from the density: the mean distance between nearest neighbours of as many incidents placed at
random on the same land (Clark & Evans 1954, *Ecology* 35(4) 445-453), less its standard error times the normal deviate
of the chosen probability. It assumes incidents that could lie anywhere; those on snap points cannot, and its
probability is then a dial rather than a probability.

Where the manual is silent, this is decided: incidents are counted anew among those left before each seed, so that a
cluster has the number that made it first; of seeds that gather as many, the one farther west, then south, is taken.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotspots.analysis.dbscan import NOISE, check_places, check_weights
from hotspots.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

MIN_INCIDENTS = 10
MIN_CLUSTERS = 2
"""Clusters of one order that make one of the next."""
PROBABILITY = 0.5
"""Default chance that two neighbours at random are nearer than the threshold: CrimeStat's middle position."""
LEAST_AXIS = 25.0
"""Metres; half-axes of an ellipse are drawn no shorter, since a place stands for the addresses around it."""
COLUMNS = ("order", "cluster", "parent", "incidents", "places", "x", "y", "axis_major", "axis_minor", "angle",
           "hectares", "geometry")  # fmt: skip
_STANDARD_ERROR = 0.26136
_SQUARE_METRES = 10_000.0
_CORNERS = 48


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """Clusters of every order.

    Attributes
    ----------
    labels
        First-order cluster of each place, 1 for the one found first; -1 in none. Shape (P,).
    frame
        One row a cluster: ``order`` (1 for clusters of incidents), ``cluster`` (number within the order), ``parent``
        (cluster of the next order that holds it, -1 for none), ``incidents``, ``places``, ``x``, ``y`` (mean centre,
        metres, EPSG:27700), ``axis_major``, ``axis_minor`` (half-axes of one standard deviation in metres),
        ``angle`` (of the major axis, degrees clockwise from north, 0 to 180), ``hectares`` and ``geometry`` (of the
        ellipse).
    thresholds
        Threshold distance of each order in metres.
    explanation
        One sentence on how the first one was chosen.
    """

    labels: NDArray[np.int32]
    frame: pd.DataFrame
    thresholds: tuple[float, ...]
    explanation: str


def suggest_threshold(incidents: float, area_km2: float, *, probability: float = PROBABILITY) -> float:
    """Return the distance in metres below which neighbours at random would be with a probability.

    Parameters
    ----------
    incidents
        How many; above zero.
    area_km2
        Land that they could fall on, in square kilometres.
    probability
        One-sided, above 0 and below 1: 0.5 gives the mean random distance, less gives a shorter one.

    Raises
    ------
    InputError
        If a figure is out of range.
    """
    if not (0 < incidents < np.inf and 0 < area_km2 < np.inf and 0 < probability < 1):
        raise InputError("A threshold needs incidents and land above zero and a probability between 0 and 1.")
    threshold = _measure_random(incidents, area_km2, probability)
    if threshold <= 0:
        raise InputError(
            f"A probability of {probability:g} leaves no distance for {incidents:g} incidents; give a larger one."
        )
    return threshold


def _measure_random(points: float, area_km2: float, probability: float) -> float:
    """Return the quantile of the mean distance between neighbours at random; below zero for few points and chances."""
    from scipy.special import ndtri  # noqa: PLC0415 - loading an extract needs no clustering

    land = area_km2 * 1e6
    mean, error = 0.5 * np.sqrt(land / points), _STANDARD_ERROR * np.sqrt(land) / points
    return float(mean + ndtri(probability) * error)


def cluster_hierarchy(
    x: ArrayLike,
    y: ArrayLike,
    weights: ArrayLike,
    *,
    area_km2: float | None = None,
    threshold: float | None = None,
    probability: float = PROBABILITY,
    min_incidents: float = MIN_INCIDENTS,
    min_clusters: int = MIN_CLUSTERS,
    deviations: float = 1.0,
) -> Hierarchy:
    """Cluster incidents by nearest neighbours, and clusters of clusters.

    Parameters
    ----------
    x, y
        British National Grid metres (EPSG:27700), shape (P,).
    weights
        Incidents at each place, zero or more. Shape (P,).
    area_km2
        Land in square kilometres, to choose thresholds from; may be left out when `threshold` is given, and there are
        then no higher orders.
    threshold
        Distance in metres for the first order; chosen from the land by default.
    probability
        See `suggest_threshold`.
    min_incidents
        Incidents that make a first-order cluster, two or more.
    min_clusters
        Clusters that make one of the next order, two or more.
    deviations
        Standard deviations at which ellipses are drawn: 1, 1.5 or 2 in CrimeStat.

    Returns
    -------
    Hierarchy

    Raises
    ------
    InputError
        If neither land nor threshold is given, or a figure is out of range.
    """
    east, north = check_places(x, y)
    given = check_weights(weights, len(east))
    weight = given.astype(np.float64, copy=False)
    _check_options(threshold, area_km2, min(min_incidents, min_clusters), deviations)
    explanation = f"Threshold {threshold:,.0f} m, as given." if threshold is not None else ""
    if threshold is None and area_km2 is not None and weight.sum() > 0:
        threshold = suggest_threshold(float(weight.sum()), area_km2, probability=probability)
        explanation = (
            f"Threshold {threshold:,.0f} m: {weight.sum():,.0f} incidents at random on {area_km2:,.0f} km² would have "
            f"a nearest neighbour within it with probability {probability:g}."
        )
    labels = np.full(len(east), NOISE, np.int32)
    rows: list[dict[str, object]] = []
    thresholds: list[float] = []
    if threshold is not None:
        labels = _gather(east, north, weight, threshold, min_incidents)
        thresholds.append(threshold)
        rows = _describe(labels, east, north, weight, order=1, deviations=deviations)
    newest = rows
    while area_km2 is not None and len(newest) >= min_clusters:
        centres = np.array([[row["x"], row["y"]] for row in newest], dtype=np.float64)
        reach = _measure_random(len(centres), area_km2, probability)
        if reach <= 0:  # so few clusters that no distance between them is improbably short
            break
        above = _gather(centres[:, 0], centres[:, 1], np.ones(len(centres)), reach, min_clusters)
        if not (above > 0).any():
            break
        thresholds.append(reach)
        for row, parent in zip(newest, above.tolist(), strict=True):
            row["parent"] = parent
        lower = newest
        newest = _describe(
            above, centres[:, 0], centres[:, 1], np.ones(len(centres)), order=len(thresholds), deviations=deviations
        )
        for row in newest:
            held = [below for below in lower if below["parent"] == row["cluster"]]
            for column in ("incidents", "places"):
                row[column] = sum(below[column] for below in held)  # type: ignore[misc]  # cells of a table of mixed kinds
        rows = rows + newest
    import pandas as pd  # noqa: PLC0415 - slow to import, and ingest needs none of it

    return Hierarchy(labels, pd.DataFrame(rows, columns=list(COLUMNS)), tuple(thresholds), explanation)


def _check_options(threshold: float | None, area_km2: float | None, least: float, deviations: float) -> None:
    if threshold is None and area_km2 is None:
        raise InputError("Nearest-neighbour clusters need a threshold in metres, or the land to choose one from.")
    if threshold is not None and not 0 < threshold < np.inf:
        raise InputError(f"The threshold is {threshold:g} m; give a distance above 0 metres.")
    if least < 2 or not 0 < deviations < np.inf:  # noqa: PLR2004 - one makes no cluster
        raise InputError("A cluster needs two incidents or clusters at least, and ellipses a size above zero.")


def _gather(
    x: NDArray[np.float64], y: NDArray[np.float64], weight: NDArray[np.float64], threshold: float, least: float
) -> NDArray[np.int32]:
    """Take the place with most around it and all that is around it, again and again; number clusters as found."""
    from scipy.spatial import cKDTree  # noqa: PLC0415 - loading an extract needs no clustering

    labels = np.full(len(x), NOISE, np.int32)
    held = np.flatnonzero(weight > 0)
    held = held[np.lexsort((y[held], x[held]))]
    if not len(held):
        return labels
    points, free = np.column_stack([x[held], y[held]]), weight[held].copy()
    near = [np.array(found) for found in cKDTree(points).query_ball_point(points, threshold * (1 + 1e-9))]
    around = np.array([free[found].sum() for found in near])
    queue = [(-total, place) for place, total in enumerate(around.tolist()) if total >= least]
    heapq.heapify(queue)
    found = 0
    while queue:
        total, seed = heapq.heappop(queue)
        if free[seed] == 0 or around[seed] < least:
            continue
        if around[seed] < -total:  # some of them went to other clusters since
            heapq.heappush(queue, (-float(around[seed]), seed))
            continue
        found += 1
        members = near[seed][free[near[seed]] > 0]
        labels[held[members]] = found
        for member in members:
            around[near[member]] -= free[member]
        free[members] = 0.0
    return labels


def _describe(
    labels: NDArray[np.int32],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    weight: NDArray[np.float64],
    *,
    order: int,
    deviations: float,
) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for cluster in range(1, int(labels.max(initial=0)) + 1):
        members = labels == cluster
        east, north, mass = x[members], y[members], weight[members]
        major, minor, angle = measure_ellipse(east, north, mass)
        centre = float(np.average(east, weights=mass)), float(np.average(north, weights=mass))
        shape = draw_ellipse(*centre, deviations * major, deviations * minor, angle)
        rows.append(
            {"order": order, "cluster": cluster, "parent": NOISE, "incidents": float(mass.sum()), "places": len(east),
             "x": centre[0], "y": centre[1], "axis_major": major, "axis_minor": minor, "angle": angle,
             "hectares": float(shape.area) / _SQUARE_METRES, "geometry": shape}  # type: ignore[attr-defined]  # cells of a table of mixed kinds
        )  # fmt: skip
    return rows


def measure_ellipse(
    x: NDArray[np.float64], y: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[float, float, float]:
    """Measure the standard deviational ellipse of weighted points.

    With CrimeStat's correction: the squared deviations along an axis are doubled, and divided by the incidents less
    two (Levine 2015, *CrimeStat IV*, chapter 4).

    Parameters
    ----------
    x, y
        Metres. Shape (n,).
    weights
        Incidents at each point. Shape (n,).

    Returns
    -------
    tuple of float
        Half-axes in metres, the longer first, and the angle of the longer in degrees clockwise from north (0 to 180).
        Zero for points that do not spread; with two incidents the deviations are divided by one.
    """
    total = float(weights.sum())
    dx, dy = x - np.average(x, weights=weights), y - np.average(y, weights=weights)
    table = np.array([[(weights * dx * dx).sum(), (weights * dx * dy).sum()], [0.0, (weights * dy * dy).sum()]])
    table[1, 0] = table[0, 1]
    squares, axes = np.linalg.eigh(table)
    minor, major = np.sqrt(2 * np.maximum(squares, 0.0) / max(total - 2, 1.0))
    angle = float(np.degrees(np.arctan2(axes[0, 1], axes[1, 1]))) % 180
    return float(major), float(minor), angle


def draw_ellipse(x: float, y: float, major: float, minor: float, angle: float) -> object:
    """Draw an ellipse of half-axes in metres as a polygon; see `measure_ellipse` for the angle and `LEAST_AXIS`."""
    import shapely  # noqa: PLC0415 - loading an extract needs no geometry

    around = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)
    along, across = max(major, LEAST_AXIS) * np.cos(around), max(minor, LEAST_AXIS) * np.sin(around)
    turn = np.radians(angle)
    east, north = along * np.sin(turn) + across * np.cos(turn), along * np.cos(turn) - across * np.sin(turn)
    return shapely.polygons(np.column_stack([x + east, y + north]))
