"""An evaluation on a sheet: observed months against expected ones, and a forest of effects."""

from __future__ import annotations

from itertools import pairwise
from math import inf, isfinite, log
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patches import Polygon

from hotspots.views.blocks import draw_fact_strip, draw_frame, keep_facts
from hotspots.views.impact_pictures import write_effect
from hotspots.views.palette import HOT
from hotspots.views.sheet import Box
from hotspots.views.time_axis import (
    draw_events,
    draw_gaps,
    draw_months,
    draw_phases,
    draw_series,
    height_of_phases,
    list_gaps,
    open_plot,
)
from hotspots.views.typeset import fit_lines, line_height, measure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hotspots.views.impact_pictures import ForestPicture, ForestRow, ImpactPicture
    from hotspots.views.sheet import Sheet
    from hotspots.views.time_axis import Scale

EXPECTED_LINE, EXPECTED_BAND = HOT[1], HOT[0]
"""The colours of what was expected, as on the page of an evaluation."""
_LEAST = 0.36
"""Least height of chart, axes and key, as a share of the sheet; key figures give way to it."""
_BAND = "59"
"""Strength of the interval's ground: about a third, so that the tint of phases shows through."""
_GAP = 14.0
_LEAST_PLOT = 130.0
_LIMITS = (1 / 20, 20.0)
"""Ratios beyond which an interval is cut, with an arrow."""
_TICKS = (0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 4.0, 10.0, 20.0)


def lay_out_impact(sheet: Sheet, picture: ImpactPicture) -> None:
    """Lay out observed against expected, with the verdict's sentences below the chart."""
    body = draw_frame(sheet, picture)
    words = _fit_sentences(sheet, picture, body.width)
    written = sum(line_height(fitted) * len(lines) + 2 for lines, fitted in words)
    facts = keep_facts(sheet, picture.facts, body, least=_LEAST + written / sheet.paper.height)
    top = draw_fact_strip(sheet, facts, body)
    size = sheet.paper.body
    bottom = body.bottom - written
    lines, fitted = fit_lines(
        picture.value_title, width=body.width, size=size, bold=True, max_lines=2, smallest=size - 1
    )
    top = sheet.add_lines(body.left, top, lines, size=fitted, bold=True)
    top = _draw_key(sheet, picture, body.left, top + 2, body.width) + 4
    lanes = top
    top += height_of_phases(sheet, picture.phases) + line_height(size) + 2
    everything = np.concatenate([picture.observed, picture.expected, picture.high])
    known = everything[np.isfinite(everything)]
    scale = open_plot(
        sheet,
        Box(body.left, top, body.width, bottom - top - 4),
        first=int(picture.months[0]),
        count=len(picture.months),
        highest=float(known.max()) if known.size and known.max() > 0 else 1.0,
        right=8,
    )
    draw_phases(sheet, scale, picture.phases, lanes)
    draw_gaps(sheet, scale, picture.observed)
    _shade_aside(sheet, picture, scale)
    _draw_band(sheet, picture, scale)
    draw_months(sheet, scale)
    draw_events(sheet, scale, ((picture.start, "Operation begins"), *picture.events))
    draw_series(sheet, scale, picture.months, picture.expected, colour=EXPECTED_LINE, width=2.2, dash=True)
    draw_series(sheet, scale, picture.months, picture.observed, colour=sheet.theme.accent_dark, width=2.6, dash=False)
    y = bottom + 2
    for lines, fitted in words:
        y = sheet.add_lines(body.left, y, lines, size=fitted) + 2


def _fit_sentences(sheet: Sheet, picture: ImpactPicture, width: float) -> list[tuple[list[str], float]]:
    """Set the sentences below the chart; on a square the verdict alone."""
    size = sheet.paper.small + (0.0 if sheet.paper.is_square else 0.5)
    text = " ".join(picture.sentences[: 1 if sheet.paper.is_square else None])
    return [fit_lines(text, width=width, size=size, max_lines=6, smallest=size - 1)] if text else []


