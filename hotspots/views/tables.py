"""Tables beside a map: the ranking and the clusters, as many rows as there is room for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import shapely

from hotspots.views.blocks import GAP, draw_heading
from hotspots.views.sheet import Box, badge_radius
from hotspots.views.typeset import fit_lines, line_height, measure
from hotspots.views.wording import write_count, write_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from hotspots.views.pictures import MapPicture, RankedRow
    from hotspots.views.sheet import Align, Sheet

_MOST_RANKED, _MOST_CLUSTERS = 12, 12
_FEWEST_ROWS = 3
_MOST_CHOSEN = 5
_COLUMN_GAP = 9.0
_NAME_LINES = 3
"""Lines that a long name may take where there is room."""
_SHORT_NAME = 64.0
"""Widest heading, in points, that still names the area."""


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
    broken_at: int | None = None,
    gap: float = _COLUMN_GAP,
    wrap: bool = False,
) -> float:
    """Draw a table with a rule below each row, and return where the next block begins.

    Parameters
    ----------
    marked
        Rows that stand out on a tinted ground.
    broken_at
        Position of the row before which ranks are left out; None where none are.
    gap
        Space between columns.
    wrap
        Give a name that is too long for its column more lines; see `count_more_lines`.
    """
    size = sheet.paper.small
    flexible = _measure_rest(columns, width, gap)
    edges = []
    at = left
    for column in columns:
        wide = column.width or flexible
        edges.append((at, wide))
        at += wide + gap
    for column, (x, wide) in zip(columns, edges, strict=True):
        anchor = x + wide if column.align == "right" else x
        sheet.add_text(
            anchor, top + size * 0.95, column.title, size=size, colour=sheet.theme.grey_text, align=column.align
        )
    top += line_height(size) + 1
    sheet.add_rule(left, top, left + width, top, colour=sheet.theme.ink, width=0.9)
    count = len(columns[0].cells)
    for position in range(count):
        row, second = row_height(sheet), list[str]()
        if position < len(marked) and marked[position]:
            sheet.add_box(Box(left - 3, top + 0.4, width + 6, row - 0.4), fill=sheet.theme.tint, behind=True)
        if position == broken_at:
            sheet.add_rule(left, top, left + width, top, colour=sheet.theme.ink, width=1.2, dash=True)
        if wrap:
            name = next((column for column in columns if not column.width), columns[0])
            second = _break_name(name.cells[position], width=flexible, size=size)
            row += line_height(size) * max(len(second) - 1, 0)
        middle = top + row_height(sheet) / 2
        for column, (x, wide) in zip(columns, edges, strict=True):
            if not column.width and len(second) > 1:
                sheet.add_lines(x, top + 1.5, second, size=size)
                continue
            if column.badge:
                sheet.add_badge(
                    x + badge_radius(size - 1), middle, column.cells[position], size=size - 1, fill=sheet.theme.cluster
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
        sheet.add_rule(left, top, left + width, top, colour=sheet.theme.rule, width=0.5)
    return top + GAP


def _measure_rest(columns: Sequence[Column], width: float, gap: float) -> float:
    """Measure what is left for the column without a width of its own."""
    return max(width - sum(column.width for column in columns) - gap * (len(columns) - 1), 20.0)


def _break_name(name: str, *, width: float, size: float) -> list[str]:
    return fit_lines(name, width=width, size=size, max_lines=_NAME_LINES)[0]


def count_more_lines(sheet: Sheet, columns: Sequence[Column], width: float) -> int:
    """Count the lines that names need beyond their first in the column without a width of its own."""
    room, size = _measure_rest(columns, width, _COLUMN_GAP), sheet.paper.small
    names = [cell for column in columns if not column.width for cell in column.cells]
    return sum(max(len(_break_name(name, width=room, size=size)) - 1, 0) for name in names)


def height_of_head(sheet: Sheet) -> float:
    """Return the height of a table's heading and column titles, and the gap below it."""
    return line_height(sheet.paper.body) + 3 + line_height(sheet.paper.small) + 1 + GAP


