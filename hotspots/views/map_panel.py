"""One map on a sheet: neighbours, wards, places, cluster outlines, numbers, names, scale bar and north arrow.

Drawn in British National Grid metres (EPSG:27700); up is grid north. No tile, no network, no browser.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import floor, log10
from typing import TYPE_CHECKING

import numpy as np
import shapely
from matplotlib.collections import PathCollection
from matplotlib.patches import PathPatch, Polygon
from matplotlib.path import Path

from hotspots.views.base_layer import to_path
from hotspots.views.dots import dot_edge, dot_radii
from hotspots.views.palette import line_on
from hotspots.views.sheet import Box
from hotspots.views.typeset import line_height, measure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from hotspots.views.base_layer import BaseLayer
    from hotspots.views.classes import Classes
    from hotspots.views.pictures import Bounds, Places
    from hotspots.views.sheet import Sheet

CLUSTER_LINE, CLUSTER_CASING = 1.5, 3.4
AREA_LINE, MARK_CASING = 2.0, 5.5


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
    clusters, outlines
        Clusters that are drawn, and their boxes in points, which a name outside its ward does not cover.
    dots, lines, area
        Places in metres, shape (n, 2), strong lines that are drawn, and the line around the chosen area: a name or a
        number rather stands where there are few.
    """

    sheet: Sheet
    box: Box
    extent: Bounds
    axes: Axes = field(init=False)
    taken: list[Box] = field(default_factory=list)
    clusters: list[shapely.Geometry] = field(default_factory=list)
    outlines: list[Box] = field(default_factory=list)
    dots: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2)))
    lines: list[shapely.Geometry] = field(default_factory=list)
    area: shapely.Geometry | None = None

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
        self.axes.set_facecolor(self.sheet.theme.sea)
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

    def is_free(self, box: Box, *, gap: float = 1.5) -> bool:
        """Tell whether a label can stand in a box: inside the map, and on no other label."""
        inner = Box(self.box.left + gap, self.box.top + gap, self.box.width - 2 * gap, self.box.height - 2 * gap)
        return inner.holds(box) and not any(box.overlaps(other, gap) for other in self.taken)

    def take(self, box: Box) -> bool:
        """Take a box for a label if it is free."""
        if not self.is_free(box):
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

    def add_frame(self, *, colour: str = "", width: float = 0.75) -> None:
        """Draw the edge of the map above everything in it."""
        self.sheet.add_box(self.box, edge=colour or self.sheet.theme.rule, width=width)


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
        panel.add_paths(paths, fill=colour, edge=line_on(colour), width=edge_width, order=2 + position / 10)
    unknown = [base.paths[ward] for ward in seen if index[ward] < 0]
    if unknown:
        panel.axes.add_patch(
            PathPatch(
                Path.make_compound_path(*unknown),
                facecolor=panel.sheet.theme.no_data,
                edgecolor=panel.sheet.theme.no_data_hatch,
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
        fill=panel.sheet.theme.ward,
        edge=panel.sheet.theme.ward_edge,
        width=edge_width,
        order=2,
    )
    panel.add_paths(
        [base.paths[ward] for ward in seen if ward in chosen],
        fill=panel.sheet.theme.chosen_ward,
        edge=panel.sheet.theme.rule,
        width=edge_width,
        order=2.1,
    )


def draw_context(panel: MapPanel, base: BaseLayer, *, line: str) -> None:
    """Draw the neighbouring authorities in grey, and the outline of our own."""
    if len(base.context_paths):
        seen = _in_view(panel, shapely.bounds(base.context_geometry))
        panel.add_paths(
            [base.context_paths[position] for position in seen],
            fill=panel.sheet.theme.land,
            edge=panel.sheet.theme.rule,
            width=0.6,
            order=1,
        )
    kilometre = panel.points_per_metre * 1000
    width = float(np.clip(kilometre / 14, 0.5, 0.9))
    if line == panel.sheet.theme.border and panel.sheet.theme.border_casing:
        casing = panel.sheet.theme.border_casing
        panel.add_paths(base.authority_paths, fill="none", edge=casing, width=width + 1.4, order=2.95)
    panel.add_paths(base.authority_paths, fill="none", edge=line, width=width, order=3)


def draw_outline(panel: MapPanel, shape: shapely.Geometry, *, marked: bool = False) -> None:
    """Draw the outline of the chosen area on a casing: white, or wide and yellow to mark it among other outlines."""
    path = to_path(shape)
    panel.area = shapely.boundary(shape)
    panel.lines.append(panel.area)
    theme = panel.sheet.theme
    casing, wider = (theme.mark, MARK_CASING) if marked else (theme.outline_casing, AREA_LINE + 2)
    panel.add_paths([path], fill="none", edge=casing, width=wider, order=4)
    panel.add_paths([path], fill="none", edge=theme.mark_line if marked else theme.outline, width=AREA_LINE, order=4.1)


def draw_places(panel: MapPanel, places: Places, classes: Classes) -> None:
    """Draw places as dots whose size and colour follow the class, the large ones first so that none is hidden."""
    panel.dots = np.column_stack([places.x, places.y])
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
                edgecolors=dot_edge(classes.colours[position]),
                linewidths=0.5,
                zorder=4.5 + (len(classes) - position) / 100,
            )


