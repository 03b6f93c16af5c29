"""Every format is told by its content and read whole; whatever else comes is refused in one sentence."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

import pandas as pd
import pytest
import shapely

from hotspots.errors import InputError
from hotspots.sources.feature_files import read_features
from tests.boundary_files import CODES, NAMES, make_frame, write_geojson, write_shapefile

if TYPE_CHECKING:
    from pathlib import Path


def write_as(kind: str, folder: Path) -> Path:
    frame = make_frame()
    if kind == "GeoJSON":
        return write_geojson(
            folder / "wards.geojson", frame, crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}
        )
    if kind == "GeoPackage":
        frame.to_file(folder / "wards.gpkg", layer="wards")
        return folder / "wards.gpkg"
    if kind == "Shapefile":
        return write_shapefile(folder / "wards.zip", frame)
    frame.to_parquet(folder / "wards.parquet")
    return folder / "wards.parquet"


@pytest.mark.parametrize("kind", ["GeoJSON", "GeoPackage", "Shapefile", "GeoParquet"])
@pytest.mark.parametrize("renamed", [False, True])
def test_each_format_is_read_whatever_its_name(tmp_path: Path, kind: str, renamed: bool) -> None:
    path = write_as(kind, tmp_path)
    if renamed:
        path = path.rename(tmp_path / "download (1)")
    table = read_features(path)
    assert table.kind == kind
    assert tuple(table.columns["WD20CD"]) == CODES
    assert tuple(table.columns["WD20NM"]) == NAMES
    assert shapely.area(table.geometry).tolist() == pytest.approx([1e6] * 4)
    assert table.crs is not None
    assert "27700" in table.crs
    assert not table.crs_assumed


def test_geojson_without_a_crs_is_wgs84_and_with_null_unknown(tmp_path: Path) -> None:
    frame = make_frame(epsg=4326)
    table = read_features(write_geojson(tmp_path / "a.geojson", frame))
    assert (table.crs, table.crs_assumed) == ("EPSG:4326", True)
    assert read_features(write_geojson(tmp_path / "b.geojson", frame, crs=None)).crs is None


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_geojson_with_a_byte_order_mark_is_read(tmp_path: Path, encoding: str) -> None:
    path = write_geojson(tmp_path / "a.geojson", make_frame(epsg=4326))
    path.write_text(path.read_text(encoding="utf-8"), encoding=encoding)
    assert tuple(read_features(path).columns["WD20NM"]) == NAMES


def test_a_single_feature_is_read(tmp_path: Path) -> None:
    feature = {"type": "Feature", "properties": {"code": 7}, "geometry": {"type": "Point", "coordinates": [-1.5, 55]}}
    (tmp_path / "one.json").write_text(json.dumps(feature))
    table = read_features(tmp_path / "one.json")
    assert table.columns == {"code": [7]}
    assert table.geometry[0].equals(shapely.Point(-1.5, 55))


def test_properties_that_only_some_features_have_are_empty_elsewhere(tmp_path: Path) -> None:
    features = [
        {"type": "Feature", "properties": {"a": 1}, "geometry": None},
        {"type": "Feature", "properties": None, "geometry": None},
        {"type": "Feature", "properties": {"b": 2}, "geometry": None},
    ]
    (tmp_path / "a.json").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    table = read_features(tmp_path / "a.json")
    assert table.columns == {"a": [1, None, None], "b": [None, None, 2]}
    assert table.geometry.tolist() == [None, None, None]


def test_several_layers_need_a_choice(tmp_path: Path) -> None:
    path = tmp_path / "both.gpkg"
    make_frame().to_file(path, layer="wards")
    make_frame().to_file(path, layer="beats")
    points = make_frame()
    points.geometry = points.centroid
    points.to_file(path, layer="points")
    with pytest.raises(InputError, match=r"several layers \(wards, beats\); say which with --layer"):
        read_features(path)
    with pytest.raises(InputError, match="no layer “ward” with shapes; it has wards, beats, points"):
        read_features(path, layer="ward")
    assert len(read_features(path, layer="beats").geometry) == 4


def test_several_shapefiles_in_one_archive_need_a_choice(tmp_path: Path) -> None:
    path = tmp_path / "both.zip"
    for name in ("wards", "beats"):
        make_frame().to_file(tmp_path / f"{name}.shp")
    with zipfile.ZipFile(path, "w") as archive:
        for part in tmp_path.glob("*.*"):
            if part.suffix != ".zip":
                archive.write(part, part.name)
        archive.writestr("__MACOSX/._wards.shp", b"\x00")
    with pytest.raises(InputError, match="several boundary files"):
        read_features(path)
    assert len(read_features(path, layer="wards").geometry) == 4
    with pytest.raises(InputError, match="holds no boundary file “parishes”"):
        read_features(path, layer="parishes")


@pytest.mark.parametrize("name", ["wards.geojson", "wards.gpkg"])
def test_other_formats_in_an_archive_are_read(tmp_path: Path, name: str) -> None:
    write_as("GeoJSON" if name.endswith("json") else "GeoPackage", tmp_path)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(tmp_path / name, f"deep/er/{name}")
    assert tuple(read_features(tmp_path / "a.zip").columns["WD20CD"]) == CODES


def test_a_shapefile_without_projection_states_no_crs(tmp_path: Path) -> None:
    assert read_features(write_shapefile(tmp_path / "a.zip", make_frame(), without=[".prj"])).crs is None


def bad_files(folder: Path) -> dict[str, tuple[Path, str]]:
    geojson = write_as("GeoJSON", folder)
    archive = write_as("Shapefile", folder)
    package = write_as("GeoPackage", folder)
    parquet = write_as("GeoParquet", folder)

    def write(name: str, content: bytes) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    def pack(name: str, members: dict[str, bytes]) -> Path:
        with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as target:
            for member, content in members.items():
                target.writestr(member, content)
        return folder / name

    pd.DataFrame({"WD20CD": CODES}).to_parquet(folder / "plain.parquet")
    virtual = b'<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/vsicurl/http://127.0.0.1:9/x</SrcDataSource>'
    broken = {"type": "Polygon", "coordinates": [[["a", 1], [2, 3]]]}
    locked = pack("locked.zip", {"wards.shp": b"x"})
    content = bytearray(locked.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    content[6] |= 1
    locked.write_bytes(bytes(content))
    return {
        "absent": (folder / "absent.geojson", "There is no file .*absent.geojson; check the path"),
        "a folder": (folder, "cannot be read"),
        "empty": (write("empty.geojson", b""), "empty.geojson is empty"),
        "blank": (write("blank.geojson", b" \n "), "blank.geojson is empty"),
        "a picture": (write("a.geojson", b"\x89PNG\r\n\x1a\n" + bytes(50)), "a.geojson is not a boundary file"),
        "a table": (write("a.csv", b"code,name\n1,2\n"), "a.csv is not a boundary file"),
        "a file that points elsewhere": (write("vrt.geojson", virtual), "vrt.geojson is not a boundary file"),
        "truncated GeoJSON": (write("t.geojson", geojson.read_bytes()[:900]), "t.geojson is not complete JSON"),
        "deep JSON": (write("deep.json", b'{"a":' + b"[" * 200_000), "deep.json is not complete JSON"),
        "TopoJSON": (write("topo.json", b'{"type": "Topology", "objects": {}}'), "JSON of type “Topology”"),
        "no features": (write("n.json", b'{"type": "FeatureCollection", "features": 3}'), "not a GeoJSON FeatureColl"),
        "odd properties": (
            write("o.json", b'{"type": "FeatureCollection", "features": [{"properties": [1], "geometry": null}]}'),
            "properties are not a table",
        ),
        "text for a coordinate": (
            write("c.json", json.dumps({"type": "Feature", "properties": {}, "geometry": broken}).encode()),
            "c.json, feature 1 has a geometry that cannot be read",
        ),
        "truncated archive": (write("t.zip", archive.read_bytes()[:3000]), "t.zip is not a complete zip archive"),
        "damaged member": (
            write(
                "d.zip",
                pack("g.zip", {"a.geojson": geojson.read_bytes()}).read_bytes().replace(b"\x00\x00\x00", b"\x01", 9),
            ),
            "d.zip",
        ),
        "archive without shapes": (pack("csv.zip", {"a.csv": b"1"}), "holds no Shapefile"),
        "path out of the archive": (pack("up.zip", {"../wards.shp": b"1"}), "points outside the archive"),
        "absolute path": (pack("abs.zip", {"/etc/wards.shp": b"1"}), "points outside the archive"),
        "bomb": (pack("bomb.zip", {"a.geojson": bytes(3_000_000)}), "unpacks to 3 MB, more than the 2 MB"),
        "password": (locked, "protected by a password"),
        "too large": (write("large.json", b"{" + bytes(3_000_000)), "has 3 MB, more than the 2 MB"),
        "Shapefile with parts missing": (
            pack("parts.zip", {"wards.shp": zipfile.ZipFile(archive).read("boundaries/wards.shp")[:200]}),
            "cannot be read as a Shapefile",
        ),
        "damaged GeoPackage": (write("d.gpkg", package.read_bytes()[:100] + bytes(5000)), "d.gpkg"),
        "damaged Parquet": (write("d.parquet", parquet.read_bytes()[:500]), "d.parquet is not a GeoParquet file"),
        "Parquet without shapes": (folder / "plain.parquet", "plain.parquet is not a GeoParquet file"),
    }


def test_bad_files_get_one_sentence_each(tmp_path: Path) -> None:
    for what, (path, message) in bad_files(tmp_path).items():
        with pytest.raises(InputError, match=message) as caught:
            read_features(path, max_file_bytes=2_000_000)
        text = str(caught.value)
        assert "\n" not in text, what
        assert text.endswith((".", "?")), what


def test_a_file_that_points_to_the_network_is_never_followed(tmp_path: Path) -> None:
    # GDAL opens such a file by its content, whatever it is called, and would fetch what it names.
    disguised = tmp_path / "wards.shp"
    disguised.write_bytes(b"<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>x.shp</SrcDataSource></OGRVRTLayer>")
    with pytest.raises(InputError, match="is not a boundary file"):
        read_features(disguised)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(disguised, "wards.shp")
    with pytest.raises(InputError, match="not a Shapefile"):
        read_features(tmp_path / "a.zip")
