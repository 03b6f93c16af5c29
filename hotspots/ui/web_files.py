"""Scripts, styles and outlines, compressed once and then kept: a first visit is short and costs the server little.

Streamlit's own compression works anew for every request and leaves its scripts out, some six megabytes a first visit.
Behind a proxy that compresses, this does nothing: the proxy asks for the plain file.
"""

from __future__ import annotations

import gzip
import mimetypes
import threading
import time
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

import brotli
import streamlit
from anyio import sleep_forever, to_thread
from starlette.datastructures import Headers, MutableHeaders

from hotspots.ui.web_headers import KEEP

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping
    from typing import Any

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

PACKAGED = Path(streamlit.__file__).resolve().parent / "static" / "static"
"""Scripts, styles and fonts of Streamlit, named by their content."""
LARGEST = 8_000_000
"""Bytes of a file beyond which it is sent as it is."""
SMALLEST = 600
KEPT = 24_000_000
"""Bytes of compressed files that stay in memory; all of Streamlit's are some seven million."""
WAITING = 32_000_000
"""Bytes of plain files that wait in memory to be compressed more tightly: all of Streamlit's scripts are 23 million."""
QUIET = 20.0
"""Seconds after the first file until files are compressed more tightly."""
AT_ONCE = 30_000
"""Bytes that are compressed on the spot: a turn of another thread would take longer."""
_QUICK, _TIGHT = 6, 11
"""Brotli's quality for somebody who waits (some 20 ms at most), and for everybody after (two seconds)."""
_NONE = ("0", "0.0", "0.00", "0.000")
"""Weights by which a browser says that it does not take a form."""
_Name = tuple[str, str, str]
"""Address, tag and form."""
_TEXT = ("text/", "application/javascript", "application/json", "application/manifest", "image/svg")
_OTHERS = ("/_stcore/", "/media/", "/component/", "/healthz", "/readyz", "/oauth2callback", "/auth/")
"""Addresses that are no files, or whose files belong to one session."""


class CompressedFiles:
    """Send files compressed, each compressed once.

    What is kept goes by its address and by the tag that the web server makes of its time and size: a file that has
    changed is a new one. The tag alone would not do, as files of one size that were installed in the same second share
    it; only the one HTML page, which stands at many addresses, goes by its tag.

    Parameters
    ----------
    app
        What answers.
    packaged
        Files of Streamlit's own by their addresses. They are read here: asking for them takes a dozen turns of other
        threads a file, and a first visit asks for a hundred and fifty while the program is still loading.
    """

    def __init__(self, app: ASGIApp, packaged: Mapping[str, Path] | None = None) -> None:
        self._app = app
        self._packaged = packaged or {}
        self._kept: OrderedDict[_Name, bytes] = OrderedDict()
        self._size = 0
        self._guard = threading.Lock()
        self._to_pack: OrderedDict[_Name, bytes] = OrderedDict()
        self._packing = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from what is kept, or keep what is answered."""
        if not _may_compress(scope):
            await self._app(scope, receive, send)
            return
        packaged = self._packaged.get(scope["path"])
        head = await _ask(self._app, {**scope, "method": "HEAD"}) if packaged is None else _read_head(packaged)
        is_short = packaged is not None and int(head.headers["content-length"]) < SMALLEST
        if not (is_short or _is_file(head)):
            await self._app(scope, receive, send)
            return
        tag = head.tag
        asked = Headers(scope=scope).get("if-none-match", "")
        if tag in (part.strip().removeprefix("W/") for part in asked.split(",")):
            await _send(send, head, b"", status=304, tag=tag)
            return
        form = "" if is_short else _choose_form(scope)
        name = ("" if head.headers["content-type"].startswith("text/html") else scope["path"], tag, form)
        body = self._recall(name)
        if body is None:
            if packaged is not None:
                plain = packaged.read_bytes()
            else:
                answer = await _ask(self._app, scope)
                if answer.status != head.status or answer.tag != tag:  # it changed between the two questions
                    await self._app(scope, receive, send)
                    return
                plain = answer.body
            body = _compress(plain, form) if len(plain) < AT_ONCE else await to_thread.run_sync(_compress, plain, form)
            self._keep(name, body)
            if form == "br":
                self._pack_later(name, plain)
        await _send(send, head, body, status=head.status, tag=tag, form=form)

    def _pack_later(self, name: _Name, plain: bytes) -> None:
        with self._guard:
            self._to_pack[name] = plain
            while sum(map(len, self._to_pack.values())) > WAITING:
                self._to_pack.popitem(last=False)  # it stays as it was sent
            if not self._packing:
                threading.Thread(target=self._pack_waiting, name="pack-files", daemon=True).start()
                self._packing = True

    def _pack_waiting(self) -> None:
        try:
            self._pack()
        except BaseException:  # such as want of memory: the next file begins anew
            with self._guard:
                self._packing = False
            raise

    def _pack(self) -> None:
        """Compress again what was sent in a hurry, as tightly as can be: it takes seconds, while nobody waits."""
        time.sleep(QUIET)
        while True:
            with self._guard:
                if not self._to_pack:
                    self._packing = False
                    return
                name, plain = self._to_pack.popitem(last=False)
            body = brotli.compress(plain, quality=_TIGHT)
            with self._guard:
                if name in self._kept:
                    self._size += len(body) - len(self._kept[name])
                    self._kept[name] = body

    def _recall(self, name: _Name) -> bytes | None:
        with self._guard:
            body = self._kept.get(name)
            if body is not None:
                self._kept.move_to_end(name)
            return body

    def _keep(self, name: _Name, body: bytes) -> None:
        with self._guard:
            self._size += len(body) - len(self._kept.pop(name, b""))
            self._kept[name] = body
            while self._size > KEPT:
                self._size -= len(self._kept.popitem(last=False)[1])


def list_packaged(base: str) -> dict[str, Path]:
    """List the files that Streamlit names by their content, by the addresses at which a browser asks for them.

    Parameters
    ----------
    base
        The path below which the dashboard is served, without slashes at its ends; empty for none.
    """
    root = f"/{base}/static" if base else "/static"
    return {f"{root}/{path.relative_to(PACKAGED).as_posix()}": path for path in PACKAGED.rglob("*") if path.is_file()}


class _Answer:
    """What the application said to a question of ours."""

    def __init__(self) -> None:
        self.status = 0
        self.raw: list[tuple[bytes, bytes]] = []
        self.parts: list[bytes] = []

    @property
    def headers(self) -> Headers:
        return Headers(raw=self.raw)

    @property
    def tag(self) -> str:
        return self.headers.get("etag", "").removeprefix("W/")

    @property
    def body(self) -> bytes:
        return b"".join(self.parts)


def _read_head(path: Path) -> _Answer:
    """Say of a file of Streamlit's own what Streamlit would."""
    answer = _Answer()
    seen = path.stat()
    form = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    headers = {
        "content-type": f"{form}; charset=utf-8" if form.startswith("text/") else form,
        "content-length": str(seen.st_size),
        "etag": f'"{seen.st_mtime_ns:x}-{seen.st_size:x}"',
        "cache-control": KEEP,
    }
    answer.status, answer.raw = 200, [(name.encode(), value.encode()) for name, value in headers.items()]
    return answer


