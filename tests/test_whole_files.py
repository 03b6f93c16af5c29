"""Files are whole or not there, and what stood there before stays until then."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Any

import pytest

from hotspots.whole_files import replace_whole, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def test_a_file_is_written_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    write_whole(path, b"first")
    write_whole(path, (part for part in (b"sec", b"ond")))
    assert path.read_bytes() == b"second"
    assert list(tmp_path.iterdir()) == [path]


def test_content_that_breaks_off_leaves_what_was_there(tmp_path: Path) -> None:
    def break_off() -> Iterator[bytes]:
        yield b"half"
        raise ZeroDivisionError

    path = tmp_path / "labels.csv"
    write_whole(path, b"first")
    with pytest.raises(ZeroDivisionError):
        write_whole(path, break_off())
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["fsync", "replace"])
def test_a_refusal_of_the_system_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "labels.csv"
    write_whole(path, b"first")
    monkeypatch.setattr(os, name, refuse)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, b"second")
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_is_left_where_a_folder_stands_or_is_missing(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "folder", tmp_path / "none" / "file"):
        with pytest.raises(OSError, match="directory"):
            write_whole(path, b"text")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


@pytest.mark.skipif(os.name != "posix", reason="rights of files are those of POSIX systems")
def test_a_secret_is_its_owners_from_the_first_byte_on(tmp_path: Path) -> None:
    path = tmp_path / "secrets.toml"
    path.write_text("old")
    path.chmod(0o644)
    with replace_whole(path, mode=0o600) as temporary:
        assert stat.S_IMODE(temporary.stat().st_mode) == 0o600
        temporary.write_text("new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
