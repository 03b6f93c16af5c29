"""The data commands, run as a user runs them: what they print, their exit codes, and one sentence when they cannot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner, Result

from hotspots.cli import main as whole
from hotspots.cli_data import DATA_COMMANDS
from hotspots.pipeline.load import ingest
from hotspots.settings import read_settings
from hotspots.store.incidents import IncidentStore
from tests.pipeline.conftest import centre
from tests.pipeline.test_fetch import members_of, months_between
from tests.police_uk_files import month_csv, write_month
from tests.sources.fetch_server import Fault, Publisher, serve_publisher, write_archive
from tests.sources.test_extracts import own_rows, write_csv

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(*words: str | Path) -> Result:
    main = click.Group(name="hotspots", commands={command.name or "": command for command in DATA_COMMANDS})
    main.__class__ = type(whole)  # its errors are one line and exit code 2
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def publisher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    with serve_publisher() as publisher:
        monkeypatch.setenv("HOTSPOTS_POLICE_UK", publisher.url)
        members = members_of(months_between("2022-01", "2022-03"))
        publisher.offer_archive("2022-03", write_archive(tmp_path / "a.zip", members, padding=10_000))
        yield publisher


def test_fetch_refresh_versions_and_rollback(publisher: Publisher, tmp_path: Path) -> None:
    fetched = run("fetch", "--force", "northumbria", "--from", "2022-01", "--to", "2022-03")
    assert fetched.exit_code == 0, fetched.output
    assert "Fetched 9 files" in fetched.stdout
    first = IncidentStore(read_settings().incidents_home).data_version
    members = members_of(months_between("2022-01", "2022-04"))
    members["2022-02/2022-02-northumbria-street.csv"] = month_csv("2022-02", 43)
    publisher.offer_archive("2022-04", write_archive(tmp_path / "b.zip", members))
    report = json.loads(run("refresh", "--json").stdout)
    assert [(item["month"], item["change"]) for item in report["difference"]["months"]] == [
        ("2022-02", "revised"), ("2022-04", "new"),
    ]  # fmt: skip
    listed = json.loads(run("versions", "--json").stdout)["versions"]
    assert [item["number"] for item in listed] == [2, 1]
    assert "in force" in run("versions").stdout.splitlines()[0]
    assert "February 2022 of northumbria: revised, 40 to 43 rows" in run("versions", "1", "2").stdout
    back = run("rollback")
    assert back.exit_code == 0
    assert f"to {first}" in back.stdout
    assert IncidentStore(read_settings().incidents_home).data_version == first


def test_the_list_of_forces_is_searched(publisher: Publisher) -> None:
    assert publisher.url
    assert "durham" in run("fetch", "--list").stdout
    assert "durham" not in run("fetch", "--list", "--force", "north").stdout
    document = json.loads(run("fetch", "--list", "--json").stdout)
    assert document["forces"]["btp"]["months"] == ["2022-01", "2022-02", "2022-03"]
    assert run("fetch", "--list", "--force", "mars").exit_code == 2


def crime(number: int, ward: str) -> dict[str, object]:
    lon, lat = centre(ward)
    return {
        "category": "burglary", "persistent_id": f"{number:064x}", "location_type": "Force", "id": number,
        "location": {"latitude": str(lat), "longitude": str(lon), "street": {"id": 1, "name": "On or near X"}},
        "outcome_status": {"category": "Under investigation", "date": "2022-02"} if number % 2 else None,
        "context": "", "month": "2022-02", "location_subtype": "",
    }  # fmt: skip


def test_an_area_is_fetched_from_the_api_in_parts_when_it_is_too_much(publisher: Publisher, tmp_path: Path) -> None:
    wards = [ward for ward in ("W1", "W2", "W3", "W4") for _ in range(6)]
    publisher.crimes["2022-02"] = [crime(number, ward) for number, ward in enumerate(wards, start=1)]
    publisher.crimes["2022-02"].append(crime(99, "W1") | {"location": {
        "latitude": "51.5", "longitude": "-0.1", "street": {"id": 1, "name": "London"}}})  # fmt: skip
    publisher.documents["/api/crimes-street-dates"] = [{"date": "2022-03"}, {"date": "2022-02"}]
    publisher.most_crimes = 7
    west, south = centre("W1", -400, -400)
    east, north = centre("W4", 1400, 1400)
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    area = tmp_path / "town.geojson"
    feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    area.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    done = run("fetch", "--polygon", area, "--name", "Our town", "--from", "2022-02", "--to", "2022-05", "--json")
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert report["crimes"] == {"2022-02": 24, "2022-03": 0}
    assert report["unpublished"] == ["2022-04", "2022-05"]
    assert IncidentStore(read_settings().incidents_home).coverage().by_force.keys() == {"our-town"}
    refused = run("fetch", "--polygon", area, "--name", "Northumbria", "--from", "2022-02")
    assert refused.exit_code == 2
    assert "not a force's" in refused.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("fetch",), "No force is named"),
        (("fetch", "--force", "mars", "--from", "2022-01"), "There is no force called “mars”"),
        (("fetch", "--force", "durham", "--from", "soon"), "is not a month"),
        (("refresh",), "hotspots fetch"),
        (("rollback",), "no earlier version"),
        (("rollback", "abcdef"), "No version “abcdef” is kept"),
        (("versions", "1"), "two versions"),
        (("outcomes",), "No crimes with Crime IDs are loaded"),
        (("extract", "load", "nowhere.csv"), "cannot be read"),
        (("extract", "check", "sqlite:///:memory:", "--query", "SELECT 1 AS a"), "--name"),
        (("extract", "use", "nobody"), "loaded source"),
        (("records", "nowhere"), "does not exist"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_done_is_one_sentence(publisher: Publisher, words: tuple[str, ...], sentence: str) -> None:
    assert publisher.url
    result = run(*words)
    assert result.exit_code == 2, result.output
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.output


def test_a_publisher_that_is_down_is_one_sentence(publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    publisher.faults = [Fault("status", status=403, times=9)]
    result = run("fetch", "--force", "durham")
    assert result.exit_code == 2
    assert result.stderr.startswith("hotspots: 127.0.0.1 refuses")


def test_outcomes_searches_and_alerts_are_told(tmp_path: Path) -> None:
    for name, data in members_of(months_between("2022-01", "2022-05"), ("northumbria",)).items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    ingest([tmp_path], settings=read_settings())
    assert "10 outcomes and 15 stop and search" in run("records", tmp_path).stdout
    assert "Burglary" in run("outcomes").stdout
    assert json.loads(run("outcomes", "--by", "area", "--json").stdout)
    table = run("searches").stdout.splitlines()
    assert table[0] == "area_code,area_name,month,searches,found"
    assert len(table) == 6
    assert run("alerts").stdout.strip() == "Nothing looks wrong."
    write_month(tmp_path, "2022-03", 4)
    ingest([tmp_path / "2022-03"], settings=read_settings())
    assert json.loads(run("alerts", "--json").stdout)["alerts"][0]["kind"] == "low"


def test_an_extract_is_checked_loaded_listed_and_chosen(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "Niche export.csv", own_rows(60))
    checked = run("extract", "check", path, "--type", "wildlife=Other crime")
    assert "Nothing is stored yet" in checked.stdout
    assert "Wildlife → Other crime" in checked.stdout
    assert "No mapping is saved" in run("extract", "list").stdout
    loaded = run("extract", "load", path, "--type", "wildlife=Other crime", "--json")
    assert loaded.exit_code == 0, loaded.output
    assert json.loads(loaded.stdout)["report"]["rows_kept"] == 60
    assert "niche-export" in run("extract", "list").stdout
    write_month(tmp_path / "p", "2022-02", 10)
    ingest([tmp_path / "p"], settings=read_settings())
    assert "Set aside: niche-export" in run("extract", "use", "northumbria").stdout
    again = run("extract", "load", path)
    assert "Set aside, so that no crime counts twice: northumbria" in again.stdout


def test_an_empty_path_is_not_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_month(tmp_path, "2022-02", 10)
    monkeypatch.chdir(tmp_path)
    for command in ("ingest", "records"):
        result = CliRunner().invoke(whole, [command, ""])
        assert result.exit_code == 2
        assert "One of the paths is empty" in result.stderr
    assert not IncidentStore(read_settings().incidents_home).coverage().by_force


def test_a_header_alone_loads_nothing_and_has_no_version(tmp_path: Path) -> None:
    path = tmp_path / "2022-02-northumbria-street.csv"
    path.write_bytes(month_csv("2022-02", 0))
    result = CliRunner().invoke(whole, ["ingest", str(path)])
    assert result.exit_code == 0
    assert "It holds no rows; its month stays unknown." in result.stdout
    assert result.stdout.endswith("No month is loaded.\n")
    assert json.loads(CliRunner().invoke(whole, ["ingest", str(path), "--json"]).stdout)["data_version"] is None
