"""Pictures that may leave the force: by ward or for the whole force, from published figures alone.

No place below a ward, no cluster, no activity and no exact count reaches them. See :mod:`hotspots.analysis.suppression`
for what is withheld and why.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtr

from hotspots.analysis.multiple_testing import adjust_p
from hotspots.analysis.rates import estimate_dispersion
from hotspots.analysis.trend import change_ratio
from hotspots.errors import InputError
from hotspots.pipeline.brief import compose_picture
from hotspots.pipeline.brief_frame import EVENT_NOTES, list_events, source_line, write_address
from hotspots.pipeline.figures import Change, count_by_ward, say_year
from hotspots.pipeline.selection import choose, find_unit, list_caveats, name_unit
from hotspots.pipeline.trends import FALSE_ALARMS, LEVEL, measure_changes, name_compared
from hotspots.terms import METRICS
from hotspots.views.classes import classify
from hotspots.views.multiples_picture import MOST_PANELS, MonthsPanel, MultiplesPicture
from hotspots.views.pictures import Fact, MapPicture, RankingPicture, TrendPicture
from hotspots.views.wording import write_change, write_count, write_number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from hotspots.pipeline.public_figures import PublicFigures
    from hotspots.pipeline.selection import Chosen
    from hotspots.pipeline.world import Unit, World
    from hotspots.query import Query
    from hotspots.views.pictures import Picture

GAP_NAME = "No data, or withheld"
SHOWN_AREAS = 12
"""Areas that are set side by side when none are named."""
_YEAR, _LEAST_PAIRS = 12, 6
_PER = 1000
"""Residents to whom a rate refers."""


def compose_public(
    world: World,
    query: Query,
    kind: str,
    figures: PublicFigures,
    *,
    marking: str = "",
    day: date | None = None,
    areas: Sequence[str] = (),
) -> Picture:
    """Put together a picture that may leave the force.

    Parameters
    ----------
    query
        Names the area; None for the whole force.
    kind
        One of `PUBLIC_KINDS`.
    figures
        What may be published, see :func:`hotspots.pipeline.public_figures.open_public`.
    marking, day
        Protective marking, and the day to print; None for none.
    areas
        Names or codes of the areas that are set side by side; those with the highest published rate by default.

    Raises
    ------
    InputError
        If the kind may not be published, or everything that it would show is withheld.
    """
    if kind not in PUBLIC_KINDS:
        raise InputError(
            f"A picture of the kind “{kind}” may not stand in a public pack; choose {', '.join(PUBLIC_KINDS)}."
        )
    chosen = choose(world, replace(query, operation=""))
    unit = None if chosen.unit is None else world.units[chosen.unit]
    page = "area" if unit is not None else ""
    frame = {
        "notes": (*list_caveats(world, chosen), figures.note),
        "source": source_line(world),
        "data_version": world.data_version,
        "made_on": day,
        "marking": marking,
        "address": write_address(page, chosen.query),
    }
    if kind == "multiples":
        return _make_multiples(world, figures, unit, frame, tuple(areas))
    return _MAKERS[kind](world, chosen.query, figures, unit, frame)


def _make_wards(
    world: World, _query: Query, figures: PublicFigures, unit: Unit | None, frame: dict[str, Any]
) -> MapPicture:
    residents = world.boundaries.population
    chosen = figures.chosen
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = np.where(residents > 0, figures.by_ward * _PER / residents / chosen.years, np.nan)
    if not np.isfinite(rates).any():
        raise InputError("Every ward is withheld or has no known residents; choose a longer period or more types.")
    title = f"Recorded incidents per {_PER:,} residents a year"
    classes = replace(classify(rates, title=title, decimals=0), no_data_label=GAP_NAME)
    name = name_unit(world, None) if unit is None else unit.name
    outlined = f" · {unit.name} outlined" if unit is not None else ""
    return MapPicture(
        title=f"{name}: {_write_rate(world, figures, unit)}",
        subtitle=f"{chosen.label} · {chosen.period} · {title.lower()}, by ward{outlined}",
        facts=_list_facts(world, figures, unit),
        **frame,
        boundaries=world.boundaries,
        values=rates,
        classes=classes,
        highlight=() if unit is None else tuple(world.boundaries.codes[ward] for ward in unit.wards),
        highlight_name="" if unit is None else unit.name,
        whole=True,
    )


def _make_trend(
    world: World, _query: Query, figures: PublicFigures, unit: Unit | None, frame: dict[str, Any]
) -> TrendPicture:
    chosen = figures.chosen
    wards = None if unit is None else unit.wards
    months = np.arange(chosen.months[0], chosen.months[-1] + 1, dtype=np.int64)
    values = _lay_out(months, chosen.months, figures.count_months(wards))
    name = name_unit(world, None) if unit is None else unit.name
    if not np.isfinite(values).any():
        raise InputError(f"Every month of {name} is withheld, because counts are small; choose more types.")
    events = list_events(world, chosen)
    dispersion = _find_dispersion(world, chosen)
    title, compared = _head_trend(figures, name, months, values, wards=wards, dispersion=dispersion)
    return TrendPicture(
        title=title,
        subtitle=f"{chosen.label} · {chosen.period} · incidents a month, rounded{compared}",
        facts=_list_facts(world, figures, unit),
        **{**frame, "notes": (*frame["notes"], *(EVENT_NOTES[month] for month, _words in events))},
        months=months,
        values=values,
        series_name=name,
        value_title="Incidents a month, rounded",
        events=events,
        gap_name=GAP_NAME,
    )


def _head_trend(
    figures: PublicFigures,
    name: str,
    months: NDArray[np.int64],
    values: NDArray[np.float64],
    *,
    wards: tuple[int, ...] | None,
    dispersion: float,
) -> tuple[str, str]:
    """Return the title with the change of a year, and what the subtitle says of the months that are compared.

    The change of an area is said flatly only where it would stand out among all wards, by the rule of the page of
    trends; None for `wards` is the whole force.
    """
    change = compare_years(values, dispersion=dispersion)
    if change is None:
        return f"{name}, month by month", ""
    doubtful = wards is not None and _may_be_chance(figures, values, wards, dispersion=dispersion)
    paired = months[_pair_years(values)[0]]
    return (
        f"{name}: {say_year(change, may_be_chance=doubtful)}",
        f" · {name_compared(paired.tolist())}, with its 90% range",
    )


def _make_ranking(
    world: World, query: Query, figures: PublicFigures, _unit: Unit | None, frame: dict[str, Any]
) -> RankingPicture:
    picture = compose_picture(world, replace(query, show=METRICS[0].code, operation=""), "ranking")
    if not isinstance(picture, RankingPicture):
        raise TypeError(f"A ranking is drawn as {type(picture).__name__}.")
    known = {
        other.code for other in world.units if np.isfinite(figures.count(other.wards))
    }  # a ward that is withheld has no rank either
    rows = tuple(row for row in picture.rows if row.code in known)
    if not rows:
        raise InputError("Every ward is withheld, because counts are small; choose a longer period or more types.")
    return replace(
        picture,
        **frame,
        rows=rows,
        facts=(),
        highlight=tuple(code for code in picture.highlight if code in known),
    )


def _make_multiples(
    world: World, figures: PublicFigures, unit: Unit | None, frame: dict[str, Any], areas: tuple[str, ...]
) -> MultiplesPicture:
    chosen = figures.chosen
    months = np.arange(chosen.months[0], chosen.months[-1] + 1, dtype=np.int64)
    units = _choose_units(world, figures, unit, areas)
    names = [one.name for one in units]
    dispersion = _find_dispersion(world, chosen)
    panels, compared = [], set()
    for one in units:
        values = _lay_out(months, chosen.months, figures.count_months(one.wards))
        change = compare_years(values, dispersion=dispersion)
        if change is not None:
            compared.update(months[_pair_years(values)[0]].tolist())
        name = one.label if names.count(one.name) > 1 else one.name
        panels.append(MonthsPanel(name, values, "" if change is None else _write_change(change)))
    return MultiplesPicture(
        title=f"{chosen.label} by month in {write_count(len(panels), 'area')}",
        subtitle=f"{chosen.period} · incidents a month, rounded, all on one scale"
        + (f" · change of {name_compared(sorted(compared))}, with its 90% interval" if compared else ""),
        **frame,
        months=months,
        panels=tuple(panels),
        value_title="Incidents a month, rounded, all on one scale",
        events=list_events(world, chosen),
        gap_name=GAP_NAME,
    )


def _choose_units(world: World, figures: PublicFigures, unit: Unit | None, areas: tuple[str, ...]) -> list[Unit]:
    """Choose what is set side by side: what is named, or the area and the wards with the highest published rate."""
    if len(areas) > MOST_PANELS:
        raise InputError(f"{len(areas):,} areas are named; a picture of several areas shows up to {MOST_PANELS}.")
    if areas:
        units = list(dict.fromkeys(world.units[find_unit(world, name)] for name in areas))
    else:
        with np.errstate(divide="ignore", invalid="ignore"):
            rates = figures.by_ward / world.boundaries.population
        order = np.argsort(-np.where(np.isfinite(rates), rates, -1.0), kind="stable")
        wards = [world.units[ward] for ward in order if np.isfinite(figures.by_month[ward]).any()]
        first = [] if unit is None else [unit]
        own = () if unit is None else unit.wards
        units = [*first, *(ward for ward in wards if ward.wards[0] not in own)][:SHOWN_AREAS]
    known = [one for one in units if np.isfinite(figures.count_months(one.wards)).any()]
    if not known:
        raise InputError("Every month of these areas is withheld, because counts are small; choose more types.")
    return known


def _write_change(change: Change) -> str:
    if not np.isfinite(change.ratio) or not np.isfinite(change.high):
        return "too few to compare"
    return f"{write_change(change.ratio)} ({write_change(change.low)} to {write_change(change.high)})"


_MAKERS: dict[str, Callable[..., Picture]] = {"wards": _make_wards, "trend": _make_trend, "ranking": _make_ranking}
PUBLIC_KINDS = (*_MAKERS, "multiples")
"""The kinds of picture that may stand in a public pack."""


def _pair_years(values: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pair the last twelve positions with those a year before, where both are published."""
    last = np.arange(max(len(values) - _YEAR, _YEAR), len(values))
    last = last[np.isfinite(values[last]) & np.isfinite(values[last - _YEAR])]
    return last, last - _YEAR


