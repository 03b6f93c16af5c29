"""The hotspot commands: one form of output each, files that a GIS opens, and failures of one line."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import geopandas as gpd
import pytest

from tests.test_cli import answer, run


def test_gistar_says_the_same_in_every_form(tmp_path: Path) -> None:
    document = answer("gistar", "--lens", "violence", "--json")
    assert document["method"].startswith("Gi*")
    assert document["cell_m"] == 200
    assert document["correction"].startswith("false discovery rate")
    assert document["p"] == "two-sided, exact over all arrangements of the counts"
    cells = document["cells"]
    assert cells
    assert {cell["hot"] for cell in cells} <= {-2, -1, 1, 2}
    assert all(cell["p_adjusted"] <= 0.05 for cell in cells)
    assert sum(spot["cells"] for spot in document["spots"]) == sum(cell["hot"] > 0 for cell in cells)
    rows = list(csv.DictReader(io.StringIO(run("gistar", "--lens", "violence", "--format", "csv").stdout)))
    assert [row["cell"] for row in rows] == [cell["cell"] for cell in cells]
    path = tmp_path / "cells.parquet"
    result = run("gistar", "--lens", "violence", "--format", "geoparquet", "--out", str(path))
    assert result.exit_code == 0, result.output
    frame = gpd.read_parquet(path)
    assert frame.crs.to_epsg() == 27700
    assert frame["cell"].tolist() == [cell["cell"] for cell in cells]
    assert frame.geometry.is_valid.all()
    assert (frame.geometry.area <= 200**2 + 1e-6).all()
    centres = gpd.GeoSeries(gpd.points_from_xy(frame["x"], frame["y"], crs=27700))
    assert frame.geometry.centroid.distance(centres).max() < 150


def test_the_normal_curve_can_be_asked_for_and_calls_more_cells_hot() -> None:
    exact = answer("gistar", "--lens", "violence", "--json")
    normal = answer("gistar", "--lens", "violence", "--chance", "normal", "--json")
    assert normal["p"] == "two-sided, normal approximation"
    assert len(normal["cells"]) > 2 * len(exact["cells"])
    assert {cell["cell"] for cell in exact["cells"]} < {cell["cell"] for cell in normal["cells"]}


def test_geojson_is_in_degrees_and_every_tested_cell_can_be_had(tmp_path: Path) -> None:
    path = tmp_path / "cells.geojson"
    result = run("gistar", "--all-cells", "--cell", "1000", "--shape", "hex", "--format", "geojson", "--out", str(path))
    assert result.exit_code == 0, result.output
    document = json.loads(path.read_text(encoding="utf-8"))
    some = document["features"][0]
    lon, lat = some["geometry"]["coordinates"][0][0]
    assert -3 < lon < -1
    assert 54 < lat < 56
    assert 0 in {feature["properties"]["hot"] for feature in document["features"]}


def test_emerging_lists_all_classes() -> None:
    document = answer("emerging", "--json")
    assert len(document["classes"]) == 17
    assert document["months"] == 33
    assert document["cell_m"] == 500
    assert all(cell["class_code"] != 0 for cell in document["cells"])
    assert "Gi* within each of 33 steps" in run("emerging").stdout


def test_kde_holds_every_incident_and_draws_its_classes(tmp_path: Path) -> None:
    document = answer("kde", "--bandwidth", "500", "--json")
    assert document["bandwidth_m"] == 500
    assert document["bandwidth_chosen"] == "chosen by the user"
    assert document["peaks"][0]["area_name"] == "Monument"
    path = tmp_path / "density.parquet"
    assert run("kde", "--bandwidth", "500", "--format", "geoparquet", "--out", str(path)).exit_code == 0
    frame = gpd.read_parquet(path)
    assert frame["class"].tolist() == [1, 2, 3, 4, 5]
    assert frame["density_from"].is_monotonic_increasing
    assert (frame.geometry.area / 1e6).round(2).tolist() == frame["km2"].tolist()


def test_backtest_speaks_plainly_first() -> None:
    text = run("backtest", "--by", "wards").stdout
    assert text.startswith("Take the wards with most in the last 12 months")
    document = answer("backtest", "--by", "wards", "--json")
    assert document["in_words"] == text.splitlines()[0]
    assert len(document["rows"]) == 7


@pytest.mark.parametrize("method", ["hdbscan", "nnh"])
def test_other_clusterings(method: str) -> None:
    document = answer("clusters", "--method", method, "--lens", "organised", "--min-samples", "150", "--json")
    assert document["clusters"]
    assert document["min_samples"] == 150


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("gistar", "--cell", "3"), "50 to 5000 metres"),
        (("gistar", "--shape", "round"), "--shape"),
        (("gistar", "--correction", "hope"), "--correction"),
        (("gistar", "--format", "geoparquet"), "--out cells.parquet"),
        (("gistar", "--out", "/no/such/folder/x.csv", "--format", "csv"), "choose another place for --out"),
        (("emerging", "--from", "2022-10"), "at least 10 covered months"),
        (("kde", "--bandwidth", "5"), "too small for cells"),
        (("kde", "--kernel", "box"), "--kernel"),
        (("backtest", "--lens", "vilence"), "Did you mean violence"),
        (("clusters", "--method", "hdbscan", "--eps", "100"), "takes no --eps"),
    ],
)
def test_a_failure_is_one_line_and_exit_code_2(words: tuple[str, ...], expected: str) -> None:
    result = run(*words)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert expected in result.stderr
    assert result.stderr.count("\n") == 1
