"""What the pictures of an evaluation show: observed against expected by month, and the effect on every outcome."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, isfinite
from typing import TYPE_CHECKING

import numpy as np

from hotspots.errors import InputError
from hotspots.months import name_month
from hotspots.views.pictures import Picture
from hotspots.views.wording import NOT_KNOWN, write_change

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspots.views.phases import PhaseBand


def write_effect(log_ratio: float) -> str:
    """Write a change against what was expected, as the page writes it: ``+12%``, ``−5%``; a dash when unknown."""
    return write_change(exp(min(log_ratio, 50.0))) if isfinite(log_ratio) else NOT_KNOWN


@dataclass(frozen=True, eq=False, kw_only=True)
class ImpactPicture(Picture):
    """One outcome by month: observed, and expected without the operation, with the interval of what was expected.

    Attributes
    ----------
    months
        Months since January 1970, consecutive, ascending; shape (n,).
    observed, expected, low, high
        The figures of each month; NaN where the month is missing; `low` and `high` are known after the start only.
        Shape (n,).
    start
        First month of the operation.
    aside
        Months of which nobody knows whether the operation had begun.
    value_title
        What is counted, and that it is by month.
    level
        Probability that the interval holds.
    sentences
        The verdict, what speaks against a firm word, what it rests on, and what would change our mind.
    phases, events
        As on a trend.
    decimals
        Digits after the point.
    """

    months: NDArray[np.int64]
    observed: NDArray[np.float64]
    expected: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    start: int
    aside: tuple[int, ...] = ()
    value_title: str = "Incidents a month"
    level: float = 0.95
    sentences: tuple[str, ...] = ()
    phases: tuple[PhaseBand, ...] = ()
    events: tuple[tuple[int, str], ...] = ()
    decimals: int = 0

    def __post_init__(self) -> None:
        """Check lengths and order.

        Raises
        ------
        InputError
            If there is no month, lengths differ or months are not consecutive.
        """
        if len(self.months) == 0 or (np.diff(self.months) != 1).any():
            raise InputError("The months of an impact picture must follow each other; give missing months as NaN.")
        if any(len(values) != len(self.months) for values in (self.observed, self.expected, self.low, self.high)):
            raise InputError("The impact picture has figures for another number of months than it names.")

    @property
    def alt(self) -> str:
        """The picture in words, for those who cannot see it."""
        parts = [f"Observed and expected by month. {self.title}.", *self.sentences[:1]]
        parts.append(f"The operation begins in {name_month(self.start)}.")
        return " ".join(parts)


@dataclass(frozen=True)
class ForestRow:
    """The effect on one outcome.

    Attributes
    ----------
    name
        The outcome.
    log_ratio, low, high
        Logarithm of observed by expected, with its interval; NaN when it cannot be told.
    verdict
        A few words.
    apart
        True for what police work finds.
    """

    name: str
    log_ratio: float
    low: float
    high: float
    verdict: str
    apart: bool = False

    @property
    def interval(self) -> str:
        """The interval as written: ``−24% to +32%``."""
        if not (isfinite(self.low) and isfinite(self.high)):
            return NOT_KNOWN
        return f"{write_effect(self.low)} to {write_effect(self.high)}"


@dataclass(frozen=True, eq=False, kw_only=True)
class ForestPicture(Picture):
    """The effect on every outcome with its interval, what police work finds apart.

    Attributes
    ----------
    rows
        Outcomes in the order in which they are read.
    level
        Probability that an interval holds.
    apart_title
        Heading of the outcomes that police work finds.
    """

    rows: tuple[ForestRow, ...]
    level: float = 0.95
    apart_title: str = "Found by police work: more may mean more work"

    @property
    def alt(self) -> str:
        """The picture in words, for those who cannot see it."""
        listed = [
            f"{row.name} {write_effect(row.log_ratio)} ({row.interval}): {row.verdict}"
            + (", found by police work" if row.apart else "")
            for row in self.rows
        ]
        return f"Effect by outcome with {self.level * 100:.0f}% intervals. {self.title}. {'; '.join(listed)}."
