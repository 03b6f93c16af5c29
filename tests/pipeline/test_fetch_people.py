"""Residents and deprivation come in the services' own forms and go to the areas in use; nothing is lost on the way."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely
from click.testing import CliRunner

from hotspots import crs
from hotspots.cli import main
from hotspots.errors import InputError, StoreError
from hotspots.pipeline.fetch_people import fetch_deprivation, fetch_population
from hotspots.pipeline.people import describe_deprivation, list_deprivation
from hotspots.settings import Settings, read_settings
from hotspots.sources.fetch.client import FetchError
from hotspots.store.boundaries import read_active, save_boundaries
from hotspots.store.boundary_sets import list_sets
from hotspots.store.deprivation import read_deprivation
from tests.pipeline.conftest import SIDE, SOUTH, WEST
from tests.pipeline.test_fetch import quick
from tests.sources.fetch_server import Fault, Publisher, serve_publisher

if TYPE_CHECKING:
    from collections.abc import Iterator

RESIDENTS = {f"E0100000{number}": 100 * (number + 1) for number in range(5)}
BOXES = {
    "E01000000": (0, 0, 1, 1),  # W1
    "E01000001": (1, 0, 2, 1),  # W2
    "E01000002": (0, 1, 2, 1.5),  # half of W3 and of W4
    "E01000003": (0, 1.5, 2, 2),  # the other half
    "E01000004": (2, 0, 3, 2),  # outside
}
SCORES = {"E01000000": 60.0, "E01000001": 20.0, "E01000002": 30.0, "E01000003": 10.0, "E01000004": 90.0}


def feature(code: str, **properties: Any) -> dict[str, Any]:
    west, south, east, north = BOXES[code]
    box = shapely.box(WEST + west * SIDE, SOUTH + south * SIDE, WEST + east * SIDE, SOUTH + north * SIDE)
    shape = json.loads(shapely.to_geojson(crs.geometry_to_wgs84(np.array([box], dtype=object))[0]))
    return {"type": "Feature", "properties": properties, "geometry": shape}


@pytest.fixture
def publisher(monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    with serve_publisher() as publisher:
        monkeypatch.setenv("HOTSPOTS_ONS", f"{publisher.url}/services")
        monkeypatch.setenv("HOTSPOTS_NOMIS", f"{publisher.url}/nomis")
        monkeypatch.setenv("HOTSPOTS_DEPRIVATION", f"{publisher.url}/services/IMD_2019")
        publisher.page_size = 2
        publisher.residents = {
            ("NM_2014_1", "TYPE151"): RESIDENTS,
            ("NM_2010_1", "TYPE298"): {code: 10 * people for code, people in RESIDENTS.items()},
            ("NM_2014_1", "TYPE182"): {"W1": 11, "W2": 22, "W3": 33, "W4": 44, "W9": 1},
            ("NM_2014_1", "TYPE999"): {"Z1": 11},
        }
        outlines = {
            year: {"features": [feature(code, **{f"LSOA{year}CD": code, f"LSOA{year}NM": code}) for code in BOXES]}
            for year in ("21", "11")
        }
        publisher.features = {
            "Lower_layer_Super_Output_Areas_December_2021_Boundaries_EW_BGC_V5": outlines["21"],
            "LSOA_Dec_2011_Boundaries_Generalised_Clipped_BGC_EW_V3": outlines["11"],
            "IMD_2019": {
                "features": [
                    feature(code, lsoa11cd=code, lsoa11nm="X", IMDScore=score, IMDDec0=1 if score > 50 else 5,
                            IMD_Rank=1, TotPop=RESIDENTS[code])
                    for code, score in SCORES.items()
                ]
            },
        }  # fmt: skip
        yield publisher


def test_boundaries_that_came_meanwhile_are_not_written_over(publisher: Publisher, town: Settings) -> None:
    assert publisher.residents

    def change(*_: object) -> None:
        active = read_active(town)
        if active.name != "Others":
            save_boundaries(replace(active, name="Others", population=active.population + 1), {}, town.boundaries_home)

    with pytest.raises(StoreError, match="Other boundaries came into use"):
        fetch_population(read_settings(), progress=change, client=quick(read_settings()))
    assert read_active(town).name == "Others"


def test_residents_of_small_areas_are_shared_out_by_ground(publisher: Publisher, town: Settings) -> None:
    settings = read_settings()
    assert settings.home == town.home
    report = fetch_population(settings, client=quick(settings))
    active = read_active(settings)
    assert dict(zip(active.codes, active.population, strict=True)) == pytest.approx(
        {"W1": 100, "W2": 200, "W3": 350, "W4": 350}, rel=0.01
    )
    assert (report.by, report.small_areas, report.residents) == ("ground", 4, 1_000)
    assert report.approximated == pytest.approx(0.7, abs=0.01)
    assert active.vintage == "Residents of mid-2022"
    assert active.source.endswith("ONS mid-2022 population estimates, Nomis NM_2014_1")
    assert "70.0% of the residents approximated" in report.to_text()
    assert sum("nomis" in path for path in publisher.asked) == 3, "five rows in pages of two"
    earlier = fetch_population(settings, year=2019, client=quick(settings))
    assert earlier.residents == 10_000
    active = read_active(settings)
    assert active.source.count("Nomis") == 1, "what earlier residents rested on is no longer said"
    assert active.vintage == "Residents of mid-2019"
    assert [item.in_force for item in list_sets(settings)[:3]] == [True, False, False]


def test_residents_are_taken_by_code_where_the_service_knows_the_areas(publisher: Publisher, town: Settings) -> None:
    assert publisher.url
    settings = read_settings()
    report = fetch_population(settings, geography="ward", client=quick(settings))
    assert read_active(settings).population.tolist() == [11, 22, 33, 44]
    assert (report.by, report.unknown, report.approximated) == ("code", (), 0.0)
    before = read_active(settings).version
    with pytest.raises(InputError, match="knows 0 of the 4 areas"):
        fetch_population(settings, geography="ward", kind="TYPE999", client=quick(settings))
    with pytest.raises(InputError, match="first year is 2011"):
        fetch_population(settings, year=1999, client=quick(settings))
    with pytest.raises(InputError, match="ask for LSOAs"):
        fetch_population(settings, geography="ward", year=2015, client=quick(settings))
    with pytest.raises(FetchError, match="Cannot create query"):
        fetch_population(settings, kind="TYPE1", client=quick(settings))
    assert read_active(settings).version == before
    assert town


def test_deprivation_is_weighted_by_residents(publisher: Publisher, town: Settings) -> None:
    assert publisher.url
    settings = read_settings()
    report = fetch_deprivation(settings, client=quick(settings))
    found = read_deprivation(settings, read_active(town))
    assert found is not None
    # W3 and W4 hold half of E01000002 (300 residents, 30) and half of E01000003 (400 residents, 10).
    mixed = (300 * 30 + 400 * 10) / 700
    assert {code: item.score for code, item in found.by_code.items()} == pytest.approx(
        {"W1": 60, "W2": 20, "W3": mixed, "W4": mixed}, rel=1e-3
    )
    assert found.by_code["W1"].most_deprived == 1.0
    assert found.by_code["W3"].most_deprived == 0.0
    assert found.rank("W1") == 1
    assert report.unknown == ()
    assert report.approximated == pytest.approx(0.7, abs=0.01)
    records, about = list_deprivation(settings)
    assert records[0]["code"] == "W1"
    assert "Open Government Licence" in about["licence"]
    active = read_active(settings)
    assert "rank 1 of 4 areas" in describe_deprivation(found, active, [0])
    assert "2 wards rank 1 to 2" in describe_deprivation(found, active, [0, 1])
    assert describe_deprivation(None, active, [0]) == ""
    assert "60.0  100% of residents" in CliRunner().invoke(main, ["deprivation"]).stdout
    assert json.loads(CliRunner().invoke(main, ["deprivation", "--json"]).stdout)["areas"][0]["score"] == 60.0


def test_deprivation_of_other_boundaries_is_not_shown(publisher: Publisher, town: Settings) -> None:
    assert publisher.url
    settings = read_settings()
    with pytest.raises(InputError, match="fetch-deprivation"):
        list_deprivation(settings)
    fetch_deprivation(settings, client=quick(settings))
    (settings.boundaries_home / "boundaries.parquet").unlink()
    assert read_deprivation(settings, read_active(town)) is None
    (settings.boundaries_home / "deprivation.json").write_text("{", encoding="utf-8")
    with pytest.raises(StoreError, match="fetch it again"):
        read_deprivation(settings, read_active(town))


def test_deprivation_outlives_other_residents_and_not_other_outlines(publisher: Publisher, town: Settings) -> None:
    assert publisher.url
    settings = read_settings()
    fetch_deprivation(settings, client=quick(settings))
    active = read_active(town)
    assert read_deprivation(settings, replace(active, population=active.population + 1)) is not None
    geometry = active.geometry.copy()
    geometry[0] = geometry[0].buffer(10)
    with pytest.raises(StoreError, match=r"for other outlines than those of .*fetch it again"):
        read_deprivation(settings, replace(active, geometry=geometry))


def test_a_service_without_residents_or_deciles_is_used_all_the_same(publisher: Publisher, town: Settings) -> None:
    for one in publisher.features["IMD_2019"]["features"]:
        del one["properties"]["TotPop"], one["properties"]["IMDDec0"]
    settings = read_settings()
    report = fetch_deprivation(settings, client=quick(settings))
    found = read_deprivation(settings, read_active(town))
    assert found is not None
    assert found.by_code["W3"].score == pytest.approx(20, rel=1e-3)
    assert math.isnan(found.by_code["W3"].most_deprived)
    assert report.residents == 0
    assert "residents of" not in report.to_text()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault("status", status=429, headers={"Retry-After": "0"}, times=2), ""),
        (Fault("status", status=500, times=2), ""),
        (Fault("cut", path="nomis", times=2), ""),
        (Fault("type", path="nomis", times=99), "instead of text/csv"),
        (Fault("status", path="nomis", status=500, times=99), "answers with error 500"),
        (Fault("truncate", path="query", times=99), "cut short"),
        (Fault("truncate", path="nomis", times=99), "cut short|does not answer|and then none"),
    ],
    ids=lambda value: f"{value.kind}-{value.status}-{value.times}" if isinstance(value, Fault) else "",
)
def test_faults_end_in_success_or_one_sentence_with_the_old_residents(
    publisher: Publisher, town: Settings, fault: Fault, words: str
) -> None:
    settings = read_settings()
    before = read_active(town).version
    publisher.faults = [fault]
    if not words:
        fetch_population(settings, client=quick(settings))
        assert read_active(settings).version != before
        return
    with pytest.raises(FetchError, match=words) as caught:
        fetch_population(settings, client=quick(settings, tries=2))
    assert "\n" not in str(caught.value)
    assert read_active(settings).version == before


def test_a_deprivation_service_that_is_no_longer_itself_is_one_sentence(publisher: Publisher, town: Settings) -> None:
    settings = read_settings()
    publisher.features["IMD_2019"] = {"features": [feature("E01000000", name="only")]}
    with pytest.raises(FetchError, match="carries no LSOA code and score"):
        fetch_deprivation(settings, client=quick(settings))
    publisher.features["IMD_2019"] = {"features": []}
    with pytest.raises(FetchError, match="cover England only"):
        fetch_deprivation(settings, client=quick(settings))
    assert read_deprivation(settings, read_active(town)) is None
