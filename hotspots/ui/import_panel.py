"""Files on the operation page: import with a mapping of columns, a dry run and the problems by row; and export."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from hotspots.errors import HotspotsError, InputError
from hotspots.pipeline.operation_exports import export_csv, export_document, export_excel, write_document
from hotspots.pipeline.operation_upload import import_upload, open_upload
from hotspots.sources.activities import COLUMNS, REQUIRED
from hotspots.ui import panels
from hotspots.ui.author import author
from hotspots.ui.ledger import current_kinds, open_for_writing, reading
from hotspots.ui.operation_panels import draw_caption
from hotspots.ui.tables import fit_rows
from hotspots.views.wording import write_count

if TYPE_CHECKING:
    from collections.abc import Callable

    from hotspots.pipeline.operation_upload import UploadedFile
    from hotspots.pipeline.operation_view import OperationView
    from hotspots.pipeline.operations import ImportReport
    from hotspots.settings import Settings
    from hotspots.ui.shell import View

SHOWN_PROBLEMS = 500
"""Problems that the table lists."""
_OURS = {
    "operation": "Operation",
    "date": "Date",
    "kind": "What was done",
    "quantity": "How many",
    "unit": "Unit",
    "phase": "Phase",
    "partner": "Unit or partner",
    "ward_code": "Ward code",
    "note": "Note",
    "source": "Source",
    "place": "Place",
    "at_least": "Lower bound (yes or no)",
    "reference": "Reference",
    "version": "Version",
}


def draw_files(view: View, answer: OperationView) -> None:
    """Draw import and export."""
    left, right = st.columns([13, 7], gap="medium")
    with left:
        _draw_import(view, answer)
    with right:
        _draw_export(view.settings, answer)


def _draw_export(settings: Settings, answer: OperationView) -> None:
    code = answer.operation.record
    panels.draw_section("Export", "all read back to the same records")
    for label, write, ending, kind in _EXPORTS:
        st.download_button(
            label,
            data=partial(write, settings, code),
            file_name=f"{code}{ending}",
            mime=kind,
            on_click="ignore",
            key=f"{ending.rsplit('.', 1)[1]}:{code}",
            width="stretch",
        )
    draw_caption("Cells that a spreadsheet would take for a formula are neutralised; importing takes that back.")


def _write_csv(settings: Settings, code: str) -> bytes:
    with reading(settings) as ledger:
        return "".join(export_csv(ledger, code)).encode("utf-8-sig")


def _write_excel(settings: Settings, code: str) -> bytes:
    with reading(settings) as ledger:
        return export_excel(ledger, code)


def _write_document(settings: Settings, code: str) -> bytes:
    with reading(settings) as ledger:
        return write_document(export_document(ledger, code)).encode()


_EXPORTS: tuple[tuple[str, Callable[[Settings, str], bytes], str, str], ...] = (
    ("Activities as CSV", _write_csv, "-activities.csv", "text/csv"),
    (
        "Activities as Excel",
        _write_excel,
        "-activities.xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    ("The whole operation as JSON", _write_document, ".json", "application/json"),
)
"""What can be exported: its name, who writes it, the end of the file's name, and its kind."""


def _draw_import(view: View, answer: OperationView) -> None:
    code = answer.operation.record
    panels.draw_section("Import", "CSV, Excel (.xlsx) or the JSON document of an operation")
    uploaded = st.file_uploader(
        "File",
        type=["csv", "xlsx", "json"],
        key=f"upload:{code}",
        max_upload_size=view.settings.page_upload_bytes // 1_000_000,
        label_visibility="collapsed",
    )
    if uploaded is None:
        draw_caption(
            f"Columns: {', '.join(REQUIRED)} are needed, {', '.join(COLUMNS[4:])} may follow; others can be mapped. "
            "The same file again changes nothing, and one bad row stops all, unless you say otherwise."
        )
        return
    try:
        file = open_upload(uploaded.name, uploaded.getvalue(), limit=view.settings.page_upload_bytes)
    except InputError as error:
        panels.draw_message("This file cannot be used", str(error), wrong=True)
        return
    columns = {} if file.document else _draw_mapping(file, code)
    keep_good = st.checkbox("Keep the good rows though others have problems", key=f"keep-good:{code}")
    with st.container(horizontal=True):
        check = st.button("Check without keeping anything", key=f"check:{code}")
        bring = st.button("Import", type="primary", key=f"import:{code}")
    if check or bring:
        _run(view.settings, file, code, columns=columns, keep_good=keep_good, dry_run=check)


