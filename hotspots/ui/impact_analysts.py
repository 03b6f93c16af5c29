"""For analysts: the same effect by other methods, placebos in space and time, donors, balance and the event study."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from hotspots.analysis.matching import UNBALANCED
from hotspots.analysis.verdict import write_percent, write_range
from hotspots.months import name_period
from hotspots.pipeline.impact import SINCE_START
from hotspots.ui import panels
from hotspots.ui.impact_caches import find_gaps, keep_drawn
from hotspots.ui.impact_panels import draw_caption
from hotspots.ui.impact_rows import capital, row_of_effect, row_of_limits
from hotspots.views.facts import write_facts
from hotspots.views.forest import EffectRow, write_effects
from hotspots.views.impact_checks_chart import StepPoint, chart_gaps, chart_steps
from hotspots.views.wording import write_count, write_number
from hotspots.views.wording import write_percent as write_share

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspots.analysis.interrupted_series import InterruptedSeries
    from hotspots.pipeline.impact import Impact, OutcomeImpact
    from hotspots.pipeline.impact_operation import RecordedOperation
    from hotspots.ui.shell import View

SHOWN_DONORS = 8
"""Donors of each form that are shown."""
FORMS = {
    "penalised": ("Synthetic control, penalised", "weights of zero or more, and a price on noisy donors"),
    "pure": ("Synthetic control, pure", "weights of zero or more that sum to one"),
    "augmented": ("Synthetic control, ridge-augmented", "corrects what imbalance is left"),
    "predictors": ("Synthetic control on predictors", "donors chosen by what is known of them"),
}


def draw_for_analysts(view: View, operation: RecordedOperation, impact: Impact, chosen: int, start: int | None) -> None:
    """Draw what an analyst needs to trust or doubt one outcome's effect."""
    one = impact.outcomes[chosen]
    panels.draw_section(
        f"The same effect by other methods: {one.outcome.name}",
        "agreement is worth more than any one",
        term="difference-in-differences",
    )
    st.html(write_effects(list_method_rows(one), caption="The effect by each method", what="Method"))
    draw_caption(_say_methods(one))
    left, right = st.columns(2, gap="medium")
    with left:
        panels.draw_section("Placebo in space", "the same figure where nothing was done", term="placebo")
        gaps = find_gaps(view.world, operation, start, impact, chosen)
        span = np.arange(int(impact.panel.months[0]), int(impact.panel.months[-1]) + 1)
        panels.draw_chart(
            keep_drawn(
                view.world,
                operation,
                start,
                f"gaps-{chosen}",
                lambda: chart_gaps(
                    span,
                    _fill(impact, np.exp(gaps.area[None, :]))[0],
                    _fill(impact, np.exp(gaps.others)),
                    start=impact.panel.start,
                ),
            ),
            key="impact-gaps",
        )
        draw_caption(_say_space(one))
    with right:
        panels.draw_section("Event study", "stretches of months against those before the start", term="event-study")
        panels.draw_chart(
            chart_steps(
                [
                    StepPoint(
                        step.first,
                        step.last,
                        step.after,
                        *(float(np.exp(part)) for part in (step.effect.log_ratio, step.effect.low, step.effect.high)),
                    )
                    for step in one.steps
                ],
                start=impact.panel.start,
            ),
            key="impact-steps",
        )
        draw_caption("Squares: before the start, where nothing should show. Bars are 95% intervals.")
    panels.draw_section("Placebo in time", "was the area drifting before the start already, and could that be seen?")
    _draw_drift(one)
    first, second = st.columns([11, 10], gap="medium")
    with first:
        _draw_donors(impact, one)
    with second:
        _draw_balance(one)
    with st.expander("Event study in figures"):
        st.html(write_effects(list_step_rows(one), caption="Effect in each stretch of months", what="Months"))