def count_clusters(picture: MapPicture) -> int:
    """Count the clusters that a table would list, given room."""
    if picture.clusters is None:
        return 0
    if picture.is_exact and picture.extent is not None:
        seen = shapely.intersects(picture.clusters["geometry"].to_numpy(object), shapely.box(*picture.extent))
        return min(int(seen.sum()), _MOST_CLUSTERS)
    return min(len(picture.clusters), _MOST_CLUSTERS)


def draw_tables(sheet: Sheet, picture: MapPicture, box: Box) -> int:
    """Share the room beside a map between the ranking and the clusters; return how many clusters are listed.

    Beside one area its clusters come first, since the map numbers them; beside a force the ranking does.
    """
    listed = count_clusters(picture)
    if picture.clusters is not None and not listed:
        top = _say_no_cluster(sheet, box, is_view=picture.is_exact)
        box = Box(box.left, top, box.width, box.bottom - top)
    is_area = bool(picture.highlight) and not picture.whole
    clusters, ranked = share_rows(
        listed,
        min(len(picture.ranked), _MOST_RANKED),
        alone=int((box.height - height_of_head(sheet) + GAP) / row_height(sheet)),
        together=int((box.height - 2 * height_of_head(sheet) + GAP) / row_height(sheet)),
        clusters_first=is_area,
    )
    top = box.top
    for is_clusters in (True, False) if is_area else (False, True):
        below = Box(box.left, top, box.width, box.bottom - top)
        if is_clusters and clusters:
            top = _draw_clusters(sheet, picture, clusters, below)
        elif not is_clusters and ranked:
            top = _draw_ranked(sheet, picture, ranked, below)
    return clusters


