"""A disk that fills up during a download or a load ends in one sentence; the old version and what came are kept."""

from __future__ import annotations

import errno
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest

from hotspots.errors import StoreError
from hotspots.months import parse_month
from hotspots.pipeline.fetch import fetch
from hotspots.pipeline.load import ingest
from hotspots.settings import Settings, read_settings
from hotspots.store.incidents import IncidentStore
from tests.pipeline.test_fetch import quick
from tests.police_uk_files import month_csv
from tests.sources.fetch_server import Publisher, serve_publisher, write_archive

if TYPE_CHECKING:
    from collections.abc import Iterator

MONTHS = ("2022-01", "2022-02", "2022-03", "2022-04")
SMALL, LARGE = "300k", "8m"


def write_stored_archive(folder: Path) -> Path:
    members = {f"{month}/{month}-northumbria-street.csv": month_csv(month, 600) for month in MONTHS}
    return write_archive(folder / "2022-04.zip", members, padding=20_000)


@pytest.fixture
def publisher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    with serve_publisher() as publisher:
        monkeypatch.setenv("HOTSPOTS_POLICE_UK", publisher.url)
        publisher.offer_archive("2022-04", write_stored_archive(tmp_path))
        yield publisher


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Mount a disk of 300 kB as the data home; only root may."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(place)]
    if os.name != "posix" or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk; the injected faults below say the same without one")
    monkeypatch.setenv("HOTSPOTS_HOME", str(place / "home"))
    yield place
    subprocess.run(["umount", str(place)], check=True)


def bring(settings: Settings, first: str, last: str) -> Any:
    return fetch(
        settings, forces=["northumbria"], month_from=parse_month(first), month_to=parse_month(last),
        client=quick(settings),
    )  # fmt: skip


def fill(path: Path, *, leave: int) -> None:
    free = os.statvfs(path.parent)
    path.write_bytes(b"\0" * max(free.f_bavail * free.f_frsize - leave, 0))


@pytest.mark.parametrize("leave", [0, 4096, 16_384, 40_960, 81_920])
def test_a_disk_that_is_really_full_keeps_the_old_version_and_the_next_fetch_goes_on(
    publisher: Publisher, small_disk: Path, leave: int
) -> None:
    settings = read_settings()
    bring(settings, "2022-01", "2022-01")
    version = IncidentStore(settings.incidents_home).data_version
    filler = small_disk / "other people's files"
    fill(filler, leave=leave)
    with pytest.raises(StoreError) as caught:
        bring(settings, "2022-01", "2022-04")
    assert "\n" not in str(caught.value)
    assert "No space left" in str(caught.value) or "no room on the disk" in str(caught.value)
    assert IncidentStore(settings.incidents_home).data_version == version
    filler.unlink()
    subprocess.run(["mount", "-o", f"remount,size={LARGE}", str(small_disk)], check=True)
    bring(settings, "2022-01", "2022-04")
    assert IncidentStore(settings.incidents_home).coverage().by_force == {
        "northumbria": tuple(map(parse_month, MONTHS))
    }


@pytest.mark.parametrize("room", [0, 5_000, 12_000])
def test_no_room_for_a_part_is_told_at_once_and_its_bytes_are_not_asked_for_again(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    settings = read_settings()
    bring(settings, "2022-01", "2022-01")
    version = IncidentStore(settings.incidents_home).data_version
    left = [room]
    with monkeypatch.context() as fault:
        fault.setattr(Path, "open", _open_on_a_small_disk(Path.open, left))
        asked = len(publisher.asked)
        with pytest.raises(StoreError, match="No space left on device") as caught:
            bring(settings, "2022-01", "2022-04")
        assert len(publisher.asked) - asked < 12, "a full disk does not empty by asking the publisher again"
    assert "goes on from where it stopped" in str(caught.value)
    assert IncidentStore(settings.incidents_home).data_version == version
    bring(settings, "2022-01", "2022-04")
    assert len(IncidentStore(settings.incidents_home).files()) == 4


def _open_on_a_small_disk(plain: Any, left: list[int]) -> Any:
    def open_file(self: Path, mode: str = "r", *words: Any, **options: Any) -> Any:
        stream = plain(self, mode, *words, **options)
        return _Small(stream, left) if self.suffix == ".part" and "a" in mode else stream

    return open_file


class _Small:
    """A file on a disk with so many bytes left."""

    def __init__(self, stream: Any, left: list[int]) -> None:
        self._stream, self._left = stream, left

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def write(self, data: bytes) -> int:
        if len(data) > self._left[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        self._left[0] -= len(data)
        return int(self._stream.write(data))

    def flush(self) -> None:
        self._stream.flush()


def test_no_room_during_a_load_keeps_the_old_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read_settings()
    for number, month in enumerate(MONTHS[:2]):
        path = tmp_path / f"{month}-northumbria-street.csv"
        path.write_bytes(month_csv(month, 600))
        if number == 0:
            ingest([path], settings=settings)
            version = IncidentStore(settings.incidents_home).data_version

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as fault:
        fault.setattr(os, "fsync", refuse)
        with pytest.raises(StoreError, match="no room on the disk"):
            ingest([tmp_path / f"{MONTHS[1]}-northumbria-street.csv"], settings=settings)
    assert IncidentStore(settings.incidents_home).data_version == version
    ingest([tmp_path / f"{MONTHS[1]}-northumbria-street.csv"], settings=settings)
    assert len(IncidentStore(settings.incidents_home).files()) == 2
