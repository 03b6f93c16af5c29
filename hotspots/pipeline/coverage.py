"""Boundaries brought in: a force's own set, and the embedded coverage made from the files of the ONS."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from hotspots import crs
from hotspots.access import Action, require
from hotspots.analysis.places import assign_areas, collapse_points
from hotspots.errors import InputError, StoreError
from hotspots.pipeline.attribution import LICENCE
from hotspots.pipeline.generalise import (
    CONTEXT_TOLERANCE_M,
    DECIMALS,
    abut_neighbours,
    drop_crumbs,
    list_shapes,
    round_to_degrees,
)
from hotspots.pipeline.static_geometry import write_static_geometry
from hotspots.settings import EMBEDDED_BOUNDARIES, STATIC
from hotspots.sources.boundaries import read_boundaries
from hotspots.sources.police_uk import Kind, find_files, read_street
from hotspots.store.boundaries import (
    EMBEDDED_CONTEXT,
    EMBEDDED_METADATA,
    EMBEDDED_WARDS,
    read_embedded,
    save_boundaries,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from hotspots.schemas import Boundaries
    from hotspots.settings import Settings
    from hotspots.sources.boundary_report import BoundaryReport

TOLERANCE_M = 30.0
"""Simplification of the embedded wards.

Measured on 523,400 located incidents: at 30 m 0.002 % of them change ward, and no ward loses more than 0.2 % of its
own; at 40 m 0.04 % (one ward 2.6 %), at 50 m 0.08 % (7.4 %), at 60 m 0.19 % (9.5 %), for files 5 to 20 % smaller.
"""
MAX_SHARE_CHANGED = 0.002
"""The build fails when more of the incidents change ward."""
CONTEXT_REACH_M = 60_000.0
"""How far from a force's own areas a neighbour is still drawn."""


