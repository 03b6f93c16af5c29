"""Each kind of picture says what its answer says: of cells, of many areas, of operations and of their impact."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from hotspots.errors import InputError, UnknownNameError
from hotspots.pipeline.brief import KINDS, PICTURE_KINDS, compose_picture, draw_brief, find_kind, list_kinds_for
from hotspots.pipeline.brief_areas import compare_year
from hotspots.pipeline.brief_frame import MOST_REMEMBERED, Wish, recall
from hotspots.pipeline.brief_impact import assess_wish
from hotspots.pipeline.hot_cells import TWO_TESTS, WHAT_IS_ASKED, find_hot_cells
from hotspots.pipeline.operations import open_operations
from hotspots.pipeline.selection import choose
from hotspots.pipeline.snapshot import MapView, compose_snapshot
from hotspots.pipeline.surface import draw_surface, find_peaks
from hotspots.pipeline.surface_change import compare_periods
from hotspots.pipeline.trends import compare_areas, say_verdicts
from hotspots.pipeline.world import World, open_world
from hotspots.query import Query
from hotspots.settings import Settings, read_settings
from hotspots.store.ledger import Ledger
from hotspots.terms import Phase
from hotspots.views.metadata import read_address
from hotspots.views.pictures import MapPicture
from hotspots.views.png import lay_out
from tests.pipeline.ledgers import enter_activity, enter_operation, enter_target, enter_window, open_at

ROOT = Path(__file__).resolve().parents[2]
DAY = date(2021, 6, 1)


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Name an empty data home for the embedded data."""
    return replace(read_settings(), home=tmp_path_factory.mktemp("home"), areas_file=None, harm_file=None)


@pytest.fixture(scope="module")
def embedded(settled: Settings) -> World:
    """Open the embedded data once: the pilots are evaluated on it."""
    return open_world(settled)


@pytest.fixture(scope="module")
def published(settled: Settings) -> Iterator[Ledger]:
    """Open the ledger with what was published about the pilots."""
    ledger = open_operations(settled, today=lambda: date(2023, 3, 14))
    yield ledger
    ledger.close()


@pytest.fixture
def ledger(town: Settings) -> Iterator[Ledger]:
    """Enter an operation in ward 1: Clear, and Build without an end, with records, a target and safeguarding."""
    assert town.home.is_dir()
    opened = open_at(DAY)
    enter_operation(opened, "tyne", clear="", area_code="first", name="Tyne")
    enter_window(opened, "tyne", phase="clear", start="1 February 2020", end="31 March 2020")
    enter_window(opened, "tyne", phase="build", start="15 January 2021")
    enter_activity(opened, "tyne", date="5 February 2020", phase="clear")
    enter_activity(opened, "tyne", date="6 February 2021", kind="safeguarding-referrals", quantity="7", phase="build")
    enter_target(opened, "tyne")
    yield opened
    opened.close()


def test_kinds_are_listed_by_what_they_need(ledger: Ledger) -> None:
    assert len(set(KINDS)) == len(PICTURE_KINDS)
    without = {kind.code for kind in list_kinds_for(Query(operation="tyne"))}
    assert without == {kind.code for kind in PICTURE_KINDS if kind.needs != "operation"}
    assert {kind.code for kind in list_kinds_for(Query(operation="tyne"), ledger=ledger)} == set(KINDS)
    assert [kind.code for kind in PICTURE_KINDS if kind.is_plural] == ["multiples"]
    with pytest.raises(InputError, match="surface"):
        find_kind("poster")


def test_a_public_kind_shows_no_place_and_no_activity(world: World, embedded: World) -> None:
    for code in ("map", "surface", "hotspots", "emerging", "displacement", "phases", "activity"):
        assert not find_kind(code).is_public, code
    drawn = compose_picture(embedded, Query(area="benwell"), "wards")
    assert drawn.places is drawn.clusters is drawn.paint is None
    assert drawn.spots == ()
    assert drawn.highlight_name == "Benwell"
    assert drawn.title.startswith("Benwell ranks")
    for kind in (kind for kind in PICTURE_KINDS if kind.is_public and kind.needs == "force"):
        assert getattr(compose_picture(world, Query(), kind.code), "places", None) is None


