"""PAI, PEI, RRI and the rolling back-test."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspots.analysis.backtest import (
    list_windows,
    predict_fading,
    predict_recent,
    predict_year_before,
    run_backtest,
    summarise_backtest,
)
from hotspots.analysis.prediction import judge_prediction
from hotspots.errors import InputError


def test_pai_and_pei_of_chainey_2008_and_hunt_2016() -> None:
    """Observed 6, 3, 0; predicted 3, 2, 1; equal areas: PAI 2, 1.5, 1 and PEI 1, 1, 1 at one, two and three cells."""
    found = judge_prediction([3, 2, 1], [6, 3, 0], [1, 1, 1], shares=[1 / 3, 2 / 3, 1])
    np.testing.assert_allclose(found.pai, [2, 1.5, 1])
    np.testing.assert_allclose(found.pei, [1, 1, 1])
    np.testing.assert_allclose(found.hit_rate, [2 / 3, 1, 1])


def test_density_decides_and_the_last_area_is_taken_in_part() -> None:
    # The large area holds most but is thin; half of the small dense one is a sixth of the land.
    found = judge_prediction([10, 6], [10, 6], [2, 1], shares=[1 / 6])
    assert found.hits[0] == pytest.approx(3)


def test_ties_are_what_choosing_at_random_gives() -> None:
    found = judge_prediction([1, 1, 1, 1], [8, 0, 0, 0], [1, 1, 1, 1], shares=[0.25])
    assert found.pai[0] == pytest.approx(1)
    np.testing.assert_allclose(
        judge_prediction([0.1 + 0.2, 0.3], [4, 0], [1, 1], shares=[0.5]).pai, 1
    )  # equal but for rounding


def test_rri_tells_regression_to_the_mean() -> None:
    found = judge_prediction([9, 1, 1], [3, 3, 3], [1, 1, 1], shares=[1 / 3], earlier=[9, 0, 0])
    assert found.rri[0] == pytest.approx(1 / 3)
    assert np.isnan(judge_prediction([1, 2], [0, 0], [1, 1], shares=[0.5]).pai[0])


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(1, 5)), min_size=2, max_size=30),
    st.floats(0.01, 1),
)
def test_properties(rows: list[tuple[int, int, int]], share: float) -> None:
    forecast, came, land = (np.array(column) for column in zip(*rows, strict=True))
    found = judge_prediction(forecast, came, land, shares=[share])
    if came.sum():
        assert 0 <= found.pei[0] <= 1 + 1e-9
        assert found.hit_rate[0] <= 1 + 1e-9
        assert judge_prediction(came, came, land, shares=[share]).pei[0] == pytest.approx(1)
        assert judge_prediction(forecast, came, land, shares=[1]).pai[0] == pytest.approx(1)
        flipped = judge_prediction(forecast[::-1], came[::-1], land[::-1], shares=[share])
        assert flipped.pai[0] == pytest.approx(found.pai[0])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([1, np.nan], [1, 2], [1, 1]), "no prediction"),
        (([1, 2], [1, -2], [1, 1]), "zero or more"),
        (([1, 2], [1, 2], [1, 0]), "land above zero"),
        (([1, 2, 3], [1, 2], [1, 1]), "same areas"),
    ],
)
def test_judging_says_what_is_wrong(arguments: tuple[list[float], ...], words: str) -> None:
    with pytest.raises(InputError, match=words):
        judge_prediction(*arguments)
    with pytest.raises(InputError, match="above 0"):
        judge_prediction([1, 2], [1, 2], [1, 1], shares=[0])


MONTHS = np.delete(np.arange(604, 638), 20).astype(np.int32)


def test_windows_never_see_the_future_nor_judge_a_missing_month() -> None:
    windows = list_windows(MONTHS, past=12, horizon=3)
    for window in windows:
        assert window.past[-1] < window.future[0]
        assert len(window.past) == 12
        future = MONTHS[window.future]
        assert (np.diff(future) == 1).all()
        # The months judged follow the cut; 624 (January 2022) is missing, so that a cut at it repeats none.
        assert future[0] - MONTHS[window.past[-1]] in (1, 2)
    starts = [int(MONTHS[window.future[0]]) for window in windows]
    assert len(starts) == len(set(starts))
    assert not any(start <= 624 < start + 3 for start in starts)
    assert len(list_windows(MONTHS, past=12, horizon=3, step=3)) < len(windows) / 2
    with pytest.raises(InputError, match="no window"):
        list_windows(MONTHS, past=33, horizon=1)


def test_a_method_that_knows_more_gains_and_the_interval_says_so() -> None:
    rng = np.random.default_rng(3)
    level = rng.gamma(0.5, 1, 3_000)
    counts = rng.poisson(np.tile(level[:, None], len(MONTHS)))
    done = run_backtest(
        MONTHS, counts, np.ones(3_000),
        {"last 12": predict_recent(counts), "last one": predict_recent(counts, last=1),
         "truth": lambda _: level, "chance": lambda _: np.zeros(3_000), "fading": predict_fading(counts),
         "year before": predict_year_before(MONTHS, counts)},
        windows=list_windows(MONTHS, past=12, horizon=3),
    )  # fmt: skip
    table = summarise_backtest(done, baseline="last 12").set_index(["method", "share", "measure"])
    assert table.loc[("truth", 0.05, "pai"), "gain_low"] > 0
    assert table.loc[("last one", 0.05, "pai"), "gain_high"] < 0
    assert table.loc[("year before", 0.05, "pai"), "gain"] < 0
    assert table.loc[("chance", 0.1, "pai"), "mean"] == pytest.approx(1)
    assert table.loc[("last 12", 0.1, "pai"), ["gain", "gain_low", "gain_high"]].tolist() == [0, 0, 0]
    assert (table["low"] <= table["mean"] + 1e-9).all()
    assert (table["high"] >= table["mean"] - 1e-9).all()
    assert (done.take("truth", "pei", 0.1) <= 1).all()
    with pytest.raises(InputError, match="last 12"):
        summarise_backtest(done, baseline="nothing")


def test_year_before_reads_the_same_calendar_months() -> None:
    counts = np.arange(len(MONTHS))[None]
    window = next(w for w in list_windows(MONTHS, past=12, horizon=2) if MONTHS[w.future[0]] == 630)
    assert predict_year_before(MONTHS, counts)(window)[0] == sum(np.flatnonzero(np.isin(MONTHS, [618, 619])))
