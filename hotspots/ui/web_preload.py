"""Scripts that the first page is sure to need, named in the head of the HTML so that a browser fetches them at once.

Streamlit's page learns which scripts it needs when the first elements of a page arrive: table, chart and map then wait
for a hundred files more. Until then a browser has nothing to do, so it may as well fetch them.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders

from hotspots.settings import LEAFLET
from hotspots.ui.component import version_file
from hotspots.ui.web_files import PACKAGED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

ELEMENTS = (
    "Html",
    "Selectbox",
    "PageLink",
    "Multiselect",
    "BidiComponent",
    "NumberInput",
    "Button",
    "DataFrame",
    "ArrowVegaLiteChart",
    "loadVegaEmbed",
    "embed",
)
"""Streamlit's scripts for what stands on almost every page, by the first part of their names, as they appear."""
MAP = ("map/ward_map.js", "map/leaflet_map.js", "map/labels.js", "map/snapshot.js", "page/page.js")
"""Our own scripts for the page that people come to first."""
_IMPORT = re.compile(r"""(?:from|import)\s*["']\./([\w.\-]+\.js)["']""")
_LINK = '<link rel="modulepreload" crossorigin href="./{}">\n'
_END = b"</head>"


class Preloading:
    """Add the links to every HTML page; the map's only at the address of the overview."""

    def __init__(self, app: ASGIApp, *, base: str = "") -> None:
        self._app = app
        self._home = (f"/{base}", f"/{base}/") if base else ("/", "")
        chunks = "".join(_LINK.format(f"static/js/{name}") for name in list_chunks())
        ours = [version_file(path) for path in MAP]
        mapped = chunks + "".join(_LINK.format(path) for path in (*ours, f"{LEAFLET}leaflet.js"))
        self._links = {False: chunks.encode(), True: mapped.encode()}
        self._tags = {at: hashlib.sha256(links).hexdigest()[:8] for at, links in self._links.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add to an answer that is a page."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        at_home = scope["path"] in self._home
        start: Message | None = None
        parts: list[bytes] = []

        async def send_with_links(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_page(message):
                start = message
                return
            if start is None:
                await send(message)
                return
            parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                page = b"".join(parts).replace(_END, self._links[at_home] + _END, 1)
                headers = MutableHeaders(scope=start)
                # A question for the head alone gets no page to measure.
                longer = int(headers["Content-Length"]) + len(self._links[at_home])
                headers["Content-Length"] = str(len(page) or longer)
                tag = headers["ETag"].rstrip('"')
                headers["ETag"] = f'{tag}-{self._tags[at_home]}"'
                await send(start)
                await send({"type": "http.response.body", "body": page})

        await self._app(scope, receive, send_with_links)


def _is_page(start: Message) -> bool:
    headers = MutableHeaders(scope=start)
    return (
        start["status"] == 200  # noqa: PLR2004 - all is well
        and headers.get("content-type", "").startswith("text/html")
        and headers.get("etag", "").startswith(('"', 'W/"'))
        and "content-encoding" not in headers
        and headers.get("content-length", "").isdigit()
    )


def list_chunks(elements: Iterable[str] = ELEMENTS) -> list[str]:
    """List Streamlit's scripts for some elements and all that these import, as file names in order of need.

    A name that this version of Streamlit does not have is left out: the page then fetches that script when it needs it.
    """
    folder = PACKAGED / "js"
    found: dict[str, None] = {}

    def add(name: str) -> None:
        path = folder / name
        if name in found or not path.is_file():
            return
        found[name] = None
        for other in _IMPORT.findall(path.read_text(encoding="utf-8")):
            add(other)

    for element in elements:
        for path in sorted(folder.glob(f"{element}.*.js")):
            add(path.name)
    return list(found)
