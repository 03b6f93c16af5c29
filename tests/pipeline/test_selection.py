"""A query finds what it means, or says what is wrong with it."""

from __future__ import annotations

import pytest

from hotspots.errors import InputError, UnknownNameError
from hotspots.months import parse_month
from hotspots.pipeline.selection import choose, find_unit, list_caveats, unlocated_caveat
from hotspots.pipeline.world import World, open_world
from hotspots.query import Query


def test_the_default_is_everything_but_what_enforcement_finds(world: World) -> None:
    chosen = choose(world, Query())
    assert "Drugs" not in chosen.types
    assert chosen.types_apart == ("Drugs",)
    assert len(chosen.months) == 6
    assert chosen.years == 0.5
    assert world.cube.count_areas(chosen.apart).sum() == 3 * 6


def test_a_type_that_is_asked_for_is_given_even_if_enforcement_finds_it(world: World) -> None:
    chosen = choose(world, Query(types=("drugs",)))
    assert chosen.types == ("Drugs",)
    assert chosen.types_apart == ()
    assert chosen.label == "Drugs"


def test_types_are_found_by_name_as_well_as_by_code(world: World) -> None:
    assert choose(world, Query(types=("Other theft", "burglary"))).types == ("Burglary", "Other theft")


def test_a_period_counts_only_the_months_that_are_covered(world: World) -> None:
    chosen = choose(world, Query(month_from=parse_month("2020-02"), month_to=parse_month("2021-01")))
    assert chosen.months == tuple(parse_month(month) for month in ("2020-02", "2020-04", "2021-01"))
    assert parse_month("2020-03") in chosen.missing
    assert len(chosen.missing) == 9
    assert chosen.period == "February 2020 to January 2021"


def test_a_period_that_reaches_beyond_the_data_is_cut_to_it_and_misses_nothing_there(world: World) -> None:
    chosen = choose(world, Query(month_from=parse_month("2010-01"), month_to=parse_month("2020-02")))
    assert chosen.missing == ()
    assert len(chosen.months) == 2


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (Query(month_from=parse_month("2030-01")), "after it ends in April 2021"),
        (
            Query(month_from=parse_month("2020-03"), month_to=parse_month("2020-03")),
            "No month from March 2020 is loaded",
        ),
        (Query(types=("burglry",)), "Did you mean burglary"),
        (Query(outcomes=("positive",)), "Did you mean positive-outcome"),
        (Query(area="Norht side"), "Did you mean North side"),
        (Query(lens="acquisitive", types=("robbery",)), "no crime type called “robbery”"),
    ],
)
def test_what_is_not_there_is_said(world: World, query: Query, words: str) -> None:
    with pytest.raises(InputError, match=words):
        choose(world, query)


def test_outcomes_narrow_the_selection(world: World) -> None:
    chosen = choose(world, Query(outcomes=("positive-outcome",)))
    assert world.cube.count_areas(chosen.selection).sum() == 5 * 6


def test_units_are_found_by_code_name_or_name_with_authority(world: World) -> None:
    for text in ("W2", "w2", "Ward 2", "ward 2 (madeup)", "ward-2"):
        assert world.units[find_unit(world, text)].code == "W2"
    assert world.units[find_unit(world, "north SIDE")].code == "north"


def test_a_named_area_comes_before_a_ward_of_its_name() -> None:
    embedded = open_world()
    assert embedded.units[find_unit(embedded, "Southwick")].kind == "area"
    assert embedded.units[find_unit(embedded, "E05001172")].kind == "ward"


def test_a_name_that_two_wards_share_asks_for_the_code() -> None:
    embedded = open_world()
    names = [unit.name for unit in embedded.units if unit.kind == "ward"]
    shared = sorted({name for name in names if names.count(name) > 1})
    assert shared, "Northumbria has wards of one name in two authorities"
    with pytest.raises(InputError, match=r"give the code: E0\d+ .* or E0\d+"):
        find_unit(embedded, shared[0])


def test_an_unknown_area_suggests_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean Ashington"):
        find_unit(open_world(), "Ashingtn")


def test_caveats_tell_of_gaps_breaks_and_grids() -> None:
    embedded = open_world()
    caveats = " ".join(list_caveats(embedded, choose(embedded, Query())))
    assert "January 2022 is missing: unknown, not zero" in caveats
    assert "changed its map points in July 2022" in caveats
    assert "100 m grid: each ward keeps its incidents, rate and harm, but clusters differ" in caveats
    assert "by 3 places at most in nine wards of ten, by up to 18 in single ones" in caveats
    early = choose(embedded, Query(month_to=parse_month("2021-12")))
    assert "July 2022" not in " ".join(list_caveats(embedded, early))


def test_incidents_that_no_map_shows_are_told(world: World) -> None:
    caveat = unlocated_caveat(world, choose(world, Query()))
    assert caveat is not None
    assert "12 carry no location" in caveat
    assert "6 lie outside the areas" in caveat
    assert unlocated_caveat(world, choose(world, Query(lens="violence"))) is None
