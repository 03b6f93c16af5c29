"""Fifty people at once: real websocket sessions, each changing a filter every ten seconds, and a stock page beside it.

Each session speaks Streamlit's own protocol as the browser does: it opens the page, keeps the messages that Streamlit
asks it to keep, and sends back what a click sends. A change is timed from the click to the message that brings the map
its new values, and to the end of the run. The stock page (`stock_page.py`) is served and driven in the same way, in the
same run, so that the ratio holds on any machine.

    python benchmarks/bench_load.py [--sessions 50] [--minutes 5] [--think 10] [--no-stock] [--heavy]

``HOTSPOTS_HOME`` names the data; the embedded extract without it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamlit.proto.Element_pb2 import Element

ROOT = Path(__file__).resolve().parents[1]
MIB = 1 << 20
PERIODS = 24
"""Months from which a session picks the first of its period: with the lenses, some two hundred views."""


@dataclass
class Figures:
    """What the sessions of one server saw."""

    shown: list[float] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    opened: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class Line(ClientConnection):
    """A websocket that counts what comes over the wire, compressed as it is."""

    received = 0

    def data_received(self, data: bytes) -> None:
        """Count, and pass on."""
        self.received += len(data)
        super().data_received(data)


class Session:
    """One browser tab, as far as the server can tell."""

    def __init__(self, address: str, figures: Figures, seed: int, page: str = "") -> None:
        self.address = address.replace("http", "ws", 1) + "/_stcore/stream"
        self.figures = figures
        self.dice = random.Random(seed)
        self.page = page
        self.widgets: dict[str, tuple[str, tuple[str, ...]]] = {}
        self.states: dict[str, WidgetState] = {}
        self.kept: dict[str, ForwardMsg] = {}
        self.script = ""
        self.query = ""
        self.texts: list[str] = []

    async def live(self, *, think: float, until: float, delay: float) -> None:
        """Open the page, and change a filter every `think` seconds."""
        await asyncio.sleep(delay)
        try:
            async with connect(
                self.address, subprotocols=["streamlit"], max_size=None, open_timeout=60, create_connection=Line
            ) as line:
                started = time.perf_counter()
                await self.run(line)
                self.figures.opened.append(time.perf_counter() - started)
                await asyncio.sleep(self.dice.uniform(0, think))
                while time.monotonic() < until:
                    began = time.monotonic()
                    self.choose()
                    shown, ended, size = await self.run(line)
                    self.figures.shown.append(ended if shown is None else shown)
                    self.figures.ended.append(ended)
                    self.figures.sizes.append(size)
                    await asyncio.sleep(max(0.0, think - (time.monotonic() - began)))
        except Exception as error:  # noqa: BLE001 - counted and shown at the end
            self.figures.errors.append(f"{type(error).__name__}: {error}")

    def choose(self) -> None:
        """Turn one of the two filters."""
        name = self.dice.choice(("lens", "from"))
        widget, options = self.widgets[name]
        others = [option for option in options[:PERIODS] if option != self.states[widget].string_value]
        self.states[widget] = WidgetState(id=widget, string_value=self.dice.choice(others))

    async def run(self, line: ClientConnection) -> tuple[float | None, float, int]:
        """Ask for a run; return seconds to the map's values, seconds to its end, and bytes received."""
        ask = BackMsg()
        ask.rerun_script.query_string = self.query
        ask.rerun_script.page_script_hash = self.script
        ask.rerun_script.page_name = "" if self.script else self.page
        ask.rerun_script.widget_states.widgets.extend(self.states.values())
        ask.rerun_script.cached_message_hashes.extend(self.kept)
        before = getattr(line, "received", 0)
        started = time.perf_counter()
        await line.send(ask.SerializeToString())
        shown, again = None, False
        self.texts = []
        while True:
            data = await asyncio.wait_for(line.recv(), 120)
            message = ForwardMsg()
            message.ParseFromString(data)
            if message.WhichOneof("type") == "ref_hash":
                message = self.kept[message.ref_hash]
            elif message.metadata.cacheable:
                self.kept[message.hash] = message
            kind = message.WhichOneof("type")
            if kind == "delta":
                if self.take(message):
                    shown = time.perf_counter() - started
            elif kind == "new_session":
                self.script = message.new_session.page_script_hash
            elif kind == "page_info_changed":
                self.query = message.page_info_changed.query_string
            elif kind == "script_finished":
                again = message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN
                if not again:
                    return shown, time.perf_counter() - started, getattr(line, "received", 0) - before

    def take(self, message: ForwardMsg) -> bool:
        """Note a filter's options or a fault; tell whether the message is the map's."""
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        state = read_state(element)
        if state is not None and (getattr(element, kind).set_value or state.id not in self.states):
            self.states[state.id] = state
        if kind == "selectbox":
            box = element.selectbox
            name = box.id.rsplit("-", 1)[-1]
            if name in ("lens", "from"):
                self.widgets[name] = (box.id, tuple(box.options))
        elif kind == "exception":
            self.figures.errors.append(element.exception.message[:200])
        elif kind == "html":
            self.texts.append(element.html.body)
            if 'role="alert"' in element.html.body:
                self.figures.errors.append("the page told of a fault")
        return (kind == "bidi_component" and "ward_map" in element.bidi_component.component_name) or (
            kind == "component_instance" and "folium" in element.component_instance.component_name
        )