def share_rows(clusters: int, ranked: int, *, alone: int, together: int, clusters_first: bool) -> tuple[int, int]:
    """Share the rows of two tables; neither is drawn with fewer than three rows unless it has no more.

    Parameters
    ----------
    clusters, ranked
        Rows that each table would like.
    alone, together
        Rows that there is room for, in one table or in two.
    clusters_first
        True to give the ranking only what the clusters leave.

    Returns
    -------
    tuple of int
        Rows for the clusters and for the ranking.
    """
    least_clusters, least_ranked = min(_FEWEST_ROWS, clusters), min(_FEWEST_ROWS, ranked)
    if clusters and ranked:
        first = clusters if clusters_first else max(min(clusters, together // 2), together - ranked)
        shared = min(first, clusters, together)
        left = min(ranked, together - shared)
        if shared >= least_clusters and left >= least_ranked:
            return shared, left
        clusters, ranked = (clusters, 0) if clusters_first else (0, ranked)
    clusters, ranked = min(clusters, alone), min(ranked, alone)
    return (clusters if clusters >= least_clusters else 0), (ranked if ranked >= least_ranked else 0)


def choose_rows(
    rows: Sequence[RankedRow], highlight: Sequence[str], *, most: int
) -> tuple[tuple[RankedRow, ...], int | None]:
    """Choose the rows that fit: the first, and the highlighted ones wherever they stand.

    Returns
    -------
    tuple
        The rows, and the position before which ranks are left out; None where none are.
    """
    if most < 1:
        return (), None
    if len(rows) <= most:
        return tuple(rows), None
    beyond = [row for row in rows[most:] if row.code in highlight][:_MOST_CHOSEN]
    while beyond:
        first = rows[: most - len(beyond)]
        found = [row for row in rows[len(first) :] if row.code in highlight][:_MOST_CHOSEN]
        if len(found) == len(beyond):
            return (*first, *found), len(first)
        beyond = found
    return tuple(rows[:most]), None


def _say_no_cluster(sheet: Sheet, box: Box, *, is_view: bool = False) -> float:
    top = draw_heading(sheet, "No cluster", box.left, box.top, box.width)
    size = sheet.paper.small
    text = "Incidents here are spread out: no group of places is dense enough to stand out."
    if is_view:
        text = "No group of places in view is dense enough to stand out."
    lines, size = fit_lines(text, width=box.width, size=size, max_lines=3)
    return sheet.add_lines(box.left, top, lines, size=size) + GAP


def _draw_ranked(sheet: Sheet, picture: MapPicture, count: int, box: Box) -> float:
    chosen = (picture.highlight_code,) if picture.highlight_code else picture.highlight
    rows, broken_at = choose_rows(picture.ranked, chosen, most=count)
    top = draw_heading(sheet, picture.ranked_title, box.left, box.top, box.width)
    ranks = tuple(str(row.rank) for row in rows)
    values = tuple(write_number(row.value, decimals=picture.value_decimals) for row in rows)
    intervals = tuple(row.interval for row in rows)
    columns = [
        Column("Rank", ranks, measure_column(sheet, "Rank", ranks, bold=True), "right", bold=True),
        Column("Area", tuple(row.label for row in rows)),
        Column(picture.value_title, values, measure_column(sheet, picture.value_title, values), "right"),
    ]
    if any(intervals):
        columns.append(Column("90% range", intervals, measure_column(sheet, "90% range", intervals), "right"))
    marked = [bool(row.code) and row.code in chosen for row in rows]
    return draw_table(sheet, columns, box.left, top, box.width, marked=marked, broken_at=broken_at)


def _draw_clusters(sheet: Sheet, picture: MapPicture, count: int, box: Box) -> float:
    clusters = picture.clusters
    if clusters is None:
        return box.top
    where = ""
    if picture.is_exact and picture.extent is not None:
        clusters = clusters[shapely.intersects(clusters["geometry"].to_numpy(object), shapely.box(*picture.extent))]
        where = " in view"
    total = len(clusters)
    heading = (
        f"Clusters{where}: largest {count} of {total:,}" if total > count else write_count(total, "cluster") + where
    )
    shown = clusters.head(count)
    counts = _count_columns(sheet, picture, shown)
    if len(counts) > 1:
        heading = f"{heading}, with their incidents"
    top = draw_heading(sheet, heading, box.left, box.top, box.width)
    numbers = tuple(str(int(number)) for number in shown["cluster"])
    columns = [Column("No.", numbers, 2 * badge_radius(sheet.paper.small - 1) + 4, badge=True)]
    named = next((column for column in ("name", "area_name") if column in shown), None)
    if named is not None:
        columns.append(Column("Ward", tuple(str(value) for value in shown[named])))
    columns += counts
    if "hectares" in shown:
        hectares = _number_column(sheet, "Hectares", shown["hectares"])
        if named is None or _has_room(sheet, [*columns, hectares], box.width):
            columns.append(hectares)
    return draw_table(sheet, columns, box.left, top, box.width)


def _count_columns(sheet: Sheet, picture: MapPicture, shown: pd.DataFrame) -> list[Column]:
    """Make one column of incidents, or two where clusters reach beyond the chosen area."""
    if "incidents_here" not in shown or (shown["incidents_here"] == shown["incidents"]).all():
        return [_number_column(sheet, "Incidents", shown["incidents"])]
    here = f"In {picture.highlight_name}"
    if not picture.highlight_name or measure(here, size=sheet.paper.small) > _SHORT_NAME:
        here = "Here"
    return [_number_column(sheet, here, shown["incidents_here"]), _number_column(sheet, "In all", shown["incidents"])]


def _number_column(sheet: Sheet, title: str, values: Sequence[float] | pd.Series) -> Column:
    cells = tuple(write_number(float(value)) for value in values)
    return Column(title, cells, measure_column(sheet, title, cells), "right")


def _has_room(sheet: Sheet, columns: Sequence[Column], width: float) -> bool:
    """Tell whether the names keep their size beside the other columns."""
    taken = sum(column.width for column in columns) + _COLUMN_GAP * (len(columns) - 1)
    names = next(column for column in columns if not column.width)
    return taken + measure_column(sheet, names.title, names.cells) <= width
