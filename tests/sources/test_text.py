"""Encodings: what is saved by spreadsheets, by databases and by both in one file."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspots.sources.text import read_header, to_utf8

LINES = "Name,Place\r\nCafé,Caffè\r\n"


def test_plain_text_passes_through_without_a_note() -> None:
    assert to_utf8(b"a,b\r\n1,2\r\n") == (b"a,b\r\n1,2\r\n", ())
    assert to_utf8(LINES.encode()) == (LINES.encode(), ())


def test_byte_order_mark_is_removed_and_noted() -> None:
    text, notes = to_utf8(codecs.BOM_UTF8 + LINES.encode())
    assert text == LINES.encode()
    assert notes == ("It begins with a byte order mark.",)


@pytest.mark.parametrize(("mark", "codec"), [(codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")])
def test_utf16_is_read_and_noted(mark: bytes, codec: str) -> None:
    text, notes = to_utf8(mark + LINES.encode(codec))
    assert text == LINES.encode()
    assert "UTF-16" in notes[0]


def test_lines_of_windows_1252_are_repaired_one_by_one() -> None:
    mixed = b"a,b\r\n" + "Café,1\r\n".encode() + "Café’s,2\r\n".encode("cp1252") + b"plain,3\r\n"
    text, notes = to_utf8(mixed)
    assert text == "a,b\r\nCafé,1\r\nCafé’s,2\r\nplain,3\r\n".encode()
    assert notes == ("1 line that is not UTF-8 was read as Windows-1252.",)


def test_several_lines_of_windows_1252_are_counted() -> None:
    _, notes = to_utf8(b"\xe9\n\xe9\nx\n")
    assert notes == ("2 lines that are not UTF-8 were read as Windows-1252.",)


def test_bytes_that_windows_1252_lacks_do_not_stop_a_file() -> None:
    assert to_utf8(b"a\n\x81\xe9\n")[0] == "a\n\N{REPLACEMENT CHARACTER}é\n".encode()


@pytest.mark.parametrize(
    "junk",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"a,b\r\n1,\x002\r\n",
        codecs.BOM_UTF16_LE + b"\x00\xd8\x00",
    ],
    ids=["picture", "nul", "broken UTF-16"],
)
def test_what_is_not_text_is_told_apart(junk: bytes) -> None:
    assert to_utf8(junk) == (None, ())


@given(st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_any_utf8_text_survives(text: str) -> None:
    assert to_utf8(codecs.BOM_UTF8 + text.encode())[0] == text.encode()


@pytest.mark.parametrize(
    "data",
    [
        b'Crime ID, "Month" ,Crime  type\r\n1,2,3\r\n',
        codecs.BOM_UTF8 + b"crime id,MONTH,crime type",
        codecs.BOM_UTF16_LE + "Crime ID,Month,Crime type\r\n".encode("utf-16-le"),
        codecs.BOM_UTF16_BE + "Crime ID,Month,Crime type\r\n".encode("utf-16-be"),
    ],
    ids=["quotes and spaces", "mark", "UTF-16 LE", "UTF-16 BE"],
)
def test_header_is_read_in_one_spelling(data: bytes) -> None:
    assert read_header(data) == ["crime id", "month", "crime type"]


def test_header_of_nothing_and_of_no_text() -> None:
    assert read_header(b"") == []
    assert read_header(b"\x89PNG\r\n\x1a\n\0\0") is None
    assert read_header(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n") is None
    assert read_header(b"\x1b[31mred,green\n") is None
