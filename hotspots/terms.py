"""The field's words: crime types, their groups and lenses, outcomes, phases and the parts of the area score."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from hotspots.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterable


class CrimeGroup(StrEnum):
    """What a crime type does to a place; the groups an evaluation reports."""

    VIOLENCE = "violence"
    ACQUISITIVE = "acquisitive"
    DAMAGE = "damage"
    ASB = "anti-social behaviour"
    PUBLIC_ORDER = "public order"
    ENFORCEMENT = "enforcement-driven"
    OTHER = "other"


@dataclass(frozen=True)
class CrimeType:
    """One category of police.uk.

    Attributes
    ----------
    name
        As published.
    group
        The group it belongs to.
    enforcement_driven
        True when police work finds it (a search, a warrant), so that more of it may mean more enforcement.
    """

    name: str
    group: CrimeGroup
    enforcement_driven: bool = False

    @property
    def code(self) -> str:
        """The name as it stands in an address, such as ``other-theft``."""
        return slug(self.name)


def slug(name: str) -> str:
    """Turn a name into a code of lower-case letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")


def name_force(code: str) -> str:
    """Write the code of a force or of another source for people: ``avon-and-somerset`` is Avon and Somerset."""
    return code.replace("-", " ").title().replace(" And ", " and ")


CRIME_TYPES: tuple[CrimeType, ...] = (
    CrimeType("Violence and sexual offences", CrimeGroup.VIOLENCE),
    CrimeType("Robbery", CrimeGroup.ACQUISITIVE),
    CrimeType("Burglary", CrimeGroup.ACQUISITIVE),
    CrimeType("Vehicle crime", CrimeGroup.ACQUISITIVE),
    CrimeType("Theft from the person", CrimeGroup.ACQUISITIVE),
    CrimeType("Bicycle theft", CrimeGroup.ACQUISITIVE),
    CrimeType("Shoplifting", CrimeGroup.ACQUISITIVE),
    CrimeType("Other theft", CrimeGroup.ACQUISITIVE),
    CrimeType("Criminal damage and arson", CrimeGroup.DAMAGE),
    CrimeType("Public order", CrimeGroup.PUBLIC_ORDER),
    CrimeType("Anti-social behaviour", CrimeGroup.ASB),
    CrimeType("Other crime", CrimeGroup.OTHER),
    CrimeType("Drugs", CrimeGroup.ENFORCEMENT, enforcement_driven=True),
    CrimeType("Possession of weapons", CrimeGroup.ENFORCEMENT, enforcement_driven=True),
)
"""Every category that police.uk publishes today, most harmful groups first."""

_BY_NAME = {crime_type.name: crime_type for crime_type in CRIME_TYPES}
ASB = "Anti-social behaviour"
VISITOR_TYPES = ("Shoplifting", "Theft from the person", "Bicycle theft")
"""Types that follow shops and visitors rather than residents."""


def crime_type(name: str) -> CrimeType:
    """Return the known type of that name, or a type of group *other* that carries the unknown name."""
    return _BY_NAME.get(name, CrimeType(name, CrimeGroup.OTHER))


def is_known_type(name: str) -> bool:
    """Tell whether police.uk publishes this category today."""
    return name in _BY_NAME


@dataclass(frozen=True)
class Lens:
    """A named choice of crime types, with the enforcement-driven types that belong beside it, never in it.

    Attributes
    ----------
    code, label
        For addresses and for people.
    groups
        The crime groups in the lens; empty when `types` names them one by one.
    types
        Single types by name.
    meaning
        One sentence for the help text.
    """

    code: str
    label: str
    meaning: str
    groups: tuple[CrimeGroup, ...] = ()
    types: tuple[str, ...] = ()

    def select(self, available: Iterable[str]) -> tuple[str, ...]:
        """Choose from the types that the data holds, in their order; enforcement-driven types never."""
        return tuple(
            name
            for name in available
            if not crime_type(name).enforcement_driven and (crime_type(name).group in self.groups or name in self.types)
        )


LENSES: tuple[Lens, ...] = (
    Lens(
        "all",
        "All crime and ASB",
        "Every type except drugs and possession of weapons, which police work finds and which stand apart.",
        groups=tuple(group for group in CrimeGroup if group is not CrimeGroup.ENFORCEMENT),
    ),
    Lens("violence", "Violence", "Violence and sexual offences.", groups=(CrimeGroup.VIOLENCE,)),
    Lens(
        "acquisitive",
        "Acquisitive crime",
        "Robbery, burglary, vehicle crime, shoplifting and other theft.",
        groups=(CrimeGroup.ACQUISITIVE,),
    ),
    Lens(
        "organised",
        "Organised-crime related",
        "Robbery, burglary, vehicle crime, and criminal damage and arson: the published types in which "
        "organised groups show most; drugs and weapons stand apart because police work finds them.",
        types=("Robbery", "Burglary", "Vehicle crime", "Criminal damage and arson"),
    ),
)
_LENS_BY_CODE = {lens.code: lens for lens in LENSES}


def lens(code: str) -> Lens:
    """Return the lens of that code.

    Raises
    ------
    UnknownNameError
        If there is none.
    """
    try:
        return _LENS_BY_CODE[code]
    except KeyError:
        raise UnknownNameError("lens", code, _LENS_BY_CODE) from None


