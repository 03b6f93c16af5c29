"""Outcomes and stop and search files of police.uk to tidy rows, one table a force and month.

Of a search only when, where, what for and with what result are kept: nothing that describes the person searched.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspots import crs
from hotspots.errors import InputError
from hotspots.months import format_month, parse_month
from hotspots.sources.columns import key_of
from hotspots.sources.files import Kind
from hotspots.sources.quality import FileReport, Rejection
from hotspots.sources.street import name_force
from hotspots.sources.text import read_header, to_utf8

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hotspots.sources.files import SourceFile

OUTCOME_COLUMNS = ("Crime ID", "Month", "Reported by", "Outcome type")
SEARCH_COLUMNS = ("Type", "Date", "Latitude", "Longitude", "Legislation", "Object of search", "Outcome")
_REFUSED_SHARE = 0.5


@dataclass(frozen=True, eq=False)
class RecordTables:
    """What one file holds.

    Attributes
    ----------
    kind
        Outcomes or stop and search.
    tables
        Rows by force and month. Outcomes have ``crime_key`` and ``outcome``; searches ``lon``, ``lat`` (degrees,
        EPSG:4326, NaN without location), ``object``, ``outcome``, ``legislation`` and ``search_type``.
    report
        Rows read, kept and turned away.
    """

    kind: Kind
    tables: Mapping[tuple[str, int], pd.DataFrame]
    report: FileReport


def read_records(file: SourceFile) -> RecordTables:
    """Read an outcomes or a stop and search file.

    Raises
    ------
    InputError
        If it is neither, or more than half of its rows cannot be used.
    """
    data = file.read()
    wanted = {Kind.OUTCOMES: OUTCOME_COLUMNS, Kind.STOP_AND_SEARCH: SEARCH_COLUMNS}.get(file.kind)
    if wanted is None:
        raise InputError(f"{file.label} holds neither outcomes nor stop and search records.")
    frame, notes = _read_frame(file.label, data, wanted)
    reason = np.zeros(len(frame), dtype=object)
    reason[:] = ""
    tidy = _tidy_outcomes if file.kind is Kind.OUTCOMES else _tidy_searches
    rows = tidy(frame, file, reason)
    kept = reason == ""
    rejected = _count_reasons(reason)
    if len(frame) and kept.sum() < _REFUSED_SHARE * len(frame):
        worst = rejected[0]
        raise InputError(
            f"{file.label}: {len(frame) - kept.sum():,} of {len(frame):,} rows cannot be used, most of them because "
            f"{worst.reason} (first in row {worst.first_row}); download the file again."
        )
    rows = rows.loc[kept]
    tables = {
        (str(force), int(month)): part.drop(columns=["force", "month"]).reset_index(drop=True)
        for (force, month), part in rows.groupby(["force", "month"], sort=True)
    }
    report = FileReport(
        path=file.label,
        kind=file.kind.value,
        rows_read=len(frame),
        rows_kept=int(kept.sum()),
        rows_without_location=int(rows["lon"].isna().sum()) if "lon" in rows else 0,
        rejected=rejected,
        notes=notes,
        forces=tuple(sorted({force for force, _ in tables})),
        months=tuple(sorted({month for _, month in tables})),
        sha256=hashlib.sha256(data).hexdigest(),
    )
    return RecordTables(file.kind, tables, report)


def _read_frame(label: str, data: bytes, wanted: tuple[str, ...]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    text, notes = to_utf8(data)
    header = read_header(text) if text is not None else None
    if text is None or header is None:
        raise InputError(f"{label} is not a text file; download it again.")
    missing = [name for name in wanted if name.casefold() not in header]
    if missing:
        raise InputError(f"{label} has no column {', '.join(f'“{name}”' for name in missing)}; download it again.")
    try:
        frame = pd.read_csv(io.BytesIO(text), dtype=str, keep_default_na=False, na_filter=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(f"{label} cannot be read as comma-separated values ({error}); download it again.") from None
    frame.columns = [name.strip().casefold() for name in frame.columns]
    frame = frame[[name.casefold() for name in wanted]]
    return frame.apply(lambda column: column.str.strip()), notes


def _tidy_outcomes(frame: pd.DataFrame, file: SourceFile, reason: np.ndarray) -> pd.DataFrame:
    force = frame["reported by"].map({name: name_force(name) for name in frame["reported by"].unique()})
    if file.name_force:
        force = pd.Series(file.name_force, index=frame.index)
    month = _read_months(frame["month"])
    _mark(reason, (frame["crime id"] == "").to_numpy(), "the Crime ID is empty")
    _mark(reason, (month < 0).to_numpy(), "the month is not a year and month such as 2022-01")
    _mark(reason, (frame["outcome type"] == "").to_numpy(), "the outcome is empty")
    _mark(reason, (force == "").to_numpy(), "the reporting force is empty")
    if file.name_month is not None:
        _mark(reason, (month != file.name_month).to_numpy(), "the month differs from the file name")
    keys = np.array([key_of(text) for text in frame["crime id"]], dtype=np.uint64)
    return pd.DataFrame({"force": force, "month": month, "crime_key": keys, "outcome": frame["outcome type"]})


def _tidy_searches(frame: pd.DataFrame, file: SourceFile, reason: np.ndarray) -> pd.DataFrame:
    if not file.name_force:
        raise InputError(
            f"{file.label} does not say which force searched; name it as police.uk does, such as "
            "2022-01-northumbria-stop-and-search.csv."
        )
    month = _read_months(frame["date"].str[:7])
    _mark(reason, (month < 0).to_numpy(), "the date is not one such as 2022-01-31T12:00:00+00:00")
    if file.name_month is not None:
        _mark(reason, (month != file.name_month).to_numpy(), "the month differs from the file name")
    lon = pd.to_numeric(frame["longitude"], errors="coerce").to_numpy(dtype=float).copy()
    lat = pd.to_numeric(frame["latitude"], errors="coerce").to_numpy(dtype=float).copy()
    west, south, east, north = crs.GREAT_BRITAIN
    nowhere = ~((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))
    lon[nowhere] = lat[nowhere] = np.nan
    return pd.DataFrame(
        {
            "force": file.name_force,
            "month": month,
            "lon": lon,
            "lat": lat,
            "object": frame["object of search"],
            "outcome": frame["outcome"],
            "legislation": frame["legislation"],
            "search_type": frame["type"],
        }
    )


def _read_months(texts: pd.Series) -> pd.Series:
    def read(text: str) -> int:
        try:
            return parse_month(text)
        except InputError:
            return -1

    return texts.map({text: read(text) for text in texts.unique()}).astype(int)


def _mark(reason: np.ndarray, fault: np.ndarray, why: str) -> None:
    reason[fault & (reason == "")] = why


def _count_reasons(reason: np.ndarray) -> tuple[Rejection, ...]:
    found = [
        Rejection(str(why), int((reason == why).sum()), int(np.flatnonzero(reason == why)[0]) + 2)
        for why in sorted(set(reason) - {""})
    ]
    return tuple(sorted(found, key=lambda item: -item.rows))


def describe_table(key: tuple[str, int]) -> str:
    """Name a table for messages."""
    return f"{format_month(key[1])} of {key[0]}"
