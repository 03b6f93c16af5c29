"""Phases and quantities of operations as people see them: one colour a phase everywhere, and “over” stays “over”."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hotspots.terms import Phase

if TYPE_CHECKING:
    from decimal import Decimal

PHASE_COLOURS: dict[Phase | None, str] = {
    Phase.CLEAR: "#12436D",
    Phase.HOLD: "#1C7D75",
    Phase.BUILD: "#B8470B",
    None: "#383F43",
}
"""Dark blue, teal, orange and near black keep 4.5 to 1 on white and part for every kind of colour blindness.

A mid grey for no phase would look like the teal to one man in fifty, who does not see red.
"""
PHASE_NAMES: dict[Phase | None, str] = {
    Phase.CLEAR: "Clear",
    Phase.HOLD: "Hold",
    Phase.BUILD: "Build",
    None: "In no phase",
}
PHASE_ORDER: tuple[Phase | None, ...] = (*Phase, None)
_MILLION = 1_000_000


@dataclass(frozen=True)
class PhaseBand:
    """A stretch of a phase on an axis of months.

    Attributes
    ----------
    phase
        Which.
    first, last
        Where it begins and ends, in months since January 1970 with a share of the month: 609.5 is the middle of
        October 2020. An open end stands at the end of what is known.
    open_ended, planned
        Whether it has no end yet, and whether its dates are plans.
    """

    phase: Phase
    first: float
    last: float
    open_ended: bool = False
    planned: bool = False

    @property
    def name(self) -> str:
        """What stands on it."""
        return PHASE_NAMES[self.phase] + (" (planned)" if self.planned else "")


def write_quantity(quantity: Decimal, unit: str, *, at_least: bool = False) -> str:
    """Write a quantity with its unit: ``27``, ``over 500``, ``£2 million``, ``12.5 kg``.

    Parameters
    ----------
    quantity
        How much; written exactly, never rounded.
    unit
        ``count``, ``GBP``, ``percent``, or a word that stands behind the number.
    at_least
        True for a lower bound, which is written as ``over``.
    """
    number = f"{quantity.normalize():,f}"
    if unit == "GBP":
        whole = quantity / _MILLION
        text = f"£{whole.normalize():f} million" if quantity >= _MILLION and whole == round(whole, 2) else f"£{number}"
    elif unit == "percent":
        text = f"{number}%"
    else:
        text = number if unit in ("count", "") else f"{number} {unit}"
    return f"over {text}" if at_least else text