def read_state(element: Element) -> WidgetState | None:
    """Read what a browser keeps of a widget and sends with every change of any other: its value."""
    kind = element.WhichOneof("type")
    if kind not in ("selectbox", "multiselect", "number_input"):
        return None
    widget = getattr(element, kind)
    state = WidgetState(id=widget.id)
    given = widget.set_value
    if kind == "multiselect":
        chosen = widget.raw_values if given else [widget.options[place] for place in widget.default]
        state.string_array_value.data.extend(chosen)
    elif kind == "number_input" and widget.HasField("value" if given else "default"):
        state.double_value = widget.value if given else widget.default
    elif kind == "selectbox" and widget.HasField("raw_value" if given else "default"):
        state.string_value = widget.raw_value if given else widget.options[widget.default]
    return state


@contextmanager
def serve(script: Path, log: Path, home: str | None, **variables: str) -> Iterator[tuple[str, psutil.Process, float]]:
    """Run a server; yield its address, its process and the seconds until it answered."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {name: value for name, value in os.environ.items() if not name.startswith(("HOTSPOTS_", "STREAMLIT_"))}
    env |= {"HOTSPOTS_HOME": home or str(log.parent), "PYTHONPATH": str(ROOT), **variables}
    options = ["--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true"]
    options += ["--browser.gatherUsageStats", "false", "--server.fileWatcherType", "none"]
    started = time.perf_counter()
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(script), *options],
            cwd=log.parent,  # a page of streamlit-folium has none of our settings
            env=env,
            stdout=output,
            stderr=output,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            for _ in range(600):
                try:
                    urllib.request.urlopen(f"{address}/_stcore/health", timeout=2).close()  # noqa: S310 - our own server
                    break
                except (urllib.error.URLError, OSError):
                    time.sleep(0.05)
            yield address, psutil.Process(server.pid), time.perf_counter() - started
        finally:
            server.terminate()
            server.wait(20)


def read_memory(server: psutil.Process) -> float:
    """Return the resident megabytes of a server and what it started."""
    return sum(one.memory_info().rss for one in (server, *server.children(recursive=True))) / MIB


def read_seconds(server: psutil.Process) -> float:
    """Return the processor seconds of a server and what it started."""
    return sum(sum(one.cpu_times()[:2]) for one in (server, *server.children(recursive=True)))


async def load(
    address: str, server: psutil.Process, *, sessions: int, seconds: float, think: float
) -> dict[str, float]:
    """Put a server under load; return the figures of its sessions."""
    first = Figures()
    await Session(address, first, 0).live(think=0, until=0, delay=0)
    alone = read_memory(server)
    figures = Figures()
    until = time.monotonic() + seconds + think
    ramp = min(think, sessions * 0.2)
    tasks = [
        asyncio.create_task(
            Session(address, figures, 1 + number).live(think=think, until=until, delay=ramp * number / sessions)
        )
        for number in range(sessions)
    ]
    await asyncio.sleep(ramp + think)
    connected, worked, changes = read_memory(server), read_seconds(server), len(figures.ended)
    await asyncio.gather(*tasks)
    ended, spent = read_memory(server), read_seconds(server) - worked
    if not figures.ended:
        raise SystemExit(f"No change came through: {figures.errors[:3]}")
    return {
        "first": first.opened[0] if first.opened else float("nan"),
        "changes": len(figures.ended),
        "p50": quantile(figures.shown, 50),
        "p95": quantile(figures.shown, 95),
        "p99": quantile(figures.shown, 99),
        "run_p95": quantile(figures.ended, 95),
        "bytes": statistics.median(figures.sizes),
        "bytes_p95": quantile([float(size) for size in figures.sizes], 95),
        "cpu_ms": 1000 * spent / max(1, len(figures.ended) - changes),
        "errors": len(first.errors) + len(figures.errors),
        "alone": alone,
        "connected": connected,
        "growth": ended - connected,
        "fault": (first.errors + figures.errors or [""])[0],
    }


def quantile(values: list[float], percent: int) -> float:
    """Return a percentile."""
    return sorted(values)[min(len(values) - 1, int(len(values) * percent / 100))]


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--think", type=float, default=10)
    parser.add_argument("--no-stock", action="store_true", help="leave the stock page out")
    chosen = parser.parse_args()
    pages = {"Hotspots": ROOT / "app.py"}
    if not chosen.no_stock:
        pages["stock page"] = ROOT / "benchmarks" / "stock_page.py"
    results: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, script in pages.items():
            log = Path(folder) / f"{name.split()[0]}.log"
            with serve(script, log, os.environ.get("HOTSPOTS_HOME")) as (address, server, _):
                results[name] = asyncio.run(
                    load(address, server, sessions=chosen.sessions, seconds=60 * chosen.minutes, think=chosen.think)
                )
    cores = os.cpu_count()
    print(f"{chosen.sessions} sessions, a change every {chosen.think:g} s, {chosen.minutes:g} minutes, {cores} cores")
    lines = (
        ("changes", "changes", 1, "d"),
        ("errors", "errors", 1, "d"),
        ("click to new map values, p50, ms", "p50", 1000, ".0f"),
        ("click to new map values, p95, ms", "p95", 1000, ".0f"),
        ("click to new map values, p99, ms", "p99", 1000, ".0f"),
        ("click to the end of the run, p95, ms", "run_p95", 1000, ".0f"),
        ("processor time a change, ms", "cpu_ms", 1, ".0f"),
        ("sent a change, median, kB", "bytes", 1 / 1000, ".1f"),
        ("sent a change, p95, kB", "bytes_p95", 1 / 1000, ".1f"),
        ("memory with one session, MiB", "alone", 1, ".0f"),
        ("memory when all are connected, MiB", "connected", 1, ".0f"),
        ("memory growth from there, MiB", "growth", 1, ".1f"),
    )
    print(f"{'':40}" + "".join(f"{name:>14}" for name in results) + ("" if len(results) == 1 else f"{'ratio':>10}"))
    for title, key, scale, form in lines:
        values = [scale * result[key] for result in results.values()]
        ratio = f"{values[1] / values[0]:10.1f}" if len(values) == 2 and values[0] else ""
        print(f"{title:40}" + "".join(f"{int(v) if form == 'd' else v:>14{form}}" for v in values) + ratio)
    for name, result in results.items():
        if result["fault"]:
            print(f"{name}: {result['fault']}")


if __name__ == "__main__":
    main()
