"""Step and drift on series whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from hotspots.analysis.step_drift import compare_same_months, fit_step_and_drift
from hotspots.errors import InputError

MONTHS = np.delete(np.arange(604, 638), 20).astype(np.int32)
"""May 2020 to February 2023 without January 2022."""


def test_finds_a_step_and_a_drift_without_noise() -> None:
    year = (MONTHS - 620) / 12
    wave = 1 + 0 * year
    counts = np.round(1e6 * np.array([1.1**year, 1.1**year * np.where(MONTHS >= 625, 0.7, 1), wave])).astype(np.int64)
    found = fit_step_and_drift(MONTHS, counts, step_at=625)
    np.testing.assert_allclose(found.drift, [1.1, 1.1, 1], rtol=1e-5)
    np.testing.assert_allclose(found.step, [1, 0.7, 1], rtol=1e-5)
    assert np.isnan(fit_step_and_drift(MONTHS, counts).step).all()


def test_intervals_hold_as_often_as_they_say() -> None:
    rng = np.random.default_rng(5)
    mean = 30 * 0.9 ** ((MONTHS - 620) / 12) * np.where(MONTHS >= 625, 0.8, 1) * (1 + 0.2 * np.sin(MONTHS * np.pi / 6))
    counts = rng.negative_binomial(30, 30 / (30 + np.tile(mean, (1_500, 1))))
    found = fit_step_and_drift(MONTHS, counts, step_at=625)
    assert 0.86 < ((found.step_low < 0.8) & (found.step_high > 0.8)).mean() < 0.94
    assert 0.86 < ((found.drift_low < 0.9) & (found.drift_high > 0.9)).mean() < 0.94


def test_what_the_force_shares_is_no_step_of_the_area() -> None:
    force = np.where(MONTHS >= 625, 500.0, 1000.0)
    found = fit_step_and_drift(MONTHS, (force / 10)[None].astype(np.int64), step_at=625, expected=force)
    assert found.step[0] == pytest.approx(1, abs=1e-6)


def test_empty_areas_and_empty_sides_are_unknown_and_harm_no_other() -> None:
    counts = np.vstack([np.zeros(33), np.where(MONTHS >= 625, 0, 4), np.full(33, 5)]).astype(np.int64)
    found = fit_step_and_drift(MONTHS, counts, step_at=625)
    assert np.isnan(found.step[:2]).all()
    assert found.step[2] == pytest.approx(1, abs=1e-6)


def test_refuses_too_few_months() -> None:
    with pytest.raises(InputError, match="too few"):
        fit_step_and_drift(MONTHS[:6], np.ones((1, 6), dtype=np.int64), step_at=605)
    with pytest.raises(InputError, match="one side"):
        fit_step_and_drift(MONTHS, np.ones((1, 33), dtype=np.int64), step_at=700)


def test_same_months_last_year_leaves_out_a_month_without_fellow() -> None:
    counts = np.where(MONTHS >= 626, 20, 10)
    found = compare_same_months(MONTHS, counts)
    assert 624 not in found.months - 12  # January 2022 is missing, so that January 2023 has no fellow
    assert found.months.tolist() == [*range(626, 636), 637]
    assert (found.recent, found.earlier) == (220, 110)
    assert found.change.low > 1
    assert 0 < found.p < 0.001
    with pytest.raises(InputError, match="calendar month"):
        compare_same_months(MONTHS[:5], counts[:5])
