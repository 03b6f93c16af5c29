"""Files of shapes as they come: GeoJSON, GeoPackage, Shapefile (zipped or not) and GeoParquet, told by their content.

A name may lie about what a file holds, and the reading library would follow a disguised file to the network, so the
first bytes decide which reader sees it.
"""

from __future__ import annotations

import json
import warnings
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from hotspots.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

FORMATS = "GeoJSON, GeoPackage, zipped Shapefile or GeoParquet"
_GEOPACKAGE, _SHAPEFILE = b"SQLite format 3\x00", b"\x00\x00\x27\x0a"
_MOST_AREAS = 2_000_000
_SHAPES_IN_ZIP = (".shp", ".gpkg", ".geojson", ".json")


@dataclass(frozen=True, eq=False)
class FeatureTable:
    """Features of one file or layer, as they stand in it.

    Attributes
    ----------
    kind
        ``GeoJSON``, ``GeoPackage``, ``Shapefile`` or ``GeoParquet``.
    columns
        Values by column name, one list entry a feature.
    geometry
        Shapely geometries in the file's own coordinates, None where a feature has none. Shape (n,).
    crs
        The CRS that the file states (any text that PROJ reads); None when it states none.
    crs_assumed
        True when the format itself implies the CRS (GeoJSON: WGS 84) and the file does not name it.
    """

    kind: str
    columns: Mapping[str, Sequence[Any]]
    geometry: NDArray[np.object_]
    crs: str | None
    crs_assumed: bool = False


def read_features(path: Path, *, layer: str | None = None, max_file_bytes: int = 500_000_000) -> FeatureTable:
    """Read all features of a file.

    Parameters
    ----------
    path
        The file.
    layer
        Layer of a GeoPackage, or file inside an archive, where it holds several.
    max_file_bytes
        Largest file, and largest content of an archive, that is read.

    Raises
    ------
    InputError
        If the file cannot be read as any of the formats; the message says what to do.
    """
    try:
        with path.open("rb") as file:
            start = file.read(512)
        size = path.stat().st_size
    except FileNotFoundError:
        raise InputError(f"There is no file {path}; check the path.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); give a boundary file.") from error
    if not start.strip():
        raise InputError(f"{path.name} is empty; give a {FORMATS} file.")
    if size > max_file_bytes:
        raise InputError(
            f"{path.name} has {size / 1e6:,.0f} MB, more than the {max_file_bytes / 1e6:,.0f} MB that are read; "
            "use generalised boundaries, or raise HOTSPOTS_MAX_UPLOAD_MB."
        )
    reader = _choose_reader(start)
    if reader is None:
        raise InputError(f"{path.name} is not a boundary file; give {FORMATS}.")
    with np.errstate(invalid="ignore"):  # a coordinate that is not a number is named by the later checks
        return reader(path, layer, max_file_bytes)


def _choose_reader(start: bytes) -> Callable[[Path, str | None, int], FeatureTable] | None:
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _read_archive
    if start.startswith(_GEOPACKAGE):
        return lambda path, layer, _: _read_geopackage(str(path.resolve()), path.name, layer)
    if start.startswith(b"PAR1"):
        return lambda path, _, __: _read_parquet(path)
    if start.startswith(_SHAPEFILE):
        return lambda path, _, __: _read_with_gdal(str(path.resolve()), path.name, "Shapefile")
    if text.startswith(b"{") or start.startswith((b"\xff\xfe{", b"\xfe\xff\x00{")):
        return lambda path, _, __: _read_geojson(path.read_bytes(), path.name)
    return None


