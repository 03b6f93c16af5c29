"""Numbers and names on a map, each where it is free: none covers another, and none leaves the map."""

from __future__ import annotations

from math import cos, pi, sin
from typing import TYPE_CHECKING

import numpy as np
import shapely

from hotspots.views import palette
from hotspots.views.base_layer import label_point
from hotspots.views.map_panel import to_box
from hotspots.views.sheet import Box, badge_radius
from hotspots.views.typeset import fit_lines, measure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hotspots.views.base_layer import BaseLayer
    from hotspots.views.map_panel import MapPanel

_LABEL_INSIDE = 0.96
"""Share of a label's box that must lie in its area."""


def number_clusters(
    panel: MapPanel, numbers: Sequence[int], shapes: Sequence[shapely.Geometry], *, size: float
) -> None:
    """Write the numbers of clusters beside their outlines, led there by a line where another cluster is nearer.

    A number would rather stand a little off than hide an outline; in a crowd it hides that of a cluster of no number.
    """
    radius = badge_radius(size) + 0.5
    seen = [(number, shapely.intersection(shape, panel.view)) for number, shape in zip(numbers, shapes, strict=True)]
    numbered = [(number, shape, to_box(panel, shape)) for number, shape in seen if shape.area > 0]
    for number, shape, own in numbered:
        others = [outline for outline in panel.outlines if not outline.overlaps(own, -1)]
        rivals = [outline for _, _, outline in numbered if outline is not own]

        def rank(
            place: tuple[int, Box], own: Box = own, others: list[Box] = others, rivals: list[Box] = rivals
        ) -> tuple[int, int]:
            step, box = place
            hidden = sum(box.overlaps(other) for other in others)
            worse = 100 if box.overlaps(own) or any(box.overlaps(rival) for rival in rivals) else 0
            return worse + step + 3 * hidden, step

        x, y = panel.to_points(*label_point(shape))
        for _step, box in sorted(_around(own, radius), key=rank):
            if not panel.take(box):
                continue
            middle = (box.left + radius, box.top + radius)
            if _is_doubtful(panel, box, shape, radius):
                panel.sheet.add_rule(x, y, *middle, colour=palette.WHITE, width=2.4)
                panel.sheet.add_rule(x, y, *middle, colour=palette.CLUSTER, width=1.0)
            panel.sheet.add_badge(*middle, str(number), size=size, fill=palette.CLUSTER)
            break


def _is_doubtful(panel: MapPanel, box: Box, shape: shapely.Geometry, radius: float) -> bool:
    """Tell whether a reader could take the number for that of another cluster, or of none."""
    ground = panel.to_metres(box)
    nearest = float(np.min(shapely.distance(ground, np.array(panel.clusters, dtype=object))))
    own = float(shapely.distance(ground, shape))
    return own > nearest + 1e-6 or own * panel.points_per_metre > radius


def _around(own: Box, radius: float) -> Iterator[tuple[int, Box]]:
    """Walk outwards from a box, north-east first: how many steps off, and where the number would stand."""
    x, y = own.left + own.width / 2, own.top + own.height / 2
    for step in range(9):
        beyond = radius * (1 + 0.9 * step) + 1.5
        for turn in (1, 7, 3, 5, 2, 6, 0, 4):
            angle = turn * pi / 4
            # beside an edge the whole way off is needed, at a corner less
            at_x = x + (own.width / 2 + beyond) * cos(angle)
            at_y = y - (own.height / 2 + beyond) * sin(angle)
            yield step, Box(at_x - radius, at_y - radius, 2 * radius, 2 * radius)


