"""The list of members of a zip archive on a server, read without the archive.

The list stands at the end of a zip, so two or three range requests are enough. Every later part must come from the same
version of the archive, which its ETag, date and size pin down.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hotspots.errors import InputError
from hotspots.months import parse_month
from hotspots.sources.archive import MAX_MEMBERS, MAX_RATIO, RATIO_MATTERS_ABOVE
from hotspots.sources.fetch.client import FetchError, read_total
from hotspots.sources.files import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hotspots.sources.fetch.client import Client

_NAME = re.compile(r"(?:.*/)?(\d{4}-\d{2})-([a-z0-9][a-z0-9-]*?)-(street|outcomes|stop-and-search)\.csv")
_TAIL = 1 << 16
_READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(frozen=True)
class Member:
    """One file of a remote archive.

    Attributes
    ----------
    name
        As the archive writes it.
    force, month, kind
        What the name says; months since January 1970.
    start, end
        Bytes of the archive that hold it with its heading; `end` is excluded.
    compressed, size, crc
        Bytes packed and unpacked, and the checksum of the latter.
    stored
        True when it is not compressed.
    """

    name: str
    force: str
    month: int
    kind: Kind
    start: int
    end: int
    compressed: int
    size: int
    crc: int
    stored: bool

    @property
    def file_name(self) -> str:
        """The last part of its name, which police.uk makes unique."""
        return self.name.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class RemoteArchive:
    """One version of an archive on a server.

    Attributes
    ----------
    url
        Where it lies, after redirects.
    size
        Bytes.
    headers
        What pins the version down; part of every later request.
    members
        The files that police.uk's names tell, in the order of the archive.
    encrypted
        True when its store encrypts it with a key of its own, so that the ETag is no checksum.
    """

    url: str
    size: int
    headers: Mapping[str, str]
    members: tuple[Member, ...]
    encrypted: bool = False

    @property
    def version(self) -> str:
        """Sixteen hexadecimal digits that change with the archive."""
        told = (self.url, str(self.size), self.headers.get("etag", ""), self.headers.get("last-modified", ""))
        return hashlib.sha256("|".join(told).encode()).hexdigest()[:16]

    @property
    def name(self) -> str:
        """The last part of its address."""
        return urlsplit(self.url).path.rsplit("/", 1)[-1]


def read_archive(client: Client, url: str, *, max_file_bytes: int) -> RemoteArchive:
    """Read the list of members of a remote archive.

    Parameters
    ----------
    client
        Who asks.
    url
        The archive.
    max_file_bytes
        Largest member that is read.

    Raises
    ------
    FetchError
        If it cannot be had, or is not a zip archive that can be trusted.
    """
    first = client.read_range(url, 0, 1)
    url = first.url  # data.police.uk hands archives on to a store of its own: ask there at once
    size = read_total(first.headers)
    if size < 0:
        raise FetchError(f"{urlsplit(url).hostname} does not tell the size of {urlsplit(url).path}; try again later.")
    pinned = {name: first.headers[name] for name in ("etag", "last-modified", "content-range") if name in first.headers}
    try:
        # The file gives up its parts through ZipFile's own reading, which knows every form a directory may have.
        with zipfile.ZipFile(_Window(client, url, size, pinned)) as archive:
            infos = sorted(archive.infolist(), key=lambda info: info.header_offset)
            end_of_members = archive.start_dir
    except zipfile.BadZipFile:
        raise FetchError(
            f"{url} is not a whole zip archive; the publisher may be replacing it: try again later."
        ) from None
    if len(infos) > MAX_MEMBERS:
        raise FetchError(f"{url} lists {len(infos):,} files, more than are read.")
    ends = [*(info.header_offset for info in infos[1:]), end_of_members]
    members = []
    for info, end in zip(infos, ends, strict=True):
        if (match := _NAME.fullmatch(info.filename)) is not None:
            members.append(_describe(info, end, match, url, max_file_bytes))
    for before, after in itertools.pairwise(members):
        if after.start < before.end:
            raise FetchError(f"{url} holds members that overlap, as no honest archive does; it is not read.")
    encrypted = "kms" in first.headers.get("x-amz-server-side-encryption", "")
    return RemoteArchive(url, size, pinned, tuple(members), encrypted=encrypted)


def _describe(info: zipfile.ZipInfo, end: int, match: re.Match[str], url: str, max_file_bytes: int) -> Member:
    if info.file_size > max_file_bytes:
        raise FetchError(
            f"{url} holds {info.filename}, which is larger than {max_file_bytes // 1_000_000:,} MB when unpacked; set "
            "HOTSPOTS_MAX_UPLOAD_MB to more."
        )
    if info.file_size > RATIO_MATTERS_ABOVE and info.file_size > MAX_RATIO * max(info.compress_size, 1):
        raise FetchError(f"{url} holds {info.filename}, packed as only a zip bomb is; it is not read.")
    if info.flag_bits & 0x1 or info.compress_type not in _READABLE or end - info.header_offset < info.compress_size:
        raise FetchError(f"{url} holds {info.filename} in a form that is not read (encrypted, or packed unusually).")
    try:
        month = parse_month(match[1])
    except InputError:
        raise FetchError(f"{url} holds {info.filename}, whose name is no month; it is not read.") from None
    return Member(
        name=info.filename,
        force=match[2],
        month=month,
        kind=Kind(match[3]),
        start=info.header_offset,
        end=end,
        compressed=info.compress_size,
        size=info.file_size,
        crc=info.CRC,
        stored=info.compress_type == zipfile.ZIP_STORED,
    )


class _Window(io.RawIOBase):
    """A remote file that is read like one on disk; its last bytes are kept, because a zip is read from its end."""

    def __init__(self, client: Client, url: str, size: int, pinned: Mapping[str, str]) -> None:
        self._client = client
        self._url = url
        self._size = size
        self._pinned = pinned
        self._place = 0
        self._kept_from = size
        self._kept = b""

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        place = base + offset
        if place < 0:
            raise OSError("before the beginning of the file")
        self._place = place
        return place

    def read(self, size: int = -1) -> bytes:
        end = self._size if size < 0 else min(self._place + size, self._size)
        if end <= self._place:
            return b""
        if self._place < self._kept_from:
            start = max(min(self._place, self._size - _TAIL), 0)
            missing = self._client.read_range(self._url, start, self._kept_from, like=self._pinned)
            self._kept = missing.body + self._kept
            self._kept_from = start
        part = self._kept[self._place - self._kept_from : end - self._kept_from]
        self._place = end
        return part
