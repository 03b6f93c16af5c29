"""What a picture of many areas shows: the months of each, all on one scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotspots.errors import InputError
from hotspots.views.pictures import Picture
from hotspots.views.wording import write_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_PANELS = 40
_FEW, _APART = 4, 1.6
"""From how many areas on, and from which ratio to the others on, the highest may go beyond the scale."""


_YEAR = 12


def shift_year(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give each month what the same month had a year before, NaN where that lies before the first. Shape (n,)."""
    return np.concatenate([np.full(min(_YEAR, len(values)), np.nan), values[:-_YEAR]])


@dataclass(frozen=True, eq=False)
class MonthsPanel:
    """The months of one area.

    Attributes
    ----------
    name
        The area, with its authority where the name alone is not enough.
    values
        The figure of each month; NaN where the month is missing. Shape (n,).
    change
        How it changed in a year, with its interval: ``+14% (+9% to +19%)``.
    verdict
        ``rising``, ``falling`` or another few words.
    before
        What each month had a year before, see `shift_year`; None where that is not shown. Shape (n,).
    """

    name: str
    values: NDArray[np.float64]
    change: str = ""
    verdict: str = ""
    before: NDArray[np.float64] | None = None

    @property
    def highest(self) -> float:
        """Its largest figure; 0 where none is known."""
        shown = self.values if self.before is None else np.concatenate([self.values, self.before])
        known = shown[np.isfinite(shown)]
        return float(known.max()) if known.size else 0.0


@dataclass(frozen=True, eq=False, kw_only=True)
class MultiplesPicture(Picture):
    """The months of up to forty areas, each in a chart of its own, on one scale or each on its own.

    Attributes
    ----------
    months
        Months since January 1970, consecutive, ascending; shape (n,).
    panels
        Areas in the order in which they are read.
    value_title
        What is counted.
    events
        Breaks in the data.
    gap_name
        What a month without a figure is called; in a public picture it may be withheld.
    own_scales
        Whether each area has a scale of its own, as on the page of trends.
    """

    months: NDArray[np.int64]
    panels: tuple[MonthsPanel, ...]
    value_title: str = "Incidents a month, all on one scale"
    events: tuple[tuple[int, str], ...] = ()
    gap_name: str = "No data: unknown, not zero"
    own_scales: bool = False

    def __post_init__(self) -> None:
        """Check lengths and order.

        Raises
        ------
        InputError
            If there is no month or no area, or more areas than a sheet holds, or lengths differ.
        """
        if len(self.months) == 0 or (np.diff(self.months) != 1).any():
            raise InputError("The months of small multiples must follow each other; give missing months as NaN.")
        if not 1 <= len(self.panels) <= MOST_PANELS:
            raise InputError(f"A picture of several areas shows 1 to {MOST_PANELS}, not {len(self.panels):,}.")
        if any(len(panel.values) != len(self.months) for panel in self.panels):
            raise InputError("An area has figures for another number of months than the picture names.")

    @property
    def highest(self) -> float:
        """The figure at the top of the one scale; 1 where nothing was counted.

        An area in ten may go beyond it where it would press all others flat; that is written on it.
        """
        most = sorted((panel.highest for panel in self.panels), reverse=True)
        usual = most[max(len(most) // 10, 1)] if len(most) >= _FEW else most[0]
        top = usual if usual > 0 and most[0] > _APART * usual else most[0]
        return top if top > 0 else 1.0

    def top_of(self, panel: MonthsPanel) -> float:
        """Return the figure at the top of the scale of an area."""
        return (panel.highest or 1.0) if self.own_scales else self.highest

    @property
    def alt(self) -> str:
        """The picture in words, for those who cannot see it."""
        listed = "; ".join(
            ", ".join(part for part in (panel.name, panel.verdict, panel.change) if part) for panel in self.panels
        )
        scale = "each on its own scale" if self.own_scales else "on one scale"
        return f"Months of {write_count(len(self.panels), 'area')} {scale}. {self.title}. {listed}."
