"""Which method foresees best, and which weights of the area score? A rolling back-test on the real months.

Run ``python benchmarks/bench_backtest.py [methods|weights]``. It loads the raw street files of ``crime/northumbria``
under ``HOTSPOTS_TEST_DATA`` into a temporary data home and prints the tables of ``docs/methods-hotspots-2.md``; a few
minutes of processor time. ``HOTSPOTS_TEST_DATA`` names the folder of raw police.uk files.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import rankdata

from hotspots.analysis.backtest import (
    Window,
    draw_blocks,
    list_windows,
    predict_fading,
    predict_recent,
    predict_year_before,
    run_backtest,
    summarise_backtest,
)
from hotspots.analysis.cells import assign_cells, count_cells, find_reachable, keep_cells, make_cells
from hotspots.analysis.cube import Selection
from hotspots.analysis.dbscan import DEFAULT_EPS, cluster_places
from hotspots.analysis.gistar import gistar
from hotspots.analysis.kde import grid_cells, prepare_smoother, smooth_places
from hotspots.analysis.kdistance import suggest_min_samples
from hotspots.analysis.parts import measure_parts
from hotspots.analysis.rates import shrink_rates
from hotspots.analysis.spatial_weights import weigh_cells, weigh_contiguity
from hotspots.months import SNAP_POINT_REFRESH, format_month, parse_month
from hotspots.pipeline.clusters import find_clusters
from hotspots.pipeline.load import ingest
from hotspots.pipeline.score import count_units
from hotspots.pipeline.selection import choose
from hotspots.pipeline.world import open_world
from hotspots.query import Query
from hotspots.settings import read_settings
from hotspots.terms import LENSES, SCORE_PARTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from hotspots.analysis.cells import Cells
    from hotspots.pipeline.world import World
    from hotspots.terms import Lens

REAL_DATA = Path(os.environ.get("HOTSPOTS_TEST_DATA", Path(__file__).resolve().parents[1].parent / "shared" / "data"))
PAST, HORIZON, CELL, FINE = 12, 3, 250.0, 125.0
SURFACES = {"KDE quartic 400 m": ("quartic", 400.0), "KDE quartic 800 m": ("quartic", 800.0)}
BASELINE = "last 12 months"
STEP = 0.1
FORMER = (25, 30, 15, 20, 10)
"""The default weights before this comparison was made."""
MEASURES = (
    "rank correlation with harm per resident",
    "with incidents per resident",
    "harm per resident in the first ten, of the best ten",
    "incidents per resident in the first ten, of the best ten",
)


class Places:
    """Counts by place and month of one lens."""

    def __init__(self, world: World, lens: Lens) -> None:
        cube = world.cube
        kinds = np.zeros((len(cube.types), len(cube.outcomes)), dtype=bool)
        kinds[[cube.types.index(name) for name in lens.select(cube.types)]] = True
        months = range(len(cube.months))
        self.world, self.x, self.y, self.inside = world, cube.places.x, cube.places.y, cube.places.area >= 0
        self.by_month = np.column_stack([cube.weigh_places(Selection(m, m, kinds)) for m in months])
        self.by_ward = cube.count_areas(Selection(0, len(cube.months) - 1, kinds))[: len(world.boundaries)].sum(axis=2)

    def find_clustered(self, window: Window) -> NDArray[np.int64]:
        """Count the window's past incidents that lie in clusters, at each place."""
        weights = self.by_month[:, window.past].sum(axis=1)
        near = self.world.neighbours_within(DEFAULT_EPS)
        found = cluster_places(near, weights, min_samples=suggest_min_samples(near, weights))
        return np.where(found.labels > 0, weights, 0)


