"""Stop searches of police.uk in an operation's area: counted by hand, unknown where not loaded, in no sum."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from click.testing import CliRunner

from hotspots import crs
from hotspots.cli import main
from hotspots.months import parse_month
from hotspots.pipeline.derived_searches import DerivedSearches, derive_searches
from hotspots.pipeline.operation_entry import build_operation, build_window
from hotspots.pipeline.operation_summary import summarise_operation
from hotspots.pipeline.records import load_records
from hotspots.settings import Settings
from hotspots.store.ledger import ActivityFilter, list_activities
from tests.pipeline.conftest import SIDE, SOUTH, WEST, centre
from tests.pipeline.ledgers import KINDS, enter_activity, enter_operation, open_at
from tests.pipeline.test_fetch import SEARCH_HEADER


def load_searches(settings: Settings, folder: Path, month: str, wards: list[str], force: str = "madeup") -> None:
    """Load one month of a force's searches, one in the middle of each ward named; without location for an empty one."""
    lines = []
    for ward in wards:
        lon, lat = centre(ward) if ward else ("", "")
        lines.append(f"Person search,{month}-03T10:00:00+00:00,{lat},{lon},Act,Drugs,Arrest")
    path = folder / f"{month}-{force}-stop-and-search.csv"
    path.write_text("\r\n".join([SEARCH_HEADER, *lines, ""]))
    load_records([path], settings=settings)


def derive(settings: Settings, **fields: Any) -> DerivedSearches:
    values = {"name": "Tyne", "code": "tyne", "ward_codes": "", "area_code": "", "started": "2020-02"}
    operation = build_operation(values | fields)
    return derive_searches(settings, operation, [])


@pytest.fixture
def searched(town: Settings, tmp_path: Path) -> Settings:
    """Load searches of January, February and April 2020, March missing; another force searched in ward 1 only."""
    load_searches(town, tmp_path, "2020-01", ["W3"] * 4)
    load_searches(town, tmp_path, "2020-02", ["W3", "W4", "W1", ""])
    load_searches(town, tmp_path, "2020-04", ["W1"])
    load_searches(town, tmp_path, "2020-02", ["W1"] * 7, force="elsewhere")
    return town


def test_counts_are_of_the_areas_wards_by_month(searched: Settings) -> None:
    found = derive(searched, area_code="north")
    assert [(one["month"], one["quantity"]) for one in found.to_json()] == [
        ("2020-01", 4),
        ("2020-02", 2),
        ("2020-04", 0),
    ]
    assert found.to_json()[0] == {
        "kind": "stop-searches",
        "month": "2020-01",
        "quantity": 4,
        "unit": "count",
        "source": "police.uk stop and search, madeup",
    }
    assert found.forces[0].unlocated == 1
    assert found.advice == ""


def test_a_strip_tells_what_is_known_and_what_is_not(searched: Settings) -> None:
    (strip,) = derive(searched, area_code="north").describe()
    assert strip.text == (
        "Stop searches in the area, from police.uk: 2 in 2 months since the operation began; derived, not records."
    )
    assert "loaded: February 2020 and April 2020." in strip.detail
    assert "Not loaded, so unknown: March 2020." in strip.detail
    assert "Before it began: 4 in 1 month (January 2020)." in strip.detail
    assert "1 of the force's searches have no location" in strip.detail
    (later,) = derive(searched, area_code="north", started="2021-01").describe()
    assert "unknown since the operation began" in later.text
    (whole,) = derive(searched, area_code="north", started="").describe()
    assert "6 in 3 months;" in whole.text


def test_each_force_that_searched_there_stands_for_itself(searched: Settings) -> None:
    found = derive(searched, area_code="first")
    assert [(one.force, one.counts) for one in found.forces] == [("elsewhere", (7,)), ("madeup", (0, 1, 1))]
    assert len(found.describe()) == 2


def test_a_drawn_area_counts_the_places_inside(searched: Settings) -> None:
    west_half = shapely.box(WEST + 100, SOUTH + SIDE + 100, WEST + SIDE - 100, SOUTH + 2 * SIDE - 100)
    polygon = shapely.to_geojson(crs.geometry_to_wgs84(np.array([west_half], dtype=object))[0])
    found = derive(searched, polygon=polygon, area_name="Drawn")
    assert found.forces[0].counts == (4, 1, 0), "ward 3 only"


def test_without_searches_nothing_is_shown_but_how_to_load_them(town: Settings, tmp_path: Path) -> None:
    nothing = derive(town, area_code="north")
    assert (nothing.to_json(), nothing.describe()) == ([], ())
    assert "“hotspots fetch” brings them, or “hotspots records FILES”" in nothing.advice
    load_searches(town, tmp_path, "2020-02", ["W1"])
    assert "none was in" in derive(town, area_code="north").advice
    assert "not among the boundaries" in derive(town, ward_codes=["E05009126"], area_name="Hirst").advice


def test_the_first_actual_phase_tells_when_an_operation_without_a_date_began(searched: Settings) -> None:
    operation = build_operation({"name": "Tyne", "code": "tyne", "area_code": "north"})
    windows = [
        build_window("tyne", {"phase": "clear", "start": "April 2020"}),
        build_window("tyne", {"phase": "hold", "planned_start": "January 2020"}),
    ]
    assert derive_searches(searched, operation, windows).began == parse_month("2020-04")


def test_derived_counts_are_in_no_metric_and_not_in_the_ledger(searched: Settings) -> None:
    ledger = open_at()
    enter_operation(ledger, area_code="north", clear="1 February 2020")
    enter_activity(ledger, kind="stop-searches", quantity="11", date="5 February 2020")
    before = summarise_operation(ledger, KINDS, "tyne").to_json()
    assert before["derived"] == []
    ledger.close()
    result = CliRunner().invoke(main, ["ops", "summary", "--operation", "tyne", "--json"])
    assert result.exit_code == 0, result.output
    summary = json.loads(result.stdout)
    assert [one["quantity"] for one in summary["derived"]] == [4, 2, 0]
    assert summary["metrics"] == before["metrics"]
    assert [one["quantity"] for one in summary["metrics"]] == [11]
    text = CliRunner().invoke(main, ["ops", "summary", "--operation", "tyne"]).stdout
    assert "2 in 2 months since the operation began; derived, not records." in text
    again = open_at()
    assert len(list_activities(again, ActivityFilter())[0]) == 1
    again.close()
