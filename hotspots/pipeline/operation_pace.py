"""How an operation stands with its targets: reached, on pace, behind, or missed.

The pace is even: a target of 40 warrants in 20 weeks expects 10 after five. The clock of a target begins with the first
window of its phase, or with the operation when the phase has none; without either there is no pace to speak of.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

from hotspots.activity_kinds import Total
from hotspots.record_dates import name_day

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from hotspots.activity_kinds import KindTable
    from hotspots.pipeline.operation_summary import Metric
    from hotspots.schemas_operations import PhaseWindow


_LARGE = 10
"""Targets from which the pace is said in whole units."""


@dataclass(frozen=True)
class Pace:
    """How one figure stands with its target.

    Attributes
    ----------
    state
        ``reached``, ``on pace``, ``behind``, ``missed`` or ``open`` (no pace can be said).
    share
        Share of the target that is reached, 0 to 1; shares beyond are 1.
    expected
        What an even pace would have reached by today; None where there is none.
    words
        In plain words.
    """

    state: str
    share: float
    expected: Decimal | None
    words: str

    @property
    def well(self) -> bool:
        """True when the target is reached or on pace."""
        return self.state in ("reached", "on pace")


def judge_pace(
    metric: Metric, kinds: KindTable, windows: Sequence[PhaseWindow], started: date | None, today: date
) -> Pace | None:
    """Say how a figure stands with its target; None when it has none.

    Parameters
    ----------
    metric
        A figure in one phase.
    kinds
        The kinds in force; one that does not add up (a confidence score) has no pace.
    windows
        The operation's phase windows.
    started
        The first day of the operation; None when not known.
    today
        The day for which the pace is said.
    """
    if metric.target is None or metric.by is None:
        return None
    share = float(min(metric.quantity / metric.target, Decimal(1))) if metric.target else 1.0
    by = name_day(metric.by)
    if metric.quantity >= metric.target:
        return Pace("reached", 1.0, None, f"reached; was due by {by}")
    if today > metric.by:
        return Pace("missed", share, None, f"not reached by {by}")
    kind = kinds.by_code.get(metric.kind)
    starts = [window.window[0] for window in windows if window.phase is metric.phase and window.start is not None]
    begun = min(starts, default=started)
    if begun is None or begun > today or (kind is not None and kind.total is Total.LATEST):
        return Pace("open", share, None, f"due by {by}")
    expected = metric.target * ((today - begun).days + 1) / max((metric.by - begun).days + 1, 1)
    whole = kind is None or kind.whole or metric.target >= _LARGE
    expected = expected.quantize(Decimal(1), rounding=ROUND_FLOOR) if whole else round(expected, 1)
    if metric.quantity >= expected:
        return Pace("on pace", share, expected, f"on pace for {by}")
    return Pace("behind", share, expected, f"behind: {expected:,f} at an even pace, due by {by}")
