"""How well a ranking of areas foresaw what came: hit rate, PAI, PEI and RRI at a share of the land.

- Hit rate: share of later incidents in the areas ranked first.
- PAI, prediction accuracy index: hit rate by the share of land that was chosen (Chainey, Tompson & Uhlig 2008,
  *Security Journal* 21(1-2) 4-28). 1 is what a blind choice gets.
- PEI, prediction efficiency index: PAI by the best PAI that any choice of that much land could have had (Hunt 2016,
  *Do crime hot spots move?*, American University). 1 is perfect.
- RRI, recapture rate index: the change of incidents in the chosen land by the change everywhere (Levine 2008,
  *Security Journal* 21(4) 295-302). Below 1 the chosen areas regressed to the mean.

Where the papers are silent, this is decided: areas are taken in the order of predicted *density*, so that wards of
unequal size compete fairly; the last one is taken in part, so that each method gets exactly the same land; areas that
a method cannot tell apart are taken together in part, which is what choosing among them at random gives on average.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotspots.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

SHARES = (0.01, 0.05, 0.1)
"""Shares of the land at which a prediction is judged."""
_SLACK = 1e-9  # densities that differ by less, relatively, are one density: sums in another order are the same sum


@dataclass(frozen=True, eq=False)
class Accuracy:
    """Measures of one prediction, one value for each share of the land.

    Attributes
    ----------
    shares
        Share of the land that is chosen, 0 to 1. Shape (s,).
    hits
        Later incidents in the chosen land. Shape (s,).
    hit_rate
        Their share of all later incidents. Shape (s,).
    pai, pei, rri
        As at the top of the module; `rri` is NaN when no earlier incidents were given or none lies in the chosen land.
        Shape (s,).
    """

    shares: NDArray[np.float64]
    hits: NDArray[np.float64]
    hit_rate: NDArray[np.float64]
    pai: NDArray[np.float64]
    pei: NDArray[np.float64]
    rri: NDArray[np.float64]


def judge_prediction(
    predicted: ArrayLike,
    observed: ArrayLike,
    land: ArrayLike,
    *,
    shares: Sequence[float] = SHARES,
    earlier: ArrayLike | None = None,
) -> Accuracy:
    """Judge a prediction by what came.

    Parameters
    ----------
    predicted
        Expected incidents of each area, or any score that is higher where more is expected on its land (a score that
        is a density already is multiplied by the land first). Any finite number. Shape (u,).
    observed
        Incidents, or harm, that came. Shape (u,).
    land
        Area of each in any one unit, above zero. Shape (u,).
    shares
        Shares of the land to choose, above 0 and up to 1.
    earlier
        Incidents of the months that the prediction was made from, for RRI. Shape (u,).

    Returns
    -------
    Accuracy
        All NaN but `shares` and `hits` when nothing came.

    Raises
    ------
    InputError
        If shapes differ, a figure is missing or negative, or a share is out of range.
    """
    forecast, came, size = (np.asarray(values, dtype=np.float64) for values in (predicted, observed, land))
    before = None if earlier is None else np.asarray(earlier, dtype=np.float64)
    cut = np.asarray(shares, dtype=np.float64)
    _check(forecast, came, size, before, cut)
    density = forecast / size
    budget = cut * size.sum()
    hits = _take_land(density, came, size, budget)
    total = float(came.sum())
    if total == 0:
        unknown = np.full(len(cut), np.nan)
        return Accuracy(cut, hits, unknown, unknown, unknown, unknown)
    rate = hits / total
    best = _take_land(came / size, came, size, budget)
    rri = np.full(len(cut), np.nan)
    if before is not None and before.sum() > 0:
        recaptured = _take_land(density, before, size, budget)
        np.divide(hits * before.sum(), recaptured * total, out=rri, where=recaptured > 0)
    return Accuracy(cut, hits, rate, rate / cut, hits / best, rri)


def _take_land(
    density: NDArray[np.float64], counts: NDArray[np.float64], land: NDArray[np.float64], budget: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Count what lies in the densest land, for each budget of land; ties share what is left of the budget."""
    order = np.argsort(-density, kind="stable")
    ranked = density[order]
    step = ranked[:-1] - ranked[1:] > _SLACK * np.maximum(np.abs(ranked[:-1]), np.abs(ranked[1:]))
    last = np.append(np.flatnonzero(step), len(order) - 1)
    taken = np.concatenate([[0.0], np.cumsum(land[order])[last]])
    found = np.concatenate([[0.0], np.cumsum(counts[order])[last]])
    hits: NDArray[np.float64] = np.interp(np.minimum(budget, taken[-1]), taken, found)
    return hits


def _check(
    predicted: NDArray[np.float64],
    observed: NDArray[np.float64],
    land: NDArray[np.float64],
    earlier: NDArray[np.float64] | None,
    shares: NDArray[np.float64],
) -> None:
    tables = [observed, land] + ([] if earlier is None else [earlier])
    if predicted.ndim != 1 or len(predicted) == 0 or any(table.shape != predicted.shape for table in tables):
        raise InputError("A prediction, what came and the land must be one number each for the same areas.")
    if not np.isfinite(predicted).all():
        at = int((~np.isfinite(predicted)).argmax())
        raise InputError(f"Area {at + 1} has no prediction; give a number for every area, the lowest where unknown.")
    counts = [observed] if earlier is None else [observed, earlier]
    if any(not (np.isfinite(table) & (table >= 0)).all() for table in counts):
        raise InputError("What came must be counted in numbers of zero or more; leave a missing month out.")
    if not (np.isfinite(land) & (land > 0)).all():
        raise InputError("Every area needs land above zero.")
    if shares.ndim != 1 or not ((shares > 0) & (shares <= 1)).all():
        raise InputError("A share of the land is a number above 0 and up to 1, such as 0.05.")
