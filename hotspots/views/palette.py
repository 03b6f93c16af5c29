"""The colours of every map, chart and picture, and the contrast that they keep.

The ramp is one hue from light to dark, so its order survives every kind of colour blindness and a black-and-white
printer. Contrast follows the Web Content Accessibility Guidelines 2.2 (success criteria 1.4.3 and 1.4.11): text 4.5 to
1, graphics 3 to 1. Cluster outlines keep 3 to 1 on every class because they are drawn vermilion on a white casing.
"""

from __future__ import annotations

from functools import cache

from hotspots.errors import InputError

WHITE = "#FFFFFF"
INK = "#0B0C0C"
"""Text, titles and the outline of the chosen area."""
GREY_TEXT = "#505A5F"
"""Secondary text: units, notes, sources."""
SLATE = "#6F777B"
"""Lines on light ground: area edges, axes, hatching."""
RULE = "#B1B4B6"
"""Rules between rows and frames, which carry no meaning."""
PANEL = "#F3F4F5"
"""Ground of panels and shaded months."""
LAND = "#ECEEEF"
"""Neighbouring authorities, and wards beside the chosen area."""
SEA = "#FFFFFF"

SEQUENTIAL = ("#E3ECF7", "#AECAE8", "#6099D0", "#2073BC", "#12436D")
"""Five classes, low to high."""
ACCENT = "#2073BC"
"""A single series: lines, bars, dots."""
ACCENT_DARK = "#12436D"
HOT = ("#FDB863", "#B35806")
"""More than chance: less and more sure. Orange and blue part for every kind of colour blindness (Brewer's PuOr)."""
COLD = ("#9CC3E6", "#1F5FA0")
"""Less than chance: less and more sure."""
NEITHER = "#D9DCDE"
"""Tested, and no more than chance."""
NO_DATA = "#F3F2F1"
NO_DATA_HATCH = SLATE
CLUSTER = "#CB3018"
"""Cluster outlines and their numbers; always on a white casing."""
CASING = WHITE
MARK = "#FFDD00"
"""Casing of the chosen area on a map of the whole force, where its ink alone would pass for an authority's border."""
COMPARISON = "#6F777B"
"""The force, or whatever the chosen area is compared with."""

_STEPS = {1: (3,), 2: (1, 3), 3: (0, 2, 4), 4: (0, 1, 3, 4), 5: (0, 1, 2, 3, 4)}
MAX_CLASSES = len(SEQUENTIAL)


def pick_colours(k: int) -> tuple[str, ...]:
    """Choose `k` colours of the ramp, low to high, as far apart as they can be.

    Raises
    ------
    InputError
        If `k` is below 1 or above `MAX_CLASSES`.
    """
    if k not in _STEPS:
        raise InputError(f"A map has 1 to {MAX_CLASSES} classes, not {k}; more cannot be told apart.")
    return tuple(SEQUENTIAL[step] for step in _STEPS[k])


@cache
def luminance(colour: str) -> float:
    """Return the relative luminance (0 black to 1 white) of ``#RRGGBB``, as WCAG 2.2 defines it."""
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - from sRGB
        for channel in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 (none) to 21 (black on white), as WCAG 2.2 defines it."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@cache
def text_on(fill: str) -> str:
    """Choose ink or white for text on a fill, whichever can be read better."""
    return max((INK, WHITE), key=lambda colour: contrast(colour, fill))


@cache
def line_on(fill: str) -> str:
    """Choose grey or white for the edge of an area of this fill, whichever shows better."""
    return max((GREY_TEXT, WHITE), key=lambda colour: contrast(colour, fill))
