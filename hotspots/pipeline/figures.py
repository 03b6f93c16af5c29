"""Key figures and monthly series, each with its change and interval in plain words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspots.analysis.rates import estimate_dispersion
from hotspots.analysis.trend import change_ratio
from hotspots.months import name_month
from hotspots.pipeline.selection import choose
from hotspots.views.wording import write_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspots.pipeline.selection import Chosen
    from hotspots.pipeline.world import World

LOOK_BACK = 24
"""Months that are shown before a single one: alone it would be a dot that says nothing of more or less."""


@dataclass(frozen=True)
class Change:
    """How a count stands to an earlier one.

    Attributes
    ----------
    against
        What it is compared with, such as ``January 2023``.
    before
        The earlier count; None when its month is missing.
    ratio, low, high
        Ratio with its 90 % interval; NaN when it cannot be told.
    """

    against: str
    before: int | None
    ratio: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out no change, as it is written: an end that rounds to 0% touches it."""
        ends = (_signed(self.low), _signed(self.high))
        return bool(not self.low <= 1 <= self.high) and "0%" not in ends

    @property
    def interval(self) -> str:
        """The 90 % interval as it is written: ``+6% to +32%``."""
        return f"{_signed(self.low)} to {_signed(self.high)}"

    @property
    def amount(self) -> str:
        """The size of the change in words: ``18% more``."""
        size = round(abs(self.ratio - 1) * 100)
        return f"{f'{size:,}%' if size else 'less than 1%'} {'more' if self.ratio > 1 else 'fewer'}"

    @property
    def sentence(self) -> str:
        """The change in plain words, with its interval."""
        if self.before is None:
            return f"{self.against} is missing: no comparison"
        if not np.isfinite(self.ratio):
            return f"none in {self.against} to compare with"
        percent = f"{abs(self.ratio - 1):.0%}"
        if percent == "0%":
            percent = "by less than 1%"
        interval = self.interval
        if not self.is_clear:
            return f"no clear change on {self.against} ({interval})"
        return f"{'up' if self.ratio > 1 else 'down'} {percent} on {self.against} ({interval})"


def _signed(ratio: float) -> str:
    if not np.isfinite(ratio):
        return "no limit"
    percent = f"{ratio - 1:+.0%}".replace("-", "−")
    return "0%" if percent[1:] == "0%" else percent


def say_year(change: Change, *, may_be_chance: bool) -> str:
    """Say in a title how a year stands to the one before it, no more firmly than many areas looked at allow.

    Parameters
    ----------
    change
        The change; its interval is that of this area alone.
    may_be_chance
        Whether such a change is to be expected by chance among all the areas that are looked at.

    Returns
    -------
    str
        Such as ``18% more than the year before, which may be chance (+6% to +32%)``.
    """
    if not np.isfinite(change.ratio) or not np.isfinite(change.high):
        return "too few to compare with the year before"
    if not change.is_clear:
        return f"no clear change on the year before ({change.interval})"
    doubt = ", which may be chance" if may_be_chance else ""
    return f"{change.amount} than the year before{doubt} ({change.interval})"


@dataclass(frozen=True)
class KeyFigure:
    """One number at the top of a page.

    Attributes
    ----------
    label, value, unit
        What it is, the number as people read it, and what it counts.
    changes
        Its changes, most recent comparison first.
    help
        One sentence on how it is made.
    """

    label: str
    value: str
    unit: str
    changes: tuple[Change, ...] = ()
    help: str = ""


def compare_last_month(
    monthly: NDArray[np.int64], months: NDArray[np.int32], last: int, *, dispersion: float = 1.0
) -> tuple[Change, ...]:
    """Compare the month at position `last` with the month before and with the same month a year before.

    Parameters
    ----------
    monthly
        Counts of every covered month, shape (months,).
    months
        The months (since January 1970), ascending, shape (months,).
    last
        Position of the month in question.
    dispersion
        Variance by mean of a count; above 1 it widens the intervals, because incidents come in series.
    """
    at = {int(month): position for position, month in enumerate(months)}
    changes = []
    for distance in (1, 12):
        earlier = int(months[last]) - distance
        if earlier < int(months[0]):
            continue
        if earlier not in at:
            changes.append(Change(name_month(earlier), None))
            continue
        before = int(monthly[at[earlier]])
        ratio, low, high = change_ratio(int(monthly[last]), 1, before, 1, dispersion=dispersion)
        changes.append(Change(name_month(earlier), before, ratio, low, high))
    return tuple(changes)


