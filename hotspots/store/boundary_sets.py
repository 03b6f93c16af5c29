"""Earlier boundaries: what was in force before is kept, can be read, and can be put in force again.

The set in force is one file; before it is replaced or removed, it is linked under a number in a folder beside it.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from hotspots.errors import InputError, StoreError
from hotspots.store.boundaries import (
    KEPT,
    LOCK_SECONDS,
    SETS,
    keep_current,
    name_lock,
    read_embedded,
    read_kept,
    sync_folder,
)

if TYPE_CHECKING:
    from pathlib import Path

    from hotspots.schemas import Boundaries
    from hotspots.settings import Settings

EMBEDDED_NUMBER = 0
"""Of the embedded wards, which can always be gone back to."""
_SHORTEST = 4
"""Letters of a version that are enough to name it."""


@dataclass(frozen=True)
class BoundarySet:
    """One set of boundaries that can be read.

    Attributes
    ----------
    number
        Higher is later; 0 for the embedded wards.
    version
        Of the set; part of every cache key.
    name, source, vintage, licence
        What the interface says about it.
    areas
        How many it holds.
    made_at
        When its file was written, in seconds since 1970; 0 for the embedded wards.
    in_force
        True for the one that is used.
    """

    number: int
    version: str
    name: str
    source: str
    vintage: str
    licence: str
    areas: int
    made_at: float
    in_force: bool

    def to_json(self) -> dict[str, Any]:
        """Write the set as plain values."""
        return dict(vars(self))


def list_sets(settings: Settings) -> tuple[BoundarySet, ...]:
    """List the sets that can be read: the one in force, the others from the latest to the embedded one.

    Raises
    ------
    StoreError
        If the set in force is damaged; an earlier one that is, is left out.
    """
    home = settings.boundaries_home
    current = home / KEPT
    earlier = sorted((home / SETS).glob("[0-9]*.parquet"), reverse=True)
    listed = []
    if current.is_file():
        number = int(earlier[0].stem) + 1 if earlier else 1
        listed.append(_describe(current, number, in_force=True))
    for path in earlier:
        try:
            listed.append(_describe(path, int(path.stem), in_force=False))
        except (StoreError, OSError):
            continue
    embedded = replace(_describe_embedded(), in_force=not current.is_file())
    return (embedded, *listed) if embedded.in_force else (*listed, embedded)


def find_set(settings: Settings, name: str) -> BoundarySet:
    """Find a set by number, by the first letters of its version, or as ``current`` or ``embedded``.

    Raises
    ------
    InputError
        If there is none.
    """
    sets = list_sets(settings)
    wanted = name.strip().casefold()
    for item in sets:
        if (wanted == "current" and item.in_force) or (wanted == "embedded" and item.number == EMBEDDED_NUMBER):
            return item
        if wanted.isdigit() and item.number == int(wanted):
            return item
    for item in sets:
        if len(wanted) >= _SHORTEST and item.version.startswith(wanted):
            return item
    known = ", ".join(f"{item.number} ({item.name})" for item in sets)
    raise InputError(f"No boundaries “{name}” are kept; those that are: {known}.")


def read_set(settings: Settings, item: BoundarySet) -> Boundaries:
    """Read a set.

    Raises
    ------
    StoreError
        If its file is damaged or gone.
    """
    if item.number == EMBEDDED_NUMBER:
        return read_embedded()
    return read_kept(_find_file(settings, item))[0]


def restore_set(settings: Settings, name: str | None = None) -> tuple[BoundarySet, BoundarySet]:
    """Put an earlier set in force again; the present one stays readable, so that this can be undone the same way.

    Parameters
    ----------
    settings
        Where the data home lies.
    name
        As in `find_set`; by default what was in force before.

    Returns
    -------
    tuple of BoundarySet
        What was in force, and what is now.

    Raises
    ------
    InputError
        If there is no such set, or it is in force already.
    StoreError
        If it cannot be read or written.
    """
    home = settings.boundaries_home
    sets = list_sets(settings)
    before = sets[0]
    if name is None and len(sets) == 1:
        raise InputError("There are no earlier boundaries to go back to.")
    target = sets[1] if name is None else find_set(settings, name)
    if target.in_force:
        raise InputError(f"The boundaries “{target.name}” are in force already.")
    read_set(settings, target)  # a damaged set must not be put in force
    try:
        with FileLock(name_lock(home), timeout=LOCK_SECONDS):
            part = home / ".rollback.part"
            if target.number != EMBEDDED_NUMBER:
                shutil.copyfile(_find_file(settings, target), part)
                with part.open("rb+") as file:
                    os.fsync(file.fileno())  # whole on disk before it takes the place of the set in force
            keep_current(home)
            if target.number == EMBEDDED_NUMBER:
                (home / KEPT).unlink()
            else:
                part.replace(home / KEPT)
            sync_folder(home)
    except Timeout as error:
        raise StoreError(f"Another import is writing to {home}; wait until it ends and try again.") from error
    except OSError as error:
        raise StoreError(
            f"The boundaries cannot be written to {home} ({error.strerror or error}); free some space or check the "
            "permissions."
        ) from error
    return before, list_sets(settings)[0]


def _find_file(settings: Settings, item: BoundarySet) -> Path:
    home = settings.boundaries_home
    return home / KEPT if item.in_force else home / SETS / f"{item.number:04d}.parquet"


@cache
def _describe_embedded() -> BoundarySet:
    return _describe_boundaries(read_embedded(), EMBEDDED_NUMBER, 0.0, in_force=False)


def _describe(path: Path, number: int, *, in_force: bool) -> BoundarySet:
    """Describe a file from what it says of itself; older ones do not, and are read."""
    import pyarrow as pa  # noqa: PLC0415 - the embedded boundaries are read without it
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    made = path.stat().st_mtime
    try:
        about = json.loads(pq.read_schema(path).metadata[b"hotspots"])
        return BoundarySet(
            number, about["version"], about["name"], about["source"], about["vintage"], about["licence"],
            int(about["areas"]), made, in_force,
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException):
        return _describe_boundaries(read_kept(path)[0], number, made, in_force=in_force)


def _describe_boundaries(item: Boundaries, number: int, made: float, *, in_force: bool) -> BoundarySet:
    return BoundarySet(
        number, item.version, item.name, item.source, item.vintage, item.licence, len(item), made, in_force
    )
