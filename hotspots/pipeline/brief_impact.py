"""Pictures of an evaluation: observed against expected, the effect by outcome, and what changed next door."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from hotspots.analysis.verdict import Answer, decide
from hotspots.errors import InputError
from hotspots.months import name_period
from hotspots.pipeline.brief_frame import list_breaks, recall, source_line, write_address
from hotspots.pipeline.brief_operations import band_months, need_operation, read_ledger_version
from hotspots.pipeline.ground import lay_ground
from hotspots.pipeline.impact_bands import EDGES
from hotspots.pipeline.impact_operation import assess_recorded, lay_panel
from hotspots.pipeline.impact_panel import APART, HARM
from hotspots.pipeline.impact_places import CHANGE_CLASSES, choose_change_cells, map_laid_change
from hotspots.pipeline.operation_area import place_area
from hotspots.views.change_map import CHANGE_FILLS, CHANGE_LETTERS
from hotspots.views.impact_pictures import ForestPicture, ForestRow, ImpactPicture, write_effect
from hotspots.views.painted import Heading, Listing, Look, Outline, Paint
from hotspots.views.pictures import Fact, MapPicture
from hotspots.views.wording import MINUS, write_number

if TYPE_CHECKING:
    from collections.abc import Container

    from hotspots.analysis.difference_in_differences import Effect
    from hotspots.pipeline.brief_frame import Wish
    from hotspots.pipeline.impact import Impact, OutcomeImpact
    from hotspots.pipeline.impact_operation import RecordedOperation
    from hotspots.pipeline.impact_places import ChangeMap

_REFRESH = "Police.uk changed"
_FELL = {True: "fell", False: "seems to have fallen"}
_ROSE = {True: "rose", False: "seems to have risen"}


def assess_wish(wish: Wish) -> tuple[RecordedOperation, Impact]:
    """Evaluate the operation that a picture is of; pictures of one pack share the answer."""
    operation = need_operation(wish)
    version = read_ledger_version(wish)
    key = ("impact", version, operation.record, wish.query.start)
    return operation, recall(
        wish.world,
        key,
        lambda: assess_recorded(wish.world, operation, start=wish.query.start, progress=wish.progress),
    )


def make_impact(wish: Wish) -> ImpactPicture:
    """Make observed against expected by month for one outcome, the verdict as its title."""
    operation, impact = assess_wish(wish)
    one = _choose_outcome(impact, wish.query.measure)
    panel, effect = impact.panel, one.effect
    months = np.arange(int(panel.months[0]), int(panel.months[-1]) + 1, dtype=np.int64)
    at = panel.months - months[0]
    observed, expected, low, high = (np.full(len(months), np.nan) for _ in range(4))
    observed[at], expected[at] = one.observed, one.expected
    after = at[panel.after]
    if effect.known:
        # The limits of the whole effect, carried by each month's share of what was expected.
        low[after] = expected[after] * np.exp(effect.log_ratio - effect.high)
        high[after] = expected[after] * np.exp(effect.log_ratio - effect.low)
    verdict = one.verdict
    return ImpactPicture(
        title=f"{impact.title}: {say_verdict(one)}",
        subtitle=f"{operation.value.area.name} · {name_period(int(months[0]), int(months[-1]))} · observed, and what "
        "comparison areas make of it",
        facts=_list_effect_facts(one),
        **_frame(
            wish,
            operation,
            impact,
            about={one.outcome.kind},
            more=_say_doubts(verdict.because),
        ),
        months=months,
        observed=observed,
        expected=expected,
        low=low,
        high=high,
        start=panel.start,
        aside=panel.aside,
        value_title=f"{_capital(one.outcome.name)}: {one.outcome.what} a month in {operation.value.area.name}",
        level=effect.level if effect.known else 0.95,
        sentences=(verdict.sentence, verdict.rests_on, verdict.change_our_mind),
        phases=band_months(operation, last=int(months[-1]) + 1),
        events=list_breaks(wish.world, int(months[0]), int(months[-1])),
    )


def _choose_outcome(impact: Impact, name: str) -> OutcomeImpact:
    if not name:
        return impact.headline
    for one in impact.outcomes:
        if one.outcome.name == name:
            return one
    known = ", ".join(one.outcome.name for one in impact.outcomes)
    raise InputError(f"“{name}” is not an outcome of this evaluation; choose one of: {known}.")


def say_verdict(one: OutcomeImpact) -> str:
    """Say the verdict of an outcome in a title: the effect with its interval, or that nothing can be told."""
    name, effect = one.outcome.name, one.effect
    if not effect.known:
        return f"cannot tell for {name}, too little was counted"
    span = f"interval {write_effect(effect.low)} to {write_effect(effect.high)}"
    match one.verdict.answer:
        case Answer.FELL:
            return f"{name} {_FELL[one.verdict.firm]} {_amount(effect)}, {span}"
        case Answer.ROSE:
            return f"{name} {_ROSE[one.verdict.firm]} {_amount(effect)}, {span}"
        case Answer.LITTLE:
            return f"little change of {name}, {span}"
    return f"cannot tell whether {name} changed, {span}"


def _amount(effect: Effect) -> str:
    return write_effect(effect.log_ratio).lstrip(f"+{MINUS}")


def _list_effect_facts(one: OutcomeImpact) -> tuple[Fact, ...]:
    effect, what = one.effect, one.outcome.what
    if not effect.known:
        return (Fact("Change", "–", "too little was counted"),)
    level = f"{effect.level * 100:.0f}% interval"
    low, high = effect.change_limits
    if one.verdict.answer is Answer.CANNOT_TELL:  # the range is the finding; one figure in it is not
        change = (
            Fact(
                f"Change against expected, {level}",
                f"{write_effect(effect.low)} to {write_effect(effect.high)}",
                f"best estimate {write_effect(effect.log_ratio)}",
            ),
            Fact(
                f"{_capital(what)} against expected, {level}",
                f"{_signed(low)} to {_signed(high)}",
                f"best estimate {_signed(effect.change)}",
            ),
        )
    else:
        change = (
            Fact(
                "Change against expected",
                write_effect(effect.log_ratio),
                f"{level} {write_effect(effect.low)} to {write_effect(effect.high)}",
            ),
            Fact(
                f"{_capital(what)} {'fewer' if effect.change < 0 else 'more'} than expected",
                write_number(abs(effect.change)),
                f"{level} {_signed(low)} to {_signed(high)}",
            ),
        )
    return (
        *change,
        Fact("Observed since the start", write_number(effect.observed), what),
        Fact("Expected without the operation", write_number(effect.expected), what),
    )


def _signed(value: float) -> str:
    return f"{'+' if value > 0 else ''}{write_number(value)}"


def make_forest(wish: Wish) -> ForestPicture:
    """Make the effect on every outcome with its interval, what police work finds apart."""
    operation, impact = assess_wish(wish)
    rows = tuple(
        ForestRow(
            name=one.outcome.name,
            log_ratio=one.effect.log_ratio if one.effect.known else float("nan"),
            low=one.effect.low if one.effect.known else float("nan"),
            high=one.effect.high if one.effect.known else float("nan"),
            verdict=_say_answer(one),
            apart=one.outcome.kind == APART,
        )
        for one in impact.outcomes
    )
    harm = [one for one in impact.outcomes if one.outcome.kind != APART]
    clear = [one for one in harm if one.verdict.answer in (Answer.FELL, Answer.ROSE)]
    fell = sum(one.verdict.answer is Answer.FELL for one in harm)
    rose = len(clear) - fell
    if clear:
        unsure = "" if any(one.verdict.firm for one in clear) else ", none of them firmly"
        told = f"of {len(harm)} outcomes {fell or 'none'} fell and {rose or 'none'} rose{unsure}"
    else:
        little = sum(one.verdict.answer is Answer.LITTLE for one in harm)
        told = (
            f"little change in {little} of {len(harm)} outcomes, cannot tell for the rest"
            if 0 < little < len(harm)
            else f"{'little change in all' if little else 'cannot tell for any of'} {len(harm)} outcomes"
        )
    panel = impact.panel
    before, after = panel.months[panel.before], panel.months[panel.after]
    return ForestPicture(
        title=f"{impact.title}: {told}",
        subtitle=f"{operation.value.area.name} · {name_period(int(after[0]), int(after[-1]))} against what comparison "
        f"areas make of {name_period(int(before[0]), int(before[-1]))} · change with 95% interval",
        **_frame(wish, operation, impact, about={APART, HARM}),
        rows=rows,
        level=impact.headline.effect.level if impact.headline.effect.known else 0.95,
    )


def _say_answer(one: OutcomeImpact) -> str:
    answer = one.verdict.answer
    if answer in (Answer.FELL, Answer.ROSE) and not one.verdict.firm:
        return f"{answer.value}, tentative"
    return answer.value


def _say_doubts(because: tuple[str, ...]) -> tuple[str, ...]:
    """Keep what the caveats of the whole evaluation do not say already: they count the months before the start."""
    return tuple(text for text in because if not text.startswith("Only "))


def _frame(
    wish: Wish,
    operation: RecordedOperation,
    impact: Impact,
    *,
    about: Container[str] = (),
    more: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Return what a picture of an evaluation carries, without caveats of kinds of outcome that it does not show."""
    other = {APART: "Drugs and possession", HARM: "Harm weighs"}
    unshown = tuple(words for kind, words in other.items() if kind not in about)
    return {
        "notes": (*more, *(text for text in impact.caveats if not unshown or not text.startswith(unshown))),
        "method": (
            f"Effect: the area’s change less that of {impact.provenance['donors']:,} comparison wards that do not "
            f"touch it (difference-in-differences); its interval is what {impact.provenance['placebo_areas']:,} "
            "made-up areas did where nothing was done (placebo areas)."
        ),
        "source": source_line(wish.world),
        "data_version": wish.world.data_version,
        "made_on": wish.day,
        "marking": wish.marking,
        "address": write_address("impact", wish.query, operation=operation.record),
    }


