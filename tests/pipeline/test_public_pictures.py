"""What leaves the force holds no small count, no exact count and no place, however its figures are put together."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hotspots.analysis.suppression import ROUNDING
from hotspots.errors import InputError
from hotspots.months import parse_month
from hotspots.pipeline.brief import compose_picture
from hotspots.pipeline.packs import compose_pack, find_template
from hotspots.pipeline.public_figures import PublicFigures, open_public
from hotspots.pipeline.public_pictures import PUBLIC_KINDS, _head_trend, compare_years, compose_public
from hotspots.pipeline.trends import compare_areas
from hotspots.pipeline.world import World, open_world
from hotspots.query import Query
from hotspots.settings import read_settings
from hotspots.views.multiples_picture import MultiplesPicture
from hotspots.views.pictures import MapPicture, RankingPicture, TrendPicture

if TYPE_CHECKING:
    from pathlib import Path

    from hotspots.views.pictures import Picture


@pytest.fixture(scope="module")
def northumbria(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Open the northumbria data once."""
    return open_world(read_settings({"HOTSPOTS_HOME": str(tmp_path_factory.mktemp("empty"))}))


@pytest.fixture(scope="module")
def burglary(northumbria: World) -> PublicFigures:
    """Return the public figures of a type of which most wards have few."""
    return open_public(northumbria, BURGLARY, least=5)


BURGLARY = Query(types=("burglary",))


def test_small_counts_of_a_real_force_are_withheld_and_the_others_rounded(
    northumbria: World, burglary: PublicFigures
) -> None:
    wards = len(northumbria.boundaries)
    true = northumbria.cube.count_areas(burglary.chosen.selection).sum(axis=2)[:wards]
    shown = np.isfinite(burglary.by_month)
    assert (true < 5).sum() > 1_000
    assert not shown[true < 5].any()
    assert shown.any()
    assert (burglary.by_month[shown] % ROUNDING == 0).all()
    assert np.abs(burglary.by_month[shown] - true[shown]).max() <= ROUNDING // 2
    hidden = (~shown[np.isfinite(burglary.by_ward)]).sum(axis=1)
    assert not (hidden == 1).any(), "one withheld month can be taken from the total of the ward"
    assert not ((~shown).sum(axis=0) == 1).any(), "one withheld ward can be taken from the total of the month"


def test_two_packs_of_one_selection_take_their_figures_from_the_same_tables(
    northumbria: World, burglary: PublicFigures
) -> None:
    other = open_public(northumbria, Query(types=("burglary",), area="ashington", show="harm"), least=5)
    assert np.array_equal(other.by_month, burglary.by_month, equal_nan=True)


def test_an_area_of_several_wards_is_published_only_from_what_is_published_of_each(
    northumbria: World, burglary: PublicFigures
) -> None:
    ashington = next(unit for unit in northumbria.units if unit.code == "ashington")
    parts = burglary.by_month[list(ashington.wards)]
    assert np.array_equal(burglary.count_months(ashington.wards), parts.sum(axis=0), equal_nan=True)
    assert np.isnan(burglary.count_months(ashington.wards)).any()


def numbers_of(picture: Picture) -> list[int]:
    """List the counts that a picture prints in its title, subtitle and key figures."""
    texts = [fact.value for fact in picture.facts] + [fact.detail for fact in picture.facts]
    return [int(number.replace(",", "")) for text in texts for number in re.findall(r"about ([\d,]+)", text)]


@pytest.mark.parametrize("area", ["", "ashington", "benwell", "E05001067"])
def test_every_public_picture_is_made_of_published_figures(northumbria: World, area: str) -> None:
    figures = open_public(northumbria, Query(), least=5)
    for kind in PUBLIC_KINDS:
        picture: Any = compose_public(northumbria, Query(area=area), kind, figures, marking="OFFICIAL")
        assert any("rounded to the nearest 5" in note for note in picture.notes)
        assert "rounded" in picture.subtitle or not isinstance(picture, TrendPicture | MultiplesPicture)
        if isinstance(picture, MapPicture):
            assert picture.places is None
            assert picture.clusters is None
            assert not picture.ranked
            assert picture.whole
        elif isinstance(picture, TrendPicture):
            known = picture.values[np.isfinite(picture.values)]
            assert (known % ROUNDING == 0).all()
            assert picture.comparison is None
            assert (np.array(numbers_of(picture)) >= 5).all()
        elif isinstance(picture, MultiplesPicture):
            every = np.concatenate([panel.values for panel in picture.panels])
            assert (every[np.isfinite(every)] % ROUNDING == 0).all()
            assert picture.gap_name == "No data, or withheld"
        else:
            assert isinstance(picture, RankingPicture)
            assert not picture.facts


