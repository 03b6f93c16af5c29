"""Lattices: each point of the plane has one cell, and the cells are what they are drawn as."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspots.analysis.lattice import SHAPES, Lattice
from hotspots.errors import InputError, UnknownNameError

coordinates = st.floats(-1_000_000, 1_300_000, allow_nan=False)
sizes = st.floats(1, 5_000)


@pytest.mark.parametrize("shape", SHAPES)
@settings(deadline=None)
@given(size=sizes, x=coordinates, y=coordinates)
def test_point_lies_in_the_drawn_cell_that_it_is_given(shape: str, size: float, x: float, y: float) -> None:
    lattice = Lattice(size, shape)
    column, row = lattice.locate(np.array([x]), np.array([y]))
    cell = lattice.draw(column, row)[0]
    assert shapely.distance(cell, shapely.Point(x, y)) <= 1e-6
    centre_x, centre_y = lattice.find_centres(column, row)
    assert np.hypot(centre_x - x, centre_y - y)[0] <= lattice.reach * (1 + 1e-9)


@pytest.mark.parametrize("shape", SHAPES)
@settings(deadline=None)
@given(size=sizes, column=st.integers(-2000, 2000), row=st.integers(-2000, 2000))
def test_centre_is_located_in_its_own_cell(shape: str, size: float, column: int, row: int) -> None:
    lattice = Lattice(size, shape)
    cell = np.array([column]), np.array([row])
    assert lattice.locate(*lattice.find_centres(*cell)) == cell


@pytest.mark.parametrize("shape", SHAPES)
def test_cells_tile_the_plane(shape: str) -> None:
    lattice = Lattice(100.0, shape)
    column, row = (axis.ravel() for axis in np.meshgrid(np.arange(-4, 5), np.arange(-4, 5)))
    drawn = lattice.draw(column, row)
    assert np.allclose(shapely.area(drawn), lattice.cell_area)
    assert shapely.area(shapely.union_all(drawn)) == pytest.approx(81 * lattice.cell_area)


def test_point_on_an_edge_of_a_square_belongs_above_and_to_the_right() -> None:
    column, row = Lattice(100.0).locate(np.array([100.0, 50.0, 100.0, 0.0]), np.array([50.0, 100.0, 100.0, 0.0]))
    assert column.tolist() == [1, 0, 1, 0]
    assert row.tolist() == [0, 1, 1, 0]


def test_point_on_a_level_edge_of_a_hexagon_belongs_above() -> None:
    column, row = Lattice(100.0, "hex").locate(np.array([0.0, 0.0]), np.array([50.0, -50.0]))
    assert column.tolist() == [0, 0]
    assert row.tolist() == [1, 0]


def test_point_on_a_slanted_edge_of_a_hexagon_belongs_to_the_right() -> None:
    # Centres 1.5 apart across and 0.5 up: with a width of 2 / sqrt(3) the reach is 2 / 3, and halves are exact.
    lattice = Lattice(float(np.sqrt(3)), "hex")
    x, y = lattice.find_centres(np.array([0, 1]), np.array([0, 0]))
    middle = np.array([x.mean()]), np.array([y.mean()])
    column, _ = lattice.locate(*middle)
    assert column.tolist() == [1]


@pytest.mark.parametrize(
    ("shape", "corners", "expected"), [("square", True, 8), ("square", False, 4), ("hex", True, 6)]
)
def test_neighbours_are_the_cells_that_touch(shape: str, corners: bool, expected: int) -> None:
    lattice = Lattice(10.0, shape)
    for column, row in ((0, 0), (1, 0), (-1, -3)):
        own = lattice.draw(np.array([column]), np.array([row]))[0]
        near = lattice.step(np.array([column]), np.array([row]), corners=corners)
        assert near[0].shape == (1, expected)
        drawn = lattice.draw(near[0][0], near[1][0])
        assert (shapely.distance(own, drawn) < 1e-9).all()
        assert (shapely.area(shapely.intersection(own, drawn)) < 1e-6).all()
        assert len(set(zip(near[0][0].tolist(), near[1][0].tolist(), strict=True))) == expected


def test_bad_parameters_are_refused() -> None:
    with pytest.raises(InputError, match="cell size is -5 m"):
        Lattice(-5.0)
    with pytest.raises(InputError, match="cell size is nan"):
        Lattice(float("nan"))
    with pytest.raises(UnknownNameError, match="no cell shape called “triangle”"):
        Lattice(5.0, "triangle")
