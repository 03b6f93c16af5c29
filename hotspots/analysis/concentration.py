"""Concentration: share of incidents in the top places, the Lorenz curve, and a Gini fit for few incidents.

With fewer incidents than places most places are empty even if incidents fall at random, and the ordinary Gini calls
that concentration. The generalised Gini (Bernasco & Steenbeek 2017, *Journal of Quantitative Criminology* 33(3)
451-467) measures against the most even spread that whole incidents allow: 0 when no place has two incidents while
another has none, 1 when all are at one place. Beside each share stands what chance alone would give if every place had
the same risk (independent Poisson counts), because a few incidents concentrate by themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotspots.analysis.dbscan import check_weights
from hotspots.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

TOP_SHARES = (0.01, 0.05, 0.1)
HALF = 0.5


@dataclass(frozen=True, eq=False)
class Concentration:
    """How unevenly incidents lie.

    Attributes
    ----------
    places
        Places that could hold incidents, those without any included.
    incidents
        All incidents.
    top_shares
        Shares of the places, most incidents first. Shape (s,).
    held
        Share of all incidents in them. Shape (s,).
    held_by_chance
        What they would hold on average if every place had the same risk. Shape (s,).
    places_for_half
        Share of the places, most incidents first, that holds half of all incidents.
    gini, generalised_gini
        Without and with the correction for fewer incidents than places.
    lorenz_places, lorenz_incidents
        The Lorenz curve, fewest incidents first: shares from 0 to 1, one step a distinct count. Shape (k,).
    """

    places: int
    incidents: float
    top_shares: NDArray[np.float64]
    held: NDArray[np.float64]
    held_by_chance: NDArray[np.float64]
    places_for_half: float
    gini: float
    generalised_gini: float
    lorenz_places: NDArray[np.float64]
    lorenz_incidents: NDArray[np.float64]


def measure_concentration(
    counts: ArrayLike, *, places: int | None = None, top_shares: Sequence[float] = TOP_SHARES
) -> Concentration:
    """Measure how unevenly incidents lie over places or cells.

    Parameters
    ----------
    counts
        Incidents at each place or cell, zero or more. Shape (n,).
    places
        How many places could hold incidents, when `counts` leaves some without any out; n by default. The answer
        depends on it: count snap points of one list, or cells with land that people reach, and say which.
    top_shares
        Shares of the places, above 0 and up to 1. A share that ends within a place takes part of it.

    Returns
    -------
    Concentration

    Raises
    ------
    InputError
        If nothing is counted, a count is negative, fewer places are given than hold incidents, or a share is out of
        range.
    """
    given = np.asarray(counts)
    values = np.sort(check_weights(given, given.size).astype(np.float64))
    wanted = np.asarray(top_shares, dtype=np.float64)
    total = float(values.sum())
    if total == 0:
        raise InputError("No incident is counted, so nothing is concentrated; widen the selection.")
    if not ((wanted > 0) & (wanted <= 1)).all():
        raise InputError("A share of the places is a number above 0 and up to 1, such as 0.05.")
    n = len(values) if places is None else int(places)
    occupied = values[values > 0]
    if n < len(occupied):
        raise InputError(f"{n} places cannot hold incidents at {len(occupied)}; give the number of all places.")
    distinct, times = np.unique(occupied, return_counts=True)
    if n > len(occupied):
        distinct, times = np.append(0.0, distinct), np.append(n - len(occupied), times)
    share, held = _trace_lorenz(distinct, times)
    area_below = float(np.sum(np.diff(share) * (held[1:] + held[:-1]) / 2))
    gini = 1 - 2 * area_below
    return Concentration(
        places=n,
        incidents=total,
        top_shares=wanted,
        held=1 - np.interp(1 - wanted, share, held),
        held_by_chance=_share_by_chance(total / n, wanted),
        places_for_half=float(1 - np.interp(1 - HALF, held, share)),
        gini=gini,
        generalised_gini=max(n / total, 1.0) * (gini - 1) + 1,
        lorenz_places=share,
        lorenz_incidents=held,
    )


def _trace_lorenz(
    counts: NDArray[np.float64], weight: NDArray[np.float64] | NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Add up places and incidents from the lowest count, as shares from 0 to 1."""
    places, incidents = np.cumsum(weight), np.cumsum(counts * weight)
    return np.append(0.0, places / places[-1]), np.append(0.0, incidents / incidents[-1])


def _share_by_chance(mean: float, top_shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Tell what the top places would hold if each held a Poisson count of one mean."""
    from scipy.stats import poisson  # noqa: PLC0415 - loading an extract needs no statistics

    counts = np.arange(int(poisson.ppf(1e-12, mean)), int(poisson.isf(1e-12, mean)) + 1)
    share, held = _trace_lorenz(counts.astype(np.float64), poisson.pmf(counts, mean))
    return np.asarray(1 - np.interp(1 - top_shares, share, held), dtype=np.float64)