def to_box(panel: MapPanel, shape: shapely.Geometry) -> Box:
    """Return the box that a shape takes on the sheet."""
    west, south, east, north = shapely.bounds(shape)
    left, top = panel.to_points(west, north)
    return Box(left, top, (east - west) * panel.points_per_metre, (north - south) * panel.points_per_metre)


def case_clusters(panel: MapPanel, shapes: Sequence[shapely.Geometry]) -> None:
    """Draw the white casing of outlines that :func:`draw_clusters` draws, below the dots, which it must not cut."""
    paths = [to_path(shape) for shape in shapes]
    panel.add_paths(paths, fill="none", edge=panel.sheet.theme.casing, width=CLUSTER_CASING, order=4.3)


def draw_clusters(panel: MapPanel, shapes: Sequence[shapely.Geometry]) -> None:
    """Outline clusters in vermilion."""
    paths = [to_path(shape) for shape in shapes]
    panel.add_paths(paths, fill="none", edge=panel.sheet.theme.cluster, width=CLUSTER_LINE, order=5.1)
    panel.clusters += shapes
    panel.lines += [shapely.boundary(shape) for shape in shapes]
    panel.outlines += [to_box(panel, shape) for shape in shapes]


def reserve_furniture(panel: MapPanel, *, size: float) -> None:
    """Keep the corners of the scale bar and the north arrow free of labels."""
    _, length, text = _scale(panel)
    panel.taken.append(_scale_box(panel, length, text, size))
    panel.taken.append(_arrow_box(panel, size))


def draw_furniture(panel: MapPanel, *, size: float) -> None:
    """Draw the scale bar, bottom left, and the north arrow, top right."""
    _, length, text = _scale(panel)
    box = _scale_box(panel, length, text, size)
    panel.sheet.add_box(box, fill=panel.sheet.theme.veil)
    left, bar = box.left + 5, box.bottom - 6
    panel.sheet.add_rule(left, bar, left + length, bar, colour=panel.sheet.theme.ink, width=1.4)
    for end in (left, left + length):
        panel.sheet.add_rule(end, bar - 4, end, bar + 0.7, colour=panel.sheet.theme.ink, width=1.4)
    panel.sheet.add_text(left + length / 2, bar - 6, text, size=size, align="center")
    arrow = _arrow_box(panel, size)
    middle = arrow.left + arrow.width / 2
    panel.sheet.add_box(arrow, fill=panel.sheet.theme.veil)
    top = arrow.top + 3
    panel.sheet.page.add_patch(
        Polygon(
            [(middle, top), (middle + 4.5, top + 13), (middle, top + 10), (middle - 4.5, top + 13)],
            closed=True,
            facecolor=panel.sheet.theme.ink,
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
