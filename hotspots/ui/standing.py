"""The data as they stand: opened once for everybody, and kept when what is on disk cannot be read any more.

A run asks once and draws everything from what it got, so no view mixes two versions. New data are opened by whoever
asks first while the others wait; data that cannot be read leave the last good ones standing, and the page says since
when. Nothing here knows Streamlit, because the question whether the server is ready is asked without a page.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar, cast

from hotspots.errors import HotspotsError, StoreError
from hotspots.pipeline.world import World, open_world
from hotspots.record_dates import name_day
from hotspots.ui.log_lines import LOG
from hotspots.ui.memory import keep_for_good

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hotspots.settings import Settings

_Answer = TypeVar("_Answer")
RETRY_SECONDS = 5.0
"""How long a failure stands before it is tried again: a database that does not answer must not hold up every visit."""
_HOMES = 2
"""Data homes whose world stays open; a dashboard has one."""


@dataclass(frozen=True)
class Trouble:
    """What cannot be read.

    Attributes
    ----------
    what
        In words for a reader, such as “The data”.
    since
        When it was first noticed, in local time.
    reason
        One sentence: what is wrong and what to do.
    """

    what: str
    since: datetime
    reason: str

    @property
    def sentence(self) -> str:
        """Say that what is shown is not the newest."""
        when = f"{self.since:%H:%M} on {name_day(self.since)}"
        return f"{self.what} cannot be read since {when}; what is shown is how it stood then. {self.reason}"


_NOTED: ContextVar[list[Trouble] | None] = ContextVar("troubles", default=None)


def begin_noting() -> list[Trouble]:
    """Begin a run: return the list that fills with what could not be read while its page is drawn."""
    noted: list[Trouble] = []
    _NOTED.set(noted)
    return noted


def note_trouble(trouble: Trouble) -> None:
    """Note that the page which is being drawn rests on what could last be read."""
    noted = _NOTED.get()
    if noted is not None and trouble not in noted:
        noted.append(trouble)


def fingerprint(settings: Settings) -> str:
    """Describe the files that a world is made from by name, time and size: cheap enough for every run."""
    parts = []
    for path in _list_files(settings):
        try:
            seen = path.stat()
        except OSError:
            continue
        parts.append(f"{path}:{seen.st_mtime_ns}:{seen.st_size}")
    return "|".join(parts)


def _list_files(settings: Settings) -> Iterator[Path]:
    for folder in (settings.incidents_home, settings.boundaries_home):
        yield folder
        try:
            inside = sorted(folder.iterdir())
        except OSError:  # not there, or not readable: opening it says which
            continue
        yield from inside
    yield from (path for path in (settings.areas_file, settings.harm_file) if path is not None)


class _Keeper:
    """The world of one data home."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: str | None = None
        self._world: World | None = None
        self._trouble: Trouble | None = None
        self._failed: tuple[str, float] | None = None

    def is_open(self, settings: Settings) -> bool:
        """Tell whether a world can be given at once."""
        return self._world is not None and (self._trouble is not None or fingerprint(settings) == self._seen)

    def find(self, settings: Settings) -> tuple[World, Trouble | None]:
        """Give the world in force, or the last one that could be read and what is wrong since."""
        seen = fingerprint(settings)
        name, world, trouble = self._seen, self._world, self._trouble  # in this order: see `_open`
        if world is not None and trouble is None and seen == name:
            return world, None
        with self._lock:
            seen = fingerprint(settings)
            if self._world is not None and self._trouble is None and seen == self._seen:
                return self._world, None
            if self._world is not None and self._trouble is not None and self._failed is not None:
                failed, until = self._failed
                if failed == seen and time.monotonic() < until:
                    return self._world, self._trouble
            return self._open(settings, seen)

    def _open(self, settings: Settings, seen: str) -> tuple[World, Trouble | None]:
        try:
            world = open_world(settings)
            if world.embedded and self._world is not None and not self._world.embedded:
                raise StoreError(
                    f"The incidents that were loaded in {settings.incidents_home} are gone; bring that folder back, or "
                    "start the dashboard anew to see the data that come with it."
                )
        except (HotspotsError, OSError) as error:
            if self._world is None:
                if isinstance(error, OSError):
                    raise StoreError(f"{settings.home} cannot be read ({error.strerror}); make it readable.") from error
                raise
            if self._trouble is None:
                LOG.warning("The data cannot be read; the last good ones stand.", exc_info=error)
            since = datetime.now() if self._trouble is None else self._trouble.since  # noqa: DTZ005 - for the reader
            self._trouble = Trouble("The data", since, str(error))
            self._failed = (seen, time.monotonic() + RETRY_SECONDS)
            return self._world, self._trouble
        if self._trouble is not None:
            LOG.info("The data can be read again.")
        if self._world is not None:
            keep_for_good()
        # The world before its name: whoever reads the name first and then the world, without the lock, reads this one.
        self._world = world
        self._seen, self._trouble, self._failed = seen, None, None
        return world, None


