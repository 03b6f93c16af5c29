"""Text that fits: measured, folded, shrunk or cut before it is drawn, in a font that comes with matplotlib."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from functools import cache, lru_cache
from pathlib import Path

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import LoadFlags

_FONTS = Path(mpl.get_data_path()) / "fonts" / "ttf"
_REGULAR, _BOLD = _FONTS / "DejaVuSans.ttf", _FONTS / "DejaVuSans-Bold.ttf"
_EM = 1000
_ELLIPSIS = "…"
_WORDS = re.compile(r"\([^()]{1,24}\)\S*|\S+")
"""What stays on one line: a word, or a short bracket such as an interval."""
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
"""Hebrew, Arabic and the scripts beside them, and the forms of their letters.

Matplotlib joins their letters and puts the words in their order from version 3.11 on, so nothing is arranged here.
"""


@cache
def font(*, size: float, bold: bool) -> FontProperties:
    """Return the font of a size in points."""
    return FontProperties(fname=str(_BOLD if bold else _REGULAR), size=size)


def line_height(size: float) -> float:
    """Return the distance of two lines of this size."""
    return size * 1.3


@lru_cache(maxsize=20_000)
def clean(text: str) -> str:
    """Make text drawable on one line: white space folded, controls dropped, glyphs that the font lacks as a box."""
    known = _known_characters()
    folded = re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()
    return "".join(
        character if ord(character) in known else "□"
        for character in folded
        if unicodedata.category(character)[0] != "C"
    )


def measure(text: str, *, size: float, bold: bool = False) -> float:
    """Return the width of a line of text in points."""
    cleaned = clean(text)
    if _RIGHT_TO_LEFT.search(cleaned):
        return _measure_joined(cleaned, bold) * size / _EM
    return sum(_advance(character, bold) for character in cleaned) * size / _EM


def fit_lines(
    text: str, *, width: float, size: float, bold: bool = False, max_lines: int = 1, smallest: float = 0.0
) -> tuple[list[str], float]:
    """Break text into lines of this width: shrink it to `smallest` if need be, then cut it with an ellipsis.

    Returns
    -------
    tuple
        The lines and the size at which they fit.
    """
    cleaned = clean(text)
    if not cleaned:
        return [], size
    smallest = min(smallest or size, size)
    while True:
        lines = _wrap(cleaned, width=width, size=size, bold=bold)
        if len(lines) <= max_lines:
            return lines, size
        if size <= smallest:
            kept = lines[:max_lines]
            last = " ".join(lines[max_lines - 1 :])
            while last and measure(last + _ELLIPSIS, size=size, bold=bold) > width:
                last = last[:-1].rstrip(" ,;.")
            kept[-1] = last + _ELLIPSIS
            return kept, size
        size = max(smallest, size - 0.5)


def fit_title(
    text: str, *, width: float, size: float, smallest: float, on_one_line: float, bold: bool = True
) -> tuple[list[str], float]:
    """Set a title on one line if it fits at `on_one_line` or larger, else on two lines of even length.

    Returns
    -------
    tuple
        The lines and the size at which they fit.
    """
    lines, fitted = fit_lines(text, width=width, size=size, bold=bold, smallest=on_one_line)
    if lines and not lines[-1].endswith(_ELLIPSIS):
        return lines, fitted
    lines, fitted = fit_lines(text, width=width, size=size, bold=bold, max_lines=2, smallest=smallest)
    if len(lines) != 2 or lines[-1].endswith(_ELLIPSIS):  # noqa: PLR2004 - two lines can be evened out
        return lines, fitted
    joined = " ".join(lines)
    for share in (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95):
        narrow = max(measure(joined, size=fitted, bold=bold) * share, width * 0.3)
        even = _wrap(joined, width=min(narrow, width), size=fitted, bold=bold)
        if len(even) == 2 and " ".join(even) == joined:  # noqa: PLR2004 - no word was cut
            return even, fitted
    return lines, fitted


def _wrap(text: str, *, width: float, size: float, bold: bool) -> list[str]:
    lines: list[str] = []
    current = ""
    for word in _split(text, width=width, size=size, bold=bold):
        candidate = f"{current} {word}" if current else word
        if measure(candidate, size=size, bold=bold) <= width:
            current = candidate
            continue
        if current:
            lines.append(current)
        current = word
        while measure(current, size=size, bold=bold) > width and len(current) > 1:
            cut = _count_fitting(current, width=width, size=size, bold=bold)
            lines.append(current[:cut])
            current = current[cut:]
    return [*lines, current] if current else lines


def _count_fitting(word: str, *, width: float, size: float, bold: bool) -> int:
    """Count the letters of a word that fit on a line: one at least."""
    letters = range(1, len(word))
    return max(bisect_right(letters, width, key=lambda cut: measure(word[:cut], size=size, bold=bold)), 1)


def _split(text: str, *, width: float, size: float, bold: bool) -> list[str]:
    """Split text where a line may end; a bracket that is wider than the line is split like any other words."""
    words: list[str] = []
    for word in _WORDS.findall(text):
        words += [word] if measure(word, size=size, bold=bold) <= width else word.split(" ")
    return words


@cache
def _known_characters() -> frozenset[int]:
    both = (font_manager.get_font(str(path)).get_charmap() for path in (_REGULAR, _BOLD))
    return frozenset.intersection(*(frozenset(charmap) for charmap in both))


@cache
def _advance(character: str, bold: bool) -> float:
    face = font_manager.get_font(str(_BOLD if bold else _REGULAR))
    face.set_size(_EM, 72)
    return float(face.load_char(ord(character), flags=LoadFlags.NO_HINTING).linearHoriAdvance) / 65536


@cache
def _measure_joined(text: str, bold: bool) -> float:
    """Measure a line whose letters take other widths beside one another, as it will be drawn."""
    face = font_manager.get_font(str(_BOLD if bold else _REGULAR))
    face.set_size(_EM, 72)
    face.set_text(text, 0.0, flags=LoadFlags.NO_HINTING)
    return float(face.get_width_height()[0]) / 64
