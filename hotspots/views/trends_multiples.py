"""Small multiples: the months of many areas beside one another, each on its own scale, as one drawing.

Drawn as SVG without a script, so that twelve of them cost the page no more than a table. The grey line is the same area
a year before; a missing month is a shaded gap that no line crosses. Text from data is escaped.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from html import escape
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from hotspots.months import name_month
from hotspots.views.palette import ACCENT, COLD, COMPARISON, GREY_TEXT, HOT, INK, PANEL, RULE, SLATE
from hotspots.views.repaint import repaint, repaint_data
from hotspots.views.wording import write_change, write_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

WIDTH, HEIGHT = 300, 108
_LEFT, _RIGHT, _TOP, _BOTTOM = 30, 6, 8, 18
_MARKS = {"rising": ("▲", HOT[1]), "falling": ("▼", COLD[1])}
MONTHS_A_YEAR = 12


@dataclass(frozen=True, eq=False)
class Multiple:
    """One area's months.

    Attributes
    ----------
    name, detail
        Area and authority.
    values
        One a month; NaN where the month is missing. Shape (t,).
    year_before
        The same months a year before, NaN where not known. Shape (t,).
    ratio, low, high
        Change on the year before with its 90 % interval; NaN when it cannot be told.
    verdict
        ``rising``, ``falling`` or another few words.
    """

    name: str
    detail: str
    values: NDArray[np.float64]
    year_before: NDArray[np.float64]
    ratio: float
    low: float
    high: float
    verdict: str


def draw_multiples(items: Sequence[Multiple], months: NDArray[np.int64], *, dark: bool = False) -> str:
    """Draw the areas as HTML: a grid that fits the page's width.

    Parameters
    ----------
    items
        Areas in the order in which they are read.
    months
        Months since January 1970, consecutive, ascending. Shape (t,).
    dark
        Whether the page's ground is dark.
    """
    drawn = "".join(_draw(item, months, dark=dark) for item in items)
    return f'<div class="hs-multiples">{drawn}</div>'


def write_verdict(item: Multiple) -> str:
    """Say how an area changed: ``+14% (+9% to +19%)``."""
    if not isfinite(item.ratio):
        return "no comparison"
    limits = [write_change(limit) if isfinite(limit) else "no limit" for limit in (item.low, item.high)]
    return f"{write_change(item.ratio)} ({' to '.join(limits)})"


def _draw(item: Multiple, months: NDArray[np.int64], *, dark: bool) -> str:
    mark, colour = _MARKS.get(item.verdict, ("", INK))
    last = name_month(int(months[-1]))
    known = item.values[np.isfinite(item.values)]
    words = (
        f"{item.name}: {item.verdict}, {write_verdict(item)}; last month {last}: "
        f"{write_number(float(item.values[-1]))}, highest {write_number(float(known.max(initial=0)))}"
    )
    shade = repaint_data(colour, dark=dark)
    lines = repaint(_draw_lines(item, months), dark=dark)
    return (
        f'<figure><figcaption><span class="name"><b>{escape(item.name)}</b> '
        f'<span class="lad">{escape(item.detail)}</span></span>'
        f'<span class="verdict" style="color:{shade}">{mark} {escape(item.verdict.capitalize())} '
        f"<small>{escape(write_verdict(item))}</small></span></figcaption>"
        f'<img alt="{escape(words)}" src="data:image/svg+xml;base64,{_encode(lines)}"></figure>'
    )


def _encode(lines: str) -> str:
    """Make a drawing an image's address: Streamlit takes drawings out of a page's HTML, and images not."""
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="Arial, sans-serif">'
        f"{lines}</svg>"
    )
    return b64encode(drawing.encode()).decode("ascii")


def _draw_lines(item: Multiple, months: NDArray[np.int64]) -> str:
    seen = np.concatenate([item.values, item.year_before])
    seen = seen[np.isfinite(seen)]
    top = _round_up(float(seen.max(initial=1.0)))
    step = (WIDTH - _LEFT - _RIGHT) / max(len(months), 1)
    x = np.asarray(_LEFT + (np.arange(len(months)) + 0.5) * step, dtype=np.float64)
    base = HEIGHT - _BOTTOM

    def up(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return base - values / top * (base - _TOP)

    parts = [
        f'<rect x="{at - step / 2:.1f}" y="{_TOP}" width="{step:.1f}" height="{base - _TOP}" fill="{PANEL}" '
        f'stroke="{RULE}" stroke-width=".5"/>'
        for at in x[~np.isfinite(item.values)]
    ]
    parts.append(f'<path d="M{_LEFT} {base}H{WIDTH - _RIGHT}" stroke="{SLATE}" stroke-width="1"/>')
    parts.append(f'<path d="M{_LEFT} {_TOP}H{WIDTH - _RIGHT}" stroke="{RULE}" stroke-width=".7"/>')
    style = f'font-size="11" fill="{GREY_TEXT}"'
    parts.append(f'<text x="{_LEFT - 4}" y="{_TOP + 4}" text-anchor="end" {style}>{write_number(top)}</text>')
    parts.append(f'<text x="{_LEFT - 4}" y="{base + 4}" text-anchor="end" {style}>0</text>')
    for at, month in zip(x, months.tolist(), strict=True):
        if month % MONTHS_A_YEAR == 0:
            parts.append(f'<path d="M{at:.1f} {base}v4" stroke="{SLATE}" stroke-width="1"/>')
            parts.append(
                f'<text x="{at:.1f}" y="{HEIGHT - 3}" text-anchor="middle" {style}>{1970 + month // 12}</text>'
            )
    parts.append(_trace(x, up(item.year_before), f'stroke="{COMPARISON}" stroke-width="1.2" stroke-dasharray="3 2"'))
    parts.append(_trace(x, up(item.values), f'stroke="{ACCENT}" stroke-width="2"'))
    return "".join(parts)


def _trace(x: NDArray[np.float64], y: NDArray[np.float64], style: str) -> str:
    """Draw a line through the known months; it stops at a gap and begins anew after it."""
    known = np.isfinite(y)
    words = []
    for position in np.flatnonzero(known).tolist():
        joined = position > 0 and known[position - 1]
        words.append(f"{'L' if joined else 'M'}{x[position]:.1f} {y[position]:.1f}")
    return f'<path d="{"".join(words)}" fill="none" {style} stroke-linejoin="round"/>'


def _round_up(value: float) -> float:
    """Return the next number that reads well above a value: 1, 2, 2.5 or 5 times a power of ten."""
    if value <= 1:
        return 1.0
    power = 10 ** int(np.floor(np.log10(value)))
    return float(next(step * power for step in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if step * power >= value))
