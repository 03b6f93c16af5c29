"""A pack as a zip of pictures, with their words in an index; and zips whose bytes do not depend on the clock."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from hotspots.terms import slug
from hotspots.views.png import draw_picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from hotspots.views.pack import PackDocument, PackPage

ZIP_DAY = (1980, 1, 1, 0, 0, 0)
"""The first day that a zip can hold: every member carries it."""


def name_page(position: int, page: PackPage, ending: str = "png") -> str:
    """Name the file of a page: ``02-month-by-month.png``."""
    return f"{position:02d}-{slug(page.heading)[:60] or page.kind}.{ending}"


def draw_pages(
    document: PackDocument, *, size: str = "", progress: Callable[[str, int, int], None] | None = None
) -> Iterator[tuple[PackPage, str, bytes]]:
    """Draw the pictures of a pack one by one, as page, file name and PNG.

    Parameters
    ----------
    document
        The pack.
    size
        Size of the pictures; that of the pack when empty.
    progress
        Called with heading, pictures done and pictures in all.
    """
    for position, page in enumerate(document.pages, start=1):
        chosen = size or document.size
        content = draw_picture(page.picture, size=chosen, dark=document.dark)  # type: ignore[arg-type]  # sizes are checked when a template is read
        yield page, name_page(position, page), content
        if progress is not None:
            progress(page.heading, position, len(document.pages))


def write_pack_zip(document: PackDocument, *, progress: Callable[[str, int, int], None] | None = None) -> bytes:
    """Write a pack as a zip: one PNG a picture, ``index.txt`` with every alternative text, and the speaking note."""
    members = {name: content for _page, name, content in draw_pages(document, progress=progress)}
    members = {"index.txt": write_index(document).encode(), **members}
    if document.speaking_note:
        members["speaking-note.txt"] = (document.speaking_note + "\n").encode()
    return write_zip(members, comment=document.address)


def write_index(document: PackDocument) -> str:
    """Write what is in a pack as plain text, with each picture in words."""
    lines = [document.marking, document.full_title, document.period, document.audience, document.summary, ""]
    for position, page in enumerate(document.pages, start=1):
        lines += [name_page(position, page), page.heading, page.note, f"In words: {page.picture.alt}", ""]
    if document.told_left_out:
        lines += ["Left out:", *(f"- {heading}: {reason}" for heading, reason in document.told_left_out), ""]
    if document.way_back:
        lines.append(f"The same view is in the dashboard, at: {document.address}")
    lines += [document.basis, document.marking]
    kept = [line for position, line in enumerate(lines) if line or (position and lines[position - 1])]
    return "\n".join(kept) + "\n"


def write_zip(members: Mapping[str, bytes], *, comment: str = "") -> bytes:
    """Write a zip in which equal members give equal bytes; pictures, which are compressed already, are stored."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.comment = comment.encode()[:60_000]
        for name, content in members.items():
            member = zipfile.ZipInfo(name, ZIP_DAY)
            member.create_system = 3  # the same on every machine
            member.external_attr = 0o644 << 16
            member.compress_type = zipfile.ZIP_STORED if name.endswith((".png", ".jpeg")) else zipfile.ZIP_DEFLATED
            archive.writestr(member, content)
    return file.getvalue()
