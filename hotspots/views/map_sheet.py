"""How a map stands on its sheet: one map for an area, two for a force, with key figures, legend and tables beside."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from hotspots.views.base_layer import BaseLayer, base_layer
from hotspots.views.blocks import (
    GAP,
    Key,
    Legend,
    draw_fact_strip,
    draw_facts,
    draw_frame,
    draw_legend,
    draw_legend_strip,
    height_of_legend,
    keep_facts,
    list_class_keys,
    list_dot_keys,
)
from hotspots.views.dots import class_places
from hotspots.views.listing import draw_listing
from hotspots.views.map_labels import name_authorities, name_wards, number_clusters
from hotspots.views.map_paint import (
    draw_outlines,
    draw_paint,
    draw_spots,
    list_outline_keys,
    list_paint_keys,
    tag_outlines,
    write_letters,
)
from hotspots.views.map_panel import (
    MapPanel,
    case_clusters,
    draw_clusters,
    draw_context,
    draw_furniture,
    draw_neutral_wards,
    draw_outline,
    draw_places,
    draw_wards,
    reserve_furniture,
    widen,
)
from hotspots.views.sheet import Box
from hotspots.views.tables import count_clusters, draw_tables, height_of_head, row_height

if TYPE_CHECKING:
    from hotspots.views.classes import Classes
    from hotspots.views.painted import Spot
    from hotspots.views.pictures import Bounds, MapPicture
    from hotspots.views.sheet import Sheet
    from hotspots.views.theme import Theme

_AREA_MARGIN, _AREA_LEAST = 0.08, 1_500.0
_SIDE = {"slide": 292.0, "page": 250.0}
_MOST_RANKED, _MOST_CLUSTERS = 12, 12
_FEWEST_ROWS, _GOOD_ROWS = 3, 8
_NAMED_FROM = 20_000.0
"""Width in metres of an exact view from which wards are named: as on the screen, about its zoom 11.5."""
_LEAST_MAP = 0.38
"""Least height of a square's map, as a share of the sheet; key figures give way to it."""
_LEAST_SEEN = 0.3
"""Share of the chosen area that the enlarged map must show to outline it."""
_TWO_COLUMNS = 430.0
"""Width in points from which figures and legend stand beside the tables, not above them."""
_NO_LEGEND = Legend("", "", ())


def lay_out_map(sheet: Sheet, picture: MapPicture) -> None:
    """Lay out a map picture."""
    body = draw_frame(sheet, picture)
    base = base_layer(picture.boundaries)
    place_classes = _classify_places(picture)
    whole = picture.extent is None and (picture.whole or not picture.highlight)
    zoom = picture.zoom or base.crowded if whole else None
    legend = _make_legend(
        picture, place_classes, theme=sheet.theme, enlarged=zoom is not None, listed=not sheet.paper.is_square
    )
    if sheet.paper.is_square:
        _lay_out_square(sheet, Scene(picture, base, place_classes, base.extent), body, legend, zoom)
        return
    landscape = sheet.paper.width > sheet.paper.height
    draw_beside = _draw_side if landscape else _draw_below
    maps, side = _share_landscape(sheet, body) if landscape else _share_portrait(sheet, picture, legend, body)
    if zoom is not None:
        left, right = _split(maps, base)
        if landscape:  # beside the maps, the legend would leave no room for both tables
            height = left.height - GAP - height_of_legend(sheet, legend, left.width)
            left = Box(left.left, left.top, left.width, height)
            draw_legend(sheet, legend, left.left, left.bottom + GAP, left.width)
            legend = _NO_LEGEND
        numbered = draw_beside(sheet, picture, side, legend)
        large = Scene(picture, base, place_classes, zoom, numbered=numbered, enlarged=True)
        shown = _draw_panel(sheet, large, right)
        _draw_panel(sheet, Scene(picture, base, place_classes, base.extent, numbered=numbered, framed=shown), left)
        return
    if landscape:
        maps = _take_shape(maps, picture)
        side = Box(maps.right + 1.5 * GAP, side.top, side.right - maps.right - 1.5 * GAP, side.height)
    if landscape and side.width >= _TWO_COLUMNS:  # an exact view may be narrow
        draw_beside = _draw_below
    elif landscape and _is_crowded(sheet, picture, legend, side):
        height = draw_legend_strip(sheet, legend, maps, draw=False)
        maps = _take_shape(Box(maps.left, maps.top, maps.width, maps.height - height - 5), picture)
        side = Box(maps.right + 1.5 * GAP, side.top, side.right - maps.right - 1.5 * GAP, side.height)
        draw_legend_strip(sheet, legend, Box(maps.left, maps.bottom + 5, maps.width, height))
        legend = _NO_LEGEND
    numbered = draw_beside(sheet, picture, side, legend)
    _draw_panel(sheet, Scene(picture, base, place_classes, _find_extent(picture, base), numbered=numbered), maps)


