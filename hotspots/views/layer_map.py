"""A map of layers over the wards, as data for the browser: an image, cells, outlines, numbers and their legend.

The script that draws it is ``static/map/layer_map.js``. The shapes of the wards are the overview's and are fetched
once; what is built here is sent with each run and holds results, so it never goes to the folder that is served.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from hotspots.crs import to_wgs84_quickly
from hotspots.views.palette import CLUSTER, text_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hotspots.views.surface_image import MapImage

DECIMALS = 5
"""Digits of a degree that are kept: about a metre."""


@dataclass(frozen=True)
class LegendRow:
    """One line of a legend.

    Attributes
    ----------
    mark
        ``fill`` (a coloured swatch), ``ring`` (an outline), ``dashed`` (a named area) or ``none`` (hatched).
    label
        What the mark stands for.
    colour
        Of the swatch or ring.
    count
        How many there are, as text.
    letter
        A letter that stands in the swatch and on the map, so that colour is never alone.
    """

    mark: str
    label: str
    colour: str = ""
    count: str = ""
    letter: str = ""


@dataclass(frozen=True)
class CellLook:
    """How cells of one class are drawn, and what the hover card calls them."""

    label: str
    fill: str
    edge: str
    letter: str = ""


@dataclass(frozen=True, eq=False)
class CellLayer:
    """Cells with a hover card each, n of them.

    Attributes
    ----------
    shapes
        Polygons in British National Grid (EPSG:27700). Shape (n,).
    classes
        Position of each cell's look. Shape (n,).
    looks
        One a class.
    places
        Where each cell is, in words.
    figure_labels, figures
        Names of the figures in the hover card, and those of each cell as text.
    letters
        Whether the looks' letters stand on the map where there is room.
    """

    shapes: NDArray[np.object_]
    classes: NDArray[np.int64]
    looks: tuple[CellLook, ...]
    places: tuple[str, ...]
    figure_labels: tuple[str, ...]
    figures: tuple[tuple[str, ...], ...]
    letters: bool = False


def describe_cell_layer(layer: CellLayer) -> dict[str, Any]:
    """Turn cells into what the browser draws, briefly: steps between corners in units of the last digit kept.

    Returns
    -------
    dict
        ``rings`` holds for each cell its first corner (latitude, longitude) and then the steps to the next ones, in
        hundred-thousandths of a WGS 84 degree; ``place`` is the position of each cell's words in ``places``.
    """
    words = sorted(set(layer.places))
    position = {word: at for at, word in enumerate(words)}
    return {
        "rings": _list_rings(layer.shapes),
        "classes": layer.classes.tolist(),
        "looks": [
            {"label": look.label, "fill": look.fill, "edge": look.edge, "letter": look.letter} for look in layer.looks
        ],
        "places": words,
        "place": [position[word] for word in layer.places],
        "figure_labels": list(layer.figure_labels),
        "figures": [list(figures) for figures in layer.figures],
        "letters": layer.letters,
    }


def build_layer_map(
    *,
    title: str,
    description: str,
    legend: Sequence[LegendRow],
    height: int,
    named: dict[str, Any],
    chosen: str,
    image: MapImage | None = None,
    cells: dict[str, Any] | None = None,
    outlines: dict[str, Any] | None = None,
    numbers: Sequence[tuple[float, float, str]] = (),
    focus: Sequence[tuple[float, float]] = (),
    focus_label: str = "Hot spots",
) -> dict[str, Any]:
    """Build what is sent to the browser for one map: everything but the shapes of the wards.

    Parameters
    ----------
    title
        Stands over the legend.
    description
        What the map shows, for people who do not see it.
    legend
        In the order in which it is read; the named areas are added.
    height
        Pixels.
    named
        Outlines of named areas, from `browser_map.describe_outlines`.
    chosen
        Code of the chosen ward or named area; empty for none.
    image, cells, outlines
        Layers, from the bottom up; `cells` from :func:`describe_cell_layer`, `outlines` a FeatureCollection.
    numbers
        Latitude, longitude and text of the numbers on the map.
    focus
        Latitude and longitude of points that the map begins with in view.
    focus_label
        What the button says that goes back to them.
    """
    rows = list(legend)
    if named["features"]:
        rows.append(LegendRow("dashed", "Named area"))
    return {
        "height": height,
        "title": title,
        "description": description,
        "attribution": "© ONS, Crown copyright",
        "legend": [
            {
                "mark": row.mark,
                "label": row.label,
                "colour": row.colour,
                "count": row.count,
                "letter": row.letter,
            }
            for row in rows
        ],
        "ink_on": {row.colour: text_on(row.colour) for row in rows if row.letter},
        "image": None if image is None else image.to_json(),
        "cells": cells,
        "outlines": outlines or {"type": "FeatureCollection", "features": []},
        "outline_colour": CLUSTER,
        "numbers": [[round(lat, DECIMALS), round(lon, DECIMALS), text] for lat, lon, text in numbers],
        "focus": [[round(lat, DECIMALS), round(lon, DECIMALS)] for lat, lon in focus],
        "focus_label": focus_label,
        "named": named,
        "chosen": chosen,
    }


def _unwrap(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Take the one polygon out of a collection of one."""
    return np.asarray(shapely.get_geometry(shapes, 0), dtype=object)


def _list_rings(shapes: NDArray[np.object_]) -> list[list[int]]:
    if not len(shapes):
        return []
    # Of a cell that the coast parts, the largest piece: a cell is some two hundred metres, and a hint of where to look.
    parted = shapely.get_num_geometries(shapes) > 1
    whole = shapes.copy()
    whole[parted] = [max(shapely.get_parts(shape), key=shapely.area) for shape in shapes[parted]]
    outer = shapely.get_exterior_ring(_unwrap(whole))
    corners, of_cell = shapely.get_coordinates(outer, return_index=True)
    lon, lat = to_wgs84_quickly(corners[:, 0], corners[:, 1])
    units = np.rint(np.column_stack([lat, lon]) * 10**DECIMALS).astype(np.int64)
    starts = np.flatnonzero(np.diff(of_cell, prepend=-1))
    rings = []
    for ring in np.split(units, starts[1:]):
        steps = np.diff(ring[:-1], axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
        rings.append([int(step) for step in steps.ravel()])
    return rings
