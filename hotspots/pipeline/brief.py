"""Pictures for a briefing: from a query to PNG bytes, with everything a reader must know on them."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from hotspots.errors import InputError, StoreError
from hotspots.months import LSOA_CHANGE, SNAP_POINT_REFRESH, name_month
from hotspots.pipeline.area import AreaAnswer, describe_area
from hotspots.pipeline.attribution import state_licence
from hotspots.pipeline.overview import Overview, choose_figures, overview
from hotspots.pipeline.selection import name_unit
from hotspots.terms import slug
from hotspots.views.pictures import Fact, MapPicture, Places, RankedRow, RankingPicture, TrendPicture
from hotspots.views.png import draw_picture
from hotspots.views.wording import write_number, write_range

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import pandas as pd

    from hotspots.pipeline.clusters import ClusterAnswer
    from hotspots.pipeline.figures import KeyFigure
    from hotspots.pipeline.overview import MapFigures
    from hotspots.pipeline.score import ScoreAnswer
    from hotspots.pipeline.selection import Chosen
    from hotspots.pipeline.world import Unit, World
    from hotspots.query import Query
    from hotspots.views.sheet import Size

KINDS = ("map", "ranking", "trend")
"""The kinds of picture, in the order in which ``all`` draws them."""
SHOWN_RANKS = 40
_EVENTS = {SNAP_POINT_REFRESH: "new map points", LSOA_CHANGE: "new LSOA codes"}
_EVENT_NOTES = {
    SNAP_POINT_REFRESH: "The line “new map points” marks July 2022, from which police.uk puts incidents on another "
    "set of points.",
    LSOA_CHANGE: "The line “new LSOA codes” marks June 2023, from which incidents carry the codes of the 2021 LSOAs.",
}


@dataclass(frozen=True)
class DrawnPicture:
    """One picture, ready to be written.

    Attributes
    ----------
    name
        File name.
    png
        The bytes; equal input gives equal bytes.
    alt
        The picture in words.
    """

    name: str
    png: bytes
    alt: str


def draw_brief(
    world: World,
    query: Query,
    *,
    kind: str = "map",
    size: Size = "slide",
    marking: str = "OFFICIAL",
    made_on: str | None = None,
    whole_force: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
) -> tuple[DrawnPicture, ...]:
    """Draw the pictures of the force, or of the area that the query names.

    Parameters
    ----------
    kind
        One of `KINDS`, or ``all``.
    size
        ``slide`` (1920 x 1080), ``a4`` or ``a4-portrait`` (150 dots an inch or better).
    marking
        Protective marking, printed at top and bottom.
    made_on
        The day to print, YYYY-MM-DD; None for none. It is never read from the clock.
    whole_force
        True to draw the force and only mark the area that the query names.
    progress
        Called with name, done and total after each picture.

    Raises
    ------
    InputError
        If the kind, the date or the query cannot be used.
    """
    kinds = KINDS if kind == "all" else (kind,)
    if not set(kinds) <= set(KINDS):
        raise InputError(f"“{kind}” is not a kind of picture; choose {', '.join(KINDS)} or all.")
    day = _parse_day(made_on) if made_on else None
    answer = describe_area(world, query) if query.area and not whole_force else overview(world, query)
    stem = answer.unit.code if isinstance(answer, AreaAnswer) else slug(name_unit(world, None))
    drawn = []
    for done, each in enumerate(kinds, start=1):
        picture = _compose(world, answer, each, marking=marking, day=day)
        name = f"{slug(stem)}-{each}-{size}.png"
        drawn.append(DrawnPicture(name, draw_picture(picture, size=size), picture.alt))
        if progress is not None:
            progress(name, done, len(kinds))
    return tuple(drawn)


def write_pictures(pictures: Sequence[DrawnPicture], folder: Path) -> tuple[Path, ...]:
    """Write pictures to a folder, each whole or not at all.

    Raises
    ------
    StoreError
        If the folder cannot be written.
    """
    written = []
    temporary = folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for picture in pictures:
            path = folder / picture.name
            temporary = folder / f".{picture.name}.{os.getpid()}.tmp"
            temporary.write_bytes(picture.png)
            temporary.replace(path)
            written.append(path)
    except OSError as error:
        if temporary != folder:
            temporary.unlink(missing_ok=True)
        raise StoreError(f"{folder} cannot be written ({error.strerror}); choose another folder with --out.") from None
    return tuple(written)


def _parse_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"“{text}” is not a date; write year, month and day as in 2023-03-14.") from None


def _compose(
    world: World, answer: Overview | AreaAnswer, kind: str, *, marking: str, day: date | None
) -> MapPicture | RankingPicture | TrendPicture:
    if kind == "ranking":
        return compose_ranking(world, answer, marking=marking, day=day)
    if kind == "trend":
        return compose_trend(world, answer, marking=marking, day=day)
    if isinstance(answer, AreaAnswer):
        return compose_area_map(world, answer, marking=marking, day=day)
    return compose_force_map(world, answer, marking=marking, day=day)


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
        facts=_facts(answer.key_figures),
        **_common(world, answer, marking, day),
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
    interval = f"90% range {write_range(row['rank_low'], row['rank_high'])}"
    places = "map points" if world.grid_m is None else f"squares of {world.grid_m:g} m"
    similar = choose_figures(answer.score, answer.chosen.query.show)
    return MapPicture(
        title=f"{unit.name} ranks {row['rank']} of {len(world.boundaries)} wards ({interval})",
        subtitle=f"{answer.chosen.label} · {answer.chosen.period} · {places} with incidents, and clusters",
        facts=_facts(answer.key_figures),
        **_common(world, answer, marking, day),
        method=describe_threshold(answer.local),
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
        **{**_common(world, answer, marking, day), "notes": answer.caveats},
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
    change = answer.key_figures[0].changes
    month = name_month(answer.chosen.months[-1])
    headline = f", {month}: {change[-1].sentence}" if change else ""
    events = list_events(world, answer.chosen)
    common = _common(world, answer, marking, day)
    return TrendPicture(
        title=f"{name}{headline}",
        subtitle=f"{answer.chosen.label} · {answer.chosen.period} · incidents a month",
        facts=_facts(answer.key_figures),
        **{**common, "notes": (*common["notes"], *(_EVENT_NOTES[month] for month, _words in events))},
        months=monthly["month"].to_numpy(np.int64),
        values=monthly["incidents"].to_numpy(np.float64),
        series_name=name,
        value_title="Incidents a month",
        comparison=comparison,
        comparison_name="At the force's rate" if comparison is not None else "",
        events=events,
    )


def source_line(world: World) -> str:
    """Say what a picture rests on and under which licence."""
    extract = f"counts on a {world.grid_m:g} m grid from " if world.grid_m is not None else ""
    return f"Source: {extract}police.uk; {world.boundaries.name}. {state_licence(world)} Harm: {world.harm.source}"


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


def list_events(world: World, chosen: Chosen) -> tuple[tuple[int, str], ...]:
    """List the breaks in the data that the period crosses, each as its month and a few words."""
    return tuple((month, _EVENTS[month]) for month in world.breaks_within(chosen.months[0], chosen.months[-1]))


def _common(world: World, answer: Overview | AreaAnswer, marking: str, day: date | None) -> dict[str, Any]:
    """Return what every picture carries."""
    ranges = any(np.isfinite(change.ratio) for figure in answer.key_figures for change in figure.changes[-1:])
    return {
        "notes": (*answer.caveats, *(["Changes in brackets: the 90% range."] if ranges else [])),
        "source": source_line(world),
        "data_version": world.data_version,
        "made_on": day,
        "marking": marking,
    }


def _facts(figures: Sequence[KeyFigure]) -> tuple[Fact, ...]:
    return tuple(
        Fact(figure.label, figure.value, figure.changes[-1].sentence if figure.changes else figure.unit)
        for figure in figures
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
