"""Real files, held against a reader that nobody here wrote."""

from __future__ import annotations

import csv
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest

from hotspots.sources.police_uk import Kind, find_files, read_street

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.real_data
@pytest.mark.parametrize(
    "name", ["northumbria/2022-07/2022-07-northumbria-street.csv", "cleveland/2024-03/2024-03-cleveland-street.csv"]
)
def test_every_row_is_what_python_s_own_reader_gives(real_data: Path, name: str) -> None:
    path = real_data / "crime" / name
    with path.open(newline="", encoding="utf-8") as stream:
        expected = [
            (
                record["Longitude"], record["Latitude"], record["Crime type"], record["Last outcome category"],
                record["Crime ID"][:16],
            )
            for record in csv.DictReader(stream)
        ]  # fmt: skip
    (file,) = find_files([path])
    (incidents,), report = read_street(file)
    got = [
        (
            "" if np.isnan(lon) else f"{lon:.6f}",
            "" if np.isnan(lat) else f"{lat:.6f}",
            incidents.types[kind],
            incidents.outcomes[outcome],
            f"{key:016x}" if key else "",
        )
        for lon, lat, kind, outcome, key in zip(
            incidents.lon, incidents.lat, incidents.crime_type, incidents.outcome, incidents.crime_key, strict=True
        )
    ]
    assert got == expected
    assert report.rows_kept == report.rows_read == len(expected)
    assert incidents.force == name.split("/", maxsplit=1)[0]


@pytest.mark.real_data
def test_kinds_of_the_real_files(real_data: Path) -> None:
    files = find_files([real_data / "crime"])
    assert Counter(file.kind for file in files)[Kind.STREET] == 37
    for file in files:
        assert file.path.name.removesuffix(".csv").endswith(file.kind.value)
        assert file.path.name == f"{file.path.parent.name}-{file.name_force}-{file.kind.value}.csv"
