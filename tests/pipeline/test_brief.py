"""Briefing pictures say what the answer says, in the size that was asked, with the same bytes each time."""

from __future__ import annotations

import struct
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from hotspots.errors import InputError, StoreError
from hotspots.pipeline.area import describe_area
from hotspots.pipeline.brief import (
    KINDS,
    compose_area_map,
    compose_force_map,
    compose_ranking,
    compose_trend,
    draw_brief,
    write_pictures,
)
from hotspots.pipeline.overview import choose_figures, overview
from hotspots.pipeline.world import World, open_world
from hotspots.query import Query


def size_of(png: bytes) -> tuple[int, int]:
    """Read width and height from a PNG."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_a_brief_has_every_kind_in_slide_size_and_the_same_bytes_twice(world: World) -> None:
    first = draw_brief(world, Query(area="W1"), kind="all")
    assert [picture.name for picture in first] == [f"w1-{kind}-slide.png" for kind in KINDS]
    assert {size_of(picture.png) for picture in first} == {(1920, 1080)}
    assert draw_brief(world, Query(area="W1"), kind="all") == first


@pytest.mark.parametrize(("size", "ratio"), [("a4", 297 / 210), ("a4-portrait", 210 / 297)])
def test_paper_sizes_have_150_dots_an_inch_or_better(world: World, size: str, ratio: float) -> None:
    (picture,) = draw_brief(world, Query(), kind="map", size=size)  # type: ignore[arg-type]
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


def test_pilot_areas_of_the_embedded_data_can_be_drawn() -> None:
    world = open_world()
    for area in ("ashington", "benwell", "southwick"):
        (picture,) = draw_brief(world, Query(area=area))
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
