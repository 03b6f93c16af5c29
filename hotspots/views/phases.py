"""Phases and quantities of operations as people see them: one colour a phase everywhere, and “over” stays “over”."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotspots.terms import Phase
from hotspots.views.palette import SLATE

if TYPE_CHECKING:
    from decimal import Decimal

PHASE_COLOURS: dict[Phase | None, str] = {
    Phase.CLEAR: "#12436D",
    Phase.HOLD: "#1C7D75",
    Phase.BUILD: "#B8470B",
    None: SLATE,
}
"""Dark blue, teal and orange keep 4.5 to 1 on white and part for every kind of colour blindness."""
PHASE_NAMES: dict[Phase | None, str] = {
    Phase.CLEAR: "Clear",
    Phase.HOLD: "Hold",
    Phase.BUILD: "Build",
    None: "In no phase",
}
PHASE_ORDER: tuple[Phase | None, ...] = (*Phase, None)
_MILLION = 1_000_000


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
