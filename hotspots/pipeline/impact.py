"""Did it work, and did crime move next door? Every outcome of an operation or of a panel file, in four stages.

Before and after; matching; synthetic control; difference-in-differences with its test of drift: the stages of the
published evaluation of Clear, Hold, Build (Home Office, January 2025), each with its interval, and a verdict for each
outcome in plain words.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import threadpool_limits

from hotspots.analysis.before_after import compare_before_after, match_seasons
from hotspots.analysis.conformal import find_conformal_limits
from hotspots.analysis.difference_in_differences import UNKNOWN, estimate_effect
from hotspots.analysis.event_study import look_for_drift, trace_steps
from hotspots.analysis.interrupted_series import fit_series
from hotspots.analysis.matching import describe_units, match_donors
from hotspots.analysis.multiple_testing import adjust_p
from hotspots.analysis.panel import FIRM_BEFORE
from hotspots.analysis.placebo_areas import LEVEL, draw_placebo_areas
from hotspots.analysis.predictor_synthetic_control import fit_by_predictors
from hotspots.analysis.synthetic_control import fit_forms
from hotspots.analysis.verdict import judge
from hotspots.errors import InputError
from hotspots.months import LSOA_CHANGE, SNAP_POINT_REFRESH, list_months, name_month, name_period
from hotspots.pipeline.impact_displacement import measure_displacement
from hotspots.pipeline.impact_panel import APART, HARM

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from hotspots.analysis.before_after import BeforeAfter
    from hotspots.analysis.conformal import ConformalLimits
    from hotspots.analysis.difference_in_differences import Effect
    from hotspots.analysis.event_study import Drift, Step
    from hotspots.analysis.interrupted_series import InterruptedSeries
    from hotspots.analysis.matching import Match
    from hotspots.analysis.panel import Panel
    from hotspots.analysis.placebo_areas import PlaceboAreas
    from hotspots.analysis.synthetic_control import SyntheticControl
    from hotspots.analysis.verdict import Verdict
    from hotspots.pipeline.impact_bands import Band
    from hotspots.pipeline.impact_displacement import Displacement
    from hotspots.pipeline.impact_panel import Outcome

FALSE_ALARMS = 0.05
"""Share of false alarms that is accepted among the outcomes that are said to have changed."""
SINCE_START = "since the start"


@dataclass(frozen=True, eq=False)
class OutcomeImpact:
    """What four stages say of one outcome.

    Attributes
    ----------
    outcome
        What is evaluated.
    effect
        The default estimate: difference-in-differences on all donors that do not touch the area.
    phases
        The same for each phase.
    before_after
        Stage one, for the whole time since the start and for each phase.
    match, matched
        Stage two: which donors were alike, and the effect on them alone.
    synthetic
        Stage three: synthetic control, penalised (the default), pure and ridge-augmented, by name, and on predictors
        where there are covariates. Empty when nothing was counted before the start.
    predictors_why_not
        Why there is none on predictors though there are covariates; empty otherwise.
    conformal
        Interval of the penalised one from its own months, for the first months after the start; None with too few.
    seasons
        The default estimate over the calendar months that stand on both sides of the start.
    drift
        Drift before the start; None with too few months.
    steps
        Event study.
    series
        Interrupted series of the area alone, and of the area against the force; None with too few months.
    ring
        The effect on the units next door.
    observed, expected
        The treated area by covered month, and what the donors make of it. Shape (t,).
    verdict
        In plain words.
    """

    outcome: Outcome
    effect: Effect
    phases: Mapping[str, Effect]
    before_after: Mapping[str, BeforeAfter]
    match: Match
    matched: Effect
    synthetic: Mapping[str, SyntheticControl]
    conformal: ConformalLimits | None
    seasons: Effect
    drift: Drift | None
    steps: tuple[Step, ...]
    series: InterruptedSeries | None
    series_why_not: str
    controlled: InterruptedSeries | None
    ring: Effect
    observed: NDArray[np.float64]
    expected: NDArray[np.float64]
    verdict: Verdict
    predictors_why_not: str = ""


@dataclass(frozen=True, eq=False)
class Impact:
    """An evaluation.

    Attributes
    ----------
    title
        Operation or file.
    panel
        What it rests on.
    outcomes
        Headline first; what police work finds last.
    displacement
        Did crime move next door; None when it is not known which units are.
    phases
        Months of each phase that is recorded: first and last covered one.
    bands
        The headline outcome at some distances around the area; empty for a file.
    exploration
        True when the start is not the recorded one.
    provenance
        Automatic choices and their reasons.
    caveats
        Plain sentences that stand beside every view of it.
    """

    title: str
    panel: Panel
    outcomes: tuple[OutcomeImpact, ...]
    displacement: Displacement | None
    phases: Mapping[str, tuple[int, int]]
    bands: tuple[Band, ...]
    exploration: bool
    provenance: dict[str, Any]
    caveats: tuple[str, ...]

    @property
    def headline(self) -> OutcomeImpact:
        """The first outcome."""
        return self.outcomes[0]


def evaluate_panel(
    panel: Panel,
    outcomes: tuple[Outcome, ...],
    *,
    title: str,
    phases: Mapping[str, tuple[int, int | None]] | None = None,
    exploration: bool = False,
    provenance: Mapping[str, Any] | None = None,
    caveats: tuple[str, ...] = (),
    measure_around: Callable[[PlaceboAreas], tuple[Band, ...]] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Impact:
    """Run four stages on every outcome of a panel, and look next door.

    Parameters
    ----------
    panel, outcomes
        Checked, in one order.
    title
        Operation or file.
    phases
        First and last month of each phase; the last is None while it goes on.
    exploration
        True when the start is not the recorded one.
    provenance, caveats
        What the caller knows.
    measure_around
        Measures bands around the area, given the placebo areas.
    progress
        Called with a label, outcomes done and outcomes in all.
    """
    # The matrices here are small: two threads of linear algebra wait for each other longer than they compute, which
    # made an evaluation three times slower or more. The numbers are the same but for the last bit of a few.
    with threadpool_limits(limits=1, user_api="blas"):
        placebos = draw_placebo_areas(panel)
        masks = find_phase_months(panel, phases or {})
        total = len(outcomes) + 1
        results = []
        for done, (outcome, counts) in enumerate(zip(outcomes, panel.counts, strict=True)):
            if progress:
                progress(outcome.name, done, total)
            results.append(_evaluate_outcome(panel, outcome, counts, placebos, masks))
        if progress:
            progress("next door", len(outcomes), total)
        judged = _judge_all(panel, results)
        displacement = measure_displacement(panel, outcomes, placebos, [result.match for result in results])
        bands = measure_around(placebos) if measure_around else ()
    if progress:
        progress("done", total, total)
    return Impact(
        title=title,
        panel=panel,
        outcomes=judged,
        displacement=displacement,
        phases={name: (int(panel.months[mask][0]), int(panel.months[mask][-1])) for name, mask in masks.items()},
        bands=bands,
        exploration=exploration,
        provenance={**_list_choices(panel, placebos), **(provenance or {})},
        caveats=(*list_panel_caveats(panel, outcomes, exploration=exploration), *caveats),
    )


def find_phase_months(panel: Panel, phases: Mapping[str, tuple[int, int | None]]) -> dict[str, NDArray[np.bool_]]:
    """Find the covered months of each phase from the start on; a phase without any is left out."""
    masks = {}
    for name, (first, last) in phases.items():
        mask = panel.after & (panel.months >= first)
        if last is not None:
            mask &= panel.months <= last
        if mask.any():
            masks[name] = mask
    return masks


def _evaluate_outcome(
    panel: Panel,
    outcome: Outcome,
    counts: NDArray[np.float64],
    placebos: PlaceboAreas,
    phases: Mapping[str, NDArray[np.bool_]],
) -> OutcomeImpact:
    effect = estimate_effect(panel, counts, placebos)
    match = match_donors(panel, *describe_units(panel, counts))
    first, second = match_seasons(panel, panel.after)
    area = panel.treated.astype(float) @ counts
    by_predictors, predictors_why_not = _fit_by_predictors(panel, counts, placebos)
    series, controlled, why_not = _fit_both_series(panel, area, counts, phases or {SINCE_START: panel.after})
    return OutcomeImpact(
        outcome=outcome,
        effect=effect,
        phases={name: estimate_effect(panel, counts, placebos, after=mask) for name, mask in phases.items()},
        before_after={
            name: compare_before_after(panel, counts, after=mask)
            for name, mask in {SINCE_START: panel.after, **phases}.items()
        },
        match=match,
        matched=estimate_effect(panel, counts, placebos, donors=match.donors),
        synthetic=fit_forms(panel, counts, placebos) | by_predictors,
        conformal=find_conformal_limits(panel, counts),
        seasons=estimate_effect(panel, counts, placebos, before=first, after=second) if first.any() else UNKNOWN,
        drift=look_for_drift(panel, counts, placebos),
        steps=trace_steps(panel, counts, placebos),
        series=series,
        series_why_not=why_not,
        controlled=controlled,
        ring=estimate_effect(panel, counts, placebos, ring=True) if panel.ring.any() else UNKNOWN,
        observed=area,
        expected=_expect(panel, area, counts, effect),
        verdict=judge(outcome.name, UNKNOWN, months_before=0, before=0.0),
        predictors_why_not=predictors_why_not,
    )


def _fit_by_predictors(
    panel: Panel, counts: NDArray[np.float64], placebos: PlaceboAreas
) -> tuple[dict[str, SyntheticControl], str]:
    """Fit a synthetic control on predictors where there are covariates, or say why it cannot be fitted."""
    if panel.covariates is None:
        return {}, ""
    try:
        fitted = fit_by_predictors(panel, counts, placebos)
    except InputError as why:
        return {}, str(why)
    return {} if fitted is None else {"predictors": fitted}, ""


def _fit_both_series(
    panel: Panel, area: NDArray[np.float64], counts: NDArray[np.float64], phases: Mapping[str, NDArray[np.bool_]]
) -> tuple[InterruptedSeries | None, InterruptedSeries | None, str]:
    used = panel.before | panel.after
    masks = {name: mask[used] for name, mask in phases.items()}
    donors = panel.donors.astype(float) @ counts
    try:
        alone = fit_series(area[used], panel.months[used], masks)
        against = fit_series(area[used], panel.months[used], masks, control=donors[used])
    except InputError as why:
        return None, None, str(why)
    return alone, against, ""


def _expect(
    panel: Panel, area: NDArray[np.float64], counts: NDArray[np.float64], effect: Effect
) -> NDArray[np.float64]:
    """Carry the area forward by its donors, on the level that the effect is measured against. Shape (t,)."""
    donors = panel.donors.astype(float) @ counts
    path = np.full(len(donors), np.nan)
    before = donors[panel.before].sum()
    if before > 0:
        path = donors * area[panel.before].sum() / before
        later = path[panel.after].sum()
        if effect.known and later > 0:
            path[panel.after] *= effect.expected / later
    return path


def _judge_all(panel: Panel, results: list[OutcomeImpact]) -> tuple[OutcomeImpact, ...]:
    # All outcomes are corrected together, so that the same strength of evidence gets the same word wherever it stands.
    survives = adjust_p(np.array([result.effect.p for result in results])) <= FALSE_ALARMS
    judged = []
    for row, result in enumerate(results):
        others = [result.matched, *(one.effect for one in result.synthetic.values())]
        verdict = judge(
            result.outcome.name,
            result.effect,
            months_before=int(panel.before.sum()),
            before=float(result.observed[panel.before].sum()),
            drift=result.drift,
            others=others,
            survives=bool(survives[row]),
            what=result.outcome.what,
        )
        judged.append(replace(result, verdict=verdict))
    return tuple(judged)


def _list_choices(panel: Panel, placebos: PlaceboAreas) -> dict[str, Any]:
    return {
        "estimator": "difference-in-differences on counts, placebo areas for its interval",
        "level": LEVEL,
        "placebo_areas": len(placebos.members),
        "treated_units": int(panel.treated.sum()),
        "next_door_units": int(panel.ring.sum()),
        "donors": int(panel.donors.sum()),
        "months_before": int(panel.before.sum()),
        "months_after": int(panel.after.sum()),
    }


def list_panel_caveats(panel: Panel, outcomes: tuple[Outcome, ...], *, exploration: bool) -> tuple[str, ...]:
    """Say in plain sentences what a reader must know before trusting the figures."""
    before = int(panel.before.sum())
    caveats = []
    if exploration:
        caveats.append(f"This is exploration: it pretends that the operation began in {name_month(panel.start)}.")
    if before < FIRM_BEFORE:
        period = name_period(int(panel.months[panel.before][0]), int(panel.months[panel.before][-1]))
        caveats.append(
            f"Only {before} covered months lie before the start ({period}): the level that the area would have had is "
            f"poorly known, and no verdict is firm. {FIRM_BEFORE} months or more are needed."
        )
    if panel.aside:
        caveats.append(
            f"{list_months(panel.aside)} {'counts' if len(panel.aside) == 1 else 'count'} neither before nor after the "
            "start, because nobody knows whether the operation had begun."
        )
    if panel.missing:
        verb = "is" if len(panel.missing) == 1 else "are"
        caveats.append(
            f"{list_months(panel.missing)} {verb} missing: unknown, not zero, and counted neither before nor after."
        )
    first, last = int(panel.months[0]), int(panel.months[-1])
    for month, what in (
        (SNAP_POINT_REFRESH, "Police.uk changed its map points in July 2022"),
        (LSOA_CHANGE, "The codes of small census areas changed in June 2023"),
    ):
        if first < month <= last:
            caveats.append(f"{what}: a step there that the comparison wards do not share is not an effect.")
    if any(outcome.kind == APART for outcome in outcomes):
        caveats.append(
            "Drugs and possession of weapons stand apart: police work finds them, so that more of them may mean more "
            "work and not more crime."
        )
    if any(outcome.kind == HARM for outcome in outcomes):
        caveats.append("Harm weighs each incident by the mean days of its type; one rare grave crime moves it far.")
    return tuple(caveats)