DIGEST = """
import hashlib
from dataclasses import replace
from pathlib import Path
from hotspots.pipeline.brief import draw_brief
from hotspots.pipeline.world import open_world
from hotspots.query import Query
from hotspots.settings import read_settings
world = open_world(replace(read_settings(), home=Path({home!r})))
for kind, form in (("emerging", "png"), ("multiples", "svg")):
    drawn = draw_brief(world, Query(area="benwell"), kind=kind, made_on="2023-03-14", format=form)
    print(hashlib.sha256(drawn[0].content).hexdigest())
"""


def test_bytes_are_equal_in_two_processes(settled: Settings, embedded: World) -> None:
    mine = [
        draw_brief(embedded, Query(area="benwell"), kind=kind, made_on="2023-03-14", format=form)[0].content
        for kind, form in (("emerging", "png"), ("multiples", "svg"))
    ]
    script = DIGEST.format(home=str(settled.home))
    found = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=ROOT)
    assert found.stdout.split() == [hashlib.sha256(content).hexdigest() for content in mine]


def test_the_surface_of_an_area_lists_the_peaks_inside_it(embedded: World) -> None:
    query = Query(area="ashington")
    drawn = compose_picture(embedded, query, "surface")
    answer = draw_surface(embedded, query)
    peaks = find_peaks(answer, wards=next(unit.wards for unit in embedded.units if unit.code == "ashington"))
    assert len(drawn.spots) == len(drawn.listing.rows) > 0
    assert drawn.listing.rows[0][2] == f"{peaks['density'].iloc[0]:,.0f}"
    assert (drawn.spots[0].x, drawn.spots[0].y) == (peaks["x"].iloc[0], peaks["y"].iloc[0])
    assert drawn.paint.index.shape == answer.by_year.shape
    assert int((drawn.paint.index >= 0).sum()) < np.isfinite(answer.by_year).sum(), "below the average it stays clear"
    assert "densest" in drawn.title
    assert read_address(draw_brief(embedded, query, kind="surface")[0].content) == "hot_cells?area=ashington"


def test_hot_cells_of_a_picture_are_those_of_the_answer(embedded: World) -> None:
    answer = find_hot_cells(embedded, Query())
    drawn = compose_picture(embedded, Query(), "hotspots")
    hot = int((answer.code > 0).sum())
    assert f"in {hot:,} hot cells on " in drawn.title
    counted = [int(look.count.replace(",", "")) for look in drawn.paint.looks if look.label.startswith("Hot")]
    assert sum(counted) == hot
    assert int(drawn.paint.rest_count.replace(",", "")) == int((answer.code == 0).sum())
    quiet = compose_picture(embedded, Query(area="ashington"), "hotspots")
    assert quiet.title.endswith("stands out among all cells of the force") is not bool(quiet.listing.rows)


def test_hot_cells_lie_on_the_same_land_in_picture_and_sentence(embedded: World) -> None:
    answer = find_hot_cells(embedded, Query())
    found = answer.measure_share()
    hot = answer.code > 0
    land = answer.ground.cells.area_inside[hot].sum() / 1e6 / embedded.boundaries.area_km2.sum()
    assert found.land == pytest.approx(land)
    assert land < 0.002
    said = f"{found.share:.0%} of {{}} in {hot.sum()} hot cells on {land:.1%} of {{}} land"
    assert found.describe("incidents lie", "the force’s") == said.format("incidents lie", "the force’s")
    title = compose_picture(embedded, Query(), "hotspots").title
    assert title == said.format("all crime and ASB in Northumbria lies", "its")


def test_dense_is_not_denied_where_nothing_stands_out(embedded: World) -> None:
    drawn = compose_picture(embedded, Query(area="ashington", month_from=625, month_to=637), "hotspots")
    assert re.search(r"the busiest cell holds \d+ times the average cell, but none stands out among all", drawn.title)
    words = f"{drawn.title} {drawn.subtitle} {drawn.listing.empty} {drawn.paint.rest}"
    assert "chance" not in words.lower()
    assert WHAT_IS_ASKED in drawn.notes
    for kind in ("hotspots", "emerging"):
        assert TWO_TESTS in compose_picture(embedded, Query(area="ashington"), kind).notes


