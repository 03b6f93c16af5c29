"""Series and named areas are read on the wards of another year, and the report says how much is approximated."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from click.testing import CliRunner

from hotspots import crs
from hotspots.cli import main
from hotspots.errors import InputError, UnknownNameError
from hotspots.pipeline.best_fit import carry_areas, carry_series, fit_boundaries, write_areas
from hotspots.pipeline.coverage import import_boundaries
from hotspots.schemas import Boundaries
from hotspots.settings import Settings, read_settings
from hotspots.store.areas import read_areas
from tests.pipeline.conftest import SIDE, SOUTH, WEST


def write_new_wards(path: Path) -> Path:
    """Write the town's wards of 2023: W1 split at 500 m north, W2 renamed, W3 and W4 merged."""
    boxes = {
        "N1": ("South half", 0, 0, 1, 0.5),
        "N2": ("North half", 0, 0.5, 1, 1),
        "W2": ("Ward two", 1, 0, 2, 1),
        "N34": ("Both", 0, 1, 2, 2),
    }
    features = []
    for code, (name, west, south, east, north) in boxes.items():
        box = shapely.box(WEST + west * SIDE, SOUTH + south * SIDE, WEST + east * SIDE, SOUTH + north * SIDE)
        shape = json.loads(shapely.to_geojson(crs.geometry_to_wgs84(np.array([box], dtype=object))[0]))
        features.append({"type": "Feature", "properties": {"WD23CD": code, "WD23NM": name}, "geometry": shape})
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


@pytest.fixture
def new_wards(tmp_path: Path) -> Path:
    return write_new_wards(tmp_path / "wards_2023.geojson")


def test_what_became_of_each_ward_is_told_and_held_against_the_points(town: Settings, new_wards: Path) -> None:
    fit = fit_boundaries(town, "current", str(new_wards))
    assert fit.counted == {
        "equal": 0, "renamed": 1, "recoded": 0, "merged": 2, "split": 1, "changed": 0, "gone": 0,
    }  # fmt: skip
    assert fit.area_approximated == pytest.approx(0.25, abs=0.001)
    # Ward 1 has 30 or 15 of violence at its centre (on the seam: the northern half's or the southern's) and 10
    # burglaries in the north, by month; by ground, half of all would stand in either.
    assert fit.held is not None
    assert fit.held.incidents == 3 * (30 + 10) + 3 * (15 + 10) + 6 * (5 + 1 + 3)
    assert fit.held.approximated == 195
    assert fit.held.misplaced == pytest.approx(195 / 2) or fit.held.misplaced == pytest.approx(75 / 2)
    text = fit.to_text()
    assert "1 renamed, 2 merged, 1 split" in text
    assert "75.0% of the ground passes over whole" in text
    assert "split: Ward 1 (W1) → " in text
    document = fit.to_json()
    assert {(row["from_code"], row["to_code"]): row["share"] for row in document["shares"]} == pytest.approx(
        {("W1", "N1"): 0.5, ("W1", "N2"): 0.5, ("W2", "W2"): 1, ("W3", "N34"): 1, ("W4", "N34"): 1}, abs=0.001
    )


def test_sets_that_were_in_force_are_fitted_by_number(town: Settings, new_wards: Path) -> None:
    import_boundaries(new_wards, settings=town, code="WD23CD", name="WD23NM", title="Town wards, 2023")
    fit = fit_boundaries(town, "1", "current")
    assert (len(fit.before), fit.after.name) == (4, "Town wards, 2023")
    back = fit_boundaries(town, "current", "1")
    assert back.counted["merged"] == 2
    assert back.counted["split"] == 1


