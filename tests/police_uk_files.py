"""Small files as police.uk publishes them, for the tests."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

COLUMNS = (
    "Crime ID", "Month", "Reported by", "Falls within", "Longitude", "Latitude", "Location", "LSOA code", "LSOA name",
    "Crime type", "Last outcome category", "Context",
)  # fmt: skip
OUTCOMES_HEADER = "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Outcome type"
STOP_HEADER = "Type,Date,Part of a policing operation,Policing operation,Latitude,Longitude,Gender,Object of search"


def crime_id(number: int) -> str:
    """Make an ID of 64 hexadecimal digits that differ at both ends."""
    return f"{number:016x}{'0' * 32}{number:016x}"


def row(number: int = 0, **changes: str) -> list[str]:
    """Make one row; `changes` name columns in lower case with underscores. Number 0 has no Crime ID."""
    values = {
        "crime_id": crime_id(number) if number else "",
        "month": "2022-02",
        "reported_by": "Northumbria Police",
        "falls_within": "Northumbria Police",
        "longitude": f"{-1.6 - number * 1e-4:.6f}",
        "latitude": f"{54.97 + number * 1e-4:.6f}",
        "location": "On or near Station Road",
        "lsoa_code": "E01008397",
        "lsoa_name": "Newcastle upon Tyne 030E",
        "crime_type": "Burglary" if number else "Anti-social behaviour",
        "last_outcome_category": "Under investigation" if number else "",
        "context": "",
    }
    return list((values | changes).values())


def street_csv(rows: Iterable[Sequence[str]], *, columns: Sequence[str] = COLUMNS, end: str = "\r\n") -> bytes:
    """Write rows below a header; fields are not quoted."""
    return "".join(",".join(fields) + end for fields in [columns, *rows]).encode()


def month_csv(month: str = "2022-02", size: int = 10, **changes: Any) -> bytes:
    """Write a month of `size` rows, one in five of them anti-social behaviour without a Crime ID."""
    first = int(month.replace("-", "")) * 1_000
    return street_csv(row(0 if i % 5 == 4 else first + i, month=month, **_near(i), **changes) for i in range(size))


def _near(i: int) -> dict[str, str]:
    return {"longitude": f"{-1.6 - (i % 7) * 1e-3:.6f}", "latitude": f"{54.97 + (i % 3) * 1e-3:.6f}"}


def write_month(
    folder: Path, month: str = "2022-02", size: int = 10, force: str = "northumbria", **changes: Any
) -> Path:
    """Write a month in the bulk layout, ``folder/2022-02/2022-02-northumbria-street.csv``."""
    path = folder / month / f"{month}-{force}-street.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(month_csv(month, size, **changes))
    return path


def write_zip(path: Path, members: Mapping[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> Path:
    """Write an archive."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path
