"""The operations ledger under load: 100,000 activities over 50 operations, and twenty writers at once.

Run ``python -m benchmarks.bench_ledger``; ``--seconds 60`` for the full minute of writers, ``--postgresql URL`` for a
PostgreSQL database beside SQLite. The ledger is made in a temporary folder; a PostgreSQL database must be empty.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from hotspots.activity_kinds import KINDS, KindTable, Total
from hotspots.pipeline.operation_exports import export_csv
from hotspots.pipeline.operation_summary import summarise_operation
from hotspots.pipeline.operations import import_operations, list_all, open_operations
from hotspots.record_dates import RecordDate, parse_record_date
from hotspots.schemas_ledger import Activity
from hotspots.schemas_operations import Operation, OperationArea, PhaseWindow
from hotspots.settings import read_settings
from hotspots.store.ledger import (
    ActivityFilter,
    add,
    check_integrity,
    list_activities,
    list_audit,
    total_activities,
    total_by_date,
)
from hotspots.terms import Phase

if TYPE_CHECKING:
    from collections.abc import Callable

    from hotspots.store.ledger import Ledger

OPERATIONS, ROWS = 50, 100_000
START = date(2020, 10, 1)


def write_file(path: Path, seed: int = 7) -> dict[tuple[str, str], Decimal]:
    """Write the import file, and return the sums that must come out of the ledger."""
    chance = random.Random(seed)
    kinds = [kind for kind in KINDS if kind.total is Total.SUM]
    sums: dict[tuple[str, str], Decimal] = {}
    with path.open("w", encoding="utf-8") as file:
        file.write("operation,date,kind,quantity,unit,phase,partner,ward_code,note,source\n")
        for row in range(ROWS):
            code = f"operation-{row % OPERATIONS:02d}"
            day = START + timedelta(days=chance.randrange(1_000))
            kind = chance.choice(kinds)
            quantity = Decimal(chance.randrange(1, 40)) / (1 if kind.whole else 4)
            sums[code, kind.code] = sums.get((code, kind.code), Decimal(0)) + quantity
            phase = "hold" if timedelta(days=300) <= day - START <= timedelta(days=400) else ""
            file.write(
                f"{code},{day},{kind.code},{quantity},,{phase},Team {row % 17},E0500{chance.randrange(1000, 9999)},"
                f"Entry {row},Log {row % 400}\n"
            )
    return sums


def make_operations(ledger: Ledger) -> None:
    for number in range(OPERATIONS):
        code = f"operation-{number:02d}"
        operation = Operation(
            code, f"Operation {number:02d}", OperationArea(f"Area {number}", area_code=f"area-{number}"),
            started=RecordDate.day(START),
        )  # fmt: skip
        add(ledger, operation, by="bench")
        add(ledger, PhaseWindow(code, Phase.CLEAR, start=RecordDate.day(START), end=_day(400)), by="bench")
        add(ledger, PhaseWindow(code, Phase.HOLD, start=_day(300)), by="bench")


def _day(after: int) -> RecordDate:
    return RecordDate.day(START + timedelta(days=after))


def timed(label: str, function: Callable[[], Any], repeat: int = 5) -> Any:
    times = []
    for _ in range(repeat):
        begun = time.perf_counter()
        answer = function()
        times.append(time.perf_counter() - begun)
    print(f"  {label:<58} {median(times) * 1000:9.1f} ms   worst {max(times) * 1000:9.1f} ms")
    return answer


def measure(ledger: Ledger, folder: Path) -> None:
    path = folder / "activities.csv"
    sums = write_file(path)
    make_operations(ledger)
    settings = read_settings()

    def bring_in() -> Any:
        return import_operations(ledger, path, settings=settings, by="bench")

    report = timed(f"import {ROWS:,} rows of CSV", bring_in, repeat=1)
    assert report.outcome.added == ROWS, report.to_text()
    report = timed("import the same file again (nothing added)", bring_in, repeat=1)
    assert report.outcome.unchanged == ROWS
    totals = timed("totals of every operation by kind and phase", lambda: total_activities(ledger))
    found: dict[tuple[str, str], Decimal] = {}
    for total in totals:
        found[total.operation, total.kind] = found.get((total.operation, total.kind), Decimal(0)) + total.quantity
    assert found == sums, "totals differ from the sum of the rows"
    kinds = KindTable()
    timed("list of operations", lambda: list_all(ledger))
    timed("summary of one operation", lambda: summarise_operation(ledger, kinds, "operation-07"))
    timed("curves of one operation (sums by date)", lambda: total_by_date(ledger, "operation-07"))
    timed("log page, 200 activities of one operation", lambda: list_activities(ledger, ActivityFilter("operation-07")))
    timed("log page, 200 activities of all operations", lambda: list_activities(ledger, ActivityFilter()))
    timed("search for words in all notes", lambda: list_activities(ledger, ActivityFilter(words="Entry 99")))
    timed("audit page, 200 lines", lambda: list_audit(ledger, operation="operation-07"))
    timed("export as CSV", lambda: sum(map(len, export_csv(ledger))), repeat=1)
    soundness = timed("check of the whole ledger", lambda: check_integrity(ledger), repeat=1)
    assert soundness.problems == ()


def write_for_a_while(seconds: float, writer: int) -> None:
    """Be one writer: enter activities until the time is up, and print each note once its entry is confirmed."""
    ledger = open_operations(read_settings())
    until = time.monotonic() + seconds
    number = 0
    while time.monotonic() < until:
        note = f"writer {writer} entry {number}"
        activity = Activity(
            "operation-00",
            parse_record_date("2020-11-05"),
            "arrests",
            Decimal(1),
            "count",
            phase=Phase.CLEAR,
            note=note,
        )
        add(ledger, activity, by=f"writer {writer}")
        print(note, flush=True)
        number += 1
    ledger.close()


def many_writers(ledger: Ledger, seconds: float, writers: int = 20) -> None:
    before = list_activities(ledger, ActivityFilter(words="writer "), limit=1)[1]
    command = [sys.executable, "-m", "benchmarks.bench_ledger", "--seconds", str(seconds), "--writer"]
    running = [
        subprocess.Popen([*command, str(number)], stdout=subprocess.PIPE, text=True) for number in range(writers)
    ]
    confirmed = [note for process in running for note in process.communicate()[0].splitlines()]
    assert all(process.returncode == 0 for process in running)
    rows, total = list_activities(ledger, ActivityFilter(words="writer "), limit=None)
    notes = [row.value.note for row in rows]
    assert total - before == len(confirmed), (total, before, len(confirmed))
    assert sorted(notes) == sorted(confirmed), "an entry was lost or doubled"
    assert check_integrity(ledger).problems == ()
    print(f"  {writers} writers for {seconds:g} s: {len(confirmed):,} entries confirmed, all there once, ledger sound")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--postgresql", metavar="URL")
    parser.add_argument("--writer", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.writer is not None:
        write_for_a_while(options.seconds, options.writer)
        return
    for kind, url in (("SQLite", None), ("PostgreSQL", options.postgresql)):
        if kind == "PostgreSQL" and url is None:
            continue
        with tempfile.TemporaryDirectory() as folder:
            os.environ["HOTSPOTS_HOME"] = folder
            if url:
                os.environ["HOTSPOTS_DATABASE_URL"] = url
            print(kind)
            ledger = open_operations(read_settings())
            measure(ledger, Path(folder))
            many_writers(ledger, options.seconds)
            ledger.close()


if __name__ == "__main__":
    main()
