"""One lane for work of seconds: however many ask, only so much of it runs at once, and the others see their place.

Python computes on one core at a time: ten back-tests at once would leave nobody a fifth of a second for a filter.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import streamlit as st

from hotspots.views.wording import write_count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

AT_ONCE = 1
"""Long calculations that run at once in a process."""
_LOOK = 0.2
"""Seconds between looks at the queue: a visit that ends meanwhile leaves it within that time."""


class Lane:
    """A queue in which whoever came first goes first."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._at_once = at_once
        self._queue: list[object] = []
        self._changed = threading.Condition()

    @contextmanager
    def take(self, wait: Callable[[int], None]) -> Iterator[None]:
        """Wait for a place, and hold it until the block ends, however it ends.

        Parameters
        ----------
        wait
            Called a few times a second while waiting, with the number of those before; it may raise to give up.
        """
        ticket = object()
        with self._changed:
            self._queue.append(ticket)
        try:
            while True:
                with self._changed:
                    before = self._queue.index(ticket) - self._at_once + 1
                    if before > 0:
                        self._changed.wait(_LOOK)
                        before = self._queue.index(ticket) - self._at_once + 1
                if before <= 0:
                    break
                wait(before)
            yield
        finally:
            with self._changed:
                self._queue.remove(ticket)
                self._changed.notify_all()


LANE = Lane()


@contextmanager
def heavy_work() -> Iterator[None]:
    """Take a place among the long calculations, and tell whoever waits how many are before."""
    spot = st.empty()

    def tell(before: int) -> None:
        spot.caption(f"{write_count(before, 'long calculation')} of others before yours; this page goes on by itself.")

    try:
        with LANE.take(tell):
            spot.empty()
            yield
    finally:
        spot.empty()