def _draw_key(sheet: Sheet, picture: ImpactPicture, left: float, top: float, width: float) -> float:
    """Draw what the lines and grounds mean, in as many rows as they need."""
    size, theme = sheet.paper.small, sheet.theme
    entries = [
        ("line", "Observed"),
        ("dash", "Expected without the operation"),
        ("band", f"{picture.level * 100:.0f}% interval of what was expected"),
    ]
    if not np.isfinite(picture.observed).all():
        entries.append(("gap", "No data: unknown, not zero"))
    if picture.aside:
        entries.append(("aside", "Not counted: begun or not is not known"))
    x, row = left, line_height(size) + 1
    for kind, text in entries:
        wide = 28 + measure(text, size=size) + 18
        if x > left and x + wide - 18 > left + width:
            x, top = left, top + row
        middle = top + row / 2
        box = Box(x, top + 1.5, 22, row - 3)
        if kind == "gap":
            sheet.add_box(box, fill=theme.no_data, edge=theme.rule, width=0.5, hatch="/////")
        elif kind == "aside":
            sheet.add_box(box, fill=theme.panel, edge=theme.slate, width=0.5)
        elif kind == "band":
            sheet.add_box(box, fill=f"{EXPECTED_BAND}{_BAND}")
        else:
            colour = theme.accent_dark if kind == "line" else EXPECTED_LINE
            sheet.add_rule(x, middle, x + 22, middle, colour=colour, width=2.4, dash=kind == "dash")
        lines, fitted = fit_lines(text, width=width - 28, size=size, smallest=size - 1.5)
        sheet.add_text(x + 28, middle + size * 0.36, lines[0], size=fitted)
        x += wide
    return top + row


def _shade_aside(sheet: Sheet, picture: ImpactPicture, scale: Scale) -> None:
    for month in picture.aside:
        if scale.first <= month < scale.first + scale.count:
            box = Box(scale.edge(month), scale.plot.top, scale.step, scale.plot.height)
            sheet.add_box(box, fill=sheet.theme.panel, edge=sheet.theme.slate, width=0.5, behind=True)


def _draw_band(sheet: Sheet, picture: ImpactPicture, scale: Scale) -> None:
    """Fill between the limits of what was expected, stretch by stretch."""
    known = np.isfinite(picture.low) & np.isfinite(picture.high)
    marked = np.where(known, 0.0, np.nan)
    edges = [-1, *(position for gap in list_gaps(marked) for position in range(gap[0], gap[1] + 1)), len(known)]
    for before, after in pairwise(edges):
        stretch = np.arange(before + 1, after)
        if not len(stretch):
            continue
        x = [scale.x(int(picture.months[position])) for position in stretch]
        if len(stretch) == 1:
            x, stretch = [x[0] - 2, x[0] + 2], np.repeat(stretch, 2)
        over = [(at, scale.y(float(picture.high[position]))) for at, position in zip(x, stretch, strict=True)]
        under = [(at, scale.y(float(picture.low[position]))) for at, position in zip(x, stretch, strict=True)]
        sheet.page.add_patch(
            Polygon(
                [*over, *under[::-1]],
                closed=True,
                facecolor=f"{EXPECTED_BAND}{_BAND}",
                edgecolor="none",
                zorder=2.3,
            )
        )


def lay_out_forest(sheet: Sheet, picture: ForestPicture) -> None:
    """Lay out the effects: outcome, interval on a scale of ratios, figures and verdict; police work's own apart."""
    body = draw_frame(sheet, picture)
    top = draw_fact_strip(sheet, picture.facts, body)
    rows = [row for row in picture.rows if not row.apart]
    apart = [row for row in picture.rows if row.apart]
    size, small = sheet.paper.body, sheet.paper.small
    head = line_height(small) * 2 + 4
    between = line_height(size) + 10 if apart else 0.0
    foot = line_height(small) + 6
    room = body.bottom - top - head - between - foot
    high = min(room / max(len(rows) + len(apart), 1), line_height(size) * 1.7)
    if high < line_height(small) * 0.95:
        size = small - 1.0
    elif high < line_height(size):
        size = small
    columns = _Columns(sheet, picture, body, size)
    y = columns.draw_head(top, head)
    first = y
    for row in rows:
        columns.draw_row(row, y, high)
        y += high
    columns.draw_scale(first, y)
    if apart:
        y += between
        lines, fitted = fit_lines(picture.apart_title, width=body.width, size=size, bold=True, smallest=size - 2)
        sheet.add_text(body.left, y - 6, lines[0], size=fitted, bold=True)
        first = y
        sheet.add_rule(body.left, y, body.right, y, colour=sheet.theme.ink, width=0.9)
        for row in apart:
            columns.draw_row(row, y, high)
            y += high
        columns.draw_scale(first, y)
    columns.name_ticks(y)