def _take_shape(box: Box, picture: MapPicture, *, centred: bool = False) -> Box:
    """Give the frame of an exact view its shape, as large as the box holds."""
    if picture.extent is None or not picture.is_exact:
        return box
    west, south, east, north = picture.extent
    scale = min(box.width / (east - west), box.height / (north - south))
    width, height = (east - west) * scale, (north - south) * scale
    return Box(box.left + (box.width - width) / 2 if centred else box.left, box.top, width, height)


def _lay_out_square(sheet: Sheet, scene: Scene, body: Box, legend: Legend, zoom: Bounds | None) -> None:
    """Put figures above the map and the legend below; a phone has no room for tables, so no cluster is numbered."""
    height = draw_legend_strip(sheet, legend, body, draw=False)
    facts = keep_facts(sheet, scene.picture.facts, body, least=_LEAST_MAP + height / sheet.paper.height)
    top = draw_fact_strip(sheet, facts, body)
    maps = Box(body.left, top, body.width, body.bottom - top - height - 6)
    draw_legend_strip(sheet, legend, Box(body.left, maps.bottom + 6, body.width, height))
    if zoom is None:
        shape = _take_shape(maps, scene.picture, centred=True)
        _draw_panel(sheet, replace(scene, extent=_find_extent(scene.picture, scene.base)), shape)
        return
    left, right = _split(maps, scene.base)
    shown = _draw_panel(sheet, replace(scene, extent=zoom, enlarged=True), right)
    _draw_panel(sheet, replace(scene, framed=shown), left)


def _is_crowded(sheet: Sheet, picture: MapPicture, legend: Legend, side: Box) -> bool:
    """Tell whether the tables would lose rows to the legend if it stood above them."""
    listed = [len(picture.listing.rows)] if picture.listing else [count_clusters(picture), len(picture.ranked)]
    tables = [min(count, _GOOD_ROWS) for count in listed if count]
    wanted = sum(height_of_head(sheet) + count * row_height(sheet) for count in tables)
    figures = draw_facts(sheet, picture.facts, side, draw=False) - side.top
    return side.height < figures + height_of_legend(sheet, legend, side.width) + GAP + wanted


def _share_landscape(sheet: Sheet, body: Box) -> tuple[Box, Box]:
    width = _SIDE["slide"] if sheet.paper.width > 900 else _SIDE["page"]  # noqa: PLR2004 - between the papers
    maps = Box(body.left, body.top, body.width - width - 1.5 * GAP, body.height)
    return maps, Box(body.right - width, body.top, width, body.height)


def _share_portrait(sheet: Sheet, picture: MapPicture, legend: Legend, body: Box) -> tuple[Box, Box]:
    """Give the map what figures and legend leave, up to three quarters of the height."""
    column = Box(body.left, body.top, _column_below(body.width), body.height)
    figures = draw_facts(sheet, picture.facts, column, draw=False) - body.top
    below = figures + height_of_legend(sheet, legend, column.width)
    height = float(np.clip(body.height - GAP - below, body.height * 0.25, body.height * 0.75))
    maps = _take_shape(Box(body.left, body.top, body.width, height), picture, centred=True)
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
    if picture.highlight and not picture.whole:
        chosen = [picture.boundaries.index(code) for code in picture.highlight]
        bounds = base.bounds[chosen]
        west, south = bounds[:, :2].min(axis=0)
        east, north = bounds[:, 2:].max(axis=0)
        return widen((float(west), float(south), float(east), float(north)), share=_AREA_MARGIN, least=_AREA_LEAST)
    return widen(base.extent, share=0.02, least=1000)


