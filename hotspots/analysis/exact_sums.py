"""The exact chance of a sum of k values drawn from all values, without a normal curve and without drawing.

Gi* in binary weights is such a sum, and its null hypothesis (any arrangement of the values is as likely as another) is
sampling without replacement. The normal curve is a poor stand-in where counts are few or a cell stands out: corrected
for many cells, the p-values that matter lie far in its tail, where it is too small by orders of magnitude. Permutations
cannot go there either: 999 draws give no p below 1/1000.

The number of ways to reach each sum with k of n values is the k-th elementary symmetric polynomial of the monomials
u^x; at every frequency of a discrete Fourier transform it follows from the power sums by Newton's identities, and one
inverse transform yields the whole distribution. (Exact permutation distributions by Fourier transform: Pagano &
Tritchler 1983, *JASA* 78(382) 435-440.)
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import fft

from hotspots.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

LEAST_P = 1e-12
"""Smallest probability that is told apart from rounding; what is rarer is given as this."""
MOST_DRAWN = 60
"""Largest sample; beyond it the identities lose digits, and sums come closer to the normal curve."""
_STEPS = 4096  # of the range of values that have no common step
_MOST_STEPS = 65_536
_SLACK = 1e-9


def find_exact_tails(
    values: NDArray[np.float64], members: sparse.csr_array
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Find how likely a sum as large, and as small, as each observed one is in a random arrangement of the values.

    Parameters
    ----------
    values
        Finite numbers. Multiples of a common step (such as counts), up to 65,536 steps apart, are taken exactly;
        others are rounded to 1/4096 of their range, and p then errs on the large side. Shape (n,).
    members
        Which values each observed sum adds up: 1 for a member, 0 or absent otherwise. Shape (s, n).

    Returns
    -------
    upper, lower : ndarray, shape (s,)
        Probability of a sum no smaller, and no larger; between 1e-12 and 1.

    Raises
    ------
    InputError
        If a sum has more than 60 members and leaves out more than 60.
    """
    n = len(values)
    steps, whole = _count_steps(values)
    observed = np.asarray(members @ steps).astype(np.int64)
    drawn = np.diff(members.indptr).astype(np.int64)
    # k values are drawn where the n - k others are left: the smaller of the two is computed.
    few = np.minimum(drawn, n - drawn)
    if few.max(initial=0) > MOST_DRAWN:
        raise InputError(
            f"The exact chance of a sum of {int(drawn[np.argmax(few)])} cells is not computed, only of up to "
            f"{MOST_DRAWN}; choose a smaller neighbourhood, permutations or the normal approximation."
        )
    upper, lower = np.ones(len(drawn)), np.ones(len(drawn))
    chances = _find_chances(steps, int(few.max(initial=0)))
    for size in np.unique(drawn):
        chosen = np.flatnonzero(drawn == size)
        chance = chances[min(size, n - size)]
        at_least, at_most = np.cumsum(chance[::-1])[::-1], np.cumsum(chance)
        few_drawn = size <= n - size
        total = observed[chosen] if few_drawn else steps.sum() - observed[chosen]
        # Rounding moves a sum by half a step for each value, here and in the draws: count it in, so that no p is too
        # small for it.
        slack = 0 if whole else min(size, n - size)
        above = at_least[np.maximum(total - slack, 0)]
        below = at_most[np.minimum(total + slack, len(chance) - 1)]
        upper[chosen], lower[chosen] = (above, below) if few_drawn else (below, above)
    return np.clip(upper, LEAST_P, 1.0), np.clip(lower, LEAST_P, 1.0)


def mark_members(weights: sparse.csr_array) -> sparse.csr_array:
    """Turn weights that are equal within each row into ones.

    Raises
    ------
    InputError
        If a row holds unequal weights.
    """
    filled = np.flatnonzero(np.diff(weights.indptr))
    if len(filled):
        starts = weights.indptr[filled]
        least, most = np.minimum.reduceat(weights.data, starts), np.maximum.reduceat(weights.data, starts)
        if (most > least * (1 + _SLACK)).any() or (least <= 0).any():
            raise InputError(
                "The exact chance is computed for equal weights only, and these differ within a row; ask for "
                "permutations or the normal approximation."
            )
    marked = weights.copy()
    marked.data = np.ones_like(marked.data)
    return marked


def _count_steps(values: NDArray[np.float64]) -> tuple[NDArray[np.int64], bool]:
    """Write values as whole steps above the least, and tell whether that is exact."""
    above = values - values.min()
    spread = float(above.max())
    step = _find_step(np.unique(above), spread / _MOST_STEPS)
    if step is None:
        return np.round(above * (_STEPS / spread)).astype(np.int64), False
    return np.round(above / step).astype(np.int64), True


def _find_step(above: NDArray[np.float64], least: float) -> float | None:
    """Find the greatest step of which all distinct values are multiples (Euclid); None if it is below the least."""
    step = 0.0
    for value in above.tolist():
        rest = value
        # What is left of a division that should leave nothing is rounding.
        while rest > max(least / 2, _SLACK * above[-1]):
            step, rest = rest, abs(math.remainder(step, rest))
        if step and step < least:
            return None
    return step or 1.0


def _find_chances(steps: NDArray[np.int64], most: int) -> list[NDArray[np.float64]]:
    """Return the distribution of the sum of 0, 1, … `most` values drawn without replacement."""
    n = len(steps)
    value, times = np.unique(steps, return_counts=True)
    length = fft.next_fast_len(int(np.sort(steps)[n - most :].sum()) + 1, real=True)
    # Mean of u^(m x) over all values, at every frequency u: power sums, by n.
    power = [fft.rfft(np.bincount(m * value % length, weights=times / n, minlength=length)) for m in range(1, most + 1)]
    # Mean of u^(sum) over all samples of k. Newton: k e_k = sum over m of (-1)^(m-1) e_(k-m) p_m, by the number of
    # samples, so that nothing grows.
    samples = [np.ones(length // 2 + 1, dtype=np.complex128)]
    for k in range(1, most + 1):
        total = np.zeros(length // 2 + 1, dtype=np.complex128)
        scale = n / k
        for m in range(1, k + 1):
            scale *= (k - m + 1) / (n - k + m)
            total += (scale if m % 2 else -scale) * samples[k - m] * power[m - 1]
        samples.append(total)
    return [np.asarray(fft.irfft(transform, length)) for transform in samples]
