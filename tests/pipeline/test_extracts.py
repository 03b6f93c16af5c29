"""An extract is tried before it is loaded, its mapping kept, and no crime counted twice without being asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hotspots.errors import InputError, UnknownNameError
from hotspots.months import parse_month
from hotspots.pipeline.extracts import (
    Trial,
    list_mappings,
    load_extract,
    open_table,
    plan_mapping,
    read_mapping,
    try_extract,
    use_sources,
)
from hotspots.pipeline.load import ingest
from hotspots.pipeline.score import score
from hotspots.pipeline.world import open_world
from hotspots.query import Query
from hotspots.settings import Settings, read_settings
from hotspots.store.incidents import IncidentStore
from tests.police_uk_files import crime_id, write_month
from tests.sources.test_extracts import HEADING, own_rows, write_csv, write_excel


def attempt(settings: Settings, path: Path, name: str = "Niche crimes", **options: object) -> Trial:
    table = open_table(settings, path)
    return try_extract(settings, table, plan_mapping(settings, table, name=name, **options))


def test_an_excel_export_is_scored_as_it_stands(home: Path, tmp_path: Path) -> None:
    settings = read_settings()
    trial = attempt(settings, write_excel(tmp_path / "e.xlsx", own_rows(200)))
    assert not IncidentStore(settings.incidents_home).coverage().by_force, "a trial stores nothing"
    assert dict(trial.unweighed) == {"Wildlife": 40}
    text = trial.to_text()
    for words in (
        "Committed From to Committed To (day first)",
        "TWOC → Vehicle crime",
        "No harm is known for “Wildlife”",
    ):
        assert words in text
    trial = attempt(settings, tmp_path / "e.xlsx", types={"wildlife": "Other crime"})
    assert not trial.unweighed
    loaded = load_extract(settings, trial)
    world = open_world(settings)
    assert world.data_version == loaded.data_version
    assert world.forces == ("niche-crimes",)
    assert score(world, Query()).table["incidents"].sum() > 0
    assert home.is_dir()


def test_a_mapping_is_kept_and_used_again(tmp_path: Path) -> None:
    settings = read_settings()
    rows = own_rows(50)
    heading = ["Ref", "When", "Till", "What", "E", "N", "Beat", "Disp"]
    path = write_csv(tmp_path / "odd.csv", rows, heading)
    first = attempt(settings, path, columns={"x": "E", "y": "N", "id": "Ref"}, types={"Wildlife": "Other crime"})
    assert first.mapping.coordinates == "bng"
    load_extract(settings, first)
    assert read_mapping(settings, "Niche crimes") == first.mapping
    assert [mapping.code for mapping in list_mappings(settings)] == ["niche-crimes"]
    rows[0][3] = "PWITS"
    again = attempt(settings, write_csv(tmp_path / "later.csv", rows, heading))
    assert (again.mapping.x, again.mapping.id) == ("E", "Ref")
    assert again.mapping.types["Wildlife"] == "Other crime"
    assert again.mapping.types["PWITS"] == "Drugs", "a new word is guessed beside the saved ones"
    load_extract(settings, again)
    assert IncidentStore(settings.incidents_home).coverage().by_force == {
        "niche-crimes": (parse_month("2022-01"), parse_month("2022-02"))
    }
    (settings.extracts_home / "niche-crimes.json").write_text("[]")
    with pytest.raises(InputError, match="not a column mapping"):
        read_mapping(settings, "niche crimes")


def test_sources_that_overlap_are_reported_and_not_counted_twice(tmp_path: Path) -> None:
    settings = read_settings()
    write_month(tmp_path / "p", "2022-02", 100)
    write_month(tmp_path / "p", "2022-03", 100)
    ingest([tmp_path / "p"], settings=settings)
    rows = own_rows(40)
    rows[1][0] = crime_id(2022_02_000)
    rows[3][0] = crime_id(2022_02_000 + 1)
    trial = attempt(settings, write_csv(tmp_path / "c.csv", rows))
    [overlap] = trial.overlaps
    assert (overlap.source, overlap.months, overlap.rows, overlap.other_rows) == (
        "northumbria", (parse_month("2022-02"),), 20, 100,
    )  # fmt: skip
    assert overlap.same_ids == 2
    done = load_extract(settings, trial)
    assert done.set_aside == ("northumbria",)
    store = IncidentStore(settings.incidents_home)
    assert len(store.read().n) == 40
    use_sources(settings, ["northumbria"])
    assert len(store.read().n) == 200
    use_sources(settings, ["northumbria", "Niche crimes"])
    assert len(store.read().n) == 240
    with pytest.raises(UnknownNameError):
        use_sources(settings, ["nowhere"])
    assert load_extract(settings, trial, with_others=True).set_aside == ()
    assert json.loads(json.dumps(trial.to_json()))["overlaps"][0]["months"] == ["2022-02"]


def test_names_that_would_do_harm_are_refused(tmp_path: Path) -> None:
    settings = read_settings()
    path = write_csv(tmp_path / "c.csv", own_rows(10), HEADING)
    with pytest.raises(InputError, match=r"police\.uk's own data"):
        attempt(settings, path, name="Northumbria")
    with pytest.raises(UnknownNameError):
        attempt(settings, path, columns={"colour": "Beat"})
    assert not IncidentStore(settings.incidents_home).coverage().by_force
