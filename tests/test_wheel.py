"""The wheel on a machine without the project: it scores, and it serves every page's files and a whole overview."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from typing import TYPE_CHECKING

import pytest

from benchmarks.bench_load import Figures, Line, Session, connect
from hotspots.ui.registry import PAGES
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PARTS = ("hotspots", "pages", "data", "static", ".streamlit", "app.py", "pyproject.toml", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy of what the project keeps, and unpack it as an installer does."""
    source = tmp_path_factory.mktemp("source")
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, source / part, ignore=shutil.ignore_patterns("__pycache__", "*.part"))
        else:
            shutil.copy(ROOT / part, source / part)
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "out"],
        cwd=source,
        check=True,
        capture_output=True,
    )
    site = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(next((source / "out").glob("*.whl"))) as wheel:
        wheel.extractall(site)
    return site


@pytest.fixture
def elsewhere(installed: Path, tmp_path: Path) -> dict[str, str]:
    """Give the environment of somebody who has the wheel and not the project."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("HOTSPOTS_", "STREAMLIT_"))}
    return {**env, "PYTHONPATH": str(installed), "HOTSPOTS_HOME": str(tmp_path / "home"), "HOTSPOTS_LOG": "json"}


def command(*words: str) -> list[str]:
    return [sys.executable, "-c", "from hotspots.cli import main; main()", *words]


def test_nothing_of_the_project_is_left_out(installed: Path) -> None:
    bundle = installed / "hotspots" / "_bundle"
    assert [page.script for page in PAGES if not (bundle / page.script).is_file()] == []
    for part in ("data", "static"):
        ours = {path.relative_to(ROOT) for path in (ROOT / part).rglob("*") if path.is_file()}
        assert [str(path) for path in ours if not (bundle / path).is_file() and path.suffix != ".part"] == []
    kept = {path.relative_to(ROOT) for path in (ROOT / "hotspots").rglob("*") if path.is_file()}
    missing = [str(path) for path in kept if path.suffix != ".pyc" and not (installed / path).is_file()]
    assert missing == []


def test_the_installed_command_scores(elsewhere: dict[str, str], installed: Path, tmp_path: Path) -> None:
    done = subprocess.run(command("score", "--json"), cwd=tmp_path, env=elsewhere, check=True, capture_output=True)
    assert len(json.loads(done.stdout)["areas"]) == 180
    where = "import hotspots.settings; print(hotspots.settings.ROOT)"
    told = subprocess.run([sys.executable, "-c", where], cwd=tmp_path, env=elsewhere, check=True, capture_output=True)
    assert told.stdout.decode().strip() == str(installed / "hotspots" / "_bundle")


@pytest.fixture
def served(elsewhere: dict[str, str], tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes], Path]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            command("serve", "--headless", "--address", "127.0.0.1", "--port", str(port)),
            cwd=tmp_path,
            env=elsewhere,
            stdout=output,
            stderr=output,
        )
        try:
            yield f"http://127.0.0.1:{port}", server, log
        finally:
            server.kill()
            server.wait(10)


def ask(address: str) -> bytes:
    for _ in range(600):
        try:
            with urllib.request.urlopen(address, timeout=60) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError:
            raise
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"{address} does not answer")


def test_the_installed_dashboard_serves_a_whole_page_and_stops_when_told(
    served: tuple[str, subprocess.Popen[bytes], Path],
) -> None:
    address, server, log = served
    assert json.loads(ask(f"{address}/healthz")) == {"status": "alive"}
    assert json.loads(ask(f"{address}/readyz"))["status"] == "ready"
    assert json.loads(ask(f"{address}/app/static/geo/91b2c3561478.json"))["type"] == "FeatureCollection"
    figures = Figures()
    session = Session(address, figures, 1)

    async def look() -> tuple[float | None, float, int]:
        async with connect(session.address, subprotocols=["streamlit"], max_size=None, create_connection=Line) as line:
            await session.run(line)  # the first run of a session may end early
            session.choose()
            return await session.run(line)

    shown, _, size = asyncio.run(look())
    assert figures.errors == []
    assert shown is not None, "the map came"
    assert 5_000 < size < 60_000, "compressed"
    assert "Northumbria" in "".join(session.texts)
    server.send_signal(signal.SIGTERM)
    assert server.wait(20) in (0, -signal.SIGTERM)
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    assert "Overview drawn." in {line["message"] for line in lines}
    assert not [line for line in lines if line["level"] in ("error", "critical")]
