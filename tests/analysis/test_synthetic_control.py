"""Synthetic control: known mixes are found again, and the published West Germany is reproduced."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspots.analysis.conformal import find_conformal_limits
from hotspots.analysis.difference_in_differences import estimate_effect
from hotspots.analysis.panel import Panel
from hotspots.analysis.placebo_areas import draw_placebo_areas
from hotspots.analysis.predictor_synthetic_control import fit_by_predictors, weigh_by_predictors
from hotspots.analysis.synthetic_control import augment, fit_synthetic_control, mix_donors
from hotspots.errors import InputError
from tests.analysis.made_panels import MAY_2020, draw_counts, make_panel
from tests.conftest import REAL_DATA

ORACLE = REAL_DATA.parent / "oracles" / "germany_reunification.csv"


def read_germany() -> tuple[list[str], dict[tuple[str, int], dict[str, float]]]:
    with ORACLE.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    table = {
        (row["country"], int(row["year"])): {
            name: float(text) if text else np.nan for name, text in row.items() if name not in ("country", "year")
        }
        for row in rows
    }
    others = [name for name in dict.fromkeys(row["country"] for row in rows) if name != "West Germany"]
    return ["West Germany", *others], table


@pytest.mark.real_data
def test_west_germany_is_as_published() -> None:
    """Abadie, Diamond & Hainmueller 2015, American Journal of Political Science 59(2): weights and mean effect."""
    if not ORACLE.is_file():
        pytest.skip(f"no {ORACLE.name} beside the raw data")
    countries, table = read_germany()

    def mean(name: str, years: list[int]) -> list[float]:
        return [float(np.nanmean([table[country, year][name] for year in years])) for country in countries]

    def predictors(first: int, schooling: list[int], invest: str) -> np.ndarray:
        decade = list(range(first, first + 10))
        return np.array(
            [
                mean("gdp", decade),
                mean("trade", decade),
                mean("infrate", decade),
                mean("industry", decade),
                mean("schooling", schooling),
                mean(invest, [1980]),
            ]
        )

    def gdp(years: range) -> np.ndarray:
        return np.array([[table[country, year]["gdp"] for country in countries] for year in years])

    found = weigh_by_predictors(
        predictors(1971, [1970, 1975], "invest70"), gdp(range(1981, 1991)), predictors(1981, [1980, 1985], "invest80")
    )
    weights = dict(zip(countries[1:], found.donors, strict=True))
    published = {"Austria": 0.4145, "USA": 0.2162, "Japan": 0.1632, "Switzerland": 0.1077, "Netherlands": 0.0984}
    for country, weight in weights.items():
        assert weight == pytest.approx(published.get(country, 0.0), abs=0.005), country
    after = gdp(range(1990, 2004))
    assert (after[:, 0] - after[:, 1:] @ found.donors).mean() == pytest.approx(-1555.13, rel=0.005)


def test_predictors_that_cannot_choose_are_refused() -> None:
    rng = np.random.default_rng(0)
    table, outcome = rng.normal(size=(3, 6)), rng.normal(size=(4, 6))
    with pytest.raises(InputError, match="same for all units"):
        weigh_by_predictors(np.ones((3, 6)), outcome, table)
    with pytest.raises(InputError, match="missing for a unit"):
        weigh_by_predictors(np.where(np.eye(3, 6) > 0, np.nan, table), outcome, table)
    with pytest.raises(InputError, match="one column for each unit"):
        weigh_by_predictors(table, outcome[:, :5], table)
    with pytest.raises(InputError, match="2 to 40"):
        weigh_by_predictors(table[:, :2], outcome[:, :2], table[:, :2])


def covered_panel(units: int = 30, *, before: int = 16) -> tuple[Panel, np.ndarray]:
    """Make a panel in which unit 3 falls by 30 %, with two covariates."""
    rng = np.random.default_rng(4)
    counts = draw_counts(units, 32, mean=300, seed=8)
    counts[3, before:] *= 0.7
    return make_panel(counts, [3], before=before, covariates=rng.normal(size=(units, 2))), counts


def test_predictors_choose_donors_for_a_panel() -> None:
    panel, counts = covered_panel()
    fitted = fit_by_predictors(panel, counts, draw_placebo_areas(panel))
    assert fitted is not None
    assert fitted.weights.sum() == pytest.approx(1)
    assert (fitted.weights >= 0).all()
    assert fitted.weights[3] == 0
    assert np.exp(fitted.effect.log_ratio) == pytest.approx(0.7, abs=0.05)
    assert fitted.effect.low < fitted.effect.log_ratio < fitted.effect.high < 0
    # The mix is like the area in what it was chosen by.
    gap = fitted.weights @ panel.covariates - panel.covariates[3]
    typical = np.abs(panel.covariates[panel.donors] - panel.covariates[3]).mean(axis=0)
    assert (np.abs(gap) < typical).all()


def test_predictors_without_footing_are_refused() -> None:
    panel, counts = covered_panel()
    with pytest.raises(InputError, match="needs covariates"):
        fit_by_predictors(replace(panel, covariates=None), counts, draw_placebo_areas(panel))
    short, few = covered_panel(before=3)
    with pytest.raises(InputError, match="needs 4 covered months before the start, and there are 3"):
        fit_by_predictors(short, few, draw_placebo_areas(short))
    wide, many = covered_panel(60)
    with pytest.raises(InputError, match="59 donors: a synthetic control on predictors takes 2 to 40"):
        fit_by_predictors(wide, many, draw_placebo_areas(wide))
    none = counts.copy()
    none[3, :16] = 0
    assert fit_by_predictors(panel, none, draw_placebo_areas(panel)) is None


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), penalty=st.sampled_from([0.0, 0.01, 1.0]))
def test_weights_are_a_mix_that_nothing_nearby_beats(seed: int, penalty: float) -> None:
    rng = np.random.default_rng(seed)
    donors, path = rng.uniform(0.5, 1.5, (12, 8)), rng.uniform(0.5, 1.5, 8)
    cost = np.full(12, penalty)
    weights = mix_donors(path, donors, np.arange(12) != 3, cost)
    assert weights.min() >= 0
    assert weights.sum() == pytest.approx(1)
    assert weights[3] == 0

    def loss(mix: np.ndarray) -> float:
        return float(((path - mix @ donors) ** 2).mean() + (cost * mix**2).sum())

    for _ in range(20):
        other = rng.dirichlet(np.ones(12))
        other[3] = 0
        nearby = 0.99 * weights + 0.01 * other / other.sum()
        assert loss(weights) <= loss(nearby) + 1e-6


def test_a_mix_of_two_donors_is_found_again() -> None:
    rng = np.random.default_rng(4)
    donors = rng.uniform(0.5, 1.5, (10, 24))
    weights = mix_donors(0.3 * donors[2] + 0.7 * donors[5], donors, np.ones(10, dtype=bool), np.zeros(10))
    assert weights[[2, 5]] == pytest.approx([0.3, 0.7], abs=1e-6)


def test_ridge_corrects_what_is_left_and_a_large_one_nothing() -> None:
    rng = np.random.default_rng(6)
    donors, path = rng.uniform(0.5, 1.5, (10, 6)), np.full(6, 1.8)
    everyone = np.ones(10, dtype=bool)
    weights = mix_donors(path, donors, everyone, np.zeros(10))
    closer = augment(path, donors, everyone, weights, 1e-6)
    assert np.abs(path - closer @ donors).max() < 1e-3 < np.abs(path - weights @ donors).max()
    assert closer.sum() == pytest.approx(1, abs=1.0)
    assert augment(path, donors, everyone, weights, 1e9) == pytest.approx(weights, abs=1e-6)


@pytest.mark.parametrize("form", [{}, {"penalty": 0.0}, {"augmented": True}])
def test_a_planted_fall_is_found_by_every_form(form: dict[str, float]) -> None:
    counts = draw_counts(40, 36, mean=800, seed=8)
    season = 1 + 0.3 * np.sin(np.arange(36))
    counts[:20] *= season  # half of the places swing, and the area is one of them
    counts[4, 18:] *= 0.7
    panel = make_panel(counts, [4], before=18)
    placebos = draw_placebo_areas(panel)
    found = fit_synthetic_control(panel, panel.counts[0], placebos, **form)
    assert found is not None
    assert np.exp(found.effect.log_ratio) == pytest.approx(0.7, abs=0.03)
    assert found.effect.high < 0
    assert found.weights[:20].sum() > 0.95  # it swings because its donors do
    assert found.weights[4] == 0
    assert found.worse_fit[0] <= 2
    assert found.fit < 0.1


def test_a_large_penalty_is_difference_in_differences() -> None:
    counts = draw_counts(40, 24, mean=300, seed=9)
    panel = make_panel(counts, [4], before=12)
    placebos = draw_placebo_areas(panel)
    plain = estimate_effect(panel, counts, placebos)
    found = fit_synthetic_control(panel, counts, placebos, penalty=1e6)
    assert found is not None
    assert found.effect.log_ratio == pytest.approx(plain.log_ratio, abs=0.005)


def test_nothing_before_the_start_has_no_synthetic_control() -> None:
    counts = draw_counts(20, 24)
    counts[4, :12] = 0
    panel = make_panel(counts, [4], before=12)
    assert fit_synthetic_control(panel, counts, draw_placebo_areas(panel)) is None


def test_conformal_limits_hold_the_truth_and_shut_out_none() -> None:
    counts = draw_counts(30, 36, mean=500, seed=10)
    counts[4, 18:] *= 0.6
    limits = find_conformal_limits(make_panel(counts, [4], before=18), counts)
    assert limits is not None
    assert (limits.first, limits.last) == (MAY_2020 + 18, MAY_2020 + 23)
    assert limits.low <= np.log(0.6) + 0.08
    assert np.log(0.6) - 0.08 <= limits.high < 0
    short = make_panel(counts[:, :15], [4], before=8)
    assert find_conformal_limits(short, counts[:, :15]) is None