def compare_years(values: NDArray[np.float64], *, dispersion: float, level: float = LEVEL) -> Change | None:
    """Compare the last twelve published months with the same months a year before; None where too few can be paired.

    None, too, where the period holds less than two years: the page of trends compares with months before the period,
    which are not published here, and one place would have two figures for one change.

    Parameters
    ----------
    values
        Published figures of consecutive months, NaN where withheld or missing, shape (n,).
    dispersion
        Variance by mean of a count.
    level
        Probability that the interval holds.
    """
    last, before = _pair_years(values)
    if len(values) < 2 * _YEAR or len(last) < _LEAST_PAIRS:
        return None
    now, then, count = float(values[last].sum()), float(values[before].sum()), len(last)
    ratio, low, high = change_ratio(now, count, then, count, level=level, dispersion=dispersion)
    return Change("the year before", int(then), ratio, low, high)


def _may_be_chance(
    figures: PublicFigures, values: NDArray[np.float64], wards: tuple[int, ...], *, dispersion: float
) -> bool:
    """Tell whether a change may be chance among all wards, as `trends.compare_areas` does, from published figures.

    A ward that is withheld counts as looked at, and as no evidence.
    """
    first = figures.chosen.months[0]
    laid = np.full((len(figures.by_month), figures.chosen.months[-1] - first + 1), np.nan)
    laid[:, np.array(figures.chosen.months) - first] = figures.by_month
    p = np.array([_find_p(row, dispersion=dispersion) for row in laid])
    own = _find_p(values, dispersion=dispersion)
    if len(wards) > 1:
        return own > FALSE_ALARMS
    p[wards[0]] = own
    return bool(adjust_p(p)[wards[0]] > FALSE_ALARMS)


