"""Shrunk shares and months among the worst."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspots.analysis.shares import count_top_months, shrink_shares, take_shares


def test_the_strength_of_shares_is_found_again() -> None:
    rng = np.random.default_rng(1)
    truth = rng.beta(2.0, 6.0, 800)
    trials = rng.integers(20, 60, 800)
    shares = shrink_shares(rng.binomial(trials, truth), trials)
    assert shares.strength == pytest.approx(8.0, rel=0.15)
    assert shares.centre == pytest.approx(0.25, abs=0.02)
    assert (np.abs(truth - shares.share) <= 1.645 * shares.error).mean() == pytest.approx(0.9, abs=0.03)


def test_three_of_three_is_not_taken_for_all() -> None:
    shares = shrink_shares(np.array([3, 300, 500, 100, 50]), np.array([3, 1_000, 1_000, 1_000, 1_000]))
    assert shares.share[0] < 0.95
    assert shares.share[1] == pytest.approx(0.3, abs=0.01)


def test_no_trial_gives_the_share_of_the_force() -> None:
    shares = shrink_shares(np.array([0, 300, 500, 100]), np.array([0, 1_000, 1_000, 1_000]))
    assert shares.share[0] == pytest.approx(shares.centre)
    assert shares.error[0] == max(shares.error)


def test_dispersion_makes_trials_worth_less() -> None:
    hits, tries = np.array([10, 40, 60, 90]), np.array([100, 100, 100, 100])
    assert (shrink_shares(hits, tries, dispersion=5.0).error > shrink_shares(hits, tries).error).all()


@pytest.mark.parametrize("hits", [[0, 0, 0], [9, 9, 9], [0], [0, 0]])
def test_shares_at_the_ends_stay_inside(hits: list[int]) -> None:
    shares = shrink_shares(np.array(hits), np.full(len(hits), 9))
    assert ((shares.share > 0) & (shares.share < 1)).all()
    assert np.isfinite(shares.error).all()


@given(st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900)), min_size=1, max_size=30))
def test_a_shrunk_share_lies_between_its_own_and_the_force(rows: list[tuple[int, int]]) -> None:
    hits = np.array([min(row) for row in rows])
    tries = np.array([max(row) for row in rows])
    shares = shrink_shares(hits, tries)
    own = np.divide(hits, tries, out=np.full(len(rows), shares.centre), where=tries > 0)
    assert (shares.share >= np.minimum(own, shares.centre) - 1e-9).all()
    assert (shares.share <= np.maximum(own, shares.centre) + 1e-9).all()


def test_a_plain_share_is_what_was_counted() -> None:
    shares = take_shares(np.array([3, 30, 0, 0, 0]), np.array([3, 100, 5, 5_000, 0]))
    assert shares.share.tolist() == [1.0, 0.3, 0.0, 0.0, 0.0]
    assert shares.error[2:].tolist() == [0.0, 0.0, 0.0]
    # Beta(3.5, 0.5) has variance 3.5 x 0.5 / (4 x 4 x 5)
    assert shares.error[0] == pytest.approx(np.sqrt(3.5 * 0.5 / 80))
    assert shares.error[1] == pytest.approx(np.sqrt(0.3 * 0.7 / 100), rel=0.02)


def test_dispersion_widens_a_plain_share_and_does_not_move_it() -> None:
    hits, tries = np.array([10, 40, 60, 100]), np.array([100, 100, 100, 100])
    close, wide = take_shares(hits, tries), take_shares(hits, tries, dispersion=8.0)
    assert wide.share.tolist() == close.share.tolist()
    assert (wide.error > close.error).all()


def test_top_months_by_hand() -> None:
    # five wards: the top fifth is the one ward with the highest rate of the month
    monthly = np.array([[10, 0, 4], [10, 0, 2], [1, 0, 1], [2, 0, 1], [3, 0, 1], [21, 0, 2]])
    residents = np.array([1_000.0, 500.0, 1_000.0, 1_000.0, 1_000.0, 1_000.0])
    # month 1: ward 2 (0.020); month 2: nobody, for there was nothing; month 3: wards 1 and 2 (0.004 each)
    top = count_top_months(monthly, residents, n_wards=5)
    assert top is not None
    assert top.tolist() == [1, 2, 0, 0, 0, 1]  # the sixth is a named area, held against the wards' mark


def test_a_fifth_of_the_wards_is_at_the_top_of_each_month() -> None:
    rng = np.random.default_rng(2)
    monthly = rng.poisson(rng.uniform(50, 150, (177, 1)), (177, 33))
    top = count_top_months(monthly, rng.uniform(4_000, 12_000, 177), n_wards=177)
    assert top is not None
    assert top.sum() == 36 * 33  # 177 / 5 = 35.4, rounded up


def test_wards_of_unknown_size_are_left_out() -> None:
    monthly = np.full((6, 1), 5)
    size = np.array([np.nan, 1.0, 2.0, 3.0, 4.0, 5.0])
    top = count_top_months(monthly, size, n_wards=6)
    assert top is not None
    assert top.tolist() == [0, 1, 0, 0, 0, 0]
    assert count_top_months(monthly, np.array([np.nan, np.nan, 1, 1, 1, 1]), n_wards=6) is None