def _classify_places(picture: MapPicture) -> Classes | None:
    if picture.places is None:
        return None
    return picture.places.classes or class_places(picture.places.weight)


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
        How many clusters carry a number: those that the table lists.
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
    is_neutral = picture.values is None or picture.places is not None or picture.paint is not None
    draw_context(panel, base, line=sheet.theme.grey_text if is_neutral else sheet.theme.border)
    if picture.values is not None and picture.classes is not None and picture.places is None:
        draw_wards(panel, base, picture.values, picture.classes, edge_width=edge_width)
    else:
        draw_neutral_wards(panel, base, chosen, edge_width=max(edge_width, 0.5))
    if picture.paint is not None:
        draw_paint(panel, picture.paint)
    area = base.unite(tuple(sorted(chosen))) if chosen else None
    if area is not None and not (scene.enlarged and _is_cut(panel, area)):
        draw_outline(panel, area, marked=picture.whole)
    draw_outlines(panel, picture.outlines)
    shapes, numbers = _choose_clusters(scene)
    case_clusters(panel, shapes)
    if picture.places is not None and scene.place_classes is not None:
        draw_places(panel, picture.places, scene.place_classes)
    reserve_furniture(panel, size=paper.small)
    draw_clusters(panel, shapes)
    number_clusters(panel, numbers, shapes[: len(numbers)], size=paper.small)
    if picture.paint is not None:
        write_letters(panel, picture.paint)
    draw_spots(panel, _choose_spots(scene), listed=scene.numbered, size=paper.small)
    tag_outlines(panel, picture.outlines, size=paper.small)
    if scene.framed is not None:
        _frame_part(panel, scene.framed)
    _write_names(panel, scene, chosen)
    draw_furniture(panel, size=paper.small)
    if scene.enlarged:
        panel.add_frame(colour=sheet.theme.ink, width=1.2)
    else:
        panel.add_frame()
    return panel.extent


def _is_cut(panel: MapPanel, area: shapely.Geometry) -> bool:
    """Tell whether the frame cuts most of the chosen area away; the map of the whole force shows it."""
    return bool(shapely.intersection(area, panel.view).area < area.area * _LEAST_SEEN)


def _choose_clusters(scene: Scene) -> tuple[list[shapely.Geometry], list[int]]:
    """List the clusters of this map, each on one map only, and the numbers of the first ones: those in the table."""
    clusters = scene.picture.clusters
    if clusters is None or not len(clusters):
        return [], []
    shapes = list(clusters["geometry"])
    shown = list(range(len(shapes)))
    if scene.framed is not None:
        elsewhere = shapely.box(*scene.framed)
        shown = [position for position in shown if not shapely.intersects(shapes[position], elsewhere)]
    if scene.picture.is_exact:  # those in view, and of them the numbers of those in the table
        seen = shapely.box(*scene.extent)
        shown = [position for position in shown if shapely.intersects(shapes[position], seen)]
        listed = shown[: scene.numbered]
        return [shapes[position] for position in shown], [int(clusters["cluster"].iloc[at]) for at in listed]
    numbers = [int(clusters["cluster"].iloc[position]) for position in shown if position < scene.numbered]
    return [shapes[position] for position in shown], numbers


def _choose_spots(scene: Scene) -> list[Spot]:
    """List the spots of this map: what the larger-scale one shows is not numbered twice."""
    spots = list(scene.picture.spots)
    if scene.framed is None:
        return spots
    west, south, east, north = scene.framed
    return [spot for spot in spots if not (west <= spot.x <= east and south <= spot.y <= north)]


def _frame_part(panel: MapPanel, part: Bounds) -> None:
    """Frame on the map what the larger-scale one shows."""
    left, top = panel.to_points(part[0], part[3])
    right, bottom = panel.to_points(part[2], part[1])
    left, top = max(left, panel.box.left), max(top, panel.box.top)
    framed = Box(left, top, min(right, panel.box.right) - left, min(bottom, panel.box.bottom) - top)
    panel.sheet.add_box(framed, edge=panel.sheet.theme.ground, width=3)
    panel.sheet.add_box(framed, edge=panel.sheet.theme.ink, width=1.2)
    panel.taken.append(framed)