def _find_p(values: NDArray[np.float64], *, dispersion: float) -> float:
    last, before = _pair_years(values)
    sums = (np.array([float(values[at].sum())]) for at in (last, before))
    z = float(measure_changes(*sums, dispersion=dispersion)[0])
    return float(2 * ndtr(-abs(z))) if np.isfinite(z) else 1.0


def _find_dispersion(world: World, chosen: Chosen) -> float:
    """Tell how incidents come in series in the whole force: the one factor of the page of trends, to a tenth.

    It is the only unpublished number that a public picture rests on: one figure made of some thousand counts, none of
    which follows from it.
    """
    found = estimate_dispersion(count_by_ward(world, chosen))
    return max(round(float(found), 1), 1.0) if np.isfinite(found) else 1.0


def _lay_out(months: NDArray[np.int64], covered: tuple[int, ...], figures: NDArray[np.float64]) -> NDArray[np.float64]:
    values = np.full(len(months), np.nan)
    values[np.array(covered) - months[0]] = figures
    return values


def _write_rate(world: World, figures: PublicFigures, unit: Unit | None) -> str:
    total = figures.count(None if unit is None else unit.wards)
    if not np.isfinite(total):
        return "figures are withheld, because counts are small"
    rate = _rate(world, figures, unit)
    if not np.isfinite(rate):
        return f"about {write_number(total)} recorded incidents"
    return f"about {write_number(rate)} recorded incidents per {_PER:,} residents a year"


def _rate(world: World, figures: PublicFigures, unit: Unit | None) -> float:
    population = world.boundaries.population
    residents = float(np.nansum(population) if unit is None else population[list(unit.wards)].sum())
    total = figures.count(None if unit is None else unit.wards)
    return total * _PER / residents / figures.chosen.years if residents > 0 else float("nan")


def _list_facts(world: World, figures: PublicFigures, unit: Unit | None) -> tuple[Fact, ...]:
    wards = None if unit is None else unit.wards
    total, rate = figures.count(wards), _rate(world, figures, unit)
    facts = []
    if np.isfinite(total):
        facts.append(Fact("Whole period", f"about {write_number(total)}", "recorded incidents"))
    if np.isfinite(rate):
        facts.append(Fact("Rate", f"about {write_number(rate)}", f"per {_PER:,} residents a year"))
    types = figures.count_types(wards)
    if np.isfinite(types).any() and len(types) > 1:
        most = int(np.nanargmax(types))
        facts.append(Fact("Most often", figures.chosen.types[most], f"about {write_number(float(types[most]))}"))
    return tuple(facts)
