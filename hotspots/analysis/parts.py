"""The five parts of the area score, each measured and set on one scale."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtr, ndtri

from hotspots.analysis.area_counts import is_known
from hotspots.analysis.rates import estimate_dispersion, shrink_rates
from hotspots.analysis.shares import count_top_months, shrink_shares, take_shares
from hotspots.analysis.trend import MONTHS_A_YEAR, pair_months, shrink_trend
from hotspots.months import format_month

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspots.analysis.area_counts import AreaCounts

MIN_MONTHS = 3
"""Covered months below which persistence is unknown."""
CLUMP = 8.0
"""How many times as much as the share of independent incidents a share in clusters varies: whole map points cross the
threshold of a cluster together. Measured by drawing the places of Northumbria anew: see ``docs/methods.md``."""
_THOUSAND = 1_000
_EQUAL = 1e-9  # relative spread below which wards differ by rounding only
_INSIDE = (0.01, 0.99)


@dataclass(frozen=True, eq=False)
class Part:
    """One part on its own scale (a logarithm or a share), with what is needed to redraw it.

    Attributes
    ----------
    value
        The figure: shrunk, but for the share in clusters. Shape (u,).
    noise
        What the counts leave open: the shape of a gamma distribution for rate and harm, a standard deviation for
        the others. Shape (u,).
    tie
        Correlation of what is left open here with what is left open in the rate, for both are made of the same
        incidents. Shape (u,).
    mean, spread
        Mean and standard deviation of the figure among the wards that the area is held against, what their counts
        leave open included; an infinite spread where the wards do not differ. Shape (u,).
    """

    value: NDArray[np.float64]
    noise: NDArray[np.float64]
    tie: NDArray[np.float64]
    mean: NDArray[np.float64]
    spread: NDArray[np.float64]

    def points(self) -> NDArray[np.float64]:
        """Place each area on the scale of the wards: 50 for the mean ward, 84 for one standard deviation above it."""
        points: NDArray[np.float64] = 100 * ndtr((self.value - self.mean) / self.spread)
        return points


@dataclass(frozen=True, eq=False)
class Parts:
    """All five parts, what people read of them, and how they were measured.

    Attributes
    ----------
    rate, harm, clustered, persistence, trend
        None for a part that is unknown for the whole selection.
    columns
        The figures that are shown, by the names of `score.ScoreResult`.
    provenance
        The choices made, as plain values.
    """

    rate: Part | None
    harm: Part | None
    clustered: Part | None
    persistence: Part | None
    trend: Part | None
    columns: dict[str, NDArray[np.float64]]
    provenance: dict[str, Any]

    @property
    def all(self) -> tuple[Part | None, ...]:
        """The parts in the order of `terms.SCORE_PARTS`."""
        return (self.rate, self.harm, self.clustered, self.persistence, self.trend)


def measure_parts(counts: AreaCounts) -> Parts:
    """Measure every part of the score.

    Parameters
    ----------
    counts
        Wards and named areas, with at least one incident in a ward.

    Returns
    -------
    Parts
    """
    by_type = counts.monthly.sum(axis=1)
    monthly = counts.monthly.sum(axis=2)
    incidents = by_type.sum(axis=1)
    harm = by_type @ counts.harm_days
    dispersion, dispersion_from = _choose_dispersion(counts, monthly)
    harm_dispersion = _choose_harm_dispersion(counts, by_type, dispersion)
    rate_part, rate_columns = _measure_rate(counts, incidents, dispersion, name="rate", tie=np.ones(len(incidents)))
    harm_part, harm_columns = _measure_rate(counts, harm, harm_dispersion, name="harm", tie=_tie_harm(counts, by_type))
    clustered_part, clustered_columns = _measure_clustered(counts, dispersion)
    persistence_part, persistence_columns = _measure_persistence(counts, monthly)
    trend_part, trend_columns, trend_facts = _measure_trend(counts, dispersion)
    residents = is_known(counts.population)
    return Parts(
        rate=rate_part,
        harm=harm_part,
        clustered=clustered_part,
        persistence=persistence_part,
        trend=trend_part,
        columns=rate_columns | harm_columns | clustered_columns | persistence_columns | trend_columns,
        provenance={
            "months_covered": len(counts.months),
            "dispersion": dispersion,
            "dispersion_from": dispersion_from,
            "harm_dispersion": harm_dispersion,
            "wards": counts.n_wards,
            "wards_without_residents": int((~residents[: counts.n_wards]).sum()),
            **trend_facts,
        },
    )


def _choose_dispersion(counts: AreaCounts, monthly: NDArray[np.int64]) -> tuple[float, str]:
    """Estimate the dispersion of counts from the selection, else from the year up to its end, else take Poisson's."""
    wards = slice(0, counts.n_wards)
    year = counts.history[wards, counts.history_months <= counts.months[-1]][:, -MONTHS_A_YEAR:]
    for table, source in ((monthly[wards], "selected months"), (year, "the year up to the last selected month")):
        dispersion = estimate_dispersion(table)
        if np.isfinite(dispersion):
            return dispersion, source
    return 1.0, "assumed: too few wards and months to estimate it"


