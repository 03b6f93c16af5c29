"""Answers leave as tables, GeoJSON and cells that nothing executes."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import shapely

from hotspots.errors import StoreError
from hotspots.pipeline.clusters import find_clusters
from hotspots.pipeline.export import (
    cluster_features,
    cluster_table,
    safe_cell,
    score_features,
    score_table,
    write_labels,
)
from hotspots.pipeline.score import score
from hotspots.pipeline.world import World
from hotspots.query import Query


@pytest.mark.parametrize("text", ["=1+1", "+44", "-2", "@cmd", "\tx", "\rx"])
def test_a_formula_becomes_text(text: str) -> None:
    assert safe_cell(text) == "'" + text


def test_other_cells_stay_as_they_are() -> None:
    assert safe_cell(-2.5) == -2.5
    assert safe_cell("Ashington") == "Ashington"
    assert safe_cell(None) == ""
    assert safe_cell(["a", "b"]) == "a; b"


def test_labels_add_up_to_the_located_incidents(world: World, tmp_path: Path) -> None:
    answer = find_clusters(world, Query(min_samples=100))
    write_labels(world, answer, tmp_path / "labels.csv")
    rows = list(csv.DictReader((tmp_path / "labels.csv").read_text(encoding="utf-8").splitlines()))
    assert sum(int(row["incidents"]) for row in rows) == int(answer.weights.sum())
    assert sum(int(row["incidents"]) for row in rows if row["cluster"] == "-1") == answer.noise_incidents
    assert sum(int(row["incidents"]) for row in rows if row["cluster"] == "1") == 135
    assert all(-1.7 < float(row["lon"]) < -1.4 for row in rows)


def test_labels_of_an_area_hold_its_places_only(world: World, tmp_path: Path) -> None:
    write_labels(world, find_clusters(world, Query(area="W3", min_samples=5)), tmp_path / "labels.csv")
    assert len((tmp_path / "labels.csv").read_text(encoding="utf-8").splitlines()) == 2


def test_labels_that_cannot_be_written_say_so_and_leave_nothing(world: World, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="--labels"):
        write_labels(world, find_clusters(world, Query()), tmp_path / "no" / "labels.csv")
    (tmp_path / "taken").mkdir()
    with pytest.raises(StoreError, match="--labels"):
        write_labels(world, find_clusters(world, Query()), tmp_path / "taken")
    assert not list(tmp_path.glob(".taken*"))


def test_geojson_is_in_degrees_and_valid(world: World) -> None:
    answer = score(world, Query())
    frame = answer.ranked("both")
    document = score_features(world, frame, frame[["area_code"]].to_dict("records"))
    assert [feature["properties"]["area_code"] for feature in document["features"]] == frame["area_code"].tolist()
    for feature in document["features"]:
        shape = shapely.geometry.shape(feature["geometry"])
        assert shape.is_valid
        west, south, east, north = shape.bounds
        assert -1.7 < west < east < -1.4
        assert 55.1 < south < north < 55.3
    clusters = find_clusters(world, Query(min_samples=100))
    document = cluster_features(clusters, clusters.table[["cluster"]].to_dict("records"))
    assert shapely.geometry.shape(document["features"][0]["geometry"]).area > 0


def test_no_cluster_is_an_empty_collection(world: World) -> None:
    answer = find_clusters(world, Query(min_samples=10**6))
    assert cluster_features(answer, [])["features"] == []
    assert "lie in no cluster" in cluster_table(answer)


def test_tables_read_as_people_read(world: World) -> None:
    answer = score(world, Query())
    text = score_table(answer, answer.ranked())
    assert "Ward 1 (Madeup)" in text
    assert "without March 2020" in text
    assert "* North side" in text
    assert "Drugs" in text
    assert "min_samples 100 (by the user)" in cluster_table(find_clusters(world, Query(min_samples=100)))
