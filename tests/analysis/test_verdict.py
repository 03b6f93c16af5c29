"""The verdict: what can be told, how firmly, and never a bare p-value."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspots.analysis.difference_in_differences import UNKNOWN, Effect, make_effect
from hotspots.analysis.event_study import Drift
from hotspots.analysis.verdict import Answer, describe_limits, judge, write_effect, write_percent, write_range


def effect(ratio: float, error: float, *, observed: float = 900.0) -> Effect:
    chance = np.linspace(-2.5, 2.5, 99)
    return make_effect(float(np.log(ratio)), error, 40, observed=observed, chance=chance)


CALM = Drift(effect(1.01, 0.1), 0.02)


@pytest.mark.parametrize(
    ("ratio", "error", "answer"),
    [
        (0.7, 0.05, Answer.FELL),
        (1.5, 0.05, Answer.ROSE),
        (1.0, 0.02, Answer.LITTLE),
        (0.9, 0.2, Answer.CANNOT_TELL),
        (1.0, 0.2, Answer.CANNOT_TELL),
    ],
)
def test_the_interval_decides(ratio: float, error: float, answer: Answer) -> None:
    verdict = judge("burglary", effect(ratio, error), months_before=24, before=800, drift=CALM)
    assert verdict.answer is answer
    assert verdict.firm is (answer is not Answer.CANNOT_TELL)
    assert "95% interval" in verdict.sentence
    assert "incidents" in verdict.sentence


def test_a_firm_fall_reads_as_one() -> None:
    verdict = judge("burglary", effect(0.7, 0.05), months_before=24, before=800, drift=CALM)
    assert verdict.sentence == (
        "Burglary fell: 30% fewer than expected, between 37% fewer and 23% fewer (95% interval); "
        "386 incidents fewer than expected (−522 to −262)."
    )
    assert verdict.rests_on.startswith(
        "It rests on 800 incidents in 24 covered months before the start, 900 after it; of"
    )


@pytest.mark.parametrize(
    ("changes", "doubt"),
    [
        ({"months_before": 4}, "Only 4 covered months lie before the start; 12 are needed"),
        ({"before": 12}, "Only 12 incidents were counted"),
        ({"drift": None}, "Too few months before the start to see whether"),
        ({"drift": Drift(effect(0.7, 0.05), -0.5)}, "drifting before the start already"),
        ({"others": [effect(1.2, 0.1)]}, "points the other way"),
        ({"survives": False}, "to be expected by chance"),
    ],
)
def test_each_doubt_makes_it_tentative_and_is_said(changes: dict[str, object], doubt: str) -> None:
    given = {"months_before": 24, "before": 800.0, "drift": CALM, "others": [effect(0.8, 0.1), UNKNOWN]}
    verdict = judge("burglary", effect(0.7, 0.05), **{**given, **changes})
    assert verdict.answer is Answer.FELL
    assert not verdict.firm
    assert verdict.sentence.startswith("Signs that burglary fell: 30% fewer")
    assert any(doubt in one for one in verdict.because)


def test_nothing_counted_cannot_be_told() -> None:
    verdict = judge("arson", UNKNOWN, months_before=24, before=0, drift=None)
    assert verdict.answer is Answer.CANNOT_TELL
    assert verdict.sentence.startswith("Cannot tell for arson: no incidents were counted")


def test_what_cannot_be_told_says_what_would_have_been_seen() -> None:
    verdict = judge("violence", effect(1.0, 0.2), months_before=4, before=300)
    assert re.match(r"A change of at least \d+% fewer or \d+% more would have been seen", verdict.change_our_mind)
    assert "earlier months" in verdict.change_our_mind


@given(ratio=st.floats(0.05, 30), error=st.floats(0.001, 2), months=st.integers(3, 60), before=st.floats(0, 1e6))
def test_every_text_is_a_sentence_with_an_interval_and_no_p(
    ratio: float, error: float, months: int, before: float
) -> None:
    verdict = judge("crime", effect(ratio, error), months_before=months, before=before)
    assert "interval" in verdict.sentence
    for text in (verdict.sentence, *verdict.because, verdict.rests_on, verdict.change_our_mind):
        assert text[0].isupper()
        assert text.endswith(".")
        assert not re.search(r"\bp\s*[=<>]|nan|inf\b|significan", text)


def test_changes_in_words() -> None:
    assert write_percent(float(np.log(0.88))) == "12% fewer"
    assert write_percent(float(np.log(3))) == "3.0 times as many"
    assert write_percent(0.001) == "less than 1% more"
    assert write_percent(-0.001) == "less than 1% fewer"
    assert write_percent(10.0) == "more than 20 times as many"
    assert write_range(float(np.log(0.5)), float(np.log(1.2))) == "between 50% fewer and 20% more"


def test_an_effect_keeps_to_one_unit() -> None:
    said = write_effect(*np.log((2.5, 1.37, 4.61)))
    assert said == ("2.5 times as many as expected", "between 1.4 and 4.6 times as many")
    assert write_effect(*np.log((1.2, 0.6, 2.4)))[0] == "1.2 times as many as expected"
    assert write_effect(0.001, -0.1, 0.1)[0] == "less than 1% more than expected"
    assert write_range(*np.log((0.6, 2.4)), against="expected") == "between 0.6 and 2.4 times as many as expected"
    assert write_range(-9.0, 9.0) == "between less than 0.1 and more than 20 times as many"


@pytest.mark.parametrize("ratio", [0.999, 1.0, 1.001])
def test_what_cannot_be_told_is_never_said_to_be_no_change(ratio: float) -> None:
    verdict = judge("crime", effect(ratio, 0.3), months_before=24, before=1_000)
    assert verdict.answer is Answer.CANNOT_TELL
    assert "no change" not in verdict.sentence
    assert "the best estimate is less than 1%" in verdict.sentence


def test_no_effect_to_speak_of_has_no_change() -> None:
    assert not replace(UNKNOWN, observed=5.0).known


@pytest.mark.parametrize(
    ("ratios", "firm", "said"),
    [
        ((0.7, 0.6, 0.8), True, "30% fewer than expected, between 40% fewer and 20% fewer."),
        ((1.5, 1.2, 1.9), False, "Signs of a rise, not firm: 50% more than expected, between 20% more and 90% more."),
        ((1.0, 0.95, 1.05), True, "Little change: between 5% fewer and 5% more."),
        ((0.9, 0.5, 1.6), True, "Cannot tell: anything between 50% fewer and 60% more fits."),
    ],
)
def test_limits_are_one_sentence_with_the_interval(ratios: tuple[float, ...], firm: bool, said: str) -> None:
    assert describe_limits(*np.log(ratios), firm=firm) == said


def test_limits_say_what_they_are_against() -> None:
    assert describe_limits(*np.log((1.5, 1.2, 1.9)), against="before").startswith("50% more than before")
