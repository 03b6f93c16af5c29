"""The cube answers as counting rows one by one would."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspots.analysis.cube import Cube, Selection, build_cube
from hotspots.analysis.places import Places

MONTHS, TYPES, OUTCOMES, AREAS = 4, 3, 2, 2
PLACES = Places(
    lon=np.arange(5.0),
    lat=np.arange(5.0),
    x=np.arange(5.0),
    y=np.arange(5.0),
    area=np.array([0, 1, 1, -1, 0], np.int32),
)
rows_of = st.lists(
    st.tuples(
        st.integers(-1, 4), st.integers(0, MONTHS - 1), st.integers(0, TYPES - 1), st.integers(0, OUTCOMES - 1),
        st.integers(1, 4),
    ),
    max_size=80,
)  # fmt: skip
selections = st.tuples(
    st.integers(0, MONTHS - 1),
    st.integers(0, MONTHS - 1),
    st.lists(st.booleans(), min_size=TYPES * OUTCOMES, max_size=TYPES * OUTCOMES),
).map(lambda drawn: Selection(min(drawn[:2]), max(drawn[:2]), np.array(drawn[2]).reshape(TYPES, OUTCOMES)))


def _build(rows: list[tuple[int, ...]]) -> tuple[Cube, pd.DataFrame]:
    frame = pd.DataFrame(rows, columns=["place", "month", "type", "outcome", "n"], dtype=np.int32)
    cube = build_cube(
        PLACES,
        n_areas=AREAS,
        months=np.arange(MONTHS, dtype=np.int32) + 600,
        types=("a", "b", "c"),
        outcomes=("x", "y"),
        place=frame["place"].to_numpy(),
        month=frame["month"].to_numpy(),
        crime_type=frame["type"].to_numpy(),
        outcome=frame["outcome"].to_numpy(),
        n=frame["n"].to_numpy(),
    )
    return cube, frame


def _chosen(frame: pd.DataFrame, selection: Selection) -> pd.DataFrame:
    kinds = selection.kinds[frame["type"], frame["outcome"]] if len(frame) else np.array([], dtype=bool)
    return frame[(frame["month"] >= selection.first) & (frame["month"] <= selection.last) & kinds]


@given(rows_of, selections)
def test_any_selection_counts_as_the_rows_do(rows: list[tuple[int, ...]], selection: Selection) -> None:
    cube, frame = _build(rows)
    chosen = _chosen(frame, selection)
    located = chosen[chosen["place"] >= 0]
    expected = np.zeros(5, dtype=np.int64)
    np.add.at(expected, located["place"], located["n"])
    assert cube.weigh_places(selection).tolist() == expected.tolist()

    areas = np.zeros((AREAS + 2, selection.last - selection.first + 1, TYPES), dtype=np.int64)
    for row in chosen.itertuples():
        area = -1 if row.place < 0 else (int(PLACES.area[row.place]) if PLACES.area[row.place] >= 0 else AREAS)
        areas[area, row.month - selection.first, row.type] += row.n
    assert cube.count_areas(selection).tolist() == areas.tolist()
    assert int(cube.count_areas(selection).sum()) == int(chosen["n"].sum())


@given(rows_of, selections)
def test_labels_are_crossed_with_months_and_types(rows: list[tuple[int, ...]], selection: Selection) -> None:
    cube, frame = _build(rows)
    labels = np.array([0, 1, 1, -1, 0], dtype=np.int32)
    by_month, by_type = cube.cross_labels(labels, 2, selection)
    expected_month = np.zeros((2, selection.last - selection.first + 1), dtype=np.int64)
    expected_type = np.zeros((2, TYPES), dtype=np.int64)
    for row in _chosen(frame, selection).itertuples():
        if row.place >= 0 and labels[row.place] >= 0:
            expected_month[labels[row.place], row.month - selection.first] += row.n
            expected_type[labels[row.place], row.type] += row.n
    assert by_month.tolist() == expected_month.tolist()
    assert by_type.tolist() == expected_type.tolist()


def test_an_empty_cube_answers_zero() -> None:
    cube, _ = _build([])
    everything = Selection(0, MONTHS - 1, np.ones((TYPES, OUTCOMES), dtype=bool))
    assert cube.weigh_places(everything).sum() == 0
    assert cube.count_areas(everything).shape == (AREAS + 2, MONTHS, TYPES)


@pytest.mark.parametrize("place", [3, -1])
def test_what_lies_in_no_area_is_kept_apart_and_counted(place: int) -> None:
    cube, _ = _build([(place, 0, 0, 0, 7)])
    everything = Selection(0, MONTHS - 1, np.ones((TYPES, OUTCOMES), dtype=bool))
    counts = cube.count_areas(everything).sum(axis=(1, 2))
    assert counts.tolist() == ([0, 0, 7, 0] if place == 3 else [0, 0, 0, 7])