def _read_geojson(content: bytes, name: str) -> FeatureTable:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name} is not complete JSON ({error}); download or export it again.") from error
    kind = document.get("type")
    features = {"FeatureCollection": document.get("features"), "Feature": [document]}.get(str(kind))
    if not isinstance(features, list) or not all(isinstance(feature, dict) for feature in features):
        raise InputError(f"{name} is JSON of type “{kind}”, not a GeoJSON FeatureCollection; export it as GeoJSON.")
    rows = [feature.get("properties") or {} for feature in features]
    if not all(isinstance(row, dict) for row in rows):
        raise InputError(f"{name} has a feature whose properties are not a table; export it again as GeoJSON.")
    names = list(dict.fromkeys(column for row in rows for column in row))
    geometry = np.empty(len(features), dtype=object)
    for position, feature in enumerate(features):
        shape = feature.get("geometry")
        if shape is None:
            continue
        try:
            geometry[position] = shapely.from_geojson(json.dumps(shape))
        except (shapely.errors.ShapelyError, RecursionError, TypeError) as error:
            raise InputError(
                f"{name}, feature {position + 1} has a geometry that cannot be read ({_first_line(error)}); "
                "correct or remove it."
            ) from error
    stated, assumed = _geojson_crs(document)
    return FeatureTable(
        kind="GeoJSON",
        columns={column: [row.get(column) for row in rows] for column in names},
        geometry=geometry,
        crs=stated,
        crs_assumed=assumed,
    )


def _geojson_crs(document: dict[str, Any]) -> tuple[str | None, bool]:
    """Read the ``crs`` member of GeoJSON 2008; RFC 7946 dropped it and means WGS 84, and null meant unknown."""
    if "crs" not in document:
        return "EPSG:4326", True
    member = document["crs"]
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return (str(name), False) if name else (None, False)


def _read_geopackage(path: str, name: str, layer: str | None) -> FeatureTable:
    import pyogrio  # noqa: PLC0415 - GDAL takes a while to load and most commands do not need it

    try:
        with _without_warnings():
            layers = [(str(title), kind) for title, kind in pyogrio.list_layers(path)]
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise InputError(
            f"{name} is not a GeoPackage that can be read ({_first_line(error)}); export it again."
        ) from error
    with_shapes = [title for title, kind in layers if kind is not None]
    polygons = [
        title for title, kind in layers if kind and ("Polygon" in kind or "Surface" in kind or kind == "Unknown")
    ]
    if layer is None:
        candidates = polygons or with_shapes
        if not candidates:
            raise InputError(f"{name} has no layer with shapes; export the areas as polygons.")
        if len(candidates) > 1:
            raise InputError(f"{name} has several layers ({', '.join(candidates)}); say which with --layer.")
        layer = candidates[0]
    elif layer not in with_shapes:
        raise InputError(f"{name} has no layer “{layer}” with shapes; it has {', '.join(with_shapes) or 'none'}.")
    return _read_with_gdal(path, name, "GeoPackage", layer)


def _read_with_gdal(path: str, name: str, kind: str, layer: str | None = None) -> FeatureTable:
    import pyogrio  # noqa: PLC0415 - GDAL takes a while to load and most commands do not need it
    from pyogrio import raw  # noqa: PLC0415 - as above

    try:
        with _without_warnings():
            meta, _, blobs, values = raw.read(path, layer=layer)
        geometry = shapely.from_wkb(blobs) if blobs is not None else np.empty(0, dtype=object)
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        pyogrio.errors.FieldError,
        pyogrio.errors.FeatureError,
        pyogrio.errors.GeometryError,
        shapely.errors.ShapelyError,
        UnicodeDecodeError,
    ) as error:
        raise InputError(
            f"{name} cannot be read as a {kind} ({_first_line(error)}); check that all of its parts are there, "
            "and export it again."
        ) from error
    return FeatureTable(
        kind=kind,
        columns={str(column): list(cells) for column, cells in zip(meta["fields"], values, strict=True)},
        geometry=np.asarray(geometry, dtype=object),
        crs=meta["crs"] or None,
    )


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Silence GDAL's warnings of odd names and open rings: what matters is found and reported by the later checks."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


