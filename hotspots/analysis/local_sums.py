"""Weighted sums around each cell, held against chance: the common ground of Gi, Gi* and local Moran's I.

Each of these statistics is a sum of neighbours' values, and each asks how large that sum would be if the values stood
elsewhere. Under random arrangement the sum's mean and variance are known (sampling without replacement from a finite
population: Getis & Ord 1992, *Geographical Analysis* 24(3) 189-206; Ord & Getis 1995, *Geographical Analysis* 27(4)
286-306; Sokal, Oden & Thomson 1998, *Geographical Analysis* 30(4) 331-354), for weights of any kind. Where normality
is doubtful, the arrangement is drawn: the cell keeps its own value and its neighbours are drawn from all others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from hotspots.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

ALTERNATIVES = ("two-sided", "greater", "less")
_AT_A_TIME = 4_000_000  # numbers in a block of draws: small enough to stay in cache, large enough to be fast
_SLACK = 1e-9  # of the spread of the values: sums that differ by less are the same sum


@dataclass(frozen=True, eq=False)
class LocalSums:
    """Sums around each cell and what chance would give.

    Attributes
    ----------
    total, expected, deviation
        The weighted sum, its mean and its standard deviation under random arrangement. Shape (n,) or (n, t).
    """

    total: NDArray[np.float64]
    expected: NDArray[np.float64]
    deviation: NDArray[np.float64]

    @property
    def z(self) -> NDArray[np.float64]:
        """Standard score of each sum; NaN where chance leaves no room (no neighbours, or all values equal)."""
        scored = np.full(self.total.shape, np.nan)
        np.divide(self.total - self.expected, self.deviation, out=scored, where=self.deviation > 0)
        return scored


def standardise_local_sums(
    values: NDArray[np.float64], weights: sparse.csr_array, *, with_self: bool, own: NDArray[np.float64] | None = None
) -> LocalSums:
    """Hold each weighted sum against random arrangement of the values.

    Parameters
    ----------
    values
        Finite numbers, shape (n,) or (n, t): each column is arranged for itself.
    weights
        Shape (n, n); without a diagonal unless `with_self`.
    with_self
        True when the cell's own value is part of the sum and all values are arranged; False when it is held fixed and
        the others are arranged.
    own
        Weight of the cell itself, for weights whose diagonal is empty. Shape (n,).

    Returns
    -------
    LocalSums
    """
    n = len(values)
    table = values.reshape(n, -1)
    mean = table.mean(axis=0)
    # From the mean, so that the variance does not cancel.
    apart = table - mean
    sum_weights = np.asarray(weights.sum(axis=1)).reshape(n, 1)
    sum_squares = np.asarray(weights.power(2).sum(axis=1)).reshape(n, 1)
    total_apart = np.asarray(weights @ apart)
    if own is not None:
        sum_weights = sum_weights + own[:, None]
        sum_squares = sum_squares + own[:, None] ** 2
        total_apart += own[:, None] * apart
    squares = (apart**2).sum(axis=0)
    if with_self:
        population, mean_apart = n, np.zeros(table.shape)
        variance = np.broadcast_to(squares / n, table.shape)
    else:
        population, mean_apart = n - 1, -apart / (n - 1)
        variance = (squares - apart**2) / (n - 1) - mean_apart**2
    # Equal values have no variance; what rounding leaves of it is not some.
    variance = np.where(variance > (_SLACK * (np.abs(mean) + np.abs(apart).max(axis=0))) ** 2, variance, 0.0)
    spread = (population * sum_squares - sum_weights**2) / (population - 1)
    spread = np.where(spread > _SLACK * population * sum_squares, spread, 0.0)
    expected = sum_weights * (mean + mean_apart)
    total = total_apart + sum_weights * mean
    shape = values.shape
    return LocalSums(total.reshape(shape), expected.reshape(shape), np.sqrt(variance * spread).reshape(shape))


def find_normal_p(z: NDArray[np.float64], alternative: str) -> NDArray[np.float64]:
    """Return the probability of such a score under the standard normal distribution; NaN stays NaN.

    Parameters
    ----------
    z
        Standard scores, any shape.
    alternative
        ``two-sided``, ``greater`` or ``less``.

    Raises
    ------
    UnknownNameError
        If the alternative is unknown.
    """
    check_alternative(alternative)
    if alternative == "two-sided":
        return np.asarray(2 * ndtr(-np.abs(z)))
    return np.asarray(ndtr(-z if alternative == "greater" else z))


def find_permutation_p(
    at_least: NDArray[np.int64], at_most: NDArray[np.int64], permutations: int, alternative: str
) -> NDArray[np.float64]:
    """Turn counts of draws into probabilities, above 0 and up to 1.

    The observed arrangement is one of the possible ones, hence (r + 1) / (m + 1) (Davison & Hinkley 1997,
    *Bootstrap Methods*, 4.2). Two-sided is twice the smaller tail, at most 1.

    Parameters
    ----------
    at_least, at_most
        Draws with a statistic no smaller, and no larger, than the observed one.
    permutations
        Draws.
    alternative
        ``two-sided``, ``greater`` or ``less``.
    """
    return join_tails((at_least + 1) / (permutations + 1), (at_most + 1) / (permutations + 1), alternative)


def join_tails(upper: NDArray[np.float64], lower: NDArray[np.float64], alternative: str) -> NDArray[np.float64]:
    """Choose a tail, or for a two-sided test twice the smaller one, at most 1.

    Parameters
    ----------
    upper, lower
        Probabilities of a statistic no smaller, and no larger, than the observed one, any shape.
    alternative
        ``two-sided``, ``greater`` or ``less``.
    """
    check_alternative(alternative)
    if alternative == "two-sided":
        return np.asarray(np.minimum(2 * np.minimum(upper, lower), 1.0))
    return np.asarray(upper if alternative == "greater" else lower)


def draw_local_sums(
    values: NDArray[np.float64], weights: sparse.csr_array, *, permutations: int, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draw each cell's neighbours anew from all other cells and count the sums that reach the observed one.

    One set of draws serves all cells (Anselin 1995, *Geographical Analysis* 27(2) 93-115, and PySAL do likewise); a
    draw that holds the cell itself takes one more cell in its place, so that for each cell it is an exact draw without
    replacement from the others.

    Parameters
    ----------
    values
        Finite numbers. Shape (n,).
    weights
        Shape (n, n); the diagonal is left aside, because the cell's own value does not move.
    permutations
        Draws, 1 or more.
    seed
        Of the random draws; the same seed gives the same answer.

    Returns
    -------
    at_least, at_most : ndarray of int64, shape (n,)
        Draws whose sum is no smaller, and no larger, than the observed one.
    """
    n = len(values)
    row = np.repeat(np.arange(n), np.diff(weights.indptr))
    other = (weights.indices != row) & (weights.data != 0)
    row, neighbour, weight = row[other], weights.indices[other], weights.data[other]
    size = np.bincount(row, minlength=n)
    most = int(size.max(initial=0))
    slot = np.arange(len(row)) - np.repeat(np.cumsum(size) - size, size)
    apart = values - values.mean()
    observed = np.bincount(row, weights=weight * apart[neighbour], minlength=n)
    slack = _SLACK * np.bincount(row, weights=weight, minlength=n) * max(float(np.abs(apart).max(initial=0)), 1e-300)
    rng = np.random.default_rng(seed)
    drawn = _draw_without_replacement(n, min(most + 1, n), permutations, rng)
    drawn_values = apart[drawn]
    at_least, at_most = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    block = max(1, _AT_A_TIME // permutations)
    for start in range(0, n, block):
        cells = slice(start, min(start + block, n))
        chosen = slice(*np.searchsorted(row, [cells.start, cells.stop]))
        table = np.zeros((most, cells.stop - cells.start))
        table[slot[chosen], row[chosen] - cells.start] = weight[chosen]
        sums = drawn_values[:, :most] @ table
        _replace_self(sums, drawn, apart, table=table, size=size, cells=cells)
        at_least[cells] = (sums >= observed[cells] - slack[cells]).sum(axis=0)
        at_most[cells] = (sums <= observed[cells] + slack[cells]).sum(axis=0)
    return at_least, at_most


def _replace_self(
    sums: NDArray[np.float64],
    drawn: NDArray[np.int64],
    apart: NDArray[np.float64],
    *,
    table: NDArray[np.float64],
    size: NDArray[np.int64],
    cells: slice,
) -> None:
    """Correct, in place, the sums of draws that hold the cell itself: the cell after its last neighbour steps in."""
    draw, slot = np.nonzero((drawn >= cells.start) & (drawn < cells.stop))
    cell = drawn[draw, slot]
    used = slot < size[cell]
    draw, slot, cell = draw[used], slot[used], cell[used]
    stand_in = drawn[draw, size[cell]]
    sums[draw, cell - cells.start] += table[slot, cell - cells.start] * (apart[stand_in] - apart[cell])


def _draw_without_replacement(n: int, size: int, draws: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw `size` of n numbers in random order, `draws` times over; shape (draws, size)."""
    if size * 4 > n:
        return rng.permuted(np.broadcast_to(np.arange(n), (draws, n)), axis=1)[:, :size]
    drawn = rng.integers(n, size=(draws, size))
    # Draw again whatever repeats an earlier number of its row: each slot in turn is then uniform over what is left.
    while True:
        order = np.argsort(drawn, axis=1, kind="stable")
        ranked = np.take_along_axis(drawn, order, axis=1)
        repeats = np.zeros(drawn.shape, dtype=bool)
        np.put_along_axis(repeats, order[:, 1:], ranked[:, 1:] == ranked[:, :-1], axis=1)
        again = int(repeats.sum())
        if again == 0:
            return drawn
        drawn[repeats] = rng.integers(n, size=again)


def check_values(values: NDArray[np.float64], what: str) -> NDArray[np.float64]:
    """Bring values to float64.

    Raises
    ------
    InputError
        If one is missing or infinite, or there are fewer than three.
    """
    checked = np.asarray(values, dtype=np.float64)
    if len(checked) < 3:  # noqa: PLR2004 - a cell, a neighbour and another
        raise InputError(f"{what} needs at least 3 cells and there are {len(checked)}; choose a smaller cell size.")
    wrong = ~np.isfinite(checked)
    if wrong.any():
        raise InputError(f"{what} has no number for cell {int(np.argwhere(wrong)[0][0])}; leave that cell out.")
    return checked


def check_alternative(alternative: str) -> None:
    """Check the name of an alternative.

    Raises
    ------
    UnknownNameError
        If it is unknown.
    """
    if alternative not in ALTERNATIVES:
        raise UnknownNameError("alternative", str(alternative), ALTERNATIVES)


def check_permutations(permutations: int) -> None:
    """Check a number of draws.

    Raises
    ------
    InputError
        If it is negative.
    """
    if permutations < 0:
        raise InputError(f"{permutations} permutations were asked for; give 0 for none, or a number such as 999.")
