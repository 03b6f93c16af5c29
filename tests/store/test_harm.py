"""Harm weights cover every published type, and a table that leaves one out or misspells it is refused."""

from __future__ import annotations

import csv
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from hotspots.errors import InputError
from hotspots.settings import EMBEDDED_HARM, Settings, read_settings
from hotspots.store.harm import read_harm
from hotspots.terms import ASB, CRIME_TYPES

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "crime_type,days\n"
ALL = "".join(f"{crime_type.name},{position}\n" for position, crime_type in enumerate(CRIME_TYPES))


def settings_with(folder: Path, text: str, *, encoding: str = "utf-8") -> Settings:
    path = folder / "own.csv"
    path.write_bytes(text.encode(encoding))
    return replace(read_settings(), harm_file=path)


def test_the_embedded_weights_are_those_of_the_index() -> None:
    harm = read_harm(read_settings())
    assert set(harm.days) == {crime_type.name for crime_type in CRIME_TYPES}
    assert harm.days["Robbery"] == 365
    assert harm.days["Burglary"] == 245.01
    assert harm.days["Violence and sexual offences"] == 222.65
    assert harm.days["Shoplifting"] == 1
    assert harm.days[ASB] == 0
    assert harm.source.startswith("Cambridge Crime Harm Index (Sherman, Neyroud and Neyroud 2016")
    assert "replace" in harm.note


@pytest.mark.real_data
def test_the_embedded_weights_equal_the_transcribed_table(real_data: Path) -> None:
    with (real_data / "harm" / "cchi_2026_by_police_uk_category_ne_forces.csv").open(encoding="utf-8") as file:
        published = {row["police_uk_category"]: row["Northumbria"] for row in csv.DictReader(file)}
    days = read_harm(read_settings()).days
    assert {name: float(value or 0) for name, value in published.items()} == dict(days)


def test_a_force_gives_its_own(tmp_path: Path) -> None:
    harm = read_harm(
        settings_with(tmp_path, HEADER + ALL.replace("Robbery,1\n", "ROBBERY , 1.5 \n") + '"Fraud","1,000"\n')
    )
    assert harm.days["Robbery"] == 1.5
    assert harm.days["Fraud"] == 1000
    assert harm.source == "The force's own harm weights (own.csv)"
    assert harm.note == ""


def test_the_embedded_table_may_be_copied_and_saved_by_a_sheet_program(tmp_path: Path) -> None:
    with EMBEDDED_HARM.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    width = max(map(len, rows))
    path = tmp_path / "own.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([*row, *[""] * (width - len(row))] for row in rows)
    own = read_harm(replace(read_settings(), harm_file=path))
    embedded = read_harm(read_settings())
    assert own.days == embedded.days
    assert own.source == embedded.source


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no column “crime_type”"),
        ("type,days\n" + ALL, r"has no column “crime_type” \(found: type, days\)"),
        ("crime_type,weight\n" + ALL, "has no column “days”"),
        (HEADER + ALL.replace("Robbery,1\n", ""), "gives no days for Robbery; add a row"),
        (HEADER + ALL + "robbery,2\n", "row 16 gives days for Robbery a second time"),
        (HEADER + "Robbery,-1\n", "row 2: “-1” is not a number of days for Robbery"),
        (HEADER + "Robbery,\n", "row 2: “” is not a number of days"),
        (HEADER + "Robbery,nan\n", "row 2: “nan”"),
        (HEADER + "Robbery,inf\n", "row 2: “inf”"),
        (HEADER + "# a note\n\nRobbery,many\n", "row 4: “many”"),
        (HEADER + "Robbery\n", "row 2 has too few cells"),
        (HEADER + ",3\n", "row 2 names no crime type"),
        (HEADER + "Robery,3\n", r"no crime type \(row 2 of own.csv\) called “Robery”. Did you mean Robbery"),
        (HEADER + "".join(f"{crime_type.name},0\n" for crime_type in CRIME_TYPES), "gives every type 0 days"),
    ],
)
def test_a_slip_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_harm(settings_with(tmp_path, text))


def test_a_file_that_is_not_text_or_not_there_is_named(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, HEADER + ALL + "é,1\n", encoding="latin-1")
    with pytest.raises(InputError, match=r"own\.csv is not text in UTF-8; save it as “CSV UTF-8”"):
        read_harm(settings)
    (tmp_path / "own.csv").unlink()
    with pytest.raises(InputError, match="cannot be read"):
        read_harm(settings)
