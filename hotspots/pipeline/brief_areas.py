"""Pictures of the force and of one area: its map, the ranking of wards, and its months."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hotspots.analysis.rates import estimate_dispersion
from hotspots.analysis.trend import change_ratio, pair_months
from hotspots.errors import InputError
from hotspots.months import name_month
from hotspots.pipeline.area import AreaAnswer
from hotspots.pipeline.brief_frame import (
    EVENT_NOTES,
    answer_force,
    answer_wish,
    frame_answer,
    list_breaks,
    list_facts,
    recall,
)
from hotspots.pipeline.brief_operations import band_months, find_operation_of, find_telling, mark_start
from hotspots.pipeline.figures import Change, count_by_ward, say_year, whole_history
from hotspots.pipeline.operation_area import place_area
from hotspots.pipeline.overview import Overview, choose_figures
from hotspots.pipeline.selection import name_unit
from hotspots.pipeline.trends import FALLING, RISING, compare_areas, name_compared
from hotspots.terms import METRICS
from hotspots.views.painted import Outline
from hotspots.views.pictures import MapPicture, Places, RankedRow, RankingPicture, TrendPicture
from hotspots.views.wording import write_count, write_number, write_range

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from hotspots.pipeline.brief_frame import Wish
    from hotspots.pipeline.clusters import ClusterAnswer
    from hotspots.pipeline.overview import MapFigures
    from hotspots.pipeline.score import ScoreAnswer
    from hotspots.pipeline.selection import Chosen
    from hotspots.pipeline.world import Unit, World

SHOWN_RANKS = 40
MONTHS_A_YEAR = 12


def make_map(wish: Wish) -> MapPicture:
    """Make the map of the force, or of the area that is chosen: its places and clusters."""
    answer = answer_wish(wish)
    if isinstance(answer, AreaAnswer):
        drawn = compose_area_map(wish.world, answer, marking=wish.marking, day=wish.day)
        return replace(drawn, outlines=_outline_operation(wish, answer.unit))
    return compose_force_map(wish.world, answer, marking=wish.marking, day=wish.day)


def _outline_operation(wish: Wish, unit: Unit) -> tuple[Outline, ...]:
    """Outline the area of the operation that works here, where it is not the area that is outlined already."""
    operation = find_operation_of(wish)
    if operation is None:
        return ()
    placed = place_area(wish.world, operation.value.area)
    wards = set(unit.wards)
    if placed.outline is None or not wards & set(placed.wards) or (not placed.drawn and wards == set(placed.wards)):
        return ()
    return (Outline(placed.outline, f"Area of {operation.value.name}"),)


def make_wards(wish: Wish) -> MapPicture:
    """Make the map by ward, without any place or cluster; a chosen area is marked."""
    answer = answer_force(wish)
    drawn = compose_force_map(wish.world, answer, marking=wish.marking, day=wish.day)
    unit = _unit_of(wish.world, answer.chosen)
    if unit is not None:
        row = answer.score.table.iloc[wish.world.units.index(unit)]
        drawn = replace(drawn, title=_say_rank(wish.world, unit, row))
    return replace(drawn, clusters=None, method="")


def make_ranking(wish: Wish) -> RankingPicture:
    """Make the ranking of wards with intervals."""
    return compose_ranking(wish.world, answer_wish(wish), marking=wish.marking, day=wish.day)


def make_trend(wish: Wish) -> TrendPicture:
    """Make the months of the force or of the area, with the phases of an operation that covers it.

    Those who may not take out what the operation did get the months alone.
    """
    answer = answer_wish(wish)
    drawn = compose_trend(wish.world, answer, marking=wish.marking, day=wish.day)
    operation = find_telling(wish)
    if operation is None:
        return drawn
    begun = tuple(one for one in mark_start(operation) if drawn.months[0] <= one[0] <= drawn.months[-1])
    bands = band_months(operation, last=float(drawn.months[-1] + 1))
    return replace(
        drawn,
        phases=tuple(band for band in bands if band.last > drawn.months[0]),
        events=(*begun, *drawn.events),
        subtitle=f"{drawn.subtitle} · phases of {operation.value.name}" if bands else drawn.subtitle,
    )


def compose_force_map(world: World, answer: Overview, *, marking: str, day: date | None = None) -> MapPicture:
    """Put together the map of the whole force; a chosen ward or area is outlined and keeps its row in the table."""
    figures = choose_figures(answer.score, answer.chosen.query.show)
    unit = _unit_of(world, answer.chosen)
    rows, code = _rank_wards(world, answer.score, figures, unit)
    if unit is not None and unit.kind == "area":  # the legend calls the outline by its name, and a narrow table too
        rows = tuple(replace(row, name=unit.name, is_named_area=True) if row.code == code else row for row in rows)
    marked = f" · {unit.name} outlined" if unit is not None else ""
    return MapPicture(
        title=f"{answer.title}: {answer.score.ranked('ward')['area_name'].iloc[0]} ranks first",
        subtitle=f"{answer.chosen.period} · {figures.classes.title}{marked}",
        facts=list_facts(answer.key_figures),
        **frame_answer(world, answer, marking, day),
        method=describe_threshold(answer.clusters),
        boundaries=world.boundaries,
        values=figures.values,
        classes=figures.classes,
        clusters=_name_clusters(answer.clusters.table),
        highlight=_ward_codes(world, unit),
        highlight_name=unit.name if unit is not None else "",
        highlight_code=code,
        whole=True,
        ranked=tuple(row for place, row in enumerate(rows) if place < SHOWN_RANKS or row.code == code),
        ranked_title="Highest ranked wards",
        value_title=figures.metric.label,
        value_decimals=figures.metric.decimals,
    )


def compose_area_map(world: World, answer: AreaAnswer, *, marking: str, day: date | None = None) -> MapPicture:
    """Put together the map of one area: its places and clusters; the title tells its rank."""
    row, unit = answer.row, answer.unit
    places = "map points" if world.grid_m is None else f"squares of {world.grid_m:g} m"
    similar = choose_figures(answer.score, answer.chosen.query.show)
    return MapPicture(
        title=_say_rank(world, unit, row),
        subtitle=f"{answer.chosen.label} · {answer.chosen.period} · {places} with incidents, and clusters",
        facts=list_facts(answer.key_figures),
        **frame_answer(world, answer, marking, day),
        method=" ".join(part for part in (describe_threshold(answer.local), answer.cluster_note) if part),
        boundaries=world.boundaries,
        places=Places(
            answer.places["x"].to_numpy(),
            answer.places["y"].to_numpy(),
            answer.places["incidents"].to_numpy(np.float64),
        ),
        clusters=_name_clusters(answer.clusters),
        highlight=_ward_codes(world, unit),
        highlight_name=unit.name,
        ranked=_ranked_rows(answer.similar, similar),
        ranked_title="Most similar wards",
        value_title=similar.metric.label,
        value_decimals=similar.metric.decimals,
    )


def compose_ranking(
    world: World, answer: Overview | AreaAnswer, *, marking: str, day: date | None = None
) -> RankingPicture:
    """Put together the ranking of wards with intervals; a chosen area stands out."""
    figures = choose_figures(answer.score, answer.chosen.query.show)
    rows, code = _rank_wards(world, answer.score, figures, _unit_of(world, answer.chosen))
    return RankingPicture(
        title=f"{answer.chosen.label}: which wards come first, and how sure that is",
        subtitle=f"{answer.chosen.period} · ranked by area score, with the 90% range of each rank",
        **{**frame_answer(world, answer, marking, day), "notes": answer.caveats},
        rows=rows,
        total=len(world.boundaries),
        value_title=figures.metric.label,
        value_decimals=figures.metric.decimals,
        highlight=(code,) if code else (),
    )


def compose_trend(
    world: World, answer: Overview | AreaAnswer, *, marking: str, day: date | None = None
) -> TrendPicture:
    """Put together the monthly series, with gaps as gaps."""
    monthly = answer.monthly
    name = answer.unit.name if isinstance(answer, AreaAnswer) else name_unit(world, None)
    comparison = monthly["force"].to_numpy(np.float64) if isinstance(answer, AreaAnswer) else None
    before = answer.months_before
    months = monthly["month"].to_numpy(np.int64)
    events = list_breaks(world, int(months[0]), int(months[-1]))
    common = frame_answer(world, answer, marking, day)
    return TrendPicture(
        title=_say_trend(world, answer, name),
        subtitle=f"{answer.chosen.label} · {answer.chosen.period}"
        + (f" and the {write_count(before, 'month')} before it" if before else "")
        + " · incidents a month"
        + _name_compared(world, answer.chosen),
        facts=list_facts(answer.key_figures),
        **{**common, "notes": (*common["notes"], *(EVENT_NOTES[month] for month, _words in events))},
        months=months,
        values=monthly["incidents"].to_numpy(np.float64),
        series_name=name,
        value_title="Incidents a month",
        comparison=comparison,
        comparison_name="At the force's rate" if comparison is not None else "",
        events=events,
    )


def _say_rank(world: World, unit: Unit, row: pd.Series) -> str:
    interval = f"90% range {write_range(row['rank_low'], row['rank_high'])}"
    wards = len(world.boundaries)
    if len(unit.wards) > 1:  # a named area of several wards is no ward: it is held against them
        return f"{unit.name} would rank {row['rank']} among the {wards:,} wards ({interval})"
    return f"{unit.name} ranks {row['rank']} of {wards:,} wards ({interval})"


def _say_trend(world: World, answer: Overview | AreaAnswer, name: str) -> str:
    """Say in a title how the last year stands to the one before, with its interval."""
    chosen = answer.chosen
    subject = f"{chosen.label} in {name}"
    area = answer.unit if isinstance(answer, AreaAnswer) else None
    change = compare_year(world, chosen, None if area is None else area.wards)
    if change is None:
        month = answer.key_figures[0].changes
        return f"{subject}: {name_month(chosen.months[-1])} {month[-1].sentence}" if month else f"{subject} by month"
    _months, ratio, low, high = change
    return f"{subject}: " + say_year(
        Change("the year before", 0, ratio, low, high),
        may_be_chance=area is not None and not _stands_out(world, chosen, area),
    )


def _stands_out(world: World, chosen: Chosen, unit: Unit) -> bool:
    """Whether the change of an area stands out among all, as the page of trends has it."""
    query = replace(chosen.query, area="", show=METRICS[0].code, operation="")
    try:
        trends = recall(world, ("trends", query), lambda: compare_areas(world, query))
    except InputError:
        return False
    return trends is not None and trends.table["verdict"].iloc[world.units.index(unit)] in {RISING, FALLING}


def _name_compared(world: World, chosen: Chosen) -> str:
    """Name the two periods that the title compares; empty where none are."""
    paired = pair_months(np.array(chosen.months, dtype=np.int32), world.cube.months)
    return f" · {name_compared(paired.tolist())}" if len(paired) else ""


def compare_year(world: World, chosen: Chosen, wards: tuple[int, ...] | None) -> tuple[int, float, float, float] | None:
    """Compare the last months of the period with the same calendar months a year before.

    Months are paired as on the page of trends.

    Parameters
    ----------
    wards
        Positions of wards; None for the whole force.

    Returns
    -------
    tuple or None
        Months compared, ratio, and its 90 % interval; None where no month has a fellow.
    """
    paired = pair_months(np.array(chosen.months, dtype=np.int32), world.cube.months)
    if not len(paired):
        return None
    history = whole_history(world, chosen, wards)
    months = world.cube.months
    now, before = (int(history[np.isin(months, paired - back)].sum()) for back in (0, MONTHS_A_YEAR))
    spread = estimate_dispersion(count_by_ward(world, chosen))
    change = change_ratio(now, 1, before, 1, dispersion=max(spread, 1.0) if np.isfinite(spread) else 1.0)
    return len(paired), change.ratio, change.low, change.high


def describe_threshold(answer: ClusterAnswer) -> str:
    """Say in one sentence what counts as a cluster, and who chose the threshold."""
    provenance = answer.provenance
    least, chosen = int(provenance["min_samples"]), provenance["min_samples_chosen"]
    # DBSCAN gives a place in reach of two clusters to one of them; the other may be left with less than its threshold.
    shared = (
        "; a point within reach of two clusters counts for one of them"
        if (answer.table["incidents"] < least).any()
        else ""
    )
    found = {"from the data": "from the data of the whole force", "by the user": "set by the user"}.get(chosen, chosen)
    return (
        f"Clusters: at least {write_number(least)} incidents within {provenance['eps']:g} m of a point (DBSCAN), "
        f"threshold {found}{shared}."
    )


def _name_clusters(clusters: pd.DataFrame) -> pd.DataFrame:
    return clusters.assign(name=clusters["area_name"])


def _unit_of(world: World, chosen: Chosen) -> Unit | None:
    return None if chosen.unit is None else world.units[chosen.unit]


def _ward_codes(world: World, unit: Unit | None) -> tuple[str, ...]:
    return () if unit is None else tuple(world.boundaries.codes[ward] for ward in unit.wards)


def _rank_wards(
    world: World, score: ScoreAnswer, figures: MapFigures, unit: Unit | None
) -> tuple[tuple[RankedRow, ...], str]:
    """List the wards in order of rank, a chosen named area among them, and the code of the chosen row.

    A named area that is one ward is not listed twice: the ward's row carries both names.
    """
    if unit is None or unit.kind == "ward":
        return _ranked_rows(score.ranked("ward"), figures), "" if unit is None else unit.code
    if len(unit.wards) > 1:
        ranked = score.ranked("both")
        ranked = ranked[(ranked["kind"] == "ward") | (ranked["area_code"] == unit.code)]
        return _ranked_rows(ranked, figures), unit.code
    code = world.boundaries.codes[unit.wards[0]]
    rows = _ranked_rows(score.ranked("ward"), figures)
    return tuple(replace(row, name=_join_names(row.name, unit.name)) if row.code == code else row for row in rows), code


def _join_names(ward: str, area: str) -> str:
    return f"{ward} (ward and named area)" if ward == area else f"{ward} (named area {area})"


def _ranked_rows(table: pd.DataFrame, figures: MapFigures) -> tuple[RankedRow, ...]:
    return tuple(
        RankedRow(
            rank=int(row["rank"]),
            name=str(row["area_name"]),
            value=float(row[figures.metric.column]),
            rank_low=int(row["rank_low"]),
            rank_high=int(row["rank_high"]),
            code=str(row["area_code"]),
            is_named_area=row["kind"] == "area",
        )
        for row in table.to_dict("records")
    )
