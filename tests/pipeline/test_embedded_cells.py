"""On the embedded data: cells hold whole grid squares, classes are told once, the shipped back-test is true."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from hotspots.pipeline.emerging import choose_emerging_cells, find_emerging_cells
from hotspots.pipeline.ground import Ground, choose_cells, lay_ground
from hotspots.pipeline.hot_cells import find_hot_cells
from hotspots.pipeline.method_check import (
    BASELINE,
    GEOGRAPHIES,
    check_methods,
    find_shipped,
    read_checks,
    write_checks,
)
from hotspots.pipeline.world import World, open_world
from hotspots.query import Query
from hotspots.settings import read_settings
from hotspots.terms import LENSES


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> World:
    return open_world(read_settings({"HOTSPOTS_HOME": str(tmp_path_factory.mktemp("home"))}))


@pytest.fixture(scope="module")
def ground(embedded: World) -> Ground:
    return lay_ground(embedded, choose_cells(embedded))


def test_cells_hold_whole_squares_of_the_grid(embedded: World, ground: Ground) -> None:
    assert ground.choice.size == 200
    places = embedded.cube.places
    inside = places.area >= 0
    cell = ground.cell_of_place[inside]
    assert (cell >= 0).all()
    squares = {(x, y) for x, y in zip(places.x[inside], places.y[inside], strict=True)}
    by_cell = np.zeros(len(ground.cells), dtype=int)
    column, row = ground.cells.lattice.locate(*np.array(sorted(squares)).T)
    at = ground.cells.find(column, row)
    np.add.at(by_cell, at[at >= 0], 1)
    assert by_cell.max() == 4


def test_hot_cells_hold_a_large_share_on_little_land(embedded: World, ground: Ground) -> None:
    answer = find_hot_cells(embedded, Query(), ground=ground)
    hot = answer.code > 0
    share = answer.counts[hot].sum() / answer.counts.sum()
    land = ground.cells.area_inside[hot].sum() / 1e6 / embedded.boundaries.area_km2.sum()
    assert share > 0.05
    assert share > 100 * land
    bold = find_hot_cells(embedded, Query(), ground=ground, chance="normal").code > 0
    assert hot[bold].sum() == hot.sum() < bold.sum() / 2
    assert answer.spots["area_name"].iloc[0] == "Monument"
    assert answer.spots["incidents"].is_monotonic_decreasing
    strict = find_hot_cells(embedded, Query(), ground=ground, correction="bonferroni")
    assert (strict.code > 0).sum() < hot.sum()


def test_emerging_classes_are_exhaustive_and_warn_of_the_break(embedded: World) -> None:
    choice = choose_emerging_cells(embedded, Query())
    assert choice.size == 500
    answer = find_emerging_cells(embedded, Query(), ground=lay_ground(embedded, choice))
    assert answer.classes["cells"].sum() == len(answer.ground.cells)
    assert answer.classes["share"].sum() == pytest.approx(1)
    assert len(answer.result.missing) == 1
    assert any("crosses July 2022" in caveat for caveat in answer.caveats)
    held = answer.monthly.sum(axis=1)
    assert (held[answer.result.code > 0] > held.mean()).all(), "a hot spot holds something itself"
    beside = answer.provenance["cells_beside_hot_ones"]
    assert any(caveat.startswith(f"{beside} cell") for caveat in answer.caveats) is bool(beside)
    fine = find_emerging_cells(embedded, Query(cell=200))
    assert any("looks like a hot spot that ends" in caveat for caveat in fine.caveats)


def test_the_shipped_back_test_is_that_of_the_embedded_data(embedded: World) -> None:
    shipped = read_checks()
    assert {(check.lens, check.geography) for check in shipped} == {
        (lens.code, geography) for lens in LENSES for geography in GEOGRAPHIES
    }
    assert {check.data_version for check in shipped} == {embedded.data_version}
    check = find_shipped(embedded, Query(lens="violence"), "wards")
    assert check is not None
    assert check_methods(embedded, Query(lens="violence"), geography="wards") == check
    written = {row.method: row.gain_written for row in check.rows}
    assert written.pop(BASELINE) == "–"
    assert all(re.fullmatch(r"[+−]\d+\.\d \([+−]\d+\.\d to [+−]\d+\.\d\)", text) for text in written.values())
    assert find_shipped(embedded, Query(types=("robbery",)), "wards") is None
    assert find_shipped(embedded, Query(cell=300), "cells") is None


def test_a_back_test_speaks_plainly_and_survives_its_file(embedded: World, tmp_path: Path) -> None:
    done: list[tuple[str, int, int]] = []
    check = check_methods(
        embedded, Query(), geography="wards", progress=lambda name, n, total: done.append((name, n, total))
    )
    assert done[-1][1] == done[-1][2] == check.windows * len(check.rows)
    assert check.baseline.method == BASELINE
    assert check.baseline.gain == 0
    assert [row.found for row in check.rows] == sorted((row.found for row in check.rows), reverse=True)
    assert all(row.found_1 <= row.found <= row.found_10 for row in check.rows)
    assert all(row.found_low <= row.found <= row.found_high for row in check.rows)
    assert f"{check.baseline.found:.0%}" in check.say()
    assert any("January 2022" in caveat for caveat in check.caveats)
    path = tmp_path / "checks.json"
    write_checks([check], path)
    assert read_checks(path) == (check,)
