"""Synthetic control on predictors, for panels with few donors: the form of the published comparative case studies.

Weights of predictors are chosen in a first stretch of time so that donors chosen by them foresee a second one (the
cross-validation of Abadie, Diamond & Hainmueller 2015, *American Journal of Political Science* 59(2) 495-510), and
donors are then weighed by predictors of the second. The search is that of the library pysyncon, which reproduces their
West Germany; it takes seconds with a score of donors, so that panels of many wards use `synthetic_control`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotspots.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_DONORS = 2
MOST_DONORS = 40
"""Beyond so many donors the search takes minutes."""


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
    if not LEAST_DONORS <= columns - 1 <= MOST_DONORS:
        raise InputError(
            f"{columns - 1} donors: a synthetic control on predictors takes {LEAST_DONORS} to {MOST_DONORS}."
        )
    if (np.ptp(training, axis=1) == 0).any() or (np.ptp(predictors, axis=1) == 0).any():
        raise InputError("A predictor is the same for all units, so that it chooses nothing; leave it out.")
    import pandas as pd  # noqa: PLC0415 - only this method needs these libraries
    from pysyncon import Synth  # noqa: PLC0415 - it loads matplotlib

    def parts(table: NDArray[np.float64]) -> tuple[pd.DataFrame, pd.Series]:
        return pd.DataFrame(table[:, 1:]), pd.Series(table[:, 0], name="treated")

    donors, treated = parts(training)
    outcome_donors, outcome = parts(validation)
    search = Synth()
    search.fit(X0=donors, X1=treated, Z0=outcome_donors, Z1=outcome, optim_method="Nelder-Mead", optim_initial="equal")
    donors, treated = parts(predictors)
    chosen = Synth()
    chosen.fit(X0=donors, X1=treated, Z0=outcome_donors, Z1=outcome, custom_V=search.V)
    return PredictorWeights(np.asarray(chosen.W, dtype=float), np.asarray(search.V, dtype=float))
