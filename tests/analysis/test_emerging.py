"""Emerging hot spots: seventeen classes, one for each history, the same in the mirror."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from hotspots.analysis.emerging import EMERGING_CLASSES, classify_emerging, find_emerging
from hotspots.analysis.gistar import gistar
from hotspots.analysis.mann_kendall import mann_kendall
from hotspots.analysis.multiple_testing import adjust_p
from hotspots.analysis.spatial_weights import weigh_distance_band
from hotspots.errors import InputError, UnknownNameError

NAME = {kind.code: kind.name for kind in EMERGING_CLASSES}
HISTORY = {"h": 1, "c": -1, ".": 0}
SIDE = 12
X, Y = (axis.ravel().astype(float) for axis in np.meshgrid(np.arange(SIDE), np.arange(SIDE)))
NEAR = weigh_distance_band(X, Y, radius=1.5)


def name_class(history: str, trend: int = 0) -> str:
    """Classify one history written as h, c and dots."""
    state = np.array([[HISTORY[step] for step in history]], dtype=np.int8)
    return NAME[int(classify_emerging(state, np.array([trend], dtype=np.int8))[0])]


def satisfied_definitions(state: tuple[int, ...], trend: int) -> list[str]:
    """List the hot classes whose published wording a history meets, in the order in which Esri publishes them."""
    steps, hot = len(state), [step == 1 for step in state]
    share, now = sum(hot) / steps, hot[-1]
    run = 0
    while run < steps and hot[steps - 1 - run]:
        run += 1
    before_run = any(hot[: steps - run])
    definitions = {
        "New": now and not any(hot[:-1]),
        "Consecutive": run >= 2 and not before_run and share < 0.9,
        "Intensifying": share >= 0.9 and now and trend > 0,
        "Persistent": share >= 0.9 and trend == 0,
        "Diminishing": share >= 0.9 and now and trend < 0,
        "Sporadic": now and share < 0.9 and -1 not in state and before_run,
        "Oscillating": now and share < 0.9 and -1 in state,
        "Historical": not now and share >= 0.9,
    }
    return [f"{name} hot spot" for name, met in definitions.items() if met]


def test_every_history_of_ten_steps_has_the_class_of_the_published_wording() -> None:
    """All 59,049 histories and three trends: the class is one whose published definition is met, or none is."""
    histories = np.array(list(product((-1, 0, 1), repeat=10)), dtype=np.int8)
    seen = set()
    for trend in (-1, 0, 1):
        codes = classify_emerging(histories, np.full(len(histories), trend, dtype=np.int8))
        mirror = classify_emerging(-histories, np.full(len(histories), -trend, dtype=np.int8))
        assert np.array_equal(mirror, -codes)
        seen |= set(codes.tolist())
        last = histories[:, -1]
        # The last step decides the side; historical is neither hot nor cold now.
        assert (np.sign(codes)[last != 0] == last[last != 0]).all()
        assert set(np.abs(codes[last == 0]).tolist()) == {0, 8}
        for state, code in zip(histories[::7].tolist(), codes[::7].tolist(), strict=True):
            hot = satisfied_definitions(tuple(state), trend)
            cold = [name.replace("hot", "cold") for name in satisfied_definitions(tuple(-s for s in state), -trend)]
            if state[-1] == -1:
                hot = []
            elif state[-1] == 1:
                cold = []
            else:  # published "persistent" does not ask for the last step
                hot, cold = ([name for name in names if "Historical" in name] for names in (hot, cold))
            met = hot + cold
            assert NAME[code] == (met[0] if met else "No pattern"), (state, trend)
    assert seen == set(NAME)


@pytest.mark.parametrize(
    ("history", "trend", "expected"),
    [
        (".........h", 0, "New hot spot"),
        ("c...c....h", 0, "New hot spot"),
        ("........hh", 0, "Consecutive hot spot"),
        ("..hhhhhhhh", 1, "Consecutive hot spot"),
        (".hhhhhhhhh", 1, "Intensifying hot spot"),
        ("hhhh.hhhhh", 0, "Persistent hot spot"),
        ("hhhhhhhhhh", -1, "Diminishing hot spot"),
        ("..h..h...h", 0, "Sporadic hot spot"),
        ("c.h..h...h", 0, "Oscillating hot spot"),
        ("hhhhhhhhh.", -1, "Historical hot spot"),
        ("hhhhhhhhhc", -1, "New cold spot"),
        (".........c", 0, "New cold spot"),
        ("cccccccccc", -1, "Intensifying cold spot"),
        ("..........", 1, "No pattern"),
        ("hhhhhhhh..", 0, "No pattern"),
    ],
)
def test_history_has_its_class(history: str, trend: int, expected: str) -> None:
    assert name_class(history, trend) == expected


def test_all_cold_cell_that_warms_is_a_diminishing_cold_spot() -> None:
    """R sfdep labels it an intensifying hot spot."""
    assert name_class("c" * 12, trend=1) == "Diminishing cold spot"


def test_sporadic_is_hot_in_the_last_step() -> None:
    """R sfdep does not ask for it."""
    assert name_class("h.h.h.h.h.") == "No pattern"
    assert name_class("h.h.h.h.hh") == "Sporadic hot spot"


def test_last_step_alone_is_the_recent_window() -> None:
    """R sfhotspot's recent window is off by one."""
    assert name_class("..........h") == "New hot spot"
    assert name_class(".........h.") == "No pattern"
    assert name_class("hhhhhhhhhhh.") == "Historical hot spot"


