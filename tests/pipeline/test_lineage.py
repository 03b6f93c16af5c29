"""What differs between versions adds up, going back restores identical scores, and a refresh says what changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotspots.errors import InputError
from hotspots.months import parse_month
from hotspots.pipeline.lineage import (
    compare_versions,
    describe_versions,
    find_version,
    list_source_files,
    list_versions,
    roll_back,
)
from hotspots.pipeline.load import ingest
from hotspots.pipeline.score import score
from hotspots.pipeline.world import open_world
from hotspots.query import Query
from hotspots.settings import Settings, read_settings
from hotspots.store.incidents import IncidentStore
from tests.pipeline.conftest import centre, town_rows, write_month
from tests.police_uk_files import row, street_csv


def revise(settings: Settings, folder: Path) -> None:
    """Publish February 2020 again: a burglary moves, one is new, one theft is gone, one outcome is decided."""
    rows = town_rows("2020-02")
    burglaries = [place for place, row in enumerate(rows) if row[0] == "Burglary" and row[1] != ""]
    rows[burglaries[0]] = ("Burglary", *centre("W2"), "")
    rows[burglaries[1]] = (*rows[burglaries[1]][:3], "Local resolution")
    thefts = [place for place, row in enumerate(rows) if row[0] == "Other theft"]
    rows[thefts[-1]] = ("Anti-social behaviour", *centre("W3"), "")
    rows.append(("Burglary", *centre("W4"), ""))
    ingest([write_month(folder, "2020-02", rows)], settings=settings)


def test_the_difference_of_a_revised_month_adds_up(town: Settings, tmp_path: Path) -> None:
    store = IncidentStore(town.incidents_home)
    before = store.open_read()
    revise(town, tmp_path / "revised")
    difference = compare_versions(town, before, store.open_read())
    [month] = difference.months
    assert (month.force, month.month, month.change) == ("madeup", parse_month("2020-02"), "revised")
    assert month.rows_before + month.added - month.removed == month.rows_after
    # The town's crimes carry no usable number, so a row that changed is one removed and one added.
    assert (month.added, month.removed, month.revised) == (4, 3, 0)
    areas = difference.areas.set_index("code")
    assert (areas["after"] - areas["before"]).to_dict() == {"W1": -1, "W3": 1, "W4": 1}
    assert int((areas["after"] - areas["before"]).sum()) == month.rows_after - month.rows_before
    text = difference.to_text()
    assert "February 2020 of madeup: revised" in text
    assert "(4 added, 3 removed, 0 revised)" in text
    assert difference.to_json()["months"][0]["month"] == "2020-02"


def test_rows_of_one_crime_number_are_revised_not_replaced(home: Path, tmp_path: Path) -> None:
    settings = read_settings()
    rows = [row(number) for number in range(1, 11)] + [row(0), row(0)]
    path = tmp_path / "2022-02-northumbria-street.csv"
    path.write_bytes(street_csv(rows))
    ingest([path], settings=settings)
    store = IncidentStore(settings.incidents_home)
    before = store.open_read()
    rows[0] = row(1, last_outcome_category="Local resolution")
    rows[1] = row(2, crime_type="Robbery")
    rows[2] = row(3, longitude="-1.7")
    del rows[9]
    path.write_bytes(street_csv([*rows, row(0), row(50), row(51)]))
    ingest([path], settings=settings)
    [month] = compare_versions(settings, before, store.open_read()).months
    assert (month.rows_before, month.rows_after) == (12, 14)
    assert (month.added, month.removed, month.revised) == (3, 1, 3)


def test_nothing_differs_from_itself(town: Settings) -> None:
    manifest = IncidentStore(town.incidents_home).open_read()
    difference = compare_versions(town, manifest, manifest)
    assert difference.months == ()
    assert "Nothing differs" in difference.to_text()


def test_going_back_restores_identical_scores(town: Settings, tmp_path: Path) -> None:
    before = score(open_world(town), Query()).table
    old = IncidentStore(town.incidents_home).data_version
    revise(town, tmp_path / "revised")
    assert not score(open_world(town), Query()).table.equals(before)
    difference = roll_back(town)
    assert difference.after == old == IncidentStore(town.incidents_home).data_version
    assert score(open_world(town), Query()).table.equals(before)
    forth = roll_back(town)
    assert forth.before == old
    assert (forth.months[0].added, forth.months[0].removed) == (
        difference.months[0].removed,
        difference.months[0].added,
    )
    assert roll_back(town, old[:6]).after == old


def test_versions_are_found_by_what_pictures_carry(town: Settings, tmp_path: Path) -> None:
    revise(town, tmp_path / "revised")
    newest, oldest = list_versions(town)[:2]
    assert find_version(town, newest.manifest.data_version[:4]) == newest
    assert find_version(town, str(oldest.manifest.sequence)) == oldest
    with pytest.raises(InputError, match="those that are: 2"):
        find_version(town, "zzzz")
    described = describe_versions(town)
    assert [item["number"] for item in described] == [2, 1]
    assert described[0]["incidents"] == described[1]["incidents"] + 1


def test_without_an_earlier_version_there_is_nothing_to_go_back_to(town: Settings) -> None:
    with pytest.raises(InputError, match="no earlier version"):
        roll_back(town)


def test_a_source_that_is_set_aside_is_a_difference(town: Settings) -> None:
    store = IncidentStore(town.incidents_home)
    before = store.open_read()
    with store.begin() as load:
        load.set_aside(["madeup"])
    difference = compare_versions(town, before, store.open_read())
    assert {item.change for item in difference.months} == {"set aside"}
    assert all(item.rows_after == 0 and item.removed == item.rows_before for item in difference.months)
    back = compare_versions(town, store.open_read(), before)
    assert {item.change for item in back.months} == {"counted again"}


def test_source_files_are_listed_without_the_folders_of_this_computer(town: Settings) -> None:
    files = list_source_files(town)
    assert [item["file"] for item in files][:2] == ["2020-01-madeup-street.csv", "2020-02-madeup-street.csv"]
    assert all(len(item["sha256"]) == 64 for item in files)
    assert sum(item["rows_kept"] for item in files) == sum(
        item.rows for item in IncidentStore(town.incidents_home).files()
    )
