"""The manifest: which file holds which month of which force. Switching it, in one rename, is what commits a load.

Layout of a store::

    CURRENT                         name of the manifest in force, one line
    manifests/000007-1f2e3d4c5b6a.json
    northumbria/2020-05-0123456789abcdef0123.parquet

Month files are named by their content and never change. A load writes new ones beside the old, then a new manifest,
then replaces ``CURRENT``. Whatever stops it before that moment leaves the store as it was.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hotspots.errors import StoreError
from hotspots.months import format_month, parse_month
from hotspots.schemas import Coverage
from hotspots.whole_files import TEMPORARY, write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FORMAT = 1
KEPT_MANIFESTS = 12
"""The manifest in force and those before it that can still be read, and gone back to."""
_CURRENT = "CURRENT"
_FOLDER = "manifests"


@dataclass(frozen=True)
class StoredMonth:
    """One month of one force in the store.

    Attributes
    ----------
    force, month
        Force code; months since January 1970.
    file
        Path under the root, with forward slashes.
    content
        Digest of the rows, whatever their order: 20 hexadecimal digits.
    rows, incidents, located
        Rows in the file; incidents that they count; incidents with coordinates.
    grid_m
        Side of the grid in metres when coordinates are cell centres, else None.
    source
        Key of the file that it came from, among the manifest's sources.
    """

    force: str
    month: int
    file: str
    content: str
    rows: int
    incidents: int
    located: int
    grid_m: float | None
    source: str


@dataclass(frozen=True)
class Manifest:
    """One state of the store.

    Attributes
    ----------
    months
        Ordered by force and month.
    sources
        What was reported about each source file, by its key; plain values.
    sequence
        Counts the commits; 0 for an empty store.
    set_aside
        Forces and extracts that are stored but not counted, because another source holds the same incidents.
    """

    months: tuple[StoredMonth, ...] = ()
    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    sequence: int = 0
    set_aside: tuple[str, ...] = ()

    @property
    def data_version(self) -> str:
        """Twelve hexadecimal digits over the rows of all months, whatever the order, paths and time of the loads."""
        digest = hashlib.sha256()
        for item in sorted(self.months, key=lambda item: (item.force, item.month)):
            digest.update(f"{item.force} {format_month(item.month)} {item.content}\n".encode())
        for force in self.set_aside:
            digest.update(f"{force} is set aside\n".encode())
        return digest.hexdigest()[:12]

    @property
    def coverage(self) -> Coverage:
        """Which months of which forces are present."""
        by_force: dict[str, list[int]] = {}
        for item in self.months:
            by_force.setdefault(item.force, []).append(item.month)
        return Coverage({force: tuple(sorted(months)) for force, months in sorted(by_force.items())})

    @property
    def counted(self) -> tuple[StoredMonth, ...]:
        """The months that are not set aside."""
        return tuple(item for item in self.months if item.force not in self.set_aside)

    @property
    def name(self) -> str:
        """Name of its file."""
        return f"{self.sequence:06d}-{self.data_version}.json"

    @cached_property
    def by_source(self) -> Mapping[str, tuple[StoredMonth, ...]]:
        """The months in force that each source gave."""
        found: dict[str, list[StoredMonth]] = {}
        for item in self.months:
            found.setdefault(item.source, []).append(item)
        return {source: tuple(items) for source, items in found.items()}

    @cached_property
    def _by_month(self) -> Mapping[tuple[str, int], StoredMonth]:
        return {(item.force, item.month): item for item in self.months}

    def find(self, force: str, month: int) -> StoredMonth | None:
        """Return one month, or None."""
        return self._by_month.get((force, month))


def read_current(root: Path) -> Manifest:
    """Read the manifest in force; an empty one where nothing was ever stored.

    Raises
    ------
    StoreError
        If it cannot be read.
    """
    try:
        name = (root / _CURRENT).read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        return Manifest()
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(root / _CURRENT, error) from error
    return _read(root / _FOLDER / name)


def _read(path: Path) -> Manifest:
    try:
        values = json.loads(path.read_bytes())
        if values["format"] != FORMAT:
            raise StoreError(f"{path} was written by another version of Hotspots; update, or load the data again.")
        return Manifest(
            months=tuple(StoredMonth(**{**item, "month": parse_month(item["month"])}) for item in values["months"]),
            sources=values["sources"],
            sequence=int(path.name.partition("-")[0]),
            set_aside=tuple(values.get("set_aside", ())),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _unreadable(path, error) from error


@dataclass(frozen=True)
class Version:
    """One state that can still be read.

    Attributes
    ----------
    manifest
        The state.
    made_at
        When it was put in force: seconds since 1970, UTC.
    """

    manifest: Manifest
    made_at: float


def read_versions(root: Path) -> tuple[Version, ...]:
    """Read the states that are kept, the one in force first; a damaged old one is left out.

    Raises
    ------
    StoreError
        If the state in force cannot be read.
    """
    current = read_current(root)
    found = []
    for path in sorted((root / _FOLDER).glob("[0-9]*.json"), reverse=True):
        if path.name > current.name:
            continue  # an interrupted load left it
        try:
            found.append(Version(_read(path), path.stat().st_mtime))
        except (StoreError, OSError):
            continue
    return tuple(found[:KEPT_MANIFESTS])


def _unreadable(path: Path, error: Exception) -> StoreError:
    return StoreError(
        f"The incident store cannot be read at {path} ({error}); put it back from a copy, or remove that folder and "
        "load the data again."
    )


def write_current(root: Path, manifest: Manifest) -> None:
    """Write a manifest and put it in force, in one atomic step.

    Raises
    ------
    OSError
        If it cannot be written; the manifest in force is then still the old one.
    """
    values = {
        "format": FORMAT,
        "data_version": manifest.data_version,
        "months": [{**vars(item), "month": format_month(item.month)} for item in manifest.months],
        "sources": manifest.sources,
        **({"set_aside": manifest.set_aside} if manifest.set_aside else {}),
    }
    text = json.dumps(values, ensure_ascii=False, indent=1, sort_keys=True)
    for folder in sorted({root / Path(item.file).parent for item in manifest.months}):
        sync_folder(folder)
    write_file(root / _FOLDER / manifest.name, text.encode())
    sync_folder(root / _FOLDER)
    write_file(root / _CURRENT, f"{manifest.name}\n".encode())
    sync_folder(root)


def write_file(path: Path, data: bytes) -> None:
    """Write a file as :func:`hotspots.whole_files.write_whole` does, and the folder for it.

    Raises
    ------
    OSError
        If it cannot be written; nothing is left behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, data)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder last through a power cut, where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def collect_garbage(root: Path, current: Manifest) -> None:
    """Remove old manifests, and month files that no kept manifest names. Call it under the lock of the store.

    Raises
    ------
    OSError
        If a file cannot be removed.
    """
    manifests = sorted((root / _FOLDER).glob("[0-9]*.json"))
    committed = [path for path in manifests if path.name <= current.name]
    kept = committed[-KEPT_MANIFESTS:]
    referenced = {item.file for item in current.months}
    for path in kept[:-1]:
        try:
            referenced |= {item.file for item in _read(path).months}
        except StoreError:
            continue  # an old state that can no longer be read keeps nothing
    for path in set(manifests) - set(kept):
        path.unlink(missing_ok=True)
    for path in root.glob("*/*.parquet"):
        if path.relative_to(root).as_posix() not in referenced:
            path.unlink(missing_ok=True)
    for path in [*root.glob(f"{TEMPORARY}*"), *root.glob(f"*/{TEMPORARY}*")]:
        path.unlink(missing_ok=True)


def explain(root: Path, error: OSError) -> StoreError:
    """Say in one sentence why the store cannot be written."""
    kept = "what was stored before is untouched"
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return StoreError(f"There is no room on the disk for {root}; {kept}. Free some space and load again.")
    if error.errno in {errno.EROFS, errno.EACCES, errno.EPERM}:
        return StoreError(
            f"{root} may not be written ({error.strerror}); {kept}. Set HOTSPOTS_HOME to a folder that may be written."
        )
    return StoreError(f"{root} cannot be written ({error.strerror or error}); {kept}. Check the data home.")


def order_months(months: Sequence[StoredMonth]) -> tuple[StoredMonth, ...]:
    """Order months by force and month."""
    return tuple(sorted(months, key=lambda item: (item.force, item.month)))