def _choose_harm_dispersion(counts: AreaCounts, by_type: NDArray[np.int64], dispersion: float) -> float:
    """Estimate the dispersion of harm; never below what a compound Poisson sum of the force's types would have."""
    wards = slice(0, counts.n_wards)
    force = by_type[wards].sum(axis=0)
    total = float(force @ counts.harm_days)
    if total == 0:
        return 1.0
    compound = float(force @ counts.harm_days**2) / total
    measured = estimate_dispersion(counts.monthly[wards] @ counts.harm_days, floor=compound)
    return measured if np.isfinite(measured) else compound * dispersion


def _tie_harm(counts: AreaCounts, by_type: NDArray[np.int64]) -> NDArray[np.float64]:
    """Correlate the noise of an area's harm with that of its count: one for a single type, less for a mix."""
    force = by_type[: counts.n_wards].sum(axis=0)
    mix = by_type + force / max(int(force.sum()), 1)  # one incident of the force's mix, for areas without any
    days = counts.harm_days
    size = np.sqrt(mix.sum(axis=1) * (mix @ days**2))
    tie: NDArray[np.float64] = np.divide(mix @ days, size, out=np.ones(len(mix)), where=size > 0)
    return np.minimum(tie, 1.0)


def _measure_rate(
    counts: AreaCounts,
    events: NDArray[np.int64] | NDArray[np.float64],
    dispersion: float,
    *,
    name: str,
    tie: NDArray[np.float64],
) -> tuple[Part | None, dict[str, NDArray[np.float64]]]:
    """Measure incidents or harm for each 1,000 residents a year; for each square kilometre where residents are unknown.

    An area without known residents is held against the wards' figures per square kilometre.
    """
    residents = is_known(counts.population)
    thousand_years = np.where(residents, counts.population / _THOUSAND * counts.years, np.nan)
    part = _shrink_known(events, thousand_years, dispersion, n_wards=counts.n_wards, tie=tie)
    shrunk = np.full(len(events), np.nan) if part is None else np.where(residents, np.exp(part.value), np.nan)
    if part is None or not residents.all():
        by_land = _shrink_known(events, counts.area_km2 * counts.years, dispersion, n_wards=counts.n_wards, tie=tie)
        part = _merge_parts(residents, part, by_land)
    return part, {f"{name}_per_1000": events / thousand_years, f"{name}_shrunk": shrunk}


def _shrink_known(
    events: NDArray[np.int64] | NDArray[np.float64],
    exposure: NDArray[np.float64],
    dispersion: float,
    *,
    n_wards: int,
    tie: NDArray[np.float64],
) -> Part | None:
    """Shrink the rates of the areas whose exposure is known; None when the wards among them hold no incident."""
    known = is_known(exposure)
    reference = int(known[:n_wards].sum())
    if events[:n_wards][known[:n_wards]].sum() == 0:
        return None
    rates = shrink_rates(events[known], exposure[known], dispersion=dispersion, n_reference=reference)
    value, noise = np.full(len(events), np.nan), np.ones(len(events))
    value[known], noise[known] = np.log(rates.rate), rates.shape
    return _set_on_scale(value, noise, n_wards=n_wards, tie=tie, variance=1 / noise)


def _merge_parts(residents: NDArray[np.bool_], by_residents: Part | None, by_land: Part | None) -> Part | None:
    """Take each area from the first part where its residents are known, from the second where they are not."""
    if by_residents is None or by_land is None:
        return by_residents or by_land
    return Part(
        *(
            np.where(residents, getattr(by_residents, field.name), getattr(by_land, field.name))
            for field in fields(Part)
        )
    )


def _set_on_scale(
    value: NDArray[np.float64],
    noise: NDArray[np.float64],
    *,
    n_wards: int,
    tie: NDArray[np.float64],
    variance: NDArray[np.float64] | None = None,
) -> Part:
    """Hold every area against the mean and standard deviation of the wards that have a value.

    The variance among true figures is that of the shrunk ones plus what is left open in each (`variance`, by default
    the square of `noise`); without the second term, wards that cannot be told apart would be spread over the whole
    scale.
    """
    wards = np.flatnonzero(np.isfinite(value[:n_wards]))
    left_open = float((noise**2 if variance is None else variance)[wards].mean())
    mean, spread = float(value[wards].mean()), float(value[wards].std())
    if spread <= _EQUAL * max(abs(mean), _EQUAL):
        spread = float("inf")
    return Part(value, noise, tie, np.full(len(value), mean), np.full(len(value), np.hypot(spread, left_open**0.5)))


