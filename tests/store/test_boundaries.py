"""The embedded wards are whole and clean; a force's own set is replaced whole or not at all."""

from __future__ import annotations

import errno
import json
import resource
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from hotspots.errors import StoreError
from hotspots.schemas import Boundaries
from hotspots.settings import EMBEDDED_BOUNDARIES, read_settings
from hotspots.store import boundaries as store
from tests.boundary_files import CODES, NAMES, make_squares

KILL_POINTS = ("mkdir", "write", "flushed", "replace", "synced")


def make_boundaries(**changes: object) -> Boundaries:
    boundaries = Boundaries(
        codes=CODES,
        names=NAMES,
        lad_codes=("E08000021",) * 4,
        lad_names=("Newcastle upon Tyne",) * 4,
        population=np.array([100.0, np.nan, 300.0, 400.0]),
        area_km2=np.ones(4),
        geometry=np.array(make_squares(), dtype=object),
        name="Test wards",
        source="A test",
        licence="None",
        vintage="2020",
        context=np.array([shapely.box(0, 0, 5, 5)], dtype=object),
        context_names=("Nowhere",),
    )
    return replace(boundaries, **changes)


def test_the_embedded_wards_are_those_of_northumbria() -> None:
    embedded = store.read_embedded()
    assert (len(embedded), len(set(embedded.lad_codes))) == (177, 6)
    assert set(embedded.lad_names) == {
        "Gateshead", "Newcastle upon Tyne", "North Tyneside", "Northumberland", "South Tyneside", "Sunderland",
    }  # fmt: skip
    assert embedded.population.sum() == 1_470_444
    assert embedded.population.min() > 0
    assert embedded.area_km2.sum() == pytest.approx(5572.16, abs=0.01)
    for code in ("E05009096", "E05009126", "E05009108", "E05009121", "E05009105", "E05011437", "E05001172"):
        assert code in embedded.codes
    assert embedded.licence.startswith("Contains public sector information licensed under the Open Government Licence")


def test_the_embedded_wards_neither_overlap_nor_part() -> None:
    embedded = store.read_embedded()
    assert shapely.is_valid(embedded.geometry).all()
    assert shapely.coverage_is_valid(embedded.geometry)
    together = shapely.coverage_union_all(embedded.geometry)
    assert together.area == pytest.approx(shapely.area(embedded.geometry).sum(), rel=1e-9)
    # Simplified, each ward keeps its size; the smallest has 0.4 square kilometres.
    assert shapely.area(embedded.geometry) / 1e6 == pytest.approx(embedded.area_km2, rel=0.01)


def test_the_context_meets_the_wards_without_sliver_or_overlap() -> None:
    embedded = store.read_embedded()
    assert len(embedded.context) == len(embedded.context_names) == 12
    assert {"County Durham", "Scottish Borders", "Carlisle", "Eden"} <= set(embedded.context_names)
    assert shapely.is_valid(embedded.context).all()
    wards = shapely.coverage_union_all(embedded.geometry)
    around = shapely.union_all(embedded.context)
    assert shapely.intersection(wards, around).area < 0.05e6
    # A sliver between wards and neighbours would be a hole of their union.
    holes = [ring for part in shapely.get_parts(shapely.union(wards, around)) for ring in part.interiors]
    slivers = sum(shapely.Polygon(ring).area for ring in holes if shapely.distance(ring, around) == 0)
    assert slivers < 0.05e6


def test_the_embedded_metadata_says_where_it_comes_from_and_how_faithful_it_is() -> None:
    about = json.loads((EMBEDDED_BOUNDARIES / store.EMBEDDED_METADATA).read_text(encoding="utf-8"))
    assert all(about[key] for key in ("name", "source", "licence", "vintage", "source_files", "method"))
    assert about["crimes_changing_ward"] == pytest.approx(
        about["incidents_changing_ward"] / about["incidents_tested"], abs=1e-7
    )
    assert about["incidents_tested"] == 523_400
    assert about["crimes_changing_ward"] <= 0.002
    assert about["largest_ward_change"][1] <= 0.01
    assert about["valid_coverage"] is True
    embedded = store.read_embedded()
    assert about["wards"] == len(embedded)
    assert about["vertices_after"] == shapely.get_num_coordinates(embedded.geometry).sum()
    assert about["vertices_after"] < about["vertices_before"]
    for name, size in about["files"].items():
        assert (EMBEDDED_BOUNDARIES / name).stat().st_size == size
    assert about["files"][store.EMBEDDED_WARDS] < 600_000


