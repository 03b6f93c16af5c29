"""What became of areas is told rightly, and counts that are carried over neither appear nor disappear."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspots.analysis.best_fit import carry_over, fit_areas, name_kinds

OLD = {
    "A": shapely.box(0, 0, 1000, 1000),
    "B": shapely.box(1000, 0, 2000, 1000),
    "C": shapely.box(2000, 0, 3000, 1000),
    "D": shapely.box(3000, 0, 4000, 1000),
    "E": shapely.box(4000, 0, 5000, 1000),
    "F": shapely.box(5000, 0, 6000, 1000),
    "G": shapely.box(6000, 0, 7000, 1000),
    "H": shapely.box(7000, 0, 8000, 1000),
    "I": shapely.box(20_000, 0, 21_000, 1000),
}
NEW = {
    "A": shapely.box(0, 0, 1004, 1000),  # drawn anew, the same ward
    "X": shapely.box(1004, 0, 2000, 1000),  # B under another code
    "CD": shapely.box(2000, 0, 4000, 1000),  # C and D
    "E1": shapely.box(4000, 0, 5000, 300),
    "E2": shapely.box(4000, 300, 5000, 1000),
    "F": shapely.box(5000, 0, 6000, 1000),
    "G": shapely.box(6000, 0, 7300, 1000),  # takes three tenths of H; the code stands, the ground has grown
    "H": shapely.box(7300, 0, 8000, 1000),
}
NAMES = {code: f"Ward {code}" for code in OLD}


def fit() -> tuple[list[str], list[str], object]:
    old, new = list(OLD), list(NEW)
    return old, new, fit_areas(old, np.array([*OLD.values()]), new, np.array([*NEW.values()]))


def test_each_kind_is_told() -> None:
    old, new, fitted = fit()
    names = [NAMES.get(code, f"Ward {code}") for code in new]
    names[new.index("F")] = "Fairfield"
    kinds = name_kinds(fitted, len(old), [NAMES[code] for code in old], names)
    assert dict(zip(old, kinds, strict=True)) == {
        "A": "equal", "B": "recoded", "C": "merged", "D": "merged", "E": "split", "F": "renamed", "G": "changed",
        "H": "changed", "I": "gone",
    }  # fmt: skip


def test_shares_follow_the_ground() -> None:
    old, new, fitted = fit()
    shares = {(old[row.source], new[row.target]): row.share for row in fitted.itertuples()}
    assert shares["A", "A"] == shares["B", "X"] == shares["C", "CD"] == shares["G", "G"] == 1.0
    assert shares["E", "E1"] == pytest.approx(0.3)
    assert shares["H", "G"] == pytest.approx(0.3)
    assert ("A", "X") not in shares, "a seam of four metres is no moved boundary"
    assert not any(source == "I" for source, _ in shares)


def test_counts_are_carried_over() -> None:
    old, new, fitted = fit()
    counts = np.array([10.0, 20, 30, 40, 100, 5, 7, 50, 3])
    carried = dict(zip(new, carry_over(counts, fitted, len(new)), strict=True))
    assert carried == pytest.approx({"A": 10, "X": 20, "CD": 70, "E1": 30, "E2": 70, "F": 5, "G": 22, "H": 35})
    table = carry_over(np.stack([counts, 2 * counts], axis=1), fitted, len(new))
    assert table[new.index("CD")] == pytest.approx([70, 140])
    counts[old.index("C")] = np.nan
    carried = dict(zip(new, carry_over(counts, fitted, len(new)), strict=True))
    assert np.isnan(carried["CD"])
    assert carried["A"] == 10


def test_what_no_old_area_reaches_is_unknown_not_nought() -> None:
    fitted = fit_areas(["A"], np.array([OLD["A"]]), ["A", "Z"], np.array([OLD["A"], OLD["I"]]))
    assert carry_over(np.array([4.0]), fitted, 2) == pytest.approx([4.0, np.nan], nan_ok=True)


def test_ground_that_leaves_the_new_set_takes_its_share_along() -> None:
    half = shapely.box(0, 0, 500, 1000)
    fitted = fit_areas(["A"], np.array([OLD["A"]]), ["N"], np.array([half]))
    assert fitted["share"].tolist() == pytest.approx([0.5])
    assert name_kinds(fitted, 1, ["A"], ["N"]) == ("changed",)


@settings(max_examples=25)
@given(
    st.lists(st.integers(1, 99), min_size=1, max_size=6, unique=True),
    st.lists(st.integers(1, 99), min_size=1, max_size=6, unique=True),
)
def test_nothing_is_lost_between_two_tilings_of_one_ground(first: list[int], second: list[int]) -> None:
    def tile(cuts: list[int]) -> np.ndarray:
        edges = [0, *sorted(cuts), 100]
        return np.array([shapely.box(10 * low, 0, 10 * high, 1000) for low, high in itertools.pairwise(edges)])

    old, new = tile(first), tile(second)
    fitted = fit_areas([f"o{i}" for i in range(len(old))], old, [f"n{i}" for i in range(len(new))], new)
    assert fitted.groupby("source")["share"].sum().tolist() == pytest.approx([1.0] * len(old))
    counts = np.arange(1.0, len(old) + 1)
    assert np.nansum(carry_over(counts, fitted, len(new))) == pytest.approx(counts.sum())
    same = fit_areas([f"o{i}" for i in range(len(old))], old, [f"o{i}" for i in range(len(old))], old)
    assert (same["by"] == "code").all()
    assert same["target"].tolist() == list(range(len(old)))
