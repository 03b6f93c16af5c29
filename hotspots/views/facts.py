"""Plain tables of facts beside an evaluation: whole, small, and with all text escaped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def write_facts(titles: Sequence[str], rows: Sequence[Sequence[str]], *, caption: str) -> str:
    """Write a table; the first cell of each row names it.

    Parameters
    ----------
    titles
        One a column.
    rows
        Text of each cell.
    caption
        What it holds, for people who do not see it.
    """
    head = "".join(f'<th scope="col">{escape(title)}</th>' for title in titles)
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in row[1:])}</tr>'
        for row in rows
    )
    return (
        f'<table class="hs-effects hs-facts"><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )
