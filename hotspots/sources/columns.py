"""The columns of a street file as arrays, parsed by Arrow; what Arrow cannot read is reported, never guessed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from math import isfinite, nan
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_KEY_DIGITS = 16
_ID_DIGITS = 64
_MAX_BLOCK = 2_000_000_000  # Arrow counts the bytes of a block in 32 bits
_NAMES = pa.dictionary(pa.int32(), pa.string())
_TYPES: tuple[Any, ...] = (pa.string(), _NAMES, _NAMES, pa.float64(), pa.float64(), _NAMES, _NAMES)
_AS_TEXT: tuple[Any, ...] = (pa.string(), _NAMES, _NAMES, _NAMES, _NAMES, _NAMES, _NAMES)


@dataclass(frozen=True)
class BrokenRow:
    """A record whose fields cannot be told apart.

    Attributes
    ----------
    row
        Where it begins; the header is row 1.
    lines
        Lines that it takes up.
    reason
        In plain words.
    """

    row: int
    lines: int
    reason: str


@dataclass(frozen=True, eq=False)
class StreetColumns:
    """The columns of a street file, shape (n,) each, in the order of the file.

    Attributes
    ----------
    row
        The row of the file; the header is row 1.
    crime_key
        First 64 bits of the Crime ID; 0 where there is none.
    month, force, crime_type, outcome
        Codes into the names beside them.
    lon, lat
        Degrees (EPSG:4326); NaN where empty or not a number.
    not_a_number
        Rows with a coordinate that is neither empty nor a number.
    blank
        Rows with nothing in them.
    broken
        Records that are not in the arrays.
    swallowed_lines
        Line breaks inside quotation marks of rows that are.
    """

    row: NDArray[np.int64]
    crime_key: NDArray[np.uint64]
    month: NDArray[np.int32]
    month_names: tuple[str, ...]
    force: NDArray[np.int32]
    force_names: tuple[str, ...]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    not_a_number: NDArray[np.bool_]
    crime_type: NDArray[np.int32]
    type_names: tuple[str, ...]
    outcome: NDArray[np.int32]
    outcome_names: tuple[str, ...]
    blank: NDArray[np.bool_]
    broken: tuple[BrokenRow, ...]
    swallowed_lines: int


def read_columns(text: bytes, width: int, wanted: Sequence[int]) -> StreetColumns:
    """Parse the columns that are wanted.

    Parameters
    ----------
    text
        A CSV file in UTF-8, header included.
    width
        Columns that the header has.
    wanted
        Positions of Crime ID, month, force, longitude, latitude, crime type and outcome.
    """
    try:
        table, broken = _parse(text, width, wanted, _TYPES)
        (lon, odd_lon), (lat, odd_lat) = (_floats(table.column(position)) for position in (3, 4))
    except pa.ArrowInvalid:
        # A coordinate is not a number. Read those columns again as text, once, to find where.
        table, broken = _parse(text, width, wanted, _AS_TEXT)
        (lon, odd_lon), (lat, odd_lat) = (_floats_from_text(table.column(position)) for position in (3, 4))
    month, month_names = _names(table.column(1))
    force, force_names = _names(table.column(2))
    crime_type, type_names = _names(table.column(5))
    outcome, outcome_names = _names(table.column(6))
    return StreetColumns(
        row=_number_rows(table.num_rows, broken),
        crime_key=_keys(table.column(0)),
        month=month,
        month_names=month_names,
        force=force,
        force_names=force_names,
        lon=lon,
        lat=lat,
        not_a_number=odd_lon | odd_lat,
        crime_type=crime_type,
        type_names=type_names,
        outcome=outcome,
        outcome_names=outcome_names,
        blank=_find_blank(table, lon, lat, odd_lon | odd_lat),
        broken=tuple(broken),
        swallowed_lines=_count_swallowed(text, table.num_rows, broken),
    )


def _parse(text: bytes, width: int, wanted: Sequence[int], types: Sequence[Any]) -> tuple[Any, list[BrokenRow]]:
    names = [f"c{position}" for position in range(width)]
    chosen = [names[position] for position in wanted]
    if b"\n" not in text and b"\r" not in text:
        return pa.schema(list(zip(chosen, types, strict=True))).empty_table(), []
    broken: list[BrokenRow] = []
    before = 0

    def set_aside(row: Any) -> str:
        nonlocal before
        lines = 1 + max(row.text.count("\n"), row.text.count("\r"))
        reason = "wrong number of fields" if lines == 1 else "quotation mark is not closed"
        broken.append(BrokenRow(row.number + before, lines, reason))
        before += lines - 1
        return "skip"

    table = pa_csv.read_csv(
        pa.BufferReader(text),
        read_options=pa_csv.ReadOptions(
            use_threads=False,  # files run side by side, and only a single thread knows its row numbers
            block_size=min(len(text) + 1, _MAX_BLOCK),
            column_names=names,
            skip_rows=1,
        ),
        parse_options=pa_csv.ParseOptions(
            invalid_row_handler=set_aside, newlines_in_values=True, ignore_empty_lines=False
        ),
        convert_options=pa_csv.ConvertOptions(
            include_columns=chosen,
            column_types=dict(zip(chosen, types, strict=True)),
            null_values=[""],
            strings_can_be_null=False,
        ),
    )
    if any(column.num_chunks != 1 for column in table.columns):
        table = table.unify_dictionaries().combine_chunks()
    return table, broken


def _array(column: Any) -> Any:
    return column.chunk(0) if column.num_chunks else column.combine_chunks()


def _view(array: Any, dtype: type[np.generic]) -> NDArray[Any]:
    """View the values of an Arrow array; unlike its own conversion this does not import pandas, which takes longer."""
    values = array.buffers()[1]
    if values is None:
        return np.zeros(len(array), dtype=dtype)
    return np.frombuffer(values, dtype, count=array.offset + len(array))[array.offset :]


def _floats(column: Any) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    array = _array(column)
    values = _view(array, np.float64)
    odd = ~np.isfinite(values)
    if array.null_count:  # nulls are empty fields; any other value that is not finite was written so
        bits = np.frombuffer(array.buffers()[0], np.uint8)
        given = np.unpackbits(bits, count=array.offset + len(array), bitorder="little")[array.offset :].astype(bool)
        odd &= given
        return np.where(odd | ~given, nan, values), odd
    return np.where(odd, nan, values), odd


def _floats_from_text(column: Any) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    codes, names = _names(column)
    values = np.full(max(len(names), 1), nan)
    odd = np.zeros(max(len(names), 1), dtype=bool)
    for position, name in enumerate(names):
        text = name.strip()
        try:
            value = float(text) if "_" not in text else nan
        except ValueError:
            value = nan
        values[position] = value if isfinite(value) else nan
        odd[position] = bool(text) and not isfinite(value)
    return values[codes], odd[codes]


def _names(column: Any) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    array = _array(column)
    return _view(array.indices, np.int32), tuple(array.dictionary.to_pylist())


def _keys(column: Any) -> NDArray[np.uint64]:
    array = _array(column)
    keys = np.zeros(len(array), dtype=np.uint64)
    if not len(array):
        return keys
    _, offsets, characters = array.buffers()
    bounds = np.frombuffer(offsets, np.int32, count=array.offset + len(array) + 1)[array.offset :]
    length = np.diff(bounds)
    present = length > 0
    if not present.any():
        return keys
    if (length[present] == _ID_DIGITS).all():
        every = np.frombuffer(characters, np.uint8)[bounds[0] : bounds[-1]].reshape(-1, _ID_DIGITS)
        try:
            keys[present] = np.frombuffer(bytes.fromhex(every[:, :_KEY_DIGITS].tobytes().decode()), ">u8")
        except ValueError:  # some are not hexadecimal
            pass
        else:
            return keys
    for position in np.flatnonzero(present):
        keys[position] = key_of(array[int(position)].as_py())
    return keys


def key_of(crime_id: str) -> int:
    """Shorten a Crime ID to 64 bits: its first 16 hexadecimal digits, or as many of a digest for other IDs."""
    crime_id = crime_id.strip()
    if not crime_id:
        return 0
    head = crime_id[:_KEY_DIGITS]
    if len(crime_id) == _ID_DIGITS and all(digit in "0123456789abcdefABCDEF" for digit in head):
        return int(head, 16)
    return int.from_bytes(hashlib.sha256(crime_id.encode()).digest()[:8], "big")


def _number_rows(rows: int, broken: Sequence[BrokenRow]) -> NDArray[np.int64]:
    numbers = np.arange(2, rows + 2, dtype=np.int64)
    for item in broken:  # each pushes down what stands after it
        numbers[numbers >= item.row] += item.lines
    return numbers


def _find_blank(
    table: Any, lon: NDArray[np.float64], lat: NDArray[np.float64], odd: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    blank = np.isnan(lon) & np.isnan(lat) & ~odd
    for position in (1, 2, 5, 6):
        codes, names = _names(table.column(position))
        empty = [code for code, name in enumerate(names) if not name.strip()]
        if not empty:
            return np.zeros(len(blank), dtype=bool)
        blank &= np.isin(codes, empty)
    return blank


def _count_swallowed(text: bytes, rows: int, broken: Sequence[BrokenRow]) -> int:
    if b'"' not in text:
        return 0
    lines = max(text.count(b"\n"), text.count(b"\r"))
    if not text.endswith((b"\n", b"\r")):
        lines += 1
    return max(lines - 1 - rows - sum(item.lines for item in broken), 0)
