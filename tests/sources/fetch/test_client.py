"""The client tries again what may pass, stops at what will not, and goes only where it may."""

from __future__ import annotations

import hashlib
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hotspots.sources.fetch.client import (
    ChangedError,
    Client,
    FetchError,
    NotThereError,
    StoppedError,
    read_total,
)
from tests.sources.fetch_server import Fault, Publisher, make_certificate, serve_proxy, serve_publisher

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTENT = bytes(range(256)) * 4_000


@pytest.fixture
def publisher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with serve_publisher() as publisher:
        file = tmp_path / "large.zip"
        file.write_bytes(CONTENT)
        publisher.files["/large.zip"] = file
        publisher.documents["/api/forces"] = [{"id": "northumbria", "name": "Northumbria Police"}]
        yield publisher


def client_for(**options: Any) -> Client:
    return Client(
        frozenset({"127.0.0.1"}), **{"first_wait": 0.01, "per_second": 1000.0, "timeout": (2.0, 0.5), **options}
    )


def read_all(client: Client, publisher: Publisher) -> bytes:
    return client.read_range(f"{publisher.url}/large.zip", 0, len(CONTENT)).body


@pytest.mark.parametrize(
    "fault",
    [
        Fault("cut"),
        Fault("cut", times=4),
        Fault("slow", seconds=1.0),
        Fault("status", status=429, headers={"Retry-After": "0"}),
        Fault("status", status=500, times=3),
        Fault("status", status=503),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.status}-{fault.times}",
)
def test_what_may_pass_is_tried_again_until_the_bytes_are_right(publisher: Publisher, fault: Fault) -> None:
    publisher.faults = [fault]
    client = client_for()
    assert hashlib.sha256(read_all(client, publisher)).digest() == hashlib.sha256(CONTENT).digest()
    assert fault.times == 0
    client.close()


def test_a_cut_answer_is_continued_and_not_begun_again(publisher: Publisher) -> None:
    publisher.faults = [Fault("cut", times=3)]
    client = client_for()
    read_all(client, publisher)
    lost_pieces = 3 * (1 << 14)
    assert publisher.sent < len(CONTENT) + lost_pieces
    assert client.bytes_received == len(CONTENT)


def test_answers_that_always_break_off_but_bring_bytes_are_pursued_to_the_end(publisher: Publisher) -> None:
    publisher.faults = [Fault("cut", times=10)]
    assert read_all(client_for(tries=6), publisher) == CONTENT


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault("status", status=500, times=99), "answers with error 500"),
        (Fault("status", status=429, times=99), "answers with error 429"),
        (Fault("status", status=403, times=99), "refuses"),
        (Fault("status", status=407, times=99), "proxy asks for a name"),
        (Fault("slow", seconds=1.0, times=99), "has not answered for 0.5 seconds"),
        (Fault("type", times=99), "text/html instead of JSON"),
        (Fault("truncate", times=99), "cut short"),
    ],
    ids=lambda value: value.kind + str(value.status) if isinstance(value, Fault) else "",
)
def test_what_does_not_pass_ends_in_one_sentence(publisher: Publisher, fault: Fault, words: str) -> None:
    publisher.faults = [fault]
    with pytest.raises(FetchError, match=words) as caught:
        client_for(tries=3).read_json(f"{publisher.url}/api/forces")
    assert "\n" not in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_a_wrong_content_type_that_passes_is_forgiven(publisher: Publisher) -> None:
    publisher.faults = [Fault("type"), Fault("truncate", skip=0)]
    assert client_for().read_json(f"{publisher.url}/api/forces")[0]["id"] == "northumbria"


def test_the_server_is_given_the_time_it_asks_for(publisher: Publisher) -> None:
    publisher.faults = [Fault("status", status=429, headers={"Retry-After": "1"})]
    began = time.monotonic()
    client_for().read_json(f"{publisher.url}/api/forces")
    assert time.monotonic() - began >= 1


def test_requests_keep_the_pace(publisher: Publisher) -> None:
    client = client_for(per_second=20.0)
    began = time.monotonic()
    for _ in range(5):
        client.read_json(f"{publisher.url}/api/forces")
    assert time.monotonic() - began >= 4 / 20


