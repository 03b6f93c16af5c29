"""Rates that small numbers cannot shake: empirical-Bayes shrinkage of counts with a known exposure.

A count is taken as overdispersed Poisson around its area's own rate, and the areas' rates as draws from one gamma
distribution whose mean is the force's rate and whose shape is estimated by maximum likelihood (Clayton & Kaldor 1987,
*Biometrics* 43(3) 671-681; the moment estimator of Marshall 1991, *Applied Statistics* 40(2) 283-294, lets one city
centre with twenty times the rate of the others switch the shrinkage off for all). Harm, a weighted sum of counts, goes
the same way with a larger dispersion: that of a compound Poisson sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import gammaln

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_FREEDOM = 20
"""Degrees of freedom below which no dispersion is estimated."""
MIN_REFERENCE = 3
"""Wards below which the spread of their rates is not estimated."""
_LOG_SHAPES = (float(np.log(0.05)), float(np.log(1e5)))


@dataclass(frozen=True, eq=False)
class ShrunkRates:
    """Gamma distributions of the areas' rates, given their counts.

    Attributes
    ----------
    rate
        Mean of each distribution: the shrunk rate, in the unit of count by exposure. Shape (u,).
    shape
        Shape of each distribution; its relative variance is 1 / shape. Shape (u,).
    weight
        Share of an area's own rate in its shrunk rate, 0 to 1. Shape (u,).
    centre
        The rate that all are pulled towards.
    prior_shape
        Shape of the distribution of rates among the wards; large when they hardly differ.
    """

    rate: NDArray[np.float64]
    shape: NDArray[np.float64]
    weight: NDArray[np.float64]
    centre: float
    prior_shape: float


def estimate_dispersion(monthly: NDArray[np.int64] | NDArray[np.float64], *, floor: float = 1.0) -> float:
    """Estimate how much more months vary than Poisson counts would.

    Pearson's statistic of an area-by-month table against independence, divided by its degrees of freedom: what the
    areas' levels and the force's calendar explain is taken out, the rest is noise.

    Parameters
    ----------
    monthly
        Counts, or harm days. Shape (u, m).
    floor
        Smallest answer: 1 for counts; for harm, what a compound Poisson sum would give.

    Returns
    -------
    float
        Variance by mean, at least `floor`; NaN where fewer than 20 degrees of freedom are left.
    """
    table = np.asarray(monthly, dtype=np.float64)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    areas, months = table.shape
    freedom = (areas - 1) * (months - 1) if areas > 1 else months - 1
    if freedom < MIN_FREEDOM:
        return float("nan")
    by_area = table.sum(axis=1, keepdims=True)
    expected = by_area * table.sum(axis=0) / table.sum() if areas > 1 else np.repeat(by_area / months, months, axis=1)
    surprise = float(((table - expected) ** 2 / expected).sum())
    return max(surprise / float(freedom), floor)


def shrink_rates(
    counts: NDArray[np.int64] | NDArray[np.float64],
    exposure: NDArray[np.float64],
    *,
    dispersion: float = 1.0,
    n_reference: int | None = None,
) -> ShrunkRates:
    """Pull each area's rate towards the force's, the more the fewer its incidents.

    Parameters
    ----------
    counts
        Incidents, or harm days. Shape (u,).
    exposure
        What a rate is for each one of, such as thousand residents times years; above zero. Shape (u,).
    dispersion
        Variance by mean of a count around its area's rate: see `estimate_dispersion`.
    n_reference
        The first so many areas tell the force's rate and the spread of rates; all by default. The others (unions of
        wards) are shrunk in the same way but count only once.

    Returns
    -------
    ShrunkRates
        With `rate` zero everywhere when the reference areas hold no incident.
    """
    reference = slice(0, n_reference)
    effective = np.asarray(counts, dtype=np.float64) / dispersion
    scaled = np.asarray(exposure, dtype=np.float64) / dispersion
    centre = float(effective[reference].sum() / scaled[reference].sum())
    if centre == 0:
        nothing = np.zeros_like(effective)
        return ShrunkRates(nothing, np.ones_like(effective), nothing, 0.0, float("inf"))
    prior_shape = _fit_prior_shape(effective[reference], centre * scaled[reference])
    shape = prior_shape + effective
    weight = scaled / (scaled + prior_shape / centre)
    return ShrunkRates(shape / (prior_shape / centre + scaled), shape, weight, centre, prior_shape)


def _fit_prior_shape(counts: NDArray[np.float64], expected: NDArray[np.float64]) -> float:
    """Fit the shape of gamma-distributed rates of mean one by maximum likelihood of the negative binomial counts."""
    if len(counts) < MIN_REFERENCE:
        return 1.0

    def minus_log_likelihood(log_shape: float) -> float:
        shape = np.exp(log_shape)
        total = shape + expected
        terms = gammaln(counts + shape) - gammaln(shape) + shape * np.log(shape / total) - counts * np.log(total)
        return -float(terms.sum())

    return float(np.exp(minimize_scalar(minus_log_likelihood, bounds=_LOG_SHAPES, method="bounded").x))
