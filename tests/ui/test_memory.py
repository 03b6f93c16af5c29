"""What stays in memory is set aside, and what the first visit does not need is not loaded before it."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from hotspots.ui import memory


def test_what_has_come_to_stay_is_set_aside_and_all_looked_through_now_and_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[str] = []
    stop = threading.Event()

    def keep() -> None:
        done.append("keep")
        if done.count("keep") == 5:
            stop.set()

    monkeypatch.setattr(memory, "keep_for_good", keep)
    monkeypatch.setattr(memory.gc, "unfreeze", lambda: done.append("all"))
    memory.keep_tidy(stop, every=0.0, whole=2)
    assert done == ["keep", "all", "keep", "keep", "all", "keep", "keep"]


@pytest.mark.parametrize(
    ("before", "unwanted"),
    [
        ("hotspots.ui.web, hotspots.ui.web_outlines", {"numpy", "pandas", "scipy", "shapely"}),
        (
            "hotspots.ui.shell, hotspots.ui.overview_page",
            {"folium", "hotspots.ui.ledger", "matplotlib", "sqlalchemy"},
        ),
    ],
)
def test_neither_the_server_nor_its_first_page_loads_what_may_come_later(before: str, unwanted: set[str]) -> None:
    look = f"import sys, {before}; print(*sorted({unwanted!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