def test_reading_the_embedded_wards_loads_no_heavy_library() -> None:
    code = """
        import sys, time
        from hotspots.store.boundaries import read_embedded
        read_embedded()
        start = time.perf_counter()
        read_embedded()
        print(time.perf_counter() - start)
        print([name for name in ("geopandas", "pandas", "pyogrio", "pyarrow") if name in sys.modules])
    """
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True, cwd=Path.cwd()
    )
    seconds, loaded = result.stdout.splitlines()
    assert loaded == "[]"
    assert float(seconds) < 1.0  # 0.06 s on a quiet machine; a busy one may take longer


@pytest.mark.parametrize("damage", ["missing", "truncated", "other"])
def test_damaged_embedded_files_are_named(tmp_path: Path, damage: str) -> None:
    for file in EMBEDDED_BOUNDARIES.glob("northumbria_*"):
        content = file.read_bytes()
        (tmp_path / file.name).write_bytes(content)
    wards = tmp_path / store.EMBEDDED_WARDS
    if damage == "missing":
        wards.unlink()
    else:
        wards.write_bytes(b'{"features": [{"a": 1}]}' if damage == "other" else content[: len(content) // 2])
    with pytest.raises(StoreError, match=r"cannot be read .*; install the project again"):
        store.read_embedded(tmp_path)


def test_without_an_import_the_embedded_wards_are_active(home: Path) -> None:
    settings = read_settings()
    assert store.read_active(settings).version == store.read_embedded().version
    assert store.read_report(settings) is None
    assert store.reset(settings) is False
    assert not home.exists()


def test_what_is_saved_is_read_back_equal() -> None:
    settings = read_settings()
    boundaries = make_boundaries()
    path = store.save_boundaries(boundaries, {"areas": 4, "notes": ["Kept."]}, settings.boundaries_home)
    again = store.read_active(settings)
    for column in ("codes", "names", "lad_codes", "lad_names", "name", "source", "licence", "vintage", "context_names"):
        assert getattr(again, column) == getattr(boundaries, column)
    np.testing.assert_array_equal(again.population, boundaries.population)
    np.testing.assert_array_equal(again.area_km2, boundaries.area_km2)
    assert shapely.equals_exact(again.geometry, boundaries.geometry).all()
    assert shapely.equals_exact(again.context, boundaries.context).all()
    assert again.version == boundaries.version
    assert store.read_report(settings) == {"areas": 4, "notes": ["Kept."]}
    assert [file.name for file in path.parent.iterdir() if not file.name.endswith(".lock")] == [store.KEPT]
    assert store.reset(settings) is True
    assert store.read_active(settings).version == store.read_embedded().version


def test_other_programs_can_read_what_is_kept() -> None:
    path = store.save_boundaries(make_boundaries(), {}, read_settings().boundaries_home)
    frame = gpd.read_parquet(path)
    assert frame.crs == "EPSG:27700"
    assert frame.loc[frame["role"] == "area", "code"].tolist() == list(CODES)
    assert frame.area.tolist() == [1e6] * 4 + [25]


def test_an_embedded_set_survives_saving() -> None:
    settings = read_settings()
    embedded = store.read_embedded()
    store.save_boundaries(embedded, {}, settings.boundaries_home)
    again = store.read_active(settings)
    assert again.version == embedded.version
    assert shapely.coverage_is_valid(again.geometry)
    assert again.context_names == embedded.context_names


def test_a_second_import_replaces_the_first_and_clears_what_a_crash_left() -> None:
    settings = read_settings()
    folder = settings.boundaries_home
    store.save_boundaries(make_boundaries(), {}, folder)
    (folder / ".boundaries-0123.part").write_bytes(b"half")
    store.save_boundaries(make_boundaries(name="Second"), {}, folder)
    assert store.read_active(settings).name == "Second"
    assert not list(folder.glob("*.part"))


@pytest.mark.parametrize("content", [b"", b"PAR1 nonsense PAR1", None])
def test_a_damaged_kept_file_says_what_to_do(content: bytes | None) -> None:
    settings = read_settings()
    path = store.save_boundaries(make_boundaries(), {}, settings.boundaries_home)
    path.write_bytes(path.read_bytes()[:-500] if content is None else content)
    for read in (store.read_active, store.read_report):
        with pytest.raises(StoreError, match="are damaged; import them again, or remove the file"):
            read(settings)


def test_a_full_disk_leaves_the_last_set(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read_settings()
    store.save_boundaries(make_boundaries(), {}, settings.boundaries_home)

    def fill(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store.os, "fsync", fill)
    with pytest.raises(StoreError, match=r"No space left on device.*what was there is untouched"):
        store.save_boundaries(make_boundaries(name="Second"), {}, settings.boundaries_home)
    monkeypatch.undo()
    assert store.read_active(read_settings({"HOTSPOTS_HOME": str(settings.home)})).name == "Test wards"
    assert not list(settings.boundaries_home.glob("*.part"))


def test_a_write_that_breaks_off_leaves_the_last_set() -> None:
    settings = read_settings()
    store.save_boundaries(make_boundaries(), {}, settings.boundaries_home)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))  # the operating system refuses every byte beyond
    try:
        with pytest.raises(StoreError, match="File too large"):
            store.save_boundaries(make_boundaries(name="Second"), {}, settings.boundaries_home)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert store.read_active(settings).name == "Test wards"
    assert not list(settings.boundaries_home.glob("*.part"))


def test_a_data_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match=r"cannot be written to .*HOTSPOTS_HOME"):
        store.save_boundaries(make_boundaries(), {}, tmp_path / "file" / "boundaries")


