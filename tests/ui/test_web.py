"""The server around the pages: headers, files that are compressed once, health, readiness and the log."""

from __future__ import annotations

import gzip
import io
import json
import logging
import os
import time
import warnings
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from hotspots.settings import read_settings
from hotspots.ui import standing, web_files, web_health
from hotspots.ui.log_lines import LOG, JsonLines, describe_fault, make_reference, report_fault, set_up_log
from hotspots.ui.web import make_ready
from hotspots.ui.web_files import PACKAGED, CompressedFiles, list_packaged
from hotspots.ui.web_headers import ASK, FIXED, KEEP, SecurityHeaders, write_policy

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the test client tells of a library that it would rather have
    from starlette.testclient import TestClient

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.requests import Request

SCRIPT = "const ward = 1;\n" * 400
TYPED = "Ashington, PS 1234"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "big.js").write_text(SCRIPT)
    (tmp_path / "page.html").write_text("<p>ward</p>\n" * 400)
    (tmp_path / "small.js").write_text("1;")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG" + bytes(4000))
    return tmp_path


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def client(folder: Path, asked: list[str]) -> Iterator[TestClient]:
    async def send(request: Request) -> Response:
        asked.append(request.method)
        path = folder / request.path_params["path"].rsplit("/", 1)[-1]
        return FileResponse(path) if path.is_file() else PlainTextResponse("none", status_code=404)

    routes = [*web_health.list_routes("force/"), Route("/{path:path}", send, methods=["GET"])]
    app = Starlette(routes=routes, middleware=[Middleware(SecurityHeaders), Middleware(CompressedFiles)])
    with TestClient(app, base_url="http://dashboard:8501", headers={"accept-encoding": "gzip, deflate"}) as client:
        yield client


def test_every_answer_carries_the_headers(client: TestClient) -> None:
    for path in ("/big.js", "/none.js", "/healthz"):
        answer = client.get(path)
        assert FIXED.items() <= {name: answer.headers.get(name) for name in FIXED}.items()
        assert answer.headers["content-security-policy"].startswith("default-src 'self'; script-src 'self'")


def test_policy_lets_nothing_out() -> None:
    policy = dict(part.split(" ", 1) for part in write_policy("dashboard:8501").split("; "))
    assert policy["connect-src"] == "'self' ws://dashboard:8501 wss://dashboard:8501"
    assert policy["frame-ancestors"] == "'self'"
    assert policy["object-src"] == "'none'"
    assert "unsafe-eval" not in policy["script-src"].replace("wasm-unsafe-eval", "")
    assert not [part for name, part in policy.items() if "http" in part or "*" in part]


@pytest.mark.parametrize("host", ["", "a b", "x; script-src *", "evil.example\r\nX: 1", "'unsafe-eval'", "a*b"])
def test_policy_takes_no_words_from_a_host_that_is_none(host: str) -> None:
    assert write_policy(host) == write_policy("")


def test_policy_names_an_online_base_map_for_pictures_only() -> None:
    policy = write_policy("", tiles="https://{s}.tiles.example.org/{z}/{x}/{y}.png")
    assert "img-src 'self' data: blob: https://*.tiles.example.org;" in policy
    assert policy.count("example.org") == 1
    assert write_policy("", tiles="javascript:alert(1)") == write_policy("")


