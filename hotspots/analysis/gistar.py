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

from hotspots.analysis.exact_sums import find_exact_tails, mark_members
from hotspots.analysis.local_sums import (
    check_alternative,
    check_permutations,
    check_values,
    draw_local_sums,
    find_normal_p,
    find_permutation_p,
    join_tails,
    standardise_local_sums,
)
from hotspots.analysis.spatial_weights import check_weights, find_largest, include_self, leave_self_out
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
        ``normal``, ``exact`` or ``permutation``.
    permutations, seed
        Of the draws; 0 permutations when none are drawn.
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
        source = {
            "normal": "normal approximation",
            "exact": "exact over all arrangements",
            "permutation": f"{self.permutations:,} conditional permutations",
        }[self.p_source]
        return f"{'Gi*' if self.star else 'Gi'}, p {sides[self.alternative]}, {source}, not corrected for many cells"


def gistar(
    values: NDArray[Any],
    weights: Any,
    *,
    star: bool = True,
    alternative: str = "two-sided",
    exact: bool = False,
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
    exact
        True for the exact chance over all arrangements of the values (`exact_sums`): Gi* with equal weights within
        each row and up to 60 neighbours. The normal approximation, the default because it is what others publish, is
        too bold where counts are few or some cells stand out, and corrected for many cells it is far too bold.
    permutations
        Conditional permutations, in which the cell keeps its value; 0 for none. They give no p below
        1 / (permutations + 1), which a correction for more cells than that may never pass.
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
    if exact and (permutations or not star):
        raise InputError("The exact chance is that of Gi*, without permutations; choose one of the two.")
    table = check_values(values, "Gi*" if star else "Gi")
    if table.ndim not in (1, 2):
        raise InputError("The values have more than two dimensions; give cells, or cells by time steps.")
    near = check_weights(weights, len(table))
    if not star:
        near = leave_self_out(near)
    own = find_largest(near) if star and not near.diagonal().any() else None
    sums = standardise_local_sums(table, near, with_self=star, own=own)
    z = sums.z
    columns = table.reshape(len(table), -1).T
    if exact:
        members = mark_members(near if own is None else include_self(near))
        source, found = "exact", [join_tails(*find_exact_tails(c, members), alternative) for c in columns]
    elif permutations:
        source, found = "permutation", []
        for column in columns:
            counts = draw_local_sums(column, near, permutations=permutations, seed=seed)
            found.append(find_permutation_p(*counts, permutations, alternative))
    else:
        source, found = "normal", [find_normal_p(z, alternative)]
    p = np.column_stack(found).reshape(z.shape)
    p[np.isnan(z)] = np.nan
    return GiResult(z, p, sums.total, sums.expected, star, alternative, source, permutations, seed)
