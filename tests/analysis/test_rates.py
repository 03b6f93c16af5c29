"""Shrinkage of rates and the dispersion of counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import nbinom

from hotspots.analysis.rates import estimate_dispersion, shrink_rates


def test_poisson_counts_have_a_dispersion_of_one() -> None:
    rng = np.random.default_rng(1)
    counts = rng.poisson(rng.uniform(5, 80, (150, 1)) * rng.uniform(0.7, 1.3, 30))
    assert estimate_dispersion(counts) == pytest.approx(1.0, abs=0.05)


def test_overdispersed_counts_show_their_dispersion() -> None:
    rng = np.random.default_rng(2)
    mean = rng.uniform(20, 80, (150, 1)) * np.ones(30)
    counts = nbinom.rvs(mean / 3, 1 / 4, random_state=rng)  # variance = 4 x mean
    assert estimate_dispersion(counts) == pytest.approx(4.0, rel=0.06)


def test_a_single_area_is_held_against_its_own_mean() -> None:
    months = np.array([[10, 30] * 15])
    # mean 20, squared residuals 100, 30 months, 29 degrees of freedom
    assert estimate_dispersion(months) == pytest.approx(30 * 100 / 20 / 29)


@pytest.mark.parametrize("shape", [(1, 1), (1, 20), (10, 2), (177, 1), (0, 0), (4, 0)])
def test_too_few_figures_give_no_dispersion(shape: tuple[int, int]) -> None:
    assert np.isnan(estimate_dispersion(np.ones(shape, dtype=np.int64)))


def test_empty_areas_and_months_do_not_dilute_the_dispersion() -> None:
    rng = np.random.default_rng(3)
    counts = rng.poisson(4.0, (40, 12)) * 2
    padded = np.zeros((90, 20), dtype=np.int64)
    padded[:40, :12] = counts
    assert estimate_dispersion(padded) == estimate_dispersion(counts)


def test_the_floor_holds() -> None:
    assert estimate_dispersion(np.full((30, 30), 7), floor=3.5) == 3.5


def test_few_incidents_are_pulled_and_many_stay() -> None:
    exposure = np.array([0.1, 10, 10, 10, 10, 1000])
    counts = np.array([3, 100, 60, 140, 90, 30_000])
    rates = shrink_rates(counts, exposure)
    raw = counts / exposure
    assert rates.centre == pytest.approx(counts.sum() / exposure.sum())
    assert abs(rates.rate[5] / raw[5] - 1) < 1e-3
    moved = (rates.rate - raw) / (rates.centre - raw)
    assert moved[0] == max(moved)
    assert np.allclose(moved, 1 - rates.weight)


def test_the_spread_of_rates_is_found_again() -> None:
    rng = np.random.default_rng(4)
    exposure = rng.uniform(5, 15, 600)
    truth = rng.gamma(4.0, 30 / 4.0, 600)
    rates = shrink_rates(rng.poisson(truth * exposure), exposure)
    assert rates.prior_shape == pytest.approx(4.0, rel=0.15)
    # what is left open covers the truth as often as it says
    inside = np.abs(truth - rates.rate) <= 1.645 * rates.rate / np.sqrt(rates.shape)
    assert inside.mean() == pytest.approx(0.9, abs=0.03)


def test_shrunk_rates_are_nearer_to_the_truth_than_raw_ones() -> None:
    rng = np.random.default_rng(5)
    exposure = rng.uniform(0.1, 0.4, 200)
    truth = rng.gamma(6.0, 20 / 6.0, 200)
    counts = rng.poisson(truth * exposure)
    shrunk = shrink_rates(counts, exposure).rate
    assert ((shrunk - truth) ** 2).sum() < 0.6 * ((counts / exposure - truth) ** 2).sum()


def test_one_extreme_ward_hardly_weakens_the_pull() -> None:
    rng = np.random.default_rng(6)
    exposure = np.ones(100)
    counts = rng.poisson(np.full(100, 10.0))
    counts[0] = 400  # a city centre
    mean = counts.mean()
    between = counts.var() - mean  # the moment estimator of Marshall 1991
    assert 1 - shrink_rates(counts, exposure).weight[1] > 5 * (1 - between / (between + mean))


def test_unions_are_shrunk_but_do_not_set_the_scale() -> None:
    exposure, counts = np.ones(4), np.array([5, 10, 20, 1_000])
    with_union = shrink_rates(counts, exposure, n_reference=3)
    alone = shrink_rates(counts[:3], exposure[:3])
    assert np.array_equal(with_union.rate[:3], alone.rate)
    assert with_union.centre == alone.centre


def test_no_incident_is_a_rate_of_zero() -> None:
    assert not shrink_rates(np.zeros(5), np.ones(5)).rate.any()


def test_one_area_keeps_its_rate() -> None:
    assert shrink_rates(np.array([42]), np.array([2.0])).rate[0] == pytest.approx(21.0)


@given(
    st.lists(st.tuples(st.integers(0, 5_000), st.floats(0.01, 100)), min_size=1, max_size=40),
    st.floats(1, 50),
)
def test_a_shrunk_rate_lies_between_its_own_and_the_force(rows: list[tuple[int, float]], dispersion: float) -> None:
    counts, exposure = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    rates = shrink_rates(counts, exposure, dispersion=dispersion)
    raw = counts / exposure
    slack = 1e-9 * (1 + raw.max())
    assert (rates.rate >= np.minimum(raw, rates.centre) - slack).all()
    assert (rates.rate <= np.maximum(raw, rates.centre) + slack).all()
    assert (rates.shape > 0).all()
    if counts.any():
        assert (rates.rate > 0).all()
