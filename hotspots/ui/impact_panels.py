"""The first parts of the impact page: the verdict, observed against expected, and all outcomes."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from hotspots.analysis.panel import FIRM_BEFORE
from hotspots.analysis.verdict import Answer
from hotspots.errors import UnknownNameError
from hotspots.months import LSOA_CHANGE, SNAP_POINT_REFRESH, name_period
from hotspots.pipeline.impact_panel import APART
from hotspots.terms import Phase, slug
from hotspots.ui import address, panels
from hotspots.ui.impact_rows import capital, list_outcome_rows, list_phase_rows
from hotspots.views.forest import find_end, write_effects
from hotspots.views.impact_chart import chart_counterfactual
from hotspots.views.phases import PhaseBand
from hotspots.views.verdict_block import VerdictFigure, write_verdict
from hotspots.views.wording import write_change, write_count, write_number

if TYPE_CHECKING:
    from hotspots.analysis.verdict import Verdict
    from hotspots.pipeline.impact import Impact, OutcomeImpact

EVENTS = ((SNAP_POINT_REFRESH, "new map points"), (LSOA_CHANGE, "new LSOA codes"))
_WORDS = {Answer.CANNOT_TELL: "Cannot tell", Answer.LITTLE: "Little change"}
_FIRM = {Answer.FELL: "It fell", Answer.ROSE: "It rose"}
_TENTATIVE = {Answer.FELL: "Signs of a fall", Answer.ROSE: "Signs of a rise"}


def draw_verdict(impact: Impact) -> None:
    """Draw the answer first: a word, a sentence with its interval, and what it rests on."""
    panel, one = impact.panel, impact.headline
    before, after = panel.months[panel.before], panel.months[panel.after]
    few = next((caveat for caveat in impact.caveats if is_few(caveat)), "")
    if few:
        draw_notice(few)
    figures = [
        *_write_effect_figures(one),
        VerdictFigure(
            "Before the start",
            write_count(len(before), "month"),
            f"{name_period(int(before[0]), int(before[-1]), short=True)}; {FIRM_BEFORE} for a firm word",
        ),
        VerdictFigure(
            "Since the start",
            write_count(len(after), "month"),
            name_period(int(after[0]), int(after[-1]), short=True),
        ),
    ]
    verdict = one.verdict
    st.html(
        write_verdict(
            word_of(verdict),
            verdict.sentence,
            figures,
            (
                ("What it rests on", (verdict.rests_on,)),
                ("Why it is not firmer", verdict.because),
                ("What would change our mind", (verdict.change_our_mind,)),
            ),
            answer=verdict.answer.value,
            exploration=impact.exploration,
        )
    )


def is_few(caveat: str) -> bool:
    """Whether a caveat says that too few months lie before the start: it stands at the top, and loudly."""
    return caveat.startswith("Only ")


def draw_notice(text: str) -> None:
    """Draw a sentence without which the page would be misread."""
    st.html(f'<div class="hs-notice caution" role="note">{escape(text)}</div>')


def draw_caption(text: str) -> None:
    """Draw a small sentence."""
    st.html(f'<div class="hs-caption"><p>{escape(text)}</p></div>')


def word_of(verdict: Verdict) -> str:
    """Say an answer in two or three words."""
    return _WORDS.get(verdict.answer) or (_FIRM if verdict.firm else _TENTATIVE)[verdict.answer]


def _write_effect_figures(one: OutcomeImpact) -> list[VerdictFigure]:
    effect = one.effect
    if not effect.known:
        return [VerdictFigure("Change", "–", "nothing was counted")]
    low, high = effect.change_limits
    level = f"{effect.level * 100:.0f}% interval"
    if one.verdict.answer is Answer.CANNOT_TELL:  # the range is the finding; one figure in it is not
        best = f"{write_number(abs(effect.change))} {'fewer' if effect.change < 0 else 'more'}"
        return [
            VerdictFigure(
                f"Anything in this range fits ({level})",
                f"{write_change(float(np.exp(effect.low)))} to {write_change(float(np.exp(effect.high)))}",
                f"best estimate {write_change(float(np.exp(effect.log_ratio)))}",
            ),
            VerdictFigure(
                f"{capital(one.outcome.what)} against expected ({level})",
                f"{_write_amount(low)} to {_write_amount(high)}",
                f"best estimate {best}",
            ),
        ]
    return [
        VerdictFigure(
            "Best estimate",
            write_change(float(np.exp(effect.log_ratio))),
            f"{level}: {write_change(float(np.exp(effect.low)))} to {write_change(float(np.exp(effect.high)))}",
        ),
        VerdictFigure(
            f"{capital(one.outcome.what)} against expected",
            f"{write_number(abs(effect.change))} {'fewer' if effect.change < 0 else 'more'}",
            f"{level}: {_write_amount(low)} to {_write_amount(high)}",
        ),
    ]


def _write_amount(amount: float) -> str:
    if not round(amount):
        return "none"
    return f"{write_number(abs(amount))} {'fewer' if amount < 0 else 'more'}"


def find_outcome(impact: Impact, measure: str) -> int:
    """Find the outcome that the address asks for; the headline when it asks for none.

    Raises
    ------
    UnknownNameError
        If it asks for one that is not evaluated.
    """
    codes = [slug(one.outcome.name) for one in impact.outcomes]
    if not measure:
        return 0
    if measure not in codes:
        raise UnknownNameError("outcome", measure, codes)
    return codes.index(measure)


def draw_course(impact: Impact, chosen: int, *, slot: str) -> None:
    """Draw observed against expected for one outcome, with a choice of outcomes."""
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    one = impact.outcomes[chosen]
    with left:
        panels.draw_section(
            f"Observed against expected: {one.outcome.name}", "expected: what untouched areas make of its own level"
        )
    names = [capital(other.outcome.name) for other in impact.outcomes]
    codes = [slug(other.outcome.name) for other in impact.outcomes]
    key = f"impact-outcome-{slot}-{chosen}"

    def choose() -> None:
        code = st.session_state[key]
        address.choose_on_page("measure", "" if code == codes[0] else code)

    with right:
        st.selectbox(
            "Outcome",
            codes,
            index=chosen,
            format_func=lambda code: (
                names[codes.index(code)]
                + (" (found by police work)" if impact.outcomes[codes.index(code)].outcome.kind == APART else "")
            ),
            key=key,
            on_change=choose,
            label_visibility="collapsed",
        )
    if one.outcome.kind == APART:
        draw_notice(f"{panels.CAUTION}: this outcome goes up when police look harder, and says nothing of harm.")
    if chosen:
        panels.draw_strip(one.verdict.sentence, " ".join(one.verdict.because))
    panels.draw_chart(_chart_course(impact, one), key=f"impact-course-{slot}")
    panels.draw_events([event for event in EVENTS if _crosses(impact, event[0])])
    draw_caption(
        "The band is the 95% interval of the effect over all months since the start, spread over them: a single month "
        "may lie outside it."
    )
    rows = list_phase_rows(one)
    if rows:
        st.html(write_effects(rows, caption=f"Effect on {one.outcome.name} by phase", what="Phase"))


def _crosses(impact: Impact, month: int) -> bool:
    months = impact.panel.months
    return int(months[0]) < month <= int(months[-1])


def _chart_course(impact: Impact, one: OutcomeImpact) -> dict[str, Any]:
    panel = impact.panel
    span = np.arange(int(panel.months[0]), int(panel.months[-1]) + 1)
    at = panel.months - span[0]

    def spread(values: Any) -> Any:
        line = np.full(len(span), np.nan)
        line[at] = values
        return line

    effect = one.effect
    low, high = np.full((2, len(panel.months)), np.nan)
    if effect.known:
        low[panel.after] = one.expected[panel.after] * np.exp(effect.log_ratio - effect.high)
        high[panel.after] = one.expected[panel.after] * np.exp(effect.log_ratio - effect.low)
    return chart_counterfactual(
        span,
        spread(one.observed),
        spread(one.expected),
        spread(low),
        spread(high),
        what=one.outcome.what,
        start=panel.start,
        aside=panel.aside,
        phases=[PhaseBand(Phase(name.split(" ")[0]), first, last + 1) for name, (first, last) in impact.phases.items()],
        events=[event for event in EVENTS if _crosses(impact, event[0])],
    )


def draw_outcomes(impact: Impact) -> None:
    """Draw the effects on all outcomes, what police work finds apart."""
    panels.draw_section(
        "All outcomes", "against what untouched areas foresee; the line is the 95% interval", term="effect"
    )
    harm, apart = (list_outcome_rows(impact, apart=flag) for flag in (False, True))
    end = find_end([*harm, *apart])
    st.html(write_effects(harm, caption=f"Effect on each of {len(harm)} outcomes with its interval", end=end))
    if apart:
        st.html(
            '<div class="hs-apart"><h2 class="hs-section">Found by police work<small>more of them may mean more work, '
            "not more crime: not a measure of success or failure</small></h2>"
            + write_effects(apart, caption="Effect on what police work finds", end=end)
            + "</div>"
        )
