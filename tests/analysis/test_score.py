"""The composite area score and its rank intervals."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from hotspots.analysis.score import DEFAULT_WEIGHTS, score_areas
from hotspots.errors import InputError
from hotspots.terms import SCORE_PARTS
from tests.analysis.scored_worlds import World, make_counts

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLUMNS = [
    "rank", "rank_low", "rank_high", "p_top10", "score", "incidents", "enforcement_incidents",
    "rate_per_1000", "rate_shrunk", "harm_per_1000", "harm_shrunk", "clustered_share", "persistence",
    "trend_ratio", "trend_low", "trend_high",
    "points_rate", "points_harm", "points_clustered", "points_persistence", "points_trend", "flags",
]  # fmt: skip
POINTS = [column for column in COLUMNS if column.startswith("points")]


def force(areas: int = 40, months: int = 24, types: int = 3, *, level: float = 4.0) -> NDArray[np.int64]:
    rng = np.random.default_rng(1)
    return rng.poisson(rng.gamma(3.0, level, (areas, 1, 1)) * rng.uniform(0.5, 2, types), (areas, months, types))


def check_frame(frame: pd.DataFrame, n_wards: int) -> None:
    assert list(frame.columns) == COLUMNS
    assert frame["score"].between(0, 100).all()
    assert (frame["rank_low"] <= frame["rank"]).all()
    assert (frame["rank"] <= frame["rank_high"]).all()
    assert frame["rank"].between(1, n_wards + 1).all()
    assert frame["rank_low"].min() >= 1
    assert frame["p_top10"].between(0, 1).all()
    assert frame["flags"].map(lambda flags: isinstance(flags, tuple)).all()
    for column in POINTS:
        assert frame[column].isna().all() or frame[column].between(0, 100).all()


def test_a_score_is_the_weighted_mean_of_its_points() -> None:
    counts = make_counts(force(), clustered=np.arange(40))
    result = score_areas(counts, weights=(1, 2, 3, 4, 5))
    frame = result.frame
    check_frame(frame, 40)
    assert frame["score"].to_numpy() == pytest.approx(frame[POINTS].to_numpy() @ np.array([1, 2, 3, 4, 5]) / 15)
    assert frame["rank"].tolist() == frame["score"].rank(ascending=False).astype(int).tolist()


def test_the_figures_that_are_shown_are_the_plain_ones() -> None:
    monthly = force()
    counts = make_counts(monthly, clustered=np.arange(40), enforcement=np.arange(40) * 3)
    frame = score_areas(counts).frame
    incidents = monthly.sum(axis=(1, 2))
    assert frame["incidents"].tolist() == incidents.tolist()
    assert frame["enforcement_incidents"].tolist() == list(range(0, 120, 3))
    assert frame["rate_per_1000"].to_numpy() == pytest.approx(incidents / 8 / 2)  # 8,000 residents, two years
    harm = monthly.sum(axis=1) @ np.array([1.0, 100.5, 200.0])
    assert frame["harm_per_1000"].to_numpy() == pytest.approx(harm / 8 / 2)
    assert frame["clustered_share"].to_numpy() == pytest.approx(np.arange(40) / incidents)
    assert 8 <= frame["persistence"].sum() < 9  # eight of forty wards in each month, and whoever equals the eighth


def test_points_stand_on_the_scale_of_the_wards() -> None:
    monthly = force(months=24) * 50  # so many that nothing is left open
    frame = score_areas(make_counts(monthly)).frame
    logs = np.log(monthly.sum(axis=(1, 2)))
    assert frame["points_rate"].to_numpy() == pytest.approx(100 * ndtr((logs - logs.mean()) / logs.std()), abs=1.5)


def test_the_trend_compares_the_same_months_a_year_before() -> None:
    monthly = np.full((30, 26, 1), 200)
    monthly[:, :2] = 9_999  # older than the twelve pairs
    monthly[0, -12:] = 300
    monthly[1, -12:] = 100
    result = score_areas(make_counts(monthly, harm_days=np.ones(1)))
    frame = result.frame
    assert frame["trend_ratio"].iloc[0] == pytest.approx(1.5, abs=0.05)
    assert frame["trend_ratio"].iloc[1] == pytest.approx(0.5, abs=0.05)
    assert (frame["trend_low"] < frame["trend_ratio"]).all()
    assert (frame["trend_ratio"] < frame["trend_high"]).all()
    assert len(result.provenance["trend_months"]) == 12
    assert result.provenance["trend_months"][-1] == "2022-02"


def test_a_missing_month_is_not_a_quiet_one() -> None:
    monthly = force(months=24)
    months = np.delete(np.arange(600, 625, dtype=np.int32), 20)
    gap = score_areas(make_counts(monthly, months=months, history_months=months))
    whole = score_areas(make_counts(monthly))
    assert gap.frame["rate_per_1000"].tolist() == whole.frame["rate_per_1000"].tolist()
    assert "2021-09" not in gap.provenance["trend_months"]  # month 620 is absent
    assert len(gap.provenance["trend_months"]) == 11, "nothing from further back takes its place"


def test_without_a_month_to_compare_the_weight_of_the_trend_goes_to_the_others() -> None:
    result = score_areas(make_counts(force(months=8)), weights=(25, 30, 15, 20, 10))
    assert result.frame[["trend_ratio", "trend_low", "trend_high", "points_trend"]].isna().all(axis=None)
    assert result.provenance["parts_unknown"] == ["trend"]
    used = result.provenance["weights_used"]
    assert used["trend"] == 0
    assert used["rate"] == pytest.approx(25 / 90)
    assert sum(used.values()) == pytest.approx(1)


def test_history_serves_a_short_selection() -> None:
    monthly = force(months=26)
    short = make_counts(
        monthly[:, -2:],
        months=np.array([624, 625], dtype=np.int32),
        history=monthly.sum(axis=2),
        history_months=np.arange(600, 626, dtype=np.int32),
    )
    result = score_areas(short)
    assert result.provenance["trend_months"] == ["2022-01", "2022-02"]
    assert result.provenance["parts_unknown"] == ["persistence"]
    assert result.frame["persistence"].isna().all()


def test_named_areas_stand_on_the_scale_of_the_wards_and_change_none() -> None:
    wards = make_counts(force())
    monthly = np.concatenate([wards.monthly, wards.monthly[:3].sum(axis=0, keepdims=True), wards.monthly[5:6]])
    both = make_counts(
        monthly,
        n_wards=40,
        population=np.append(wards.population, [24_000.0, 8_000.0]),
        area_km2=np.append(wards.area_km2, [12.0, 4.0]),
    )
    alone, frame = score_areas(wards).frame, score_areas(both).frame
    check_frame(frame, 40)
    for column in ["score", "rank", "rate_shrunk", *POINTS]:
        assert frame[column].iloc[:40].tolist() == pytest.approx(alone[column].tolist())
    assert frame["score"].iloc[41] == pytest.approx(frame["score"].iloc[5])
    assert frame["rank"].iloc[41] == frame["rank"].iloc[5]
    assert frame["rank"].iloc[40] == 1 + (frame["score"].iloc[:40] > frame["score"].iloc[40]).sum()


def test_the_same_seed_gives_the_same_intervals() -> None:
    counts = make_counts(force())
    first, again, other = (score_areas(counts, seed=seed).frame for seed in (7, 7, 8))
    pd.testing.assert_frame_equal(first, again)
    assert first["p_top10"].tolist() != other["p_top10"].tolist()
    assert first["score"].tolist() == other["score"].tolist()


def test_provenance_is_plain() -> None:
    provenance = score_areas(make_counts(force()), draws=50).provenance
    assert json.loads(json.dumps(provenance)) == provenance
    assert provenance["draws"] == 50
    assert provenance["dispersion"] >= 1
    assert list(provenance["weights"]) == [part.code for part in SCORE_PARTS]


def test_intervals_narrow_as_incidents_grow() -> None:
    few, many = (score_areas(make_counts(monthly)).frame for monthly in (force(level=0.1), force(level=40)))
    assert (few["rank_high"] - few["rank_low"]).mean() > 1.3 * (many["rank_high"] - many["rank_low"]).mean()


@pytest.mark.parametrize(
    ("level", "months", "weights"),
    [
        (100.0, 24, DEFAULT_WEIGHTS),
        (2.0, 24, DEFAULT_WEIGHTS),
        (5.0, 12, DEFAULT_WEIGHTS),
        (10.0, 3, DEFAULT_WEIGHTS),
        (5.0, 12, (20, 20, 20, 20, 20)),
    ],
)
def test_rank_intervals_hold_the_true_rank_as_often_as_they_say(
    level: float, months: int, weights: tuple[float, ...]
) -> None:
    held = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        world = World.invent(rng, level=level, months=months)
        true = world.true_ranks(rng, weights)
        frame = score_areas(world.draw_counts(rng), weights=weights).frame
        held.append(((frame["rank_low"] <= true) & (true <= frame["rank_high"])).mean())
        assert np.corrcoef(frame["rank"], true)[0, 1] > 0.5
    assert 0.88 <= np.mean(held) <= 0.98


def test_wards_that_cannot_be_told_apart_are_not_spread_over_the_scale() -> None:
    rng = np.random.default_rng(5)
    frame = score_areas(make_counts(rng.poisson(3.0, (50, 24, 1)), harm_days=np.ones(1)), weights=(1, 0, 0, 0, 1)).frame
    assert frame["score"].between(25, 75).all()
    assert (frame["rank_high"] - frame["rank_low"]).mean() > 30


def test_unknown_residents_are_placed_by_land() -> None:
    monthly = force()
    known = score_areas(make_counts(monthly)).frame
    population = np.full(40, 8_000.0)
    population[[3, 8]] = np.nan, 0.0
    result = score_areas(make_counts(monthly, population=population))
    check_frame(result.frame, 40)
    assert result.provenance["wards_without_residents"] == 2
    for column in ("rate_per_1000", "rate_shrunk", "harm_per_1000", "harm_shrunk"):
        assert result.frame[column].isna().to_numpy().nonzero()[0].tolist() == [3, 8]
    # all wards are of one size here, so either measure places a ward alike
    assert result.frame["points_rate"].to_numpy() == pytest.approx(known["points_rate"].to_numpy(), abs=3)
    none = score_areas(make_counts(monthly, population=np.full(40, np.nan)))
    check_frame(none.frame, 40)
    assert none.frame["score"].to_numpy() == pytest.approx(known["score"].to_numpy())
    assert none.frame["rate_per_1000"].isna().all()


def test_wards_without_a_cluster_are_equal_however_few_their_incidents() -> None:
    monthly = force(level=4.0)
    monthly[-1] = 0  # and one without any incident
    clustered = monthly.sum(axis=(1, 2)) * np.maximum(6 - np.arange(40), 0) // 8  # six wards, less and less
    frame = score_areas(make_counts(monthly, clustered=clustered)).frame
    points, none = frame["points_clustered"], clustered == 0
    assert points[none].nunique() == 1
    assert points[none].max() < points[~none].min()
    assert points[~none].is_monotonic_decreasing


def test_wards_without_a_cluster_share_their_place_in_every_draw() -> None:
    clustered = np.array([50, 40, 30] + [0] * 37)
    frame = score_areas(make_counts(force(), clustered=clustered), weights=(0, 0, 1, 0, 0)).frame
    assert frame["rank"].iloc[3:].eq(4).all()
    for column in ("rank_low", "rank_high", "p_top10"):
        assert frame[column].iloc[3:].nunique() == 1


def test_wards_without_a_month_at_the_top_are_equal_however_few_their_incidents() -> None:
    monthly = np.arange(1, 41)[:, None, None] * np.ones((1, 12, 1), dtype=np.int64)
    frame = score_areas(make_counts(monthly, harm_days=np.ones(1))).frame
    assert frame["persistence"].tolist() == [0.0] * 32 + [1.0] * 8
    assert frame["points_persistence"].iloc[:32].nunique() == 1


def test_harm_of_none_leaves_harm_out() -> None:
    result = score_areas(make_counts(force(), harm_days=np.zeros(3)))
    assert result.provenance["parts_unknown"] == ["harm"]
    assert result.frame["harm_per_1000"].eq(0).all()
    assert result.frame["points_harm"].isna().all()


def test_a_part_without_weight_is_shown_and_not_counted() -> None:
    counts = make_counts(force())
    frame = score_areas(counts, weights=(1, 0, 0, 0, 0)).frame
    assert frame["points_harm"].notna().all()
    assert frame["score"].tolist() == pytest.approx(frame["points_rate"].tolist())


@pytest.mark.parametrize(
    ("shape", "unknown"),
    [
        ((1, 1, 1), ["persistence", "trend"]),
        ((1, 30, 2), ["persistence"]),
        ((4, 1, 1), ["persistence", "trend"]),
        ((2, 13, 1), ["persistence"]),
    ],
)
def test_the_smallest_selections_work(shape: tuple[int, int, int], unknown: list[str]) -> None:
    result = score_areas(make_counts(np.full(shape, 4)))
    check_frame(result.frame, shape[0])
    assert result.provenance["parts_unknown"] == unknown
    assert result.frame["score"].tolist() == pytest.approx([50.0] * shape[0])
    assert result.frame["rank"].tolist() == [1] * shape[0]


@given(st.integers(1, 9), st.integers(1, 15), st.integers(1, 3), st.integers(0, 2**32 - 1), st.booleans())
@settings(max_examples=60, deadline=None)
def test_any_selection_with_an_incident_gives_a_whole_table(
    areas: int, months: int, types: int, seed: int, unknown: bool
) -> None:
    rng = np.random.default_rng(seed)
    monthly = rng.poisson(rng.choice([0.02, 0.5, 20.0]), (areas, months, types))
    monthly[0, 0, 0] += 1
    population = rng.uniform(100, 20_000, areas)
    if unknown:
        population[rng.random(areas) < 0.4] = np.nan
    located = monthly.sum(axis=(1, 2))
    counts = make_counts(
        monthly, population=population, clustered=rng.binomial(located, 0.3), n_wards=int(rng.integers(1, areas + 1))
    )
    result = score_areas(counts, draws=40)
    check_frame(result.frame, counts.n_wards)
    json.dumps(result.provenance)


def changed(**changes: Any) -> dict[str, Any]:
    return changes


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (changed(population=np.ones(3)), "differ in shape"),
        (changed(harm_days=np.ones(2)), "differ in shape"),
        (changed(n_wards=0), "at least one ward"),
        (changed(n_wards=41), "at least one ward"),
        (changed(months=np.arange(24, dtype=np.int32)[::-1]), "must ascend"),
        (changed(clustered=np.full(40, 10**9)), "no more clustered than located"),
        (changed(population=np.full(40, np.nan), area_km2=np.zeros(40)), "square kilometres"),
    ],
)
def test_counts_that_do_not_fit_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        make_counts(force(), **changes)


def test_an_empty_selection_is_refused() -> None:
    with pytest.raises(InputError, match="No incident matches"):
        score_areas(make_counts(np.zeros((5, 3, 2), dtype=np.int64)))
    for shape in ((5, 0, 2), (5, 3, 0)):
        with pytest.raises(InputError, match="No incident matches"):
            make_counts(np.zeros(shape, dtype=np.int64))


@pytest.mark.parametrize(
    "weights", [(0, 0, 0, 0, 0), (1, -1, 1, 1, 1), (1, 1, 1), (1, float("nan"), 1, 1, 1), (1, float("inf"), 1, 1, 1)]
)
def test_weights_that_cannot_be_used_are_refused(weights: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match="five weights"):
        score_areas(make_counts(force()), weights=weights)


def test_weight_on_unknown_parts_alone_is_refused() -> None:
    with pytest.raises(InputError, match="None of the parts that have weight is known"):
        score_areas(make_counts(force(months=5)), weights=(0, 0, 0, 0, 1))


def test_no_draws_are_refused() -> None:
    with pytest.raises(InputError, match="draws"):
        score_areas(make_counts(force()), draws=0)
