"""Weighted displacement difference and quotient against published rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspots.analysis.displacement import Pair, combine_harm, compare_mix, measure_wdd, measure_wdq
from hotspots.errors import InputError

TREATED, CONTROL = Pair(207, 110), Pair(308, 318)
NEXT_DOOR, NEXT_DOOR_CONTROL = Pair(178, 157), Pair(150, 140)


def test_the_paper_s_row_is_exact_to_print() -> None:
    """Wheeler & Ratcliffe 2018, Crime Science 7:11: -118, sqrt(1568), -2.98, 95 % interval -196 to -40."""
    wdd = measure_wdd(TREATED, CONTROL, next_door=NEXT_DOOR, next_door_control=NEXT_DOOR_CONTROL)
    assert wdd.estimate == -118
    assert wdd.error == pytest.approx(np.sqrt(1568), abs=1e-12)
    assert round(wdd.z, 2) == -2.98
    assert (round(wdd.low), round(wdd.high)) == (-196, -40)
    assert (wdd.local, wdd.next_door) == (-107, -11)


def test_periods_of_unequal_length() -> None:
    """Wheeler 2021, "The WDD test with different pre/post time periods": -20, sqrt(115)."""
    wdd = measure_wdd(Pair(80, 20), Pair(100, 50), periods=(2, 1))
    assert wdd.estimate == -20 + 0 * wdd.error
    assert wdd.error == pytest.approx(np.sqrt(115))


def test_areas_of_unequal_size() -> None:
    """Wheeler 2021, "The WDD test with different area sizes", to nine digits."""
    wdd = measure_wdd(
        TREATED,
        CONTROL,
        next_door=NEXT_DOOR,
        next_door_control=NEXT_DOOR_CONTROL,
        sizes=(1.2, 0.9, 1.5, 1.6),
    )
    assert wdd.estimate == pytest.approx(-99.69444444, abs=5e-9)
    assert wdd.error == pytest.approx(35.4280755, abs=5e-8)
    assert wdd.z == pytest.approx(-2.813995483, abs=5e-10)
    assert (wdd.low, wdd.high) == pytest.approx((-169.1321965, -30.25669241), abs=5e-7)


def test_harm_adds_types_up_by_their_weight() -> None:
    """The example of wdd_harm in Wheeler's R package ptools, worked by hand from its definition."""
    robbery = measure_wdd(Pair(20, 10), Pair(20, 20))
    burglary = measure_wdd(Pair(25, 20), Pair(30, 30))
    theft = measure_wdd(Pair(70, 20), Pair(80, 60))
    harm = combine_harm([robbery, burglary, theft], [10, 5, 1])
    assert harm.estimate == -10 * 10 - 5 * 5 - 30
    assert harm.error == pytest.approx(np.sqrt(100 * 70 + 25 * 105 + 230))
    assert harm.local == harm.estimate


def test_quotient_of_the_definition() -> None:
    """Bowers & Johnson 2003: all that the area gained was lost next door."""
    assert measure_wdq(Pair(100, 50), Pair(100, 150), Pair(100, 100)) == pytest.approx(-1)
    assert measure_wdq(Pair(100, 50), Pair(100, 75), Pair(100, 100)) == pytest.approx(0.5)


def test_without_success_there_is_no_quotient() -> None:
    assert np.isnan(measure_wdq(Pair(100, 100), Pair(100, 150), Pair(100, 100)))
    assert np.isnan(measure_wdq(Pair(100, 120), Pair(100, 150), Pair(100, 100)))
    assert np.isnan(measure_wdq(Pair(100, 50), Pair(100, 150), Pair(0, 100)))


def test_dispersion_widens_and_bad_numbers_are_refused() -> None:
    plain, wide = (measure_wdd(TREATED, CONTROL, dispersion=one) for one in (1.0, 4.0))
    assert wide.error == pytest.approx(2 * plain.error)
    with pytest.raises(InputError, match="dispersion one or more"):
        measure_wdd(TREATED, CONTROL, dispersion=0.5)
    with pytest.raises(InputError, match="above zero"):
        measure_wdd(TREATED, CONTROL, periods=(0, 1))
    with pytest.raises(InputError, match="give zero or more"):
        Pair(-1, 3)


@given(st.lists(st.integers(0, 1000), min_size=8, max_size=8))
def test_swapping_before_and_after_turns_the_sign(counts: list[int]) -> None:
    pairs = [Pair(*counts[i : i + 2]) for i in range(0, 8, 2)]
    turned = [Pair(one.after, one.before) for one in pairs]
    one, two = (
        measure_wdd(given[0], given[1], next_door=given[2], next_door_control=given[3]) for given in (pairs, turned)
    )
    assert one.estimate == pytest.approx(-two.estimate)
    assert one.error == pytest.approx(two.error)
    assert one.low <= one.estimate <= one.high


def test_the_mix_of_types_adds_up_to_no_change() -> None:
    change = compare_mix(np.array([60.0, 40.0]), np.array([45.0, 55.0]))
    assert change == pytest.approx([-0.15, 0.15])
    assert np.isnan(compare_mix(np.zeros(2), np.ones(2))).all()
