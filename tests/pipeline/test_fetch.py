"""A force's months come from the archive of all forces, are loaded when whole, and nothing is asked for twice."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hotspots.errors import InputError, StoreError, UnknownNameError
from hotspots.months import parse_month
from hotspots.pipeline.fetch import fetch
from hotspots.pipeline.load import ingest
from hotspots.pipeline.publisher import fetch_catalogue, make_client, read_catalogue, read_loaded
from hotspots.settings import Settings, read_settings
from hotspots.sources.fetch.client import FetchError, StoppedError
from hotspots.store.incidents import IncidentStore
from hotspots.store.records import RecordStore
from tests.police_uk_files import OUTCOMES_HEADER, crime_id, month_csv
from tests.sources.fetch_server import Fault, Publisher, serve_publisher, write_archive

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hotspots.sources.fetch.client import Client

SEARCH_HEADER = "Type,Date,Latitude,Longitude,Legislation,Object of search,Outcome"


def outcomes_csv(month: str, ids: list[int], outcome: str = "Local resolution") -> bytes:
    rows = [f"{crime_id(number)},{month},F,F,-1.6,54.97,On,E01,N,{outcome}" for number in ids]
    return "\r\n".join([OUTCOMES_HEADER, *rows, ""]).encode()


def searches_csv(month: str, rows: int) -> bytes:
    lines = [f"Person search,{month}-03T10:00:00+00:00,54.97,-1.6,Act,Drugs,Arrest" for _ in range(rows)]
    return "\r\n".join([SEARCH_HEADER, *lines, ""]).encode()


def months_between(first: str, last: str) -> list[str]:
    return [f"{m // 12 + 1970}-{m % 12 + 1:02d}" for m in range(parse_month(first), parse_month(last) + 1)]


def members_of(months: list[str], forces: tuple[str, ...] = ("northumbria", "durham", "btp")) -> dict[str, bytes]:
    members = {}
    for month in months:
        for force in forces:
            stem = f"{month}/{month}-{force}"
            first = int(month.replace("-", "")) * 1_000
            members[f"{stem}-street.csv"] = month_csv(month, 40, reported_by=f"{force.title()} Police")
            members[f"{stem}-outcomes.csv"] = outcomes_csv(month, [first, first + 1])
            members[f"{stem}-stop-and-search.csv"] = searches_csv(month, 3)
    return members


@pytest.fixture
def publisher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    with serve_publisher() as publisher:
        monkeypatch.setenv("HOTSPOTS_POLICE_UK", publisher.url)
        members = members_of(months_between("2022-01", "2022-04"))
        del members["2022-03/2022-03-btp-street.csv"]
        publisher.offer_archive("2022-04", write_archive(tmp_path / "2022-04.zip", members, padding=20_000))
        yield publisher


@pytest.fixture
def settings(publisher: Publisher) -> Settings:
    assert publisher.url
    return read_settings()


def quick(settings: Settings, **options: Any) -> Client:
    return make_client(settings, **{"first_wait": 0.01, "per_second": 1000.0, "timeout": (2.0, 0.5), **options})


def bring(settings: Settings, **options: Any) -> Any:
    asked = {"forces": ["northumbria"], "month_from": parse_month("2022-01"), "month_to": parse_month("2022-04")}
    return fetch(settings, **{**asked, "client": quick(settings), **options})


def test_three_kinds_of_files_are_fetched_and_loaded(settings: Settings) -> None:
    report = bring(settings)
    assert len(report.downloaded) == 12
    assert all("northumbria" in name for name in report.downloaded)
    assert report.load.rows_kept == 160
    assert report.records.outcomes == 8
    assert report.records.searches == 12
    assert report.unpublished == {"northumbria": ()}
    coverage = IncidentStore(settings.incidents_home).coverage()
    assert coverage.by_force == {"northumbria": tuple(range(parse_month("2022-01"), parse_month("2022-05")))}
    outcomes = RecordStore(settings.outcomes_home).read()
    assert set(outcomes["outcome"]) == {"Local resolution"}
    assert not list(settings.downloads_home.rglob("*.csv")), "what is loaded need not lie about"
    assert "12 files" in report.to_text()
    assert report.to_json()["downloaded"]


def test_the_same_is_never_fetched_twice(settings: Settings) -> None:
    bring(settings)
    version = IncidentStore(settings.incidents_home).data_version
    again = bring(settings)
    assert again.downloaded == ()
    assert len(again.known) == 12
    assert again.load is None
    assert again.bytes_received < 70_000
    assert IncidentStore(settings.incidents_home).data_version == version


def test_a_revised_month_replaces_exactly_its_rows(settings: Settings, publisher: Publisher, tmp_path: Path) -> None:
    bring(settings)
    before = {item.month: item.content for item in IncidentStore(settings.incidents_home).files()}
    members = members_of(months_between("2022-01", "2022-04"))
    members["2022-02/2022-02-northumbria-street.csv"] = month_csv("2022-02", 44)
    publisher.offer_archive("2022-04", write_archive(tmp_path / "revised.zip", members))
    report = bring(settings)
    assert report.downloaded == ("2022-02/2022-02-northumbria-street.csv",)
    after = {item.month: item.content for item in IncidentStore(settings.incidents_home).files()}
    assert {month for month in after if after[month] != before[month]} == {parse_month("2022-02")}


def test_what_was_loaded_over_is_fetched_again(settings: Settings, tmp_path: Path) -> None:
    bring(settings)
    version = IncidentStore(settings.incidents_home).data_version
    other = tmp_path / "2022-02-northumbria-street.csv"
    other.write_bytes(month_csv("2022-02", 7))
    ingest([other], settings=settings)
    assert bring(settings).downloaded == ("2022-02/2022-02-northumbria-street.csv",)
    assert IncidentStore(settings.incidents_home).data_version == version


def test_months_that_are_not_published_are_named_not_zero(settings: Settings) -> None:
    report = bring(settings, forces=["btp"], month_from=parse_month("2021-12"))
    assert report.unpublished == {"btp": (parse_month("2021-12"), parse_month("2022-03"))}
    assert "December 2021 and March 2022 not published" in report.to_text()
    assert parse_month("2022-03") not in IncidentStore(settings.incidents_home).coverage().by_force["btp"]


def test_older_months_come_from_an_older_archive(settings: Settings, publisher: Publisher, tmp_path: Path) -> None:
    old = members_of(months_between("2018-11", "2019-04"), ("northumbria",))
    publisher.offer_archive("2019-04", write_archive(tmp_path / "2019-04.zip", old))
    report = bring(settings, month_from=parse_month("2019-03"), month_to=parse_month("2019-04"))
    # The newest archive that could hold both would be February 2022's, which the server does not have.
    assert set(report.archives) == {"2019-04.zip"}
    assert len(report.downloaded) == 6
    report = bring(settings, month_from=parse_month("2019-04"), month_to=parse_month("2022-04"))
    assert set(report.archives) == {"2022-04.zip", "2019-04.zip"}
    months = IncidentStore(settings.incidents_home).coverage().by_force["northumbria"]
    assert months[:2] == (parse_month("2019-03"), parse_month("2019-04"))
    assert len(months) == 6


def test_force_names_and_periods_that_cannot_be_are_one_sentence(settings: Settings) -> None:
    with pytest.raises(UnknownNameError, match="northumbria"):
        bring(settings, forces=["northumbia"])
    with pytest.raises(InputError, match="not published yet"):
        bring(settings, month_from=parse_month("2031-01"), month_to=parse_month("2031-02"))
    with pytest.raises(InputError, match="swap"):
        bring(settings, month_from=parse_month("2022-04"), month_to=parse_month("2022-02"))
    with pytest.raises(InputError, match="No force"):
        bring(settings, forces=[])
    assert not IncidentStore(settings.incidents_home).coverage().by_force


def test_killed_at_random_ten_times_and_resumed_is_as_if_nothing_had_happened(
    settings: Settings, publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    luck = random.Random(4)
    stopped = 0
    for _ in range(10):
        left = luck.randrange(1, 12)

        def stop() -> bool:
            nonlocal left
            left -= 1
            return left <= 0

        try:
            bring(settings, client=quick(settings, stop=stop))
        except StoppedError:
            stopped += 1
        assert stopped == 0 or len(IncidentStore(settings.incidents_home).files()) in {0, 4}
    assert stopped >= 5
    bring(settings)
    version = IncidentStore(settings.incidents_home).data_version
    monkeypatch.setenv("HOTSPOTS_HOME", str(tmp_path / "other"))
    bring(read_settings())
    assert IncidentStore(read_settings().incidents_home).data_version == version


FAULTS = [
    (Fault("cut", path="zip", times=3), ""),
    (Fault("slow", path="zip", times=2, seconds=0.7), ""),
    (Fault("status", status=429, headers={"Retry-After": "0"}, times=3), ""),
    (Fault("status", status=500, times=3), ""),
    (Fault("status", status=503, times=2), ""),
    (Fault("type", path="api", times=2), ""),
    (Fault("truncate", path="api", times=2), ""),
    (Fault("corrupt", path="zip", skip=3, times=1), ""),
    (Fault("status", status=500, times=999), "answers with error 500"),
    (Fault("status", path="zip", status=404, times=999), "has no /data/archive"),
    (Fault("corrupt", path="zip", skip=2, times=999), "arrives damaged|not a whole zip"),
    (Fault("ranges", path="zip", times=999), "range requests"),
    (Fault("redirect", path="zip", to="http://elsewhere.example/a.zip", times=999), "elsewhere.example"),
    (Fault("type", path="api", times=999), "instead of JSON"),
]


@pytest.mark.parametrize(("fault", "words"), FAULTS, ids=[f"{f.kind}-{f.path}-{f.status}-{f.times}" for f, _ in FAULTS])
def test_every_fault_ends_in_success_or_one_sentence_with_the_old_version_intact(
    settings: Settings, publisher: Publisher, fault: Fault, words: str
) -> None:
    bring(settings, month_to=parse_month("2022-01"))
    version = IncidentStore(settings.incidents_home).data_version
    publisher.faults = [Fault(fault.kind, fault.path, fault.times, fault.skip, fault.status, fault.seconds,
                              fault.headers, fault.to)]  # fmt: skip
    if not words:
        bring(settings)
        assert len(IncidentStore(settings.incidents_home).files()) == 4
        return
    with pytest.raises(FetchError, match=words) as caught:
        bring(settings, client=quick(settings, tries=3))
    assert "\n" not in str(caught.value)
    assert IncidentStore(settings.incidents_home).data_version == version
    publisher.faults = []
    bring(settings)
    assert len(IncidentStore(settings.incidents_home).files()) == 4


def test_an_archive_replaced_in_the_middle_is_read_anew(
    settings: Settings, publisher: Publisher, tmp_path: Path
) -> None:
    revised = members_of(months_between("2022-01", "2022-04"))
    revised["2022-01/2022-01-northumbria-street.csv"] = month_csv("2022-01", 55)
    newer = write_archive(tmp_path / "newer.zip", revised)
    publisher.faults = [
        Fault("call", path="zip", skip=5, run=lambda: publisher.offer_archive("2022-04", newer))
    ]  # fmt: skip
    report = bring(settings)
    assert report.load.rows_kept == 175
    assert not publisher.faults[0].times


def test_a_faulty_outcomes_file_leaves_the_incidents_as_they_were(
    settings: Settings, publisher: Publisher, tmp_path: Path
) -> None:
    members = members_of(["2022-04"])
    members["2022-04/2022-04-northumbria-outcomes.csv"] = b"no,columns\r\n1,2\r\n"
    publisher.offer_archive("2022-04", write_archive(tmp_path / "faulty.zip", members))
    with pytest.raises(InputError, match="outcomes"):
        bring(settings)
    assert not IncidentStore(settings.incidents_home).coverage().by_force


def test_two_fetches_at_once_are_not_started(settings: Settings, publisher: Publisher) -> None:
    said: list[str] = []

    def second() -> None:
        with pytest.raises(FetchError, match="Another fetch is running"):
            bring(settings)
        said.append("refused")

    publisher.faults = [Fault("call", path="zip", run=second)]
    bring(settings)
    assert said == ["refused"]


def test_the_catalogue_is_kept_and_searched(settings: Settings) -> None:
    assert read_catalogue(settings) is None
    catalogue = fetch_catalogue(settings, client=quick(settings))
    assert set(catalogue.months) == {"btp", "durham", "northumbria"}
    assert catalogue.gaps("btp") == (parse_month("2022-03"),)
    assert catalogue.gaps("durham") == ()
    assert catalogue.search("North") == ("northumbria",)
    assert read_catalogue(settings) == catalogue


def test_where_files_came_from_is_remembered(settings: Settings, publisher: Publisher) -> None:
    bring(settings)
    loaded = read_loaded(settings)
    entry = loaded["2022-01-northumbria-street.csv"]
    assert entry["archive"] == f"{publisher.url}/data/archive/2022-04.zip"
    assert entry["etag"]
    sources = IncidentStore(settings.incidents_home).open_read().sources.values()
    assert entry["sha256"] in {source["report"]["sha256"] for source in sources}
    (settings.downloads_home / "loaded.json").write_text("{", encoding="utf-8")
    with pytest.raises(StoreError, match="cannot be read"):
        read_loaded(settings)


def test_an_archive_whose_checksum_is_not_the_published_one_is_refused(
    settings: Settings, publisher: Publisher, tmp_path: Path
) -> None:
    bring(settings, month_to=parse_month("2022-01"))
    version = IncidentStore(settings.incidents_home).data_version
    publisher.checksums = {"2022-03.zip": "0" * 32, "2022-04.zip": "f" * 32}
    with pytest.raises(FetchError, match=r"its checksum \(MD5\) is [0-9a-f]{32}, and f{32} is published") as caught:
        bring(settings)
    assert "\n" not in str(caught.value)
    assert IncidentStore(settings.incidents_home).data_version == version
    assert publisher.sent < 200_000
    publisher.checksums["2022-04.zip"] = publisher.tag_of("/data/archive/2022-04.zip")
    bring(settings)
    assert len(IncidentStore(settings.incidents_home).files()) == 4
    # What was stored in pieces, or is not on the page, cannot be compared.
    for told in ({"2022-04.zip": "f" * 32 + "-207"}, {"2022-03.zip": "0" * 32, "2022-02.zip": "0" * 32}):
        publisher.checksums = told
        assert bring(settings).downloaded == ()
