"""What people type: dates, quantities, phases; the grid all or none; files with their own column names."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from hotspots.errors import InputError
from hotspots.pipeline.operation_entry import (
    Editing,
    build_activity,
    build_milestone,
    build_operation,
    build_target,
    build_window,
    check_author,
    is_read_only,
    save_record,
    write_figures,
)
from hotspots.pipeline.operation_exports import export_csv, export_document, write_document
from hotspots.pipeline.operation_grid import GridRow, save_grid
from hotspots.pipeline.operation_log import compare_versions, describe_change, name_moment
from hotspots.pipeline.operation_upload import guess_columns, import_upload, open_upload
from hotspots.pipeline.operations import open_operations
from hotspots.schemas_ledger import Origin
from hotspots.settings import read_settings
from hotspots.store.ledger import ActivityFilter, list_activities, list_audit, list_milestones
from hotspots.terms import Phase
from hotspots.ui.operation_grid import list_changes
from tests.pipeline.ledgers import KINDS, enter_activity, enter_operation, open_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hotspots.store.ledger import Ledger

LIMIT = 10_000_000


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    opened = open_at()
    enter_operation(opened)
    yield opened
    opened.close()


def log(ledger: Ledger) -> list[Any]:
    return list(list_activities(ledger, ActivityFilter(operation="tyne"))[0])


def test_activity_is_read_as_people_write() -> None:
    value = build_activity(
        KINDS,
        "tyne",
        {"date": "October 2020", "kind": "Drugs seized, value", "quantity": "over £2m", "phase": "Clear"},
    )
    assert (value.kind, value.quantity, value.at_least) == ("drugs-value", Decimal(2_000_000), True)
    assert (value.phase, value.phase_chosen, value.date.precision) == (Phase.CLEAR, True, "month")


@pytest.mark.parametrize(
    ("build", "fields", "words"),
    [
        ("window", {"start": "1 October 2020"}, "Choose the phase"),
        ("window", {"phase": "clear"}, "has no start"),
        ("window", {"phase": "clear", "start": "2021", "end": "2020"}, "before it starts"),
        ("target", {}, "what is to be reached"),
        ("target", {"kind": "arrests"}, "Choose the phase"),
        ("target", {"kind": "arrests", "phase": "clear"}, "needs a quantity"),
        ("target", {"kind": "arrests", "phase": "clear", "quantity": "over 5"}, "leave out “over”"),
        ("target", {"kind": "arrests", "phase": "clear", "quantity": "0"}, "more than 0"),
        ("target", {"kind": "arrests", "phase": "clear", "quantity": "5"}, "day by which"),
        ("milestone", {}, "Give the statement"),
        ("milestone", {"statement": "x", "figures": "27 warrants"}, "is not a figure; write kind, colon, number"),
        ("milestone", {"statement": "x", "figures": "unicorns: 2"}, "no kind of activity called “unicorns”"),
        ("operation", {}, "has no name"),
        ("operation", {"name": "X"}, "Say where the operation works"),
        ("operation", {"name": "X", "area_code": "ashington", "crime_groups": "two"}, "never names"),
        ("operation", {"name": "X", "polygon": "{"}, "is not a GeoJSON polygon"),
    ],
)
def test_what_is_missing_is_one_sentence(build: str, fields: dict[str, str], words: str) -> None:
    builders: dict[str, Any] = {
        "window": lambda: build_window("tyne", fields),
        "target": lambda: build_target(KINDS, "tyne", fields),
        "milestone": lambda: build_milestone(KINDS, "tyne", {"source": "s", "as_at": "2021", **fields}),
        "operation": lambda: build_operation(fields),
    }
    with pytest.raises(InputError, match=words):
        builders[build]()


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "Published  Record", "a\x07b"])
def test_author_must_be_somebody(name: str) -> None:
    with pytest.raises(InputError):
        check_author(name)


def test_figures_of_a_statement_are_written_as_they_are_read() -> None:
    fields = {"as_at": "2021", "label": "l", "statement": "s", "source": "g", "figures": "arrests: over 500\ncash: 2.5"}
    value = build_milestone(KINDS, "tyne", fields)
    assert write_figures(value) == "arrests: over 500\ncash: 2.5"
    assert value.figures[0].at_least


def test_what_the_program_carries_is_read_only() -> None:
    ledger = open_operations(read_settings())
    assert all(is_read_only(one) for one in list_milestones(ledger, "momentum"))
    ledger.close()


def test_correction_keeps_how_the_record_came_in(ledger: Ledger) -> None:
    row = enter_activity(ledger)
    value = build_activity(KINDS, "tyne", {"date": "6 October 2020", "kind": "arrests", "quantity": "4"})
    kept = save_record(ledger, value, by="PS 1", editing=Editing(row.record, 1))
    assert (kept.version, kept.value.origin, kept.value.phase) == (2, Origin.ENTERED, Phase.CLEAR)
    assert [one.record for one in log(ledger)] == [row.record]
    line = list_audit(ledger, record=row.record)[0]
    assert describe_change(line, KINDS) == "date: 5 October 2020 → 6 October 2020; quantity: 3 → 4"
    assert compare_versions(value, row.value, KINDS)[1] == ("quantity", "4", "3")
    assert name_moment("2022-06-30T14:03:59.000001+00:00") == "30 June 2022, 14:03 UTC"


def test_grid_keeps_all_or_none_and_names_row_and_column(ledger: Ledger) -> None:
    rows = [enter_activity(ledger), enter_activity(ledger, kind="warrants")]
    edited = {
        "edited_rows": {0: {"quantity": "7"}, 1: {"quantity": "3"}},
        "added_rows": [{"date": "7/10/2020", "kind": "Raids", "quantity": "-1"}, {}],
    }
    changes = list_changes(rows, edited, KINDS)
    assert [change.row for change in changes] == [1, 3], "a cell that says what it said is no change"
    found = save_grid(ledger, KINDS, "tyne", changes, by="PS 1")
    assert not found.outcome.kept
    assert [(problem.row, problem.column) for problem in found.outcome.problems] == [(3, "quantity")]
    assert sum(one.value.quantity for one in log(ledger)) == 6
    edited["added_rows"] = [{"date": "7/10/2020", "kind": "Raids", "quantity": "1"}]
    found = save_grid(ledger, KINDS, "tyne", list_changes(rows, edited, KINDS), by="PS 1")
    assert (found.outcome.added, found.outcome.corrected, found.outcome.kept) == (1, 1, True)
    assert {(one.value.kind, one.value.quantity) for one in log(ledger)} == {
        ("arrests", 7), ("warrants", 3), ("raids", 1),
    }  # fmt: skip
    assert {one.value.origin for one in log(ledger)} == {Origin.ENTERED}


def test_grid_tells_the_second_editor_and_saves_knowingly(ledger: Ledger) -> None:
    row = enter_activity(ledger)
    theirs = build_activity(KINDS, "tyne", {"date": "5 October 2020", "kind": "arrests", "quantity": "8"})
    save_record(ledger, theirs, by="Sgt First", editing=Editing(row.record, 1))
    edited = {"edited_rows": {0: {"quantity": "4"}}}
    found = save_grid(ledger, KINDS, "tyne", list_changes([row], edited, KINDS), by="PS 2")
    assert not found.outcome.kept
    assert "Sgt First has corrected" in found.outcome.problems[0].message
    assert found.conflicts[1].value.quantity == 8
    seen = {row.record: found.conflicts[1].version}
    found = save_grid(ledger, KINDS, "tyne", list_changes([row], edited, KINDS, seen), by="PS 2")
    assert found.outcome.kept
    assert [(one.value.quantity, one.version) for one in log(ledger)] == [(4, 3)]


def test_phase_in_the_grid_follows_the_date_unless_chosen(ledger: Ledger) -> None:
    row = enter_activity(ledger)
    changes = list_changes([row], {"edited_rows": {0: {"date": "9 October 2020"}}}, KINDS)
    assert changes[0].fields["phase"] == ""
    assert save_grid(ledger, KINDS, "tyne", changes, by="PS 1").outcome.kept
    assert (log(ledger)[0].value.phase, log(ledger)[0].value.phase_chosen) == (Phase.CLEAR, False)
    with pytest.raises(InputError, match="Say who you are"):
        save_grid(ledger, KINDS, "tyne", [GridRow(1, {}, None)], by=" ")


def bring(ledger: Ledger, name: str, data: bytes, **options: Any) -> Any:
    file = open_upload(name, data, limit=LIMIT)
    columns = options.pop("columns", file.guess)
    return import_upload(ledger, KINDS, file, by="PS 1", columns=columns, operation="tyne", **options)


def test_upload_guesses_columns_and_takes_the_operation_from_the_page(ledger: Ledger) -> None:
    assert guess_columns(("Day", "Activity", "How many", "Team")) == {
        "date": "Day", "kind": "Activity", "quantity": "How many", "partner": "Team",
    }  # fmt: skip
    data = b"Day,Activity,How many,Colour\n5/10/2020,arrests,3,red\n\n6/10/2020,raids,1,blue\n"
    report = bring(ledger, "C:\\files\\spring.csv", data, dry_run=True)
    assert (report.file, report.outcome.added, report.outcome.kept) == ("spring.csv", 2, False)
    assert log(ledger) == []
    assert bring(ledger, "spring.csv", data).outcome.kept
    assert bring(ledger, "spring.csv", data).outcome.unchanged == 2
    assert len(log(ledger)) == 2


def test_upload_names_row_and_column_of_each_problem(ledger: Ledger) -> None:
    data = b"date,kind,quantity\n5/10/2020,arrests,3\n\n6/10/2020,arests,1\n2022-13,raids,-1\n"
    report = bring(ledger, "x.csv", data)
    assert [(problem.row, problem.column) for problem in report.problems] == [
        (4, "kind"), (5, "date"), (5, "quantity"),
    ]  # fmt: skip
    assert log(ledger) == []
    assert bring(ledger, "x.csv", data, keep_good=True).outcome.added == 1


def test_column_that_was_not_chosen_is_not_read(ledger: Ledger) -> None:
    data = b"date,kind,quantity,note,operation\n5/10/2020,arrests,3,a name,elsewhere\n"
    report = bring(ledger, "x.csv", data, columns={"date": "date", "kind": "kind", "quantity": "quantity"})
    assert report.outcome.kept
    assert log(ledger)[0].value.note == ""
    assert log(ledger)[0].value.operation == "tyne"


@pytest.mark.parametrize(
    ("name", "data", "columns", "words"),
    [
        ("x.csv", b"", None, "is empty"),
        ("x.csv", b"\n,,\n", None, "no headings|is empty"),
        ("x.csv", b"a,b\n1,2\n", {}, "holds the date and the kind and the quantity"),
        ("x.csv", b"a,b\n1,2\n", {"date": "a", "kind": "a", "quantity": "b"}, "chosen twice"),
        ("x.bin", b"\x00\x01\x02\xff" * 50, None, "is not a text file"),
        ("x.xlsx", b"PK\x03\x04broken", None, "is not an Excel workbook"),
        ("x.json", b"{}", None, "not the document of an operation"),
    ],
)
def test_unusable_file_is_one_sentence(
    ledger: Ledger, name: str, data: bytes, columns: dict[str, str] | None, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        bring(ledger, name, data, **({} if columns is None else {"columns": columns}))
    assert log(ledger) == []


def test_too_large_a_file_is_refused_before_it_is_read() -> None:
    with pytest.raises(InputError, match="is larger than 0 MB"):
        open_upload("x.csv", b"date\n", limit=2)


def test_workbook_with_a_formula_or_merged_cells_is_refused(ledger: Ledger) -> None:
    def book(*, merge: bool) -> bytes:
        workbook = openpyxl.Workbook()
        sheet = workbook.active
        sheet.append(["date", "kind", "quantity"])
        sheet.append(["5/10/2020", "arrests", 3 if merge else "=1+2"])
        if merge:
            sheet.merge_cells("A2:B2")
        buffer = io.BytesIO()
        workbook.save(buffer)
        return buffer.getvalue()

    with pytest.raises(InputError, match="row 2, column C: the cell holds a formula"):
        bring(ledger, "x.xlsx", book(merge=False))
    with pytest.raises(InputError, match="A2:B2 are merged"):
        bring(ledger, "x.xlsx", book(merge=True))


def test_exports_read_back_to_the_same_records_and_hold_no_formula(ledger: Ledger) -> None:
    enter_activity(ledger, note="=HYPERLINK(1)", partner="@home")
    text = "".join(export_csv(ledger, "tyne"))
    assert "'=HYPERLINK(1)" in text
    assert bring(ledger, "out.csv", text.encode("utf-8-sig")).outcome.unchanged == 1
    document = write_document(export_document(ledger, "tyne")).encode()
    report = bring(ledger, "out.json", document)
    assert (report.outcome.added, report.outcome.corrected) == (0, 0)
    other = json.loads(document)
    other["operation"]["code"] = "wear"
    with pytest.raises(InputError, match="is about wear, and this page about tyne"):
        bring(ledger, "out.json", json.dumps(other).encode())
