"""Fetch the wards, LSOAs or authorities of a force from the ONS, of any year, and put them in use."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import shapely

from hotspots.access import Action, require
from hotspots.errors import InputError, StoreError, UnknownNameError
from hotspots.months import name_month
from hotspots.pipeline.attribution import LICENCE
from hotspots.pipeline.coverage import import_boundaries
from hotspots.pipeline.publisher import lock_downloads, make_client
from hotspots.sources.fetch.client import FetchError
from hotspots.sources.fetch.features import (
    GEOGRAPHIES,
    choose_service,
    find_columns,
    list_services,
    read_edition,
    read_service,
)
from hotspots.sources.street import name_force
from hotspots.store.manifest import write_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from hotspots.settings import Settings
    from hotspots.sources.boundary_report import BoundaryReport
    from hotspots.sources.fetch.client import Client


def fetch_boundaries(
    settings: Settings,
    *,
    force: str,
    geography: str = "ward",
    year: int | None = None,
    resolution: str = "BGC",
    population: Path | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    client: Client | None = None,
) -> BoundaryReport:
    """Fetch areas, clip them to a force, and import them as ``hotspots boundaries import`` does.

    Parameters
    ----------
    settings
        Publisher and data home.
    force
        Code of the force; an area belongs to it when a point inside the area does.
    geography
        ``ward``, ``lsoa`` or ``lad``.
    year
        Of the boundaries; the latest by default.
    resolution
        ``BGC`` (generalised to 20 m) or ``BFC`` (full).
    population
        A CSV file of residents by code.
    progress
        Called with what is read, areas done and areas in all.
    client
        Who asks.

    Raises
    ------
    InputError
        If there are no such boundaries, or no such force.
    FetchError
        If the publisher cannot be reached.
    """
    require(settings.person, Action.LOAD)
    if geography not in GEOGRAPHIES or geography == "force":
        raise UnknownNameError("geography", geography, [name for name in GEOGRAPHIES if name != "force"])
    own = client or make_client(settings)
    try:
        with lock_downloads(settings):
            services = list_services(own, settings.ons)
            service = choose_service(services, geography, year, resolution)
            outline = _read_force(own, settings.ons, choose_service(services, "force", None, "BGC"), force)
            features = read_service(own, settings.ons, service, bounds=outline.bounds, progress=progress)
            kept = _clip(features, outline)
            if not kept:
                raise InputError(f"{service} holds no area inside {force}; choose another year.")
            path = settings.downloads_home / f"{service}-{name_force(force)}.geojson"
            try:
                write_file(path, json.dumps({"type": "FeatureCollection", "features": kept}).encode())
            except OSError as error:
                raise StoreError(f"{path} cannot be written ({error.strerror}); nothing was changed.") from error
    finally:
        if client is None:
            own.close()
    code, name = find_columns(kept[0], geography)
    lad_code, lad_name = _find_authority(kept[0]) if geography != "lad" else (None, None)
    try:
        return import_boundaries(
            path, settings=settings, code=code, name=name, lad_code=lad_code, lad_name=lad_name,
            population=population, title=f"{force.replace('-', ' ').title()} {geography}s, {service}",
            source="Office for National Statistics, Open Geography Portal", licence=LICENCE,
            vintage=_name_vintage(geography, service),
        )  # fmt: skip
    finally:
        path.unlink(missing_ok=True)


def _name_vintage(geography: str, service: str) -> str:
    edition = read_edition(service, geography)
    if edition is None:
        return ""
    year, month = edition
    named = {"ward": "Wards", "lsoa": "LSOAs", "lad": "Local authorities"}[geography]
    return f"{named} of {name_month(12 * (year - 1970) + month - 1) if month else year}"


def _find_authority(feature: dict[str, Any]) -> tuple[str | None, str | None]:
    try:
        return find_columns(feature, "lad")
    except FetchError:
        return None, None  # older editions do not name the authority


def _read_force(client: Client, base: str, service: str, force: str) -> shapely.Geometry:
    features = read_service(client, base, service)
    _, title = find_columns(features[0], "force")
    by_code = {name_force(str(feature["properties"][title])): feature for feature in features}
    wanted = {"metropolitan": "metropolitan-police", "city-of-london": "london-city-of"}.get(force, force)
    feature = by_code.get(force) or by_code.get(wanted)
    if feature is None:
        raise UnknownNameError("police force area", force, by_code)
    return shapely.make_valid(_shape(feature))


def _clip(features: list[dict[str, Any]], outline: shapely.Geometry) -> list[dict[str, Any]]:
    shapely.prepare(outline)
    shapes = [shapely.point_on_surface(_shape(feature)) for feature in features]
    return [feature for feature, point in zip(features, shapes, strict=True) if outline.covers(point)]


def _shape(feature: dict[str, Any]) -> shapely.Geometry:
    return shapely.from_geojson(json.dumps(feature["geometry"]))
