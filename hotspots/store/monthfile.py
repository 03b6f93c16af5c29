"""One month of one force as a Parquet file: rows in one fixed order, so that equal rows are an equal file.

Columns: ``lon``, ``lat`` (degrees, EPSG:4326, NaN without location), ``crime_type`` and ``outcome`` (names),
``n``, ``crime_key``, and ``ward_code`` where the source gives wards. The footer names force, month and grid. Centres of
grid cells are kept in single precision.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from hotspots.months import format_month

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from hotspots.schemas import Incidents

_HOT = ("lon", "lat", "crime_type", "outcome", "n")
_ZSTD_LEVEL = {False: 1, True: 19}  # points are written while a user waits, grids once for all users


@dataclass(frozen=True, eq=False)
class MonthRows:
    """The columns that every question needs, as in :class:`hotspots.schemas.Incidents`."""

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    crime_type: NDArray[np.int32]
    outcome: NDArray[np.int32]
    n: NDArray[np.int32]
    ward_code: NDArray[np.int32] | None
    types: tuple[str, ...]
    outcomes: tuple[str, ...]
    wards: tuple[str, ...]


def encode_month(incidents: Incidents) -> tuple[bytes, str]:
    """Write a month as the bytes of a Parquet file.

    Parameters
    ----------
    incidents
        Rows in any order.

    Returns
    -------
    bytes
        The file.
    str
        Digest of the rows, whatever their order: 20 hexadecimal digits.
    """
    types, crime_type = _sort_names(incidents.types, incidents.crime_type)
    outcomes, outcome = _sort_names(incidents.outcomes, incidents.outcome)
    columns: dict[str, NDArray[Any]] = {
        "lon": incidents.lon + 0.0,  # adding zero makes minus zero plain zero, so that equal places have equal bytes
        "lat": incidents.lat + 0.0,
        "crime_type": crime_type,
        "outcome": outcome,
        "n": incidents.n.astype(np.int32),
        "crime_key": incidents.crime_key.astype(np.uint64),
    }
    names = {"crime_type": types, "outcome": outcomes}
    if incidents.ward_code is not None:
        names["ward_code"], columns["ward_code"] = _sort_names(incidents.wards, incidents.ward_code)
    nowhere = np.isnan(columns["lon"])
    columns["lon"][nowhere] = columns["lat"][nowhere] = np.nan
    gridded = incidents.grid_m is not None
    if gridded:  # half a metre is enough to find the cell again, and half the size
        columns["lon"], columns["lat"] = columns["lon"].astype(np.float32), columns["lat"].astype(np.float32)
    order = _order_rows(columns)
    columns = {name: np.ascontiguousarray(values[order]) for name, values in columns.items()}

    digest = hashlib.sha256(f"{incidents.grid_m}|{names}|{len(order)}".encode())
    for values in columns.values():
        digest.update(values.data)
    arrays = {name: _to_arrow(values, names.get(name)) for name, values in columns.items()}
    about = {"force": incidents.force, "month": format_month(incidents.month), "grid_m": str(incidents.grid_m or "")}
    table = pa.Table.from_arrays(list(arrays.values()), names=list(arrays)).replace_schema_metadata(about)
    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        compression="zstd",
        compression_level=_ZSTD_LEVEL[gridded],
        use_dictionary=[name for name in arrays if name != "crime_key"],
        write_statistics=False,
        row_group_size=max(len(order), 1),
    )
    return sink.getvalue().to_pybytes(), digest.hexdigest()[:20]


def _order_rows(columns: dict[str, NDArray[Any]]) -> NDArray[np.intp]:
    """Order rows by every column, so that rows that tie are equal; columns of one value are passed over."""
    varied = [values for values in columns.values() if len(values) and (values != values[0]).any()]
    return np.lexsort(tuple(reversed(varied))) if varied else np.arange(len(columns["n"]))


def read_month(path: Path) -> MonthRows:
    """Read the columns that every question needs.

    Raises
    ------
    OSError, pyarrow.ArrowException
        If the file is missing or damaged.
    """
    with pq.ParquetFile(path) as file:
        wards_given = "ward_code" in file.schema_arrow.names
        table = file.read([*_HOT, *(["ward_code"] if wards_given else [])], use_threads=False)
    degrees = np.float32 if table.schema.field("lon").type == pa.float32() else np.float64
    crime_type, types = _codes(table, "crime_type")
    outcome, outcomes = _codes(table, "outcome")
    ward_code, wards = _codes(table, "ward_code") if wards_given else (None, ())
    return MonthRows(
        lon=_numbers(table, "lon", degrees).astype(np.float64, copy=False),
        lat=_numbers(table, "lat", degrees).astype(np.float64, copy=False),
        crime_type=crime_type,
        outcome=outcome,
        n=_numbers(table, "n", np.int32),
        ward_code=ward_code,
        types=types,
        outcomes=outcomes,
        wards=wards,
    )


def read_crime_keys(path: Path) -> NDArray[np.uint64]:
    """Read the shortened Crime IDs; 0 where there is none. Errors as in `read_month`."""
    with pq.ParquetFile(path) as file:
        return _numbers(file.read(["crime_key"], use_threads=False), "crime_key", np.uint64)


def _sort_names(names: Sequence[str], codes: NDArray[np.int32]) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """Keep the names in use, sorted, codes following."""
    used = np.bincount(codes, minlength=len(names)) > 0
    kept = tuple(sorted(name for name, in_use in zip(names, used, strict=True) if in_use))
    position = np.array([kept.index(name) if name in kept else 0 for name in names] or [0], dtype=np.int32)
    return kept, position[codes]


def _to_arrow(values: NDArray[Any], names: Sequence[str] | None) -> Any:
    # Arrays are made from their buffers: Arrow's own conversions import pandas, which takes longer than a whole load.
    array = pa.Array.from_buffers(_ARROW_TYPES[values.dtype.name], len(values), [None, pa.py_buffer(values)])
    if names is None:
        return array
    encoded = [name.encode() for name in names]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    texts = pa.StringArray.from_buffers(len(names), pa.py_buffer(ends), pa.py_buffer(b"".join(encoded)))
    return pa.DictionaryArray.from_arrays(array, texts)


_ARROW_TYPES = {"float32": pa.float32(), "float64": pa.float64(), "int32": pa.int32(), "uint64": pa.uint64()}


def _one_chunk(table: Any, name: str) -> Any:
    column = table.column(name)
    return column.chunk(0) if column.num_chunks == 1 else column.unify_dictionaries().combine_chunks()


def _view(array: Any, dtype: type[np.generic]) -> NDArray[Any]:
    values = array.buffers()[1]
    if values is None:
        return np.zeros(len(array), dtype=dtype)
    return np.frombuffer(values, dtype, count=array.offset + len(array))[array.offset :]


def _numbers(table: Any, name: str, dtype: type[np.generic]) -> NDArray[Any]:
    return _view(_one_chunk(table, name), dtype)


def _codes(table: Any, name: str) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    array = _one_chunk(table, name)
    return _view(array.indices, np.int32), tuple(array.dictionary.to_pylist())
