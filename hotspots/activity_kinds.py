"""Kinds of activity, grouped under Clear, Hold and Build as a board expects, with their units."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from hotspots.errors import InputError, UnknownNameError
from hotspots.terms import Phase, slug

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_QUANTITY = Decimal(1_000_000_000)
"""Largest quantity of one record; so large that only a slip of the keyboard goes beyond it."""
DECIMALS = 3
"""Digits after the point that are kept: grams of a kilogram, pence of a pound."""


class Total(StrEnum):
    """How records of a kind come together to one figure."""

    SUM = "sum"
    LATEST = "latest"


@dataclass(frozen=True)
class Kind:
    """One kind of activity.

    Attributes
    ----------
    code, label
        For files and addresses, and for people.
    group
        The phase under which a board expects it; the phase of a record follows its date instead.
    unit
        ``count``, ``GBP``, ``kg``, ``hours``, ``years``, ``percent``, or a force's own word.
    whole
        True when a quantity must be a whole number.
    total
        Whether records add up, or the latest stands (a confidence score).
    safeguarding
        True when it protects people, so that it is shown beside enforcement and never lost behind it.
    aliases
        Other names by which files call it.
    """

    code: str
    label: str
    group: Phase
    unit: str = "count"
    whole: bool = True
    total: Total = Total.SUM
    safeguarding: bool = False
    aliases: tuple[str, ...] = ()


def _clear(code: str, label: str, *aliases: str, unit: str = "count") -> Kind:
    return Kind(code, label, Phase.CLEAR, unit, whole=unit == "count", aliases=aliases)


def _disruptions() -> Iterable[Kind]:
    for size in ("major", "moderate", "minor"):
        for strand in ("Pursue", "Prevent", "Protect", "Prepare"):
            yield _clear(
                f"disruptions-{size}-{strand.casefold()}",
                f"Disruptions, {size}, {strand}",
                f"{size} disruptions {strand}",
                f"{size} {strand} disruptions",
            )


KINDS: tuple[Kind, ...] = (
    _clear("warrants", "Warrants executed", "search warrants", "drug warrants"),
    _clear("raids", "Raids"),
    _clear("arrests", "Arrests"),
    _clear("charges", "Charges", "people charged"),
    _clear("stop-searches", "Stop searches", "stop and search", "stop and searches", "searches"),
    _clear("drugs-value", "Drugs seized, value", "drugs seized value", "value of drugs seized", unit="GBP"),
    *(
        _clear(f"drugs-value-class-{name}", f"Drugs seized, class {name.upper()}, value", unit="GBP")
        for name in ("a", "b", "c")
    ),
    *(
        _clear(f"drugs-weight-class-{name}", f"Drugs seized, class {name.upper()}, weight", unit="kg")
        for name in ("a", "b", "c")
    ),
    _clear("cash", "Cash seized", unit="GBP"),
    _clear("weapons", "Weapons seized"),
    _clear("firearms", "Firearms seized", "guns"),
    _clear("vehicles", "Vehicles seized", "cars", "cars seized"),
    _clear("cannabis-farms", "Cannabis farms", "cannabis farms found"),
    _clear("convictions", "Convictions"),
    _clear("custody-years", "Custody, years", "years of custody", "custodial years", unit="years"),
    *_disruptions(),
    Kind("patrol-hours", "Patrol hours", Phase.HOLD, "hours", whole=False),
    Kind("intelligence-submissions", "Intelligence submissions", Phase.HOLD, aliases=("intelligence", "intel")),
    Kind("closure-orders", "Closure orders", Phase.HOLD, aliases=("closures",)),
    Kind("evictions", "Evictions", Phase.HOLD),
    Kind("tenancy-actions", "Tenancy actions", Phase.HOLD),
    Kind("community-protection-warnings", "Community protection warnings", Phase.HOLD, aliases=("CPW",)),
    Kind("community-protection-notices", "Community protection notices", Phase.HOLD, aliases=("CPN",)),
    Kind("criminal-behaviour-orders", "Criminal behaviour orders", Phase.HOLD, aliases=("CBO",)),
    Kind(
        "safeguarding-referrals",
        "Safeguarding referrals",
        Phase.HOLD,
        safeguarding=True,
        aliases=("safeguarding", "safeguards"),
    ),
    Kind(
        "modern-slavery-referrals",
        "Modern slavery referrals (National Referral Mechanism)",
        Phase.HOLD,
        safeguarding=True,
        aliases=("modern slavery referrals", "NRM referrals", "national referral mechanism"),
    ),
    Kind("licensing-visits", "Licensing visits", Phase.HOLD),
    Kind("engagement-events", "Engagement events", Phase.BUILD),
    Kind("residents-reached", "Residents reached", Phase.BUILD),
    Kind("school-sessions", "School sessions", Phase.BUILD),
    Kind("diversion-sessions", "Diversion sessions", Phase.BUILD),
    Kind("young-people-diverted", "Young people diverted", Phase.BUILD, safeguarding=True),
    Kind("funding-awarded", "Funding awarded", Phase.BUILD, "GBP", whole=False, aliases=("funding",)),
    Kind("environmental-improvements", "Environmental improvements", Phase.BUILD),
    Kind("survey-responses", "Community survey responses", Phase.BUILD, aliases=("survey responses",)),
    Kind(
        "confidence-score",
        "Confidence score",
        Phase.BUILD,
        "percent",
        whole=False,
        total=Total.LATEST,
        aliases=("confidence", "confidence scores"),
    ),
    Kind("training-sessions", "Training sessions", Phase.BUILD),
    Kind("people-trained", "People trained", Phase.BUILD),
)
"""Every kind that is known without a force's own file, in the order in which it is shown."""

