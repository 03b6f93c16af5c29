"""Scorecards of an operation as HTML: a column for each phase, a line for each figure. All text is escaped here."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from hotspots.views.palette import CLUSTER, GREY_TEXT
from hotspots.views.phases import PHASE_COLOURS, PHASE_NAMES, write_quantity
from hotspots.views.wording import write_count

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from hotspots.terms import Phase


@dataclass(frozen=True)
class Goal:
    """A target: how much, the share reached, where an even pace would be (None without one), its state and words."""

    target: Decimal
    share: float
    expected: float | None
    state: str
    words: str


@dataclass(frozen=True)
class Line:
    """One figure of a scorecard.

    Attributes
    ----------
    label, unit
        The kind.
    quantity, at_least, records
        In this phase: how much, whether it is a lower bound, on how many records.
    total, total_at_least
        The same over all phases.
    goal
        Its target; None without one.
    spark
        By month, oldest first.
    """

    label: str
    unit: str
    quantity: Decimal
    at_least: bool
    records: int
    total: Decimal
    total_at_least: bool
    goal: Goal | None
    spark: tuple[float, ...]


@dataclass(frozen=True)
class Scorecard:
    """The column of one phase: its dates in words, whether it is now, its lines, and what to say when it has none."""

    phase: Phase | None
    dates: tuple[str, ...]
    now: bool
    lines: tuple[Line, ...]
    empty: str


def write_scorecards(scorecards: Sequence[Scorecard]) -> str:
    """Write the scorecards as HTML.

    Parameters
    ----------
    scorecards
        Left to right.
    """
    return f'<div class="op-cards">{"".join(_write_card(card) for card in scorecards)}</div>'


def _write_card(card: Scorecard) -> str:
    name = PHASE_NAMES[card.phase]
    now = '<span class="op-now">now</span>' if card.now else ""
    dates = escape("; ".join(card.dates)) or ("dates lie outside every phase" if card.phase is None else "no dates yet")
    lines = "".join(_write_line(line, PHASE_COLOURS[card.phase]) for line in card.lines)
    empty = "" if card.lines else f'<p class="op-none">{escape(card.empty)}</p>'
    return (
        f'<section class="op-card" style="--phase:{PHASE_COLOURS[card.phase]}" aria-label="{name}"><header>'
        f"<h3>{name}</h3><span>{dates}</span>{now}</header>{lines}{empty}</section>"
    )


def _write_line(line: Line, colour: str) -> str:
    records = write_count(line.records, "record") if line.records else "no record yet"
    value = write_quantity(line.quantity, line.unit, at_least=line.at_least)
    elsewhere = line.total != line.quantity
    total = f"<small>{escape(write_quantity(line.total, line.unit, at_least=line.total_at_least))} in all</small>"
    return (
        f'<div class="op-line"><div class="name">{escape(line.label)}<small>{records}</small></div>'
        f'<div class="value">{escape(value)}{total if elsewhere else ""}</div>{draw_spark(line.spark, colour)}'
        f"{_write_goal(line.goal, line.unit) if line.goal else ''}</div>"
    )


def _write_goal(goal: Goal, unit: str) -> str:
    mark = "" if goal.expected is None else f'<b style="left:{100 * min(goal.expected, 1):.0f}%"></b>'
    state = goal.state.replace(" ", "-")
    return (
        f'<div class="op-goal {state}"><span class="bar"><i style="width:{100 * goal.share:.0f}%"></i>'
        f"{mark}</span><span>of {escape(write_quantity(goal.target, unit))}: "
        f'<span class="state">{escape(goal.words)}</span></span></div>'
    )


def draw_spark(values: Sequence[float], colour: str) -> str:
    """Draw a sparkline of monthly columns; plain boxes, because the page takes pictures out of HTML."""
    top = max(values, default=0.0)
    if top <= 0:
        return '<span class="op-spark"></span>'
    columns = "".join(f'<i style="height:{100 * max(value, 0) / top:.0f}%"></i>' for value in values)
    return f'<span class="op-spark" style="--phase:{colour}" aria-hidden="true">{columns}</span>'


@dataclass(frozen=True)
class Sum:
    """A kind over all phases: its label and what is written behind it."""

    label: str
    written: str


def write_pair(enforcement: Sequence[Sum], safeguarding: Sequence[Sum], *, published: bool = False) -> str:
    """Write enforcement and safeguarding side by side; that nothing is recorded is said.

    Parameters
    ----------
    enforcement, safeguarding
        The kinds of which there are records.
    published
        Whether published figures stand elsewhere on the page.
    """
    elsewhere = " The published figures above rest on no records here." if published else ""

    def column(title: str, sums: Sequence[Sum], none: str) -> str:
        lines = "".join(
            f'<div class="op-sum"><span>{escape(one.label)}</span><b>{escape(one.written)}</b></div>' for one in sums
        )
        return f'<div><h3>{title}</h3>{lines or f"""<p class="op-none">{escape(none)}</p>"""}</div>'

    return (
        '<div class="op-pair">'
        + column("Enforcement", enforcement, f"No enforcement is on record.{elsewhere}")
        + column(
            "Safeguarding",
            safeguarding,
            "No safeguarding is on record. Enter referrals beside the enforcement that led to them.",
        )
        + "</div>"
    )


@dataclass(frozen=True)
class Story:
    """A published statement: its date, label, words, source, address and note, and whether it may be corrected."""

    when: str
    label: str
    statement: str
    source: str
    url: str
    note: str
    read_only: bool


def write_story(stories: Sequence[Story]) -> str:
    """Write published statements, earliest first, each with its source; “over” stays as it was published."""
    items = []
    for story in stories:
        tag = '<span class="op-tag">published record, read only</span>' if story.read_only else ""
        source = escape(story.source)
        if story.url.startswith(("https://", "http://")):
            source = f'<a href="{escape(story.url)}" target="_blank" rel="noopener noreferrer">{source}</a>'
        note = f" {escape(story.note)}" if story.note else ""
        items.append(
            f'<li><strong>{escape(story.label)} <span class="when">as at {escape(story.when)}</span>{tag}</strong>'
            f'<span class="said">{escape(story.statement)}</span><div class="src">Source: {source}.{note}</div></li>'
        )
    return f'<ul class="op-story">{"".join(items)}</ul>'


def write_legend(*, today: bool = True) -> str:
    """Say what the marks of a timeline stand for; `today` is whether its line is drawn."""
    line = f'<span><i style="width:2px;height:14px;background:{CLUSTER}"></i>today</span>' if today else ""
    bars = "".join(
        f'<span><i style="width:22px;height:10px;background:{PHASE_COLOURS[phase]}"></i>{PHASE_NAMES[phase]}</span>'
        for phase in PHASE_COLOURS
        if phase
    )
    return (
        f'<div class="hs-legend" role="img" aria-label="Legend of the timeline">{bars}'
        '<span><i style="width:11px;height:11px;border-radius:50%;background:#FFFFFF;'
        f'border:2px solid {GREY_TEXT}"></i>'
        "activities in a month, larger is more</span>"
        '<span><i style="width:10px;height:10px;background:#0b0c0c;transform:rotate(45deg)"></i>'
        "published statement</span>"
        '<span><i style="width:22px;height:12px;background:#E3E6E8"></i>'
        f"incidents in its area, each on a scale of its own</span>{line}</div>"
    )


@dataclass(frozen=True)
class Published:
    """A published figure: its label, what is written, the date to which it runs, and who published it."""

    label: str
    written: str
    when: str
    source: str


def write_published(figures: Sequence[Published]) -> str:
    """Write the latest published figure about each kind; “over” stays as it was published."""
    cells = "".join(
        f'<div title="{escape(figure.source)}"><span class="label">{escape(figure.label)}</span>'
        f"<b>{escape(figure.written)}</b><small>as at {escape(figure.when)}</small></div>"
        for figure in figures
    )
    return f'<div class="op-published">{cells}</div>'
