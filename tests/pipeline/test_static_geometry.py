"""The browser's shapes are written once, under a name that follows their content."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely

from hotspots import crs
from hotspots.pipeline import static_geometry
from hotspots.pipeline.static_geometry import find_outlines, name_source, write_static_geometry
from hotspots.settings import STATIC
from hotspots.store.boundaries import read_embedded
from tests.packed_outlines import unpack
from tests.store.test_boundaries import make_boundaries

if TYPE_CHECKING:
    from pathlib import Path


def test_the_shapes_of_the_embedded_wards_come_with_the_project(tmp_path: Path) -> None:
    written = write_static_geometry(read_embedded(), tmp_path)
    assert written.path is not None
    assert written.simplified_m == 0
    carried = STATIC / written.path
    assert carried.is_file(), "the shapes changed: write static/geo again with write_static_geometry(read_embedded())"
    assert carried.read_bytes() == (tmp_path / written.path).read_bytes()
    assert carried.stat().st_size < 600_000
    assert written.version == static_geometry.EMBEDDED
    assert name_source(read_embedded()) == static_geometry.EMBEDDED_FROM, "write down what they are made from now"
    assert write_static_geometry(read_embedded()) == written
    assert f"!static/{written.path}" in (STATIC.parent / ".gitignore").read_text().splitlines()


def test_embedded_wards_beside_other_neighbours_are_not_the_embedded_shapes() -> None:
    embedded = read_embedded()
    alone = replace(embedded, context=embedded.context[:0], context_names=())
    assert name_source(alone) != static_geometry.EMBEDDED_FROM
    assert name_source(replace(embedded, codes=embedded.codes[::-1])) != static_geometry.EMBEDDED_FROM


def test_only_the_latest_shapes_stay_beside_the_embedded_ones(tmp_path: Path) -> None:
    embedded = tmp_path / "geo" / f"{static_geometry.EMBEDDED}.json"
    embedded.parent.mkdir()
    embedded.write_text("{}")
    known = make_boundaries()
    written = []
    for number in range(static_geometry.MAX_KEPT + 2):
        names = tuple(f"{name} {number}" for name in known.names)
        written.append(tmp_path / str(write_static_geometry(replace(known, names=names), tmp_path).path))
        os.utime(written[-1], ns=(number, number))
    assert set(embedded.parent.iterdir()) == {embedded, *written[-static_geometry.MAX_KEPT :]}
    again = replace(known, names=tuple(f"{name} 2" for name in known.names))  # the oldest, shown once more
    write_static_geometry(again, tmp_path)
    write_static_geometry(known, tmp_path)
    assert written[2].is_file()
    assert not written[3].exists()


def test_the_file_holds_codes_names_and_outlines_only(tmp_path: Path) -> None:
    written = write_static_geometry(make_boundaries(), tmp_path)
    content = (tmp_path / str(written.path)).read_bytes()
    assert written.version == hashlib.sha256(content).hexdigest()[:12]
    assert written.path == f"geo/{written.version}.json"
    assert written.shapes is None
    shapes = json.loads(content)
    assert [properties["id"] for properties, *_ in shapes["features"]] == list(make_boundaries().codes)
    assert all(set(properties) == {"id", "name", "lad"} for properties, *_ in shapes["features"])
    outline = unpack(shapes)[0]
    assert shapely.hausdorff_distance(crs.geometry_to_bng(np.array([outline]))[0], make_boundaries().geometry[0]) < 1


def test_shared_edges_stay_shared(tmp_path: Path) -> None:
    written = write_static_geometry(read_embedded(), tmp_path)
    assert shapely.coverage_is_valid(unpack(json.loads((tmp_path / str(written.path)).read_text(encoding="utf-8"))))


def test_the_same_boundaries_write_nothing_twice_and_others_another_file(tmp_path: Path) -> None:
    first = write_static_geometry(make_boundaries(), tmp_path)
    path = tmp_path / str(first.path)
    before = path.stat().st_ino
    assert write_static_geometry(make_boundaries(population=np.ones(4)), tmp_path) == first
    assert path.stat().st_ino == before
    second = write_static_geometry(make_boundaries(names=("A", "B", "C", "D")), tmp_path)
    assert second.version != first.version
    assert sorted(file.stem for file in (tmp_path / "geo").iterdir()) == sorted([first.version, second.version])


def test_a_folder_that_cannot_be_written_gives_the_shapes_themselves(tmp_path: Path) -> None:
    (tmp_path / "geo").write_text("in the way")
    written = write_static_geometry(make_boundaries(), tmp_path)
    assert written.path is None
    assert written.shapes is not None
    assert len(written.shapes["features"]) == 4
    assert written.version == write_static_geometry(make_boundaries(), tmp_path / "other").version


def test_a_program_that_is_read_only_writes_to_the_data_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "program").mkdir()
    (tmp_path / "program" / "geo").write_text("in the way")
    monkeypatch.setattr(static_geometry, "STATIC", tmp_path / "program")
    monkeypatch.setenv("HOTSPOTS_HOME", str(tmp_path / "home"))
    written = write_static_geometry(make_boundaries(), tmp_path / "program")
    assert written.shapes is None
    assert written.path == f"geo/{written.version}.json"
    path = tmp_path / "home" / "outlines" / written.path
    assert hashlib.sha256(path.read_bytes()).hexdigest()[:12] == written.version
    assert find_outlines(written.version) == path
    assert find_outlines("0123456789ab") is None
    assert find_outlines("../../etc/hosts") is None
    (tmp_path / "program" / "geo").unlink()
    assert write_static_geometry(make_boundaries(), tmp_path / "program").path == written.path
    assert find_outlines(written.version) == tmp_path / "program" / written.path


def test_detailed_outlines_are_simplified_for_the_screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    boundaries = make_boundaries()
    fine = replace(boundaries, geometry=shapely.segmentize(boundaries.geometry, 10))
    monkeypatch.setattr(static_geometry, "MAX_VERTICES", 100)
    written = write_static_geometry(fine, tmp_path)
    assert written.simplified_m == 5
    shapes = unpack(json.loads((tmp_path / str(written.path)).read_text(encoding="utf-8")))
    assert shapely.get_num_coordinates(shapes).sum() <= 100
    assert shapely.coverage_is_valid(shapes)
