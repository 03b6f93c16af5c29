"""Boundaries as the outside world publishes them: read, checked, repaired, and brought to British National Grid."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from hotspots import crs as projection
from hotspots.errors import InputError, UnknownNameError
from hotspots.schemas import Boundaries
from hotspots.sources.boundary_report import LISTED, BoundaryReport, GapFound, LeftOut, Overlap, Repair, list_codes
from hotspots.sources.feature_files import FeatureTable, read_features
from hotspots.sources.population import read_population
from hotspots.sources.reference import Reference, check_place, choose_reference
from hotspots.sources.topology import find_gaps, find_overlaps, keep_polygons, repair_polygons

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class _Areas:
    """Features that may become areas, with their place in the file."""

    feature: list[int]
    code: list[str]
    geometry: NDArray[np.object_]


def read_boundaries(
    path: Path | str,
    *,
    code: str,
    name: str,
    lad_code: str | None = None,
    lad_name: str | None = None,
    where: tuple[str, str] | None = None,
    crs: str | int | None = None,
    layer: str | None = None,
    population: Path | str | None = None,
    population_column: str | None = None,
    title: str | None = None,
    source: str | None = None,
    licence: str = "",
    vintage: str = "",
    max_file_bytes: int = 500_000_000,
) -> tuple[Boundaries, BoundaryReport]:
    """Read areas from GeoJSON, GeoPackage, a zipped Shapefile or GeoParquet.

    Parameters
    ----------
    path
        The file; its content tells the format.
    code, name
        Columns with the code and the name of each area. Everything is matched by code.
    lad_code, lad_name
        Columns with the local authority, where the file has them.
    where
        Column and value of the features to read, such as ``("force", "Northumbria")``; all by default.
    crs
        CRS of the coordinates, such as ``EPSG:27700``; by default what the file states, or WGS 84 for GeoJSON that
        states none.
    layer
        Layer of a GeoPackage, or file in an archive, where there are several.
    population, population_column
        CSV table of residents by code, and the column that holds them where its heading is unusual.
    title, source, licence, vintage
        What the interface says about the set; the file's name by default.
    max_file_bytes
        Largest file that is read.

    Returns
    -------
    Boundaries
        Polygons in British National Grid (EPSG:27700), in the order of the file.
    BoundaryReport
        What was repaired, left out or found wanting.

    Raises
    ------
    InputError
        If the file cannot be read, states no CRS, lacks a column, holds no polygon, repeats a code, or lies elsewhere.
    """
    path = Path(path)
    table = read_features(path, layer=layer, max_file_bytes=max_file_bytes)
    if not len(table.geometry):
        raise InputError(f"{path.name} holds no feature; export the areas as polygons.")
    rows = _choose_rows(table, where, path.name)
    cells = {
        column: _column(table, column, path.name, rows)
        for column in (code, name, lad_code, lad_name)
        if column is not None
    }
    areas, left_out = _choose_polygons(table, cells[code], rows, path.name)
    reference = choose_reference(table, crs, path.name)
    check_place(areas.geometry, areas.code, reference, path.name)
    areas, repaired, collapsed = _repair(areas)
    if not areas.code:
        raise InputError(f"{path.name} holds no polygon with an area; export the areas as polygons.")
    geometry = projection.geometry_to_bng(areas.geometry, source=reference.projection)
    position = {row + 1: place for place, row in enumerate(rows)}
    kept = [position[feature] for feature in areas.feature]
    residents, without_population, without_area = _join_population(areas.code, population, population_column)
    names = [cells[name][row] for row in kept]
    boundaries = Boundaries(
        codes=tuple(areas.code),
        names=tuple(label or key for label, key in zip(names, areas.code, strict=True)),
        lad_codes=tuple(cells[lad_code][row] if lad_code else "" for row in kept),
        lad_names=tuple(cells[lad_name][row] if lad_name else "" for row in kept),
        population=residents,
        area_km2=shapely.area(geometry) / 1e6,
        geometry=geometry,
        name=title or path.stem,
        source=source or path.name,
        licence=licence,
        vintage=vintage,
    )
    overlaps, gaps = find_overlaps(geometry), find_gaps(geometry)
    report = BoundaryReport(
        file=path.name,
        kind=table.kind,
        crs=reference.name,
        crs_origin=reference.origin,
        areas=len(boundaries),
        vertices=int(shapely.get_num_coordinates(geometry).sum()),
        area_km2=round(float(boundaries.area_km2.sum()), 3),
        repaired=repaired,
        left_out=tuple(sorted((*left_out, *collapsed), key=lambda item: item.feature)),
        overlaps=tuple(
            Overlap(areas.code[one], areas.code[other], round(metres, 1)) for one, other, metres in overlaps[:LISTED]
        ),
        overlap_count=len(overlaps),
        gaps=tuple(_locate_gap(gap.x, gap.y, gap.square_metres) for gap in gaps[:LISTED]),
        gap_count=len(gaps),
        population_file=Path(population).name if population is not None else None,
        without_population=without_population,
        population_without_area=without_area,
        notes=_write_notes(names, areas.code, table, reference),
        version=boundaries.version,
    )
    return boundaries, report


def _choose_rows(table: FeatureTable, where: tuple[str, str] | None, file: str) -> list[int]:
    if where is None:
        return list(range(len(table.geometry)))
    column, value = where
    values = _column(table, column, file, range(len(table.geometry)))
    rows = [row for row, cell in enumerate(values) if cell == value]
    if not rows:
        raise UnknownNameError(f"{column} in {file}", value, sorted(set(values) - {""}))
    return rows


def _column(table: FeatureTable, column: str, file: str, rows: Sequence[int]) -> list[str]:
    if column not in table.columns:
        known = list(table.columns)
        if not known:
            raise InputError(
                f"{file} has no columns, so no “{column}”; export it with the codes and names of the areas."
            )
        if difflib.get_close_matches(column.casefold(), [other.casefold() for other in known], cutoff=0.5):
            raise UnknownNameError(f"column in {file}", column, known)
        raise InputError(f"{file} has no column “{column}”; it has {list_codes(known)}.")
    values = table.columns[column]
    return [_text(values[row]) for row in rows]


def _text(value: Any) -> str:
    """Write a cell as text: nothing for null, and no “.0” after a whole number that was stored as a fraction."""
    if value is None or value != value:  # noqa: PLR0124 - NaN is the one value that differs from itself
        return ""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()


def _choose_polygons(table: FeatureTable, codes: list[str], rows: list[int], file: str) -> tuple[_Areas, list[LeftOut]]:
    geometry = keep_polygons(table.geometry[rows])
    left_out, kept = [], []
    for position, row in enumerate(rows):
        if geometry[position] is not None:
            kept.append(position)
        elif table.geometry[row] is None or table.geometry[row].is_empty:
            left_out.append(LeftOut(row + 1, "it has no geometry"))
        else:
            left_out.append(LeftOut(row + 1, f"it is a {table.geometry[row].geom_type}, not a polygon"))
    if not kept:
        reason = f": its first feature is left out because {left_out[0].reason}" if left_out else ""
        raise InputError(f"{file} holds no polygon{reason}; export the areas as polygons.")
    areas = _Areas([rows[position] + 1 for position in kept], [codes[position] for position in kept], geometry[kept])
    first: dict[str, int] = {}
    for feature, key in zip(areas.feature, areas.code, strict=True):
        if not key:
            raise InputError(f"{file}, feature {feature} has no code; give every area its own.")
        if first.setdefault(key, feature) != feature:
            raise InputError(
                f"{file} holds the code {key} twice (features {first[key]} and {feature}); give every area its own "
                "code, or join the parts of one area into one feature."
            )
    return areas, left_out


def _repair(areas: _Areas) -> tuple[_Areas, tuple[Repair, ...], list[LeftOut]]:
    geometry, reasons = repair_polygons(areas.geometry)
    kept = [position for position, shape in enumerate(geometry) if shape is not None]
    lost = [
        LeftOut(areas.feature[position], f"its outline encloses nothing ({reasons[position]})")
        for position, shape in enumerate(geometry)
        if shape is None
    ]
    repaired = tuple(Repair(areas.code[position], reasons[position]) for position in kept if reasons[position])
    left = _Areas([areas.feature[p] for p in kept], [areas.code[p] for p in kept], geometry[kept])
    return left, repaired, lost


def _join_population(
    codes: list[str], population: Path | str | None, column: str | None
) -> tuple[NDArray[np.float64], tuple[str, ...], tuple[str, ...]]:
    if population is None:
        return np.full(len(codes), np.nan), (), ()
    residents = read_population(Path(population), codes=codes, column=column)
    known = set(codes)
    return (
        np.array([residents.get(key, np.nan) for key in codes], dtype=np.float64),
        tuple(key for key in codes if key not in residents),
        tuple(key for key in residents if key not in known),
    )


def _locate_gap(x: float, y: float, square_metres: float) -> GapFound:
    lon, lat = projection.to_wgs84(np.array([x]), np.array([y]))
    return GapFound(lon=round(float(lon[0]), 6), lat=round(float(lat[0]), 6), square_metres=round(square_metres, 1))


def _write_notes(names: list[str], codes: list[str], table: FeatureTable, reference: Reference) -> tuple[str, ...]:
    notes = []
    nameless = [key for label, key in zip(names, codes, strict=True) if not label]
    if nameless:
        notes.append(f"Areas without a name are shown by their code: {list_codes(nameless)}.")
    twice = sorted({label for label in names if label and names.count(label) > 1})
    if twice:
        notes.append(f"Several areas share a name and are told apart by code: {list_codes(twice)}.")
    if reference.origin == "given" and table.crs is not None and not table.crs_assumed:
        stated = choose_reference(table, None, "").name
        if stated != reference.name:
            notes.append(f"The file states {stated}; {reference.name} was used as given.")
    return tuple(notes)
