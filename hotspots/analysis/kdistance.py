"""Choose DBSCAN's parameters from the data: eps by the k-distance curve, min_samples by what stands out.

**eps.** Ester, Kriegel, Sander & Xu (1996) plot each incident's distance to its k-th nearest incident, sorted, and
take the distance where the curve begins to rise steeply. Here k is `min_samples` with the incident itself counted, so
that the curve reads as what DBSCAN does: its height at a share of the incidents is the eps at which that share would
be core. Where the paper picks the bend by eye, we take the point farthest below the straight line between the ends of
the curve (Satopää, Albrecht, Irwin & Raghavan 2011, "Finding a kneedle in a haystack", ICDCS workshops, 166-171),
with two ends cut off that would move it for no good reason: incidents whose own place holds k already (distance 0
says nothing about distance), and the most remote twentieth (a farm decides nothing about a town).

**min_samples.** The bend serves to tell clusters from noise; on crime it takes in whole towns, which is no help in
choosing a few places to work. `suggest_min_samples` looks for the few: the largest threshold at which core places
still hold a tenth of the incidents, which follows a selection from one month of robbery to years of everything. It
never goes below what chance would reach: were the incidents spread evenly over all known places, fewer than one
place in the whole set would be expected to have as many within eps (upper tail of the Poisson distribution at the
mean number of incidents within eps); nor below five incidents.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from hotspots.analysis.dbscan import (
    DEFAULT_EPS,
    Neighbours,
    check_min_samples,
    check_places,
    check_weights,
    sum_within,
)
from hotspots.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

CORE_SHARE = 0.1
"""Share of the incidents that core places hold at the suggested threshold."""
FEWEST = 5
"""Least threshold that is suggested: fewer incidents make no cluster that a plan could rest on."""
NEAREST_EPS, FARTHEST_EPS = 50.0, 1_000.0
"""Least and largest eps that is suggested, in metres: less joins hardly any snap points, more joins whole towns."""
REMOTE_SHARE = 0.05
"""Share of the incidents, the most remote, that the bend of the curve leaves out."""
_ROUND_TO = 10.0
_TAIL = 10
_CELLS_AT_ONCE = 2_000_000


@dataclass(frozen=True, eq=False)
class EpsSuggestion:
    """A radius read from the k-distance curve.

    Attributes
    ----------
    eps
        Suggested radius in metres.
    min_samples
        The k of the curve: incidents within eps, its own included, that make a place core.
    share, distance
        The curve, both ascending: at `distance` metres, `share` of the incidents are core. It ends at `FARTHEST_EPS`;
        incidents beyond are the rest of the share.
    core_share
        Share of the incidents that are core at `eps`.
    reason
        One sentence on how eps was chosen.
    """

    eps: float
    min_samples: float
    share: NDArray[np.float64]
    distance: NDArray[np.float64]
    core_share: float
    reason: str


@dataclass(frozen=True)
class MinSamplesSuggestion:
    """A threshold, and the three that it is the largest of.

    Attributes
    ----------
    min_samples
        Suggested threshold in incidents.
    by_share
        Largest threshold at which core places hold `CORE_SHARE` of the incidents.
    by_chance
        Least threshold that an even spread would be expected to reach at fewer than one place.
    fewest
        Least threshold that is ever suggested.
    core_share
        Share of the incidents at core places under the suggested threshold.
    reason
        One sentence on how it was chosen.
    """

    min_samples: int
    by_share: int
    by_chance: int
    fewest: int
    core_share: float
    reason: str


def suggest_eps(x: ArrayLike, y: ArrayLike, weights: ArrayLike, *, min_samples: float) -> EpsSuggestion:
    """Suggest eps from the k-distance curve.

    Parameters
    ----------
    x, y
        Eastings and northings of the places in metres (EPSG:27700), shape (P,).
    weights
        Incidents at each place, zero or more, shape (P,).
    min_samples
        Incidents within eps, its own included, that make a place core.

    Returns
    -------
    EpsSuggestion
        A multiple of 10 m between `NEAREST_EPS` and `FARTHEST_EPS`; `DEFAULT_EPS`, with the reason, when too few
        incidents lie close enough for the curve to have a bend.

    Raises
    ------
    InputError
        If a coordinate or weight is not a number, the arrays differ in length, or min_samples is below 1.
    """
    east, north = check_places(x, y)
    incidents = check_weights(weights, len(east)).astype(np.float64)
    threshold = check_min_samples(min_samples)
    occupied = incidents > 0
    places, incidents = np.column_stack([east, north])[occupied], incidents[occupied]
    reach = _measure_reach(places, incidents, threshold)
    share, distance = _accumulate(reach, incidents)
    bend = _find_bend(share, distance)
    if bend is None:
        eps = DEFAULT_EPS
        reason = (
            f"Too few incidents have {threshold:g} within {FARTHEST_EPS:,.0f} m for the curve to bend, so eps is "
            f"{DEFAULT_EPS:g} m, the default."
        )
    else:
        eps = float(np.clip(round(bend / _ROUND_TO) * _ROUND_TO, NEAREST_EPS, FARTHEST_EPS))
        reason = (
            f"The distance within which an incident has {threshold:g}, itself included, bends upwards most at "
            f"{bend:,.0f} m; eps is that, rounded to 10 m and kept between {NEAREST_EPS:g} m and {FARTHEST_EPS:,.0f} m."
        )
    core = np.searchsorted(distance, eps, side="right")
    return EpsSuggestion(
        eps=eps,
        min_samples=threshold,
        share=share,
        distance=distance,
        core_share=float(share[core - 1]) if core else 0.0,
        reason=reason,
    )


def suggest_min_samples(neighbours: Neighbours, weights: ArrayLike, *, core_share: float = CORE_SHARE) -> int:
    """Suggest min_samples so that clusters are few and dense, whatever the selection.

    Parameters
    ----------
    neighbours
        All known places (not only those of the selection) and the pairs of them within eps.
    weights
        Incidents at each place, zero or more, shape (P,).
    core_share
        Share of the incidents that core places are to hold, above 0 and up to 1.

    Raises
    ------
    InputError
        If a weight is negative or not a number, there is not one a place, or core_share is out of range.

    See Also
    --------
    explain_min_samples : The same with its reasons.
    """
    return explain_min_samples(neighbours, weights, core_share=core_share).min_samples


def explain_min_samples(
    neighbours: Neighbours, weights: ArrayLike, *, core_share: float = CORE_SHARE
) -> MinSamplesSuggestion:
    """Suggest min_samples as `suggest_min_samples` does, with the thresholds that it was chosen from.

    Raises
    ------
    InputError
        As `suggest_min_samples`.
    """
    if not 0 < core_share <= 1:
        raise InputError(f"The core share is {core_share:g}; give a share above 0 and up to 1, such as {CORE_SHARE:g}.")
    incidents = check_weights(weights, neighbours.size).astype(np.float64)
    within = sum_within(neighbours, incidents)
    occupied = incidents > 0
    within, incidents = within[occupied], incidents[occupied]
    total = float(incidents.sum())
    by_share = _threshold_of_share(within, incidents, core_share * total)
    by_chance = _threshold_of_chance(neighbours, total)
    chosen = max(by_share, by_chance, FEWEST)
    held = float(incidents[within >= chosen].sum()) / total if total else 0.0
    if chosen == by_share:
        why = f"the largest number at which the hearts of clusters still hold {core_share:.0%} of the incidents"
    elif chosen == by_chance:
        why = "the least number that an even spread of the incidents would reach at fewer than one place"
    else:
        why = "the least that is ever used"
    return MinSamplesSuggestion(
        min_samples=chosen,
        by_share=by_share,
        by_chance=by_chance,
        fewest=FEWEST,
        core_share=held,
        reason=f"A cluster needs {chosen:,} incidents within {neighbours.eps:g} m: {why}.",
    )


def _threshold_of_share(within: NDArray[np.float64], incidents: NDArray[np.float64], wanted: float) -> int:
    if not len(within):
        return 1
    order = np.argsort(-within, kind="stable")
    at = int(np.searchsorted(np.cumsum(incidents[order]), wanted))
    return max(1, int(within[order[min(at, len(order) - 1)]]))


def _threshold_of_chance(neighbours: Neighbours, total: float) -> int:
    from scipy.special import pdtrc  # noqa: PLC0415 - loading an extract needs no clustering

    if neighbours.size == 0 or total == 0:
        return 1
    expected = total / neighbours.size * neighbours.mean_places
    counts = np.arange(int(expected), ceil(expected + _TAIL * (np.sqrt(expected) + _TAIL)) + 1)
    exceeded = np.asarray(pdtrc(counts, expected), dtype=np.float64) * neighbours.size
    return int(counts[int((exceeded < 1).argmax())]) + 1


def _measure_reach(
    places: NDArray[np.float64], incidents: NDArray[np.float64], threshold: float
) -> NDArray[np.float64]:
    """Measure how far each place must reach to take in `threshold` incidents; infinite beyond `FARTHEST_EPS`."""
    from scipy.spatial import cKDTree  # noqa: PLC0415 - loading an extract needs no clustering

    reach = np.where(incidents >= threshold, 0.0, np.inf)
    open_places = np.flatnonzero(~np.isfinite(reach))
    if not len(open_places):
        return reach
    tree = cKDTree(places)
    padded = np.append(incidents, 0.0)
    beyond = np.nextafter(FARTHEST_EPS, np.inf)
    nearest = 8
    while len(open_places):
        nearest = min(nearest, len(places))
        ranks = np.arange(1, nearest + 1)
        unsettled = []
        for block in np.array_split(open_places, ceil(len(open_places) * nearest / _CELLS_AT_ONCE)):
            far, who = tree.query(places[block], k=ranks, distance_upper_bound=beyond)
            total = np.cumsum(padded[who], axis=1)
            done = total[:, -1] >= threshold
            reach[block[done]] = far[done, (total[done] >= threshold).argmax(axis=1)]
            unsettled.append(block[~done & np.isfinite(far[:, -1])])
        if nearest == len(places):
            break
        open_places = np.concatenate(unsettled)
        nearest *= 2
    return reach


def _accumulate(
    reach: NDArray[np.float64], incidents: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Turn reaches into the share of incidents core at each distance, one point a distinct distance."""
    finite = np.isfinite(reach)
    distance, which = np.unique(reach[finite], return_inverse=True)
    total = incidents.sum() if len(incidents) else 1.0
    share: NDArray[np.float64] = np.cumsum(np.bincount(which, incidents[finite], len(distance))) / total
    return share, distance


def _find_bend(share: NDArray[np.float64], distance: NDArray[np.float64]) -> float | None:
    """Return the distance at the point farthest below the chord of the curve; None when there is no such point."""
    kept = (distance > 0) & (share <= 1 - REMOTE_SHARE)
    share, distance = share[kept], distance[kept]
    if len(share) < 3:  # noqa: PLR2004 - two points are their own chord
        return None
    along = (share - share[0]) / (share[-1] - share[0])
    up = (distance - distance[0]) / (distance[-1] - distance[0])
    return float(distance[int((along - up).argmax())])
