"""Time the loading of police.uk files, and the assignment to wards, against pandas and geopandas on rows.

Run ``python benchmarks/bench_ingest.py [--scale]``. It reads the raw street files of ``crime/northumbria`` under
``HOTSPOTS_TEST_DATA``. Each side runs in a process of its own; seconds of the command are those of the whole process,
memory is the peak resident size of the whole process, Python and its libraries included, with nothing subtracted. The
best of three runs counts on both sides, of seven for our steps inside a process. ``--scale`` repeats the real months
under new dates, up to 20 million rows (about 4.5 GB of files in a temporary folder). ``HOTSPOTS_TEST_DATA`` names the
folder of raw police.uk files.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
REAL_DATA = Path(os.environ.get("HOTSPOTS_TEST_DATA", ROOT.parent / "shared" / "data"))
CRIME = REAL_DATA / "crime" / "northumbria"
WARDS = ROOT / "data" / "boundaries" / "northumbria_wards_2020.geojson"
REPEATS = 3
SCALES = (100_000, 500_000, 2_000_000, 8_000_000, 20_000_000)


def run_ingest(folder: Path, given: Path) -> dict[str, Any]:
    """Load as ``hotspots ingest --json`` does."""
    from hotspots.pipeline.load import ingest  # noqa: PLC0415 - each side loads its own
    from hotspots.settings import read_settings  # noqa: PLC0415 - each side loads its own

    report = ingest([given], settings=read_settings({"HOTSPOTS_HOME": str(folder / "home")}))
    return {"rows": report.rows_kept, "changed": sum(change.change != "unchanged" for change in report.changes)}


def run_pandas(folder: Path, given: Path) -> dict[str, Any]:
    """Read every row and join it to its ward."""
    import geopandas as gpd  # noqa: PLC0415 - each side loads its own
    import pandas as pd  # noqa: PLC0415 - each side loads its own

    start = time.perf_counter()
    rows = pd.concat([pd.read_csv(path) for path in sorted(given.glob("*/*-street.csv"))], ignore_index=True)
    read = time.perf_counter()
    located = rows[rows["Longitude"].notna()]
    points = gpd.GeoDataFrame(
        located, geometry=gpd.points_from_xy(located["Longitude"], located["Latitude"]), crs=4326
    ).to_crs(27700)
    wards = gpd.read_file(WARDS).to_crs(27700)
    ready = time.perf_counter()
    joined = gpd.sjoin(points, wards[["ward_code", "geometry"]], how="left", predicate="intersects")
    end = time.perf_counter()
    joined = joined[~joined.index.duplicated()]
    codes = joined["ward_code"].fillna("").groupby([joined["Longitude"], joined["Latitude"]]).first()
    codes.to_csv(folder / "theirs.csv")
    return {
        "rows": len(rows),
        "read": read - start,
        "sjoin": end - ready,
        "place": end - read,
        "work": (read - start) + (end - ready),
        "located": len(points),
    }


def run_wards(folder: Path, given: Path) -> dict[str, Any]:
    """Assign distinct points to wards, rows to points; and hold the wards against geopandas."""
    import csv  # noqa: PLC0415 - each side loads its own

    import numpy as np  # noqa: PLC0415 - each side loads its own

    from hotspots.analysis.places import assign_areas, build_places, collapse_points  # noqa: PLC0415 - each side loads its own
    from hotspots.store.boundaries import read_embedded  # noqa: PLC0415 - each side loads its own
    from hotspots.store.incidents import IncidentStore  # noqa: PLC0415 - each side loads its own

    store = IncidentStore(given)
    store.read()
    opened = []
    for _ in range(7):
        start = time.perf_counter()
        incidents = store.read()
        opened.append(time.perf_counter() - start)
    boundaries = read_embedded()
    placed, joined = [], []
    for _ in range(7):
        start = time.perf_counter()
        first_row, place_of_row = collapse_points(incidents.lon, incidents.lat)
        places = build_places(incidents.lon[first_row], incidents.lat[first_row], boundaries.geometry)
        ward_of_row = np.where(place_of_row >= 0, places.area[place_of_row], -1)
        placed.append(time.perf_counter() - start)
        start = time.perf_counter()
        area = assign_areas(places.x, places.y, boundaries.geometry)
        ward_of_row = np.where(place_of_row >= 0, area[place_of_row], -1)
        joined.append(time.perf_counter() - start)
    codes = ["", *boundaries.codes]
    ours = {
        (lon, lat): codes[area + 1]
        for lon, lat, area in zip(places.lon.tolist(), places.lat.tolist(), places.area.tolist(), strict=True)
    }
    with (folder / "theirs.csv").open(newline="") as stream:
        theirs = {(float(row["Longitude"]), float(row["Latitude"])): row["ward_code"] for row in csv.DictReader(stream)}
    return {
        "read": min(opened),
        "place": min(placed),
        "sjoin": min(joined),
        "differ": sum(theirs[point] != code for point, code in ours.items()) + abs(len(ours) - len(theirs)),
        "places": len(ours),
        "in_wards": int((ward_of_row >= 0).sum()),
    }


SIDES = {"ingest": run_ingest, "pandas": run_pandas, "wards": run_wards}


def measure(side: str, folder: Path, given: Path) -> dict[str, Any]:
    """Run one side in a process of its own; add its seconds and megabytes."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, __file__, side, str(folder), str(given)],
        check=True, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    return json.loads(done.stdout) | {"seconds": time.perf_counter() - start}


