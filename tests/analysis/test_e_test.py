"""The E-test against its paper, a sum over all pairs, and its own properties."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import poisson

from hotspots.analysis.e_test import e_test
from hotspots.errors import InputError, UnknownNameError


@pytest.mark.parametrize(("counts", "expected"), [((0, 3), 0.0884), ((6, 2), 0.1749)])
def test_agrees_with_krishnamoorthy_and_thomson_2004(counts: tuple[int, int], expected: float) -> None:
    """Krishnamoorthy & Thomson 2004, Journal of Statistical Planning and Inference 119(1) 23-35."""
    assert e_test(counts[0], 1, counts[1], 1) == pytest.approx(expected, abs=5e-5)


def _square(a: int, n: int, b: int, m: int) -> tuple[int, Fraction]:
    """Return the sign and square of the statistic, exactly."""
    difference = Fraction(a, n) - Fraction(b, m)
    spread = Fraction(a, n * n) + Fraction(b, m * m)
    return (difference > 0) - (difference < 0), difference * difference / spread if spread else Fraction(0)


@pytest.mark.parametrize(("a", "n", "b", "m"), [(0, 1, 3, 1), (6, 2, 0, 7), (4, 3, 9, 2), (5, 1, 5, 1), (12, 5, 3, 4)])
def test_equals_the_sum_over_all_pairs_with_exact_ties(a: int, n: int, b: int, m: int) -> None:
    """(6, 2 months) against (0, 7 months) ties with (0, 6): a comparison in floats loses it, this one must not."""
    rate = (a + b) / (n + m)
    _, level = _square(a, n, b, m)
    total = sum(
        poisson.pmf(i, rate * n) * poisson.pmf(j, rate * m)
        for i in range(70) for j in range(70) if _square(i, n, j, m)[1] >= level
    )  # fmt: skip
    assert e_test(a, n, b, m) == pytest.approx(min(total, 1.0), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 400), st.integers(1, 24), st.integers(0, 400), st.integers(1, 24))
def test_is_a_probability_and_symmetric(a: int, n: int, b: int, m: int) -> None:
    p = e_test(a, n, b, m)
    assert 0 < p <= 1
    assert p == pytest.approx(e_test(b, m, a, n), rel=1e-6)
    assert e_test(a, n, b, m, alternative="less") == pytest.approx(e_test(b, m, a, n, alternative="greater"))


def test_large_counts_and_no_counts() -> None:
    assert e_test(0, 1, 0, 9) == 1
    assert e_test(100_000, 12, 101_000, 12) == pytest.approx(0.0257, abs=2e-4)  # as the normal test
    assert e_test(5_000, 12, 1, 12) > 0


@pytest.mark.parametrize("given_", [(-1, 1, 2, 1), (1.5, 1, 2, 1), (1, 0, 2, 1)])
def test_says_what_is_wrong(given_: tuple[float, float, float, float]) -> None:
    with pytest.raises(InputError, match=r"whole numbers|covered month"):
        e_test(*given_)
    with pytest.raises(UnknownNameError):
        e_test(1, 1, 1, 1, alternative="both")
