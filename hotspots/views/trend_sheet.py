"""A monthly trend on a sheet: from zero, missing months as shaded gaps, breaks in the data as marked lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D

from hotspots.months import name_month
from hotspots.views.blocks import draw_fact_strip, draw_frame
from hotspots.views.sheet import Box
from hotspots.views.ticks import choose_ticks
from hotspots.views.typeset import fit_lines, line_height, measure
from hotspots.views.wording import write_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspots.views.pictures import TrendPicture
    from hotspots.views.sheet import Sheet

_YEAR = 12
_TALLEST = 1.25
"""Largest height of the chart, as a share of its width."""


@dataclass(frozen=True)
class Scale:
    """Where months and figures lie on the sheet.

    Attributes
    ----------
    plot
        The box of the chart, in points.
    first, count
        The first month, and how many there are.
    top
        The figure at the upper edge; the lower edge is zero.
    """

    plot: Box
    first: int
    count: int
    top: float

    @property
    def step(self) -> float:
        """The width of a month."""
        return self.plot.width / self.count

    def x(self, month: float) -> float:
        """Return the middle of a month."""
        return self.plot.left + (month - self.first + 0.5) * self.step

    def y(self, value: float) -> float:
        """Return the height of a figure."""
        return self.plot.bottom - value / self.top * self.plot.height


def lay_out_trend(sheet: Sheet, picture: TrendPicture) -> None:
    """Lay out a trend picture."""
    body = draw_frame(sheet, picture)
    top = draw_fact_strip(sheet, picture.facts, body)
    size = sheet.paper.body
    lines, fitted = fit_lines(
        picture.value_title, width=body.width, size=size, bold=True, max_lines=2, smallest=size - 1
    )
    top = sheet.add_lines(body.left, top, lines, size=fitted, bold=True)
    top = _draw_key(sheet, picture, body.left, top + 2, body.width) + 4
    if picture.events:
        top += line_height(size) + 2
    highest = _highest(picture)
    ticks = choose_ticks(0.0, highest, most=6)
    labels = [write_number(tick, decimals=_tick_decimals(ticks)) for tick in ticks]
    gutter = max(measure(label, size=size) for label in labels) + 8
    under = line_height(size) * 2 + 8
    last = _last_text(picture)
    right = measure(last, size=size, bold=True) + 10 if last else 6
    width = body.width - gutter - right
    plot = Box(body.left + gutter, top, width, min(body.bottom - top - under, width * _TALLEST))
    scale = Scale(plot, int(picture.months[0]), len(picture.months), ticks[-1])
    _draw_gaps(sheet, picture, scale)
    for tick, label in zip(ticks, labels, strict=True):
        y = scale.y(tick)
        is_base = tick == 0
        sheet.add_rule(
            plot.left,
            y,
            plot.right,
            y,
            colour=sheet.theme.ink if is_base else sheet.theme.rule,
            width=1.0 if is_base else 0.5,
        )
        sheet.add_text(plot.left - 6, y + size * 0.36, label, size=size, colour=sheet.theme.grey_text, align="right")
    _draw_month_axis(sheet, picture, scale)
    _draw_events(sheet, picture, scale)
    if picture.comparison is not None:
        _draw_series(
            sheet, scale, picture.months, picture.comparison, colour=sheet.theme.comparison, width=1.8, dash=True
        )
    _draw_series(sheet, scale, picture.months, picture.values, colour=sheet.theme.accent, width=2.6, dash=False)
    _label_last(sheet, picture, scale, last)


def _highest(picture: TrendPicture) -> float:
    series = picture.values if picture.comparison is None else np.concatenate([picture.values, picture.comparison])
    known = series[np.isfinite(series)]
    return float(known.max()) if known.size and known.max() > 0 else 1.0


def _tick_decimals(ticks: tuple[float, ...]) -> int:
    return 0 if all(tick == int(tick) for tick in ticks) else 1 if ticks[1] >= 0.1 else 2  # noqa: PLR2004 - one digit


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
        entries.append(("gap", "No data: unknown, not zero"))
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


def list_gaps(values: NDArray[np.float64]) -> list[tuple[int, int]]:
    """List the runs of missing months as first and last positions."""
    runs: list[tuple[int, int]] = []
    for position in np.flatnonzero(~np.isfinite(values)):
        if runs and position == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], int(position))
        else:
            runs.append((int(position), int(position)))
    return runs


def _draw_gaps(sheet: Sheet, picture: TrendPicture, scale: Scale) -> None:
    size, plot = sheet.paper.small, scale.plot
    for first, last in list_gaps(picture.values):
        left = plot.left + first * scale.step
        box = Box(left, plot.top, (last - first + 1) * scale.step, plot.height)
        sheet.add_box(box, fill=sheet.theme.no_data, edge=sheet.theme.rule, width=0.5, hatch="///", behind=True)
        text = "No data"
        wide = measure(text, size=size) + 4
        if box.width >= wide:
            middle = plot.top + plot.height / 2
            ground = Box(box.left + (box.width - wide) / 2, middle - size, wide, size * 1.6)
            sheet.add_box(ground, fill=sheet.theme.ground)
            sheet.add_text(box.left + box.width / 2, middle + size * 0.2, text, size=size, align="center")


def _draw_month_axis(sheet: Sheet, picture: TrendPicture, scale: Scale) -> None:
    """Name as many months as fit, and each year below its months."""
    size, plot = sheet.paper.body, scale.plot
    needed = (measure("Mmm", size=size) + 6) / scale.step
    every = next((step for step in (1, 2, 3, 4, 6, 12) if step >= needed), 12)
    for month in picture.months.tolist():
        x = scale.x(month)
        is_named = month % _YEAR % every == 0
        sheet.add_rule(x, plot.bottom, x, plot.bottom + (5 if is_named else 3), colour=sheet.theme.ink, width=0.8)
        if is_named:
            text = name_month(month)[:3]
            sheet.add_text(x, plot.bottom + 6 + size, text, size=size, align="center")
    baseline = plot.bottom + 6 + size + line_height(size)
    for year in sorted({month // _YEAR for month in picture.months.tolist()}):
        first = max(year * _YEAR, scale.first)
        last = min(year * _YEAR + 11, scale.first + scale.count - 1)
        left, right = scale.x(first - 0.5), scale.x(last + 0.5)
        text = str(1970 + year)
        if right - left >= measure(text, size=size, bold=True) + 4:
            sheet.add_text((left + right) / 2, baseline, text, size=size, bold=True, align="center")
        elif last == scale.first + scale.count - 1:  # nothing stands to the right of a short last year
            sheet.add_text(left + 3, baseline, text, size=size, bold=True)
        if first > scale.first:
            sheet.add_rule(left, plot.bottom, left, baseline + 1, colour=sheet.theme.rule, width=0.8)


def _draw_events(sheet: Sheet, picture: TrendPicture, scale: Scale) -> None:
    """Mark breaks before the month from which they hold, their words above the chart where they do not collide."""
    size, plot = sheet.paper.small, scale.plot
    taken: list[Box] = []
    for month, text in picture.events:
        if not scale.first <= month < scale.first + scale.count:
            continue
        x = scale.x(month - 0.5)
        sheet.add_rule(x, plot.top - 4, x, plot.bottom, colour=sheet.theme.ink, width=1.0, dash=True)
        lines, fitted = fit_lines(text, width=plot.width * 0.45, size=size, smallest=size - 1)
        wide = measure(lines[0] if lines else "", size=fitted)
        left = min(max(x - wide / 2, plot.left), plot.right - wide)
        box = Box(left, plot.top - 6 - size, wide, size)
        if not any(box.overlaps(other, 6) for other in taken):
            taken.append(box)
            sheet.add_text(left, plot.top - 7, lines[0] if lines else "", size=fitted)


def _draw_series(
    sheet: Sheet,
    scale: Scale,
    months: NDArray[np.int64],
    values: NDArray[np.float64],
    *,
    colour: str,
    width: float,
    dash: bool,
) -> None:
    """Draw a line that breaks where months are missing, with a dot on each known month of a solid one."""
    x = [scale.x(month) for month in months.tolist()]
    y = [scale.y(value) if np.isfinite(value) else np.nan for value in values.tolist()]
    sheet.page.add_line(
        Line2D(
            x,
            y,
            color=colour,
            linewidth=width,
            linestyle=(0, (3.2, 1.6)) if dash else "solid",
            solid_joinstyle="round",
            solid_capstyle="round",
            zorder=2.5 if dash else 2.8,
        )
    )
    known = np.isfinite(values)
    for position in np.flatnonzero(known):
        is_alone = (position == 0 or not known[position - 1]) and (
            position + 1 == len(known) or not known[position + 1]
        )
        if not dash or is_alone:
            sheet.add_dot(x[position], y[position], 2.4, fill=colour, edge=sheet.theme.ground, width=0.8)


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
