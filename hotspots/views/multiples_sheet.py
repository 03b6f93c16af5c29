"""Many areas on a sheet: a small chart each, all on one scale, so that a high line is a high figure everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D

from hotspots.views.blocks import draw_fact_strip, draw_frame
from hotspots.views.palette import COLD, HOT
from hotspots.views.sheet import Box
from hotspots.views.ticks import choose_ticks
from hotspots.views.time_axis import Scale, list_gaps
from hotspots.views.typeset import fit_lines, line_height, measure
from hotspots.views.wording import write_number

if TYPE_CHECKING:
    from hotspots.views.multiples_picture import MonthsPanel, MultiplesPicture
    from hotspots.views.sheet import Sheet

_SHAPE = 1.7
"""Width of a chart by its height that reads best."""
_GAP = 9.0
_MARKS = {"rising": ("▲", HOT[1]), "falling": ("▼", COLD[1]), "may be chance": ("?", "")}
_KEYS = {"rising": "Clearly rising in a year", "falling": "Clearly falling in a year", "may be chance": "May be chance"}
_YEAR = 12
_LEAST_TEXT, _SMALLEST = 6.5, 6.0


def lay_out_multiples(sheet: Sheet, picture: MultiplesPicture) -> None:
    """Lay out a chart for each area, as many columns as make them largest."""
    body = draw_frame(sheet, picture)
    top = draw_fact_strip(sheet, picture.facts, body)
    size = sheet.paper.small
    top = _draw_key(sheet, picture, Box(body.left, top, body.width, 0)) + 5
    room = Box(body.left, top, body.width, body.bottom - top)
    columns, rows = share_room(len(picture.panels), room)
    wide = (room.width - _GAP * (columns - 1)) / columns
    high = (room.height - _GAP * (rows - 1)) / rows
    text = min(size, max(high / 9.0, _LEAST_TEXT))
    tops = [choose_ticks(0.0, picture.top_of(panel), most=2)[-1] for panel in picture.panels]
    gutter = max(measure(write_number(top), size=text) for top in (0.0, *tops)) + 4
    for position, panel in enumerate(picture.panels):
        column, row = position % columns, position // columns
        cell = Box(room.left + column * (wide + _GAP), room.top + row * (high + _GAP), wide, high)
        _draw_panel(sheet, picture, panel, cell, highest=tops[position], size=text, gutter=gutter)


def share_room(count: int, room: Box) -> tuple[int, int]:
    """Choose columns and rows that make the charts largest at about their best shape."""

    def worth(columns: int) -> float:
        rows = -(-count // columns)
        return min((room.width / columns - _GAP) / _SHAPE, room.height / rows - _GAP)

    columns = max(range(1, count + 1), key=worth)
    rows = -(-count // columns)
    return -(-count // rows), rows


def _draw_key(sheet: Sheet, picture: MultiplesPicture, box: Box) -> float:
    size, theme = sheet.paper.small, sheet.theme
    entries = [("", picture.value_title)]
    entries += [
        (mark, _KEYS[verdict])
        for verdict, (mark, _colour) in _MARKS.items()
        if any(panel.verdict == verdict for panel in picture.panels)
    ]
    if any(panel.before is not None for panel in picture.panels):
        entries.append(("before", "A year before"))
    if any(not np.isfinite(panel.values).all() for panel in picture.panels):
        entries.append(("gap", picture.gap_name))
    if picture.events:
        entries.append(("event", f"Dashed: {', '.join(text for _month, text in picture.events)}"))
    x, top, row = box.left, box.top, line_height(size) + 1
    for mark, text in entries:
        lead = {"": 0.0, "gap": 26.0, "before": 26.0, "event": 14.0}.get(mark, 14.0)
        bold = not mark
        wide = lead + measure(text, size=size, bold=bold) + 18
        if x > box.left and x + wide - 18 > box.right:
            x, top = box.left, top + row
        middle = top + row / 2
        if mark == "gap":
            swatch = Box(x, top + 1.5, 20, row - 3)
            sheet.add_box(swatch, fill=theme.no_data, edge=theme.rule, width=0.5, hatch="/////")
        elif mark == "before":
            sheet.add_rule(x, middle, x + 20, middle, colour=theme.grey_text, width=1.0, dash=True)
        elif mark == "event":
            sheet.add_rule(x + 5, top + 1.5, x + 5, top + row - 1.5, colour=theme.ink, width=0.9, dash=True)
        elif mark:
            sheet.add_text(x, middle + size * 0.36, mark, size=size, colour=theme.ink)
        lines, fitted = fit_lines(text, width=box.width - lead, size=size, bold=bold, smallest=size - 2)
        sheet.add_text(x + lead, middle + size * 0.36, lines[0], size=fitted, bold=bold)
        x += wide
    return top + row


def _draw_panel(
    sheet: Sheet,
    picture: MultiplesPicture,
    panel: MonthsPanel,
    cell: Box,
    *,
    highest: float,
    size: float,
    gutter: float,
) -> None:
    theme = sheet.theme
    mark, colour = _MARKS.get(panel.verdict, ("", ""))
    name, fitted = fit_lines(panel.name, width=cell.width, size=size + 0.5, bold=True, smallest=_SMALLEST)
    sheet.add_text(cell.left, cell.top + fitted * 0.95, name[0] if name else "", size=fitted, bold=True)
    second = cell.top + line_height(size + 0.5)
    words = " ".join(part for part in (mark, panel.change or panel.verdict) if part)
    told = f"{words}, {panel.verdict}" if panel.change and panel.verdict else words
    words = told if measure(told, size=size, bold=bool(colour)) <= cell.width else words
    change, fitted = fit_lines(words, width=cell.width, size=size, smallest=_SMALLEST)
    sheet.add_text(
        cell.left,
        second + fitted * 0.95,
        change[0] if change else "",
        size=fitted,
        bold=bool(colour),
        colour=theme.ink if mark else theme.grey_text,
    )
    top = second + line_height(size) + 4
    foot = line_height(size - 0.5)
    plot = Box(cell.left + gutter, top, cell.width - gutter, cell.bottom - top - foot)
    scale = Scale(plot, int(picture.months[0]), len(picture.months), highest)
    for first, last in list_gaps(panel.values):
        left = scale.edge(scale.first + first)
        sheet.add_box(
            Box(left, plot.top, (last - first + 1) * scale.step, plot.height),
            fill=theme.no_data,
            edge=theme.rule,
            width=0.3,
            hatch="//////",
            behind=True,
        )
    for value in (0.0, highest):
        y = scale.y(value)
        sheet.add_rule(
            plot.left,
            y,
            plot.right,
            y,
            colour=theme.ink if value == 0 else theme.rule,
            width=0.8 if value == 0 else 0.5,
        )
        sheet.add_text(
            plot.left - 3, y + size * 0.36, write_number(value), size=size - 0.5, colour=theme.grey_text, align="right"
        )
    for month, _text in picture.events:
        if scale.first <= month < scale.first + scale.count:
            x = scale.edge(month)
            sheet.add_rule(x, plot.top, x, plot.bottom, colour=theme.ink, width=0.7, dash=True)
    _name_years(sheet, scale, size - 0.5)
    across = [scale.x(int(month)) for month in picture.months]
    up = [scale.y(min(float(value), highest)) if np.isfinite(value) else np.nan for value in panel.values]
    if panel.highest > highest:
        text = f"off the scale, up to {write_number(panel.highest)}"
        lines, fitted = fit_lines(text, width=plot.width - 4, size=size - 0.5, smallest=_SMALLEST)
        sheet.add_text(plot.right - 2, plot.top + fitted * 1.6, lines[0], size=fitted, align="right", halo=theme.ground)
    sheet.page.add_line(
        Line2D(across, up, color=colour or theme.accent, linewidth=1.5, solid_joinstyle="round", zorder=2.8)
    )
    if panel.before is not None:
        earlier = [scale.y(min(float(value), highest)) if np.isfinite(value) else np.nan for value in panel.before]
        sheet.page.add_line(
            Line2D(across, earlier, color=theme.grey_text, linewidth=0.9, linestyle=(0, (3, 2)), zorder=2.7)
        )
    alone = np.isfinite(panel.values)
    for position in np.flatnonzero(alone).tolist():
        beside = alone[max(position - 1, 0) : position + 2]
        if beside.sum() == 1:
            sheet.add_dot(across[position], up[position], 1.4, fill=colour or theme.accent)
    if not alone.any():
        sheet.add_text(
            plot.left + plot.width / 2, plot.top + plot.height / 2, "No data", size=size, align="center",
            halo=theme.ground,
        )  # fmt: skip


def _name_years(sheet: Sheet, scale: Scale, size: float) -> None:
    """Write each year at its January, where there is room."""
    plot, right = scale.plot, -1e9
    for month in range(scale.first, scale.first + scale.count):
        if month % _YEAR:
            continue
        text = str(1970 + month // _YEAR)
        x, half = scale.edge(month), measure(text, size=size) / 2
        sheet.add_rule(x, plot.bottom, x, plot.bottom + 2.5, colour=sheet.theme.ink, width=0.6)
        middle = min(max(x, plot.left + half), plot.right - half)
        if middle - half > right + 3:
            sheet.add_text(
                middle, plot.bottom + 2 + size, text, size=size, colour=sheet.theme.grey_text, align="center"
            )
            right = middle + half
