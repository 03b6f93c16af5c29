"""A script for the tests: loads that are killed with SIGKILL, each in a child of its own.

Usage: ``python -m tests.pipeline.interrupted_load HOME SOURCE…`` prints, one line a child, where it was killed and what
the store held afterwards: the data version that was read, and the one that a second load then reached.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hotspots.pipeline.load import ingest
from hotspots.settings import read_settings
from hotspots.store import manifest as manifest_module
from hotspots.store.incidents import IncidentStore

if TYPE_CHECKING:
    from collections.abc import Callable

RANDOM_KILLS = 10


def load(home: Path, sources: list[str]) -> str:
    return ingest(sources, settings=read_settings({"HOTSPOTS_HOME": str(home)})).data_version


def die_at(call: int) -> None:
    """Kill this process before its call-th flush or rename."""
    left = call

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def work(*args: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args)

        return work

    manifest_module.os.fsync = counted(os.fsync)
    manifest_module.os.replace = counted(os.replace)


def run(home: Path, sources: list[str], *, call: int = 0, after: float = 0.0) -> int:
    """Load in a child that is killed at a call, or after some seconds; return how it ended."""
    child = os.fork()
    if child == 0:
        if call:
            die_at(call)
        load(home, sources)
        os._exit(0)
    if after:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]


def main() -> None:
    home, *sources = sys.argv[1:]
    chooser = random.Random(1)
    kills = [(call, 0.0) for call in range(1, 100)] + [(0, chooser.uniform(0.0, 0.05)) for _ in range(RANDOM_KILLS)]
    survived = False
    for number, (call, after) in enumerate(kills):
        if call and survived:
            continue
        copy = Path(f"{home}-{number}")
        shutil.copytree(home, copy)
        survived = run(copy, sources, call=call, after=after) == 0 or (survived and not call)
        held = IncidentStore(copy / "incidents").read()
        again = run(copy, sources)
        reached = IncidentStore(copy / "incidents").data_version
        litter = [path.name for path in copy.rglob("*") if path.name.startswith(".tmp")]
        print(f"{call or after:.3f} {held.data_version} {len(held.n)} {again} {reached} {len(litter)}")  # noqa: T201 - the test that starts this reads it
        shutil.rmtree(copy)


if __name__ == "__main__":
    main()
