"""Tables beside a map: the ranking and the clusters, as many rows as there is room for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hotspots.views import palette
from hotspots.views.blocks import GAP, draw_heading
from hotspots.views.sheet import Box, badge_radius
from hotspots.views.typeset import fit_lines, line_height, measure
from hotspots.views.wording import write_count, write_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from hotspots.views.pictures import MapPicture
    from hotspots.views.sheet import Align, Sheet

_MOST_RANKED, _MOST_CLUSTERS = 12, 12
_FEWEST_ROWS = 3


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    title, cells
        Heading and texts.
    width
        Points; 0 takes what is left.
    align
        ``left`` or ``right``.
    badge
        Draw the cells as numbers on a round ground.
    bold
        Write the cells bold.
    """

    title: str
    cells: tuple[str, ...]
    width: float = 0.0
    align: Align = "left"
    badge: bool = False
    bold: bool = False


def row_height(sheet: Sheet) -> float:
    """Return the height of a table row."""
    return line_height(sheet.paper.small) + 3.5


def measure_column(sheet: Sheet, title: str, cells: Sequence[str], *, bold: bool = False) -> float:
    """Return the width that a column needs."""
    size = sheet.paper.small
    return max([measure(title, size=size), *(measure(cell, size=size, bold=bold) for cell in cells)], default=0.0) + 1


def draw_table(
    sheet: Sheet,
    columns: Sequence[Column],
    left: float,
    top: float,
    width: float,
    *,
    marked: Sequence[bool] = (),
    gap: float = 9.0,
) -> float:
    """Draw a table with a rule below each row, and return where the next block begins.

    Parameters
    ----------
    marked
        Rows that stand out on a tinted ground.
    gap
        Space between columns.
    """
    size, row = sheet.paper.small, row_height(sheet)
    fixed = sum(column.width for column in columns) + gap * (len(columns) - 1)
    flexible = max(width - fixed, 20.0)
    edges = []
    at = left
    for column in columns:
        wide = column.width or flexible
        edges.append((at, wide))
        at += wide + gap
    for column, (x, wide) in zip(columns, edges, strict=True):
        anchor = x + wide if column.align == "right" else x
        sheet.add_text(anchor, top + size * 0.95, column.title, size=size, colour=palette.GREY_TEXT, align=column.align)
    top += line_height(size) + 1
    sheet.add_rule(left, top, left + width, top, colour=palette.INK, width=0.9)
    count = len(columns[0].cells)
    for position in range(count):
        if position < len(marked) and marked[position]:
            sheet.add_box(Box(left - 3, top + 0.4, width + 6, row - 0.4), fill="#DCE8F5", behind=True)
        middle = top + row / 2
        for column, (x, wide) in zip(columns, edges, strict=True):
            if column.badge:
                sheet.add_badge(
                    x + badge_radius(size - 1), middle, column.cells[position], size=size - 1, fill=palette.CLUSTER
                )
                continue
            lines, fitted = fit_lines(
                column.cells[position], width=wide, size=size, bold=column.bold, smallest=size - 1.0
            )
            anchor = x + wide if column.align == "right" else x
            sheet.add_text(
                anchor,
                middle + size * 0.36,
                lines[0] if lines else "",
                size=fitted,
                bold=column.bold,
                align=column.align,
            )
        top += row
        sheet.add_rule(left, top, left + width, top, colour=palette.RULE, width=0.5)
    return top + GAP


def height_of_head(sheet: Sheet) -> float:
    """Return the height of a table's heading and column titles, and the gap below it."""
    return line_height(sheet.paper.body) + 3 + line_height(sheet.paper.small) + 1 + GAP


def count_clusters(picture: MapPicture) -> int:
    """Count the clusters that a table would list, given room."""
    return 0 if picture.clusters is None else min(len(picture.clusters), _MOST_CLUSTERS)


def draw_tables(sheet: Sheet, picture: MapPicture, box: Box) -> int:
    """Share the room beside a map between the ranking and the clusters; return how many clusters are listed."""
    head = height_of_head(sheet)
    row = row_height(sheet)
    listed = count_clusters(picture)
    clusters, ranked = listed, min(len(picture.ranked), _MOST_RANKED)
    tables = (clusters > 0) + (ranked > 0)
    if not tables:
        if picture.clusters is not None:
            _say_no_cluster(sheet, box)
        return 0
    room = int((box.height - tables * head + GAP) / row)
    if tables == 2:  # noqa: PLR2004 - both
        ranked = min(ranked, max(room - clusters, (room + 1) // 2))
        clusters = min(clusters, room - ranked)
    else:
        ranked, clusters = min(ranked, room), min(clusters, room)
    top = box.top
    if ranked >= max(min(_FEWEST_ROWS, len(picture.ranked)), 1):
        top = _draw_ranked(sheet, picture, ranked, Box(box.left, top, box.width, box.height))
    if picture.clusters is None or clusters < max(min(_FEWEST_ROWS, listed), 1):
        return 0
    _draw_clusters(sheet, picture.clusters, clusters, Box(box.left, top, box.width, box.height))
    return clusters


def _say_no_cluster(sheet: Sheet, box: Box) -> None:
    top = draw_heading(sheet, "No cluster", box.left, box.top, box.width)
    size = sheet.paper.small
    text = "Incidents here are spread out: no group of places is dense enough to stand out."
    lines, size = fit_lines(text, width=box.width, size=size, max_lines=3)
    sheet.add_lines(box.left, top, lines, size=size)


def _draw_ranked(sheet: Sheet, picture: MapPicture, count: int, box: Box) -> float:
    rows = picture.ranked[:count]
    top = draw_heading(sheet, picture.ranked_title, box.left, box.top, box.width)
    ranks = tuple(str(row.rank) for row in rows)
    values = tuple(write_number(row.value, decimals=picture.value_decimals) for row in rows)
    intervals = tuple(row.interval for row in rows)
    columns = [
        Column("Rank", ranks, measure_column(sheet, "Rank", ranks, bold=True), "right", bold=True),
        Column("Area", tuple(row.name for row in rows)),
        Column(picture.value_title, values, measure_column(sheet, picture.value_title, values), "right"),
    ]
    if any(intervals):
        columns.append(Column("90% range", intervals, measure_column(sheet, "90% range", intervals), "right"))
    marked = [bool(row.code) and row.code in picture.highlight for row in rows]
    return draw_table(sheet, columns, box.left, top, box.width, marked=marked)


def _draw_clusters(sheet: Sheet, clusters: pd.DataFrame, count: int, box: Box) -> float:
    total = len(clusters)
    heading = f"Clusters: largest {count} of {total:,}" if total > count else f"{write_count(total, 'cluster')}"
    top = draw_heading(sheet, heading, box.left, box.top, box.width)
    shown = clusters.head(count)
    numbers = tuple(str(int(number)) for number in shown["cluster"])
    incidents = tuple(write_number(float(value)) for value in shown["incidents"])
    columns = [
        Column("No.", numbers, 2 * badge_radius(sheet.paper.small - 1) + 4, badge=True),
        Column("Incidents", incidents, measure_column(sheet, "Incidents", incidents), "right"),
    ]
    named = next((column for column in ("name", "area_name") if column in shown), None)
    if named is not None:
        columns.insert(1, Column("Ward", tuple(str(value) for value in shown[named])))
    if "hectares" in shown:
        hectares = tuple(write_number(float(value)) for value in shown["hectares"])
        columns.append(Column("Hectares", hectares, measure_column(sheet, "Hectares", hectares), "right"))
    return draw_table(sheet, columns, box.left, top, box.width)
