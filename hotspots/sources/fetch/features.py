"""Boundaries from the feature services of the ONS Open Geography Portal (ArcGIS): found by name, read page by page.

Services are named by hand (``WD_DEC_2020_UK_BGC``, ``Police_Force_Areas_December_2023_EW_BGC``), so they are chosen by
the parts of their names from the list that the portal gives.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from hotspots.errors import InputError
from hotspots.sources.fetch.client import FetchError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hotspots.sources.fetch.client import Client

GEOGRAPHIES = {
    "ward": (r"(WD|Wards?)_", "WD"),
    "lsoa": (r"(LSOA|Lower_layer_Super_Output_Areas?)_", "LSOA"),
    "lad": (r"(LAD|Local_Authority_Districts?)_", "LAD"),
    "force": (r"(PFA|Police_Force_Areas?)_", "PFA"),
}
"""How services of a geography begin, and how its columns do."""
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PAGE = 500
_MOST_FEATURES = 60_000


def list_services(client: Client, base: str) -> tuple[str, ...]:
    """List the names of the feature services.

    Raises
    ------
    FetchError
        If they cannot be had.
    """
    answer = _read(client, f"{base}?f=json")
    try:
        return tuple(
            str(item["name"]).rsplit("/", 1)[-1] for item in answer["services"] if item["type"] == "FeatureServer"
        )
    except (TypeError, KeyError):
        raise FetchError(f"{base} does not list its services as it used to.") from None


def read_edition(service: str, geography: str) -> tuple[int, int] | None:
    """Read year and month (0 where it has none) from the name of a service; None if it is of another geography."""
    begins, _ = GEOGRAPHIES[geography]
    match = re.match(rf"{begins}(.*?)(20\d\d)", service, re.IGNORECASE)
    if match is None:
        return None
    before = re.split(r"[_(]+", match[2].casefold())
    month = next((place for place, short in enumerate(_MONTHS, 1) if any(one.startswith(short) for one in before)), 0)
    return int(match[3]), month


def choose_service(services: Sequence[str], geography: str, year: int | None, resolution: str) -> str:
    """Choose the service of a geography and year: the latest edition of that year, or the latest of all.

    Raises
    ------
    InputError
        If there is none; the message names the years there are.
    """
    found = []
    for name in services:
        dated = read_edition(name, geography)
        if dated and re.search(rf"_{resolution}(_|$)", name, re.IGNORECASE):
            edition = int(edition[1]) if (edition := re.search(r"_V(\d+)$", name, re.IGNORECASE)) else 0
            found.append((*dated, edition, name))
    chosen = [item for item in found if year is None or item[0] == year]
    if not chosen:
        years = ", ".join(str(one) for one in sorted({item[0] for item in found})) or "none"
        raise InputError(
            f"There are no {resolution} boundaries of {geography}s for {year}; there are those of {years}."
        )
    return max(chosen)[-1]


def read_service(
    client: Client,
    base: str,
    service: str,
    *,
    where: str = "1=1",
    bounds: tuple[float, float, float, float] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> list[dict[str, Any]]:
    """Read features as GeoJSON (EPSG:4326), page by page, and check that none is missing.

    Parameters
    ----------
    client, base, service
        Who asks, and what.
    where
        A condition on columns, as the service reads it.
    bounds
        West, south, east, north in degrees; only features that touch the box are read.
    progress
        Called with the service's name, features read and features in all.

    Raises
    ------
    FetchError
        If they cannot be had, or fewer come than the service counts.
    """
    address = f"{base}/{service}/FeatureServer/0/query"
    asked = {"where": where, "outFields": "*", "outSR": "4326", "f": "geojson"}
    if bounds is not None:
        asked |= {
            "geometry": ",".join(f"{value:.5f}" for value in bounds),
            "geometryType": "esriGeometryEnvelope",
            "inSR": "4326",
            "spatialRel": "esriSpatialRelIntersects",
        }
    counted = _read(client, f"{address}?{urlencode(asked | {'returnCountOnly': 'true', 'f': 'json'})}")
    total = counted.get("count") if isinstance(counted, dict) else None
    if not isinstance(total, int) or total > _MOST_FEATURES:
        raise FetchError(f"{service} does not say how many areas it holds, or holds too many ({total}).")
    features: list[dict[str, Any]] = []
    while len(features) < total:
        page = {"resultOffset": str(len(features)), "resultRecordCount": str(_PAGE)}
        answer = _read(client, f"{address}?{urlencode(asked | page)}")
        got = answer.get("features") if isinstance(answer, dict) else None
        if not got:
            raise FetchError(f"{service} gave {len(features):,} of {total:,} areas and then none; try again later.")
        features += got
        if progress is not None:
            progress(service, len(features), total)
    return features


def find_columns(feature: dict[str, Any], geography: str) -> tuple[str, str]:
    """Find the columns of code and name, such as ``WD20CD`` and ``WD20NM``.

    Raises
    ------
    FetchError
        If the feature has none.
    """
    _, begins = GEOGRAPHIES[geography]
    names = list(feature["properties"])
    code = next((name for name in names if re.fullmatch(rf"{begins}\d\dCD", name, re.IGNORECASE)), "")
    title = next((name for name in names if re.fullmatch(rf"{begins}\d\dNM", name, re.IGNORECASE)), "")
    if not code or not title:
        raise FetchError(
            f"The areas carry no code and name of a {geography}; their columns are {', '.join(names[:8])}."
        )
    return code, title


def _read(client: Client, url: str) -> Any:
    answer = client.read_json(url)
    if isinstance(answer, dict) and "error" in answer:  # these services say so with status 200
        message = answer["error"].get("message", "") if isinstance(answer["error"], dict) else ""
        raise FetchError(f"The feature service answers “{message or 'error'}”; try again later.")
    return answer