def make_displacement(wish: Wish) -> MapPicture:
    """Make the map of change in and around the area, with rings, and the effect at each distance beside it."""
    operation, impact = assess_wish(wish)
    found = recall(
        wish.world,
        ("change map", read_ledger_version(wish), operation.record, wish.query.start, wish.query.measure),
        lambda: _map_change(wish, operation),
    )
    codes = [code for code in CHANGE_CLASSES if found.count(code)]
    at = {code: position for position, code in enumerate(codes)}
    rows = [
        (f"{band.inner:,.0f} to {band.outer:,.0f} m", *_write_effect(band.effect), _say(band.effect))
        for band in impact.bands
    ]
    next_door = impact.displacement.outcomes[0].ring if impact.displacement is not None else None
    if next_door is not None:
        rows.append(("Wards next door", *_write_effect(next_door), _say(next_door)))
    rings = tuple(
        Outline(shapely.buffer(found.outline, metres), "Distance from the area", "ring", _name_metres(metres))
        for metres in EDGES
    )
    west, south, east, north = shapely.bounds(rings[-1].shape)
    placed = place_area(wish.world, operation.value.area)
    wards = () if placed.drawn else tuple(wish.world.boundaries.codes[ward] for ward in placed.wards)
    return MapPicture(
        title=f"{impact.title}: {_say_next_door(next_door, impact.headline.outcome.name)}",
        subtitle=found.sentence,
        facts=_list_ring_facts(impact, next_door),
        **_frame(wish, operation, impact, more=_trim(found.caveats)),
        boundaries=wish.world.boundaries,
        highlight=wards,
        highlight_name=operation.value.area.name if wards else "",
        extent=(float(west), float(south), float(east), float(north)),
        paint=Paint(
            title=f"Change of {found.outcome} by place, against places farther away",
            noun="cells",
            looks=tuple(
                Look(
                    CHANGE_CLASSES[code],
                    CHANGE_FILLS[code],
                    write_number(found.count(code)),
                    CHANGE_LETTERS.get(code, ""),
                )
                for code in codes
            ),
            index=np.array([at[code] for code in found.cells["code"].tolist()], dtype=np.int64),
            shapes=found.shapes,
            cell=found.choice.size,
        ),
        outlines=(*([] if wards else [Outline(found.outline, operation.value.area.name)]), *rings),
        listing=Listing(
            title="Did it move? Change against expected",
            heads=(Heading("Distance", "left"), Heading("Change"), Heading("95% interval"), Heading("Verdict", "left")),
            rows=tuple(rows),
            empty="Too little was counted around the area.",
        ),
    )