def test_nine_tenths_are_counted_in_whole_steps() -> None:
    assert name_class("." + "h" * 9) == "Persistent hot spot"
    assert name_class("..." + "h" * 26) == "Consecutive hot spot"  # 26 of 29 are 0.897
    assert name_class("..." + "h" * 27) == "Persistent hot spot"  # 27 of 30


def test_seventeen_classes_are_mirror_images_in_name_too() -> None:
    assert sorted(NAME) == list(range(-8, 9))
    for code in range(1, 9):
        assert NAME[-code] == NAME[code].replace("hot", "cold")
    assert len({kind.meaning for kind in EMERGING_CLASSES}) == 17
    assert all("{" not in kind.meaning for kind in EMERGING_CLASSES)


@settings(max_examples=200, deadline=None)
@given(
    state=arrays.arrays(np.int8, st.tuples(st.integers(1, 5), st.integers(1, 40)), elements=st.integers(-1, 1)),
    trend=st.integers(-1, 1),
)
def test_classes_are_mirror_symmetric_for_any_length(state: np.ndarray, trend: int) -> None:
    trends = np.full(len(state), trend, dtype=np.int8)
    assert np.array_equal(classify_emerging(-state, -trends), -classify_emerging(state, trends))


def simulate(steps: int, hot_from: int, seed: int = 1, strength: float = 30) -> np.ndarray:
    """Make a town of noise with one block that is hot from a step on."""
    counts = np.random.default_rng(seed).poisson(5, (SIDE**2, steps)).astype(float)
    block = (X < 3) & (Y < 3)
    counts[block, hot_from:] += strength
    return counts


def test_planted_hot_spots_get_their_class() -> None:
    middle = int(np.flatnonzero((X == 1) & (Y == 1))[0])
    expected = {0: "Persistent hot spot", 15: "Consecutive hot spot", 23: "New hot spot"}
    for start, name in expected.items():
        assert NAME[int(find_emerging(simulate(24, start), NEAR).code[middle])] == name
    gone = simulate(24, 0)
    gone[:, -1] = np.random.default_rng(2).poisson(5, SIDE**2)
    assert NAME[int(find_emerging(gone, NEAR).code[middle])] == "Historical hot spot"


