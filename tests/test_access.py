"""Roles and checks: what each may do, and where; refusals are one sentence."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from hotspots.access import (
    ALLOWED,
    LAPTOP,
    Action,
    Person,
    Role,
    covers,
    may,
    require,
    require_everywhere,
    require_wards,
)
from hotspots.errors import AccessError, HotspotsError
from hotspots.schemas_operations import OperationArea

CODES = ("ashington", "benwell", "E05009096", "E05009097", "E05009098")
POLYGON = '{"type": "Polygon", "coordinates": [[[-1.6, 55.1], [-1.5, 55.1], [-1.5, 55.2], [-1.6, 55.1]]]}'


@st.composite
def grounds(draw: st.DrawFn) -> OperationArea:
    kind = draw(st.sampled_from(("area", "wards", "polygon")))
    if kind == "area":
        return OperationArea("A", area_code=draw(st.sampled_from(CODES[:2])))
    if kind == "wards":
        return OperationArea("W", ward_codes=tuple(draw(st.lists(st.sampled_from(CODES[2:]), min_size=1, unique=True))))
    return OperationArea("P", polygon=POLYGON)


@given(
    role=st.sampled_from(Role),
    action=st.sampled_from(Action),
    areas=st.frozensets(st.sampled_from(CODES)),
    ground=st.none() | grounds(),
    over=st.booleans(),
)
def test_a_check_refuses_exactly_what_may_not_be(
    role: Role, action: Action, areas: frozenset[str], ground: OperationArea | None, over: bool
) -> None:
    person = Person("PC 1", role, areas, until=time.time() + (-1 if over else 60))
    named = set() if ground is None else {ground.area_code} - {""} | set(ground.ward_codes)
    inside = bool(named) and named <= areas
    expected = (
        not over
        and action in ALLOWED[role]
        and (role is not Role.NEIGHBOURHOOD or ground is None or action is Action.LOOK or inside)
    )
    assert may(person, action, ground) is expected
    if expected:
        assert require(person, action, ground) is person
        return
    with pytest.raises(AccessError) as refusal:
        require(person, action, ground)
    sentence = str(refusal.value)
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert ". " not in sentence


def test_nobody_may_do_nothing() -> None:
    for action in Action:
        assert not may(None, action)
        with pytest.raises(AccessError, match="Nobody is signed in"):
            require(None, action)


def test_roles_grow_and_only_some_reach_everywhere() -> None:
    roles = list(Role)
    for less, more in pairwise(roles):
        assert ALLOWED[less] < ALLOWED[more]
    assert all(may(LAPTOP, action) for action in Action)
    team = Person("PC 1", Role.NEIGHBOURHOOD, frozenset({"ashington"}))
    with pytest.raises(AccessError, match="records of every area"):
        require_everywhere(team, Action.EXPORT)
    with pytest.raises(AccessError, match="ward E05009097"):
        require_wards(team, ["", "E05009097"])
    require_wards(LAPTOP, ["E05009097"])
    assert issubclass(AccessError, HotspotsError)


def outline() -> bytes:
    """Outline the team's ward: the square between 1.6 and 1.5 west and 55.1 and 55.2 north."""
    return bytes(shapely.to_wkb(shapely.box(-1.6, 55.1, -1.5, 55.2)))


def draw(west: float, south: float, east: float, north: float) -> OperationArea:
    return OperationArea("P", polygon=shapely.to_geojson(shapely.box(west, south, east, north)))


@pytest.mark.parametrize(
    ("drawn", "own"),
    [
        (draw(-1.6, 55.1, -1.5, 55.2), True),
        (draw(-1.58, 55.11, -1.52, 55.15), True),
        (draw(-1.6005, 55.1, -1.5, 55.2), True),  # a tremor of the hand
        (draw(-1.61, 55.1, -1.5, 55.2), False),
        (draw(-1.4, 55.1, -1.3, 55.2), False),
        (draw(-2.0, 54.0, -1.0, 56.0), False),
    ],
)
def test_a_drawn_area_is_a_teams_when_its_wards_hold_it(drawn: OperationArea, own: bool) -> None:
    team = Person("PC 1", Role.NEIGHBOURHOOD, frozenset(CODES), outline=outline)
    assert covers(team, drawn) is own
    assert not covers(replace(team, outline=None), drawn)
    assert not covers(replace(team, outline=bytes), drawn)
    assert covers(Person("A", Role.ANALYST), drawn)
