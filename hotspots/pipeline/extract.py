"""Make the incidents that come with the project: monthly counts on the 100 m grid, from raw police.uk files.

A row of the extract counts the incidents of one grid cell, ward, month, crime type and outcome group. The ward is that
of the published point, not of the cell's centre, so that ward totals are those of the raw rows exactly. Incidents
without a location, and those outside the wards, are counted too.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hotspots import crs
from hotspots.analysis.places import build_places, collapse_points
from hotspots.errors import InputError
from hotspots.sources.police_uk import Kind, find_files, parse_street
from hotspots.store.incidents import IncidentStore
from hotspots.terms import OUTCOME_GROUPS, outcome_group

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from hotspots.schemas import Boundaries, Incidents
    from hotspots.sources.quality import FileReport

GRID_M = 100.0


@dataclass(frozen=True)
class ExtractReport:
    """What an extract holds.

    Attributes
    ----------
    data_version
        Of the extract.
    rows
        Rows of counts.
    incidents, located, in_wards
        Incidents counted; those with coordinates; those inside a ward.
    bytes
        Size on disk of the month files and the manifest.
    """

    data_version: str
    rows: int
    incidents: int
    located: int
    in_wards: int
    bytes: int

    def to_json(self) -> dict[str, Any]:
        """Write the report as plain values."""
        return dict(vars(self))


def build_extract(
    crime_paths: Iterable[Path | str],
    boundaries: Boundaries,
    out_dir: Path,
    *,
    grid_m: float = GRID_M,
    max_file_bytes: int = 500_000_000,
) -> ExtractReport:
    """Count raw incidents on a grid and write them as an incident store.

    Parameters
    ----------
    crime_paths
        police.uk files, folders or archives.
    boundaries
        Wards (EPSG:27700) that the points are assigned to.
    out_dir
        Folder of the store; what an earlier build left there is replaced, other files stay.
    grid_m
        Side of a cell of the British National Grid in metres.
    max_file_bytes
        Largest file that is read.

    Raises
    ------
    InputError
        If a file cannot be used, or there is no street file.
    StoreError
        If the folder cannot be written.
    """
    files = [file for file in find_files(crime_paths, max_file_bytes=max_file_bytes) if file.kind is Kind.STREET]
    if not files:
        raise InputError("There is no street file to make an extract from; give files that end in -street.csv.")
    parsed = [parse_street(file, file.read()) for file in files]
    months = [incidents for rows in parsed for incidents in rows.incidents]
    reports = [rows.report for rows in parsed for _ in rows.incidents]
    cells, ward = _place_rows(months, boundaries, grid_m)

    out_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out_dir.parent) as scratch:
        store = IncidentStore(Path(scratch) / "store")
        in_wards = 0
        with store.begin() as load:
            start = 0
            for incidents, report in zip(months, reports, strict=True):
                part = slice(start, start + len(incidents.lon))
                start = part.stop
                in_wards += int((ward[part] >= 0).sum())
                counted = _count_cells(incidents, cells[part], ward[part], boundaries.codes, grid_m)
                load.put(load.write(counted, source=report.sha256))
            manifest = load.commit({report.sha256: _remember(report) for report in reports})
        size = _replace_store(store.root, out_dir)
    return ExtractReport(
        data_version=manifest.data_version,
        rows=sum(item.rows for item in manifest.months),
        incidents=sum(item.incidents for item in manifest.months),
        located=sum(item.located for item in manifest.months),
        in_wards=in_wards,
        bytes=size,
    )


def _place_rows(
    months: Sequence[Incidents], boundaries: Boundaries, grid_m: float
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Give each row its grid cell (column, row) and its ward (-1 outside or nowhere), distinct points once."""
    lon = np.concatenate([item.lon for item in months])
    lat = np.concatenate([item.lat for item in months])
    first_row, place_of_row = collapse_points(lon, lat)
    places = build_places(lon[first_row], lat[first_row], boundaries.geometry)
    cells = np.floor(np.column_stack((places.x, places.y)) / grid_m).astype(np.int64)
    nowhere = place_of_row < 0
    return (
        np.where(nowhere[:, None], -1, cells[place_of_row]),
        np.where(nowhere, -1, places.area[place_of_row]).astype(np.int32),
    )


def _count_cells(
    incidents: Incidents,
    cells: NDArray[np.int64],
    ward: NDArray[np.int32],
    ward_codes: Sequence[str],
    grid_m: float,
) -> Incidents:
    group_of_outcome = np.array([OUTCOME_GROUPS.index(outcome_group(name)) for name in incidents.outcomes] or [0])
    columns = np.column_stack(
        (cells, ward, incidents.crime_type, group_of_outcome[incidents.outcome], np.isnan(incidents.lon))
    )
    rows, position = np.unique(columns, axis=0, return_inverse=True)
    n = np.bincount(position.ravel(), weights=incidents.n, minlength=len(rows)).astype(np.int32)
    lon, lat = crs.to_wgs84((rows[:, 0] + 0.5) * grid_m, (rows[:, 1] + 0.5) * grid_m)
    nowhere = rows[:, 5] == 1
    return replace(
        incidents,
        lon=np.where(nowhere, np.nan, lon),
        lat=np.where(nowhere, np.nan, lat),
        crime_type=rows[:, 3].astype(np.int32),
        outcome=rows[:, 4].astype(np.int32),
        n=n,
        crime_key=np.zeros(len(rows), dtype=np.uint64),
        outcomes=OUTCOME_GROUPS,
        ward_code=(rows[:, 2] + 1).astype(np.int32),
        wards=("", *ward_codes),
        grid_m=grid_m,
    )


def _remember(report: FileReport) -> dict[str, Any]:
    named = replace(report, path=report.path.replace("\\", "/").rsplit("/", 1)[-1])
    return {"report": named.to_json(), "tables": len(report.forces) * len(report.months)}


def _replace_store(built: Path, out_dir: Path) -> int:
    names = [path.name for path in built.iterdir() if path.name != ".lock"]
    for stale in out_dir.iterdir():
        if stale.is_dir():
            shutil.rmtree(stale)
    for name in names:
        (built / name).replace(out_dir / name)
    return sum(
        path.stat().st_size
        for name in names
        for path in (out_dir / name, *(out_dir / name).rglob("*"))
        if path.is_file()
    )
