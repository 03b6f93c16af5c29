"""Is it growing: every ward and named area against the same months a year before, with what chance may explain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import ndtr

from hotspots.analysis.multiple_testing import adjust_p
from hotspots.analysis.rates import estimate_dispersion
from hotspots.analysis.trend import change_ratio, pair_months
from hotspots.errors import InputError
from hotspots.months import LSOA_CHANGE, SNAP_POINT_REFRESH, list_months, name_month
from hotspots.pipeline.ground import Measured, name_measure
from hotspots.pipeline.selection import choose, list_caveats
from hotspots.views.wording import MINUS, write_change, write_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hotspots.analysis.trend import Change
    from hotspots.pipeline.selection import Chosen
    from hotspots.pipeline.world import World
    from hotspots.query import Query

LEVEL = 0.9
"""Probability that an interval holds."""
FALSE_ALARMS = 0.1
"""Share of false alarms that is accepted among the areas said to rise or fall."""
RISING, FALLING, CHANCE, UNCLEAR = "rising", "falling", "may be chance", "no clear change"
"""Clear even among all wards; outside the interval, as some of so many wards are by luck; and within it."""


_SAID = {RISING: "clearly rising", FALLING: "clearly falling", CHANCE: "may be chance", UNCLEAR: "no clear change"}


def say_verdicts(verdicts: Sequence[str]) -> str:
    """Count verdicts in words, the clear ones first: ``1 clearly rising, 3 may be chance, 8 no clear change``."""
    counts = {verdict: sum(one == verdict for one in verdicts) for verdict in _SAID}
    return ", ".join(f"{write_number(count)} {_SAID[verdict]}" for verdict, count in counts.items() if count)


def measure_changes(now: NDArray[np.float64], before: NDArray[np.float64], *, dispersion: float) -> NDArray[np.float64]:
    """Measure how far each change is from none, in its own standard errors; NaN where nothing was counted."""
    half = dispersion / 2
    z = np.log((now + half) / (before + half)) / np.sqrt(dispersion * (1 / (now + half) + 1 / (before + half)))
    return np.where(now + before > 0, z, np.nan)


def judge_changes(
    z: NDArray[np.float64], p_adjusted: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> NDArray[np.str_]:
    """Call changes rising or falling where they stand out among all that were looked at; see `RISING` and the others.

    Parameters
    ----------
    z
        See `measure_changes`.
    p_adjusted
        Two-sided, corrected for how many changes were looked at.
    low, high
        The 90 % interval of each change for itself.
    """
    sure, apart = p_adjusted <= FALSE_ALARMS, (low > 1) | (high < 1)
    return np.select([sure & (z > 0), sure & (z < 0), apart], [RISING, FALLING, CHANCE], UNCLEAR)


@dataclass(frozen=True, eq=False)
class Trends(Measured):
    """Change of every unit.

    Attributes
    ----------
    world, chosen
        What was asked of what.
    recent, earlier
        The months that are compared, and their fellows a year before.
    unpaired
        Months of the last year of the period that have no fellow, and are left out.
    table
        One row a unit (wards in boundary order, then named areas): area_code, area_name, kind, lad_name, incidents (or
        harm days), recent, earlier, ratio, low, high (90 %), p_adjusted, verdict.
    months
        Every month of the period. Shape (t,).
    monthly
        Incidents or harm days by unit and month; NaN where the month is missing. Shape (units, t).
    provenance
        Automatic choices and their reasons.
    caveats
        Plain sentences that stand beside the view.
    """

    world: World
    chosen: Chosen
    recent: tuple[int, ...]
    earlier: tuple[int, ...]
    unpaired: tuple[int, ...]
    table: pd.DataFrame
    months: NDArray[np.int64]
    monthly: NDArray[np.float64]
    provenance: dict[str, Any]
    caveats: tuple[str, ...]

    @property
    def force_change(self) -> Change:
        """What all wards have together, against the same months a year before, with its 90 % interval."""
        wards = self.table.iloc[: len(self.world.boundaries)]
        recent, earlier = float(wards["recent"].sum()), float(wards["earlier"].sum())
        return change_ratio(recent, 1, earlier, 1, level=LEVEL, dispersion=self.provenance["dispersion"])

    @property
    def force(self) -> NDArray[np.float64]:
        """What all wards have together in each month. Shape (t,)."""
        return np.asarray(self.monthly[: len(self.world.boundaries)].sum(axis=0))

    def ranked(self, order: str) -> pd.DataFrame:
        """Return the table in an order: ``rise``, ``fall`` (the surest first) or ``most``."""
        if order == "most":
            return self.table.sort_values(self.measure.replace(" ", "_"), ascending=False, kind="stable")
        sign = -1 if order == "rise" else 1
        return self.table.iloc[np.argsort(sign * self.table["z"].fillna(0).to_numpy(), kind="stable")]


def name_compared(months: Sequence[int]) -> str:
    """Name the months that are held against their fellows a year before, and how many they are."""
    if len(months) == 1:
        return f"{name_month(months[0])} against the same month a year before"
    return f"{len(months)} months, {list_months(months)}, against the same months a year before"


def compare_areas(world: World, query: Query) -> Trends:
    """Compare the last months of every ward and named area with the same months a year before.

    Of the last twelve calendar months of the period those are compared that have their own calendar month of the year
    before among all that are loaded, so that no season and no missing month tips the balance, and no month stands on
    both sides.

    Raises
    ------
    InputError
        If no incident matches, or none of the last twelve months of the period has its fellow a year before.
    UnknownNameError
        If an area, type or outcome is not known.
    """
    chosen = choose(world, query)
    paired = pair_months(np.array(chosen.months, dtype=np.int32), world.cube.months)
    if not len(paired):
        raise InputError(
            f"None of the last twelve months of {chosen.period} has the same month a year before among those loaded; "
            "choose a later period."
        )
    history = _count_history(world, chosen)
    if not history.any():
        raise InputError(
            f"No incident of “{chosen.label}” is recorded in these areas in {chosen.period}; widen the period or the "
            "types."
        )
    months = world.cube.months
    now = history[:, np.isin(months, paired)].sum(axis=1)
    before = history[:, np.isin(months, paired - 12)].sum(axis=1)
    spread = estimate_dispersion(history[: len(world.boundaries)])
    dispersion = max(spread, 1.0) if np.isfinite(spread) else 1.0
    last_year = [month for month in chosen.months if month > chosen.months[-1] - 12]
    span = np.arange(chosen.months[0], chosen.months[-1] + 1)
    monthly = np.full((len(history), len(span)), np.nan)
    monthly[:, np.isin(span, chosen.months)] = history[:, np.isin(months, chosen.months)]
    unpaired = tuple(month for month in last_year if month not in paired)
    return Trends(
        world=world,
        chosen=chosen,
        recent=tuple(int(month) for month in paired),
        earlier=tuple(int(month) - 12 for month in paired),
        unpaired=unpaired,
        table=_compare(world, chosen, now, before, total=np.nansum(monthly, axis=1), dispersion=dispersion),
        months=span,
        monthly=monthly,
        provenance={
            "method": "rate ratio with exact conditional interval",
            "measure": name_measure(chosen),
            "months_compared": len(paired),
            "level": LEVEL,
            "dispersion": round(float(dispersion), 2),
            "correction": "false discovery rate (Benjamini-Hochberg) over all wards",
            "false_alarms": FALSE_ALARMS,
        },
        caveats=_list_caveats(world, chosen, paired, unpaired),
    )


def say_force(change: Change, measure: str) -> str:
    """Say how the force's own figure changed, no more firmly than its interval allows."""
    if not np.isfinite(change.ratio) or not np.isfinite(change.high):
        return f"The force had too few {measure} a year before to compare with."
    size, low, high = (write_change(value, decimals=1) for value in (change.ratio, change.low, change.high))
    interval = f"{low} to {high}, 90% interval"
    # Held against the interval as it is written: an end that reads 0% touches no change.
    if change.low <= 1 <= change.high or "0%" in (low, high):
        return f"No clear change in the force’s {measure} on the year before: {size} ({interval})."
    kind = "more" if change.ratio > 1 else "fewer"
    return f"The force had {size.lstrip(f'+{MINUS}')} {kind} {measure} than a year before ({interval})."


