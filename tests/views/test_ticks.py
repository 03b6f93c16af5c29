"""Round numbers for an axis."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspots.views.ticks import choose_ticks


def test_known_axes() -> None:
    assert choose_ticks(0, 18_941, most=6) == (0, 5_000, 10_000, 15_000, 20_000)
    assert choose_ticks(0, 1, most=6) == (0, 0.2, 0.4, 0.6, 0.8, 1.0)
    assert choose_ticks(0, 440, most=6) == (0, 100, 200, 300, 400, 500)


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.integers(2, 10))
def test_ticks_span_the_figures_in_even_steps(low: float, extra: float, most: int) -> None:
    ticks = choose_ticks(low, low + extra, most=most)
    assert ticks[0] <= low + 1e-6 * max(low, 1)
    assert ticks[-1] >= (low + extra) * (1 - 1e-6)
    assert 2 <= len(ticks) <= most + 1
    steps = [second - first for first, second in itertools.pairwise(ticks)]
    assert steps == pytest.approx([steps[0]] * len(steps), rel=1e-3)
