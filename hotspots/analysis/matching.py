"""Which untouched units were like the treated ones beforehand? Matching, and how balanced it is.

Each treated unit gets its nearest donors without replacement, by distance on standardised features or by propensity
score (Stuart 2010, *Statistical Science* 25(1) 1-21). A score needs some treated units to be estimated at all; with
fewer than ten the distance is used. Matching on the level of crime beforehand invites regression to the mean (Daw &
Hatfield 2018, *Health Services Research* 53(6) 4138-4156), so that the estimate on matched donors always stands beside
the one on all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment

from hotspots.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspots.analysis.panel import Panel

RATIO = 5
"""Donors for each treated unit."""
LEAST = 10
"""Donors that are matched at least, so that their own noise stays small."""
MIN_SCORED = 10
"""Treated units from which a propensity score is estimated."""
UNBALANCED = 0.25
"""Standardised difference beyond which groups are not alike (Stuart 2010)."""
_EQUAL = 1e-12


@dataclass(frozen=True, eq=False)
class Match:
    """Donors that were like the treated units.

    Attributes
    ----------
    donors
        True for those matched. Shape (u,).
    method
        ``distance`` or ``propensity``.
    features
        What was compared.
    before, after
        Standardised difference of each feature between treated units and all donors, and the matched ones. Shape (k,).
    """

    donors: NDArray[np.bool_]
    method: str
    features: tuple[str, ...]
    before: NDArray[np.float64]
    after: NDArray[np.float64]

    @property
    def balanced(self) -> bool:
        """Whether every feature is within a quarter of a standard deviation."""
        return bool((np.abs(self.after) <= UNBALANCED).all())


def describe_units(panel: Panel, counts: NDArray[np.float64]) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Describe each unit by what was known of it before the start.

    Parameters
    ----------
    panel
        The panel, with its covariates.
    counts
        The outcome that is matched for. Shape (u, t).

    Returns
    -------
    names : tuple of str
        The level before the start (logarithm), its change between the halves of that time, and the covariates.
    features : ndarray, shape (u, k)
    """
    months = np.flatnonzero(panel.before)
    early, late = months[: len(months) // 2], months[len(months) // 2 :]
    level = np.log(counts[:, months].mean(axis=1) + 0.5)
    change = np.log((counts[:, late].mean(axis=1) + 0.5) / (counts[:, early].mean(axis=1) + 0.5))
    names: tuple[str, ...] = ("level before", "change before")
    columns = [level, change]
    if panel.covariates is not None:
        names = (*names, *panel.covariate_names)
        columns += list(panel.covariates.T)
    return names, np.column_stack(columns)


def match_donors(
    panel: Panel, names: tuple[str, ...], features: NDArray[np.float64], *, method: str = "", ratio: int = RATIO
) -> Match:
    """Choose donors that were like the treated units.

    Parameters
    ----------
    panel
        Who is treated, and who may be a donor.
    names, features
        What is compared; features have shape (u, k).
    method
        ``distance`` or ``propensity``; by the number of treated units when empty.
    ratio
        Donors for each treated unit.

    Returns
    -------
    Match
        At least ten donors where there are so many.

    Raises
    ------
    InputError
        If the method is unknown, or too few units are treated for a propensity score.
    """
    treated, pool = np.flatnonzero(panel.treated), np.flatnonzero(panel.donors)
    method = method or ("propensity" if len(treated) >= MIN_SCORED else "distance")
    if method not in ("distance", "propensity"):
        raise InputError(f"“{method}” is not a way to match; choose distance or propensity.")
    if method == "propensity" and len(treated) < MIN_SCORED:
        raise InputError(
            f"A propensity score needs {MIN_SCORED} treated units or more, and {len(treated)} are; match by distance."
        )
    spread = features[np.concatenate([treated, pool])].std(axis=0)
    scaled = (features - features[pool].mean(axis=0)) / np.where(spread > _EQUAL, spread, 1.0)
    compared = _score(scaled, treated, pool)[:, None] if method == "propensity" else scaled
    distance = np.sqrt(((compared[treated][:, None, :] - compared[pool][None, :, :]) ** 2).sum(axis=2))
    each = min(max(ratio, -(-LEAST // len(treated))), max(len(pool) // len(treated), 1))
    _row, column = linear_sum_assignment(np.repeat(distance, each, axis=0))
    donors = np.zeros(len(panel.units), dtype=bool)
    donors[pool[column]] = True
    return Match(
        donors,
        method,
        names,
        compare_groups(scaled, panel.treated, panel.donors),
        compare_groups(scaled, panel.treated, donors),
    )


def compare_groups(
    features: NDArray[np.float64], treated: NDArray[np.bool_], donors: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the difference of means, in the standard deviation of each feature over all given units. Shape (k,)."""
    spread = features.std(axis=0)
    difference = features[treated].mean(axis=0) - features[donors].mean(axis=0)
    return np.asarray(np.divide(difference, spread, out=np.zeros(len(spread)), where=spread > _EQUAL))


def _score(scaled: NDArray[np.float64], treated: NDArray[np.int64], pool: NDArray[np.int64]) -> NDArray[np.float64]:
    """Estimate the log odds of being treated, on the scale of their standard deviation."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - an operation in one area needs none

    rows = np.concatenate([treated, pool])
    label = np.concatenate([np.ones(len(treated)), np.zeros(len(pool))])
    model = LogisticRegression(C=1.0, max_iter=1000).fit(scaled[rows], label)
    odds = np.asarray(model.decision_function(scaled), dtype=np.float64)
    return np.asarray(odds / (odds[rows].std() or 1.0))
