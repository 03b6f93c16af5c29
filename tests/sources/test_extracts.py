"""A force's own table is guessed, mapped and read row by row, and what cannot be used is named."""

from __future__ import annotations

import csv
import sqlite3
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import openpyxl
import pytest
import shapely

from hotspots import crs
from hotspots.errors import InputError
from hotspots.months import parse_month
from hotspots.sources.extract_guess import guess_mapping, guess_type
from hotspots.sources.extract_tables import read_table
from hotspots.sources.extracts import Mapping, read_extract

HEADING = ["Crime Ref No", "Committed From", "Committed To", "Offence Group", "Easting", "Northing", "Beat", "Disposal"]


def own_rows(size: int = 40) -> list[list[Any]]:
    kinds = ["BURGLARY DWELLING", "Assault - ABH s47", "TWOC", "ASB nuisance", "Wildlife"]
    return [
        [
            f"NC/{100 + i}/22",
            f"{i % 28 + 1:02d}/0{i % 2 + 1}/2022 13:0{i % 10}",
            f"{i % 28 + 1:02d}/0{i % 2 + 1}/2022",
            kinds[i % 5],
            424_000 + 10 * i,
            564_000 + 10 * i,
            f"A{i % 3}",
            "Charged" if i % 4 == 0 else "",
        ]
        for i in range(size)
    ]


def write_csv(path: Path, rows: list[list[Any]], heading: list[str] = HEADING) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([heading, *rows])
    return path


