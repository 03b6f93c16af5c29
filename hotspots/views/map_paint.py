"""Painted ground, further outlines and numbered spots on a map, with their entries in the legend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from matplotlib.colors import ListedColormap
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from hotspots.views import palette
from hotspots.views.base_layer import to_path
from hotspots.views.blocks import Key
from hotspots.views.sheet import Box, badge_radius
from hotspots.views.typeset import measure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hotspots.views.map_panel import MapPanel
    from hotspots.views.painted import Outline, Paint, Spot
    from hotspots.views.theme import Theme

LINE, CASING = 2.2, 4.6
_LETTER_ROOM = 1.15
"""Least width of a cell whose letter is written, in heights of the letter."""
_MOST_LETTERS = 400
_POLYGON = 3
"""Shapely's number for a polygon."""


def tested_colour(theme: Theme) -> str:
    """Return the colour of ground that was looked at and has no class: grey, and quiet on either ground."""
    return palette.NEITHER if not theme.is_dark else theme.rule


def draw_paint(panel: MapPanel, paint: Paint) -> None:
    """Paint the ground below outlines and names."""
    if paint.corner is not None:
        _paint_grid(panel, paint)
    else:
        _paint_cells(panel, paint)


def _paint_grid(panel: MapPanel, paint: Paint) -> None:
    """Paint a grid as one image of square dots; what is not drawn stays clear."""
    west, south = paint.corner or (0.0, 0.0)
    rows, columns = paint.index.shape
    left, bottom, right, top = panel.extent
    first, last = (int(np.clip((x - west) // paint.cell, 0, columns)) for x in (left, right + paint.cell))
    low, high = (int(np.clip((y - south) // paint.cell, 0, rows)) for y in (bottom, top + paint.cell))
    if first >= last or low >= high:
        return
    seen = paint.index[low:high, first:last]
    colours = [tested_colour(panel.sheet.theme), *(look.colour for look in paint.looks)]
    panel.axes.imshow(
        np.ma.masked_less(np.where(seen == -2, 0, seen + 1 - 2 * (seen == -1)), 0),  # noqa: PLR2004 - see `Paint.index`
        cmap=ListedColormap(colours),
        vmin=-0.5,
        vmax=len(colours) - 0.5,
        origin="lower",
        interpolation="nearest",
        extent=(
            west + first * paint.cell,
            west + last * paint.cell,
            south + low * paint.cell,
            south + high * paint.cell,
        ),
        aspect="auto",
        zorder=2.5,
    )
    panel.axes.set_xlim(left, right)
    panel.axes.set_ylim(bottom, top)


def _paint_cells(panel: MapPanel, paint: Paint) -> None:
    if paint.shapes is None:
        return
    bounds = shapely.bounds(paint.shapes)
    west, south, east, north = panel.extent
    seen = (bounds[:, 0] <= east) & (bounds[:, 2] >= west) & (bounds[:, 1] <= north) & (bounds[:, 3] >= south)
    theme = panel.sheet.theme
    side = float(np.median(bounds[:, 2] - bounds[:, 0])) * panel.points_per_metre if len(bounds) else 0.0
    width = float(np.clip(side / 14, 0.0, 0.5))
    tested = paint.shapes[seen & (paint.index == -2)]  # noqa: PLR2004 - see `Paint.index`
    if len(tested):
        colour = tested_colour(theme)
        panel.add_paths([_join(tested)], fill=colour, edge=colour, width=0.2, order=2.4)
    for position, look in enumerate(paint.looks):
        here = paint.shapes[seen & (paint.index == position)]
        if len(here):
            rim = theme.rim(look.colour) if theme.is_dark else look.colour
            edge = rim if rim != look.colour else theme.ground if width else look.colour
            panel.add_paths([_join(here)], fill=look.colour, edge=edge, width=max(width, 0.15), order=2.5)


def _join(shapes: NDArray[np.object_]) -> Path:
    """Make one path of many cells; those without holes, which nearly all are, in one go."""
    parts = shapely.get_parts(shapes)
    parts = parts[shapely.get_type_id(parts) == _POLYGON]
    if (shapely.get_num_interior_rings(parts) > 0).any():
        return to_path(shapely.multipolygons(parts))
    points, number = shapely.get_coordinates(parts, return_index=True)
    starts = np.flatnonzero(np.diff(number, prepend=-1))
    codes = np.full(len(points), Path.LINETO, dtype=np.uint8)
    codes[starts] = Path.MOVETO
    codes[np.append(starts[1:], len(points))[: len(starts)] - 1] = Path.CLOSEPOLY
    return Path(points, codes)


def write_letters(panel: MapPanel, paint: Paint) -> None:
    """Write the letters of classes into their cells, where there is room and no line runs through them."""
    size = panel.sheet.paper.small - 1.5
    if paint.shapes is None or not any(look.letter for look in paint.looks):
        return
    seen = np.flatnonzero((paint.index >= 0) & shapely.intersects(paint.shapes, panel.view))
    lettered = [cell for cell in seen if paint.looks[paint.index[cell]].letter]
    side = paint.cell * panel.points_per_metre
    if side < size * _LETTER_ROOM or len(lettered) > _MOST_LETTERS:
        return
    lines = shapely.union_all(panel.lines) if panel.lines else shapely.Point()
    for cell in lettered:
        look = paint.looks[paint.index[cell]]
        west, south, east, north = shapely.bounds(paint.shapes[cell])
        x, y = panel.to_points((west + east) / 2, (south + north) / 2)
        half = measure(look.letter, size=size, bold=True) / 2
        box = Box(x - half, y - size / 2, 2 * half, size)
        if not shapely.intersects(panel.to_metres(box), lines) and panel.take(box):
            panel.sheet.add_text(
                x, y + size * 0.36, look.letter, size=size, bold=True, colour=palette.text_on(look.colour),
                align="center",
            )  # fmt: skip


def draw_outlines(panel: MapPanel, outlines: Sequence[Outline]) -> None:
    """Draw the outlines of an operation's area, and rings at some distance around it."""
    theme = panel.sheet.theme
    for outline in outlines:
        path = to_path(outline.shape)
        panel.lines.append(shapely.boundary(outline.shape))
        if outline.kind == "operation":
            panel.add_paths([path], fill="none", edge=theme.outline_casing, width=CASING, order=4.2)
            panel.add_paths([path], fill="none", edge=theme.outline, width=LINE, order=4.3)
            continue
        for colour, width in ((theme.outline_casing, 2.6), (theme.outline, 1.1)):
            panel.axes.add_patch(
                PathPatch(path, facecolor="none", edgecolor=colour, linewidth=width, linestyle=(0, (4, 2.5)),
                          zorder=4.15)
            )  # fmt: skip


def tag_outlines(panel: MapPanel, outlines: Sequence[Outline], *, size: float) -> None:
    """Write the tags of rings on their lines, where the map shows the line and nothing else stands there."""
    theme = panel.sheet.theme
    for outline in outlines:
        if not outline.tag:
            continue
        line = shapely.intersection(shapely.boundary(outline.shape), panel.view)
        wide = measure(outline.tag, size=size)
        points = shapely.get_coordinates(shapely.segmentize(line, 60.0 / max(panel.points_per_metre, 1e-9)))
        # From the south on, where a reader looks for a scale; the west of two that are level.
        for x, y in points[np.lexsort((points[:, 0], points[:, 1]))].tolist():
            left, middle = panel.to_points(x, y)
            box = Box(left - wide / 2 - 2, middle - size * 0.62, wide + 4, size * 1.24)
            if panel.take(box):
                panel.sheet.add_box(box, fill=theme.ground)
                panel.sheet.add_text(
                    left, middle + size * 0.36, outline.tag, size=size, colour=theme.ink, align="center",
                    halo=theme.ground, halo_width=3.0,
                )  # fmt: skip
                break


def draw_spots(panel: MapPanel, spots: Sequence[Spot], *, listed: int, size: float) -> None:
    """Draw numbered spots, those that the listing shows, and places of note with their names where there is room."""
    theme = panel.sheet.theme
    radius = badge_radius(size - 1)
    for spot in [spot for spot in spots if spot.number][:listed]:
        x, y = panel.to_points(spot.x, spot.y)
        box = Box(x - radius, y - radius, 2 * radius, 2 * radius)
        if panel.take(box):
            panel.sheet.add_badge(x, y, spot.number, size=size - 1, fill=theme.cluster)
            continue
        if not panel.is_free(Box(x, y, 0.1, 0.1), gap=0.0) and not panel.box.holds(box):
            continue
        moved = _find_room(panel, x, y, radius)
        if moved is not None:
            panel.sheet.add_rule(x, y, *moved, colour=theme.cluster, width=1.0)
            panel.sheet.add_badge(*moved, spot.number, size=size - 1, fill=theme.cluster)
    for spot in spots:
        if not spot.name:
            continue
        x, y = panel.to_points(spot.x, spot.y)
        wide = measure(spot.name, size=size)
        mark = Box(x - 2.6, y - 2.6, 5.2, 5.2)
        if not panel.box.holds(mark):
            continue
        panel.sheet.add_box(mark, fill=theme.ink, edge=theme.ground, width=0.8)
        for left in (x + 5, x - 5 - wide):
            if panel.take(Box(left, y - size * 0.6, wide, size * 1.2)):
                panel.sheet.add_text(left, y + size * 0.36, spot.name, size=size, halo=theme.ground, colour=theme.ink)
                break


def _find_room(panel: MapPanel, x: float, y: float, radius: float) -> tuple[float, float] | None:
    """Find a free place for a number near its spot."""
    for far in (2.3, 3.2, 4.2, 5.5):
        for turn in range(12):
            angle = turn * np.pi / 6
            at_x, at_y = x + far * radius * float(np.cos(angle)), y + far * radius * float(np.sin(angle))
            if panel.take(Box(at_x - radius, at_y - radius, 2 * radius, 2 * radius)):
                return at_x, at_y
    return None


def list_paint_keys(paint: Paint, theme: Theme) -> list[Key]:
    """Make the entries of painted ground, in the order of its looks."""
    keys = [
        Key("fill", f"{look.letter}  {look.label}" if look.letter else look.label, look.count, look.colour)
        for look in paint.looks
    ]
    if paint.rest:
        keys.append(Key("fill", paint.rest, paint.rest_count, tested_colour(theme)))
    return keys


def list_outline_keys(outlines: Sequence[Outline]) -> list[Key]:
    """Make one entry for each kind of outline that is named."""
    found: dict[str, Key] = {}
    for outline in outlines:
        if outline.label:
            found.setdefault(outline.label, Key("area" if outline.kind == "operation" else "ring", outline.label))
    return list(found.values())
