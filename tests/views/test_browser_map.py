"""The ward map's data: shapes once, codes that match, classes shared, and nothing that is not asked for."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from numpy.testing import assert_allclose

from hotspots.crs import geometry_to_bng
from hotspots.schemas import Boundaries
from hotspots.store.boundaries import read_embedded
from hotspots.views.browser_map import (
    AreaFigures,
    NamedOutline,
    build_ward_map,
    describe_clusters,
    describe_outlines,
    describe_shapes,
    pack_outlines,
    pack_shapes,
    write_ward_map,
)
from hotspots.views.classes import classify
from tests.packed_outlines import unpack


@pytest.fixture(scope="module")
def boundaries() -> Boundaries:
    return read_embedded()


def test_shapes_carry_code_name_and_authority_and_keep_shared_edges(boundaries: Boundaries) -> None:
    shapes = describe_shapes(boundaries)
    features = shapes["features"]
    assert [feature["id"] for feature in features] == list(boundaries.codes)
    assert features[0]["properties"] == {"name": boundaries.names[0], "lad": boundaries.lad_names[0]}
    drawn = shapely.from_geojson([json.dumps(feature["geometry"]) for feature in features])
    assert shapely.coverage_is_valid(drawn)
    moved = shapely.hausdorff_distance(geometry_to_bng(drawn), boundaries.geometry)
    assert moved.max() < 2


def test_shapes_name_the_authorities_and_part_them(boundaries: Boundaries) -> None:
    shapes = describe_shapes(boundaries)
    names = {entry["name"] for entry in shapes["authorities"]}
    assert names == set(boundaries.lad_names)
    for entry in shapes["authorities"]:
        point = geometry_to_bng(np.array([shapely.Point(entry["lon"], entry["lat"])]))[0]
        home = [
            lad for lad, ward in zip(boundaries.lad_names, boundaries.geometry, strict=True) if ward.contains(point)
        ]
        assert home == [entry["name"]]
    lines = geometry_to_bng(np.array([shapely.from_geojson(json.dumps(shapes["divides"]))]))[0]
    coast = shapely.union_all(boundaries.geometry).boundary
    assert 50_000 < lines.length < coast.length


def test_shapes_of_areas_without_authority_or_context() -> None:
    square = np.array([shapely.box(0, 0, 1000, 1000)], dtype=object)
    lone = Boundaries(("a",), ("A",), ("",), ("",), np.array([1.0]), np.array([1.0]), square, "n", "s", "l", "v")
    shapes = describe_shapes(lone)
    assert shapes["authorities"] == []
    assert shapes["context"]["features"] == []
    assert len(shapes["features"]) == 1


def test_ward_map_shares_classes_and_counts_what_is_unknown(boundaries: Boundaries) -> None:
    values = np.arange(len(boundaries), dtype=float)
    values[3] = np.nan
    classes = classify(values, title="Rate, incidents", unit="incidents")
    figures = tuple(None if np.isnan(value) else (f"{value:.0f}",) for value in values)
    data = build_ward_map(
        boundaries,
        classes=classes,
        wards=AreaFigures(values, ("Rate",), figures),
        clusters={"type": "FeatureCollection", "features": []},
        named={"type": "FeatureCollection", "features": []},
        description="d",
        height=400,
    )
    assert data["classes"][3] == -1
    assert data["figures"] == [[None if figure is None else figure[0] for figure in figures]]
    assert data["figures"][0][3] is None
    assert data["unknown"] == 1
    assert sum(data["sizes"]) == len(boundaries) - 1
    assert data["colours"] == list(classes.colours)
    assert data["labels"] == list(classes.labels)
    assert data["classes"][-1] == len(classes) - 1
    assert len(write_ward_map(data)) < 20_000


def test_clusters_and_outlines_keep_numbers_and_place() -> None:
    box = shapely.box(424_000, 564_000, 424_200, 564_200)
    table = pd.DataFrame({"cluster": [7], "lon": [-1.6234567], "lat": [54.97], "geometry": [box]})
    feature = describe_clusters(table)["features"][0]
    assert feature["properties"] == {"cluster": 7, "lon": -1.62346, "lat": 54.97}
    named = describe_outlines([NamedOutline("x", "<b>X</b>", box)])["features"][0]
    assert named["id"] == "x"
    assert named["properties"]["name"] == "<b>X</b>"
    assert shapely.from_geojson(json.dumps(named["geometry"])).contains(
        shapely.Point(named["properties"]["lon"], named["properties"]["lat"])
    )
    assert describe_outlines([])["features"] == []


def test_packed_outlines_hold_every_ring_of_every_polygon() -> None:
    hole = [(-1.62, 54.98), (-1.61, 54.98), (-1.61, 54.99), (-1.62, 54.98)]
    frame = [(-1.7, 54.9), (-1.5, 54.9), (-1.5, 55.1), (-1.7, 55.1), (-1.7, 54.9)]
    island = [(0.0, 0.0), (0.00012, 0.0), (0.0, -0.00012), (0.0, 0.0)]
    shapes = (shapely.Polygon(frame, [hole]), shapely.MultiPolygon([shapely.Polygon(frame), shapely.Polygon(island)]))
    features = [
        {
            "type": "Feature",
            "id": f"E{number}",
            "properties": {"name": "Ä"},
            "geometry": shapely.geometry.mapping(shape),
        }
        for number, shape in enumerate(shapes)
    ]
    packed = pack_outlines({"type": "FeatureCollection", "features": features}, decimals=4)
    assert packed["scale"] == 10_000
    assert [feature[0] for feature in packed["features"]] == [{"name": "Ä", "id": "E0"}, {"name": "Ä", "id": "E1"}]
    drawn = unpack(packed)
    assert_allclose(drawn[0].geoms[0].exterior.coords, frame)
    assert_allclose(drawn[0].geoms[0].interiors[0].coords, hole)
    assert_allclose(drawn[1].geoms[1].exterior.coords, np.round(island, 4), atol=1e-12)


def test_packed_shapes_are_those_of_the_boundaries_to_the_digit(boundaries: Boundaries) -> None:
    shapes = describe_shapes(boundaries)
    packed = pack_shapes(shapes)
    assert packed["authorities"] == shapes["authorities"]
    for plain, steps in ((shapes, packed), (shapes["context"], packed["context"])):
        assert steps["type"] == "FeatureCollection"
        for feature, (properties, *_), drawn in zip(plain["features"], steps["features"], unpack(steps), strict=True):
            assert {**feature["properties"], "id": feature.get("id")} == {"id": None, **properties}
            assert shapely.equals_exact(drawn.normalize(), as_multi(feature["geometry"]).normalize(), tolerance=1e-9)


def as_multi(geometry: dict[str, Any]) -> shapely.MultiPolygon:
    shape = shapely.geometry.shape(geometry)
    return shape if isinstance(shape, shapely.MultiPolygon) else shapely.MultiPolygon([shape])
