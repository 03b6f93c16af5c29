"""Neighbours by every rule, against PySAL and against brute force."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from hotspots.analysis.cells import keep_cells, make_cells
from hotspots.analysis.spatial_weights import (
    check_weights,
    include_self,
    leave_self_out,
    standardise_rows,
    weigh_cells,
    weigh_contiguity,
    weigh_distance_band,
    weigh_nearest,
)
from hotspots.errors import InputError, UnknownNameError
from tests.analysis.pysal import libpysal, read_example, run_quietly


@pytest.mark.parametrize("rule", ["queen", "rook"])
@pytest.mark.parametrize("name", ["columbus.shp", "stl_hom.shp"])
def test_contiguity_equals_pysal(name: str, rule: str) -> None:
    frame = read_example(name)
    expected = run_quietly(getattr(libpysal.weights, rule.title()).from_dataframe, frame, use_index=False)
    ours = weigh_contiguity(np.array(frame.geometry), rule=rule)
    assert abs(ours - expected.sparse).sum() == 0


@pytest.mark.parametrize(
    ("shape", "rule"), [("square", "queen"), ("square", "rook"), ("hex", "queen"), ("hex", "rook")]
)
def test_cells_that_touch_are_found_by_arithmetic(shape: str, rule: str) -> None:
    cells = make_cells(np.array([shapely.Point(400_000, 600_000).buffer(1000)]), size=150.0, shape=shape)
    cells = keep_cells(cells, np.random.default_rng(3).random(len(cells)) < 0.8)
    drawn = shapely.buffer(cells.lattice.draw(cells.column, cells.row), 1e-6)
    apart = shapely.intersection(drawn[:, None], drawn[None, :])
    # Buffered by a micrometre, a shared side is a strip, a shared corner a speck.
    touching = shapely.length(apart) > (1 if rule == "rook" or shape == "hex" else 0)
    np.fill_diagonal(touching, val=False)
    assert np.array_equal(weigh_cells(cells, rule=rule).toarray() > 0, touching)


@settings(deadline=None)
@given(seed=st.integers(0, 2**32 - 1), radius=st.floats(0.5, 30), lattice=st.booleans())
def test_distance_band_equals_brute_force(seed: int, radius: float, lattice: bool) -> None:
    points = np.random.default_rng(seed).uniform(0, 40, (30, 2))
    if lattice:
        points, radius = np.round(points), float(np.ceil(radius))
    x, y = points.T
    apart = np.hypot(x[:, None] - x, y[:, None] - y)
    expected = (apart <= radius * (1 + 1e-9)) & ~np.eye(30, dtype=bool)
    assert np.array_equal(weigh_distance_band(x, y, radius=radius).toarray(), expected)


@settings(deadline=None)
@given(seed=st.integers(0, 2**32 - 1), k=st.integers(1, 19), lattice=st.booleans())
def test_nearest_takes_the_first_of_equally_near(seed: int, k: int, lattice: bool) -> None:
    points = np.random.default_rng(seed).uniform(0, 4 if lattice else 1000, (20, 2))
    x, y = (np.round(points) if lattice else points).T
    apart = np.hypot(x[:, None] - x, y[:, None] - y)
    np.fill_diagonal(apart, np.inf)
    expected = np.zeros((20, 20))
    np.put_along_axis(expected, np.argsort(apart, axis=1, kind="stable")[:, :k], 1, axis=1)
    assert np.array_equal(weigh_nearest(x, y, k=k).toarray(), expected)


def test_self_is_included_with_the_largest_weight_of_the_row() -> None:
    weights = sparse.csr_array(np.array([[0, 0.5, 0.5], [2.0, 0, 0], [0, 0, 0]]))
    assert include_self(weights).diagonal().tolist() == [0.5, 2.0, 1.0]
    assert include_self(weights, weight=3).diagonal().tolist() == [3, 3, 3]
    assert include_self(include_self(weights), weight=3).diagonal().tolist() == [3, 3, 3]
    assert abs(leave_self_out(include_self(weights)) - weights).sum() == 0
    assert include_self(sparse.csr_array((2, 2))).toarray().tolist() == [[1, 0], [0, 1]]


def test_rows_add_up_to_one_and_islands_to_none() -> None:
    weights = sparse.csr_array(np.array([[0, 1, 1], [1, 0, 0], [0, 0, 0]]))
    assert np.asarray(standardise_rows(weights).sum(axis=1)).tolist() == [1, 1, 0]
    assert weights.dtype == np.int64  # not changed in place


def test_bad_parameters_are_refused() -> None:
    x = np.arange(4.0)
    with pytest.raises(InputError, match="radius is 0 m"):
        weigh_distance_band(x, x, radius=0)
    with pytest.raises(
        InputError, match="4 nearest neighbours were asked for among 4 points; give a number from 1 to 3"
    ):
        weigh_nearest(x, x, k=4)
    with pytest.raises(UnknownNameError, match="Did you mean queen"):
        weigh_contiguity(np.array([shapely.box(0, 0, 1, 1)]), rule="quen")
    with pytest.raises(InputError, match=r"shape \(2, 2\) for 3 values"):
        check_weights(np.eye(2), 3)
    with pytest.raises(InputError, match="negative or missing"):
        check_weights(np.array([[0, -1], [1, 0]]), 2)
    with pytest.raises(InputError, match="negative or missing"):
        check_weights(np.array([[0, np.nan], [1, 0]]), 2)
