"""Shares of an area: how much of it lies in clusters, in how many months it was among the worst.

Months among the worst are shrunk like rates: an area's successes are taken as binomial around its own share, and the
areas' shares as draws from one beta distribution with the force's share as mean and a strength estimated by maximum
likelihood (the beta-binomial of Kleinman 1973, *Journal of the American Statistical Association* 68(341) 46-54).

A share in clusters is taken as it is, because most wards hold no cluster at all, and not by chance. Pulled towards the
force's share, they would stand in the order of fewest incidents first: a force that has clusters somewhere says nothing
about a ward that is too quiet to have one.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import betaln

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_WARDS = 5
"""Wards below which a top fifth means nothing."""
_LOG_STRENGTHS = (float(np.log(0.05)), float(np.log(1e4)))
_MIN_REFERENCE = 3
_PULL_TO_MIDDLE = 0.5
_JEFFREYS = 0.5


@dataclass(frozen=True, eq=False)
class ShrunkShares:
    """Distributions of the areas' shares, given what was counted.

    Attributes
    ----------
    share
        Mean of each distribution, 0 to 1. Shape (u,).
    error
        Standard deviation of each distribution. Shape (u,).
    centre
        The share that all are pulled towards.
    strength
        How many trials the pull is worth.
    """

    share: NDArray[np.float64]
    error: NDArray[np.float64]
    centre: float
    strength: float


@dataclass(frozen=True, eq=False)
class PlainShares:
    """Shares as they were counted, with what the counts leave open.

    Attributes
    ----------
    share
        Successes by trials, 0 to 1; zero without a trial. Shape (u,).
    error
        Standard deviation; zero where nothing succeeded. Shape (u,).
    """

    share: NDArray[np.float64]
    error: NDArray[np.float64]


def take_shares(successes: NDArray[np.int64], trials: NDArray[np.int64], *, dispersion: float = 1.0) -> PlainShares:
    """Take each area's share as it is; areas without a success are equal, however many trials they had.

    The error is that of the beta distribution under the prior of Jeffreys (1946, *Proceedings of the Royal Society A*
    186 453-461), so that three of three have one too. An area without a success has none: chance in the numbers of its
    incidents gives it no cluster, and an error that grows as incidents get fewer would lift the quietest areas in
    every draw.

    Parameters
    ----------
    successes, trials
        Counts; a share is one by the other. Shape (u,).
    dispersion
        How many incidents are worth one independent trial.

    Returns
    -------
    PlainShares
    """
    share = np.divide(successes, trials, out=np.zeros(len(trials)), where=trials > 0)
    hits, tries = successes / dispersion + _JEFFREYS, trials / dispersion + 2 * _JEFFREYS
    middle = hits / tries
    error = np.sqrt(middle * (1 - middle) / (tries + 1))
    return PlainShares(share, np.where(successes > 0, error, 0.0))


def shrink_shares(
    successes: NDArray[np.int64] | NDArray[np.float64],
    trials: NDArray[np.int64] | NDArray[np.float64],
    *,
    dispersion: float = 1.0,
    n_reference: int | None = None,
) -> ShrunkShares:
    """Pull each area's share towards the force's, the more the fewer its trials.

    Parameters
    ----------
    successes, trials
        Counts; a share is one by the other. Shape (u,).
    dispersion
        How many incidents are worth one independent trial.
    n_reference
        The first so many areas tell the force's share and the spread of shares; all by default.

    Returns
    -------
    ShrunkShares
        With the force's share where an area has no trial.
    """
    hits = np.asarray(successes, dtype=np.float64) / dispersion
    tries = np.asarray(trials, dtype=np.float64) / dispersion
    reference = slice(0, n_reference)
    # Half a success and half a failure keep the centre inside 0 to 1 when every trial went one way.
    centre = float((hits[reference].sum() + _PULL_TO_MIDDLE) / (tries[reference].sum() + 2 * _PULL_TO_MIDDLE))
    strength = _fit_strength(hits[reference], tries[reference], centre)
    total = tries + strength
    share = (hits + strength * centre) / total
    return ShrunkShares(share, np.sqrt(share * (1 - share) / (total + 1)), centre, strength)


def _fit_strength(hits: NDArray[np.float64], tries: NDArray[np.float64], centre: float) -> float:
    """Fit the strength of beta-distributed shares by maximum likelihood of the beta-binomial counts."""
    if len(hits) < _MIN_REFERENCE:
        return 1.0

    def minus_log_likelihood(log_strength: float) -> float:
        alpha, beta = np.exp(log_strength) * centre, np.exp(log_strength) * (1 - centre)
        return -float((betaln(hits + alpha, tries - hits + beta) - betaln(alpha, beta)).sum())

    return float(np.exp(minimize_scalar(minus_log_likelihood, bounds=_LOG_STRENGTHS, method="bounded").x))


def count_top_months(
    monthly: NDArray[np.int64], exposure: NDArray[np.float64], *, n_wards: int
) -> NDArray[np.int64] | None:
    """Count the months in which an area's rate was among the force's top fifth of wards.

    Parameters
    ----------
    monthly
        Incidents of the covered months. Shape (u, m).
    exposure
        Residents, or square kilometres; NaN for areas left out. Shape (u,).
    n_wards
        The first so many areas are the wards that set each month's mark; the others are held against it.

    Returns
    -------
    numpy.ndarray or None
        Months at or above the rate of the ward that closes the top fifth, with at least one incident. Shape (u,).
        None when fewer than five wards have an exposure.
    """
    known = int(np.isfinite(exposure[:n_wards]).sum())
    if known < MIN_WARDS:
        return None
    top = ceil(known / 5)
    rates = monthly / exposure[:, None]
    wards = np.nan_to_num(rates[:n_wards], nan=-1.0)
    mark = np.partition(wards, n_wards - top, axis=0)[n_wards - top]
    months: NDArray[np.int64] = ((rates >= mark) & (monthly > 0)).sum(axis=1)
    return months
