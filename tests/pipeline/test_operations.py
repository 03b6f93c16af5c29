"""The ledger by its commands and answers: what goes in comes out, with sources, on both databases."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotspots.activity_kinds import KINDS, KindTable
from hotspots.cli import main
from hotspots.cli_ops import ops
from hotspots.pipeline.operation_exports import export_csv, export_document, export_excel
from hotspots.pipeline.operation_summary import build_metrics, summarise_operation
from hotspots.pipeline.operations import import_operations, list_all, open_operations
from hotspots.record_dates import parse_record_date
from hotspots.schemas_operations import Milestone, Target
from hotspots.settings import read_settings
from hotspots.sources.activities import ALL_COLUMNS
from hotspots.store.ledger import ActivityFilter, KindTotal, add, check_integrity, list_activities, open_ledger
from hotspots.terms import Phase
from tests.ledger_databases import (
    TODAY,
    activity,
    database,
    open_one,
    operation,
    postgresql_server,
    postgresql_url,
    window,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from hotspots.store.ledger import Ledger

__all__ = ["database", "open_one", "postgresql_server", "postgresql_url"]

HEADING = "operation,date,kind,quantity,unit,phase,partner,ward_code,note,source\n"

main.add_command(ops)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["ops", *words])


def answer(*words: str) -> Any:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def write(folder: Path, text: str, name: str = "activities.csv") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_momentum_is_reproduced_from_the_ledger(database: str) -> None:
    summary = answer("summary", "--operation", "momentum")
    assert list(summary) == ["operation", "area", "phases", "metrics", "milestones", "derived"]
    assert summary["derived"] == [], "no search is loaded"
    assert (summary["operation"], summary["area"], summary["phases"]) == ("Momentum", "Ashington", [])
    keys = ["kind", "phase", "quantity", "unit", "at_least", "target"]
    assert all(list(metric) == keys for metric in summary["metrics"])
    assert {metric["kind"]: (metric["quantity"], metric["at_least"]) for metric in summary["metrics"]} == {
        "warrants": (40, True),
        "arrests": (500, True),
        "raids": (17, False),
        "drugs-value": (2_000_000, True),
        "vehicles": (150, False),
        "evictions": (5, False),
        "closure-orders": (2, False),
    }
    assert len(summary["metrics"]) == 7, "each kind once, by its latest statement"
    assert [one["label"] for one in summary["milestones"]] == [
        "4 months",
        "6 months",
        "12 months",
        "Inspectorate's report",
    ]
    assert all(one["source"] for one in summary["milestones"])
    assert summary["milestones"][-1]["as_at"] == "2022"
    assert "Arrests: over 500, as at 2022" in run("summary", "--operation", "Operation Momentum").stdout


def test_records_stand_beside_what_is_published_and_are_never_added_to_it(database: str, tmp_path: Path) -> None:
    rows = "momentum,2020-11-05,warrants,2,,clear\nmomentum,2021-01,Warrants,1,,clear\nmomentum,2021-02-03,arrests,4\n"
    assert answer("import", write(tmp_path, HEADING + rows), "--by", "pat")["added"] == 3
    metrics = answer("summary", "--operation", "momentum")["metrics"]
    warrants = [(one["phase"], one["quantity"], one["at_least"]) for one in metrics if one["kind"] == "warrants"]
    assert warrants == [("clear", 3, False), (None, 40, True)]


def test_the_pilots_without_phases_say_so(database: str) -> None:
    listed = {one["code"]: one for one in answer("list")["operations"]}
    assert set(listed) == {"momentum", "southwick", "benwell"}
    assert listed["southwick"]["phases"] == 0
    assert "No phases have been entered yet." in run("summary", "--operation", "southwick").stdout
    assert "none entered" in run("list").stdout


def test_an_import_is_whole_and_once(database: str, tmp_path: Path) -> None:
    good = "momentum,2020-11-05,arrests,3\nsouthwick,2021-05,licensing visits,2\n"
    bad = write(tmp_path, HEADING + good + "momentum,2020-11-06,arests,1\nmomentum,2019-01-01,arrests,1\n", "bad.csv")
    result = run("import", bad, "--by", "pat")
    assert result.exit_code == 2
    assert "row 4, column kind: There is no kind of activity called “arests”. Did you mean arrests" in result.stdout
    assert "row 5, column date: 1 January 2019 is before Momentum began" in result.stdout
    assert result.stderr.startswith("hotspots: bad.csv has 2 problems (nothing was kept); the first: row 4")
    assert len(result.stderr.strip().splitlines()) == 1
    assert answer("list")["operations"][1]["activities"] == 0
    file = write(tmp_path, HEADING + good)
    assert answer("import", file, "--dry-run", "--by", "pat")["kept"] is False
    first = answer("import", file, "--by", "pat")
    assert (first["rows_read"], first["added"], first["unchanged"], first["kept"]) == (2, 2, 0, True)
    again = answer("import", file, "--by", "pat")
    assert (again["added"], again["corrected"], again["unchanged"]) == (0, 0, 2)
    result = run("import", bad, "--by", "pat", "--keep-good", "--json")
    assert result.exit_code == 2
    document = json.loads(result.stdout)
    assert (document["kept"], document["added"], document["unchanged"], len(document["problems"])) == (True, 0, 2, 2)
    assert document["problems"][0]["row"] == 4
    assert run("check").stdout.endswith("The ledger is sound.\n")


def test_validating_leaves_no_trace(home: Path, tmp_path: Path) -> None:
    file = write(tmp_path, "When,What,How many,op\n2021-05-05,arrests,3,momentum\n")
    result = run("validate", file)
    assert result.exit_code == 2
    assert "has no column “operation” or “date” or “kind” or “quantity”" in result.stderr
    mapped = [f"--column={name}" for name in ("operation=op", "date=When", "kind=What", "quantity=How many")]
    assert answer("validate", file, *mapped)["added"] == 1
    assert not (home / "operations").exists()


def test_a_new_operation_comes_in_by_its_document(database: str, tmp_path: Path) -> None:
    document = {
        "format": "hotspots-operation",
        "version": 1,
        "operation": {
            "code": "tyne",
            "name": "Tyne",
            "area": {"name": "Hirst", "ward_codes": ["E05009126"]},
            "started": "2020-10-01",
            "status": "active",
        },
        "phases": [{"phase": "clear", "start": "2020-10", "end": "2021-03"}, {"phase": "hold", "start": "2021-02"}],
        "targets": [{"kind": "arrests", "phase": "clear", "quantity": 50, "by": "2021-03-31"}],
        "activities": [{"date": "2020-11-05", "kind": "arrests", "quantity": 12}],
    }
    file = write(tmp_path, json.dumps(document), "tyne.json")
    assert answer("import", file, "--by", "pat")["added"] == 5
    assert answer("import", file, "--by", "pat")["unchanged"] == 5
    overlap = "tyne,2021-02-05,arrests,2\n"
    result = run("import", write(tmp_path, HEADING + overlap), "--by", "pat")
    assert "row 2, column phase: 5 February 2021 lies in clear and hold of Tyne; say in which" in result.stderr
    chosen = "tyne,2021-02-05,arrests,2,,hold\ntyne,2021-02-05,arrests,3,,clear\n"
    assert answer("import", write(tmp_path, HEADING + chosen), "--by", "pat")["added"] == 2
    summary = answer("summary", "--operation", "TYNE")
    assert summary["phases"] == [
        {"phase": "clear", "from": "2020-10", "to": "2021-03"},
        {"phase": "hold", "from": "2021-02", "to": None},
    ]
    assert summary["metrics"] == [
        {"kind": "arrests", "phase": "clear", "quantity": 15, "unit": "count", "at_least": False, "target": 50},
        {"kind": "arrests", "phase": "hold", "quantity": 2, "unit": "count", "at_least": False, "target": None},
    ]


def test_an_export_edited_in_a_spreadsheet_corrects_the_records(database: str, tmp_path: Path) -> None:
    rows = "momentum,2020-11-05,arrests,3\nmomentum,2020-11-06,arrests,4\n"
    answer("import", write(tmp_path, HEADING + rows), "--by", "pat")
    out = tmp_path / "out.csv"
    assert run("export", "--operation", "momentum", "--out", str(out)).exit_code == 0
    text = out.read_text(encoding="utf-8")
    assert answer("import", str(out), "--by", "sam")["unchanged"] == 2
    edited = write(tmp_path, text.replace(",arrests,4,", ",arrests,9,"), "edited.csv")
    assert answer("import", edited, "--by", "sam")["corrected"] == 1
    stale = write(tmp_path, text.replace(",arrests,4,", ",arrests,8,"), "stale.csv")
    result = run("import", stale, "--by", "kim")
    assert result.exit_code == 2
    assert "column version: sam has corrected" in result.stderr
    assert answer("check")["versions"] == answer("check")["records"] + 1


def test_backup_and_restore(database: str, tmp_path: Path) -> None:
    answer("import", write(tmp_path, HEADING + "momentum,2020-11-05,arrests,3\n"), "--by", "pat")
    file = str(tmp_path / "ledger.zip")
    before = answer("summary", "--operation", "momentum")
    assert answer("backup", file)["log_lines"] == 8
    assert run("backup", file).exit_code == 2, "a backup is never overwritten"
    answer("import", write(tmp_path, HEADING + "momentum,2020-11-06,arrests,3\n"), "--by", "pat")
    result = run("restore", file, "--by", "pat")
    assert result.exit_code == 2
    assert "add --replace" in result.stderr
    answer("restore", file, "--by", "pat", "--replace")
    assert answer("summary", "--operation", "momentum") == before
    assert answer("check")["sound"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["summary", "--operation", "momentun"], "There is no operation called “momentun”. Did you mean momentum?"),
        (["import", "nowhere.csv"], "nowhere.csv does not exist; check the path."),
        (["import", "."], "is a folder; give a CSV file"),
        (["export", "--format", "json"], "A JSON document holds one operation; add --operation NAME."),
        (["export", "--format", "xlsx"], "An Excel workbook needs a file of its own; add --out FILE"),
        (["export", "--operation", "x"], "There is no operation called “x”"),
        (
            ["export", "--out", f"{__file__}/out.csv"],
            "out.csv cannot be written (Not a directory)",
        ),
        (["restore", "nowhere.zip"], "nowhere.zip does not exist; check the path."),
        (["import", "x", "--column", "date"], "--column is “date”; write our name, an equals sign"),
    ],
)
def test_a_failure_is_one_line_and_exit_code_2(words: list[str], message: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_exported_cells_are_no_formulae_and_html_stays_text(open_one: Callable[..., Ledger], tmp_path: Path) -> None:
    ledger = open_one()
    add(ledger, operation(), by="pat")
    notes = ["=HYPERLINK(1)", "'=x", "<script>alert(1)</script>", 'a,"b"\r\nc', "-1", "@x"]
    for note in notes:
        add(ledger, activity(note=note, partner="+44", phase=Phase.CLEAR, phase_chosen=True), by="pat")
    text = "".join(export_csv(ledger))
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert not [cell for cell in cells if cell[:1] in {"=", "+", "-", "@"}]
    path = tmp_path / "out.csv"
    path.write_text(text, encoding="utf-8", newline="")
    report = import_operations(ledger, path, settings=read_settings(), by="pat")
    assert (report.outcome.unchanged, report.problems) == (6, ())
    assert {one.value.note for one in list_activities(ledger, ActivityFilter())[0]} == set(notes)


def test_a_workbook_has_dates_numbers_and_text_but_no_formula(open_one: Callable[..., Ledger], tmp_path: Path) -> None:
    ledger = open_one()
    add(ledger, operation(), by="pat")
    notes = ["=HYPERLINK(1)", "'=x", "#N/A", "a\nb", "-1", "@x", "_x000D_", "0123", "<b>&amp;"]
    for note in notes:
        add(ledger, activity(note=note, partner="+44", phase=Phase.CLEAR, phase_chosen=True), by="pat")
    add(ledger, activity("2021-02", note="month", phase=Phase.CLEAR, phase_chosen=True), by="pat")
    path = tmp_path / "out.xlsx"
    path.write_bytes(export_excel(ledger))
    rows = list(openpyxl.load_workbook(path)["Activities"].iter_rows())
    assert [cell.value for cell in rows[0]] == list(ALL_COLUMNS)
    assert {cell.data_type for row in rows for cell in row} == {"s", "n", "d"}
    table = {row[ALL_COLUMNS.index("note")].value: row for row in rows[1:]}
    assert "'=HYPERLINK(1)" in table
    day, month = (table[note][ALL_COLUMNS.index("date")] for note in ("#N/A", "month"))
    assert (day.data_type, day.number_format) == ("d", "dd/mm/yyyy")
    assert month.value == "2021-02"
    assert isinstance(table["month"][ALL_COLUMNS.index("quantity")].value, int)
    report = import_operations(ledger, path, settings=read_settings(), by="pat")
    assert (report.outcome.unchanged, report.problems) == (10, ())


def test_the_command_writes_a_workbook_that_imports_unchanged(database: str, tmp_path: Path) -> None:
    rows = "momentum,2020-11-05,arrests,3\nmomentum,2020-11,cash,1250.50\n"
    answer("import", write(tmp_path, HEADING + rows), "--by", "pat")
    out = tmp_path / "out.xlsx"
    result = run("export", "--operation", "momentum", "--format", "xlsx", "--out", str(out))
    assert (result.exit_code, result.stdout) == (0, "")
    assert answer("import", str(out), "--by", "sam")["unchanged"] == 2
    book = openpyxl.load_workbook(out)
    book["Activities"].cell(2, ALL_COLUMNS.index("quantity") + 1).value = 9
    book.save(out)
    assert answer("import", str(out), "--by", "sam")["corrected"] == 1
    assert run("export", "--operation", "momentun", "--format", "xlsx", "--out", str(out)).exit_code == 2


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n='+\"<,"), max_size=30)
ACTIVITIES = st.lists(
    st.builds(
        lambda when, kind, milli, at_least, partner, note, phase: activity(
            when,
            kind.code,
            str(milli) if kind.whole else str(Decimal(milli) / 1000),
            unit=kind.unit,
            at_least=at_least,
            partner=partner,
            note=note,
            phase=phase,
            phase_chosen=phase is not None,
        ),
        st.sampled_from(["2020-10-05", "2021-02", "2021", "2020-11/2020-12", "2020-11-05/2021-01-07"]),
        st.sampled_from([kind for kind in KINDS if kind.unit != "percent"]),
        st.integers(0, 10**9),
        st.booleans(),
        TEXT.map(lambda text: text.replace("\n", "")),
        TEXT,
        st.sampled_from([None, *Phase]),
    ),
    max_size=8,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=ACTIVITIES)
def test_what_is_exported_comes_back_the_same(
    values: list[Any], tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("round")
    ledgers = []
    for name in ("one", "two", "three", "four"):
        here = replace(read_settings(), home=folder / name)
        ledgers.append(open_ledger(here, today=lambda: TODAY))
    first, by_csv, by_json, by_excel = ledgers
    add(first, operation(), by="pat")
    add(by_csv, operation(), by="pat")
    add(by_excel, operation(), by="pat")
    for value in values:
        add(first, value, by="pat")
    everything = ActivityFilter(operation="tyne")
    table = folder / "out.csv"
    table.write_text("".join(export_csv(first, "tyne")), encoding="utf-8", newline="")
    if values:
        report = import_operations(by_csv, table, settings=read_settings(), by="sam")
        assert report.problems == ()
        workbook = folder / "out.xlsx"
        workbook.write_bytes(export_excel(first, "tyne"))
        assert import_operations(by_excel, workbook, settings=read_settings(), by="sam").problems == ()
    document = folder / "out.json"
    document.write_text(json.dumps(export_document(first, "tyne"), ensure_ascii=False), encoding="utf-8")
    assert import_operations(by_json, document, settings=read_settings(), by="sam").problems == ()
    expected = {one.record: replace(one.value, origin=None) for one in list_activities(first, everything)[0]}
    for copy in (by_csv, by_json, by_excel):
        found = list_activities(copy, everything)[0]
        assert {one.record: replace(one.value, origin=None) for one in found} == expected
        assert check_integrity(copy).problems == ()
    assert export_document(by_json, "tyne") == export_document(first, "tyne")
    for one in ledgers:
        one.close()


def test_a_level_is_the_latest_and_targets_are_the_next_due(open_one: Callable[..., Ledger]) -> None:
    ledger = open_one()
    add(ledger, operation(), by="pat")
    add(ledger, window(Phase.BUILD, "2020-10"), by="pat")
    for when, score in (("2021-05-01", "58"), ("2021-11-01", "63.5"), ("2021-03", "51")):
        add(ledger, activity(when, "confidence-score", score, unit="percent"), by="pat")
    for by, quantity in ((date(2021, 6, 1), 60), (date(2022, 12, 1), 70), (date(2024, 1, 1), 75)):
        add(ledger, Target("tyne", "confidence-score", Phase.BUILD, Decimal(quantity), "percent", by), by="pat")
    (metric,) = summarise_operation(ledger, KindTable(), "tyne").metrics
    assert (metric.quantity, metric.target, metric.by, metric.records) == (Decimal("63.5"), 70, date(2022, 12, 1), 3)
    assert metric.to_json()["quantity"] == 63.5
    assert list_all(ledger).to_json()["operations"][0]["phases_now"] == ["build"]


def test_a_bound_in_the_records_bounds_the_total_and_safeguarding_is_marked() -> None:
    totals = [
        KindTotal("tyne", "arrests", Phase.CLEAR, "count", Decimal(9), True, 2),
        KindTotal("tyne", "safeguarding-referrals", Phase.CLEAR, "count", Decimal(4), False, 1),
        KindTotal("tyne", "dropped-kind", None, "count", Decimal(1), False, 1),
    ]
    said = Milestone("tyne", parse_record_date("2021"), "", "Nothing in figures.", "A newspaper")
    metrics = build_metrics(totals=totals, milestones=[said], targets=[], kinds=KindTable(), today=TODAY)
    assert [(one.kind, one.at_least, one.safeguarding) for one in metrics] == [
        ("arrests", True, False),
        ("safeguarding-referrals", False, True),
        ("dropped-kind", False, False),
    ]


def test_opening_again_enters_the_pilots_once(database: str) -> None:
    for _ in range(2):
        ledger = open_operations(read_settings())
        assert [entry.stored.version for entry in list_all(ledger).entries] == [1, 1, 1]
        ledger.close()
