"""Outlines of boundaries for the browser, wherever they lie: with the program, or in the data home of a read-only one.

Streamlit serves the program's static folder alone. This answers the same addresses, needs no sign-in as that folder
needs none, and gives nothing but what `pipeline.static_geometry` wrote.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from anyio import to_thread
from starlette.responses import FileResponse, PlainTextResponse
from starlette.routing import Route
from streamlit import config

from hotspots.errors import HotspotsError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


async def send_outlines(request: Request) -> Response:
    """Send the file of one version, or say that there is none."""
    from hotspots.pipeline.static_geometry import find_outlines  # noqa: PLC0415 - the server answers before it is loaded

    try:
        path = await to_thread.run_sync(find_outlines, request.path_params["version"])
    except HotspotsError:  # a setting that cannot be used: every page says which
        path = None
    if path is None:
        return PlainTextResponse("There are no such outlines.", status_code=404)
    return FileResponse(path, media_type="application/json")


def list_routes(base_path: str | None = None) -> list[Route]:
    """List the addresses of outlines, below the base path that the server is set to or another."""
    base = (str(config.get_option("server.baseUrlPath") or "") if base_path is None else base_path).strip("/")
    return [Route(f"{f'/{base}' if base else ''}/app/static/geo/{{version}}.json", send_outlines, methods=["GET"])]
