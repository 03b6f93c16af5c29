"""Load outcomes and stop and search files, and answer from them: what became of crimes, and where searches were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hotspots import crs
from hotspots.access import Action, require
from hotspots.analysis.places import assign_areas, collapse_points
from hotspots.errors import InputError
from hotspots.months import format_month
from hotspots.sources.files import Kind, find_files
from hotspots.sources.records import describe_table, read_records
from hotspots.store.boundaries import read_active
from hotspots.store.incidents import IncidentStore
from hotspots.store.records import RecordStore
from hotspots.terms import OutcomeGroup, outcome_group

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from hotspots.schemas import Boundaries
    from hotspots.settings import Settings
    from hotspots.sources.files import SourceFile
    from hotspots.sources.quality import FileReport

_Z = 1.959964
"""Of a 95% interval."""


@dataclass(frozen=True)
class RecordsReport:
    """What a load of outcomes and searches read, kept and turned away.

    Attributes
    ----------
    files
        One report for each file.
    outcomes, searches
        Rows stored now.
    """

    files: tuple[FileReport, ...]
    outcomes: int
    searches: int

    def to_json(self) -> dict[str, Any]:
        """Write the report as plain values."""
        return {
            "files": [file.to_json() for file in self.files],
            "outcomes_stored": self.outcomes,
            "searches_stored": self.searches,
        }


def load_records(paths: Iterable[Path | str], *, settings: Settings) -> RecordsReport:
    """Load the outcomes and the stop and search files among what is given; street files are left to ``ingest``.

    Raises
    ------
    InputError
        If a file cannot be used, or two different files hold one month of a force.
    StoreError
        If the data home cannot be written.
    """
    require(settings.person, Action.LOAD)
    files = find_files(paths, max_file_bytes=settings.max_file_bytes)
    try:
        return _load(files, settings)
    finally:
        for file in files:
            file.close()


def _load(files: Sequence[SourceFile], settings: Settings) -> RecordsReport:
    reports = []
    stored = {}
    for kind, home in ((Kind.OUTCOMES, settings.outcomes_home), (Kind.STOP_AND_SEARCH, settings.searches_home)):
        store = RecordStore(home)
        tables: dict[tuple[str, int], pd.DataFrame] = {}
        sources: dict[tuple[str, int], dict[str, Any]] = {}
        for file in (file for file in files if file.kind is kind):
            read = read_records(file)
            for key, table in read.tables.items():
                if key in tables and sources[key]["sha256"] != read.report.sha256:
                    raise InputError(
                        f"{sources[key]['path']} and {file.label} both hold {describe_table(key)} but differ; give "
                        "only the one to keep."
                    )
                tables[key], sources[key] = table, read.report.to_json()
            reports.append(read.report)
        manifest = store.replace_months(tables, sources) if tables else store.open_read()
        stored[kind] = sum(item.rows for item in manifest.months)
    return RecordsReport(tuple(reports), stored[Kind.OUTCOMES], stored[Kind.STOP_AND_SEARCH])


def join_outcomes(settings: Settings, boundaries: Boundaries) -> pd.DataFrame:
    """Join every crime that has a Crime ID to its published outcomes.

    The last outcome is what became of the crime: a result of a court follows a charge. The first tells how long it
    took.

    Returns
    -------
    DataFrame
        A row a crime: ``force``, ``month``, ``crime_type``, ``area`` (position in `boundaries`, -1 outside or without
        location), ``outcome`` (the last; empty where none is published), ``group`` (of it), and ``months_taken`` (to
        the first outcome; NaN where none, or where it is dated before the crime).

    Raises
    ------
    StoreError
        If a store cannot be read.
    """
    crimes = _read_crimes(IncidentStore(settings.incidents_home), boundaries)
    outcomes = RecordStore(settings.outcomes_home).read()
    if not len(outcomes):
        return crimes.assign(outcome="", group=OutcomeGroup.NONE.value, months_taken=np.nan)
    outcomes = outcomes.sort_values(["force", "crime_key", "month"], kind="stable")
    by_crime = outcomes.groupby(["force", "crime_key"], sort=False)
    last = by_crime["outcome"].last().rename("outcome")
    first = by_crime["month"].first().rename("first_month")
    joined = crimes.merge(pd.concat([last, first], axis=1), how="left", on=["force", "crime_key"], validate="m:1")
    taken = (joined["first_month"] - joined["month"]).astype(float)
    joined["months_taken"] = taken.where(taken >= 0)
    joined["outcome"] = joined["outcome"].fillna("")
    groups = {name: outcome_group(name).value for name in joined["outcome"].unique()}
    joined["group"] = joined["outcome"].map(groups)
    return joined.drop(columns=["crime_key", "first_month"])


def _read_crimes(store: IncidentStore, boundaries: Boundaries) -> pd.DataFrame:
    parts = []
    for item in store.open_read().counted:
        rows, keys = store.read_rows(item)
        known = keys != 0
        parts.append(
            pd.DataFrame(
                {
                    "force": item.force,
                    "month": item.month,
                    "crime_key": keys[known],
                    "crime_type": np.array(rows.types, dtype=object)[rows.crime_type[known]],
                    "lon": rows.lon[known],
                    "lat": rows.lat[known],
                }
            )
        )
    if not parts:
        raise InputError("No crimes with Crime IDs are loaded; fetch or ingest street files first.")
    crimes = pd.concat(parts, ignore_index=True)
    crimes["area"] = find_areas(crimes["lon"].to_numpy(), crimes["lat"].to_numpy(), boundaries)
    return crimes.drop(columns=["lon", "lat"])


def find_areas(lon: NDArray[np.float64], lat: NDArray[np.float64], boundaries: Boundaries) -> NDArray[np.int32]:
    """Find the area of each row, handling each coordinate once; -1 outside all areas and without location."""
    first, place = collapse_points(lon, lat)
    x, y = crs.to_bng(lon[first], lat[first])
    areas = np.append(assign_areas(x, y, boundaries.geometry), np.int32(-1))
    found: NDArray[np.int32] = areas[place]
    return found


def rate_outcomes(joined: pd.DataFrame, by: str) -> pd.DataFrame:
    """Work out the rate of positive outcomes, with a 95% interval.

    Parameters
    ----------
    joined
        Of `join_outcomes`, the rows to count.
    by
        ``crime_type`` or ``area``.

    Returns
    -------
    DataFrame
        ``crimes``, ``with_outcome``, ``positive``, ``rate`` (of all crimes with an ID), ``low``, ``high`` (Wilson 1927,
        Journal of the American Statistical Association 22, 209-212) and ``months_taken`` (median), by `by`.
    """
    grouped = joined.groupby(by, sort=True)
    crimes = grouped.size()
    positive = (joined["group"] == OutcomeGroup.POSITIVE.value).groupby(joined[by], sort=True).sum()
    named = (joined["outcome"] != "").groupby(joined[by], sort=True).sum()
    share = positive / crimes
    centre = share + _Z**2 / (2 * crimes)
    spread = _Z * np.sqrt(share * (1 - share) / crimes + _Z**2 / (4 * crimes**2))
    return pd.DataFrame(
        {
            "crimes": crimes,
            "with_outcome": named,
            "positive": positive,
            "rate": share,
            "low": (centre - spread) / (1 + _Z**2 / crimes),
            "high": (centre + spread) / (1 + _Z**2 / crimes),
            "months_taken": grouped["months_taken"].median(),
        }
    )


def describe_outcomes(settings: Settings, *, by: str) -> pd.DataFrame:
    """Work out outcome rates for people: by type, or by ward.

    Parameters
    ----------
    settings
        Where the data home lies.
    by
        ``type`` or ``area``.

    Returns
    -------
    DataFrame
        ``name``, then the columns of `rate_outcomes`, most crimes first.

    Raises
    ------
    InputError
        If no outcome is loaded.
    """
    boundaries = read_active(settings)
    joined = join_outcomes(settings, boundaries)
    if not (joined["outcome"] != "").any():
        raise InputError("No outcome is loaded; “hotspots fetch” brings them, or “hotspots records FILES” loads them.")
    if by == "area":
        joined = joined.loc[joined["area"] >= 0]
        table = rate_outcomes(joined, "area")
        table.insert(0, "name", [boundaries.names[int(position)] for position in table.index])
        table.insert(0, "code", [boundaries.codes[int(position)] for position in table.index])
    else:
        table = rate_outcomes(joined, "crime_type")
        table.insert(0, "name", table.index)
    return table.sort_values("crimes", ascending=False, kind="stable").reset_index(drop=True)


def count_searches(settings: Settings, boundaries: Boundaries) -> pd.DataFrame:
    """Count stop and search records by area and month, as activity counts.

    Returns
    -------
    DataFrame
        ``area_code``, ``area_name``, ``month`` (``YYYY-MM``), ``searches``, ``found`` (searches whose result is not “no
        further action”), ordered by area and month; searches outside the areas or without location stand under an empty
        code.
    """
    searches = RecordStore(settings.searches_home).read()
    columns = ["area_code", "area_name", "month", "searches", "found"]
    if not len(searches):
        return pd.DataFrame(columns=columns)
    area = find_areas(searches["lon"].to_numpy(), searches["lat"].to_numpy(), boundaries)
    nothing = searches["outcome"].str.contains("no further action|^nothing found", case=False, regex=True)
    known = searches["outcome"] != ""
    counted = (
        pd.DataFrame({"area": area, "month": searches["month"], "found": known & ~nothing})
        .groupby(["area", "month"], sort=True)["found"]
        .agg(["size", "sum"])
        .reset_index()
    )
    codes = np.array([*boundaries.codes, ""], dtype=object)
    names = np.array([*boundaries.names, "outside the areas, or without location"], dtype=object)
    return pd.DataFrame(
        {
            "area_code": codes[counted["area"]],
            "area_name": names[counted["area"]],
            "month": [format_month(int(month)) for month in counted["month"]],
            "searches": counted["size"],
            "found": counted["sum"],
        }
    )