def test_redirects_go_only_where_they_may(publisher: Publisher) -> None:
    publisher.faults = [Fault("redirect", to="http://elsewhere.example/large.zip")]
    with pytest.raises(FetchError, match=r"redirects to elsewhere\.example.*HOTSPOTS_FETCH_HOSTS"):
        read_all(client_for(), publisher)
    publisher.faults = [Fault("redirect", path="/api/forces", to=f"{publisher.url}/moved")]
    publisher.documents["/moved"] = ["here"]
    assert client_for().read_json(f"{publisher.url}/api/forces") == ["here"]
    publisher.faults = [Fault("redirect", to="/large.zip", times=99)]
    with pytest.raises(FetchError, match="without end"):
        read_all(client_for(), publisher)
    publisher.faults = [Fault("redirect", to="file:///etc/passwd")]
    with pytest.raises(FetchError, match="not one of the hosts"):
        read_all(client_for(), publisher)


def test_a_host_that_was_not_named_is_never_asked() -> None:
    with pytest.raises(FetchError, match="elsewhere"):
        client_for().read_json("https://elsewhere.example/api")


def test_a_file_that_changes_between_two_ranges_is_noticed(publisher: Publisher, tmp_path: Path) -> None:
    client = client_for()
    first = client.read_range(f"{publisher.url}/large.zip", 0, 10)
    assert read_total(first.headers) == len(CONTENT)
    (tmp_path / "large.zip").write_bytes(CONTENT[::-1] + b"more")
    with pytest.raises(ChangedError):
        client.read_range(f"{publisher.url}/large.zip", 10, 20, like=first.headers)
    without_tag = {name: value for name, value in first.headers.items() if name not in {"etag", "last-modified"}}
    with pytest.raises(ChangedError, match="size"):
        client.read_range(f"{publisher.url}/large.zip", 10, 20, like=without_tag)


def test_a_change_in_the_middle_of_a_range_is_noticed(publisher: Publisher, tmp_path: Path) -> None:
    def change() -> None:
        (tmp_path / "large.zip").write_bytes(CONTENT[::-1])

    publisher.faults = [Fault("cut"), Fault("call", run=change)]
    with pytest.raises(ChangedError):
        read_all(client_for(), publisher)


def test_a_server_without_ranges_is_not_asked_for_a_gigabyte(publisher: Publisher) -> None:
    publisher.faults = [Fault("ranges", times=9)]
    with pytest.raises(FetchError, match="range requests"):
        client_for().read_range(f"{publisher.url}/large.zip", 0, 10)
    assert publisher.sent <= 2000


def test_what_is_not_there_is_said_at_once(publisher: Publisher) -> None:
    with pytest.raises(NotThereError, match="has no /nothing"):
        client_for().read_json(f"{publisher.url}/nothing")
    assert len(publisher.asked) == 1


def test_nobody_at_home_is_one_sentence() -> None:
    with pytest.raises(FetchError, match="cannot be reached"):
        client_for(tries=2).read_json("http://127.0.0.1:9/api")


def test_pausing_stops_a_slow_download_at_once(publisher: Publisher) -> None:
    publisher.pace = 0.05
    stop = threading.Event()
    client = client_for(stop=stop.is_set)
    threading.Timer(0.2, stop.set).start()
    began = time.monotonic()
    with pytest.raises(StoppedError, match="Paused"):
        read_all(client, publisher)
    assert time.monotonic() - began < 0.7
    assert 0 < client.bytes_received < len(CONTENT)


def test_a_certificate_that_nobody_vouches_for_is_refused_and_one_from_the_settings_accepted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    with serve_publisher(encrypted=True) as publisher:
        publisher.documents["/api/forces"] = ["fine"]
        began = time.monotonic()
        with pytest.raises(FetchError, match="REQUESTS_CA_BUNDLE"):
            client_for().read_json(f"{publisher.url}/api/forces")
        assert time.monotonic() - began < 2, "a bad certificate does not become good by waiting"
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(make_certificate()))
        assert client_for().read_json(f"{publisher.url}/api/forces") == ["fine"]
        publisher.faults = [Fault("redirect", to="http://127.0.0.1/plain")]
        with pytest.raises(FetchError, match="not encrypted"):
            client_for().read_json(f"{publisher.url}/api/forces")


def test_the_proxy_of_the_environment_is_used(publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    with serve_proxy() as (address, passed):
        monkeypatch.setenv("HTTP_PROXY", address)
        monkeypatch.setenv("http_proxy", address)
        assert read_all(client_for(), publisher) == CONTENT
    assert passed == [f"{publisher.url}/large.zip"]


def test_a_proxy_that_is_down_is_named(publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with pytest.raises(FetchError, match="proxy"):
        client_for(tries=2).read_json(f"{publisher.url}/api/forces")
