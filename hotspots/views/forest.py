"""Effects as a table in which each row draws its own interval: what, how far, how sure, and in words.

A forest plot and its table are one thing here, so that no effect can stand without its interval and its sentence, a
screen reader reads every row, and the page prints. Bars are plain boxes, because the page takes pictures out of HTML.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from math import inf, isfinite, log
from typing import TYPE_CHECKING

from hotspots.views.wording import NOT_KNOWN, write_change, write_number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_RATIO_ENDS = (1.25, 1.5, 2.0, 3.0, 5.0)
_NICE = (1.0, 2.0, 5.0)


@dataclass(frozen=True)
class EffectRow:
    """One effect.

    Attributes
    ----------
    name, detail
        What changed, and a few words beside it.
    value, low, high
        A ratio to what was expected, or an amount; NaN where nothing can be told.
    sentence
        In plain words, with the interval where the row has none of its own.
    answer
        ``fell``, ``rose``, ``little change`` or ``cannot tell``: chooses the mark.
    """

    name: str
    value: float
    low: float
    high: float
    sentence: str
    detail: str = ""
    answer: str = "cannot tell"

    @property
    def known(self) -> bool:
        """Whether there is an effect with its interval."""
        return all(isfinite(one) for one in (self.value, self.low, self.high))


def answer_of(low: float, high: float, *, none: float = 0.0) -> str:
    """Read the answer off an interval: ``fell``, ``rose`` or ``cannot tell``."""
    return "fell" if high < none else "rose" if low > none else "cannot tell"


def write_effects(
    rows: Sequence[EffectRow],
    *,
    caption: str,
    what: str = "Outcome",
    level: float = 0.95,
    amounts: bool = False,
    unit: str = "",
    beside: bool = True,
    end: float = 0.0,
) -> str:
    """Write effects as a table with a drawn interval in each row.

    Parameters
    ----------
    rows
        In the order in which they are read.
    caption
        What the table holds, for people who do not see it.
    what
        Title of the first column.
    level
        Probability that the intervals hold.
    amounts
        True for amounts around zero, False for ratios around one.
    unit
        Unit of amounts.
    beside
        Whether the sentences have a column of their own; else each stands in a row below its effect.
    end
        Ratio or amount at which the drawn axis ends; chosen from the rows when 0. Tables that share it share the axis.

    Returns
    -------
    str
        HTML, with all text escaped.
    """
    end = end or find_end(rows, amounts=amounts)
    place = (lambda value: value / end) if amounts else (lambda value: log(max(value, 1e-9)) / log(end))
    write = (lambda value: _signed(value, end)) if amounts else write_change
    left, right = (_signed(-end, end), _signed(end, end)) if amounts else (write_change(1 / end), write_change(end))
    middle = "0" if amounts else "as expected"
    change = f"Change{f', {escape(unit)}' if unit else ''}"
    body = "".join(_write_row(row, place, write, beside=beside) for row in rows)
    titles = [f'<th scope="col">{escape(what)}</th>']
    titles.append(
        f'<th scope="col" class="axis" aria-label="Drawn interval"><span>{escape(left)}</span><span>{middle}</span>'
        f"<span>{escape(right)}</span></th>"
    )
    titles += [f'<th scope="col">{text}</th>' for text in (change, f"{level * 100:.0f}% interval")]
    titles += ['<th scope="col">In words</th>'] if beside else []
    return (
        f'<table class="hs-effects"><caption>{escape(caption)}</caption><thead><tr>{"".join(titles)}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def find_end(rows: Sequence[EffectRow], *, amounts: bool = False) -> float:
    """Find where the drawn axis ends: a round figure that holds the intervals, as far as that helps to read them."""
    reached = [abs(end) for row in rows if row.known for end in (row.low, row.high)]
    if amounts:
        most = max(reached, default=1.0) or 1.0
        step = 10.0 ** int(f"{most:e}".split("e")[1])
        return next(factor * step for factor in (*_NICE, 10.0) if factor * step >= most)
    most = max((max(end, 1 / end if end > 0 else inf) for end in reached), default=1.0)
    return next((end for end in _RATIO_ENDS if end >= most), _RATIO_ENDS[-1])


def _write_row(row: EffectRow, place: Callable[[float], float], write: Callable[[float], str], *, beside: bool) -> str:
    detail = f"<small>{escape(row.detail)}</small>" if row.detail else ""
    words = f'<td class="words">{escape(row.sentence)}</td>'
    kind = "effect" if beside else "effect split"
    head = f'<tr class="{kind}" data-answer="{escape(row.answer)}"><th scope="row">{escape(row.name)}{detail}</th>'
    figures = f'<td class="bar"></td><td class="num">{NOT_KNOWN}</td><td class="num">{NOT_KNOWN}</td>'
    if row.known:
        interval = f"{write(row.low)} to {write(row.high)}"
        figures = (
            f'<td class="bar" aria-hidden="true">{_draw(row, place)}</td>'
            f'<td class="num">{escape(write(row.value))}</td><td class="num">{escape(interval)}</td>'
        )
    if beside:
        return f"{head}{figures}{words}</tr>"
    return f'{head}{figures}</tr><tr class="below">{words.replace("<td", "<td colspan=4", 1)}</tr>'


def _draw(row: EffectRow, place: Callable[[float], float]) -> str:
    """Draw the interval in a box from -1 to 1; an arrow where it goes on beyond its end."""
    low, value, high = (place(one) for one in (row.low, row.value, row.high))
    first, last = (min(max(one, -1.0), 1.0) for one in (low, high))
    beyond = ('<b class="left">◂</b>' if low < -1 else "") + ('<b class="right">▸</b>' if high > 1 else "")
    dot = "" if abs(value) > 1 else f'<u style="left:{_percent(value)}"></u>'
    return (
        f'<div class="{escape(row.answer.replace(" ", "-"))}"><i style="left:{_percent(first)};'
        f'width:{(last - first) * 50:.1f}%"></i>{dot}{beyond}</div>'
    )


def _percent(place: float) -> str:
    return f"{(place + 1) * 50:.1f}%"


def _signed(value: float, end: float) -> str:
    decimals = 0 if end >= 10 else 1  # noqa: PLR2004 - points of a hundred need a digit, incidents do not
    text = write_number(value, decimals=decimals)
    return f"+{text}" if value > 0 and text.strip("0.,") else text
