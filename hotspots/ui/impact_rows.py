"""Effects of an evaluation as rows: each with its interval and its sentence, in the order in which they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hotspots.analysis.verdict import describe_limits
from hotspots.pipeline.impact_panel import APART, HARM, HEADLINE
from hotspots.views.forest import EffectRow, answer_of
from hotspots.views.wording import write_count, write_number

if TYPE_CHECKING:
    from hotspots.analysis.difference_in_differences import Effect
    from hotspots.pipeline.impact import Impact, OutcomeImpact
    from hotspots.pipeline.impact_displacement import Displacement, OutcomeDisplacement

NOTHING = "Cannot tell: too little was counted."


def row_of_effect(name: str, effect: Effect, *, detail: str = "", sentence: str = "", firm: bool = True) -> EffectRow:
    """Turn an effect into a row; one that is not known says so."""
    if not effect.known:
        return EffectRow(name, np.nan, np.nan, np.nan, sentence or NOTHING, detail)
    return row_of_limits(name, effect.log_ratio, effect.low, effect.high, detail=detail, sentence=sentence, firm=firm)


def row_of_limits(
    name: str,
    log_ratio: float,
    low: float,
    high: float,
    *,
    detail: str = "",
    sentence: str = "",
    firm: bool = True,
    against: str = "expected",
) -> EffectRow:
    """Turn the logarithm of an effect and its limits into a row."""
    said = sentence or describe_limits(log_ratio, low, high, firm=firm, against=against)
    answer = "little change" if said.startswith("Little change") else answer_of(low, high)
    return EffectRow(name, float(np.exp(log_ratio)), float(np.exp(low)), float(np.exp(high)), said, detail, answer)


def list_outcome_rows(impact: Impact, *, apart: bool) -> list[EffectRow]:
    """List the outcomes: harm outcomes, or those that police work finds."""
    return [
        row_of_effect(
            capital(one.outcome.name),
            one.effect,
            detail="in days of harm" if one.outcome.kind == HARM else "",
            firm=one.verdict.firm,
        )
        for one in impact.outcomes
        if (one.outcome.kind == APART) is apart
    ]


def list_phase_rows(one: OutcomeImpact) -> list[EffectRow]:
    """List the effect of each phase that is recorded."""
    return [row_of_effect(capital(name), effect, firm=one.verdict.firm) for name, effect in one.phases.items()]


def list_near_rows(impact: Impact) -> list[EffectRow]:
    """List what happened around the area: the wards next door, and bands of so many metres."""
    rows = []
    if impact.displacement is not None:
        wards = write_count(int(impact.panel.ring.sum()), "ward")
        rows.append(row_of_effect("Wards next door", impact.displacement.outcomes[0].ring, detail=wards))
    rows += [
        row_of_effect(
            f"{band.inner:,.0f} to {band.outer:,.0f} m away",
            band.effect,
            detail=f"{write_number(band.before)} incidents before",
        )
        for band in impact.bands
    ]
    return rows


def list_ring_rows(found: Displacement) -> list[EffectRow]:
    """List what happened next door by outcome."""
    # No correction for the number of types is made next door: none of them is said firmly.
    return [
        row_of_effect(capital(one.outcome.name), one.ring, detail=_mark_apart(one), firm=False)
        for one in found.outcomes
        if one.outcome.kind != HARM
    ]


def list_difference_rows(found: Displacement) -> list[EffectRow]:
    """List the weighted displacement difference of each type, in incidents: the area and next door together."""
    rows = []
    for one in found.outcomes:
        if one.outcome.kind in (HEADLINE, HARM) or len(one.outcome.types) != 1:
            continue
        wdd = one.wdd
        rows.append(
            EffectRow(
                capital(one.outcome.name),
                wdd.estimate,
                wdd.low,
                wdd.high,
                f"{_say_amount(wdd.low, wdd.high)} {_say_quotient(one)}",
                _mark_apart(one),
                answer_of(wdd.low, wdd.high),
            )
        )
    return rows


def list_switching_rows(found: Displacement, *, next_door: bool) -> list[EffectRow]:
    """List how each type's share of all changed against the donors, in points of a hundred."""
    switching = found.switching_next_door if next_door else found.switching
    where = "next door" if next_door else "in the area"
    rows = []
    for position, name in enumerate(found.mix_types):
        value, low, high = (100 * float(part[position]) for part in (switching.change, switching.low, switching.high))
        if not np.isfinite([value, low, high]).all():
            rows.append(EffectRow(capital(name), np.nan, np.nan, np.nan, NOTHING))
            continue
        answer = answer_of(low, high)
        said = {
            "fell": f"A smaller part of what is counted {where} than elsewhere.",
            "rose": f"A larger part of what is counted {where} than elsewhere.",
        }.get(answer, "Cannot tell: its part may have shrunk or grown.")
        rows.append(EffectRow(capital(name), value, low, high, said, "", answer))
    return rows


def _say_amount(low: float, high: float) -> str:
    """Say an interval of incidents as what it is: counts alone, which do not know that places drift."""
    if high < 0:
        return f"Counts alone, no allowance for drift: {write_number(-high)} to {write_number(-low)} fewer."
    if low > 0:
        return f"Counts alone, no allowance for drift: {write_number(low)} to {write_number(high)} more."
    return f"Cannot tell: anything between {write_number(-low)} fewer and {write_number(high)} more fits."


def _say_quotient(one: OutcomeDisplacement) -> str:
    if not np.isfinite(one.wdq):
        return "No quotient: the area did not fall."
    moved = "some moved next door" if one.wdq < 0 else "the gain spread next door"
    return f"Quotient {write_number(one.wdq, decimals=2)}: {moved}, as far as one figure without interval can say."


def _mark_apart(one: OutcomeDisplacement) -> str:
    return "found by police work" if one.outcome.kind == APART else ""


def capital(text: str) -> str:
    """Write a name with a capital at its head."""
    return text[:1].upper() + text[1:]
