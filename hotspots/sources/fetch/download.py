"""Bring members of a remote archive to disk: whole and checked, or as a part that the next attempt goes on from.

A member arrives as ``….part`` (the bytes of the archive), is unpacked when it is whole, checked against the archive's
own length and checksum, and only then gets its name. Killing the process at any moment loses at most the last piece.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hotspots.errors import StoreError
from hotspots.months import format_month
from hotspots.sources.fetch.client import FetchError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from hotspots.sources.fetch.client import Client
    from hotspots.sources.fetch.remote_archive import Member, RemoteArchive

_HEADING = struct.Struct("<4sHHHHHIIIHH")
_MAGIC = b"PK\x03\x04"
_STEP = 1 << 20
_DAMAGED_TRIES = 3


@dataclass(frozen=True)
class Downloaded:
    """A member on disk.

    Attributes
    ----------
    member
        What it is.
    path
        The unpacked file.
    sha256
        Its digest.
    """

    member: Member
    path: Path
    sha256: str


def download_members(
    client: Client,
    archive: RemoteArchive,
    members: Sequence[Member],
    folder: Path,
    *,
    progress: Callable[[str, int, int], None] | None = None,
) -> list[Downloaded]:
    """Bring members of one version of an archive to disk; those that are there already are not asked for.

    Parameters
    ----------
    client
        Who asks.
    archive, members
        What to bring.
    folder
        Where to; what lies there of another version is removed.
    progress
        Called with what is being done, bytes done and bytes in all.

    Raises
    ------
    ChangedError
        If the archive is replaced meanwhile.
    FetchError
        If the publisher does not give it, or gives it damaged.
    StoreError
        If it cannot be written.
    """
    place = folder / f"{archive.name.removesuffix('.zip')}-{archive.version}"
    try:
        place.mkdir(parents=True, exist_ok=True)
        for other in folder.glob(f"{archive.name.removesuffix('.zip')}-*"):
            if other != place:
                shutil.rmtree(other)
    except OSError as error:
        raise _unwritable(folder, error) from error
    total = sum(member.end - member.start for member in members)
    before = 0
    done = []
    for member in members:

        def advance(size: int, name: str = member.file_name, before: int = before) -> None:
            if progress is not None:
                progress(name, before + size, total)

        try:
            done.append(_download(client, archive, member, place, advance))
        except OSError as error:
            raise _unwritable(place, error) from error
        before += member.end - member.start
        advance(0, before=before)
    return done


def _download(
    client: Client, archive: RemoteArchive, member: Member, place: Path, advance: Callable[[int], None]
) -> Downloaded:
    path = place / format_month(member.month) / member.file_name
    if path.is_file() and path.stat().st_size == member.size:
        crc, sha256 = _measure(path)
        if crc == member.crc:
            return Downloaded(member, path, sha256)
    path.parent.mkdir(exist_ok=True)
    part = path.with_suffix(".part")
    for _ in range(_DAMAGED_TRIES):
        _receive(client, archive, member, part, advance)
        sha256 = _unpack(member, part, path)
        if sha256:
            part.unlink()
            return Downloaded(member, path, sha256)
        part.unlink()  # its bytes are wrong: from the beginning
    raise FetchError(
        f"{member.name} arrives damaged from {archive.url} ({_DAMAGED_TRIES} times); nothing was loaded. Try again "
        "later, or leave its month out."
    )


def _receive(
    client: Client, archive: RemoteArchive, member: Member, part: Path, advance: Callable[[int], None]
) -> None:
    size = member.end - member.start
    have = part.stat().st_size if part.exists() else 0
    if have > size:
        part.unlink()
        have = 0
    advance(have)
    if have == size:
        return
    with part.open("ab") as stream:

        def take(piece: bytes) -> None:
            nonlocal have
            try:
                stream.write(piece)
                stream.flush()
            except OSError as error:  # here, because the client takes such errors for those of the line
                raise _unwritable(part.parent, error) from error
            have += len(piece)
            advance(have)

        client.stream_range(archive.url, member.start + have, member.end, like=archive.headers, take=take)


def _unpack(member: Member, part: Path, path: Path) -> str:
    """Unpack and check a member; return its digest, or nothing when it is damaged."""
    with part.open("rb") as stream:
        heading = stream.read(_HEADING.size)
        if len(heading) < _HEADING.size or not heading.startswith(_MAGIC):
            return ""
        fields = _HEADING.unpack(heading)
        stream.seek(fields[-2] + fields[-1], os.SEEK_CUR)
        temporary = path.with_suffix(".tmp")
        with temporary.open("wb") as out:
            sha256 = _inflate(stream, member, out)
            out.flush()
            os.fsync(out.fileno())
    if not sha256:
        temporary.unlink()
        return ""
    temporary.replace(path)
    return sha256


def _inflate(stream: BinaryIO, member: Member, out: BinaryIO) -> str:
    packer = None if member.stored else zlib.decompressobj(-zlib.MAX_WBITS)
    digest, crc, size, left = hashlib.sha256(), 0, 0, member.compressed
    while left and (packed := stream.read(min(_STEP, left))):
        left -= len(packed)
        try:
            data = packed if packer is None else packer.decompress(packed)
        except zlib.error:
            return ""
        size += len(data)
        if size > member.size:
            return ""
        crc = zlib.crc32(data, crc)
        digest.update(data)
        out.write(data)
    whole = not left and size == member.size and crc == member.crc and (packer is None or packer.eof)
    return digest.hexdigest() if whole else ""


def _measure(path: Path) -> tuple[int, str]:
    digest, crc = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while data := stream.read(_STEP):
            crc = zlib.crc32(data, crc)
            digest.update(data)
    return crc, digest.hexdigest()


def _unwritable(folder: Path, error: OSError) -> StoreError:
    return StoreError(
        f"{folder} cannot be written ({error.strerror or error}); nothing was loaded. Free some space or check the "
        "permissions, then fetch again: it goes on from where it stopped."
    )
