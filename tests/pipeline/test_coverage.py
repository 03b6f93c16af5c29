"""A force's boundaries are brought in whole; the embedded coverage is rebuilt faithfully from the published files."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from hotspots.errors import InputError, StoreError
from hotspots.pipeline.coverage import MAX_SHARE_CHANGED, add_context, build_coverage, import_boundaries
from hotspots.schemas import Boundaries
from hotspots.settings import EMBEDDED_BOUNDARIES, read_settings
from hotspots.store.boundaries import EMBEDDED_METADATA, EMBEDDED_WARDS, read_active, read_embedded, read_report
from tests.boundary_files import CODES, make_frame, write_population

COLUMNS = {"code": "WD20CD", "name": "WD20NM"}
STREET_HEADER = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    "Last outcome category,Context\n"
)


def write_wards(folder: Path) -> Path:
    make_frame().to_file(folder / "wards.gpkg")
    return folder / "wards.gpkg"


def test_an_import_becomes_the_active_set(tmp_path: Path) -> None:
    settings = read_settings()
    people = write_population(tmp_path / "people.csv", [(code, "x", 10 + i) for i, code in enumerate(CODES)])
    report = import_boundaries(
        write_wards(tmp_path), **COLUMNS, settings=settings, lad_name="LAD20NM", population=people, title="Our wards"
    )
    active = read_active(settings)
    assert active.codes == CODES
    assert active.name == "Our wards"
    assert active.population.tolist() == [10, 11, 12, 13]
    assert active.version == report.version
    assert read_report(settings) == json.loads(json.dumps(report.to_json()))


def test_only_the_chosen_rows_are_imported(tmp_path: Path) -> None:
    settings = read_settings()
    path = write_wards(tmp_path)
    assert import_boundaries(path, **COLUMNS, settings=settings, only="LAD20NM = Northumberland").areas == 2
    assert read_active(settings).codes == CODES[2:]
    for wrong in ("LAD20NM", "=Northumberland"):
        with pytest.raises(InputError, match="names no column and value; write them as in force=Cleveland"):
            import_boundaries(path, **COLUMNS, settings=settings, only=wrong)


def test_a_failed_import_leaves_the_last_set(tmp_path: Path) -> None:
    settings = read_settings()
    import_boundaries(write_wards(tmp_path), **COLUMNS, settings=settings, title="First")
    (tmp_path / "bad.geojson").write_text('{"type": "FeatureCollection"')
    with pytest.raises(InputError):
        import_boundaries(tmp_path / "bad.geojson", **COLUMNS, settings=settings)
    assert read_active(settings).name == "First"


def test_the_largest_file_follows_the_settings(tmp_path: Path) -> None:
    path = tmp_path / "wards.geojson"
    path.write_bytes(b"{" + bytes(1_500_000))
    settings = read_settings({"HOTSPOTS_HOME": str(tmp_path / "home"), "HOTSPOTS_MAX_UPLOAD_MB": "1"})
    with pytest.raises(InputError, match="more than the 1 MB that are read"):
        import_boundaries(path, **COLUMNS, settings=settings)


def test_imported_areas_get_the_embedded_authorities_round_them() -> None:
    embedded = read_embedded()
    sunderland = np.array([name == "Sunderland" for name in embedded.lad_names])
    own = keep(embedded, sunderland)
    drawn = add_context(own, embedded)
    assert {"County Durham", "South Tyneside", "Gateshead", "Northumberland"} <= set(drawn.context_names)
    assert "Sunderland" not in drawn.context_names
    territory = shapely.union_all(own.geometry)
    assert shapely.area(shapely.intersection(drawn.context, territory)).sum() < 1
    assert drawn.version == own.version


def test_areas_far_away_get_no_context() -> None:
    embedded = read_embedded()
    kent = shapely.transform(embedded.geometry[:1], lambda points: points + np.array([180_000, -400_000]))
    far = keep(embedded, np.arange(len(embedded)) == 0, geometry=kent)
    drawn = add_context(far, embedded)
    assert drawn.context_names == ()
    assert len(drawn.context) == 0


def keep(boundaries: Boundaries, chosen: np.ndarray, geometry: np.ndarray | None = None) -> Boundaries:
    rows = np.flatnonzero(chosen)
    return Boundaries(
        codes=tuple(boundaries.codes[row] for row in rows),
        names=tuple(boundaries.names[row] for row in rows),
        lad_codes=tuple(boundaries.lad_codes[row] for row in rows),
        lad_names=tuple(boundaries.lad_names[row] for row in rows),
        population=boundaries.population[rows],
        area_km2=boundaries.area_km2[rows],
        geometry=boundaries.geometry[rows] if geometry is None else geometry,
        name="Some",
        source="",
        licence="",
        vintage="",
    )


def small_sources(folder: Path) -> dict[str, Path]:
    """Two wiggly wards, a neighbour to their west, residents, and incidents in each ward."""
    x, y = 424_000.0, 564_000.0
    steps = np.linspace(0, 2000, 201)
    divide = [(x + 1000 + 30 * np.sin(step / 40), y + step) for step in steps]
    west = shapely.Polygon([(x, y), *divide, (x, y + 2000)])
    east = shapely.Polygon([(x + 2000, y + 2000), *divide[::-1], (x + 2000, y)])
    columns = {"ward_code": CODES[:2], "ward_name": ["West", "East"], "lad_code": "E1", "lad_name": "Town"}
    wards = gpd.GeoDataFrame(columns | {"force": "Northumbria"}, geometry=[west, east], crs=27700)
    authorities = gpd.GeoDataFrame(
        {"lad_code": ["E1", "E2"], "lad_name": ["Town", "Shire"]},
        geometry=[shapely.union(west, east), shapely.box(x - 5000, y, x, y + 2000)],
        crs=27700,
    )
    wards.to_file(folder / "wards.gpkg")
    authorities.to_file(folder / "authorities.gpkg")
    write_population(folder / "people.csv", [(CODES[0], "West", 10), (CODES[1], "East", 20)])
    points = gpd.GeoSeries.from_xy([x + 500] * 6 + [x + 1500] * 3, [y + 300] * 9, crs=27700).to_crs(4326)
    rows = [
        f",2021-01,Northumbria Police,Northumbria Police,{point.x:.6f},{point.y:.6f},On or near,E01000001,Town,"
        "Anti-social behaviour,,\n"
        for point in points
    ]
    (folder / "2021-01-northumbria-street.csv").write_text(STREET_HEADER + "".join(rows))
    return {
        "wards_file": folder / "wards.gpkg",
        "context_file": folder / "authorities.gpkg",
        "population_file": folder / "people.csv",
    }


def test_a_small_coverage_is_built_and_read(tmp_path: Path) -> None:
    out, static = tmp_path / "out", tmp_path / "static"
    report = build_coverage(
        **small_sources(tmp_path),
        crime_paths=[tmp_path / "2021-01-northumbria-street.csv"],
        out_dir=out,
        static_dir=static,
    )
    assert (report.wards, report.authorities, report.population) == (2, 1, 30)
    assert (report.incidents_tested, report.incidents_changing_ward, report.crimes_changing_ward) == (9, 0, 0)
    assert report.vertices_after < report.vertices_before
    built = read_embedded(out)
    assert built.codes == CODES[:2]
    assert built.context_names == ("Shire",)
    assert built.area_km2.sum() == pytest.approx(4.0, abs=1e-3)
    assert shapely.coverage_is_valid(built.geometry)
    about = json.loads((out / EMBEDDED_METADATA).read_text(encoding="utf-8"))
    assert about["source_files"] == ["wards.gpkg", "authorities.gpkg", "people.csv"]
    assert len(list((static / "geo").iterdir())) == 1


def test_a_coverage_that_moves_incidents_is_refused_and_nothing_written(tmp_path: Path) -> None:
    sources = small_sources(tmp_path)
    # Incidents in the bends of the divide, which a coarse simplification cuts off.
    x, y = 424_000.0, 564_000.0
    bends = [(x + 1000 + 20 * sign, y + 40 * np.pi * (turn + 0.5)) for turn in range(10) for sign in [(-1) ** turn]]
    points = gpd.GeoSeries.from_xy(*zip(*bends, strict=True), crs=27700).to_crs(4326)
    (tmp_path / "2021-01-northumbria-street.csv").write_text(
        STREET_HEADER
        + "".join(
            f",2021-01,Northumbria Police,Northumbria Police,{point.x:.6f},{point.y:.6f},On or near,E01000001,Town,"
            "Burglary,,\n"
            for point in points
        )
    )
    with pytest.raises(InputError, match=r"of 10 incidents change ward; use a smaller tolerance"):
        build_coverage(
            **sources,
            crime_paths=[tmp_path / "2021-01-northumbria-street.csv"],
            out_dir=tmp_path / "out",
            tolerance_m=300.0,
        )
    assert not (tmp_path / "out").exists()


def test_sources_that_do_not_serve_are_refused(tmp_path: Path) -> None:
    sources = small_sources(tmp_path)
    street = tmp_path / "2021-01-northumbria-street.csv"
    (tmp_path / "in the way").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        build_coverage(**sources, crime_paths=[street], out_dir=tmp_path / "in the way")
    make_frame().rename(columns={"WD20CD": "lad_code", "WD20NM": "lad_name"}).iloc[:1].assign(lad_code="E1").to_file(
        tmp_path / "authorities.gpkg", mode="w"
    )
    with pytest.raises(InputError, match="holds no authority beside the force's own"):
        build_coverage(**sources, crime_paths=[street], out_dir=tmp_path / "out")
    outcomes = tmp_path / "2021-01-northumbria-outcomes.csv"
    outcomes.write_text(
        "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Outcome type\n"
    )
    with pytest.raises(InputError, match="no street file"):
        build_coverage(**sources, crime_paths=[outcomes], out_dir=tmp_path / "out")


@pytest.mark.real_data
def test_the_embedded_coverage_is_what_the_command_builds(real_data: Path, tmp_path: Path) -> None:
    (people,) = (real_data / "population").glob("ward2020_mid2020*.csv")
    report = build_coverage(
        real_data / "boundaries" / "wards_2020_bgc_northeast.geojson",
        real_data / "boundaries" / "lad_2020_bgc_northeast_and_neighbours.geojson",
        people,
        [real_data / "crime" / "northumbria"],
        tmp_path,
    )
    assert report.incidents_tested == 523_400
    assert report.crimes_changing_ward <= MAX_SHARE_CHANGED / 10
    assert report.largest_ward_change[1] <= 0.01
    assert (tmp_path / EMBEDDED_WARDS).read_bytes() == (EMBEDDED_BOUNDARIES / EMBEDDED_WARDS).read_bytes()
    built, carried = read_embedded(tmp_path), read_embedded()
    assert shapely.area(built.context) == pytest.approx(shapely.area(carried.context), rel=1e-6)
    assert (built.name, built.source, built.licence) == (carried.name, carried.source, carried.licence)