def list_methods(
    places: Places, counts: NDArray[np.int64], land: NDArray[np.float64], weights: object,
    add_up: Callable[[NDArray[np.int64]], NDArray[np.int64]],
) -> dict[str, Callable[[Window], NDArray[np.float64]]]:  # fmt: skip
    """List the methods that wards and cells share."""
    months = places.world.cube.months

    def gi(window: Window) -> NDArray[np.float64]:
        return np.nan_to_num(gistar(counts[:, window.past].sum(axis=1) / land, weights).z) * land

    def gi_counts(window: Window) -> NDArray[np.float64]:
        past = counts[:, window.past].sum(axis=1)
        hot = np.nan_to_num(gistar(past / land, weights).z) > 1.96
        return past * np.where(hot, 1.0, 1e-6)

    def shrunk(window: Window) -> NDArray[np.float64]:
        rates = shrink_rates(counts[:, window.past].sum(axis=1), land, dispersion=2.0)
        return rates.rate * land

    def clustered(window: Window) -> NDArray[np.float64]:
        return add_up(places.find_clustered(window)).astype(float)

    return {
        BASELINE: predict_recent(counts),
        "last 3 months": predict_recent(counts, last=3),
        "last 6 months": predict_recent(counts, last=6),
        "same months last year": predict_year_before(months, counts),
        "fading, half-life 6": predict_fading(counts),
        "EB-shrunk by land": shrunk,
        "Gi* score": gi,
        "counts within Gi* > 1.96": gi_counts,
        "counts in DBSCAN clusters": clustered,
    }


def list_surfaces(places: Places, cells: Cells, fine: Cells) -> dict[str, Callable[[Window], NDArray[np.float64]]]:
    """Smooth the past months on a finer grid and average over each cell."""
    grid = grid_cells(fine)
    to_cell = np.full(grid.shape, -1, dtype=np.int64)
    column, row = np.meshgrid(grid.x, grid.y)
    to_cell = assign_cells(column.ravel(), row.ravel(), cells, within=0.0).reshape(grid.shape)
    counted = (to_cell >= 0) & (grid.share_inside > 0)
    members, share = to_cell[counted], grid.share_inside[counted]

    def make(kernel: str, bandwidth: float) -> Callable[[Window], NDArray[np.float64]]:
        smoother = prepare_smoother(grid, bandwidth=bandwidth, kernel=kernel)

        def predict(window: Window) -> NDArray[np.float64]:
            weights = places.by_month[:, window.past].sum(axis=1)
            surface = smooth_places(smoother, places.x, places.y, weights, inside=places.inside)
            return np.bincount(members, surface.density[counted] * share, len(cells))

        return predict

    return {name: make(*choice) for name, choice in SURFACES.items()}


def show(title: str, months: NDArray[np.int32], counts: NDArray[np.int64], land: NDArray[np.float64],
         methods: dict[str, Callable[[Window], NDArray[np.float64]]]) -> None:  # fmt: skip
    """Print one table: all windows, then those before and from the new list of snap points."""
    windows = list_windows(months, past=PAST, horizon=HORIZON)
    done = run_backtest(months, counts, land, methods, windows=windows)
    table = summarise_backtest(done, baseline=BASELINE).set_index(["method", "share", "measure"])
    late = np.array([months[window.future[0]] >= SNAP_POINT_REFRESH for window in windows])
    early = np.array([months[window.future[-1]] < SNAP_POINT_REFRESH for window in windows])
    print(f"\n### {title}: {len(windows)} windows, {counts.sum():,} incidents, {len(land):,} areas\n")
    print("| method | PAI 1 % | PAI 5 % | gain at 5 % (90 %) | better in | PAI 10 % | PEI 5 % | RRI 5 % | hit rate 5 % "
          "| PAI 5 % before July 2022 | from July 2022 |")  # fmt: skip
    print("|---|" + "---|" * 10)
    for name in methods:
        at = {share: table.loc[(name, share, "pai")] for share in (0.01, 0.05, 0.1)}
        five, pai = at[0.05], done.take(name, "pai", 0.05)
        print(
            f"| {name} | {at[0.01]['mean']:.2f} ({at[0.01]['low']:.1f} to {at[0.01]['high']:.1f}) | "
            f"{five['mean']:.2f} ({five['low']:.2f} to {five['high']:.2f}) | {five['gain']:+.2f} "
            f"({five['gain_low']:+.2f} to {five['gain_high']:+.2f}) | {five['better']:.0%} | {at[0.1]['mean']:.2f} | "
            f"{table.loc[(name, 0.05, 'pei'), 'mean']:.3f} | {table.loc[(name, 0.05, 'rri'), 'mean']:.3f} | "
            f"{table.loc[(name, 0.05, 'hit_rate'), 'mean']:.3f} | {pai[early].mean():.2f} | {pai[late].mean():.2f} |"
        )


