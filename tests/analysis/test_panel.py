"""The door of every evaluation: what cannot be compared is refused in one sentence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hotspots.analysis.panel import check_panel
from hotspots.errors import InputError
from tests.analysis.made_panels import MAY_2020, chain, draw_counts, make_panel


def test_a_sound_panel_passes_and_knows_its_neighbours() -> None:
    panel = make_panel(draw_counts(12, 20), [5, 6], before=8, touching=chain(12))
    check_panel(panel)
    assert np.flatnonzero(panel.ring).tolist() == [4, 7]
    assert np.flatnonzero(panel.donors).tolist() == [0, 1, 2, 3, 8, 9, 10, 11]
    assert (panel.before.sum(), panel.after.sum()) == (8, 12)


def test_months_aside_and_missing_are_on_neither_side() -> None:
    panel = make_panel(draw_counts(12, 20), [5], before=8)
    panel = replace(panel, aside=(MAY_2020 + 7,))
    assert (panel.before.sum(), panel.after.sum()) == (7, 12)
    gap = replace(panel, months=np.delete(panel.months, 15), counts=np.delete(panel.counts, 15, axis=2))
    assert gap.missing == (MAY_2020 + 15,)


def test_another_start_is_checked_again() -> None:
    panel = make_panel(draw_counts(12, 20), [5], before=8)
    assert panel.starting(MAY_2020 + 10).before.sum() == 10
    with pytest.raises(InputError, match="Only 2 covered months before July 2020: at least 3 are needed, and 12 for"):
        panel.starting(MAY_2020 + 2)


@pytest.mark.parametrize("start", [MAY_2020 - 5, MAY_2020, MAY_2020 + 20])
def test_a_start_outside_the_data_is_refused(start: int) -> None:
    panel = replace(make_panel(draw_counts(12, 20), [5], before=8), start=start)
    with pytest.raises(InputError, match="the data run from May 2020 to December 2021; choose a start inside"):
        check_panel(panel)


def test_what_has_nothing_to_compare_with_is_refused() -> None:
    counts = draw_counts(7, 20)
    with pytest.raises(InputError, match="Only 4 units are left to compare with"):
        check_panel(make_panel(counts, [3], before=8, touching=chain(7)))
    check_panel(make_panel(counts, [3], before=8))
    with pytest.raises(InputError, match="No unit is treated"):
        check_panel(make_panel(counts, [], before=8))


def test_an_outcome_without_events_is_named() -> None:
    panel = make_panel(draw_counts(12, 20), [5], before=8)
    empty = replace(panel, outcomes=("crime", "arson"), counts=np.stack([panel.counts[0], np.zeros((12, 20))]))
    with pytest.raises(InputError, match="outcome “arson” has no events in any unit or month; leave it out"):
        check_panel(empty)


def test_a_missing_covariate_is_named_with_its_unit() -> None:
    covariates = np.ones((12, 2))
    covariates[4, 1] = np.nan
    with pytest.raises(InputError, match="covariate “c1” is missing for W4"):
        check_panel(make_panel(draw_counts(12, 20), [5], before=8, covariates=covariates))


def test_broken_tables_are_refused() -> None:
    panel = make_panel(draw_counts(12, 20), [5], before=8)
    with pytest.raises(InputError, match="one row for each outcome"):
        check_panel(replace(panel, months=panel.months[:-1]))
    with pytest.raises(InputError, match="not in order, or one stands twice"):
        check_panel(replace(panel, months=panel.months[[0, 0, *range(2, 20)]]))
    with pytest.raises(InputError, match="negative or not a number"):
        check_panel(replace(panel, counts=panel.counts - 1000))
    with pytest.raises(InputError, match="No covered month follows the start"):
        check_panel(replace(panel, aside=tuple(range(MAY_2020 + 8, MAY_2020 + 20))))
