"""Synthetic control: a weighted mix of untouched units that moved as the area did before the start.

Weights are zero or more and sum to one (Abadie, Diamond & Hainmueller 2010, *Journal of the American Statistical
Association* 105(490) 493-505). Each series is divided by its own mean before the start, so that a mix of small units
can follow a large one (the intercept of Doudchenko & Imbens 2016 and Ferman & Pinto 2021, *Quantitative Economics*
12(4) 1197-1221, on the ratio scale). A few months of small counts let pure weights chase noise; the penalised form adds
the variance that the noise of each donor brings into the mix, and with a large penalty becomes
difference-in-differences. The ridge-augmented form (Ben-Michael, Feller & Rothstein 2021, *JASA* 116(536) 1789-1803)
corrects what imbalance is left, and may go outside the donors' range. `predictor_synthetic_control` holds the form with
predictors.

Intervals are those of the placebo areas (`placebo_areas`), each with its own synthetic control; the permutation rank
compares errors after the start by errors before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import nnls

from hotspots.analysis.difference_in_differences import HALF, UNKNOWN, make_effect
from hotspots.analysis.placebo_areas import LEVEL, MIN_GROUPS, fit_spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspots.analysis.difference_in_differences import Effect
    from hotspots.analysis.panel import Panel
    from hotspots.analysis.placebo_areas import PlaceboAreas

PLACEBOS = 60
"""How many placebo areas get a synthetic control of their own."""
MOST_DONORS = 100
"""Donors that are nearest before the start, when there are more."""
RIDGES = tuple(float(10.0**power) for power in range(-3, 4))
"""Ridge penalties that are tried, by the mean variance of a month between donors."""
PENALTY = 1.0
_SUM_WEIGHT = 1e3


@dataclass(frozen=True, eq=False)
class SyntheticControl:
    """The area and its synthetic counterpart.

    Attributes
    ----------
    weights
        Of each unit; zero outside the donors. Shape (u,).
    observed, expected
        Amounts of the treated area by covered month. Shape (t,).
    fit
        Root mean square error before the start, as a share of the area's mean.
    effect
        Over the months after the start.
    worse_fit
        Error after by error before: how many of the placebo areas have at least as large a ratio, and of how many.
    ridge
        Penalty of the augmentation; None without.
    """

    weights: NDArray[np.float64]
    observed: NDArray[np.float64]
    expected: NDArray[np.float64]
    fit: float
    effect: Effect
    worse_fit: tuple[int, int]
    ridge: float | None


@dataclass(frozen=True, eq=False)
class Areas:
    """The treated area in the first row and placebo areas below, with their donors, over the months that are used.

    Attributes
    ----------
    before
        Which of the months lie before the start. Shape (t,).
    series, noise
        Each unit by its own mean before the start, and the variance of a month. Shape (u, t) and (u,).
    allowed
        Donors of each area. Shape (a, u).
    amounts, level, paths
        What was counted in each area, its mean before the start, and one by the other. Shape (a, t), (a,) and (a, t).
    """

    before: NDArray[np.bool_]
    series: NDArray[np.float64]
    noise: NDArray[np.float64]
    allowed: NDArray[np.bool_]
    amounts: NDArray[np.float64]
    level: NDArray[np.float64]
    paths: NDArray[np.float64]


def fit_synthetic_control(
    panel: Panel,
    counts: NDArray[np.float64],
    placebos: PlaceboAreas,
    *,
    penalty: float = PENALTY,
    augmented: bool = False,
    level: float = LEVEL,
) -> SyntheticControl | None:
    """Fit a synthetic control to the treated area, and to placebo areas for its interval.

    Parameters
    ----------
    panel, placebos
        The panel and its placebo areas.
    counts
        One outcome. Shape (u, t).
    penalty
        Weight of the donors' noise; 0 for the pure form.
    augmented
        Add the ridge correction.
    level
        Probability that the interval holds.

    Returns
    -------
    SyntheticControl or None
        None when the area, or all donors, have nothing before the start.
    """
    areas = lay_out_areas(panel, counts, placebos)
    if areas is None:
        return None
    weights = _mix_all(areas, penalty)
    ridge = _choose_ridge(areas, penalty) if augmented else None
    return finish_control(panel, counts, placebos, areas, _augment_all(areas, weights, ridge), ridge=ridge, level=level)


def fit_forms(
    panel: Panel, counts: NDArray[np.float64], placebos: PlaceboAreas, *, level: float = LEVEL
) -> dict[str, SyntheticControl]:
    """Fit all forms: ``penalised``, ``pure`` and ``augmented``, which corrects the penalised one.

    Parameters
    ----------
    panel, counts, placebos, level
        As for `fit_synthetic_control`.

    Returns
    -------
    dict
        Empty when the area, or all donors, have nothing before the start.
    """
    areas = lay_out_areas(panel, counts, placebos)
    if areas is None:
        return {}
    penalised, pure = _mix_all(areas, PENALTY), _mix_all(areas, 0.0)
    ridge = _choose_ridge(areas, PENALTY)
    corrected = _augment_all(areas, penalised, ridge)
    return {
        "penalised": finish_control(panel, counts, placebos, areas, penalised, ridge=None, level=level),
        "pure": finish_control(panel, counts, placebos, areas, pure, ridge=None, level=level),
        "augmented": finish_control(panel, counts, placebos, areas, corrected, ridge=ridge, level=level),
    }


def lay_out_areas(panel: Panel, counts: NDArray[np.float64], placebos: PlaceboAreas) -> Areas | None:
    """Set the treated area and the placebo areas beside their donors; None when there is nothing before the start."""
    used = panel.before | panel.after
    before = panel.before[used]
    months = counts[:, used]
    series, noise, usable = relate_series(months, before, panel.donors)
    target = panel.treated.astype(float) @ months
    if target[before].sum() == 0 or usable.sum() <= 1:
        return None
    members = placebos.members[:PLACEBOS]
    amounts = np.vstack([target, members @ months])
    level = amounts[:, before].mean(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        paths = amounts / level[:, None]
    allowed = np.vstack([usable, usable & (members + placebos.rings[:PLACEBOS] == 0)])
    return Areas(before, series, noise, allowed, amounts, level, paths)


def _mix_all(areas: Areas, penalty: float) -> NDArray[np.float64]:
    weights = np.zeros(areas.allowed.shape)
    donors = areas.series[:, areas.before]
    for row in np.flatnonzero(areas.level > 0):
        weights[row] = mix_donors(areas.paths[row, areas.before], donors, areas.allowed[row], penalty * areas.noise)
    return weights


def _augment_all(areas: Areas, weights: NDArray[np.float64], ridge: float | None) -> NDArray[np.float64]:
    if ridge is None:
        return weights
    corrected = weights.copy()
    donors = areas.series[:, areas.before]
    for row in np.flatnonzero(areas.level > 0):
        corrected[row] = augment(areas.paths[row, areas.before], donors, areas.allowed[row], weights[row], ridge)
    return corrected


def finish_control(
    panel: Panel,
    counts: NDArray[np.float64],
    placebos: PlaceboAreas,
    areas: Areas,
    weights: NDArray[np.float64],
    *,
    ridge: float | None,
    level: float,
) -> SyntheticControl:
    """Make a synthetic control of weights of every area, shape (a, u), with the placebo areas' interval."""
    before, target = areas.before, areas.amounts[0]
    expected = np.where(areas.level[:, None] > 0, areas.level[:, None] * (weights @ areas.series), np.nan)
    figures, inverse, ratio, fit = _compare(areas.amounts, expected, before)
    if not np.isfinite(figures[0]) or np.isfinite(figures[1:]).sum() < MIN_GROUPS:
        effect = UNKNOWN
    else:
        spread = fit_spread(figures[1:], inverse[1:], disjoint=placebos.disjoint)
        share = 1 / (spread.freedom + 1)
        chance = (figures[1:] - spread.centre) / spread.error(inverse[1:], share=share)
        effect = make_effect(
            float(figures[0]) - spread.centre,
            float(spread.error(inverse[0], share=share)),
            spread.freedom,
            observed=float(target[~before].sum()),
            chance=chance,
            level=level,
        )
    full = np.full(len(panel.months), np.nan)
    full[panel.before | panel.after] = expected[0]
    others = ratio[1:][np.isfinite(ratio[1:])]
    return SyntheticControl(
        weights=weights[0],
        observed=panel.treated.astype(float) @ counts,
        expected=full,
        fit=float(fit[0]),
        effect=effect,
        worse_fit=(int((others >= ratio[0]).sum()), len(others)),
        ridge=ridge,
    )


