"""What the impact page keeps: evaluations and maps of change, by the data and by what is recorded of the operation.

An evaluation takes seconds. It runs in the visit that asks for it, with a progress bar and without holding the ledger;
a second visit that asks for the same meanwhile waits for the first instead of computing it again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import streamlit as st

from hotspots.analysis.placebo_areas import draw_placebo_areas
from hotspots.analysis.placebo_gaps import Gaps, trace_gaps
from hotspots.pipeline.impact_operation import RecordedOperation, assess_recorded, lay_panel, read_operation
from hotspots.pipeline.impact_places import ChangeMap, choose_change_cells, map_laid_change
from hotspots.ui.cell_caches import find_ground
from hotspots.ui.lane import heavy_work
from hotspots.ui.ledger import reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from hotspots.pipeline.impact import Impact
    from hotspots.pipeline.world import World
    from hotspots.settings import Settings

KEPT = 24
"""Evaluations that stay in memory: a few megabytes each."""
_WAIT = 0.2
"""Seconds between looks at whether another visit has finished."""


class _Shelf:
    """Results by what they rest on, the oldest dropped first, and a lock for each that is being made."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._results: OrderedDict[Any, Any] = OrderedDict()
        self._turns: dict[Any, threading.Lock] = {}
        self._lock = threading.Lock()

    def recall(self, key: Any) -> Any:
        with self._lock:
            return self._results.get(key)

    def find(self, key: Any, make: Callable[[], Any], wait: Callable[[], None], *, heavy: bool = True) -> Any:
        """Return what is kept, or make it, one visit for each key.

        Parameters
        ----------
        key, make
            What the result rests on, and how to make it. What is heavy is made in the lane, which has one place: it
            must not ask a shelf, or anything else that takes the lane, or it waits for itself for ever.
        wait
            Called a few times a second while another visit makes the same.
        heavy
            False for what takes no seconds: it is made at once, beside somebody's long calculation.
        """
        with self._lock:
            turn = self._turns.setdefault(key, threading.Lock())
        while not turn.acquire(timeout=_WAIT):
            wait()
        try:
            found = self.recall(key)
            if found is None:
                with heavy_work() if heavy else nullcontext():
                    found = make()
                with self._lock:
                    self._results[key] = found
                    while len(self._results) > self._most:
                        self._results.popitem(last=False)
        finally:
            turn.release()
            with self._lock:
                self._turns.pop(key, None)
        return found


@st.cache_resource(show_spinner=False)
def _shelf(name: str, most: int) -> _Shelf:  # noqa: ARG001 - the name is the key
    return _Shelf(most)


def read_recorded(settings: Settings, code: str) -> RecordedOperation:
    """Read what is recorded of an operation.

    Raises
    ------
    UnknownNameError
        If there is no such operation.
    """
    with reading(settings) as ledger:
        return read_operation(ledger, code)


def recall_impact(world: World, operation: RecordedOperation, start: int | None) -> Impact | None:
    """Return an evaluation that somebody has computed since the server began; None when nobody has."""
    found: Impact | None = _shelf("impact", KEPT).recall((world.version, operation, start))
    return found


def find_impact(
    world: World,
    operation: RecordedOperation,
    start: int | None,
    progress: Callable[[str, int, int], None],
) -> Impact:
    """Evaluate an operation and keep the result for everybody.

    Parameters
    ----------
    world, operation, start
        What it rests on; the recorded start when None.
    progress
        Called with a label, outcomes done and outcomes in all.

    Raises
    ------
    InputError
        If its area or start is not known, or the months do not allow a comparison.
    """
    found: Impact = _shelf("impact", KEPT).find(
        (world.version, operation, start),
        lambda: assess_recorded(world, operation, start=start, progress=progress),
        lambda: progress("another visit is computing it", 0, 1),
    )
    return found


def find_change_map(world: World, operation: RecordedOperation, start: int | None, outcome: str) -> ChangeMap:
    """Map where incidents changed, once for each operation, start and outcome.

    Raises
    ------
    InputError
        If too few cells are left to compare with.
    """

    def make() -> ChangeMap:
        laid = lay_panel(world, operation, start=start)
        return map_laid_change(
            world, laid, outcome=outcome, ground=find_ground(world, choose_change_cells(world, laid))
        )

    found: ChangeMap = _shelf("places", KEPT).find((world.version, operation, start, outcome), make, lambda: None)
    return found


def find_gaps(world: World, operation: RecordedOperation, start: int | None, impact: Impact, outcome: int) -> Gaps:
    """Trace the gaps of an outcome beside those of untouched areas, once."""

    def make() -> Gaps:
        return trace_gaps(impact.panel, impact.panel.counts[outcome], draw_placebo_areas(impact.panel))

    found: Gaps = _shelf("gaps", KEPT).find((world.version, operation, start, outcome), make, lambda: None)
    return found


def keep_drawn(
    world: World, operation: RecordedOperation, start: int | None, name: str, make: Callable[[], Any]
) -> Any:
    """Draw a part of the page once for each evaluation and name, and keep it; it does not queue behind calculations."""
    return _shelf("drawn", 8 * KEPT).find((world.version, operation, start, name), make, lambda: None, heavy=False)
