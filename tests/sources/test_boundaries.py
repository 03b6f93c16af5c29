"""Boundaries come out in British National Grid, whole and in order, or with one sentence that says why not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely

from hotspots.errors import InputError
from hotspots.sources.boundaries import read_boundaries
from hotspots.sources.boundary_report import GapFound, LeftOut, Overlap, Repair
from tests.boundary_files import (
    CODES,
    NAMES,
    SOUTH,
    WEST,
    make_frame,
    make_squares,
    total_area,
    write_geojson,
    write_population,
    write_shapefile,
)

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = {"code": "WD20CD", "name": "WD20NM"}
AUTHORITY = {"lad_code": "LAD20CD", "lad_name": "LAD20NM"}


def write_package(path: Path, **options: object) -> Path:
    make_frame(**options).to_file(path, layer="wards")
    return path


def write_any(kind: str, folder: Path, epsg: int) -> Path:
    frame = make_frame(epsg=epsg)
    if kind == "geojson":
        return write_geojson(
            folder / "w.geojson", frame, crs={"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{epsg}"}}
        )
    if kind == "zip":
        return write_shapefile(folder / "w.zip", frame)
    if kind == "parquet":
        frame.to_parquet(folder / "w.parquet")
    else:
        frame.to_file(folder / "w.gpkg")
    return folder / f"w.{kind}"


@pytest.mark.parametrize("kind", ["geojson", "gpkg", "zip", "parquet"])
@pytest.mark.parametrize("epsg", [27700, 4326, 4258, 3857])
def test_every_format_and_reference_system_gives_the_same_wards(tmp_path: Path, kind: str, epsg: int) -> None:
    boundaries, report = read_boundaries(write_any(kind, tmp_path, epsg), **COLUMNS, **AUTHORITY)
    assert boundaries.codes == CODES
    assert boundaries.names == NAMES
    assert boundaries.lad_codes == ("E08000021", "E08000021", "E06000057", "E06000057")
    assert boundaries.lad_names[3] == "Northumberland"
    assert np.isnan(boundaries.population).all()
    assert boundaries.area_km2 == pytest.approx([1.0] * 4, rel=1e-5)
    for shape, square in zip(boundaries.geometry, make_squares(), strict=True):
        assert shapely.hausdorff_distance(shape, square) < 0.02
    assert shapely.coverage_is_valid(boundaries.geometry)
    assert (report.areas, report.vertices, report.crs) == (4, 20, f"EPSG:{epsg}")
    assert (report.repaired, report.left_out, report.overlap_count, report.gap_count) == ((), (), 0, 0)
    assert report.version == boundaries.version


def test_national_grid_coordinates_are_not_touched(tmp_path: Path) -> None:
    boundaries, _ = read_boundaries(write_any("gpkg", tmp_path, 27700), **COLUMNS)
    assert [shape.equals_exact(square) for shape, square in zip(boundaries.geometry, make_squares(), strict=True)]
    assert total_area(boundaries.geometry) == 4e6


def test_geojson_without_a_crs_is_read_as_degrees(tmp_path: Path) -> None:
    boundaries, report = read_boundaries(write_geojson(tmp_path / "w.geojson", make_frame(epsg=4326)), **COLUMNS)
    assert (report.crs, report.crs_origin) == ("EPSG:4326", "implied by the format")
    assert boundaries.area_km2 == pytest.approx([1.0] * 4, rel=1e-5)
    assert (boundaries.name, boundaries.source) == ("w", "w.geojson")


def test_a_missing_crs_says_how_to_state_it(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path / "w.zip", make_frame(), without=[".prj"])
    with pytest.raises(InputError, match=r"does not say in which coordinate reference system it is.*--crs EPSG:27700"):
        read_boundaries(path, **COLUMNS)
    for given in ("EPSG:27700", 27700, "27700", "epsg:27700"):
        boundaries, report = read_boundaries(path, **COLUMNS, crs=given)
        assert (report.crs, report.crs_origin) == ("EPSG:27700", "given")
        assert total_area(boundaries.geometry) == pytest.approx(4e6)


@pytest.mark.parametrize("kind", ["parquet", "gpkg", "geojson"])
def test_other_formats_without_a_crs_are_refused_too(tmp_path: Path, kind: str) -> None:
    frame = make_frame(epsg=None)
    path = tmp_path / f"w.{kind}"
    if kind == "parquet":
        frame.to_parquet(path)
    elif kind == "geojson":
        write_geojson(path, frame, crs=None)
    else:
        with pytest.warns(UserWarning, match="'crs' was not provided"):
            frame.to_file(path)
    with pytest.raises(InputError, match="does not say in which coordinate reference system it is"):
        read_boundaries(path, **COLUMNS)
    assert read_boundaries(path, **COLUMNS, crs=27700)[1].areas == 4


def test_a_given_crs_wins_and_is_noted(tmp_path: Path) -> None:
    frame = make_frame().set_crs(3857, allow_override=True)
    frame.to_file(tmp_path / "w.gpkg")
    with pytest.raises(InputError, match="outside Great Britain"):
        read_boundaries(tmp_path / "w.gpkg", **COLUMNS)
    boundaries, report = read_boundaries(tmp_path / "w.gpkg", **COLUMNS, crs="EPSG:27700")
    assert total_area(boundaries.geometry) == 4e6
    assert report.notes[-1] == "The file states EPSG:3857; EPSG:27700 was used as given."


def test_a_crs_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    path = write_package(tmp_path / "w.gpkg")
    with pytest.raises(
        InputError, match="“British” is not a coordinate reference system; write one such as EPSG:27700"
    ):
        read_boundaries(path, **COLUMNS, crs="British")


def test_a_bow_tie_is_repaired_and_reported(tmp_path: Path) -> None:
    squares = make_squares()
    squares[0] = shapely.Polygon(
        [(WEST, SOUTH), (WEST + 1000, SOUTH + 1000), (WEST + 1000, SOUTH), (WEST, SOUTH + 1000)]
    )
    boundaries, report = read_boundaries(write_package(tmp_path / "w.gpkg", shapes=squares), **COLUMNS)
    assert report.repaired == (Repair("E05000001", "Self-intersection"),)
    assert shapely.is_valid(boundaries.geometry).all()
    assert boundaries.area_km2[0] == pytest.approx(0.5)
    assert "Repaired E05000001: Self-intersection." in report.to_text()


def test_an_overlap_and_a_gap_are_reported(tmp_path: Path) -> None:
    squares = make_squares()
    squares[0] = shapely.box(WEST, SOUTH, WEST + 1010, SOUTH + 1000) - shapely.box(
        WEST + 100, SOUTH + 100, WEST + 200, SOUTH + 200
    )
    _, report = read_boundaries(write_package(tmp_path / "w.gpkg", shapes=squares), **COLUMNS)
    assert report.overlaps == (Overlap("E05000001", "E05000002", 10_000.0),)
    assert report.overlap_count == report.gap_count == 1
    assert isinstance(report.gaps[0], GapFound)
    assert report.gaps[0].square_metres == 10_000.0
    assert report.gaps[0].lon == pytest.approx(-1.6243, abs=1e-4)
    assert report.gaps[0].lat == pytest.approx(54.9711, abs=1e-3)
    assert "1 overlap between areas, the largest between E05000001 and E05000002 (10,000 square" in report.to_text()
    assert "1 gap between areas" in report.to_text()


def test_a_duplicate_code_is_named_with_its_features(tmp_path: Path) -> None:
    path = write_package(tmp_path / "w.gpkg", codes=("E05000001", "E05000002", "E05000001", "E05000004"))
    with pytest.raises(InputError, match=r"holds the code E05000001 twice \(features 1 and 3\)"):
        read_boundaries(path, **COLUMNS)


@pytest.mark.parametrize("empty", [None, "", "  ", float("nan")])
def test_a_missing_code_is_refused(tmp_path: Path, empty: object) -> None:
    path = write_package(tmp_path / "w.gpkg", codes=("E05000001", empty, "E05000003", "E05000004"))
    with pytest.raises(InputError, match="feature 2 has no code"):
        read_boundaries(path, **COLUMNS)


def test_numbers_serve_as_codes(tmp_path: Path) -> None:
    boundaries, _ = read_boundaries(write_package(tmp_path / "w.gpkg", codes=(1.0, 2.0, 3.0, 40.0)), **COLUMNS)
    assert boundaries.codes == ("1", "2", "3", "40")


def test_features_that_are_no_polygons_are_left_out_and_listed(tmp_path: Path) -> None:
    squares = make_squares()
    spike = shapely.Polygon([(WEST, SOUTH), (WEST + 9, SOUTH), (WEST, SOUTH), (WEST + 9, SOUTH), (WEST, SOUTH)])
    frame = make_frame([None, squares[1].centroid, squares[2], spike])
    boundaries, report = read_boundaries(
        write_geojson(tmp_path / "w.geojson", frame.to_crs(4326)), **COLUMNS, **AUTHORITY
    )
    assert boundaries.codes == ("E05000003",)
    assert boundaries.lad_names == ("Northumberland",)
    assert report.left_out[:2] == (
        LeftOut(1, "it has no geometry"),
        LeftOut(2, "it is a Point, not a polygon"),
    )
    assert report.left_out[2].feature == 4
    assert "Left out feature 2: it is a Point, not a polygon." in report.to_text()


@pytest.mark.parametrize(
    ("shapes", "why"),
    [
        ([square.centroid for square in make_squares()], "because it is a Point, not a polygon"),
        ([None] * 4, "because it has no geometry"),
        ([], "holds no feature;"),
        (
            [shapely.Polygon([(WEST, SOUTH), (WEST + 9, SOUTH), (WEST, SOUTH), (WEST, SOUTH)])],
            "no polygon with an area",
        ),
    ],
    ids=["points", "nothing", "no features", "no area"],
)
def test_a_file_without_polygons_is_refused(tmp_path: Path, shapes: list[object], why: str) -> None:
    frame = make_frame(shapes)
    path = write_geojson(tmp_path / "w.geojson", frame, crs={"type": "name", "properties": {"name": "EPSG:27700"}})
    with pytest.raises(InputError, match=why):
        read_boundaries(path, **COLUMNS)


def shift(shapes: list[shapely.Polygon], move: object) -> list[shapely.Geometry]:
    return [shapely.transform(shape, move) for shape in shapes]


def test_coordinates_that_cannot_be_right_are_refused(tmp_path: Path) -> None:
    degrees = make_frame(epsg=4326)
    metres = write_geojson(tmp_path / "metres.geojson", make_frame())
    with pytest.raises(InputError, match=r"area E05000001: \(424000, 564000\) cannot be degrees.*--crs EPSG:27700"):
        read_boundaries(metres, **COLUMNS)
    assert read_boundaries(metres, **COLUMNS, crs=27700)[1].areas == 4

    with pytest.raises(InputError, match="which are degrees and not metres of EPSG:27700; say so with --crs EPSG:4326"):
        read_boundaries(write_geojson(tmp_path / "degrees.geojson", degrees), **COLUMNS, crs=27700)

    swapped = degrees.copy()
    swapped.geometry = shift(list(degrees.geometry), lambda points: points[:, ::-1])
    with pytest.raises(InputError, match=r"has latitude before longitude \(first area: 54\.\d+, -1\.6"):
        read_boundaries(write_geojson(tmp_path / "swapped.geojson", swapped), **COLUMNS)

    france = degrees.copy()
    france.geometry = shift(list(degrees.geometry), lambda points: points + np.array([4.0, -6.0]))
    with pytest.raises(InputError, match=r"area E05000001 lies at longitude 2\.\d\d, latitude 48\.\d\d, outside Great"):
        read_boundaries(write_geojson(tmp_path / "france.geojson", france), **COLUMNS)

    one_away = degrees.copy()
    one_away.loc[2, "geometry"] = shapely.box(-79, 43, -78, 44)
    with pytest.raises(InputError, match=r"area E05000003 lies at longitude -78.50, latitude 43.50, outside"):
        read_boundaries(write_geojson(tmp_path / "canada.geojson", one_away), **COLUMNS)


@pytest.mark.parametrize("kind", ["gpkg", "parquet"])
def test_a_coordinate_that_is_not_a_number_is_named(tmp_path: Path, kind: str) -> None:
    squares = make_squares()
    with np.errstate(invalid="ignore"):
        squares[1] = shapely.Polygon([(WEST, SOUTH), (np.nan, SOUTH), (WEST + 500, SOUTH + 500)])
        frame = make_frame(squares)
        if kind == "gpkg":
            frame.to_file(tmp_path / "w.gpkg")
        else:
            frame.to_parquet(tmp_path / "w.parquet")
    with pytest.raises(InputError, match=f"w.{kind}, area E05000002 has a coordinate that is not a number"):
        read_boundaries(tmp_path / f"w.{kind}", **COLUMNS)


def test_a_coordinate_beyond_all_numbers_is_named(tmp_path: Path) -> None:
    broken = json.loads(write_geojson(tmp_path / "w.geojson", make_frame(epsg=4326)).read_text(encoding="utf-8"))
    broken["features"][1]["geometry"]["coordinates"][0][1][0] = 1e400
    (tmp_path / "w.geojson").write_text(json.dumps(broken))
    with pytest.raises(
        InputError, match=r"feature 2 has a geometry that cannot be read|area E05000002 has a coordinate"
    ):
        read_boundaries(tmp_path / "w.geojson", **COLUMNS)


def test_an_unknown_column_is_answered_with_the_nearest_or_all(tmp_path: Path) -> None:
    path = write_package(tmp_path / "w.gpkg")
    with pytest.raises(InputError, match=r"no column in w.gpkg called “WD21CD”. Did you mean WD20CD"):
        read_boundaries(path, code="WD21CD", name="WD20NM")
    with pytest.raises(InputError, match="no column “ward”; it has WD20CD, WD20NM, LAD20CD, LAD20NM"):
        read_boundaries(path, code="WD20CD", name="ward")
    with pytest.raises(InputError, match="no column “xyz”"):
        read_boundaries(path, **COLUMNS, lad_name="xyz")


def test_only_chosen_features_are_read(tmp_path: Path) -> None:
    path = write_package(tmp_path / "w.gpkg", codes=("E1", "E2", "E1", "E4"))
    boundaries, report = read_boundaries(path, **COLUMNS, **AUTHORITY, where=("LAD20NM", "Northumberland"))
    assert boundaries.codes == ("E1", "E4")
    assert set(boundaries.lad_codes) == {"E06000057"}
    assert report.areas == 2
    with pytest.raises(InputError, match=r"called “Northumberlnd”. Did you mean Northumberland"):
        read_boundaries(path, **COLUMNS, where=("LAD20NM", "Northumberlnd"))


def test_population_is_joined_by_code_where_two_wards_share_a_name(tmp_path: Path) -> None:
    people = write_population(
        tmp_path / "people.csv",
        # The other order, both wards called Castle, one ward without a row, one row without a ward.
        [
            ("E05000003", "Castle", 300),
            ("E05000001", "Castle", 100),
            ("E05000009", "Haydon", 900),
            ("E05000004", "X", 400),
        ],
    )
    boundaries, report = read_boundaries(write_package(tmp_path / "w.gpkg"), **COLUMNS, population=people)
    assert boundaries.population[[0, 2, 3]].tolist() == [100, 300, 400]
    assert np.isnan(boundaries.population[1])
    assert report.population_file == "people.csv"
    assert report.without_population == ("E05000002",)
    assert report.population_without_area == ("E05000009",)
    assert "Several areas share a name and are told apart by code: Castle." in report.notes
    assert "people.csv has no residents for E05000002." in report.to_text()
    assert "1 row of people.csv" in report.to_text()


def test_population_of_other_areas_is_refused(tmp_path: Path) -> None:
    people = write_population(tmp_path / "people.csv", [("E05009999", "Castle", 300)])
    with pytest.raises(InputError, match="no column with the codes of the areas"):
        read_boundaries(write_package(tmp_path / "w.gpkg"), **COLUMNS, population=people)


def test_the_report_is_plain_json(tmp_path: Path) -> None:
    squares = make_squares()
    squares[0] = shapely.box(WEST, SOUTH, WEST + 1010, SOUTH + 1000)
    _, report = read_boundaries(write_package(tmp_path / "w.gpkg", shapes=squares), **COLUMNS, title="Our beats")
    document = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert document["areas"] == 4
    assert document["overlaps"] == [{"code": "E05000001", "other": "E05000002", "square_metres": 10_000.0}]
    assert document["crs_origin"] == "stated by the file"
    assert "No residents were given" in report.to_text()


@pytest.mark.real_data
def test_the_published_wards_are_read_as_they_are(real_data: Path) -> None:
    (people,) = (real_data / "population").glob("ward2020_mid2020*.csv")
    boundaries, report = read_boundaries(
        real_data / "boundaries" / "wards_2020_bgc_northeast.geojson",
        code="ward_code",
        name="ward_name",
        lad_code="lad_code",
        lad_name="lad_name",
        population=people,
    )
    assert (len(boundaries), len(set(boundaries.lad_codes)), boundaries.population.sum()) == (341, 12, 2_680_763)
    assert (report.repaired, report.left_out, report.overlap_count, report.gap_count) == ((), (), 0, 0)
    assert report.without_population == report.population_without_area == ()
