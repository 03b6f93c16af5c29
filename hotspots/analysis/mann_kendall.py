"""Whether a series goes up or down: the Mann-Kendall test and Sen's slope, for every cell at once.

Mann 1945 (*Econometrica* 13(3) 245-259), Kendall 1975 (*Rank Correlation Methods*), with the variance for ties and the
continuity correction as in Gilbert 1987 (*Statistical Methods for Environmental Pollution Monitoring*, 16.4); slope:
Sen 1968 (*JASA* 63 1379-1389). Equal to `pymannkendall.original_test` (Hussain & Mahmud 2019, *JOSS* 4(39) 1556).

A missing step is left out of the test and keeps its place in time for the slope: a change across a gap of two months
is half as steep as one from month to month. The test takes steps as independent; a season or a memory from month to
month makes it too bold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotspots.analysis.local_sums import find_normal_p
from hotspots.errors import InputError

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

LEAST_STEPS = 2
_SERIES_AT_A_TIME = 1024  # so that their pairwise slopes stay in a processor's cache
_MOST_STEPS = 2_000


@dataclass(frozen=True, eq=False)
class MannKendall:
    """The test of each series. All attributes have shape (n,).

    Attributes
    ----------
    s
        Pairs of steps that rise less pairs that fall.
    var_s
        Variance of s under no trend, ties allowed for.
    z
        Standard score of s, corrected for continuity; 0 when s is.
    p
        Two-sided probability of so strong a trend by chance (normal approximation; from about ten steps on).
    slope
        Sen's slope: the median change by step; NaN when it was not asked for.
    steps
        Steps that are known. With fewer than two there is no test and all else is NaN.
    """

    s: NDArray[np.float64]
    var_s: NDArray[np.float64]
    z: NDArray[np.float64]
    p: NDArray[np.float64]
    slope: NDArray[np.float64]
    steps: NDArray[np.int64]


def mann_kendall(series: NDArray[Any], *, times: NDArray[Any] | None = None, with_slope: bool = True) -> MannKendall:
    """Test each series for a monotonic trend.

    Parameters
    ----------
    series
        One series a row, NaN where a step is missing. Shape (n, t), or (t,) for one.
    times
        When each step was, ascending, such as months; 0, 1, 2, … by default. Shape (t,).
    with_slope
        Whether Sen's slope is wanted; it takes most of the time.

    Returns
    -------
    MannKendall

    Raises
    ------
    InputError
        If a value is infinite, the times do not ascend or there are more than 2,000 steps.
    """
    table = np.atleast_2d(np.asarray(series, dtype=np.float64))
    n, t = table.shape
    when = np.arange(t, dtype=np.float64) if times is None else np.asarray(times, dtype=np.float64)
    if len(when) != t or not (np.diff(when) > 0).all():
        raise InputError(f"A trend over {t} steps needs as many times, each later than the one before.")
    if t > _MOST_STEPS:
        raise InputError(f"The series have {t:,} steps; add them up to {_MOST_STEPS:,} or fewer.")
    if np.isinf(table).any():
        raise InputError(f"Series {int(np.argwhere(np.isinf(table))[0][0])} holds an infinite value; leave it out.")
    known = ~np.isnan(table).all(axis=0)
    table, when = table[:, known], when[known]
    steps = (~np.isnan(table)).sum(axis=1)
    rises, falls = _count_pairs(table)
    s = (rises - falls).astype(np.float64)
    var_s = _find_variance(table, steps)
    z = np.zeros(n)
    np.divide(s - np.sign(s), np.sqrt(var_s), out=z, where=s != 0)
    p = find_normal_p(z, "two-sided")
    slope = _find_slopes(table, when, rises, falls, steps) if with_slope else np.full(n, np.nan)
    untested = steps < LEAST_STEPS
    s, var_s, z, p, slope = (np.where(untested, np.nan, figure) for figure in (s, var_s, z, p, slope))
    return MannKendall(s, var_s, z, p, slope, steps)


def _count_pairs(table: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count the pairs of steps that rise and that fall; a missing step makes neither."""
    by_step = np.ascontiguousarray(table.T)
    rises, falls = np.zeros(len(table), dtype=np.int64), np.zeros(len(table), dtype=np.int64)
    for step in range(len(by_step) - 1):
        later = by_step[step + 1 :]
        # Added up in small integers, which a processor adds many at a time.
        rises += np.add.reduce((later > by_step[step]).view(np.int8), axis=0, dtype=np.int16)
        falls += np.add.reduce((later < by_step[step]).view(np.int8), axis=0, dtype=np.int16)
    return rises, falls


def _find_variance(table: NDArray[np.float64], steps: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the variance of s: of n distinct steps, less what each group of tied steps takes away."""
    n, t = table.shape
    ordered = np.sort(table, axis=1)  # NaN comes last and ties with nothing
    starts = np.ones((n, t), dtype=bool)
    starts[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    first = np.flatnonzero(starts)
    tied = np.diff(np.append(first, n * t))
    whole = steps * (steps - 1) * (2 * steps + 5)
    less = np.bincount(first // max(t, 1), weights=tied * (tied - 1) * (2 * tied + 5), minlength=n)
    return np.asarray((whole - less) / 18)


def _find_slopes(
    table: NDArray[np.float64],
    when: NDArray[np.float64],
    rises: NDArray[np.int64],
    falls: NDArray[np.int64],
    steps: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Find the median slope over all pairs of known steps."""
    pairs = steps * (steps - 1) // 2
    low, high = np.maximum(pairs - 1, 0) // 2, pairs // 2
    # Where the middle of the ordered slopes is among the level pairs, the median is 0: so it is for most cells.
    slopes = np.zeros(len(table))
    level = (falls <= low) & (high < pairs - rises)
    first, second = np.triu_indices(len(when), 1)
    apart = when[second] - when[first]
    steep = np.flatnonzero(~level & (pairs > 0))
    for start in range(0, len(steep), _SERIES_AT_A_TIME):
        chosen = steep[start : start + _SERIES_AT_A_TIME]
        part = table[chosen]
        slope = np.concatenate([part[:, step + 1 :] - part[:, step, None] for step in range(len(when) - 1)], axis=1)
        slope /= apart
        middle = np.unique(np.concatenate([low[chosen], high[chosen]]))
        slope.partition(middle, axis=1)  # NaN comes last
        row = np.arange(len(chosen))
        slopes[chosen] = (slope[row, low[chosen]] + slope[row, high[chosen]]) / 2
    return slopes
