"""Step and drift: whether an area changed at a month or was on its way; and the same months last year.

A log-linear model of monthly counts with a level, a drift (ratio a year), a step at a known month and one yearly wave
(McCullagh & Nelder 1989, *Generalized Linear Models*, chapter 6; segmented as in Wagner, Soumerai, Zhang & Ross-Degnan
2002, *Journal of Clinical Pharmacy and Therapeutics* 27(4) 299-309), fitted to all areas at once. Counts are taken as
overdispersed Poisson, each area by its own dispersion of one or more, and intervals follow Student's t. Missing months
are left out. Give the force's counts as `expected`, and steps and drifts are those that the force does not share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import stdtrit

from hotspots.analysis.e_test import e_test
from hotspots.analysis.trend import MONTHS_A_YEAR, Change, change_ratio, pair_months
from hotspots.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVEL = 0.9
_ROUNDS = 50
_STOP = 1e-9
_RIDGE = 1e-10
_FARTHEST = 12.0  # a logarithm beyond which an estimate has run off: a side without incidents


@dataclass(frozen=True, eq=False)
class StepAndDrift:
    """Ratios with intervals, one value an area; NaN where an area's counts do not tell.

    Attributes
    ----------
    drift, drift_low, drift_high
        Ratio of the level a year later, steps and seasons aside. Shape (u,).
    step, step_low, step_high
        Ratio of the level from the month of the step on; NaN without one. Shape (u,).
    dispersion
        Variance by mean, one or more. Shape (u,).
    months
        Months fitted on.
    """

    drift: NDArray[np.float64]
    drift_low: NDArray[np.float64]
    drift_high: NDArray[np.float64]
    step: NDArray[np.float64]
    step_low: NDArray[np.float64]
    step_high: NDArray[np.float64]
    dispersion: NDArray[np.float64]
    months: int


class YearOnYear(NamedTuple):
    """Months against the same calendar months a year before.

    `months` holds the later month of each pair, `recent` and `earlier` the counts, `change` the ratio with its exact
    interval and `p` the two-sided E-test, which takes incidents as independent.
    """

    months: NDArray[np.int32]
    recent: int
    earlier: int
    change: Change
    p: float


def fit_step_and_drift(
    months: NDArray[np.int32],
    counts: NDArray[np.int64],
    *,
    step_at: int | None = None,
    season: bool = True,
    expected: NDArray[np.float64] | None = None,
    level: float = LEVEL,
) -> StepAndDrift:
    """Fit level, drift, step and season.

    Parameters
    ----------
    months
        Covered months (months since January 1970), ascending. Shape (m,).
    counts
        Incidents by area and covered month. Shape (u, m).
    step_at
        First month of the new level; None for no step.
    season
        Whether to fit a yearly wave, which wants two years or so of months.
    expected
        What the counts are held against, above zero, such as the force's counts. Shape (m,) or (u, m).
    level
        Probability that an interval holds.

    Returns
    -------
    StepAndDrift

    Raises
    ------
    InputError
        If shapes differ, a month or count cannot be used, or there are too few months on a side of the step.
    """
    at = np.asarray(months, dtype=np.float64)
    y = np.asarray(counts, dtype=np.float64)
    if y.ndim != 2 or y.shape[1] != len(at) or (np.diff(at) <= 0).any() or not (y >= 0).all():  # noqa: PLR2004 - dimensions and degrees of freedom
        raise InputError("Step and drift need counts of zero or more by area and covered month, months ascending.")
    against = np.ones_like(y) if expected is None else np.broadcast_to(np.asarray(expected, dtype=np.float64), y.shape)
    if not (np.isfinite(against) & (against > 0)).all():
        raise InputError("What counts are held against must be above zero in every month; leave empty months out.")
    time = (at - at.mean()) / MONTHS_A_YEAR
    columns = [np.ones(len(at)), time]
    if step_at is not None:
        columns.append((at >= step_at).astype(np.float64))
    if season:
        wave = 2 * np.pi * at / MONTHS_A_YEAR
        columns += [np.sin(wave), np.cos(wave)]
    design = np.column_stack(columns)
    freedom = len(at) - design.shape[1]
    after = 0 if step_at is None else int((at >= step_at).sum())
    if freedom < 3 or np.linalg.matrix_rank(design) < design.shape[1] or (step_at is not None and after == 0):  # noqa: PLR2004 - dimensions and degrees of freedom
        raise InputError(
            f"{len(at)} covered months are too few for this model, or all lie on one side of the step; choose a longer "
            "period or leave the season out."
        )
    estimate, variance, dispersion = _fit(design, y, np.log(against), freedom)
    reach = float(stdtrit(freedom, 0.5 + level / 2)) * np.sqrt(variance * dispersion[:, None])
    told = (y.sum(axis=1) > 0) & (np.abs(estimate[:, 1:]) < _FARTHEST).all(axis=1)
    if step_at is not None:
        told &= (y[:, at < step_at].sum(axis=1) > 0) & (y[:, at >= step_at].sum(axis=1) > 0)
    known = np.where(told[:, None], estimate, np.nan)
    middle, low, high = np.exp(known), np.exp(known - reach), np.exp(known + np.minimum(reach, 2 * _FARTHEST))
    nothing = np.full(len(y), np.nan)
    step = [nothing] * 3 if step_at is None else [middle[:, 2], low[:, 2], high[:, 2]]
    return StepAndDrift(middle[:, 1], low[:, 1], high[:, 1], step[0], step[1], step[2], dispersion, len(at))


def compare_same_months(
    months: NDArray[np.int32], counts: NDArray[np.int64], *, dispersion: float = 1.0, level: float = LEVEL
) -> YearOnYear:
    """Hold the last twelve calendar months against the same months a year before, leaving out what has no fellow.

    Parameters
    ----------
    months, counts
        Covered months (months since January 1970), ascending, and incidents in each. Shape (m,).
    dispersion, level
        See `trend.change_ratio`.

    Raises
    ------
    InputError
        If none of the last twelve calendar months has its fellow a year before.
    """
    covered = np.asarray(months, dtype=np.int32)
    later = pair_months(covered, covered)
    if len(later) == 0:
        raise InputError(
            "None of the last twelve months has its calendar month of the year before loaded; load more months."
        )
    recent = int(np.asarray(counts)[np.isin(covered, later)].sum())
    earlier = int(np.asarray(counts)[np.isin(covered, later - MONTHS_A_YEAR)].sum())
    change = change_ratio(recent, len(later), earlier, len(later), dispersion=dispersion, level=level)
    return YearOnYear(later, recent, earlier, change, e_test(recent, len(later), earlier, len(later)))


def _fit(
    design: NDArray[np.float64], y: NDArray[np.float64], offset: NDArray[np.float64], freedom: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Fit all areas by iteratively reweighted least squares; return estimates, variances at dispersion one, dispersion.

    An area with an empty side has no finite step: its estimate runs off and is bounded here.
    """
    terms = design.shape[1]
    estimate = np.zeros((len(y), terms))
    estimate[:, 0] = np.log((y.sum(axis=1) + 0.5) / np.exp(offset).sum(axis=1))
    ridge = _RIDGE * np.eye(terms)
    for _ in range(_ROUNDS):
        mean = np.exp(estimate @ design.T + offset)
        slope = (y - mean) @ design
        information = np.einsum("um,mi,mj->uij", mean, design, design)
        scale = np.einsum("uii->u", information)[:, None, None] / terms
        move = np.linalg.solve(information + ridge * scale, slope[:, :, None])[:, :, 0]
        move = np.clip(move, -1.0, 1.0)
        bounded = np.clip(estimate + move, -2 * _FARTHEST, 2 * _FARTHEST)
        bounded[:, 0] = estimate[:, 0] + move[:, 0]
        change = float(np.abs(bounded - estimate).max(initial=0.0))
        estimate = bounded
        if change < _STOP:
            break
    mean = np.exp(estimate @ design.T + offset)
    information = np.einsum("um,mi,mj->uij", mean, design, design)
    scale = np.einsum("uii->u", information)[:, None, None] / terms
    variance = np.einsum("uii->ui", np.linalg.inv(information + ridge * scale))
    surprise = np.divide((y - mean) ** 2, mean, out=np.zeros_like(y), where=mean > 0).sum(axis=1)
    return estimate, variance, np.maximum(surprise / freedom, 1.0)
