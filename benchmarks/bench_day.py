"""A day of use in minutes: hundreds of tabs opened, used and closed, and what the server's memory does meanwhile.

    python benchmarks/bench_day.py [--visits 600] [--at-once 8]

Each visit opens a page, changes a filter twice and goes; a closed tab is kept for 5 seconds here, else for two minutes.
``HOTSPOTS_HOME`` names the data; the embedded extract without it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
from pathlib import Path

from benchmarks.bench_load import ROOT, Figures, Line, Session, connect, read_memory, serve

PAGES = ("", "", "area", "hot_cells", "trends", "operations", "data")


async def visit(address: str, figures: Figures, number: int) -> None:
    """Open a tab, look, and close it."""
    session = Session(address, figures, number, PAGES[number % len(PAGES)])
    try:
        async with connect(session.address, subprotocols=["streamlit"], max_size=None, create_connection=Line) as line:
            await session.run(line)
            for _ in range(2):
                if "from" in session.widgets:
                    session.choose()
                await session.run(line)
                figures.ended.append(0)
    except Exception as error:  # noqa: BLE001 - counted and shown at the end
        figures.errors.append(f"{type(error).__name__}: {error}")


async def live(address: str, visits: range, at_once: int, figures: Figures) -> None:
    """Let so many tabs be open at once until all visits have been."""
    waiting = iter(visits)

    async def hand() -> None:
        for number in waiting:
            await visit(address, figures, number)

    await asyncio.gather(*(hand() for _ in range(at_once)))
    await asyncio.sleep(7)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visits", type=int, default=600)
    parser.add_argument("--at-once", type=int, default=8)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        kept = {"STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL": "5"}
        with serve(ROOT / "app.py", log, os.environ.get("HOTSPOTS_HOME"), **kept) as (address, server, _):
            figures = Figures()
            part = max(1, chosen.visits // 6)
            print(f"{'visits':>8} {'memory, MiB':>12}")
            for number in range(6):
                asyncio.run(live(address, range(part * number, part * (number + 1)), chosen.at_once, figures))
                print(f"{part * (number + 1):>8} {read_memory(server):>12.0f}", flush=True)
    print(f"{len(figures.ended)} changes, {len(figures.errors)} errors", *figures.errors[:2], sep="\n")


if __name__ == "__main__":
    main()
