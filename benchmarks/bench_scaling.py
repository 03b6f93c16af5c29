"""Show how cost grows from 100,000 to 20 million rows, made by repeating the real months with new dates.

Run ``python benchmarks/bench_scaling.py``. It reads the raw street files of ``crime/northumbria`` under
``HOTSPOTS_TEST_DATA``. Each size runs in a process of its own. Preparing is done once a data version; selecting and
clustering are what a filter change costs. Places do not multiply when months do, so clustering stays flat.
``HOTSPOTS_TEST_DATA`` names the folder of raw police.uk files.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

REAL_DATA = Path(os.environ.get("HOTSPOTS_TEST_DATA", Path(__file__).resolve().parents[1].parent / "shared" / "data"))
SIZES = (100_000, 524_070, 2_000_000, 5_000_000, 20_000_000)


def median_ms(work: Callable[[], object], runs: int = 5) -> float:
    """Return the median milliseconds of some runs, after one that is not counted."""
    work()
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken) * 1000


def measure(rows: int) -> dict[str, float]:
    """Measure one size."""
    from hotspots.analysis.cube import Selection  # noqa: PLC0415 - only the measured process loads them
    from hotspots.analysis.dbscan import cluster_places, find_neighbours  # noqa: PLC0415 - as above
    from hotspots.analysis.kdistance import suggest_min_samples  # noqa: PLC0415 - as above
    from hotspots.pipeline import world as joining  # noqa: PLC0415 - as above
    from hotspots.schemas import Coverage  # noqa: PLC0415 - as above
    from hotspots.settings import read_settings  # noqa: PLC0415 - as above
    from hotspots.store.boundaries import read_embedded  # noqa: PLC0415 - as above
    from hotspots.store.incidents import IncidentStore  # noqa: PLC0415 - as above

    incidents = IncidentStore(read_settings().incidents_home).read()
    base = len(incidents.month)
    times = -(-rows // base)
    span = int(incidents.month.max() - incidents.month.min()) + 1
    month = np.concatenate([incidents.month + span * k for k in range(times)])[:rows]
    grown = replace(
        incidents,
        month=month,
        coverage=Coverage({"northumbria": tuple(np.unique(month).tolist())}),
        **{
            name: np.tile(getattr(incidents, name), times)[:rows]
            for name in ("lon", "lat", "crime_type", "outcome", "n", "force")
        },
    )
    boundaries = read_embedded()
    start = time.perf_counter()
    cube, _ = joining._join(grown, boundaries)  # noqa: SLF001 - the step itself is what is measured
    prepared = time.perf_counter() - start
    everything = np.ones((len(cube.types), len(cube.outcomes)), dtype=bool)
    last = len(cube.months) - 1
    whole, year = Selection(0, last, everything), Selection(max(0, last - 11), last, everything)
    neighbours = find_neighbours(cube.places.x, cube.places.y, eps=150)
    weights = cube.weigh_places(whole)
    threshold = suggest_min_samples(neighbours, weights)
    return {
        "rows": rows,
        "places": len(cube.places),
        "entries": len(cube.n),
        "prepare_s": prepared,
        "select_year_ms": median_ms(lambda: cube.weigh_places(year)),
        "select_all_ms": median_ms(lambda: cube.weigh_places(whole)),
        "areas_ms": median_ms(lambda: cube.count_areas(whole)),
        "cluster_ms": median_ms(lambda: cluster_places(neighbours, weights, min_samples=threshold)),
        "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    """Measure every size and print one table."""
    if len(sys.argv) > 1:
        print(json.dumps(measure(int(sys.argv[1]))))
        return
    crime = REAL_DATA / "crime" / "northumbria"
    if not crime.is_dir():
        sys.exit(
            f"no street files under {REAL_DATA}; set HOTSPOTS_TEST_DATA to the folder that holds crime/northumbria"
        )
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "HOTSPOTS_HOME": home}
        subprocess.run(
            [sys.executable, "-m", "hotspots.cli", "ingest", str(crime)],
            check=True, env=environment, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        print("      rows  places     entries  prepare s  12 months ms  all months ms  areas ms  DBSCAN ms  peak MB")
        for size in SIZES:
            finished = subprocess.run(
                [sys.executable, __file__, str(size)], check=True, env=environment, capture_output=True, text=True
            )
            row = json.loads(finished.stdout)
            print(
                f"{row['rows']:>10,} {row['places']:>7,} {row['entries']:>11,} {row['prepare_s']:>10.2f} "
                f"{row['select_year_ms']:>13.1f} {row['select_all_ms']:>14.1f} {row['areas_ms']:>9.1f} "
                f"{row['cluster_ms']:>10.1f} {row['mb']:>8,.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
