"""Wards of the same kind."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspots.analysis.similar import describe_places, find_similar
from hotspots.errors import InputError


def three_kinds() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Four villages, four estates and four shopping streets, in turn."""
    rng = np.random.default_rng(1)
    mixes = np.array([[0.3, 0.6, 0.1], [0.5, 0.3, 0.2], [0.2, 0.2, 0.6]])
    by_type = np.stack(
        [rng.multinomial(total, mixes[kind]) for _ in range(4) for kind, total in enumerate((300, 1_500, 3_000))]
    )
    density = np.tile([60.0, 4_000.0, 5_000.0], 4) * rng.uniform(0.8, 1.25, 12)
    return by_type, np.full(12, 8_000.0), 8_000 / density


def test_places_of_one_kind_find_each_other() -> None:
    features = describe_places(*three_kinds(), n_wards=12)
    assert features.shape == (12, 5)
    for area in range(12):
        assert {found % 3 for found in find_similar(features, area, k=3).tolist()} == {area % 3}


def test_the_area_itself_and_its_wards_are_never_found() -> None:
    features = describe_places(*three_kinds(), n_wards=12)
    assert 4 not in find_similar(features, 4, k=12)
    assert len(find_similar(features, 4, k=12)) == 11
    assert not {1, 4, 7} & set(find_similar(features, 11, k=12, n_wards=11, exclude=(1, 4, 7)).tolist())


def test_a_named_area_finds_wards_only() -> None:
    by_type, population, area_km2 = three_kinds()
    union = describe_places(
        np.vstack([by_type, by_type[[1, 4]].sum(axis=0)]),
        np.append(population, 16_000.0),
        np.append(area_km2, area_km2[[1, 4]].sum()),
        n_wards=12,
    )
    assert np.allclose(union[:12], describe_places(by_type, population, area_km2, n_wards=12))
    assert set(find_similar(union, 12, k=2, n_wards=12, exclude=(1, 4)).tolist()) == {7, 10}


def test_nearest_comes_first_and_equal_ones_in_order() -> None:
    features = np.array([[0.0], [3.0], [1.0], [-1.0], [0.5]])
    assert find_similar(features, 0, k=3).tolist() == [4, 2, 3]


def test_unknown_residents_take_the_mean_place() -> None:
    by_type, population, area_km2 = three_kinds()
    population[2] = np.nan
    features = describe_places(by_type, population, area_km2, n_wards=12)
    assert features[2, :2].tolist() == [0.0, 0.0]
    assert np.isfinite(features).all()


def test_the_smallest_set_works() -> None:
    features = describe_places(np.array([[3]]), np.array([np.nan]), np.array([1.0]), n_wards=1)
    assert find_similar(features, 0).tolist() == []


@given(st.integers(1, 10), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_features_are_finite_and_standardised(wards: int, types: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    by_type = rng.poisson(2.0, (wards, types))
    by_type[0, 0] += 1
    features = describe_places(by_type, rng.uniform(1, 9_000, wards), rng.uniform(0.1, 90, wards), n_wards=wards)
    assert np.isfinite(features).all()
    assert np.allclose(features.mean(axis=0), 0, atol=1e-6)


def test_impossible_requests_are_refused() -> None:
    features = np.zeros((3, 2))
    with pytest.raises(InputError, match="ask for 1 or more"):
        find_similar(features, 0, k=0)
    for index in (-1, 3):
        with pytest.raises(InputError, match="no area"):
            find_similar(features, index)
    with pytest.raises(InputError, match="No incident matches"):
        describe_places(np.zeros((3, 2), dtype=int), np.ones(3), np.ones(3), n_wards=3)
