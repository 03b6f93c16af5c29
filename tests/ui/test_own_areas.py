"""The way to one's own area: whose it is, what it is called, and where it leads."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

from hotspots.access import LAPTOP, Person, Role
from hotspots.errors import InputError
from hotspots.pipeline.sign_in import expand_areas
from hotspots.pipeline.world import open_world
from hotspots.settings import read_settings
from hotspots.ui.own_areas import list_own_areas

if TYPE_CHECKING:
    from hotspots.pipeline.world import World


@pytest.fixture(scope="module")
def world() -> World:
    return open_world(read_settings({"HOTSPOTS_HOME": "/nowhere"}))


def team(*areas: str) -> Person:
    codes = frozenset(expand_areas(read_settings({"HOTSPOTS_HOME": "/nowhere"}), areas))
    return Person("PS 1234", Role.NEIGHBOURHOOD, codes)


def test_a_team_has_its_areas_and_no_ward_of_them_again(world: World) -> None:
    ward = next(unit for unit in world.units if unit.kind == "ward" and not unit.name.startswith("Benwell"))
    own = list_own_areas(world, team("ashington", ward.code, "benwell", "no such area"))
    assert [unit.name for unit in own] == ["Ashington", "Benwell", ward.name]
    assert [unit.code for unit in list_own_areas(world, team("ashington"))] == ["ashington"]
    assert list_own_areas(world, team("no such area"), home="benwell") == ()


@pytest.mark.parametrize("person", [LAPTOP, None, replace(team("ashington"), role=Role.ANALYST)])
def test_everybody_else_has_the_area_of_the_machine(world: World, person: Person | None) -> None:
    assert list_own_areas(world, person) == ()
    assert [unit.code for unit in list_own_areas(world, person, home="Benwell")] == ["benwell"]
    with pytest.raises(InputError, match="Did you mean Benwell"):
        list_own_areas(world, person, home="Benwel")


def draw_header() -> None:
    from dataclasses import replace  # noqa: PLC0415 - AppTest runs the text of this function alone

    import streamlit as st  # noqa: PLC0415 - see above

    from hotspots.access import Person, Role  # noqa: PLC0415 - see above
    from hotspots.settings import read_settings  # noqa: PLC0415 - see above
    from hotspots.ui.caches import current_world  # noqa: PLC0415 - see above
    from hotspots.ui.own_areas import draw_own_areas  # noqa: PLC0415 - see above

    settings = read_settings()
    if st.session_state.get("areas"):
        settings = replace(settings, person=Person("PS", Role.NEIGHBOURHOOD, st.session_state["areas"]))
    draw_own_areas(settings, current_world(settings))


@pytest.mark.parametrize(
    ("areas", "setting", "labels"),
    [
        (frozenset(), "", []),
        (frozenset(), "southwick", [r"My area\: Southwick"]),
        (frozenset({"ashington"}), "southwick", [r"My area\: Ashington"]),
        (frozenset({"ashington", "benwell"}), "", ["Ashington", "Benwell"]),
        (frozenset(), "nowhere", ["My area"]),
    ],
)
def test_one_area_is_a_button_and_several_are_chosen_from(
    areas: frozenset[str], setting: str, labels: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTSPOTS_MY_AREA", setting)
    test = AppTest.from_function(draw_header, default_timeout=60)
    test.session_state["areas"] = areas
    test.run()
    assert not test.exception
    assert [button.label for button in test.button] == labels
    if setting == "nowhere":
        assert test.button[0].disabled
        assert "There is no area called" in test.button[0].help
    elif labels:
        with pytest.MonkeyPatch.context() as patch:
            went: list[tuple[str, dict[str, str]]] = []
            patch.setattr("streamlit.switch_page", lambda page, query_params: went.append((page, query_params)))
            test.button[0].click().run()
            assert went == [("pages/area.py", {"area": labels[0].rpartition(" ")[2].casefold()})]
