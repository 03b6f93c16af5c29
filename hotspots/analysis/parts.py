"""The five parts of the area score, each measured, shrunk and set on one scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtr

from hotspots.analysis.area_counts import is_known
from hotspots.analysis.rates import estimate_dispersion, shrink_rates
from hotspots.analysis.shares import count_top_months, shrink_shares
from hotspots.analysis.trend import MONTHS_A_YEAR, pair_months, shrink_trend
from hotspots.months import format_month

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspots.analysis.area_counts import AreaCounts

_THOUSAND = 1_000


@dataclass(frozen=True, eq=False)
class Part:
    """One part on its own scale (a logarithm or a share), with what is needed to redraw it.

    Attributes
    ----------
    value
        Shrunk figure. Shape (u,).
    noise
        What the counts leave open: the shape of a gamma distribution for rate and harm, a standard deviation for
        the others. Shape (u,).
    mean, spread
        Mean and standard deviation of `value` among the wards that the area is held against; an infinite spread where
        the wards do not differ. Shape (u,).
    """

    value: NDArray[np.float64]
    noise: NDArray[np.float64]
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
    correlation
        Correlation of what is left open in an area's rate and its harm. Shape (u,).
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
    correlation: NDArray[np.float64]
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
    rate_part, rate_columns = _measure_rate(counts, incidents, dispersion, "rate")
    harm_part, harm_columns = _measure_rate(counts, harm, harm_dispersion, "harm")
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
        correlation=_correlate(counts, by_type),
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
    """Estimate the dispersion of counts from the selection, else from all covered months, else take Poisson's."""
    wards = slice(0, counts.n_wards)
    for table, source in ((monthly[wards], "selected months"), (counts.history[wards], "all covered months")):
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


def _correlate(counts: AreaCounts, by_type: NDArray[np.int64]) -> NDArray[np.float64]:
    """Correlate the noise of an area's count with that of its harm: one for a single type, less for a mix."""
    force = by_type[: counts.n_wards].sum(axis=0)
    mix = by_type + force / max(int(force.sum()), 1)  # one incident of the force's mix, for areas without any
    days = counts.harm_days
    size = np.sqrt(mix.sum(axis=1) * (mix @ days**2))
    correlation: NDArray[np.float64] = np.divide(mix @ days, size, out=np.ones(len(mix)), where=size > 0)
    return correlation


def _measure_rate(
    counts: AreaCounts, events: NDArray[np.int64] | NDArray[np.float64], dispersion: float, name: str
) -> tuple[Part | None, dict[str, NDArray[np.float64]]]:
    """Measure incidents or harm for each 1,000 residents a year; for each square kilometre where residents are unknown.

    An area without known residents is held against the wards' figures per square kilometre.
    """
    areas = len(events)
    residents = is_known(counts.population)
    raw = np.full(areas, np.nan)
    raw[residents] = events[residents] / (counts.population[residents] / _THOUSAND * counts.years)
    shrunk = np.full(areas, np.nan)
    names = (f"{name}_per_1000", f"{name}_shrunk")
    by_residents = _shrink_known(events, counts.population / _THOUSAND * counts.years, dispersion, counts.n_wards)
    by_land = None
    if by_residents is None or not residents.all():
        by_land = _shrink_known(events, counts.area_km2 * counts.years, dispersion, counts.n_wards)
    if by_residents is not None:
        shrunk[residents] = np.exp(by_residents.value[residents])
    if by_land is None:
        return by_residents, dict(zip(names, (raw, shrunk), strict=True))
    if by_residents is None:
        return by_land, dict(zip(names, (raw, shrunk), strict=True))
    part = Part(
        *(
            np.where(residents, getattr(by_residents, field), getattr(by_land, field))
            for field in ("value", "noise", "mean", "spread")
        )
    )
    return part, dict(zip(names, (raw, shrunk), strict=True))


def _shrink_known(
    events: NDArray[np.int64] | NDArray[np.float64], exposure: NDArray[np.float64], dispersion: float, n_wards: int
) -> Part | None:
    """Shrink the rates of the areas whose exposure is known; None when the wards among them hold no incident."""
    known = is_known(exposure)
    reference = int(known[:n_wards].sum())
    if reference == 0 or events[:n_wards][known[:n_wards]].sum() == 0:
        return None
    rates = shrink_rates(events[known], exposure[known], dispersion=dispersion, n_reference=reference)
    value, noise = np.full(len(events), np.nan), np.ones(len(events))
    value[known], noise[known] = np.log(rates.rate), rates.shape
    return _set_on_scale(value, noise, n_wards)


def _set_on_scale(value: NDArray[np.float64], noise: NDArray[np.float64], n_wards: int) -> Part:
    """Hold every area against the mean and standard deviation of the wards that have a value."""
    wards = value[:n_wards][np.isfinite(value[:n_wards])]
    mean, spread = float(wards.mean()), float(wards.std())
    if spread <= 1e-9 * max(abs(mean), 1e-9):  # equal but for rounding
        spread = float("inf")
    return Part(value, noise, np.full(len(value), mean), np.full(len(value), spread))


def _measure_clustered(counts: AreaCounts, dispersion: float) -> tuple[Part, dict[str, NDArray[np.float64]]]:
    """Measure the share of incidents in clusters."""
    shares = shrink_shares(counts.clustered, counts.located, dispersion=dispersion, n_reference=counts.n_wards)
    raw = np.divide(
        counts.clustered, counts.located, out=np.full(len(counts.located), np.nan), where=counts.located > 0
    )
    return _set_on_scale(shares.share, shares.error, counts.n_wards), {"clustered_share": raw}


def _measure_persistence(
    counts: AreaCounts, monthly: NDArray[np.int64]
) -> tuple[Part | None, dict[str, NDArray[np.float64]]]:
    """Measure the share of covered months in the force's top fifth of wards."""
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
    return _set_on_scale(shares.share, shares.error, counts.n_wards), {"persistence": top / months}


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
    part = _set_on_scale(trend.log_ratio, trend.error, counts.n_wards)
    return part, dict(zip(names, shown, strict=True)), facts
