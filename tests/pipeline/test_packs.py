"""Packs say what the template asks, of the right area, with what is left out named; files are whole or not there."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from hotspots.errors import InputError, UnknownNameError
from hotspots.pipeline.packs import PACK_FORMATS, build_pack, compose_pack, find_template, list_templates, narrow_query
from hotspots.pipeline.packs_all import BriefJob, list_areas, make_all, read_notes
from hotspots.query import Query
from hotspots.settings import read_settings
from hotspots.store.brief_templates import Template
from hotspots.views.metadata import read_address
from tests.pipeline.ledgers import enter_activity, enter_operation, open_at

if TYPE_CHECKING:
    from pathlib import Path

    from hotspots.pipeline.world import World

SHORT = """
title = "Short"
audience = "Tests"

[[section]]
kind = "trend"
heading = "Is it growing?"
note = "Ask about the gap."

[[section]]
kind = "ranking"
heading = "Which first?"
months = 2

[[section]]
kind = "ranking"
heading = "Violence"
lens = "violence"

[[section]]
kind = "phases"
heading = "What was done?"
"""


@pytest.fixture
def template(home: Path) -> Template:
    """Put a template into the data home, as a force would."""
    folder = home / "templates"
    folder.mkdir(parents=True)
    (folder / "short.toml").write_text(SHORT, encoding="utf-8")
    return find_template(read_settings(), "short")


def test_the_embedded_templates_can_be_read_and_one_is_public() -> None:
    templates = list_templates(read_settings())
    assert [one.code for one in templates] == ["board-report", "daily-tasking", "public-meeting", "weekly-area-review"]
    assert [one.code for one in templates if one.public] == ["public-meeting"]
    assert not any(one.own for one in templates)


def test_a_file_of_the_same_name_takes_the_place_of_an_embedded_template(home: Path) -> None:
    (home / "templates").mkdir(parents=True)
    (home / "templates" / "daily-tasking.toml").write_text(SHORT, encoding="utf-8")
    templates = list_templates(read_settings())
    assert len(templates) == 4
    own = find_template(read_settings(), "daily-tasking")
    assert own.own
    assert own.title == "Short"
    assert find_template(read_settings(), "SHORT") == own


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("title", "headline"), "short.toml has the key “headline”"),
        (('title = "Short"', 'title = " "'), "short.toml has no title"),
        (('kind = "trend"', 'kind = "treemap"'), "short.toml, section 1: kind is “treemap”; choose map,"),
        (("months = 2", "months = 0"), "short.toml, section 2: months is “0”"),
        (("months = 2", "months = true"), "short.toml, section 2: months is “True”"),
        (('lens = "violence"', 'lens = "fear"'), "short.toml, section 3: lens is “fear”; choose all, violence"),
        (("months = 2", "weeks = 2"), "short.toml, section 2 has the key “weeks”"),
        (('audience = "Tests"', 'size = "poster"'), "short.toml: size is “poster”; choose slide, a4"),
        (
            ('audience = "Tests"', "public = true"),
            "section 4: a picture of the kind “phases” may not stand in a public",
        ),
        (('audience = "Tests"', 'public = "yes"'), "short.toml: public is “yes”; write true or false"),
        (("[[section]]", "[section]"), "short.toml"),
        (('"Ask about the gap."', '"Ask about\\u0007 the gap."'), "note holds a control character"),
        (('heading = "Violence"', 'heading = "Violence" oops'), "is not a TOML file"),
    ],
)
def test_a_template_that_cannot_be_used_is_refused_in_one_sentence(
    home: Path, template: Template, change: tuple[str, str], message: str
) -> None:
    assert template.own
    (home / "templates" / "short.toml").write_text(SHORT.replace(*change), encoding="utf-8")
    with pytest.raises(InputError) as failure:
        list_templates(read_settings())
    assert message in str(failure.value)
    assert "\n" not in str(failure.value)


def test_a_template_nobody_knows_is_refused_with_a_suggestion() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean board-report"):
        find_template(read_settings(), "board-reprot")


def test_sections_come_in_the_order_asked_with_their_own_period_and_types(world: World, template: Template) -> None:
    document = compose_pack(world, Query(area="W1"), template, made_on=date(2021, 5, 1))
    assert [page.key for page in document.pages] == ["trend", "ranking", "ranking-2"]
    assert document.name == "short-ward-1-w1-2021-05-01"
    assert document.subject == "Ward 1"
    assert document.pages[0].note == "Ask about the gap."
    assert "April 2021" in document.pages[1].picture.subtitle
    assert "2020" not in document.pages[1].picture.subtitle
    assert document.pages[2].picture.title.startswith("Violence")
    assert document.left_out[0][0] == "What was done?"
    assert "ledger" in document.left_out[0][1]
    turned = compose_pack(world, Query(area="W1"), template, order=["ranking-2", "trend"], notes={"trend": "Mine"})
    assert [page.key for page in turned.pages] == ["ranking-2", "trend"]
    assert turned.pages[1].note == "Mine"
    marked = replace(template, marking="OFFICIAL: BOARD")
    assert compose_pack(world, Query(area="W1"), marked, order=["trend"]).marking == "OFFICIAL: BOARD"
    given = compose_pack(world, Query(area="W1"), marked, order=["trend"], marking="SECRET")
    assert given.pages[0].picture.marking == given.marking == "SECRET"
    # The last months of a section end where the period ends.
    section, last = template.sections[1], int(world.cube.months[-1])
    assert narrow_query(world, Query(), section).month_from == last - 1
    assert narrow_query(world, Query(month_to=last - 2), section).month_to == last - 2
    assert narrow_query(world, Query(month_from=last), section).month_from == last


def test_an_operation_brings_its_area_and_its_sections(world: World, template: Template) -> None:
    ledger = open_at()
    enter_operation(ledger, area_code="first", clear="1 January 2020")
    empty = compose_pack(world, Query(operation="Tyne"), template, ledger=ledger, order=["phases", "trend"])
    assert [page.kind for page in empty.pages] == ["trend"]
    assert "Nothing is on record yet" in empty.left_out[0][1]
    enter_activity(ledger)
    document = compose_pack(world, Query(operation="Tyne"), template, ledger=ledger, order=["phases", "trend"])
    assert document.subject == "Tyne"
    assert [page.kind for page in document.pages] == ["phases", "trend"]
    assert not document.left_out
    assert document.address == "briefing?area=first&operation=tyne&template=short"
    with pytest.raises(InputError, match="ledger is not open"):
        compose_pack(world, Query(operation="Tyne"), template)
    ledger.close()


def test_what_cannot_be_built_is_refused(world: World, template: Template) -> None:
    refused: list[tuple[dict[str, Any], str]] = [
        ({"order": ["nothing"]}, "has no section “nothing”"),
        ({"order": []}, "No section"),
        ({"order": ["phases"]}, "has no picture for Ward 1"),
        ({"notes": {"map": "x"}}, "There is a note for “map”"),
        ({"notes": {"trend": "x" * 7000}}, "7,000 characters"),
        ({"speaking_note": "x" * 7000, "order": ["trend"]}, "speaking note has 7,000"),
        ({"format": "docx"}, "is not a format of packs"),
    ]
    for words, message in refused:
        with pytest.raises(InputError, match=message):
            build_pack(world, Query(area="W1"), template, **words)
    # An area without incidents has no pictures, and says why.
    with pytest.raises(InputError, match="“Short” has no picture for Ward 4: No incident"):
        build_pack(world, Query(area="W4"), template, order=["trend"])


def test_a_pack_tells_steps_and_is_the_same_twice(world: World, template: Template) -> None:
    steps: list[tuple[int, int]] = []
    words = {"order": ["trend"], "made_on": date(2021, 5, 1), "format": "zip"}
    first = build_pack(
        world, Query(area="W1"), template, **words, progress=lambda _name, done, total: steps.append((done, total))
    )
    assert steps == [(1, 2), (2, 2)]
    assert first.mime == PACK_FORMATS["zip"]
    assert build_pack(world, Query(area="W1"), template, **words) == first
    with zipfile.ZipFile(io.BytesIO(first.content)) as archive:
        assert archive.comment == b"briefing?area=W1&template=short"
        assert read_address(archive.read("01-is-it-growing.png")) == "area?area=W1"


def test_all_areas_are_made_whatever_becomes_of_one_and_by_two_processes_alike(
    world: World, template: Template, tmp_path: Path
) -> None:
    job = BriefJob(
        settings=read_settings(), query=Query(), out=tmp_path / "one",
        template=replace(template, sections=template.sections[:1]), format="pptx", made_on=date(2021, 5, 1),
    )  # fmt: skip
    areas = list_areas(world, "both")
    assert areas == ("W1", "W2", "W3", "W4", "north", "first")
    assert list_areas(world, "area") == ("north", "first")
    made = make_all(job, ["W1", "no-such-area", "north"], jobs=1, world=world)
    assert [one.area for one in made] == ["W1", "no-such-area", "north"]
    assert "no-such-area" in made[1].error
    assert [path.name for one in made for path in one.paths] == [
        "short-ward-1-w1-2021-05-01.pptx", "short-north-2021-05-01.pptx",
    ]  # fmt: skip
    beside = make_all(replace(job, out=tmp_path / "two"), ["W1", "north"], jobs=2)
    for path in (path for one in beside for path in one.paths):
        assert path.read_bytes() == (tmp_path / "one" / path.name).read_bytes()
    assert {path.suffix for path in (tmp_path / "one").iterdir()} == {".pptx"}


def test_notes_come_from_text_or_by_section(tmp_path: Path) -> None:
    text = tmp_path / "note.txt"
    text.write_text("Good morning.\n", encoding="utf-8")
    assert read_notes(text) == ({}, "Good morning.\n")
    table = tmp_path / "notes.toml"
    table.write_text('speaking-note = "Good morning."\ntrend = "Look at May."\n', encoding="utf-8")
    assert read_notes(table) == ({"trend": "Look at May."}, "Good morning.")
    table.write_text("trend = 3\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"notes.toml: trend is not text"):
        read_notes(table)
    with pytest.raises(InputError, match="cannot be read"):
        read_notes(tmp_path / "none.txt")
    text.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="UTF-8"):
        read_notes(text)
