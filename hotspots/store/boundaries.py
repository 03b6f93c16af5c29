"""Boundaries on disk: the embedded wards, and a force's own set, kept as one GeoParquet file that is replaced whole."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np
import shapely
from filelock import FileLock, Timeout

from hotspots.access import Action, require
from hotspots.crs import BNG, geometry_to_bng
from hotspots.errors import InputError, StoreError
from hotspots.schemas import Boundaries
from hotspots.settings import EMBEDDED_BOUNDARIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

    from hotspots.settings import Settings

EMBEDDED_WARDS = "northumbria_wards_2020.geojson"
EMBEDDED_CONTEXT = "northumbria_context_2020.geojson"
EMBEDDED_METADATA = "northumbria_wards_2020.json"
KEPT = "boundaries.parquet"
SETS = "sets"
"""Folder of the sets that were in force before."""
KEPT_SETS = 12
"""How many of them are kept."""
LOCK_SECONDS = 30.0
_AREA, _CONTEXT = "area", "context"
_ABOUT = ("name", "source", "licence", "vintage")


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
        rows, geometry = _read_geojson(directory / EMBEDDED_WARDS)
        context_rows, context = _read_geojson(directory / EMBEDDED_CONTEXT)
        about = json.loads((directory / EMBEDDED_METADATA).read_bytes())
        return Boundaries(
            codes=tuple(row["ward_code"] for row in rows),
            names=tuple(row["ward_name"] for row in rows),
            lad_codes=tuple(row["lad_code"] for row in rows),
            lad_names=tuple(row["lad_name"] for row in rows),
            population=np.array([row["population"] for row in rows], dtype=np.float64),
            area_km2=np.array([row["area_km2"] for row in rows], dtype=np.float64),
            geometry=geometry,
            name=about["name"],
            source=about["source"],
            licence=about["licence"],
            vintage=about["vintage"],
            context=context,
            context_names=tuple(row["lad_name"] for row in context_rows),
        )
    except (OSError, ValueError, KeyError, TypeError, shapely.errors.ShapelyError) as error:
        raise StoreError(
            f"The embedded boundaries in {directory} cannot be read ({error}); install the project again."
        ) from error


def _read_geojson(path: Path) -> tuple[list[dict[str, Any]], NDArray[np.object_]]:
    """Return the properties and, in British National Grid, the geometry of each feature."""
    text = path.read_text(encoding="utf-8")
    rows = [feature["properties"] for feature in json.loads(text)["features"]]
    return rows, geometry_to_bng(shapely.get_parts(shapely.from_geojson(text)))


def save_boundaries(boundaries: Boundaries, report: Mapping[str, Any], home_dir: Path) -> Path:
    """Put a force's own boundaries in force; those that were so before stay readable, see ``boundary_sets``.

    Parameters
    ----------
    boundaries
        Areas and context in British National Grid (EPSG:27700).
    report
        What the reader found, as plain lists and tables; kept with them.
    home_dir
        Folder for boundaries in the data home; made when absent.

    Returns
    -------
    Path
        The file: GeoParquet 1.1 with a row an area, which other programs read too.

    Raises
    ------
    StoreError
        If it cannot be written. What was kept before is untouched, as it is when the process dies at any moment: the
        new file gets its name only when it is whole and on disk.
    """
    import pyarrow.parquet as pq  # noqa: PLC0415 - the embedded boundaries are read without it

    path = home_dir / KEPT
    table = _to_table(boundaries, report)
    part = home_dir / f".{path.stem}-{uuid4().hex}.part"
    try:
        home_dir.mkdir(parents=True, exist_ok=True)
        with FileLock(name_lock(home_dir), timeout=LOCK_SECONDS):
            for abandoned in home_dir.glob(f".{path.stem}-*.part"):
                abandoned.unlink(missing_ok=True)
            try:
                with part.open("wb") as file:
                    pq.write_table(table, file, compression="zstd")
                    file.flush()
                    os.fsync(file.fileno())
                keep_current(home_dir)
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)
            sync_folder(home_dir)
    except Timeout as error:
        raise StoreError(f"Another import is writing to {home_dir}; wait until it ends and try again.") from error
    except OSError as error:
        raise StoreError(
            f"The boundaries cannot be written to {home_dir} ({error.strerror or error}); what was there is untouched. "
            "Free some space or choose another data home with HOTSPOTS_HOME."
        ) from error
    return path


def read_active(settings: Settings) -> Boundaries:
    """Read the force's own boundaries, or the embedded ones when none were imported.

    Raises
    ------
    StoreError
        If the kept file is damaged.
    """
    path = settings.boundaries_home / KEPT
    return read_kept(path)[0] if path.is_file() else read_embedded()


def read_report(settings: Settings) -> dict[str, Any] | None:
    """Read what was found when the force's own boundaries were imported; None while the embedded ones are in use.

    Raises
    ------
    StoreError
        If the kept file is damaged.
    """
    path = settings.boundaries_home / KEPT
    return read_kept(path)[1] if path.is_file() else None


def reset(settings: Settings) -> bool:
    """Go back to the embedded boundaries; tell whether there were others, which stay readable.

    Raises
    ------
    StoreError
        If the kept file cannot be removed.
    """
    require(settings.person, Action.LOAD)
    path = settings.boundaries_home / KEPT
    if not path.is_file():
        return False
    try:
        with FileLock(name_lock(settings.boundaries_home), timeout=LOCK_SECONDS):
            keep_current(settings.boundaries_home)
            path.unlink()
    except Timeout as error:
        raise StoreError(f"Another import is writing to {path.parent}; wait until it ends and try again.") from error
    except OSError as error:
        raise StoreError(f"{path} cannot be removed ({error.strerror}); check who may write there.") from error
    return True


def name_lock(home_dir: Path) -> Path:
    """Name the file that whoever writes boundaries holds."""
    return home_dir / f".{Path(KEPT).stem}.lock"


def keep_current(home_dir: Path) -> None:
    """Keep the set in force under the next number, before it is replaced or removed. Call it under the lock.

    Raises
    ------
    OSError
        If it cannot be kept; it is then still in force.
    """
    current, folder = home_dir / KEPT, home_dir / SETS
    if not current.is_file():
        return
    folder.mkdir(exist_ok=True)
    numbered = sorted(folder.glob("[0-9]*.parquet"))
    number = int(numbered[-1].stem) + 1 if numbered else 1
    kept = folder / f"{number:04d}.parquet"
    if numbered and numbered[-1].samefile(current):
        return  # a process died between keeping it and replacing it
    try:
        kept.hardlink_to(current)
    except OSError:  # not every disk knows links
        shutil.copy2(current, kept)
    for old in numbered[: max(len(numbered) + 1 - KEPT_SETS, 0)]:
        old.unlink(missing_ok=True)


def _to_table(boundaries: Boundaries, report: Mapping[str, Any]) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415 - the embedded boundaries are read without it
    import pyproj  # noqa: PLC0415 - needed here only

    blank = [""] * len(boundaries.context)
    unknown = np.full(len(blank), np.nan)
    geometry = [*boundaries.geometry, *boundaries.context]
    about = {key: getattr(boundaries, key) for key in _ABOUT} | {
        "report": dict(report),
        "version": boundaries.version,
        "areas": len(boundaries),
    }
    column = {
        "encoding": "WKB",
        "geometry_types": sorted({shape.geom_type for shape in geometry}),
        "crs": pyproj.CRS.from_epsg(BNG).to_json_dict(),
        "bbox": shapely.total_bounds(geometry).tolist(),
    }
    return pa.table(
        {
            "role": [_AREA] * len(boundaries) + [_CONTEXT] * len(blank),
            "code": [*boundaries.codes, *blank],
            "name": [*boundaries.names, *boundaries.context_names],
            "lad_code": [*boundaries.lad_codes, *blank],
            "lad_name": [*boundaries.lad_names, *blank],
            "population": np.concatenate([boundaries.population, unknown]),
            "area_km2": np.concatenate([boundaries.area_km2, unknown]),
            "geometry": pa.array(list(shapely.to_wkb(geometry)), type=pa.binary()),
        },
        metadata={
            "geo": json.dumps({"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}),
            "hotspots": json.dumps(about, ensure_ascii=False),
        },
    )


def read_kept(path: Path) -> tuple[Boundaries, dict[str, Any]]:
    """Read a file of `save_boundaries`, and what was found when it was imported.

    Raises
    ------
    StoreError
        If it is damaged.
    """
    import pyarrow as pa  # noqa: PLC0415 - the embedded boundaries are read without it
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    try:
        table = pq.read_table(path)
        about = json.loads(table.schema.metadata[b"hotspots"])
        columns = {name: table.column(name).to_numpy(zero_copy_only=False) for name in table.column_names}
        area = columns["role"] == _AREA
        text = {name: tuple(columns[name][area].tolist()) for name in ("code", "name", "lad_code", "lad_name")}
        geometry = shapely.from_wkb(columns["geometry"])
        boundaries = Boundaries(
            codes=text["code"],
            names=text["name"],
            lad_codes=text["lad_code"],
            lad_names=text["lad_name"],
            population=columns["population"][area],
            area_km2=columns["area_km2"][area],
            geometry=geometry[area],
            context=geometry[~area],
            context_names=tuple(columns["name"][~area].tolist()),
            **{key: about[key] for key in _ABOUT},
        )
        return boundaries, dict(about["report"])
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        InputError,
        pa.ArrowException,
        shapely.errors.ShapelyError,
    ) as error:
        raise StoreError(
            f"The imported boundaries in {path} are damaged; import them again, or remove the file to go back to the "
            "embedded ones."
        ) from error


def sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut; Windows knows no such thing for folders."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
