"""Many cells are many tests: p-values corrected over all of them.

At 5 per cent, 14,000 cells without any pattern yield 700 "hot spots". Bonferroni bounds the chance of a single false
one; Benjamini & Hochberg 1995 (*JRSS B* 57(1) 289-300) bound the expected share of false ones among those reported,
for independent or positively dependent tests, which those of neighbouring cells are; Benjamini & Yekutieli 2001
(*Annals of Statistics* 29(4) 1165-1188) do so under any dependence. For local spatial statistics see Caldas de Castro
& Singer 2006 (*Geographical Analysis* 38(2) 180-208). The number of tests is always the number of cells tested, never
the number of a cell's neighbours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hotspots.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    from numpy.typing import NDArray

CORRECTIONS: dict[str, str] = {
    "none": "each cell for itself",
    "bh": "false discovery rate (Benjamini-Hochberg) over all cells",
    "by": "false discovery rate under any dependence (Benjamini-Yekutieli) over all cells",
    "bonferroni": "Bonferroni over all cells",
}
"""Codes of the corrections and how a sentence names them."""


def adjust_p(p: NDArray[np.float64], *, method: str = "bh") -> NDArray[np.float64]:
    """Correct p-values for the number of tests.

    Parameters
    ----------
    p
        Probabilities; NaN where there was no test, which then is not counted. Shape (n,), or (n, t): each column is
        a family of its own.
    method
        ``bh``, ``by``, ``bonferroni`` or ``none``.

    Returns
    -------
    numpy.ndarray
        Adjusted p-values, none below its own p and none above 1; NaN stays NaN. Compare them with the level wanted.

    Raises
    ------
    InputError
        If a p-value is not between 0 and 1 or the method is unknown.
    """
    if method not in CORRECTIONS:
        raise UnknownNameError("correction", str(method), CORRECTIONS)
    given = np.asarray(p, dtype=np.float64)
    if (given < 0).any() or (given > 1).any():
        raise InputError("A p-value is below 0 or above 1; give probabilities.")
    if method == "none":
        return given.copy()
    table = given.reshape(len(given), -1)
    tests = (~np.isnan(table)).sum(axis=0)
    if method == "bonferroni":
        return np.asarray(np.minimum(table * tests, 1.0).reshape(given.shape))
    order = np.argsort(table, axis=0, kind="stable")  # NaN comes last
    ranked = np.take_along_axis(table, order, axis=0)
    rank = np.arange(1, len(table) + 1)[:, None]
    penalty = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, len(table) + 1))])[tests] if method == "by" else 1.0
    scaled = np.where(np.isnan(ranked), np.inf, ranked * (tests * penalty) / rank)
    # An adjusted value may not exceed that of a larger p: running minimum from the largest down.
    running = np.minimum(np.minimum.accumulate(scaled[::-1], axis=0)[::-1], 1.0)
    running = np.fmax(running, ranked)  # rounding may have put it a hair below its own p
    adjusted = np.empty_like(running)
    np.put_along_axis(adjusted, order, np.where(np.isnan(ranked), np.nan, running), axis=0)
    return np.asarray(adjusted.reshape(given.shape))