def test_a_series_is_read_on_the_new_wards(town: Settings, new_wards: Path, tmp_path: Path) -> None:
    table = tmp_path / "series.csv"
    table.write_text(
        "area_code,area_name,month,searches,found\nW1,Ward 1,2022-01,10,4\nW3,Ward 3,2022-01,3,1\n"
        "W4,Ward 4,2022-01,7,0\nW2,Ward 2,2022-02,5,5\n,outside,2022-01,2,2\n",
        encoding="utf-8",
    )
    fit = fit_boundaries(town, "current", str(new_wards))
    rows = {(row["code"], row["month"]): row for row in carry_series(fit, table)}
    assert rows["N1", "2022-01"]["searches"] == pytest.approx(5, abs=0.01)
    assert (rows["N34", "2022-01"]["searches"], rows["N34", "2022-01"]["found"]) == (10, 1)
    assert rows["W2", "2022-02"]["found"] == 5
    assert np.isnan(rows["W2", "2022-01"]["found"]), "a ward without a row is unknown, not nought"
    written = CliRunner().invoke(
        main, ["boundaries", "best-fit", "current", str(new_wards), "--series", str(table), "--format", "csv"]
    )
    assert written.exit_code == 0, written.output
    parsed = list(csv.DictReader(io.StringIO(written.stdout)))
    assert len(parsed) == 8
    assert parsed[2] == {"code": "W2", "name": "Ward two", "month": "2022-01", "searches": "", "found": ""}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("code,n\nW1,1\nE99,2\n", "row 3"),
        ("code,n\nW1,1\nW1,2\n", "second time"),
        ("code,n\nW1,one\n", "no column of numbers"),
        ("code,n\nW1\n", "1 cells where the header has 2"),
        ("code,n\n", "holds no rows"),
    ],
)
def test_tables_that_cannot_be_carried_are_one_sentence(
    town: Settings, new_wards: Path, tmp_path: Path, content: str, words: str
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises((InputError, UnknownNameError), match=words) as caught:
        carry_series(fit_boundaries(town, "current", str(new_wards)), path)
    assert "\n" not in str(caught.value)


def test_named_areas_are_written_on_the_new_wards(
    town: Settings, new_wards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        '[[area]]\nname = "The \\"old\\" town"\nwards = ["W1", "W2"]\nnote = "Worked since 2019."\n\n'
        '[[area]]\nname = "North"\nwards = ["W3"]\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("HOTSPOTS_AREAS", str(own))
    settings = read_settings()
    fit = fit_boundaries(settings, "current", str(new_wards))
    areas, said = carry_areas(fit, settings)
    assert [area.ward_codes for area in areas] == [("N1", "N2", "W2")]
    assert said == ("North: no new ward lies in it; it is left out.",)
    written = tmp_path / "areas-2023.toml"
    done = CliRunner().invoke(
        main, ["boundaries", "best-fit", "current", str(new_wards), "--areas", "--out", str(written)]
    )
    assert done.exit_code == 0, done.output
    assert "North" in done.stderr
    monkeypatch.setenv("HOTSPOTS_AREAS", str(written))
    import_boundaries(new_wards, settings=settings, code="WD23CD", name="WD23NM")
    assert read_areas(read_settings(), fit.after) == areas
    assert write_areas(areas) == written.read_text(encoding="utf-8")


def test_boundaries_are_listed_and_gone_back_to_by_commands(town: Settings, new_wards: Path) -> None:
    import_boundaries(new_wards, settings=town, code="WD23CD", name="WD23NM", title="New wards")
    listed = CliRunner().invoke(main, ["boundaries", "versions"]).stdout.splitlines()
    assert "New wards" in listed[0]
    assert listed[0].endswith("in force")
    assert "embedded" in listed[-1]
    assert json.loads(CliRunner().invoke(main, ["boundaries", "versions", "--json"]).stdout)["sets"][0]["number"] == 2
    assert "is in force again; New wards stays readable" in CliRunner().invoke(main, ["boundaries", "rollback"]).stdout
    wrong = CliRunner().invoke(main, ["boundaries", "best-fit", "current", "2031"])
    assert (wrong.exit_code, wrong.stderr.count("\n")) == (2, 1)


def test_sets_that_share_no_ground_are_refused(town: Settings) -> None:
    assert town
    with pytest.raises(InputError, match="share no ground"):
        fit_boundaries(town, "embedded", _write_far(town))


def _write_far(settings: Settings) -> str:
    path = settings.home / "far.geojson"
    shape = {"type": "Polygon", "coordinates": [[[-3, 51], [-2.9, 51], [-2.9, 51.1], [-3, 51.1], [-3, 51]]]}
    feature: dict[str, Any] = {"type": "Feature", "properties": {"code": "F", "name": "Far"}, "geometry": shape}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    return str(path)


@pytest.mark.real_data
def test_real_wards_merged_split_and_moved_are_recognised(real_data: Path, tmp_path: Path) -> None:
    """Make a set of 2023 out of the wards of 2020: two merged, one cut in two, one renamed, one recoded."""
    document = json.loads((real_data / "boundaries" / "wards_2020_bgc_northeast.geojson").read_text(encoding="utf-8"))
    by_code = {one["properties"]["ward_code"]: one for one in document["features"]}
    hirst, central = by_code.pop("E05009126"), by_code.pop("E05009096")
    union = shapely.union(*(shapely.from_geojson(json.dumps(one["geometry"])) for one in (hirst, central)))
    benwell = by_code.pop("E05011437")
    shape = shapely.from_geojson(json.dumps(benwell["geometry"]))
    west, south, east, north = shape.bounds
    middle = (west + east) / 2
    by_code["E05001172"]["properties"]["ward_name"] = "Southwick & Marley Potts"
    by_code["E05011445"]["properties"]["ward_code"] = "E05099001"
    made = [
        ("E05099002", "Ashington Town", union),
        ("E05099003", "Benwell West", shapely.intersection(shape, shapely.box(west, south, middle, north))),
        ("E05099004", "Benwell East", shapely.intersection(shape, shapely.box(middle, south, east, north))),
    ]
    features = [
        *by_code.values(),
        *(
            {"type": "Feature", "properties": {"ward_code": code, "ward_name": name},
             "geometry": json.loads(shapely.to_geojson(geometry))}
            for code, name, geometry in made
        ),
    ]  # fmt: skip
    path = tmp_path / "made_2023.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    fit = fit_boundaries(read_settings(), "embedded", str(path))
    assert fit.counted == {
        "equal": 172, "renamed": 1, "recoded": 1, "merged": 2, "split": 1, "changed": 0, "gone": 0,
    }  # fmt: skip
    assert fit.held is not None
    assert fit.held.misplaced / fit.held.incidents < 0.01
    assert isinstance(fit.before, Boundaries)
