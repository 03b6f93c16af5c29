"""Synthetic control on predictors, for panels with few donors: the form of the published comparative case studies.

Weights of predictors are chosen in a first stretch of time so that donors chosen by them foresee a second one (the
cross-validation of Abadie, Diamond & Hainmueller 2015, *American Journal of Political Science* 59(2) 495-510), and
donors are then weighed by predictors of the second. The search is that of the library pysyncon, which reproduces their
West Germany, with donors weighed by non-negative least squares inside it; panels of many wards use `synthetic_control`.

`fit_by_predictors` is the same for a panel of counts with covariates: the covariates and the mean of each stretch are
the predictors, every series is divided by its own mean before the start, as in `synthetic_control`, and the interval is
that of placebo areas whose donors are chosen with the weights of predictors found for the treated area.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotspots.analysis.placebo_areas import LEVEL
from hotspots.analysis.synthetic_control import SyntheticControl, finish_control, lay_out_areas, mix_donors
from hotspots.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspots.analysis.panel import Panel
    from hotspots.analysis.placebo_areas import PlaceboAreas

LEAST_DONORS = 2
LEAST_MONTHS = 4
"""Covered months before the start, for two stretches."""
MOST_DONORS = 40
"""Beyond so many donors a few predictors choose nothing: many mixes are alike."""


@dataclass(frozen=True, eq=False)
class PredictorWeights:
    """A synthetic control chosen by predictors.

    Attributes
    ----------
    donors
        Weight of each donor; zero or more, with sum one. Shape (d,).
    predictors
        Weight of each predictor; with sum one. Shape (k,).
    """

    donors: NDArray[np.float64]
    predictors: NDArray[np.float64]


def weigh_by_predictors(
    training: NDArray[np.float64],
    validation: NDArray[np.float64],
    predictors: NDArray[np.float64],
) -> PredictorWeights:
    """Weigh donors by what is known of them, and what is known by how well it foresees.

    Parameters
    ----------
    training
        Predictors of the first stretch: one row each, the treated unit in the first column, then donors. Shape
        (k, 1 + d).
    validation
        The outcome over the second stretch, in the same columns. Shape (t, 1 + d).
    predictors
        Predictors of the second stretch, in the same rows and columns. Shape (k, 1 + d).

    Returns
    -------
    PredictorWeights

    Raises
    ------
    InputError
        If a value is missing, the shapes differ, a predictor is the same everywhere, or there are fewer than two or
        more than forty donors.
    """
    k, columns = training.shape
    if predictors.shape != (k, columns) or validation.shape[1] != columns:
        raise InputError("The predictors and the outcome do not have one column for each unit; give the same units.")
    if not all(np.isfinite(part).all() for part in (training, validation, predictors)):
        raise InputError("A predictor or outcome is missing for a unit; fill it in, or leave out the unit by name.")
    _check_donors(columns - 1)
    if (np.ptp(training, axis=1) == 0).any() or (np.ptp(predictors, axis=1) == 0).any():
        raise InputError("A predictor is the same for all units, so that it chooses nothing; leave it out.")
    import pandas as pd  # noqa: PLC0415 - only this method needs these libraries
    from pysyncon import Synth  # noqa: PLC0415 - it loads matplotlib

    class Search(Synth):  # type: ignore[misc]  # the library carries no types
        """The library's search for weights of predictors, with donors weighed exactly: a hundred times as fast."""

        @staticmethod
        def w_optimize(
            V_mat: NDArray[np.float64],  # noqa: N803 - the library's own names
            X0: NDArray[np.float64],  # noqa: N803 - the names of the library that is overridden
            X1: NDArray[np.float64],  # noqa: N803 - the names of the library that is overridden
            **_options: object,
        ) -> tuple[NDArray[np.float64], float]:
            scale = np.sqrt(np.diag(V_mat))
            weights = mix_donors(X1 * scale, X0.T * scale, np.ones(X0.shape[1], dtype=bool), np.zeros(X0.shape[1]))
            gap = X1 - X0 @ weights
            return weights, float(gap @ V_mat @ gap)

    def parts(table: NDArray[np.float64]) -> tuple[pd.DataFrame, pd.Series]:
        return pd.DataFrame(table[:, 1:]), pd.Series(table[:, 0], name="treated")

    donors, treated = parts(training)
    outcome_donors, outcome = parts(validation)
    search = Search()
    search.fit(X0=donors, X1=treated, Z0=outcome_donors, Z1=outcome, optim_method="Nelder-Mead", optim_initial="equal")
    donors, treated = parts(predictors)
    chosen = Search()
    chosen.fit(X0=donors, X1=treated, Z0=outcome_donors, Z1=outcome, custom_V=search.V)
    return PredictorWeights(np.asarray(chosen.W, dtype=float), np.asarray(search.V, dtype=float))