def test_a_file_is_compressed_once(client: TestClient, asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    times: list[int] = []
    monkeypatch.setattr(web_files, "_compress", lambda plain, _form: times.append(1) or gzip.compress(plain))
    first, second = client.get("/big.js"), client.get("/big.js")
    assert first.text == second.text == SCRIPT
    assert first.headers["content-encoding"] == second.headers["content-encoding"] == "gzip"
    assert int(second.headers["content-length"]) < len(SCRIPT) / 10
    assert "Accept-Encoding" in first.headers["vary"]
    assert len(times) == 1
    assert asked.count("GET") == 1
    assert client.get("/page.html").text == client.get("/area/page.html").text
    assert len(times) == 2


@pytest.mark.parametrize(
    ("takes", "form"),
    [
        ("gzip, deflate, br", "br"),
        ("br;q=1.0, gzip;q=0.5", "br"),
        ("br;q=0, gzip", "gzip"),
        ("identity, gzip;q=0", None),
    ],
)
def test_brotli_goes_to_browsers_that_take_it(client: TestClient, takes: str, form: str | None) -> None:
    answer = client.get("/big.js", headers={"accept-encoding": takes})
    assert answer.headers.get("content-encoding") == form
    assert answer.text == SCRIPT
    assert client.get("/big.js", headers={"accept-encoding": "gzip"}).headers["content-encoding"] == "gzip"


def test_files_are_compressed_more_tightly_when_nobody_waits(
    client: TestClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_files, "QUIET", 0.0)
    script = "".join(f"const name{number % 97} = {number * 7919};" for number in range(4000))
    (folder / "long.js").write_text(script)
    takes = {"accept-encoding": "br"}
    first = client.get("/long.js", headers=takes)
    until = time.monotonic() + 20
    while (now := client.get("/long.js", headers=takes)).headers["content-length"] == first.headers["content-length"]:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert int(now.headers["content-length"]) < int(first.headers["content-length"])
    assert first.text == now.text == script
    assert first.headers["etag"] == now.headers["etag"]


def test_a_fault_while_packing_does_not_end_packing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_plain: bytes, **_options: int) -> bytes:
        raise MemoryError

    files = CompressedFiles(Starlette())
    monkeypatch.setattr(web_files, "QUIET", 0.0)
    monkeypatch.setattr(web_files.brotli, "compress", fail)
    monkeypatch.setattr("threading.excepthook", lambda _fault: None)
    files._pack_later(("/a.js", "1", "br"), b"a")
    until = time.monotonic() + 10
    while files._packing:
        assert time.monotonic() < until
        time.sleep(0.01)
    monkeypatch.undo()
    monkeypatch.setattr(web_files, "QUIET", 0.0)
    files._keep(("/b.js", "1", "br"), b"in a hurry")
    files._pack_later(("/b.js", "1", "br"), b"b")
    while files._recall(("/b.js", "1", "br")) == b"in a hurry":
        assert time.monotonic() < until
        time.sleep(0.01)


def test_files_that_wait_to_be_packed_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_files, "WAITING", 25)
    monkeypatch.setattr(web_files.threading, "Thread", lambda **_: SimpleNamespace(start=lambda: None))
    files = CompressedFiles(Starlette())
    for name in "abc":
        files._pack_later((name, "1", "br"), bytes(10))
    assert [name for name, _tag, _form in files._to_pack] == ["b", "c"]


def test_files_of_one_size_and_time_are_not_mixed_up(client: TestClient, folder: Path) -> None:
    for name, text in (("one.js", SCRIPT), ("two.js", SCRIPT.replace("1", "2"))):
        (folder / name).write_text(text)
        os.utime(folder / name, (1_700_000_000, 1_700_000_000))
    assert client.get("/one.js").headers["etag"] == client.get("/two.js").headers["etag"]
    assert client.get("/one.js").text == SCRIPT
    assert client.get("/two.js").text == SCRIPT.replace("1", "2")


def test_a_changed_file_is_compressed_again(client: TestClient, folder: Path) -> None:
    assert client.get("/big.js").text == SCRIPT
    (folder / "big.js").write_text(SCRIPT * 2)
    assert client.get("/big.js").text == SCRIPT * 2


def test_a_browser_that_has_the_file_gets_none(client: TestClient) -> None:
    tag = client.get("/big.js").headers["etag"]
    again = client.get("/big.js", headers={"if-none-match": tag})
    assert again.status_code == 304
    assert again.content == b""


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/small.js", {}),
        ("/picture.png", {}),
        ("/big.js", {"accept-encoding": "identity"}),
        ("/big.js", {"range": "bytes=0-9"}),
        ("/media/big.js", {}),
    ],
)
def test_what_is_left_as_it_is(client: TestClient, folder: Path, path: str, headers: dict[str, str]) -> None:
    answer = client.get(path, headers=headers)
    assert "content-encoding" not in answer.headers
    plain = (folder / path.rsplit("/", 1)[-1]).read_bytes()
    assert answer.content == (plain[:10] if "range" in headers else plain)