def relate_series(
    months: NDArray[np.float64], before: NDArray[np.bool_], donors: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Divide each series by its mean before the start; with its noise, and which donors can be used."""
    level = months[:, before].mean(axis=1)
    usable = donors & (level > 0)
    series = np.divide(months, level[:, None], out=np.zeros_like(months), where=usable[:, None])
    # Square changes from month to month are twice the noise, whatever the slow course of the place is.
    with np.errstate(divide="ignore"):
        poisson = np.where(usable, 1 / level, 0.0)
    change = np.diff(series[usable][:, before], axis=1) ** 2 / 2
    dispersion = max(1.0, float(np.median(change.mean(axis=1) / poisson[usable]))) if before.sum() > 1 else 1.0
    return series, dispersion * poisson, usable


def mix_donors(
    path: NDArray[np.float64], donors: NDArray[np.float64], allowed: NDArray[np.bool_], penalty: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Find weights of zero or more that sum to one and bring the donors' mix nearest to a path.

    Parameters
    ----------
    path
        What to follow. Shape (k,).
    donors
        Their paths over the same months. Shape (u, k).
    allowed
        Which of them may be used. Shape (u,).
    penalty
        Cost of the square of each weight. Shape (u,).

    Returns
    -------
    numpy.ndarray
        Exact minimiser of mean square error plus penalty, by non-negative least squares. Shape (u,).
    """
    chosen = np.flatnonzero(allowed)
    if len(chosen) > MOST_DONORS:
        # What each would cost alone: a noisy donor must be the nearer.
        distance = ((donors[chosen] - path) ** 2).mean(axis=1) + penalty[chosen]
        chosen = chosen[np.argsort(distance, kind="stable")[:MOST_DONORS]]
    size = len(path)
    rows = [donors[chosen].T / np.sqrt(size)]
    wanted = [path / np.sqrt(size)]
    if penalty[chosen].any():
        rows.append(np.diag(np.sqrt(penalty[chosen])))
        wanted.append(np.zeros(len(chosen)))
    rows.append(np.full((1, len(chosen)), _SUM_WEIGHT))
    wanted.append(np.array([_SUM_WEIGHT]))
    found, _residual = nnls(np.vstack(rows), np.concatenate(wanted), maxiter=50 * max(len(chosen), 10))
    weights = np.zeros(len(donors))
    weights[chosen] = found / found.sum()
    return weights


def augment(
    path: NDArray[np.float64],
    donors: NDArray[np.float64],
    allowed: NDArray[np.bool_],
    weights: NDArray[np.float64],
    ridge: float,
) -> NDArray[np.float64]:
    """Correct weights by a ridge regression of what imbalance they leave; they may become negative.

    Parameters
    ----------
    path, donors, allowed
        As for `mix_donors`.
    weights
        To correct. Shape (u,).
    ridge
        Penalty, by the mean variance of a month between donors; a large one corrects nothing.
    """
    centred = donors[allowed] - donors[allowed].mean(axis=0)
    gap = path - weights @ donors
    gram = centred.T @ centred
    scale = float(np.trace(gram)) / len(gram)
    if scale == 0:
        return weights
    corrected = weights.copy()
    corrected[allowed] += centred @ np.linalg.solve(gram + ridge * scale * np.eye(len(gram)), gap)
    return corrected


def _choose_ridge(areas: Areas, penalty: float) -> float:
    """Leave out one month of the treated area at a time; take the largest ridge within one error of the best."""
    path, donors, allowed = areas.paths[0, areas.before], areas.series[:, areas.before], areas.allowed[0]
    size = len(path)
    errors = np.empty((len(RIDGES), size))
    for out in range(size):
        rest = np.arange(size) != out
        weights = mix_donors(path[rest], donors[:, rest], allowed, penalty * areas.noise)
        for place, ridge in enumerate(RIDGES):
            corrected = augment(path[rest], donors[:, rest], allowed, weights, ridge)
            errors[place, out] = (path[out] - corrected @ donors[:, out]) ** 2
    mean, error = errors.mean(axis=1), errors.std(axis=1) / np.sqrt(size)
    best = int(np.argmin(mean))
    return max(ridge for place, ridge in enumerate(RIDGES) if mean[place] <= mean[best] + error[best])


def _compare(
    areas: NDArray[np.float64], expected: NDArray[np.float64], before: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Log ratio after the start, inverse counts, error after by error before, and error before by level."""
    counted, foreseen = areas[:, ~before].sum(axis=1), expected[:, ~before].sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        figures = np.where(foreseen > 0, np.log((counted + HALF) / (foreseen + HALF)), np.nan)
        inverse = 1 / (areas[:, before].sum(axis=1) + HALF) + 1 / (counted + HALF)
        gap = (areas - expected) ** 2
        error_before = np.sqrt(gap[:, before].mean(axis=1))
        # A perfect fit of a few months must not make any later error look infinite: noise is left in either.
        floor = np.sqrt(areas[:, before].mean(axis=1))
        ratio = np.sqrt(gap[:, ~before].mean(axis=1)) / np.maximum(error_before, floor)
        fit = error_before / areas[:, before].mean(axis=1)
    return figures, inverse, ratio, fit
