"""How long does an evaluation take? Operation Momentum by every outcome, and a panel file of a published shape.

Run ``python benchmarks/bench_impact.py``. The file has 923 units, 58 months, 14 treated units and nine outcomes, as the
published evaluation of Clear, Hold, Build had areas and months; its counts are drawn from a process fitted to the
embedded extract. Each must end within 60 s.
"""

from __future__ import annotations

import csv
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from hotspots.analysis.simulate_panel import ForceProcess, draw_panel, fit_process
from hotspots.analysis.spatial_weights import weigh_contiguity
from hotspots.months import format_month, parse_month
from hotspots.pipeline.impact_operation import assess_file, assess_operation
from hotspots.pipeline.operations import open_operations
from hotspots.pipeline.world import World, open_world
from hotspots.settings import read_settings

UNITS, MONTHS, TREATED, LIMIT = 923, 58, 14, 60.0
START = parse_month("2022-01")
OUTCOMES = ("total", "violence", "burglary", "robbery", "vehicle", "shoplifting", "damage", "asb", "order")
FALL = 0.8


def write_panel(path: Path, world: World) -> None:
    """Write a panel file with a fall by a fifth planted in the treated units."""
    rng = np.random.default_rng(7)
    n = len(world.boundaries)
    counts = world.cube.by_area[:n].sum(axis=(2, 3)).astype(float)
    touching = weigh_contiguity(world.boundaries.geometry)
    fitted = fit_process(counts, world.cube.months.astype(np.int64), touching)
    chosen = rng.choice(n, UNITS)
    months = np.arange(START - 40, START - 40 + MONTHS, dtype=np.int64)
    lattice = weigh_contiguity(_squares(UNITS))
    treated = np.zeros(UNITS, dtype=bool)
    treated[rng.choice(UNITS, TREATED, replace=False)] = True
    factor = np.where(np.outer(treated, months >= START), FALL, 1.0)
    columns = []
    for place in range(len(OUTCOMES)):
        level = fitted.level[chosen] / (1 if place == 0 else 8)
        process = ForceProcess(
            level, fitted.calendar, fitted.shock, fitted.wander[chosen], fitted.persistence, fitted.shared, 1.5
        )
        columns.append(draw_panel(process, months, lattice, seed=rng, factor=factor))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["area", "month", "treated", *OUTCOMES, "poverty"])
        poverty = rng.normal(size=UNITS)
        for unit in range(UNITS):
            for column, month in enumerate(months):
                row = [int(table[unit, column]) for table in columns]
                writer.writerow([f"A{unit:03d}", format_month(int(month)), int(treated[unit]), *row, poverty[unit]])


def _squares(n: int) -> np.ndarray:
    import shapely  # noqa: PLC0415 - only to lay units side by side

    side = int(np.ceil(np.sqrt(n)))
    x, y = np.arange(n) % side, np.arange(n) // side
    return np.asarray(shapely.box(x, y, x + 1, y + 1))


def main() -> int:
    settings = read_settings()
    world = open_world(settings)
    ledger = open_operations(settings, create=False)
    late = 0
    begun = time.perf_counter()
    impact = assess_operation(world, ledger, "momentum")
    took = time.perf_counter() - begun
    late += took > LIMIT
    print(f"Momentum, {len(impact.outcomes)} outcomes, {impact.panel.counts.shape[1]} wards: {took:.1f} s")
    print(f"  {impact.headline.verdict.sentence}")
    ledger.close()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "panel.csv"
        write_panel(path, world)
        begun = time.perf_counter()
        impact = assess_file(
            path,
            unit="area",
            month="month",
            treated="treated",
            outcomes=OUTCOMES,
            start=START,
            covariates=("poverty",),
            progress=lambda name, done, total: print(
                f"  {time.perf_counter() - begun:5.1f} s {name} ({done} of {total})"
            ),
        )
        took = time.perf_counter() - begun
    late += took > LIMIT
    print(f"Panel of {UNITS} units, {MONTHS} months, {TREATED} treated, {len(OUTCOMES)} outcomes: {took:.1f} s")
    for one in impact.outcomes:
        print(f"  {one.verdict.sentence}")
    return late


if __name__ == "__main__":
    sys.exit(main())
