"""The parts that pages are made of: marking, title, key figures, notes and messages. All text from data is escaped."""

from __future__ import annotations

import string
from datetime import date
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from hotspots.months import name_month, parse_month
from hotspots.pipeline.attribution import state_licence
from hotspots.terms import name_force
from hotspots.ui.glossary import define
from hotspots.views.repaint import repaint, repaint_data
from hotspots.views.wording import write_count

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hotspots.pipeline.figures import KeyFigure
    from hotspots.pipeline.selection import Chosen
    from hotspots.pipeline.world import World

CAUTION = "Found by police work"
"""How a caveat begins that stands at the top of a page instead of below it."""
USUAL_DELAY = 3
"""Months by which the latest month of police.uk lies behind today without anything having been forgotten."""
_EVENTS = {
    "new map points": "police.uk moved its map points; clusters and places before and after are not strictly "
    "comparable, wards are.",
    "new LSOA codes": "LSOA codes changed; series by LSOA before and after are not strictly comparable.",
}
"""What the few words beside a line in a chart mean."""
_PRINT_DARK = (
    '@media print { [data-testid="stVegaLiteChart"], [data-testid="stDataFrame"]:not(.hs-written) '
    "{ filter: invert(1) hue-rotate(180deg); } }"
)
"""Paper is white: what was drawn for a dark screen, and cannot be drawn again for the printer, is turned round.

The map of an area draws itself again (`views/folium_elements.py`): turned round, its dots would change their classes.
"""
_ASSETS = Path(__file__).resolve().parent / "assets"


def draw_style() -> None:
    """Give the page its type scale and spacing."""
    st.html(_ASSETS / "page.css")
    st.html(f"<style>{_PRINT_DARK if is_dark() else '/* light already */'}</style>")


def draw_marking(marking: str) -> None:
    """Draw the protective marking at the top and at the bottom."""
    text = escape(marking)
    st.html(
        f'<div class="hs-marking top" role="note" aria-label="Protective marking">{text}</div>'
        f'<div class="hs-marking bottom" aria-hidden="true">{text}</div>'
    )


def draw_title(
    title: str, *, period: str, world: World, detail: str = "", beside: Callable[[], None] | None = None
) -> None:
    """Draw the page's title with its period and how fresh the data are, and a button beside it."""
    last = name_month(int(world.cube.months[-1]))
    kind = "Embedded data" if world.embedded else "Data"
    left, right = st.columns([6, 1], vertical_alignment="bottom") if beside is not None else (st.container(), None)
    left.html(
        f'<div class="hs-head"><h1>{escape(title)}</h1><p class="fresh">{kind} to {escape(last)}{_say_age(world)}</p>'
        f"<p><strong>{escape(period)}</strong>{f' · {escape(detail)}' if detail else ''}</p></div>"
    )
    if beside is not None and right is not None:
        with right:
            beside()
    st.html('<hr class="hs-rule">')


def _say_age(world: World) -> str:
    """Say how old the latest month is, where that is more than police.uk's own delay."""
    today = date.today()  # noqa: DTZ011 - the day where the officer sits, not in Greenwich
    age = parse_month(f"{today:%Y-%m}") - int(world.cube.months[-1])
    return f" · latest month is {write_count(age, 'month')} old" if age > USUAL_DELAY else ""


def draw_embedded_notice(world: World) -> None:
    """Say that nothing has been loaded, and what is shown instead."""
    if not world.embedded:
        return
    months = world.cube.months
    first, last = name_month(int(months[0])), name_month(int(months[-1]))
    st.html(
        f'<div class="hs-notice">These are the data that come with Hotspots: police.uk counts, {first} to {last}, '
        f"{escape(world.boundaries.name)}. To load your own: <b>hotspots ingest FOLDER</b></div>"
    )


def as_label(text: str) -> str:
    """Return text that a button or tab shows as it stands: Streamlit reads labels as Markdown, pictures included."""
    return "".join(f"\\{char}" if char in string.punctuation else char for char in text)


def draw_cautions(caveats: Sequence[str]) -> None:
    """Draw at the top, and loudly, those caveats without which the whole view would be misread."""
    for caveat in caveats:
        if _is_caution(caveat):
            st.html(f'<div class="hs-notice caution" role="note">{escape(caveat)}</div>')


def _is_caution(caveat: str) -> bool:
    return caveat.startswith(CAUTION)


def draw_key_figures(figures: Sequence[KeyFigure], apart: Sequence[KeyFigure] = ()) -> None:
    """Draw the numbers at the top, the enforcement-driven ones set off behind them."""
    cells = [_figure(figure) for figure in figures]
    if apart:
        lines = "".join(
            f'<div title="{escape(figure.help)}"><b>{escape(figure.value)}</b> {escape(figure.label)}</div>'
            for figure in apart
        )
        cells.append(f'<div class="hs-figure apart"><div class="label">Found by police work</div>{lines}</div>')
    st.html(f'<div class="hs-figures">{"".join(cells)}</div>')


