"""A listing beside a map: as many rows as there is room for, numbers as they stand on the map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotspots.views.blocks import GAP, draw_heading
from hotspots.views.sheet import badge_radius
from hotspots.views.tables import Column, count_more_lines, draw_table, height_of_head, measure_column, row_height
from hotspots.views.typeset import fit_lines, line_height

if TYPE_CHECKING:
    from hotspots.views.painted import Listing
    from hotspots.views.sheet import Box, Sheet

_LEAST_NAMES = 52.0
"""Points that names keep before the last columns are left out."""


def count_rows(sheet: Sheet, listing: Listing, height: float) -> int:
    """Count the rows that fit a height."""
    room = int((height - height_of_head(sheet) + GAP) / row_height(sheet))
    return max(min(len(listing.rows), room), 0)


def draw_listing(sheet: Sheet, listing: Listing, box: Box) -> int:
    """Draw a listing, and return how many rows of it."""
    if listing.wrapped and listing.rows:
        return _draw_words(sheet, listing, box)
    count = count_rows(sheet, listing, box.height)
    if not listing.rows:
        if listing.empty and box.height > line_height(sheet.paper.body) * 4:
            top = draw_heading(sheet, listing.title, box.left, box.top, box.width)
            lines, size = fit_lines(listing.empty, width=box.width, size=sheet.paper.small, max_lines=3)
            sheet.add_lines(box.left, top, lines, size=size)
        return 0
    if count < min(len(listing.rows), 2):
        return 0
    title = listing.title if count == len(listing.rows) else f"{listing.title}: first {count} of {len(listing.rows):,}"
    top = draw_heading(sheet, title, box.left, box.top, box.width)
    columns = choose_columns(sheet, listing, count, box.width)
    taller = count_more_lines(sheet, columns, box.width) * line_height(sheet.paper.small)
    fits = height_of_head(sheet) + count * row_height(sheet) + taller <= box.height
    draw_table(sheet, columns, box.left, top, box.width, wrap=bool(taller) and fits)
    return count


def _draw_words(sheet: Sheet, listing: Listing, box: Box) -> int:
    """Set each row as a paragraph, the word in bold; as many as there is room for."""
    size = sheet.paper.small
    top = draw_heading(sheet, listing.title, box.left, box.top, box.width)
    for done, (word, meaning) in enumerate(listing.rows):
        lines, fitted = fit_lines(meaning, width=box.width, size=size, max_lines=3)
        if top + line_height(size) * (1 + len(lines)) > box.bottom:
            return done
        top = sheet.add_lines(box.left, top, [word], size=size, bold=True)
        top = sheet.add_lines(box.left, top, lines, size=fitted) + 3
    return len(listing.rows)


def choose_columns(sheet: Sheet, listing: Listing, count: int, width: float) -> list[Column]:
    """Lay the columns out; the last ones are left out where names would have no room."""
    columns: list[Column] = []
    for position, head in enumerate(listing.heads):
        cells = tuple(row[position] for row in listing.rows[:count])
        if position == 0 and listing.numbered:
            columns.append(Column(head.title, cells, 2 * badge_radius(sheet.paper.small - 1) + 4, badge=True))
        elif head.align == "left" and all(column.width or column.badge for column in columns):
            columns.append(Column(head.title, cells))
        else:
            columns.append(Column(head.title, cells, measure_column(sheet, head.title, cells), head.align))
    names = next((column for column in columns if not column.width), None)
    while names is not None and len(columns) > 2:  # noqa: PLR2004 - a name and one figure are the least
        taken = sum(column.width for column in columns) + 9 * (len(columns) - 1)
        if width - taken >= min(measure_column(sheet, names.title, names.cells), _LEAST_NAMES):
            break
        columns.pop()
    return columns
