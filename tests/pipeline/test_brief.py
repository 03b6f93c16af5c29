"""Briefing pictures say what the answer says, in the size that was asked, with the same bytes each time."""

from __future__ import annotations

import struct
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from hotspots.errors import InputError, StoreError
from hotspots.pipeline.area import describe_area
from hotspots.pipeline.attribution import LICENCE, state_licence
from hotspots.pipeline.brief import (
    KINDS,
    compose_area_map,
    compose_force_map,
    compose_ranking,
    compose_trend,
    describe_threshold,
    draw_brief,
    source_line,
    write_pictures,
)
from hotspots.pipeline.export import cluster_table
from hotspots.pipeline.overview import choose_figures, overview
from hotspots.pipeline.world import World, open_world
from hotspots.query import Query


@pytest.fixture
def embedded(home: Path) -> World:
    """Open the embedded data, with nothing loaded."""
    assert not (home / "incidents").exists()
    return open_world()


def size_of(png: bytes) -> tuple[int, int]:
    """Read width and height from a PNG."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_a_brief_has_every_kind_in_slide_size_and_the_same_bytes_twice(world: World) -> None:
    reasons: dict[str, str] = {}
    first = draw_brief(world, Query(area="W1"), kind="all", left_out=reasons.__setitem__)
    # Six months are too few for emerging hot spots, which is said; and no operation is named.
    assert set(reasons) == {"emerging"}
    assert "at least 10" in reasons["emerging"]
    usual = ("map", "ranking", "trend", "wards", "surface", "hotspots", "multiples")
    assert set(usual) < set(KINDS)
    assert [picture.name for picture in first] == [f"w1-{kind}-slide.png" for kind in usual]
    assert {size_of(picture.png) for picture in first} == {(1920, 1080)}
    assert all(one.title == one.picture.title for one in first)
    assert draw_brief(world, Query(area="W1"), kind="map") == first[:1]


@pytest.mark.parametrize(("size", "ratio"), [("a4", 297 / 210), ("a4-portrait", 210 / 297)])
def test_paper_sizes_have_150_dots_an_inch_or_better(world: World, size: str, ratio: float) -> None:
    (picture,) = draw_brief(world, Query(), kind="map", size=size)
    width, height = size_of(picture.png)
    assert width / height == pytest.approx(ratio, rel=0.01)
    assert min(width, height) >= 210 / 25.4 * 150 - 1


def test_the_picture_has_the_classes_colours_and_counts_of_the_page(world: World) -> None:
    answer = overview(world, Query(show="harm"))
    picture = compose_force_map(world, answer, marking="OFFICIAL")
    figures = choose_figures(answer.score, "harm")
    assert picture.classes == figures.classes
    assert np.array_equal(picture.values, figures.values)
    assert len(picture.clusters) == len(answer.clusters.table)


def test_the_picture_carries_marking_date_version_source_and_caveats(world: World) -> None:
    answer = describe_area(world, Query(area="north"))
    for compose in (compose_area_map, compose_ranking, compose_trend):
        picture = compose(world, answer, marking="OFFICIAL-SENSITIVE", day=date(2023, 3, 14))
        assert picture.marking == "OFFICIAL-SENSITIVE"
        assert picture.made_on == date(2023, 3, 14)
        assert picture.data_version == world.data_version
        assert "police.uk" in picture.source
        assert any("missing: unknown, not zero" in note for note in picture.notes)
    assert compose_area_map(world, answer, marking="X").highlight == ("W3", "W4")


def test_the_trend_of_a_picture_has_the_gaps(world: World) -> None:
    picture = compose_trend(world, describe_area(world, Query(area="W1")), marking="X")
    assert np.isnan(picture.values[2])
    assert len(picture.values) == 16


def test_a_named_area_stands_out_in_the_ranking_of_wards(world: World) -> None:
    picture = compose_ranking(world, describe_area(world, Query(area="north")), marking="X")
    assert picture.highlight == ("north",)
    assert [row.code for row in picture.rows if row.code == "north"] == ["north"]
    assert not any(row.code == "first" for row in picture.rows)
    assert picture.total == 4
    assert "North side (named area)" in [row.label for row in picture.rows]
    assert "North side (named area)" in picture.alt


def test_a_named_area_that_is_one_ward_is_listed_once(world: World) -> None:
    picture = compose_ranking(world, describe_area(world, Query(area="first")), marking="X")
    assert sorted(row.code for row in picture.rows) == ["W1", "W2", "W3", "W4"]
    assert picture.highlight == ("W1",)
    assert [row.label for row in picture.rows if row.code == "W1"] == ["Ward 1 (named area First)"]


def test_a_ward_and_a_named_area_of_one_name_are_listed_once(embedded: World) -> None:
    same = compose_ranking(embedded, describe_area(embedded, Query(area="southwick")), marking="X")
    assert [row.label for row in same.rows if "Southwick" in row.label] == ["Southwick (ward and named area)"]


def test_imported_boundaries_carry_the_licences_too(world: World) -> None:
    assert world.boundaries.licence == ""
    assert "Open Government Licence v3.0" in source_line(world)
    assert "Contains OS data © Crown copyright and database right" in source_line(world)
    assert state_licence(world) == LICENCE
    own = replace(world, boundaries=replace(world.boundaries, licence="CC BY 4.0, Madeup Council."))
    assert state_licence(own) == f"{LICENCE} Boundaries: CC BY 4.0, Madeup Council."


def test_a_map_says_what_a_cluster_is_and_who_chose_that(world: World) -> None:
    area = describe_area(world, Query(area="W1", min_samples=40))
    assert compose_area_map(world, area, marking="X").method == (
        "Clusters: at least 40 incidents within 150 m of a point (DBSCAN), threshold set by the user."
    )
    chosen = compose_area_map(world, describe_area(world, Query(area="W1", eps=200)), marking="X").method
    assert "within 200 m" in chosen
    assert chosen.endswith("threshold from the data of Ward 1.")
    force = compose_force_map(world, overview(world, Query()), marking="X").method
    assert force.endswith("threshold from the data of the whole force.")


def test_a_map_of_a_grid_does_not_speak_of_map_points(embedded: World) -> None:
    gridded = compose_area_map(embedded, describe_area(embedded, Query(area="benwell")), marking="X")
    assert "squares of 100 m with incidents" in gridded.subtitle
    points = replace(embedded, grid_m=None)
    published = compose_area_map(points, describe_area(points, Query(area="benwell")), marking="X")
    assert "map points with incidents" in published.subtitle


def test_a_cluster_below_the_threshold_is_explained(embedded: World) -> None:
    shared = describe_area(embedded, Query(area="southwick")).local
    fewest, least = shared.table["incidents"].min(), shared.provenance["min_samples"]
    assert fewest < least, "else there is nothing to explain"
    assert describe_threshold(shared).endswith("a point within reach of two clusters counts for one of them.")
    assert shared.shared_note.startswith("A point within reach of two clusters counts for one of them")
    assert shared.shared_note in cluster_table(shared)
    few = shared.table["incidents"] < least
    assert shared.table.loc[few, ["trend_ratio", "trend_low", "trend_high"]].isna().all(axis=None)
    assert shared.table.loc[~few, "trend_ratio"].notna().any()


def test_a_force_map_marks_the_chosen_area(world: World) -> None:
    plain = compose_force_map(world, overview(world, Query()), marking="X")
    assert (plain.highlight, plain.highlight_code) == ((), "")
    named = compose_force_map(world, overview(world, Query(area="north")), marking="X")
    assert named.highlight == ("W3", "W4")
    assert (named.highlight_name, named.highlight_code, named.whole) == ("North side", "north", True)
    assert [row.label for row in named.ranked if row.code == "north"] == ["North side (named area)"]
    assert named.subtitle.endswith("North side outlined")
    one = compose_force_map(world, overview(world, Query(area="first")), marking="X")
    assert (one.highlight, one.highlight_code) == (("W1",), "W1")
    (drawn,) = draw_brief(world, Query(area="north"), whole_force=True)
    assert drawn.name == "madeup-map-slide.png"
    assert "North side is outlined." in drawn.alt
    assert compose_ranking(world, overview(world, Query(area="north")), marking="X").highlight == ("north",)


def test_a_marked_ward_keeps_its_row_however_far_down(embedded: World) -> None:
    last = overview(embedded, Query()).score.ranked("ward").iloc[-1]
    far = compose_force_map(embedded, overview(embedded, Query(area=last["area_code"])), marking="X")
    assert far.ranked[-1].code == last["area_code"]
    assert len(far.ranked) == 41
    benwell = compose_force_map(embedded, overview(embedded, Query(area="benwell")), marking="X")
    assert [row.label for row in benwell.ranked if row.code == benwell.highlight_code] == ["Benwell (named area)"]


def test_titles_and_caveats_read_like_sentences(world: World) -> None:
    for area in ("W1", "W2", "W3", "north", "first"):
        answer = describe_area(world, Query(area=area))
        assert not any(caveat.endswith("..") for caveat in answer.caveats), area
        assert all(caveat.endswith(".") for caveat in answer.caveats), area
        low, high = answer.row["rank_low"], answer.row["rank_high"]
        wanted = f"(90% range {low})" if low == high else f"(90% range {low} to {high})"
        assert compose_area_map(world, answer, marking="X").title.endswith(wanted)


def test_a_trend_explains_its_lines(embedded: World) -> None:
    picture = compose_trend(embedded, describe_area(embedded, Query(area="ashington")), marking="X")
    assert picture.events[0][1] == "new map points"
    assert any("The line “new map points” marks July 2022" in note for note in picture.notes)
    assert any("90% range" in note for note in picture.notes)
    short = Query(area="ashington", month_from=picture.events[0][0] + 1)
    after = compose_trend(embedded, describe_area(embedded, short), marking="X")
    assert not any("new map points" in note for note in after.notes)


def test_pilot_areas_of_the_embedded_data_can_be_drawn(embedded: World) -> None:
    for area in ("ashington", "benwell", "southwick"):
        (picture,) = draw_brief(embedded, Query(area=area))
        assert len(picture.png) > 50_000
        assert picture.alt.startswith("Map. ")


def test_what_cannot_be_drawn_is_said(world: World) -> None:
    with pytest.raises(InputError, match="not a kind of picture"):
        draw_brief(world, Query(), kind="poster")
    with pytest.raises(InputError, match="not a date"):
        draw_brief(world, Query(), made_on="14 March")


def test_pictures_are_written_whole_or_not_at_all(world: World, tmp_path: Path) -> None:
    pictures = draw_brief(world, Query(), kind="trend")
    (path,) = write_pictures(pictures, tmp_path / "deep" / "folder")
    assert path.read_bytes() == pictures[0].png
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StoreError, match="--out"):
        write_pictures(pictures, tmp_path / "file")
    (tmp_path / "blocked" / pictures[0].name).mkdir(parents=True)
    with pytest.raises(StoreError, match="--out"):
        write_pictures(pictures, tmp_path / "blocked")
    assert [child.name for child in (tmp_path / "blocked").iterdir()] == [pictures[0].name]