def test_a_running_import_is_waited_for_and_then_named(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = read_settings().boundaries_home
    store.save_boundaries(make_boundaries(), {}, folder)
    monkeypatch.setattr(store, "LOCK_SECONDS", 0.05)
    with store.FileLock(folder / ".boundaries.lock"), pytest.raises(StoreError, match="Another import is writing"):
        store.save_boundaries(make_boundaries(), {}, folder)


KILLED = """
    import os, signal, sys
    from dataclasses import replace
    from pathlib import Path
    from hotspots.settings import read_settings
    from hotspots.store import boundaries as store

    point = sys.argv[1]
    die = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
    if point == "mkdir":
        Path.mkdir = die
    elif point == "write":
        import pyarrow.parquet as pq
        def half(table, file, **_):
            file.write(b"PAR1 half a file")
            file.flush()
            die()
        pq.write_table = half
    elif point == "flushed":
        os.fsync = die
    elif point == "replace":
        Path.replace = die
    else:
        store.sync_folder = die
    store.save_boundaries(replace(store.read_embedded(), name="Second"), {}, read_settings().boundaries_home)
"""


def test_a_killed_import_leaves_the_first_or_the_second_set_whole() -> None:
    settings = read_settings()
    store.save_boundaries(make_boundaries(), {}, settings.boundaries_home)
    names = {}
    for point in KILL_POINTS:
        result = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(KILLED), point],
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == -signal.SIGKILL, result.stderr
        names[point] = store.read_active(settings).name
    assert names == {
        "mkdir": "Test wards", "write": "Test wards", "flushed": "Test wards", "replace": "Test wards",
        "synced": "Second",
    }  # fmt: skip
    store.save_boundaries(make_boundaries(name="Third"), {}, settings.boundaries_home)
    assert store.read_active(settings).name == "Third"
    assert not list(settings.boundaries_home.glob("*.part"))
