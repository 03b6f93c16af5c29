"""Nearest-neighbour hierarchical clusters, their thresholds and ellipses."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspots.analysis.nearest_hierarchical import cluster_hierarchy, measure_ellipse, suggest_threshold
from hotspots.errors import InputError


def test_threshold_is_the_random_distance_of_clark_and_evans_1954() -> None:
    assert suggest_threshold(100, 1) == pytest.approx(50)
    assert suggest_threshold(100, 1, probability=0.05) == pytest.approx(50 - 1.644854 * 2.6136, abs=1e-4)
    rng = np.random.default_rng(0)
    points = rng.uniform(0, 100_000, (60_000, 2))
    from scipy.spatial import cKDTree  # noqa: PLC0415 - this test alone needs it

    nearest = cKDTree(points).query(points, k=2)[0][:, 1]
    assert suggest_threshold(60_000, 10_000) == pytest.approx(nearest.mean(), rel=0.02)


def test_seed_with_most_around_it_comes_first_and_takes_them() -> None:
    x = np.array([0.0, 40, 80, 120, 1_000, 1_030])
    found = cluster_hierarchy(x, np.zeros(6), [6, 1, 1, 9, 4, 4], threshold=50, min_incidents=6)
    # Around 80 stand 11, which go first and leave 0 its own 6; 1,000 and 1,030 are 8.
    np.testing.assert_array_equal(found.labels, [3, 1, 1, 1, 2, 2])
    assert found.frame["incidents"].tolist() == [11, 8, 6]
    assert found.thresholds == (50,)
    assert set(found.frame["parent"]) == {-1}


def test_clusters_of_clusters() -> None:
    rng = np.random.default_rng(1)
    towns = np.array([[0, 0], [40_000, 0], [0, 45_000]])
    spots = np.concatenate([town + rng.normal(0, 800, (6, 2)) for town in towns])
    points = np.concatenate([spot + rng.normal(0, 15, (20, 2)) for spot in spots])
    found = cluster_hierarchy(*points.T, np.ones(len(points)), threshold=60, area_km2=3_000, min_incidents=10)
    frame = found.frame
    first, second = frame[frame["order"] == 1], frame[frame["order"] == 2]
    assert len(second) == 3
    assert first["parent"].between(1, 3).all()
    assert second["incidents"].sum() == first["incidents"].sum()
    assert found.thresholds[1] > found.thresholds[0]
    strict = cluster_hierarchy(*points.T, np.ones(len(points)), threshold=60, area_km2=3_000, probability=1e-9)
    assert len(strict.thresholds) <= len(found.thresholds)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_weighted_places_are_expanded_rows_and_order_does_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y, w = rng.uniform(0, 900, 50), rng.uniform(0, 900, 50), rng.integers(0, 6, 50)
    one = cluster_hierarchy(x, y, w, threshold=90, min_incidents=8)
    rows = np.repeat(np.arange(50), w)
    expanded = cluster_hierarchy(x[rows], y[rows], np.ones(len(rows)), threshold=90, min_incidents=8)
    np.testing.assert_array_equal(one.labels[rows], expanded.labels)
    order = rng.permutation(50)
    shuffled = cluster_hierarchy(x[order], y[order], w[order], threshold=90, min_incidents=8)
    np.testing.assert_array_equal(one.labels[order], shuffled.labels)
    for cluster in range(1, int(one.labels.max(initial=0)) + 1):
        assert w[one.labels == cluster].sum() >= 8
    assert one.frame[["axis_major", "axis_minor"]].equals(shuffled.frame[["axis_major", "axis_minor"]]) or np.allclose(
        one.frame["axis_major"], shuffled.frame["axis_major"]
    )


def test_ellipse_lies_along_its_points() -> None:
    along = np.linspace(-100, 100, 101)
    major, minor, angle = measure_ellipse(along, along, np.ones(101))
    assert angle == pytest.approx(45)
    assert minor == pytest.approx(0, abs=1e-4)
    assert major == pytest.approx(np.sqrt(2 * (2 * along**2).sum() / 99))
    rng = np.random.default_rng(2)
    x, y = rng.normal(0, 300, 20_000), rng.normal(0, 100, 20_000)
    major, minor, angle = measure_ellipse(x, y, np.ones(20_000))
    assert (major, minor) == (pytest.approx(300 * np.sqrt(2), rel=0.02), pytest.approx(100 * np.sqrt(2), rel=0.02))
    assert angle == pytest.approx(90, abs=1)
    drawn = cluster_hierarchy(x[:300], y[:300], np.ones(300), threshold=5_000, deviations=2).frame
    assert shapely.contains_xy(drawn["geometry"][0], x[:300], y[:300]).mean() > 0.95
    assert drawn["geometry"][0].bounds[2] - drawn["geometry"][0].bounds[0] > 1_200


def test_nothing_to_cluster_and_what_is_wrong() -> None:
    assert len(cluster_hierarchy([], [], [], threshold=50).frame) == 0
    assert len(cluster_hierarchy([1.0], [1.0], [0], area_km2=5).frame) == 0
    alone = cluster_hierarchy([1.0], [1.0], [30], threshold=50).frame
    assert alone["geometry"][0].area > 1_500  # one place stands for the addresses around it
    with pytest.raises(InputError, match="threshold in metres"):
        cluster_hierarchy([1.0], [1.0], [30])
    with pytest.raises(InputError, match="two incidents"):
        cluster_hierarchy([1.0], [1.0], [30], threshold=50, min_incidents=1)
    with pytest.raises(InputError, match="larger one"):
        suggest_threshold(2, 1, probability=1e-6)