class OutcomeGroup(StrEnum):
    """What became of a crime, in the few groups that can be compared between forces."""

    POSITIVE = "positive outcome"
    NO_SUSPECT = "no suspect identified"
    NOT_PROSECUTED = "not prosecuted"
    PENDING = "under investigation"
    UNKNOWN = "outcome not published"
    NONE = "no outcome recorded"


_OUTCOMES: dict[str, OutcomeGroup] = {
    "Offender sent to prison": OutcomeGroup.POSITIVE,
    "Offender given suspended prison sentence": OutcomeGroup.POSITIVE,
    "Offender given community sentence": OutcomeGroup.POSITIVE,
    "Offender given conditional discharge": OutcomeGroup.POSITIVE,
    "Offender given absolute discharge": OutcomeGroup.POSITIVE,
    "Offender fined": OutcomeGroup.POSITIVE,
    "Offender ordered to pay compensation": OutcomeGroup.POSITIVE,
    "Offender deprived of property": OutcomeGroup.POSITIVE,
    "Offender otherwise dealt with": OutcomeGroup.POSITIVE,
    "Offender given a caution": OutcomeGroup.POSITIVE,
    "Offender given a drugs possession warning": OutcomeGroup.POSITIVE,
    "Offender given penalty notice": OutcomeGroup.POSITIVE,
    "Local resolution": OutcomeGroup.POSITIVE,
    "Suspect charged": OutcomeGroup.POSITIVE,
    "Suspect charged as part of another case": OutcomeGroup.POSITIVE,
    "Awaiting court outcome": OutcomeGroup.POSITIVE,
    "Court result unavailable": OutcomeGroup.POSITIVE,
    "Court case unable to proceed": OutcomeGroup.POSITIVE,
    "Defendant found not guilty": OutcomeGroup.POSITIVE,
    "Defendant sent to Crown Court": OutcomeGroup.POSITIVE,
    "Action to be taken by another organisation": OutcomeGroup.NOT_PROSECUTED,
    "Unable to prosecute suspect": OutcomeGroup.NOT_PROSECUTED,
    "Formal action is not in the public interest": OutcomeGroup.NOT_PROSECUTED,
    "Further action is not in the public interest": OutcomeGroup.NOT_PROSECUTED,
    "Further investigation is not in the public interest": OutcomeGroup.NOT_PROSECUTED,
    "Investigation complete; no suspect identified": OutcomeGroup.NO_SUSPECT,
    "Under investigation": OutcomeGroup.PENDING,
    "Status update unavailable": OutcomeGroup.UNKNOWN,
    "": OutcomeGroup.NONE,
}
OUTCOME_GROUPS: tuple[str, ...] = tuple(group.value for group in OutcomeGroup)


def outcome_group(outcome: str) -> OutcomeGroup:
    """Group a published outcome; one that police.uk has not used before counts as not published.

    The name of a group is its own group, so that grouped counts pass through unchanged.
    """
    if outcome in OUTCOME_GROUPS:
        return OutcomeGroup(outcome)
    return _OUTCOMES.get(outcome, OutcomeGroup.UNKNOWN)


class Phase(StrEnum):
    """The three phases of Clear, Hold, Build."""

    CLEAR = "clear"
    HOLD = "hold"
    BUILD = "build"


@dataclass(frozen=True)
class ScorePart:
    """One component of the area score.

    Attributes
    ----------
    code, label
        For columns and for people.
    weight
        Default weight; the weights are relative and need not sum to one.
    meaning
        One sentence for the help text.
    """

    code: str
    label: str
    weight: float
    meaning: str


# The weights are the round ones that foresaw the next three months best, by harm and by incidents: docs/methods.md.
SCORE_PARTS: tuple[ScorePart, ...] = (
    ScorePart("rate", "Rate", 40, "Incidents for each 1,000 residents a year, pulled towards the force where few."),
    ScorePart(
        "harm",
        "Harm",
        40,
        "Crime harm (days of the Cambridge Crime Harm Index) for each 1,000 residents a year, pulled "
        "towards the force where few.",
    ),
    ScorePart("clustered", "Clustered", 10, "Share of the area's incidents that lie in clusters."),
    ScorePart(
        "persistence",
        "Persistence",
        10,
        "Share of the months in which the area was in the force's top fifth.",
    ),
    ScorePart(
        "trend",
        "Trend",
        0,
        "Change of the last months on the same months a year before, pulled towards the force's own change. Shown, "
        "but without weight unless you give it some: it does not foresee the months to come.",
    ),
)


@dataclass(frozen=True)
class Metric:
    """A figure of an area that a map can show.

    Attributes
    ----------
    code, label, unit
        For addresses, for people, and beside the number.
    column
        Column of the score table.
    decimals
        Digits after the point.
    """

    code: str
    label: str
    unit: str
    column: str
    decimals: int = 0


METRICS: tuple[Metric, ...] = (
    Metric("score", "Area score", "points of 100", "score"),
    Metric("harm", "Harm", "harm days per 1,000 residents a year", "harm_per_1000"),
    Metric("rate", "Rate", "incidents per 1,000 residents a year", "rate_per_1000", 1),
    Metric("incidents", "Incidents", "incidents in the period", "incidents"),
)
_METRIC_BY_CODE = {metric.code: metric for metric in METRICS}


def metric(code: str) -> Metric:
    """Return the metric of that code.

    Raises
    ------
    UnknownNameError
        If there is none.
    """
    try:
        return _METRIC_BY_CODE[code]
    except KeyError:
        raise UnknownNameError("map metric", code, _METRIC_BY_CODE) from None
