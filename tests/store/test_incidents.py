"""The incident store: versions, revisions, readers and what goes wrong with disks."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspots.errors import InputError, StoreError
from hotspots.months import parse_month
from hotspots.schemas import Incidents
from hotspots.store import manifest as manifest_module
from hotspots.store.incidents import IncidentStore
from hotspots.store.manifest import KEPT_MANIFESTS, Manifest

TYPES = ("Burglary", "Drugs")


def month_of(month: str = "2022-01", size: int = 3, force: str = "northumbria", **changes: Any) -> Incidents:
    values: dict[str, Any] = {
        "force": force,
        "month": parse_month(month),
        "lon": np.where(np.arange(size) % 3 == 2, np.nan, -1.6 - np.arange(size) / 1000),
        "lat": np.where(np.arange(size) % 3 == 2, np.nan, 54.9),
        "crime_type": (np.arange(size) % 2).astype(np.int32),
        "outcome": np.zeros(size, dtype=np.int32),
        "n": np.ones(size, dtype=np.int32),
        "crime_key": np.arange(size, dtype=np.uint64),
        "types": TYPES,
        "outcomes": ("",),
    }
    return Incidents(**(values | changes))


def load(root: Path, *months: Incidents, source: str = "s") -> Manifest:
    with IncidentStore(root).begin() as work:
        for item in months:
            work.put(work.write(item, source=source))
        return work.commit({source: {"report": {}, "tables": len(months)}})


def files_of(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_an_empty_store_reads_as_empty(tmp_path: Path) -> None:
    store = IncidentStore(tmp_path / "nothing")
    incidents = store.read()
    assert len(incidents.n) == len(incidents.month) == len(incidents.lon) == 0
    assert store.coverage().by_force == {}
    assert store.files() == ()
    assert incidents.grid_m is None
    assert not (tmp_path / "nothing").exists()


def test_what_is_stored_is_read(tmp_path: Path) -> None:
    load(
        tmp_path,
        month_of("2022-02", 2, types=("Vehicle crime", "Burglary")),
        month_of("2022-01", 3),
        month_of("2022-03", 1, force="durham", n=np.array([7], dtype=np.int32)),
    )
    store = IncidentStore(tmp_path)
    incidents = store.read()
    assert incidents.forces == ("durham", "northumbria")
    assert incidents.types == ("Burglary", "Drugs", "Vehicle crime")
    assert incidents.month.tolist() == [626, 624, 624, 624, 625, 625]
    assert [incidents.forces[code] for code in incidents.force] == ["durham"] + ["northumbria"] * 5
    assert incidents.n.tolist() == [7, 1, 1, 1, 1, 1]
    names = [incidents.types[code] for code in incidents.crime_type]
    assert sorted(names[1:4]) == ["Burglary", "Burglary", "Drugs"]
    assert sorted(names[4:]) == ["Burglary", "Vehicle crime"]
    assert int(np.isnan(incidents.lon).sum()) == 1
    assert incidents.ward_code is None
    assert incidents.coverage.by_force == {"durham": (626,), "northumbria": (624, 625)}
    assert incidents.data_version == store.data_version
    assert [(item.rows, item.incidents, item.located) for item in store.files()] == [(1, 7, 7), (3, 3, 2), (2, 2, 2)]


def test_wards_and_grid_are_kept(tmp_path: Path) -> None:
    load(
        tmp_path,
        month_of("2022-01", 2, ward_code=np.array([1, 0], dtype=np.int32), wards=("", "E2"), grid_m=100.0),
        month_of("2022-02", 1, ward_code=np.array([0], dtype=np.int32), wards=("E1",), grid_m=100.0),
    )
    incidents = IncidentStore(tmp_path).read()
    assert incidents.grid_m == 100.0
    assert incidents.wards == ("", "E1", "E2")
    assert incidents.ward_code is not None
    assert sorted(incidents.wards[code] for code in incidents.ward_code[:2]) == ["", "E2"]
    assert incidents.wards[incidents.ward_code[2]] == "E1"


def test_grid_and_points_do_not_mix(tmp_path: Path) -> None:
    load(tmp_path, month_of("2022-01"))
    before = files_of(tmp_path)
    with pytest.raises(InputError, match="would mix counts on a grid with points"):
        load(tmp_path, month_of("2022-02", grid_m=100.0))
    assert files_of(tmp_path) == before


def test_loading_the_same_again_changes_nothing(tmp_path: Path) -> None:
    first = load(tmp_path, month_of("2022-01"))
    before = files_of(tmp_path)
    assert load(tmp_path, month_of("2022-01")) == first
    assert files_of(tmp_path) == before


def test_a_revised_month_replaces_the_old_one(tmp_path: Path) -> None:
    first = load(tmp_path, month_of("2022-01", 3), month_of("2022-02", 3))
    second = load(tmp_path, month_of("2022-02", 5), source="t")
    assert second.data_version != first.data_version
    assert [item.rows for item in IncidentStore(tmp_path).files()] == [3, 5]
    assert load(tmp_path, month_of("2022-02", 3)).data_version == first.data_version


@settings(max_examples=15, deadline=None)
@given(st.permutations([("northumbria", "2022-01"), ("northumbria", "2022-02"), ("durham", "2022-01")]), st.booleans())
def test_data_version_does_not_depend_on_order_or_number_of_loads(
    tmp_path_factory: pytest.TempPathFactory, order: list[tuple[str, str]], together: bool
) -> None:
    root = tmp_path_factory.mktemp("store")
    months = [month_of(month, force=force) for force, month in order]
    if together:
        manifest = load(root, *months)
    else:
        for position, item in enumerate(months):
            manifest = load(root, item, source=f"s{position}")
    assert manifest.data_version == "618e1f1b6f1f"


def test_sources_are_known_while_all_their_months_are_in_force(tmp_path: Path) -> None:
    load(tmp_path, month_of("2022-01"), month_of("2022-02"), source="a")
    with IncidentStore(tmp_path).begin() as work:
        assert work.knows("a")
        assert not work.knows("b")
    load(tmp_path, month_of("2022-02", 9), source="b")
    with IncidentStore(tmp_path).begin() as work:
        assert not work.knows("a")
        assert work.knows("b")
    load(tmp_path, month_of("2022-01", 9), source="b")
    assert set(IncidentStore(tmp_path).open_read().sources) == {"b"}


def test_nothing_is_kept_without_commit(tmp_path: Path) -> None:
    load(tmp_path, month_of("2022-01"))
    before = files_of(tmp_path)
    with IncidentStore(tmp_path).begin() as work:
        work.put(work.write(month_of("2022-02"), source="t"))
    assert files_of(tmp_path) == before

    def interrupted() -> None:
        with IncidentStore(tmp_path).begin() as work:
            work.put(work.write(month_of("2022-02"), source="t"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert files_of(tmp_path) == before


def test_a_load_that_fails_keeps_files_that_older_states_share(tmp_path: Path) -> None:
    load(tmp_path, month_of("2022-01", 3))
    load(tmp_path, month_of("2022-01", 4), source="t")
    with IncidentStore(tmp_path).begin() as work:
        work.put(work.write(month_of("2022-01", 3), source="u"))
    assert len(list(tmp_path.glob("northumbria/*.parquet"))) == 2


def test_old_states_and_what_interrupted_loads_left_are_cleared(tmp_path: Path) -> None:
    last = KEPT_MANIFESTS + 4
    for size in range(1, last + 1):
        load(tmp_path, month_of("2022-01", size), source=f"s{size}")
    (tmp_path / "northumbria" / ".tmp-abc").write_bytes(b"half a file")
    (tmp_path / ".tmp-def").write_bytes(b"half a file")
    (tmp_path / "northumbria" / "2022-09-0123.parquet").write_bytes(b"never committed")
    (tmp_path / "manifests" / "000099-0123456789ab.json").write_text("{}")
    (tmp_path / "manifests" / f"{last - 1:06d}-damaged.json").write_text("{")
    with IncidentStore(tmp_path).begin():
        pass
    names = sorted(path.name for path in tmp_path.rglob("*") if path.is_file())
    assert sum(name.endswith(".parquet") for name in names) <= KEPT_MANIFESTS
    assert sum(name.endswith(".json") for name in names) == KEPT_MANIFESTS
    assert not [name for name in names if name.startswith(".tmp")]
    assert "2022-09-0123.parquet" not in names
    assert len(IncidentStore(tmp_path).read().n) == last


def test_an_earlier_version_is_put_in_force_again_byte_for_byte(tmp_path: Path) -> None:
    first = load(tmp_path, month_of("2022-01", 3))
    second = load(tmp_path, month_of("2022-01", 5), source="t")
    store = IncidentStore(tmp_path)
    assert [version.manifest.data_version for version in store.versions()] == [
        second.data_version, first.data_version,
    ]  # fmt: skip
    with store.begin() as work:
        restored = work.restore(store.versions()[1].manifest)
    assert restored.data_version == store.data_version == first.data_version
    assert restored.sequence == 3
    assert len(store.read().n) == 3
    with store.begin() as work:
        assert work.restore(restored) == restored
        assert work.restore(store.versions()[1].manifest).data_version == second.data_version


def test_a_source_set_aside_is_stored_but_not_counted(tmp_path: Path) -> None:
    load(tmp_path, month_of("2022-01", 3))
    store = IncidentStore(tmp_path)
    plain = store.data_version
    with store.begin() as work:
        work.set_aside(["northumbria", "nobody"])
    assert store.data_version != plain
    assert len(store.read().n) == 0
    assert store.read().coverage.by_force == {}
    assert store.coverage().by_force == {"northumbria": (624,)}
    assert store.open_read().set_aside == ("northumbria",)
    with store.begin() as work:
        work.set_aside([])
    assert store.data_version == plain
    assert len(store.read().n) == 3


def test_a_version_whose_files_are_gone_is_refused(tmp_path: Path) -> None:
    old = load(tmp_path, month_of("2022-01", 3))
    load(tmp_path, month_of("2022-01", 5), source="t")
    (tmp_path / old.months[0].file).unlink()
    store = IncidentStore(tmp_path)
    with store.begin() as work, pytest.raises(StoreError, match="no longer kept"):
        work.restore(old)
    assert len(store.read().n) == 5


def test_a_reader_is_not_disturbed_by_the_next_loads(tmp_path: Path) -> None:
    load(tmp_path, month_of("2022-01", 3))
    store = IncidentStore(tmp_path)
    old = store.open_read()
    load(tmp_path, month_of("2022-01", 4), source="t")
    load(tmp_path, month_of("2022-01", 5), source="u")
    assert len(store._read(old).n) == 3


def test_a_reader_that_was_overtaken_reads_the_newest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = IncidentStore(tmp_path)
    load(tmp_path, month_of("2022-01", 1))
    old = store.open_read()
    last = KEPT_MANIFESTS + 3
    for size in range(2, last + 1):
        load(tmp_path, month_of("2022-01", size), source=f"s{size}")
    answers = [old]
    current = store.open_read
    monkeypatch.setattr(store, "open_read", lambda: answers.pop() if answers else current())
    assert len(store.read().n) == last


def test_two_loads_at_once_wait_for_each_other(tmp_path: Path) -> None:
    with IncidentStore(tmp_path).begin() as first:
        first.put(first.write(month_of("2022-01"), source="a"))
        other = threading.Thread(target=load, args=(tmp_path, month_of("2022-02")), kwargs={"source": "b"})
        other.start()
        other.join(timeout=0.3)
        assert other.is_alive()
        first.commit({"a": {"report": {}, "tables": 1}})
    other.join(timeout=20)
    assert not other.is_alive()
    assert IncidentStore(tmp_path).coverage().by_force == {"northumbria": (624, 625)}


def damage(root: Path, what: str) -> None:
    match what:
        case "current":
            (root / "CURRENT").write_bytes(b"\xff\xfe")
        case "names nothing":
            (root / "CURRENT").write_text("000009-none.json")
        case "manifest":
            next((root / "manifests").iterdir()).write_text('{"format": 1')
        case "empty manifest":
            next((root / "manifests").iterdir()).write_text("{}")
        case "other format":
            path = next((root / "manifests").iterdir())
            path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 99}))
        case "month file":
            next(root.glob("northumbria/*.parquet")).write_bytes(b"PAR1 rubbish PAR1")
        case "truncated":
            path = next(root.glob("northumbria/*.parquet"))
            path.write_bytes(path.read_bytes()[:-20])
        case "missing":
            next(root.glob("northumbria/*.parquet")).unlink()
        case "other rows":
            other = root / "other"
            load(other, month_of("2022-01", 9))
            next(other.glob("northumbria/*.parquet")).replace(next(root.glob("northumbria/*.parquet")))


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("current", r"cannot be read at .*CURRENT"),
        ("names nothing", r"cannot be read at .*000009-none\.json"),
        ("manifest", r"cannot be read at .*\.json"),
        ("empty manifest", r"cannot be read at .*\.json"),
        ("other format", "was written by another version of Hotspots"),
        ("month file", "stored month 2022-01 of northumbria is damaged"),
        ("truncated", "stored month 2022-01 of northumbria is damaged"),
        ("missing", "stored month 2022-01 of northumbria is damaged .* the file is missing"),
        ("other rows", "is damaged .* 9 rows instead of 3"),
    ],
)
def test_a_damaged_store_is_one_sentence(tmp_path: Path, what: str, message: str) -> None:
    load(tmp_path, month_of("2022-01"))
    damage(tmp_path, what)
    with pytest.raises(StoreError, match=message):
        IncidentStore(tmp_path).read()


def test_crime_keys_of_rows_that_have_one(tmp_path: Path) -> None:
    load(tmp_path, month_of("2022-01", 3), month_of("2022-02", 2))
    store = IncidentStore(tmp_path)
    assert sorted(store.read_crime_keys(store.files()).tolist()) == [1, 1, 2]
    assert store.read_crime_keys([]).tolist() == []
    damage(tmp_path, "month file")
    with pytest.raises(StoreError, match="is damaged"):
        store.read_crime_keys(store.files())


NO_ROOM = "There is no room on the disk for .*; what was stored before is untouched. Free some space"


@pytest.mark.parametrize(
    ("code", "message", "call"),
    [
        *((errno.ENOSPC, NO_ROOM, call) for call in range(1, 12)),
        (errno.EROFS, "may not be written .*; what was stored before is untouched. Set HOTSPOTS_HOME to a folder", 1),
        (errno.EACCES, "may not be written", 4),
        (errno.EIO, "cannot be written .*; what was stored before is untouched. Check the data home", 9),
    ],
)
def test_a_disk_that_fails_at_any_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, message: str, call: int
) -> None:
    load(tmp_path, month_of("2022-01"))
    before = files_of(tmp_path)
    calls = 0

    def failing(real: Any) -> Any:
        def work(*args: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == call:
                raise OSError(code, os.strerror(code))
            return real(*args)

        return work

    monkeypatch.setattr(manifest_module.os, "fsync", failing(os.fsync))
    monkeypatch.setattr(manifest_module.os, "replace", failing(os.replace))
    # The eleventh call flushes the folder after the new state is in force: too late to undo, and nothing is lost.
    committed = call == 11
    with contextlib.nullcontext() if committed else pytest.raises(StoreError, match=message):
        load(tmp_path, month_of("2022-01", 8), month_of("2022-02", 8), source="t")
    assert calls >= call
    monkeypatch.undo()
    after = files_of(tmp_path)
    assert committed or {name: after[name] for name in before} == before
    assert len(IncidentStore(tmp_path).read().n) == (16 if committed else 3)
    assert len(load(tmp_path, month_of("2022-01", 8), month_of("2022-02", 8), source="t").months) == 2


def test_a_full_disk_for_real(tmp_path: Path) -> None:
    """The system itself refuses to write more than a few hundred bytes to a file."""
    load(tmp_path, month_of("2022-01"))
    before = files_of(tmp_path)
    script = (
        "import resource, sys, pathlib\n"
        "from tests.store.test_incidents import load, month_of\n"
        "from hotspots.errors import StoreError\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))\n"
        "try:\n"
        "    load(pathlib.Path(sys.argv[1]), month_of('2022-02', 5000), source='t')\n"
        "except StoreError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.stdout.startswith("There is no room on the disk for")
    assert files_of(tmp_path) == before


@pytest.mark.parametrize("where", ["file", "under a file"])
def test_a_data_home_that_cannot_be_one(tmp_path: Path, where: str) -> None:
    (tmp_path / "taken").write_text("not a folder")
    root = tmp_path / "taken" if where == "file" else tmp_path / "taken" / "incidents"
    assert IncidentStore(root).coverage().by_force == {}
    with pytest.raises(StoreError, match="cannot be written"):
        load(root, month_of())


def test_a_read_only_data_home_can_still_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(tmp_path, month_of("2022-01"))

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    for name in ("replace", "fsync", "mkdir", "unlink"):
        monkeypatch.setattr(os, name, refuse)
    monkeypatch.setattr("filelock.FileLock.acquire", refuse)
    assert len(IncidentStore(tmp_path).read().n) == 3
    with pytest.raises(StoreError, match="may not be written"):
        load(tmp_path, month_of("2022-02"))
