"""Who may do what: roles, people, and the checks that the store and the pipeline make before they act.

Everybody who is let in may look. Who may change or take away what is decided here and nowhere else; pages hide what a
person may not do, but nothing rests on that.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from hotspots.errors import AccessError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Role(StrEnum):
    """What somebody is to the force's dashboard."""

    VIEWER = "viewer"
    NEIGHBOURHOOD = "neighbourhood"
    ANALYST = "analyst"
    ADMINISTRATOR = "administrator"


class Action(StrEnum):
    """What somebody wants to do."""

    LOOK = "look"
    RECORD = "record"
    EXPORT = "export"
    LOAD = "load"
    ADMINISTER = "administer"


ROLE_NAMES: dict[Role, str] = {
    Role.VIEWER: "viewer",
    Role.NEIGHBOURHOOD: "neighbourhood team",
    Role.ANALYST: "analyst",
    Role.ADMINISTRATOR: "administrator",
}
"""What people call each role."""
ALLOWED: dict[Role, frozenset[Action]] = {
    Role.VIEWER: frozenset({Action.LOOK}),
    Role.NEIGHBOURHOOD: frozenset({Action.LOOK, Action.RECORD, Action.EXPORT}),
    Role.ANALYST: frozenset({Action.LOOK, Action.RECORD, Action.EXPORT, Action.LOAD}),
    Role.ADMINISTRATOR: frozenset(Action),
}
"""What each role may do; a neighbourhood team only in its own areas."""
_IN_WORDS: dict[Action, str] = {
    Action.LOOK: "look at this dashboard",
    Action.RECORD: "change records of operations",
    Action.EXPORT: "take records of operations out",
    Action.LOAD: "change what is loaded",
    Action.ADMINISTER: "do this",
}
TREMOR = 0.01
"""Share of a drawn area that may lie outside a team's wards: people draw along a boundary, not on it."""
NOBODY = "Nobody is signed in, and this is not open to everybody; sign in first."


@dataclass(frozen=True)
class Person:
    """Somebody who was let in.

    Attributes
    ----------
    name
        What the log says; empty on a laptop, where each change says who made it.
    role
        What they may do.
    areas
        Codes of the named areas and of the wards that a neighbourhood team works; of no meaning for other roles.
    key
        By what the person was recognised: the claim of the provider, or the name of the account on this machine.
    until
        Seconds since 1970 at which the session ends; None when it does not.
    outline
        Gives the outline of a team's wards (WKB, EPSG:4326), for operations whose area was drawn; asked for only then.
    claims
        What the provider said of somebody whom the file of roles does not name, each claim with its values: what they
        mean is asked of the file anew.
    """

    name: str
    role: Role
    areas: frozenset[str] = frozenset()
    key: str = ""
    until: float | None = None
    outline: Callable[[], bytes] | None = field(default=None, compare=False, repr=False)
    claims: tuple[tuple[str, tuple[str, ...]], ...] = field(default=(), compare=False, repr=False)

    @property
    def is_known(self) -> bool:
        """False for the user of a laptop without sign-in, whom nobody has identified."""
        return bool(self.name)

    @property
    def works_everywhere(self) -> bool:
        """True when what the person may do does not end at the edge of an area."""
        return self.role is not Role.NEIGHBOURHOOD


LAPTOP = Person("", Role.ADMINISTRATOR)
"""Whoever sits at a laptop without sign-in and without a file of roles: it is their own data."""
PROGRAM = Person("published record", Role.ADMINISTRATOR)
"""The program itself, when it enters the published records that it carries."""


class Ground(Protocol):
    """Where an operation works; see `schemas_operations.OperationArea`."""

    @property
    def name(self) -> str:
        """Its name, for people."""

    @property
    def area_code(self) -> str:
        """Code of a named area; empty when it is none."""

    @property
    def ward_codes(self) -> tuple[str, ...]:
        """Codes of wards; empty when it is made of none."""

    @property
    def polygon(self) -> str:
        """GeoJSON geometry (EPSG:4326) that was drawn; empty when it was not."""


def may(person: Person | None, action: Action, ground: Ground | None = None) -> bool:
    """Tell whether somebody may do something, here or, without a ground, anywhere at all."""
    if person is None or _is_over(person) or action not in ALLOWED[person.role]:
        return False
    return ground is None or action is Action.LOOK or covers(person, ground)


def covers(person: Person, ground: Ground) -> bool:
    """Tell whether a ground lies wholly in the areas of a person; a drawn one but for a hand's tremor at the edge."""
    if person.works_everywhere:
        return True
    if ground.area_code:
        return ground.area_code in person.areas
    if ground.ward_codes:
        return person.areas.issuperset(ground.ward_codes)
    return bool(ground.polygon) and person.outline is not None and _holds(person.outline(), ground.polygon)


@lru_cache(maxsize=128)
def _holds(outline: bytes, polygon: str) -> bool:
    """Tell whether an outline holds a drawn polygon, but for `TREMOR` of its area."""
    import shapely  # noqa: PLC0415 - drawn areas are few, and most commands ask for none

    if not outline:
        return False
    own, drawn = shapely.from_wkb(outline), shapely.make_valid(shapely.from_geojson(polygon))
    # A share of areas in degrees is the same as in metres: both lie in one place.
    whole = float(shapely.area(drawn))
    return whole > 0 and float(shapely.area(shapely.intersection(own, drawn))) >= (1 - TREMOR) * whole


def require(person: Person | None, action: Action, ground: Ground | None = None) -> Person:
    """Return the person, if they may do something.

    Raises
    ------
    AccessError
        In one sentence, why not.
    """
    if person is None:
        raise AccessError(NOBODY)
    if _is_over(person):
        raise AccessError("Your session has ended; sign in again.")
    if action not in ALLOWED[person.role]:
        able = [ROLE_NAMES[role] for role in Role if action in ALLOWED[role]]
        raise AccessError(
            f"You are signed in as {_a(ROLE_NAMES[person.role])}, who may not {_IN_WORDS[action]}; ask "
            f"{_a(able[0])}{' of the area' if able[0] == ROLE_NAMES[Role.NEIGHBOURHOOD] else ''}."
        )
    if ground is not None and action is not Action.LOOK and not covers(person, ground):
        raise AccessError(
            f"{ground.name} is not among the areas of your neighbourhood team, so you may not {_IN_WORDS[action]} "
            "there; ask its own team or an analyst."
        )
    return person


def require_wards(person: Person, wards: Iterable[str]) -> None:
    """Refuse records of wards that are not a neighbourhood team's own.

    Raises
    ------
    AccessError
        The message names the first of them.
    """
    if person.works_everywhere:
        return
    for ward in wards:
        if ward and ward not in person.areas:
            raise AccessError(
                f"The record is of the ward {ward}, which is not among the areas of your neighbourhood team; ask its "
                "own team or an analyst."
            )


def require_everywhere(person: Person | None, action: Action) -> Person:
    """Return the person, if they may do something in all areas at once.

    Raises
    ------
    AccessError
        In one sentence, why not.
    """
    known = require(person, action)
    if not known.works_everywhere:
        raise AccessError("This holds records of every area, and you work in some; choose one operation of your own.")
    return known


def _is_over(person: Person) -> bool:
    return person.until is not None and time.time() >= person.until


def _a(name: str) -> str:
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
