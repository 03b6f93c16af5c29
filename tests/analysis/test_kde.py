"""Density surfaces against direct sums, their mass, bandwidths and comparisons."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspots.analysis.bandwidth import suggest_bandwidth
from hotspots.analysis.cells import make_cells
from hotspots.analysis.dual_kde import compare_surfaces
from hotspots.analysis.kde import Surface, grid_cells, grid_places, prepare_smoother, smooth_places
from hotspots.errors import InputError, UnknownNameError

WEST, SOUTH = 420_000.0, 560_000.0
COAST = np.array([shapely.Polygon([(WEST, SOUTH), (WEST + 9_130, SOUTH + 700), (WEST + 7_000, SOUTH + 8_000),
                                   (WEST + 3_500, SOUTH + 4_100), (WEST + 400, SOUTH + 7_770)])])  # fmt: skip


def _town(seed: int, n: int = 900) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = WEST + np.concatenate([rng.normal(2_000, 500, n // 2), rng.uniform(0, 9_000, n - n // 2)])
    y = SOUTH + np.concatenate([rng.normal(3_000, 500, n // 2), rng.uniform(0, 8_000, n - n // 2)])
    inside = shapely.contains_xy(COAST[0], x, y)
    return x[inside], y[inside], rng.integers(1, 40, int(inside.sum()))


def _sum_directly(surface: Surface, x: np.ndarray, y: np.ndarray, w: np.ndarray) -> np.ndarray:
    h = surface.smoother.bandwidth
    east, north = np.meshgrid(surface.grid.x, surface.grid.y)
    square = ((east[..., None] - x) ** 2 + (north[..., None] - y) ** 2) / h**2
    quartic = surface.smoother.kernel == "quartic"
    kernel = 3 / np.pi * np.maximum(1 - square, 0) ** 2 if quartic else np.exp(-square / 2) / (2 * np.pi)
    return (kernel @ w) / h**2 * 1e6


@pytest.mark.parametrize(
    ("kernel", "bandwidth"),
    [("gaussian", 300), ("gaussian", 900), ("quartic", 333), ("quartic", 650), ("quartic", 850)],
)
def test_error_is_below_half_a_per_cent_of_the_peak(kernel: str, bandwidth: float) -> None:
    x, y, w = _town(1)
    grid = grid_places(x, y, cell=100, margin=500)
    surface = smooth_places(prepare_smoother(grid, bandwidth=bandwidth, kernel=kernel, edge=False), x, y, w)
    exact = _sum_directly(surface, x, y, w)
    assert np.abs(surface.density - exact).max() < 0.005 * exact.max()


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 10_000), st.sampled_from([("quartic", 400.0), ("quartic", 1_100.0), ("gaussian", 350.0),
                                             ("gaussian", 1_000.0)])
)  # fmt: skip
def test_mass_within_the_boundary_is_that_of_the_incidents(seed: int, choice: tuple[str, float]) -> None:
    x, y, w = _town(seed, 60)
    smoother = prepare_smoother(SHORE, bandwidth=choice[1], kernel=choice[0])
    surface = smooth_places(smoother, x, y, w)
    assert surface.incidents == w.sum()
    assert surface.mass == pytest.approx(float(w.sum()), rel=0.01)
    assert np.nanmin(surface.density) >= 0
    assert np.isnan(surface.density[SHORE.share_inside == 0]).all()


SHORE = grid_cells(make_cells(COAST, size=100))


def test_without_correction_mass_is_lost_at_the_boundary() -> None:
    x, y = np.array([WEST + 30.0]), np.array([SOUTH + 40.0])
    lost = smooth_places(prepare_smoother(SHORE, bandwidth=600, edge=False), x, y, [10])
    kept = smooth_places(prepare_smoother(SHORE, bandwidth=600), x, y, [10])
    assert lost.mass < 6
    assert kept.mass == pytest.approx(10)
    assert "corrected at the boundary" in kept.describe()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1_000), st.sampled_from([400.0, 900.0]))
def test_weighted_places_are_expanded_rows(seed: int, bandwidth: float) -> None:
    x, y, w = _town(seed, 40)
    smoother = prepare_smoother(SHORE, bandwidth=bandwidth)
    rows = smooth_places(smoother, np.repeat(x, w), np.repeat(y, w), np.ones(w.sum()))
    np.testing.assert_allclose(smooth_places(smoother, x, y, w).density, rows.density, atol=1e-7)


def test_incidents_outside_are_left_out_and_counted() -> None:
    x, y = np.array([WEST + 2_000, WEST - 5_000, WEST + 3_500]), np.array([SOUTH + 2_000, SOUTH, SOUTH + 7_000])
    surface = smooth_places(prepare_smoother(SHORE, bandwidth=400), x, y, [3, 4, 5])
    assert (surface.incidents, surface.left_out) == (3, 9)
    assert surface.read_at(x, y)[0] == pytest.approx(surface.smoother.peak * 3, rel=0.2)
    assert np.isnan(surface.read_at(x, y)[1:]).all()


def test_refuses_what_makes_no_surface() -> None:
    with pytest.raises(InputError, match="too small"):
        prepare_smoother(SHORE, bandwidth=200, kernel="quartic")
    with pytest.raises(UnknownNameError):
        prepare_smoother(SHORE, bandwidth=900, kernel="round")
    with pytest.raises(InputError, match="square"):
        grid_cells(make_cells(COAST, size=500, shape="hex"))
    with pytest.raises(InputError, match="no place"):
        grid_places([], [], cell=100)
    with pytest.raises(InputError, match="larger cells"):
        grid_places([0, 1e6], [0, 1e6], cell=10)


@pytest.mark.parametrize("rule", ["cross-validation", "normal-reference"])
def test_bandwidth_uses_both_coordinates_where_sfhotspot_uses_one(rule: str) -> None:
    """R sfhotspot 1.0.0 takes the spread of x alone (its `mean(a, b)` reads b as `trim`)."""
    x, y, w = _town(4)
    plain = suggest_bandwidth(x, y, w, rule=rule)
    assert suggest_bandwidth(y, x, w, rule=rule).bandwidth == plain.bandwidth
    stretched = suggest_bandwidth(x, SOUTH + (y - SOUTH) * 6, w, rule=rule)
    assert stretched.bandwidth > plain.bandwidth
    assert f"{plain.bandwidth:,.0f} m" in plain.explanation


def test_cross_validation_is_not_drawn_to_zero_by_snap_points() -> None:
    rng = np.random.default_rng(0)
    x, y = WEST + rng.normal(0, 800, 500), SOUTH + rng.normal(0, 800, 500)
    many = suggest_bandwidth(x, y, np.full(500, 100), kernel="gaussian").bandwidth
    assert many == suggest_bandwidth(x, y, np.ones(500), kernel="gaussian").bandwidth
    assert 140 <= many <= 560
    with pytest.raises(InputError, match="two places"):
        suggest_bandwidth([1, 1], [2, 2], [3, 3])


def test_dual_surfaces() -> None:
    x, y, w = _town(2)
    smoother = prepare_smoother(SHORE, bandwidth=700)
    now, before = smooth_places(smoother, x, y, 3 * w), smooth_places(smoother, x, y, w)
    land = SHORE.share_inside > 0
    ratio = compare_surfaces(now, before, first_exposure=6, second_exposure=12)
    np.testing.assert_allclose(ratio.value[land], 6)
    assert ratio.overall == pytest.approx(6)
    relative = compare_surfaces(now, before, how="log_ratio", relative=True)
    np.testing.assert_allclose(relative.value[land], 0, atol=1e-12)
    difference = compare_surfaces(now, before, how="difference")
    np.testing.assert_allclose(difference.value[land], 2 * before.density[land], atol=1e-9)
    back = compare_surfaces(before, now, how="log_ratio", pull=0)
    assert np.nanmax(back.value) == pytest.approx(-np.log(3))
    with pytest.raises(InputError, match="one grid"):
        compare_surfaces(now, smooth_places(prepare_smoother(SHORE, bandwidth=800), x, y, w))
    with pytest.raises(InputError, match="no ratio"):
        compare_surfaces(now, smooth_places(smoother, x, y, 0 * w))


def test_ratio_of_little_is_pulled_to_that_of_the_whole() -> None:
    smoother = prepare_smoother(SHORE, bandwidth=400)
    x, y = np.array([WEST + 1_500.0, WEST + 5_000.0]), np.array([SOUTH + 2_000.0, SOUTH + 2_000.0])
    ratio = compare_surfaces(smooth_places(smoother, x, y, [1, 1_000]), smooth_places(smoother, x, y, [0, 1_000]))
    one, many = ratio.value[tuple(np.array([[20, 15], [20, 50]]).T)]
    assert 1 < one < 2.2
    assert many == pytest.approx(1, abs=0.01)
