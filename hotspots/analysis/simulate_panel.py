"""Panels that behave like a force's, with effects and spillovers planted: what the estimators are calibrated on.

A count has the level of its ward and the calendar of its force, times a place's own course, which wanders (persistent
from month to month, in part shared with the wards that touch), and is drawn overdispersed. How far places wander, how
persistent they are, how much they share and how overdispersed counts are is read off a real panel through the variance
of changes over one to many months, which the unknown level of a ward does not disturb (the variogram).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import nnls
from scipy.stats import trim_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

MIN_MEAN = 3.0
"""Wards with fewer incidents a month say too little about their own course."""
MOST_LAG = 24
LATE = 6
"""From this lag on a change tells how far a ward's own course wanders."""
TRIM = 0.1
KEPT = 0.5
"""Share of a ward's own figure in how far it wanders; the rest is the mean of all."""
MOST_SHARED = 0.9
PERSISTENCES = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98)


@dataclass(frozen=True, eq=False)
class ForceProcess:
    """What a force's panel is drawn from.

    Attributes
    ----------
    level
        Mean of each ward a month. Shape (u,).
    calendar
        Factor of each calendar month, January first, mean one. Shape (12,).
    shock
        Standard deviation of the force's own months around the calendar, on the log scale.
    wander
        Standard deviation of each ward's own course, on the log scale. Shape (u,).
    persistence
        Correlation of that course from month to month.
    shared
        Share of its variance that wards share with those that touch them.
    dispersion
        Variance by mean of a count around its ward's course.
    """

    level: NDArray[np.float64]
    calendar: NDArray[np.float64]
    shock: float
    wander: NDArray[np.float64]
    persistence: float
    shared: float
    dispersion: float


def fit_process(counts: NDArray[np.float64], months: NDArray[np.int64], touching: sparse.csr_array) -> ForceProcess:
    """Read the process off a real panel.

    Parameters
    ----------
    counts
        Incidents by ward and covered month. Shape (u, t).
    months
        Months since January 1970. Shape (t,).
    touching
        1 for wards that touch. Shape (u, u).
    """
    total = counts.sum(axis=0)
    level = counts.sum(axis=1) / counts.shape[1]
    lags = np.arange(1, min(MOST_LAG, int(months[-1] - months[0])) + 1)
    residual, noise, busy = _standardise(counts, total, level)
    surprise, inverse, across = _measure_changes(residual, noise, months, lags, touching[busy][:, busy])
    known = np.isfinite(surprise).all(axis=0)
    lags, surprise, inverse, across = lags[known], surprise[:, known], inverse[:, known], across[known]
    # Wards that went quite another way (a centre after the lockdowns) must not tell the common dispersion.
    typical = trim_mean(surprise / inverse, TRIM, axis=0)
    room = trim_mean(1 / inverse, TRIM, axis=0)
    best = (np.inf, 0.0, 1.0)
    for persistence in PERSISTENCES:
        part, misfit = nnls(np.column_stack([np.ones(len(lags)), room * (1 - persistence**lags)]), typical)
        if misfit < best[0]:
            best = (float(misfit), persistence, max(float(part[0]), 1.0))
    _misfit, persistence, dispersion = best
    late = lags >= LATE
    own = ((surprise - dispersion * inverse) / (1 - persistence**lags))[:, late].mean(axis=1)
    centre = max(float(own.mean()), 0.0)
    variance = np.full(len(level), centre)
    variance[busy] = np.maximum(KEPT * own + (1 - KEPT) * centre, 0.0)
    between = float((across / (1 - persistence**lags))[late].mean())
    shared = float(np.clip(between / _touching_share(touching) / centre, 0, MOST_SHARED)) if centre > 0 else 0.0
    force = np.log(total / total.mean())
    calendar = np.zeros(12)
    for month in range(12):
        same = months % 12 == month
        calendar[month] = force[same].mean() if same.any() else 0.0
    return ForceProcess(
        level=level,
        calendar=np.exp(calendar - calendar.mean()),
        shock=float(np.std(force - calendar[months % 12])),
        wander=np.sqrt(variance),
        persistence=persistence,
        shared=shared,
        dispersion=dispersion,
    )


