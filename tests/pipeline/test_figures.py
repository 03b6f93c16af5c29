"""Changes in plain words."""

from __future__ import annotations

import pytest

from hotspots.pipeline.figures import Change


@pytest.mark.parametrize(
    ("ratio", "low", "high", "words"),
    [
        (1.2, 1.1, 1.3, "up 20% on May 2022 (+10% to +30%)"),
        (0.8, 0.7, 0.9, "down 20% on May 2022 (−30% to −10%)"),
        (1.01, 0.998, 1.05, "no clear change on May 2022 (0% to +5%)"),
        (0.99, 0.95, 1.004, "no clear change on May 2022 (−5% to 0%)"),
        (1.004, 1.001, 1.006, "up by less than 1% on May 2022 (0% to +1%)"),
        (1.5, 0.9, float("inf"), "no clear change on May 2022 (−10% to no limit)"),
    ],
)
def test_a_change_reads_as_people_write_it(ratio: float, low: float, high: float, words: str) -> None:
    assert Change("May 2022", 100, ratio, low, high).sentence == words


def test_what_cannot_be_compared_is_said() -> None:
    assert Change("January 2022", None).sentence == "January 2022 is missing: no comparison"
    assert Change("May 2022", 0).sentence == "none in May 2022 to compare with"