def name_wards(
    panel: MapPanel,
    base: BaseLayer,
    names: Sequence[str],
    wards: Sequence[int],
    *,
    sizes: tuple[float, ...],
    colours: Sequence[str] | str,
    bold: bool = False,
    halo: Sequence[str] | str = palette.WHITE,
    overflow: bool = False,
) -> None:
    """Write the names of wards where they fit (inside them unless `overflow`), in the order given."""
    for position, ward in enumerate(wards):
        if not panel.view.intersects(shapely.box(*base.bounds[ward])):
            continue
        visible = shapely.intersection(base.geometry[ward], panel.view)
        if visible.is_empty or visible.area == 0:
            continue
        colour = colours if isinstance(colours, str) else colours[position]
        ground = halo if isinstance(halo, str) else halo[position]
        write_inside(panel, names[ward], visible, sizes=sizes, colour=colour, bold=bold, halo=ground, overflow=overflow)


def write_inside(
    panel: MapPanel,
    name: str,
    shape: shapely.Geometry,
    *,
    sizes: tuple[float, ...],
    colour: str,
    bold: bool,
    halo: str,
    overflow: bool = False,
) -> bool:
    """Write a name in a shape, on one to three lines, where its box is free and (unless `overflow`) fits inside."""
    west, south, east, north = shapely.bounds(shape)
    wide, high = (east - west) * panel.points_per_metre, (north - south) * panel.points_per_metre
    x, y = panel.to_points(*label_point(shape))
    for size in sizes:
        if not overflow and high < size:
            continue
        for lines in _foldings(name, size=size, bold=bold):
            width = max(measure(line, size=size, bold=bold) for line in lines)
            height = size * 1.15 * len(lines)
            if not overflow and (width > wide or height > high):
                continue
            for shift in (0.0, -1.0, 1.0, -1.8, 1.8, -2.8, 2.8) if overflow else (0.0,):
                box = Box(x - width / 2, y - height / 2 + shift * size, width, height)
                if overflow and any(box.overlaps(outline) for outline in panel.outlines):
                    continue
                if not overflow:
                    ground = panel.to_metres(box)
                    if shapely.intersection(ground, shape).area < ground.area * _LABEL_INSIDE:
                        continue
                if panel.take(box):
                    _write_centred(panel, x, box.top, lines, size=size, colour=colour, bold=bold, halo=halo)
                    return True
    return False


def _write_centred(
    panel: MapPanel, x: float, top: float, lines: Sequence[str], *, size: float, colour: str, bold: bool, halo: str
) -> None:
    for row, line in enumerate(lines):
        baseline = top + size * (0.92 + 1.15 * row)
        panel.sheet.add_text(x, baseline, line, size=size, bold=bold, colour=colour, align="center", halo=halo)


def _foldings(name: str, *, size: float, bold: bool) -> Iterator[list[str]]:
    """Fold a name into one, two and three lines of even length."""
    full = measure(name, size=size, bold=bold)
    yield [name]
    words = name.split()
    for count in (2, 3):
        if len(words) >= count:
            longest = max(measure(word, size=size, bold=bold) for word in words)
            width = max(full / count, longest)
            for _ in range(12):
                lines, _size = fit_lines(name, width=width, size=size, bold=bold, max_lines=9)
                if len(lines) <= count:
                    yield lines
                    break
                width *= 1.07


def name_authorities(panel: MapPanel, base: BaseLayer, *, size: float, own: bool, overflow: bool) -> None:
    """Write the names of neighbouring authorities, and of our own, where they have room."""
    if own:
        order = np.argsort([-shape.area for shape in base.authority_geometry], kind="stable")
        for position in order:
            visible = shapely.intersection(base.authority_geometry[position], panel.view)
            if not visible.is_empty and visible.area > 0:
                write_inside(
                    panel,
                    base.authorities[position],
                    visible,
                    sizes=(size, size - 0.5),
                    colour=palette.INK,
                    bold=True,
                    halo=palette.WHITE,
                    overflow=overflow,
                )
    for name, shape in zip(base.context_names, base.context_geometry, strict=False):
        visible = shapely.intersection(shape, panel.view)
        if not visible.is_empty and visible.area > 0:
            write_inside(
                panel, name, visible, sizes=(size, size - 0.5), colour=palette.GREY_TEXT, bold=False, halo=palette.LAND
            )
