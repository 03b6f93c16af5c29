"""Members of a remote archive arrive whole or not at all, and a stopped download goes on where it was."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hotspots.errors import StoreError
from hotspots.months import parse_month
from hotspots.sources.fetch.client import ChangedError, Client, FetchError, StoppedError
from hotspots.sources.fetch.download import download_members
from hotspots.sources.fetch.remote_archive import RemoteArchive, read_archive
from hotspots.sources.files import Kind
from tests.police_uk_files import month_csv
from tests.sources.fetch_server import Fault, Publisher, serve_publisher, write_archive

if TYPE_CHECKING:
    from collections.abc import Iterator

MEMBERS = {
    f"{month}/{month}-{force}-{kind}.csv": month_csv(month, 2_000)
    for month in ("2022-01", "2022-02")
    for force in ("durham", "northumbria")
    for kind in ("street", "outcomes", "stop-and-search")
}


@pytest.fixture
def publisher(tmp_path: Path) -> Iterator[Publisher]:
    with serve_publisher() as publisher:
        publisher.offer_archive("2022-02", write_archive(tmp_path / "2022-02.zip", MEMBERS, padding=50_000))
        yield publisher


@pytest.fixture
def client() -> Client:
    return Client(frozenset({"127.0.0.1"}), first_wait=0.01, per_second=1000.0, timeout=(2.0, 0.5))


def open_archive(client: Client, publisher: Publisher, limit: int = 10_000_000) -> RemoteArchive:
    return read_archive(client, f"{publisher.url}/data/archive/2022-02.zip", max_file_bytes=limit)


def test_the_list_of_members_costs_little_and_says_all(client: Client, publisher: Publisher, tmp_path: Path) -> None:
    archive = open_archive(client, publisher)
    assert archive.size == (tmp_path / "2022-02.zip").stat().st_size
    assert [member.name for member in archive.members] == sorted(MEMBERS)
    assert {(one.force, one.kind) for one in archive.members} == {
        (force, kind)
        for force in ("durham", "northumbria")
        for kind in (Kind.STREET, Kind.OUTCOMES, Kind.STOP_AND_SEARCH)
    }
    assert {one.month for one in archive.members} == {parse_month("2022-01"), parse_month("2022-02")}
    assert client.requests_made <= 4
    assert client.bytes_received <= 70_000


def test_members_are_exact_and_only_they_are_asked_for(client: Client, publisher: Publisher, tmp_path: Path) -> None:
    archive = open_archive(client, publisher)
    wanted = [member for member in archive.members if member.force == "northumbria"]
    seen: list[tuple[str, int, int]] = []
    before = client.bytes_received
    got = download_members(client, archive, wanted, tmp_path / "d", progress=lambda *told: seen.append(told))
    assert {item.member.name: item.path.read_bytes() for item in got} == {
        name: data for name, data in MEMBERS.items() if "northumbria" in name
    }
    total = sum(member.end - member.start for member in wanted)
    assert client.bytes_received - before == total
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)
    assert seen[-1][1:] == (total, total)
    assert got[0].path.parent.name == "2022-01"
    assert not list((tmp_path / "d").rglob("*.part"))


def test_what_is_there_is_not_asked_for_again(client: Client, publisher: Publisher, tmp_path: Path) -> None:
    archive = open_archive(client, publisher)
    first = download_members(client, archive, archive.members, tmp_path / "d")
    asked = client.requests_made
    assert download_members(client, archive, archive.members, tmp_path / "d") == first
    assert client.requests_made == asked
    first[0].path.write_bytes(b"\0" * first[0].member.size)
    again = download_members(client, archive, archive.members, tmp_path / "d")
    assert again == first
    assert client.requests_made == asked + 1


@pytest.mark.parametrize("stops", [1, 10])
def test_a_download_stopped_again_and_again_costs_no_byte_twice(
    publisher: Publisher, tmp_path: Path, client: Client, stops: int
) -> None:
    archive = open_archive(client, publisher)
    received = 0
    for _ in range(stops):
        stopped = Client(frozenset({"127.0.0.1"}), per_second=1000.0)
        stopped.stop = lambda client=stopped: client.bytes_received > 0
        with pytest.raises(StoppedError):
            download_members(stopped, archive, archive.members, tmp_path / "d")
        received += stopped.bytes_received
    before = client.bytes_received
    got = download_members(client, archive, archive.members, tmp_path / "d")
    assert {item.member.name: item.path.read_bytes() for item in got} == MEMBERS
    received += client.bytes_received - before
    assert received == sum(member.end - member.start for member in archive.members)


def test_a_damaged_part_on_disk_is_found_and_fetched_again(
    client: Client, publisher: Publisher, tmp_path: Path
) -> None:
    archive = open_archive(client, publisher)
    member = archive.members[0]
    [first] = download_members(client, archive, [member], tmp_path / "d")
    part = first.path.with_suffix(".part")
    for bad in (b"\0" * 100, b"\0" * (member.end - member.start), b"\0" * (member.end - member.start + 9)):
        first.path.unlink()
        part.write_bytes(bad)
        assert download_members(client, archive, [member], tmp_path / "d") == [first]
    assert first.path.read_bytes() == MEMBERS[member.name]


def test_a_member_that_arrives_damaged_is_fetched_again_a_few_times(
    client: Client, publisher: Publisher, tmp_path: Path
) -> None:
    archive = open_archive(client, publisher)
    member = archive.members[3]
    publisher.faults = [Fault("corrupt", path="zip", times=2)]
    [got] = download_members(client, archive, [member], tmp_path / "d")
    assert got.path.read_bytes() == MEMBERS[member.name]
    got.path.unlink()
    publisher.faults = [Fault("corrupt", path="zip", times=99)]
    with pytest.raises(FetchError, match=f"{member.name} arrives damaged"):
        download_members(client, archive, [member], tmp_path / "d")
    assert not got.path.exists()


def test_an_archive_that_is_replaced_is_noticed_and_its_parts_removed(
    client: Client, publisher: Publisher, tmp_path: Path
) -> None:
    archive = open_archive(client, publisher)
    download_members(client, archive, archive.members[:1], tmp_path / "d")
    publisher.offer_archive("2022-02", write_archive(tmp_path / "new.zip", {**MEMBERS, "x.txt": b"1"}))
    with pytest.raises(ChangedError):
        download_members(client, archive, archive.members, tmp_path / "d")
    newer = open_archive(client, publisher)
    assert newer.version != archive.version
    got = download_members(client, newer, newer.members, tmp_path / "d")
    assert {item.member.name: item.path.read_bytes() for item in got} == MEMBERS
    assert len(list((tmp_path / "d").iterdir())) == 1


def test_archives_that_cannot_be_trusted_are_refused(client: Client, publisher: Publisher, tmp_path: Path) -> None:
    whole = (tmp_path / "2022-02.zip").read_bytes()
    bad = tmp_path / "bad.zip"
    publisher.offer_archive("2022-02", bad)
    for content, words in ((whole[:-100], "not a whole zip"), (b"<html>gone</html>", "not a whole zip")):
        bad.write_bytes(content)
        with pytest.raises(FetchError, match=words):
            open_archive(client, publisher)
    with zipfile.ZipFile(bad, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("2022-02/2022-02-durham-street.csv", b"\0" * 3_000_000)
    with pytest.raises(FetchError, match="zip bomb"):
        open_archive(client, publisher)
    with pytest.raises(FetchError, match="HOTSPOTS_MAX_UPLOAD_MB"):
        open_archive(client, publisher, limit=1_000_000)
    with zipfile.ZipFile(bad, "w", zipfile.ZIP_LZMA) as odd:
        odd.writestr("2022-02/2022-02-durham-street.csv", b"a,b\r\n" * 100)
    with pytest.raises(FetchError, match="form that is not read"):
        open_archive(client, publisher)
    with zipfile.ZipFile(bad, "w") as odd:
        odd.writestr("2022-13/2022-13-durham-street.csv", b"a")
    with pytest.raises(FetchError, match="no month"):
        open_archive(client, publisher)


def test_stored_members_are_read_too(client: Client, publisher: Publisher, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "s.zip", "w", zipfile.ZIP_STORED) as plain:
        for name, data in MEMBERS.items():
            plain.writestr(name, data)
    publisher.offer_archive("2022-02", tmp_path / "s.zip")
    archive = open_archive(client, publisher)
    got = download_members(client, archive, archive.members, tmp_path / "d")
    assert {item.member.name: item.path.read_bytes() for item in got} == MEMBERS


def test_a_folder_that_cannot_be_written_is_one_sentence(client: Client, publisher: Publisher, tmp_path: Path) -> None:
    archive = open_archive(client, publisher)
    (tmp_path / "d").write_text("a file, not a folder")
    with pytest.raises(StoreError, match="cannot be written"):
        download_members(client, archive, archive.members, tmp_path / "d")