def _read_parquet(path: Path) -> FeatureTable:
    import geopandas as gpd  # noqa: PLC0415 - takes most of a second to load and only this format needs it
    import pyarrow as pa  # noqa: PLC0415 - as above
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    try:
        rows = pq.read_metadata(path).num_rows
        if rows > _MOST_AREAS:  # a few bytes may stand for any number of equal rows
            raise InputError(
                f"{path.name} says that it has {rows:,} areas, more than are read; give areas, not points."
            )
        frame = gpd.read_parquet(path)
    except (ValueError, OSError, KeyError, pa.ArrowException, shapely.errors.ShapelyError) as error:
        raise InputError(
            f"{path.name} is not a GeoParquet file that can be read ({_first_line(error)}); export it again."
        ) from error
    table = frame.drop(columns=frame.active_geometry_name)
    return FeatureTable(
        kind="GeoParquet",
        columns={str(column): table[column].tolist() for column in table.columns},
        geometry=frame.geometry.to_numpy(),
        crs=frame.crs.to_wkt() if frame.crs is not None else None,
    )


def _read_archive(path: Path, layer: str | None, max_file_bytes: int) -> FeatureTable:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            _check_members(members, path.name, max_file_bytes)
            chosen = _choose_member([member.filename for member in members], path.name, layer)
            content = archive.read(chosen) if chosen.casefold().endswith("json") else b""
            with archive.open(chosen) as member:
                start = member.read(512)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError) as error:
        raise InputError(f"{path.name} is not a complete zip archive ({error}); download it again.") from error
    name, inside = f"{path.name} ({chosen})", f"/vsizip/{{{path.resolve()}}}/{chosen}"
    if content:
        return _read_geojson(content, name)
    if start.startswith(_GEOPACKAGE):
        return _read_geopackage(inside, name, None)
    if start.startswith(_SHAPEFILE):
        return _read_with_gdal(inside, name, "Shapefile")
    raise InputError(f"{name} is not a Shapefile, GeoPackage or GeoJSON file; export it again.")


def _check_members(members: list[zipfile.ZipInfo], name: str, max_file_bytes: int) -> None:
    for member in members:
        parts = PurePosixPath(member.filename.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts or ":" in member.filename:
            raise InputError(f"{name} holds a file that points outside the archive ({member.filename}); do not use it.")
        if member.flag_bits & 1:
            raise InputError(f"{name} is protected by a password; give an archive without one.")
    size = sum(member.file_size for member in members)
    if size > max_file_bytes:
        raise InputError(
            f"{name} unpacks to {size / 1e6:,.0f} MB, more than the {max_file_bytes / 1e6:,.0f} MB that are read; "
            "use generalised boundaries, or raise HOTSPOTS_MAX_UPLOAD_MB."
        )


def _choose_member(names: list[str], archive: str, layer: str | None) -> str:
    # A Mac adds "__MACOSX/._name" beside each file; they hold no shapes.
    shapes = [name for name in names if name.casefold().endswith(_SHAPES_IN_ZIP) and "__MACOSX" not in name]
    shapes = [name for name in shapes if name.casefold().endswith(".shp")] or shapes
    if layer is not None:
        shapes = [name for name in shapes if layer in (name, PurePosixPath(name).stem)]
        if not shapes:
            raise InputError(f"{archive} holds no boundary file “{layer}”; look into it for the right name.")
    if not shapes:
        raise InputError(f"{archive} holds no Shapefile (.shp), GeoPackage or GeoJSON; give the boundaries themselves.")
    if len(shapes) > 1:
        raise InputError(f"{archive} holds several boundary files ({', '.join(shapes)}); say which with --layer.")
    return shapes[0]


def _first_line(error: BaseException) -> str:
    """Keep the first line of a library's message, without its full stop, so that it fits into one sentence."""
    return next(iter(str(error).splitlines()), type(error).__name__).strip().rstrip(".")[:160]
