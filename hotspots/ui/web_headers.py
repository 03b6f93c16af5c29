"""What every answer of the server tells the browser: ask nobody else, run nothing foreign, keep what cannot change.

The policy is the strictest under which Streamlit and the maps still work: Streamlit writes styles and one script into
its page, and folium's maps begin in a script of their own. Nothing may be fetched from, sent to or framed by another
place, so that a fault in a page cannot tell a stranger what an operation looks at.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

FIXED: dict[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",  # for browsers that do not know frame-ancestors
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Headers that are the same for every answer."""
KEEP, ASK = "public, max-age=31536000, immutable", "no-cache"
_NAMED_BY_CONTENT = re.compile(r"(/geo/[0-9a-f]{12}\.json|/vendor/[a-z]+-\d[\d.]*/.+)$")
_VERSION = re.compile(rb"[0-9a-f]{12}$")
_HOST = re.compile(r"[A-Za-z0-9.\-]+(:\d{1,5})?$|\[[0-9A-Fa-f:]+\](:\d{1,5})?$")


class SecurityHeaders:
    """Give every answer the headers above, the policy, and the files of ours their time to live.

    Parameters
    ----------
    app
        What answers.
    tiles
        Address of an opted-in online base map, which then is the one other place that pictures come from.
    """

    def __init__(self, app: ASGIApp, *, tiles: str | None = None) -> None:
        self._app = app
        self._tiles = tiles

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add to the head of the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        policy = write_policy(Headers(scope=scope).get("host", ""), tiles=self._tiles)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in FIXED.items():
                    headers[name] = value
                headers["Content-Security-Policy"] = policy
                if "/app/static/" in scope["path"]:
                    del headers["Access-Control-Allow-Origin"]  # Streamlit opens these files to every site; we do not
                    if message["status"] in {200, 206, 304}:
                        headers["Cache-Control"] = KEEP if _is_named_by_content(scope) else ASK
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _is_named_by_content(scope: Scope) -> bool:
    return bool(_VERSION.fullmatch(scope.get("query_string", b"")) or _NAMED_BY_CONTENT.search(scope["path"]))


def write_policy(host: str, *, tiles: str | None = None) -> str:
    """Write the content security policy.

    Parameters
    ----------
    host
        Name and port by which the browser knows the dashboard: not every browser counts a websocket to the same host as
        the page's own.
    tiles
        Address of an opted-in online base map.
    """
    sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
    pictures = ""
    if tiles:
        place = urlsplit(tiles)
        if place.scheme in {"http", "https"} and re.fullmatch(r"[A-Za-z0-9.\-{}:]+", place.netloc):
            pictures = f" {place.scheme}://{re.sub(r'^{[a-z]+}', '*', place.netloc)}"
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval' blob:",
            "style-src 'self' 'unsafe-inline'",
            f"img-src 'self' data: blob:{pictures}",
            "font-src 'self' data: blob:",
            f"connect-src 'self'{sockets}",
            "worker-src 'self' blob:",
            "frame-src 'self'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        )
    )
