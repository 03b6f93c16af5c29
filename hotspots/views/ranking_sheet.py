"""A ranking on a sheet: each area's rank as a dot on the 90 % interval of its rank, its figures beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotspots.views.blocks import draw_fact_strip, draw_frame
from hotspots.views.sheet import Box
from hotspots.views.tables import choose_rows, measure_column
from hotspots.views.ticks import choose_ticks
from hotspots.views.typeset import fit_lines, line_height
from hotspots.views.wording import write_count, write_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hotspots.views.pictures import RankedRow, RankingPicture
    from hotspots.views.sheet import Sheet

_LEAST_ROW, _MOST_ROW = 14.5, 21.0
_MOST_ROWS = 30
_COLUMN_GAP = 14.0
_LONG_TITLE = 50.0


def lay_out_ranking(sheet: Sheet, picture: RankingPicture) -> None:
    """Lay out a ranking picture."""
    body = draw_frame(sheet, picture)
    top = draw_fact_strip(sheet, picture.facts, body)
    body = Box(body.left, top, body.width, body.bottom - top)
    head = line_height(sheet.paper.small) * 2 + 6
    foot = line_height(sheet.paper.small)
    rows, broken_at = choose_rows(
        picture.rows, picture.highlight, most=min(int((body.height - head - foot) / _LEAST_ROW), _MOST_ROWS)
    )
    if not rows:
        sheet.add_text(body.left, body.top + 20, f"No {picture.noun} could be ranked.", size=sheet.paper.body)
        return
    height = min((body.height - head - foot) / len(rows), _MOST_ROW)
    _draw_rows(sheet, picture, rows, broken_at, Box(body.left, body.top + head, body.width, height * len(rows)))
    total = max(picture.total, sum(not row.is_named_area for row in picture.rows))
    left_out = total - sum(not row.is_named_area for row in rows)
    if left_out > 0:
        text = f"{write_count(left_out, f'further {picture.noun}')} not shown."
        sheet.add_text(
            body.left,
            body.top + head + height * len(rows) + foot,
            text,
            size=sheet.paper.small,
            colour=sheet.theme.grey_text,
        )


def _draw_rows(
    sheet: Sheet, picture: RankingPicture, rows: Sequence[RankedRow], broken_at: int | None, box: Box
) -> None:
    size = sheet.paper.body if box.height / len(rows) >= line_height(sheet.paper.body) + 2 else sheet.paper.small
    scale = size / sheet.paper.small
    values = [write_number(row.value, decimals=picture.value_decimals) for row in rows]
    texts = [
        (picture.value_title, values),
        ("90% range", [row.interval for row in rows]),
        *((title, [row.cells[position] for row in rows]) for position, title in enumerate(picture.columns)),
    ]
    texts = [(title, cells) for title, cells in texts if any(cells)]
    rank_width = measure_column(sheet, "Rank", [str(row.rank) for row in rows], bold=True) * scale
    widths = [max(measure_column(sheet, "", cells) * scale, _title_width(sheet, title)) for title, cells in texts]
    names = measure_column(sheet, "Area", [row.label for row in rows], bold=True) * scale
    name_width = min(names, box.width * 0.3)
    plot_left = box.left + rank_width + 8 + name_width + _COLUMN_GAP
    plot = Box(plot_left, box.top, box.right - plot_left - sum(widths) - _COLUMN_GAP * len(widths), box.height)
    _draw_heads(sheet, box, plot, rank_width=rank_width, texts=texts, widths=widths)
    row_high = box.height / len(rows)
    for position, row in enumerate(rows):
        top = box.top + position * row_high
        baseline = top + row_high / 2 + size * 0.36
        chosen = bool(row.code) and row.code in picture.highlight
        if chosen:
            sheet.add_box(
                Box(box.left - 4, top + 0.5, box.width + 8, row_high - 0.7), fill=sheet.theme.tint, behind=True
            )
        sheet.add_rule(box.left, top + row_high, box.right, top + row_high, colour=sheet.theme.rule, width=0.5)
        if position == broken_at:
            sheet.add_rule(box.left, top, box.right, top, colour=sheet.theme.ink, width=1.2, dash=True)
        sheet.add_text(box.left + rank_width, baseline, str(row.rank), size=size, bold=True, align="right")
        lines, fitted = fit_lines(row.label, width=name_width, size=size, bold=chosen, smallest=size - 1.5)
        sheet.add_text(box.left + rank_width + 8, baseline, lines[0] if lines else "", size=fitted, bold=chosen)
        x = plot.right + _COLUMN_GAP
        for (_title, cells), width in zip(texts, widths, strict=True):
            sheet.add_text(x + width, baseline, cells[position], size=size, align="right")
            x += width + _COLUMN_GAP
    _draw_intervals(sheet, picture, rows, plot)


def _title_width(sheet: Sheet, title: str) -> float:
    """Return the width of a heading, folded in two when it is long."""
    full = measure_column(sheet, title, [])
    words = max((measure_column(sheet, word, []) for word in title.split()), default=0.0)
    return full if full <= _LONG_TITLE else max(full * 0.6, words)


def _draw_heads(
    sheet: Sheet,
    box: Box,
    plot: Box,
    *,
    rank_width: float,
    texts: Sequence[tuple[str, Sequence[str]]],
    widths: Sequence[float],
) -> None:
    small = sheet.paper.small
    bottom = box.top - 4
    grey = sheet.theme.grey_text
    sheet.add_text(box.left + rank_width, bottom - 2, "Rank", size=small, colour=grey, align="right")
    sheet.add_text(box.left + rank_width + 8, bottom - 2, "Area", size=small, colour=grey)
    x = plot.right + _COLUMN_GAP
    for (title, _cells), width in zip(texts, widths, strict=True):
        lines, size = fit_lines(title, width=width, size=small, max_lines=2, smallest=small - 1.5)
        for row, line in enumerate(reversed(lines)):
            baseline = bottom - 2 - row * line_height(size)
            sheet.add_text(x + width, baseline, line, size=size, colour=grey, align="right")
        x += width + _COLUMN_GAP
    sheet.add_rule(box.left, box.top, box.right, box.top, colour=sheet.theme.ink, width=0.9)


def _draw_intervals(sheet: Sheet, picture: RankingPicture, rows: Sequence[RankedRow], plot: Box) -> None:
    """Draw the ranks on a common scale, whose numbers stand above the rows."""
    last = max(max(row.rank, row.rank_high or 0) for row in rows)
    inner = Box(plot.left + 6, plot.top, plot.width - 12, plot.height)
    scale = inner.width / max(last - 1, 1)
    small = sheet.paper.small
    ticks = sorted(
        {1, *(int(tick) for tick in choose_ticks(0, last, most=6) if 1 < tick <= last and tick == int(tick))}
    )
    for tick in ticks:
        x = inner.left + (tick - 1) * scale
        sheet.add_rule(x, plot.top, x, plot.bottom, colour=sheet.theme.rule, width=0.5)
        sheet.add_text(x, plot.top - 6, str(tick), size=small, colour=sheet.theme.grey_text, align="center")
    sheet.add_text(
        inner.left + inner.width / 2,
        plot.top - 6 - line_height(small),
        "Rank, with its 90% range" if any(row.interval for row in rows) else "Rank",
        size=small,
        colour=sheet.theme.grey_text,
        align="center",
    )
    row_high = plot.height / len(rows)
    for position, row in enumerate(rows):
        middle = plot.top + (position + 0.5) * row_high
        colour = sheet.theme.accent_dark if row.code in picture.highlight else sheet.theme.accent
        if row.rank_low is not None and row.rank_high is not None:
            low, high = (inner.left + (rank - 1) * scale for rank in (row.rank_low, row.rank_high))
            sheet.add_rule(low, middle, high, middle, colour=colour, width=2.4)
            for end in (low, high):
                sheet.add_rule(end, middle - 3, end, middle + 3, colour=colour, width=1.4)
        sheet.add_dot(inner.left + (row.rank - 1) * scale, middle, 4.2, fill=colour, edge=sheet.theme.ground, width=1.2)
