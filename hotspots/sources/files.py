"""Find the files of police.uk in what a user names: a CSV, a folder of any depth, or a zip in the bulk layout."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from hotspots.errors import InputError
from hotspots.months import parse_month
from hotspots.sources.archive import Archive
from hotspots.sources.text import read_header

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_HEAD = 8_192
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_NAME = re.compile(r"(\d{4}-\d{2})-([a-z0-9][a-z0-9-]*)-(street|outcomes|stop-and-search)\.csv", re.IGNORECASE)


class Kind(StrEnum):
    """What a CSV file is, told by its header and never by its name."""

    STREET = "street"
    OUTCOMES = "outcomes"
    STOP_AND_SEARCH = "stop-and-search"
    OTHER = "other"


STREET_COLUMNS = (
    "Crime ID", "Month", "Reported by", "Longitude", "Latitude", "Crime type", "Last outcome category",
)  # fmt: skip
"""Columns of a street file that are read; others may stand beside them, in any order."""


@dataclass(frozen=True)
class SourceFile:
    """One CSV file, on disk or in an archive.

    Attributes
    ----------
    label
        The file as a person finds it; inside an archive, ``archive.zip: member.csv``.
    kind
        What its header says it is.
    path
        The file, or the archive that holds it.
    member
        Its name in the archive; empty on disk.
    name_month, name_force
        What a file name of police.uk's pattern says (``2022-01-northumbria-street.csv``); None for other names.
    max_file_bytes
        Largest file that is read.
    archive
        The open archive; None on disk.
    """

    label: str
    kind: Kind
    path: Path
    member: str = ""
    name_month: int | None = None
    name_force: str | None = None
    max_file_bytes: int = 500_000_000
    archive: Archive | None = None

    def read(self) -> bytes:
        """Read the whole file.

        Raises
        ------
        InputError
            If it cannot be read, is damaged, or is too large.
        """
        if self.archive is not None:
            return self.archive.read(self.member)
        return _read(self.path, self.max_file_bytes, whole=True)

    def close(self) -> None:
        """Close the archive that holds it."""
        if self.archive is not None:
            self.archive.close()


def find_files(paths: Iterable[Path | str], *, max_file_bytes: int = 500_000_000) -> list[SourceFile]:
    """Find CSV files and tell what each is.

    Folders are searched to any depth, zip archives inside them included; hidden files are left out. A file named twice
    is listed once.

    Parameters
    ----------
    paths
        CSV files, folders and zip archives.
    max_file_bytes
        Largest file or archive member that is read.

    Returns
    -------
    list of SourceFile
        In the order of `paths`, then by name. Those of kind ``other`` are not police.uk's.

    Raises
    ------
    InputError
        If a path is missing or unreadable, an archive is damaged or unsafe, a file that was named itself (or is named
        as police.uk names its files) has other columns, or there is no CSV file at all.
    """
    given = [Path(path) for path in paths]
    found: list[SourceFile] = []
    seen: set[Path] = set()
    for path in given:
        for file, explicit in _walk(path):
            resolved = file.resolve()
            if resolved not in seen:
                seen.add(resolved)
                found.extend(_open(file, explicit=explicit, max_file_bytes=max_file_bytes))
    if not found:
        named = ", ".join(str(path) for path in given) or "no path"
        raise InputError(f"There is no CSV file in {named}; give police.uk files, a folder of them or the bulk zip.")
    return found


def _walk(path: Path) -> Iterator[tuple[Path, bool]]:
    if not path.exists():
        raise InputError(f"{path} does not exist; check the path.")
    if not path.is_dir():
        yield path, True
        return

    def refuse(error: OSError) -> None:
        raise InputError(f"{error.filename} cannot be read ({error.strerror}); check its permissions.") from None

    for folder, subfolders, names in os.walk(path, onerror=refuse):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        for name in sorted(names):
            if name.lower().endswith((".csv", ".zip")) and not name.startswith("."):
                yield Path(folder, name), False


def _open(path: Path, *, explicit: bool, max_file_bytes: int) -> list[SourceFile]:
    head = _read(path, _HEAD)
    if head.startswith(_ZIP_MAGIC) or path.suffix.lower() == ".zip":
        archive = Archive(path, max_file_bytes=max_file_bytes)
        members = archive.list_members(".csv")
        if explicit and not members:
            archive.close()
            raise InputError(f"{path} holds no CSV file; give the bulk download of police.uk.")
        return [
            _describe(
                f"{path}: {member}", archive.read(member, limit=_HEAD), path, member, archive, False, max_file_bytes
            )
            for member in members
        ]
    if path.stat().st_size > max_file_bytes:
        raise InputError(_say_too_large(path, max_file_bytes))
    return [_describe(str(path), head, path, "", None, explicit, max_file_bytes)]


def _describe(  # noqa: PLR0917 - called above only
    label: str, head: bytes, path: Path, member: str, archive: Archive | None, explicit: bool, max_file_bytes: int
) -> SourceFile:
    match = _NAME.fullmatch((member or path.name).replace("\\", "/").rsplit("/", 1)[-1])
    kind = tell_kind(label, read_header(head), strict=explicit or match is not None)
    return SourceFile(
        label=label,
        kind=kind,
        path=path,
        member=member,
        name_month=_month_or_none(match[1]) if match else None,
        name_force=match[2].lower() if match else None,
        max_file_bytes=max_file_bytes,
        archive=archive,
    )


def tell_kind(label: str, header: Sequence[str] | None, *, strict: bool) -> Kind:
    """Tell the kind of a file by its header.

    Parameters
    ----------
    label
        The file, for messages.
    header
        Column names as `read_header` gives them.
    strict
        Refuse a file that is none of police.uk's, rather than call it ``other``.

    Raises
    ------
    InputError
        If `strict` and the file is not one of police.uk's; the message names the missing columns.
    """
    columns = set(header or ())
    missing = [name for name in STREET_COLUMNS if name.casefold() not in columns]
    if not missing:
        return Kind.STREET
    if "object of search" in columns:
        return Kind.STOP_AND_SEARCH
    if "outcome type" in columns and "crime type" not in columns:
        return Kind.OUTCOMES
    if strict:
        raise InputError(_say_why_not(label, header, missing))
    return Kind.OTHER


def _say_why_not(label: str, header: Sequence[str] | None, missing: Sequence[str]) -> str:
    if header is None:
        return f"{label} is not a text file; give a CSV file, a folder or a zip archive of police.uk."
    if not header:
        return f"{label} is empty; download or copy it again."
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        return f"{label} does not separate its columns with commas; save it as a comma-separated (CSV) file."
    return (
        f"{label} is not a street file of police.uk: it has no column {', '.join(f'“{name}”' for name in missing)}; "
        "add or rename the columns."
    )


def _read(path: Path, size: int, *, whole: bool = False) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(size + 1 if whole else size)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); check the file and its permissions.") from None
    if whole and len(data) > size:
        raise InputError(_say_too_large(path, size))
    return data


def _say_too_large(path: Path, size: int) -> str:
    return f"{path} is larger than {size // 1_000_000:,} MB; split it, or set HOTSPOTS_MAX_UPLOAD_MB to more."


def _month_or_none(text: str) -> int | None:
    try:
        return parse_month(text)
    except InputError:
        return None  # the rows say which month it is