def test_what_is_kept_is_bounded(client: TestClient, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_files, "KEPT", 500)
    for number in range(6):
        (folder / f"{number}.js").write_text(f"{number}" + SCRIPT)
        assert client.get(f"/{number}.js").text == f"{number}{SCRIPT}"
    kept = client.app.middleware_stack
    while not isinstance(kept, CompressedFiles):
        kept = kept._app if hasattr(kept, "_app") else kept.app
    assert 0 < sum(map(len, kept._kept.values())) == kept._size <= 500


def test_files_named_by_their_content_are_kept_for_good_and_others_asked_for(client: TestClient, folder: Path) -> None:
    (folder / "0123456789ab.json").write_text(json.dumps(list(range(900))))
    times = {
        "/app/static/map/big.js?0123456789ab": KEEP,
        "/app/static/geo/0123456789ab.json": KEEP,
        "/app/static/vendor/leaflet-1.9.4/big.js": KEEP,
        "/app/static/map/big.js": ASK,
        "/app/static/map/big.js?v=0123456789ab": ASK,
    }
    assert {path: client.get(path).headers.get("cache-control") for path in times} == times


@pytest.fixture
def packaged(folder: Path, asked: list[str]) -> Iterator[TestClient]:
    async def send(request: Request) -> Response:
        asked.append(request.url.path)
        return PlainTextResponse("asked", status_code=404)

    files = {f"/static/js/{path.name}": path for path in folder.iterdir()}
    app = Starlette(
        routes=[Route("/{path:path}", send, methods=["GET"])], middleware=[Middleware(CompressedFiles, packaged=files)]
    )
    with TestClient(app, base_url="http://dashboard:8501", headers={"accept-encoding": "br"}) as client:
        yield client


def test_a_packaged_file_is_sent_without_asking_streamlit(packaged: TestClient, asked: list[str]) -> None:
    first = packaged.get("/static/js/big.js")
    assert first.text == SCRIPT
    assert first.headers["content-encoding"] == "br"
    assert first.headers["cache-control"] == KEEP
    assert "javascript" in first.headers["content-type"]
    short = packaged.get("/static/js/small.js")
    assert short.text == "1;"
    assert "content-encoding" not in short.headers
    known = packaged.get("/static/js/big.js", headers={"if-none-match": first.headers["etag"]})
    assert known.status_code == 304
    assert asked == []


@pytest.mark.parametrize("path", ["/static/js/picture.png", "/static/js/none.js", "/static/js/../../big.js", "/big.js"])
def test_what_is_no_packaged_text_is_left_to_streamlit(packaged: TestClient, asked: list[str], path: str) -> None:
    assert packaged.get(path).text == "asked"
    assert len(asked) > 0


def test_a_packaged_file_that_was_upgraded_is_read_again(packaged: TestClient, folder: Path) -> None:
    tag = packaged.get("/static/js/big.js").headers["etag"]
    (folder / "big.js").write_text(SCRIPT * 2)
    again = packaged.get("/static/js/big.js", headers={"if-none-match": tag})
    assert again.text == SCRIPT * 2


def test_packaged_files_stand_below_the_base_of_the_dashboard() -> None:
    plain, below = list_packaged(""), list_packaged("force/hotspots")
    assert set(plain.values()) == set(below.values())
    name = next(name for name, path in plain.items() if path.parent == PACKAGED / "js")
    assert name.startswith("/static/js/")
    assert f"/force/hotspots{name}" in below


def test_alive_and_ready(client: TestClient) -> None:
    for base in ("", "/force"):
        assert client.get(f"{base}/healthz").json() == {"status": "alive"}
    web_health.READINESS.__init__()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "data": "ready", "ledger": "ready"})
    assert answer.headers["cache-control"] == "no-store"