def _check_donors(donors: int) -> None:
    if not LEAST_DONORS <= donors <= MOST_DONORS:
        raise InputError(f"{donors} donors: a synthetic control on predictors takes {LEAST_DONORS} to {MOST_DONORS}.")


def fit_by_predictors(
    panel: Panel, counts: NDArray[np.float64], placebos: PlaceboAreas, *, level: float = LEVEL
) -> SyntheticControl | None:
    """Fit a synthetic control whose donors are chosen by the panel's covariates and levels before the start.

    Parameters
    ----------
    panel, placebos
        The panel, with covariates, and its placebo areas.
    counts
        One outcome. Shape (u, t).
    level
        Probability that the interval holds.

    Returns
    -------
    SyntheticControl or None
        None when the area, or all donors, have nothing before the start.

    Raises
    ------
    InputError
        If there are no covariates, fewer than four months before the start, a predictor is the same everywhere, or
        there are fewer than two or more than forty donors.
    """
    if panel.covariates is None:
        raise InputError("A synthetic control on predictors needs covariates; name their columns.")
    _check_donors(int(panel.donors.sum()))
    areas = lay_out_areas(panel, counts, placebos)
    if areas is None:
        return None
    months = np.flatnonzero(areas.before)
    if len(months) < LEAST_MONTHS:
        raise InputError(
            f"A synthetic control on predictors needs {LEAST_MONTHS} covered months before the start, and there are "
            f"{len(months)}; load earlier months."
        )
    first, second = months[: len(months) // 2], months[len(months) // 2 :]
    members = np.vstack([panel.treated.astype(float), placebos.members[: len(areas.level) - 1]])
    known = members @ panel.covariates / members.sum(axis=1, keepdims=True)
    donors = np.flatnonzero(areas.allowed[0])

    covariates = panel.covariates

    def predictors(stretch: NDArray[np.int64]) -> NDArray[np.float64]:
        own = np.append(known[0], areas.paths[0, stretch].mean())
        others = np.column_stack([covariates[donors], areas.series[donors][:, stretch].mean(axis=1)])
        return np.column_stack([own, others.T])

    outcome = np.column_stack([areas.paths[0, second], areas.series[donors][:, second].T])
    chosen = weigh_by_predictors(predictors(first), outcome, predictors(second))
    table = np.column_stack([panel.covariates, areas.series[:, second].mean(axis=1)])
    spread = table[donors].std(axis=0)
    scale = np.sqrt(chosen.predictors) / np.where(spread > 0, spread, 1.0)
    weights = np.zeros(areas.allowed.shape)
    nothing = np.zeros(len(table))
    for row in np.flatnonzero(areas.level > 0).tolist():
        path = np.append(known[row], areas.paths[row, second].mean())
        weights[row] = mix_donors(path * scale, table * scale, areas.allowed[row], nothing)
    return finish_control(panel, counts, placebos, areas, weights, ridge=None, level=level)
