"""One operation on a sheet: scorecards of its phases, and its activity by month before the crime of its area."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hotspots.views import palette
from hotspots.views.blocks import GAP, draw_fact_strip, draw_frame, draw_heading, keep_facts
from hotspots.views.phases import PHASE_COLOURS, PHASE_NAMES, PHASE_ORDER, write_quantity
from hotspots.views.sheet import Box
from hotspots.views.ticks import choose_ticks
from hotspots.views.time_axis import (
    Scale,
    draw_events,
    draw_gaps,
    draw_months,
    draw_phases,
    height_of_phases,
    open_plot,
)
from hotspots.views.typeset import fit_lines, line_height, measure
from hotspots.views.wording import write_count, write_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hotspots.views.operation_pictures import ActivityPicture, PhasesPicture, Story
    from hotspots.views.scorecards import Line, Published, Scorecard
    from hotspots.views.sheet import Sheet

_PAD = 7.0
_MOST_PUBLISHED = 8
_LEAST, _LEAST_SQUARE = 0.42, 0.6
"""Least height of the cards, as a share of the sheet; key figures give way to them."""


def lay_out_phases(sheet: Sheet, picture: PhasesPicture) -> None:
    """Lay out a column for each phase, and below them, apart, what was published."""
    body = draw_frame(sheet, picture)
    height = _draw_published(sheet, picture.published, body, draw=False) if picture.published else 0.0
    facts = keep_facts(
        sheet,
        picture.facts,
        body,
        least=(_LEAST_SQUARE if sheet.paper.is_square else _LEAST) + height / sheet.paper.height,
    )
    top = draw_fact_strip(sheet, facts, body)
    body = Box(body.left, top, body.width, body.bottom - top)
    if picture.published:
        _draw_published(sheet, picture.published, Box(body.left, body.bottom - height, body.width, height))
        body = Box(body.left, body.top, body.width, body.height - height - GAP)
    is_narrow = sheet.paper.width < sheet.paper.height or sheet.paper.is_square
    cards = picture.cards
    columns = 1 if is_narrow else max(len(cards), 1)
    wide = (body.width - GAP * (columns - 1)) / columns
    if is_narrow:
        top = body.top
        for card, high in zip(cards, _share_height(sheet, cards, body.height), strict=True):
            _draw_card(sheet, card, Box(body.left, top, body.width, high), parts=2)
            top += high + GAP / 2
        return
    for position, card in enumerate(cards):
        _draw_card(sheet, card, Box(body.left + position * (wide + GAP), body.top, wide, body.height), parts=1)


def _share_height(sheet: Sheet, cards: Sequence[Scorecard], height: float) -> list[float]:
    """Share the height of a narrow sheet between cards by what each has to show in two columns."""
    head = line_height(sheet.paper.body) + 17
    wanted = [
        head
        + max(sum(_height_of_line(sheet, line, 1.0) for line in card.lines[::2]), line_height(sheet.paper.small) * 2)
        for card in cards
    ]
    room = height - GAP / 2 * (len(cards) - 1)
    if sum(wanted) <= room:
        spare = (room - sum(wanted)) / max(len(cards), 1)
        return [one + spare for one in wanted]
    # Where it is not enough, what stands below the heads is cut in proportion.
    share = max(room - head * len(cards), 0.0) / max(sum(wanted) - head * len(cards), 1.0)
    return [head + (one - head) * share for one in wanted]


def _draw_card(sheet: Sheet, card: Scorecard, box: Box, *, parts: int) -> None:
    """Draw a phase: its name on its colour, its dates, and its figures in one or two columns."""
    theme, body, small = sheet.theme, sheet.paper.body, sheet.paper.small
    colour = PHASE_COLOURS[card.phase]
    head = line_height(body) + 8
    sheet.add_box(box, fill=theme.panel, edge=theme.rule, width=0.6, behind=True)
    sheet.add_box(Box(box.left, box.top, box.width, head), fill=colour, edge=theme.rim(colour), width=0.8)
    ink = palette.text_on(colour)
    name = PHASE_NAMES[card.phase]
    baseline = box.top + head / 2 + body * 0.36
    sheet.add_text(box.left + _PAD, baseline, name, size=body + 1, bold=True, colour=ink)
    left = box.left + _PAD + measure(name, size=body + 1, bold=True) + 8
    now = "now" if card.now else ""
    right = box.right - _PAD - (measure(now, size=small, bold=True) + 8 if now else 0)
    dates = "; ".join(card.dates) or ("outside every phase" if card.phase is None else "no dates yet")
    lines, size = fit_lines(dates, width=right - left, size=small, smallest=small - 2)
    sheet.add_text(left, baseline, lines[0] if lines else "", size=size, colour=ink)
    if now:
        sheet.add_text(box.right - _PAD, baseline, now, size=small, bold=True, colour=ink, align="right")
    inner = Box(box.left + _PAD, box.top + head + 5, box.width - 2 * _PAD, box.height - head - 9)
    if not card.lines:
        words, size = fit_lines(card.empty, width=inner.width, size=small, max_lines=4, smallest=small - 1)
        room = int(inner.height / line_height(size))
        sheet.add_lines(inner.left, inner.top, words[: max(room, 0)], size=size, colour=theme.grey_text)
        return
    _draw_lines(sheet, card.lines, inner, colour=colour, parts=parts)


def _draw_lines(sheet: Sheet, lines: Sequence[Line], inner: Box, *, colour: str, parts: int) -> None:
    """Draw as many figures as fit, those with targets first, and say how many are left out."""
    small = sheet.paper.small
    wide = (inner.width - GAP * (parts - 1)) / parts
    foot = line_height(small)
    grown = _grow(sheet, lines, inner, parts=parts)
    bottoms = [inner.top] * parts
    shown = 0
    for line in lines:
        part = bottoms.index(min(bottoms))
        high = _height_of_line(sheet, line, grown)
        is_last = shown + 1 == len(lines)
        if bottoms[part] + high > inner.bottom - (0 if is_last else foot):
            break
        box = Box(inner.left + part * (wide + GAP), bottoms[part], wide, high)
        _draw_line(sheet, line, box, colour=colour, grown=grown)
        bottoms[part] += high
        shown += 1
    if shown < len(lines):
        text = f"{write_count(len(lines) - shown, 'further figure')} not shown."
        words, size = fit_lines(text, width=inner.width, size=small, smallest=small - 2)
        if inner.bottom - foot >= max(bottoms) - 1 and words:
            sheet.add_text(inner.left, inner.bottom - 2, words[0], size=size, colour=sheet.theme.grey_text)


def _grow(sheet: Sheet, lines: Sequence[Line], inner: Box, *, parts: int) -> float:
    """Say how much larger than usual the type may be: few figures are set large, to be read from the back of a room."""
    for grown in (1.5, 1.35, 1.2, 1.1):
        heights = [_height_of_line(sheet, line, grown) for line in lines]
        if sum(heights) <= parts * (inner.height - max(heights)) or (parts == 1 and sum(heights) <= inner.height):
            return grown
    return 1.0


def _height_of_line(sheet: Sheet, line: Line, grown: float) -> float:
    return (line_height(sheet.paper.body) + line_height(sheet.paper.small)) * grown + (9.0 if line.goal else 0.0) + 5


def _draw_line(sheet: Sheet, line: Line, box: Box, *, colour: str, grown: float) -> None:
    """Draw one figure: what and how much, on how many records, and how it stands with its target."""
    theme, body, small = sheet.theme, sheet.paper.body * grown, sheet.paper.small * grown
    value = write_quantity(line.quantity, line.unit, at_least=line.at_least)
    room = box.width * 0.5
    written, size = fit_lines(value, width=room, size=body, bold=True, smallest=body - 2.5)
    baseline = box.top + body * 1.02
    sheet.add_text(box.right, baseline, written[0] if written else "", size=size, bold=True, align="right")
    taken = measure(written[0] if written else "", size=size, bold=True) + 8
    words, size = fit_lines(line.label, width=box.width - taken, size=body, smallest=body - 2)
    sheet.add_text(box.left, baseline, words[0] if words else "", size=size)
    top = box.top + line_height(body)
    detail = write_count(line.records, "record") if line.records else "no record yet"
    if line.total != line.quantity:
        detail += f" · {write_quantity(line.total, line.unit, at_least=line.total_at_least)} in all phases"
    if line.goal is not None:
        bar = Box(box.left, top + 1.5, box.width, 5.0)
        sheet.add_box(bar, fill=theme.ground, edge=theme.slate, width=0.6)
        sheet.add_box(
            Box(bar.left, bar.top, bar.width * line.goal.share, bar.height),
            fill=colour,
            edge=theme.rim(colour),
            width=0.5,
        )
        if line.goal.expected is not None:
            at = bar.left + bar.width * min(line.goal.expected, 1.0)
            sheet.add_rule(at, bar.top - 1.5, at, bar.bottom + 1.5, colour=theme.ink, width=1.4)
        top += 9.0
        detail = f"of {write_quantity(line.goal.target, line.unit)}: {line.goal.words} · {detail}"
    words, size = fit_lines(detail, width=box.width, size=small, smallest=small - 2)
    sheet.add_text(box.left, top + size * 0.95, words[0] if words else "", size=size, colour=theme.grey_text)
    sheet.add_rule(box.left, box.bottom - 2, box.right, box.bottom - 2, colour=theme.rule, width=0.5)


def _draw_published(sheet: Sheet, figures: Sequence[Published], box: Box, *, draw: bool = True) -> float:
    """Draw published figures in a strip of their own, and return the height that it takes."""
    theme, small, body = sheet.theme, sheet.paper.small, sheet.paper.body
    shown = list(figures[:_MOST_PUBLISHED])
    more = len(figures) - len(shown)
    title = "Published, apart from the records: the latest statement about each"
    if more:
        title += f" ({more:,} more not shown)"
    columns = min(len(shown), 4 if sheet.paper.width <= sheet.paper.height else _MOST_PUBLISHED)
    wide = (box.width - GAP * (columns - 1)) / columns
    top = box.top
    if draw:
        draw_heading(sheet, title, box.left, top, box.width)
    lines, size = fit_lines(title, width=box.width, size=body, bold=True, max_lines=2, smallest=body - 1)
    top += line_height(size) * len(lines) + 3
    for start in range(0, len(shown), columns):
        high = 0.0
        for position, one in enumerate(shown[start : start + columns]):
            left, y = box.left + position * (wide + GAP), top + 3
            parts = (
                (
                    fit_lines(one.label, width=wide, size=small, max_lines=2, smallest=small - 1.5),
                    theme.grey_text,
                    False,
                ),
                (fit_lines(one.written, width=wide, size=body + 2, bold=True, smallest=body - 2), theme.ink, True),
                (
                    fit_lines(f"as at {one.when}", width=wide, size=small, max_lines=2, smallest=small - 1.5),
                    theme.ink,
                    False,
                ),
            )
            if draw:
                sheet.add_rule(left, top, left + wide, top, colour=theme.slate, width=1.4, dash=True)
            for (words, fitted), colour, bold in parts:
                if draw:
                    sheet.add_lines(left, y, words, size=fitted, colour=colour, bold=bold)
                y += line_height(fitted) * len(words)
            high = max(high, y - top)
        top += high + 4
    return top - box.top


def lay_out_activity(sheet: Sheet, picture: ActivityPicture) -> None:
    """Lay out phases and records above, statements between, and the crime of the area below, on one axis of months."""
    body = draw_frame(sheet, picture)
    top = draw_fact_strip(sheet, keep_facts(sheet, picture.facts, body, least=_LEAST_SQUARE), body)
    small = sheet.paper.small
    top = _draw_activity_key(sheet, picture, body.left, top, body.width) + 4
    lanes, top = top, top + height_of_phases(sheet, picture.phases)
    stories = _fit_stories(sheet, picture.stories, body)
    told = sum(line_height(fitted) * len(lines) + 1 for lines, fitted in stories)
    if body.bottom - told - top < _LEAST * sheet.paper.height:  # the charts need the room, and a number needs its words
        stories, told, picture = [], 0.0, replace(picture, stories=())
    bottom = body.bottom - told
    below = small * 2.8 if picture.stories else small * 0.8
    has_crime = picture.incidents is not None and bool(np.isfinite(picture.incidents).any())
    # Without records there is only a sentence to write where they would stand.
    upper = (bottom - top) * (0.42 if picture.total.any() else 0.2)
    axis = line_height(sheet.paper.body) * 2 + 8
    high = upper - below if has_crime else bottom - top - below - axis
    gutter = _gutter(sheet, picture)
    plot = Box(body.left + gutter, top, body.width - gutter - 6, high)
    flat = Scale(plot, int(picture.months[0]), len(picture.months), 1.0)
    _draw_records(sheet, picture, flat, lanes)
    if has_crime:
        _draw_crime(sheet, picture, Box(body.left, top + upper, body.width, bottom - top - upper))
    else:
        draw_months(sheet, replace(flat, plot=Box(plot.left, plot.top, plot.width, plot.height + below)))
    y = bottom + 2
    for lines, fitted in stories:
        y = sheet.add_lines(body.left, y, lines, size=fitted) + 1


def _gutter(sheet: Sheet, picture: ActivityPicture) -> float:
    """Return what the labels of both scales need at the left, so that months stand below each other."""
    crime = picture.incidents if picture.incidents is not None else np.zeros(1)
    highest = max(float(np.nanmax(np.append(crime, 1.0))), float(picture.total.max(initial=1.0)))
    ticks = choose_ticks(0.0, highest, most=6)
    return max(measure(write_number(tick), size=sheet.paper.body) for tick in ticks) + 8


def _draw_crime(sheet: Sheet, picture: ActivityPicture, box: Box) -> None:
    """Draw the crime of the area by month: unknown before and after the data, and in their gaps."""
    if picture.incidents is None:
        return
    small = sheet.paper.small
    lines, fitted = fit_lines(picture.incidents_title, width=box.width, size=small, bold=True, smallest=small - 1)
    sheet.add_text(box.left, box.top + fitted, lines[0], size=fitted, bold=True)
    head = line_height(small) + (line_height(small) + 4 if picture.events else 4)
    scale = open_plot(
        sheet,
        Box(box.left, box.top + head, box.width, box.height - head),
        first=int(picture.months[0]),
        count=len(picture.months),
        highest=max(float(np.nanmax(picture.incidents)), 1.0),
        right=6,
        gutter=_gutter(sheet, picture),
    )
    known = picture.months[np.isfinite(picture.incidents)]
    inside = (picture.months >= known[0]) & (picture.months <= known[-1])
    draw_gaps(sheet, scale, np.where(inside, picture.incidents, 0.0))
    _draw_columns(sheet, scale, picture.incidents, colour=sheet.theme.comparison, base=0.0)
    draw_months(sheet, scale)
    draw_events(sheet, scale, picture.events)


def _fit_stories(sheet: Sheet, stories: Sequence[Story], body: Box) -> list[tuple[list[str], float]]:
    """Set the statements below the chart, numbered as on it."""
    size = sheet.paper.small
    most = 3 if sheet.paper.is_square else 6
    return [
        fit_lines(
            f"◆ {number}  {story.when}: {story.text}",
            width=body.width,
            size=size,
            max_lines=1 if sheet.paper.width > sheet.paper.height else 2,
            smallest=size - 1.5,
        )
        for number, story in enumerate(stories[:most], start=1)
    ]


def _draw_activity_key(sheet: Sheet, picture: ActivityPicture, left: float, top: float, width: float) -> float:
    """Draw what the columns mean: one entry a phase that has records, and the gaps."""
    size, theme = sheet.paper.small, sheet.theme
    entries = [
        (PHASE_COLOURS[phase], f"Records, {PHASE_NAMES[phase].lower() if phase is None else PHASE_NAMES[phase]}", "")
        for phase in PHASE_ORDER
        if phase in picture.records
    ]
    if picture.incidents is not None and not np.isfinite(picture.incidents).all():
        entries.append((theme.no_data, "No data: unknown, not zero", "/////"))
    x, row = left, line_height(size) + 1
    for colour, text, hatch in entries:
        wide = 20 + measure(text, size=size) + 16
        if x > left and x + wide - 16 > left + width:
            x, top = left, top + row
        edge = theme.rule if hatch else theme.rim(colour)
        sheet.add_box(Box(x, top + 1.5, 14, row - 3), fill=colour, edge=edge, width=0.6, hatch=hatch)
        lines, fitted = fit_lines(text, width=width - 20, size=size, smallest=size - 1.5)
        sheet.add_text(x + 20, top + row / 2 + size * 0.36, lines[0], size=fitted)
        x += wide
    return top + (row if entries else 0.0)


def _draw_records(sheet: Sheet, picture: ActivityPicture, flat: Scale, lanes: float) -> None:
    """Draw the records of each month as columns stacked by phase, and the statements as diamonds on their axis."""
    theme, small = sheet.theme, sheet.paper.small
    total = picture.total
    ticks = choose_ticks(0.0, float(max(total.max(initial=0.0), 1.0)), most=3)
    plot = flat.plot
    scale = Scale(plot, flat.first, flat.count, ticks[-1])
    draw_phases(sheet, scale, picture.phases, lanes)
    for tick in ticks:
        if tick != int(tick) or (tick and not total.any()):  # an axis without a column would look like a broken chart
            continue
        y = scale.y(tick)
        is_base = tick == 0
        sheet.add_rule(
            plot.left, y, plot.right, y, colour=theme.ink if is_base else theme.rule, width=0.9 if is_base else 0.5
        )
        if total.any():
            sheet.add_text(
                plot.left - 6, y + small * 0.36, write_number(tick), size=small, colour=theme.grey_text, align="right"
            )
    base = np.zeros(len(picture.months))
    for phase in PHASE_ORDER:
        if phase in picture.records:
            _draw_columns(sheet, scale, picture.records[phase], colour=PHASE_COLOURS[phase], base=base)
            base = base + picture.records[phase]
    if not total.any():
        text = "No activity is on record."
        sheet.add_text(
            plot.left + plot.width / 2,
            plot.top + plot.height / 2,
            text,
            size=sheet.paper.body,
            align="center",
            halo=theme.ground,
        )
    for number, story in enumerate(picture.stories, start=1):
        x = min(max(scale.edge(story.at), plot.left), plot.right)
        y = plot.bottom + small * 0.75
        sheet.add_text(x, y + small * 0.36, "◆", size=small + 2, align="center", halo=theme.ground)
        sheet.add_text(x, y + small * 1.5, str(number), size=small - 1, align="center")


def _draw_columns(sheet: Sheet, scale: Scale, values: np.ndarray, *, colour: str, base: np.ndarray | float) -> None:
    """Draw a column a month from `base` upwards; a missing month has none."""
    start = np.broadcast_to(np.asarray(base, dtype=float), values.shape)
    wide = max(scale.step * 0.78, 0.8)
    for position in np.flatnonzero(np.isfinite(values) & (values > 0)).tolist():
        low, high = scale.y(float(start[position])), scale.y(float(start[position] + values[position]))
        x = scale.x(scale.first + position)
        sheet.add_box(Box(x - wide / 2, high, wide, low - high), fill=colour, edge=sheet.theme.rim(colour), width=0.3)
