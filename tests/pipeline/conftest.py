"""A made-up town of four square wards whose incidents can be counted by hand, loaded as a user would load it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from hotspots import crs
from hotspots.pipeline.coverage import import_boundaries
from hotspots.pipeline.load import ingest
from hotspots.pipeline.world import World, open_world
from hotspots.settings import Settings, read_settings

HEADER = (
    "Crime ID", "Month", "Reported by", "Falls within", "Longitude", "Latitude", "Location", "LSOA code", "LSOA name",
    "Crime type", "Last outcome category", "Context",
)  # fmt: skip
WEST, SOUTH, SIDE = 427_000.0, 587_000.0, 1_000.0
WARDS = {"W1": (0, 0), "W2": (1, 0), "W3": (0, 1), "W4": (1, 1)}
RESIDENTS = {"W1": 4_000, "W2": 2_000, "W3": 1_000, "W4": 3_000}
MONTHS = ("2020-01", "2020-02", "2020-04", "2021-01", "2021-02", "2021-04")
"""March 2020, May to December 2020 and March 2021 are missing."""
VIOLENCE = "Violence and sexual offences"


def centre(ward: str, east: float = 500.0, north: float = 500.0) -> tuple[float, float]:
    """Return longitude and latitude of a point inside a ward, metres from its south-western corner."""
    column, row = WARDS[ward]
    lon, lat = crs.to_wgs84(np.array([WEST + column * SIDE + east]), np.array([SOUTH + row * SIDE + north]))
    return round(float(lon[0]), 6), round(float(lat[0]), 6)


def write_month(folder: Path, month: str, rows: list[tuple[str, float | str, float | str, str]]) -> Path:
    """Write a street file of police.uk; a row is crime type, longitude, latitude, outcome."""
    path = folder / month / f"{month}-madeup-street.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number, (kind, lon, lat, outcome) in enumerate(rows):
            identifier = "" if kind == "Anti-social behaviour" else f"{abs(hash((month, number))):064x}"[:64]
            writer.writerow(
                [
                    identifier,
                    month,
                    "Madeup Police",
                    "Madeup Police",
                    lon,
                    lat,
                    "On or near X",
                    "",
                    "",
                    kind,
                    outcome,
                    "",
                ]
            )
    return path


def write_wards(folder: Path) -> Path:
    """Write the four wards as GeoJSON with residents."""
    features = []
    for code, (column, row) in WARDS.items():
        west, south = WEST + column * SIDE, SOUTH + row * SIDE
        box = np.array([shapely.box(west, south, west + SIDE, south + SIDE)], dtype=object)
        shape = json.loads(shapely.to_geojson(crs.geometry_to_wgs84(box)[0]))
        properties = {"code": code, "name": f"Ward {code[1]}", "lad": "L1", "lad_name": "Madeup"}
        features.append({"type": "Feature", "properties": properties, "geometry": shape})
    path = folder / "wards.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    residents = folder / "residents.csv"
    residents.write_text("code,population\n" + "".join(f"{k},{v}\n" for k, v in RESIDENTS.items()), encoding="utf-8")
    return path


def town_rows(month: str) -> list[tuple[str, float | str, float | str, str]]:
    """Give one month of the town.

    Ward 1 has 30 of violence at one point and 10 burglaries spread out; ward 2 has 5 thefts; ward 3 has one; ward 4 has
    none. Two incidents carry no location, one lies outside, and ward 2 has 3 drug offences. From 2021 violence in ward
    1 is halved.
    """
    rows: list[tuple[str, float | str, float | str, str]] = []
    violence = 30 if month.startswith("2020") else 15
    rows += [(VIOLENCE, *centre("W1"), "Under investigation")] * violence
    rows += [("Burglary", *centre("W1", 50 + 90 * k, 900), "") for k in range(10)]
    rows += [("Other theft", *centre("W2", 100 + 150 * k, 200), "Local resolution") for k in range(5)]
    rows += [("Shoplifting", *centre("W3"), "")]
    rows += [("Drugs", *centre("W2", 700, 700), "Offender given a caution")] * 3
    rows += [("Burglary", "", "", "")] * 2
    rows += [("Anti-social behaviour", *centre("W4", 5_000, 5_000), "")]
    return rows


@pytest.fixture
def town(tmp_path: Path, home: Path) -> Settings:
    """Load the town through the same doors as a user."""
    assert home == read_settings().home
    raw = tmp_path / "raw"
    for month in MONTHS:
        write_month(raw, month, town_rows(month))
    wards = write_wards(tmp_path)
    settings = read_settings()
    import_boundaries(
        wards, settings=settings, code="code", name="name", lad_code="lad", lad_name="lad_name",
        population=tmp_path / "residents.csv",
    )  # fmt: skip
    areas = tmp_path / "home" / "areas.toml"
    areas.write_text(
        '[[area]]\ncode = "north"\nname = "North side"\nwards = ["W3", "W4"]\n\n'
        '[[area]]\ncode = "first"\nname = "First"\nwards = ["W1"]\n',
        encoding="utf-8",
    )
    ingest([raw], settings=read_settings())
    return read_settings()


@pytest.fixture
def world(town: Settings) -> World:
    """Open the town."""
    return open_world(town)
