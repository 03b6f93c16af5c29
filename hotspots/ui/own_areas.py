"""The way to one's own area from every page: a neighbourhood team's, or that of the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from hotspots.access import Role
from hotspots.errors import InputError
from hotspots.pipeline.selection import find_unit
from hotspots.ui import address, panels

if TYPE_CHECKING:
    from hotspots.access import Person
    from hotspots.pipeline.world import Unit, World
    from hotspots.settings import Settings

_GOING = "own-area-going"
_PAGE = "pages/area.py"


def list_own_areas(world: World, person: Person | None, *, home: str = "") -> tuple[Unit, ...]:
    """List the areas that somebody works, named ones first, each by name; a ward of a named one is not listed again.

    Parameters
    ----------
    world
        What is loaded; an area of the file of roles that it does not hold is left out.
    person
        Who looks: only a neighbourhood team has areas of its own.
    home
        Code or name of the area of this machine, for everybody else; empty for none.

    Raises
    ------
    InputError
        If the area of this machine is not known, or more than one is called so.
    """
    if person is None or person.role is not Role.NEIGHBOURHOOD:
        return (world.units[find_unit(world, home)],) if home else ()
    own = [unit for unit in world.units if unit.code in person.areas]
    named = sorted((unit for unit in own if unit.kind == "area"), key=lambda unit: unit.name)
    within = {ward for unit in named for ward in unit.wards}
    wards = sorted((unit for unit in own if unit.kind == "ward"), key=lambda unit: unit.label)
    return (*named, *(unit for unit in wards if not within.issuperset(unit.wards)))


def draw_own_areas(settings: Settings, world: World) -> None:
    """Draw the way to one's own area, or to each of several; nothing for people who have none.

    It is a button, because a link to the page on which somebody is would leave the address as it is.
    """
    if st.session_state.pop(_GOING, False):
        st.switch_page(_PAGE, query_params=address.current_query().to_params())
    try:
        own = list_own_areas(world, settings.person, home=settings.my_area)
    except InputError as error:
        st.button("My area", disabled=True, help=f"HOTSPOTS_MY_AREA: {panels.as_label(str(error))}", key="own-area")
        return
    if len(own) == 1:
        _draw_way(own[0], f"My area: {own[0].name}", key="own-area")
    elif own:
        with st.popover("My areas", key="own-areas"):
            for unit in own:
                _draw_way(unit, unit.label, key=f"own-area-{unit.code}")


def _draw_way(unit: Unit, label: str, *, key: str) -> None:
    st.button(panels.as_label(label), key=key, type="tertiary", on_click=_go, args=(unit.code,))


def _go(code: str) -> None:
    address.choose_area(code)
    st.session_state[_GOING] = True
