"""The area's map with folium: its wards, neighbours, clusters and places, with every script served by ourselves.

Every element is our own or folium's plainest (`views.folium_elements`); :func:`assert_local` refuses any that would
call another machine. Text from data is escaped before folium, which writes properties into the page as HTML, gets
to see it.
"""

from __future__ import annotations

import html
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import branca.colormap
import folium
import numpy as np
import shapely
from branca.element import Element

from hotspots.crs import geometry_to_wgs84
from hotspots.views.dots import class_places, dot_edge, dot_radii
from hotspots.views.folium_elements import FROM_FRAME, LocalLabels, LocalMap, Paper, Plain
from hotspots.views.palette import CASING, CLUSTER, GREY_TEXT, INK, LAND, PANEL, RULE, WHITE
from hotspots.views.repaint import repaint_data, repaint_sheet
from hotspots.views.wording import write_count, write_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from hotspots.schemas import Boundaries
    from hotspots.views.classes import Classes

ATTRIBUTION = "© ONS, Crown copyright"
MARGIN = 0.35
"""How much of its surroundings a map shows on each side, as a share of the area's longer side."""
DOT_PIXELS = 1.4
"""Pixels of a dot's radius for each point that it has on a slide."""


@dataclass(frozen=True)
class AreaLayers:
    """One area's map as plain GeoJSON, safe to keep: a folium map itself is used once.

    Attributes
    ----------
    context, wards, outline, clusters, places
        FeatureCollections in WGS 84 degrees; text in their properties is escaped.
    labels
        Cluster numbers and ward names for :class:`LocalLabels`; not escaped, because they never become HTML.
    bounds
        South-west and north-east corner of the area, as latitude and longitude.
    classes, sizes, radii
        Classes of the places, the same as in the picture; how many places each has, and the radius of its dots in
        pixels.
    """

    context: dict[str, Any]
    wards: dict[str, Any]
    outline: dict[str, Any]
    clusters: dict[str, Any]
    places: dict[str, Any]
    labels: tuple[dict[str, Any], ...]
    bounds: tuple[tuple[float, float], tuple[float, float]]
    classes: Classes
    sizes: tuple[int, ...]
    radii: tuple[float, ...]


def describe_area_layers(
    boundaries: Boundaries, wards: Sequence[int], *, clusters: pd.DataFrame, places: pd.DataFrame
) -> AreaLayers:
    """Turn an area, its clusters and its places into what :func:`build_area_map` draws.

    Parameters
    ----------
    boundaries
        Wards and neighbouring authorities (EPSG:27700).
    wards
        Positions of the area's wards in `boundaries`.
    clusters
        Columns cluster, incidents, hectares, top_type, lon, lat and geometry (EPSG:27700).
    places
        Columns lon, lat, incidents and cluster (0 or less for none), one row a place.
    """
    own = np.zeros(len(boundaries), dtype=bool)
    own[list(wards)] = True
    area = shapely.coverage_union_all(boundaries.geometry[own])
    west, south, east, north = area.bounds
    margin = MARGIN * max(east - west, north - south)
    frame = shapely.box(west - 3 * margin, south - 3 * margin, east + 3 * margin, north + 3 * margin)
    near = shapely.intersects(boundaries.geometry, frame)
    corners = geometry_to_wgs84(
        np.array(
            [shapely.Point(west - margin / 8, south - margin / 8), shapely.Point(east + margin / 8, north + margin / 8)]
        )
    )
    shown = np.flatnonzero(near)
    surroundings = _clip(boundaries.context, frame)
    classes = class_places(places["incidents"])
    radii = tuple(round(radius * DOT_PIXELS, 1) for radius in dot_radii(len(classes), len(places)))
    return AreaLayers(
        context=_collection(surroundings, [{} for _ in surroundings]),
        wards=_collection(
            boundaries.geometry[shown],
            [
                {
                    "ward": html.escape(boundaries.names[ward]),
                    "style": {
                        "fillColor": "#FFFFFF" if own[ward] else LAND,
                        "fillOpacity": 1,
                        "color": RULE,
                        "weight": 1,
                    },
                }
                for ward in shown.tolist()
            ],
        ),
        outline=_collection(np.array([area], dtype=object), [{}]),
        clusters=_collection(
            clusters["geometry"].to_numpy(dtype=object),
            [
                {
                    "cluster": f"Cluster {row['cluster']}",
                    "incidents": write_count(int(row["incidents"]), "incident"),
                    "hectares": write_number(float(row["hectares"]), decimals=1) + " ha",
                    "top_type": "Most: " + html.escape(row["top_type"]),
                }
                for row in clusters.to_dict("records")
            ],
        ),
        places=_place_features(places, classes, radii),
        labels=(*_number_clusters(clusters), *_name_wards(boundaries, shown, own)),
        bounds=((corners[0].y, corners[0].x), (corners[1].y, corners[1].x)),
        classes=classes,
        sizes=classes.count(places["incidents"])[:-1],
        radii=radii,
    )


