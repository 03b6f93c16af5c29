"""Is it growing? Counts against the same calendar months a year before, and single changes with exact intervals.

The ratio of an area is pulled towards the force's own, because an area that did what the force did tells nothing about
itself: a random-effects model on the log ratio with the between-area variance of DerSimonian & Laird (1986,
*Controlled Clinical Trials* 7(3) 177-188).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import betaincinv, ndtri

from hotspots.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MONTHS_A_YEAR = 12
_HALF = 0.5  # added to each count so that an empty year has a logarithm (Haldane-Anscombe)


@dataclass(frozen=True, eq=False)
class Trend:
    """Log ratios of the areas, given their counts.

    Attributes
    ----------
    log_ratio, error
        Mean and standard deviation of each area's log ratio, recent by earlier. Shape (u,).
    own_error
        The part of `error` that is the area's own: without that of the force's ratio, which all areas share.
        Shape (u,).
    force_ratio
        The ratio that all are pulled towards.
    spread
        Standard deviation of the true log ratios among the wards; zero when they cannot be told apart.
    """

    log_ratio: NDArray[np.float64]
    error: NDArray[np.float64]
    own_error: NDArray[np.float64]
    force_ratio: float
    spread: float

    def interval(self, level: float = 0.9) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the lower and upper ratio of each area at that level."""
        reach = float(ndtri(0.5 + level / 2)) * self.error
        return np.exp(self.log_ratio - reach), np.exp(self.log_ratio + reach)


class Change(NamedTuple):
    """A ratio of two rates with its interval; all are NaN when nothing was counted on either side."""

    ratio: float
    low: float
    high: float


def pair_months(months: NDArray[np.int32], history_months: NDArray[np.int32]) -> NDArray[np.int32]:
    """Choose those of the last twelve calendar months that have their own calendar month a year before.

    Never more than twelve calendar months back: a thirteenth, taken in place of one that is missing, would be counted
    in the later year and in the earlier one.

    Parameters
    ----------
    months
        Selected, covered months (months since January 1970), ascending.
    history_months
        All covered months.

    Returns
    -------
    numpy.ndarray
        The later month of each pair, ascending; empty when none has its fellow.
    """
    last: NDArray[np.int32] = months[months > months.max(initial=0) - MONTHS_A_YEAR]
    return last[np.isin(last, history_months) & np.isin(last - MONTHS_A_YEAR, history_months)]


def shrink_trend(
    recent: NDArray[np.int64], earlier: NDArray[np.int64], *, dispersion: float = 1.0, n_reference: int | None = None
) -> Trend:
    """Compare two like periods in every area, pulled towards the force's own change.

    Parameters
    ----------
    recent, earlier
        Incidents in periods of equal length. Shape (u,).
    dispersion
        Variance by mean of a count.
    n_reference
        The first so many areas tell the force's change and the spread of changes; all by default.

    Returns
    -------
    Trend
        An area without incidents gets the force's change with a wide interval.
    """
    reference = slice(0, n_reference)
    after = np.asarray(recent, dtype=np.float64) + _HALF
    before = np.asarray(earlier, dtype=np.float64) + _HALF
    ratio = np.log(after / before)
    variance = dispersion * (1 / after + 1 / before)
    precision = 1 / variance[reference]
    # An area with half-counts only has no change to report; it must not vote with a ratio of one.
    precision = precision * ((np.asarray(recent) + np.asarray(earlier))[reference] > 0)
    if precision.sum() == 0:
        return Trend(np.zeros_like(ratio), np.sqrt(variance), np.zeros_like(ratio), 1.0, 0.0)
    fixed = float((precision * ratio[reference]).sum() / precision.sum())
    scale = precision.sum() - (precision**2).sum() / precision.sum()
    surplus = float((precision * (ratio[reference] - fixed) ** 2).sum()) - (np.count_nonzero(precision) - 1)
    between = max(0.0, surplus / float(scale)) if scale > 0 else 0.0
    precision = np.where(precision > 0, 1 / (variance[reference] + between), 0.0)
    centre = float((precision * ratio[reference]).sum() / precision.sum())
    centre_variance = 1 / float(precision.sum())
    own = between / (between + variance)
    own_error = np.sqrt(own * variance)
    error = np.hypot(own_error, (1 - own) * np.sqrt(centre_variance))
    return Trend(own * ratio + (1 - own) * centre, error, own_error, float(np.exp(centre)), float(np.sqrt(between)))


def change_ratio(
    count_a: float, months_a: int, count_b: float, months_b: int, *, level: float = 0.9, dispersion: float = 1.0
) -> Change:
    """Compare two counts, each over its own number of covered months.

    Given their sum, one of two Poisson counts is binomial; the Clopper-Pearson interval of its share, turned into a
    ratio, is exact (Przyborowski & Wilenski 1940, *Biometrika* 31 313-323).

    Parameters
    ----------
    count_a, count_b
        Incidents now and before.
    months_a, months_b
        Covered months in each; 1 or more.
    level
        Probability that the interval holds, above 0 and below 1.
    dispersion
        Variance by mean of a count: see `rates.estimate_dispersion`. Counts are divided by it, which widens the
        interval; at 1 the incidents are taken as independent, and large areas change "significantly" every month.

    Returns
    -------
    Change
        Ratio of monthly rates, a by b, and its limits; infinite where nothing was counted before.

    Raises
    ------
    InputError
        If a period has no month, a count is negative or the dispersion is below one.
    """
    if months_a < 1 or months_b < 1:
        raise InputError("A change needs at least one covered month on either side; choose another period.")
    if count_a < 0 or count_b < 0 or dispersion < 1:
        raise InputError("A change needs counts of zero or more and a dispersion of one or more.")
    if count_a + count_b == 0:
        return Change(float("nan"), float("nan"), float("nan"))
    a, b, tail = count_a / dispersion, count_b / dispersion, (1 - level) / 2
    low_share = float(betaincinv(a, b + 1, tail)) if a > 0 else 0.0
    high_share = float(betaincinv(a + 1, b, 1 - tail)) if b > 0 else 1.0

    def as_ratio(share: float) -> float:
        return share / (1 - share) * months_b / months_a if share < 1 else float("inf")

    return Change(as_ratio(count_a / (count_a + count_b)), as_ratio(low_share), as_ratio(high_share))