class _Columns:
    """Where the columns of a forest stand, and how a row is drawn in them."""

    def __init__(self, sheet: Sheet, picture: ForestPicture, body: Box, size: float) -> None:
        self.sheet, self.picture, self.body, self.size = sheet, picture, body, size
        self.head = ("Change", f"{picture.level * 100:.0f}% interval", "Verdict")
        rows = picture.rows
        cells = (
            [write_effect(row.log_ratio) for row in rows],
            [row.interval for row in rows],
            [row.verdict for row in rows],
        )
        self.widths = [
            _widest(title, column, size, sheet.paper.small) for title, column in zip(self.head, cells, strict=True)
        ]
        if sheet.paper.is_square:  # a phone has room for one column: dots tell the change, full ones that it is clear
            self.widths[0] = self.widths[2] = 0.0
        names = min(_widest("Outcome", [row.name for row in rows], size, sheet.paper.small), body.width * 0.34)
        used = sum(self.widths) + _GAP * sum(width > 0 for width in self.widths)
        self.names = min(names, max(body.width - used - _GAP - _LEAST_PLOT, 60.0))
        left = body.left + self.names + _GAP
        self.plot = Box(left, body.top, max(body.right - used - left, 60.0), body.height)
        self.low, self.high = _find_span(rows)

    def x(self, value: float) -> float:
        """Return where a logarithm lies."""
        share = (value - self.low) / (self.high - self.low)
        return self.plot.left + share * self.plot.width

    def draw_head(self, top: float, head: float) -> float:
        """Write the headings and return where the rows begin."""
        small, grey = self.sheet.paper.small, self.sheet.theme.grey_text
        bottom = top + head
        self.sheet.add_text(self.body.left, bottom - 5, "Outcome", size=small, colour=grey)
        middle = self.x(0.0)
        for text, at, align in (
            ("Fewer than expected", middle - 8, "right"),
            ("More than expected", middle + 8, "left"),
        ):
            room = middle - 8 - self.plot.left if align == "right" else self.plot.right - middle - 8
            lines, fitted = fit_lines(text, width=room, size=small, max_lines=2, smallest=small - 1.5)
            for position, line in enumerate(reversed(lines)):
                baseline = bottom - 5 - position * line_height(fitted)
                self.sheet.add_text(at, baseline, line, size=fitted, colour=grey, align=align)  # type: ignore[arg-type]  # one of the three alignments
        x = self.plot.right
        for title, width in zip(self.head, self.widths, strict=True):
            if width:
                x += _GAP + width
                is_words = title == "Verdict"
                self.sheet.add_text(
                    x - width if is_words else x, bottom - 5, title, size=small, colour=grey,
                    align="left" if is_words else "right",
                )  # fmt: skip
        self.sheet.add_rule(self.body.left, bottom, self.body.right, bottom, colour=self.sheet.theme.ink, width=0.9)
        return bottom

    def draw_scale(self, top: float, bottom: float) -> None:
        """Rule the ticks behind the rows, none stronger than that of no change."""
        for tick in self.list_ticks():
            x = self.x(log(tick))
            is_none = tick == 1
            self.sheet.add_rule(
                x, top, x, bottom, colour=self.sheet.theme.ink if is_none else self.sheet.theme.rule,
                width=1.0 if is_none else 0.5, dash=not is_none,
            )  # fmt: skip

    def list_ticks(self) -> list[float]:
        """List the ratios whose labels have room."""
        shown: list[float] = []
        for tick in sorted(
            (tick for tick in _TICKS if self.low <= log(tick) <= self.high), key=lambda tick: abs(log(tick))
        ):
            half = measure(_name_tick(tick), size=self.sheet.paper.small) / 2
            if all(
                abs(self.x(log(tick)) - self.x(log(other)))
                > half + measure(_name_tick(other), size=self.sheet.paper.small) / 2 + 6
                for other in shown
            ):
                shown.append(tick)
        return sorted(shown)

    def name_ticks(self, top: float) -> None:
        """Write the ratios below the last row."""
        small = self.sheet.paper.small
        for tick in self.list_ticks():
            text = _name_tick(tick)
            half = measure(text, size=small) / 2
            x = min(max(self.x(log(tick)), self.plot.left + half), self.plot.right - half)
            self.sheet.add_text(
                x, top + small * 1.3, text, size=small, colour=self.sheet.theme.grey_text, align="center"
            )

    def draw_row(self, row: ForestRow, top: float, high: float) -> None:
        """Draw one outcome."""
        sheet, size, theme = self.sheet, self.size, self.sheet.theme
        middle = top + high / 2
        baseline = middle + size * 0.36
        lines, fitted = fit_lines(_capital(row.name), width=self.names, size=size, smallest=size - 2)
        sheet.add_text(self.body.left, baseline, lines[0] if lines else "", size=fitted)
        sheet.add_rule(self.body.left, top + high, self.body.right, top + high, colour=theme.rule, width=0.5)
        is_clear = row.low > 0 or row.high < 0
        colour = theme.accent_dark if is_clear else theme.accent
        if isfinite(row.log_ratio):
            self._draw_interval(row, middle, colour)
            sheet.add_dot(
                self.x(min(max(row.log_ratio, self.low), self.high)), middle, 4.4 if is_clear else 3.8,
                fill=colour if is_clear else theme.ground, edge=colour, width=1.6,
            )  # fmt: skip
        x = self.plot.right
        cells = (write_effect(row.log_ratio), row.interval, row.verdict)
        for position, (text, width) in enumerate(zip(cells, self.widths, strict=True)):
            if not width:
                continue
            x += _GAP + width
            is_words = position == len(cells) - 1
            lines, fitted = fit_lines(text, width=width + 0.5, size=size, smallest=size - 2)
            sheet.add_text(
                x - width if is_words else x, baseline, lines[0] if lines else "", size=fitted,
                bold=is_clear and position > 0, align="left" if is_words else "right",
            )  # fmt: skip

    def _draw_interval(self, row: ForestRow, middle: float, colour: str) -> None:
        for_end: NDArray[np.float64] = np.clip([row.low, row.high], self.low, self.high)
        left, right = (self.x(float(end)) for end in for_end)
        self.sheet.add_rule(left, middle, right, middle, colour=colour, width=2.2)
        for at, value, limit, side in ((left, row.low, self.low, -1), (right, row.high, self.high, 1)):
            if (value - limit) * side > 0:  # the interval goes on beyond the scale
                self.sheet.page.add_patch(
                    Polygon(
                        [(at + side * 4, middle), (at - side * 2, middle - 3.4), (at - side * 2, middle + 3.4)],
                        closed=True, facecolor=colour, edgecolor="none", zorder=3,
                    )
                )  # fmt: skip
            else:
                self.sheet.add_rule(at, middle - 3, at, middle + 3, colour=colour, width=1.4)


def _find_span(rows: Sequence[ForestRow]) -> tuple[float, float]:
    """Find the logarithms that the scale spans: every interval that is not beyond all measure, and no change inside."""
    ends = [end for row in rows for end in (row.low, row.high, row.log_ratio) if isfinite(end)]
    low, high = min([*ends, log(0.75)], default=-inf), max([*ends, log(1.25)], default=inf)
    low, high = max(low, log(_LIMITS[0])), min(high, log(_LIMITS[1]))
    # Most intervals decide the scale; a single wide one is cut with an arrow.
    widest = sorted(abs(end) for end in ends)
    usual = widest[int(len(widest) * 0.85)] * 1.15 if widest else 1.0
    usual = max(usual, log(1.25))
    return max(low * 1.04, -usual), min(high * 1.04, usual)


def _name_tick(ratio: float) -> str:
    return write_effect(log(ratio))


def _widest(title: str, cells: Sequence[str], size: float, small: float) -> float:
    return max([measure(title, size=small), *(measure(cell, size=size, bold=True) for cell in cells)], default=0.0) + 2


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