_THOUSAND, _MILLION, _GRAM = Decimal(1000), Decimal(1_000_000), Decimal("0.001")
_UNITS: dict[str, dict[str, Decimal]] = {
    "count": dict.fromkeys(("count", "number", "no", "no.", "n", "each", "item", "items", "people", "1"), Decimal(1)),
    "GBP": dict.fromkeys(("gbp", "£", "pound", "pounds", "pounds sterling"), Decimal(1))
    | dict.fromkeys(("£k", "£000", "£000s", "thousand pounds"), _THOUSAND)
    | dict.fromkeys(("£m", "£ million", "£million", "million pounds"), _MILLION),
    "kg": dict.fromkeys(("kg", "kgs", "kilogram", "kilograms", "kilo", "kilos"), Decimal(1))
    | dict.fromkeys(("g", "gram", "grams"), _GRAM)
    | dict.fromkeys(("tonne", "tonnes", "t"), _THOUSAND),
    "hours": dict.fromkeys(("hours", "hour", "h", "hr", "hrs"), Decimal(1)),
    "years": dict.fromkeys(("years", "year", "y", "yr", "yrs"), Decimal(1)),
    "percent": dict.fromkeys(("percent", "per cent", "%"), Decimal(1)),
}
_AT_LEAST = re.compile(
    r"(?P<before>(?:over|more than|at least|above|>=|≥|>)\s*)?(?P<pound>£\s*)?"
    r"(?P<number>-?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?)(?P<scale>\s*(?:k|m|million))?(?P<after>\s*\+)?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class KindTable:
    """The kinds that are in force: the built-in ones and those that a force adds.

    Attributes
    ----------
    kinds
        In the order in which they are shown.
    """

    kinds: tuple[Kind, ...] = KINDS

    @cached_property
    def by_code(self) -> dict[str, Kind]:
        """Kinds by code."""
        return {kind.code: kind for kind in self.kinds}

    @cached_property
    def _by_name(self) -> dict[str, Kind]:
        names: dict[str, Kind] = {}
        for kind in self.kinds:
            for name in (kind.code, kind.label, *kind.aliases):
                code = slug(name)
                for form in (code, code.removesuffix("s"), code.removesuffix("es"), f"{code}s"):
                    names.setdefault(form, kind)
        return names | self.by_code

    @cached_property
    def position(self) -> dict[str, int]:
        """Where each code stands in the order of showing."""
        return {kind.code: place for place, kind in enumerate(self.kinds)}

    def find(self, name: str) -> Kind:
        """Return the kind of that code, label or other name, in singular or plural.

        Raises
        ------
        UnknownNameError
            If there is none; the message suggests the nearest.
        """
        found = self._by_name.get(name) or self._by_name.get(slug(name))
        if found is None:
            raise UnknownNameError("kind of activity", name[:60], (kind.code for kind in self.kinds))
        return found

    def name(self, code: str) -> str:
        """Return the label of a code; the code itself when the force has since dropped the kind."""
        kind = self.by_code.get(code)
        return kind.label if kind else code


def find_unit(kind: Kind, unit: str) -> Decimal:
    """Return how many of the kind's own unit one of the given unit is; the kind's own when the text is empty.

    Raises
    ------
    InputError
        If the unit is not one in which the kind is counted.
    """
    known = _UNITS.get(kind.unit, {})
    text = " ".join(unit.casefold().split())
    if not text or text == kind.unit.casefold():
        return Decimal(1)
    if text in known:
        return known[text]
    words = {slug(name) for name in (kind.code, kind.label, *kind.aliases)}
    words |= {word.removesuffix("s") for word in words}
    if kind.unit == "count" and slug(text) in words:
        return Decimal(1)
    raise InputError(f"“{unit[:40]}” is not a unit of {kind.label.casefold()}; use {_say_unit(kind)}.")


def _say_unit(kind: Kind) -> str:
    return "whole numbers" if kind.unit == "count" else kind.unit


def read_quantity(kind: Kind, text: str, unit: str = "") -> tuple[Decimal, bool]:
    """Read a quantity as files write it.

    Parameters
    ----------
    kind
        What is counted.
    text
        A number, such as ``27``, ``1,250`` or ``2.5``; ``over 500`` and ``500+`` are lower bounds.
    unit
        The unit that the file gives; empty for the kind's own.

    Returns
    -------
    Decimal
        The quantity in the kind's own unit.
    bool
        True when it is a lower bound.

    Raises
    ------
    InputError
        If it is not a number, is negative, too large, or fractional where only whole numbers make sense.
    """
    factor = find_unit(kind, unit)
    match = _AT_LEAST.fullmatch(" ".join(text.split()))
    if match is None or not match["number"].strip("-"):
        raise InputError(f"“{text[:40]}” is not a number; write figures such as 27 or 2.5.")
    if match["pound"] and kind.unit != "GBP":
        raise InputError(f"“{text}” is in pounds, but {kind.label.casefold()} are counted in {_say_unit(kind)}.")
    if match["scale"]:
        factor *= _THOUSAND if match["scale"].strip().casefold() == "k" else _MILLION
    quantity = Decimal(match["number"].replace(",", "")) * factor
    return check_quantity(kind, quantity), bool(match["before"] or match["after"])


def check_quantity(kind: Kind, quantity: Decimal) -> Decimal:
    """Check a quantity in the kind's own unit, and bring it to one form.

    Raises
    ------
    InputError
        If it is negative, too large, or fractional where only whole numbers make sense.
    """
    label = kind.label.casefold()
    if not quantity.is_finite():
        raise InputError(f"{quantity} is not a number; write figures such as 27 or 2.5.")
    if quantity < 0:
        raise InputError(f"{quantity} is negative; {label} are 0 or more (to take something back, correct its record).")
    if quantity > MAX_QUANTITY:
        raise InputError(f"{quantity:,} {label} is more than {MAX_QUANTITY:,}; check the figure and its unit.")
    if kind.whole and quantity != quantity.to_integral_value():
        raise InputError(f"{quantity.normalize()} is a fraction; {label} are counted in whole numbers.")
    if kind.unit == "percent" and quantity > 100:  # noqa: PLR2004 - per cent
        raise InputError(f"{quantity} is over 100 per cent; give {label} from 0 to 100.")
    kept = round(quantity, DECIMALS)
    if kept != quantity:
        raise InputError(f"{quantity.normalize()} has more than {DECIMALS} digits after the point; round it.")
    return plain_decimal(kept)


def plain_decimal(quantity: Decimal) -> Decimal:
    """Bring equal quantities to one form: 5, never 5.000 or 5E+0."""
    whole = quantity.to_integral_value()
    return whole.quantize(Decimal(1)) if whole == quantity else quantity.normalize()
