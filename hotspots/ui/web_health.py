"""Two questions that a machine asks: whether the server is alive, and whether it can answer people.

``/healthz`` says that the process answers. ``/readyz`` opens the data and asks the ledger for one number, so that a
proxy or a service manager sends nobody to a server that can only say that it has nothing; its answer names which part
fails and never why, because the question needs no sign-in. The log says why.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from anyio import to_thread
from starlette.responses import JSONResponse
from starlette.routing import Route

from hotspots.errors import HotspotsError
from hotspots.settings import read_settings
from hotspots.ui.log_lines import LOG

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

KEPT_SECONDS = 2.0
"""How long an answer holds: asking often must not cost the people who use the dashboard anything."""


class _Readiness:
    """The last answer, and that only one question is worked on at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until = 0.0
        self._parts: dict[str, str] = {}

    def find(self) -> dict[str, str]:
        with self._lock:
            if time.monotonic() >= self._until:
                self._parts = {"data": _try("data", _ask_data), "ledger": _try("ledger", _ask_ledger)}
                self._until = time.monotonic() + KEPT_SECONDS
            return self._parts


READINESS = _Readiness()


async def say_alive(_request: Request) -> JSONResponse:
    """Answer that the process is there."""
    return JSONResponse({"status": "alive"}, headers={"Cache-Control": "no-store"})


async def say_ready(_request: Request) -> JSONResponse:
    """Answer whether data and ledger can be read: 200 when both can, else 503."""
    parts = await to_thread.run_sync(READINESS.find)
    ready = set(parts.values()) == {"ready"}
    return JSONResponse(
        {"status": "ready" if ready else "not ready", **parts},
        status_code=200 if ready else 503,
        headers={"Cache-Control": "no-store"},
    )


def list_routes(base_path: str = "") -> list[Route]:
    """List the addresses of the two questions, at the root and below a base path."""
    bases = dict.fromkeys(("", f"/{base_path.strip('/')}" if base_path.strip("/") else ""))
    return [
        Route(f"{base}/{name}", answer, methods=["GET"])
        for base in bases
        for name, answer in (("healthz", say_alive), ("readyz", say_ready))
    ]


def _try(part: str, ask: Callable[[], None]) -> str:
    try:
        ask()
    except HotspotsError:
        LOG.warning("Not ready: the %s cannot be read.", part, extra={"part": part})
        return "not ready"
    except Exception:  # noqa: BLE001 - whatever it is, the answer is that people should not be sent here
        LOG.exception("Not ready: the %s cannot be read.", part, extra={"part": part})
        return "not ready"
    return "ready"


def _ask_data() -> None:
    from hotspots.ui.standing import open_fresh_world  # noqa: PLC0415 - the server answers before the data are there

    open_fresh_world(read_settings())


def _ask_ledger() -> None:
    from hotspots.store.ledger.timelines import read_version  # noqa: PLC0415 - as above
    from hotspots.ui.ledger import reading  # noqa: PLC0415 - as above

    with reading(read_settings()) as ledger:
        read_version(ledger)
