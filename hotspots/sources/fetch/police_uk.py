"""What data.police.uk offers: monthly archives of all forces, each with 36 months, and an API for small areas.

Sources: https://data.police.uk/data/archive/ and https://data.police.uk/docs/ (method *Street-level crimes*: at most
10,000 crimes an answer, 15 requests a second).
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any

import shapely

from hotspots.errors import InputError
from hotspots.months import format_month, name_month, parse_month
from hotspots.sources.fetch.client import FetchError, NotThereError, TooMuchError
from hotspots.terms import CRIME_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hotspots.sources.fetch.client import Client
    from hotspots.sources.fetch.remote_archive import RemoteArchive

ARCHIVE_MONTHS = 36
"""Months that each archive holds, its own included."""
_MOST_SPLITS = 6
_CHECKSUM = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?:-\d+)?(?![0-9a-f-])")
_CHECKSUM_WITHIN = 600
"""Characters of the page of archives within which an archive's checksum follows its address."""
_HEADER = (
    "Crime ID", "Month", "Reported by", "Falls within", "Longitude", "Latitude", "Location", "LSOA code", "LSOA name",
    "Crime type", "Last outcome category", "Context",
)  # fmt: skip
_TYPE_BY_CODE = {known.code: known.name for known in CRIME_TYPES} | {
    "violent-crime": "Violence and sexual offences",
}


def list_published_months(client: Client, base: str) -> tuple[int, ...]:
    """List the months that are published now, ascending.

    Raises
    ------
    FetchError
        If they cannot be had, or the answer is not such a list.
    """
    answer = client.read_json(f"{base}/api/crimes-street-dates")
    try:
        months = sorted({parse_month(item["date"]) for item in answer})
    except (TypeError, KeyError, InputError):
        months = []
    if not months:
        raise FetchError(f"{base} does not list its months as it used to; download by hand and use “hotspots ingest”.")
    return tuple(months)


def archive_address(base: str, month: int) -> str:
    """Return the address of the archive that was published with a month."""
    return f"{base}/data/archive/{format_month(month)}.zip"


def read_published_checksum(client: Client, base: str, archive: str) -> str | None:
    """Read the MD5 that the publisher's page of archives gives for one of them; None where it gives none.

    Parameters
    ----------
    client, base
        Who asks, and the publisher's address.
    archive
        Name of the archive, such as ``2024-12.zip``.

    Raises
    ------
    FetchError
        If there is such a page and it cannot be read.
    """
    try:
        page = client.read_text(f"{base}/data/archive/", kinds=("text/html", "application/xhtml+xml"))
    except NotThereError:
        return None
    _, found, rest = page.partition(f"/data/archive/{archive}")
    entry = rest[:_CHECKSUM_WITHIN].partition("/data/archive/")[0]  # up to the next archive of the list
    match = _CHECKSUM.search(entry.casefold()) if found else None
    return match[0] if match else None


def check_published_checksum(client: Client, base: str, archive: RemoteArchive) -> bool:
    """Hold the archive that the server gives against the checksum that the publisher's page gives for it.

    Only parts of the archive are fetched, so that its MD5 cannot be worked out. But the store that keeps the archives
    (Amazon S3) gives the MD5 of the whole as ETag, except for what was put there in pieces or encrypted with a key of
    its own.

    Returns
    -------
    bool
        True when both say the same, False when they cannot be compared.

    Raises
    ------
    FetchError
        If they differ.
    """
    tag = archive.headers.get("etag", "").strip().strip('"').casefold()
    if not _CHECKSUM.fullmatch(tag) or archive.encrypted:
        return False
    published = read_published_checksum(client, base, archive.name)
    if published is None or ("-" in published) != ("-" in tag):
        return False
    if published != tag:
        raise FetchError(
            f"{archive.url} is not the archive that {base} publishes: its checksum (MD5) is {tag}, and {published} is "
            "published. Nothing was loaded; the publisher may be replacing it: try again later."
        )
    return True