def _count_history(world: World, chosen: Chosen) -> NDArray[np.float64]:
    """Count by unit and covered month, whatever the period. Shape (units, months)."""
    wards = len(world.boundaries)
    worth = chosen.selection.kinds.astype(np.float64)
    if name_measure(chosen) != "incidents":
        worth *= np.array([world.harm.days.get(name, 0.0) for name in world.cube.types])[:, None]
    by_ward = np.einsum("amto,to->am", world.cube.by_area[:wards], worth)
    return np.concatenate([by_ward, world.membership[wards:] @ by_ward])


def _compare(
    world: World,
    chosen: Chosen,
    now: NDArray[np.float64],
    before: NDArray[np.float64],
    *,
    total: NDArray[np.float64],
    dispersion: float,
) -> pd.DataFrame:
    changes = [change_ratio(a, 1, b, 1, level=LEVEL, dispersion=dispersion) for a, b in zip(now, before, strict=True)]
    z = measure_changes(now, before, dispersion=dispersion)
    wards = len(world.boundaries)
    p = 2 * ndtr(-np.abs(z))
    adjusted = p.copy()
    adjusted[:wards] = adjust_p(p[:wards])
    for row, unit in enumerate(world.units[wards:], start=wards):
        # A named area is asked about by name, not found among many; one that is a ward has that ward's own figure.
        adjusted[row] = adjusted[unit.wards[0]] if len(unit.wards) == 1 else p[row]
    low, high = (np.array([getattr(change, end) for change in changes]) for end in ("low", "high"))
    whole = name_measure(chosen) == "incidents"

    def plain(values: NDArray[np.float64]) -> NDArray[Any]:
        return np.rint(values).astype(np.int64) if whole else values

    return pd.DataFrame(
        {
            "area_code": [unit.code for unit in world.units],
            "area_name": [unit.name for unit in world.units],
            "kind": [unit.kind for unit in world.units],
            "lad_name": [unit.lad_name for unit in world.units],
            name_measure(chosen).replace(" ", "_"): plain(total),
            "recent": plain(now),
            "earlier": plain(before),
            "ratio": [change.ratio for change in changes],
            "low": low,
            "high": high,
            "z": z,
            "p_adjusted": adjusted,
            "verdict": judge_changes(z, adjusted, low, high),
        }
    )


