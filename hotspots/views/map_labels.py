"""Numbers and names on a map, each where it is free: none covers another, and none leaves the map."""

from __future__ import annotations

from math import cos, hypot, pi, sin
from typing import TYPE_CHECKING

import numpy as np
import shapely

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
_DOT = 2.0
"""How near a dot's middle may come to a name, in points."""
_INSIDE = 4.0
"""How far a line that leads to a cluster goes into it, in points."""
_SHIFTS = sorted(
    (
        (across, down)
        for across in (0.0, -0.4, 0.4, -0.8, 0.8, -1.2, 1.2)
        for down in (0.0, -1.0, 1.0, -1.8, 1.8, -2.8, 2.8, -4.0, 4.0, -5.5, 5.5)
    ),
    key=lambda shift: abs(shift[0]) * 4 + abs(shift[1]),
)
"""Where a name may stand off the middle, in its own widths and in heights of its letters; the nearest first."""
_LINE, _FURTHER, _GOOD = 20.0, 0.04, 2.5
"""What a hidden line costs, and each step away from the middle, in hidden dots; and what is worth no more folding."""


def number_clusters(
    panel: MapPanel, numbers: Sequence[int], shapes: Sequence[shapely.Geometry], *, size: float
) -> None:
    """Write the numbers of clusters beside their outlines, led there by a line where another cluster is nearer.

    A number would rather stand a little off than hide an outline; in a crowd it hides that of a cluster of no number.
    """
    radius = badge_radius(size) + 0.5
    seen = [(number, _largest_part(shape, panel.view)) for number, shape in zip(numbers, shapes, strict=True)]
    numbered = [(number, shape, to_box(panel, shape)) for number, shape in seen if shape.area > 0]
    for number, shape, own in numbered:
        others = [outline for outline in panel.outlines if not outline.overlaps(own, -1)]
        rivals = [outline for _, _, outline in numbered if outline is not own]

        def rank(
            place: tuple[int, Box], own: Box = own, others: list[Box] = others, rivals: list[Box] = rivals
        ) -> tuple[int, int]:
            step, box = place
            hidden = sum(box.overlaps(other) for other in others) + _hides_area(panel, box)
            worse = 100 if box.overlaps(own) or any(box.overlaps(rival) for rival in rivals) else 0
            return worse + step + 3 * hidden, step

        for _step, box in sorted(_around(own, radius), key=rank):
            if not panel.take(box):
                continue
            middle = (box.left + radius, box.top + radius)
            if _is_doubtful(panel, box, shape, radius):
                end = _lead_to(panel, box, shape)
                panel.sheet.add_rule(*end, *middle, colour=panel.sheet.theme.ground, width=2.4)
                panel.sheet.add_rule(*end, *middle, colour=panel.sheet.theme.cluster, width=1.0)
            panel.sheet.add_badge(*middle, str(number), size=size, fill=panel.sheet.theme.cluster)
            break


def _hides_area(panel: MapPanel, box: Box) -> int:
    """Return 1 if a number would stand on the outline of the chosen area."""
    return int(panel.area is not None and panel.area.intersects(panel.to_metres(box)))


def _largest_part(shape: shapely.Geometry, view: shapely.Geometry) -> shapely.Geometry:
    """Return what is seen of a cluster: where the frame cuts it in several, the largest piece."""
    parts = shapely.get_parts(shapely.intersection(shape, view))
    return parts[int(np.argmax(shapely.area(parts)))] if len(parts) else shapely.Polygon()


def _lead_to(panel: MapPanel, box: Box, shape: shapely.Geometry) -> tuple[float, float]:
    """Find where the line from a number ends: just inside the cluster, short of the dots in its middle."""
    edge = shapely.get_coordinates(shapely.shortest_line(shape, panel.to_metres(box).centroid))[0]
    x, y = panel.to_points(*edge)
    inner_x, inner_y = panel.to_points(*label_point(shape))
    away = max(hypot(inner_x - x, inner_y - y), 1e-6)
    share = min(_INSIDE / away, 1.0)
    return x + (inner_x - x) * share, y + (inner_y - y) * share


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
    halo: Sequence[str] | str = "",
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
        ground = (halo or panel.sheet.theme.ground) if isinstance(halo, str) else halo[position]
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
    middle = panel.to_points(*label_point(shape))
    shapely.prepare(shape)
    chosen: tuple[Box, list[str], float] | None = None
    least = np.inf
    for size in sizes:
        if not overflow and high < size:
            continue
        for lines in _foldings(name, size=size, bold=bold):
            if least < _GOOD:
                break
            width = max(measure(line, size=size, bold=bold) for line in lines)
            height = size * 1.15 * len(lines)
            if not overflow and (width > wide or height > high):
                continue
            box, cost = _find_place(panel, middle, (width, height), shape, step=size, overflow=overflow)
            if box is not None and cost < least:
                chosen, least = (box, lines, size), cost
        if chosen is not None:
            box, lines, fitted = chosen
            panel.taken.append(box)
            x = box.left + box.width / 2
            _write_centred(panel, x, box.top, lines, size=fitted, colour=colour, bold=bold, halo=halo)
            return True
    return False


def _find_place(
    panel: MapPanel,
    middle: tuple[float, float],
    extent: tuple[float, float],
    shape: shapely.Geometry,
    *,
    step: float,
    overflow: bool,
) -> tuple[Box | None, float]:
    """Find the free place near the middle that hides least, and its cost: strong lines most, then dots, then way."""
    best, least = None, np.inf
    for off, (across, down) in enumerate(_SHIFTS):
        x, y = middle[0] + across * extent[0], middle[1] + down * step
        box = Box(x - extent[0] / 2, y - extent[1] / 2, *extent)
        if not panel.is_free(box) or (overflow and any(box.overlaps(outline) for outline in panel.outlines)):
            continue
        ground = panel.to_metres(box)
        inside = shape.intersects(ground.centroid) if overflow else _lies_in(ground, shape, first=off == 0)
        if not inside and (not overflow or across):
            continue
        cost = _count_hidden(panel, ground) + off * _FURTHER
        if cost < least:
            best, least = box, cost
        if least <= off * _FURTHER:  # what comes further off cannot be better
            break
    return best, least


def _lies_in(ground: shapely.Geometry, shape: shapely.Geometry, *, first: bool) -> bool:
    if shape.contains(ground):
        return True
    return first and bool(shapely.intersection(ground, shape).area >= ground.area * _LABEL_INSIDE)


def _count_hidden(panel: MapPanel, ground: shapely.Geometry) -> float:
    """Count the dots that a label would hide; a line counts as many."""
    margin = _DOT / panel.points_per_metre
    west, south, east, north = shapely.bounds(ground) + np.array([-margin, -margin, margin, margin])
    x, y = panel.dots[:, 0], panel.dots[:, 1]
    dots = int(((x >= west) & (x <= east) & (y >= south) & (y <= north)).sum())
    crossed = bool(panel.lines) and bool(shapely.intersects(ground, np.array(panel.lines, dtype=object)).any())
    return dots + (_LINE if crossed else 0)


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
                    colour=panel.sheet.theme.ink,
                    bold=True,
                    halo=panel.sheet.theme.ground,
                    overflow=overflow,
                )
    for name, shape in zip(base.context_names, base.context_geometry, strict=False):
        visible = shapely.intersection(shape, panel.view)
        if not visible.is_empty and visible.area > 0:
            write_inside(
                panel,
                name,
                visible,
                sizes=(size, size - 0.5),
                colour=panel.sheet.theme.grey_text,
                bold=False,
                halo=panel.sheet.theme.land,
            )
