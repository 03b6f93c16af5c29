"""How a map stands on its sheet: one map for an area, two for a force, with key figures, legend and tables beside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotspots.views import palette
from hotspots.views.base_layer import BaseLayer, base_layer
from hotspots.views.blocks import (
    GAP,
    Column,
    Key,
    Legend,
    draw_facts,
    draw_frame,
    draw_heading,
    draw_legend,
    draw_table,
    height_of_facts,
    height_of_legend,
    list_class_keys,
    list_dot_keys,
    measure_column,
    row_height,
)
from hotspots.views.classes import classify
from hotspots.views.map_panel import (
    MapPanel,
    draw_clusters,
    draw_context,
    draw_furniture,
    draw_neutral_wards,
    draw_outline,
    draw_places,
    draw_wards,
    name_authorities,
    name_wards,
    number_clusters,
    reserve_furniture,
    widen,
)
from hotspots.views.sheet import Box, badge_radius, fit_lines, line_height
from hotspots.views.wording import write_count, write_number

if TYPE_CHECKING:
    import pandas as pd

    from hotspots.views.classes import Classes
    from hotspots.views.pictures import Bounds, MapPicture
    from hotspots.views.sheet import Sheet

_AREA_MARGIN, _AREA_LEAST = 0.08, 1_500.0
_SIDE = {"slide": 292.0, "page": 250.0}
_MOST_RANKED, _MOST_CLUSTERS = 12, 12
_FEWEST_ROWS = 3


def lay_out_map(sheet: Sheet, picture: MapPicture) -> None:
    """Lay out a map picture."""
    body = draw_frame(sheet, picture)
    base = base_layer(picture.boundaries)
    place_classes = _classify_places(picture)
    whole = picture.extent is None and not picture.highlight
    zoom = picture.zoom or base.crowded if whole else None
    legend = _make_legend(picture, place_classes, enlarged=zoom is not None)
    numbered = _count_numbered(picture)
    landscape = sheet.paper.width > sheet.paper.height
    maps, side = _share_landscape(sheet, body) if landscape else _share_portrait(sheet, picture, legend, body)
    below_map = legend if landscape and zoom is not None else None
    if zoom is not None:
        left, right = _split(maps, base)
        if below_map is not None:  # beside, the legend would leave no room for both tables
            height = left.height - GAP - height_of_legend(sheet, below_map, left.width)
            left = Box(left.left, left.top, left.width, height)
            draw_legend(sheet, below_map, left.left, left.bottom + GAP, left.width)
        large = Scene(picture, base, place_classes, zoom, numbered=numbered, enlarged=True)
        shown = _draw_panel(sheet, large, right)
        _draw_panel(sheet, Scene(picture, base, place_classes, base.extent, framed=shown), left)
    else:
        extent = _find_extent(picture, base)
        _draw_panel(sheet, Scene(picture, base, place_classes, extent, numbered=numbered), maps)
    beside = legend if below_map is None else Legend("", "", ())
    (_draw_side if landscape else _draw_below)(sheet, picture, side, beside, numbered)


def _share_landscape(sheet: Sheet, body: Box) -> tuple[Box, Box]:
    width = _SIDE["slide"] if sheet.paper.width > 900 else _SIDE["page"]  # noqa: PLR2004 - between the papers
    maps = Box(body.left, body.top, body.width - width - 1.5 * GAP, body.height)
    return maps, Box(body.right - width, body.top, width, body.height)


def _share_portrait(sheet: Sheet, picture: MapPicture, legend: Legend, body: Box) -> tuple[Box, Box]:
    """Give the map what figures and legend leave, between half and three quarters of the height."""
    below = height_of_facts(sheet, picture.facts) + height_of_legend(sheet, legend, _column_below(body.width))
    height = float(np.clip(body.height - GAP - below, body.height * 0.5, body.height * 0.75))
    maps = Box(body.left, body.top, body.width, height)
    return maps, Box(body.left, maps.bottom + GAP, body.width, body.bottom - maps.bottom - GAP)


def _split(maps: Box, base: BaseLayer) -> tuple[Box, Box]:
    """Part the space between the whole force, in its own shape, and the enlarged part."""
    west, south, east, north = widen(base.extent, share=0.02, least=1000)
    wanted = maps.height * (east - west) / (north - south)
    width = min(max(wanted, maps.width * 0.25), maps.width * 0.34)
    left = Box(maps.left, maps.top, width, maps.height)
    return left, Box(left.right + GAP, maps.top, maps.width - width - GAP, maps.height)


def _find_extent(picture: MapPicture, base: BaseLayer) -> Bounds:
    if picture.extent is not None:
        return picture.extent
    if picture.highlight:
        chosen = [picture.boundaries.index(code) for code in picture.highlight]
        bounds = base.bounds[chosen]
        west, south = bounds[:, :2].min(axis=0)
        east, north = bounds[:, 2:].max(axis=0)
        return widen((float(west), float(south), float(east), float(north)), share=_AREA_MARGIN, least=_AREA_LEAST)
    return widen(base.extent, share=0.02, least=1000)


def _classify_places(picture: MapPicture) -> Classes | None:
    if picture.places is None:
        return None
    return picture.places.classes or classify(
        picture.places.weight, title="Incidents at each place", method="jenks", least=1
    )


@dataclass(frozen=True)
class Scene:
    """What one of the maps of a picture shows.

    Attributes
    ----------
    picture, base, place_classes
        The picture, its shapes, and the classes of its places.
    extent
        Bounds in metres.
    numbered
        How many clusters carry a number; the map of the whole force beside an enlarged one has none.
    enlarged
        True for the larger-scale map of two.
    framed
        What the other map shows; marked on this one.
    """

    picture: MapPicture
    base: BaseLayer
    place_classes: Classes | None
    extent: Bounds
    numbered: int = 0
    enlarged: bool = False
    framed: Bounds | None = None

    @property
    def overview(self) -> bool:
        """True for the smaller-scale map of two."""
        return self.framed is not None


def _draw_panel(sheet: Sheet, scene: Scene, box: Box) -> Bounds:
    """Draw one map, and return what it shows."""
    paper, picture, base = sheet.paper, scene.picture, scene.base
    panel = MapPanel(sheet, box, widen(scene.extent, share=0.02, least=0) if scene.overview else scene.extent)
    chosen = {picture.boundaries.index(code) for code in picture.highlight}
    edge_width = float(np.clip(panel.points_per_metre * 25, 0.25, 0.9))
    is_neutral = picture.values is None or picture.places is not None
    draw_context(panel, base, line=palette.GREY_TEXT if is_neutral else palette.INK)
    if picture.values is not None and picture.classes is not None and picture.places is None:
        draw_wards(panel, base, picture.values, picture.classes, edge_width=edge_width)
    else:
        draw_neutral_wards(panel, base, chosen, edge_width=max(edge_width, 0.5))
    if chosen:
        draw_outline(panel, base.unite(tuple(sorted(chosen))))
    if picture.places is not None and scene.place_classes is not None:
        draw_places(panel, picture.places, scene.place_classes)
    reserve_furniture(panel, size=paper.small)
    clusters = picture.clusters
    if clusters is not None and len(clusters) and not scene.overview:
        shapes = clusters["geometry"].to_list()
        draw_clusters(panel, shapes)
        number_clusters(
            panel,
            [int(number) for number in clusters["cluster"]][: scene.numbered],
            shapes,
            size=paper.small,
            shown=scene.numbered,
        )
    _write_names(panel, scene, chosen)
    if scene.framed is not None:
        _frame_part(panel, scene.framed)
    draw_furniture(panel, size=paper.small)
    if scene.enlarged:
        panel.add_frame(colour=palette.INK, width=1.2)
    else:
        panel.add_frame()
    return panel.extent


def _frame_part(panel: MapPanel, part: Bounds) -> None:
    """Frame on the map what the larger-scale one shows."""
    left, top = panel.to_points(part[0], part[3])
    right, bottom = panel.to_points(part[2], part[1])
    left, top = max(left, panel.box.left), max(top, panel.box.top)
    framed = Box(left, top, min(right, panel.box.right) - left, min(bottom, panel.box.bottom) - top)
    panel.sheet.add_box(framed, edge=palette.WHITE, width=3)
    panel.sheet.add_box(framed, edge=palette.INK, width=1.2)


def _write_names(panel: MapPanel, scene: Scene, chosen: set[int]) -> None:
    paper, base, boundaries = panel.sheet.paper, scene.base, scene.picture.boundaries
    small = (paper.small,)
    if chosen:
        if len(chosen) > 1:  # the title names a single ward
            name_wards(
                panel,
                base,
                boundaries.names,
                sorted(chosen),
                sizes=(paper.small,),
                colours=palette.INK,
                bold=True,
                overflow=True,
            )
        others = [ward for ward in range(len(boundaries)) if ward not in chosen]
        name_wards(panel, base, boundaries.names, others, sizes=small, colours=palette.GREY_TEXT)
        name_authorities(panel, base, size=paper.small, own=False, overflow=False)
        return
    name_authorities(panel, base, size=paper.body, own=True, overflow=not scene.overview)


def _count_numbered(picture: MapPicture) -> int:
    clusters = picture.clusters
    return 0 if clusters is None else min(len(clusters), _MOST_CLUSTERS)


def _make_legend(picture: MapPicture, place_classes: Classes | None, *, enlarged: bool) -> Legend:
    """List the classes, then the outlines."""
    title, counted, keys = "", "", []
    if picture.places is not None and place_classes is not None:
        title, counted = place_classes.title, "places"
        keys = list_dot_keys(place_classes, place_classes.count(picture.places.weight))
    elif picture.values is not None and picture.classes is not None:
        title, counted = picture.classes.title, "areas"
        keys = list_class_keys(picture.classes, picture.classes.count(picture.values))
    if picture.clusters is not None and len(picture.clusters):
        keys.append(Key("cluster", f"Cluster of incidents ({len(picture.clusters):,} in all)"))
    if picture.highlight:
        keys.append(Key("area", picture.highlight_name or "The chosen area"))
    if enlarged:
        keys.append(Key("frame", "Enlarged on the right"))
    return Legend(title, counted, tuple(keys))


def _draw_side(sheet: Sheet, picture: MapPicture, side: Box, legend: Legend, numbered: int) -> None:
    """Stack figures, legend and tables in a column."""
    top = draw_facts(sheet, picture.facts, side.left, side.top, side.width)
    if legend.keys:
        top = draw_legend(sheet, legend, side.left, top, side.width)
    _draw_tables(sheet, picture, Box(side.left, top, side.width, side.bottom - top), numbered)


def _draw_below(sheet: Sheet, picture: MapPicture, side: Box, legend: Legend, numbered: int) -> None:
    """Put figures and legend at the left, tables at the right, below the map."""
    column = _column_below(side.width)
    top = draw_facts(sheet, picture.facts, side.left, side.top, column)
    if legend.keys:
        draw_legend(sheet, legend, side.left, top, column)
    _draw_tables(sheet, picture, Box(side.right - column, side.top, column, side.height), numbered)


def _column_below(width: float) -> float:
    return (width - 2 * GAP) / 2


def _draw_tables(sheet: Sheet, picture: MapPicture, box: Box, numbered: int) -> None:
    """Share the room between the ranking and the clusters."""
    head = line_height(sheet.paper.body) + 3 + line_height(sheet.paper.small) + 1 + GAP
    row = row_height(sheet)
    clusters, ranked = numbered, min(len(picture.ranked), _MOST_RANKED)
    tables = (clusters > 0) + (ranked > 0)
    if not tables:
        if picture.clusters is not None:
            _say_no_cluster(sheet, box)
        return
    room = int((box.height - tables * head + GAP) / row)
    if tables == 2:  # noqa: PLR2004 - both
        ranked = min(ranked, max(room - clusters, (room + 1) // 2))
        clusters = min(clusters, room - ranked)
    else:
        ranked, clusters = min(ranked, room), min(clusters, room)
    top = box.top
    if ranked >= min(_FEWEST_ROWS, len(picture.ranked)) and ranked > 0:
        top = _draw_ranked(sheet, picture, ranked, Box(box.left, top, box.width, box.height))
    if clusters >= min(_FEWEST_ROWS, numbered) and clusters > 0 and picture.clusters is not None:
        _draw_clusters(sheet, picture.clusters, clusters, Box(box.left, top, box.width, box.height))


def _say_no_cluster(sheet: Sheet, box: Box) -> None:
    top = draw_heading(sheet, "No cluster", box.left, box.top, box.width)
    size = sheet.paper.small
    text = "Incidents here are spread out: no group of places is dense enough to stand out."
    lines, size = fit_lines(text, width=box.width, size=size, max_lines=3)
    sheet.add_lines(box.left, top, lines, size=size)


def _draw_ranked(sheet: Sheet, picture: MapPicture, count: int, box: Box) -> float:
    rows = picture.ranked[:count]
    top = draw_heading(sheet, picture.ranked_title, box.left, box.top, box.width)
    ranks = tuple(str(row.rank) for row in rows)
    values = tuple(write_number(row.value, decimals=picture.value_decimals) for row in rows)
    intervals = tuple(row.interval for row in rows)
    columns = [
        Column("Rank", ranks, measure_column(sheet, "Rank", ranks, bold=True), "right", bold=True),
        Column("Area", tuple(row.name for row in rows)),
        Column(picture.value_title, values, measure_column(sheet, picture.value_title, values), "right"),
    ]
    if any(intervals):
        columns.append(Column("90% range", intervals, measure_column(sheet, "90% range", intervals), "right"))
    marked = [bool(row.code) and row.code in picture.highlight for row in rows]
    return draw_table(sheet, columns, box.left, top, box.width, marked=marked)


def _draw_clusters(sheet: Sheet, clusters: pd.DataFrame, count: int, box: Box) -> float:
    total = len(clusters)
    heading = f"Clusters: largest {count} of {total:,}" if total > count else f"{write_count(total, 'cluster')}"
    top = draw_heading(sheet, heading, box.left, box.top, box.width)
    shown = clusters.head(count)
    numbers = tuple(str(int(number)) for number in shown["cluster"])
    incidents = tuple(write_number(float(value)) for value in shown["incidents"])
    columns = [
        Column("No.", numbers, 2 * badge_radius(sheet.paper.small - 1) + 4, badge=True),
        Column("Incidents", incidents, measure_column(sheet, "Incidents", incidents), "right"),
    ]
    named = next((column for column in ("name", "area_name") if column in shown), None)
    if named is not None:
        columns.insert(1, Column("Ward", tuple(str(value) for value in shown[named])))
    if "hectares" in shown:
        hectares = tuple(write_number(float(value)) for value in shown["hectares"])
        columns.append(Column("Hectares", hectares, measure_column(sheet, "Hectares", hectares), "right"))
    return draw_table(sheet, columns, box.left, top, box.width)
