"""Loads: what a person gives, what is kept, what is reported, and that all of it is kept or nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hotspots.errors import InputError, StoreError
from hotspots.months import parse_month
from hotspots.pipeline import load as load_module
from hotspots.pipeline.load import IngestReport, ingest
from hotspots.settings import Settings, read_settings
from hotspots.store.incidents import IncidentStore
from tests.police_uk_files import OUTCOMES_HEADER, month_csv, row, street_csv, write_month, write_zip

if TYPE_CHECKING:
    from collections.abc import Callable

JANUARY = parse_month("2022-01")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def settings(home: Path) -> Settings:
    return read_settings()


@pytest.fixture
def store(settings: Settings) -> IncidentStore:
    return IncidentStore(settings.incidents_home)


def files_of(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_folder_is_loaded_and_reported(tmp_path: Path, settings: Settings, store: IncidentStore) -> None:
    write_month(tmp_path / "in", "2022-01", 10)
    write_month(tmp_path / "in", "2022-03", 20)
    (tmp_path / "in" / "2022-01" / "2022-01-northumbria-outcomes.csv").write_text(f"{OUTCOMES_HEADER}\n")
    (tmp_path / "in" / "budget.csv").write_text("year,pounds\n")
    seen: list[tuple[str, int, int]] = []
    report = ingest([tmp_path / "in"], settings=settings, progress=lambda *args: seen.append(args))
    assert report.rows_kept == 30
    assert report.missing_months == {"northumbria": (JANUARY + 1,)}
    assert [kind for _, kind in report.recognised_not_loaded] == ["outcomes"]
    assert [Path(path).name for path in report.skipped] == ["budget.csv"]
    assert [(change.change, change.rows_before, change.rows_after) for change in report.changes] == [
        ("new", 0, 10),
        ("new", 0, 20),
    ]
    assert seen == [("Reading files", 1, 2), ("Reading files", 2, 2)]
    assert store.data_version == report.data_version
    assert int(store.read().n.sum()) == 30
    assert [file.rows_kept for file in report.files] == [10, 20]


def test_report_is_plain_json(tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "2022-01-northumbria-street.csv"
    bad = row(99, month="2022-01", crime_type="")
    path.write_bytes(month_csv("2022-01") + street_csv([bad, row(98, month="2022-01")], columns=[])[2:])
    document = json.loads(json.dumps(ingest([path], settings=settings).to_json()))
    assert set(document) == {
        "data_version", "files", "changes", "missing_months", "recognised_not_loaded", "skipped", "warnings",
    }  # fmt: skip
    (file,) = document["files"]
    assert (file["path"], file["rows_read"], file["rows_kept"], file["rows_without_location"]) == (str(path), 12, 11, 0)
    assert file["rejected"] == [{"reason": "crime type is empty", "rows": 1, "first_row": 12}]
    assert document["missing_months"] == {"northumbria": []}
    assert document["changes"] == [
        {"force": "northumbria", "month": "2022-01", "change": "new", "rows_before": 0, "rows_after": 11}
    ]


def test_the_second_time_nothing_is_read_and_nothing_changes(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_month(tmp_path / "in", "2022-01")
    write_month(tmp_path / "in", "2022-02", crime_type="New type")
    first = ingest([tmp_path / "in"], settings=settings)
    before = files_of(settings.home)
    monkeypatch.setattr(load_module, "parse_street", pytest.fail)
    again = ingest([tmp_path / "in"], settings=settings)
    assert files_of(settings.home) == before
    assert again.files == first.files
    assert again.data_version == first.data_version
    assert {change.change for change in again.changes} == {"unchanged"}


def test_the_same_bytes_elsewhere_are_known_and_reported_where_they_are(tmp_path: Path, settings: Settings) -> None:
    ingest([write_month(tmp_path / "a")], settings=settings)
    moved = write_month(tmp_path / "b")
    report = ingest([moved], settings=settings)
    assert report.files[0].path == str(moved)
    assert report.changes[0].change == "unchanged"


def test_a_new_reader_reads_known_files_again(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_month(tmp_path)
    first = ingest([path], settings=settings)
    monkeypatch.setattr(load_module, "READER", load_module.READER + 1)
    parsed = []
    real = load_module.parse_street
    monkeypatch.setattr(
        load_module, "parse_street", lambda file, *args, **options: parsed.append(file) or real(file, *args, **options)
    )
    assert ingest([path], settings=settings).data_version == first.data_version
    assert len(parsed) == 1


def test_a_revised_month_replaces_the_old_and_a_great_loss_is_a_warning(
    tmp_path: Path, settings: Settings, store: IncidentStore
) -> None:
    ingest([write_month(tmp_path, "2022-01", 10), write_month(tmp_path, "2022-02", 10)], settings=settings)
    report = ingest([write_month(tmp_path, "2022-01", 4)], settings=settings)
    assert [(change.change, change.rows_before, change.rows_after) for change in report.changes] == [("revised", 10, 4)]
    assert report.warnings == (
        "January 2022 of northumbria went from 10 to 4 rows; check that the file is whole.",
    )  # fmt: skip
    assert int(store.read().n.sum()) == 14
    assert ingest([write_month(tmp_path, "2022-01", 5)], settings=settings).warnings == ()


def test_changes_that_touch_no_row_are_not_a_revision(tmp_path: Path, settings: Settings) -> None:
    path = write_month(tmp_path)
    first = ingest([path], settings=settings)
    path.write_bytes(path.read_bytes().replace(b"Station Road", b"Caf\xe9 Street"))
    report = ingest([path], settings=settings)
    assert report.data_version == first.data_version
    assert report.changes[0].change == "unchanged"
    assert "Windows-1252" in report.files[0].notes[0]


def test_csv_folder_and_zip_give_the_same_data(tmp_path: Path, home: Path) -> None:
    months = {f"2022-0{i}": month_csv(f"2022-0{i}") for i in (1, 2)}
    paths = [write_month(tmp_path / "in", month) for month in months]
    archive = write_zip(
        tmp_path / "bulk.zip", {f"{month}/{month}-northumbria-street.csv": data for month, data in months.items()}
    )
    utf16 = tmp_path / "own.csv"
    utf16.write_bytes(paths[0].read_text().encode("utf-16"))
    versions = set()
    for number, given in enumerate(([tmp_path / "in"], [archive], [paths[1], paths[0]], [utf16, paths[1]])):
        settings = read_settings({"HOTSPOTS_HOME": str(home / str(number))})
        versions.add(ingest(given, settings=settings).data_version)
    assert len(versions) == 1


def test_a_file_given_twice_counts_once(tmp_path: Path, settings: Settings, store: IncidentStore) -> None:
    path = write_month(tmp_path / "a", "2022-01")
    archive = write_zip(tmp_path / "b.zip", {"2022-01/2022-01-northumbria-street.csv": path.read_bytes()})
    copy = tmp_path / "copy.csv"
    copy.write_bytes(path.read_bytes())
    for _ in range(2):
        report = ingest([path, archive, copy], settings=settings)
        assert [file.rows_kept for file in report.files] == [10, 0, 0]
        assert report.files[2].notes == (f"It has the same bytes as {path} and is counted once.",)
        assert int(store.read().n.sum()) == 10


def test_two_files_that_differ_for_one_month_are_refused(
    tmp_path: Path, settings: Settings, store: IncidentStore
) -> None:
    one, other = write_month(tmp_path / "a", "2022-01", 10), write_month(tmp_path / "b", "2022-01", 11)
    ingest([one], settings=settings)
    before = files_of(settings.home)
    for given in ([one, other], [other, one]):
        with pytest.raises(InputError) as failure:
            ingest(given, settings=settings)
        assert str(failure.value) == (
            f"{given[0]} and {given[1]} both hold January 2022 of northumbria but differ; give only the one to keep."
        )
    assert files_of(settings.home) == before


def test_force_option_names_the_force(tmp_path: Path, settings: Settings, store: IncidentStore) -> None:
    path = write_month(tmp_path, "2022-01")
    ingest([path], settings=settings, force="Durham Constabulary")
    ingest([path], settings=settings)
    assert list(store.coverage().by_force) == ["durham", "northumbria"]
    with pytest.raises(InputError, match="“ ” is not the name of a force"):
        ingest([path], settings=settings, force=" ")


def test_repeated_crime_ids_are_kept_and_counted_across_months(
    tmp_path: Path, settings: Settings, store: IncidentStore
) -> None:
    def month(name: str, *numbers: int) -> Path:
        path = tmp_path / f"{name}-northumbria-street.csv"
        path.write_bytes(street_csv(row(number, month=name) for number in numbers))
        return path

    report = ingest([month("2022-01", 1, 2, 0, 0), month("2022-02", 3, 2, 4, 4)], settings=settings)
    assert [(file.repeated_crime_ids, file.first_repeated_row) for file in report.files] == [(1, 3), (3, 3)]
    assert report.rows_kept == 8
    report = ingest([month("2022-03", 9, 8, 1)], settings=settings)
    assert (report.files[0].repeated_crime_ids, report.files[0].first_repeated_row) == (1, 4)
    assert ingest([month("2022-03", 9, 8, 1)], settings=settings).files == report.files
    other = tmp_path / "2022-03-durham-street.csv"
    other.write_bytes(street_csv([row(1, month="2022-03", reported_by="Durham Constabulary")]))
    assert ingest([other], settings=settings).files[0].repeated_crime_ids == 0
    assert int(store.read().n.sum()) == 12


def test_a_month_without_rows_stays_unknown(tmp_path: Path, settings: Settings, store: IncidentStore) -> None:
    write_month(tmp_path / "in", "2022-01")
    write_month(tmp_path / "in", "2022-03")
    write_month(tmp_path / "in", "2022-02", 0)
    report = ingest([tmp_path / "in"], settings=settings)
    assert report.missing_months == {"northumbria": (JANUARY + 1,)}
    assert report.files[1].rows_read == 0
    empty = ingest([tmp_path / "in" / "2022-02"], settings=settings)
    assert empty.changes == ()
    assert store.data_version == report.data_version


def bad_inputs() -> dict[str, Callable[[Path], Path]]:
    def file(name: str, data: bytes) -> Callable[[Path], Path]:
        def write(folder: Path) -> Path:
            path = folder / name
            path.write_bytes(data)
            return path

        return write

    def truncated(folder: Path) -> Path:
        path = write_zip(folder / "a.zip", {"2022-02-northumbria-street.csv": month_csv(size=500)})
        path.write_bytes(path.read_bytes()[:3_000])
        return path

    return {
        "picture": file("a.csv", b"\x89PNG\r\n\x1a\n\0\0"),
        "wrong columns": file("a.csv", b"a,b\n1,2\n"),
        "empty file": file("a.csv", b""),
        "binary after the header": file("a.csv", month_csv() + bytes(range(256)) * 20),
        "months like 2022-13": file("a.csv", month_csv("2022-13")),
        "month of another name": file("2022-01-northumbria-street.csv", month_csv("2022-02")),
        "swapped": file("a.csv", street_csv([row(1, longitude="54.97", latitude="-1.6")] * 3)),
        "at 0,0": file("a.csv", street_csv([row(1, longitude="0", latitude="0")] * 3)),
        "text coordinates": file("a.csv", street_csv([row(1, longitude="here", latitude="there")] * 3)),
        "truncated zip": truncated,
        "zip bomb": lambda folder: write_zip(folder / "a.zip", {"a.csv": b"0" * 3_000_000}),
        "path traversal": lambda folder: write_zip(folder / "a.zip", {"../../a.csv": month_csv()}),
        "only outcomes": file("a.csv", f"{OUTCOMES_HEADER}\n".encode()),
        "missing path": lambda folder: folder / "nowhere",
        "empty folder": lambda folder: folder,
        "zip of other tables": lambda folder: write_zip(folder / "a.zip", {"a.csv": b"a,b\n1,2\n"}),
    }


@pytest.mark.parametrize("name", list(bad_inputs()))
def test_bad_input_is_one_sentence_and_leaves_the_data_alone(
    tmp_path: Path, settings: Settings, store: IncidentStore, name: str
) -> None:
    ingest([write_month(tmp_path / "good", "2021-12")], settings=settings)
    before = files_of(settings.home)
    (tmp_path / "bad").mkdir()
    given = bad_inputs()[name](tmp_path / "bad")
    with pytest.raises(InputError) as failure:
        ingest([given], settings=settings)
    message = str(failure.value)
    assert "\n" not in message
    assert message.endswith(".")
    assert name == "only outcomes" or str(tmp_path / "bad") in message
    assert files_of(settings.home) == before


def test_mostly_good_files_are_loaded_with_their_rejections(tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "a.csv"
    rows = [row(i) for i in range(1, 8)]
    rows += [row(8, month="2022-13"), row(9, longitude="54.97", latitude="-1.6"), row(10, longitude="x")]
    path.write_bytes(street_csv(rows))
    report = ingest([path], settings=settings)
    assert [(item.reason.split()[0], item.rows, item.first_row) for item in report.files[0].rejected] == [
        ("month", 1, 9),
        ("longitude", 1, 10),
        ("coordinates", 1, 11),
    ]
    assert report.rows_kept == 7


def test_one_bad_file_among_many_stops_the_whole_load(tmp_path: Path, settings: Settings, store: IncidentStore) -> None:
    for month in range(1, 10):
        write_month(tmp_path / "in", f"2022-0{month}")
    (tmp_path / "in" / "2022-05" / "2022-05-northumbria-street.csv").write_bytes(street_csv([row(1, month="x")] * 2))
    with pytest.raises(InputError, match=r"2022-05-northumbria-street\.csv is refused because 2 of its 2 rows"):
        ingest([tmp_path / "in"], settings=settings)
    assert store.coverage().by_force == {}
    assert list(settings.incidents_home.rglob("*.parquet")) == []


def test_a_home_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings = read_settings({"HOTSPOTS_HOME": str(tmp_path / "file")})
    with pytest.raises(StoreError, match="cannot be written"):
        ingest([write_month(tmp_path)], settings=settings)


def test_many_loads_at_once_are_all_kept(tmp_path: Path, settings: Settings, store: IncidentStore) -> None:
    paths = [write_month(tmp_path, f"2022-{month:02d}") for month in range(1, 7)]
    reports: list[IngestReport] = []
    threads = [
        threading.Thread(target=lambda path=path: reports.append(ingest([path], settings=settings))) for path in paths
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(reports) == 6
    assert store.coverage().by_force == {"northumbria": tuple(range(JANUARY, JANUARY + 6))}
    assert int(store.read().n.sum()) == 60


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_load_killed_at_any_moment_leaves_the_old_state_or_the_new(tmp_path: Path) -> None:
    home = tmp_path / "killed"
    settings = read_settings({"HOTSPOTS_HOME": str(home)})
    old = ingest(
        [write_month(tmp_path / "old", "2022-01"), write_month(tmp_path / "old", "2022-02")], settings=settings
    )
    write_month(tmp_path / "new", "2022-02", 30)
    write_month(tmp_path / "new", "2022-03", 40)
    fresh = read_settings({"HOTSPOTS_HOME": str(tmp_path / "fresh")})
    new = ingest([tmp_path / "old" / "2022-01", tmp_path / "new"], settings=fresh)
    done = subprocess.run(
        [sys.executable, "-m", "tests.pipeline.interrupted_load", str(home), str(tmp_path / "new")],
        capture_output=True, text=True, check=True, cwd=ROOT, timeout=250,
    )  # fmt: skip
    lines = [line.split() for line in done.stdout.splitlines()]
    rows = {old.data_version: "20", new.data_version: "80"}
    assert len(lines) >= 20
    for where, held, count, again, reached, litter in lines:
        assert held in rows, where
        assert (count, again, reached, litter) == (rows[held], "0", new.data_version, "0"), where
    killed = [held for where, held, *_ in lines if float(where) >= 1]
    assert killed[0] == old.data_version
    assert killed[-1] == new.data_version
    assert killed == sorted(killed, key=[old.data_version, new.data_version].index)


@pytest.mark.real_data
def test_northumbria(real_data: Path, settings: Settings, store: IncidentStore) -> None:
    report = ingest([real_data / "crime" / "northumbria"], settings=settings)
    assert report.rows_kept == 524_070
    assert sum(file.rows_without_location for file in report.files) == 670
    assert report.missing_months == {"northumbria": (JANUARY,)}
    assert all(not file.rejected and not file.unknown_types and not file.notes for file in report.files)
    assert len(report.files) == 33
    assert {kind for _, kind in report.recognised_not_loaded} == {"outcomes", "stop-and-search"}
    before = files_of(settings.home)
    again = ingest([real_data / "crime" / "northumbria"], settings=settings)
    assert again.files == report.files
    assert files_of(settings.home) == before
    incidents = store.read()
    located = ~(incidents.lon != incidents.lon)
    assert (len(incidents.n), int(incidents.n[located].sum())) == (524_070, 523_400)


@pytest.mark.real_data
def test_a_second_force_stands_beside_the_first(real_data: Path, settings: Settings, store: IncidentStore) -> None:
    ingest([real_data / "crime" / "northumbria" / "2020-05"], settings=settings)
    report = ingest([real_data / "crime" / "cleveland"], settings=settings)
    assert store.read().forces == ("cleveland", "northumbria")
    assert all(file.forces == ("cleveland",) for file in report.files)
    assert report.rows_kept == sum(file.rows_read for file in report.files)
