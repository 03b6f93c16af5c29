"""Moran's I: whether like values stand together, over the whole coverage and around each cell.

Global: Moran 1950 (*Biometrika* 37 17-23) with the moments of Cliff & Ord 1981 (*Spatial Processes*, chapter 2), under
normality and under randomisation. Local: Anselin 1995 (*Geographical Analysis* 27(2) 93-115) with the conditional
moments of Sokal, Oden & Thomson 1998 (*Geographical Analysis* 30(4) 331-354): the cell keeps its value and the others
are rearranged. Scaled over n - 1, as PySAL and GeoDa do. The diagonal of the weights is always left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotspots.analysis.local_sums import (
    check_alternative,
    check_permutations,
    check_values,
    draw_local_sums,
    find_normal_p,
    find_permutation_p,
    standardise_local_sums,
)
from hotspots.analysis.spatial_weights import check_weights, leave_self_out
from hotspots.errors import InputError

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray
    from scipy import sparse

QUADRANTS: dict[int, str] = {
    0: "no neighbours",
    1: "high among high",
    2: "low among high",
    3: "low among low",
    4: "high among low",
}
"""Codes of the quadrants of the Moran scatter plot, as PySAL and GeoDa number them."""
_AT_A_TIME = 4_000_000
_SLACK = 1e-12
_FEWEST = 4  # values; the variance under randomisation divides by n - 3


@dataclass(frozen=True)
class GlobalMoran:
    """Moran's I of a coverage; figures that cannot be had are NaN.

    Attributes
    ----------
    i, expected
        The statistic and its mean without spatial pattern, -1 / (n - 1).
    variance_randomisation, z_randomisation, p_randomisation
        When the values at hand are rearranged at random: no assumption on their distribution.
    variance_normality, z_normality, p_normality
        When the values are drawn from a normal distribution.
    p_permutation
        From `permutations` rearrangements; NaN when none was asked for.
    alternative
        ``two-sided``, ``greater`` (like beside like) or ``less``, of all three p.
    permutations, seed
        Of the rearrangements.
    """

    i: float
    expected: float
    variance_randomisation: float
    z_randomisation: float
    p_randomisation: float
    variance_normality: float
    z_normality: float
    p_normality: float
    p_permutation: float
    alternative: str
    permutations: int
    seed: int


@dataclass(frozen=True, eq=False)
class LocalMoran:
    """Moran's I of each cell. Arrays have shape (n,).

    Attributes
    ----------
    i
        Local statistic; their mean is close to the global one for row-standardised weights.
    z
        Standard score with the cell's own value held fixed; above zero where the cell is like its neighbours, NaN
        where chance leaves no room.
    p
        Probability under `alternative` from `p_source`, not corrected for the number of cells; NaN where z is.
    quadrant
        Code into `QUADRANTS`.
    alternative, p_source, permutations, seed
        As in `gistar.GiResult`.
    """

    i: NDArray[np.float64]
    z: NDArray[np.float64]
    p: NDArray[np.float64]
    quadrant: NDArray[np.int8]
    alternative: str
    p_source: str
    permutations: int
    seed: int


def moran_global(
    values: NDArray[Any], weights: Any, *, alternative: str = "two-sided", permutations: int = 0, seed: int = 0
) -> GlobalMoran:
    """Compute global Moran's I.

    Parameters
    ----------
    values
        One number a cell or ward. Shape (n,), four or more, not all equal.
    weights
        Spatial weights of 0 or more, usually row-standardised. Shape (n, n).
    alternative
        ``two-sided``, ``greater`` or ``less``.
    permutations
        Rearrangements; 0 for none.
    seed
        Of the rearrangements.

    Raises
    ------
    InputError
        If a value is missing, all are equal, the weights do not fit or are empty, or an option is unknown.
    """
    check_alternative(alternative)
    check_permutations(permutations)
    apart, near = _prepare(values, weights)
    n, total = len(apart), float(near.sum())
    squares = float(apart @ apart)
    scale = n / total / squares
    statistic = scale * float(apart @ (near @ apart))
    expected = -1 / (n - 1)
    by_randomisation, by_normality = _find_variances(apart, near, total)
    scores = [(statistic - expected) / np.sqrt(v) if v > 0 else float("nan") for v in (by_randomisation, by_normality)]
    p = find_normal_p(np.array(scores), alternative)
    drawn = float("nan")
    if permutations:
        drawn = _permute_global(
            apart,
            near,
            scale=scale,
            statistic=statistic,
            permutations=permutations,
            seed=seed,
            alternative=alternative,
        )
    return GlobalMoran(
        i=statistic,
        expected=expected,
        variance_randomisation=by_randomisation,
        z_randomisation=float(scores[0]),
        p_randomisation=float(p[0]),
        variance_normality=by_normality,
        z_normality=float(scores[1]),
        p_normality=float(p[1]),
        p_permutation=drawn,
        alternative=alternative,
        permutations=permutations,
        seed=seed,
    )


def moran_local(
    values: NDArray[Any], weights: Any, *, alternative: str = "two-sided", permutations: int = 0, seed: int = 0
) -> LocalMoran:
    """Compute local Moran's I of each cell.

    Parameters
    ----------
    values
        One number a cell or ward. Shape (n,), four or more, not all equal.
    weights
        Spatial weights of 0 or more, usually row-standardised. Shape (n, n).
    alternative
        ``two-sided``, ``greater`` (like its neighbours) or ``less`` (unlike them).
    permutations
        Conditional permutations; 0 for the normal approximation.
    seed
        Of the permutations.

    Raises
    ------
    InputError
        If a value is missing, all are equal, the weights do not fit or are empty, or an option is unknown.
    """
    check_alternative(alternative)
    check_permutations(permutations)
    apart, near = _prepare(values, weights)
    sums = standardise_local_sums(apart, near, with_self=False)
    lag = near @ apart
    side = np.sign(apart)
    z = side * sums.z
    z[(side == 0) & ~np.isnan(sums.z)] = 0.0
    if permutations:
        at_least, at_most = draw_local_sums(apart, near, permutations=permutations, seed=seed)
        # I is the cell's own value times the sum around it: for a low cell, a small sum is a large I; for a cell at
        # the mean I is 0 in every draw.
        greater = np.where(side > 0, at_least, np.where(side < 0, at_most, permutations))
        less = np.where(side > 0, at_most, np.where(side < 0, at_least, permutations))
        p = np.where(np.isnan(z), np.nan, find_permutation_p(greater, less, permutations, alternative))
    else:
        p = find_normal_p(z, alternative)
    quadrant = np.where(lag > 0, np.where(apart > 0, 1, 2), np.where(apart > 0, 4, 3))
    quadrant[np.diff(near.indptr) == 0] = 0
    statistic = (len(apart) - 1) * apart * lag / float(apart @ apart)
    source = "permutation" if permutations else "normal"
    return LocalMoran(statistic, z, p, quadrant.astype(np.int8), alternative, source, permutations, seed)


def _prepare(values: NDArray[Any], weights: Any) -> tuple[NDArray[np.float64], sparse.csr_array]:
    """Check values and weights; return distances from the mean and weights without a diagonal."""
    checked = check_values(values, "Moran's I")
    if checked.ndim != 1 or len(checked) < _FEWEST:
        raise InputError(f"Moran's I needs one value for each of at least {_FEWEST} cells.")
    apart = checked - checked.mean()
    if np.ptp(checked) <= _SLACK * np.abs(checked).max():
        raise InputError("All values are equal, so nothing can cluster; choose a wider period or more crime types.")
    near = leave_self_out(check_weights(weights, len(checked)))
    if near.nnz == 0:
        raise InputError("No cell has a neighbour; choose a larger radius or another rule.")
    return apart, near


def _find_variances(apart: NDArray[np.float64], near: sparse.csr_array, total: float) -> tuple[float, float]:
    """Return the variance of I under randomisation and under normality."""
    n = float(len(apart))
    both = near + near.T
    s1 = float((both.data**2).sum()) / 2
    s2 = float(((np.asarray(near.sum(axis=1)).ravel() + np.asarray(near.sum(axis=0)).ravel()) ** 2).sum())
    kurtosis = n * float((apart**4).sum()) / float((apart**2).sum()) ** 2
    mean_squared = 1 / (n - 1) ** 2
    normality = (n**2 * s1 - n * s2 + 3 * total**2) / ((n**2 - 1) * total**2) - mean_squared
    first = n * ((n**2 - 3 * n + 3) * s1 - n * s2 + 3 * total**2)
    second = kurtosis * ((n**2 - n) * s1 - 2 * n * s2 + 6 * total**2)
    randomisation = (first - second) / ((n - 1) * (n - 2) * (n - 3) * total**2) - mean_squared
    return randomisation, normality


def _permute_global(
    apart: NDArray[np.float64],
    near: sparse.csr_array,
    *,
    scale: float,
    statistic: float,
    permutations: int,
    seed: int,
    alternative: str,
) -> float:
    """Rearrange the values and return the share of arrangements with so extreme an I."""
    rng = np.random.default_rng(seed)
    at_least = at_most = 0
    block = max(1, _AT_A_TIME // len(apart))
    for start in range(0, permutations, block):
        draws = min(block, permutations - start)
        shuffled = rng.permuted(np.broadcast_to(apart, (draws, len(apart))), axis=1).T
        drawn = scale * (shuffled * (near @ shuffled)).sum(axis=0)
        at_least += int((drawn >= statistic - _SLACK).sum())
        at_most += int((drawn <= statistic + _SLACK).sum())
    p = find_permutation_p(np.array([at_least]), np.array([at_most]), permutations, alternative)
    return float(p[0])
