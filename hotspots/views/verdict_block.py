"""The verdict at the top of an evaluation: a word, a sentence with its interval, figures, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class VerdictFigure:
    """A figure beneath the verdict: its label, what is written, and its interval or a few words."""

    label: str
    value: str
    detail: str


def write_verdict(
    word: str,
    sentence: str,
    figures: Sequence[VerdictFigure],
    reasons: Sequence[tuple[str, Sequence[str]]],
    *,
    answer: str,
    exploration: bool = False,
) -> str:
    """Write the verdict as HTML, with all text escaped.

    Parameters
    ----------
    word, sentence
        The answer in two or three words, and as a sentence with its interval.
    figures
        Effect, incidents and months.
    reasons
        Title and sentences of each column: what it rests on, why it is not firm, what would change our mind.
    answer
        ``fell``, ``rose``, ``little change`` or ``cannot tell``: chooses the colour of the edge.
    exploration
        True when the start is not the recorded one: the block is dashed and says so.
    """
    cells = "".join(
        f'<div class="hs-figure"><div class="label">{escape(one.label)}</div><span class="value">{escape(one.value)}'
        f'</span><span class="unit">{escape(one.detail)}</span></div>'
        for one in figures
    )
    columns = "".join(
        f"<div><h3>{escape(title)}</h3>{''.join(f'<p>{escape(text)}</p>' for text in texts)}</div>"
        for title, texts in reasons
        if texts
    )
    tag = '<span class="tag">Exploration, not a finding</span>' if exploration else ""
    return (
        f'<section class="hs-verdict {escape(answer.replace(" ", "-"))}{" exploration" if exploration else ""}" '
        f'aria-label="Verdict"><p class="word">{escape(word)}{tag}</p><p class="say">{escape(sentence)}</p>'
        f'<div class="hs-figures">{cells}</div><div class="why">{columns}</div></section>'
    )
