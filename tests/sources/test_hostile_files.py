"""Files that were made to harm: each is refused in one sentence or read as plain text, and none executes or fetches."""

from __future__ import annotations

import io
import json
import sqlite3
import time
import tracemalloc
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hotspots.activity_kinds import KindTable
from hotspots.errors import InputError
from hotspots.pipeline.operation_upload import open_upload
from hotspots.sources.extract_tables import read_table
from hotspots.sources.feature_files import read_features
from hotspots.sources.operation_documents import read_document
from hotspots.sources.spreadsheets import neutralise_cell, read_rows, restore_cell

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = "the-content-of-another-file"  # noqa: S105 - no password
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BOMB = f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>'


def make_workbook(change: Callable[[str, str], str] = lambda _name, text: text) -> bytes:
    """Make a workbook of two rows, each of whose parts may be changed."""
    import openpyxl  # noqa: PLC0415 - as the reader does

    book, buffer, changed = openpyxl.Workbook(), io.BytesIO(), io.BytesIO()
    for row in (["date", "kind", "quantity"], ["2020-11-05", "arrests", 3]):
        book.active.append(row)
    book.save(buffer)
    with zipfile.ZipFile(buffer) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name).decode()))
    return changed.getvalue()


def declare(part: str, doctype: str, entity: str) -> bytes:
    """Make a workbook one part of which declares an entity and uses it in its first text."""

    def change(name: str, text: str) -> str:
        if not name.endswith(part):
            return text
        text = text.split("?>", 1)[-1] if text.startswith("<?xml") else text
        for place in ("<t>date</t>", 'name="Sheet"', "<sheetData>"):
            if place in text:
                used = {"<t>date</t>": f"<t>&{entity};</t>", 'name="Sheet"': f'name="&{entity};"'}
                text = text.replace(
                    place, used.get(place, f"<sheetData><row><c t='inlineStr'><is><t>&{entity};</t></is></c></row>"), 1
                )
                break
        return doctype + text

    return make_workbook(change)


@pytest.mark.parametrize("part", ["styles.xml", "workbook.xml", "sheet1.xml", ".rels"])
def test_entities_neither_swell_nor_read_other_files(part: str, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text(SECRET, encoding="utf-8")
    outside = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{other.as_uri()}">]>'
    for doctype, entity in ((BOMB, "l9"), (outside, "e")):
        data = declare(part, doctype, entity)
        tracemalloc.start()
        started = time.monotonic()
        try:
            rows = list(read_rows(Path("a.xlsx"), data))
        except InputError as error:
            said = str(error)
        else:
            said = repr(rows)
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert "no spreadsheet program writes" in said
        assert SECRET not in said
        assert "haha" not in said
        assert most < 20_000_000
        assert time.monotonic() - started < 10


def test_another_alphabet_hides_no_declaration() -> None:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(declare("sheet1.xml", BOMB, "l9"))) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, text.decode().encode("utf-16") if "sheet1" in name else text)
    with pytest.raises(InputError, match="no spreadsheet program writes"):
        list(read_rows(Path("a.xlsx"), buffer.getvalue()))


def test_a_workbook_that_swells_is_not_unpacked() -> None:
    def swell(name: str, text: str) -> str:
        return text + " " * 150_000_000 if name.endswith("sheet1.xml") else text

    data = make_workbook(swell)
    assert len(data) < 1_000_000
    with pytest.raises(InputError, match="far more than a workbook should"):
        list(read_rows(Path("a.xlsx"), data))


def test_a_cell_at_the_far_end_costs_no_memory() -> None:
    def move(name: str, text: str) -> str:
        return (
            text.replace('r="A2"', 'r="XFD1048576"').replace('<row r="2"', '<row r="1048576"')
            if "sheet1" in name
            else text
        )

    tracemalloc.start()
    rows = 0
    for rows, _cells in enumerate(read_rows(Path("a.xlsx"), make_workbook(move)), start=1):
        if rows == 20_000:
            break
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert rows in {2, 20_000}
    assert most < 30_000_000


@pytest.mark.parametrize(
    "text",
    ['=HYPERLINK("http://x")', "+1+1", "-2", "@SUM(1)", "\t=1", "\r=1", "'=1", "''=1", "=cmd|' /C calc'!A0", "x"],
)
def test_formula_text_is_text_on_its_way_out_and_itself_on_its_way_in(text: str) -> None:
    out = neutralise_cell(text)
    assert out[0] not in "=+-@\t\r"
    assert restore_cell(out) == text


def test_a_formula_in_a_workbook_is_refused() -> None:
    def plant(name: str, text: str) -> str:
        return text.replace("<v>3</v>", "<f>1+2</f><v>3</v>").replace(' t="n"', "") if "sheet1" in name else text

    with pytest.raises(InputError, match="formula"):
        list(read_rows(Path("a.xlsx"), make_workbook(plant)))


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "..\\..\\a.csv",
        "/abs/a.csv",
        "a\x00b.csv",
        "a\u202evsc.exe",
        "x" * 500 + ".csv",
        "",
        "..",
        "../..",
    ],
)
def test_a_name_leads_nowhere(name: str) -> None:
    opened = open_upload(name, b"date,kind,quantity\n2020-11-05,arrests,3\n", limit=1_000)
    assert "/" not in opened.name
    assert "\\" not in opened.name
    assert opened.name.isprintable()
    assert 0 < len(opened.name) <= 120


def test_what_is_too_large_or_too_deep_is_refused() -> None:
    with pytest.raises(InputError, match="HOTSPOTS_PAGE_UPLOAD_MB"):
        open_upload("a.csv", b"x" * 1_001, limit=1_000)
    with pytest.raises(InputError, match="comma-separated"):
        list(read_rows(Path("a.csv"), b'a,b\n"' + b"x" * 200_000 + b'"\n'))
    with pytest.raises(InputError):
        read_document(Path("a.json"), b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", KindTable())


VRT = b"<OGRVRTDataSource><OGRVRTLayer name='x'><SrcDataSource>%s</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"


def test_a_file_that_points_to_another_is_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text(f"x,y,name\n1,2,{SECRET}\n", encoding="utf-8")
    for source in (str(other).encode(), b"/vsicurl/http://127.0.0.1:9/a.csv"):
        for name in ("a.gpkg", "a.geojson", "a.shp", "a.vrt"):
            path = tmp_path / name
            path.write_bytes(VRT % source)
            with pytest.raises(InputError, match="not a boundary file") as refusal:
                read_features(path)
            assert SECRET not in str(refusal.value)
        packed = tmp_path / "a.zip"
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("a.shp", VRT % source)
        with pytest.raises(InputError, match="not a Shapefile"):
            read_features(packed)


def test_a_geopackage_with_programs_in_it_runs_none(tmp_path: Path) -> None:
    path, trace = tmp_path / "a.gpkg", tmp_path / "trace"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE areas (name TEXT)")
        database.execute("CREATE TABLE log (name TEXT)")
        database.execute("CREATE TRIGGER t AFTER INSERT ON areas BEGIN INSERT INTO log VALUES ('ran'); END")
        database.execute(
            f"CREATE VIEW v AS SELECT load_extension('{trace}') AS name, writefile('{trace}', 'x') AS geom"
        )
    with pytest.raises(InputError):
        read_table(path)
    assert not trace.exists()
    with sqlite3.connect(path) as database:
        assert database.execute("SELECT count(*) FROM log").fetchone() == (0,)


def test_areas_without_end_are_not_read(tmp_path: Path) -> None:
    import pyarrow as pa  # noqa: PLC0415 - this test only
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": pa.nulls(3_000_000)}), path)
    assert path.stat().st_size < 10_000
    with pytest.raises(InputError, match="3,000,000 areas"):
        read_features(path)


def test_hostile_properties_stay_text(tmp_path: Path) -> None:
    hostile = "<img src=x onerror=alert(1)>${alert(1)}{{7*7}}=1+1"
    path = tmp_path / "a.geojson"
    square = {"type": "Polygon", "coordinates": [[[-1.6, 55.1], [-1.5, 55.1], [-1.5, 55.2], [-1.6, 55.1]]]}
    feature = {"type": "Feature", "properties": {hostile: hostile, "__proto__": "x"}, "geometry": square}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    table = read_features(path)
    assert table.columns[hostile] == [hostile]
