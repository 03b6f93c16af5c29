"""A monthly trend on a sheet: from zero, missing months as gaps, breaks as marked lines, phases above and behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hotspots.views.blocks import draw_fact_strip, draw_frame, keep_facts
from hotspots.views.sheet import Box
from hotspots.views.time_axis import (
    draw_events,
    draw_gaps,
    draw_months,
    draw_phases,
    draw_series,
    height_of_phases,
    open_plot,
)
from hotspots.views.typeset import fit_lines, line_height, measure
from hotspots.views.wording import write_number

if TYPE_CHECKING:
    from hotspots.views.pictures import TrendPicture
    from hotspots.views.sheet import Sheet
    from hotspots.views.time_axis import Scale

_LEAST = 0.4
"""Least height of chart, axes and key, as a share of the sheet; key figures give way to it."""


def lay_out_trend(sheet: Sheet, picture: TrendPicture) -> None:
    """Lay out a trend picture."""
    body = draw_frame(sheet, picture)
    top = draw_fact_strip(sheet, keep_facts(sheet, picture.facts, body, least=_LEAST), body)
    size = sheet.paper.body
    lines, fitted = fit_lines(
        picture.value_title, width=body.width, size=size, bold=True, max_lines=2, smallest=size - 1
    )
    top = sheet.add_lines(body.left, top, lines, size=fitted, bold=True)
    top = _draw_key(sheet, picture, body.left, top + 2, body.width) + 4
    lanes = top
    top += height_of_phases(sheet, picture.phases)
    if picture.events:
        top += line_height(size) + 2
    last = _last_text(picture)
    scale = open_plot(
        sheet,
        Box(body.left, top, body.width, body.bottom - top),
        first=int(picture.months[0]),
        count=len(picture.months),
        highest=_highest(picture),
        right=measure(last, size=size, bold=True) + 10 if last else 6,
    )
    draw_phases(sheet, scale, picture.phases, lanes)
    draw_gaps(sheet, scale, picture.values, name=picture.gap_name.partition(":")[0])
    draw_months(sheet, scale)
    draw_events(sheet, scale, picture.events)
    months = picture.months
    if picture.comparison is not None:
        draw_series(sheet, scale, months, picture.comparison, colour=sheet.theme.comparison, width=1.8, dash=True)
    draw_series(sheet, scale, months, picture.values, colour=sheet.theme.accent, width=2.6, dash=False)
    _label_last(sheet, picture, scale, last)


def _highest(picture: TrendPicture) -> float:
    series = picture.values if picture.comparison is None else np.concatenate([picture.values, picture.comparison])
    known = series[np.isfinite(series)]
    return float(known.max()) if known.size and known.max() > 0 else 1.0


def _last_known(picture: TrendPicture) -> int | None:
    known = np.flatnonzero(np.isfinite(picture.values))
    return int(known[-1]) if known.size else None


def _last_text(picture: TrendPicture) -> str:
    last = _last_known(picture)
    return "" if last is None else write_number(float(picture.values[last]), decimals=picture.decimals)


def _draw_key(sheet: Sheet, picture: TrendPicture, left: float, top: float, width: float) -> float:
    """Draw the names of the series and of the gaps in one row."""
    size = sheet.paper.small
    entries = [("line", picture.series_name)]
    if picture.comparison is not None:
        entries.append(("dash", picture.comparison_name))
    if not np.isfinite(picture.values).all():
        entries.append(("gap", picture.gap_name))
    x, middle = left, top + line_height(size) / 2
    for kind, text in entries:
        room = max(width / len(entries) - 40, 40.0)
        lines, fitted = fit_lines(text, width=room, size=size, smallest=size - 1.5)
        if kind == "gap":
            box = Box(x, top + 1, 22, line_height(size) - 2)
            sheet.add_box(box, fill=sheet.theme.no_data, edge=sheet.theme.rule, width=0.5, hatch="/////")
        else:
            colour = sheet.theme.accent if kind == "line" else sheet.theme.comparison
            sheet.add_rule(x, middle, x + 22, middle, colour=colour, width=2.4, dash=kind == "dash")
        sheet.add_text(x + 28, middle + size * 0.36, lines[0] if lines else "", size=fitted)
        x += 28 + measure(lines[0] if lines else "", size=fitted) + 22
    return top + line_height(size)


def _label_last(sheet: Sheet, picture: TrendPicture, scale: Scale, text: str) -> None:
    last = _last_known(picture)
    if last is None:
        middle = scale.plot.left + scale.plot.width / 2
        sheet.add_text(
            middle, scale.plot.top + 24, "No month of this period has data.", size=sheet.paper.body, align="center"
        )
        return
    size = sheet.paper.body
    x, y = scale.x(int(picture.months[last])), scale.y(float(picture.values[last]))
    sheet.add_text(
        x + 6, y + size * 0.36, text, size=size, bold=True, colour=sheet.theme.accent_dark, halo=sheet.theme.ground
    )
