"""Numbers as people in the United Kingdom write them; the same text on the page and in the picture."""

from __future__ import annotations

from math import isfinite

NOT_KNOWN = "–"
"""Stands where a figure is not known."""
MINUS = "−"


def write_number(value: float, *, decimals: int = 0) -> str:
    """Write a number with thousands separators: ``1,234`` or ``1,234.5``; a dash when it is not known.

    Parameters
    ----------
    value
        The figure; NaN and infinity are not known.
    decimals
        Digits after the point.
    """
    if not isfinite(value):
        return NOT_KNOWN
    text = f"{abs(value):,.{decimals}f}"
    is_zero = not text.strip("0.,")
    return f"{MINUS}{text}" if value < 0 and not is_zero else text


def write_change(ratio: float, *, decimals: int = 0) -> str:
    """Write a ratio to an earlier figure as a change: 1.04 is ``+4%``, 0.96 is ``−4%``, 1 is ``0%``.

    It is a figure, never a finding: whether something changed is for its interval to say.
    """
    if not isfinite(ratio):
        return NOT_KNOWN
    size = write_number(abs(ratio - 1) * 100, decimals=decimals)
    if not size.strip("0."):
        return "0%"
    return f"{'+' if ratio > 1 else MINUS}{size}%"


def write_percent(share: float, *, decimals: int = 0) -> str:
    """Write a share of one as a percentage: 0.126 is ``13%``."""
    return f"{write_number(share * 100, decimals=decimals)}%" if isfinite(share) else NOT_KNOWN


def write_range(low: float, high: float, *, decimals: int = 0) -> str:
    """Write an interval as ``3 to 8``, or one number when both ends read the same."""
    first, last = write_number(low, decimals=decimals), write_number(high, decimals=decimals)
    return first if first == last else f"{first} to {last}"


def write_count(count: int, noun: str, plural: str = "") -> str:
    """Write a count with its noun: ``1 area``, ``1,204 areas``."""
    return f"{write_number(count)} {noun if count == 1 else plural or noun + 's'}"
