"""Outcomes join by Crime ID, searches are counted where they were made, and a load changes nothing twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hotspots.errors import InputError
from hotspots.months import parse_month
from hotspots.pipeline.load import ingest
from hotspots.pipeline.records import count_searches, describe_outcomes, join_outcomes, load_records, rate_outcomes
from hotspots.settings import Settings, read_settings
from hotspots.store.boundaries import read_active
from hotspots.store.records import RecordStore
from tests.pipeline.conftest import centre
from tests.pipeline.test_fetch import SEARCH_HEADER
from tests.police_uk_files import OUTCOMES_HEADER, crime_id, row, street_csv


def outcome(number: int, month: str, text: str) -> str:
    return f"{crime_id(number)},{month},Madeup Police,F,,,On,,,{text}"


def write_outcomes(folder: Path, month: str, lines: list[str]) -> Path:
    path = folder / f"{month}-madeup-outcomes.csv"
    path.write_text("\r\n".join([OUTCOMES_HEADER, *lines, ""]))
    return path


@pytest.fixture
def crimes(town: Settings, tmp_path: Path) -> Settings:
    """Ten burglaries of January 2020 in ward 1, and two unlocated ones; the town's own months are replaced."""
    lon, lat = centre("W1")
    place = {"longitude": str(lon), "latitude": str(lat), "reported_by": "Madeup Police", "month": "2020-01"}
    rows = [row(number, **place) for number in range(1, 11)]
    rows += [row(number, **{**place, "longitude": "", "latitude": ""}) for number in (11, 12)]
    path = tmp_path / "2020-01-madeup-street.csv"
    path.write_bytes(street_csv(rows))
    ingest([path], settings=town)
    return town


def test_outcomes_join_by_crime_id(crimes: Settings, tmp_path: Path) -> None:
    first = write_outcomes(
        tmp_path,
        "2020-02",
        [outcome(1, "2020-02", "Suspect charged"), outcome(2, "2020-02", "Local resolution"),
         outcome(3, "2020-02", "Investigation complete; no suspect identified"),
         outcome(99, "2020-02", "Local resolution"), ",2020-02,Madeup Police,F,,,On,,,Local resolution"],
    )  # fmt: skip
    second = write_outcomes(tmp_path, "2020-06", [outcome(1, "2020-06", "Unable to prosecute suspect")])
    report = load_records([first, second], settings=crimes)
    assert report.outcomes == 5
    assert report.files[0].rejected[0].reason == "the Crime ID is empty"
    boundaries = read_active(crimes)
    joined = join_outcomes(crimes, boundaries)
    january = joined.loc[(joined["month"] == parse_month("2020-01")) & (joined["crime_type"] == "Burglary")]
    assert len(january) == 12
    assert (january["area"] == -1).sum() == 2
    table = rate_outcomes(january, "crime_type").loc["Burglary"]
    # The charge of crime 1 came to nothing in June, but it took one month to come.
    assert (table["crimes"], table["with_outcome"], table["positive"]) == (12, 3, 1)
    assert table["rate"] == pytest.approx(1 / 12)
    assert table["months_taken"] == 1
    # Wilson's interval of 1 in 12, as R's prop.test gives it without correction.
    assert (table["low"], table["high"]) == (pytest.approx(0.014867, abs=1e-5), pytest.approx(0.353880, abs=1e-5))
    by_type = describe_outcomes(crimes, by="type").set_index("name")
    assert by_type.loc["Burglary", "positive"] == 1
    by_area = describe_outcomes(crimes, by="area").set_index("code")
    assert by_area.loc["W1", "with_outcome"] == 3


def test_without_outcomes_the_question_is_not_answered(crimes: Settings) -> None:
    with pytest.raises(InputError, match="No outcome is loaded"):
        describe_outcomes(crimes, by="type")


def test_searches_are_counted_by_ward_and_month_and_nobody_described(town: Settings, tmp_path: Path) -> None:
    header = f"{SEARCH_HEADER},Gender,Age range"
    lines = []
    for ward, result in (("W1", "Arrest"), ("W1", "A no further action disposal"), ("W2", ""), ("", "Caution")):
        lon, lat = centre(ward) if ward else ("", "")
        lines.append(f"Person search,2020-02-03T10:00:00+00:00,{lat},{lon},Act,Drugs,{result},Male,18-24")
    path = tmp_path / "2020-02-madeup-stop-and-search.csv"
    path.write_text("\r\n".join([header, *lines, ""]))
    report = load_records([path], settings=town)
    assert report.searches == 4
    assert report.files[0].rows_without_location == 1
    stored = RecordStore(town.searches_home).read()
    assert not {"gender", "age range", "Gender"} & set(stored.columns)
    counted = count_searches(town, read_active(town))
    assert counted[["area_code", "searches", "found"]].to_numpy().tolist() == [["", 1, 1], ["W1", 2, 1], ["W2", 1, 0]]
    assert set(counted["month"]) == {"2020-02"}


def test_loading_twice_changes_nothing_and_a_revision_replaces(town: Settings, tmp_path: Path) -> None:
    path = write_outcomes(tmp_path, "2020-02", [outcome(n, "2020-02", "Local resolution") for n in range(5)])
    load_records([path], settings=town)
    store = RecordStore(town.outcomes_home)
    before = store.open_read()
    load_records([path], settings=town)
    assert store.open_read() == before
    write_outcomes(tmp_path, "2020-02", [outcome(n, "2020-02", "Offender fined") for n in range(3)])
    load_records([path], settings=town)
    assert store.read()["outcome"].tolist() == ["Offender fined"] * 3


def test_files_that_cannot_be_are_one_sentence(town: Settings, tmp_path: Path) -> None:
    bad = write_outcomes(tmp_path, "2020-02", [outcome(n, "soon", "Local resolution") for n in range(5)])
    with pytest.raises(InputError, match=r"5 of 5 rows cannot be used.*not a year and month"):
        load_records([bad], settings=town)
    nameless = tmp_path / "searches.csv"
    nameless.write_text(f"{SEARCH_HEADER}\r\nPerson search,2020-02-03,54.9,-1.6,Act,Drugs,Arrest\r\n")
    with pytest.raises(InputError, match="which force searched"):
        load_records([nameless], settings=town)
    assert not RecordStore(town.outcomes_home).open_read().months


@pytest.mark.real_data
def test_real_outcomes_meet_their_crimes(real_data: Path) -> None:
    settings = read_settings()
    folders = [real_data / "crime" / "northumbria" / month for month in ("2022-03", "2022-04", "2022-05")]
    ingest(folders, settings=settings)
    report = load_records([path for folder in folders for path in folder.glob("*.csv") if "street" not in path.name],
                          settings=settings)  # fmt: skip
    assert report.outcomes > 15_000
    assert report.searches > 500
    joined = join_outcomes(settings, read_active(settings))
    march = joined.loc[joined["month"] == parse_month("2022-03")]
    assert 0.5 < (march["outcome"] != "").mean() < 1
    rates = rate_outcomes(march, "crime_type")
    assert (rates["low"] <= rates["rate"]).all()
    assert (rates["rate"] <= rates["high"]).all()
    assert rates.loc["Burglary", "rate"] < rates.loc["Drugs", "rate"]
    assert np.isfinite(rates["months_taken"]).all()
