"""Did crime move next door? Neighbouring units with matched controls, by outcome, by unit and by type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotspots.analysis.difference_in_differences import contrast_areas, estimate_effect
from hotspots.analysis.displacement import Pair, combine_harm, compare_mix, measure_wdd, measure_wdq
from hotspots.analysis.placebo_areas import fit_spread
from hotspots.analysis.rates import estimate_dispersion
from hotspots.analysis.type_switching import Switching, contrast_mix
from hotspots.analysis.verdict import Answer, decide, write_effect, write_range
from hotspots.pipeline.impact_panel import APART, HARM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hotspots.analysis.difference_in_differences import Effect
    from hotspots.analysis.displacement import Difference
    from hotspots.analysis.matching import Match
    from hotspots.analysis.panel import Panel
    from hotspots.analysis.placebo_areas import PlaceboAreas
    from hotspots.pipeline.impact_panel import Outcome


@dataclass(frozen=True, eq=False)
class OutcomeDisplacement:
    """What happened next door for one outcome.

    Attributes
    ----------
    outcome
        What.
    wdd
        Weighted displacement difference in incidents over the months after the start, controls scaled to the level of
        what they stand beside.
    wdq
        Weighted displacement quotient; NaN where the area did not fall.
    ring
        Difference-in-differences of the units next door, whose interval allows for the drift of places.
    sentence
        In plain words.
    """

    outcome: Outcome
    wdd: Difference
    wdq: float
    ring: Effect
    sentence: str


@dataclass(frozen=True, eq=False)
class Displacement:
    """What was found next door.

    Attributes
    ----------
    outcomes
        One each, in the panel's order; harm weighs the differences of its types where those are known.
    unit_change, unit_low, unit_high
        Logarithm of observed by expected of the headline in each unit, with limits; NaN where nothing was counted.
        What a map shows. Shape (u,).
    mix_types, mix_area, mix_next_door, mix_donors
        Crime types, and the change of each one's share of all after the start. Shape (k,).
    switching, switching_next_door
        The same less the change among the donors, with limits, for the area and for the units next door.
    """

    outcomes: tuple[OutcomeDisplacement, ...]
    unit_change: NDArray[np.float64]
    unit_low: NDArray[np.float64]
    unit_high: NDArray[np.float64]
    mix_types: tuple[str, ...]
    mix_area: NDArray[np.float64]
    mix_next_door: NDArray[np.float64]
    mix_donors: NDArray[np.float64]
    switching: Switching
    switching_next_door: Switching


def measure_displacement(
    panel: Panel, outcomes: tuple[Outcome, ...], placebos: PlaceboAreas, matches: Sequence[Match]
) -> Displacement | None:
    """Compare the units that touch the area with like units far from it.

    Parameters
    ----------
    panel, outcomes, placebos
        As for an evaluation.
    matches
        Matched donors of each outcome: the control area.

    Returns
    -------
    Displacement or None
        None when it is not known which units are next door.
    """
    if not panel.ring.any():
        return None
    found = []
    for outcome, counts, match in zip(outcomes, panel.counts, matches, strict=True):
        wdd = _measure_harm(panel, outcomes, matches) if outcome.kind == HARM else None
        wdd = wdd or _measure(panel, counts, match.donors)
        ring = estimate_effect(panel, counts, placebos, ring=True)
        area, near, control = (_pair(panel, counts, units) for units in (panel.treated, panel.ring, match.donors))
        quotient = measure_wdq(area, near, control)
        found.append(OutcomeDisplacement(outcome, wdd, quotient, ring, _say(outcome, ring)))
    change, low, high = _compare_units(panel, panel.counts[0])
    types = [row for row, outcome in enumerate(outcomes) if len(outcome.types) == 1 and outcome.kind != APART]
    mix = {
        name: compare_mix(*_totals(panel, panel.counts[types], units))
        for name, units in (("area", panel.treated), ("ring", panel.ring), ("donors", panel.donors))
    }
    return Displacement(
        outcomes=tuple(found),
        unit_change=change,
        unit_low=low,
        unit_high=high,
        mix_types=tuple(outcomes[row].name for row in types),
        mix_area=mix["area"],
        mix_next_door=mix["ring"],
        mix_donors=mix["donors"],
        switching=contrast_mix(panel, panel.counts[types], placebos),
        switching_next_door=contrast_mix(panel, panel.counts[types], placebos, ring=True),
    )


def _totals(
    panel: Panel, counts: NDArray[np.float64], units: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    chosen = counts[:, units]
    return chosen[:, :, panel.before].sum(axis=(1, 2)), chosen[:, :, panel.after].sum(axis=(1, 2))


def _pair(panel: Panel, counts: NDArray[np.float64], units: NDArray[np.bool_]) -> Pair:
    return Pair(float(counts[units][:, panel.before].sum()), float(counts[units][:, panel.after].sum()))


def _measure(panel: Panel, counts: NDArray[np.float64], control: NDArray[np.bool_]) -> Difference:
    # One control for both would be counted twice in the error; the donors that are not matched serve next door.
    rest = panel.donors & ~control if (panel.donors & ~control).any() else control
    area, near, far, other = (_pair(panel, counts, units) for units in (panel.treated, panel.ring, control, rest))
    dispersion = estimate_dispersion(counts[panel.donors])

    def scale(control: Pair, pair: Pair) -> float:
        return control.before / pair.before if control.before > 0 and pair.before > 0 else 1.0

    return measure_wdd(
        area,
        far,
        next_door=near,
        next_door_control=other,
        periods=(panel.before.sum() / panel.after.sum(), 1.0),
        sizes=(1.0, scale(far, area), 1.0, scale(other, near)),
        dispersion=dispersion if np.isfinite(dispersion) else 1.0,
    )


def _measure_harm(panel: Panel, outcomes: tuple[Outcome, ...], matches: Sequence[Match]) -> Difference | None:
    """Add up the differences of single types by their harm; None when the types of a panel are not known."""
    rows = [row for row, one in enumerate(outcomes) if len(one.types) == 1 and one.kind not in (APART, HARM)]
    harm = next(row for row, one in enumerate(outcomes) if one.kind == HARM)
    covered = {outcomes[row].types[0] for row in rows}
    if covered != set(outcomes[harm].types):
        return None
    differences = [_measure(panel, panel.counts[row], matches[row].donors) for row in rows]
    return combine_harm(differences, [outcomes[row].days for row in rows])


def _compare_units(
    panel: Panel, counts: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Compare each unit by itself with the donors that do not touch it."""
    u = len(panel.units)
    excluded = np.zeros((u, u)) if panel.touching is None else panel.touching.toarray()
    single = contrast_areas(counts, np.eye(u), excluded, before=panel.before, after=panel.after, donors=panel.donors)
    own = panel.donors
    spread = fit_spread(single.figure[own], single.inverse[own], disjoint=int(own.sum()))
    error = spread.error(single.inverse, inverse_donors=single.inverse_donors)
    change = single.figure - spread.centre
    reach = spread.quantile() * error
    return change, change - reach, change + reach


def _say(outcome: Outcome, ring: Effect) -> str:
    if not ring.known:
        return f"Cannot tell whether {outcome.name} moved next door: too little was counted there."
    best, _span = write_effect(ring.log_ratio, ring.low, ring.high)
    best = best.removesuffix(" than expected").removesuffix(" as expected")
    span = f"{write_range(ring.low, ring.high, against='expected')} ({ring.level * 100:.0f}% interval)"
    answer = decide(ring)
    if answer is Answer.ROSE:
        return f"Next door {outcome.name} rose: {best}, {span}; some may have moved there."
    if answer is Answer.FELL:
        return f"Next door {outcome.name} fell: {best}, {span}; an effect may have spread."
    if answer is Answer.LITTLE:
        return f"Little change of {outcome.name} next door: {span}."
    return f"Cannot tell whether {outcome.name} moved next door: {span} fits the figures."