def choose_archive(first: int, last: int, latest: int) -> int:
    """Choose the archive to read months from, latest months first.

    The newest that holds all months, because later archives carry revisions; where none holds all, the one that ends
    with the last month. An archive holds its own month and the 35 before it.

    Parameters
    ----------
    first, last
        Months that are wanted.
    latest
        The last month that is published.

    Returns
    -------
    int
        The archive's month; it holds `last`.
    """
    newest = min(latest, first + ARCHIVE_MONTHS - 1)
    return newest if newest >= last else min(latest, last)


def read_area_crimes(
    client: Client,
    base: str,
    area: shapely.Geometry,
    month: int,
    *,
    progress: Callable[[int], None] | None = None,
) -> list[dict[str, Any]]:
    """Ask the API for the crimes of one month inside an area; an area with too many is asked in parts.

    Parameters
    ----------
    client
        Who asks.
    base
        Address of the publisher.
    area
        A polygon or multipolygon in degrees (EPSG:4326).
    month
        Months since January 1970.
    progress
        Called with the crimes received so far.

    Returns
    -------
    list of dict
        Crimes as the API describes them, each once, in the order of their numbers.

    Raises
    ------
    FetchError
        If they cannot be had.
    """
    found: dict[int, dict[str, Any]] = {}
    waiting = [(part, 0) for part in shapely.get_parts(area)]
    while waiting:
        part, depth = waiting.pop()
        try:
            answer = client.read_json(
                f"{base}/api/crimes-street/all-crime", form={"poly": _write_poly(part), "date": format_month(month)}
            )
            for crime in answer:
                found[int(crime["id"])] = crime
        except TooMuchError:
            if depth == _MOST_SPLITS:
                raise FetchError(
                    f"{base} does not answer for {name_month(month)} even in small parts; try again later, or fetch "
                    "the whole force."
                ) from None
            waiting += [(piece, depth + 1) for piece in _split(part)]
        except (TypeError, KeyError, ValueError):
            raise FetchError(f"{base} does not describe crimes as it used to; fetch the whole force instead.") from None
        if progress is not None:
            progress(len(found))
    return [found[number] for number in sorted(found)]


def write_street_csv(crimes: Iterable[dict[str, Any]], *, month: int, reported_by: str) -> bytes:
    """Write crimes of the API as a street file of police.uk.

    Raises
    ------
    FetchError
        If a crime is not described as the API describes crimes.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_HEADER)
    try:
        for crime in crimes:
            place = crime["location"] or {"latitude": "", "longitude": "", "street": {"name": ""}}
            writer.writerow(
                [
                    crime["persistent_id"] or "",
                    format_month(month),
                    reported_by,
                    reported_by,
                    place["longitude"],
                    place["latitude"],
                    place["street"]["name"],
                    "",
                    "",
                    _TYPE_BY_CODE.get(crime["category"], str(crime["category"]).replace("-", " ").capitalize()),
                    (crime["outcome_status"] or {"category": ""})["category"],
                    "",
                ]
            )
    except (TypeError, KeyError):
        raise FetchError("The API does not describe crimes as it used to; fetch the whole force instead.") from None
    return out.getvalue().encode()


def _write_poly(part: shapely.Geometry) -> str:
    return ":".join(f"{lat:.5f},{lon:.5f}" for lon, lat in shapely.get_coordinates(part.exterior)[:-1])


def _split(part: shapely.Geometry) -> list[shapely.Geometry]:
    west, south, east, north = part.bounds
    middle, centre = (west + east) / 2, (south + north) / 2
    boxes = [
        shapely.box(west, south, middle, centre),
        shapely.box(middle, south, east, centre),
        shapely.box(west, centre, middle, north),
        shapely.box(middle, centre, east, north),
    ]
    pieces = shapely.get_parts(shapely.intersection(part, boxes))
    return [piece for piece in pieces if piece.geom_type == "Polygon" and not piece.is_empty]