def list_months(world: World, chosen: Chosen, wards: tuple[int, ...] | None = None) -> pd.DataFrame:
    """Make the monthly series of the selection, missing months included as unknown.

    Parameters
    ----------
    wards
        Positions of wards to count; None for the whole force, incidents outside all wards included.

    Returns
    -------
    DataFrame
        Columns month (since January 1970), label, incidents (NaN where missing), apart (the enforcement-driven types).
    """
    rows = slice(None) if wards is None else list(wards)
    incidents = world.cube.count_areas(chosen.selection)[rows].sum(axis=(0, 2))
    apart = world.cube.count_areas(chosen.apart)[rows].sum(axis=(0, 2))
    span = pd.Index(range(chosen.months[0], chosen.months[-1] + 1), name="month")
    frame = pd.DataFrame({"incidents": incidents, "apart": apart}, index=list(chosen.months), dtype=np.float64)
    frame = frame.reindex(span).reset_index()
    frame.insert(1, "label", [name_month(int(month), short=True) for month in frame["month"]])
    return frame


def look_back(world: World, chosen: Chosen) -> Chosen:
    """Give a selection of a single month up to `LOOK_BACK` months before it, for its series; any other as it is."""
    if len(chosen.months) != 1:
        return chosen
    month = chosen.months[0]
    first = max(month - LOOK_BACK, int(world.cube.months[0]))
    return choose(world, replace(chosen.query, month_from=first, month_to=month))


def count_before(monthly: pd.DataFrame, chosen: Chosen) -> int:
    """Count the months that a series shows before the period."""
    return int((monthly["month"] < chosen.months[0]).sum())


def say_months(chosen: Chosen, before: int) -> str:
    """Say which months a chart shows where that is more than the period, and what a gap in it is."""
    gaps = "a missing month is a gap, not a zero"
    return f"{chosen.period}, ringed, and the {write_count(before, 'month')} before it; {gaps}" if before else gaps


def whole_history(world: World, chosen: Chosen, wards: tuple[int, ...] | None = None) -> NDArray[np.int64]:
    """Count the chosen types in every covered month, whatever the period, shape (months,)."""
    rows = slice(None) if wards is None else list(wards)
    part = world.cube.by_area[rows].sum(axis=0, dtype=np.int64)
    return np.asarray(np.einsum("mto,to->m", part, chosen.selection.kinds.astype(np.int64)), dtype=np.int64)


def count_by_ward(world: World, chosen: Chosen) -> NDArray[np.int64]:
    """Count the chosen types by ward in every covered month, whatever the period, shape (wards, months)."""
    whole = world.cube.by_area[: len(world.boundaries)]
    return np.asarray(np.einsum("amto,to->am", whole, chosen.selection.kinds.astype(np.int64)), dtype=np.int64)


def list_key_figures(world: World, chosen: Chosen, wards: tuple[int, ...] | None = None) -> tuple[KeyFigure, ...]:
    """Make the key figures of the force or of some wards."""
    history = whole_history(world, chosen, wards)
    rows = slice(None) if wards is None else list(wards)
    counts = world.cube.count_areas(chosen.selection)
    dispersion = estimate_dispersion(count_by_ward(world, chosen))
    by_type = counts[rows].sum(axis=(0, 1))
    total = int(by_type.sum())
    days = np.array([world.harm.days.get(name, 0.0) for name in world.cube.types])
    residents = float(np.nansum(world.boundaries.population[list(wards)] if wards else world.boundaries.population))
    last = chosen.selection.last
    last_month = name_month(int(world.cube.months[last]))
    figures = [
        KeyFigure(
            f"{last_month}",
            f"{int(history[last]):,}",
            "incidents",
            # With too few months and wards to tell how incidents come in series, they are taken to come one by one.
            compare_last_month(
                history, world.cube.months, last, dispersion=dispersion if np.isfinite(dispersion) else 1.0
            ),
            "The last month of the period, against the month before and the same month a year before, with 90 % "
            "intervals that allow for incidents coming in series.",
        ),
        KeyFigure("Whole period", f"{total:,}", f"incidents in {write_count(len(chosen.months), 'month')}"),
    ]
    if residents > 0:
        per = 1000 / residents / chosen.years
        figures += [
            KeyFigure("Rate", f"{total * per:,.1f}", "per 1,000 residents a year"),
            KeyFigure("Harm", f"{float(by_type @ days) * per:,.0f}", "harm days per 1,000 residents a year"),
        ]
    return tuple(figures)
