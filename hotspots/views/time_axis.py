"""Months across, figures up: what the charts of months share, on a sheet.

Missing months are shaded gaps that no line crosses, breaks in the data are marked lines, and phases of an operation are
bars above the chart whose tint runs down through it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D

from hotspots.months import name_month
from hotspots.views import palette
from hotspots.views.phases import PHASE_COLOURS, PHASE_ORDER
from hotspots.views.sheet import Box
from hotspots.views.ticks import choose_ticks
from hotspots.views.typeset import fit_lines, line_height, measure
from hotspots.views.wording import write_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hotspots.views.phases import PhaseBand
    from hotspots.views.sheet import Sheet

_YEAR = 12
_TINT = "1A"
"""How strongly a phase tints the chart: a tenth."""
_LANE = 1.55
"""Height of a phase's bar, in heights of its letters."""


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

    def edge(self, month: float) -> float:
        """Return where a month begins, or a share of it."""
        return self.plot.left + (month - self.first) * self.step

    def y(self, value: float) -> float:
        """Return the height of a figure."""
        return self.plot.bottom - value / self.top * self.plot.height


def open_plot(
    sheet: Sheet,
    box: Box,
    *,
    first: int,
    count: int,
    highest: float,
    right: float,
    tallest: float = 1.25,
    gutter: float = 0.0,
) -> Scale:
    """Lay the axes into a box and draw that of the figures; leave room below for months and at the right for a label.

    Parameters
    ----------
    box
        The room for chart and axes.
    first, count
        First month, and how many.
    highest
        The largest figure.
    right
        Points that a label at the last month needs.
    tallest
        Largest height of the chart, as a share of its width.
    gutter
        Least room for the labels of figures at the left.
    """
    size = sheet.paper.body
    room = box.height - line_height(size) * 2 - 8
    ticks = choose_ticks(0.0, highest, most=int(min(max(room / (size * 2.2), 1), 6)))
    labels = [write_number(tick, decimals=tick_decimals(ticks)) for tick in ticks]
    gutter = max(gutter, max(measure(label, size=size) for label in labels) + 8)
    width = box.width - gutter - right
    height = min(room, width * tallest)
    scale = Scale(Box(box.left + gutter, box.top, width, height), first, count, ticks[-1])
    for tick, label in zip(ticks, labels, strict=True):
        y = scale.y(tick)
        is_base = tick == 0
        sheet.add_rule(
            scale.plot.left,
            y,
            scale.plot.right,
            y,
            colour=sheet.theme.ink if is_base else sheet.theme.rule,
            width=1.0 if is_base else 0.5,
        )
        sheet.add_text(
            scale.plot.left - 6, y + size * 0.36, label, size=size, colour=sheet.theme.grey_text, align="right"
        )
    return scale


def tick_decimals(ticks: tuple[float, ...]) -> int:
    """Choose the digits that the labels of ticks need."""
    return 0 if all(tick == int(tick) for tick in ticks) else 1 if ticks[1] >= 0.1 else 2  # noqa: PLR2004 - one digit


def list_gaps(values: NDArray[np.float64]) -> list[tuple[int, int]]:
    """List the runs of missing months as first and last positions."""
    runs: list[tuple[int, int]] = []
    for position in np.flatnonzero(~np.isfinite(values)):
        if runs and position == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], int(position))
        else:
            runs.append((int(position), int(position)))
    return runs


def draw_gaps(sheet: Sheet, scale: Scale, values: NDArray[np.float64], *, name: str = "No data") -> None:
    """Shade the months without data, and say so where there is room."""
    size, plot = sheet.paper.small, scale.plot
    for first, last in list_gaps(values):
        left = plot.left + first * scale.step
        box = Box(left, plot.top, (last - first + 1) * scale.step, plot.height)
        sheet.add_box(box, fill=sheet.theme.no_data, edge=sheet.theme.rule, width=0.5, hatch="///", behind=True)
        wide = measure(name, size=size) + 4
        if box.width >= wide:
            middle = plot.top + plot.height / 2
            ground = Box(box.left + (box.width - wide) / 2, middle - size, wide, size * 1.6)
            sheet.add_box(ground, fill=sheet.theme.ground)
            sheet.add_text(box.left + box.width / 2, middle + size * 0.2, name, size=size, align="center")


def draw_months(sheet: Sheet, scale: Scale) -> None:
    """Name as many months as fit, and each year below its months."""
    size, plot = sheet.paper.body, scale.plot
    months = range(scale.first, scale.first + scale.count)
    needed = (measure("Mmm", size=size) + 6) / scale.step
    every = next((step for step in (1, 2, 3, 4, 6, 12) if step >= needed), 12)
    for month in months:
        x = scale.x(month)
        is_named = month % _YEAR % every == 0
        sheet.add_rule(x, plot.bottom, x, plot.bottom + (5 if is_named else 3), colour=sheet.theme.ink, width=0.8)
        if is_named:
            text = name_month(month)[:3]
            sheet.add_text(x, plot.bottom + 6 + size, text, size=size, align="center")
    baseline = plot.bottom + 6 + size + line_height(size)
    for year in sorted({month // _YEAR for month in months}):
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


def draw_events(sheet: Sheet, scale: Scale, events: Sequence[tuple[int, str]]) -> None:
    """Mark breaks before the month from which they hold, their words above the chart where they do not collide."""
    size, plot = sheet.paper.small, scale.plot
    taken: list[Box] = []
    for month, text in events:
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


def draw_series(
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


def height_of_phases(sheet: Sheet, bands: Sequence[PhaseBand]) -> float:
    """Return the height that the bars of phases take above a chart."""
    lanes = len({band.phase for band in bands})
    return lanes * sheet.paper.small * _LANE + 4 if lanes else 0.0


def draw_phases(sheet: Sheet, scale: Scale, bands: Sequence[PhaseBand], top: float) -> None:
    """Draw phases as bars from `top` on, a lane for each phase, and their tint down through the chart."""
    size, plot, theme = sheet.paper.small, scale.plot, sheet.theme
    lanes = [phase for phase in PHASE_ORDER if any(band.phase is phase for band in bands)]
    for band in sorted(bands, key=lambda band: band.first):
        left = max(scale.edge(band.first), plot.left)
        right = min(scale.edge(band.last), plot.right)
        if right <= left:
            continue
        colour = PHASE_COLOURS[band.phase]
        y = top + lanes.index(band.phase) * size * _LANE
        bar = Box(left, y, right - left, size * _LANE - 2)
        sheet.add_box(Box(left, plot.top, right - left, plot.height), fill=f"{colour}{_TINT}", behind=True)
        edge = theme.rim(colour)
        if band.planned:
            sheet.add_box(bar, fill=theme.ground, edge=edge, width=1.0, hatch="////")
        else:
            sheet.add_box(bar, fill=colour, edge=edge, width=0.8)
        wide = measure(band.name, size=size, bold=True)
        baseline = y + bar.height / 2 + size * 0.36
        if bar.width >= wide + 8 and not band.planned:
            sheet.add_text(left + 4, baseline, band.name, size=size, bold=True, colour=palette.text_on(colour))
        elif right + 4 + wide <= plot.right:
            sheet.add_text(right + 4, baseline, band.name, size=size, bold=True)
        elif left - 4 - wide >= plot.left:
            sheet.add_text(left - 4, baseline, band.name, size=size, bold=True, align="right")