_KEEPERS: OrderedDict[tuple[Path | None, ...], _Keeper] = OrderedDict()
_GUARD = threading.Lock()


def _keeper(settings: Settings) -> _Keeper:
    place = (settings.home, settings.areas_file, settings.harm_file)  # the same for everybody, whoever asks
    with _GUARD:
        keeper = _KEEPERS.get(place)
        if keeper is None:
            keeper = _KEEPERS[place] = _Keeper()
        _KEEPERS.move_to_end(place)
        while len(_KEEPERS) > _HOMES:
            _KEEPERS.popitem(last=False)
        return keeper


class LastGood:
    """The last answers of something that may be away for a while, and since when it is.

    Parameters
    ----------
    what
        In words for a reader, such as “The operations ledger”.
    kept
        How many answers stay.
    """

    def __init__(self, what: str, *, kept: int) -> None:
        self._what = what
        self._kept = kept
        self._lock = threading.Lock()
        self._answers: OrderedDict[tuple[str, ...], object] = OrderedDict()
        self._troubles: dict[str, tuple[Trouble, float]] = {}

    def find(self, place: str, question: tuple[str, ...], ask: Callable[[], _Answer]) -> _Answer:
        """Ask; when that fails, give what was answered last, with a note for the page.

        Parameters
        ----------
        place
            What is asked, such as the address of a database: while it fails, it is asked every few seconds only.
        question
            Names the answer.
        ask
            Gives it.

        Raises
        ------
        StoreError
            If it fails and there is no earlier answer.
        """
        name = (place, *question)
        with self._lock:
            trouble, until = self._troubles.get(place, (None, 0.0))
            answer = self._answers.get(name, _NOTHING)
        if trouble is not None and time.monotonic() < until and answer is not _NOTHING:
            note_trouble(trouble)
            return cast("_Answer", answer)
        try:
            fresh = ask()
        except StoreError as error:
            if trouble is None:
                LOG.warning("%s cannot be read.", self._what, exc_info=error)
            since = datetime.now() if trouble is None else trouble.since  # noqa: DTZ005 - for the reader
            trouble = Trouble(self._what, since, _leave_out_change(error))
            with self._lock:
                self._troubles[place] = (trouble, time.monotonic() + RETRY_SECONDS)
            if answer is _NOTHING:
                raise
            note_trouble(trouble)
            return cast("_Answer", answer)
        with self._lock:
            if self._troubles.pop(place, None) is not None:
                LOG.info("%s can be read again.", self._what)
            self._answers[name] = fresh
            self._answers.move_to_end(name)
            while len(self._answers) > self._kept:
                self._answers.popitem(last=False)
        return fresh


_NOTHING = object()


def _leave_out_change(error: StoreError) -> str:
    """Say what is wrong without the half about a change, as nobody made one."""
    text = str(error).removeprefix("Nothing of this was kept: ")
    return text[:1].upper() + text[1:]


def is_open(settings: Settings) -> bool:
    """Tell whether the data are there at once, without a wait that a page should explain."""
    return _keeper(settings).is_open(settings)


def find_world(settings: Settings) -> World:
    """Give the data in force; when they cannot be read, the last good ones, with a note for the page.

    Raises
    ------
    InputError, StoreError
        If they cannot be read and never could since the start.
    """
    world, trouble = _keeper(settings).find(settings)
    if trouble is not None:
        note_trouble(trouble)
    return world


def open_fresh_world(settings: Settings) -> World:
    """Give the data in force, and nothing older.

    Raises
    ------
    InputError, StoreError
        If they cannot be read now.
    """
    world, trouble = _keeper(settings).find(settings)
    if trouble is not None:
        raise StoreError(trouble.reason)
    return world
