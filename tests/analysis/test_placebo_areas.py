"""Placebo areas are made like the treated one, where nothing happened, and their spread follows their counts."""

from __future__ import annotations

import numpy as np
import pytest

from hotspots.analysis.placebo_areas import draw_placebo_areas, fit_spread
from tests.analysis.made_panels import chain, draw_counts, make_panel


def test_areas_are_connected_of_one_size_and_far_from_the_treated() -> None:
    panel = make_panel(draw_counts(60, 20), [20, 21, 22, 40], before=8, touching=chain(60))
    placebos = draw_placebo_areas(panel, groups=50)
    assert len(placebos.members) == 50
    assert (placebos.members.sum(axis=1) == 4).all()
    assert not placebos.members[:, panel.treated | panel.ring].any()
    for row, ring in zip(placebos.members, placebos.rings, strict=True):
        runs = np.diff(np.flatnonzero(np.diff(np.concatenate([[0], row, [0]])))[::1].reshape(-1, 2), axis=1)
        assert sorted(runs.ravel().tolist()) in ([1, 3], [4])  # a part of three and one apart, or side by side
        assert not (row.astype(bool) & ring.astype(bool)).any()
    assert placebos.disjoint == 13  # 52 donors by 4
    again = draw_placebo_areas(panel, groups=50)
    assert (again.members == placebos.members).all()


def test_one_unit_takes_every_donor_once() -> None:
    panel = make_panel(draw_counts(30, 20), [3], before=8, touching=chain(30))
    assert (draw_placebo_areas(panel).members.sum(axis=0) == panel.donors).all()


def test_without_neighbours_units_are_drawn_anywhere() -> None:
    panel = make_panel(draw_counts(30, 20), [3, 9], before=8)
    placebos = draw_placebo_areas(panel, groups=40)
    assert (placebos.members.sum(axis=1) == 2).all()
    assert not placebos.rings.any()


def test_drift_and_dispersion_are_found_again() -> None:
    rng = np.random.default_rng(5)
    inverse = rng.uniform(0.001, 0.1, 4000)
    figures = 0.05 + rng.normal(size=4000) * np.sqrt(0.01 + 2.0 * inverse)
    spread = fit_spread(figures, inverse, disjoint=4000)
    assert spread.centre == pytest.approx(0.05, abs=0.01)
    assert spread.drift == pytest.approx(0.01, abs=0.004)
    assert spread.dispersion == pytest.approx(2.0, abs=0.25)
    assert spread.quantile() == pytest.approx(1.96, abs=0.01)


def test_independent_incidents_are_the_least_that_is_believed() -> None:
    spread = fit_spread(np.zeros(50), np.full(50, 0.02), disjoint=50)
    assert (spread.drift, spread.dispersion) == (0.0, 1.0)
    assert spread.error(0.02) == pytest.approx(np.sqrt(0.02))