def _fill(impact: Impact, rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lay covered months over all months, so that missing ones are gaps."""
    months = impact.panel.months
    filled = np.full((len(rows), int(months[-1] - months[0]) + 1), np.nan)
    filled[:, months - months[0]] = rows
    return filled


def list_method_rows(one: OutcomeImpact) -> list[EffectRow]:
    """List the effect by every method that could be used."""
    rows = [
        row_of_effect("Difference-in-differences", one.effect, detail="the default, on all comparison wards"),
        row_of_effect("On matched donors only", one.matched, detail=write_count(int(one.match.donors.sum()), "donor")),
    ]
    rows += [
        row_of_effect(FORMS[form][0], fitted.effect, detail=FORMS[form][1])
        for form, fitted in one.synthetic.items()
        if form in FORMS
    ]
    rows.append(row_of_effect("Same calendar months only", one.seasons, detail="months that stand on both sides"))
    simple = one.before_after[SINCE_START]
    for name, change, detail in (
        ("Before and after, the area alone", simple.area, "takes all that happened for the work’s doing"),
        ("Before and after, the donors", simple.rest, "what happened where nothing was done"),
    ):
        if np.isfinite([change.ratio, change.low, change.high]).all() and change.low > 0:
            rows.append(row_of_limits(name, *(float(np.log(part)) for part in change), detail=detail, against="before"))
    for name, series, detail in (
        ("Interrupted series, alone", one.series, "its interval holds too seldom"),
        ("Interrupted series, against the force", one.controlled, "its interval holds too seldom"),
    ):
        rows += _list_series(name, series, detail)
    return rows


def _list_series(name: str, series: InterruptedSeries | None, detail: str) -> list[EffectRow]:
    if series is None:
        return []
    return [
        row_of_limits(
            name if len(series.steps) == 1 else f"{name}: {step.phase}",
            step.log_ratio,
            step.low,
            step.high,
            detail=detail,
        )
        for step in series.steps
    ]


def list_step_rows(one: OutcomeImpact) -> list[EffectRow]:
    """List the event study."""
    return [
        row_of_effect(
            name_period(step.first, step.last, short=True),
            step.effect,
            detail="since the start" if step.after else "before the start",
        )
        for step in one.steps
    ]


def _say_methods(one: OutcomeImpact) -> str:
    said = []
    if one.series is None and one.series_why_not:
        said.append(one.series_why_not)
    limits = one.conformal
    if limits is None:
        said.append("No conformal interval: it needs 20 covered months, 15 of them before the start.")
    else:
        said.append(
            f"Conformal interval of the penalised synthetic control, from its own months, for "
            f"{name_period(limits.first, limits.last)}: "
            f"{write_range(limits.low, limits.high, against='expected')} (95%)."
        )
    if one.predictors_why_not:
        said.append(f"None on predictors: {one.predictors_why_not}")
    if not one.synthetic:
        said.append("No synthetic control: nothing was counted before the start.")
    return " ".join(said)


def _say_space(one: OutcomeImpact) -> str:
    effect = one.effect
    made = "made-up areas of like make where nothing was done (single wards, or groups of wards that touch)"
    if not effect.of:
        return "Too few like areas to tell what chance does."
    said = (
        f"Of {effect.of} {made}, {effect.rank} moved at least as far for their size; the "
        f"interval, {write_range(effect.low, effect.high)}, rests on them."
    )
    if "penalised" in one.synthetic:
        worse, of = one.synthetic["penalised"].worse_fit
        said += f" Of {of} with a synthetic control of their own, {worse} fit worse after the start than this one."
    return said


def _draw_drift(one: OutcomeImpact) -> None:
    drift = one.drift
    if drift is None:
        panels.draw_strip(
            "Too few months before the start to look for a drift: six are needed, and nobody can tell whether the area "
            "was already on its way."
        )
        return
    effect = drift.effect
    st.html(
        write_effects(
            [row_of_effect("Second half against the first", effect, detail="of the months before the start")],
            caption="Drift before the start",
            what="Before the start",
        )
    )
    if not effect.known:
        return
    draw_caption(
        f"Its power: a drift of at least {write_percent(-effect.visible)} or {write_percent(effect.visible)} would "
        "have been seen four times in five; a smaller one may be there unseen. If the drift that was seen had gone on, "
        f"it alone would look like an effect of {write_percent(drift.carried)}."
    )


def _draw_donors(impact: Impact, one: OutcomeImpact) -> None:
    panels.draw_section("Donors", "what the synthetic controls are mixed from", term=("donors", "synthetic-control"))
    if not one.synthetic:
        draw_caption("No synthetic control: nothing was counted before the start.")
        return
    forms = [form for form in FORMS if form in one.synthetic]
    first = [np.argsort(-one.synthetic[form].weights, kind="stable")[:SHOWN_DONORS] for form in forms[:2]]
    order = np.array(list(dict.fromkeys(np.concatenate(first).tolist())))
    rows = [
        [impact.panel.names[row], *(write_share(float(one.synthetic[form].weights[row]), decimals=1) for form in forms)]
        for row in order.tolist()
        if any(one.synthetic[form].weights[row] > 0 for form in forms)
    ]
    fits = ["Error before the start", *(write_share(one.synthetic[form].fit, decimals=1) for form in forms)]
    st.html(
        write_facts(["Donor", *(capital(form) for form in forms)], [*rows, fits], caption="Weights of the first donors")
    )
    others = int((one.synthetic[forms[0]].weights > 0).sum()) - len(rows)
    more = f" {write_count(others, 'more donor')} carry the rest." if others > 0 else ""
    pool, ring = int(impact.panel.donors.sum()), int(impact.panel.ring.sum())
    draw_caption(
        f"The largest weights of each form.{more} {write_count(pool, 'ward')} may be donors; "
        f"{write_count(ring, 'ward')} that touch the area may not, because crime may have moved there. The error is "
        "the root mean square before the start, as a share of the area’s mean."
    )


def _draw_balance(one: OutcomeImpact) -> None:
    match = one.match
    panels.draw_section("Balance", f"matched by {match.method}: were the donors like the area before the start?")
    rows = [
        [
            capital(name),
            write_number(float(before), decimals=2),
            write_number(float(after), decimals=2),
            "alike" if abs(after) <= UNBALANCED else "not alike",
        ]
        for name, before, after in zip(match.features, match.before, match.after, strict=True)
    ]
    st.html(
        write_facts(
            ["Feature", "All donors", "Matched donors", "After matching"], rows, caption="Standardised differences"
        )
    )
    draw_caption(
        f"Difference from the area in standard deviations; within {UNBALANCED} is called alike. Matching on a noisy "
        "level invites it to fall back, so the estimate on matched donors never stands alone."
    )
