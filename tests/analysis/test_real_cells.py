"""Cells, Gi*, Moran's I and trends on the 33 real months of Northumbria, against PySAL and pymannkendall."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import shape

from hotspots import crs
from hotspots.analysis.cells import Cells, assign_cells, count_cells, find_reachable, keep_cells, make_cells
from hotspots.analysis.emerging import find_emerging
from hotspots.analysis.gistar import gistar
from hotspots.analysis.mann_kendall import mann_kendall
from hotspots.analysis.moran import moran_global, moran_local
from hotspots.analysis.multiple_testing import adjust_p
from hotspots.analysis.places import Places, build_places, collapse_points
from hotspots.analysis.spatial_weights import standardise_rows, weigh_cells, weigh_nearest
from tests.analysis.pysal import esda, run_quietly, to_pysal
from tests.analysis.test_mann_kendall import assert_equals_reference

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

pytestmark = pytest.mark.real_data
JANUARY_2022 = 20


@dataclass(frozen=True)
class Force:
    """Places of the force, monthly counts at each (January 2022 NaN), and its wards."""

    places: Places
    monthly: NDArray[np.float64]
    wards: NDArray[np.object_]


@pytest.fixture(scope="module")
def force(real_data: Path) -> Force:
    """Read every located incident."""
    wards = json.loads((real_data / "boundaries" / "wards_2020_bgc_northeast.geojson").read_text(encoding="utf-8"))
    polygons = [shape(f["geometry"]) for f in wards["features"] if f["properties"]["force"] == "Northumbria"]
    geometry = crs.geometry_to_bng(np.array(polygons, dtype=object))
    lon, lat, month = [], [], []
    for position, period in enumerate(pd.period_range("2020-05", "2023-02", freq="M")):
        file = real_data / "crime" / "northumbria" / str(period) / f"{period}-northumbria-street.csv"
        if file.exists():
            rows = pd.read_csv(file, usecols=["Longitude", "Latitude"]).dropna()
            lon.append(rows["Longitude"].to_numpy())
            lat.append(rows["Latitude"].to_numpy())
            month.append(np.full(len(rows), position))
    rows_lon, rows_lat = np.concatenate(lon), np.concatenate(lat)
    first, place = collapse_points(rows_lon, rows_lat)
    places = build_places(rows_lon[first], rows_lat[first], geometry)
    monthly = np.zeros((len(places), 34))
    np.add.at(monthly, (place, np.concatenate(month)), 1)
    monthly[:, JANUARY_2022] = np.nan
    return Force(places, monthly, geometry)


@pytest.fixture(scope="module")
def cells(force: Force) -> Cells:
    """Make the 250 m cells within reach of a place."""
    whole = make_cells(force.wards, size=250.0)
    reachable = find_reachable(whole, force.places.x, force.places.y, inside=force.places.area >= 0)
    return keep_cells(whole, reachable.keep)


@pytest.fixture(scope="module")
def monthly(force: Force, cells: Cells) -> NDArray[np.float64]:
    """Count incidents by cell and month."""
    cell = assign_cells(force.places.x, force.places.y, cells, inside=force.places.area >= 0)
    return count_cells(cell, force.monthly, len(cells))


@pytest.mark.parametrize("kind", ["square", "hex"])
def test_every_incident_inside_is_in_exactly_one_cell(force: Force, kind: str) -> None:
    whole = make_cells(force.wards, size=250.0, shape=kind)
    inside = force.places.area >= 0
    cell = assign_cells(force.places.x, force.places.y, whole, inside=inside)
    assert np.array_equal(cell >= 0, inside)
    incidents = np.nansum(force.monthly, axis=1)
    counts = count_cells(cell, incidents, len(whole))
    assert counts.sum() == incidents[inside].sum()
    assert whole.area_inside.sum() == pytest.approx(shapely.area(shapely.union_all(force.wards)), rel=1e-9)
    distance = shapely.distance(whole.draw()[cell[inside]], shapely.points(force.places.x, force.places.y)[inside])
    assert distance.max() < 1e-6


def test_mask_loses_no_incident_and_says_what_it_left_out(
    force: Force, cells: Cells, monthly: NDArray[np.float64]
) -> None:
    inside = force.places.area >= 0
    assert np.nansum(monthly) == np.nansum(force.monthly[inside])
    whole = make_cells(force.wards, size=250.0)
    reachable = find_reachable(whole, force.places.x, force.places.y, inside=inside)
    assert len(cells) == reachable.keep.sum()
    assert reachable.left_out + len(cells) == len(whole)
    assert reachable.left_out_km2 > 3_000  # Northumberland is mostly moor


def test_empty_moor_would_inflate_every_score(force: Force, cells: Cells, monthly: NDArray[np.float64]) -> None:
    whole = make_cells(force.wards, size=250.0)
    cell = assign_cells(force.places.x, force.places.y, whole, inside=force.places.area >= 0)
    with_moor = gistar(count_cells(cell, np.nansum(force.monthly, axis=1), len(whole)), weigh_cells(whole)).z
    masked = gistar(np.nansum(monthly, axis=1), weigh_cells(cells)).z
    same = whole.find(cells.column, cells.row)
    hot = masked > 4
    assert np.median(with_moor[same][hot] / masked[hot]) > 1.5


@pytest.mark.parametrize("star", [True, False])
def test_gi_equals_pysal_on_real_cells(cells: Cells, monthly: NDArray[np.float64], star: bool) -> None:
    """Within 1e-9 on 250 m cells."""
    incidents, weights = np.nansum(monthly, axis=1), weigh_cells(cells)
    alone = np.diff(weights.indptr) == 0
    theirs = run_quietly(esda.G_Local, incidents, to_pysal(weights), transform="B", star=star, permutations=0).Zs
    ours = gistar(incidents, weights, star=star).z
    assert np.isnan(ours[alone]).all() == (not star or not alone.any())
    compared = ~alone | star
    assert np.allclose(ours[compared], theirs[compared], rtol=0, atol=1e-9)


def test_moran_equals_pysal_on_real_cells(cells: Cells, monthly: NDArray[np.float64]) -> None:
    # Nearest neighbours, so that no cell is an island, which PySAL treats otherwise.
    weights = weigh_nearest(cells.x, cells.y, k=8)
    incidents = np.nansum(monthly, axis=1)
    theirs = run_quietly(esda.Moran, incidents, to_pysal(weights), transformation="R", permutations=0)
    ours = moran_global(incidents, standardise_rows(weights))
    assert ours.i == pytest.approx(theirs.I, abs=1e-9)
    assert ours.z_randomisation == pytest.approx(theirs.z_rand, abs=1e-9)
    local = run_quietly(esda.Moran_Local, incidents, to_pysal(weights), transformation="R", permutations=0)
    assert np.allclose(moran_local(incidents, standardise_rows(weights)).i, local.Is, rtol=0, atol=1e-9)


def test_mann_kendall_equals_reference_on_real_cells(monthly: NDArray[np.float64]) -> None:
    busiest = np.argsort(-np.nansum(monthly, axis=1))
    assert_equals_reference(monthly[busiest[:: len(busiest) // 250]])


def test_emerging_classes_on_real_months(monthly: NDArray[np.float64], cells: Cells) -> None:
    found = find_emerging(monthly, weigh_cells(cells))
    assert found.missing.tolist() == [JANUARY_2022]
    assert len(found.known) == 33
    hot = found.code > 0
    assert 0.001 < hot.mean() < 0.2
    # What is called hot for good holds far more than its share of incidents.
    lasting = np.isin(found.code, (3, 4, 5))
    assert np.nansum(monthly[lasting]) / np.nansum(monthly) > 5 * lasting.mean()


def test_corrections_differ_on_real_cells(cells: Cells, monthly: NDArray[np.float64]) -> None:
    p = gistar(np.nansum(monthly, axis=1), weigh_cells(cells)).p
    found = [int((adjust_p(p, method=method) <= 0.05).sum()) for method in ("bonferroni", "by", "bh", "none")]
    assert found[0] < found[1] < found[2] < found[3]


def test_trend_of_all_cells_skips_the_missing_month(monthly: NDArray[np.float64]) -> None:
    assert (mann_kendall(monthly).steps == 33).all()
