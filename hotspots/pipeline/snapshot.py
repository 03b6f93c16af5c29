"""A snapshot: the picture of exactly what a map or a chart on the screen shows, with its extent and chosen layers.

The classes, colours and counts are those of the page because both come from one answer; what only the browser knows
(how far somebody has zoomed, which layers were switched off) travels with the click and is checked here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from hotspots.access import Action
from hotspots.crs import to_bng
from hotspots.errors import InputError
from hotspots.pipeline.brief import DrawnPicture, compose_picture
from hotspots.pipeline.brief_change import make_change
from hotspots.pipeline.brief_frame import Wish, write_address
from hotspots.pipeline.brief_operations import need_operation
from hotspots.pipeline.selection import find_unit, name_unit
from hotspots.pipeline.shown import SHOWN
from hotspots.store.ledger import note_access
from hotspots.terms import slug
from hotspots.views.multiples_picture import MultiplesPicture, shift_year
from hotspots.views.painted import Outline
from hotspots.views.pictures import MapPicture
from hotspots.views.png import draw_picture
from hotspots.views.wording import write_count

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from hotspots.pipeline.world import World
    from hotspots.query import Query
    from hotspots.store.ledger import Ledger
    from hotspots.views.pictures import Bounds, Picture
    from hotspots.views.sheet import Format, Size

CLUSTERS, NAMED_AREAS = "clusters", "areas"
LAYERS = (CLUSTERS, NAMED_AREAS)
"""Layers of a map that can be switched off: what is outlined and numbered, and the named areas."""
_EDGE = 9
"""Points along each edge of a view that are projected: its edges are curves on the National Grid."""
_LEAST_M, _MOST_M = 50.0, 1_500_000.0
_POLE = 90
_WHOLE = 0.995
"""Share of an area that a frame must hold to show all of it: a boundary may touch the edge."""
_NO_VIEW = "The map sent no view that can be drawn; move it a little and try again."


@dataclass(frozen=True)
class MapView:
    """What only the browser knows of a map.

    Attributes
    ----------
    extent
        What it shows, in British National Grid metres (EPSG:27700); None for all.
    layers
        Layers that are switched on, of `LAYERS`; None where nobody can switch.
    """

    extent: Bounds | None = None
    layers: tuple[str, ...] | None = None


def read_view(sent: Mapping[str, Any]) -> MapView:
    """Read what a map sent with the click: ``bounds`` (south, west, north, east in WGS 84 degrees) and ``layers``.

    Raises
    ------
    InputError
        If it is not a view of a map that can be drawn.
    """
    bounds, layers = sent.get("bounds"), sent.get("layers")
    if layers is not None:
        if not isinstance(layers, list | tuple):
            raise InputError(_NO_VIEW)
        layers = tuple(layer for layer in LAYERS if layer in layers)
    return MapView(None if bounds is None else _to_extent(bounds), layers)


def _to_extent(bounds: Any) -> Bounds:
    """Project the edges of a view, and take the box around them."""
    if not isinstance(bounds, list | tuple):  # a text of four digits is no view either
        raise InputError(_NO_VIEW)
    try:
        south, west, north, east = (float(degrees) for degrees in bounds)
    except (TypeError, ValueError, OverflowError):
        raise InputError(_NO_VIEW) from None
    if not all(map(isfinite, (south, west, north, east))) or not (-_POLE < south < north < _POLE and west < east):
        raise InputError(_NO_VIEW)
    along = np.linspace(0, 1, _EDGE)
    lon, lat = west + along * (east - west), south + along * (north - south)
    x, y = to_bng(
        np.concatenate([lon, lon, np.full(_EDGE, west), np.full(_EDGE, east)]),
        np.concatenate([np.full(_EDGE, south), np.full(_EDGE, north), lat, lat]),
    )
    extent = (float(x.min()), float(y.min()), float(x.max()), float(y.max()))
    sides = (extent[2] - extent[0], extent[3] - extent[1])
    if not all(isfinite(metres) for metres in extent) or min(sides) < _LEAST_M or max(sides) > _MOST_M:
        raise InputError("The map shows too much or too little to be drawn; zoom and try again.")
    return extent


def compose_snapshot(
    world: World,
    query: Query,
    shows: str,
    *,
    view: MapView | None = None,
    marking: str = "OFFICIAL",
    day: date | None = None,
    ledger: Ledger | None = None,
    areas: Sequence[str] = (),
) -> Picture:
    """Put together the picture of what a page shows.

    Parameters
    ----------
    shows
        Name of one of `SHOWN`.
    view
        What the browser knows of the map; None for a chart, or a map as it begins.
    marking, day, ledger, areas
        See `brief.compose_picture`.

    Raises
    ------
    InputError
        If nothing has that name, or the query cannot be answered.
    """
    if shows not in SHOWN:
        raise InputError(f"“{shows}” is nothing of which a picture can be taken; choose {', '.join(SHOWN)}.")
    shown = SHOWN[shows]
    picture: Picture
    if shows == "change":  # which is no picture of a briefing
        picture = make_change(Wish(world=world, query=query, marking=marking, day=day))
    else:
        picture = compose_picture(
            world,
            query,
            shown.kind,
            ledger=ledger,
            marking=marking,
            day=day,
            whole_force=shown.whole_force,
            areas=areas,
        )
    picture = replace(picture, address=write_address(shown.page, query))
    if isinstance(picture, MultiplesPicture):
        return _scale_each(picture)
    if not isinstance(picture, MapPicture):
        return picture
    if shows in _FINISH:
        picture = _FINISH[shows](picture)
    if shown.whole_force and query.area:
        picture = _mark(world, query, picture)
    if shows in _SPEAK_OF_AREA and query.area:  # the page says first what its own cells are among those of the force
        own = compose_picture(world, query, shown.kind, marking=marking, day=day)
        return replace(_apply_view(world, replace(picture, facts=()), view or MapView(), titled=True), title=own.title)
    return _apply_view(world, picture, view or MapView())


def take_snapshot(
    world: World,
    query: Query,
    shows: str,
    *,
    view: MapView | None = None,
    size: Size = "slide",
    dark: bool = False,
    format: Format = "png",  # noqa: A002 - what people call it
    marking: str = "OFFICIAL",
    day: date | None = None,
    ledger: Ledger | None = None,
    areas: Sequence[str] = (),
) -> DrawnPicture:
    """Draw the picture of what a page shows; see :func:`compose_snapshot` and :func:`views.png.draw_picture`.

    Raises
    ------
    InputError
        If the size, the format or the query cannot be drawn.
    AccessError
        If it tells what an operation did, and whoever holds the ledger may not take that out.
    StoreError
        If it cannot be written down that a picture of an operation is taken out.
    """
    picture = compose_snapshot(world, query, shows, view=view, marking=marking, day=day, ledger=ledger, areas=areas)
    content = draw_picture(picture, size=size, dark=dark, format=format)
    if SHOWN[shows].page in ("operation", "impact"):
        # By its code, by whatever name it was asked for, or by none where it is the one that covers the area.
        of = need_operation(Wish(world=world, query=query, ledger=ledger)).record
        if ledger is not None:
            note_access(ledger, Action.EXPORT, f"operation/{of}/snapshot")
    else:
        of = world.units[find_unit(world, query.area)].code if query.area else name_unit(world, None)
    name = "-".join([slug(of), shows, size, *(["dark"] if dark else [])])
    return DrawnPicture(f"{name}.{format}", content, picture.alt, picture.title, format, picture)


def _apply_view(world: World, picture: MapPicture, view: MapView, *, titled: bool = False) -> MapPicture:
    """Show what the map shows; `titled` pictures have a title about the chosen area, and figures about the force."""
    layers = LAYERS if view.layers is None else view.layers
    if CLUSTERS not in layers:
        picture = replace(picture, clusters=None, spots=())
    if NAMED_AREAS in layers and view.layers is not None:
        picture = replace(picture, outlines=(*picture.outlines, *_outline_named(world, picture)))
    picture = replace(picture, layers=view.layers)
    if view.extent is None:  # as it begins: some pictures know what they show
        return picture
    return _say_part(world, replace(picture, extent=view.extent, is_exact=True), view.extent, titled=titled)


def _say_part(world: World, picture: MapPicture, extent: Bounds, *, titled: bool) -> MapPicture:
    """Say below the title when it tells of more than the frame shows."""
    is_area = bool(picture.highlight) and not picture.whole
    boundaries = picture.boundaries
    wards = boundaries.geometry
    if is_area:
        wards = wards[[boundaries.index(code) for code in picture.highlight]]
    share = shapely.area(shapely.clip_by_rect(wards, *extent)).sum() / shapely.area(wards).sum()
    if share >= _WHOLE:
        return picture
    name = picture.highlight_name if is_area else name_unit(world, None)
    seen = f"Only part of {name} is in the frame" if share else f"{name} is outside the frame"
    what = "the title and figures are" if picture.facts else "the title is"
    what = "the tables are" if titled else what
    said = f"{seen}: {what} for the whole {'area' if is_area else 'force'}"
    return replace(picture, subtitle=f"{said} · {picture.subtitle}" if picture.subtitle else said)


def _outline_named(world: World, picture: MapPicture) -> tuple[Outline, ...]:
    """Outline the named areas; the chosen one has its own line already."""
    geometry = world.boundaries.geometry
    return tuple(
        Outline(shapely.union_all(geometry[np.array(unit.wards)]), "Named area", "ring", unit.name)
        for unit in world.units
        if unit.kind == "area" and unit.name != picture.highlight_name
    )


def _mark(world: World, query: Query, picture: MapPicture) -> MapPicture:
    """Mark the chosen area as the page does."""
    unit = world.units[find_unit(world, query.area)]
    return replace(
        picture,
        highlight=tuple(world.boundaries.codes[ward] for ward in unit.wards),
        highlight_name=unit.name,
        whole=True,
    )


def _scale_each(picture: MultiplesPicture) -> MultiplesPicture:
    """Draw each area on a scale of its own with the year before, as the page of trends does."""
    panels = tuple(replace(panel, before=shift_year(panel.values)) for panel in picture.panels)
    title = "Incidents a month, each area on its own scale"
    subtitle = picture.subtitle.replace(
        "incidents a month, all on one scale", "incidents a month, each on its own scale"
    )
    return replace(picture, panels=panels, own_scales=True, value_title=title, subtitle=subtitle)


def _leave_classes(picture: MapPicture) -> MapPicture:
    """Turn the force's map into that of its clusters alone, over wards without figures."""
    clusters = picture.clusters
    count = 0 if clusters is None else len(clusters)
    largest = "" if clusters is None or not count else f"; the largest is in {clusters['name'].iloc[0]}"
    subject, _, _ = picture.title.rpartition(": ")
    period, _, _ = picture.subtitle.partition(" · ")
    return replace(
        picture,
        title=f"{subject}: {write_count(count, 'cluster')}{largest}",
        subtitle=period,
        values=None,
        classes=None,
        ranked=(),
    )


_SPEAK_OF_AREA = ("cells", "emerging")
"""Maps of the whole force whose page says first what the chosen area has of it."""
_FINISH: dict[str, Callable[[MapPicture], MapPicture]] = {"clusters": _leave_classes}
