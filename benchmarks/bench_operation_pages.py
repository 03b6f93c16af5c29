"""Server time of the operations pages at 100,000 activities over 50 operations: warm, and after a new record.

The whole script is timed, from the first line of app.py to the last, marking, filters, charts and maps included, in
Streamlit's own test harness; what a browser then does with it is not in the figure. Each figure is the median of its
runs, in milliseconds of the wall clock and, behind it, of the processor, which a busy machine stretches less. The
ledger is made in a temporary folder; the areas are real wards.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path

from streamlit.testing.v1 import AppTest

from benchmarks.bench_ledger import OPERATIONS, write_file
from hotspots.activity_kinds import KindTable
from hotspots.pipeline.operation_entry import build_activity, build_operation, build_target, build_window
from hotspots.pipeline.operations import import_operations, open_operations
from hotspots.pipeline.world import open_world
from hotspots.settings import read_settings
from hotspots.store.ledger import Ledger, add

ROOT = Path(__file__).resolve().parents[1]
KINDS = KindTable()
RUNS = 9
VIEWS = ("", "log", "record", "rows", "files", "audit")


def make_ledger(folder: Path) -> Ledger:
    settings = read_settings()
    ledger = open_operations(settings)
    wards = open_world(settings).boundaries.codes
    for number in range(OPERATIONS):
        code = f"operation-{number:02d}"
        own = wards[3 * number : 3 * number + 3]
        fields = {"name": f"Operation {number:02d}", "code": code, "ward_codes": own, "started": "1 October 2020"}
        add(ledger, build_operation(fields), by="bench")
        for phase, start, end in (("clear", "1/10/2020", "5/11/2021"), ("hold", "28/7/2021", "")):
            add(ledger, build_window(code, {"phase": phase, "start": start, "end": end}), by="bench")
        target = {"kind": "warrants", "phase": "clear", "quantity": "5000", "by": "31 December 2030"}
        add(ledger, build_target(KINDS, code, target), by="bench")
    file = folder / "activities.csv"
    write_file(file)
    text = file.read_text(encoding="utf-8")
    report = import_operations(ledger, file, settings=settings, by="bench")
    assert not report.problems, report.problems[0]
    print(f"{report.outcome.added:,} of {text.count(chr(10)) - 1:,} activities over {OPERATIONS} operations")
    return ledger


def open_page(page: str, **params: str) -> AppTest:
    test = AppTest.from_file(ROOT / "app.py", default_timeout=120)
    for name, value in params.items():
        test.query_params[name] = value
    test.switch_page(page)
    return test.run()


def time_run(test: AppTest) -> tuple[float, float]:
    started, used = time.perf_counter(), time.process_time()
    test.run()
    assert not test.exception
    return 1000 * (time.perf_counter() - started), 1000 * (time.process_time() - used)


def say(runs: list[tuple[float, float]]) -> str:
    wall, processor = (statistics.median(part) for part in zip(*runs, strict=True))
    return f"{wall:.0f} ({processor:.0f})"


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["HOTSPOTS_HOME"] = str(folder / "home")
        ledger = make_ledger(folder)
        print(f"{'page':28} {'warm, ms':>12} {'after a new record, ms':>24}")
        pages = [("operations", {})] + [("operation", {"operation": "operation-07", "view": view}) for view in VIEWS]
        for page, params in pages:
            test = open_page(f"pages/{page}.py", **params)
            warm = [time_run(test) for _ in range(RUNS)]
            after = []
            for quantity in range(1, 6):
                fields = {"date": "1 November 2020", "kind": "arrests", "quantity": str(quantity), "phase": "clear"}
                add(ledger, build_activity(KINDS, "operation-07", fields), by="bench")
                after.append(time_run(test))
            title = f"{page} {params.get('view') or ('scorecard' if params else '')}"
            print(f"{title:28} {say(warm):>12} {say(after):>24}")
        ledger.close()


if __name__ == "__main__":
    main()