@dataclass(frozen=True)
class CoverageReport:
    """What ``build_coverage`` made, and how faithful it is.

    Attributes
    ----------
    wards, authorities, population, area_km2
        What the coverage holds.
    tolerance_m, decimals
        How it was generalised.
    vertices_before, vertices_after
        Vertices of the wards in the source and in the embedded file.
    incidents_tested, incidents_changing_ward
        Located incidents, and those whose ward differs between source and embedded wards (outside all wards counts as
        a ward of its own).
    crimes_changing_ward
        The share of them.
    largest_ward_change
        The largest share of any one ward's incidents that leaves it, and the code of that ward.
    valid_coverage
        True when the embedded wards, read back into British National Grid, neither overlap nor part.
    files
        Name and size in bytes of each file that was written.
    """

    wards: int
    authorities: int
    population: int
    area_km2: float
    tolerance_m: float
    decimals: int
    vertices_before: int
    vertices_after: int
    incidents_tested: int
    incidents_changing_ward: int
    crimes_changing_ward: float
    largest_ward_change: tuple[str, float]
    valid_coverage: bool
    files: dict[str, int]

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain lists and tables for ``json.dumps``."""
        return asdict(self)


def import_boundaries(
    path: Path | str,
    *,
    code: str,
    name: str,
    settings: Settings,
    lad_code: str | None = None,
    lad_name: str | None = None,
    only: str | None = None,
    crs: str | int | None = None,
    layer: str | None = None,
    population: Path | str | None = None,
    population_column: str | None = None,
    title: str | None = None,
    source: str | None = None,
    licence: str = "",
    vintage: str = "",
) -> BoundaryReport:
    """Read a force's own boundaries and keep them in the data home, in place of any before.

    Parameters
    ----------
    path, code, name, lad_code, lad_name, crs, layer, population, population_column, title, source, licence, vintage
        As in :func:`hotspots.sources.boundaries.read_boundaries`.
    only
        Column and value of the features to read, such as ``force=Cleveland``; all by default.
    settings
        Where the data home is, and how large a file may be.

    Returns
    -------
    BoundaryReport
        What was repaired, left out or found wanting.

    Raises
    ------
    InputError
        If the file cannot be used.
    StoreError
        If the data home cannot be written; the boundaries kept before stay.
    """
    require(settings.person, Action.LOAD)
    boundaries, report = read_boundaries(
        path,
        code=code,
        name=name,
        lad_code=lad_code,
        lad_name=lad_name,
        where=_split_only(only),
        crs=crs,
        layer=layer,
        population=population,
        population_column=population_column,
        title=title,
        source=source,
        licence=licence,
        vintage=vintage,
        max_file_bytes=settings.max_file_bytes,
    )
    save_boundaries(add_context(boundaries, read_embedded()), report.to_json(), settings.boundaries_home)
    return report


def _split_only(only: str | None) -> tuple[str, str] | None:
    if only is None:
        return None
    column, mark, value = only.partition("=")
    if not mark or not column.strip():
        raise InputError(f"“{only}” names no column and value; write them as in force=Cleveland.")
    return column.strip(), value.strip()


def add_context(boundaries: Boundaries, embedded: Boundaries) -> Boundaries:
    """Draw the embedded authorities round a force's own areas, where those lie near them.

    Parameters
    ----------
    boundaries
        The force's own areas.
    embedded
        The embedded wards; their authorities and neighbours are the candidates.

    Returns
    -------
    Boundaries
        With what the areas leave of each candidate within `CONTEXT_REACH_M` as context.
    """
    column = np.array(embedded.lad_names)
    own = sorted(set(embedded.lad_names))
    candidates = [*embedded.context, *(shapely.coverage_union_all(embedded.geometry[column == lad]) for lad in own)]
    territory = shapely.union_all(boundaries.geometry)
    near = shapely.box(*shapely.bounds(shapely.buffer(shapely.envelope(territory), CONTEXT_REACH_M)))
    names, shapes = [], []
    for label, shape in zip((*embedded.context_names, *own), candidates, strict=True):
        if shapely.intersects(shape, near):
            left = drop_crumbs(shapely.difference(shape, territory))
            if left is not None:
                names.append(label)
                shapes.append(left)
    return replace(boundaries, context=list_shapes(shapes), context_names=tuple(names))


def build_coverage(
    wards_file: Path,
    context_file: Path,
    population_file: Path,
    crime_paths: Iterable[Path],
    out_dir: Path = EMBEDDED_BOUNDARIES,
    *,
    static_dir: Path | None = None,
    force: str = "Northumbria",
    tolerance_m: float = TOLERANCE_M,
) -> CoverageReport:
    """Make the embedded boundary files from the files of the ONS.

    Parameters
    ----------
    wards_file
        Wards with the columns ``ward_code, ward_name, lad_code, lad_name, force``.
    context_file
        Authorities with the columns ``lad_code, lad_name, force``.
    population_file
        Residents by ward code.
    crime_paths
        Street files of police.uk (files, folders or archives), to measure how many incidents change ward.
    out_dir, static_dir
        Where the boundary files and the browser's shapes are written; by default the project's own folders, and no
        shapes when the boundary files go elsewhere.
    force
        Value of the column ``force`` that is kept.
    tolerance_m
        Tolerance of the coverage simplification in metres (Visvalingam and Whyatt's effective area, its square root).

    Returns
    -------
    CoverageReport
        Also written beside the boundaries.

    Raises
    ------
    InputError
        If a source cannot be used, the result overlaps or parts, or more than `MAX_SHARE_CHANGED` of the incidents
        change ward; nothing is written then.
    StoreError
        If a file cannot be written.
    """
    source, _ = read_boundaries(
        wards_file,
        code="ward_code",
        name="ward_name",
        lad_code="lad_code",
        lad_name="lad_name",
        where=("force", force),
        population=population_file,
    )
    wards = round_to_degrees(shapely.coverage_simplify(source.geometry, tolerance_m))
    embedded = crs.geometry_to_bng(wards)
    if not shapely.coverage_is_valid(embedded) or not shapely.is_valid(embedded).all():
        raise InputError(f"Simplified by {tolerance_m:g} m the wards overlap or part; use a smaller tolerance.")
    tested, changed, worst = _count_changes(source, embedded, crime_paths)
    if changed > MAX_SHARE_CHANGED * tested:
        raise InputError(
            f"Simplified by {tolerance_m:g} m, {changed:,} of {tested:,} incidents change ward; "
            "use a smaller tolerance."
        )
    neighbours = _read_neighbours(context_file, set(source.lad_codes))
    context = abut_neighbours(neighbours.geometry, shapely.coverage_union_all(embedded))
    written = {
        EMBEDDED_WARDS: _write_features(wards, _describe_wards(source)),
        EMBEDDED_CONTEXT: _write_features(
            round_to_degrees(context),
            [
                {"lad_code": code, "lad_name": label}
                for code, label in zip(neighbours.codes, neighbours.names, strict=True)
            ],
        ),
    }
    report = CoverageReport(
        wards=len(source),
        authorities=len(set(source.lad_codes)),
        population=int(np.nansum(source.population)),
        area_km2=round(float(source.area_km2.sum()), 2),
        tolerance_m=tolerance_m,
        decimals=DECIMALS,
        vertices_before=int(shapely.get_num_coordinates(source.geometry).sum()),
        vertices_after=int(shapely.get_num_coordinates(embedded).sum()),
        incidents_tested=tested,
        incidents_changing_ward=changed,
        crimes_changing_ward=round(changed / tested, 7),
        largest_ward_change=worst,
        valid_coverage=True,
        files={name: len(content) for name, content in written.items()},
    )
    written[EMBEDDED_METADATA] = _write_metadata(report, force, (wards_file, context_file, population_file))
    _write_files(out_dir, written)
    if static_dir is None and out_dir == EMBEDDED_BOUNDARIES:
        static_dir = STATIC
    if static_dir is not None:
        write_static_geometry(read_embedded(out_dir), static_dir)
    return report


def _count_changes(
    source: Boundaries, embedded: NDArray[np.object_], crime_paths: Iterable[Path]
) -> tuple[int, int, tuple[str, float]]:
    tables = [table for file in find_files(crime_paths) if file.kind is Kind.STREET for table in read_street(file)[0]]
    if not tables:
        raise InputError("There is no street file among the crime files; give those of police.uk.")
    lon, lat, n = (np.concatenate([getattr(table, column) for table in tables]) for column in ("lon", "lat", "n"))
    first, place = collapse_points(lon, lat)
    weight = np.bincount(place[place >= 0], weights=n[place >= 0], minlength=len(first)).astype(np.int64)
    x, y = crs.to_bng(lon[first], lat[first])
    before, after = assign_areas(x, y, source.geometry), assign_areas(x, y, embedded)
    moved = before != after
    inside = before >= 0
    total = np.bincount(before[inside], weights=weight[inside], minlength=len(source))
    lost = np.bincount(before[inside & moved], weights=weight[inside & moved], minlength=len(source))
    share = lost / np.maximum(total, 1)
    worst = int(np.argmax(share))
    return int(weight.sum()), int(weight[moved].sum()), (source.codes[worst], round(float(share[worst]), 6))


def _read_neighbours(context_file: Path, own: set[str]) -> Boundaries:
    authorities, _ = read_boundaries(context_file, code="lad_code", name="lad_name")
    kept = [position for position, code in enumerate(authorities.codes) if code not in own]
    if not kept:
        raise InputError(f"{context_file.name} holds no authority beside the force's own; give its neighbours.")
    blank = ("",) * len(kept)
    return replace(
        authorities,
        codes=tuple(authorities.codes[position] for position in kept),
        names=tuple(authorities.names[position] for position in kept),
        lad_codes=blank,
        lad_names=blank,
        population=authorities.population[kept],
        area_km2=authorities.area_km2[kept],
        geometry=authorities.geometry[kept],
    )


def _describe_wards(source: Boundaries) -> list[dict[str, Any]]:
    columns = (
        source.codes, source.names, source.lad_codes, source.lad_names, source.population, source.area_km2,
    )  # fmt: skip
    return [
        {
            "ward_code": code,
            "ward_name": name,
            "lad_code": lad_code,
            "lad_name": lad_name,
            "population": None if np.isnan(residents) else int(residents),
            "area_km2": round(float(area), 4),
        }
        for code, name, lad_code, lad_name, residents, area in zip(*columns, strict=True)
    ]


def _write_features(geometry: NDArray[np.object_], properties: Sequence[Mapping[str, Any]]) -> bytes:
    """Write GeoJSON with one feature a line, so that a change can be read as a difference."""
    lines = [
        json.dumps(
            {"type": "Feature", "properties": row, "geometry": json.loads(shape)},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for row, shape in zip(properties, shapely.to_geojson(geometry), strict=True)
    ]
    return ('{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n").encode()


def _write_metadata(report: CoverageReport, force: str, sources: Sequence[Path]) -> bytes:
    about = {
        "name": f"{force} wards, December 2020",
        "source": "Office for National Statistics: Wards (December 2020) UK BGC; Local Authority Districts "
        "(December 2020) UK BGC; mid-2020 population estimates by ward",
        "licence": LICENCE,
        "vintage": "Wards of December 2020; residents of mid-2020",
        "source_files": [path.name for path in sources],
        "method": "shapely.coverage_simplify in British National Grid (EPSG:27700), then rounded in WGS 84 (EPSG:4326)",
        "context_tolerance_m": CONTEXT_TOLERANCE_M,
        "rebuild": "see README.md beside this file",
    }
    return (json.dumps(about | report.to_json(), indent=2, ensure_ascii=False) + "\n").encode()


def _write_files(folder: Path, contents: Mapping[str, bytes]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            part = folder / f".{name}.part"
            part.write_bytes(content)
            part.replace(folder / name)
    except OSError as error:
        raise StoreError(f"{folder} cannot be written ({error.strerror}); choose another folder.") from error
