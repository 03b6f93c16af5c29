"""Time packs of one area in every format, and the maps of all areas, with memory on the way.

Run ``python -m benchmarks briefings``. It uses what is loaded, else the embedded data. The comparison for a pack is the
same pictures made one command after the other, which is what somebody without packs would do. Seconds of the processor
stand beside those of the clock, because on a busy machine the clock tells of others.
"""

from __future__ import annotations

import resource
import tempfile
import time
from datetime import date
from pathlib import Path

import psutil

from hotspots.pipeline.brief import draw_brief
from hotspots.pipeline.operations import open_operations
from hotspots.pipeline.packs import PACK_FORMATS, build_pack, find_template, list_templates
from hotspots.pipeline.packs_all import BriefJob, list_areas, make_all
from hotspots.pipeline.world import open_world
from hotspots.query import Query
from hotspots.settings import read_settings

DAY = date(2023, 3, 14)
PACK_TARGET, MAPS_TARGET = 10.0, 240.0
"""Seconds that a pack of one area and the maps of all areas may take on two cores."""
MOST_GROWTH = 1.15
"""How much larger the process may be after the last area than after the first sixth of them."""


def main() -> None:
    settings = read_settings()
    began = time.perf_counter()
    world = open_world(settings)
    print(f"open the data: {time.perf_counter() - began:.1f} s")
    ledger = open_operations(settings, create=False)
    area = "ashington" if any(unit.code == "ashington" for unit in world.units) else world.units[0].code

    print(f"\nPacks of {area}, first (nothing remembered) and again, seconds")
    slowest = 0.0
    for template in list_templates(settings):
        world = open_world(settings)
        times, busy = [], []
        for _turn in range(2):
            began, worked = time.perf_counter(), time.process_time()
            pack = build_pack(
                world,
                Query(area=area),
                template,
                ledger=ledger,
                made_on=DAY,
                format="pptx",
                small_count=settings.small_count,
            )
            times.append(time.perf_counter() - began)
            busy.append(time.process_time() - worked)
        slowest = max(slowest, times[0])
        print(
            f"  {template.code:<20} {pack.pages} pictures  {times[0]:5.1f}  {times[1]:5.1f}"
            f"  (processor {busy[0]:.1f}, {busy[1]:.1f})"
        )
    print(f"  slowest {slowest:.1f} s; the target is {PACK_TARGET:g} s: {'met' if slowest < PACK_TARGET else 'MISSED'}")

    template = find_template(settings, "daily-tasking")
    print("\nOne pack in every format, seconds, with everything remembered")
    for format_ in PACK_FORMATS:
        began = time.perf_counter()
        pack = build_pack(world, Query(area=area), template, ledger=ledger, made_on=DAY, format=format_)
        print(f"  {format_:<5} {time.perf_counter() - began:5.1f}  {len(pack.content) / 1e6:5.1f} MB")

    began = time.perf_counter()
    for section in template.sections:
        if section.kind in {"map", "trend", "surface", "hotspots"}:
            draw_brief(
                open_world(settings), Query(area=area), kind=section.kind, made_on=DAY.isoformat(), ledger=ledger
            )
    apart = time.perf_counter() - began
    began = time.perf_counter()
    build_pack(open_world(settings), Query(area=area), template, ledger=ledger, made_on=DAY, format="zip")
    together = time.perf_counter() - began
    print(f"\nFour pictures one command after the other against one pack: {apart / together:.1f} times as long")
    ledger.close()
    time_all_areas()


def time_all_areas() -> None:
    settings = read_settings()
    world = open_world(settings)
    areas = list_areas(world, "both")
    process = psutil.Process()
    sizes: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        job = BriefJob(settings=settings, query=Query(), out=Path(folder), made_on=DAY)
        began = time.perf_counter()
        made = make_all(
            job, areas, jobs=1, world=world, progress=lambda *_step: sizes.append(process.memory_info().rss / 1e6)
        )
        one = time.perf_counter() - began
        began, worked = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        make_all(job, areas, jobs=2)
        two, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        busy = after.ru_utime + after.ru_stime - worked.ru_utime - worked.ru_stime
    print(f"\nMaps of {len(areas)} areas, {sum(bool(item.error) for item in made)} not made")
    print(f"  one process {one:.0f} s, two {two:.0f} s ({one / two:.2f} times as fast); processor {busy:.0f} s")
    print(f"  the target is {MAPS_TARGET:g} s: {'met' if two < MAPS_TARGET else 'MISSED'}")
    early, half, last = sizes[len(sizes) // 6], sizes[len(sizes) // 2], sizes[-1]
    print(f"  memory after a sixth, half and all: {early:.0f}, {half:.0f}, {last:.0f} MB", end=" ")
    print(f"({last / early:.2f} times; {'flat' if last / early < MOST_GROWTH else 'GROWING'})")


if __name__ == "__main__":
    main()
