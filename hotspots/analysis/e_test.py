"""Poisson E-test of whether two counts come from the same monthly rate.

Krishnamoorthy & Thomson 2004, *Journal of Statistical Planning and Inference* 119(1) 23-35: the probability, at the
common rate that the two counts suggest, of a standardised difference at least as large as the one observed. It is more
powerful than the conditional test for small counts. Like that test it takes incidents as independent, which repeat
victims and police operations are not; for large areas the interval of `trend.change_ratio` with a dispersion is the
better guide.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import poisson

from hotspots.errors import InputError, UnknownNameError

ALTERNATIVES = ("two-sided", "greater", "less")
_TAIL = 1e-14  # probability of counts that are left out of the sum, on either side
_SLACK = 1e-9


def e_test(count_a: int, months_a: float, count_b: int, months_b: float, *, alternative: str = "two-sided") -> float:
    """Test whether two counts have one rate.

    Parameters
    ----------
    count_a, count_b
        Incidents, whole numbers of zero or more.
    months_a, months_b
        Covered months (or any exposure) of each, above zero.
    alternative
        ``two-sided``, ``greater`` (the rate of a is higher) or ``less``.

    Returns
    -------
    float
        p-value, above 0 and up to 1; 1 when nothing was counted at all.

    Raises
    ------
    InputError
        If a count is not a whole number of zero or more, or a period has no month.
    """
    if alternative not in ALTERNATIVES:
        raise UnknownNameError("alternative", str(alternative), ALTERNATIVES)
    if min(count_a, count_b) < 0 or count_a != int(count_a) or count_b != int(count_b):
        raise InputError(f"The counts to compare are {count_a:g} and {count_b:g}; give whole numbers of zero or more.")
    if not (0 < months_a < np.inf and 0 < months_b < np.inf):
        raise InputError("A comparison needs at least one covered month on either side; choose another period.")
    if count_a + count_b == 0:
        return 1.0
    if alternative == "less":
        return e_test(count_b, months_b, count_a, months_a, alternative="greater")
    rate = (count_a + count_b) / (months_a + months_b)
    observed = float(_standardise(np.array([count_a]), months_a, np.array([count_b]), months_b)[0])
    first, last = poisson.ppf([_TAIL, 1 - _TAIL], rate * months_a).astype(np.int64)
    # Counts of a, each with the counts of b that make the difference as large; it falls as b's count grows.
    a = np.arange(min(first, count_a), max(last, count_a) + 1)
    most = int(max(poisson.ppf(1 - _TAIL, rate * months_b), count_b)) + 1
    mass = poisson.pmf(a, rate * months_a)
    level = observed if alternative == "greater" else abs(observed)
    highest = _count_reaching(a, months_a, months_b, level, most)
    p = float((mass * poisson.cdf(highest - 1, rate * months_b)).sum())
    if alternative == "two-sided":
        if level == 0:
            return 1.0
        above = _count_reaching(a, months_a, months_b, -level, most, strictly=True)
        p += float((mass * poisson.sf(above - 1, rate * months_b)).sum())
    return float(np.clip(p, np.finfo(float).tiny, 1.0))


def _standardise(
    a: np.ndarray[tuple[int], np.dtype[np.int64]],
    months_a: float,
    b: np.ndarray[tuple[int], np.dtype[np.int64]],
    months_b: float,
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Divide the difference of two rates by its standard error; 0 where nothing was counted."""
    spread = np.sqrt(a / months_a**2 + b / months_b**2)
    difference = a / months_a - b / months_b
    return np.divide(difference, spread, out=np.zeros(len(difference)), where=spread > 0)


def _count_reaching(
    a: np.ndarray[tuple[int], np.dtype[np.int64]],
    months_a: float,
    months_b: float,
    level: float,
    most: int,
    *,
    strictly: bool = False,
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Count for each a how many counts of b, from zero up, leave the difference at or above a level (or above it)."""
    slack = _SLACK * max(1.0, abs(level)) * (1 if strictly else -1)
    low, high = np.zeros(len(a), np.int64), np.full(len(a), most + 1, np.int64)
    while (low < high).any():
        middle = (low + high) // 2
        reaches = _standardise(a, months_a, middle, months_b) >= level + slack
        low, high = np.where(reaches & (low < high), middle + 1, low), np.where(reaches, high, middle)
        high = np.maximum(high, low)
    return low
