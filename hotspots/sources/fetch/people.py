"""Residents and deprivation by small area, from the services that publish them.

Residents: mid-year population estimates of the ONS, served by Nomis as CSV, 25,000 rows at most an answer
(https://www.nomisweb.co.uk/api/v01/help). Deprivation: the English Indices of Deprivation, served as features with the
outline of each LSOA (Ministry of Housing, Communities and Local Government).
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import numpy as np
import shapely

from hotspots import crs
from hotspots.errors import InputError
from hotspots.sources.fetch.client import FetchError
from hotspots.sources.fetch.features import read_service

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from hotspots.sources.fetch.client import Client

FIRST_YEAR_2021_BASED = 2021
"""Estimates from this year on are by the small areas of the 2021 census, earlier ones by those of 2011."""
FIRST_YEAR = 2011
_DATASETS = {2011: "NM_2010_1", 2021: "NM_2014_1"}
"""Mid-year estimates for small areas, by the census whose areas they use."""
_TYPES = {("lsoa", 2011): "TYPE298", ("lsoa", 2021): "TYPE151", ("ward", 2021): "TYPE182"}
"""Nomis's codes of geographies: LSOAs of 2011 and 2021, wards of May 2025."""
_ROWS = 25_000
_MOST_ROWS = 200_000
_CSV = ("text/csv", "application/csv", "text/plain", "application/octet-stream")


@dataclass(frozen=True, eq=False)
class Residents:
    """Residents by area.

    Attributes
    ----------
    by_code
        Residents by area code.
    year
        Of the estimate, as the service names it.
    census
        The census whose small areas are used: 2011 or 2021.
    source
        What the interface says about it.
    """

    by_code: dict[str, float]
    year: str
    census: int
    source: str


@dataclass(frozen=True, eq=False)
class SmallAreas:
    """Small areas with their deprivation.

    Attributes
    ----------
    codes
        LSOA codes.
    geometry
        Outlines in British National Grid (EPSG:27700). Shape (n,).
    score
        Index of Multiple Deprivation, higher is more deprived; NaN where unknown. Shape (n,).
    decile
        1 for the most deprived tenth of the country to 10; NaN where unknown. Shape (n,).
    residents
        As the service gives them; NaN where unknown. Shape (n,).
    """

    codes: tuple[str, ...]
    geometry: NDArray[np.object_]
    score: NDArray[np.float64]
    decile: NDArray[np.float64]
    residents: NDArray[np.float64]


