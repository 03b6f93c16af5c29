"""Write files whole or not at all: under another name first, flushed to the disk, then renamed in one step."""

from __future__ import annotations

import os
import uuid
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

TEMPORARY = ".tmp-"
"""How the name begins under which a file is written until it is whole."""


def write_whole(path: Path, content: bytes | Iterable[bytes], *, mode: int | None = None) -> None:
    """Write a file so that it is either whole on the disk under its name, or not there; an older one stays until then.

    Parameters
    ----------
    path
        Where; its folder must be there.
    content
        All of it, or its parts in order.
    mode
        Who may read and write it, such as ``0o600``, from its first byte on; as the system has it when None.

    Raises
    ------
    OSError
        If it cannot be written; nothing is left behind. The caller words what to do.
    """
    with replace_whole(path, mode=mode) as temporary, temporary.open("wb") as file:
        file.writelines((content,) if isinstance(content, bytes) else content)


@contextmanager
def replace_whole(path: Path, *, mode: int | None = None) -> Iterator[Path]:
    """Give the name of a temporary file to write, which takes the place of a file when the block ends well.

    Parameters
    ----------
    path, mode
        As for :func:`write_whole`.

    Raises
    ------
    OSError
        If it cannot be written; nothing is left behind, whatever else the block raises.
    """
    temporary = path.with_name(f"{TEMPORARY}{uuid.uuid4().hex}")
    try:
        if mode is not None:
            os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)  # noqa: PTH105 - a test counts the calls of this function to stop between them
    except BaseException:
        with suppress(OSError):  # the first failure is the one to tell
            temporary.unlink(missing_ok=True)
        raise