def load_afresh(folder: Path, given: Path) -> dict[str, Any]:
    """Load into an empty data home."""
    shutil.rmtree(folder / "home", ignore_errors=True)
    return measure("ingest", folder, given)


def write_scaled(folder: Path, rows: int) -> Path:
    """Repeat the real months under new dates until there are so many rows."""
    real = [path.read_bytes() for path in sorted(CRIME.glob("*/*-street.csv"))]
    names = [path.name[:7].encode() for path in sorted(CRIME.glob("*/*-street.csv"))]
    out = folder / "scaled"
    shutil.rmtree(out, ignore_errors=True)
    written = number = 0
    while written < rows:
        data, name = real[number % len(real)], names[number % len(real)]
        if data.count(b"\n") - 1 > rows - written:
            data = b"".join(data.splitlines(keepends=True)[: rows - written + 1])
        # Past 2199 no month can be read: the centuries go to forces of their own.
        force, ordinal = divmod(number, 2_000)
        month = f"{2000 + ordinal // 12:04d}-{ordinal % 12 + 1:02d}"
        path = out / month / f"{month}-scaled{force}-street.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.replace(b"," + name + b",", b"," + month.encode() + b",").replace(
            b"Northumbria Police", f"Scaled{force} Police".encode()))  # fmt: skip
        written += data.count(b"\n") - 1
        number += 1
    if hasattr(os, "sync"):
        os.sync()  # else our own flushes wait for the files just written
    return out


def print_scaling(folder: Path) -> None:
    print(f"\n{'rows':>12} {'ours s':>8} {'again s':>8} {'ours MB':>8} {'rows/s':>12}")
    for rows in SCALES:
        given = write_scaled(folder, rows)
        first = load_afresh(folder, given)
        again = measure("ingest", folder, given)
        assert (first["rows"], again["changed"]) == (rows, 0)
        print(
            f"{rows:>12,} {first['seconds']:>8.2f} {again['seconds']:>8.2f} {first['mb']:>8.0f} "
            f"{rows / first['seconds']:>12,.0f}",
            flush=True,
        )


def main() -> None:
    if not list(CRIME.glob("*/*-street.csv")):
        sys.exit(
            f"no street files under {REAL_DATA}; set HOTSPOTS_TEST_DATA to the folder that holds crime/northumbria"
        )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        theirs = min((measure("pandas", folder, CRIME) for _ in range(REPEATS)), key=lambda run: run["seconds"])
        ours = min((load_afresh(folder, CRIME) for _ in range(REPEATS)), key=lambda run: run["seconds"])
        again = min((measure("ingest", folder, CRIME) for _ in range(REPEATS)), key=lambda run: run["seconds"])
        wards = measure("wards", folder, folder / "home" / "incidents")
        assert ours["rows"] == theirs["rows"]
        assert again["changed"] == 0
        assert wards["differ"] == 0
        print(f"{ours['rows']:,} rows in 33 months, {wards['places']:,} distinct points")
        print(f"{'step':<34} {'ours s':>8} {'theirs s':>9} {'ratio':>7} {'ours MB':>8} {'theirs MB':>10}")
        lines = (
            ("load: whole process", ours["seconds"], theirs["seconds"]),
            ("load: whole process, work only", ours["seconds"], theirs["work"]),
            ("load again: whole process", again["seconds"], theirs["work"]),
        )
        for step, mine, other in lines:
            print(
                f"{step:<34} {mine:>8.2f} {other:>9.2f} {other / mine:>7.1f} {ours['mb']:>8.0f} {theirs['mb']:>10.0f}"
            )
        for step, mine, other in (
            ("open: read the store", wards["read"], theirs["read"]),
            ("wards: rows from degrees", wards["place"], theirs["place"]),
            ("wards: join alone, 0 differ", wards["sjoin"], theirs["sjoin"]),
        ):
            print(f"{step:<34} {mine:>8.3f} {other:>9.2f} {other / mine:>7.1f}")
        print("theirs: pandas.read_csv and geopandas.sjoin; “work only” leaves out their imports and reprojection")
        if "--scale" in sys.argv:
            print_scaling(folder)


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] in SIDES:
        answer = SIDES[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
        print(json.dumps(answer | {"mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
    else:
        main()
