"""Time one filter change, from query to result, against the same on rows with pandas, geopandas and scikit-learn.

Run ``python benchmarks/bench_filter.py``. It reads the raw street files of ``crime/northumbria`` under
``HOTSPOTS_TEST_DATA`` into a data home of its own. Each side runs in a process of its own. Ours answers the whole
overview: weights, ward counts, clusters with outlines, scores and 1,000 rank draws. The other side filters the rows,
joins them to wards, clusters them and draws Poisson ranks of counts: less than ours, in the few lines that a user would
write. ``HOTSPOTS_TEST_DATA`` names the folder of raw police.uk files.
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

REAL_DATA = Path(os.environ.get("HOTSPOTS_TEST_DATA", Path(__file__).resolve().parents[1].parent / "shared" / "data"))
CRIME = REAL_DATA / "crime" / "northumbria"
CASES: tuple[tuple[str, dict[str, str]], ...] = (
    ("burglary, 12 months", {"types": "burglary", "from": "2022-03"}),
    ("organised lens, 17 months", {"lens": "organised", "from": "2021-09"}),
    ("violence, all months", {"lens": "violence"}),
    ("all crime and ASB, all months", {}),
)
WARM = 10


def run_ours() -> dict[str, float]:
    """Answer each case warm, and return the median milliseconds."""
    from hotspots.pipeline.overview import overview  # noqa: PLC0415 - each side loads its own
    from hotspots.pipeline.world import open_world  # noqa: PLC0415 - each side loads its own
    from hotspots.query import Query  # noqa: PLC0415 - each side loads its own

    world = open_world()
    times = {}
    for name, params in CASES:
        query = Query.from_params(params)
        taken = []
        for _ in range(WARM):
            start = time.perf_counter()
            answer = overview(world, query)
            assert len(answer.clusters.table)
            taken.append(time.perf_counter() - start)
        times[name] = statistics.median(taken) * 1000
    return times


def run_theirs() -> dict[str, float]:
    """Do the same on rows, once each."""
    import geopandas as gpd  # noqa: PLC0415 - each side loads its own
    import numpy as np  # noqa: PLC0415 - each side loads its own
    import pandas as pd  # noqa: PLC0415 - each side loads its own
    from sklearn.cluster import DBSCAN  # noqa: PLC0415 - each side loads its own

    from hotspots.months import format_month  # noqa: PLC0415 - each side loads its own
    from hotspots.pipeline.clusters import find_clusters  # noqa: PLC0415 - each side loads its own
    from hotspots.pipeline.world import open_world  # noqa: PLC0415 - each side loads its own
    from hotspots.query import Query  # noqa: PLC0415 - each side loads its own

    rows = pd.concat([pd.read_csv(path) for path in sorted(CRIME.glob("*/*-street.csv"))])
    wards = gpd.read_file(Path("data/boundaries/northumbria_wards_2020.geojson")).to_crs(27700)
    points = gpd.GeoDataFrame(rows, geometry=gpd.points_from_xy(rows["Longitude"], rows["Latitude"]), crs=4326).to_crs(
        27700
    )
    world = open_world()
    times = {}
    for name, params in CASES:
        answer = find_clusters(world, Query.from_params(params))
        types, first = answer.chosen.types, format_month(answer.chosen.months[0])
        start = time.perf_counter()
        chosen = points[points["Crime type"].isin(types) & (points["Month"] >= first) & points["Longitude"].notna()]
        joined = gpd.sjoin(chosen, wards[["ward_code", "geometry"]], how="inner")
        counts = joined.groupby("ward_code").size()
        DBSCAN(eps=150, min_samples=answer.provenance["min_samples"]).fit(chosen.geometry.get_coordinates().to_numpy())
        draws = np.random.default_rng(1).poisson(counts.to_numpy(), (1000, len(counts)))
        pd.DataFrame(draws).rank(axis=1, ascending=False).quantile([0.05, 0.95])
        times[name] = (time.perf_counter() - start) * 1000
    return times


def main() -> None:
    """Measure both sides and print one table."""
    if len(sys.argv) > 1:
        times = {"ours": run_ours, "theirs": run_theirs}[sys.argv[1]]()
        print(json.dumps({"times": times, "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
        return
    if not CRIME.is_dir():
        sys.exit(
            f"no street files under {REAL_DATA}; set HOTSPOTS_TEST_DATA to the folder that holds crime/northumbria"
        )
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "HOTSPOTS_HOME": home}
        subprocess.run(
            [sys.executable, "-m", "hotspots.cli", "ingest", str(CRIME)],
            check=True, env=environment, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        sides = {
            side: json.loads(
                subprocess.run(
                    [sys.executable, __file__, side], check=True, env=environment, capture_output=True, text=True
                ).stdout
            )
            for side in ("ours", "theirs")
        }
    print(f"{'filter':<32} {'ours ms':>9} {'rows ms':>9} {'ratio':>7}")
    for name, _ in CASES:
        ours, theirs = sides["ours"]["times"][name], sides["theirs"]["times"][name]
        print(f"{name:<32} {ours:>9.0f} {theirs:>9.0f} {theirs / ours:>7.0f}")
    ours, theirs = sides["ours"]["mb"], sides["theirs"]["mb"]
    print(f"{'peak memory of the process, MB':<32} {ours:>9.0f} {theirs:>9.0f} {theirs / ours:>7.1f}")


if __name__ == "__main__":
    main()
