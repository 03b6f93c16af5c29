"""Matched donors are like the treated units, and how like is told."""

from __future__ import annotations

import numpy as np
import pytest

from hotspots.analysis.matching import compare_groups, describe_units, match_donors
from hotspots.errors import InputError
from tests.analysis.made_panels import chain, draw_counts, make_panel


def test_the_nearest_are_chosen_and_balance_improves() -> None:
    rng = np.random.default_rng(1)
    counts = draw_counts(80, 24, seed=1)
    covariates = rng.normal(size=(80, 2))
    covariates[:25, 0] += 2
    panel = make_panel(counts, [0, 1], before=12, covariates=covariates)
    names, features = describe_units(panel, counts)
    assert names == ("level before", "change before", "c0", "c1")
    match = match_donors(panel, names, features)
    assert match.method == "distance"
    assert match.donors.sum() == 10
    assert not match.donors[panel.treated].any()
    assert np.abs(match.after[2]) < np.abs(match.before[2])
    assert np.flatnonzero(match.donors).max() < 80


def test_many_treated_units_are_matched_by_propensity() -> None:
    rng = np.random.default_rng(2)
    covariates = rng.normal(size=(200, 1))
    treated = np.argsort(-covariates[:, 0])[5:45:3].tolist()
    panel = make_panel(draw_counts(200, 24, seed=2), treated, before=12, covariates=covariates)
    match = match_donors(panel, *describe_units(panel, panel.counts[0]), ratio=2)
    assert match.method == "propensity"
    assert match.donors.sum() == 2 * len(treated)
    assert abs(match.after[2]) < abs(match.before[2]) / 2
    few = make_panel(draw_counts(40, 24), [0, 1], before=12)
    with pytest.raises(InputError, match="10 treated units or more, and 2 are"):
        match_donors(few, *describe_units(few, few.counts[0]), method="propensity")
    with pytest.raises(InputError, match="choose distance or propensity"):
        match_donors(panel, ("x",), covariates, method="magic")


def test_units_next_door_are_never_matched() -> None:
    panel = make_panel(draw_counts(20, 24), [8, 9], before=12, touching=chain(20))
    match = match_donors(panel, *describe_units(panel, panel.counts[0]))
    assert not match.donors[[7, 8, 9, 10]].any()
    assert match.donors.sum() == 10


def test_standardised_difference() -> None:
    features = np.array([[0.0, 1.0], [2.0, 1.0], [4.0, 1.0], [6.0, 1.0]])
    marks = np.array([True, True, False, False])
    assert compare_groups(features, marks, ~marks) == pytest.approx([-4 / np.sqrt(5), 0.0])
