"""British National Grid and back."""

from __future__ import annotations

import numpy as np
import shapely

from hotspots import crs


def test_a_known_point_lies_where_the_ordnance_survey_says() -> None:
    # Ordnance Survey, A guide to coordinate systems in Great Britain: 52°39'28.8282" N 1°42'57.8663" E on ETRS89 is
    # E 651409.903, N 313177.270 by the definitive grid shift; the seven-parameter shift is good to some metres.
    x, y = crs.to_bng(np.array([1.716073973]), np.array([52.658007833]))
    assert abs(x[0] - 651409.903) < 5
    assert abs(y[0] - 313177.270) < 5


def test_there_and_back_is_the_same_place() -> None:
    lon, lat = np.array([-1.57, -2.1, 1.2]), np.array([55.18, 50.1, 52.0])
    back = crs.to_wgs84(*crs.to_bng(lon, lat))
    assert np.allclose(back, (lon, lat), atol=1e-7)


def test_no_location_stays_no_location() -> None:
    x, y = crs.to_bng(np.array([np.nan, -1.6]), np.array([np.nan, 55.0]))
    assert np.isnan(x[0])
    assert np.isnan(y[0])
    assert np.isfinite(x[1])


def test_geometries_move_vertex_by_vertex() -> None:
    box = np.array([shapely.box(-1.6, 55.0, -1.5, 55.1)], dtype=object)
    there = crs.geometry_to_bng(box)
    x, y = crs.to_bng(np.array([-1.5]), np.array([55.1]))
    assert any(np.allclose(vertex, (x[0], y[0])) for vertex in shapely.get_coordinates(there))
    assert shapely.equals_exact(crs.geometry_to_wgs84(there), box, tolerance=1e-7).all()


def test_the_quick_way_to_degrees_is_within_a_centimetre_of_the_true_one() -> None:
    rng = np.random.default_rng(3)
    for west, south, side in ((360_000, 540_000, 150_000), (100_000, 10_000, 120_000), (300_000, 900_000, 90_000)):
        x, y = west + rng.uniform(0, side, 2_000), south + rng.uniform(0, side, 2_000)
        lon, lat = crs.to_wgs84(x, y)
        quick_lon, quick_lat = crs.to_wgs84_quickly(x, y)
        assert np.abs(quick_lat - lat).max() * 111_000 < 0.01
        assert np.abs(quick_lon - lon).max() * 80_000 < 0.01
    assert len(crs.to_wgs84_quickly(np.empty(0), np.empty(0))[0]) == 0