def _figure(figure: KeyFigure) -> str:
    changes = "".join(f'<span class="change">{escape(_capital(change.sentence))}</span>' for change in figure.changes)
    return (
        f'<div class="hs-figure" title="{escape(figure.help)}"><div class="label">{escape(figure.label)}</div>'
        f'<span class="value">{escape(figure.value)}</span><span class="unit">{escape(figure.unit)}</span>'
        f"{changes}</div>"
    )


def is_dark() -> bool:
    """Return whether the visitor's screen is dark: by their choice in the menu, or as the computer is set."""
    return st.context.theme.type == "dark"


def draw_html(text: str) -> None:
    """Draw HTML that a view made, in the colours of the visitor's look."""
    st.html(repaint(text, dark=is_dark()))


def draw_chart(spec: dict[str, Any], *, key: str) -> None:
    """Draw a chart with its description for screen readers; its width is the page's, its grammar the renderer's own."""
    shown = {name: value for name, value in spec.items() if name not in ("$schema", "width")}
    ours = repaint_data(shown, dark=is_dark())
    st.vega_lite_chart(ours, theme=None, width="stretch", key=key)


def draw_section(title: str, detail: str = "", *, tall: bool = False, term: str | tuple[str, ...] = ()) -> None:
    """Draw a section's heading.

    Parameters
    ----------
    title, detail
        The heading, and a few words beside it.
    tall
        Whether it takes as much room as the strip that may stand in its place.
    term
        Codes of the words of the glossary that question marks beside it explain, without a run of the page.
    """
    small = f"<small>{escape(detail)}</small>" if detail else ""
    st.html(
        f'<div class="hs-heading{" tall" if tall else ""}"><h2 class="hs-section">{escape(title)}{small}</h2>'
        f"{''.join(_write_term(code) for code in ((term,) if isinstance(term, str) else term))}</div>"
    )


def _write_term(code: str) -> str:
    term = define(code)
    return (
        f'<details class="hs-term"><summary aria-label="What is meant: {escape(term.name)}">?</summary>'
        f"<p><strong>{escape(term.name)}</strong> {escape(term.meaning)}</p></details>"
    )


def draw_strip(text: str, detail: str = "") -> None:
    """Draw one sentence about what is chosen, and its figures below it."""
    small = f"<small>{escape(detail)}</small>" if detail else ""
    st.html(f'<div class="hs-strip">{escape(text)}{small}</div>')


def draw_events(events: Sequence[tuple[int, str]]) -> None:
    """Explain the lines that mark breaks in a chart of months; `events` as the chart has them."""
    lines = "".join(
        f"<p>“{escape(text.capitalize())}”, {escape(name_month(month))}: {escape(_EVENTS[text])}</p>"
        for month, text in events
        if text in _EVENTS
    )
    if lines:
        st.html(f'<div class="hs-caption">{lines}</div>')


def draw_message(title: str, text: str, *, wrong: bool = False) -> None:
    """Draw a message in place of a view: what is the matter, and what to do."""
    kind = " wrong" if wrong else ""
    role = "alert" if wrong else "status"
    st.html(f'<div class="hs-message{kind}" role="{role}"><h2>{escape(title)}</h2>{escape(text)}</div>')


def draw_fault(reference: str) -> None:
    """Say in place of a view that the program failed, and under which number the log holds why."""
    draw_message(
        "This part of the dashboard failed",
        "The fault is in the program, not in what you chose, and nothing that was confirmed is lost. Open another "
        f"page, or this one again. If it stays, tell whoever looks after the dashboard the reference {reference}: the "
        "log says under it what went wrong.",
        wrong=True,
    )


def draw_troubles(sentences: Sequence[str]) -> None:
    """Say at the top, and loudly, that what is shown is not the newest."""
    for sentence in sentences:
        st.html(f'<div class="hs-notice caution" role="alert">{escape(sentence)}</div>')


def draw_notes(world: World, chosen: Chosen, caveats: Sequence[str], method: str) -> None:
    """Draw what a reader must know: caveats, method, sources, licence and versions."""
    items = "".join(f"<li>{escape(caveat)}</li>" for caveat in caveats if not _is_caution(caveat))
    forces = ", ".join(name_force(force) for force in world.forces)
    months = len(chosen.months)
    st.html(
        f'<div class="hs-notes"><p><strong>Read with care</strong></p><ul>{items}</ul>'
        f"<p><strong>Method</strong> {escape(method)}</p>"
        f"<p><strong>Source</strong> police.uk street-level crime, {escape(forces)}, {write_count(months, 'month')}; "
        f"{escape(_name_boundaries(world))}. "
        f"Harm: {escape(world.harm.source)}</p>"
        f"<p>{escape(state_licence(world))}</p><p>Data version {escape(world.data_version)}.</p></div>"
    )


def _name_boundaries(world: World) -> str:
    """Name the boundaries with what is known of where they come from."""
    known = world.boundaries
    named = ", ".join(part for part in (known.name, known.source) if part)
    return f"{named} ({known.vintage})" if known.vintage else named


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
