"""Time the answers of the hotspots, trends and method pages on the real months: what a change of a filter costs.

Run ``python benchmarks/bench_science.py``. It loads the raw street files of ``crime/northumbria`` under
``HOTSPOTS_TEST_DATA`` into a temporary data home. How the methods compare with PySAL, pymannkendall and scikit-learn is
timed by ``bench_gistar.py`` and ``bench_kde.py``; run all three at once with ``python -m benchmarks gistar kde
science``. ``HOTSPOTS_TEST_DATA`` names the folder of raw police.uk files.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hotspots.analysis.kde import prepare_smoother
from hotspots.months import parse_month
from hotspots.pipeline.emerging import choose_emerging_cells, find_emerging_cells
from hotspots.pipeline.ground import choose_cells, lay_ground
from hotspots.pipeline.hot_cells import find_hot_cells
from hotspots.pipeline.load import ingest
from hotspots.pipeline.method_check import check_methods
from hotspots.pipeline.surface import choose_bandwidth, draw_surface, lay_surface_grid
from hotspots.pipeline.survival import list_map_points, measure_hot_cells
from hotspots.pipeline.trends import compare_areas
from hotspots.pipeline.world import open_world
from hotspots.query import Query
from hotspots.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Callable

REAL_DATA = Path(os.environ.get("HOTSPOTS_TEST_DATA", Path(__file__).resolve().parents[1].parent / "shared" / "data"))
REPEATS = 7
LIMIT_MS = 100
QUERIES = {
    "all crime, 33 months": Query(),
    "violence, 12 months": Query(lens="violence", month_from=parse_month("2022-02")),
    "organised, harm": Query(lens="organised", show="harm"),
}


def median_ms(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Return the median time of some work in milliseconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def main() -> None:
    if not (REAL_DATA / "crime" / "northumbria").is_dir():
        sys.exit(
            f"no street files under {REAL_DATA}; set HOTSPOTS_TEST_DATA to the folder that holds crime/northumbria"
        )
    with tempfile.TemporaryDirectory() as home:
        settings = read_settings({"HOTSPOTS_HOME": home})
        ingest([REAL_DATA / "crime" / "northumbria"], settings=settings)
        world = open_world(settings)
    print(f"{len(world.cube.places):,} places, {len(world.cube.months)} months, {len(world.boundaries)} wards; medians")
    print(f"once: ground of 250 m cells {median_ms(lambda: lay_ground(world, choose_cells(world)), 1):,.0f} ms, "
          f"grid of the surface {median_ms(lambda: lay_surface_grid(world), 1):,.0f} ms, "
          f"bandwidth {median_ms(lambda: choose_bandwidth(world, Query()), 1):,.0f} ms")  # fmt: skip
    ground = lay_ground(world, choose_cells(world))
    grid = lay_surface_grid(world)
    bandwidth = choose_bandwidth(world, Query())
    smoother = prepare_smoother(grid, bandwidth=bandwidth.metres)
    slow = []
    for name, query in QUERIES.items():
        wide = lay_ground(world, choose_emerging_cells(world, query))
        work: dict[str, Callable[[], object]] = {
            "hot cells with spots": lambda query=query: find_hot_cells(world, query, ground=ground).spots,
            "surface with peaks": lambda query=query: (
                draw_surface(world, query, smoother=smoother, bandwidth=bandwidth).peaks
            ),
            "emerging classes": lambda query=query, wide=wide: find_emerging_cells(world, query, ground=wide).classes,
            "trends of all areas": lambda query=query: compare_areas(world, query),
        }
        for what, run in work.items():
            took = median_ms(run)
            print(f"{name:<22} {what:<22} {took:7.1f} ms")
            if took > LIMIT_MS:
                slow.append(f"{what} ({name})")
    points = list_map_points(world)
    answer = find_hot_cells(world, Query(), ground=ground)
    print(f"survival of hot cells, 50 draws: {median_ms(lambda: measure_hot_cells(answer, points), 1):,.0f} ms")
    for geography in ("cells", "wards"):
        took = median_ms(
            lambda geography=geography: check_methods(world, Query(), geography=geography, ground=ground), 1
        )
        print(f"back-test of all methods by {geography}: {took / 1000:.1f} s")
        print(f"  {check_methods(world, Query(), geography=geography, ground=ground).say()}")
    print(f"over {LIMIT_MS} ms: {', '.join(slow) or 'none'}")


if __name__ == "__main__":
    main()
