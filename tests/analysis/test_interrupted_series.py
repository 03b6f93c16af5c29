"""Interrupted series: steps of phases are found again, and too short a series is refused."""

from __future__ import annotations

import numpy as np
import pytest

from hotspots.analysis.interrupted_series import fit_series
from hotspots.errors import InputError

MONTHS = np.arange(600, 660)


def draw(steps: np.ndarray, *, seed: int = 0) -> np.ndarray:
    season = 1 + 0.2 * np.sin(2 * np.pi * MONTHS / 12)
    trend = np.exp(0.1 * (MONTHS - 600) / 12)
    return np.random.default_rng(seed).poisson(300 * season * trend * steps).astype(float)


def test_a_step_is_found_through_trend_and_season() -> None:
    after = MONTHS >= 636
    fitted = fit_series(draw(np.where(after, 0.7, 1.0)), MONTHS, {"clear": after})
    (step,) = fitted.steps
    assert np.exp(step.log_ratio) == pytest.approx(0.7, abs=0.05)
    assert step.low < np.log(0.7) < step.high < 0
    assert step.months == 24
    assert fitted.dispersion == pytest.approx(1.0, abs=0.5)
    assert fitted.expected[-1] == pytest.approx(300 * 0.95 * np.exp(0.49), rel=0.1)


def test_each_phase_has_its_step() -> None:
    clear, hold = (MONTHS >= 624) & (MONTHS < 636), MONTHS >= 636
    series = draw(np.where(clear, 1.2, np.where(hold, 0.8, 1.0)), seed=1)
    control = draw(np.ones(60), seed=2) * 30
    fitted = fit_series(series, MONTHS, {"clear": clear, "hold": hold}, control=control)
    assert [np.exp(step.log_ratio) for step in fitted.steps] == pytest.approx([1.2, 0.8], abs=0.05)
    assert fitted.controlled


def test_autocorrelation_widens_the_interval() -> None:
    rng = np.random.default_rng(3)
    noise = np.zeros(60)
    for month in range(1, 60):
        noise[month] = 0.8 * noise[month - 1] + rng.normal(0, 0.15)
    after = MONTHS >= 636
    calm = fit_series(draw(np.ones(60)), MONTHS, {"after": after})
    shaken = fit_series(draw(np.exp(noise)), MONTHS, {"after": after})
    assert shaken.steps[0].error > 2 * calm.steps[0].error
    assert shaken.autocorrelation > 0.2


def test_what_cannot_be_fitted_is_refused() -> None:
    series = draw(np.ones(60))
    with pytest.raises(InputError, match="needs 12 covered months before the start, and there are 5"):
        fit_series(series, MONTHS, {"after": MONTHS >= 605})
    with pytest.raises(InputError, match="phase “hold” holds no covered month"):
        fit_series(series, MONTHS, {"after": MONTHS >= 630, "hold": MONTHS > 700})
    with pytest.raises(InputError, match="Nothing was counted in the phase “after”"):
        fit_series(np.where(MONTHS >= 630, 0, series), MONTHS, {"after": MONTHS >= 630})
    with pytest.raises(InputError, match="Nothing was counted before"):
        fit_series(np.where(MONTHS < 630, 0, series), MONTHS, {"after": MONTHS >= 630})
    short = {str(month): MONTHS[:17] >= month for month in range(612, 617)}
    fit_series(series[:30], MONTHS[:30], {"after": MONTHS[:30] >= 612, "late": MONTHS[:30] >= 620})
    with pytest.raises(InputError, match="cannot be told apart"):
        fit_series(series[:30], MONTHS[:30], {"after": MONTHS[:30] >= 612, "again": MONTHS[:30] >= 612})
    more = {**short, "more": np.arange(17) % 3 == 2}
    with pytest.raises(InputError, match="before the start, and there are 2"):
        fit_series(series[:17], MONTHS[:17], more)
    many = {str(month): MONTHS[:20] >= month for month in range(612, 620)}
    many |= {
        "even": (MONTHS[:20] >= 612) & (MONTHS[:20] % 2 == 0),
        "third": (MONTHS[:20] >= 612) & (MONTHS[:20] % 3 == 0),
    }
    many |= {"fifth": (MONTHS[:20] >= 612) & (MONTHS[:20] % 5 == 0), "last": MONTHS[:20] == 619}
    many |= {"first": MONTHS[:20] == 612}
    with pytest.raises(InputError, match="20 months are too few for an interrupted series with 15 terms"):
        fit_series(series[:20], MONTHS[:20], many)
