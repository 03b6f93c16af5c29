"""The overview's ward map as data for the browser: geometry once, then only classes, figures and outlines.

The script that draws it is ``static/map/ward_map.js``. Shapes are large and change only with the boundaries, so they
are fetched once and kept; what changes with each selection is a few kilobytes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from hotspots.crs import geometry_to_wgs84
from hotspots.views.palette import CLUSTER, line_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from hotspots.schemas import Boundaries
    from hotspots.views.classes import Classes

DECIMALS = 5
"""Digits of a degree that are kept: about a metre, and the same for all, so that shared edges stay shared."""
CLUSTER_TOLERANCE = 15.0
"""Metres by which a cluster outline may be simplified on this map; the pictures draw it in full."""
CLUSTER_DECIMALS = 4
"""Digits of a degree in a cluster outline, finer than what it was simplified by: they are most of a new view."""


@dataclass(frozen=True)
class AreaFigures:
    """What the map shows of each ward.

    Attributes
    ----------
    values
        The figure that colours the ward, NaN where not known. Shape (wards,).
    labels
        Names of the figures in the hover card.
    figures
        The figures of each ward as text, in the order of `labels`; None for a ward without any.
    """

    values: NDArray[np.float64]
    labels: tuple[str, ...]
    figures: tuple[tuple[str, ...] | None, ...]


@dataclass(frozen=True, eq=False)
class NamedOutline:
    """The outline of a named area, with its code and name; geometry in EPSG:27700."""

    code: str
    name: str
    geometry: shapely.Geometry


def describe_shapes(boundaries: Boundaries) -> dict[str, Any]:
    """Turn boundaries into what the browser map draws, in WGS 84 degrees.

    Parameters
    ----------
    boundaries
        The wards and their neighbours (EPSG:27700).

    Returns
    -------
    dict
        A GeoJSON FeatureCollection whose features carry the area code as ``id`` and ``name`` and ``lad`` as properties,
        with three more members: ``context`` (neighbouring authorities, a FeatureCollection), ``divides`` (the lines
        between the authorities of the areas, a geometry) and ``authorities`` (name, lon and lat of each).
    """
    wards = _features(
        boundaries.geometry,
        ids=boundaries.codes,
        properties=[
            {"name": name, "lad": lad} for name, lad in zip(boundaries.names, boundaries.lad_names, strict=True)
        ],
    )
    context = _features(
        boundaries.context,
        properties=[
            {"name": name, "lon": lon, "lat": lat}
            for name, (lon, lat) in zip(boundaries.context_names, _name_points(boundaries.context), strict=True)
        ],
    )
    names = sorted({name for name in boundaries.lad_names if name})
    of_ward = np.array(boundaries.lad_names)
    authorities = np.array([shapely.coverage_union_all(boundaries.geometry[of_ward == name]) for name in names])
    shapes = _collection(wards)
    shapes["context"] = _collection(context)
    shapes["divides"] = _to_geojson(np.array([_divides(authorities)]))[0]
    shapes["authorities"] = [
        {"name": name, "lon": lon, "lat": lat}
        for name, (lon, lat) in zip(names, _name_points(authorities), strict=True)
    ]
    return shapes


def describe_outlines(named: Sequence[NamedOutline]) -> dict[str, Any]:
    """Turn the outlines of named areas into a GeoJSON FeatureCollection, each with the point for its name."""
    geometry = np.array([outline.geometry for outline in named], dtype=object)
    points = _name_points(geometry)
    return _collection(
        _features(
            geometry,
            ids=[outline.code for outline in named],
            properties=[
                {"name": outline.name, "lon": lon, "lat": lat}
                for outline, (lon, lat) in zip(named, points, strict=True)
            ],
        )
    )


def describe_clusters(clusters: pd.DataFrame) -> dict[str, Any]:
    """Turn a cluster table into a GeoJSON FeatureCollection of outlines, numbered as in the table.

    Parameters
    ----------
    clusters
        Columns cluster, lon, lat and geometry (EPSG:27700).
    """
    outlines = shapely.simplify(clusters["geometry"].to_numpy(dtype=object), CLUSTER_TOLERANCE)
    return _collection(
        _features(
            outlines,
            decimals=CLUSTER_DECIMALS,
            properties=[
                {"cluster": int(number), "lon": round(float(lon), DECIMALS), "lat": round(float(lat), DECIMALS)}
                for number, lon, lat in zip(clusters["cluster"], clusters["lon"], clusters["lat"], strict=True)
            ],
        )
    )


def build_ward_map(
    boundaries: Boundaries,
    *,
    classes: Classes,
    wards: AreaFigures,
    clusters: dict[str, Any],
    named: dict[str, Any],
    description: str,
    height: int,
) -> dict[str, Any]:
    """Build what is sent to the browser for one selection: everything but the shapes and the choice.

    Classes stand in the order of the boundaries, in which the shapes do too; figures in a list for each label, in that
    order.

    Parameters
    ----------
    boundaries
        The wards that `wards` counts through; the shapes themselves are not read.
    classes
        Breaks, colours and labels, shared with the table and the picture.
    wards
        What colours each ward and what its hover card says.
    clusters, named
        From :func:`describe_clusters` and :func:`describe_outlines`.
    description
        What the map shows, for people who do not see it.
    height
        Pixels.
    """
    index = classes.index(wards.values)
    sizes = classes.count(wards.values)
    if not len(index) == len(wards.figures) == len(boundaries):
        raise ValueError(f"{len(wards.figures)} figures for {len(boundaries)} wards")
    return {
        "height": height,
        "title": classes.title,
        "description": description,
        "attribution": "© ONS, Crown copyright",
        "colours": list(classes.colours),
        "edges": [line_on(colour) for colour in classes.colours],
        "labels": list(classes.labels),
        "sizes": list(sizes[:-1]),
        "unknown": sizes[-1],
        "no_data_colour": classes.no_data_colour,
        "no_data_label": classes.no_data_label,
        "classes": index.tolist(),
        "figure_labels": list(wards.labels),
        "figures": _list_columns(wards),
        "clusters": pack_outlines(clusters, decimals=CLUSTER_DECIMALS),
        "cluster_colour": CLUSTER,
        "cluster_label": "Cluster",
        "named": pack_outlines(named),
        "named_label": "Named area",
    }


def _list_columns(wards: AreaFigures) -> list[list[str | None]]:
    """Set the figures of all wards beside each other, which repeats more and so takes fewer bytes when compressed."""
    nothing: tuple[None, ...] = (None,) * len(wards.labels)
    return [list(column) for column in zip(*(figures or nothing for figures in wards.figures), strict=True)]


def pack_outlines(collection: dict[str, Any], *, decimals: int = DECIMALS) -> dict[str, Any]:
    """Write outlines as steps from vertex to vertex, which takes a third of the letters of GeoJSON.

    Parameters
    ----------
    collection
        A FeatureCollection of polygons in degrees; its other members are kept as they are.
    decimals
        Digits of a degree that are kept.

    Returns
    -------
    dict
        ``scale`` (steps a degree) and ``features``: for each its properties, with its ``id`` among them, and then its
        polygons. A polygon is a list of rings, a ring x and y of the first vertex and the steps to the others, one
        after another.
    """
    scale = 10**decimals
    return {
        **collection,
        "scale": scale,
        "features": [
            [
                {**feature["properties"], **({"id": feature["id"]} if "id" in feature else {})},
                *([_list_steps(ring, scale) for ring in polygon] for polygon in _list_polygons(feature["geometry"])),
            ]
            for feature in collection["features"]
        ],
    }


def _list_polygons(geometry: dict[str, Any]) -> list[list[list[list[float]]]]:
    polygons: list[list[list[list[float]]]] = geometry["coordinates"]
    return polygons if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]


def _list_steps(ring: list[list[float]], scale: int) -> list[int]:
    points = np.rint(np.asarray(ring) * scale).astype(np.int64)
    steps: list[int] = np.diff(points, axis=0, prepend=0).ravel().tolist()
    return steps


def pack_shapes(shapes: dict[str, Any]) -> dict[str, Any]:
    """Write what :func:`describe_shapes` made as steps, the wards and their neighbours alike."""
    return {**pack_outlines(shapes), "context": pack_outlines(shapes["context"])}


def write_ward_map(data: dict[str, Any]) -> str:
    """Write what :func:`build_ward_map` made as it goes to the browser."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _features(
    geometry: NDArray[np.object_],
    *,
    properties: Sequence[dict[str, Any]],
    ids: Sequence[str] = (),
    decimals: int = DECIMALS,
) -> list[dict[str, Any]]:
    features: list[dict[str, Any]] = [
        {"type": "Feature", "properties": row, "geometry": shape}
        for row, shape in zip(properties, _to_geojson(geometry, decimals=decimals), strict=True)
    ]
    for feature, code in zip(features, ids, strict=False):
        feature["id"] = code
    return features


