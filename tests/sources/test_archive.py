"""Archives from outside: whole ones are read in memory, unsafe ones are refused in one sentence."""

from __future__ import annotations

import stat
import struct
import zipfile
from typing import TYPE_CHECKING

import pytest

from hotspots.errors import InputError
from hotspots.sources import archive as archive_module
from hotspots.sources.archive import Archive
from tests.police_uk_files import write_zip

if TYPE_CHECKING:
    from pathlib import Path

LIMIT = 2_000_000


def open_archive(path: Path, limit: int = LIMIT) -> Archive:
    return Archive(path, max_file_bytes=limit)


def test_members_are_listed_and_read(tmp_path: Path) -> None:
    path = write_zip(
        tmp_path / "a.zip",
        {"2022-02/b.CSV": b"two", "2022-01/a.csv": b"one", "__MACOSX/2022-01/._a.csv": b"x", "readme.txt": b"no"},
    )
    archive = open_archive(path)
    assert archive.list_members(".csv") == ["2022-01/a.csv", "2022-02/b.CSV"]
    assert archive.read("2022-01/a.csv") == b"one"
    assert archive.read("2022-01/a.csv", limit=2) == b"on"
    archive.close()


def test_truncated_archive(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"a.csv": b"x" * 10_000})
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(InputError, match=r"a\.zip is not a whole zip archive \(truncated or damaged\)"):
        open_archive(path)


def test_damaged_member(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"a.csv": bytes(range(256)) * 50}, compression=zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    data[500] ^= 0xFF
    path.write_bytes(data)
    archive = open_archive(path)
    with pytest.raises(InputError, match=r"damaged at a\.csv; download or copy the archive again"):
        archive.read("a.csv")
    archive.close()


@pytest.mark.parametrize(
    "name", ["../evil.csv", "a/../../evil.csv", "/etc/evil.csv", "C:/evil.csv", "..\\evil.csv", "\\evil.csv"]
)
def test_names_outside_the_archive(tmp_path: Path, name: str) -> None:
    path = write_zip(tmp_path / "a.zip", {"good.csv": b"x", name: b"evil"})
    with pytest.raises(InputError, match="points outside the archive"):
        open_archive(path)
    assert [file.name for file in tmp_path.rglob("*")] == ["a.zip"]


def test_symbolic_link(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("link.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(InputError, match="points outside the archive"):
        open_archive(path)


def test_encrypted(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"a.csv": b"secret"})
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = data.index(signature) + offset
        flags = struct.unpack_from("<H", data, start)[0]
        struct.pack_into("<H", data, start, flags | 1)
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"is encrypted at a\.csv"):
        open_archive(path)


def test_bomb_by_ratio(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"a.csv": b"0" * 1_900_000})
    with pytest.raises(InputError, match="as a zip bomb does; it is not read"):
        open_archive(path)


def test_bomb_by_size_of_a_table(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"a.csv": b"0" * (LIMIT + 1)}, compression=zipfile.ZIP_STORED)
    with pytest.raises(InputError, match=r"larger than 2 MB when unpacked; split it, or set HOTSPOTS_MAX_UPLOAD_MB"):
        open_archive(path)


def test_bomb_that_lies_about_its_size(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"a.csv": b"0" * 500_000})
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", data, data.index(signature) + offset, 1_000)
    path.write_bytes(data)
    archive = open_archive(path)
    with pytest.raises(InputError, match="damaged"):
        archive.read("a.csv")
    archive.close()


def test_member_larger_than_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the list of members says, reading stops at the limit."""
    path = write_zip(tmp_path / "a.zip", {"a.csv": b"0123456789"})
    monkeypatch.setattr(Archive, "_check", lambda _: None)
    archive = open_archive(path, limit=9)
    with pytest.raises(InputError, match="larger than"):
        archive.read("a.csv")
    archive.close()


def test_bomb_by_total(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "MAX_TOTAL_FILES", 2)
    path = write_zip(tmp_path / "a.zip", {f"{i}.txt": bytes([i]) * 900 for i in range(3)})
    with pytest.raises(InputError, match="more than is read; split the archive"):
        open_archive(path, limit=1_000)


def test_bomb_by_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "MAX_MEMBERS", 2)
    path = write_zip(tmp_path / "a.zip", {f"{i}.csv": b"x" for i in range(3)})
    with pytest.raises(InputError, match="lists 3 files, more than are read"):
        open_archive(path)


def test_unreadable_archive(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        open_archive(tmp_path / "missing.zip")
