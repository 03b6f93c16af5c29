"""Classes: round breaks, honest labels, and one answer for map, table and picture."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspots.errors import InputError
from hotspots.views.classes import Classes, _natural_breaks, classify
from hotspots.views.palette import NO_DATA, SEQUENTIAL
from hotspots.views.wording import write_number

figures = st.lists(
    st.one_of(
        st.floats(min_value=-1e6, max_value=1e6, allow_nan=False),
        st.integers(min_value=0, max_value=50).map(float),
        st.just(float("nan")),
    ),
    max_size=60,
)


def test_labels_and_breaks_of_a_rate() -> None:
    values = np.exp(np.random.default_rng(1).normal(4.3, 0.7, 177))
    classes = classify(values, title="Rate")
    assert classes.breaks == (40, 60, 80, 120)
    assert classes.labels == ("0 to 39", "40 to 59", "60 to 79", "80 to 119", "120 or more")
    assert classes.colours == SEQUENTIAL
    assert min(classes.count(values)[:-1]) > 177 / 5 * 0.7


def test_thousands_separators_and_percent() -> None:
    counts = np.random.default_rng(2).poisson(2500, 100)
    assert any("," in label for label in classify(counts, title="Incidents").labels)
    shares = np.linspace(0, 100, 50)
    classes = classify(shares, title="Share", unit="%", decimals=0)
    assert classes.labels[0] == "0% to 19%"
    assert classes.labels[-1] == "80% or more"
    assert classes.write(12.6) == "13%"
    assert classes.write(float("nan")) == "–"


@pytest.mark.parametrize("method", ["quantile", "jenks"])
def test_ties_and_few_values(method: str) -> None:
    ties = classify([0] * 50 + [1] * 20 + [2] * 5 + [10], title="T", method=method)
    assert ties.labels[0] == "0"
    assert classify([5, 5, 5], title="T", method=method).labels == ("5",)
    assert classify([], title="T", method=method).labels == ("No values",)
    assert classify([np.nan, np.inf], title="T", method=method).count([np.nan, np.inf]) == (0, 2)
    assert classify([1, 2], title="T", method=method).labels == ("0 to 1", "2 or more")
    assert len(classify([0.5, 1.5, 2.5], title="T", method=method)) == 3


def test_unknown_values_are_no_data_never_zero() -> None:
    classes = classify([0, 1, 2, 3, 4, 5, np.nan], title="T")
    assert classes.index([0, np.nan, np.inf]).tolist() == [0, -1, -1]
    assert classes.colour([np.nan]) == (NO_DATA,)
    assert classes.label([np.nan]) == ("No data",)
    assert classes.count([0, np.nan, np.nan])[-1] == 2


def test_class_follows_the_written_number() -> None:
    classes = Classes("T", "", 1, (60.0,), SEQUENTIAL[:2], ("0.0 to 59.9", "60.0 or more"))
    assert classes.write(59.96) == "60.0"
    assert classes.index([59.94, 59.96]).tolist() == [0, 1]
    # 0.5 is written “0” and 2.5 is written “2”, so they class as such
    halves = Classes("T", "", 0, (1.0, 3.0), SEQUENTIAL[:3], ("a", "b", "c"))
    assert [halves.write(value) for value in (0.5, 2.5)] == ["0", "2"]
    assert halves.index([0.5, 2.5]).tolist() == [0, 1]


def test_natural_breaks_are_the_best_there_are() -> None:
    rng = np.random.default_rng(3)
    values = np.sort(rng.normal(size=12))
    found = _natural_breaks(values, np.ones(12), 3)

    def deviation(first: int, second: int) -> float:
        return sum(float(((part - part.mean()) ** 2).sum()) for part in np.split(values, [first, second]))

    best = min((deviation(a, b), [a, b]) for a in range(1, 11) for b in range(a + 1, 12))
    assert found == best[1]
    assert _natural_breaks(np.array([1.0, 2, 3, 50, 51, 90]), np.ones(6), 3) == [3, 5]


@settings(max_examples=150, deadline=None)
@given(figures, st.integers(1, 5), st.sampled_from(["quantile", "jenks"]))
def test_properties(values: list[float], k: int, method: str) -> None:
    classes = classify(values, title="T", k=k, method=method)
    assert 1 <= len(classes) <= k
    counted = classes.count(values)
    assert sum(counted) == len(values)
    known = [value for value in values if np.isfinite(value)]
    if known:
        assert all(count > 0 for count in counted[:-1]), "no class is empty"
    shuffled = classify(values[::-1], title="T", k=k, method=method)
    assert shuffled == classes, "the order of the areas does not matter"
    for value, position in zip(known, classes.index(known), strict=True):
        label = classes.labels[position]
        ends = [float(text.replace(",", "").replace("−", "-")) for text in re.findall(r"[−]?[\d,.]+", label)]
        written = float(write_number(value, decimals=classes.decimals).replace(",", "").replace("−", "-"))
        if label.startswith("Under"):
            assert written < ends[0]
        elif label.endswith("more"):
            assert written >= ends[0]
        else:
            assert ends[0] <= written <= ends[-1], "the written number lies in the written class"


def test_what_cannot_be_classed_is_said() -> None:
    with pytest.raises(InputError, match="1 to 5 classes"):
        classify([1, 2], title="T", k=6)
    with pytest.raises(InputError, match="quantile or jenks"):
        classify([1, 2], title="T", method="rainbow")
    with pytest.raises(InputError, match="one colour and one label"):
        Classes("T", "", 0, (1.0,), SEQUENTIAL[:1], ("a",))
    with pytest.raises(InputError, match="do not ascend"):
        Classes("T", "", 0, (2.0, 1.0), SEQUENTIAL[:3], ("a", "b", "c"))