def test_emerging_classes_carry_letters_and_their_meaning(embedded: World) -> None:
    drawn = compose_picture(embedded, Query(area="benwell"), "emerging")
    assert all(look.letter for look in drawn.paint.looks)
    assert [row[0] for row in drawn.listing.rows] == [look.label for look in drawn.paint.looks]
    assert any("July 2022" in note for note in drawn.notes)
    assert drawn.paint.title == "Class", "no cold class is shown"
    for look in drawn.paint.looks:
        assert f"{look.count} {look.label.split()[0].lower()}" in drawn.title


def test_small_numbers_are_said(world: World) -> None:
    drawn = compose_picture(world, Query(area="W3"), "hotspots")
    assert any(note.startswith("Small numbers: only 6 incidents were recorded") for note in drawn.notes)
    assert not any(note.startswith("Small") for note in compose_picture(world, Query(), "hotspots").notes)


def test_areas_stand_on_one_scale_with_their_change(embedded: World) -> None:
    drawn = compose_picture(embedded, Query(area="southwick"), "multiples")
    assert drawn.panels[0].name == "Southwick"
    assert len(drawn.panels) == 20
    table = compare_areas(embedded, Query()).table.set_index("area_code")
    assert drawn.panels[0].verdict == table.loc["southwick", "verdict"]
    assert np.isnan(drawn.panels[0].values[20]), "January 2022 is a gap"
    verdicts = [panel.verdict for panel in drawn.panels]
    assert drawn.title.endswith(f"in a year: {say_verdicts(verdicts)}")
    assert "may be chance" in verdicts
    assert (
        f"{verdicts.count('may be chance')} may be chance, {verdicts.count('no clear change')} no clear" in drawn.title
    )
    named = compose_picture(embedded, Query(), "multiples", areas=("Ashington", "Benwell", "ashington"))
    assert [panel.name for panel in named.panels] == ["Ashington", "Benwell"]
    with pytest.raises(InputError, match="41 areas are named"):
        compose_picture(embedded, Query(), "multiples", areas=embedded.boundaries.codes[:41])
    with pytest.raises(UnknownNameError):
        compose_picture(embedded, Query(), "multiples", areas=("Atlantis",))


def test_a_snapshot_of_the_trends_shows_what_the_page_shows(embedded: World) -> None:
    codes = ("E05011453", "ashington")
    drawn = compose_snapshot(embedded, Query(), "trends", areas=codes)
    table = compare_areas(embedded, Query()).table.set_index("area_code")
    assert [panel.verdict for panel in drawn.panels] == table.loc[list(codes), "verdict"].tolist()
    for panel in drawn.panels:
        assert drawn.top_of(panel) == panel.highest, "each on its own scale"
        assert np.array_equal(panel.before[12:], panel.values[:-12], equal_nan=True)
        assert np.isnan(panel.before[:12]).all()
    assert "one scale" not in f"{drawn.subtitle} {drawn.value_title} {drawn.alt}"
    written = {text.get_text() for text in lay_out(drawn).page.texts}
    assert "A year before" in written
    assert any(text.endswith("), rising") for text in written)
    assert any(text.endswith("), no clear change") for text in written)
    assert not any("off the scale" in text for text in written)


def test_a_snapshot_of_the_density_of_an_area_speaks_of_that_area(embedded: World) -> None:
    view = MapView((424_000.0, 584_500.0, 432_500.0, 590_500.0), ("clusters", "areas"))
    drawn = compose_snapshot(embedded, Query(area="ashington"), "surface", view=view)
    assert "in Ashington: densest point" in drawn.title
    assert {row[1] for row in drawn.listing.rows} <= {"Ashington Central", "Hirst", "College", "Haydon", "Bothal"}
    for shows in ("surface", "cells", "emerging"):
        near = compose_snapshot(embedded, Query(area="ashington"), shows, view=view)
        assert "in Ashington" in near.title
        assert "title" not in near.subtitle or shows == "surface", "the title is not the force's"
        written = {text.get_text() for text in lay_out(near).page.texts}
        assert "Northumberland" not in written
        assert {"Hirst", "Haydon"} <= written


