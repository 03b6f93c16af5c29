"""The incident store: one Parquet file a force and month, a manifest that says which are in force, and its reader.

Loads are all or nothing and wait for each other. Readers take no lock: month files never change, and the files of the
manifests before the one in force are kept, so that a reader is never left without what it began to read.
"""

from __future__ import annotations

import itertools
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from hotspots.errors import InputError, StoreError
from hotspots.months import format_month
from hotspots.store.manifest import (
    Manifest,
    StoredMonth,
    Version,
    collect_garbage,
    explain,
    order_months,
    read_current,
    read_versions,
    write_current,
    write_file,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from numpy.typing import NDArray

    from hotspots.schemas import Coverage, Incidents
    from hotspots.store.monthfile import MonthRows

_READERS = max(2, min(4, os.cpu_count() or 2))


@dataclass(frozen=True, eq=False)
class StoredIncidents:
    """The whole content of a store as columns of equal length, shape (n,), ordered by force and month.

    Attributes
    ----------
    month
        Months since January 1970.
    lon, lat
        WGS 84 degrees (EPSG:4326); NaN without location.
    crime_type, outcome, ward_code, force
        Codes into `types`, `outcomes`, `wards` and `forces`; `ward_code` is None where no source gives wards.
    n
        Incidents in the row.
    grid_m
        Side of the grid in metres when coordinates are cell centres; None when they are points.
    data_version, coverage
        Of the manifest that was read.
    """

    month: NDArray[np.int32]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    crime_type: NDArray[np.int32]
    outcome: NDArray[np.int32]
    n: NDArray[np.int32]
    force: NDArray[np.int16]
    ward_code: NDArray[np.int32] | None
    types: tuple[str, ...]
    outcomes: tuple[str, ...]
    wards: tuple[str, ...]
    forces: tuple[str, ...]
    grid_m: float | None
    data_version: str
    coverage: Coverage


class IncidentStore:
    """A folder of incidents.

    Parameters
    ----------
    root
        The folder; made by the first load.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(root)

    def open_read(self) -> Manifest:
        """Return the manifest in force; an empty one where nothing was ever stored.

        Raises
        ------
        StoreError
            If it cannot be read.
        """
        return read_current(self.root)

    @property
    def data_version(self) -> str:
        """Twelve hexadecimal digits that change whenever a stored row does."""
        return self.open_read().data_version

    def coverage(self) -> Coverage:
        """Return which months of which forces are stored."""
        return self.open_read().coverage

    def files(self) -> tuple[StoredMonth, ...]:
        """List the months that are stored, ordered by force and month."""
        return self.open_read().months

    def versions(self) -> tuple[Version, ...]:
        """Return the states that can still be read, the one in force first.

        Raises
        ------
        StoreError
            If the state in force cannot be read.
        """
        return read_versions(self.root)

    def read(self) -> StoredIncidents:
        """Read everything that is stored and counted.

        Raises
        ------
        StoreError
            If a file is missing or damaged.
        """
        manifest = self.open_read()
        try:
            return self._read(manifest)
        except FileNotFoundError:
            newer = self.open_read()  # several loads may have passed since the manifest was read
            if newer != manifest:
                return self._read(newer)
            raise

    def _read(self, manifest: Manifest) -> StoredIncidents:
        months = manifest.counted
        sizes = [item.rows for item in months]
        ends = np.cumsum([0, *sizes])
        slices = [slice(int(start), int(end)) for start, end in itertools.pairwise(ends)]
        rows = int(ends[-1])
        lon, lat = np.empty(rows), np.empty(rows)
        crime_type, outcome, n = (np.empty(rows, dtype=np.int32) for _ in range(3))

        def fill(item: StoredMonth, part: slice) -> MonthRows:
            table = self._read_month(item)
            lon[part], lat[part], n[part] = table.lon, table.lat, table.n
            crime_type[part], outcome[part] = table.crime_type, table.outcome
            return table

        with ThreadPoolExecutor(_READERS) as pool:
            tables = list(pool.map(fill, months, slices))
        types = _unite_codes(crime_type, slices, [table.types for table in tables])
        outcomes = _unite_codes(outcome, slices, [table.outcomes for table in tables])
        ward_code: NDArray[np.int32] | None = None
        wards: tuple[str, ...] = ()
        parts = [table.ward_code for table in tables if table.ward_code is not None]
        if parts and len(parts) == len(tables):
            ward_code = np.concatenate(parts)
            wards = _unite_codes(ward_code, slices, [table.wards for table in tables])
        coverage = replace(manifest, months=months).coverage
        forces = tuple(coverage.by_force)
        return StoredIncidents(
            month=np.repeat(np.array([item.month for item in months], dtype=np.int32), sizes),
            lon=lon,
            lat=lat,
            crime_type=crime_type,
            outcome=outcome,
            n=n,
            force=np.repeat(np.array([forces.index(item.force) for item in months], dtype=np.int16), sizes),
            ward_code=ward_code,
            types=types,
            outcomes=outcomes,
            wards=wards,
            forces=forces,
            grid_m=months[0].grid_m if months else None,
            data_version=manifest.data_version,
            coverage=coverage,
        )

    def read_rows(self, item: StoredMonth) -> tuple[MonthRows, NDArray[np.uint64]]:
        """Read one month of any version that is kept, with the shortened Crime IDs of its rows.

        Raises
        ------
        StoreError
            If the file is missing or damaged.
        """
        from hotspots.store.monthfile import read_crime_keys  # noqa: PLC0415 - asking for the coverage needs no Arrow

        try:
            return self._read_month(item), self._guard(item, read_crime_keys)
        except FileNotFoundError:
            raise StoreError(f"The version that held {item.file} is no longer kept; choose a later one.") from None

    def _read_month(self, item: StoredMonth) -> MonthRows:
        from hotspots.store.monthfile import read_month  # noqa: PLC0415 - asking for the coverage needs no Arrow

        table: MonthRows = self._guard(item, read_month)
        if len(table.lon) != item.rows:
            raise self._damaged(item, f"{len(table.lon)} rows instead of {item.rows}")
        return table

    def read_crime_keys(self, months: Sequence[StoredMonth]) -> NDArray[np.uint64]:
        """Read the shortened Crime IDs of some months, those of rows without one left out.

        Raises
        ------
        StoreError
            If a file is missing or damaged.
        """
        from hotspots.store.monthfile import read_crime_keys  # noqa: PLC0415 - as above

        with ThreadPoolExecutor(_READERS) as pool:
            parts = list(pool.map(lambda item: self._guard(item, read_crime_keys), months))
        keys = np.concatenate([np.zeros(0, dtype=np.uint64), *parts])
        present: NDArray[np.uint64] = keys[keys != 0]
        return present

    def _guard(self, item: StoredMonth, read: Any) -> Any:
        import pyarrow as pa  # noqa: PLC0415 - as above

        try:
            return read(self.root / item.file)
        except FileNotFoundError:
            if self.open_read().find(item.force, item.month) == item:
                raise self._damaged(item, "the file is missing") from None
            raise
        except (OSError, ValueError, KeyError, pa.ArrowException) as error:
            raise self._damaged(item, str(error)) from error

    def _damaged(self, item: StoredMonth, why: str) -> StoreError:
        return StoreError(
            f"The stored month {format_month(item.month)} of {item.force} is damaged ({item.file}: {why}); remove "
            f"{self.root} and load the data again, or put that folder back from a copy."
        )

    def begin(self) -> IncidentLoad:
        """Begin a load: ``with store.begin() as load: … load.commit(…)``. Waits while another load runs."""
        return IncidentLoad(self)


class IncidentLoad:
    """One load, all or nothing: what is put in it is in the store when `commit` returns, and not before.

    Attributes
    ----------
    manifest
        The state that the load started from.
    """

    def __init__(self, store: IncidentStore) -> None:
        from filelock import FileLock  # noqa: PLC0415 - readers need no lock

        self.store = store
        self.manifest = Manifest()
        self._root = store.root
        self._lock = FileLock(store.root / ".lock")
        self._added: dict[tuple[str, int], StoredMonth] = {}
        self._written: set[str] = set()
        self._guard = threading.Lock()

    def __enter__(self) -> Self:
        """Wait for the lock, read the state and clear what an interrupted load left.

        Raises
        ------
        StoreError
            If the store cannot be read or written.
        """
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
        except OSError as error:
            raise explain(self._root, error) from error
        try:
            self.manifest = self.store.open_read()
            collect_garbage(self._root, self.manifest)
        except OSError as error:
            self._lock.release()
            raise explain(self._root, error) from error
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove what this load wrote unless it was committed, and let the next one go on."""
        try:
            self._discard()
        finally:
            self._lock.release()

    def write(self, incidents: Incidents, *, source: str) -> StoredMonth:
        """Write a month beside the store; safe to call from several threads. `put` makes it part of the load.

        Parameters
        ----------
        incidents
            One month of one force.
        source
            Key of the file that it came from.

        Raises
        ------
        StoreError
            If it cannot be written.
        """
        from hotspots.store.monthfile import encode_month  # noqa: PLC0415 - as above

        data, content = encode_month(incidents)
        name = f"{incidents.force}/{format_month(incidents.month)}-{content}.parquet"
        item = StoredMonth(
            force=incidents.force,
            month=incidents.month,
            file=name,
            content=content,
            rows=len(incidents.lon),
            incidents=incidents.total,
            located=incidents.located,
            grid_m=incidents.grid_m,
            source=source,
        )
        try:
            if not (self._root / name).exists():
                write_file(self._root / name, data)
                with self._guard:
                    self._written.add(name)
        except OSError as error:
            raise explain(self._root, error) from error
        return item

    def put(self, item: StoredMonth) -> None:
        """Let a month that was written replace the one of its force, when the load is committed."""
        self._added[item.force, item.month] = item

    def knows(self, source: str) -> bool:
        """Tell whether every month that a source gave is still the one in force, so that it need not be read again."""
        remembered = self.manifest.sources.get(source)
        return remembered is not None and len(self.manifest.by_source.get(source, ())) == remembered["tables"]

    def commit(self, sources: Mapping[str, Mapping[str, Any]], *, set_aside: Sequence[str] | None = None) -> Manifest:
        """Put the added months in force, in one atomic step.

        Parameters
        ----------
        sources
            What to remember about the source files that were read, by key: plain values, among them ``tables``, the
            number of months that the source gave.
        set_aside
            Forces and extracts to leave out of every count from now on; by default those left out already.

        Returns
        -------
        Manifest
            The new state; the old one, and nothing written, when nothing changed.

        Raises
        ------
        InputError
            If the store would mix counts on a grid with points.
        StoreError
            If it cannot be written.
        """
        merged = {(item.force, item.month): item for item in self.manifest.months} | self._added
        months = order_months(list(merged.values()))
        if len({item.grid_m for item in months}) > 1:
            raise InputError("The data home would mix counts on a grid with points; use another HOTSPOTS_HOME.")
        used = {item.source for item in months}
        remembered = {key: value for key, value in {**self.manifest.sources, **sources}.items() if key in used}
        aside = self.manifest.set_aside if set_aside is None else tuple(sorted(set_aside))
        return self._put_in_force(replace(self.manifest, months=months, sources=remembered, set_aside=aside))

    def set_aside(self, forces: Sequence[str]) -> Manifest:
        """Leave forces or extracts out of every count, and count all others again.

        Raises
        ------
        StoreError
            If it cannot be written.
        """
        known = {item.force for item in self.manifest.months}
        return self._put_in_force(replace(self.manifest, set_aside=tuple(sorted(known & set(forces)))))

    def restore(self, earlier: Manifest) -> Manifest:
        """Put an earlier state in force again, as a new one.

        Raises
        ------
        StoreError
            If a file of that state is gone, or the store cannot be written.
        """
        gone = [item.file for item in earlier.months if not (self._root / item.file).is_file()]
        if gone:
            raise StoreError(f"That version cannot be restored: {gone[0]} is no longer kept.")
        return self._put_in_force(earlier)

    def _put_in_force(self, state: Manifest) -> Manifest:
        if replace(state, sequence=self.manifest.sequence) == self.manifest:
            return self.manifest
        manifest = Manifest(state.months, state.sources, self.manifest.sequence + 1, state.set_aside)
        try:
            write_current(self._root, manifest)
        except OSError as error:
            if self.store.open_read() != manifest:  # else only the last flush failed, and the new state is in force
                raise explain(self._root, error) from error
        self.manifest = manifest
        return manifest

    def _discard(self) -> None:
        if not self._written:
            return
        try:
            in_force = {item.file for item in self.store.open_read().months}
        except StoreError:
            return  # what cannot be told to be useless is left
        for name in self._written - in_force:
            try:
                (self._root / name).unlink(missing_ok=True)
            except OSError:
                continue  # the next load clears it
        self._written.clear()


def _unite_codes(
    codes: NDArray[np.int32], slices: Sequence[slice], names_of_part: Sequence[tuple[str, ...]]
) -> tuple[str, ...]:
    """Turn codes into the names of each part into codes into the names of all, in place; return those, sorted."""
    names = tuple(sorted(set(itertools.chain.from_iterable(names_of_part))))
    position = {name: code for code, name in enumerate(names)}
    for part, own in zip(slices, names_of_part, strict=True):
        if own != names:
            codes[part] = np.array([position[name] for name in own], dtype=np.int32)[codes[part]]
    return names
