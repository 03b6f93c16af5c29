"""What stays in memory is set aside from the search for garbage, so that a search holds nobody up."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading

TIDY_SECONDS = 2.5
"""Seconds between two rounds in which what has come to stay is set aside."""
WHOLE_TIDY = 240
"""Rounds after which all is looked through: a third of a second every ten minutes."""


def keep_for_good() -> None:
    """Tell the garbage collector that what is loaded now will stay.

    Streamlit looks through everything in memory after each run of each session, which took a third of a second with the
    libraries and the data, while nobody else could run. What is set aside here is looked through no more, and freed all
    the same when nothing refers to it.
    """
    gc.collect()
    gc.freeze()


def keep_tidy(stop: threading.Event, *, every: float = TIDY_SECONDS, whole: int = WHOLE_TIDY) -> None:
    """Set aside what has come to stay since, such as new answers and sessions, until the server ends.

    Between two rounds Streamlit's own looking goes through what these seconds brought, and no more. Now and then all is
    looked through again, because what was set aside and has since become garbage in a circle is not found otherwise.

    Parameters
    ----------
    stop
        Set when the server ends.
    every
        Seconds between two rounds.
    whole
        Every how many rounds all is looked through.
    """
    rounds = 0
    while not stop.wait(every):
        rounds += 1
        if rounds % whole == 0:
            gc.unfreeze()
        keep_for_good()
