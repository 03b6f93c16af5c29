"""Round numbers for an axis."""

from __future__ import annotations

from math import ceil, floor, log10

_NO_SPAN = 1e-6
"""A span below this share of the figures is none: its ticks would all read the same."""


def choose_ticks(low: float, high: float, *, most: int) -> tuple[float, ...]:
    """Choose at most `most` steps of 1, 2 or 5 times a power of ten that span `low` to `high`.

    Returns
    -------
    tuple of float
        Ascending; the first at or below `low`, the last at or above `high`.
    """
    span = high - low
    if span <= max(abs(low), abs(high), 1.0) * _NO_SPAN:
        span = max(abs(high), 1.0)
        high = low + span
    step = 10.0 ** floor(log10(span / most))
    for leading in (1, 2, 5, 10):
        first, last = floor(low / (leading * step) + 1e-9), ceil(high / (leading * step) - 1e-9)
        if last - first <= most:
            return tuple(float(f"{tick * leading * step:.10g}") for tick in range(first, last + 1))
    return (low, high)
