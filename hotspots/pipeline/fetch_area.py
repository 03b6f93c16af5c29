"""Ask the API of police.uk for the crimes inside a polygon, month by month: for an area, where no archive is wanted."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import shapely

from hotspots import crs
from hotspots.access import Action, require
from hotspots.errors import InputError, StoreError
from hotspots.months import format_month, list_months
from hotspots.pipeline.load import ingest
from hotspots.pipeline.publisher import lock_downloads, make_client
from hotspots.sources.feature_files import read_features
from hotspots.sources.fetch.police_uk import list_published_months, read_area_crimes, write_street_csv
from hotspots.sources.street import FORCES
from hotspots.store.manifest import write_file
from hotspots.terms import slug

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hotspots.pipeline.load import IngestReport
    from hotspots.settings import Settings
    from hotspots.sources.fetch.client import Client


@dataclass(frozen=True)
class AreaFetch:
    """What the API gave for an area.

    Attributes
    ----------
    name
        The code under which it is stored, as a source of its own.
    crimes
        Crimes by month, where the API has any.
    unpublished
        Months that the API does not have: unknown, never zero.
    load
        What became of them.
    """

    name: str
    crimes: dict[int, int]
    unpublished: tuple[int, ...]
    load: IngestReport

    def to_json(self) -> dict[str, Any]:
        """Write the report as plain values."""
        return {
            "name": self.name,
            "crimes": {format_month(month): count for month, count in self.crimes.items()},
            "unpublished": [format_month(month) for month in self.unpublished],
            "load": self.load.to_json(),
        }

    def to_text(self) -> str:
        """Write the report as people read it in a terminal."""
        lines = [f"{sum(self.crimes.values()):,} crimes in {list_months(self.crimes)}, stored as “{self.name}”."]
        if self.unpublished:
            lines.append(f"{list_months(self.unpublished)} not published; unknown, not zero.")
        return "\n".join(lines)


def fetch_area(
    settings: Settings,
    polygon: Path,
    *,
    name: str,
    month_from: int,
    month_to: int,
    progress: Callable[[str, int, int], None] | None = None,
    client: Client | None = None,
) -> AreaFetch:
    """Fetch the crimes inside a polygon and load them as a source of their own.

    Months that came before an interruption are kept and not asked for again; nothing is loaded until all are there.

    Parameters
    ----------
    settings
        Publisher and data home.
    polygon
        A file with the area (GeoJSON, GeoPackage, Shapefile, GeoParquet).
    name
        What to call it; never a force, whose months it would replace by a part of them.
    month_from, month_to
        Months since January 1970.
    progress
        Called with a month, months done and months in all.
    client
        Who asks.

    Raises
    ------
    InputError
        If the file holds no polygon, the name is a force's, or no month is published.
    FetchError
        If the publisher cannot be reached.
    """
    require(settings.person, Action.LOAD)
    code = slug(name)
    if not code or code in FORCES:
        raise InputError(f"“{name}” cannot name an area; give a --name that is not a force's, such as “Ashington”.")
    if month_from > month_to:
        raise InputError("The period ends before it begins; swap --from and --to.")
    area = _read_area(polygon, settings.max_file_bytes)
    own = client or make_client(settings)
    try:
        with lock_downloads(settings):
            published = set(list_published_months(own, settings.police_uk))
            asked = range(month_from, month_to + 1)
            months = [month for month in asked if month in published]
            if not months:
                raise InputError(f"The API has none of {list_months(asked)}; it holds {list_months(published)}.")
            folder = settings.downloads_home / f"area-{code}-{_digest(area)}"
            counts = {}
            for done, month in enumerate(months):
                if progress is not None:
                    progress(format_month(month), done, len(months))
                counts[month] = _fetch_month(own, settings.police_uk, area, month, folder, code)
            load = ingest([folder], settings=settings, force=code)
            for path in sorted(folder.glob("*.csv")):
                path.unlink()
            folder.rmdir()
    finally:
        if client is None:
            own.close()
    return AreaFetch(code, counts, tuple(sorted(set(asked) - set(months))), load)


def _fetch_month(  # noqa: PLR0917 - called above only
    client: Client, base: str, area: Any, month: int, folder: Path, code: str
) -> int:
    path = folder / f"{format_month(month)}-{code}-street.csv"
    if not path.exists():
        crimes = read_area_crimes(client, base, area, month)
        try:
            write_file(path, write_street_csv(crimes, month=month, reported_by=code))
        except OSError as error:
            raise StoreError(f"{path} cannot be written ({error.strerror}); nothing was loaded.") from error
    with path.open("rb") as stream:
        return sum(1 for _ in stream) - 1


def _read_area(path: Path, max_file_bytes: int) -> Any:
    table = read_features(path, max_file_bytes=max_file_bytes)
    shapes = [shape for shape in table.geometry if shape is not None and shape.geom_type in {"Polygon", "MultiPolygon"}]
    if not shapes:
        raise InputError(f"{path.name} holds no polygon; give the area as one or more polygons.")
    projected = crs.geometry_to_bng(shapely.make_valid(shapes), source=table.crs or crs.WGS84)
    # Ten metres off a boundary is finer than snap points are, and keeps the question short.
    outline = shapely.simplify(shapely.union_all(projected), 10.0)
    return shapely.unary_union(crs.geometry_to_wgs84(shapely.get_parts(outline)))


def _digest(area: Any) -> str:
    return hashlib.sha256(shapely.to_wkb(area)).hexdigest()[:12]