def write_excel(path: Path, rows: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in [HEADING, *rows]:
        book.active.append(row)
    book.save(path)
    return path


@pytest.mark.parametrize("write", [write_csv, write_excel])
def test_an_export_is_guessed_and_read(write: Any, tmp_path: Path) -> None:
    table = read_table(write(tmp_path / "crimes.xlsx", own_rows()))
    mapping = guess_mapping(table, name="Niche crimes")
    assert (mapping.date, mapping.date_to, mapping.month_first) == ("Committed From", "Committed To", False)
    assert (mapping.type, mapping.coordinates, mapping.x, mapping.y) == ("Offence Group", "bng", "Easting", "Northing")
    assert (mapping.id, mapping.outcome) == ("Crime Ref No", "Disposal")
    assert mapping.types["TWOC"] == "Vehicle crime"
    assert "Wildlife" not in mapping.types
    read = read_extract(table, mapping)
    assert [item.month for item in read.incidents] == [parse_month("2022-01"), parse_month("2022-02")]
    assert read.report.rows_kept == 40
    assert read.incidents[0].force == "niche-crimes"
    assert dict(read.report.unknown_types) == {"Wildlife": 8}
    assert read.type_counts["Wildlife"] == 8


def test_points_are_kept_to_the_millimetre(tmp_path: Path) -> None:
    table = read_table(write_csv(tmp_path / "c.csv", own_rows(10)))
    [first, second] = read_extract(table, guess_mapping(table, name="n")).incidents
    x, y = crs.to_bng(np.concatenate([first.lon, second.lon]), np.concatenate([first.lat, second.lat]))
    assert np.allclose(sorted(x), [424_000 + 10.0 * i for i in range(10)], rtol=0, atol=2e-3)
    assert np.allclose(sorted(y), [564_000 + 10.0 * i for i in range(10)], rtol=0, atol=2e-3)


@pytest.mark.parametrize(
    ("word", "known"),
    [
        ("Violence and sexual offences", "Violence and sexual offences"),
        ("vehicle-crime", "Vehicle crime"),
        ("GBH WITH INTENT (S18)", "Violence and sexual offences"),
        ("Theft from motor vehicle", "Vehicle crime"),
        ("Theft of pedal cycle", "Bicycle theft"),
        ("Theft - shoplifting", "Shoplifting"),
        ("Theft from the person of another", "Theft from the person"),
        ("Crim dam to dwelling", "Criminal damage and arson"),
        ("Possession of an offensive weapon", "Possession of weapons"),
        ("PWITS class A", "Drugs"),
        ("Aggravated burglary", "Burglary"),
        ("Robbery of personal property", "Robbery"),
        ("Making off without payment", "Other theft"),
        ("Affray", "Public order"),
        ("Rowdy/Nuisance", "Anti-social behaviour"),
        ("Bigamy", None),
    ],
)
def test_types_are_guessed_from_their_words(word: str, known: str | None) -> None:
    assert guess_type(word) == known


def test_degrees_and_grid_references_are_told_from_metres(tmp_path: Path) -> None:
    rows = [[i, "2022-01-03", "Burglary", -1.6 + i / 100, 54.9, f"NZ 24{i:02d} 6412"] for i in range(10)]
    heading = ["id", "date", "crime type", "Longitude", "Latitude", "OS grid"]
    table = read_table(write_csv(tmp_path / "d.csv", rows, heading))
    mapping = guess_mapping(table, name="d")
    assert (mapping.coordinates, mapping.x, mapping.y) == ("wgs84", "Longitude", "Latitude")
    [read] = read_extract(table, mapping).incidents
    assert read.lon.tolist() == [-1.6 + i / 100 for i in range(10)]
    grid = read_table(write_csv(tmp_path / "g.csv", [[*row[:3], row[5]] for row in rows], [*heading[:3], heading[5]]))
    mapping = guess_mapping(grid, name="g")
    assert (mapping.coordinates, mapping.grid) == ("grid", "OS grid")
    assert read_extract(grid, mapping).report.rows_without_location == 0


def test_an_interval_counts_in_the_month_of_its_middle(tmp_path: Path) -> None:
    rows = [
        ["1", "20/01/2022", "02/02/2022", "Burglary"],
        ["2", "30/01/2022", "10/02/2022", "Burglary"],
        ["3", "", "10/02/2022", "Burglary"],
        ["4", "01/01/2022", "31/12/2022", "Burglary"],
        ["5", "10/01/2022", "", "Burglary"],
    ]
    table = read_table(write_csv(tmp_path / "i.csv", rows, ["no", "from date", "to date", "type"]))
    mapping = Mapping("i", date="from date", date_to="to date", type="type")
    read = read_extract(table, mapping)
    assert {item.month: item.total for item in read.incidents} == {
        parse_month("2022-01"): 2, parse_month("2022-02"): 2, parse_month("2022-07"): 1,
    }  # fmt: skip
    assert any("1 row may have happened over more than 31 days" in note for note in read.report.notes)


def test_rows_that_cannot_be_used_are_counted_and_the_rest_kept(tmp_path: Path) -> None:
    rows = own_rows(20)
    rows[3][1] = rows[3][2] = "sometime"
    rows[5][3] = ""
    rows[6][4] = rows[6][5] = 0
    rows[7][4] = "far"
    rows[8][4], rows[8][5] = 9_999_999, 564_000
    rows[9][4] = rows[9][5] = ""
    rows.insert(10, [""] * 8)
    rows[12][0] = rows[11][0]
    read_back = read_table(write_csv(tmp_path / "b.csv", rows))
    read = read_extract(read_back, guess_mapping(read_back, name="b"))
    report = read.report
    assert (report.rows_read, report.rows_kept, report.rows_without_location) == (20, 18, 4)
    assert [(item.rows, item.first_row) for item in report.rejected] == [(1, 5), (1, 7)]
    assert "2 rows with coordinates that are no numbers or lie outside" in report.notes[0]
    assert report.repeated_crime_ids == 1


def test_a_mapping_that_does_not_fit_is_refused_in_one_sentence(tmp_path: Path) -> None:
    table = read_table(write_csv(tmp_path / "c.csv", own_rows(10)))
    good = guess_mapping(table, name="n")
    for change, words in (
        ({"date": ""}, "--column date"),
        ({"type": ""}, "--column type"),
        ({"x": ""}, "--column x"),
        ({"date": "Nothing"}, "no column “Nothing”"),
        ({"name": "?"}, "needs a name"),
        ({"coordinates": "mars"}, "kind of coordinates"),
        ({"date": "Beat", "date_to": ""}, "10 of 10 rows cannot be used because “Beat” is not a date"),
    ):
        bad = Mapping.from_json({**good.to_json(), **change}, label="m")
        with pytest.raises(InputError, match=words):
            read_extract(table, bad)
    with pytest.raises(InputError, match="not a column mapping"):
        Mapping.from_json({"name": "n", "odd": 1}, label="m")
    assert Mapping.from_json(good.to_json(), label="m") == good


def test_a_geopackage_gives_its_own_points(tmp_path: Path) -> None:
    frame = geopandas.GeoDataFrame(
        {"ref": ["a", "b"], "date": ["2022-01-05", "2022-01-06"], "offence": ["Robbery", "Arson"]},
        geometry=[shapely.Point(424_000, 564_000), shapely.Point(424_100, 564_100)],
        crs=27700,
    )
    frame.to_file(tmp_path / "c.gpkg")
    table = read_table(tmp_path / "c.gpkg")
    mapping = guess_mapping(table, name="points")
    assert mapping.coordinates == "wgs84"
    [read] = read_extract(table, mapping).incidents
    x, y = crs.to_bng(read.lon, read.lat)
    assert np.allclose(x, [424_000, 424_100], atol=1e-3)
    assert np.allclose(y, [564_000, 564_100], atol=1e-3)


def test_a_database_is_only_read(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "c.db") as database:
        database.execute("CREATE TABLE crimes (ref TEXT, day TEXT, offence TEXT, easting REAL, northing REAL)")
        database.executemany(
            "INSERT INTO crimes VALUES (?, ?, ?, ?, ?)",
            [(str(i), "2022-03-01", "Burglary", 424_000.0, 564_000.0) for i in range(5)],
        )
    database.close()
    address = f"sqlite:///{tmp_path / 'c.db'}"
    table = read_table(address, query="SELECT * FROM crimes")
    mapping = guess_mapping(table, name="db")
    assert read_extract(table, mapping).report.rows_kept == 5
    for query in ("DELETE FROM crimes", "SELECT 1; DROP TABLE crimes", None, "WITH a AS (SELECT 1) DELETE FROM crimes"):
        with pytest.raises(InputError, match=r"only reads|cannot be queried"):
            read_table(address, query=query)
    assert len(read_table(address, query="SELECT * FROM crimes").rows) == 5
    with pytest.raises(InputError, match="no database at"):
        read_table(f"sqlite:///{tmp_path / 'gone.db'}", query="SELECT 1")
    assert not (tmp_path / "gone.db").exists()
    with pytest.raises(InputError, match="cannot be queried") as caught:
        read_table("postgresql://user:secret@127.0.0.1:1/none", query="SELECT 1")
    assert "secret" not in str(caught.value)


def test_files_that_are_no_tables_are_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "heading.csv").write_text("a,b\n")
    for name, words in (("empty.csv", "is empty"), ("heading.csv", "no rows"), ("gone.csv", "cannot be read")):
        with pytest.raises(InputError, match=words):
            read_table(tmp_path / name)
    with pytest.raises(InputError, match="larger than"):
        read_table(write_csv(tmp_path / "big.csv", own_rows()), max_file_bytes=10)
    with pytest.raises(InputError, match="database"):
        read_table(tmp_path / "big.csv", query="SELECT 1")
