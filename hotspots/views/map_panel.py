"""One map on a sheet: neighbours, wards, places, cluster outlines, numbers, names, scale bar and north arrow.

Drawn in British National Grid metres (EPSG:27700); up is grid north. No tile, no network, no browser.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import cos, floor, log10, pi, sin
from typing import TYPE_CHECKING

import numpy as np
import shapely
from matplotlib.collections import PathCollection
from matplotlib.patches import PathPatch, Polygon
from matplotlib.path import Path

from hotspots.views import palette
from hotspots.views.base_layer import label_point, to_path
from hotspots.views.sheet import Box, badge_radius, fit_lines, line_height, measure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from hotspots.views.base_layer import BaseLayer
    from hotspots.views.classes import Classes
    from hotspots.views.pictures import Bounds, Places
    from hotspots.views.sheet import Sheet

CLUSTER_LINE, CLUSTER_CASING = 1.5, 3.4
AREA_LINE = 2.0
DOT_RADII = (1.5, 2.2, 3.1, 4.3, 5.8)
"""Radius of a place's dot by class, in points, when there are five classes and a crowd of places."""
_FEW_PLACES, _FEW_LARGER = 400, 1.35
_PALE_EDGE = "#C9CDD0"
_LABEL_INSIDE = 0.96
"""Share of a label's box that must lie in its area."""


