"""A file's reference system is taken from the user, the file or its format, and doubted where it cannot be right."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely

from hotspots.errors import InputError
from hotspots.sources.feature_files import FeatureTable
from hotspots.sources.reference import Reference, check_place, choose_reference
from tests.boundary_files import CODES, make_squares

ENGINEERING = (
    'ENGCRS["Undefined Cartesian SRS",EDATUM["Unknown"],CS[Cartesian,2],AXIS["x",east],AXIS["y",north],'
    'LENGTHUNIT["metre",1]]'
)
LOCAL = "+proj=tmerc +lat_0=54 +lon_0=-1.5 +ellps=airy +units=m"


def table(crs: str | None, *, assumed: bool = False) -> FeatureTable:
    return FeatureTable("GeoJSON", {}, np.empty(0, dtype=object), crs, assumed)


@pytest.mark.parametrize(
    ("stated", "given", "name", "origin"),
    [
        ("EPSG:27700", None, "EPSG:27700", "stated by the file"),
        (pyproj.CRS.from_epsg(27700).to_wkt("WKT1_ESRI"), None, "EPSG:27700", "stated by the file"),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", None, "OGC:CRS84", "stated by the file"),
        ("EPSG:27700", "EPSG:3857", "EPSG:3857", "given"),
        (None, 4326, "EPSG:4326", "given"),
        (None, LOCAL, "unknown", "given"),
    ],
)
def test_a_reference_is_chosen(stated: str | None, given: str | int | None, name: str, origin: str) -> None:
    reference = choose_reference(table(stated), given, "wards.zip")
    assert (reference.name, reference.origin) == (name, origin)
    assert (reference.projection == 27700) == (name == "EPSG:27700")


def test_a_format_may_imply_it() -> None:
    assert choose_reference(table("EPSG:4326", assumed=True), None, "a.geojson").origin == "implied by the format"


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        (None, "wards.zip does not say in which coordinate reference system it is; state it"),
        (ENGINEERING, r"does not say in which coordinate reference system it is \(Undefined Cartesian SRS\); state it"),
        ("EPSG:999999", r"states a coordinate reference system that is not known \(EPSG:999999\); state it"),
        ("EPSG:5701", r"does not say in which coordinate reference system it is \(ODN height\)"),
    ],
)
def test_an_unusable_reference_says_how_to_state_it(stated: str | None, message: str) -> None:
    with pytest.raises(InputError, match=message):
        choose_reference(table(stated), None, "wards.zip")


def test_a_local_reference_projects() -> None:
    reference = choose_reference(table(LOCAL), None, "wards.zip")
    check_place(np.array([shapely.box(0, 0, 1000, 1000)], dtype=object), ["a"], reference, "wards.zip")


def test_a_coordinate_that_is_not_a_number_is_named() -> None:
    squares = np.array(make_squares(), dtype=object)
    with np.errstate(invalid="ignore"):
        squares[2] = shapely.Polygon([(424_000, 564_000), (np.nan, 564_000), (424_500, 564_500)])
    with pytest.raises(InputError, match="area E05000003 has a coordinate that is not a number"):
        check_place(squares, CODES, Reference(pyproj.CRS.from_epsg(27700), "given"), "wards.zip")


def test_a_place_that_cannot_be_projected_lies_elsewhere() -> None:
    far = np.array([shapely.box(4e7, 4e7, 5e7, 5e7)], dtype=object)
    with pytest.raises(InputError, match=r"area a lies (at longitude .*)?outside Great Britain"):
        check_place(far, ["a"], Reference(pyproj.CRS.from_epsg(27700), "given"), "wards.zip")
