"""Bytes of a text file, in whatever encoding it was saved, as UTF-8."""

from __future__ import annotations

import codecs
import csv
import io

_HEADER_BYTES = 8_192
_UTF16 = ((codecs.BOM_UTF16_LE, "UTF-16 LE"), (codecs.BOM_UTF16_BE, "UTF-16 BE"))


def to_utf8(data: bytes) -> tuple[bytes | None, tuple[str, ...]]:
    """Turn the bytes of a text file into UTF-8 without a byte order mark.

    UTF-8 and UTF-16 are told by their marks; a line that is not UTF-8 is taken for Windows-1252, line by line, because
    files put together from several systems mix the two.

    Parameters
    ----------
    data
        The whole file.

    Returns
    -------
    bytes or None
        The text; None when the file is not text (it holds NUL bytes).
    tuple of str
        One sentence for each thing that was put right.
    """
    for mark, name in _UTF16:
        if data.startswith(mark):
            try:
                return data[2:].decode(name.replace(" ", "-")).encode(), (f"It was saved as {name}.",)
            except UnicodeDecodeError:
                return None, ()
    notes: tuple[str, ...] = ()
    if data.startswith(codecs.BOM_UTF8):
        data, notes = data[3:], ("It begins with a byte order mark.",)
    if b"\0" in data:
        return None, ()
    if data.isascii():
        return data, notes
    try:
        data.decode()
    except UnicodeDecodeError:
        data, lines = _repair(data)
        count = "1 line" if lines == 1 else f"{lines:,} lines"
        notes += (f"{count} that {'is' if lines == 1 else 'are'} not UTF-8 {_WAS[lines == 1]} read as Windows-1252.",)
    return data, notes


_WAS = {True: "was", False: "were"}


def _repair(data: bytes) -> tuple[bytes, int]:
    lines = data.splitlines(keepends=True)
    repaired = 0
    for position, line in enumerate(lines):
        if line.isascii():
            continue
        try:
            line.decode()
        except UnicodeDecodeError:
            lines[position] = line.decode("cp1252", errors="replace").encode()
            repaired += 1
    return b"".join(lines), repaired


def read_header(data: bytes) -> list[str] | None:
    """Read the column names of a CSV file.

    Parameters
    ----------
    data
        The file, or its beginning.

    Returns
    -------
    list of str or None
        Names in lower case with single spaces; empty for an empty file, None when it is not text.
    """
    head = data[:_HEADER_BYTES]
    for mark, name in _UTF16:
        if head.startswith(mark):
            text = head[2:].decode(name.replace(" ", "-"), errors="ignore")
            break
    else:
        if b"\0" in head or head.startswith(b"%PDF-"):
            return None
        text = head.removeprefix(codecs.BOM_UTF8).decode("utf-8", errors="replace")
    line = (text.splitlines() or [""])[0]
    if any(ord(character) < 32 and character != "\t" for character in line):  # noqa: PLR2004 - control characters
        return None
    try:
        row = next(csv.reader(io.StringIO(line), skipinitialspace=True), [])
    except csv.Error:
        return None
    return [" ".join(name.split()).casefold() for name in row]
