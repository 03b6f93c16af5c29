"""The web server around the dashboard: headers, files, health, the log, and what is made ready before anybody comes."""

from __future__ import annotations

import importlib
import sys
import threading
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from starlette.middleware import Middleware
from streamlit import config

from hotspots.errors import HotspotsError
from hotspots.settings import read_settings
from hotspots.ui import web_health
from hotspots.ui.log_lines import LOG, report_fault, set_up_log
from hotspots.ui.memory import keep_for_good, keep_tidy
from hotspots.ui.registry import PAGES
from hotspots.ui.web_files import CompressedFiles, list_packaged
from hotspots.ui.web_fonts import SmallFonts
from hotspots.ui.web_headers import SecurityHeaders
from hotspots.ui.web_preload import Preloading

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.routing import Route


_LATER = ("hotspots.pipeline.snapshot", "hotspots.views.folium_map", "openpyxl")
"""What pages import when they first need it, such as for a picture."""
_IN_A_RUN = ("area",)
"""Pages that a run itself must import first: streamlit-folium registers its frame only inside a run."""
_PAUSE = 5.0
"""Seconds in which the first visitor has the machine alone, before the other pages are imported."""
_TURN = 0.0005
"""Seconds that a thread computes before another may: whoever sends messages must not wait long for whoever computes."""


def list_routes() -> list[Route]:
    """List the addresses that are ours and no page."""
    return web_health.list_routes(str(config.get_option("server.baseUrlPath") or ""))


def list_middleware() -> list[Middleware]:
    """List what every request passes, the outermost first."""
    try:
        tiles = read_settings().tiles
    except HotspotsError:  # every page says which setting cannot be used
        tiles = None
    base = str(config.get_option("server.baseUrlPath") or "").strip("/")
    return [
        Middleware(SecurityHeaders, tiles=tiles),
        Middleware(SmallFonts),
        Middleware(CompressedFiles, packaged=list_packaged(base)),
        Middleware(Preloading, base=base),
    ]


@asynccontextmanager
async def run_server(_app: Any) -> AsyncIterator[dict[str, Any]]:
    """Begin the log, and make ready what the first visit needs while the server already answers."""
    try:
        form = read_settings().log_form
    except HotspotsError:
        form = "text"
    set_up_log(form)
    sys.setswitchinterval(_TURN)
    ending = threading.Event()
    threading.Thread(target=make_ready, name="make-ready", daemon=True).start()
    threading.Thread(target=keep_tidy, args=(ending,), name="keep-tidy", daemon=True).start()
    LOG.info("The server has started.")
    yield {}
    ending.set()
    LOG.info("The server ends.")


def make_ready() -> None:
    """Import what pages need, open the data and answer the first page's question, so that nobody waits for it."""
    started = time.perf_counter()
    try:
        from hotspots.ui.overview_parts import warm  # noqa: PLC0415 - the server answers before the data are there

        warm(read_settings())
        for module in ("hotspots.ui.shell", "hotspots.ui.overview_page"):
            importlib.import_module(module)
        LOG.info("The data are open.", extra={"milliseconds": round(1000 * (time.perf_counter() - started))})
        keep_for_good()
        time.sleep(_PAUSE)
        pages = [page.code or "overview" for page in PAGES if page.code not in _IN_A_RUN]
        for module in (*(f"hotspots.ui.{page}_page" for page in pages), *_LATER):
            importlib.import_module(module)
    except HotspotsError as error:
        LOG.warning("The data cannot be opened yet.", exc_info=error)
        return
    except Exception as error:  # noqa: BLE001 - a page that fails in the same way says so to whoever opens it
        report_fault(error, page="", what="Making ready failed.")
        return
    keep_for_good()


def tell_of_fault(error: Exception) -> bool:
    """Tell of a fault outside a page's own run, as in a button's callback, and keep its text from the reader."""
    from hotspots.ui.panels import draw_fault  # noqa: PLC0415 - as above

    draw_fault(report_fault(error, page="", what="A callback or part of a page failed."))
    return True