def build_area_map(layers: AreaLayers, *, description: str, tiles: str | None = None, dark: bool = False) -> folium.Map:
    """Build the folium map of an area.

    Parameters
    ----------
    layers
        From :func:`describe_area_layers`.
    description
        What the map shows, for people who do not see it.
    tiles
        Address of an opted-in online base map; None, the default, asks no other machine for anything.
    dark
        Whether the page's ground is dark. An online base map is light whatever the page is.

    Returns
    -------
    folium.Map
        To be used once: streamlit-folium changes it.

    Raises
    ------
    ValueError
        If an element would call another machine.
    """
    dark = dark and not tiles
    ink, rule, ground = repaint_data((INK, RULE, PANEL), dark=dark)
    area_map = LocalMap(tiles=None, control_scale=True, prefer_canvas=True, zoom_snap=0.25, min_zoom=8, max_zoom=18)
    Plain(description, ground=repaint_data(WHITE, dark=dark)).add_to(area_map)
    if tiles:
        folium.TileLayer(tiles, attr=ATTRIBUTION, opacity=0.55, control=False).add_to(area_map)
    painted = []
    if not tiles and layers.context["features"]:
        painted.append(_plain_layer(layers.context, color=rule, weight=1, fillColor=ground, fillOpacity=1))
    ward_layer = folium.GeoJson(
        _see_through(layers.wards) if tiles else repaint_data(layers.wards, dark=dark),
        tooltip=folium.GeoJsonTooltip(["ward"], labels=False, class_name="plain"),
        attribution=ATTRIBUTION,
    )
    painted += [ward_layer, _plain_layer(layers.outline, color=ink, weight=2.5, fill=False)]
    for layer in painted:
        layer.add_to(area_map)
    if layers.places["features"]:
        folium.GeoJson(
            layers.places,  # dots keep the colours of their classes in both looks
            marker=folium.CircleMarker(radius=DOT_PIXELS),
            tooltip=folium.GeoJsonTooltip(["incidents", "cluster"], labels=False, class_name="plain"),
        ).add_to(area_map)
    if layers.clusters["features"]:
        _plain_layer(layers.clusters, color=CASING, weight=5, fill=False).add_to(area_map)
        folium.GeoJson(
            layers.clusters,
            style_function=lambda _: {"color": CLUSTER, "weight": 2.25, "fill": False},
            tooltip=folium.GeoJsonTooltip(
                ["cluster", "incidents", "hectares", "top_type"], labels=False, class_name="plain"
            ),
        ).add_to(area_map)
    LocalLabels(layers.labels).add_to(area_map)
    if dark:
        Paper(painted).add_to(area_map)
    root: Any = area_map.get_root()
    root.header.add_child(Element(_write_sheet(dark=dark)), name="sheet")
    area_map.fit_bounds([list(corner) for corner in layers.bounds])
    assert_local(area_map, allowed=tiles)
    return area_map


def assert_local(element: Any, *, allowed: str | None = None) -> None:
    """Check that a map asks no other machine for a script, a style, a font, a picture or a tile.

    Parameters
    ----------
    element
        A folium map, with all that has been added to it.
    allowed
        The one tile address that was opted into.

    Raises
    ------
    ValueError
        If an element names an address that is not ours; the message names the element and the address.
    """
    for part in _walk(element):
        name = type(part).__name__
        if isinstance(part, branca.colormap.ColorMap):
            raise ValueError(f"{name} makes streamlit-folium load d3 from another machine; draw a legend of our own.")  # noqa: TRY004 - the value is wrong, not only its type
        links = [*getattr(part, "default_js", []), *getattr(part, "default_css", [])]
        addresses = [address for _, address in links]
        if isinstance(part, folium.TileLayer) and part.tiles != allowed:
            addresses.append(part.tiles)
        for address in addresses:
            if not address.startswith(FROM_FRAME + "app/static/"):
                raise ValueError(f"{name} asks for {address}, which is not ours; vendor it below static/.")
        if isinstance(part, folium.GeoJson) and not part.embed:
            raise ValueError(f"{name} fetches its data when the map is drawn; embed them.")


def _write_sheet(*, dark: bool) -> str:
    """Write the style of the map; the colours of its labels follow the scheme that it names, and on paper are light."""
    scheme = f":root {{ color-scheme: {'dark' if dark else 'light'}; }}\n"
    screen = repaint_sheet(_SHEET, dark=dark).replace("<style>\n", f"<style>\n{scheme}")
    if not dark:
        return screen
    ground = f".leaflet-container {{ background: {WHITE} !important; }}\n"
    return screen + _SHEET.replace("<style>\n", f'<style media="print">\n:root {{ color-scheme: light; }}\n{ground}')