def _standardise(
    counts: NDArray[np.float64], total: NDArray[np.float64], level: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Divide counts by what level and calendar explain; with the inverse of that, and which wards say enough."""
    busy = level >= min(MIN_MEAN, float(np.quantile(level, 0.75)))
    expected = level[busy, None] * (total / total.mean())[None, :]
    return counts[busy] / expected - 1, 1 / expected, busy


def _measure_changes(
    residual: NDArray[np.float64],
    noise: NDArray[np.float64],
    months: NDArray[np.int64],
    lags: NDArray[np.int64],
    touching: sparse.csr_array,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Measure half the mean square change over each lag: by ward, what Poisson noise gives, and between neighbours."""
    distance = months[None, :] - months[:, None]
    near = touching.tocoo()
    surprise, inverse = np.full((2, len(residual), len(lags)), np.nan)
    across = np.full(len(lags), np.nan)
    for place, lag in enumerate(lags):
        first, second = np.nonzero(distance == lag)
        if not len(first):
            continue
        change = residual[:, second] - residual[:, first]
        surprise[:, place] = (change**2).mean(axis=1) / 2
        inverse[:, place] = (noise[:, second] + noise[:, first]).mean(axis=1) / 2
        across[place] = float((change[near.row] * change[near.col]).mean() / 2) if len(near.row) else 0.0
    return surprise, inverse, across


def _smooth(touching: sparse.csr_array) -> NDArray[np.float64]:
    """Return the matrix that turns independent noise into noise that touching wards share, of unit variance."""
    own = touching.toarray() + np.eye(touching.shape[0])
    return np.asarray(own / np.sqrt(own.sum(axis=1, keepdims=True)))


def _touching_share(touching: sparse.csr_array) -> float:
    """Mean correlation of smoothed noise between wards that touch."""
    smooth = _smooth(touching)
    near = touching.tocoo()
    return float((smooth[near.row] * smooth[near.col]).sum(axis=1).mean()) if len(near.row) else 1.0


def draw_panel(
    process: ForceProcess,
    months: NDArray[np.int64],
    touching: sparse.csr_array,
    *,
    seed: int | np.random.Generator,
    factor: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Draw the counts of a panel.

    Parameters
    ----------
    process
        What to draw from.
    months
        Months since January 1970, ascending. Shape (t,).
    touching
        1 for wards that touch. Shape (u, u).
    seed
        A number, or a generator.
    factor
        Planted effects: what the mean of each ward and month is multiplied by. Shape (u, t).

    Returns
    -------
    numpy.ndarray
        Counts. Shape (u, t).
    """
    rng = np.random.default_rng(seed)
    u, span = len(process.level), int(months[-1] - months[0]) + 1
    course = draw_course(process, span, touching, rng)[:, months - months[0]]
    shock = rng.normal(0, process.shock, len(months))
    mean = process.level[:, None] * process.calendar[months % 12] * np.exp(course + shock)
    if factor is not None:
        mean = mean * factor
    if process.dispersion <= 1 + 1e-9:
        return rng.poisson(mean).astype(float)
    shape = np.maximum(mean, 1e-12) / (process.dispersion - 1)
    return rng.poisson(rng.gamma(shape, process.dispersion - 1)).astype(float).reshape(u, -1)


def draw_course(
    process: ForceProcess, span: int, touching: sparse.csr_array, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw the wandering of each ward around its level, on the log scale. Shape (u, span)."""
    u = touching.shape[0]
    smooth = _smooth(touching)

    def step() -> NDArray[np.float64]:
        own, common = rng.normal(size=(2, u))
        return np.asarray(np.sqrt(1 - process.shared) * own + np.sqrt(process.shared) * (smooth @ common))

    course = np.empty((u, span))
    course[:, 0] = step()
    fresh = np.sqrt(1 - process.persistence**2)
    for month in range(1, span):
        course[:, month] = process.persistence * course[:, month - 1] + fresh * step()
    return np.asarray(process.wander[:, None] * course)