def test_not_ready_says_which_part_and_not_why(
    client: TestClient, home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    web_health.READINESS.__init__()
    monkeypatch.setenv("HOTSPOTS_DATABASE_URL", f"sqlite:///{home}/nowhere/ledger.sqlite")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["data"], answer.json()["ledger"]) == (503, "ready", "not ready")
    assert str(home) not in answer.text
    assert "the ledger cannot be read" in caplog.text


def fail(text: str) -> None:
    raise ValueError(f"cannot read {text}")


def fail_because_of(text: str) -> None:
    try:
        fail(text)
    except ValueError as error:
        raise RuntimeError(text) from error


def test_a_json_line_has_the_way_of_a_fault_and_nothing_that_was_typed() -> None:
    output = io.StringIO()
    handler = logging.StreamHandler(output)
    handler.setFormatter(JsonLines())
    log = logging.getLogger("hotspots.test-lines")
    log.addHandler(handler)
    log.propagate = False
    try:
        fail_because_of(TYPED)
    except RuntimeError:
        log.exception("A page failed.", extra={"reference": "AAAA-2222", "page": "Area", "typed": TYPED})
    line = json.loads(output.getvalue())
    assert TYPED not in output.getvalue()
    assert (line["level"], line["reference"], line["page"]) == ("error", "AAAA-2222", "Area")
    assert [part["type"] for part in line["fault"]] == ["builtins.RuntimeError", "builtins.ValueError"]
    assert line["fault"][1]["at"][-1].endswith(" fail")


def test_a_warning_of_another_program_keeps_its_values_to_itself() -> None:
    line = JsonLines().format(logging.LogRecord("uvicorn.error", logging.WARNING, "", 0, "Bad path %s", (TYPED,), None))
    assert json.loads(line)["message"] == "Bad path %s"


def test_a_fault_that_names_itself_as_its_cause_ends() -> None:
    error = ValueError()
    error.__cause__ = error
    assert len(describe_fault(error)) == 1


def test_references_can_be_read_out() -> None:
    made = {make_reference() for _ in range(200)}
    assert len(made) == 200
    assert all(len(one) == 9 and one[4] == "-" and not set(one) & set("01OIL") for one in made)


def test_the_log_is_set_up_once_and_tells_no_addresses(capsys: pytest.CaptureFixture[str], planted_fault: None) -> None:
    kept = {name: (one.handlers[:], one.propagate, one.level, one.disabled) for name in (
        "hotspots", "streamlit", "uvicorn.error", "py.warnings", "uvicorn.access",
        "streamlit.runtime.scriptrunner_utils.script_run_context",
    ) for one in [logging.getLogger(name)]}  # fmt: skip
    try:
        logging.getLogger("uvicorn.error").setLevel(logging.INFO)  # as the server has it when it starts
        set_up_log("json")
        set_up_log("json")
        reference = report_fault(ValueError(TYPED), page="Area")
        logging.getLogger("uvicorn.access").info("GET /?area=ashington")
        logging.getLogger("uvicorn.error").info('%s - "WebSocket %s" [accepted]', "192.0.2.7:5005", "/_stcore/stream")
        logging.getLogger("streamlit.somewhere").warning("seen %s", TYPED)
        lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
        assert [line["log"] for line in lines] == ["hotspots", "streamlit.somewhere"]
        assert lines[0]["reference"] == reference
    finally:
        logging.captureWarnings(capture=False)
        for name, (handlers, propagate, level, disabled) in kept.items():
            one = logging.getLogger(name)
            one.handlers[:], one.propagate, one.disabled = handlers, propagate, disabled
            one.setLevel(level)


def test_making_ready_opens_the_data_once(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr("hotspots.ui.web.keep_for_good", lambda: None)  # the tests go on in this process
    monkeypatch.setattr("hotspots.ui.web._PAUSE", 0.0)
    caplog.set_level(logging.INFO, LOG.name)
    make_ready()
    assert "The data are open." in caplog.text
    assert standing.is_open(read_settings())


def test_making_ready_with_data_that_cannot_be_opened_says_so(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    home.mkdir()
    (home / "areas.toml").write_text("nonsense")
    make_ready()
    assert "The data cannot be opened yet." in caplog.text
