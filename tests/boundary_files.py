"""Small boundary files for the tests: four wards of a square kilometre each, in every format that is read."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

WEST, SOUTH = 424_000.0, 564_000.0
CODES = ("E05000001", "E05000002", "E05000003", "E05000004")
NAMES = ("Castle", "Haydon", "Castle", "Monkton & Ravensby’s")


def make_squares(side: float = 1000.0) -> list[shapely.Polygon]:
    """Make four squares that meet in one corner, in British National Grid."""
    return [
        shapely.box(WEST + column * side, SOUTH + row * side, WEST + (column + 1) * side, SOUTH + (row + 1) * side)
        for row in (0, 1)
        for column in (0, 1)
    ]


def make_frame(
    shapes: Sequence[Any] | None = None, *, codes: Sequence[Any] = CODES, epsg: int | None = 27700
) -> gpd.GeoDataFrame:
    """Make a table of wards; `shapes` are in British National Grid and are projected to `epsg`."""
    shapes = make_squares() if shapes is None else shapes
    frame = gpd.GeoDataFrame(
        {
            "WD20CD": list(codes)[: len(shapes)],
            "WD20NM": list(NAMES)[: len(shapes)],
            "LAD20CD": ["E08000021", "E08000021", "E06000057", "E06000057"][: len(shapes)],
            "LAD20NM": ["Newcastle upon Tyne", "Newcastle upon Tyne", "Northumberland", "Northumberland"][
                : len(shapes)
            ],
        },
        geometry=list(shapes),
        crs=27700,
    )
    return frame.set_crs(None, allow_override=True) if epsg is None else frame.to_crs(epsg)


def write_geojson(path: Path, frame: gpd.GeoDataFrame, *, crs: Any = ...) -> Path:
    """Write GeoJSON by hand, with any `crs` member or none."""
    document = json.loads(frame.to_json(drop_id=True))
    document.pop("crs", None)
    if crs is not ...:
        document["crs"] = crs
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path


def write_shapefile(path: Path, frame: gpd.GeoDataFrame, *, without: Sequence[str] = ()) -> Path:
    """Write a zipped Shapefile, leaving out the parts with the suffixes `without`."""
    folder = path.with_suffix("")
    folder.mkdir()
    frame.to_file(folder / "wards.shp", encoding="utf-8")
    with zipfile.ZipFile(path, "w") as archive:
        for part in sorted(folder.iterdir()):
            if part.suffix not in without:
                archive.write(part, f"boundaries/{part.name}")
    return path


def write_population(
    path: Path, rows: Sequence[Sequence[Any]], *, header: str = "ward_code,ward_name,all_ages"
) -> Path:
    """Write a table of residents."""
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n", encoding="utf-8")
    return path


def total_area(geometry: Any) -> float:
    """Add up square metres."""
    return float(np.sum(shapely.area(geometry)))
