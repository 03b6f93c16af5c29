"""Getis-Ord Gi and Gi*: whether there is more in and around a cell than chance would put there.

Getis & Ord 1992, *Geographical Analysis* 24(3) 189-206; the standardised form with weights of any kind is that of
Ord & Getis 1995, *Geographical Analysis* 27(4) 286-306, with the variance over n as in Getis & Ord 1996. Gi* counts
the cell itself; Gi leaves it out and holds it against the others.

Where the papers are silent, this is decided: row-standardising binary weights changes no score (the variance is that
of the weights given; a tool that takes every row sum for a number of neighbours gives another score); a cell that has
no neighbours has no Gi, and its Gi* is that of its own value; where all values are equal there is no score.
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
from hotspots.analysis.spatial_weights import check_weights, find_largest, leave_self_out
from hotspots.errors import InputError

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class GiResult:
    """Scores and probabilities of cells.

    Attributes
    ----------
    z
        Standard score: above zero where values are high, below where they are low; NaN where chance leaves no room.
        Shape (n,) or (n, t).
    p
        Probability under `alternative` from `p_source`, each cell for itself: correct it for the number of cells
        before calling any of them hot (`multiple_testing.adjust_p`). NaN where z is. Same shape.
    local_sum, expected
        Weighted sum in and around the cell, and what chance would give; in binary weights, incidents. Same shape.
    star
        True for Gi*, False for Gi.
    alternative
        ``two-sided``, ``greater`` or ``less``.
    p_source
        ``normal`` or ``permutation``.
    permutations, seed
        Of the draws; 0 permutations when the normal distribution is used.
    """

    z: NDArray[np.float64]
    p: NDArray[np.float64]
    local_sum: NDArray[np.float64]
    expected: NDArray[np.float64]
    star: bool
    alternative: str
    p_source: str
    permutations: int
    seed: int

    def describe(self) -> str:
        """Say in a few words which probability this is."""
        sides = {"two-sided": "two-sided", "greater": "one-sided (higher)", "less": "one-sided (lower)"}
        source = "normal approximation"
        if self.p_source == "permutation":
            source = f"{self.permutations:,} conditional permutations"
        return f"{'Gi*' if self.star else 'Gi'}, p {sides[self.alternative]}, {source}, not corrected for many cells"


def gistar(
    values: NDArray[Any],
    weights: Any,
    *,
    star: bool = True,
    alternative: str = "two-sided",
    permutations: int = 0,
    seed: int = 0,
) -> GiResult:
    """Compute Gi* or Gi of each cell.

    Parameters
    ----------
    values
        Counts, harm or rates. Shape (n,), or (n, t) for t time steps, each step for itself.
    weights
        Spatial weights of 0 or more, sparse or dense, binary or not, shape (n, n). For Gi* an empty diagonal is
        filled with the row's largest weight (1 in binary weights), one that holds numbers is taken as it is; for Gi
        the diagonal is left out.
    star
        True for Gi*, False for Gi.
    alternative
        ``two-sided`` (hot or cold), ``greater`` (hot) or ``less`` (cold).
    permutations
        Conditional permutations; 0 for the normal approximation, which small and skewed counts make too bold.
    seed
        Of the permutations.

    Returns
    -------
    GiResult

    Raises
    ------
    InputError
        If a value is missing, the weights do not fit, or an option is unknown. Leave a missing month out: it is
        unknown, not zero.
    """
    check_alternative(alternative)
    check_permutations(permutations)
    table = check_values(values, "Gi*" if star else "Gi")
    if table.ndim not in (1, 2):
        raise InputError("The values have more than two dimensions; give cells, or cells by time steps.")
    near = check_weights(weights, len(table))
    if not star:
        near = leave_self_out(near)
    own = find_largest(near) if star and not near.diagonal().any() else None
    sums = standardise_local_sums(table, near, with_self=star, own=own)
    z = sums.z
    if permutations == 0:
        p = find_normal_p(z, alternative)
    else:
        columns = [
            find_permutation_p(
                *draw_local_sums(column, near, permutations=permutations, seed=seed), permutations, alternative
            )
            for column in table.reshape(len(table), -1).T
        ]
        p = np.where(np.isnan(z), np.nan, np.column_stack(columns).reshape(z.shape))
    source = "permutation" if permutations else "normal"
    return GiResult(z, p, sums.total, sums.expected, star, alternative, source, permutations, seed)
