"""Clusters, scores, overview and area answer the town by hand count."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hotspots.analysis.trend import change_ratio, pair_months
from hotspots.errors import InputError
from hotspots.months import parse_month
from hotspots.pipeline.area import describe_area
from hotspots.pipeline.brief import compose_picture
from hotspots.pipeline.brief_areas import compose_area_map
from hotspots.pipeline.clusters import find_clusters
from hotspots.pipeline.figures import Change, compare_last_month, say_months
from hotspots.pipeline.overview import choose_figures, overview
from hotspots.pipeline.score import score
from hotspots.pipeline.world import World, open_world
from hotspots.query import Query, Weights
from hotspots.views.pictures import TrendPicture

from .conftest import VIOLENCE


def test_the_one_cluster_of_the_town_is_found_and_described(world: World) -> None:
    answer = find_clusters(world, Query(min_samples=100))
    assert len(answer.table) == 1
    row = answer.table.iloc[0]
    assert (row["incidents"], row["places"], row["area_code"]) == (135, 1, "W1")
    assert row["top_type"] == VIOLENCE
    assert row["top_type_share"] == 1.0
    assert row["months_active"] == 6
    assert row["trend_ratio"] == pytest.approx(0.5)
    assert row["trend_low"] < 0.5 < row["trend_high"] < 1
    assert answer.noise_incidents == 60 + 30 + 6 + 6
    assert answer.provenance["min_samples_chosen"] == "by the user"
    assert set(np.unique(answer.labels)) == {-1, 1}


def test_a_chosen_area_shows_its_own_clusters_only_with_a_threshold_of_its_own(world: World) -> None:
    everywhere = find_clusters(world, Query(min_samples=5))
    here = find_clusters(world, Query(min_samples=5, area="W3"))
    assert len(here.table) == 1
    assert len(everywhere.table) > 1
    assert here.table["area_code"].tolist() == ["W3"]
    assert here.table["cluster"].tolist() == [1]
    assert here.noise_incidents == 0
    assert "of Ward 3" in find_clusters(world, Query(area="W3")).provenance["min_samples_chosen"]


def test_clusters_by_two_thresholds_are_not_left_unexplained(world: World) -> None:
    one = describe_area(world, Query(area="W2"))
    own, force = (found.provenance["min_samples"] for found in (one.local, one.score.clusters))
    assert own != force
    assert f"from the incidents of Ward 2: {own} within" in one.cluster_note
    assert f"that of the whole force, {force}: by it no cluster reaches into Ward 2." in one.cluster_note
    drawn = compose_area_map(world, one, marking="")
    assert one.cluster_note in drawn.method
    same = describe_area(world, Query(area="W2", min_samples=7))
    assert not same.cluster_note


def test_an_area_without_incidents_says_so(world: World) -> None:
    with pytest.raises(InputError, match=r"No incident of “All crime and ASB” with a location is recorded in Ward 4"):
        find_clusters(world, Query(area="W4"))


def test_every_unit_is_scored_and_rates_divide_by_covered_months(world: World) -> None:
    answer = score(world, Query())
    table = answer.table.set_index("area_code")
    assert table.loc["W1", "incidents"] == 135 + 60
    assert table.loc["W1", "rate_per_1000"] == pytest.approx(195 / 4 / 0.5)
    assert table.loc["W2", "enforcement_incidents"] == 18
    days = world.harm.days
    assert table.loc["W1", "harm_per_1000"] == pytest.approx((135 * days[VIOLENCE] + 60 * days["Burglary"]) / 4 / 0.5)
    assert table.loc["W1", "rank"] == 1
    assert table.loc["north", "incidents"] == 6
    assert answer.ranked("ward")["rank"].tolist() == [1, 2, 3, 4]
    assert (table["rank_low"] <= table["rank"]).all()
    assert (table["rank"] <= table["rank_high"]).all()


def test_a_named_area_that_is_one_ward_has_that_wards_figures(world: World) -> None:
    table = score(world, Query()).table.set_index("area_code")
    for column in ("rank", "rank_low", "rank_high", "p_top10", "score", "incidents", "trend_ratio"):
        assert table.loc["first", column] == table.loc["W1", column]


def test_weights_move_the_score(world: World) -> None:
    one = score(world, Query(weights=Weights(1, 0, 0, 0, 0))).table["score"]
    other = score(world, Query(weights=Weights(0, 0, 0, 0, 1))).table["score"]
    assert not np.allclose(one, other)


def test_the_same_query_gives_the_same_answer(world: World) -> None:
    assert score(world, Query()).table.equals(score(world, Query()).table)


def test_the_overview_marks_an_area_without_narrowing_to_it(world: World) -> None:
    whole, marked = overview(world, Query()), overview(world, Query(area="W3"))
    assert whole.score.ranked().equals(marked.score.ranked())
    assert marked.chosen.unit == 2
    assert whole.key_figures == marked.key_figures
    assert [figure.label for figure in whole.apart] == ["Drugs"]
    assert whole.apart[0].value == "18"


def test_the_series_has_a_gap_where_a_month_is_missing(world: World) -> None:
    monthly = overview(world, Query()).monthly.set_index("month")["incidents"]
    assert monthly[parse_month("2020-01")] == 30 + 10 + 5 + 1 + 2 + 1
    assert np.isnan(monthly[parse_month("2020-03")])
    assert len(monthly) == 16


def test_a_single_month_of_the_force_stands_at_the_end_of_those_before_it_too(world: World) -> None:
    last = parse_month("2021-04")
    alone = overview(world, Query(month_from=last, month_to=last))
    assert alone.months_before == 15
    pd.testing.assert_frame_equal(alone.monthly, overview(world, Query()).monthly)
    assert say_months(alone.chosen, 15) == (
        "April 2021, ringed, and the 15 months before it; a missing month is a gap, not a zero"
    )
    picture = compose_picture(world, alone.chosen.query, "trend")
    assert isinstance(picture, TrendPicture)
    assert "April 2021 and the 15 months before it" in picture.subtitle


def test_key_figures_compare_with_the_month_before_and_the_year_before(world: World) -> None:
    figure = overview(world, Query(lens="violence")).key_figures[0]
    assert (figure.label, figure.value) == ("April 2021", "15")
    before, year = figure.changes
    assert before.before is None
    assert before.sentence == "March 2021 is missing: no comparison"
    assert year.before == 30
    assert year.sentence.startswith("down 50% on April 2020 (−")


def test_incidents_that_come_in_series_make_a_change_less_sure() -> None:
    monthly, months = np.array([300, 360]), np.array([600, 601], dtype=np.int32)
    (alone,) = compare_last_month(monthly, months, 1)
    (series,) = compare_last_month(monthly, months, 1, dispersion=4.0)
    assert alone.sentence.startswith("up 20%")
    assert series.sentence.startswith("no clear change")
    assert series.low < alone.low < alone.ratio == series.ratio < alone.high < series.high


def test_a_change_that_chance_explains_is_not_called_one() -> None:
    monthly, months = np.array([10, 12]), np.array([600, 601], dtype=np.int32)
    (change,) = compare_last_month(monthly, months, 1)
    assert "no clear change" in change.sentence
    assert Change("May 2020", 0, float("inf"), 2.0, float("inf")).sentence == "none in May 2020 to compare with"


def test_map_figures_colour_every_ward(world: World) -> None:
    answer = score(world, Query())
    for show in ("score", "harm", "rate", "incidents"):
        figures = choose_figures(answer, show)
        assert len(figures.values) == 4
        assert sum(figures.classes.count(figures.values)) == 4


def test_an_area_shows_its_places_clusters_mix_and_fellows(world: World) -> None:
    answer = describe_area(world, Query(area="W1", min_samples=100))
    assert answer.row["area_code"] == "W1"
    assert answer.places["incidents"].sum() == 195
    assert answer.places.iloc[0]["incidents"] == 135
    assert answer.places.iloc[0]["cluster"] == 1
    assert answer.clusters["incidents_here"].tolist() == [135]
    mix = answer.mix.set_index("crime_type")
    assert mix.loc[VIOLENCE, "incidents"] == 135
    assert mix.loc[VIOLENCE, "share"] == pytest.approx(135 / 195)
    assert mix.loc["Burglary", "force_share"] == 0
    assert "W1" not in answer.similar["area_code"].tolist()
    assert len(answer.similar) == 3
    expected = (30 + 10 + 5 + 1) * 4000 / 10_000
    assert answer.monthly["force"].iloc[0] == pytest.approx(expected)


def test_a_single_month_stands_at_the_end_of_those_before_it(world: World) -> None:
    whole = describe_area(world, Query(area="W1"))
    assert whole.months_before == 0
    last = parse_month("2021-04")
    alone = describe_area(world, Query(area="W1", month_from=last, month_to=last))
    assert alone.months_before == 15
    pd.testing.assert_frame_equal(alone.monthly, whole.monthly)
    assert alone.places["incidents"].sum() == whole.monthly["incidents"].iloc[-1], "all else is of the month"
    first = parse_month("2020-01")
    assert describe_area(world, Query(area="W1", month_from=first, month_to=first)).months_before == 0
    two = describe_area(world, Query(area="W1", month_from=parse_month("2021-02"), month_to=last))
    assert two.monthly["month"].tolist() == [last - 2, last - 1, last]
    picture = compose_picture(world, alone.chosen.query, "trend")
    assert isinstance(picture, TrendPicture)
    assert "April 2021 and the 15 months before it" in picture.subtitle
    assert picture.months.tolist() == alone.monthly["month"].tolist()


def test_a_named_area_adds_up_its_wards(world: World) -> None:
    answer = describe_area(world, Query(area="north"))
    assert answer.places["incidents"].sum() == 6
    assert set(answer.similar["area_code"]) <= {"W1", "W2"}


def test_an_area_must_be_chosen(world: World) -> None:
    with pytest.raises(InputError, match="No area is chosen"):
        describe_area(world, Query())


def test_the_pilot_areas_of_the_embedded_data_answer() -> None:
    world = open_world()
    table = score(world, Query()).table
    assert (table["kind"] == "ward").sum() == 177
    assert table[table["kind"] == "area"]["area_name"].tolist() == ["Ashington", "Benwell", "Southwick"]
    members = ["E05009096", "E05009126", "E05009108", "E05009121", "E05009105"]
    of_wards = table[table["area_code"].isin(members)]["incidents"].sum()
    assert table.set_index("area_code").loc["ashington", "incidents"] == of_wards > 10_000
    for area in ("ashington", "benwell", "southwick"):
        answer = describe_area(world, Query(area=area))
        assert len(answer.clusters) > 0
        assert answer.clusters["incidents_here"].sum() <= answer.places["incidents"].sum()


def test_the_change_of_a_cluster_allows_for_incidents_in_series() -> None:
    embedded = open_world()
    answer = find_clusters(embedded, Query())
    months = embedded.cube.months
    later = pair_months(months, months)
    by_month, _by_type = embedded.cube.cross_labels(answer.labels - 1, len(answer.table), answer.chosen.selection)
    now, before = (int(by_month[0, np.isin(months, later - back)].sum()) for back in (0, 12))
    bold = change_ratio(now, 1, before, 1)
    first = answer.table.iloc[0]
    assert first["trend_ratio"] == pytest.approx(bold.ratio)
    assert np.log(first["trend_high"] / first["trend_low"]) > 1.7 * np.log(bold.high / bold.low)


def test_an_area_that_one_site_explains_is_flagged(world: World) -> None:
    table = score(world, Query()).table.set_index("area_code")
    assert any("One map point holds 69% of its incidents" in flag for flag in table.loc["W1", "flags"])
    assert not any("map point" in flag for flag in table.loc["W3", "flags"]), "six incidents are too few to tell"
