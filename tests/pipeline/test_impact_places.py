"""The map of change: calm where nothing happened, what is planted where it is, and what cells may not say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import shapely

from hotspots.errors import InputError
from hotspots.months import parse_month
from hotspots.pipeline.impact_operation import OperationPanel, lay_panel, read_operation
from hotspots.pipeline.impact_places import (
    CHANGE_CLASSES,
    FALL,
    FEW,
    REACH,
    RISE,
    TOO_FEW,
    ChangeMap,
    choose_change_cells,
    map_change,
    map_laid_change,
)
from hotspots.pipeline.operations import open_operations
from hotspots.pipeline.world import World, open_world
from hotspots.settings import read_settings
from hotspots.store.ledger import Ledger

START = parse_month("2021-06")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return open_world(read_settings({"HOTSPOTS_HOME": str(tmp_path_factory.mktemp("home"))}))


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    settings = read_settings({"HOTSPOTS_HOME": str(tmp_path_factory.mktemp("ledger"))})
    opened = open_operations(settings, create=False)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def laid(world: World, ledger: Ledger) -> OperationPanel:
    return lay_panel(world, read_operation(ledger, "momentum"), start=START)


@pytest.fixture(scope="module")
def calm(world: World, laid: OperationPanel) -> ChangeMap:
    return map_laid_change(world, laid)


def change(world: World, near: np.ndarray, factor: float) -> World:
    """Multiply what was recorded at some places from the start on."""
    cube = world.cube
    late = np.repeat(np.arange(len(cube.months)), np.diff(cube.month_start)) >= np.searchsorted(cube.months, START)
    moved = near[cube.place] & late
    return replace(world, cube=replace(cube, n=np.where(moved, np.round(cube.n * factor), cube.n).astype(np.int32)))


def test_cells_add_up_to_what_was_counted(world: World, laid: OperationPanel, calm: ChangeMap) -> None:
    table, panel = calm.cells, laid.panel
    assert calm.months_before == tuple(panel.months[panel.before].tolist())
    assert len(calm.months_after) == int(panel.after.sum())
    assert (table["rate_before"] * len(calm.months_before)).round(6).tolist() == table["before"].tolist()
    assert set(table["where"]) == {"area", "around"}
    assert set(table["code"]) <= set(CHANGE_CLASSES)
    # The cells within the area hold about what its wards hold; those on its edge belong to one side.
    wards = panel.counts[0][panel.treated][:, panel.before].sum()
    assert table.loc[table["where"] == "area", "before"].sum() == pytest.approx(wards, rel=0.15)
    assert len(calm.shapes) == len(table)
    distance = shapely.distance(calm.shapes, calm.outline)
    assert distance.max() <= REACH
    assert (table["low"] < table["ratio"]).all()
    assert (table["ratio"] < table["high"]).all()
    told = table[table["code"] != TOO_FEW]
    assert ((told["before"] + told["after"]) >= FEW).all()
    assert (np.log(table["shrunk"]).abs() <= np.log(table["ratio"]).abs() + 1e-12).all()


def test_crossing_the_new_map_points_is_said_and_made_coarse(world: World, laid: OperationPanel) -> None:
    crossing = map_laid_change(world, laid)
    assert crossing.crosses_refresh
    assert crossing.choice.size == 500
    assert any("changed its map points in July 2022" in caveat for caveat in crossing.caveats)
    last = int(np.searchsorted(laid.panel.months, parse_month("2022-07")))
    panel = replace(laid.panel, months=laid.panel.months[:last], counts=laid.panel.counts[:, :, :last])
    assert choose_change_cells(world, replace(laid, panel=panel)).size == 300  # whole squares of the 100 m grid
    assert choose_change_cells(replace(world, grid_m=None), replace(laid, panel=panel)).size == 250


def test_little_stands_out_where_nothing_is_known_to_have_happened(calm: ChangeMap) -> None:
    assert calm.count(RISE) + calm.count(FALL) <= 3
    assert calm.sentence.startswith("Of ")
    assert "in the area" in calm.sentence


def test_what_moved_across_the_edge_is_found_where_it_went(world: World, laid: OperationPanel) -> None:
    outline = laid.placed.outline
    points = shapely.points(world.cube.places.x, world.cube.places.y)
    distance = shapely.distance(points, outline)
    moved = change(change(world, distance == 0, 0.1), (distance > 0) & (distance < 1200), 4)
    found = map_laid_change(moved, laid)
    assert found.count(FALL, "area") >= 8
    assert found.count(RISE, "around") > 5
    assert found.count(RISE, "area") <= 2  # a cell on the edge may hold both
    assert "One in twenty of those named may be a false alarm." in found.sentence
    rose = found.cells[found.cells["code"] == RISE]
    assert (rose["low"] > 1).all()
    assert (rose["shrunk"] > 1).all()


def test_few_incidents_are_never_called_a_change(world: World, laid: OperationPanel) -> None:
    rare = map_laid_change(world, laid, outcome="robbery")
    assert rare.outcome == "robbery"
    few = rare.cells[rare.cells["before"] + rare.cells["after"] < FEW]
    assert len(few) > 20
    assert set(few["code"]) == {TOO_FEW}


def test_harm_counts_the_incidents_that_it_weighs(world: World, laid: OperationPanel, calm: ChangeMap) -> None:
    harm = map_laid_change(world, laid, outcome="harm")
    assert harm.cells["before"].tolist() == calm.cells["before"].tolist()
    assert any("not harm" in caveat for caveat in harm.caveats)


def test_what_cannot_be_mapped_is_one_sentence(world: World, ledger: Ledger) -> None:
    with pytest.raises(InputError, match="“parking” is not evaluated; choose one of: all crime"):
        map_change(world, ledger, "momentum", outcome="parking")
    with pytest.raises(InputError, match="No start of Benwell is recorded"):
        map_change(world, ledger, "benwell")
    explored = map_change(world, ledger, "benwell", start=START)
    assert explored.exploration
    assert not map_change(world, ledger, "momentum").exploration
