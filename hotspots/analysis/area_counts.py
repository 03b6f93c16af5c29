"""What the area score is made from, and the words of caution that belong beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotspots.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MONTHS_A_YEAR = 12
FEW_INCIDENTS = 10
FEW_RESIDENTS = 1_000
MANY_VISITORS = 5.0
"""Visitor crime per resident, as a multiple of the median ward's, from which shops and visitors are flagged."""


@dataclass(frozen=True, eq=False)
class AreaCounts:
    """What the score is made from: counts of u areas, all wards first, then named areas.

    Attributes
    ----------
    monthly
        Incidents by area, month and type, of the selected types and selected, covered months. Shape (u, m, t).
    months
        The months of `monthly` (months since January 1970), ascending; a gap is a month that is not covered. Shape
        (m,).
    types
        The selected crime types; enforcement-driven types stand apart and are not among them.
    harm_days
        Harm of one incident of each type, in days. Shape (t,).
    enforcement
        Enforcement-driven incidents of the period. Shape (u,).
    clustered, located
        Incidents in clusters, and with a location; selected types and months. Shape (u,).
    population
        Residents; NaN where unknown. Shape (u,).
    area_km2
        Land area. Shape (u,).
    visitor
        Incidents of `terms.VISITOR_TYPES` over the period, whatever types are selected. Shape (u,).
    n_wards
        The first so many areas are wards; they set the scale and the ranks.
    history
        Incidents of the selected types in every covered month. Shape (u, m_all).
    history_months
        The months of `history`, ascending. Shape (m_all,).
    """

    monthly: NDArray[np.int64]
    months: NDArray[np.int32]
    types: tuple[str, ...]
    harm_days: NDArray[np.float64]
    enforcement: NDArray[np.int64]
    clustered: NDArray[np.int64]
    located: NDArray[np.int64]
    population: NDArray[np.float64]
    area_km2: NDArray[np.float64]
    visitor: NDArray[np.int64]
    n_wards: int
    history: NDArray[np.int64]
    history_months: NDArray[np.int32]

    def __post_init__(self) -> None:
        """Check shapes and values.

        Raises
        ------
        InputError
            If there is no ward, month or type, shapes disagree, months do not ascend, a count is negative, or
            residents and square kilometres are both incomplete.
        """
        areas = len(self.monthly)
        by_area = (self.enforcement, self.clustered, self.located, self.population, self.area_km2, self.visitor)
        fits = (
            self.monthly.shape == (areas, len(self.months), len(self.types))
            and self.harm_days.shape == (len(self.types),)
            and all(column.shape == (areas,) for column in by_area)
            and self.history.shape == (areas, len(self.history_months))
        )
        if not fits:
            raise InputError("The counts to score differ in shape: every table needs the same areas, months and types.")
        if not 1 <= self.n_wards <= areas:
            raise InputError("The score needs at least one ward; load boundaries first.")
        if len(self.types) == 0 or len(self.months) == 0:
            raise InputError("No incident matches: the selection holds no month or no crime type; widen it.")
        if (np.diff(self.months) <= 0).any() or (np.diff(self.history_months) <= 0).any():
            raise InputError("The months to score must ascend, each once.")
        if self.monthly.min() < 0 or (self.clustered > self.located).any():
            raise InputError("The counts to score must be zero or more, and no more clustered than located.")
        if not (is_known(self.population).all() or is_known(self.area_km2).all()):
            raise InputError(
                "An area has no known number of residents, so every area needs its square kilometres; one has none."
            )

    @property
    def years(self) -> float:
        """Covered time in years: what every yearly rate is divided by."""
        return len(self.months) / MONTHS_A_YEAR


def is_known(figures: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which figures can be divided by: finite and above zero."""
    known: NDArray[np.bool_] = np.isfinite(figures) & (figures > 0)
    return known


def flag_areas(counts: AreaCounts) -> list[tuple[str, ...]]:
    """Say for each area what a reader must know before trusting its rank.

    Returns
    -------
    list of tuple of str
        One tuple an area, in the order of the input; empty where there is nothing to say.
    """
    incidents = counts.monthly.sum(axis=(1, 2))
    residents = is_known(counts.population)
    visits = _visitor_ratio(counts, residents)
    flags: list[tuple[str, ...]] = []
    for area, total in enumerate(incidents):
        words = []
        if not residents[area]:
            words.append("Residents unknown: placed by incidents per square kilometre.")
        elif counts.population[area] < FEW_RESIDENTS:
            words.append(f"Few residents ({counts.population[area]:,.0f}): rates per resident say little.")
        if visits[area] >= MANY_VISITORS and counts.visitor[area] >= FEW_INCIDENTS:
            words.append(
                f"Shops and visitors: {visits[area]:.0f} times the median ward's shoplifting, theft from the person "
                "and bicycle theft per resident; the rate overstates the risk to residents."
            )
        if total < FEW_INCIDENTS:
            words.append(f"Small numbers: {total} incident{'' if total == 1 else 's'} in the selection.")
        flags.append(tuple(words))
    return flags


def _visitor_ratio(counts: AreaCounts, residents: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Visitor crime per resident as a multiple of the median ward's; zero where there is nothing to compare."""
    per_resident = np.divide(
        counts.visitor, counts.population, out=np.zeros(len(counts.visitor), dtype=np.float64), where=residents
    )
    wards = per_resident[: counts.n_wards][residents[: counts.n_wards]]
    median = float(np.median(wards)) if len(wards) else 0.0
    return per_resident / median if median > 0 else np.zeros_like(per_resident)
