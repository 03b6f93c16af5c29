"""A pack as PDF: a first page, one sheet a page with its lines and letters kept sharp, and the notes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from matplotlib.backends.backend_pdf import FigureCanvasPdf, PdfPages

from hotspots.views.blocks import draw_frame
from hotspots.views.metadata import Label
from hotspots.views.pack import list_paragraphs
from hotspots.views.pictures import Picture
from hotspots.views.png import lay_out
from hotspots.views.sheet import PAPERS, drawing, open_sheet
from hotspots.views.typeset import fit_lines, line_height

if TYPE_CHECKING:
    from collections.abc import Callable

    from hotspots.views.pack import PackDocument
    from hotspots.views.sheet import Sheet

Line = tuple[str, float, bool]
"""Text, its size (a multiple of the body type, then points), and whether it is bold."""
_MOST_LINES = 2_000


def write_pack_pdf(document: PackDocument, *, progress: Callable[[str, int, int], None] | None = None) -> bytes:
    """Write a pack as a PDF of vector sheets.

    Parameters
    ----------
    document
        The pack.
    progress
        Called with heading, pictures done and pictures in all.

    Returns
    -------
    bytes
        A PDF file; equal packs give equal bytes. Its keywords hold the address of the view.
    """
    file = io.BytesIO()
    with drawing(), PdfPages(file, metadata=_describe(document)) as pages:
        for sheet in _write_sheets(document, "", _list_first(document)):
            _add(pages, sheet)
        for position, page in enumerate(document.pages, start=1):
            _add(pages, lay_out(page.picture, size=document.size, dark=document.dark))
            if progress is not None:
                progress(page.heading, position, len(document.pages))
        for sheet in _write_sheets(document, "Notes", _list_notes(document)):
            _add(pages, sheet)
    return file.getvalue()


def _add(pages: PdfPages, sheet: Sheet) -> None:
    canvas: Any = FigureCanvasPdf(sheet.figure)
    canvas.print_figure(pages, format="pdf", dpi=sheet.dpi, facecolor=sheet.figure.get_facecolor())


def _describe(document: PackDocument) -> dict[str, Any]:
    label = Label(
        title=document.full_title,
        description=" ".join([document.summary, *(page.picture.alt for page in document.pages)]),
        address=document.address,
        source=document.source,
        data_version=document.data_version,
        made_on="" if document.made_on is None else document.made_on.isoformat(),
        marking=document.marking,
    )
    return label.to_pdf()


def _list_first(document: PackDocument) -> list[Line]:
    contents: list[Line] = [(f"{number}.  {page.heading}", 1.3, False) for number, page in enumerate(document.pages, 1)]
    return [
        (document.summary, 1.4, False),
        ("", 1.0, False),
        *contents,
        ("", 1.0, False),
        *((f"Left out: {heading}. {reason}", 1.0, False) for heading, reason in document.told_left_out),
        (document.way_back, 1.0, False),
    ]


def _list_notes(document: PackDocument) -> list[Line]:
    lines: list[Line] = []
    if document.speaking_note:
        lines.append(("Speaking note", 1.3, True))
        lines += [(text, 1.2, False) for text in list_paragraphs(document.speaking_note)]
    for page in document.pages:
        if page.note:
            lines += [("", 1.0, False), (page.heading, 1.3, True)]
            lines += [(text, 1.2, False) for text in list_paragraphs(page.note)]
    return lines


def _write_sheets(document: PackDocument, title: str, lines: list[Line]) -> list[Sheet]:
    """Set lines of text on as many sheets as they need; sizes are multiples of the paper's body type."""
    sheets: list[Sheet] = []
    rest = _wrap_lines(document, lines)
    while rest:
        sheet = open_sheet(document.size, dark=document.dark)
        frame = Picture(
            title=document.full_title if not title else f"{document.full_title} · {title.lower()}",
            subtitle=" · ".join(part for part in (document.period, document.audience) if part),
            source=document.source,
            data_version=document.data_version,
            made_on=document.made_on,
            marking=document.marking,
        )
        box = draw_frame(sheet, frame)
        top = box.top + sheet.paper.body
        while rest:
            text, size, bold = rest[0]
            if top + line_height(size) > box.bottom and top > box.top + sheet.paper.body:
                break
            top = sheet.add_lines(box.left, top, [text], size=size, bold=bold) if text else top + size
            rest.pop(0)
        sheets.append(sheet)
    return sheets


def _wrap_lines(document: PackDocument, lines: list[Line]) -> list[Line]:
    """Break lines to the width of the sheet, each with its size in points; an empty one parts paragraphs."""
    paper = PAPERS[document.size]
    width = paper.width - 2 * paper.margin
    wrapped: list[Line] = []
    for text, scale, bold in lines:
        size = paper.body * scale
        if text:
            parts, _size = fit_lines(text, width=width, size=size, bold=bold, max_lines=_MOST_LINES)
            wrapped += [(part, size, bold) for part in parts]
        wrapped.append(("", size * 0.5, False))
    while wrapped and not wrapped[-1][0]:
        wrapped.pop()
    return wrapped
