"""Time every kind of briefing picture on what is loaded, cold and warm, and the maps of many areas with their memory.

Run ``python benchmarks/bench_kinds.py [AREAS]``; AREAS is how many areas' maps are drawn one after another (0 for all).
Composing and drawing are counted together: this is what a person waits for. Times are of the processor, because a
machine that does other work would slow the clock; on a quiet machine the two agree.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time

from hotspots.errors import InputError
from hotspots.pipeline.brief import PICTURE_KINDS, draw_brief
from hotspots.pipeline.operations import open_operations
from hotspots.pipeline.world import open_world
from hotspots.query import Query
from hotspots.settings import read_settings

AREA, OPERATION = "ashington", "momentum"
WARM = 5
MEGABYTE = 1024


def time_once(call: object) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("areas", nargs="?", type=int, default=20)
    wanted = parser.parse_args().areas
    settings = read_settings()
    world = open_world(settings)
    with_ledger = {"ledger": open_operations(settings), "made_on": "2023-03-14"}
    print(f"{'kind':<14} {'subject':<10} {'first s':>8} {'warm s':>7} {'kB':>6}")
    for kind in PICTURE_KINDS:
        for subject in (AREA, "") if kind.needs == "force" else (AREA,):
            query = Query(area=subject, operation=OPERATION if kind.needs == "operation" else "")

            def draw(kind: str = kind.code, query: Query = query) -> bytes:
                return draw_brief(world, query, kind=kind, **with_ledger)[0].content

            first = time_once(draw)
            warm = statistics.median(time_once(draw) for _ in range(WARM))
            assert draw() == draw(), "equal input gives equal bytes"
            print(f"{kind.code:<14} {subject or 'the force':<10} {first:>8.2f} {warm:>7.2f} {len(draw()) / 1000:>6.0f}")
    units = world.units[: wanted or None]
    start, clock, marks, drawn = time.process_time(), time.perf_counter(), [], 0
    for number, unit in enumerate(units):
        try:
            draw_brief(world, Query(area=unit.code), kind="map", made_on="2023-03-14")
            drawn += 1
        except InputError as why:
            print(f"{unit.label}: {why}")
        if number in {len(units) // 10, len(units) // 2, len(units) - 1}:
            marks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE)
    taken, wall = time.process_time() - start, time.perf_counter() - clock
    memory = " / ".join(f"{mark:,.0f}" for mark in marks)
    print(
        f"{drawn} maps of areas, one process: {taken:.0f} s of processor, {wall:.0f} s by the clock, "
        f"{taken / max(drawn, 1):.2f} s each; most memory at a tenth, half and the end: {memory} MB"
    )
    print(f"all {len(world.units)} areas at that rate: {taken / max(drawn, 1) * len(world.units):.0f} s on one core")


if __name__ == "__main__":
    main()
