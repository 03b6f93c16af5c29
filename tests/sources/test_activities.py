"""Every fault of an import file is named by row and column, in one sentence, and none is guessed away."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspots.activity_kinds import KindTable
from hotspots.errors import InputError
from hotspots.sources.activities import ActivityFile, read_activities
from hotspots.sources.spreadsheets import neutralise_cell, restore_cell
from hotspots.terms import Phase

HEADING = "operation,date,kind,quantity,unit,phase,partner,ward_code,note,source"
OPERATIONS = {"momentum": "momentum", "operation momentum": "momentum", "southwick": "southwick"}
FILE = Path("activities.csv")


def read(data: str | bytes, columns: dict[str, str] | None = None, path: Path = FILE) -> ActivityFile:
    data = data.encode() if isinstance(data, str) else data
    return read_activities(path, data, KindTable(), OPERATIONS, columns=columns)


def workbook(*rows: tuple[Any, ...], merge: str = "", heading: str = HEADING) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(heading.split(","))
    for row in rows:
        sheet.append(row)
    if merge:
        sheet.merge_cells(merge)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_a_row_is_read_in_full() -> None:
    file = read(
        f"{HEADING}\nOperation Momentum,05/10/2020,Warrants executed,2,,Clear,Northumbria Police,e05009126,"
        '"two doors, ""one"" street\nand a shed",log 7\n'
    )
    assert file.problems == ()
    (row,) = file.rows
    value = row.value
    assert row.row == 2
    assert (value.operation, value.date.format(), value.kind, value.quantity) == (
        "momentum",
        "2020-10-05",
        "warrants",
        2,
    )
    assert (value.phase, value.phase_chosen, value.ward_code) == (Phase.CLEAR, True, "E05009126")
    assert value.note == 'two doors, "one" street\nand a shed'


def test_four_columns_are_enough_and_others_are_told() -> None:
    text = "quantity,Date,OPERATION,kind,Rank\nover 500,2021,momentum,arrests,x\n\n,,,,\n27,2021-09,momentum,Warrants,"
    file = read(text)
    assert [(row.row, row.value.quantity, row.value.at_least) for row in file.rows] == [(2, 500, True), (5, 27, False)]
    assert file.notes == ("Columns that were not read: Rank.",)
    assert file.rows_read == 2
    assert file.rows[0].value.phase is None


@pytest.mark.parametrize(
    ("row", "column", "message"),
    [
        ("momentum,2021-01-01,arrests,-3", "quantity", "-3 is negative; arrests are 0 or more"),
        ("momentum,2021-01-01,arrests,2.5", "quantity", "2.5 is a fraction; arrests are counted in whole numbers"),
        ("momentum,2021-01-01,arrests,", "quantity", "is not a number"),
        ("momentum,2021-01-01,arests,3", "kind", "Did you mean arrests"),
        ("momentum,2021-01-01,,3", "kind", "the cell is empty; say what was done"),
        ("momentom,2021-01-01,arrests,3", "operation", "Did you mean momentum?"),
        (",2021-01-01,arrests,3", "operation", "the cell is empty; give the operation"),
        ("momentum,2021-02-30,arrests,3", "date", "is not a day of the calendar"),
        ("momentum,,arrests,3", "date", "the cell is empty; give a date"),
        ("momentum,2021-01-01,arrests,3,kg", "unit", "“kg” is not a unit of arrests; use whole numbers"),
        ("momentum,2021-01-01,arrests,3,,cleer", "phase", "“cleer” is not a phase; write clear, hold or build"),
        ("momentum,2021-01-01,arrests,3,,,,Hirst", "ward_code", "“HIRST” is not a ward code"),
        ("momentum,2021-01-01,arrests,3,,,,,a\x07b", "note", "The note holds a control character"),
        (f"momentum,2021-01-01,arrests,3,,,,,{'x' * 4001}", "note", "The note has 4,001 characters"),
        ("momentum,2021-01-01,arrests,3,,,,,a,b,c", "", "it has 11 cells where the heading has 10"),
    ],
)
def test_a_bad_cell_is_named_by_row_and_column(row: str, column: str, message: str) -> None:
    file = read(f"{HEADING}\nmomentum,2021-01-01,arrests,3\n{row}\nmomentum,2021-01-02,arrests,3\n")
    (problem,) = file.problems
    assert (problem.row, problem.column) == (3, column)
    assert message in problem.message
    assert [good.row for good in file.rows] == [2, 4]


def test_all_that_is_wrong_with_a_row_is_said_at_once() -> None:
    file = read(f"{HEADING}\nnone,never,nothing,nil,,later\n")
    assert [problem.column for problem in file.problems] == ["operation", "date", "kind", "phase"]
    assert str(file.problems[1]).startswith("row 2, column date: “never” is not a date")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "activities.csv is empty"),
        (b"operation,date,kind,quantity\n", "has a heading but no rows"),
        (b"operation,date,kind\n1,2,3\n", "has no column “quantity” .*it has operation, date, kind"),
        (b"operation;date;kind;quantity\nmomentum;2021;arrests;1\n", "does not separate its columns with commas"),
        (b"operation,date,kind,quantity,date\n1,2,3,4,5\n", "has the column “date” twice"),
        (b'operation,date,kind,quantity\nmomentum,2021,"arrests,1\n', "row 2: it cannot be read as comma-separated"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR", "is not a text file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", r"is an old Excel file \(\.xls\); save it as \.xlsx"),
        (b"PK\x03\x04 and then nothing", "is not an Excel workbook that can be read"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence(data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(data)


def test_columns_can_be_mapped() -> None:
    text = "Op,Date of activity,What,How many\nmomentum,2021-01-05,arrests,3\n"
    with pytest.raises(InputError, match=r"no column “operation” or “date” or “kind” or “quantity”.*--column"):
        read(text)
    names = {"operation": "Op", "date": "date OF activity", "kind": "What", "quantity": "How many"}
    assert read(text, names).rows[0].value.quantity == 3
    with pytest.raises(InputError, match="Did you mean date"):
        read(text, {"dat": "Op"})
    with pytest.raises(InputError, match="no column “When”"):
        read(text, names | {"note": "When"})


def test_saved_by_excel_in_britain() -> None:
    text = f'{HEADING}\r\nmomentum,05/10/2020,cash,"£1,250.50",,,Café,,–,\r\n'
    for data in (text.encode("utf-8-sig"), text.encode("cp1252"), text.encode("utf-16")):
        value = read(data).rows[0].value
        assert (value.quantity, value.partner, value.note) == (Decimal("1250.5"), "Café", "–")


def test_a_workbook_reads_like_its_csv() -> None:
    data = workbook(
        (
            "momentum",
            dt.datetime(2020, 10, 5, tzinfo=dt.UTC).replace(tzinfo=None),
            "arrests",
            3,
            None,
            "clear",
            "Team",
            "E05009126",
            "note",
            "log",
        ),
        (None, None),
        ("momentum", "2021-01", "cash", 12.5, "GBP"),
        ("momentum", 2021, "arrests", 500, None, None, None, None, "only the year"),
    )
    file = read(data)
    assert file.problems == ()
    assert [(row.row, row.value.date.format(), str(row.value.quantity)) for row in file.rows] == [
        (2, "2020-10-05", "3"),
        (4, "2021-01", "12.5"),
        (5, "2021", "500"),
    ]


def test_formulae_and_merged_cells_are_refused_by_place() -> None:
    good = ("momentum", "2021-01-05", "arrests", 3)
    with pytest.raises(
        InputError, match=r"row 3, column D: the cell holds a formula \(=1\+2\); replace it by its value"
    ):
        read(workbook(good, ("momentum", "2021-01-05", "arrests", "=1+2")))
    with pytest.raises(InputError, match=r"sheet Sheet: the cells A2:A3 are merged; unmerge them"):
        read(workbook(good, good, merge="A2:A3"))


def test_an_unsafe_workbook_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 600_000_000)
    with pytest.raises(InputError, match="unpacks to 600 MB, far more than a workbook should"):
        read(stream.getvalue())
    whole = workbook(("momentum", "2021-01-05", "arrests", 3))
    with pytest.raises(InputError, match="is not an Excel workbook that can be read"):
        read(whole[: len(whole) // 2])


@pytest.mark.parametrize("text", ["=1+1", "+44", "-5", "@cmd", "'=x", "''-1", "\tx", "plain", "'quoted'", ""])
def test_cells_are_neutralised_and_come_back(text: str) -> None:
    cell = neutralise_cell(text)
    assert cell[:1] not in {"=", "+", "-", "@", "\t", "\r"}
    assert restore_cell(cell) == text


@given(st.text())
def test_any_text_survives_neutralising(text: str) -> None:
    assert restore_cell(neutralise_cell(text)) == text