def read_residents(
    client: Client,
    base: str,
    *,
    geography: str = "lsoa",
    year: int | None = None,
    kind: str | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Residents:
    """Read how many people live in each small area or ward of England and Wales, page by page.

    Parameters
    ----------
    client, base
        Who asks, and the address of the service.
    geography
        ``lsoa`` or ``ward``.
    year
        Of the estimate; the latest by default.
    kind
        The service's code of the geography, such as ``TYPE182``, where another than usual is wanted.
    progress
        Called with what is read, rows read and rows in all.

    Raises
    ------
    InputError
        If there is no such estimate.
    FetchError
        If it cannot be had, or fewer rows come than the service counts.
    """
    if year is not None and year < FIRST_YEAR:
        raise InputError(f"There are no residents by small area for {year}; the first year is {FIRST_YEAR}.")
    census = 2011 if year is not None and year < FIRST_YEAR_2021_BASED else 2021
    wanted = kind or _TYPES.get((geography, census))
    if wanted is None:
        raise InputError(
            f"Residents by {geography} are not known for {year}; ask for LSOAs, or give Nomis's code of the geography."
        )
    asked = {
        "geography": wanted, "date": "latest" if year is None else str(year), "gender": "0", "c_age": "200",
        "measures": "20100", "select": "date_name,geography_code,obs_value,record_count",
    }  # fmt: skip
    found: dict[str, float] = {}
    date, total, read = "", 1, 0
    while read < total:
        page = urlencode(asked | {"recordoffset": str(read), "recordlimit": str(_ROWS)}, safe=",")
        text = client.read_text(f"{base}/dataset/{_DATASETS[census]}.data.csv?{page}", kinds=_CSV)
        rows = _read_rows(text, wanted)
        if not rows:
            raise FetchError(f"Nomis gave {read:,} of {total:,} areas and then none; try again later.")
        if len({row["record_count"] for row in rows}) != 1:
            raise FetchError("Nomis answers with a table that is cut short; try again later.")
        for row in rows:
            found[row["geography_code"]] = _read_number(row["obs_value"])
        date, total = rows[0]["date_name"], int(_read_number(rows[0]["record_count"]))
        read += len(rows)
        if total > _MOST_ROWS:
            raise FetchError(f"Nomis would give {total:,} rows for {wanted}, more than there are areas of one kind.")
        if progress is not None:
            progress("Residents", read, total)
    known = {code: people for code, people in found.items() if math.isfinite(people)}
    return Residents(known, date, census, f"ONS mid-{date} population estimates, Nomis {_DATASETS[census]}")


def _read_rows(text: str, wanted: str) -> list[dict[str, str]]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    names = {name: name.strip().casefold() for name in reader.fieldnames or ()}
    needed = {"date_name", "geography_code", "obs_value", "record_count"}
    if not needed <= set(names.values()):
        told = " ".join(text.split())[:80]
        raise FetchError(
            f"Nomis does not answer with a table of residents for {wanted} (it says “{told}”); check the year."
        )
    return [{names[name]: (value or "").strip() for name, value in row.items() if name in names} for row in reader]


def _read_number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def read_deprivation(
    client: Client,
    service: str,
    *,
    bounds: tuple[float, float, float, float],
    progress: Callable[[str, int, int], None] | None = None,
) -> SmallAreas:
    """Read small areas with their deprivation.

    Parameters
    ----------
    client
        Who asks.
    service
        Address of the feature service, without ``/FeatureServer``.
    bounds
        West, south, east, north in degrees.
    progress
        Called with the service's name, areas read and areas in all.

    Raises
    ------
    FetchError
        If they cannot be had, or carry no code and score.
    """
    base, _, name = service.rpartition("/")
    features = read_service(client, base, name, bounds=bounds, progress=progress)
    if not features:
        raise FetchError(f"{name} holds no small area here; the English indices cover England only.")
    columns = list(features[0]["properties"])
    code = _find_column(columns, r"lsoa(_code)?_?\d\d(cd|_code)?|lsoa_?code.*")
    score = _find_column(columns, r"imd_?score|index_of_multiple_deprivation.*score")
    decile = _find_column(columns, r"imd_?dec(ile)?0?|index_of_multiple_deprivation.*decile.*")
    residents = _find_column(columns, r"tot_?pop|total_?population.*")
    if not code or not score:
        raise FetchError(f"{name} carries no LSOA code and score of deprivation; its columns are {columns[:8]}.")

    def numbers(column: str) -> NDArray[np.float64]:
        values = [one["properties"].get(column) if column else None for one in features]
        return np.array([math.nan if value is None else _read_number(str(value)) for value in values])

    shapes = np.array([read_shape(one) for one in features], dtype=object)
    return SmallAreas(
        codes=tuple(str(one["properties"][code]) for one in features),
        geometry=crs.geometry_to_bng(shapes),
        score=numbers(score),
        decile=numbers(decile),
        residents=numbers(residents),
    )


def _find_column(columns: list[str], pattern: str) -> str:
    return next((name for name in columns if re.fullmatch(pattern, name, re.IGNORECASE)), "")


def read_shape(feature: dict[str, Any]) -> shapely.Geometry:
    """Read the outline of a GeoJSON feature, made valid.

    Raises
    ------
    FetchError
        If it has none.
    """
    try:
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))
    except (KeyError, shapely.errors.ShapelyError):
        shape = None
    if shape is None or shape.is_empty:
        raise FetchError("The feature service gives an area without an outline; try again later.")
    return shapely.make_valid(shape)