def _list_caveats(
    world: World, chosen: Chosen, paired: NDArray[np.int32], unpaired: tuple[int, ...]
) -> tuple[str, ...]:
    wards = len(world.boundaries)
    chance = round(wards * (1 - LEVEL))
    own = [
        (
            f"Of {wards} wards some {chance} have a 90% interval that leaves out “no change” by chance alone; only "
            "those that stand out even so are called rising or falling, the others “may be chance”."
        )
    ]
    if unpaired:
        verb = "is" if len(unpaired) == 1 else "are"
        own.append(
            f"{list_months(unpaired)} {verb} left out of the comparison, because the same month a year before is not "
            "loaded."
        )
    if int(paired[0]) - 12 < LSOA_CHANGE <= int(paired[-1]):
        own.append(
            f"The comparison crosses {name_month(LSOA_CHANGE)}, when LSOA codes changed; wards are assigned by "
            "coordinates and are not touched by it."
        )
    if int(paired[0]) - 12 < SNAP_POINT_REFRESH <= int(paired[-1]):
        own.append(
            "The comparison crosses July 2022, when police.uk changed its map points: a point that moved out of a "
            "narrow ward makes a fall there and a rise next door."
        )
    usual = [text for text in list_caveats(world, chosen) if not text.startswith(("Police.uk changed", "LSOA codes"))]
    return (*usual, *own)
