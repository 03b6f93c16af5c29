"""Changes in plain words."""

from __future__ import annotations

import pytest

from hotspots.pipeline.figures import Change, say_year


@pytest.mark.parametrize(
    ("ratio", "low", "high", "words"),
    [
        (1.2, 1.1, 1.3, "up 20% on May 2022 (+10% to +30%)"),
        (0.8, 0.7, 0.9, "down 20% on May 2022 (−30% to −10%)"),
        (1.01, 0.998, 1.05, "no clear change on May 2022 (0% to +5%)"),
        (0.99, 0.95, 1.004, "no clear change on May 2022 (−5% to 0%)"),
        (1.004, 1.001, 1.006, "no clear change on May 2022 (0% to +1%)"),
        (1.31, 1.002, 1.73, "no clear change on May 2022 (0% to +73%)"),
        (1.5, 0.9, float("inf"), "no clear change on May 2022 (−10% to no limit)"),
    ],
)
def test_a_change_reads_as_people_write_it(ratio: float, low: float, high: float, words: str) -> None:
    assert Change("May 2022", 100, ratio, low, high).sentence == words


def test_what_cannot_be_compared_is_said() -> None:
    assert Change("January 2022", None).sentence == "January 2022 is missing: no comparison"
    assert Change("May 2022", 0).sentence == "none in May 2022 to compare with"


@pytest.mark.parametrize(
    ("limits", "may_be_chance", "words"),
    [
        ((1.18, 1.06, 1.32), True, "18% more than the year before, which may be chance (+6% to +32%)"),
        ((0.82, 0.7, 0.9), False, "18% fewer than the year before (−30% to −10%)"),
        ((1.31, 1.003, 1.73), False, "no clear change on the year before (0% to +73%)"),
        ((1.1, 0.9, 1.3), True, "no clear change on the year before (−10% to +30%)"),
        ((float("inf"), 2.0, float("inf")), True, "too few to compare with the year before"),
    ],
)
def test_a_year_is_said_no_more_firmly_than_it_is_known(
    limits: tuple[float, float, float], may_be_chance: bool, words: str
) -> None:
    assert say_year(Change("the year before", 100, *limits), may_be_chance=may_be_chance) == words
