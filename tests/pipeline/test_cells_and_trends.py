"""Cells, surfaces, emerging classes and trends answer the town by hand count."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hotspots.errors import InputError, UnknownNameError
from hotspots.months import parse_month
from hotspots.pipeline.clusters import find_clusters
from hotspots.pipeline.emerging import ORDER, choose_emerging_cells, find_emerging_cells
from hotspots.pipeline.ground import (
    ACROSS_BREAK,
    CellChoice,
    choose_cells,
    count_monthly,
    lay_ground,
    list_cell_caveats,
    weigh_places,
)
from hotspots.pipeline.hot_cells import find_hot_cells
from hotspots.pipeline.method_check import check_methods
from hotspots.pipeline.selection import choose
from hotspots.pipeline.surface import choose_bandwidth, draw_surface
from hotspots.pipeline.surface_change import compare_periods
from hotspots.pipeline.survival import average_spots, list_map_points, measure_hot_cells
from hotspots.pipeline.trends import compare_areas
from hotspots.pipeline.world import World, open_world
from hotspots.query import Query

from .conftest import SOUTH, VIOLENCE, WEST

INSIDE = 135 + 60 + 30 + 6
"""Located incidents inside the wards in six months, without those found by police work."""


def test_every_located_incident_is_in_one_cell_and_harm_weighs_by_type(world: World) -> None:
    answer = find_hot_cells(world, Query(cell=100))
    assert answer.counts.sum() == INSIDE
    assert answer.table["incidents"].sum() == INSIDE
    days = world.harm.days
    harm = find_hot_cells(world, Query(cell=100, show="harm"))
    assert harm.counts.sum() == pytest.approx(
        135 * days[VIOLENCE] + 60 * days["Burglary"] + 30 * days["Other theft"] + 6 * days["Shoplifting"]
    )
    assert harm.measure == "harm days"
    assert "harm_days" in harm.table


def test_the_hot_spot_of_the_town_is_where_the_violence_is(world: World) -> None:
    answer = find_hot_cells(world, Query(cell=100), chance="normal")
    first = answer.spots.iloc[0]
    assert first["area_code"] == "W1"
    assert first["incidents"] == 135
    assert first["share"] == pytest.approx(135 / INSIDE)
    assert first["spot"] == 1
    hot = answer.table[answer.table["hot"] > 0]
    at = np.hypot(hot["x"] - (WEST + 500), hot["y"] - (SOUTH + 500))
    assert at.min() < 100
    assert set(answer.spot[answer.code > 0]) == set(answer.spots["spot"])
    assert (answer.spot[answer.code <= 0] == 0).all()
    assert (answer.p_adjusted >= answer.gi.p - 1e-15).all()


def test_a_lone_busy_cell_is_no_evidence_by_the_exact_chance(world: World) -> None:
    answer = find_hot_cells(world, Query(cell=100))
    assert (answer.code == 0).all(), "any arrangement of these counts has one cell as busy"
    assert answer.provenance["p"] == "two-sided, exact over all arrangements of the counts"
    with pytest.raises(UnknownNameError, match="Did you mean exact"):
        find_hot_cells(world, Query(cell=100), chance="exat")


def test_cells_without_a_place_near_are_left_out_and_said_so(world: World) -> None:
    answer = find_hot_cells(world, Query(cell=100))
    assert len(answer.ground.cells) < 400
    assert answer.provenance["cells_left_out"] == answer.ground.reachable.left_out > 0
    assert any("are left out" in caveat for caveat in answer.caveats)
    assert any("missing" in caveat for caveat in answer.caveats)


def test_monthly_counts_add_up_to_the_whole(world: World) -> None:
    chosen = choose(world, Query())
    ground = lay_ground(world, CellChoice(200.0, "hex", "for the test"))
    monthly = count_monthly(world, chosen, ground)
    assert monthly.shape == (len(ground.cells), 6)
    assert monthly.sum(axis=0).tolist() == [46.0] * 3 + [31.0] * 3
    assert weigh_places(world, chosen).sum() == INSIDE + 6  # the one outside all wards


def test_cell_sizes_fit_the_grid_and_the_break(world: World) -> None:
    gridded = replace(world, grid_m=100.0)
    assert choose_cells(gridded).size % 100 == 0
    assert list_cell_caveats(gridded, CellChoice(250.0, "square", ""))
    assert list_cell_caveats(gridded, CellChoice(300.0, "hex", ""))
    assert not list_cell_caveats(gridded, CellChoice(300.0, "square", ""))
    assert not list_cell_caveats(world, CellChoice(250.0, "square", ""))
    across = (parse_month("2022-06"), parse_month("2022-07"))
    assert choose_cells(world, months=across).size == ACROSS_BREAK
    assert choose_cells(world, months=across[1:] * 2).size < ACROSS_BREAK
    assert choose_cells(world, size=120, months=across).size == 120
    assert choose_emerging_cells(world, Query(cell=120)).reason == "chosen by the user"


def test_emerging_needs_ten_months(world: World) -> None:
    with pytest.raises(InputError, match="at least 10 covered months and there are 6"):
        find_emerging_cells(world, Query(cell=100))
    assert sorted(ORDER) == list(range(-8, 9))


def test_nothing_to_show_is_one_sentence(world: World) -> None:
    empty = Query(types=("shoplifting",), outcomes=("positive-outcome",))
    for answer in (find_hot_cells, find_emerging_cells, draw_surface, compare_areas):
        with pytest.raises(InputError, match="widen the period or the types"):
            answer(world, empty)


def test_surface_holds_every_incident_and_peaks_at_the_violence(world: World) -> None:
    answer = draw_surface(world, Query(bandwidth=400))
    assert answer.surface.mass == pytest.approx(INSIDE, rel=1e-9)
    top = answer.peaks.iloc[0]
    assert np.hypot(top["x"] - (WEST + 500), top["y"] - (SOUTH + 500)) < 150
    assert top["incidents"] >= 135
    assert top["area_code"] == "W1"
    assert answer.provenance["bandwidth_chosen"] == "chosen by the user"
    x, y = answer.peaks["x"].to_numpy(), answer.peaks["y"].to_numpy()
    apart = np.hypot(x[:, None] - x, y[:, None] - y)[np.triu_indices(len(x), 1)]
    assert (apart > 400).all()


def test_bandwidth_is_that_of_all_months(world: World) -> None:
    whole = choose_bandwidth(world, Query())
    assert choose_bandwidth(world, Query(month_from=parse_month("2021-01"), show="harm")) == whole
    assert whole.metres >= 300


def test_trends_compare_like_months_only(world: World) -> None:
    answer = compare_areas(world, Query(types=(VIOLENCE,)))
    table = answer.table.set_index("area_code")
    assert answer.recent == tuple(parse_month(month) for month in ("2021-01", "2021-02", "2021-04"))
    assert (table.loc["W1", "recent"], table.loc["W1", "earlier"]) == (45, 90)
    assert table.loc["W1", "ratio"] == pytest.approx(0.5)
    assert table.loc["W1", "low"] < 0.5 < table.loc["W1", "high"]
    assert np.isnan(table.loc["W4", "ratio"])
    assert (
        table.loc["first"].drop(["area_name", "kind"]).tolist() == table.loc["W1"].drop(["area_name", "kind"]).tolist()
    )
    assert answer.monthly.shape == (6, 16)
    assert np.isnan(answer.monthly[:, 2]).all()
    assert np.nansum(answer.monthly[0]) == 135
    assert answer.ranked("fall").iloc[0]["area_code"] == "W1"
    assert np.nansum(answer.force) == 135


def test_trends_name_the_months_without_a_fellow(world: World) -> None:
    with pytest.raises(InputError, match="the same month a year before"):
        compare_areas(world, Query(month_to=parse_month("2020-04")))


def test_survival_is_a_share_and_high_where_everything_is_at_one_place(world: World) -> None:
    answer = find_hot_cells(world, Query(cell=500))
    points = list_map_points(world)
    survival = measure_hot_cells(answer, points, draws=10)
    assert ((survival >= 0) & (survival <= 1)).all()
    if len(answer.spots):
        assert len(average_spots(answer, survival)) == len(answer.spots)
    with pytest.raises(InputError, match="not harm"):
        measure_hot_cells(find_hot_cells(world, Query(cell=500, show="harm")), points)


@pytest.mark.parametrize(("method", "least"), [("hdbscan", 20), ("nnh", 100)])
def test_other_clusterings_find_the_violence(world: World, method: str, least: int) -> None:
    answer = find_clusters(world, Query(min_samples=least), method=method)
    first = answer.table.iloc[0]
    assert first["incidents"] >= 135
    assert first["area_code"] == "W1"
    assert answer.noise_incidents + answer.table["incidents"].sum() == INSIDE + 6
    assert answer.provenance["min_samples"] == least
    if method == "nnh":
        assert first["geometry"].area < 2000


def test_clusterings_refuse_what_they_cannot_use(world: World) -> None:
    with pytest.raises(InputError, match="takes no --eps"):
        find_clusters(world, Query(eps=100), method="hdbscan")
    with pytest.raises(UnknownNameError, match="method of clustering"):
        find_clusters(world, Query(), method="tarot")


def test_method_check_needs_months_enough(world: World) -> None:
    with pytest.raises(InputError, match="window"):
        check_methods(world, Query(), geography="wards")
    with pytest.raises(InputError, match="cells or wards"):
        check_methods(world, Query(), geography="streets")


def test_change_of_density_is_that_of_the_same_months(world: World) -> None:
    answer = compare_periods(world, Query(types=(VIOLENCE,), bandwidth=400))
    assert (answer.now.incidents, answer.before.incidents) == (45, 90)
    assert answer.ratio.overall == pytest.approx(0.5)
    first = answer.places.iloc[0]
    assert (first["direction"], first["now"], first["before"]) == ("down", 45, 90)
    assert first["high"] < 1
    assert np.hypot(first["x"] - (WEST + 500), first["y"] - (SOUTH + 500)) < 150
    at = answer.ratio.value[np.isfinite(answer.ratio.value)]
    assert at.min() >= 0.45
    with pytest.raises(InputError, match="the same month a year before"):
        compare_periods(world, Query(month_to=parse_month("2020-04")))
    with pytest.raises(InputError, match="One of the two years"):
        compare_periods(world, Query(types=("shoplifting",), outcomes=("positive-outcome",), bandwidth=400))


def test_a_verdict_never_contradicts_its_interval() -> None:
    table = compare_areas(open_world(), Query()).table
    inside = (table["low"] <= 1) & (table["high"] >= 1)
    assert table.loc[table["verdict"] == "no clear change", ["low", "high"]].notna().all(axis=None)
    assert inside[table["verdict"] == "no clear change"].all()
    assert not inside[table["verdict"] == "may be chance"].any()
    assert (table["verdict"] == "may be chance").sum() > 0
