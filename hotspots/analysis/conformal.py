"""A synthetic control's interval from its own months: the effects that leave errors after the start like any others.

For each candidate effect the counts after the start are divided by it, the mix of donors is fitted again over all
months, and the errors are shifted in a circle; an effect is in the interval unless the errors after the start stand out
(Chernozhukov, Wüthrich & Zhu 2021, *Journal of the American Statistical Association* 116(536) 1849-1864). It assumes
that errors keep their make over time, as the placebo areas assume that places do: two different doors to one room.

Shifting tells little when the months after the start are many: half a circle turns before into after. The interval is
therefore that of the first months after the start, at most a third as many as before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hotspots.analysis.placebo_areas import LEVEL
from hotspots.analysis.synthetic_control import PENALTY, mix_donors, relate_series

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspots.analysis.panel import Panel

SHARE = 3
"""Months before the start for each month after it that is judged."""
MIN_MONTHS = 20
"""Fewer months in all have too few shifts for a share of one in twenty."""
STEPS = 65
REACH = 1.6
"""Candidates run from exp(-1.6) to exp(1.6): a fall by four fifths to five times as many."""
_ROUNDING = 1e-12


class ConformalLimits(NamedTuple):
    """Limits of the logarithm of the effect; infinite where the candidates end inside the interval.

    Attributes
    ----------
    low, high
        The limits.
    first, last
        The covered months after the start that they are about.
    """

    low: float
    high: float
    first: int
    last: int


def find_conformal_limits(
    panel: Panel, counts: NDArray[np.float64], *, penalty: float = PENALTY, level: float = LEVEL
) -> ConformalLimits | None:
    """Find the effects that the errors of a synthetic control do not speak against.

    Parameters
    ----------
    panel
        The panel.
    counts
        One outcome. Shape (u, t).
    penalty
        As for `fit_synthetic_control`.
    level
        Probability that the interval holds.

    Returns
    -------
    ConformalLimits or None
        None with fewer than twenty months in all, fifteen of them before the start, or with nothing counted.
    """
    early = np.flatnonzero(panel.after)[: max(int(panel.before.sum()) // SHARE, 1)]
    used = panel.before.copy()
    used[early] = True
    before = panel.before[used]
    months = counts[:, used]
    target = panel.treated.astype(float) @ months
    if used.sum() < MIN_MONTHS or target[before].sum() == 0 or target[~before].sum() == 0:
        return None
    series, noise, usable = relate_series(months, np.ones_like(before), panel.donors)
    if usable.sum() <= 1:
        return None
    candidates = np.linspace(-REACH, REACH, STEPS)

    def share(effect: float) -> float:
        cleaned = np.where(before, target, target / np.exp(effect))
        path = cleaned / cleaned.mean()
        error = path - mix_donors(path, series, usable, penalty * noise) @ series
        # Errors keep their order when they are shifted, so that months that follow each other may be alike.
        sums = np.array([abs(np.roll(error, shift)[~before].sum()) for shift in range(len(error))])
        return float((sums >= sums[0] - _ROUNDING).mean())

    shares = np.array([share(effect) for effect in candidates])
    # The likeliest candidate always stands, and each limit is the next candidate outside: the step is not hidden.
    kept = np.flatnonzero((shares > 1 - level) | (shares == shares.max()))
    return ConformalLimits(
        float(candidates[kept[0] - 1]) if kept[0] > 0 else -np.inf,
        float(candidates[kept[-1] + 1]) if kept[-1] + 1 < STEPS else np.inf,
        int(panel.months[early[0]]),
        int(panel.months[early[-1]]),
    )
