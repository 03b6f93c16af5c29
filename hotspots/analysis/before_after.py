"""Before and after: how the area's monthly rate changed, by itself and against the rest of the force.

The simplest figure and the weakest: it takes whatever happened to the area for the work of the operation. Rates are
compared over the same calendar months on either side, so that no season tips the balance, with exact intervals for
counts widened by their dispersion (`trend.change_ratio`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotspots.analysis.rates import estimate_dispersion
from hotspots.analysis.trend import Change, change_ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspots.analysis.panel import Panel

LEVEL = 0.95
MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class BeforeAfter:
    """The change of rates over one stretch of months.

    Attributes
    ----------
    before, after
        Incidents a month in the area on either side.
    area, rest
        Ratio of the monthly rates after by before, of the area and of all donors, each with its interval.
    months
        How many months stand on either side.
    matched
        True when both sides hold the same calendar months; False when they share none and all were taken.
    dispersion
        Variance by mean of a count, which widens the intervals.
    """

    before: float
    after: float
    area: Change
    rest: Change
    months: tuple[int, int]
    matched: bool
    dispersion: float


def match_seasons(panel: Panel, after: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Keep the months on either side whose calendar month stands on both. Shape (t,) each; empty when none does."""
    season = panel.months % MONTHS_A_YEAR
    both = np.intersect1d(season[panel.before], season[after])
    return panel.before & np.isin(season, both), after & np.isin(season, both)


def compare_before_after(
    panel: Panel, counts: NDArray[np.float64], *, after: NDArray[np.bool_] | None = None, level: float = LEVEL
) -> BeforeAfter:
    """Compare the months after the start (or those of a phase) with those before it.

    Parameters
    ----------
    panel
        The panel.
    counts
        One outcome. Shape (u, t).
    after
        Months to compare; all from the start on by default. Shape (t,).
    level
        Probability that the intervals hold.

    Returns
    -------
    BeforeAfter
        With NaN ratios when nothing was counted on either side.
    """
    after = panel.after if after is None else after
    first, second = match_seasons(panel, after)
    matched = bool(first.any() and second.any())
    if not matched:
        first, second = panel.before, after
    dispersion = estimate_dispersion(counts[panel.donors])
    dispersion = dispersion if np.isfinite(dispersion) else 1.0
    weights = (
        _weigh_seasons(panel, first, second) if matched else np.full(len(panel.months), first.sum() / second.sum())
    )

    def compare(units: NDArray[np.bool_]) -> tuple[float, float, Change]:
        total = counts[units].sum(axis=0)
        one, two = float(total[first].sum()), float((total * weights)[second].sum())
        # A weighted sum of counts varies like a count of (sum)^2 / (sum of squared weights times counts).
        effective = two**2 / float((total * weights**2)[second].sum()) if two > 0 else 0.0
        change = change_ratio(effective, 1, one, 1, level=level, dispersion=dispersion)
        scale = two / effective if effective > 0 else float((weights**2)[second].sum() / weights[second].sum())
        return one, two, Change(change.ratio * scale, change.low * scale, change.high * scale)

    before, later, area = compare(panel.treated)
    n = int(first.sum())
    return BeforeAfter(
        before=before / n,
        after=later / n,
        area=area,
        rest=compare(panel.donors)[2],
        months=(n, int(second.sum())),
        matched=matched,
        dispersion=dispersion,
    )


def _weigh_seasons(panel: Panel, first: NDArray[np.bool_], second: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Weigh months after, so that each calendar month counts as often as before, however many years follow."""
    season = panel.months % MONTHS_A_YEAR
    often = np.bincount(season[first], minlength=MONTHS_A_YEAR)
    later = np.bincount(season[second], minlength=MONTHS_A_YEAR)
    return np.asarray(np.divide(often, later, out=np.zeros(MONTHS_A_YEAR), where=later > 0)[season])
