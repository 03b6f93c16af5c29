"""Time the assignment of every row to its ward against geopandas.sjoin on all rows, and check that they agree.

Run ``python benchmarks/bench_wards.py``. It reads the raw street files of ``crime/northumbria`` under
``HOTSPOTS_TEST_DATA``. Ours collapses rows to distinct places, projects them, assigns each once and hands the ward back
to every row. ``HOTSPOTS_TEST_DATA`` names the folder of raw police.uk files.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
from pyarrow import concat_tables, csv

from hotspots import crs
from hotspots.analysis.places import assign_areas, collapse_points
from hotspots.store.boundaries import read_embedded

if TYPE_CHECKING:
    from collections.abc import Callable

REAL_DATA = Path(os.environ.get("HOTSPOTS_TEST_DATA", Path(__file__).resolve().parents[1].parent / "shared" / "data"))


def time_it(work: Callable[[], object], runs: int) -> float:
    """Return the median seconds of some runs, after one that is not counted."""
    work()
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def main() -> None:
    """Measure both sides and print one table."""
    files = sorted((REAL_DATA / "crime" / "northumbria").glob("*/*-street.csv"))
    if not files:
        sys.exit(
            f"no street files under {REAL_DATA}; set HOTSPOTS_TEST_DATA to the folder that holds crime/northumbria"
        )
    options = csv.ConvertOptions(include_columns=["Longitude", "Latitude"])
    table = concat_tables([csv.read_csv(file, convert_options=options) for file in files])
    lon, lat = table["Longitude"].to_numpy(), table["Latitude"].to_numpy()
    located = np.isfinite(lon)
    lon, lat = lon[located], lat[located]
    boundaries = read_embedded()
    wards = gpd.GeoDataFrame({"ward": np.arange(len(boundaries))}, geometry=boundaries.geometry, crs=crs.BNG)
    degrees = wards.to_crs(crs.WGS84)

    def ours() -> np.ndarray:
        first, place = collapse_points(lon, lat)
        return assign_areas(*crs.to_bng(lon[first], lat[first]), boundaries.geometry)[place]

    def points() -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs=crs.WGS84)

    ready = points()
    ready_metres = ready.to_crs(crs.BNG)
    fast = time_it(ours, 7)
    print(f"{len(lon):,} rows to {len(boundaries)} wards, ours: {fast * 1000:.0f} ms")
    rows = {
        "points made, then sjoin in degrees": time_it(lambda: points().sjoin(degrees, how="left"), 3),
        "sjoin in degrees alone": time_it(lambda: ready.sjoin(degrees, how="left"), 3),
        "points made and projected, then sjoin": time_it(lambda: points().to_crs(crs.BNG).sjoin(wards, how="left"), 3),
        "sjoin in metres alone": time_it(lambda: ready_metres.sjoin(wards, how="left"), 3),
    }
    for name, slow in rows.items():
        print(f"{name:<40} {slow:>7.2f} s  {slow / fast:>5.0f} times ours")
    joined = ready_metres.sjoin(wards, how="left")
    joined = joined[~joined.index.duplicated()]
    different = int((ours() != joined["ward"].fillna(-1).to_numpy(dtype=int)).sum())
    print(f"rows whose ward differs: {different}")
    assert different == 0


if __name__ == "__main__":
    main()
