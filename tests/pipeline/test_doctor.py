"""The doctor says what is loaded and what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path

from hotspots.pipeline.coverage import import_boundaries
from hotspots.pipeline.doctor import examine
from hotspots.pipeline.load import ingest
from hotspots.settings import Settings, read_settings

from .conftest import write_month, write_wards


def test_the_town_is_examined(town: Settings) -> None:
    report = examine(town)
    document = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert document["embedded"] is False
    assert document["incidents"] == {"in_areas": 135 + 60 + 48 + 6, "outside_areas": 6, "without_location": 12}
    (force,) = document["forces"]
    assert force["force"] == "madeup"
    assert "2020-03" in force["months_missing"]
    assert force["by_month"][0] == {"month": "2020-01", "incidents": 52, "located": 50}
    assert any("not loaded; unknown, not zero" in finding for finding in document["findings"])


def test_a_month_far_below_the_usual_and_missing_locations_are_found(town: Settings, tmp_path: Path) -> None:
    thin = tmp_path / "thin"
    write_month(thin, "2021-05", [("Burglary", "", "", "")] * 17)
    ingest([thin], settings=town)
    findings = " ".join(examine(town).findings)
    assert "May 2021 under half the usual" in findings
    assert "of incidents carry a location" in findings


def test_the_examination_reads_as_text(town: Settings) -> None:
    report = examine(town)
    assert "madeup" in report.to_text()


def test_the_embedded_extract_is_examined() -> None:
    document = examine(read_settings()).to_json()
    assert document["embedded"] is True
    assert document["boundaries"]["areas"] == 177
    assert sum(document["incidents"].values()) == 524_070
    assert "January 2022" in " ".join(document["findings"])


def test_incidents_of_another_place_are_diagnosed_not_refused(tmp_path: Path) -> None:
    write_month(tmp_path / "raw", "2020-01", [("Burglary", 0.1, 51.5, "")] * 3)
    ingest([tmp_path / "raw"], settings=read_settings())
    report = examine(read_settings())
    document = report.to_json()
    assert document["findings"][0].startswith("No loaded incident lies inside the areas")
    assert document["boundaries"] is None
    assert document["incidents"] == {"in_areas": 0, "outside_areas": 3, "without_location": 0}
    assert document["forces"][0]["in_use"] is False
    assert "outside the boundaries in use" in report.to_text()


def test_wards_without_residents_are_found(town: Settings, tmp_path: Path) -> None:
    import_boundaries(write_wards(tmp_path), settings=town, code="code", name="name")
    assert any("4 of 4 areas have no known residents" in finding for finding in examine(town).findings)


def test_the_doctor_tells_alerts_files_and_versions_as_the_data_page_does(town: Settings) -> None:
    document = examine(town).to_json()
    missing = [alert["month"] for alert in document["alerts"] if alert["kind"] == "missing"]
    assert missing == ["2020-03", *(f"2020-{month:02d}" for month in range(5, 13)), "2021-03"]
    assert len(document["files"]) == 6
    assert [version["data_version"] for version in document["versions"]] == [document["data_version"]]