def _write_names(panel: MapPanel, scene: Scene, chosen: set[int]) -> None:
    paper, base, boundaries = panel.sheet.paper, scene.base, scene.picture.boundaries
    small = (paper.small,)
    if chosen and not scene.picture.whole:
        if len(chosen) > 1:  # the title names a single ward
            name_wards(
                panel,
                base,
                boundaries.names,
                sorted(chosen),
                sizes=(paper.small,),
                colours=panel.sheet.theme.ink,
                bold=True,
                overflow=True,
            )
        others = [ward for ward in range(len(boundaries)) if ward not in chosen]
        name_wards(panel, base, boundaries.names, others, sizes=small, colours=panel.sheet.theme.grey_text)
        name_authorities(panel, base, size=paper.small, own=False, overflow=False)
        return
    near = scene.picture.is_exact and panel.extent[2] - panel.extent[0] <= _NAMED_FROM
    if near:  # as near as this the name of an authority would be printed across its wards, in the place of theirs
        others = [ward for ward in range(len(boundaries)) if ward not in chosen]
        for wards, bold in ((sorted(chosen), True), (others, False)):
            name_wards(
                panel,
                base,
                boundaries.names,
                wards,
                sizes=small,
                colours=panel.sheet.theme.ink,
                bold=bold,
                overflow=bold,
            )
    name_authorities(panel, base, size=paper.body, own=not near, overflow=not scene.overview)


def _make_legend(
    picture: MapPicture, place_classes: Classes | None, *, theme: Theme, enlarged: bool, listed: bool
) -> Legend:
    """List the classes, then the outlines."""
    title, counted, keys = "", "", []
    if picture.paint is not None:
        title, counted = picture.paint.title, picture.paint.noun
        keys = list_paint_keys(picture.paint, theme)
    elif picture.places is not None and place_classes is not None:
        title, counted = place_classes.title, "places"
        keys = list_dot_keys(place_classes, place_classes.count(picture.places.weight))
    elif picture.values is not None and picture.classes is not None:
        title, counted = picture.classes.title, "areas"
        keys = list_class_keys(picture.classes, picture.classes.count(picture.values))
    if picture.clusters is not None and len(picture.clusters):
        keys.append(Key("cluster", f"Cluster of incidents ({len(picture.clusters):,} in all)"))
    if picture.highlight:
        keys.append(Key("mark" if picture.whole else "area", picture.highlight_name or "The chosen area"))
    keys += list_outline_keys(picture.outlines)
    if listed and any(spot.number for spot in picture.spots):
        keys.append(Key("badge", "As in the table"))
    if any(spot.name for spot in picture.spots):
        keys.append(Key("note", "Place of note"))
    if enlarged:
        keys.append(Key("frame", "Enlarged on the right"))
    return Legend(title, counted, tuple(keys))


def _draw_side(sheet: Sheet, picture: MapPicture, side: Box, legend: Legend) -> int:
    """Stack figures, legend and tables in a column; return how many clusters are listed."""
    top = draw_facts(sheet, picture.facts, side)
    if legend.keys:
        top = draw_legend(sheet, legend, side.left, top, side.width)
    return _draw_lists(sheet, picture, Box(side.left, top, side.width, side.bottom - top))


def _draw_below(sheet: Sheet, picture: MapPicture, side: Box, legend: Legend) -> int:
    """Put figures and legend at the left, tables at the right, below the map; return how many clusters are listed."""
    column = _column_below(side.width)
    top = draw_facts(sheet, picture.facts, Box(side.left, side.top, column, side.height))
    if legend.keys:
        draw_legend(sheet, legend, side.left, top, column)
    return _draw_lists(sheet, picture, Box(side.right - column, side.top, column, side.height))


def _draw_lists(sheet: Sheet, picture: MapPicture, box: Box) -> int:
    """Draw the listing, or else clusters and ranking; return how many are numbered on the map."""
    if picture.listing is not None:
        return draw_listing(sheet, picture.listing, box)
    return draw_tables(sheet, picture, box)


def _column_below(width: float) -> float:
    return (width - 2 * GAP) / 2