def test_a_place_that_changed_clearly_is_one_among_all_that_were_looked_at(embedded: World) -> None:
    drawn = compose_snapshot(embedded, Query(), "change")
    places = compare_periods(embedded, Query()).places
    apart = ((places["low"] > 1) | (places["high"] < 1)).to_numpy()
    clear = places["verdict"].isin(["rising", "falling"]).to_numpy()
    assert clear.any()
    assert apart[clear].all()
    assert (places["verdict"][apart & ~clear] == "may be chance").all()
    assert (apart & ~clear).any(), "an interval of its own is not enough"
    assert drawn.title.endswith(f"{len(places)} places: {say_verdicts(places['verdict'].tolist())}")
    assert [row[2] for row in drawn.listing.rows] == places["verdict"].head(12).tolist()
    written = [text.get_text() for text in lay_out(drawn).page.texts]
    assert not any("…" in text for text in written), "no name is cut while there is room"


def test_a_period_without_a_year_before_has_no_change(embedded: World) -> None:
    drawn = compose_picture(embedded, Query(month_to=608), "multiples", areas=("benwell",))
    assert drawn.panels[0].change == ""
    assert "a year before" not in drawn.subtitle


def test_a_trend_is_titled_by_the_year(world: World) -> None:
    chosen = choose(world, Query())
    # 25 incidents in each of three months after 40 in each of the three a year before, in ward 1.
    months, ratio, low, high = compare_year(world, chosen, (0,))
    assert months == 3
    assert ratio == pytest.approx(75 / 120, rel=0.02)
    assert low < ratio < high
    assert compare_year(world, choose(world, Query(month_to=603)), (0,)) is None
    title = compose_picture(world, Query(area="W1"), "trend").title
    assert title.startswith("All crime and ASB in Ward 1")
    assert "than the year before" in title or "no clear change" in title
    assert re.search(r"\(.* to .*\)$", title)


def test_phases_of_the_operation_that_covers_an_area_stand_on_its_trend(world: World, ledger: Ledger) -> None:
    covered = compose_picture(world, Query(area="W1"), "trend", ledger=ledger)
    assert [band.phase for band in covered.phases] == [Phase.CLEAR, Phase.BUILD]
    assert covered.phases[0].first == pytest.approx(601.0)
    assert covered.phases[0].last == pytest.approx(603.0)
    assert covered.phases[1].open_ended
    assert covered.phases[1].last == covered.months[-1] + 1
    assert compose_picture(world, Query(area="W2"), "trend", ledger=ledger).phases == ()
    assert compose_picture(world, Query(area="W1"), "trend").phases == ()
    named = compose_picture(world, Query(area="W2", operation="tyne"), "trend", ledger=ledger)
    assert len(named.phases) == 2


def test_the_area_of_an_operation_that_reaches_farther_is_outlined(embedded: World, published: Ledger) -> None:
    ward = compose_picture(embedded, Query(area="E05009096"), "map", ledger=published)
    assert [outline.label for outline in ward.outlines] == ["Area of Momentum"]
    assert compose_picture(embedded, Query(area="ashington"), "map", ledger=published).outlines == ()
    elsewhere = Query(area="southwick", operation="momentum")
    assert compose_picture(embedded, elsewhere, "map", ledger=published).outlines == ()


def test_scorecards_keep_the_day_of_the_picture_and_published_figures_apart(
    world: World, ledger: Ledger, embedded: World, published: Ledger
) -> None:
    query = Query(operation="Tyne")
    drawn = compose_picture(world, query, "phases", ledger=ledger, day=DAY)
    assert drawn.title == "Tyne: in Build, 2 activities on record"
    assert "as at 1 June 2021" in drawn.subtitle
    clear = drawn.cards[0]
    assert (clear.phase, clear.now, [line.label for line in clear.lines]) == (Phase.CLEAR, False, ["Arrests"])
    assert clear.lines[0].goal is not None
    assert [fact.label for fact in drawn.facts] == ["Activities", "Targets", "Safeguarding referrals"]
    earlier = compose_picture(world, query, "phases", ledger=ledger, day=date(2020, 3, 1))
    assert earlier.cards[0].now, "the day is that of the picture, never the clock's"
    undated = compose_picture(world, query, "phases", ledger=ledger)
    assert "as at 30 April 2021" in undated.subtitle, "the end of the data"
    pilot = compose_picture(embedded, Query(operation="momentum"), "phases", ledger=published)
    assert "no activity on record yet" in pilot.title
    assert {"over 500", "over £2 million"} <= {one.written for one in pilot.published}
    assert all(card.lines == () for card in pilot.cards)


