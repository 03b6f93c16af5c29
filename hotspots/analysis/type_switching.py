"""Did offenders change what they do? The change of each type's share of all, with an interval.

Shares of an area before and after the start, less those of the donors. The interval is that of placebo areas
(`placebo_areas.fit_spread`), on the scale of a binomial share so that rare and common types can be told alike. The
types' shares sum to one, so that they are read together, and many are looked at: one in twenty stands out by chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotspots.analysis.displacement import compare_mix
from hotspots.analysis.placebo_areas import MIN_GROUPS, fit_spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspots.analysis.panel import Panel
    from hotspots.analysis.placebo_areas import PlaceboAreas


@dataclass(frozen=True, eq=False)
class Switching:
    """Change of shares against the donors, in points of one; NaN where it cannot be told. Shape (k,) each."""

    change: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def contrast_mix(panel: Panel, counts: NDArray[np.float64], placebos: PlaceboAreas, *, ring: bool = False) -> Switching:
    """Compare how the mix of types changed in the treated area with how it changed elsewhere.

    Parameters
    ----------
    panel, placebos
        The panel and its placebo areas.
    counts
        The types. Shape (k, u, t).
    ring
        True for the units next door.

    Returns
    -------
    Switching
        NaN with too few placebo areas, or where nothing was counted on one side.
    """
    before, after = counts[:, :, panel.before].sum(axis=2), counts[:, :, panel.after].sum(axis=2)
    donors = compare_mix(before[:, panel.donors].sum(axis=1), after[:, panel.donors].sum(axis=1))
    target = panel.ring if ring else panel.treated
    groups = placebos.rings if ring else placebos.members
    members = np.vstack([target.astype(float)[None, :], groups[groups.any(axis=1)]])
    first, second = members @ before.T, members @ after.T
    totals = np.column_stack([first.sum(axis=1), second.sum(axis=1)])
    usable = np.asarray((totals > 0).all(axis=1))
    if not usable[0] or usable.sum() <= MIN_GROUPS or not np.isfinite(donors).all():
        nothing = np.full(len(counts), np.nan)
        return Switching(nothing, nothing, nothing)
    share = first[usable] / totals[usable, :1], second[usable] / totals[usable, 1:]
    change = share[1] - share[0] - donors
    inverse = (1 / totals[usable]).sum(axis=1)
    typical = before[:, panel.donors].sum(axis=1) + after[:, panel.donors].sum(axis=1)
    typical = typical / typical.sum()
    scale = np.sqrt(np.maximum(typical * (1 - typical), np.finfo(float).tiny))
    disjoint = max(2, int(panel.donors.sum() // members[1:].sum(axis=1).mean()))
    reach, centre = np.empty(len(counts)), np.empty(len(counts))
    for row in range(len(counts)):
        spread = fit_spread(change[1:, row] / scale[row], inverse[1:], disjoint=disjoint)
        centre[row] = spread.centre * scale[row]
        reach[row] = spread.quantile() * float(spread.error(inverse[0])) * scale[row]
    own = change[0] - centre
    return Switching(own, own - reach, own + reach)
