"""What an operation did leaves in pictures and packs only with those who may take it out."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from hotspots.access import LAPTOP, Person, Role
from hotspots.errors import AccessError, InputError
from hotspots.pipeline.brief import compose_picture, draw_brief
from hotspots.pipeline.operation_entry import build_activity, build_operation, build_window
from hotspots.pipeline.operations import open_operations
from hotspots.pipeline.packs import build_pack, compose_pack, find_template
from hotspots.pipeline.packs_all import BriefJob, make_brief
from hotspots.pipeline.snapshot import take_snapshot
from hotspots.query import Query
from hotspots.store.ledger import add, list_accesses
from hotspots.views.pictures import TrendPicture
from tests.pipeline.ledgers import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hotspots.pipeline.world import World
    from hotspots.settings import Settings
    from hotspots.store.ledger import Ledger

TEAM = Person("PC 1", Role.NEIGHBOURHOOD, frozenset({"north", "W3", "W4"}))
EVALUATED = ("impact", "forest", "displacement")
TELLING = ("phases", "activity", *EVALUATED)
REFUSED = (
    None,
    Person("V", Role.VIEWER),
    replace(TEAM, areas=frozenset({"first", "W1"})),
    replace(TEAM, until=1.0),
)
QUERY = Query(operation="tyne", area="north")


@pytest.fixture
def ledger(town: Settings) -> Iterator[Ledger]:
    opened = open_operations(town).act_as(LAPTOP)
    add(opened, build_operation({"name": "Tyne", "area_code": "north", "started": "1 January 2020"}), by="x")
    add(opened, build_window("tyne", {"phase": "clear", "start": "1 January 2020"}), by="x")
    add(opened, build_activity(KINDS, "tyne", {"date": "5 February 2020", "kind": "arrests", "quantity": "3"}), by="x")
    yield opened
    opened.close()


def test_pictures_of_what_was_done_are_for_those_who_may_take_it_out(world: World, ledger: Ledger) -> None:
    for kind in TELLING:
        # The first is allowed to: what was remembered for them is not for the others. The town is too small to evaluate
        # anything in it, which is another sentence than a refusal.
        with suppress(*([InputError] if kind in EVALUATED else [])):
            assert compose_picture(world, QUERY, kind, ledger=ledger.act_as(TEAM))
        for person in REFUSED:
            with pytest.raises(AccessError):
                compose_picture(world, QUERY, kind, ledger=ledger.act_as(person))


def test_phases_stand_on_a_trend_only_for_those_who_may_take_them_out(world: World, ledger: Ledger) -> None:
    phased = compose_picture(world, QUERY, "trend", ledger=ledger.act_as(TEAM))
    assert isinstance(phased, TrendPicture)
    assert phased.phases
    plain = compose_picture(world, QUERY, "trend")
    assert isinstance(plain, TrendPicture)
    for person in REFUSED:
        bare = compose_picture(world, QUERY, "trend", ledger=ledger.act_as(person))
        assert isinstance(bare, TrendPicture)
        assert (bare.phases, bare.events, bare.subtitle) == ((), plain.events, plain.subtitle)


def test_whoever_may_only_look_is_told_why_a_section_is_left_out(world: World, ledger: Ledger, town: Settings) -> None:
    template = find_template(town, "weekly-area-review")
    template = replace(template, sections=tuple(replace(template.sections[0], kind=kind) for kind in TELLING[-1:]))
    viewer = ledger.act_as(Person("V", Role.VIEWER))
    with pytest.raises(InputError, match="take records of operations out"):
        compose_pack(world, QUERY, template, ledger=viewer)


def test_an_export_of_pictures_is_written_down(world: World, ledger: Ledger, town: Settings) -> None:
    chief = ledger.act_as(Person("Ada", Role.ADMINISTRATOR))
    assert draw_brief(world, QUERY, kind="phases", ledger=ledger.act_as(TEAM))
    template = find_template(town, "weekly-area-review")
    assert build_pack(world, QUERY, template, ledger=ledger.act_as(TEAM), order=[template.sections[0].key]).content
    lines = list_accesses(chief)
    assert [line.person for line in lines] == ["PC 1", "PC 1"]
    assert lines[0].subject.startswith("pack/weekly-area-review/")
    assert lines[1].subject == "operation/tyne/brief"
    with pytest.raises(AccessError):
        draw_brief(world, QUERY, kind="phases", ledger=ledger.act_as(Person("V", Role.VIEWER)))
    assert len(list_accesses(chief)) == 2


def test_the_log_names_the_operation_by_its_code_however_it_was_asked_for(world: World, ledger: Ledger) -> None:
    chief = ledger.act_as(Person("Ada", Role.ADMINISTRATOR))
    add(ledger, build_operation({"name": "Wear Valley", "code": "wv", "area_code": "W1", "started": "2020"}), by="x")
    for query in (Query(operation="Wear Valley"), Query(operation="TYNE"), Query(area="north"), Query(area="W3")):
        assert draw_brief(world, query, kind="phases", ledger=ledger.act_as(TEAM) if query.area else chief)
    assert [line.subject for line in reversed(list_accesses(chief))] == [
        "operation/wv/brief",
        *["operation/tyne/brief"] * 3,
    ]


def test_a_snapshot_of_an_operation_is_written_down(world: World, ledger: Ledger) -> None:
    chief = ledger.act_as(Person("Ada", Role.ADMINISTRATOR))
    assert take_snapshot(world, QUERY, "phases", ledger=ledger.act_as(TEAM)).content
    assert take_snapshot(world, QUERY, "overview-trend").content
    assert [(line.person, line.action, line.subject) for line in list_accesses(chief)] == [
        ("PC 1", "export", "operation/tyne/snapshot")
    ]
    with pytest.raises(AccessError):
        take_snapshot(world, QUERY, "phases", ledger=ledger.act_as(Person("V", Role.VIEWER)))
    assert len(list_accesses(chief)) == 1


def test_a_snapshot_names_the_operation_by_its_code_however_it_was_asked_for(world: World, ledger: Ledger) -> None:
    chief = ledger.act_as(Person("Ada", Role.ADMINISTRATOR))
    add(ledger, build_operation({"name": "Wear Valley", "code": "wv", "area_code": "W1", "started": "2020"}), by="x")
    queries = (Query(operation="Wear Valley"), Query(operation="TYNE"), Query(area="W3"))
    names = [take_snapshot(world, query, "phases", size="square", ledger=chief).name for query in queries]
    assert names == ["wv-phases-square.png", "tyne-phases-square.png", "tyne-phases-square.png"]
    assert [line.subject for line in reversed(list_accesses(chief))] == [
        "operation/wv/snapshot",
        *["operation/tyne/snapshot"] * 2,
    ]


def test_a_pack_of_the_command_is_written_down_and_a_public_one_by_its_area(
    world: World, ledger: Ledger, town: Settings, tmp_path: Path
) -> None:
    chief = ledger.act_as(Person("Ada", Role.ADMINISTRATOR))
    template = find_template(town, "weekly-area-review")
    wards = replace(template, sections=(replace(template.sections[0], kind="wards"),))
    job = BriefJob(town, QUERY, tmp_path, template=wards)
    for public in (True, False):
        assert make_brief(replace(job, public=public), world=world, ledger=ledger.act_as(TEAM)).paths
    assert [(line.person, line.subject) for line in list_accesses(chief)] == [
        ("PC 1", "pack/weekly-area-review/tyne"),
        ("PC 1", "pack/weekly-area-review/north-side"),
    ]


def test_a_public_pack_of_an_operation_names_its_area_alone(world: World, ledger: Ledger, town: Settings) -> None:
    template = find_template(town, "public-meeting")
    query = Query(operation="tyne", compare=("tyne",), kind="arrests", measure="violence", start=612)
    public = compose_pack(world, query, template, ledger=ledger)
    assert public.subject == next(unit.name for unit in world.units if unit.code == "north")
    told = [public.name, public.title, public.subject, public.address, *(page.picture.address for page in public.pages)]
    told += [page.picture.title + page.picture.alt for page in public.pages]
    assert not [text for text in told if "tyne" in text.casefold() or "operation" in text]
    pack = build_pack(world, Query(area="north"), template, ledger=ledger)
    assert build_pack(world, query, template, ledger=ledger) == pack, "nothing at all is told of the operation"
    named = compose_pack(world, query, find_template(town, "weekly-area-review"), ledger=ledger)
    assert named.subject == "Tyne"


def test_a_public_pack_of_an_operation_without_an_area_of_a_name_is_refused(
    world: World, ledger: Ledger, town: Settings
) -> None:
    template = find_template(town, "public-meeting")
    add(
        ledger,
        build_operation({"name": "Wear", "ward_codes": ["E05009126", "E05009097"], "started": "1 January 2020"}),
        by="x",
    )
    with pytest.raises(InputError, match="choose an area in its place"):
        compose_pack(world, Query(operation="wear"), template, ledger=ledger)
    assert compose_pack(world, Query(operation="wear", area="W1"), template, ledger=ledger).subject == "Ward 1"
