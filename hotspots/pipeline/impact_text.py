"""An evaluation as JSON and as text for a terminal: never a p-value alone, always an interval and a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hotspots.analysis.verdict import write_effect as say_effect
from hotspots.analysis.verdict import write_range
from hotspots.months import format_month, list_months, name_month, name_period
from hotspots.pipeline.impact import SINCE_START
from hotspots.pipeline.impact_panel import APART

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from hotspots.analysis.before_after import BeforeAfter
    from hotspots.analysis.difference_in_differences import Effect
    from hotspots.analysis.interrupted_series import InterruptedSeries
    from hotspots.analysis.synthetic_control import SyntheticControl
    from hotspots.analysis.trend import Change
    from hotspots.analysis.type_switching import Switching
    from hotspots.pipeline.impact import Impact, OutcomeImpact
    from hotspots.pipeline.impact_displacement import Displacement

_SHOWN_WEIGHT = 0.005
_DIGITS = 4


def _number(value: float) -> float | None:
    return round(float(value), _DIGITS) if np.isfinite(value) else None


def _path(values: NDArray[np.float64]) -> list[float | None]:
    return [None if not np.isfinite(value) else round(float(value), 2) for value in values]


def write_effect(effect: Effect) -> dict[str, Any] | None:
    """Write an effect as JSON; None when there is none to tell."""
    if not effect.known:
        return None
    low, high = effect.change_limits
    return {
        "ratio": _number(float(np.exp(effect.log_ratio))),
        "low": _number(float(np.exp(effect.low))),
        "high": _number(float(np.exp(effect.high))),
        "level": effect.level,
        "observed": _number(effect.observed),
        "expected": _number(effect.expected),
        "change": _number(effect.change),
        "change_low": _number(low),
        "change_high": _number(high),
        "visible_ratio": _number(float(np.exp(-effect.visible))),
        "placebos_as_far": effect.rank,
        "placebos": effect.of,
        "sentence": ", ".join(say_effect(effect.log_ratio, effect.low, effect.high)),
    }


def _change(change: Change) -> dict[str, Any]:
    return {"ratio": _number(change.ratio), "low": _number(change.low), "high": _number(change.high)}


def _before_after(one: BeforeAfter) -> dict[str, Any]:
    return {
        "a_month_before": _number(one.before),
        "a_month_after": _number(one.after),
        "area": _change(one.area),
        "rest_of_force": _change(one.rest),
        "months": list(one.months),
        "same_calendar_months": one.matched,
        "dispersion": _number(one.dispersion),
    }


def _synthetic(impact: Impact, one: SyntheticControl) -> dict[str, Any]:
    panel = impact.panel
    shown = [row for row in np.argsort(-np.abs(one.weights), kind="stable") if abs(one.weights[row]) >= _SHOWN_WEIGHT]
    return {
        "effect": write_effect(one.effect),
        "fit_before": _number(one.fit),
        "worse_fit": {"placebos_as_far": one.worse_fit[0], "placebos": one.worse_fit[1]},
        "ridge": one.ridge,
        "donors": [
            {"unit": panel.units[row], "name": panel.names[row], "weight": _number(one.weights[row])} for row in shown
        ],
        "expected": _path(one.expected),
    }


def _series(series: InterruptedSeries | None) -> dict[str, Any] | None:
    if series is None:
        return None
    return {
        "steps": [
            {
                "phase": step.phase,
                "ratio": _number(float(np.exp(step.log_ratio))),
                "low": _number(float(np.exp(step.low))),
                "high": _number(float(np.exp(step.high))),
                "months": step.months,
            }
            for step in series.steps
        ],
        "dispersion": _number(series.dispersion),
        "autocorrelation": _number(series.autocorrelation),
    }


def write_outcome(impact: Impact, one: OutcomeImpact) -> dict[str, Any]:
    """Write one outcome as JSON."""
    verdict, drift = one.verdict, one.drift
    return {
        "outcome": one.outcome.name,
        "kind": one.outcome.kind,
        "counted": one.outcome.what,
        "enforcement_driven": one.outcome.kind == APART,
        "verdict": {
            "answer": verdict.answer.value,
            "firm": verdict.firm,
            "sentence": verdict.sentence,
            "because": list(verdict.because),
            "rests_on": verdict.rests_on,
            "change_our_mind": verdict.change_our_mind,
        },
        "effect": write_effect(one.effect),
        "phases": {name: write_effect(effect) for name, effect in one.phases.items()},
        "before_after": {name: _before_after(stretch) for name, stretch in one.before_after.items()},
        "matching": {
            "method": one.match.method,
            "donors": [impact.panel.units[row] for row in np.flatnonzero(one.match.donors)],
            "balanced": one.match.balanced,
            "features": list(one.match.features),
            "difference_before": _path(one.match.before),
            "difference_after": _path(one.match.after),
            "effect_on_matched_donors": write_effect(one.matched),
        },
        "synthetic_control": {name: _synthetic(impact, form) for name, form in one.synthetic.items()},
        "predictors_why_not": one.predictors_why_not or None,
        "conformal": None
        if one.conformal is None
        else {
            "low": _number(float(np.exp(one.conformal.low))),
            "high": _number(float(np.exp(one.conformal.high))),
            "from": format_month(one.conformal.first),
            "to": format_month(one.conformal.last),
        },
        "same_calendar_months": write_effect(one.seasons),
        "drift_before": None
        if drift is None
        else {
            "effect": write_effect(drift.effect),
            "carried_ratio": _number(float(np.exp(drift.carried))),
            "visible_ratio": _number(float(np.exp(-drift.effect.visible))),
        },
        "event_study": [
            {
                "from": format_month(step.first),
                "to": format_month(step.last),
                "after": step.after,
                "effect": write_effect(step.effect),
            }
            for step in one.steps
        ],
        "interrupted_series": {
            "alone": _series(one.series),
            "against_the_force": _series(one.controlled),
            "why_not": one.series_why_not or None,
        },
        "next_door": write_effect(one.ring),
        "observed": _path(one.observed),
        "expected": _path(one.expected),
    }


def _limits(switching: Switching, row: int) -> dict[str, float | None]:
    return {
        "change": _number(switching.change[row]),
        "low": _number(switching.low[row]),
        "high": _number(switching.high[row]),
    }


def _displacement(impact: Impact, found: Displacement | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "outcomes": [
            {
                "outcome": one.outcome.name,
                "sentence": one.sentence,
                "wdd": {
                    "estimate": _number(one.wdd.estimate),
                    "low": _number(one.wdd.low),
                    "high": _number(one.wdd.high),
                    "level": one.wdd.level,
                    "local": _number(one.wdd.local),
                    "next_door": _number(one.wdd.next_door),
                },
                "wdq": _number(one.wdq),
                "next_door": write_effect(one.ring),
            }
            for one in found.outcomes
        ],
        "units": [
            {
                "unit": impact.panel.units[row],
                "name": impact.panel.names[row],
                "where": "area" if impact.panel.treated[row] else "next door" if impact.panel.ring[row] else "donor",
                "ratio": _number(float(np.exp(found.unit_change[row]))),
                "low": _number(float(np.exp(found.unit_low[row]))),
                "high": _number(float(np.exp(found.unit_high[row]))),
            }
            for row in range(len(impact.panel.units))
        ],
        "mix": [
            {
                "type": name,
                "area": _number(found.mix_area[row]),
                "next_door": _number(found.mix_next_door[row]),
                "donors": _number(found.mix_donors[row]),
                "area_against_donors": _limits(found.switching, row),
                "next_door_against_donors": _limits(found.switching_next_door, row),
            }
            for row, name in enumerate(found.mix_types)
        ],
    }


def write_json(impact: Impact) -> dict[str, Any]:
    """Write an evaluation as one JSON document."""
    panel = impact.panel
    return {
        "title": impact.title,
        "verdict": impact.headline.verdict.sentence,
        "exploration": impact.exploration,
        "start": format_month(panel.start),
        "months": [format_month(int(month)) for month in panel.months],
        "months_before": int(panel.before.sum()),
        "months_after": int(panel.after.sum()),
        "months_aside": [format_month(month) for month in panel.aside],
        "months_missing": [format_month(month) for month in panel.missing],
        "phases": {name: {"from": format_month(a), "to": format_month(b)} for name, (a, b) in impact.phases.items()},
        "treated": [panel.units[row] for row in np.flatnonzero(panel.treated)],
        "next_door": [panel.units[row] for row in np.flatnonzero(panel.ring)],
        "donors": int(panel.donors.sum()),
        "outcomes": [write_outcome(impact, one) for one in impact.outcomes],
        "displacement": _displacement(impact, impact.displacement),
        "bands": [
            {
                "from_metres": band.inner,
                "to_metres": band.outer,
                "before": _number(band.before),
                "effect": write_effect(band.effect),
            }
            for band in impact.bands
        ],
        "caveats": list(impact.caveats),
        "provenance": impact.provenance,
    }


def write_text(impact: Impact) -> str:
    """Write an evaluation as people read it in a terminal."""
    panel, top = impact.panel, impact.headline.verdict
    before, after = panel.months[panel.before], panel.months[panel.after]
    lines = [
        f"{impact.title}, from {name_month(panel.start)}",
        "",
        top.sentence,
        *top.because,
        top.rests_on,
        top.change_our_mind,
        "",
        (
            f"Before: {len(before)} covered months, {name_period(int(before[0]), int(before[-1]))}. After: {len(after)}"
            f", {name_period(int(after[0]), int(after[-1]))}. Missing: {list_months(panel.missing) or 'none'}."
        ),
        "",
    ]
    lines += _table({one.outcome.name: one for one in impact.outcomes if one.outcome.kind != APART})
    apart = {one.outcome.name: one for one in impact.outcomes if one.outcome.kind == APART}
    if apart:
        lines += ["", "Found by police work, so that more may mean more work:", *_table(apart)]
    if impact.displacement is not None:
        lines += ["", impact.displacement.outcomes[0].sentence]
    lines += [
        f"{band.inner:,.0f} to {band.outer:,.0f} m away: "
        + write_range(band.effect.low, band.effect.high, against="expected")
        + f" ({band.effect.level * 100:.0f}% interval)."
        for band in impact.bands
        if band.effect.known
    ]
    return "\n".join([*lines, "", *impact.caveats])


def _table(outcomes: Mapping[str, OutcomeImpact]) -> list[str]:
    width = max(len(name) for name in outcomes)
    rows = [f"{'':{width}}  {'change':>8}  {'95% interval':>18}  verdict"]
    for name, one in outcomes.items():
        verdict = one.verdict.answer.value + ("" if one.verdict.firm or not one.effect.known else " (tentative)")
        if one.verdict.answer.value == "cannot tell":
            verdict = "cannot tell"
        if not one.effect.known:
            rows.append(f"{name:{width}}  {'–':>8}  {'–':>18}  {verdict}")
            continue
        span = f"{_signed(one.effect.low)} to {_signed(one.effect.high)}"
        rows.append(f"{name:{width}}  {_signed(one.effect.log_ratio):>8}  {span:>18}  {verdict}")
    return rows


def _signed(log_ratio: float) -> str:
    percent = round((float(np.exp(log_ratio)) - 1) * 100)
    return f"{'−' if percent < 0 else '+' if percent > 0 else ''}{abs(percent):,}%"


__all__ = ["SINCE_START", "write_effect", "write_json", "write_outcome", "write_text"]
