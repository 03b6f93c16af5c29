"""Time DBSCAN on weighted places against scikit-learn on one row an incident, and check that they agree.

Run ``python benchmarks/bench_dbscan.py [--quick]``. It reads the raw street files of ``crime/northumbria`` under
``HOTSPOTS_TEST_DATA``. Each side runs in a process of its own; memory is the peak resident size of the whole process,
Python and its libraries included, with nothing subtracted. ``HOTSPOTS_TEST_DATA`` names the folder of raw police.uk
files.
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
from pathlib import Path
from typing import Any

import numpy as np

REAL_DATA = Path(os.environ.get("HOTSPOTS_TEST_DATA", Path(__file__).resolve().parents[1].parent / "shared" / "data"))
TIMED = (150.0, 30)
CHECKED = ((50, 30), (75, 20), (100, 50), (100, 200), (150, 10), (150, 30), (150, 100), (150, 635), (200, 300))
SCALES = (1, 4, 10, 40)
WARM = 30


def prepare(folder: Path, *_: object) -> dict[str, Any]:
    """Write distinct places, and the place and month of each located incident."""
    from pyarrow import concat_tables, csv  # noqa: PLC0415 - kept out of the processes that are measured

    from hotspots.crs import to_bng  # noqa: PLC0415 - each side loads its own

    options = csv.ConvertOptions(include_columns=["Longitude", "Latitude"])
    files = sorted((REAL_DATA / "crime" / "northumbria").glob("*/*-street.csv"))
    if not files:
        sys.exit(
            f"no street files under {REAL_DATA}; set HOTSPOTS_TEST_DATA to the folder that holds crime/northumbria"
        )
    tables = [csv.read_csv(file, convert_options=options) for file in files]
    month = np.repeat(np.arange(len(tables)), [table.num_rows for table in tables])
    table = concat_tables(tables)
    degrees = np.column_stack([table["Longitude"].to_numpy(), table["Latitude"].to_numpy()])
    located = np.isfinite(degrees).all(axis=1)
    distinct, place = np.unique(degrees[located], axis=0, return_inverse=True)
    x, y = to_bng(distinct[:, 0], distinct[:, 1])
    np.savez(folder / "places.npz", x=x, y=y, weights=np.bincount(place.ravel()))
    np.savez(folder / "rows.npz", place=place.ravel(), month=month[located])
    return {"rows": int(located.sum())}


def run_ours(folder: Path, eps: float, min_samples: int, scale: int) -> dict[str, Any]:
    """Cluster weighted places from nothing; `scale` multiplies the incidents and the threshold."""
    from scipy.sparse import csgraph  # noqa: F401, PLC0415 - both sides have their libraries at hand
    from scipy.spatial import cKDTree  # noqa: F401, PLC0415 - as above

    from hotspots.analysis.dbscan import cluster_places, find_neighbours  # noqa: PLC0415 - kept from the other side

    table = np.load(folder / "places.npz")
    x, y, weights = table["x"], table["y"], table["weights"] * scale
    start = time.perf_counter()
    neighbours = find_neighbours(x, y, eps=eps)
    found = time.perf_counter()
    result = cluster_places(neighbours, weights, min_samples=min_samples * scale)
    end = time.perf_counter()
    np.savez(folder / "ours.npz", labels=result.labels, core=result.core)
    return {"seconds": end - start, "pairs": found - start, "clusters": result.clusters, "rows": int(weights.sum())}


def run_theirs(folder: Path, eps: float, min_samples: int, scale: int) -> dict[str, Any]:
    """Cluster one row an incident with scikit-learn."""
    from sklearn.cluster import DBSCAN  # noqa: PLC0415 - kept from the other side

    places = np.load(folder / "places.npz")
    rows = np.repeat(np.column_stack([places["x"], places["y"]]), places["weights"] * scale, axis=0)
    start = time.perf_counter()
    fitted = DBSCAN(eps=eps, min_samples=min_samples * scale).fit(rows)
    end = time.perf_counter()
    core = np.zeros(len(rows), dtype=bool)
    core[fitted.core_sample_indices_] = True
    np.savez(folder / "theirs.npz", labels=fitted.labels_, core=core)
    return {"seconds": end - start, "rows": len(rows)}


def run_warm(folder: Path, eps: float, min_samples: int, scale: int) -> dict[str, Any]:
    """Cluster one selection of months after another, the pairs of places being known."""
    from hotspots.analysis.clusters import describe_clusters  # noqa: PLC0415 - each side loads its own
    from hotspots.analysis.dbscan import cluster_places, find_neighbours  # noqa: PLC0415 - each side loads its own
    from hotspots.analysis.kdistance import suggest_min_samples  # noqa: PLC0415 - each side loads its own

    places, rows = np.load(folder / "places.npz"), np.load(folder / "rows.npz")
    neighbours = find_neighbours(places["x"], places["y"], eps=eps)
    place, month = rows["place"], rows["month"]
    rng = np.random.default_rng(1)
    taken: dict[str, list[float]] = {"cluster": [], "suggest": [], "describe": []}
    for _ in range(WARM + 3):
        first, last = np.sort(rng.integers(0, month.max() + 1, 2))
        weights = np.bincount(place[(month >= first) & (month <= last)], minlength=neighbours.size) * scale
        marks = [time.perf_counter()]
        cluster_places(neighbours, weights, min_samples=min_samples * scale)
        marks.append(time.perf_counter())
        chosen = suggest_min_samples(neighbours, weights)
        marks.append(time.perf_counter())
        few = cluster_places(neighbours, weights, min_samples=chosen)
        start = time.perf_counter()
        describe_clusters(neighbours.x, neighbours.y, weights, few.labels)
        end = time.perf_counter()
        for name, seconds in zip(taken, [marks[1] - marks[0], marks[2] - marks[1], end - start], strict=True):
            taken[name].append(seconds)
    return {name: {"median": statistics.median(times[3:]), "worst": max(times[3:])} for name, times in taken.items()}


def measure(side: str, folder: Path, eps: float, min_samples: int, scale: int = 1) -> dict[str, Any]:
    """Run one side in a process of its own (which inherits this one's peak memory, so this one stays small)."""
    command = [sys.executable, __file__, side, str(folder), str(eps), str(min_samples), str(scale)]
    root = str(Path(__file__).resolve().parents[1])
    done = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": root})
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def compare(folder: Path) -> tuple[bool, int]:
    """Compare the last two answers: cores, clusters of cores and noise; count border rows that differ."""
    place = np.repeat(np.arange(len(np.load(folder / "places.npz")["x"])), np.load(folder / "places.npz")["weights"])
    ours, theirs = np.load(folder / "ours.npz"), np.load(folder / "theirs.npz")
    labels, core = ours["labels"][place], ours["core"][place]
    equal = np.array_equal(core, theirs["core"]) and np.array_equal(labels < 0, theirs["labels"] < 0)
    pairs = np.unique(np.column_stack([labels[core], theirs["labels"][core]]), axis=0)
    equal &= len(pairs) == len(np.unique(pairs[:, 0])) == len(np.unique(pairs[:, 1]))
    name = dict(zip(pairs[:, 1].tolist(), pairs[:, 0].tolist(), strict=True)) | {-1: -1}
    renamed = np.array([name[label] for label in range(-1, max(name) + 1)])[theirs["labels"] + 1]
    return bool(equal), int((renamed != labels).sum())


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        measure("prepare", folder, *TIMED)
        print(
            "DBSCAN on weighted places against scikit-learn on rows; peak memory of the whole process",
            "theirs holds the rows, as a user would",
            sep="; ",
        )
        print(f"{'step':<34}{'ours s':>9}{'theirs s':>10}{'ratio':>8}{'ours MB':>9}{'theirs MB':>11}")
        checked = (TIMED,) if "--quick" in sys.argv else CHECKED
        for eps, min_samples in checked:
            theirs = measure("theirs", folder, eps, min_samples)
            ours = measure("ours", folder, eps, min_samples)
            equal, border = compare(folder)
            assert equal, f"eps {eps}, min_samples {min_samples}: cores, clusters or noise differ"
            step = f"eps {eps:g} m, min_samples {min_samples}"
            ratio = theirs["seconds"] / ours["seconds"]
            print(
                f"{step:<34}{ours['seconds']:>9.3f}{theirs['seconds']:>10.2f}{ratio:>8.0f}"
                f"{ours['mb']:>9.0f}{theirs['mb']:>11.0f}   equal; {ours['clusters']} clusters, "
                f"{border} of {theirs['rows']:,} rows at a border shared by two"
            )
        for scale in SCALES:
            # More rows on the same places, as years of one snap-point list bring: weights and threshold grow.
            ours = measure("ours", folder, *TIMED, scale)
            step = f"{ours['rows'] / 1e6:.1f} M rows, eps {TIMED[0]:g} m"
            print(f"{step:<34}{ours['seconds']:>9.3f}{'':>18}{ours['mb']:>9.0f}")
        warm = measure("warm", folder, *TIMED)
        labels = {
            "cluster": "warm: cluster a new selection",
            "suggest": "warm: choose min_samples",
            "describe": "warm: outline its clusters",
        }
        for key, label in labels.items():
            print(f"{label:<34}{warm[key]['median']:>9.4f}   (worst {warm[key]['worst']:.4f})")


def child(arguments: list[str]) -> None:
    side, folder, eps, min_samples, scale = arguments
    run = {"prepare": prepare, "ours": run_ours, "theirs": run_theirs, "warm": run_warm}[side]
    answer = run(Path(folder), float(eps), int(min_samples), int(scale))
    print(json.dumps(answer | {"mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000}))


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] in {"prepare", "ours", "theirs", "warm"}:
        child(sys.argv[1:])
    else:
        main()
