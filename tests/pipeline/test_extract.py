"""The extract: counts on the grid that lose no incident and move none to another ward."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import shapely

from hotspots import crs
from hotspots.errors import InputError
from hotspots.months import parse_month
from hotspots.pipeline.extract import build_extract
from hotspots.schemas import Boundaries
from hotspots.settings import EMBEDDED_INCIDENTS
from hotspots.store.boundaries import read_embedded
from hotspots.store.incidents import IncidentStore, StoredIncidents
from hotspots.terms import OUTCOME_GROUPS, outcome_group
from tests.police_uk_files import OUTCOMES_HEADER, row, street_csv

WEST, SOUTH = 424_950.0, 564_000.0
"""The two wards meet in the middle of a column of cells."""


@pytest.fixture
def wards() -> Boundaries:
    boxes = [shapely.box(WEST - 950, SOUTH, WEST, SOUTH + 1000), shapely.box(WEST, SOUTH, WEST + 950, SOUTH + 1000)]
    return Boundaries(
        codes=("E1", "E2"), names=("West", "East"), lad_codes=("", ""), lad_names=("", ""),
        population=np.array([1.0, 2.0]), area_km2=np.array([1.0, 1.0]), geometry=np.array(boxes, dtype=object),
        name="two", source="", licence="", vintage="",
    )  # fmt: skip


def point(x: float, y: float) -> dict[str, str]:
    lon, lat = crs.to_wgs84(np.array([x]), np.array([y]))
    return {"longitude": f"{lon[0]:.6f}", "latitude": f"{lat[0]:.6f}"}


def rows_of(incidents: StoredIncidents) -> Counter[tuple[object, ...]]:
    x, y = crs.to_bng(incidents.lon, incidents.lat)
    counts: Counter[tuple[object, ...]] = Counter()
    assert incidents.ward_code is not None
    for position in range(len(incidents.n)):
        located = bool(np.isfinite(x[position]))
        cell = (round(x[position] - 50), round(y[position] - 50)) if located else None
        counts[
            cell, incidents.wards[incidents.ward_code[position]], int(incidents.month[position]),
            incidents.types[incidents.crime_type[position]], incidents.outcomes[incidents.outcome[position]],
        ] += int(incidents.n[position])  # fmt: skip
    return counts


def test_rows_are_counted_by_cell_ward_month_type_and_outcome_group(tmp_path: Path, wards: Boundaries) -> None:
    in_west, in_east = point(WEST - 20, SOUTH + 130), point(WEST + 20, SOUTH + 170)  # one cell, two wards
    rows = [
        row(1, last_outcome_category="Offender given a caution", **in_west),
        row(2, last_outcome_category="Local resolution", **in_west),
        row(3, last_outcome_category="Under investigation", **in_west),
        row(4, last_outcome_category="Local resolution", **in_east),
        row(5, month="2022-03", last_outcome_category="Local resolution", **in_west),
        row(6, crime_type="Drugs", last_outcome_category="Never seen before", **in_west),
        row(0, longitude="", latitude=""),
        row(0, longitude="", latitude=""),
        row(7, **point(WEST + 5000, SOUTH + 20)),
    ]
    (tmp_path / "crime.csv").write_bytes(street_csv(rows))
    report = build_extract([tmp_path / "crime.csv"], wards, tmp_path / "out")
    incidents = IncidentStore(tmp_path / "out").read()
    cell, february = (424_900, 564_100), parse_month("2022-02")
    assert rows_of(incidents) == {
        (cell, "E1", february, "Burglary", "positive outcome"): 2,
        (cell, "E1", february, "Burglary", "under investigation"): 1,
        (cell, "E2", february, "Burglary", "positive outcome"): 1,
        (cell, "E1", february + 1, "Burglary", "positive outcome"): 1,
        (cell, "E1", february, "Drugs", "outcome not published"): 1,
        (None, "", february, "Anti-social behaviour", "no outcome recorded"): 2,
        ((429_900, 564_000), "", february, "Burglary", "under investigation"): 1,
    }
    assert incidents.grid_m == 100.0
    assert (report.rows, report.incidents, report.located, report.in_wards) == (7, 9, 7, 6)
    assert report.to_json()["data_version"] == IncidentStore(tmp_path / "out").data_version


def test_building_again_replaces_the_store_and_leaves_other_files(tmp_path: Path, wards: Boundaries) -> None:
    (tmp_path / "a.csv").write_bytes(street_csv([row(1, **point(WEST + 5, SOUTH + 5))]))
    (tmp_path / "b.csv").write_bytes(street_csv([row(2, month="2022-05", **point(WEST + 5, SOUTH + 5))]))
    out = tmp_path / "out"
    out.mkdir()
    (out / "README.md").write_text("keep me")
    first = build_extract([tmp_path / "a.csv"], wards, out)
    before = {path.name: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    build_extract([tmp_path / "b.csv"], wards, out)
    assert IncidentStore(out).coverage().by_force == {"northumbria": (parse_month("2022-05"),)}
    assert build_extract([tmp_path / "a.csv"], wards, out) == first
    assert {path.name: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    assert (out / "README.md").read_text() == "keep me"
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["out"]


def test_nothing_to_count(tmp_path: Path, wards: Boundaries) -> None:
    (tmp_path / "a.csv").write_text(f"{OUTCOMES_HEADER}\n")
    with pytest.raises(InputError, match="There is no street file to make an extract from"):
        build_extract([tmp_path / "a.csv"], wards, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.fixture(scope="module")
def embedded() -> StoredIncidents:
    return IncidentStore(EMBEDDED_INCIDENTS).read()


def test_embedded_extract_is_whole(embedded: StoredIncidents) -> None:
    assert int(embedded.n.sum()) == 524_070
    assert int(embedded.n[~np.isnan(embedded.lon)].sum()) == 523_400
    assert embedded.forces == ("northumbria",)
    assert embedded.coverage.missing("northumbria") == (parse_month("2022-01"),)
    assert len(embedded.coverage.months) == 33
    assert embedded.grid_m == 100.0
    assert set(embedded.outcomes) <= set(OUTCOME_GROUPS)
    assert [outcome_group(name) for name in embedded.outcomes] == list(embedded.outcomes)
    assert len(embedded.types) == 14


def test_embedded_extract_names_wards_that_are_embedded_too(embedded: StoredIncidents) -> None:
    codes = set(read_embedded().codes)
    assert embedded.ward_code is not None
    assert set(embedded.wards) == codes | {""}
    in_wards = embedded.ward_code != embedded.wards.index("")
    assert int(embedded.n[in_wards].sum()) == 523_012


def test_embedded_extract_stands_on_cell_centres(embedded: StoredIncidents) -> None:
    located = ~np.isnan(embedded.lon)
    for axis in crs.to_bng(embedded.lon[located], embedded.lat[located]):
        assert np.abs(axis / 100 % 1 - 0.5).max() < 0.01


def test_embedded_extract_is_small_and_names_no_path() -> None:
    files = [path for path in EMBEDDED_INCIDENTS.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 3_000_000
    manifest = IncidentStore(EMBEDDED_INCIDENTS).open_read()
    paths = [source["report"]["path"] for source in manifest.sources.values()]
    assert len(paths) == 33
    assert not any("/" in path for path in paths)
    assert len(list((EMBEDDED_INCIDENTS / "northumbria").iterdir())) == 33


def test_readme_of_the_embedded_extract_gives_its_figures(embedded: StoredIncidents) -> None:
    text = (EMBEDDED_INCIDENTS / "README.md").read_text(encoding="utf-8")
    for figure in ("524,070", "670", "388", f"{len(embedded.n):,}", embedded.data_version, "January 2022"):
        assert figure in text


@pytest.mark.real_data
def test_embedded_extract_is_made_from_the_raw_files(
    real_data: Path, tmp_path: Path, embedded: StoredIncidents
) -> None:
    crime = real_data / "crime" / "northumbria"
    report = build_extract([crime], read_embedded(), tmp_path / "out")
    assert report.data_version == embedded.data_version
    path = crime / "2021-07" / "2021-07-northumbria-street.csv"
    with path.open(newline="", encoding="utf-8") as stream:
        published = Counter(
            (record["Crime type"], outcome_group(record["Last outcome category"])) for record in csv.DictReader(stream)
        )
    chosen = embedded.month == parse_month("2021-07")
    counted: Counter[tuple[str, str]] = Counter()
    for kind, outcome, n in zip(embedded.crime_type[chosen], embedded.outcome[chosen], embedded.n[chosen], strict=True):
        counted[embedded.types[kind], embedded.outcomes[outcome]] += int(n)
    assert counted == published
