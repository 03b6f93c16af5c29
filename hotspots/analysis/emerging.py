"""Emerging hot spots: whether a hot cell is new, growing, lasting or gone.

The seventeen categories of Esri's Emerging Hot Spot Analysis (eight hot, eight cold, none): Gi* of every cell in every
time step, its significance, and the Mann-Kendall trend of its scores. The published definitions overlap and leave
room; here each cell gets exactly one class, and turning hot into cold turns each class into its mirror image:

1. The last step decides the side. A cell that is hot now has a hot class, one that is cold now a cold class, whatever
   it was before; *historical* is for cells that are neither now. (As published, a cell that was hot for nine tenths of
   the time and is cold for the first time today is both *historical hot* and *new cold*.)
2. A cell that is hot now and in at least nine tenths of the steps is *intensifying*, *diminishing* or *persistent* by
   its trend alone. (As published, *persistent* does not ask for the last step and so overlaps with *historical*.)
3. A cell that is hot now and in fewer steps is *new* if it never was before; else *consecutive* if it never was before
   the run of steps that lasts until now; else *oscillating* if it ever was cold, else *sporadic*. (As published, a
   cell that was cold once and is hot for the first time is both *new* and *oscillating*: the first in the list wins.)

A missing step is not a step: it neither interrupts a run nor lengthens it, counts in no share and enters no trend.
Gi* is computed within each step, against that step's own mean, so that a rise of the whole force makes no cell hot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotspots.analysis.gistar import gistar
from hotspots.analysis.mann_kendall import MannKendall, mann_kendall
from hotspots.analysis.multiple_testing import CORRECTIONS, adjust_p
from hotspots.errors import InputError

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

LEAST_STEPS = 10
"""Known steps below which neither a share of nine tenths nor a trend means anything."""
_MOST_OF_TEN = 9  # "at least 90 per cent of the steps", in whole numbers

_NEW, _CONSECUTIVE, _INTENSIFYING, _PERSISTENT, _DIMINISHING, _SPORADIC, _OSCILLATING, _HISTORICAL = range(1, 9)
_MEANINGS: dict[int, tuple[str, str]] = {
    _NEW: ("New", "{side} in the latest month, and never before."),
    _CONSECUTIVE: ("Consecutive", "{side} without a break for the last months, and never before them."),
    _INTENSIFYING: ("Intensifying", "{side} nine months in ten, the latest included, and getting {more}."),
    _PERSISTENT: ("Persistent", "{side} nine months in ten, the latest included, without a trend."),
    _DIMINISHING: ("Diminishing", "{side} nine months in ten, the latest included, but getting {less}."),
    _SPORADIC: ("Sporadic", "{side} in the latest month, and on and off before; never {other}."),
    _OSCILLATING: ("Oscillating", "{side} in the latest month, on and off before, and {other} at some time."),
    _HISTORICAL: ("Historical", "{side} nine months in ten, but no longer in the latest."),
}


@dataclass(frozen=True)
class EmergingClass:
    """One of the seventeen categories.

    Attributes
    ----------
    code
        1 to 8 for hot, -1 to -8 for the cold mirror image, 0 for none.
    name
        Such as ``New hot spot``.
    meaning
        One sentence for the help text.
    """

    code: int
    name: str
    meaning: str


def _list_classes() -> tuple[EmergingClass, ...]:
    hot = {"side": "Hot", "other": "cold", "more": "hotter", "less": "less hot"}
    cold = {"side": "Cold", "other": "hot", "more": "colder", "less": "less cold"}
    return (
        *(EmergingClass(c, f"{name} hot spot", text.format(**hot)) for c, (name, text) in _MEANINGS.items()),
        *(EmergingClass(-c, f"{name} cold spot", text.format(**cold)) for c, (name, text) in _MEANINGS.items()),
        EmergingClass(0, "No pattern", "None of the hot or cold classes."),
    )


EMERGING_CLASSES: tuple[EmergingClass, ...] = _list_classes()
"""All seventeen: hot, cold, none."""


@dataclass(frozen=True, eq=False)
class Emerging:
    """Classes of cells and what they rest on.

    Attributes
    ----------
    code
        Code of an `EmergingClass`. Shape (n,).
    state
        1 hot, -1 cold, 0 neither in each known step. Shape (n, k).
    z
        Gi* score in each known step; 0 in a step in which all cells are equal. Shape (n, k).
    trend
        Mann-Kendall test of each cell's scores; its slope is not computed.
    known
        Positions of the known steps among all that were given. Shape (k,).
    missing
        Positions of the steps that were left out because they are missing.
    alpha, trend_alpha, correction
        Levels for hot and cold and for the trend, and the correction over all cells of a step.
    exact
        Whether the p of a step is exact or the normal approximation.
    """

    code: NDArray[np.int8]
    state: NDArray[np.int8]
    z: NDArray[np.float64]
    trend: MannKendall
    known: NDArray[np.int64]
    missing: NDArray[np.int64]
    alpha: float
    trend_alpha: float
    correction: str
    exact: bool

    def describe(self) -> str:
        """Say in one sentence what hot, cold and trend mean here."""
        return (
            f"Hot or cold: Gi* within each of {len(self.known)} steps, {'exact' if self.exact else 'normal'} "
            f"two-sided p up to {self.alpha:g}, "
            f"{CORRECTIONS[self.correction]}; trend: Mann-Kendall of the scores, two-sided p up to "
            f"{self.trend_alpha:g}; {len(self.missing)} missing step{'' if len(self.missing) == 1 else 's'} left out."
        )


def find_emerging(
    counts: NDArray[Any],
    weights: Any,
    *,
    times: NDArray[Any] | None = None,
    alpha: float = 0.05,
    trend_alpha: float = 0.05,
    correction: str = "bh",
    exact: bool = False,
) -> Emerging:
    """Classify every cell by how hot it was over time.

    Parameters
    ----------
    counts
        Counts or harm by cell and time step, the steps ascending; a step that is missing is NaN for all cells, or
        absent from `times`. Shape (n, t).
    weights
        Spatial weights, shape (n, n), as for `gistar.gistar`.
    times
        When each step was, such as months since January 1970, ascending; 0, 1, 2, … by default. Steps skipped in it
        are reported by whoever knows the coverage. Shape (t,).
    alpha
        Level at which a cell is hot or cold in a step, after correction.
    trend_alpha
        Level of the trend.
    correction
        Over all cells of a step: ``bh``, ``by``, ``bonferroni`` or ``none``.
    exact
        True for the exact chance over all arrangements, see `gistar.gistar`; by default the normal approximation of
        the published method, which calls cells hot too easily where a month's counts are small or very unequal.

    Returns
    -------
    Emerging

    Raises
    ------
    InputError
        If fewer than ten steps are known, a step is known for some cells only, or a level is not between 0 and 1.
    """
    for name, level in (("alpha", alpha), ("trend-alpha", trend_alpha)):
        if not 0 < level < 1:
            raise InputError(f"{name} is {level:g}; give a level between 0 and 1, such as 0.05.")
    table = np.asarray(counts, dtype=np.float64)
    if table.ndim != 2:  # noqa: PLR2004 - cells by steps
        raise InputError("Emerging hot spots need counts by cell and time step.")
    absent = np.isnan(table)
    is_missing = absent.all(axis=0)
    known = np.flatnonzero(~is_missing)
    if absent[:, known].any():
        step = int(known[absent[:, known].any(axis=0)][0])
        raise InputError(f"Step {step} has counts for some cells only; a step is known for all cells or missing.")
    if len(known) < LEAST_STEPS:
        raise InputError(
            f"Emerging hot spots need at least {LEAST_STEPS} covered months and there are {len(known)}; "
            "choose a longer period."
        )
    result = gistar(table[:, known], weights, exact=exact)
    state = np.where(adjust_p(result.p, method=correction) <= alpha, np.sign(result.z), 0).astype(np.int8)
    z = np.nan_to_num(result.z, nan=0.0)
    when = known if times is None else np.asarray(times)[known]
    trend = mann_kendall(z, times=when, with_slope=False)
    direction = np.where(trend.p <= trend_alpha, np.sign(trend.s), 0).astype(np.int8)
    code = classify_emerging(state, direction)
    return Emerging(code, state, z, trend, known, np.flatnonzero(is_missing), alpha, trend_alpha, correction, exact)


def classify_emerging(state: NDArray[np.int8], trend: NDArray[np.int8]) -> NDArray[np.int8]:
    """Give each cell its class.

    Parameters
    ----------
    state
        1 hot, -1 cold, 0 neither in each known step, the last one latest. Shape (n, k), k of 1 or more.
    trend
        1 for a significant rise of the scores, -1 for a fall, 0 for neither. Shape (n,).

    Returns
    -------
    ndarray of int8, shape (n,)
        Codes of `EMERGING_CLASSES`; those of minus `state` and minus `trend` are minus these.
    """
    return _classify_hot(state, trend) - _classify_hot(-state, -trend)


def _classify_hot(state: NDArray[np.int8], trend: NDArray[np.int8]) -> NDArray[np.int8]:
    """Give the hot classes; 0 for all other cells."""
    steps = state.shape[1]
    hot, cold = state == 1, state == -1
    hot_steps = hot.sum(axis=1)
    run = np.logical_and.accumulate(hot[:, ::-1], axis=1).sum(axis=1)
    now, mostly = hot[:, -1], 10 * hot_steps >= _MOST_OF_TEN * steps
    code = np.select(
        [
            now & mostly & (trend > 0),
            now & mostly & (trend < 0),
            now & mostly,
            now & (hot_steps == 1),
            now & (hot_steps == run),
            now & cold.any(axis=1),
            now,
            mostly & ~cold[:, -1],
        ],
        [_INTENSIFYING, _DIMINISHING, _PERSISTENT, _NEW, _CONSECUTIVE, _OSCILLATING, _SPORADIC, _HISTORICAL],
        default=0,
    )
    return code.astype(np.int8)
