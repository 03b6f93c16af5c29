"""Boundaries for the browser: one file in a folder that the dashboard serves, sent once and then cached.

The file is named by its content, so that a browser never draws an old outline. Only codes, names and outlines go
there, because the folder is served without sign-in. It lies with the program, or in the data home where the program is
installed read-only; the address is the same.
"""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import shapely

from hotspots.settings import STATIC, read_settings
from hotspots.views.browser_map import describe_shapes, pack_shapes

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from hotspots.schemas import Boundaries

MAX_VERTICES = 60_000
"""Outlines with more are simplified for the screen; counting always uses the full ones."""
EMBEDDED = "91b2c3561478"
"""Version of the shapes that come with the project; their file is never removed."""
EMBEDDED_FROM = "6e0f7abd8f21"
"""What they were made from, by `name_source`: they are not made again to learn their name."""
MAX_KEPT = 3
"""How many other files stay beside it: those of the boundaries that were shown last."""
_VERSION = re.compile(r"[0-9a-f]{12}")
_TOLERANCES_M = (5, 10, 20, 40, 80, 160, 320)


@dataclass(frozen=True)
class StaticGeometry:
    """The shapes of one boundary set as the browser gets them.

    Attributes
    ----------
    version
        Twelve hexadecimal digits of the content's SHA-256.
    path
        The file under the static folder, such as ``geo/0123456789ab.json``; None when neither that folder nor the data
        home can be written: the map then gets `shapes` with the page.
    shapes
        What the file holds, None when `path` can be fetched.
    simplified_m
        Tolerance in metres by which the outlines were simplified for the screen; 0 when they are as they are counted.
    """

    version: str
    path: str | None
    shapes: dict[str, Any] | None
    simplified_m: float


def write_static_geometry(boundaries: Boundaries, static_dir: Path = STATIC) -> StaticGeometry:
    """Write the shapes of a boundary set where the dashboard serves them, unless they are there already.

    Parameters
    ----------
    boundaries
        Areas and their context, in British National Grid (EPSG:27700).
    static_dir
        The folder that Streamlit serves under ``app/static``. Where the program's own cannot be written, as in a
        package installed for all users, the file goes to ``outlines`` in the data home, which is served there too.

    Returns
    -------
    StaticGeometry
        Where the browser finds the shapes (WGS 84, EPSG:4326), or the shapes themselves.
    """
    carried = f"geo/{EMBEDDED}.json"
    if (static_dir / carried).is_file() and name_source(boundaries) == EMBEDDED_FROM:
        return StaticGeometry(version=EMBEDDED, path=carried, shapes=None, simplified_m=0.0)
    areas, tolerance = _fit_for_screen(boundaries.geometry)
    fitted = replace(boundaries, geometry=areas, context=_fit_for_screen(boundaries.context)[0])
    shapes = pack_shapes(describe_shapes(fitted))
    content = json.dumps(shapes, ensure_ascii=False, separators=(",", ":")).encode()
    version = hashlib.sha256(content).hexdigest()[:12]
    path = f"geo/{version}.json"
    folders = (STATIC, read_settings().outlines_home) if static_dir == STATIC else (static_dir,)
    if any(_keep(folder / path, content) for folder in folders):
        return StaticGeometry(version=version, path=path, shapes=None, simplified_m=tolerance)
    return StaticGeometry(version=version, path=None, shapes=shapes, simplified_m=tolerance)


def name_source(boundaries: Boundaries) -> str:
    """Name what shapes are made from: twelve hexadecimal digits that change with the areas and with their context."""
    digest = hashlib.sha256(boundaries.version.encode())
    digest.update("\x1f".join(boundaries.context_names).encode())
    for blob in shapely.to_wkb(boundaries.context):
        digest.update(blob)
    return digest.hexdigest()[:12]


def find_outlines(version: str) -> Path | None:
    """Find the file that :func:`write_static_geometry` wrote under a version; None when there is none."""
    if not _VERSION.fullmatch(version):
        return None
    folders = (STATIC, read_settings().outlines_home)
    return next((path for folder in folders if (path := folder / f"geo/{version}.json").is_file()), None)


def _keep(path: Path, content: bytes) -> bool:
    """Write a file whole or not at all; tell whether it is there."""
    if path.is_file() and path.stat().st_size == len(content):
        if path.stem != EMBEDDED:
            with suppress(OSError):  # in a folder that cannot be written, nothing is removed either
                path.touch()
        return True
    part = path.with_name(f".{path.stem}-{uuid4().hex}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(content)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError:
        return False
    _remove_stale(path)
    return True


def _remove_stale(newest: Path) -> None:
    """Remove what was written for boundaries that were shown longest ago."""
    others = [path for path in newest.parent.glob("*.json") if path.stem != EMBEDDED and path != newest]
    with suppress(OSError):  # another dashboard may be removing the same file
        for path in sorted(others, key=lambda path: path.stat().st_mtime_ns, reverse=True)[MAX_KEPT - 1 :]:
            path.unlink(missing_ok=True)


def _fit_for_screen(geometry: NDArray[np.object_]) -> tuple[NDArray[np.object_], float]:
    simpler, used = geometry, 0.0
    for tolerance in _TOLERANCES_M:
        if shapely.get_num_coordinates(simpler).sum() <= MAX_VERTICES:
            break
        simpler, used = shapely.coverage_simplify(geometry, tolerance), float(tolerance)
    return simpler, used
