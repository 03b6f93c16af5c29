"""The world counts the town as a person would with pencil and paper."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hotspots.errors import HotspotsError, InputError
from hotspots.months import SNAP_POINT_REFRESH, parse_month
from hotspots.pipeline.load import ingest
from hotspots.pipeline.world import World, open_world
from hotspots.settings import EMBEDDED_HARM, Settings, read_settings

from .conftest import MONTHS, VIOLENCE, centre, write_month


def test_every_incident_is_counted_once_in_its_ward_outside_or_without_location(world: World) -> None:
    by_area = world.cube.by_area.sum(axis=(1, 2, 3))
    months = len(MONTHS)
    violence = 3 * 30 + 3 * 15
    assert by_area.tolist() == [violence + 10 * months, 8 * months, months, 0, months, 2 * months]
    located = sum(world.cube.n)
    assert located == by_area[:-1].sum()


def test_missing_months_are_known_and_no_axis_holds_them(world: World) -> None:
    assert [parse_month(month) for month in MONTHS] == world.cube.months.tolist()
    assert parse_month("2020-03") in world.missing
    assert parse_month("2021-03") in world.missing
    assert len(world.missing) == 10


def test_units_are_wards_then_named_areas(world: World) -> None:
    assert [unit.code for unit in world.units] == ["W1", "W2", "W3", "W4", "north", "first"]
    assert world.population.tolist() == [4000, 2000, 1000, 3000, 4000, 4000]
    assert world.units[4].wards == (2, 3)
    assert world.area_km2[4] == pytest.approx(2.0, rel=0.01)
    assert world.units[0].label == "Ward 1 (Madeup)"


def test_the_version_follows_every_part(town: Settings, world: World, tmp_path: Path) -> None:
    assert open_world(town).version == world.version
    harsher = EMBEDDED_HARM.read_text(encoding="utf-8").replace("Shoplifting,1", "Shoplifting,2")
    (town.home / "harm.csv").write_text(harsher, encoding="utf-8")
    other = open_world(read_settings())
    assert other.version != world.version
    assert other.data_version == world.data_version


def test_a_force_elsewhere_is_stored_and_left_out(town: Settings, world: World, tmp_path: Path) -> None:
    lon, lat = centre("W1")
    far = tmp_path / "far"
    write_month(far, "2024-01", [(VIOLENCE, lon + 1, lat - 5, "")] * 50)
    ingest([far], settings=town, force="elsewhere")
    after = open_world(town)
    assert after.forces == ("madeup",)
    assert after.cube.months.tolist() == world.cube.months.tolist()
    assert after.cube.by_area.sum() == world.cube.by_area.sum()
    assert len(after.cube.places) == len(world.cube.places)


def test_a_month_counts_only_when_every_force_of_the_areas_has_it(town: Settings, tmp_path: Path) -> None:
    other = tmp_path / "other"
    for month in ("2021-01", "2021-02"):
        write_month(other, month, [(VIOLENCE, *centre("W4"), "")] * 20)
    ingest([other], settings=town, force="second")
    both = open_world(town)
    assert both.forces == ("madeup", "second")
    assert both.cube.months.tolist() == [parse_month("2021-01"), parse_month("2021-02")]


def test_data_of_another_place_says_what_to_do(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    write_month(raw, "2020-01", [(VIOLENCE, 0.1, 51.5, "")] * 5)
    ingest([raw], settings=read_settings())
    with pytest.raises(InputError, match="boundaries import"):
        open_world()


def test_nothing_loaded_shows_the_embedded_extract() -> None:
    world = open_world()
    assert world.embedded
    assert world.grid_m == 100
    assert len(world.boundaries) == 177
    assert [area.name for area in world.areas] == ["Ashington", "Benwell", "Southwick"]
    assert int(world.cube.by_area.sum()) == 524_070
    assert int(world.cube.by_area[-1].sum()) == 670
    assert world.missing == (parse_month("2022-01"),)
    assert world.breaks_within(int(world.cube.months[0]), int(world.cube.months[-1])) == (SNAP_POINT_REFRESH,)


def test_a_cell_centre_is_an_exact_centre(home: Path) -> None:
    places = open_world().cube.places
    assert np.array_equal(places.x % 100, np.full(len(places), 50.0))
    assert np.array_equal(places.y % 100, np.full(len(places), 50.0))


def test_neighbours_are_kept_for_the_last_few_radii(world: World) -> None:
    first = world.neighbours_within(100.0)
    assert world.neighbours_within(100.0) is first
    for eps in (110.0, 120.0, 130.0, 140.0):
        world.neighbours_within(eps)
    assert world.neighbours_within(100.0) is not first


def test_a_table_of_the_force_that_cannot_be_used_is_named(town: Settings) -> None:
    (town.home / "areas.toml").write_text('[[area]]\ncode = "x"\nname = "X"\nwards = ["W9"]\n', encoding="utf-8")
    with pytest.raises(HotspotsError, match="W9"):
        open_world(read_settings())
    assert open_world(replace(read_settings(), areas_file=None)).units[0].code == "W1"
