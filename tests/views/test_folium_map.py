"""The area's map: everything drawn, everything escaped, and no element that would call another machine."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import branca.colormap
import folium
import folium.plugins
import pandas as pd
import pytest
import shapely
from streamlit_folium import generate_leaflet_string

from hotspots.settings import ROOT
from hotspots.store.boundaries import read_embedded
from hotspots.views.dots import class_places
from hotspots.views.folium_elements import LocalLabels, LocalMap
from hotspots.views.folium_map import assert_local, build_area_map, describe_area_layers

if TYPE_CHECKING:
    from hotspots.schemas import Boundaries
    from hotspots.views.folium_map import AreaLayers

HOSTILE = "<img src=x onerror=alert(1)>${alert(2)}{{ 7*7 }}</script>'\""
POINTS = {"type": "FeatureCollection", "features": []}


@pytest.fixture(scope="module")
def boundaries() -> Boundaries:
    return read_embedded()


@pytest.fixture(scope="module")
def clusters(boundaries: Boundaries) -> pd.DataFrame:
    centre = boundaries.geometry[0].representative_point()
    return pd.DataFrame(
        {
            "cluster": [1],
            "incidents": [1234],
            "hectares": [2.25],
            "top_type": [HOSTILE],
            "lon": [-1.7],
            "lat": [55.4],
            "geometry": [centre.buffer(100)],
        }
    )


@pytest.fixture(scope="module")
def places() -> pd.DataFrame:
    return pd.DataFrame({"lon": [-1.7, -1.71], "lat": [55.4, 55.41], "incidents": [90, 10], "cluster": [1, -1]})


@pytest.fixture(scope="module")
def layers(boundaries: Boundaries, clusters: pd.DataFrame, places: pd.DataFrame) -> AreaLayers:
    named = replace(boundaries, names=(HOSTILE, *boundaries.names[1:]))
    return describe_area_layers(named, [0, 1], clusters=clusters, places=places)


def render(area_map: folium.Map) -> str:
    area_map.get_root().render()
    return generate_leaflet_string(area_map)


def test_layers_hold_the_area_its_surroundings_and_its_figures(layers: AreaLayers) -> None:
    fills = [feature["properties"]["style"]["fillColor"] for feature in layers.wards["features"]]
    assert fills.count("#FFFFFF") == 2
    assert 2 < len(fills) < 100
    assert [feature["properties"]["incidents"] for feature in layers.places["features"]] == [
        "90 incidents",
        "10 incidents",
    ]
    assert [feature["properties"]["cluster"] for feature in layers.places["features"]] == [
        "In cluster 1",
        "In no cluster",
    ]
    assert layers.clusters["features"][0]["properties"]["incidents"] == "1,234 incidents"
    assert [label["kind"] for label in layers.labels[:3]] == ["pin", "own", "own"]
    (south, west), (north, east) = layers.bounds
    assert south < north
    assert west < east
    json.dumps([layers.wards, layers.places, layers.clusters, layers.outline])


def test_names_from_data_never_become_markup(layers: AreaLayers) -> None:
    script = render(build_area_map(layers, description=HOSTILE))
    assert "<img" not in script
    assert "</script>" not in script
    assert "{{ 7*7 }}" in script.replace("\\u0027", "'")
    for line in script.splitlines():
        if "${" in line:
            assert "alert" not in line or "`" not in line


def test_map_asks_only_for_files_of_ours(layers: AreaLayers) -> None:
    area_map = build_area_map(layers, description="d")
    links = [link for part in walk(area_map) for _, link in (*linked(part, "default_js"), *linked(part, "default_css"))]
    assert len(links) >= 4
    for link in links:
        assert link.startswith("../../app/static/")
        assert (ROOT / link.removeprefix("../../app/")).is_file()
    assert not re.findall(r"https?://", render(area_map))


def test_a_dark_map_is_light_on_paper_and_its_classes_stay(layers: AreaLayers) -> None:
    dark, light, tiled = (
        build_area_map(layers, description="d", **look)
        for look in ({"dark": True}, {}, {"dark": True, "tiles": "https://tiles.example.org/{z}/{x}/{y}.png"})
    )
    assert "beforeprint" in render(dark)
    assert "beforeprint" not in render(light)
    assert "beforeprint" not in render(tiled), "it is light already"
    sheet = dark.get_root().header.render()
    screen, paper = sheet.split('<style media="print">')
    assert "color-scheme: dark" in screen
    assert "color-scheme: light" in paper
    assert "background: #FFFFFF !important" in paper
    painted = re.search(r"\}\)\(map_\w+, \[(.*?)\],\s+(\{.*?\})\);", render(dark), re.DOTALL)
    assert painted is not None
    own, colours = painted[1], json.loads(painted[2])
    drawn = 2 + bool(layers.context["features"])
    assert own.count("geo_json_") == drawn, "wards, outline and neighbours: neither dots nor clusters"
    assert set(colours.values()) == {"#FFFFFF", "#ECEEEF", "#F3F4F5", "#B1B4B6", "#0B0C0C"}
    assert len(colours) == 5, "and back: no two of them are one on a dark ground"


@pytest.mark.parametrize("kind", [LocalMap, folium.GeoJson, folium.CircleMarker, folium.GeoJsonTooltip, LocalLabels])
def test_each_class_in_use_is_local(kind: type[Any]) -> None:
    for _, link in (*linked(kind, "default_js"), *linked(kind, "default_css")):
        assert link.startswith("../../app/static/")


@pytest.mark.parametrize(
    "make",
    [
        lambda: folium.Map(tiles=None),
        LocalMap,
        lambda: LocalMap(tiles="https://tiles.example.org/{z}/{x}/{y}.png", attr="x"),
        folium.plugins.MarkerCluster,
        lambda: folium.plugins.FastMarkerCluster([[55, -1]]),
        lambda: folium.plugins.HeatMap([[55, -1]]),
        folium.plugins.Fullscreen,
        folium.plugins.MiniMap,
        folium.plugins.MeasureControl,
        folium.plugins.Draw,
        folium.plugins.BeautifyIcon,
        lambda: folium.RegularPolygonMarker([55, -1]),
        lambda: branca.colormap.LinearColormap(["red", "blue"], vmin=0, vmax=1),
    ],
)
def test_each_element_that_would_call_out_is_refused(make: Any) -> None:
    element = make()
    whole = element
    if not isinstance(element, folium.Map):
        whole = LocalMap(tiles=None)
        whole.add_child(element)
    with pytest.raises(ValueError, match=r"which is not ours|from another machine"):
        assert_local(whole)


def test_tiles_are_drawn_only_when_opted_into(layers: AreaLayers) -> None:
    address = "https://tiles.example.org/{z}/{x}/{y}.png"
    assert "tiles.example.org" not in render(build_area_map(layers, description="d"))
    assert "tiles.example.org" in render(build_area_map(layers, description="d", tiles=address))
    with pytest.raises(ValueError, match=re.escape("tiles.example.org")):
        assert_local(build_area_map(layers, description="d", tiles=address))


def test_map_without_clusters_or_places_still_draws(boundaries: Boundaries, clusters: pd.DataFrame) -> None:
    nothing = pd.DataFrame({"lon": [], "lat": [], "incidents": [], "cluster": []})
    layers = describe_area_layers(boundaries, [5], clusters=clusters.head(0), places=nothing)
    assert sum(layers.sizes) == 0
    assert "circleMarker" not in render(build_area_map(layers, description="d"))


def test_layers_are_not_changed_by_drawing(layers: AreaLayers) -> None:
    before = json.dumps([layers.wards, layers.places, layers.clusters, layers.outline, layers.context])
    render(build_area_map(layers, description="d", tiles="https://t.example.org/{z}"))
    assert json.dumps([layers.wards, layers.places, layers.clusters, layers.outline, layers.context]) == before


def test_dots_are_those_of_the_picture(boundaries: Boundaries, clusters: pd.DataFrame, places: pd.DataFrame) -> None:
    """Screen and slide give a place the same class, colour and step of size, and count the same."""
    layers = describe_area_layers(boundaries, [0, 1], clusters=clusters, places=places)
    picture = class_places(places["incidents"])
    assert layers.classes == picture
    assert layers.sizes == picture.count(places["incidents"])[:-1]
    drawn = {
        tuple(feature["geometry"]["coordinates"]): feature["properties"]["style"]
        for feature in layers.places["features"]
    }
    for row, position in zip(places.itertuples(), picture.index(places["incidents"]).tolist(), strict=True):
        style = drawn[round(row.lon, 6), round(row.lat, 6)]
        assert style["fillColor"] == picture.colours[position]
        assert style["radius"] == layers.radii[position]
    sizes = [feature["properties"]["style"]["radius"] for feature in layers.places["features"]]
    assert sizes == sorted(sizes, reverse=True), "no large dot hides a small one"
    assert list(layers.radii) == sorted(layers.radii)


def test_clusters_lie_where_the_table_says(layers: AreaLayers, clusters: pd.DataFrame) -> None:
    drawn = shapely.from_geojson(json.dumps(layers.clusters["features"][0]["geometry"]))
    assert drawn.is_valid
    assert len(layers.clusters["features"]) == len(clusters)


def linked(element: Any, attribute: str) -> list[tuple[str, str]]:
    return list(getattr(element, attribute, []))


def walk(element: Any) -> list[Any]:
    found = [element]
    for child in getattr(element, "_children", {}).values():
        found += walk(child)
    return found