def _measure_clustered(counts: AreaCounts, dispersion: float) -> tuple[Part, dict[str, NDArray[np.float64]]]:
    """Measure the share of incidents in clusters, as it is: wards without a cluster are equal."""
    shares = take_shares(counts.clustered, counts.located, dispersion=dispersion * CLUMP)
    nothing = np.zeros(len(shares.share))
    # A plain share varies by what is left open already, so nothing is added to the spread among the wards.
    part = _set_on_scale(shares.share, shares.error, n_wards=counts.n_wards, tie=nothing, variance=nothing)
    return part, {"clustered_share": np.where(counts.located > 0, shares.share, np.nan)}


def _measure_persistence(
    counts: AreaCounts, monthly: NDArray[np.int64]
) -> tuple[Part | None, dict[str, NDArray[np.float64]]]:
    """Measure the share of covered months in the force's top fifth of wards; nothing lasts in one or two months."""
    if len(counts.months) < MIN_MONTHS:
        return None, {"persistence": np.full(len(monthly), np.nan)}
    residents = is_known(counts.population)
    top = count_top_months(monthly, np.where(residents, counts.population, np.nan), n_wards=counts.n_wards)
    if top is None or not residents.all():
        land = np.where(is_known(counts.area_km2), counts.area_km2, np.nan)
        by_land = count_top_months(monthly, land, n_wards=counts.n_wards)
        if by_land is None:
            return None, {"persistence": np.full(len(monthly), np.nan)}
        top = by_land if top is None else np.where(residents, top, by_land)
    months = np.full(len(monthly), len(counts.months))
    shares = shrink_shares(top, months, n_reference=counts.n_wards)
    # A month above a mark is one bit of a count; this is the correlation of a normal variate with such a bit.
    inside = np.clip(shares.share, *_INSIDE)
    tie = np.exp(-(ndtri(inside) ** 2) / 2) / np.sqrt(2 * np.pi * inside * (1 - inside))
    return _set_on_scale(shares.share, shares.error, n_wards=counts.n_wards, tie=tie), {"persistence": top / months}


def _measure_trend(
    counts: AreaCounts, dispersion: float
) -> tuple[Part | None, dict[str, NDArray[np.float64]], dict[str, Any]]:
    """Measure the change of the last months on the same months a year before."""
    names = ("trend_ratio", "trend_low", "trend_high")
    later = pair_months(counts.months, counts.history_months)
    facts: dict[str, Any] = {
        "trend_months": [format_month(int(month)) for month in later],
        "trend_force": None,
        "trend_spread": None,
    }
    if len(later) == 0:
        return None, dict.fromkeys(names, np.full(len(counts.monthly), np.nan)), facts
    recent = counts.history[:, np.isin(counts.history_months, later)].sum(axis=1)
    earlier = counts.history[:, np.isin(counts.history_months, later - MONTHS_A_YEAR)].sum(axis=1)
    trend = shrink_trend(recent, earlier, dispersion=dispersion, n_reference=counts.n_wards)
    facts |= {"trend_force": trend.force_ratio, "trend_spread": trend.spread}
    shown = (np.exp(trend.log_ratio), *trend.interval())
    tie = _tie_trend(counts, later)
    part = _set_on_scale(trend.log_ratio, trend.own_error, n_wards=counts.n_wards, tie=np.full(len(recent), tie))
    return part, dict(zip(names, shown, strict=True)), facts


def _tie_trend(counts: AreaCounts, later: NDArray[np.int32]) -> float:
    """Correlate the noise of the trend with that of the rate: high when the rate rests on the recent months only."""
    force = counts.history[: counts.n_wards].sum(axis=0)

    def count(months: NDArray[np.int32]) -> float:
        return float(force[np.isin(counts.history_months, months)].sum())

    earlier = later - MONTHS_A_YEAR
    recent_total, earlier_total, total = count(later), count(earlier), count(counts.months)
    if recent_total == 0 or earlier_total == 0 or total == 0:
        return 0.0
    shared = count(np.intersect1d(counts.months, later)) / recent_total
    shared -= count(np.intersect1d(counts.months, earlier)) / earlier_total
    return float(np.clip(shared / np.sqrt(total * (1 / recent_total + 1 / earlier_total)), -1, 1))
