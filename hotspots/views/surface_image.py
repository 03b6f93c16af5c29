"""A grid as a picture on a web map: each pixel finds its grid cell once, and then only colours change.

A web map is in Web Mercator and the grid is in British National Grid, a degree or two turned against it; each pixel
takes the colour of the cell in which its centre lies, so no class is blurred into the next.
"""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.ndimage import map_coordinates

from hotspots.crs import to_bng, to_wgs84

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MOST_PIXELS = 1_400
"""Pixels along the longer side of a picture."""
_KNOTS = 49  # along each side, at which coordinates are projected; between them they are interpolated, to centimetres


@dataclass(frozen=True, eq=False)
class ImageFrame:
    """Where a grid's picture lies on the map, and which cell each of its pixels shows.

    Attributes
    ----------
    south, west, north, east
        WGS 84 degrees.
    cell
        Flat position in the grid, -1 beyond it. Shape (height, width), north first.
    """

    south: float
    west: float
    north: float
    east: float
    cell: NDArray[np.int32]


@dataclass(frozen=True)
class MapImage:
    """A picture on a web map.

    Attributes
    ----------
    url
        The PNG as a data address.
    bounds
        South-west and north-east corners as latitude and longitude.
    opacity
        0 to 1.
    pixelated
        Whether its pixels stay squares when the map is close.
    """

    url: str
    bounds: tuple[tuple[float, float], tuple[float, float]]
    opacity: float = 1.0
    pixelated: bool = True

    def to_json(self) -> dict[str, Any]:
        """Return what the browser's script reads."""
        return {
            "url": self.url,
            "bounds": [list(corner) for corner in self.bounds],
            "opacity": self.opacity,
            "pixelated": self.pixelated,
        }


def frame_grid(*, west: float, south: float, cell: float, shape: tuple[int, int], step: float = 0.5) -> ImageFrame:
    """Lay a picture's pixels over a grid of square cells.

    Parameters
    ----------
    west, south
        Corner in British National Grid metres (EPSG:27700).
    cell
        Side in metres.
    shape
        Rows and columns.
    step
        Side of a pixel in cells; larger where the picture would have too many pixels.
    """
    rows, columns = shape
    x = west + np.linspace(0, columns * cell, _KNOTS)
    y = south + np.linspace(0, rows * cell, _KNOTS)
    lon, lat = to_wgs84(*(axis.ravel() for axis in np.meshgrid(x, y)))
    left, right, bottom, top = lon.min(), lon.max(), _to_mercator(lat.min()), _to_mercator(lat.max())
    across = columns / step
    up = across * (top - bottom) / np.radians(right - left)
    shrink = max(1.0, max(across, up) / MOST_PIXELS)
    width, height = max(int(across / shrink), 1), max(int(up / shrink), 1)
    knots = np.linspace(0, 1, _KNOTS)
    at_lon, at_mercator = np.meshgrid(left + knots * (right - left), top + knots * (bottom - top))
    at_x, at_y = to_bng(at_lon.ravel(), _from_mercator(at_mercator.ravel()))
    place = np.meshgrid(
        (np.arange(height) + 0.5) / height * (_KNOTS - 1),
        (np.arange(width) + 0.5) / width * (_KNOTS - 1),
        indexing="ij",
    )
    column = np.floor((map_coordinates(at_x.reshape(_KNOTS, _KNOTS), place, order=1) - west) / cell).astype(np.int64)
    row = np.floor((map_coordinates(at_y.reshape(_KNOTS, _KNOTS), place, order=1) - south) / cell).astype(np.int64)
    there = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    return ImageFrame(
        south=float(_from_mercator(bottom)),
        west=float(left),
        north=float(_from_mercator(top)),
        east=float(right),
        cell=np.where(there, row * columns + column, -1).astype(np.int32),
    )


def paint_classes(
    frame: ImageFrame, classes: NDArray[np.integer[Any]], colours: Sequence[str], *, opacity: float = 1.0
) -> MapImage:
    """Paint a grid by class.

    Parameters
    ----------
    frame
        From `frame_grid`.
    classes
        Position in `colours` of each grid cell; negative for none, which stays clear. Shape (rows, columns).
    colours
        ``#RRGGBB``, at most 255.
    opacity
        0 to 1.
    """
    from PIL import Image  # noqa: PLC0415 - only a map with a picture needs it

    clear = len(colours)
    flat = np.append(np.where(classes < 0, clear, classes).astype(np.uint8).ravel(), np.uint8(clear))
    image = Image.fromarray(flat[frame.cell])  # beyond the grid is -1, the last
    image.putpalette([int(colour[at : at + 2], 16) for colour in (*colours, "#FFFFFF") for at in (1, 3, 5)])
    file = io.BytesIO()
    image.save(file, format="PNG", transparency=clear, compress_level=4)
    url = "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")
    return MapImage(url, ((frame.south, frame.west), (frame.north, frame.east)), opacity)


def _to_mercator(lat: Any) -> Any:
    return np.arcsinh(np.tan(np.radians(lat)))


def _from_mercator(y: Any) -> Any:
    return np.degrees(np.arctan(np.sinh(y)))
