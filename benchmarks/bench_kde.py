"""Time density surfaces of a whole force against scikit-learn, and measure the error of the grid.

Run ``python benchmarks/bench_kde.py``. It reads the raw street files of ``crime/northumbria`` under
``HOTSPOTS_TEST_DATA``, 33 months of all types, and the wards that the project carries. scikit-learn has a Gaussian
kernel but no quartic one; a direct sum stands in for the latter. It is timed on a sample of grid points and scaled up,
since the whole grid takes it minutes. ``HOTSPOTS_TEST_DATA`` names the folder of raw police.uk files.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from hotspots import crs
from hotspots.analysis.cells import make_cells
from hotspots.analysis.kde import Surface, grid_cells, prepare_smoother, smooth_places
from hotspots.settings import read_settings
from hotspots.store.boundaries import read_active

if TYPE_CHECKING:
    from numpy.typing import NDArray

REAL_DATA = Path(os.environ.get("HOTSPOTS_TEST_DATA", Path(__file__).resolve().parents[1].parent / "shared" / "data"))
REPEATS = 9
SAMPLE = 1_500


def read_places() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Read distinct coordinates in metres with their incidents."""
    from pyarrow import concat_tables, csv  # noqa: PLC0415 - only this needs it

    files = sorted((REAL_DATA / "crime" / "northumbria").glob("*/*-street.csv"))
    if not files:
        sys.exit(
            f"no street files under {REAL_DATA}; set HOTSPOTS_TEST_DATA to the folder that holds crime/northumbria"
        )
    options = csv.ConvertOptions(include_columns=["Longitude", "Latitude"])
    table = concat_tables([csv.read_csv(file, convert_options=options) for file in files])
    degrees = np.column_stack([table["Longitude"].to_numpy(), table["Latitude"].to_numpy()])
    degrees = degrees[np.isfinite(degrees).all(axis=1)]
    distinct, weights = np.unique(degrees, axis=0, return_counts=True)
    x, y = crs.to_bng(distinct[:, 0], distinct[:, 1])
    return x, y, weights


def sum_directly(surface: Surface, x: NDArray[np.float64], y: NDArray[np.float64], w: NDArray[np.float64],
                 points: NDArray[np.float64]) -> NDArray[np.float64]:  # fmt: skip
    """Sum the kernels of all places at some points, per square kilometre and without correction of the edge."""
    h = surface.smoother.bandwidth
    gaussian = surface.smoother.kernel == "gaussian"
    near = cKDTree(np.column_stack([x, y])).query_ball_point(points, 6 * h if gaussian else h)
    found = np.zeros(len(points))
    for at, members in enumerate(near):
        square = ((x[members] - points[at, 0]) ** 2 + (y[members] - points[at, 1]) ** 2) / h**2
        kernel = np.exp(-square / 2) / (2 * np.pi) if gaussian else 3 / np.pi * np.maximum(1 - square, 0) ** 2
        found[at] = (w[members] * kernel).sum() / h**2 * 1e6
    return found


def main() -> None:
    from sklearn.neighbors import KernelDensity  # noqa: PLC0415 - kept out of our timings

    x, y, w = read_places()
    geometry = read_active(read_settings()).geometry
    rng = np.random.default_rng(1)
    print(f"{len(x):,} places, {w.sum():,} incidents; medians of {REPEATS}")
    for cell, kernel, bandwidth in ((100, "gaussian", 300), (100, "gaussian", 1000), (100, "quartic", 300),
                                    (100, "quartic", 650), (100, "quartic", 800), (250, "quartic", 1000)):  # fmt: skip
        grid = grid_cells(make_cells(geometry, size=cell))
        start = time.perf_counter()
        smoother = prepare_smoother(grid, bandwidth=bandwidth, kernel=kernel)
        prepared = time.perf_counter() - start
        times = []
        for _ in range(REPEATS):
            start = time.perf_counter()
            surface = smooth_places(smoother, x, y, w)
            times.append(time.perf_counter() - start)
        ours = statistics.median(times)
        plain = smooth_places(prepare_smoother(grid, bandwidth=bandwidth, kernel=kernel, edge=False), x, y, w)
        row, column = np.nonzero(grid.share_inside > 0)
        top = np.argsort(-plain.density[row, column])[:SAMPLE]
        at = np.concatenate([top, rng.choice(len(row), SAMPLE, replace=False)])
        points = np.column_stack([grid.x[column[at]], grid.y[row[at]]])
        inside = np.isfinite(plain.read_at(x, y))
        start = time.perf_counter()
        exact = sum_directly(plain, x[inside], y[inside], w[inside], points)
        direct = (time.perf_counter() - start) / len(at) * len(row)
        error = np.abs(plain.density[row[at], column[at]] - exact).max() / exact.max()
        line = (
            f"{kernel:<9}{bandwidth:>5} m, cells {cell:>3} m ({len(row):,} with land): {ours * 1e3:6.1f} ms "
            f"(once {prepared * 1e3:.0f} ms), error {error:.3%} of the peak, "
            f"mass {surface.mass / surface.incidents:.5f}"
        )
        if kernel == "gaussian":
            some = rng.choice(len(row), SAMPLE, replace=False)
            start = time.perf_counter()
            fitted = KernelDensity(bandwidth=bandwidth, rtol=1e-4).fit(np.column_stack([x, y]), sample_weight=w)
            fitted.score_samples(np.column_stack([grid.x[column[some]], grid.y[row[some]]]))
            theirs = (time.perf_counter() - start) / SAMPLE * len(row)
            line += f"; scikit-learn {theirs:.1f} s for the grid, {theirs / ours:,.0f} times as long"
        else:
            line += f"; direct sum {direct:.1f} s, {direct / ours:,.0f} times as long"
        print(line)


if __name__ == "__main__":
    main()