def _collection(features: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": features}


def _to_geojson(geometry: NDArray[np.object_], *, decimals: int = DECIMALS) -> list[dict[str, Any]]:
    if not len(geometry):
        return []
    rounded = shapely.transform(
        geometry_to_wgs84(geometry),
        lambda points: np.round(points, decimals),  # not set_precision: it parts shared edges
    )
    return [json.loads(text) for text in shapely.to_geojson(rounded)]


def _name_points(geometry: NDArray[np.object_]) -> list[tuple[float, float]]:
    """Find a point well inside each shape, for its name."""
    if not len(geometry):
        return []
    largest = [max(shapely.get_parts(shape), key=shapely.area) for shape in geometry]
    inside = [
        shapely.get_point(shapely.maximum_inscribed_circle(part, tolerance=max(part.length / 1000, 10.0)), 0)
        for part in largest
    ]
    points = geometry_to_wgs84(np.array(inside, dtype=object))
    return [(round(float(point.x), DECIMALS), round(float(point.y), DECIMALS)) for point in points]


def _divides(authorities: NDArray[np.object_]) -> shapely.Geometry:
    """Return the lines that part one authority from another, without the coast and the outer edge."""
    if not len(authorities):
        return shapely.MultiLineString()
    lines = shapely.union_all(shapely.boundary(authorities))
    return shapely.difference(lines, shapely.boundary(shapely.coverage_union_all(authorities)))
