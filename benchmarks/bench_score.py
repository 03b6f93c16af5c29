"""Time the area score: invented forces of several sizes, and the same rank intervals drawn on rows with pandas.

Run ``python benchmarks/bench_score.py``. Nothing is read; the counts are invented at the size of a real force (177
wards and three named areas, 33 months, 12 types, about 520,000 incidents).
"""

from __future__ import annotations

import statistics
import time
import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspots.analysis.score import DRAWS, AreaCounts, score_areas

if TYPE_CHECKING:
    from collections.abc import Callable

ROW_DRAWS = 5
SIZES = ((180, 1), (180, 12), (180, 33), (1_000, 33), (8_900, 33))


def invent_counts(areas: int, months: int, *, types: int = 12, a_month: float = 88.0) -> AreaCounts:
    """Invent the counts of a force; `a_month` is the mean number of incidents of an area in a month."""
    rng = np.random.default_rng(1)
    level = rng.gamma(3.0, a_month / 3 / types, (areas, 1, 1)) * rng.dirichlet(np.ones(types)) * types
    history = rng.poisson(level, (areas, max(months, 24), types))
    monthly = history[:, -months:]
    located = monthly.sum(axis=(1, 2))
    every_month = np.arange(600, 600 + history.shape[1], dtype=np.int32)
    return AreaCounts(
        monthly=monthly,
        months=every_month[-months:],
        types=tuple(f"type {number}" for number in range(types)),
        harm_days=rng.gamma(0.5, 100.0, types),
        enforcement=np.zeros(areas, dtype=np.int64),
        clustered=rng.binomial(located, 0.3),
        located=located,
        population=rng.lognormal(9, 0.3, areas),
        area_km2=np.full(areas, 4.0),
        visitor=rng.poisson(100, areas),
        n_wards=areas,
        history=history.sum(axis=2),
        history_months=every_month,
    )


def time_call(call: Callable[[], object], *, times: int = 15) -> float:
    """Return the median time of a call in milliseconds, the first one left out."""
    call()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return 1_000 * statistics.median(taken)


def measure_peak(call: Callable[[], object]) -> float:
    """Return the peak of newly allocated memory during a call in megabytes."""
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def rank_on_rows(counts: AreaCounts) -> float:
    """Draw ranks as they are often drawn, by resampling rows in pandas; milliseconds for all draws, from a few of them.

    Only rate and harm are drawn: shares, persistence and trend would cost more.
    """
    by_type = counts.monthly.sum(axis=1)
    area, kind = np.nonzero(by_type)
    repeats = by_type[area, kind]
    rows = pd.DataFrame({"area": np.repeat(area, repeats), "harm": np.repeat(counts.harm_days[kind], repeats)})
    rng = np.random.default_rng(1)
    start = time.perf_counter()
    for _ in range(ROW_DRAWS):
        drawn = rows.sample(frac=1.0, replace=True, random_state=rng).groupby("area")["harm"].agg(["size", "sum"])
        drawn.div(counts.population[drawn.index], axis=0).rank(ascending=False)
    return 1_000 * (time.perf_counter() - start) / ROW_DRAWS * DRAWS


def main() -> None:
    print(f"Area score with rank intervals from {DRAWS:,} draws, median of 15 runs")
    print(f"{'areas':>7} {'months':>7} {'incidents':>11} {'score ms':>9} {'peak MB':>8}")
    for areas, months in SIZES:
        counts = invent_counts(areas, months)
        runs = 15 if areas <= 1_000 else 3
        taken = time_call(lambda counts=counts: score_areas(counts), times=runs)
        peak = measure_peak(lambda counts=counts: score_areas(counts))
        print(f"{areas:>7,} {months:>7} {counts.monthly.sum():>11,} {taken:>9.1f} {peak:>8.1f}")
    counts = invent_counts(180, 33)
    ours, rows = time_call(lambda: score_areas(counts)), rank_on_rows(counts)
    print(
        f"Same force, rows resampled with pandas (rate and harm only, from {ROW_DRAWS} draws): {rows:,.0f} ms, "
        f"{rows / ours:,.0f} times as long as {ours:.1f} ms"
    )


if __name__ == "__main__":
    main()
