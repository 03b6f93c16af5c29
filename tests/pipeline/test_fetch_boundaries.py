"""Boundaries come from feature services page by page, whole, clipped to the force, and of the year asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely

from hotspots import crs
from hotspots.errors import InputError, UnknownNameError
from hotspots.pipeline.fetch_boundaries import fetch_boundaries
from hotspots.settings import Settings, read_settings
from hotspots.sources.fetch.client import FetchError
from hotspots.sources.fetch.features import choose_service, read_edition
from hotspots.store.boundaries import read_active
from tests.pipeline.test_fetch import quick
from tests.sources.fetch_server import Fault, Publisher, serve_publisher

if TYPE_CHECKING:
    from collections.abc import Iterator

WEST, SOUTH, SIDE = 420_000.0, 560_000.0, 1_000.0


def feature(column: int, row: int, width: int = 1, height: int = 1, **properties: Any) -> dict[str, Any]:
    west, south = WEST + column * SIDE, SOUTH + row * SIDE
    box = np.array([shapely.box(west, south, west + width * SIDE, south + height * SIDE)], dtype=object)
    shape = json.loads(shapely.to_geojson(crs.geometry_to_wgs84(box)[0]))
    return {"type": "Feature", "properties": properties, "geometry": shape}


def wards(year: int, columns: int = 6) -> dict[str, Any]:
    short = year % 100
    return {
        "features": [
            feature(
                column, row,
                **{f"WD{short}CD": f"E{year}{column}{row}", f"WD{short}NM": f"Ward {column} {row}",
                   f"LAD{short}CD": "E06", f"LAD{short}NM": "Town"},
            )
            for column in range(columns)
            for row in range(3)
        ]
    }  # fmt: skip


@pytest.fixture
def publisher(monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    with serve_publisher() as publisher:
        monkeypatch.setenv("HOTSPOTS_ONS", f"{publisher.url}/services")
        publisher.page_size = 4
        publisher.features = {
            "WD_DEC_2020_UK_BGC": wards(2020),
            "WD_MAY_2023_UK_BGC": wards(2023),
            "WD_DEC_2023_UK_BGC_V2": wards(2023),
            "WD_DEC_2023_UK_BFC": wards(2023),
            "Police_Force_Areas_December_2023_EW_BGC": {
                "features": [
                    feature(0, 0, 3, 3, PFA23CD="E23000007", PFA23NM="Northumbria"),
                    feature(3, 0, 3, 3, PFA23CD="E23000008", PFA23NM="Devon & Cornwall"),
                ]
            },
            "PFA_LAD_2023_LU": {"features": []},
        }
        yield publisher


def bring(settings: Settings, **options: Any) -> Any:
    return fetch_boundaries(settings, **{"force": "northumbria", "client": quick(settings), **options})


def test_wards_of_a_force_and_year_are_put_in_use(publisher: Publisher) -> None:
    settings = read_settings()
    bring(settings, year=2020)
    active = read_active(settings)
    assert len(active) == 9
    assert set(active.codes) == {f"E2020{column}{row}" for column in range(3) for row in range(3)}
    assert set(active.lad_names) == {"Town"}
    assert "WD_DEC_2020_UK_BGC" in active.name
    assert active.vintage == "Wards of December 2020"
    assert active.licence.startswith("Contains public sector information")
    assert active.source == "Office for National Statistics, Open Geography Portal"
    assert sum(path.endswith("WD_DEC_2020_UK_BGC/FeatureServer/0/query") for path in publisher.asked) >= 4
    assert float(active.area_km2.sum()) == pytest.approx(9.0, rel=1e-3)
    bring(settings, force="devon-and-cornwall")
    assert set(read_active(settings).codes) == {f"E2023{column}{row}" for column in range(3, 6) for row in range(3)}


@pytest.mark.parametrize(
    ("geography", "year", "resolution", "chosen"),
    [
        ("ward", 2020, "BGC", "WD_DEC_2020_UK_BGC"),
        ("ward", 2023, "BGC", "WD_DEC_2023_UK_BGC_V2"),
        ("ward", None, "BGC", "WD_DEC_2023_UK_BGC_V2"),
        ("ward", None, "BFC", "WD_DEC_2023_UK_BFC"),
        ("ward", 2016, "BGC", "Wards_December_2016_GCB_in_the_UK_BGC"),
        ("lsoa", 2021, "BGC", "Lower_layer_Super_Output_Areas_December_2021_Boundaries_EW_BGC_V5"),
        ("lsoa", 2011, "BGC", "LSOA_2011_EW_BGC_V3"),
        ("lad", None, "BGC", "LAD_MAY_2024_UK_BGC"),
        ("force", None, "BGC", "Police_Force_Areas_December_2023_EW_BGC"),
    ],
)
def test_services_are_chosen_by_the_parts_of_their_names(
    publisher: Publisher, geography: str, year: int | None, resolution: str, chosen: str
) -> None:
    services = [
        *publisher.features,
        "Wards_December_2016_GCB_in_the_UK_BGC",
        "Lower_layer_Super_Output_Areas_December_2021_Boundaries_EW_BGC_V5",
        "LSOA_2011_EW_BGC_V3",
        "LSOA_2011_EW_BGC_V2",
        "LAD_MAY_2024_UK_BGC",
        "LAD_APR_2024_UK_BSC",
    ]
    assert choose_service(services, geography, year, resolution) == chosen


def test_the_later_edition_of_a_year_is_chosen_and_its_month_read() -> None:
    services = ["WD_MAY_2022_UK_BGC", "WD_DEC_2022_UK_BGC", "Wards_May_2021_UK_BGC"]
    assert choose_service(services, "ward", 2022, "BGC") == "WD_DEC_2022_UK_BGC"
    assert read_edition("WD_DEC_2022_UK_BGC", "ward") == (2022, 12)
    assert read_edition("Wards_(May_2021)_UK_BGC", "ward") == (2021, 5)
    assert read_edition("LSOA_2021_EW_BGC_V5", "lsoa") == (2021, 0)
    assert read_edition("LSOA_2021_EW_BGC_V5", "ward") is None


def test_what_is_not_there_is_said_and_nothing_changes(publisher: Publisher) -> None:
    settings = read_settings()
    before = read_active(settings).version
    with pytest.raises(InputError, match="there are those of 2020, 2023"):
        bring(settings, year=2031)
    with pytest.raises(UnknownNameError):
        bring(settings, force="mars")
    with pytest.raises(UnknownNameError):
        bring(settings, geography="street")
    publisher.faults = [Fault("truncate", path="query", skip=2, times=99)]
    with pytest.raises(FetchError, match="cut short"):
        bring(settings, client=quick(settings, tries=2))
    publisher.faults = []
    removed = publisher.features.pop("WD_DEC_2023_UK_BGC_V2")
    publisher.documents["/services"] = None
    publisher.features["WD_DEC_2023_UK_BGC_V2"] = {"features": removed["features"][:0]}
    with pytest.raises(InputError, match="no area inside"):
        bring(settings)
    assert read_active(settings).version == before
    assert not list(settings.downloads_home.glob("*.geojson"))


@pytest.mark.parametrize(
    "fault", [Fault("cut", path="query"), Fault("status", path="query", status=503), Fault("type")]
)
def test_faults_that_pass_are_tried_again(publisher: Publisher, fault: Fault) -> None:
    publisher.faults = [Fault(fault.kind, fault.path, times=2, status=fault.status)]
    bring(read_settings(), year=2020)
    assert len(read_active(read_settings())) == 9


@pytest.mark.real_data
def test_real_wards_come_back_as_they_are(publisher: Publisher, real_data: Path) -> None:
    document = json.loads((real_data / "boundaries" / "wards_2020_bgc_northeast.geojson").read_text())
    shapes = shapely.from_geojson(
        [json.dumps(one["geometry"]) for one in document["features"] if one["properties"]["force"] == "Northumbria"]
    )
    outline = json.loads(shapely.to_geojson(shapely.union_all(shapes)))
    publisher.page_size = 100
    for one in document["features"]:
        own = one["properties"]
        own |= {"WD20CD": own["ward_code"], "WD20NM": own["ward_name"]}
    publisher.features = {
        "WD_DEC_2020_UK_BGC": document,
        "PFA_DEC_2020_EW_BGC": {
            "features": [
                {"type": "Feature", "geometry": outline, "properties": {"PFA20CD": "E23", "PFA20NM": "Northumbria"}}
            ]
        },
    }
    bring(read_settings())
    assert len(read_active(read_settings())) == 177