@pytest.mark.parametrize("exact", [True, False])
def test_steps_are_those_of_gistar_corrected_over_all_cells(exact: bool) -> None:
    counts = simulate(12, 6)
    found = find_emerging(counts, NEAR, alpha=0.1, correction="by", exact=exact)
    step = gistar(counts[:, 8], NEAR, exact=exact)
    assert np.array_equal(found.state[:, 8], np.where(adjust_p(step.p, method="by") <= 0.1, np.sign(step.z), 0))
    assert np.allclose(found.z[:, 8], step.z)
    assert np.array_equal(found.trend.p, mann_kendall(found.z).p)
    assert ("exact two-sided p" in found.describe()) == exact


def test_each_level_does_what_its_name_says() -> None:
    """R sfhotspot uses another parameter in its emerging test than it documents."""
    counts = simulate(12, 0) * np.linspace(1, 1.5, 12)
    loose, strict_trend = find_emerging(counts, NEAR, alpha=0.2), find_emerging(counts, NEAR, trend_alpha=1e-9)
    base = find_emerging(counts, NEAR)
    assert np.abs(loose.state).sum() > np.abs(base.state).sum()
    assert np.array_equal(loose.trend.p, base.trend.p)
    assert np.array_equal(strict_trend.state, base.state)
    assert not np.isin(np.abs(strict_trend.code), (3, 5)).any()
    assert (find_emerging(counts, NEAR, trend_alpha=0.999).code == 4).sum() == 0
    none, all_cells = (np.abs(find_emerging(counts, NEAR, correction=c).state).sum() for c in ("none", "bonferroni"))
    assert none > all_cells


def test_missing_month_is_not_a_month() -> None:
    """Left out, given as missing or skipped in the times: the same answer; as zeros it would be another."""
    counts = simulate(14, 9)
    months = np.arange(624, 638)
    gap = counts.copy()
    gap[:, 11] = np.nan
    rest = np.delete(np.arange(14), 11)
    missing, skipped = (
        find_emerging(gap, NEAR, times=months),
        find_emerging(counts[:, rest], NEAR, times=months[rest]),
    )
    assert np.array_equal(missing.code, skipped.code)
    assert np.array_equal(missing.z, skipped.z)
    assert missing.missing.tolist() == [11]
    assert missing.known.tolist() == rest.tolist()
    assert "13 steps" in missing.describe()
    assert "1 missing step left out" in missing.describe()
    middle = int(np.flatnonzero((X == 1) & (Y == 1))[0])
    assert NAME[int(missing.code[middle])] == "Consecutive hot spot"
    as_zero = np.nan_to_num(gap)
    assert NAME[int(find_emerging(as_zero, NEAR).code[middle])] == "Sporadic hot spot"


def test_month_without_any_incident_is_known_and_cold_nowhere() -> None:
    counts = simulate(12, 0)
    counts[:, 4] = 0
    found = find_emerging(counts, NEAR)
    assert len(found.known) == 12
    assert not found.state[:, 4].any()
    assert not found.z[:, 4].any()


def test_rise_of_the_whole_force_makes_no_cell_hot() -> None:
    counts = simulate(12, 0, strength=0)
    assert np.array_equal(find_emerging(counts, NEAR).code, find_emerging(counts * np.arange(1, 13), NEAR).code)


def test_turning_the_counts_turns_the_classes() -> None:
    counts = simulate(18, 7, seed=3)
    assert np.array_equal(find_emerging(100 - counts, NEAR).code, -find_emerging(counts, NEAR).code)


def test_bad_input_is_refused() -> None:
    with pytest.raises(InputError, match="at least 10 covered months and there are 9"):
        find_emerging(simulate(9, 0), NEAR)
    partly = simulate(12, 0)
    partly[3, 4] = np.nan
    with pytest.raises(InputError, match="Step 4 has counts for some cells only"):
        find_emerging(partly, NEAR)
    with pytest.raises(InputError, match="trend-alpha is 5; give a level between 0 and 1"):
        find_emerging(simulate(12, 0), NEAR, trend_alpha=5)
    with pytest.raises(InputError, match="by cell and time step"):
        find_emerging(np.zeros(SIDE**2), NEAR)
    with pytest.raises(UnknownNameError, match="correction"):
        find_emerging(simulate(12, 0), NEAR, correction="fdr")
