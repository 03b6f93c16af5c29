"""Interrupted time series: a step in the area's own series at the start of each phase, for want of places to compare.

Log-linear regression of the area's months on its own trend, its seasons where two years are known, and one step for
each phase (Wagner, Soumerai, Zhang & Ross-Degnan 2002, *Journal of Clinical Pharmacy and Therapeutics* 27(4) 299-309;
Bernal, Cummins & Gasparrini 2017, *International Journal of Epidemiology* 46(1) 348-355), fitted as quasi-Poisson.
Errors allow
for overdispersion and for months that follow each other (Newey & West 1987, *Econometrica* 55(3) 703-708), and are read
off Student's t. Where donors are given, the logarithm of their total is an offset: a controlled series, which takes out
what the whole force did and lets the trend go.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import t as student_t

from hotspots.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

LEVEL = 0.95
MIN_BEFORE = 12
"""Covered months before the start from which an own trend can be carried forward."""
SEASONS_FROM = 24
"""Covered months in all from which seasons are fitted."""
MIN_FREEDOM = 6
_MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class PhaseStep:
    """The step of one phase.

    Attributes
    ----------
    phase
        Its name.
    log_ratio, error
        Logarithm of the months of the phase by what trend and seasons foresaw, and its standard error.
    low, high
        Limits of the logarithm.
    months
        Covered months of the phase.
    """

    phase: str
    log_ratio: float
    error: float
    low: float
    high: float
    months: int


@dataclass(frozen=True, eq=False)
class InterruptedSeries:
    """A fitted series.

    Attributes
    ----------
    steps
        One a phase, in the order given.
    expected
        What is foreseen for each month without any step. Shape (t,).
    dispersion
        Variance by mean of a month.
    autocorrelation
        Of the residuals of months that follow each other.
    controlled
        True when the rest of the force is the offset.
    level
        Probability that the intervals hold.
    """

    steps: tuple[PhaseStep, ...]
    expected: NDArray[np.float64]
    dispersion: float
    autocorrelation: float
    controlled: bool
    level: float


def fit_series(
    series: NDArray[np.float64],
    months: NDArray[np.int64],
    phases: Mapping[str, NDArray[np.bool_]],
    *,
    control: NDArray[np.float64] | None = None,
    level: float = LEVEL,
) -> InterruptedSeries:
    """Fit a series with a step in each phase.

    Parameters
    ----------
    series
        Incidents of the area in covered months. Shape (t,).
    months
        Months since January 1970, ascending. Shape (t,).
    phases
        Which months lie in each phase; phases may overlap, and their steps then multiply. Shape (t,) each.
    control
        Incidents of places that were not treated. Shape (t,).
    level
        Probability that the intervals hold.

    Returns
    -------
    InterruptedSeries
        By iteratively reweighted least squares with heteroscedasticity- and autocorrelation-consistent errors.

    Raises
    ------
    InputError
        If too few months lie before the first phase or are left in all, a phase holds no month, or nothing was counted.
    """
    inside = np.any(list(phases.values()), axis=0) if phases else np.zeros(len(months), dtype=bool)
    _check(series, phases, inside)
    import statsmodels.api as sm  # noqa: PLC0415 - half a second that only this method pays for

    design, steps_from = _design(months, phases, controlled=control is not None)
    freedom = len(series) - design.shape[1]
    if freedom < MIN_FREEDOM:
        raise InputError(
            f"{len(series)} months are too few for an interrupted series with {design.shape[1]} terms; load more "
            "months or name fewer phases."
        )
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise InputError(
            "Phases of the interrupted series cover the same months, so that their steps cannot be told apart; name "
            "phases that differ."
        )
    offset = None if control is None else np.log(np.maximum(control, 0.5))
    lags = max(1, int(np.floor(4 * (len(series) / 100) ** (2 / 9))))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", category=sm.tools.sm_exceptions.DomainWarning)
        fitted = sm.GLM(series, design, family=sm.families.Poisson(), offset=offset).fit(
            scale="X2", cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True}
        )
    reach = float(student_t.ppf(0.5 + level / 2, freedom))
    steps = []
    for place, (name, mask) in enumerate(phases.items(), start=steps_from):
        figure, error = float(fitted.params[place]), float(fitted.bse[place])
        steps.append(PhaseStep(name, figure, error, figure - reach * error, figure + reach * error, int(mask.sum())))
    without = design.copy()
    without[:, steps_from:] = 0
    residual = (series - fitted.mu) / np.sqrt(fitted.mu)
    return InterruptedSeries(
        steps=tuple(steps),
        expected=np.exp(without @ fitted.params + (0 if offset is None else offset)),
        dispersion=float(fitted.scale),
        autocorrelation=float((residual[1:] * residual[:-1]).sum() / (residual**2).sum()),
        controlled=control is not None,
        level=level,
    )


def _check(series: NDArray[np.float64], phases: Mapping[str, NDArray[np.bool_]], inside: NDArray[np.bool_]) -> None:
    empty = [name for name, mask in phases.items() if not mask.any()]
    if not phases or empty:
        raise InputError(f"The phase “{empty[0] if empty else ''}” holds no covered month; leave it out.")
    before = int(np.argmax(inside))
    if before < MIN_BEFORE:
        raise InputError(
            f"An interrupted series needs {MIN_BEFORE} covered months before the start, and there are {before}; load "
            "earlier months."
        )
    for name, mask in phases.items():
        if series[mask].sum() == 0:
            raise InputError(f"Nothing was counted in the phase “{name}”, so that its step has no logarithm.")
    if series[~inside].sum() == 0:
        raise InputError("Nothing was counted before the start, so that there is no series to carry forward.")


def _design(
    months: NDArray[np.int64], phases: Mapping[str, NDArray[np.bool_]], *, controlled: bool
) -> tuple[NDArray[np.float64], int]:
    """Put level, trend, seasons and steps side by side; with the first column of the steps."""
    columns = [np.ones(len(months))]
    if not controlled:
        columns.append((months - months.mean()) / _MONTHS_A_YEAR)
        if len(months) >= SEASONS_FROM:
            angle = 2 * np.pi * (months % _MONTHS_A_YEAR) / _MONTHS_A_YEAR
            columns += [np.cos(angle), np.sin(angle)]
    return np.column_stack([*columns, *(mask.astype(float) for mask in phases.values())]), len(columns)