def compare_methods(world: World) -> None:
    months, boundaries = world.cube.months, world.boundaries
    cells, fine = make_cells(boundaries.geometry, size=CELL), make_cells(boundaries.geometry, size=FINE)
    placed = world.cube.places
    reachable = find_reachable(cells, placed.x, placed.y, inside=placed.area >= 0)
    print(reachable.describe())
    cells = keep_cells(cells, reachable.keep)
    cell_of = assign_cells(placed.x, placed.y, cells, inside=placed.area >= 0)
    near_cells, near_wards = weigh_cells(cells), weigh_contiguity(boundaries.geometry)
    wards = len(boundaries)
    inside = placed.area >= 0

    def add_wards(weights: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.bincount(placed.area[inside], weights[inside], wards).astype(np.int64)

    def add_cells(weights: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.asarray(count_cells(cell_of, weights, len(cells)))

    for lens in LENSES:
        places = Places(world, lens)
        by_cell = count_cells(cell_of, places.by_month, len(cells))
        on_cells = list_methods(places, by_cell, cells.area_inside / 1e6, near_cells, add_cells)
        show(f"{lens.label}, cells of {CELL:g} m", months, by_cell, cells.area_inside / 1e6,
             on_cells | list_surfaces(places, cells, fine))  # fmt: skip
        on_wards = list_methods(places, places.by_ward, boundaries.area_km2, near_wards, add_wards)
        show(f"{lens.label}, wards", months, places.by_ward, boundaries.area_km2, on_wards)


def list_mixes() -> tuple[list[str], NDArray[np.float64]]:
    """List the mixes of the score's parts to compare: those with a name first, then every mix in steps of 0.1."""
    default = np.array([part.weight for part in SCORE_PARTS], dtype=float)
    names = [part.code for part in SCORE_PARTS]
    parts = np.eye(len(names))
    named = {"default": default, "former default": FORMER, "equal": np.ones(len(names))}
    named |= {"default and trend 10": default + 10 * parts[names.index("trend")]}
    named |= {f"without {name}": np.where(parts[k] > 0, 0, default) for k, name in enumerate(names) if default[k] > 0}
    named |= {f"{name} alone": parts[k] for k, name in enumerate(names)}
    steps = [mix for mix in product(range(round(1 / STEP) + 1), repeat=len(names)) if sum(mix) == round(1 / STEP)]
    labels = list(named) + ["best: " + ", ".join(f"{n} {w}0" for n, w in zip(names, mix, strict=True)) for mix in steps]
    mixes = np.array([*named.values(), *steps], dtype=float)
    return labels, mixes / mixes.sum(axis=1, keepdims=True)


def judge_weights(world: World, lens: Lens, windows: list[Window], mixes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Score the wards at the end of each window's past and hold every mix against what came, by `MEASURES`.

    Returns
    -------
    numpy.ndarray
        Shape (windows, measures, mixes).
    """
    months, wards = world.cube.months, len(world.boundaries)
    residents = world.population[:wards]
    kept = [world.cube.types.index(name) for name in lens.select(world.cube.types)]
    harm_days = np.array([world.harm.days.get(world.cube.types[kind], 0.0) for kind in kept])
    by_type = world.cube.by_area[:wards].sum(axis=3)[:, :, kept]
    found = np.full((len(windows), len(MEASURES), len(mixes)), np.nan)
    for row, window in enumerate(windows):
        last = int(months[window.past[-1]])
        query = Query(month_from=int(months[window.past[0]]), month_to=last, lens=lens.code)
        counts = count_units(world, choose(world, query), find_clusters(world, query))
        known = counts.history_months <= last
        counts = replace(counts, history=counts.history[:, known], history_months=counts.history_months[known])
        points = [np.full(wards, 50.0) if p is None else p.points()[:wards] for p in measure_parts(counts).all]
        scores = mixes @ np.array(points)
        ranks = rankdata(scores.round(9), axis=1)  # equal wards stay equal
        top = np.argsort(-scores, axis=1, kind="stable")[:, :10]
        came = by_type[:, window.future].sum(axis=1)
        for measure, target in enumerate((came @ harm_days / residents, came.sum(axis=1) / residents)):
            truth = rankdata(target)
            found[row, measure] = [np.corrcoef(rank, truth)[0, 1] if rank.std() else np.nan for rank in ranks]
            found[row, measure + 2] = target[top].sum(axis=1) / np.sort(target)[::-1][:10].sum()
    return found


def compare_weights(world: World) -> None:
    """Print, for each lens, how well mixes of the score's parts foresee harm and incidents per resident."""
    months = world.cube.months
    windows = [w for w in list_windows(months, past=PAST, horizon=HORIZON)
               if months[w.past[-1]] >= parse_month("2021-07")]  # fmt: skip
    labels, mixes = list_mixes()
    grid = np.array([place for place, label in enumerate(labels) if label.startswith("best")])
    chosen = draw_blocks(len(windows), 3, draws=2_000, seed=1829)
    for lens in LENSES:
        found = judge_weights(world, lens, windows, mixes)
        average = found.mean(axis=0)
        print(f"\n### {lens.label}: {len(windows)} windows, {format_month(int(months[windows[0].past[-1]]))} to "
              f"{format_month(int(months[windows[-1].past[-1]]))}; gain on the default, 90 %\n")  # fmt: skip
        print("| weights | " + " | ".join(MEASURES) + " |\n" + "|---" * (len(MEASURES) + 1) + "|")
        best = [int(grid[np.nanargmax(row[grid])]) for row in average]
        for place in [*range(grid[0]), *best]:
            cells = []
            for measure in range(len(MEASURES)):
                gain = (found[:, measure, place] - found[:, measure, 0])[chosen].mean(axis=1)
                low, high = np.quantile(gain, [0.05, 0.95])
                cells.append(f"{average[measure, place]:.3f} ({low:+.3f} to {high:+.3f})")
            print(f"| {labels[place]} | " + " | ".join(cells) + " |")
        # Chosen on one half of the windows, judged on the other: what a choice from this table would be worth.
        half = len(windows) // 2
        for measure, what in enumerate(MEASURES):
            for fit, judge in ((slice(0, half), slice(half, None)), (slice(half, None), slice(0, half))):
                winner = grid[np.nanargmax(found[fit, measure][:, grid].mean(axis=0))]
                gain = (found[judge, measure, winner] - found[judge, measure, 0]).mean()
                print(f"{what}: {labels[winner]} on the other half of the windows: {gain:+.3f} on the default")


def main() -> None:
    start = time.process_time()
    wanted = sys.argv[1:] or ["methods", "weights"]
    with tempfile.TemporaryDirectory() as home:
        os.environ["HOTSPOTS_HOME"] = home
        ingest([REAL_DATA / "crime" / "northumbria"], settings=read_settings())
        world = open_world(read_settings())
        if "methods" in wanted:
            compare_methods(world)
        if "weights" in wanted:
            compare_weights(world)
    print(f"\n{time.process_time() - start:.0f} s of processor time")


if __name__ == "__main__":
    main()