def _draw_mapping(file: UploadedFile, code: str) -> dict[str, str]:
    """Let the reader say which column of the file is which of ours; guesses stand there already."""
    options = ["", *file.headings]
    chosen: dict[str, str] = {}
    names = [name for name in _OURS if name in COLUMNS or name in file.guess]
    cells = [column for _row in range(0, len(names), 5) for column in st.columns(5)]
    for name, cell in zip(names, cells, strict=False):
        needed = " *" if name in REQUIRED and name != "operation" else ""
        empty = "this operation" if name == "operation" else "not in the file"
        heading: str | None = cell.selectbox(
            f"{_OURS[name]}{needed}",
            options,
            index=options.index(file.guess[name]) if name in file.guess else 0,
            format_func=partial(_name_heading, empty),
            key=f"map:{code}:{file.name}:{name}",
        )
        if heading:
            chosen[name] = heading
    return chosen


def _name_heading(empty: str, heading: str) -> str:
    return heading or empty


def _run(
    settings: Settings, file: UploadedFile, code: str, *, columns: dict[str, str], keep_good: bool, dry_run: bool
) -> None:
    bar = st.progress(0.0, text="Reading")

    def advance(label: str, done: int, total: int) -> None:
        share = min(done / total, 1.0) if total else 0.0
        bar.progress(share, text=f"{label}: {done:,}" + (f" of {total:,} rows" if total else " rows"))

    try:
        report = import_upload(
            open_for_writing(settings),
            current_kinds(settings),
            file,
            by=author(),
            columns=columns,
            operation=code,
            keep_good=keep_good,
            dry_run=dry_run,
            progress=advance,
        )
    except HotspotsError as error:
        bar.empty()
        panels.draw_message("Nothing was kept", str(error), wrong=True)
        return
    bar.empty()
    _draw_report(report)


def _draw_report(report: ImportReport) -> None:
    outcome = report.outcome
    would = "" if outcome.kept else "would be "
    counts = (
        f"{report.rows_read:,} rows read; {outcome.added:,} {would}added, {outcome.corrected:,} {would}corrected, "
        f"{outcome.unchanged:,} were there already."
    )
    if report.problems:
        title = "Kept, but not all of it" if outcome.kept else "Nothing was kept"
        text = f"{write_count(len(report.problems), 'problem')}, listed below by row and column. {counts}"
        if not outcome.kept:
            text += " Correct the file and import it again; rows that are there already are never doubled."
        panels.draw_message(title, text, wrong=True)
        frame, config = show_problems(report)
        st.dataframe(frame, column_config=config, hide_index=True, height=fit_rows(len(frame), 10), key="problems")
        if len(report.problems) > SHOWN_PROBLEMS:
            draw_caption(f"The first {SHOWN_PROBLEMS} of {len(report.problems):,} problems are listed.")
    elif report.dry_run:
        panels.draw_message("No problem found; nothing was kept yet", f"{counts} Press Import to keep it.")
    else:
        panels.draw_message("Kept", counts)
    for note in report.notes:
        draw_caption(note)


def show_problems(report: ImportReport) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Turn the problems of a file into a table for the page."""
    column = st.column_config
    listed = report.problems[:SHOWN_PROBLEMS]
    frame = pd.DataFrame(
        {
            "row": [f"{problem.part} {problem.row:,}" if problem.row else "file" for problem in listed],
            "column": [problem.column for problem in listed],
            "message": [problem.message for problem in listed],
        }
    )
    return frame, {
        "row": column.TextColumn("Where", width=110),
        "column": column.TextColumn("Column", width=110),
        "message": column.TextColumn("What is wrong, and what to do", width=640),
    }
