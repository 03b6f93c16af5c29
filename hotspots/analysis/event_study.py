"""Event study: the change of an area over the months around the start, and whether it drifted before.

Each step is a difference-in-differences of its own against all months before the start (a step before it, against the
other months before it). A test of drift before the start is only as good as its power (Roth 2022, *American Economic
Review: Insights* 4(3) 305-322), so the drift that it would have seen four times in five stands beside it, and so does
what the drift that was seen would make of the effect if it had simply gone on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotspots.analysis.difference_in_differences import estimate_effect

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspots.analysis.difference_in_differences import Effect
    from hotspots.analysis.panel import Panel
    from hotspots.analysis.placebo_areas import PlaceboAreas

STEP = 3
"""Covered months that are taken together."""
MIN_DRIFT = 6
"""Covered months before the start from which a drift can be looked for."""


@dataclass(frozen=True)
class Step:
    """The change in one stretch of months.

    Attributes
    ----------
    first, last
        First and last covered month of it.
    after
        True from the start on.
    effect
        Against the months before the start.
    """

    first: int
    last: int
    after: bool
    effect: Effect


@dataclass(frozen=True)
class Drift:
    """How the area moved against its donors before anything was done: a placebo in time.

    Attributes
    ----------
    effect
        Second half of the months before the start against the first.
    carried
        Logarithm of the change that the same drift a month, gone on, would have made of the effect by itself.
    """

    effect: Effect
    carried: float

    @property
    def seen(self) -> bool:
        """Whether the drift is more than chance explains."""
        return self.effect.known and (self.effect.low > 0 or self.effect.high < 0)


def trace_steps(
    panel: Panel, counts: NDArray[np.float64], placebos: PlaceboAreas, *, step: int = STEP
) -> tuple[Step, ...]:
    """Estimate the change in each stretch of covered months, counted from the start in both directions.

    Parameters
    ----------
    panel, placebos
        The panel and its placebo areas.
    counts
        One outcome. Shape (u, t).
    step
        Covered months in a stretch; the outermost may be shorter.

    Returns
    -------
    tuple of Step
        In the order of time. There is none before the start when it would leave no other month to compare with.
    """
    before, after = np.flatnonzero(panel.before), np.flatnonzero(panel.after)
    late_first = [before[max(0, end - step) : end] for end in range(len(before), 0, -step)]
    stretches = [(part, False) for part in reversed(late_first) if len(part) < len(before)]
    stretches += [(after[begin : begin + step], True) for begin in range(0, len(after), step)]
    steps = []
    for part, is_after in stretches:
        inside = np.zeros(len(panel.months), dtype=bool)
        inside[part] = True
        effect = estimate_effect(panel, counts, placebos, before=panel.before & ~inside, after=inside)
        steps.append(Step(int(panel.months[part[0]]), int(panel.months[part[-1]]), is_after, effect))
    return tuple(steps)


def look_for_drift(panel: Panel, counts: NDArray[np.float64], placebos: PlaceboAreas) -> Drift | None:
    """Pretend that the operation began halfway through the months before it did.

    Parameters
    ----------
    panel, placebos
        The panel and its placebo areas.
    counts
        One outcome. Shape (u, t).

    Returns
    -------
    Drift or None
        None with fewer than six covered months before the start.
    """
    months = np.flatnonzero(panel.before)
    if len(months) < MIN_DRIFT:
        return None
    first, second = np.zeros((2, len(panel.months)), dtype=bool)
    first[months[: len(months) // 2]] = True
    second[months[len(months) // 2 :]] = True
    effect = estimate_effect(panel, counts, placebos, before=first, after=second)

    def centre(mask: NDArray[np.bool_]) -> float:
        return float(panel.months[mask].mean())

    a_month = effect.log_ratio / (centre(second) - centre(first))
    return Drift(effect, a_month * (centre(panel.after) - centre(panel.before)))
