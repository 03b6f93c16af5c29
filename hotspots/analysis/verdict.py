"""The verdict in plain words: what changed, how surely, how many incidents, and what would change our mind.

One rule for every outcome. The interval of the default estimate decides whether anything can be told at all; "cannot
tell" is a verdict, and an interval that holds little change is one as well. What speaks against a firm word (few months
before, a drift before the start, methods that disagree, many outcomes looked at) makes it tentative, and is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from hotspots.analysis.panel import FIRM_BEFORE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hotspots.analysis.difference_in_differences import Effect
    from hotspots.analysis.event_study import Drift

LITTLE = 0.1
"""An interval within a tenth either way holds little change."""
FEW = 30.0
"""Incidents before the start below which chance alone makes any ratio possible."""
_MUCH = 20.0
_TWICE = 2.0
"""From twice on, percentages mislead."""


class Answer(StrEnum):
    """What can be told."""

    FELL = "fell"
    ROSE = "rose"
    LITTLE = "little change"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True)
class Verdict:
    """What can be told of one outcome.

    Attributes
    ----------
    answer
        Fell, rose, little change or cannot tell, against what would have been expected.
    firm
        False when something speaks against a firm word.
    sentence
        One sentence with the effect, its interval and the incidents.
    because
        What speaks against a firm word, or keeps us from telling. Sentences.
    rests_on
        What the figure rests on. One sentence.
    change_our_mind
        What would. One sentence.
    """

    answer: Answer
    firm: bool
    sentence: str
    because: tuple[str, ...]
    rests_on: str
    change_our_mind: str


def write_percent(log_ratio: float, *, times: bool = False) -> str:
    """Write a change as people say it: ``12% fewer``, ``4.0 times as many``, ``less than 1% more``.

    It never says that nothing changed: that would be a finding, and stands beside “cannot tell” too.

    Parameters
    ----------
    log_ratio
        Logarithm of the ratio.
    times
        Whether to write it in times as many, however small it is: a sentence keeps to one unit.
    """
    ratio = float(np.exp(log_ratio))
    if times or ratio >= _TWICE:
        return f"{_write_times(ratio)} times as many"
    percent = round(abs(ratio - 1) * 100)
    return f"{f'{percent}%' if percent else 'less than 1%'} {'more' if ratio > 1 else 'fewer'}"


def _write_times(ratio: float) -> str:
    if not np.isfinite(ratio) or ratio >= _MUCH:
        return f"more than {_MUCH:.0f}"
    return f"{ratio:.1f}" if ratio >= LITTLE else "less than 0.1"


def write_range(low: float, high: float, *, against: str = "") -> str:
    """Write an interval in one unit: ``between 24% fewer and 32% more``, ``between 1.4 and 4.6 times as many``.

    Parameters
    ----------
    low, high
        Logarithms of its ends.
    against
        What it is held against, such as ``expected``; nothing is said of it by default.
    """
    if float(np.exp(high)) >= _TWICE:
        ends = [_write_times(float(np.exp(end))) for end in (low, high)]
        said = f"between {ends[0]} and {ends[1]}" if ends[0] != ends[1] else ends[0]
        return f"{said} times as many{f' as {against}' if against else ''}"
    return f"between {write_percent(low)} and {write_percent(high)}{f' than {against}' if against else ''}"


def write_effect(log_ratio: float, low: float, high: float, *, against: str = "expected") -> tuple[str, str]:
    """Write an effect against something, and its interval, both in one unit.

    Returns
    -------
    tuple of str
        Such as ``12% fewer than expected`` and ``between 20% fewer and 3% fewer``, or ``2.5 times as many as
        expected`` and ``between 1.4 and 4.6 times as many``.
    """
    best = write_percent(log_ratio, times=float(np.exp(high)) >= _TWICE)
    return f"{best} {'as' if best.endswith('as many') else 'than'} {against}", write_range(low, high)


def describe_limits(log_ratio: float, low: float, high: float, *, firm: bool = True, against: str = "expected") -> str:
    """Write an effect as one short sentence with its interval, and whether it can be told from none."""
    best, span = write_effect(log_ratio, low, high, against=against)
    if high < 0 or low > 0:
        said = f"{best[0].upper()}{best[1:]}, {span}."
        return said if firm else f"Signs of a {'fall' if high < 0 else 'rise'}, not firm: {said[0].lower()}{said[1:]}"
    if low > np.log(1 - LITTLE) and high < np.log(1 + LITTLE):
        return f"Little change: {span}."
    return f"Cannot tell: anything {span} fits."


def judge(
    outcome: str,
    effect: Effect,
    *,
    months_before: int,
    before: float,
    drift: Drift | None = None,
    others: Sequence[Effect] = (),
    survives: bool = True,
    what: str = "incidents",
) -> Verdict:
    """Judge one outcome.

    Parameters
    ----------
    outcome
        Its name, as it stands within a sentence.
    effect
        The default estimate.
    months_before
        Covered months before the start.
    before
        Amount counted in the area in them.
    drift
        Drift before the start; None when it cannot be looked for.
    others
        The same effect by other methods, or on other donors.
    survives
        False when it would not stand out among all outcomes that were looked at.
    what
        What is counted.

    Returns
    -------
    Verdict
        Each clause a plain sentence with its numbers.
    """
    rests_on = _rest(effect, months_before, before, what)
    if not effect.known:
        return Verdict(
            Answer.CANNOT_TELL,
            firm=False,
            sentence=f"Cannot tell for {outcome}: no {what} were counted in the area on either side of the start.",
            because=(f"Nothing was counted for {outcome}.",),
            rests_on=rests_on,
            change_our_mind="Months in which something was counted.",
        )
    answer = decide(effect)
    because = [*_doubt_footing(months_before, before, drift, what)]
    if answer in (Answer.FELL, Answer.ROSE):
        if any(one.known and one.log_ratio * effect.log_ratio < 0 for one in others):
            because.append("Another method, or another choice of comparison areas, points the other way.")
        if not survives:
            because.append("Among this many outcomes one such figure is to be expected by chance.")
    return Verdict(
        answer,
        firm=answer is not Answer.CANNOT_TELL and not because,
        sentence=_say(outcome, effect, answer, firm=not because, what=what),
        because=tuple(because),
        rests_on=rests_on,
        change_our_mind=_change(effect, answer, months_before),
    )


def decide(effect: Effect) -> Answer:
    """Read the answer off the interval."""
    if effect.high < 0:
        return Answer.FELL
    if effect.low > 0:
        return Answer.ROSE
    if effect.low > np.log(1 - LITTLE) and effect.high < np.log(1 + LITTLE):
        return Answer.LITTLE
    return Answer.CANNOT_TELL


def _say(outcome: str, effect: Effect, answer: Answer, *, firm: bool, what: str) -> str:
    level = f"{effect.level * 100:.0f}% interval"
    low, high = effect.change_limits
    amount = f"{abs(effect.change):,.0f} {what} {'fewer' if effect.change < 0 else 'more'} than expected"
    limits = f"{_signed(low)} to {_signed(high)}"
    best, span = write_effect(effect.log_ratio, effect.low, effect.high)
    if answer is Answer.CANNOT_TELL:
        anything = write_range(effect.low, effect.high, against="expected")
        return (
            f"Cannot tell whether {outcome} changed: anything {anything} fits the figures ({level}; {limits} {what}); "
            f"the best estimate is {best}."
        )
    if answer is Answer.LITTLE:
        return f"Little change in {outcome}: {span} than expected ({level}; {limits} {what})."
    verb = "fell" if answer is Answer.FELL else "rose"
    head = f"{outcome[0].upper()}{outcome[1:]} {verb}" if firm else f"Signs that {outcome} {verb}"
    return f"{head}: {best}, {span} ({level}); {amount} ({limits})."


def _signed(amount: float) -> str:
    return f"{amount:+,.0f}".replace("-", "−") if round(amount) else "0"


def _doubt_footing(months_before: int, before: float, drift: Drift | None, what: str) -> list[str]:
    doubts = []
    if months_before < FIRM_BEFORE:
        doubts.append(
            f"Only {months_before} covered months lie before the start; {FIRM_BEFORE} are needed for a full round of "
            "seasons."
        )
    if before < FEW:
        doubts.append(f"Only {before:,.0f} {what} were counted in the area before the start.")
    if drift is None:
        doubts.append("Too few months before the start to see whether the area was already drifting.")
    elif drift.seen:
        doubts.append(
            f"The area was drifting before the start already ({write_percent(drift.effect.log_ratio)} in the second "
            f"half of that time than in the first, {write_range(drift.effect.low, drift.effect.high)})."
        )
    return doubts


def _rest(effect: Effect, months_before: int, before: float, what: str) -> str:
    text = f"{before:,.0f} {what} in {months_before} covered months before the start, {effect.observed:,.0f} after it"
    if not effect.of:
        return f"It rests on {text}."
    return (
        f"It rests on {text}; of {effect.of} like areas made up of other wards, where nothing was done, {effect.rank} "
        "moved at least as far for their size."
    )


def _change(effect: Effect, answer: Answer, months_before: int) -> str:
    if answer is Answer.CANNOT_TELL:
        more = f"A change of at least {_visible(effect)} would have been seen four times in five"
        if months_before < FIRM_BEFORE:
            return f"{more}; earlier months would bring that down."
        return f"{more}; a smaller one needs more months or a larger area."
    return (
        "A drift of like size in comparable areas, or a change in how these incidents are recorded in the area alone, "
        "would change our mind."
    )


def _visible(effect: Effect) -> str:
    return f"{(1 - float(np.exp(-effect.visible))) * 100:.0f}% fewer or {write_percent(effect.visible)}"
