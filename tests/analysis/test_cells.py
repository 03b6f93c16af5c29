"""Cells over a coverage: nothing lost at the edge, nothing counted twice."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspots.analysis.cells import (
    assign_cells,
    count_cells,
    find_reachable,
    keep_cells,
    make_cells,
    suggest_cell_size,
)
from hotspots.analysis.lattice import SHAPES
from hotspots.errors import InputError

ANGLE = np.linspace(0, 2 * np.pi, 900, endpoint=False)
COAST = shapely.Polygon(
    np.column_stack(
        [
            420_000 + (2000 + 300 * np.sin(7 * ANGLE)) * np.cos(ANGLE),
            565_000 + (1500 + 200 * np.cos(5 * ANGLE)) * np.sin(ANGLE),
        ]
    ),
    holes=[[(419_800, 564_900), (420_200, 564_950), (420_050, 565_200)]],
)
ISLAND = shapely.box(424_010, 565_010, 424_030, 565_030)
COVERAGE = np.array([shapely.union_all([COAST, ISLAND])], dtype=object)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("size", [70.0, 250.0, 10_000.0])
def test_cells_cover_the_coverage_and_nothing_else(shape: str, size: float) -> None:
    cells = make_cells(COVERAGE, size=size, shape=shape)
    assert cells.area_inside.sum() == pytest.approx(COVERAGE[0].area, rel=1e-9)
    assert (cells.area_inside > 0).all()
    drawn = cells.draw()
    assert shapely.is_valid(drawn).all()
    assert np.allclose(shapely.area(drawn), cells.area_inside)
    assert np.allclose(shapely.area(drawn) / cells.lattice.cell_area, cells.share_inside)
    assert shapely.area(shapely.difference(COVERAGE[0], shapely.union_all(drawn))) < 1e-3
    assert set(cells.find(cells.column, cells.row).tolist()) == set(range(len(cells)))


@pytest.mark.parametrize("shape", SHAPES)
def test_every_candidate_cell_with_land_is_kept(shape: str) -> None:
    cells = make_cells(COVERAGE, size=90.0, shape=shape)
    column, row = (
        axis.ravel()
        for axis in np.meshgrid(
            np.arange(cells.column.min() - 2, cells.column.max() + 3),
            np.arange(cells.row.min() - 2, cells.row.max() + 3),
        )
    )
    land = shapely.area(shapely.intersection(cells.lattice.draw(column, row), COVERAGE[0])) > 1e-6
    assert ((cells.find(column, row) >= 0) == land).all()


@settings(max_examples=40, deadline=None)
@given(
    shape=st.sampled_from(SHAPES),
    size=st.floats(40, 3000),
    seed=st.integers(0, 2**32 - 1),
)
def test_every_incident_inside_is_counted_once(shape: str, size: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(417_500, 422_500, 300), rng.uniform(563_000, 567_000, 300)
    inside = shapely.contains_xy(COVERAGE[0], x, y)
    weights = rng.integers(1, 50, 300)
    cells = make_cells(COVERAGE, size=size, shape=shape)
    cell = assign_cells(x, y, cells, inside=inside)
    assert ((cell >= 0) == inside).all()
    counts = count_cells(cell, weights, len(cells))
    assert counts.sum() == weights[inside].sum()
    assert counts.dtype == weights.dtype
    drawn = cells.draw()[cell[inside]]
    assert (shapely.distance(drawn, shapely.points(x[inside], y[inside])) < 1e-6).all()


def test_point_on_the_outer_edge_goes_to_the_cell_inside() -> None:
    cells = make_cells(np.array([shapely.box(0, 0, 200, 200)]), size=100.0)
    assert len(cells) == 4
    edge = np.array([200.0, 200.0, 100.0, 200.0, 0.0])
    cell = assign_cells(edge, np.array([50.0, 200.0, 200.0, 100.0, 0.0]), cells)
    assert cell.tolist() == [1, 3, 3, 3, 0]


def test_centre_of_a_published_grid_off_the_coverage_goes_to_the_nearest_cell() -> None:
    cells = make_cells(np.array([shapely.box(0, 0, 240, 240)]), size=120.0)
    x, y = np.array([250.0, 250.0, 900.0]), np.array([50.0, 150.0, 50.0])
    assert assign_cells(x, y, cells).tolist() == [-1, -1, -1]
    assert assign_cells(x, y, cells, within=100.0).tolist() == [1, 3, -1]


def test_unknown_place_has_no_cell() -> None:
    cells = make_cells(COVERAGE, size=500.0)
    cell = assign_cells(np.array([np.nan, 420_500.0]), np.array([np.nan, 565_500.0]), cells)
    assert cell[0] == -1
    assert cell[1] >= 0
    assert count_cells(cell, np.array([7, 5]), len(cells)).sum() == 5


def test_counts_by_month_equal_counts_of_each_month() -> None:
    cell = np.array([2, 0, 2, -1], dtype=np.int32)
    counted = count_cells(cell, np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [9.0, 9.0]]), 3)
    assert counted.tolist() == [[3, 4], [0, 0], [6, 8]]


def test_missing_month_is_missing_in_every_cell() -> None:
    cell = np.array([2, 0], dtype=np.int32)
    counted = count_cells(cell, np.array([[1.0, np.nan], [3.0, np.nan]]), 3)
    assert counted[:, 0].tolist() == [3, 0, 1]
    assert np.isnan(counted[:, 1]).all()  # cell 1, which holds no place, included
    with pytest.raises(InputError, match="missing at some places only"):
        count_cells(cell, np.array([[1.0, np.nan], [3.0, 4.0]]), 3)
    assert count_cells(np.array([], dtype=np.int32), np.zeros((0, 2)), 3).tolist() == [[0, 0]] * 3


@pytest.mark.parametrize("shape", SHAPES)
def test_cells_do_not_depend_on_how_the_coverage_is_cut(shape: str) -> None:
    west, east = shapely.box(0, 0, 420_000, 1e6), shapely.box(419_900, 0, 1e6, 1e6)  # an overlap of 100 m
    parts = shapely.intersection(COVERAGE[0], np.array([west, east]))
    whole, cut = (make_cells(geometry, size=100.0, shape=shape) for geometry in (COVERAGE, parts))
    assert np.array_equal(whole.column, cut.column)
    assert np.allclose(whole.area_inside, cut.area_inside, atol=1e-6)


def test_cells_of_one_size_are_the_same_in_every_coverage() -> None:
    part = shapely.intersection(COVERAGE, shapely.box(419_513, 564_217, 421_000, 566_000))
    whole, inner = make_cells(COVERAGE, size=100.0), make_cells(part, size=100.0)
    found = whole.find(inner.column, inner.row)
    assert (found >= 0).all()
    assert np.array_equal(whole.x[found], inner.x)


def test_reachable_leaves_out_what_no_place_is_near() -> None:
    cells = make_cells(np.array([shapely.box(0, 0, 1000, 100)]), size=100.0)
    x, y = np.array([50.0, 449.0]), np.array([50.0, 50.0])
    held = find_reachable(cells, x, y, reach=0)
    assert np.flatnonzero(held.keep).tolist() == [0, 4]
    near = find_reachable(cells, x, y, reach=100.5)
    assert np.flatnonzero(near.keep).tolist() == [0, 1, 3, 4]
    assert near.holds.sum() == 2
    assert near.left_out == 6
    assert near.left_out_km2 == pytest.approx(0.06)
    assert near.describe() == (
        "4 of 10 cells hold a recorded place or lie within 100.5 m of one; 6 empty cells (0 km²) are left out."
    )
    assert np.flatnonzero(find_reachable(cells, x[:1], y[:1]).keep).tolist() == [0, 1]  # exactly one cell away
    assert not find_reachable(cells, x, y, inside=np.array([False, False])).keep.any()


def test_kept_cells_are_numbered_anew() -> None:
    cells = make_cells(COVERAGE, size=300.0)
    keep = cells.share_inside == 1
    kept = keep_cells(cells, keep)
    assert len(kept) == keep.sum()
    assert np.array_equal(kept.x, cells.x[keep])
    assert np.array_equal(kept.find(kept.column, kept.row), np.arange(len(kept)))
    assert (kept.find(cells.column[~keep], cells.row[~keep]) == -1).all()
    with pytest.raises(InputError, match="No cell is left"):
        keep_cells(cells, np.zeros(len(cells), dtype=bool))


@pytest.mark.parametrize(
    ("kilometres", "size", "rule"),
    [(2, 100, "not below 100 m"), (22, 150, "rounded to 50 m"), (86, 250, "not above 250 m")],
)
def test_automatic_size_is_explained(kilometres: float, size: float, rule: str) -> None:
    chosen = suggest_cell_size(np.array([shapely.box(0, 0, 90_000, kilometres * 1000)]))
    assert chosen.size == size
    assert rule in chosen.rule
    assert f"{kilometres}.0 km" in chosen.rule


def test_senseless_sizes_and_coverages_are_refused() -> None:
    with pytest.raises(InputError, match=r"Cells of 0.1 m would be .* over this coverage; give 50 m or more"):
        make_cells(COVERAGE, size=0.1)
    with pytest.raises(InputError, match="no area"):
        make_cells(np.array([shapely.Point(1, 1)]), size=100.0)
    with pytest.raises(InputError, match="no area"):
        suggest_cell_size(np.array([shapely.Polygon()]))
    with pytest.raises(InputError, match="reach is -1 m"):
        find_reachable(make_cells(COVERAGE, size=500.0), np.array([1.0]), np.array([1.0]), reach=-1)
