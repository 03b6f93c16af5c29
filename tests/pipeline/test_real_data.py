"""The raw files of 33 months, against what pandas, geopandas and scikit-learn say of every row."""

from __future__ import annotations

import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import DBSCAN

from hotspots import crs
from hotspots.months import parse_month
from hotspots.pipeline.clusters import find_clusters
from hotspots.pipeline.load import IngestReport, ingest
from hotspots.pipeline.score import score
from hotspots.pipeline.selection import LARGEST_SHIFT, USUAL_SHIFT
from hotspots.pipeline.world import World, open_world
from hotspots.query import Query
from hotspots.settings import Settings, read_settings

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def loaded(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, IngestReport]:
    settings = read_settings({**os.environ, "HOTSPOTS_HOME": str(tmp_path_factory.mktemp("home"))})
    return settings, ingest([real_data / "crime" / "northumbria"], settings=settings)


@pytest.fixture(scope="module")
def real_world(loaded: tuple[Settings, IngestReport]) -> World:
    return open_world(loaded[0])


@pytest.fixture(scope="module")
def rows(real_data: Path) -> pd.DataFrame:
    """Read every row as a user would."""
    files = sorted((real_data / "crime" / "northumbria").glob("*/*-street.csv"))
    return pd.concat([pd.read_csv(file) for file in files], ignore_index=True)


def test_every_row_is_kept_january_2022_is_named_and_a_second_load_changes_nothing(
    loaded: tuple[Settings, IngestReport], real_data: Path
) -> None:
    settings, report = loaded
    document = report.to_json()
    assert sum(file["rows_kept"] for file in document["files"]) == 524_070
    assert sum(file["rows_without_location"] for file in document["files"]) == 670
    assert document["missing_months"] == {"northumbria": ["2022-01"]}
    again = ingest([real_data / "crime" / "northumbria"], settings=settings)
    assert again.data_version == report.data_version
    assert {change.change for change in again.changes} == {"unchanged"}
    assert again.to_json()["files"] == document["files"]


def test_the_wards_of_all_rows_are_those_of_a_spatial_join(real_world: World, rows: pd.DataFrame) -> None:
    located = rows[rows["Longitude"].notna()]
    points = gpd.GeoDataFrame(
        located[["Crime type", "Month"]],
        geometry=gpd.points_from_xy(located["Longitude"], located["Latitude"]),
        crs=crs.WGS84,
    ).to_crs(crs.BNG)
    wards = gpd.GeoDataFrame({"ward": np.arange(177)}, geometry=real_world.boundaries.geometry, crs=crs.BNG)
    joined = points.sjoin(wards, how="left")
    assert not joined.index.duplicated().any()
    expected = joined.groupby(["ward", "Month", "Crime type"]).size()
    cube = real_world.cube
    counts = cube.by_area[:177].sum(axis=3)
    assert counts.sum() == expected.sum()
    months = {int(month): position for position, month in enumerate(cube.months)}
    for (ward, month, name), number in expected.items():
        assert counts[int(ward), months[parse_month(month)], cube.types.index(name)] == number
    assert cube.by_area[-2].sum() == joined["ward"].isna().sum()


@pytest.mark.parametrize("query", [Query(), Query(lens="violence", month_from=parse_month("2022-09"))])
def test_the_extract_differs_from_the_published_points_as_far_as_pages_say(
    real_world: World, query: Query, tmp_path: Path
) -> None:
    embedded = open_world(read_settings({**os.environ, "HOTSPOTS_HOME": str(tmp_path)}))
    assert embedded.embedded
    ours, real = (score(world, query).table for world in (embedded, real_world))
    for same in ("incidents", "rate_per_1000", "harm_per_1000"):
        np.testing.assert_allclose(ours[same], real[same])
    shift = (ours["rank"] - real["rank"])[ours["kind"] == "ward"].abs()
    assert shift.quantile(0.9) <= USUAL_SHIFT
    assert 10 < shift.max() <= LARGEST_SHIFT


@pytest.mark.parametrize(("eps", "min_samples"), [(75, 15), (100, 40), (150, 10), (150, 60), (200, 120), (300, 250)])
def test_clusters_are_those_of_scikit_learn_on_all_rows(
    real_world: World, rows: pd.DataFrame, eps: float, min_samples: int
) -> None:
    query = Query(lens="violence", month_from=parse_month("2022-03"), eps=eps, min_samples=min_samples)
    answer = find_clusters(real_world, query)
    chosen = rows[
        (rows["Crime type"] == "Violence and sexual offences")
        & (rows["Month"] >= "2022-03")
        & rows["Longitude"].notna()
    ]
    x, y = crs.to_bng(chosen["Longitude"].to_numpy(), chosen["Latitude"].to_numpy())
    fitted = DBSCAN(eps=eps, min_samples=min_samples).fit(np.column_stack([x, y]))
    core = np.zeros(len(chosen), dtype=bool)
    core[fitted.core_sample_indices_] = True

    place_of = {
        point: position
        for position, point in enumerate(zip(real_world.cube.places.lon, real_world.cube.places.lat, strict=True))
    }
    place = np.array([place_of[point] for point in zip(chosen["Longitude"], chosen["Latitude"], strict=True)])
    ours = answer.labels[place]
    assert int(answer.weights.sum()) == len(chosen)
    assert np.array_equal(ours == -1, fitted.labels_ == -1)
    pairs = set(zip(ours[core], fitted.labels_[core], strict=True))
    assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})
    assert fitted.labels_.max() + 1 == len(answer.table)


def test_wards_and_named_areas_are_ranked_with_intervals(real_world: World) -> None:
    for lens in ("all", "violence", "acquisitive", "organised"):
        table = score(real_world, Query(lens=lens)).table
        assert len(table) == 180
        assert table[["rank", "rank_low", "rank_high", "score"]].notna().all(axis=None)
        assert table["rank_high"].gt(table["rank_low"]).mean() > 0.9


def test_the_embedded_extract_counts_what_the_raw_files_count(real_world: World, home: Path) -> None:
    embedded = open_world()
    assert embedded.embedded
    assert np.array_equal(embedded.cube.by_area, real_world.cube.by_area)


def test_a_second_force_of_a_later_year_loads_with_its_repeated_identifiers(real_data: Path, home: Path) -> None:
    report = ingest([real_data / "crime" / "cleveland"], settings=read_settings())
    assert sum(file.rows_kept for file in report.files) == 28_813
    assert sum(file.repeated_crime_ids for file in report.files) > 0