_SHEET = f"""<style>
.leaflet-container {{ font: 13px/1.35 "Source Sans", "Source Sans 3", Arial, sans-serif; color: {INK}; }}
.leaflet-control-attribution {{ font-size: 11px; color: {GREY_TEXT}; background: {WHITE} !important; }}
.leaflet-bar, .leaflet-bar a, .leaflet-bar a:hover {{ border-radius: 0 !important; background: {WHITE}; color: {INK};
  border-color: {RULE}; }}
.leaflet-container:focus-visible, .leaflet-bar a:focus-visible {{ outline: 3px solid #fd0 !important;
  outline-offset: -3px; }}
.leaflet-container:focus-visible::after, .leaflet-bar a:focus-visible {{ box-shadow: inset 0 0 0 5px {INK}; }}
.leaflet-container:focus-visible::after {{ content: ""; position: absolute; inset: 0; z-index: 900;
  pointer-events: none; }}
.leaflet-control-scale-line {{ background: {WHITE}; color: {INK}; text-shadow: none; }}
.leaflet-tooltip.plain {{ background: {WHITE}; }}
.leaflet-tooltip.plain {{ border: 1px solid {INK}; border-radius: 0; box-shadow: none; color: {INK}; padding: 6px 9px;
  font: 13px/1.4 "Source Sans", "Source Sans 3", Arial, sans-serif; }}
.leaflet-tooltip.plain tr:first-child td {{ font-weight: 700; }}
.leaflet-tooltip.plain::before {{ display: none; }}
@media print {{ .leaflet-control-zoom {{ display: none; }} }}
</style>"""


def _plain_layer(data: dict[str, Any], **style: Any) -> folium.GeoJson:
    return folium.GeoJson(data, style_function=lambda _: style, interactive=False)


def _see_through(wards: dict[str, Any]) -> dict[str, Any]:
    """Let an online base map show through the wards."""
    features = []
    for feature in wards["features"]:
        properties = feature["properties"]
        style = {**properties["style"], "fillOpacity": 0}
        features.append({**feature, "properties": {**properties, "style": style}})
    return {**wards, "features": features}


def _place_features(places: pd.DataFrame, classes: Classes, radii: tuple[float, ...]) -> dict[str, Any]:
    """Turn places into dots, those of the highest class first, so that no large dot hides a small one."""
    features = []
    index = classes.index(places["incidents"])
    order = np.argsort(-index, kind="stable")
    for row, position in zip(places.iloc[order].to_dict("records"), index[order].tolist(), strict=True):
        clustered = int(row["cluster"]) > 0
        colour = classes.colours[position]
        features.append(
            {
                "type": "Feature",
                "geometry": {
                    "type": "Point",
                    "coordinates": [round(float(row["lon"]), 6), round(float(row["lat"]), 6)],
                },
                "properties": {
                    "incidents": write_count(int(row["incidents"]), "incident"),
                    "cluster": f"In cluster {int(row['cluster'])}" if clustered else "In no cluster",
                    "style": {
                        "fill": True,
                        "radius": radii[position],
                        "fillColor": colour,
                        "fillOpacity": 1,
                        "color": dot_edge(colour),
                        "weight": 0.75,
                    },
                },
            }
        )
    return {"type": "FeatureCollection", "features": features}


def _number_clusters(clusters: pd.DataFrame) -> tuple[dict[str, Any], ...]:
    return tuple(
        {"lat": float(lat), "lon": float(lon), "text": str(number), "kind": "pin"}
        for number, lon, lat in zip(clusters["cluster"], clusters["lon"], clusters["lat"], strict=True)
    )


def _name_wards(boundaries: Boundaries, shown: NDArray[np.int64], own: NDArray[np.bool_]) -> tuple[dict[str, Any], ...]:
    """Name the area's own wards first, so that they keep their names where room is short."""
    ordered = sorted(shown.tolist(), key=lambda ward: not own[ward])
    inside = shapely.point_on_surface(boundaries.geometry[ordered])
    points = geometry_to_wgs84(np.asarray(inside, dtype=object))
    return tuple(
        {
            "lat": round(float(point.y), 5),
            "lon": round(float(point.x), 5),
            "text": boundaries.names[ward],
            "kind": "own" if own[ward] else "ward",
        }
        for ward, point in zip(ordered, points, strict=True)
    )


def _clip(geometry: NDArray[np.object_], frame: shapely.Geometry) -> NDArray[np.object_]:
    if not len(geometry):
        return geometry
    west, south, east, north = frame.bounds
    clipped = shapely.clip_by_rect(geometry, west, south, east, north)
    return np.asarray(clipped[~shapely.is_empty(clipped)], dtype=object)


def _collection(geometry: NDArray[np.object_], properties: Sequence[dict[str, Any]]) -> dict[str, Any]:
    features: list[dict[str, Any]] = []
    if len(geometry):
        rounded = shapely.transform(geometry_to_wgs84(geometry), lambda points: np.round(points, 5))
        features = [
            {"type": "Feature", "id": str(position), "properties": row, "geometry": json.loads(text)}
            for position, (row, text) in enumerate(zip(properties, shapely.to_geojson(rounded), strict=True))
        ]
    return {"type": "FeatureCollection", "features": features}


def _walk(element: Any) -> Iterator[Any]:
    yield element
    for child in getattr(element, "_children", {}).values():
        yield from _walk(child)
