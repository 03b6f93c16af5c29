"""What the overview shows of one view, made once for everybody: the map's data, the tables and the chart.

A change of a filter is then mostly Streamlit's own work; which ward is marked, and the look of the screen, come on top.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import streamlit as st

from hotspots.pipeline.brief_frame import list_events
from hotspots.pipeline.figures import say_months
from hotspots.pipeline.overview import choose_figures
from hotspots.query import Query
from hotspots.ui.caches import ANSWERS_KEPT, find_named_outlines, find_overview, find_shapes, leave_cells_out
from hotspots.ui.standing import find_world
from hotspots.ui.tables import is_visited, show_clusters, show_ranking
from hotspots.views.browser_map import AreaFigures, build_ward_map, describe_clusters, write_ward_map
from hotspots.views.charts import chart_trend
from hotspots.views.wording import write_number, write_percent, write_range

if TYPE_CHECKING:
    import pandas as pd

    from hotspots.pipeline.figures import KeyFigure
    from hotspots.pipeline.overview import MapFigures, Overview
    from hotspots.pipeline.selection import Chosen
    from hotspots.pipeline.world import World
    from hotspots.settings import Settings
    from hotspots.views.classes import Classes

_SAID = (
    "area_code", "area_name", "rank", "rank_low", "rank_high", "score", "harm_per_1000", "rate_per_1000", "incidents",
)  # fmt: skip
HEIGHT = 460
"""Pixels of the map."""


@dataclass(frozen=True, eq=False)
class Table:
    """A table as it goes to the browser, and Streamlit's settings of its columns."""

    rows: pa.Table
    columns: dict[str, Any]

    def copy_columns(self) -> dict[str, Any]:
        """Copy the settings, to which Streamlit adds."""
        return deepcopy(self.columns)


@dataclass(frozen=True, eq=False)
class OverviewParts:
    """One view of the overview, without the chosen area. Shared by everybody: nothing here is changed.

    Attributes
    ----------
    title, chosen, key_figures, apart, caveats
        From the answer, see `pipeline.overview.Overview`.
    areas
        What is said of a chosen area: area_code, area_name, rank, rank_low, rank_high, score, harm_per_1000,
        rate_per_1000 and incidents.
    has_visited
        Whether an area is flagged for visitors or few residents.
    provenance, shared_note
        How clusters and ranks were made.
    classes
        Breaks and colours of the map.
    ward_map
        From `views.browser_map.write_ward_map`.
    ranking, codes
        The ranked table, and the codes of its areas in order.
    clusters
        The table of clusters.
    events, trend, months
        Breaks in the months, the chart of them, and what it shows in words.
    """

    title: str
    chosen: Chosen
    key_figures: tuple[KeyFigure, ...]
    apart: tuple[KeyFigure, ...]
    caveats: tuple[str, ...]
    areas: pd.DataFrame
    has_visited: bool
    provenance: dict[str, Any]
    shared_note: str
    classes: Classes
    ward_map: str
    ranking: Table
    codes: tuple[str, ...]
    clusters: Table
    events: tuple[tuple[int, str], ...]
    trend: dict[str, Any]
    months: str


def warm(settings: Settings) -> None:
    """Open the data and make what the first page shows, for whoever comes first.

    Raises
    ------
    InputError, StoreError
        If the data cannot be read.
    """
    world = find_world(settings)
    find_shapes(world)
    find_overview_parts(world, Query())


def find_overview_parts(world: World, query: Query) -> OverviewParts:
    """Make the parts of a view, or return them when somebody has seen it.

    Raises
    ------
    InputError
        If no incident matches.
    """
    wanted = replace(leave_cells_out(query), area="", show=query.show, by=query.by)
    return _find_parts(world.version, wanted, world)


@st.cache_resource(show_spinner=False, max_entries=ANSWERS_KEPT)
def _find_parts(version: str, query: Query, _world: World) -> OverviewParts:  # noqa: ARG001 - the version is part of the key
    answer = find_overview(_world, query)
    figures = choose_figures(answer.score, query.show)
    ranking = answer.score.ranked(query.by)
    events = tuple(list_events(_world, answer.chosen))
    return OverviewParts(
        title=answer.title,
        chosen=answer.chosen,
        key_figures=answer.key_figures,
        apart=answer.apart,
        caveats=answer.caveats,
        areas=answer.score.table[list(_SAID)],
        has_visited=any(map(is_visited, answer.score.table["flags"])),
        provenance=answer.provenance,
        shared_note=answer.clusters.shared_note,
        classes=figures.classes,
        ward_map=_build_map(_world, answer, figures),
        ranking=_to_table(*show_ranking(ranking, figures=figures)),
        codes=tuple(ranking["area_code"]),
        clusters=_to_table(*show_clusters(answer.clusters.table.drop(columns="incidents_here"))),
        events=events,
        trend=chart_trend(
            answer.monthly["month"],
            answer.monthly["incidents"],
            series_name=answer.chosen.label,
            value_title="Incidents a month",
            events=events,
            ringed=answer.chosen.months[0] if answer.months_before else None,
            height=190,
        ),
        months=say_months(answer.chosen, answer.months_before),
    )


def _to_table(frame: Any, columns: dict[str, Any]) -> Table:
    """Turn a table into what goes to the browser, in the shortest types that hold it."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    return Table(table.cast(pa.schema([(field.name, _shorten(field.type)) for field in table.schema])), columns)


def _shorten(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        return pa.dictionary(kind.index_type, _shorten(kind.value_type))
    if pa.types.is_large_string(kind):
        return pa.string()
    return pa.int32() if pa.types.is_int64(kind) else kind


def _build_map(world: World, answer: Overview, figures: MapFigures) -> str:
    wards = answer.score.table[answer.score.table["kind"] == "ward"]
    data = build_ward_map(
        world.boundaries,
        classes=figures.classes,
        wards=AreaFigures(
            values=figures.values,
            labels=(
                "Rank (90% range)",
                "Score",
                "Incidents",
                "Rate per 1,000",
                "Harm per 1,000",
                "Clustered",
            ),
            figures=tuple(
                (
                    f"{row['rank']} ({write_range(row['rank_low'], row['rank_high'])})",
                    write_number(row["score"]),
                    write_number(row["incidents"]),
                    write_number(row["rate_per_1000"], decimals=1),
                    write_number(row["harm_per_1000"]),
                    write_percent(row["clustered_share"]),
                )
                for row in wards.to_dict("records")
            ),
        ),
        clusters=describe_clusters(answer.clusters.table),
        named=find_named_outlines(world),
        description=(
            f"Map of {figures.classes.title} in {len(wards)} wards, {answer.chosen.period}, with "
            f"{len(answer.clusters.table)} clusters. The tables beside it hold the same figures. "
            "Arrow keys move the map, plus and minus zoom, Enter chooses the ward at its centre."
        ),
        height=HEIGHT,
    )
    return write_ward_map(data)