def test_a_timeline_holds_records_statements_and_the_gaps(
    world: World, ledger: Ledger, embedded: World, published: Ledger
) -> None:
    drawn = compose_picture(world, Query(operation="tyne"), "activity", ledger=ledger, day=date(2026, 1, 1))
    assert drawn.total.sum() == 2
    assert drawn.months[-1] == world.cube.months[-1], "an open phase does not lengthen the axis to the day of drawing"
    assert np.isnan(drawn.incidents[drawn.months == 602]).all(), "March 2020 is missing"
    pilot = compose_picture(embedded, Query(operation="momentum"), "activity", ledger=published)
    assert len(pilot.stories) == 4
    assert pilot.events[0][1].startswith("Momentum began")


def test_an_operation_must_be_named_or_cover_the_area(world: World, ledger: Ledger) -> None:
    with pytest.raises(InputError, match="ledger, which is not open"):
        compose_picture(world, Query(operation="tyne"), "phases")
    with pytest.raises(InputError, match="none covers Ward 2"):
        compose_picture(world, Query(area="W2"), "phases", ledger=ledger)
    with pytest.raises(UnknownNameError):
        compose_picture(world, Query(operation="wear"), "phases", ledger=ledger)
    covered = compose_picture(world, Query(area="W1"), "phases", ledger=ledger, day=DAY)
    assert covered.title.startswith("Tyne")


def test_an_evaluation_is_drawn_as_it_was_answered(embedded: World, published: Ledger) -> None:
    query = Query(operation="momentum")
    _operation, impact = assess_wish(Wish(world=embedded, query=query, ledger=published))
    drawn = compose_picture(embedded, query, "impact", ledger=published)
    effect = impact.headline.effect
    after = np.isin(drawn.months, impact.panel.months[impact.panel.after])
    assert np.nansum(drawn.observed[after]) == pytest.approx(effect.observed)
    assert np.nansum(drawn.expected[after]) == pytest.approx(effect.expected)
    assert np.nansum(drawn.low) == pytest.approx(effect.observed / np.exp(effect.high))
    assert np.nansum(drawn.high) == pytest.approx(effect.observed / np.exp(effect.low))
    assert np.isnan(drawn.low[~after]).all()
    assert drawn.title.startswith("Momentum: cannot tell whether")
    assert "interval" in drawn.title
    assert drawn.sentences[0] == impact.headline.verdict.sentence
    assert any("Only 4 covered months" in note for note in drawn.notes)
    violence = compose_picture(embedded, replace(query, measure="violence"), "impact", ledger=published)
    assert "violence" in violence.title
    with pytest.raises(InputError, match="not an outcome"):
        compose_picture(embedded, replace(query, measure="weather"), "impact", ledger=published)

    forest = compose_picture(embedded, query, "forest", ledger=published)
    assert [row.name for row in forest.rows if row.apart] == ["drugs", "possession of weapons"]
    assert len(forest.rows) == len(impact.outcomes)
    assert any(note.startswith("Drugs and possession") for note in forest.notes)
    assert not any(note.startswith("Drugs and possession") for note in drawn.notes)

    moved = compose_picture(embedded, query, "displacement", ledger=published)
    assert [row[0] for row in moved.listing.rows][-1] == "Wards next door"
    assert sum(int(look.count.replace(",", "")) for look in moved.paint.looks) == len(moved.paint.index)
    assert [outline.tag for outline in moved.outlines] == ["500 m", "1 km", "2 km"]
    assert moved.highlight_name == "Ashington"
    taken = compose_snapshot(embedded, query, "displacement", ledger=published)
    assert isinstance(taken, MapPicture)
    assert taken.extent == moved.extent, "the rings around the area are in the snapshot too"


def test_answers_are_remembered_but_not_without_end(world: World) -> None:
    made: list[int] = []
    for key in (*range(MOST_REMEMBERED + 1), MOST_REMEMBERED, 0):
        recall(world, key, lambda key=key: made.append(key))
    assert made == [*range(MOST_REMEMBERED + 1), 0], "the oldest is forgotten, the latest is not made twice"


def test_answers_are_remembered_by_the_version_of_the_data(world: World) -> None:
    made: list[str] = []
    newer = replace(world, version="newer")
    for name, one in (("first", world), ("again", replace(world)), ("newer", newer)):
        recall(one, "by version", lambda name=name: made.append(name))
    assert made == ["first", "newer"]
