"""Reading a panel file: what is wrong is said with its row, and nothing is dropped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hotspots.errors import InputError
from hotspots.months import parse_month
from hotspots.sources.panels import PanelTable, read_panel

START = parse_month("2021-03")
MONTHS = ("2021-01", "2021-02", "2021-03", "2021-05")


def write(path: Path, rows: list[str], header: str = "area,month,worked,crime,arson,poor,near") -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def rows() -> list[str]:
    return [
        f"{unit},{month},{int(unit == 'A')},{place * 10 + column},{column},{place / 2},{int(unit == 'B')}"
        for place, unit in enumerate("ABC")
        for column, month in enumerate(MONTHS)
    ]


def read(path: Path, **options: object) -> PanelTable:
    given: dict[str, object] = {"outcomes": ("crime", "arson"), "covariates": ("poor",), "next_door": "near"}
    return read_panel(path, unit="area", month="month", treated="worked", start=START, **{**given, **options})


def test_a_sound_file_is_read_whole(tmp_path: Path) -> None:
    table = read(write(tmp_path / "p.csv", rows()[::-1]))
    assert table.units == ("C", "B", "A")
    assert table.months.tolist() == [parse_month(month) for month in MONTHS]  # April is missing for all: unknown
    assert table.counts[0].tolist() == [[20, 21, 22, 23], [10, 11, 12, 13], [0, 1, 2, 3]]
    assert table.treated.tolist() == [False, False, True]
    assert table.next_door.tolist() == [False, True, False]
    assert table.covariates.ravel().tolist() == [1.0, 0.5, 0.0]
    assert table.rows == 12


def test_dates_and_marks_in_other_forms(tmp_path: Path) -> None:
    lines = [
        line.replace("2021-01", "2021-01-31")
        .replace("A,2021-03,1", "A,2021-03,Yes")
        .replace("B,2021-01-31,0", "B,2021-01-31,no")
        for line in rows()
    ]
    assert read(write(tmp_path / "p.csv", lines)).treated.tolist() == [True, False, False]


def test_a_unit_treated_from_the_start_on_is_treated(tmp_path: Path) -> None:
    lines = [line.replace("A,2021-01,1", "A,2021-01,0").replace("A,2021-02,1", "A,2021-02,0") for line in rows()]
    path = write(tmp_path / "p.csv", lines)
    assert read(path).treated.tolist() == [True, False, False]
    with pytest.raises(InputError, match="marks A as treated in some months and not in others"):
        read_panel(path, unit="area", month="month", treated="worked", start=START + 2, outcomes=("crime",))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("B,2021-02,0,11", "B,2021-13,0,11", r"p.csv row 7: “2021-13” is not a month; write year and month"),
        ("B,2021-02,0,11", "B,2021-02,perhaps,11", r"p.csv row 7: “perhaps” in “worked” is neither yes nor no"),
        ("B,2021-02,0,11", "B,2021-02,0,-1", r"p.csv row 7: “-1” in “crime” is not an amount of zero or more"),
        ("B,2021-02,0,11", "B,2021-02,0,", r"p.csv row 7: “” in “crime” is not an amount of zero or more"),
        ("B,2021-02,0,11", ",2021-02,0,11", r"p.csv row 7 names no unit; fill in “area”"),
        ("B,2021-02,0,11", "B,2021-01,0,11", r"p.csv rows 6 and 7 are both B in January 2021; keep one"),
        ("B,2021-02,0,11", "D,2021-02,0,11", r"p.csv has no row for B in February 2021, and 1 other units have gaps"),
        ("B,2021-02,0,11", "B,2021-02,0,11,", r"p.csv row 7 has 8 fields where the header has 7"),
        ("11,1,0.5", "11,1,", r"covariate “poor” is missing for 1 unit, the first B; fill it in, or leave"),
        ("11,1,0.5", "11,1,low", r"row 7: “low” in the covariate “poor” is not a number"),
        ("B,2021-02,0,11", 'B,"2021-02,0,11', r"p.csv line \d+ is not CSV"),
    ],
)
def test_what_is_wrong_is_said_with_its_row(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = "\n".join(rows())
    assert old in text
    path = write(tmp_path / "p.csv", text.replace(old, new, 1).split("\n"))
    with pytest.raises(InputError, match=message):
        read(path)


def test_columns_that_are_not_there_or_serve_twice(tmp_path: Path) -> None:
    path = write(tmp_path / "p.csv", rows())
    with pytest.raises(InputError, match=r"no column in p\.csv called “crimes”. Did you mean crime"):
        read(path, outcomes=("crimes",))
    with pytest.raises(InputError, match="“crime” is named for two purposes"):
        read(path, outcomes=("crime",), covariates=("crime",))
    with pytest.raises(InputError, match="No outcome is named"):
        read(path, outcomes=())


def test_files_that_hold_no_panel(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path / "none.csv")
    with pytest.raises(InputError, match="holds no rows"):
        read(write(tmp_path / "empty.csv", []))
    (tmp_path / "latin.csv").write_bytes("área,month\n".encode("latin-1"))
    with pytest.raises(InputError, match="not a CSV file in UTF-8"):
        read(tmp_path / "latin.csv")
    with pytest.raises(InputError, match="raise HOTSPOTS_MAX_UPLOAD_MB"):
        read(write(tmp_path / "p.csv", rows()), max_bytes=10)


def test_a_byte_order_mark_and_blank_lines_do_no_harm(tmp_path: Path) -> None:
    path = write(tmp_path / "p.csv", [*rows(), "", ",,,,,,"])
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert np.array_equal(read(path).counts.shape, (2, 3, 4))
