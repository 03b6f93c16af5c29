"""The parts around a map or a chart: marking, title, key figures, legend, tables, caveats and sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hotspots.record_dates import name_day
from hotspots.views.dots import dot_edge, dot_radii
from hotspots.views.map_panel import CLUSTER_CASING, CLUSTER_LINE, MARK_CASING
from hotspots.views.sheet import Box
from hotspots.views.typeset import fit_lines, fit_title, line_height, measure
from hotspots.views.wording import write_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hotspots.views.classes import Classes
    from hotspots.views.pictures import Fact, Picture
    from hotspots.views.sheet import Sheet

GAP = 12.0
"""Space between blocks, in points."""
_MAX_FACTS, _MAX_SQUARE_FACTS = 6, 3
_MOST_NOTE_LINES, _MOST_SOURCE_LINES = 6, 4
_SWATCH, _SWATCH_DOT = 20.0, 8.0


def draw_frame(sheet: Sheet, picture: Picture) -> Box:
    """Draw marking, title, caveats and sources; return the box that is left for the picture itself."""
    paper = sheet.paper
    left, width = paper.margin, paper.width - 2 * paper.margin
    band = paper.band if picture.marking else 0.0
    if band:
        lines, size = fit_lines(picture.marking, width=width, size=band * 0.6, bold=True, smallest=band * 0.42)
        for top in (0.0, paper.height - band):
            sheet.add_box(Box(0, top, paper.width, band), fill=sheet.theme.band)
            sheet.add_text(
                paper.width / 2,
                top + band / 2 + size * 0.36,
                lines[0],
                size=size,
                bold=True,
                colour=sheet.theme.band_text,
                align="center",
            )
    top = band + paper.margin * 0.55
    lines, size = fit_title(
        picture.title,
        width=width,
        size=paper.title,
        smallest=max(paper.title * 0.72, 15),
        on_one_line=max(paper.title * 0.8, 15),
    )
    top = sheet.add_lines(left, top, lines, size=size, bold=True)
    lines, size = fit_lines(
        picture.subtitle, width=width, size=paper.subtitle, max_lines=2, smallest=paper.subtitle - 2
    )
    top = sheet.add_lines(left, top, lines, size=size, colour=sheet.theme.grey_text)
    bottom = _draw_foot(sheet, picture, paper.height - band - paper.margin * 0.45)
    return Box(left, top + GAP * 0.6, width, bottom - GAP * 0.8 - top - GAP * 0.6)


def _draw_foot(sheet: Sheet, picture: Picture, bottom: float) -> float:
    """Write caveats, method and sources above `bottom`, and return where they begin."""
    paper = sheet.paper
    left, width, size = paper.margin, paper.width - 2 * paper.margin, paper.foot
    smallest = size - (2 if paper.is_square else 1)
    # A phone has no room for how a thing was found; what was found, when and under which licence is never left out.
    ends = [_sentence(picture.source)] if paper.is_square else [_sentence(picture.method), _sentence(picture.source)]
    if picture.data_version:
        ends.append(f"Data version {picture.data_version}.")
    if picture.made_on is not None:
        ends.append(f"Made on {name_day(picture.made_on)}.")
    sources, source_size = fit_lines(
        " ".join(end for end in ends if end), width=width, size=size, max_lines=_MOST_SOURCE_LINES, smallest=smallest
    )
    lead = "Read with care:" if picture.notes else ""
    indent = measure(lead, size=size, bold=True) + size * 0.5 if lead else 0.0
    notes, note_size = fit_lines(
        " ".join(_sentence(note) for note in picture.notes),
        width=width - indent,
        size=size,
        max_lines=_MOST_NOTE_LINES,
        smallest=smallest,
    )
    height = line_height(source_size) * len(sources) + (line_height(note_size) * len(notes) + 3 if notes else 0)
    top = bottom - height
    if notes or sources:
        sheet.add_rule(left, top - 4, left + width, top - 4, colour=sheet.theme.rule)
    if notes:
        sheet.add_text(left, top + note_size * 0.95, lead, size=note_size, bold=True)
        top = sheet.add_lines(left + indent, top, notes, size=note_size) + 3
    sheet.add_lines(left, top, sources, size=source_size, colour=sheet.theme.grey_text)
    return bottom - height - 4


def _sentence(text: str) -> str:
    stripped = text.strip()
    return stripped if not stripped or stripped.endswith((".", "!", "?")) else f"{stripped}."


def draw_facts(sheet: Sheet, facts: Sequence[Fact], box: Box, *, columns: int = 2, draw: bool = True) -> float:
    """Draw key figures in a grid and return where the next block begins.

    Parameters
    ----------
    box
        Where they stand; its height is not used.
    columns
        Figures side by side.
    draw
        False to measure only.
    """
    shown = list(facts[:_MAX_FACTS])
    top = box.top
    if not shown:
        return top
    columns = min(columns, len(shown))
    paper, gap = sheet.paper, 10.0
    smallest = paper.small - 0.5
    cell = (box.width - gap * (columns - 1)) / columns
    for start in range(0, len(shown), columns):
        ends = []
        for column, fact in enumerate(shown[start : start + columns]):
            parts = (
                (
                    fit_lines(fact.label, width=cell, size=paper.small, max_lines=2, smallest=smallest),
                    sheet.theme.grey_text,
                    False,
                ),
                (
                    fit_lines(fact.value, width=cell, size=paper.figure, bold=True, smallest=paper.body),
                    sheet.theme.ink,
                    True,
                ),
                (
                    fit_lines(fact.detail, width=cell, size=paper.small, max_lines=3, smallest=smallest),
                    sheet.theme.ink,
                    False,
                ),
            )
            x, y = box.left + column * (cell + gap), top + 4
            if draw:
                sheet.add_rule(x, top, x + cell, top, colour=sheet.theme.accent, width=1.6)
            for (lines, size), colour, bold in parts:
                if draw:
                    sheet.add_lines(x, y, lines, size=size, colour=colour, bold=bold)
                y += line_height(size) * len(lines)
            ends.append(y)
        top = max(ends) + 5
    return top + GAP - 5


def draw_fact_strip(sheet: Sheet, facts: Sequence[Fact], body: Box) -> float:
    """Draw key figures side by side across the sheet and return where the next block begins."""
    if sheet.paper.is_square:
        facts = facts[:_MAX_SQUARE_FACTS]
    count = min(len(facts), _MAX_FACTS)
    is_portrait = sheet.paper.width < sheet.paper.height
    columns = -(-count // 2) if is_portrait and count > _MAX_FACTS // 2 else count
    return draw_facts(sheet, facts, body, columns=max(columns, 1))


def keep_facts(sheet: Sheet, facts: Sequence[Fact], body: Box, *, least: float) -> tuple[Fact, ...]:
    """Return the key figures, or none where less than `least` of the sheet would be left for the picture itself."""
    columns = max(min(len(facts), _MAX_SQUARE_FACTS if sheet.paper.is_square else _MAX_FACTS), 1)
    height = draw_facts(sheet, facts, body, columns=columns, draw=False) - body.top
    return tuple(facts) if body.height - height >= least * sheet.paper.height else ()


def draw_heading(sheet: Sheet, text: str, left: float, top: float, width: float) -> float:
    """Write the heading of a block and return where its content begins."""
    lines, size = fit_lines(
        text, width=width, size=sheet.paper.body, bold=True, max_lines=2, smallest=sheet.paper.body - 1
    )
    return sheet.add_lines(left, top, lines, size=size, bold=True) + 3


@dataclass(frozen=True)
class Key:
    """One entry of a legend.

    Attributes
    ----------
    kind
        ``fill``, ``hatch``, ``dot``, ``cluster``, ``area``, ``ring``, ``mark`` or ``frame``.
    label, count
        What it means, and how many there are; a count may be empty.
    colour
        Of the fill or the dot.
    radius
        Of the dot, in points.
    """

    kind: str
    label: str
    count: str = ""
    colour: str = ""
    radius: float = 0.0


@dataclass(frozen=True)
class Legend:
    """A legend.

    Attributes
    ----------
    title, count_title
        Its heading, and the heading of the counts; both may be empty.
    keys
        Its entries, from the top.
    """

    title: str
    count_title: str
    keys: tuple[Key, ...]


def list_class_keys(classes: Classes, counts: Sequence[int]) -> list[Key]:
    """Make the entries of a choropleth, the highest class first; no data only where there is some."""
    keys = [
        Key("fill", label, write_number(count), colour)
        for colour, label, count in zip(classes.colours, classes.labels, counts, strict=False)
    ][::-1]
    if counts[-1]:
        keys.append(Key("hatch", classes.no_data_label, write_number(counts[-1]), classes.no_data_colour))
    return keys


def list_dot_keys(classes: Classes, counts: Sequence[int]) -> list[Key]:
    """Make the entries of graduated dots, the highest class first."""
    return [
        Key("dot", label, write_number(count), colour, radius)
        for colour, label, count, radius in zip(
            classes.colours, classes.labels, counts, dot_radii(len(classes), sum(counts)), strict=False
        )
    ][::-1]


def _head_legend(sheet: Sheet, title: str, count_title: str, width: float) -> tuple[list[str], float]:
    size = sheet.paper.small
    counts = measure(count_title, size=size) + 6 if count_title else 0.0
    return fit_lines(title, width=width - counts, size=size + 0.5, bold=True, max_lines=3, smallest=size)


def height_of_legend(sheet: Sheet, legend: Legend, width: float) -> float:
    """Return the height that :func:`draw_legend` will take, the gap below left out."""
    heading, size = _head_legend(sheet, legend.title, legend.count_title, width)
    return line_height(size) * len(heading) + 3 + sum(_key_height(sheet, key) for key in legend.keys)


def _key_height(sheet: Sheet, key: Key) -> float:
    return max(line_height(sheet.paper.small) + 1.5, 2 * key.radius + 2.5)


def draw_legend(sheet: Sheet, legend: Legend, left: float, top: float, width: float) -> float:
    """Draw a legend with its counts at the right, and return where the next block begins."""
    title, count_title, keys = legend.title, legend.count_title, legend.keys
    size = sheet.paper.small
    swatch = _SWATCH
    counted = any(key.count for key in keys)
    heading, heading_size = _head_legend(sheet, title, count_title, width)
    top = sheet.add_lines(left, top, heading, size=heading_size, bold=True)
    if counted:
        sheet.add_text(
            left + width,
            top - line_height(heading_size) + heading_size * 0.95,
            count_title,
            size=size,
            colour=sheet.theme.grey_text,
            align="right",
        )
    top += 3
    for key in keys:
        row = _key_height(sheet, key)
        middle = top + row / 2
        _draw_swatch(sheet, key, Box(left, top + 1.5, swatch, row - 3))
        room = width - swatch - 8 - (measure(key.count, size=size) + 8 if key.count else 0)
        lines, fitted = fit_lines(key.label, width=room, size=size, smallest=size - 1)
        sheet.add_text(left + swatch + 8, middle + size * 0.36, lines[0] if lines else "", size=fitted)
        if key.count:
            sheet.add_text(left + width, middle + size * 0.36, key.count, size=size, align="right")
        top += row
    return top + GAP


def draw_legend_strip(sheet: Sheet, legend: Legend, box: Box, *, draw: bool = True) -> float:
    """Draw a legend as rows of entries, counts in brackets, for the foot of a map.

    Parameters
    ----------
    box
        Where it stands; its height is not used.
    draw
        False to measure only.

    Returns
    -------
    float
        The height that it takes.
    """
    size = sheet.paper.small
    heading = f"{legend.title} (number of {legend.count_title} in brackets)" if legend.count_title else legend.title
    lines, heading_size = fit_lines(heading, width=box.width, size=size, bold=True, max_lines=2, smallest=size - 1)
    top = box.top + line_height(heading_size) * len(lines) + (1 if lines else 0)
    if draw:
        sheet.add_lines(box.left, box.top, lines, size=heading_size, bold=True)
    rows: list[list[tuple[Key, float, str, float]]] = [[]]
    x = box.left
    for key in legend.keys:
        swatch = max(2 * key.radius, _SWATCH_DOT) if key.kind == "dot" else _SWATCH
        text = f"{key.label} ({key.count})" if key.count else key.label
        fitted, text_size = fit_lines(text, width=box.width - swatch - 6, size=size, smallest=size - 1)
        width = swatch + 6 + measure(fitted[0] if fitted else "", size=text_size)
        if rows[-1] and x + width > box.right:
            rows.append([])
            x = box.left
        rows[-1].append((key, x, fitted[0] if fitted else "", text_size))
        x += width + 16
    for row in rows:
        height = max((_key_height(sheet, key) for key, *_ in row), default=0.0)
        middle = top + height / 2
        for key, left, text, text_size in row if draw else ():
            swatch = max(2 * key.radius, _SWATCH_DOT) if key.kind == "dot" else _SWATCH
            _draw_swatch(sheet, key, Box(left, middle - size * 0.52, swatch, size * 1.04))
            sheet.add_text(left + swatch + 6, middle + size * 0.36, text, size=text_size)
        top += height
    return top - box.top


def _draw_swatch(sheet: Sheet, key: Key, box: Box) -> None:
    middle_x, middle_y = box.left + box.width / 2, box.top + box.height / 2
    if key.kind == "fill":
        sheet.add_box(box, fill=key.colour, edge=sheet.theme.grey_text, width=0.5)
    elif key.kind == "hatch":
        sheet.add_box(box, fill=sheet.theme.no_data, edge=sheet.theme.no_data_hatch, width=0.5, hatch="/////")
    elif key.kind == "dot":
        edge = dot_edge(key.colour)
        sheet.add_dot(middle_x, middle_y, key.radius, fill=key.colour, edge=edge, width=0.5)
    elif key.kind == "cluster":
        inner = Box(box.left + 2, box.top, box.width - 4, box.height)
        sheet.add_box(inner, edge=sheet.theme.casing, width=CLUSTER_CASING)
        sheet.add_box(inner, edge=sheet.theme.cluster, width=CLUSTER_LINE)
    elif key.kind == "badge":
        sheet.add_dot(middle_x, middle_y, box.height * 0.5, fill=sheet.theme.cluster, edge=sheet.theme.casing)
    elif key.kind == "note":
        sheet.add_box(Box(middle_x - 2.6, middle_y - 2.6, 5.2, 5.2), fill=sheet.theme.ink)
    elif key.kind == "ring":
        sheet.add_rule(box.left, middle_y, box.right, middle_y, colour=sheet.theme.outline, width=1.2, dash=True)
    elif key.kind in {"area", "mark"}:
        if key.kind == "mark":
            inner = Box(box.left + 2, box.top + 1, box.width - 4, box.height - 2)
            sheet.add_box(inner, edge=sheet.theme.mark, width=MARK_CASING)
        line = sheet.theme.mark_line if key.kind == "mark" else sheet.theme.outline
        sheet.add_box(Box(box.left + 1, box.top, box.width - 2, box.height), edge=line, width=2.0)
    else:
        sheet.add_box(Box(box.left + 1, box.top, box.width - 2, box.height), edge=sheet.theme.ink, width=1.2)
