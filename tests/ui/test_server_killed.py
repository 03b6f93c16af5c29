"""A real server, killed in the middle of an edit: what it confirmed is in the ledger, and nothing is there by half."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from hotspots.store.ledger import ActivityFilter, check_integrity, list_activities
from tests.conftest import ROOT
from tests.ui.operation_pages import make_operation, open_here

if TYPE_CHECKING:
    from pathlib import Path

    from websockets.asyncio.client import ClientConnection

ENTRIES = 3


def wait_for(address: str) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{address}/readyz", timeout=60).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    pytest.fail("the server did not start")


class Editor:
    """Somebody at the form that records an activity."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self.states: dict[str, str] = {}
        self.texts = ""
        self.script = ""

    def write(self, name: str, value: str) -> None:
        self.states[self.fields[name]] = value

    async def send(self, line: ClientConnection, *, press: str = "") -> None:
        ask = BackMsg()
        ask.rerun_script.query_string = "operation=coquet&view=record"
        ask.rerun_script.page_script_hash = self.script
        ask.rerun_script.page_name = "" if self.script else "operation"
        for name, value in self.states.items():
            state = ask.rerun_script.widget_states.widgets.add()
            state.id, state.string_value = name, value
        if press:
            state = ask.rerun_script.widget_states.widgets.add()
            state.id, state.trigger_value = self.fields[press], True
        await line.send(ask.SerializeToString())

    async def read(self, line: ClientConnection) -> None:
        texts: list[str] = []
        while True:
            message = ForwardMsg()
            message.ParseFromString(await asyncio.wait_for(line.recv(), 60))
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.script = message.new_session.page_script_hash
                texts = []
            elif kind == "delta":
                element = message.delta.new_element
                what = element.WhichOneof("type")
                if what in ("text_input", "selectbox", "text_area"):
                    name = getattr(element, what).id.rsplit("-", 1)[-1].rsplit(":", 1)[-1]
                    self.fields[name if "field:" in getattr(element, what).id else f"other {name}"] = getattr(
                        element, what
                    ).id
                    if "author" in getattr(element, what).id:
                        self.fields["author"] = getattr(element, what).id
                elif what == "button":
                    self.fields[element.button.label.replace("\\", "")] = element.button.id
                elif what == "html":
                    texts.append(element.html.body)
            elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                self.texts = "\n".join(texts)
                return


def test_a_killed_server_keeps_what_it_confirmed(home: Path) -> None:
    ledger = open_here()
    make_operation(ledger)
    ledger.close()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", str(port),
         "--server.address", "127.0.0.1"],
        cwd=ROOT, env={**os.environ, "HOTSPOTS_HOME": str(home)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"

    async def edit() -> None:
        async with connect(f"ws://127.0.0.1:{port}/_stcore/stream", subprotocols=["streamlit"], max_size=None) as line:
            editor = Editor()
            await editor.send(line)
            await editor.read(line)
            editor.write("author", "PS 1234")
            await editor.send(line)
            await editor.read(line)
            for entry in range(ENTRIES):
                editor.write("date", "5 March 2021")
                editor.write("kind", "Warrants executed")
                editor.write("quantity", str(entry + 1))
                editor.write("note", f"entry {entry}")
                await editor.send(line, press="Record this activity")
                await editor.read(line)
                assert f": {entry + 1}, 5 March 2021" in editor.texts, editor.texts
            editor.write("date", "5 March 2021")
            editor.write("kind", "Warrants executed")
            editor.write("quantity", "9")
            editor.write("note", "the last")
            await editor.send(line, press="Record this activity")
            await asyncio.sleep(0.02)
            server.kill()
            with pytest.raises(ConnectionClosed):
                await editor.read(line)

    try:
        wait_for(address)
        asyncio.run(edit())
    finally:
        server.kill()
        server.wait(10)
    again = open_here()
    try:
        notes = sorted(one.value.note for one in list_activities(again, ActivityFilter(), limit=None)[0])
        assert notes[:ENTRIES] == [f"entry {entry}" for entry in range(ENTRIES)]
        assert notes[ENTRIES:] in ([], ["the last"]), "whole, or not at all"
        assert check_integrity(again).problems == ()
    finally:
        again.close()
