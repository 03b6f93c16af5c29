"""Server time of the pages: a warm run of each, and the first run after a filter has changed.

The whole script is timed, from the first line of app.py to the last, marking, filters and map included, in Streamlit's
own test harness; what a browser then does with it is not in the figure. Run it with ``HOTSPOTS_HOME`` set to measure
loaded data, without for the embedded extract.
"""

from __future__ import annotations

import json
import statistics
import time
from pathlib import Path

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[1]
RUNS = 15
CHANGES = [("lens", "violence"), ("lens", "acquisitive"), ("lens", "organised"), ("eps", 200.0), ("eps", 100.0)]


def open_page(page: str | None, **params: str) -> AppTest:
    test = AppTest.from_file(ROOT / "app.py", default_timeout=120)
    for name, value in params.items():
        test.query_params[name] = value
    if page is not None:
        test.switch_page(page)
    return test.run()


def time_run(test: AppTest) -> float:
    started = time.perf_counter()
    test.run()
    assert not test.exception
    return 1000 * (time.perf_counter() - started)


def change(test: AppTest, name: str, value: str | float) -> None:
    if isinstance(value, str):
        test.selectbox(key=name).select(value)
    else:
        test.number_input(key=name).set_value(value)


def main() -> None:
    print(f"{'page':10} {'warm run, ms':>13} {'after a filter change, ms':>26} {'map sent, kB':>13}")
    for name, page, params in (("overview", None, {}), ("area", "pages/area.py", {"area": "ashington"})):
        test = open_page(page, **params)
        warm = statistics.median(time_run(test) for _ in range(RUNS))
        changed = []
        for key, value in CHANGES:
            change(test, key, value)
            changed.append(time_run(test))
        if page is None:
            proto = test.get("bidi_component")[0].proto
            sent = len(proto.SerializeToString())
        else:
            sent = len(json.dumps(json.loads(test.get("component_instance")[0].proto.json_args)))
        print(f"{name:10} {warm:13.0f} {statistics.median(changed):26.0f} {sent / 1000:13.0f}")


if __name__ == "__main__":
    main()