@dataclass
class MapPanel:
    """One map.

    Attributes
    ----------
    sheet, box
        Where it is drawn.
    extent
        What it shows, widened to the shape of the box.
    taken
        Boxes that labels have taken, in points.
    outlines
        Boxes of cluster outlines, which a name outside its ward does not cover.
    """

    sheet: Sheet
    box: Box
    extent: Bounds
    axes: Axes = field(init=False)
    taken: list[Box] = field(default_factory=list)
    outlines: list[Box] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Open the axes."""
        self.extent = fit_extent(self.extent, self.box)
        self.axes = self.sheet.add_axes(self.box)
        west, south, east, north = self.extent
        self.axes.set_xlim(west, east)
        self.axes.set_ylim(south, north)
        self.axes.set_axis_on()
        self.axes.set_xticks([])
        self.axes.set_yticks([])
        self.axes.set_facecolor(palette.SEA)
        for spine in self.axes.spines.values():
            spine.set_visible(False)

    @property
    def points_per_metre(self) -> float:
        """The scale of the map."""
        return self.box.width / (self.extent[2] - self.extent[0])

    @property
    def view(self) -> shapely.Geometry:
        """The extent as a rectangle."""
        return shapely.box(*self.extent)

    def to_points(self, x: float, y: float) -> tuple[float, float]:
        """Turn metres into points on the sheet."""
        scale = self.points_per_metre
        return self.box.left + (x - self.extent[0]) * scale, self.box.bottom - (y - self.extent[1]) * scale

    def to_metres(self, box: Box) -> shapely.Geometry:
        """Turn a box on the sheet into a rectangle in metres."""
        scale = self.points_per_metre
        west = self.extent[0] + (box.left - self.box.left) / scale
        north = self.extent[1] + (self.box.bottom - box.top) / scale
        return shapely.box(west, north - box.height / scale, west + box.width / scale, north)

    def take(self, box: Box, *, gap: float = 1.5) -> bool:
        """Take a box for a label if it is inside the map and free."""
        if not self.box.holds(box) or any(box.overlaps(other, gap) for other in self.taken):
            return False
        self.taken.append(box)
        return True

    def add_paths(
        self,
        paths: Sequence[Path],
        *,
        fill: Sequence[str] | str,
        edge: Sequence[str] | str,
        width: float,
        order: float,
    ) -> None:
        """Draw shapes."""
        if paths:
            self.axes.add_collection(
                PathCollection(
                    list(paths),
                    facecolors=fill,
                    edgecolors=edge,
                    linewidths=width,
                    joinstyle="round",
                    zorder=order,
                ),
                autolim=False,
            )

    def add_frame(self, *, colour: str = palette.RULE, width: float = 0.75) -> None:
        """Draw the edge of the map above everything in it."""
        self.sheet.add_box(self.box, edge=colour, width=width)


def fit_extent(extent: Bounds, box: Box) -> Bounds:
    """Widen an extent about its centre until it has the shape of the box."""
    west, south, east, north = extent
    scale = max((east - west) / box.width, (north - south) / box.height)
    x, y = (west + east) / 2, (south + north) / 2
    wide, high = box.width * scale / 2, box.height * scale / 2
    return x - wide, y - high, x + wide, y + high


def widen(bounds: Bounds, *, share: float, least: float) -> Bounds:
    """Widen bounds by a share of their larger side, to `least` metres across at the least."""
    west, south, east, north = bounds
    side = max(east - west, north - south)
    margin = max(side * share, (least - side) / 2)
    return west - margin, south - margin, east + margin, north + margin


def draw_wards(
    panel: MapPanel, base: BaseLayer, values: NDArray[np.float64], classes: Classes, *, edge_width: float
) -> None:
    """Fill each ward with the colour of its class, the dark classes last so that their white edges stay whole."""
    seen = _in_view(panel, base.bounds)
    index = classes.index(values)
    for position, colour in enumerate(classes.colours):
        paths = [base.paths[ward] for ward in seen if index[ward] == position]
        panel.add_paths(paths, fill=colour, edge=palette.line_on(colour), width=edge_width, order=2 + position / 10)
    unknown = [base.paths[ward] for ward in seen if index[ward] < 0]
    if unknown:
        panel.axes.add_patch(
            PathPatch(
                Path.make_compound_path(*unknown),
                facecolor=classes.no_data_colour,
                edgecolor=palette.NO_DATA_HATCH,
                linewidth=edge_width,
                hatch="/////",
                zorder=1.9,
            )
        )


def draw_neutral_wards(panel: MapPanel, base: BaseLayer, chosen: set[int], *, edge_width: float) -> None:
    """Draw wards without figures: the chosen ones white, the others pale."""
    seen = _in_view(panel, base.bounds)
    panel.add_paths(
        [base.paths[ward] for ward in seen if ward not in chosen],
        fill="#F3F4F5",
        edge=_PALE_EDGE,
        width=edge_width,
        order=2,
    )
    panel.add_paths(
        [base.paths[ward] for ward in seen if ward in chosen],
        fill=palette.WHITE,
        edge=palette.RULE,
        width=edge_width,
        order=2.1,
    )


def draw_context(panel: MapPanel, base: BaseLayer, *, line: str) -> None:
    """Draw the neighbouring authorities in grey, and the outline of our own."""
    if len(base.context_paths):
        seen = _in_view(panel, shapely.bounds(base.context_geometry))
        panel.add_paths(
            [base.context_paths[position] for position in seen],
            fill=palette.LAND,
            edge=palette.RULE,
            width=0.6,
            order=1,
        )
    kilometre = panel.points_per_metre * 1000
    width = float(np.clip(kilometre / 14, 0.5, 0.9))
    panel.add_paths(base.authority_paths, fill="none", edge=line, width=width, order=3)


def draw_outline(panel: MapPanel, shape: shapely.Geometry) -> None:
    """Draw the outline of the chosen area on a white casing."""
    path = to_path(shape)
    panel.add_paths([path], fill="none", edge=palette.WHITE, width=AREA_LINE + 2, order=4)
    panel.add_paths([path], fill="none", edge=palette.INK, width=AREA_LINE, order=4.1)


def dot_radii(classes: int, places: int) -> tuple[float, ...]:
    """Return the radius of a dot for each class, in points: larger where places are few enough to leave it room."""
    larger = _FEW_LARGER if places <= _FEW_PLACES else 1.0
    return tuple(
        float(r) * larger for r in np.interp(np.linspace(0, 1, max(classes, 1)), np.linspace(0, 1, 5), DOT_RADII)
    )


def draw_places(panel: MapPanel, places: Places, classes: Classes) -> None:
    """Draw places as dots whose size and colour follow the class, the large ones first so that none is hidden."""
    index = classes.index(places.weight)
    radii = dot_radii(len(classes), len(places.x))
    for position in reversed(range(len(classes))):
        here = index == position
        if here.any():
            panel.axes.scatter(
                np.asarray(places.x)[here],
                np.asarray(places.y)[here],
                s=(2 * radii[position]) ** 2,
                facecolors=classes.colours[position],
                edgecolors=palette.WHITE if position >= len(classes) - 2 else palette.ACCENT_DARK,
                linewidths=0.5,
                zorder=4.5 + (len(classes) - position) / 100,
            )


def draw_clusters(panel: MapPanel, shapes: Sequence[shapely.Geometry]) -> None:
    """Outline clusters in vermilion on a white casing."""
    paths = [to_path(shape) for shape in shapes]
    panel.add_paths(paths, fill="none", edge=palette.CASING, width=CLUSTER_CASING, order=5)
    panel.add_paths(paths, fill="none", edge=palette.CLUSTER, width=CLUSTER_LINE, order=5.1)
    panel.outlines += [_to_box(panel, shape) for shape in shapes]


def number_clusters(
    panel: MapPanel, numbers: Sequence[int], shapes: Sequence[shapely.Geometry], *, size: float, shown: int
) -> None:
    """Write the numbers of the first `shown` clusters beside their outlines, led there by a line where they stand off.

    A number would rather stand off than hide an outline; in a crowd it may hide that of a cluster without a number.
    """
    radius = badge_radius(size) + 0.5
    outlines = panel.outlines
    for position, (number, shape) in enumerate(zip(numbers, shapes[:shown], strict=True)):
        visible = shapely.intersection(shape, panel.view)
        if visible.is_empty or visible.area < shape.area / 2:
            continue
        x, y = panel.to_points(*label_point(visible))
        half = (outlines[position].width / 2, outlines[position].height / 2)
        places = [
            Box(at_x - radius, at_y - radius, 2 * radius, 2 * radius) for at_x, at_y in _around(x, y, half, radius)
        ]
        clear = [box for box in places if not any(box.overlaps(outline, 0.5) for outline in outlines)]
        for box in (*clear, *(box for box in places if not box.overlaps(outlines[position]))):
            if not panel.take(box):
                continue
            middle = (box.left + radius, box.top + radius)
            if float(np.hypot(middle[0] - x, middle[1] - y)) > max(half) + radius * 2:
                panel.sheet.add_rule(x, y, *middle, colour=palette.WHITE, width=2.4)
                panel.sheet.add_rule(x, y, *middle, colour=palette.CLUSTER, width=1.0)
            panel.sheet.add_badge(*middle, str(number), size=size, fill=palette.CLUSTER)
            break


def _to_box(panel: MapPanel, shape: shapely.Geometry) -> Box:
    west, south, east, north = shapely.bounds(shape)
    left, top = panel.to_points(west, north)
    return Box(left, top, (east - west) * panel.points_per_metre, (north - south) * panel.points_per_metre)


def _around(x: float, y: float, half: tuple[float, float], radius: float) -> Iterator[tuple[float, float]]:
    """Walk outwards from a box, north-east first."""
    for step in range(9):
        beyond = radius * (1 + 0.9 * step) + 1.5
        for turn in (1, 7, 3, 5, 2, 6, 0, 4):
            angle = turn * pi / 4
            yield x + (half[0] + beyond) * cos(angle), y - (half[1] + beyond) * sin(angle)


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


def reserve_furniture(panel: MapPanel, *, size: float) -> None:
    """Keep the corners of the scale bar and the north arrow free of labels."""
    _, length, text = _scale(panel)
    panel.taken.append(_scale_box(panel, length, text, size))
    panel.taken.append(_arrow_box(panel, size))


def draw_furniture(panel: MapPanel, *, size: float) -> None:
    """Draw the scale bar, bottom left, and the north arrow, top right."""
    _, length, text = _scale(panel)
    box = _scale_box(panel, length, text, size)
    panel.sheet.add_box(box, fill="#FFFFFFD9")
    left, bar = box.left + 5, box.bottom - 6
    panel.sheet.add_rule(left, bar, left + length, bar, colour=palette.INK, width=1.4)
    for end in (left, left + length):
        panel.sheet.add_rule(end, bar - 4, end, bar + 0.7, colour=palette.INK, width=1.4)
    panel.sheet.add_text(left + length / 2, bar - 6, text, size=size, align="center")
    arrow = _arrow_box(panel, size)
    middle = arrow.left + arrow.width / 2
    panel.sheet.add_box(arrow, fill="#FFFFFFD9")
    top = arrow.top + 3
    panel.sheet.page.add_patch(
        Polygon(
            [(middle, top), (middle + 4.5, top + 13), (middle, top + 10), (middle - 4.5, top + 13)],
            closed=True,
            facecolor=palette.INK,
            edgecolor="none",
            zorder=3,
        )
    )
    panel.sheet.add_text(middle, top + 13 + size, "N", size=size, bold=True, align="center")


def _scale(panel: MapPanel) -> tuple[float, float, str]:
    """Choose a round length of about a fifth of the map: metres, points and text."""
    wanted = panel.box.width * 0.22 / panel.points_per_metre
    power = 10.0 ** floor(log10(wanted))
    metres = max(step * power for step in (1, 2, 5) if step * power <= wanted)
    text = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"  # noqa: PLR2004 - metres in a kilometre
    return metres, metres * panel.points_per_metre, text


def _scale_box(panel: MapPanel, length: float, text: str, size: float) -> Box:
    width = max(length, measure(text, size=size)) + 10
    height = line_height(size) + 12
    return Box(panel.box.left + 4, panel.box.bottom - 4 - height, width, height)


def _arrow_box(panel: MapPanel, size: float) -> Box:
    return Box(panel.box.right - 4 - 16, panel.box.top + 4, 16, 19 + size)


def _in_view(panel: MapPanel, bounds: NDArray[np.float64]) -> list[int]:
    west, south, east, north = panel.extent
    seen = (bounds[:, 0] <= east) & (bounds[:, 2] >= west) & (bounds[:, 1] <= north) & (bounds[:, 3] >= south)
    return [int(position) for position in np.flatnonzero(seen)]
