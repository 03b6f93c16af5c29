"""Time Gi*, Mann-Kendall and emerging classes on real cells against PySAL and pymannkendall, and check that they agree.

Run ``python benchmarks/bench_gistar.py``. It reads the raw street files of ``crime/northumbria`` and the ward file
under ``HOTSPOTS_TEST_DATA``. Both sides run in one process on the same cells; each figure is the median of several runs
(the references that take seconds run once). ``HOTSPOTS_TEST_DATA`` names the folder of raw police.uk files.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from shapely.geometry import shape

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hotspots import crs
from hotspots.analysis.cells import (
    Cells,
    assign_cells,
    count_cells,
    find_reachable,
    keep_cells,
    make_cells,
)
from hotspots.analysis.emerging import find_emerging
from hotspots.analysis.gistar import gistar
from hotspots.analysis.mann_kendall import mann_kendall
from hotspots.analysis.moran import moran_local
from hotspots.analysis.multiple_testing import adjust_p
from hotspots.analysis.places import Places, build_places, collapse_points
from hotspots.analysis.spatial_weights import weigh_cells

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import esda
    import libpysal
    import pymannkendall

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

REAL_DATA = Path(os.environ.get("HOTSPOTS_TEST_DATA", Path(__file__).resolve().parents[1].parent / "shared" / "data"))
MONTHS = pd.period_range("2020-05", "2023-02", freq="M")
RUNS = 15


def read_places() -> tuple[Places, NDArray[np.float64], NDArray[np.object_]]:
    """Read places, incidents by place and month (January 2022 missing) and wards."""
    wards = json.loads((REAL_DATA / "boundaries" / "wards_2020_bgc_northeast.geojson").read_text(encoding="utf-8"))
    polygons = [shape(f["geometry"]) for f in wards["features"] if f["properties"]["force"] == "Northumbria"]
    geometry = crs.geometry_to_bng(np.array(polygons, dtype=object))
    files = [REAL_DATA / "crime" / "northumbria" / str(m) / f"{m}-northumbria-street.csv" for m in MONTHS]
    rows = [
        pd.read_csv(file, usecols=["Longitude", "Latitude"]).dropna() if file.exists() else pd.DataFrame()
        for file in files
    ]
    if not any(map(len, rows)):
        sys.exit(
            f"no street files under {REAL_DATA}; set HOTSPOTS_TEST_DATA to the folder that holds crime/northumbria"
        )
    month = np.repeat(np.arange(len(rows)), [len(part) for part in rows])
    table = pd.concat(rows)
    lon, lat = table["Longitude"].to_numpy(), table["Latitude"].to_numpy()
    first, place = collapse_points(lon, lat)
    counts = np.zeros((len(first), len(rows)))
    np.add.at(counts, (place, month), 1)
    counts[:, [i for i, part in enumerate(rows) if part.empty]] = np.nan
    return build_places(lon[first], lat[first], geometry), counts, geometry


def median_ms(function: Callable[[], Any], runs: int = RUNS) -> float:
    """Time a call, warmed up when it runs more than once."""
    taken = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if runs > 1:
            function()
        for _ in range(runs):
            start = time.perf_counter()
            function()
            taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)


def show(step: str, ours: float, theirs: float | None = None, note: str = "") -> None:
    """Print one row."""
    against = f"{theirs:>12,.0f}{theirs / ours:>8,.0f}" if theirs is not None else " " * 20
    print(f"{step:<52}{ours:>9.1f}{against}   {note}")


def main() -> None:
    places, by_place, wards = read_places()
    inside = places.area >= 0
    print(f"{'step':<52}{'ours ms':>9}{'theirs ms':>12}{'ratio':>8}")
    for kind in ("square", "hex"):
        made = median_ms(lambda kind=kind: make_cells(wards, size=250.0, shape=kind), 3)
        show(f"make 250 m cells over the force, {kind}", made)
    whole = make_cells(wards, size=250.0)
    show("assign places to cells", median_ms(lambda: assign_cells(places.x, places.y, whole, inside=inside)))
    reachable = find_reachable(whole, places.x, places.y, inside=inside)
    cells = keep_cells(whole, reachable.keep)
    show("weigh neighbours", median_ms(lambda: weigh_cells(cells)), note=reachable.describe())
    cell = assign_cells(places.x, places.y, cells, inside=inside)
    show("count cells by month", median_ms(lambda: count_cells(cell, by_place, len(cells))))
    monthly = count_cells(cell, by_place, len(cells))
    compare_gistar(cells, np.nansum(monthly, axis=1))
    compare_trends(monthly)
    emerging = median_ms(lambda: find_emerging(monthly, weigh_cells(cells)), 5)
    show("emerging classes, all cells and months", emerging)
    emerging = median_ms(lambda: find_emerging(monthly, weigh_cells(cells), exact=True), 3)
    show("emerging classes, exact chance", emerging)


def compare_gistar(cells: Cells, incidents: NDArray[np.float64]) -> None:
    """Hold Gi* and local Moran's I against PySAL on the same cells."""
    weights = weigh_cells(cells)
    rows = np.split(weights.indices, weights.indptr[1:-1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pysal = libpysal.weights.W({i: row.tolist() for i, row in enumerate(rows)}, silence_warnings=True)
    theirs = median_ms(lambda: esda.G_Local(incidents, pysal, transform="B", star=True, permutations=0), 5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = esda.G_Local(incidents, pysal, transform="B", star=True, permutations=0).Zs
    apart = float(np.abs(gistar(incidents, weights).z - expected).max())
    assert apart < 1e-9, f"Gi* differs from PySAL by {apart}"
    note = f"largest difference {apart:.0e}"
    show(f"Gi*, {len(cells):,} cells", median_ms(lambda: gistar(incidents, weights)), theirs, note)
    permuted = median_ms(
        lambda: esda.G_Local(incidents, pysal, transform="B", star=True, permutations=999, n_jobs=1, seed=1), 1
    )
    ours = median_ms(lambda: gistar(incidents, weights, permutations=999), 5)
    show("Gi*, 999 conditional permutations", ours, permuted)
    show("Gi*, exact chance", median_ms(lambda: gistar(incidents, weights, exact=True), 5))
    show("local Moran's I", median_ms(lambda: moran_local(incidents, weights)))
    p = gistar(incidents, weights).p
    show("Benjamini-Hochberg over all cells", median_ms(lambda: adjust_p(p)))


def compare_trends(monthly: NDArray[np.float64]) -> None:
    """Hold Mann-Kendall with Sen's slope against pymannkendall, one cell after the other."""

    def loop() -> list[Any]:
        return [pymannkendall.original_test(series) for series in monthly]

    theirs = median_ms(loop, 1)
    expected = np.array([[r.s, r.var_s, r.z, r.p, r.slope] for r in loop()])
    result = mann_kendall(monthly)
    apart = np.abs(np.column_stack([result.s, result.var_s, result.z, result.p, result.slope]) - expected).max()
    assert apart < 1e-9, f"Mann-Kendall differs from pymannkendall by {apart}"
    note = f"largest difference {apart:.0e}"
    show(f"Mann-Kendall and Sen, {len(monthly):,} cells", median_ms(lambda: mann_kendall(monthly)), theirs, note)


if __name__ == "__main__":
    main()
