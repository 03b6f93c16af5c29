"""Outcomes, and stop and search records: stores of their own beside the incidents, with the same kind of manifest."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from hotspots.errors import StoreError
from hotspots.months import format_month
from hotspots.store.manifest import (
    Manifest,
    StoredMonth,
    collect_garbage,
    explain,
    order_months,
    read_current,
    write_current,
    write_file,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


class RecordStore:
    """A folder of records, one Parquet file a force and month.

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

    def replace_months(
        self, tables: Mapping[tuple[str, int], pd.DataFrame], sources: Mapping[tuple[str, int], Mapping[str, Any]]
    ) -> Manifest:
        """Put tables in force, each in the place of the one of its force and month; all of them, or none.

        Parameters
        ----------
        tables
            Rows by force and month (months since January 1970).
        sources
            What to remember about the file of each table, among it ``sha256``.

        Raises
        ------
        StoreError
            If it cannot be written; the old state is then still in force.
        """
        from filelock import FileLock  # noqa: PLC0415 - readers need no lock

        try:
            self.root.mkdir(parents=True, exist_ok=True)
            with FileLock(self.root / ".lock"):
                before = self.open_read()
                collect_garbage(self.root, before)
                months = {(item.force, item.month): item for item in before.months}
                remembered = dict(before.sources)
                for key, table in tables.items():
                    source = str(sources[key]["sha256"])
                    remembered[source] = dict(sources[key])
                    months[key] = self._write(key, table, source)
                used = {item.source for item in months.values()}
                after = Manifest(
                    order_months(list(months.values())),
                    {name: value for name, value in remembered.items() if name in used},
                    before.sequence + 1,
                )
                if replace(after, sequence=before.sequence) == before:
                    return before
                write_current(self.root, after)
                return after
        except OSError as error:
            raise explain(self.root, error) from error

    def _write(self, key: tuple[str, int], table: pd.DataFrame, source: str) -> StoredMonth:
        force, month = key
        ordered = table.sort_values(list(table.columns), kind="stable", ignore_index=True)
        sink = pa.BufferOutputStream()
        pq.write_table(
            pa.Table.from_pandas(ordered, preserve_index=False).replace_schema_metadata(None), sink, compression="zstd"
        )
        data = sink.getvalue().to_pybytes()
        content = hashlib.sha256(data).hexdigest()[:20]
        name = f"{force}/{format_month(month)}-{content}.parquet"
        if not (self.root / name).exists():
            write_file(self.root / name, data)
        located = int(np.isfinite(table["lon"]).sum()) if "lon" in table else len(table)
        return StoredMonth(force, month, name, content, len(table), len(table), located, None, source)

    def read(self) -> pd.DataFrame:
        """Read everything that is stored, with the columns ``force`` and ``month`` before those of the tables.

        Raises
        ------
        StoreError
            If a file is missing or damaged.
        """
        parts = []
        for item in self.open_read().months:
            try:
                table = pq.read_table(self.root / item.file).to_pandas()
            except (OSError, pa.ArrowException) as error:
                raise StoreError(
                    f"The stored month {format_month(item.month)} of {item.force} is damaged ({item.file}); remove "
                    f"{self.root} and load the files again."
                ) from error
            table.insert(0, "force", item.force)
            table.insert(1, "month", item.month)
            parts.append(table)
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"force": [], "month": []})
