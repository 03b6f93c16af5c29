"""Zip archives from outside, read member by member in memory: nothing is ever unpacked to disk."""

from __future__ import annotations

import stat
import zipfile
import zlib
from typing import TYPE_CHECKING

from hotspots.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

MAX_MEMBERS = 200_000
MAX_RATIO = 200
"""police.uk files shrink about eightfold; a table that shrinks more than this was made to fill memory."""
RATIO_MATTERS_ABOVE = 1_000_000
"""Bytes below which a ratio says nothing."""
MAX_TOTAL_FILES = 100
"""An archive may unpack to this many times the largest member that is read."""
_READ_STEP = 1 << 20


class Archive:
    """An open zip archive whose list of members has been checked.

    Parameters
    ----------
    path
        The archive.
    max_file_bytes
        Largest member that is read.

    Raises
    ------
    InputError
        If it is not a whole zip archive, is encrypted, names a place outside itself, or would unpack to too much.
    """

    def __init__(self, path: Path, *, max_file_bytes: int) -> None:
        self.path = path
        self._max_file_bytes = max_file_bytes
        try:
            self._zip = zipfile.ZipFile(path)
        except zipfile.BadZipFile:
            raise InputError(
                f"{path} is not a whole zip archive (truncated or damaged); download or copy it again."
            ) from None
        except OSError as error:
            raise InputError(f"{path} cannot be read ({error.strerror}); check the file and its permissions.") from None
        try:
            self._check()
        except InputError:
            self._zip.close()
            raise

    def list_members(self, suffix: str) -> list[str]:
        """Name the files that end in `suffix` (any case), sorted; what operating systems add is left out."""
        names = (info.filename for info in self._zip.infolist() if not info.is_dir())
        return sorted(
            name for name in names if name.lower().endswith(suffix) and not name.startswith("__MACOSX/")
        )  # fmt: skip

    def read(self, member: str, *, limit: int | None = None) -> bytes:
        """Read a member into memory.

        Parameters
        ----------
        member
            Its name.
        limit
            Read only this many bytes from its beginning.

        Raises
        ------
        InputError
            If the member is damaged, or larger than the archive says or than is read.
        """
        most = self._max_file_bytes if limit is None else limit
        parts: list[bytes] = []
        size = 0
        try:
            with self._zip.open(member) as stream:
                while size <= most and (part := stream.read(min(_READ_STEP, most + 1 - size))):
                    parts.append(part)
                    size += len(part)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError):
            raise InputError(
                f"{self.path} is damaged at {member}; download or copy the archive again, or make it with ordinary "
                "zip compression."
            ) from None
        if limit is None and size > most:
            raise InputError(self._too_large(member))
        return b"".join(parts)[:most]

    def close(self) -> None:
        """Close the archive."""
        self._zip.close()

    def _check(self) -> None:
        members = self._zip.infolist()
        if len(members) > MAX_MEMBERS:
            raise InputError(f"{self.path} lists {len(members):,} files, more than are read; split the archive.")
        total = 0
        for info in members:
            self._check_name(info)
            if info.flag_bits & 0x1:
                raise InputError(f"{self.path} is encrypted at {info.filename}; unlock it and give the files inside.")
            if info.file_size > self._max_file_bytes and info.filename.lower().endswith(".csv"):
                raise InputError(self._too_large(info.filename))
            if info.file_size > RATIO_MATTERS_ABOVE and info.file_size > MAX_RATIO * max(info.compress_size, 1):
                raise InputError(
                    f"{self.path} holds {info.filename}, which would unpack to {info.file_size // 1_000_000:,} MB from "
                    f"{info.compress_size:,} bytes, as a zip bomb does; it is not read."
                )
            total += info.file_size
        if total > MAX_TOTAL_FILES * self._max_file_bytes:
            raise InputError(
                f"{self.path} would unpack to {total // 1_000_000:,} MB, more than is read; split the archive."
            )

    def _check_name(self, info: zipfile.ZipInfo) -> None:
        # The raw name: ZipInfo has turned backslashes into slashes only on Windows, and cut the name at a NUL.
        raw = info.orig_filename.replace("\\", "/")
        drive = len(raw) > 1 and raw[1] == ":"
        linked = stat.S_ISLNK(info.external_attr >> 16)
        if raw.startswith("/") or drive or "\0" in raw or ".." in raw.split("/") or linked:
            raise InputError(
                f"{self.path} holds “{info.filename}”, which points outside the archive; it is not read. Make the "
                "archive again from the files themselves."
            )

    def _too_large(self, member: str) -> str:
        return (
            f"{self.path} holds {member}, which is larger than {self._max_file_bytes // 1_000_000:,} MB when unpacked; "
            "split it, or set HOTSPOTS_MAX_UPLOAD_MB to more."
        )
