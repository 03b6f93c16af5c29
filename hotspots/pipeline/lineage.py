"""What the pictures rest on: versions of the data, what differs between two, their files, and going back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hotspots.access import Action, require
from hotspots.errors import InputError
from hotspots.months import format_month, name_month
from hotspots.pipeline.publisher import read_loaded
from hotspots.pipeline.records import find_areas
from hotspots.pipeline.world import open_store
from hotspots.store.boundaries import read_active
from hotspots.store.incidents import IncidentStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hotspots.schemas import Boundaries
    from hotspots.settings import Settings
    from hotspots.store.manifest import Manifest, StoredMonth, Version

_ROW = ["lon", "lat", "crime_type", "outcome", "n", "crime_key"]


@dataclass(frozen=True)
class MonthDifference:
    """What differs in one month of one force; ``rows_before + added - removed == rows_after``.

    Attributes
    ----------
    force, month
        Force code; months since January 1970.
    change
        ``new``, ``revised``, ``removed``, ``set aside`` or ``counted again``.
    rows_before, rows_after
        Rows that count on each side.
    added, removed
        Rows on one side only.
    revised
        Rows of one Crime ID on both sides that differ in type, outcome or place.
    """

    force: str
    month: int
    change: str
    rows_before: int
    rows_after: int
    added: int
    removed: int
    revised: int


@dataclass(frozen=True, eq=False)
class Difference:
    """What differs between two versions.

    Attributes
    ----------
    before, after
        Their data versions.
    months
        Those that differ, ordered by force and month.
    areas
        ``code``, ``name``, ``before``, ``after`` (incidents of those months), for areas whose count differs; incidents
        outside all areas or without location stand under an empty code.
    """

    before: str
    after: str
    months: tuple[MonthDifference, ...]
    areas: pd.DataFrame

    def to_json(self) -> dict[str, Any]:
        """Write the difference as plain values."""
        return {
            "before": self.before,
            "after": self.after,
            "months": [{**vars(item), "month": format_month(item.month)} for item in self.months],
            "areas": self.areas.to_dict("records"),
        }

    def to_text(self) -> str:
        """Write the difference as people read it in a terminal."""
        if not self.months:
            return f"Nothing differs; the data are at version {self.after}."
        lines = [f"From version {self.before} to {self.after}:"]
        lines += [
            f"  {name_month(item.month)} of {item.force}: {item.change}, {item.rows_before:,} to "
            f"{item.rows_after:,} rows ({item.added:,} added, {item.removed:,} removed, {item.revised:,} revised)"
            for item in self.months
        ]
        change = (self.areas["after"] - self.areas["before"]).abs()
        for position in change.sort_values(ascending=False, kind="stable").index[:5]:
            row = self.areas.loc[position]
            lines.append(f"  {row['name']}: {row['before']:,} to {row['after']:,} incidents in those months")
        if len(self.areas) > 5:  # noqa: PLR2004 - as above
            lines.append(f"  … and {len(self.areas) - 5:,} more areas")
        return "\n".join(lines)


def compare_versions(settings: Settings, before: Manifest, after: Manifest) -> Difference:
    """Compare two versions row by row.

    Raises
    ------
    StoreError
        If a file that one of them needs is no longer kept.
    """
    store, _ = open_store(settings)
    old = {(item.force, item.month): item for item in before.counted}
    new = {(item.force, item.month): item for item in after.counted}
    keys = sorted(key for key in old.keys() | new.keys() if _content(old.get(key)) != _content(new.get(key)))
    months, places = [], []
    for key in keys:
        rows_before, rows_after = (_read(store, side.get(key)) for side in (old, new))
        added, removed, revised = _count_changes(rows_before, rows_after)
        change = "revised" if key in old and key in new else _name_change(key, key in new, before, after)
        months.append(MonthDifference(*key, change, len(rows_before), len(rows_after), added, removed, revised))
        places += [rows_before.assign(side="before"), rows_after.assign(side="after")]
    areas = _count_areas(places, read_active(settings))
    return Difference(before.data_version, after.data_version, tuple(months), areas)


def _content(item: StoredMonth | None) -> str:
    return "" if item is None else item.content


def _name_change(key: tuple[str, int], now: bool, before: Manifest, after: Manifest) -> str:
    if now:
        return "counted again" if before.find(*key) is not None else "new"
    return "set aside" if after.find(*key) is not None else "removed"


def _read(store: IncidentStore, item: StoredMonth | None) -> pd.DataFrame:
    if item is None:
        return pd.DataFrame({name: [] for name in _ROW}).astype({"crime_key": np.uint64})
    rows, keys = store.read_rows(item)
    return pd.DataFrame(
        {
            "lon": rows.lon,
            "lat": rows.lat,
            "crime_type": np.array(rows.types, dtype=object)[rows.crime_type],
            "outcome": np.array(rows.outcomes, dtype=object)[rows.outcome],
            "n": rows.n,
            "crime_key": keys,
        }
    )


def _count_changes(before: pd.DataFrame, after: pd.DataFrame) -> tuple[int, int, int]:
    """Count rows added, removed and revised, rows as a multiset: copies of one row are rows of their own."""
    if not len(before) or not len(after):
        return len(after), len(before), 0
    old, new = (side.groupby(_ROW, dropna=False, sort=False).size() for side in (before, after))
    both = pd.concat([old.rename("old"), new.rename("new")], axis=1).fillna(0).astype(int).reset_index()
    both["gone"] = (both["old"] - both["new"]).clip(lower=0)
    both["come"] = (both["new"] - both["old"]).clip(lower=0)
    by_key = both.loc[both["crime_key"] != 0].groupby("crime_key")[["gone", "come"]].sum()
    revised = int(by_key.min(axis=1).sum())
    return int(both["come"].sum()) - revised, int(both["gone"].sum()) - revised, revised


def _count_areas(places: list[pd.DataFrame], boundaries: Boundaries) -> pd.DataFrame:
    columns = ["code", "name", "before", "after"]
    if not places:
        return pd.DataFrame(columns=columns)
    rows = pd.concat(places, ignore_index=True)
    rows["area"] = find_areas(rows["lon"].to_numpy(dtype=float), rows["lat"].to_numpy(dtype=float), boundaries)
    counts = rows.groupby(["area", "side"])["n"].sum().unstack("side", fill_value=0)
    counts = counts.reindex(columns=["before", "after"], fill_value=0).astype(int)
    counts = counts.loc[counts["before"] != counts["after"]]
    codes = np.array([*boundaries.codes, ""], dtype=object)
    names = np.array([*boundaries.names, "outside the areas, or without location"], dtype=object)
    position = counts.index.to_numpy(dtype=int)
    return pd.DataFrame(
        {
            "code": codes[position],
            "name": names[position],
            "before": counts["before"].to_numpy(),
            "after": counts["after"].to_numpy(),
        }
    )


def list_versions(settings: Settings) -> tuple[Version, ...]:
    """List the versions that can still be read, the one in force first; none while the embedded data are shown."""
    return IncidentStore(settings.incidents_home).versions()


def find_version(settings: Settings, name: str) -> Version:
    """Find a version by the beginning of its data version, as pictures show it, or by its number; the newest that fits.

    Raises
    ------
    InputError
        If none that is kept begins so.
    """
    versions = list_versions(settings)
    for version in versions:
        if name.isdigit() and version.manifest.sequence == int(name):
            return version
    for version in versions:
        if len(name) >= 4 and version.manifest.data_version.startswith(name.casefold()):  # noqa: PLR2004 - not by chance
            return version
    kept = ", ".join(f"{version.manifest.sequence} ({version.manifest.data_version})" for version in versions)
    raise InputError(f"No version “{name}” is kept; those that are: {kept or 'none'}.")


def roll_back(settings: Settings, name: str | None = None) -> Difference:
    """Put an earlier version in force again; the present one stays readable, so that this can be undone the same way.

    Parameters
    ----------
    settings
        Where the data home lies.
    name
        A data version or number; by default the version before the one in force.

    Raises
    ------
    InputError
        If there is no such version.
    StoreError
        If one of its files is gone, or the store cannot be written.
    """
    require(settings.person, Action.LOAD)
    with IncidentStore(settings.incidents_home).begin() as load:
        current = load.manifest
        versions = list_versions(settings)
        if name is None and len(versions) < 2:  # noqa: PLR2004 - one in force, one before it
            raise InputError("There is no earlier version to go back to.")
        target = versions[1].manifest if name is None else find_version(settings, name).manifest
        after = load.restore(target)
    return compare_versions(settings, current, after)


def describe_versions(settings: Settings) -> list[dict[str, Any]]:
    """Describe the versions as plain values, the one in force first."""
    described = []
    for version in list_versions(settings):
        manifest = version.manifest
        described.append(
            {
                "number": manifest.sequence,
                "data_version": manifest.data_version,
                "made_at": dt.datetime.fromtimestamp(version.made_at, dt.UTC).isoformat(timespec="seconds"),
                "months": len(manifest.months),
                "incidents": sum(item.incidents for item in manifest.counted),
                "set_aside": list(manifest.set_aside),
            }
        )
    return described


def list_source_files(settings: Settings) -> list[dict[str, Any]]:
    """List the files that the version in force came from: name, digest, rows, months, and where and when fetched."""
    manifest = IncidentStore(settings.incidents_home).open_read()
    fetched = {entry["sha256"]: entry for entry in read_loaded(settings).values()}
    listed = []
    for key, items in sorted(manifest.by_source.items(), key=lambda pair: (pair[1][0].force, pair[1][0].month)):
        report: Mapping[str, Any] = manifest.sources.get(key, {}).get("report", {})
        entry = fetched.get(str(report.get("sha256", "")), {})
        listed.append(
            {
                "file": _short_name(str(report.get("path", ""))),
                "force": items[0].force,
                "months": [format_month(item.month) for item in items],
                "sha256": report.get("sha256", ""),
                "rows_read": report.get("rows_read", 0),
                "rows_kept": report.get("rows_kept", 0),
                "rows_without_location": report.get("rows_without_location", 0),
                "rejected": report.get("rejected", []),
                "fetched_from": entry.get("archive", ""),
                "fetched_at": entry.get("fetched_at", ""),
            }
        )
    return listed


def _short_name(path: str) -> str:
    """Keep the file's own name: the folders of one computer mean nothing on a shared page."""
    return path.replace("\\", "/").rsplit("/", 1)[-1]