async def _ask(app: ASGIApp, scope: Scope) -> _Answer:
    """Ask for the plain file, whatever the browser has of it already."""
    answer = _Answer()
    left_out = (b"accept-encoding", b"if-none-match", b"if-modified-since")
    plain = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] not in left_out]}
    # Without this a server that can hand over open files would be told to, past us.
    plain["extensions"] = {}

    asked = False

    async def receive() -> Message:
        nonlocal asked
        if asked:  # an answer that waits for the browser to go away is ended by having been given
            await sleep_forever()
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answer.status, answer.raw = message["status"], list(message["headers"])
        elif message["type"] == "http.response.body":
            answer.parts.append(message.get("body", b""))

    await app(plain, receive, send)
    return answer


async def _send(send: Send, head: _Answer, body: bytes, *, status: int, tag: str, form: str = "") -> None:
    start: Message = {"type": "http.response.start", "status": status, "headers": list(head.raw)}
    headers = MutableHeaders(scope=start)
    headers["ETag"] = f"W/{tag}"
    headers.add_vary_header("Accept-Encoding")
    del headers["Accept-Ranges"]
    if status == 304:  # noqa: PLR2004 - not modified
        del headers["Content-Length"]
        del headers["Content-Type"]
    else:
        if form:
            headers["Content-Encoding"] = form
        headers["Content-Length"] = str(len(body))
    await send(start)
    await send({"type": "http.response.body", "body": body})


def _may_compress(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    headers = Headers(scope=scope)
    return bool(_choose_form(scope)) and "range" not in headers and not any(part in scope["path"] for part in _OTHERS)


def _is_file(head: _Answer) -> bool:
    length = head.headers.get("content-length", "")
    return (
        head.status == 200  # noqa: PLR2004 - all is well
        and bool(head.tag)
        and head.headers.get("content-type", "").startswith(_TEXT)
        and length.isdigit()
        and SMALLEST <= int(length) <= LARGEST
    )


def _choose_form(scope: Scope) -> str:
    """Choose brotli where the browser takes it, else gzip; nothing where it takes neither."""
    taken = {part.strip() for part in Headers(scope=scope).get("accept-encoding", "").lower().split(",")}
    names = {part.split(";")[0].strip() for part in taken if part.replace(" ", "").partition(";q=")[2] not in _NONE}
    return next((form for form in ("br", "gzip") if form in names), "")


def _compress(plain: bytes, form: str) -> bytes:
    if not form:
        return plain
    return brotli.compress(plain, quality=_QUICK) if form == "br" else gzip.compress(plain, compresslevel=9, mtime=0)