def test_a_ward_that_is_withheld_is_on_no_public_map_and_in_no_public_ranking(world: World) -> None:
    figures = open_public(world, Query(), least=10)
    withheld = [code for code, total in zip(world.boundaries.codes, figures.by_ward, strict=True) if np.isnan(total)]
    assert set(withheld) >= {"W3", "W4"}
    ranking: Any = compose_public(world, Query(), "ranking", figures)
    assert not {row.code for row in ranking.rows} & {*withheld, "north"}
    ward_map: Any = compose_public(world, Query(), "wards", figures)
    assert np.isnan(ward_map.values[[2, 3]]).all()
    assert ward_map.classes.no_data_label == "No data, or withheld"
    with pytest.raises(InputError, match="is withheld"):
        compose_public(world, Query(area="north"), "trend", figures)
    with pytest.raises(InputError, match="may not stand in a public pack"):
        compose_public(world, Query(), "map", figures)
    picture: Any = compose_public(world, Query(area="W1"), "trend", figures)
    assert picture.gap_name == "No data, or withheld"
    assert "No data, or withheld: March 2020" in picture.alt


def test_a_public_pack_holds_public_kinds_only_and_names_what_it_leaves_out(world: World, home: Path) -> None:
    assert home.is_dir()
    template = find_template(read_settings(), "weekly-area-review")
    document = compose_pack(world, Query(area="W1"), template, public=True)
    assert {page.kind for page in document.pages} <= set(PUBLIC_KINDS)
    assert document.public
    assert any("may not stand in a public pack" in reason for _heading, reason in document.left_out)
    assert any("activity" in reason.lower() or "Timeline" in reason for _heading, reason in document.left_out)


def test_years_are_compared_month_by_month_where_both_are_published() -> None:
    values = np.array([10.0] * 12 + [20.0] * 12)
    values[3] = np.nan
    change = compare_years(values, dispersion=1.0)
    assert change is not None
    assert change.before == 110
    assert change.ratio == pytest.approx(2.0)
    assert compare_years(values[:17], dispersion=1.0) is None
    assert compare_years(np.full(24, np.nan), dispersion=1.0) is None


def test_a_change_of_one_area_is_said_flatly_only_where_it_would_stand_out_among_all(burglary: PublicFigures) -> None:
    months = np.arange(600, 624)
    slight = np.array([100.0] * 12 + [112.0] * 12)
    doubted = "which may be chance"
    title, compared = _head_trend(burglary, "Ward 1", months, slight, wards=(0,), dispersion=1.8)
    assert doubted in title
    assert compared == (
        " · 12 months, January 2021 to December 2021, against the same months a year before, with its 90% range"
    )
    assert doubted not in _head_trend(burglary, "The force", months, slight, wards=None, dispersion=1.8)[0]
    plain = np.array([100.0] * 12 + [900.0] * 12)
    assert doubted not in _head_trend(burglary, "Ward 1", months, plain, wards=(0,), dispersion=1.8)[0]


@pytest.mark.parametrize("first", [None, "2021-09"])
def test_a_place_has_one_figure_for_its_year_inside_the_force_and_outside(
    northumbria: World, first: str | None
) -> None:
    query = Query(area="E05011453", month_from=None if first is None else parse_month(first))
    trends = compare_areas(northumbria, replace(query, area=""))
    assert not set(trends.recent) & set(trends.earlier)
    assert len(trends.recent) == 11
    drawn: Any = compose_public(northumbria, query, "trend", open_public(northumbria, query, least=10))
    if first is not None:  # months of the year before lie outside the period and are not published
        assert drawn.title.endswith("month by month")
        return
    own: Any = compose_picture(northumbria, query, "trend")
    for picture in (drawn, own):
        assert "11 months, March 2022 to December 2022 and February 2023, against the same months" in picture.subtitle
    ratio, verdict = trends.table.set_index("area_code").loc[query.area, ["ratio", "verdict"]]
    assert verdict == "rising"
    assert "may be chance" not in f"{drawn.title} {own.title}", "the page of trends calls it clearly rising"
    for title in (drawn.title, own.title):
        said = re.search(r"(\d+)% (more|fewer)|\(([^ ]+)% to ([^ ]+)%\)", title)
        assert said is not None
        assert said[1] == f"{abs(ratio - 1) * 100:.0f}"
