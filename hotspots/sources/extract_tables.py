"""A force's own table, wherever it lies: CSV, Excel, GeoPackage, or a query to a database that is only read."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hotspots import crs
from hotspots.errors import InputError
from hotspots.sources.spreadsheets import read_rows, restore_cell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LON, LAT = "geometry longitude", "geometry latitude"
"""Columns that stand for the points of a GeoPackage."""
_SQLITE = b"SQLite format 3\x00"
_READ_ONLY = re.compile(r"\s*(select|with)\b", re.IGNORECASE)
_SECRET = re.compile(r"://[^@/]*@")


@dataclass(frozen=True, eq=False)
class ExtractTable:
    """A table as text.

    Attributes
    ----------
    label
        The file or database, for messages; without names and passwords.
    header
        Column names, in their order.
    rows
        Cells by row; row ``i`` stands in row ``i + 2`` of the file.
    sha256
        Digest of the content.
    """

    label: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    sha256: str

    def column(self, name: str) -> list[str]:
        """Give the cells of a column.

        Raises
        ------
        InputError
            If there is none of that name.
        """
        if name not in self.header:
            raise InputError(f"{self.label} has no column “{name}”; it has {', '.join(self.header[:12])}.")
        place = self.header.index(name)
        return [row[place] if place < len(row) else "" for row in self.rows]


def read_table(
    source: str | Path, *, query: str | None = None, label: str = "", max_file_bytes: int = 500_000_000
) -> ExtractTable:
    """Read a whole table.

    Parameters
    ----------
    source
        A CSV, Excel (.xlsx) or GeoPackage file, or the address of a database as SQLAlchemy writes it.
    query
        For a database: one SELECT.
    label
        What messages and the table call a file, where its path says nothing to the reader; empty for its path.
    max_file_bytes
        Largest file that is read.

    Raises
    ------
    InputError
        If it cannot be read, or holds no row.
    """
    if "://" in str(source):
        return _read_database(str(source), query)
    if query is not None:
        raise InputError("A query goes with the address of a database, such as sqlite:///crimes.db, not with a file.")
    path, shown = Path(source), label or str(source)
    try:
        size = path.stat().st_size
        if size > max_file_bytes:
            raise InputError(
                f"{shown} is larger than {max_file_bytes // 1_000_000:,} MB; split it, or set HOTSPOTS_MAX_UPLOAD_MB."
            )
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{shown} cannot be read ({error.strerror}); check the path and its permissions.") from None
    if data.startswith(_SQLITE):
        return _read_geopackage(path, data, shown)
    rows = _skip_blank(read_rows(Path(shown), data))
    header = next(rows, None)
    if header is None:
        raise InputError(f"{shown} is empty; give a table with a heading and rows.")
    names = _name_columns(header)
    content = tuple(tuple(restore_cell(cell.strip()) for cell in row) for row in rows)
    return _finish(shown, names, content, hashlib.sha256(data).hexdigest())


def _skip_blank(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """Leave out blank rows before the heading, and give every row after it, so that their numbers hold."""
    started = False
    for row in rows:
        started = started or any(cell.strip() for cell in row)
        if started:
            yield row


def _name_columns(header: Sequence[str]) -> tuple[str, ...]:
    names: list[str] = []
    for place, cell in enumerate(header, start=1):
        name = " ".join(cell.split()) or f"column {place}"
        names.append(name if name not in names else f"{name} ({place})")
    return tuple(names)


def _finish(label: str, names: tuple[str, ...], rows: tuple[tuple[str, ...], ...], sha256: str) -> ExtractTable:
    if not any(any(row) for row in rows):
        raise InputError(f"{label} has a heading but no rows; export it again.")
    return ExtractTable(label, names, rows, sha256)


def _read_geopackage(path: Path, data: bytes, label: str) -> ExtractTable:
    import shapely  # noqa: PLC0415 - spreadsheets need no geometry

    from hotspots.sources.feature_files import read_features  # noqa: PLC0415 - as above

    table = read_features(path)
    points = shapely.centroid(table.geometry)
    if table.crs:
        points = crs.geometry_to_wgs84(crs.geometry_to_bng(points, source=table.crs))
    lon, lat = shapely.get_x(points), shapely.get_y(points)
    names = (*table.columns, LON, LAT)
    places = [["" if np.isnan(value) else repr(float(value)) for value in axis] for axis in (lon, lat)]
    columns = [[_text(value) for value in column] for column in table.columns.values()] + places
    return _finish(label, names, tuple(zip(*columns, strict=True)), hashlib.sha256(data).hexdigest())


def _read_database(address: str, query: str | None) -> ExtractTable:
    import sqlalchemy  # noqa: PLC0415 - most extracts are files

    label = _SECRET.sub("://…@", address)
    if not query or not _READ_ONLY.match(query) or ";" in query.strip().rstrip(";"):
        raise InputError("Give one query that only reads, with --query, such as “SELECT * FROM crimes”.")
    try:
        engine = sqlalchemy.create_engine(address)
        file = engine.url.database
        if engine.dialect.name == "sqlite" and file not in {None, "", ":memory:"} and not Path(str(file)).is_file():
            raise InputError(f"There is no database at {file}; check the address.")  # SQLite would make an empty one
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA query_only = ON")
            else:
                connection.exec_driver_sql("SET TRANSACTION READ ONLY")
            answer = connection.execute(sqlalchemy.text(query))
            names = _name_columns(list(answer.keys()))
            rows = tuple(tuple(_text(value) for value in row) for row in answer)
            connection.rollback()
        engine.dispose()
    except (sqlalchemy.exc.SQLAlchemyError, ImportError) as error:
        reason = _SECRET.sub("://…@", str(getattr(error, "orig", None) or error).partition("\n")[0])
        raise InputError(f"{label} cannot be queried ({reason}); check the address and the query.") from None
    digest = hashlib.sha256(repr((names, rows)).encode()).hexdigest()
    return _finish(label, names, rows, digest)


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    text = str(value)
    return "" if text in {"NaT", "<NA>"} else text
