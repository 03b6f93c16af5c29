"""Fetch three years of one force from an archive of 43 forces of over a gigabyte, whole and killed ten times.

Run ``python benchmarks/bench_fetch.py``. A server on this machine (127.0.0.1) offers the archive with range requests;
the force's members are the raw files of ``crime/northumbria`` under ``HOTSPOTS_TEST_DATA``, their 33 months filled up
to 36 with copies, the other forces' are noise of the usual size. Bytes are those that the server sent. A killed process
gets SIGKILL at a random moment; the line is slowed down so that there is something to kill. ``HOTSPOTS_TEST_DATA``
names the folder of raw police.uk files.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.sources.fetch_server import Publisher, serve_publisher  # noqa: E402 - the checkout is no installed package

REAL_DATA = Path(os.environ.get("HOTSPOTS_TEST_DATA", ROOT.parent / "shared" / "data"))
OTHERS = 42
MONTHS = 36
NOISE = {"street": 900_000, "outcomes": 190_000, "stop-and-search": 30_000}
"""Bytes of another force's month, so that the whole has the 1.73 GB of the publisher's own archive of July 2026."""
KILLS = 10
PACE = 0.02
"""Seconds that the server waits after each 64 kB while processes are being killed."""
FETCH = """
import json, sys
from hotspots.pipeline.fetch import fetch
from hotspots.settings import read_settings
report = fetch(read_settings(), forces=["northumbria"])
print(json.dumps({"files": len(report.downloaded), "requests": report.requests}))
"""


def write_archive(path: Path) -> int:
    """Write the archive; return the packed bytes of the force's own members."""
    noise = random.Random(5).randbytes(1 << 20)
    real = sorted((REAL_DATA / "crime" / "northumbria").iterdir())
    own = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for place in range(MONTHS):
            month = f"{2022 + place // 12}-{place % 12 + 1:02d}"
            source = real[place % len(real)]
            for number in range(OTHERS + 1):
                for kind, size in NOISE.items():
                    if number == OTHERS // 2:
                        file = next(source.glob(f"*-{kind}.csv"), None)
                        if file is None:
                            continue  # as in the publisher's archive
                        data = file.read_bytes().replace(f",{source.name},".encode(), f",{month},".encode())
                        if kind == "stop-and-search":
                            data = data.replace(f",{source.name}-".encode(), f",{month}-".encode())
                        archive.writestr(f"{month}/{month}-northumbria-{kind}.csv", data)
                        own += archive.infolist()[-1].compress_size
                    else:
                        info = zipfile.ZipInfo(f"{month}/{month}-force{number:02d}-{kind}.csv")
                        info.compress_type = zipfile.ZIP_STORED
                        archive.writestr(info, noise[:size])
    return own


def start_fetch(publisher: Publisher, home: Path) -> subprocess.Popen[str]:
    """Start a fetch in a process of its own."""
    environment = os.environ | {"HOTSPOTS_POLICE_UK": publisher.url, "HOTSPOTS_HOME": str(home), "NO_PROXY": "*"}
    return subprocess.Popen([sys.executable, "-c", FETCH], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def describe_home(home: Path) -> dict[str, Any]:
    """Describe what a data home holds, without times."""
    found: dict[str, Any] = {}
    for store in ("incidents", "outcomes", "searches"):
        manifest = home / store / "manifests" / (home / store / "CURRENT").read_text().strip()
        found[store] = [(item["file"], item["rows"]) for item in json.loads(manifest.read_text())["months"]]
    return found


def fetch_whole(publisher: Publisher, home: Path, size: int, own: int) -> dict[str, Any]:
    """Fetch without interruption; print time and bytes."""
    publisher.sent = 0
    began = time.perf_counter()
    process = start_fetch(publisher, home)
    said = json.loads(process.communicate()[0])
    seconds = time.perf_counter() - began
    print(
        f"whole: {said['files']} files, {publisher.sent / 1e6:.1f} MB of {size / 1e6:,.0f} MB "
        f"({publisher.sent / size:.2%}; {publisher.sent / own:.2f} times the members themselves), {said['requests']} "
        f"requests, {seconds:.1f} s, loading included"
    )
    return describe_home(home)


def fetch_killed(publisher: Publisher, home: Path, own: int) -> dict[str, Any]:
    """Fetch, killed at random moments; print what it cost."""
    luck = random.Random(8)
    publisher.sent, publisher.pace = 0, PACE
    kills = 0
    while kills < KILLS:
        process = start_fetch(publisher, home)
        try:
            process.wait(timeout=luck.uniform(0.7, 2.0))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills += 1
            continue
        break  # it was done before it could be killed
    publisher.pace = 0.0
    process = start_fetch(publisher, home)
    process.communicate()
    print(
        f"killed {kills} times: {publisher.sent / 1e6:.1f} MB, {publisher.sent / own:.2f} times the members themselves"
    )
    return describe_home(home)


def main() -> int:
    """Run both, and compare."""
    with tempfile.TemporaryDirectory() as folder, serve_publisher() as publisher:
        path = Path(folder, "archive.zip")
        own = write_archive(path)
        size = path.stat().st_size
        publisher.offer_archive("2024-12", path)
        print(
            f"archive: {size / 1e6:,.0f} MB, {OTHERS + 1} forces, {MONTHS} months; the force's own members "
            f"{own / 1e6:.1f} MB"
        )
        whole = fetch_whole(publisher, Path(folder, "whole"), size, own)
        killed = fetch_killed(publisher, Path(folder, "killed"), own)
        rows = {name: sum(rows for _, rows in months) for name, months in whole.items()}
        print(f"rows: {rows}; identical after being killed: {whole == killed}")
        return int(whole != killed or publisher.sent == 0)


if __name__ == "__main__":
    sys.exit(main())