def _trim(caveats: tuple[str, ...]) -> tuple[str, ...]:
    """Leave out of the map's caveats what those of the evaluation say of July 2022, but for the size of the cells."""
    return tuple(
        f"Places are compared{text.partition('places are compared')[2]}" if text.startswith(_REFRESH) else text
        for text in caveats
    )


def _map_change(wish: Wish, operation: RecordedOperation) -> ChangeMap:
    laid = lay_panel(wish.world, operation, start=wish.query.start)
    choice = choose_change_cells(wish.world, laid)
    ground = recall(wish.world, ("ground", choice), lambda: lay_ground(wish.world, choice))
    return map_laid_change(wish.world, laid, outcome=wish.query.measure, ground=ground)


def _write_effect(effect: Effect) -> tuple[str, str]:
    if not effect.known:
        return "–", "–"
    return write_effect(effect.log_ratio), f"{write_effect(effect.low)} to {write_effect(effect.high)}"


def _say(effect: Effect) -> str:
    return decide(effect).value if effect.known else Answer.CANNOT_TELL.value


def _name_metres(metres: float) -> str:
    return f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"  # noqa: PLR2004 - metres in a kilometre


def _say_next_door(effect: Effect | None, name: str) -> str:
    if effect is None or not effect.known:
        return f"cannot tell whether {name} moved next door"
    span = f"interval {write_effect(effect.low)} to {write_effect(effect.high)}"
    answer = decide(effect)
    if answer is Answer.ROSE:
        return f"{name} rose next door by {_amount(effect)}, {span}"
    if answer is Answer.FELL:
        return f"{name} fell next door too, by {_amount(effect)}, {span}"
    if answer is Answer.LITTLE:
        return f"little change of {name} next door, {span}"
    return f"cannot tell whether {name} moved next door, {span}"


def _list_ring_facts(impact: Impact, next_door: Effect | None) -> tuple[Fact, ...]:
    facts = []
    for label, effect in (("In the area", impact.headline.effect), ("Next door", next_door)):
        if effect is not None and effect.known:
            change, span = _write_effect(effect)
            facts.append(Fact(label, change, f"{effect.level * 100:.0f}% interval {span}"))
    return tuple(facts)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
