"""Pictures for a briefing as PNG files: slides of 1920 x 1080 dots and A4 pages, without a browser or a network.

Equal pictures give equal bytes: fonts come with matplotlib, no clock is read, and nothing but the resolution is written
beside the pixels. This module loads matplotlib; import it where a picture is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotspots.views.map_sheet import lay_out_map
from hotspots.views.pictures import MapPicture, Picture, RankingPicture, TrendPicture
from hotspots.views.ranking_sheet import lay_out_ranking
from hotspots.views.sheet import Sheet, drawing, open_sheet
from hotspots.views.trend_sheet import lay_out_trend

if TYPE_CHECKING:
    from hotspots.views.sheet import Size


def draw_area_map(picture: MapPicture, *, size: Size = "slide", dpi: int | None = None) -> bytes:
    """Draw a map of the force or of one area.

    Parameters
    ----------
    picture
        What the map shows.
    size
        ``slide`` (1920 x 1080 dots), ``a4`` (landscape) or ``a4-portrait``.
    dpi
        Dots an inch; 144 for a slide and 200 for A4 when None.

    Returns
    -------
    bytes
        A PNG file.

    Raises
    ------
    InputError
        If the size or the resolution cannot be drawn.
    """
    return draw_picture(picture, size=size, dpi=dpi)


def draw_ranking(picture: RankingPicture, *, size: Size = "slide", dpi: int | None = None) -> bytes:
    """Draw a ranking with the interval of each rank; see :func:`draw_area_map`."""
    return draw_picture(picture, size=size, dpi=dpi)


def draw_trend(picture: TrendPicture, *, size: Size = "slide", dpi: int | None = None) -> bytes:
    """Draw a monthly trend, missing months as gaps; see :func:`draw_area_map`."""
    return draw_picture(picture, size=size, dpi=dpi)


def draw_picture(picture: Picture, *, size: Size = "slide", dpi: int | None = None) -> bytes:
    """Draw any picture; see :func:`draw_area_map`."""
    with drawing():
        return lay_out(picture, size=size, dpi=dpi).to_png()


def lay_out(picture: Picture, *, size: Size = "slide", dpi: int | None = None) -> Sheet:
    """Put a picture on a sheet without rendering it."""
    sheet = open_sheet(size, dpi)
    if isinstance(picture, MapPicture):
        lay_out_map(sheet, picture)
    elif isinstance(picture, RankingPicture):
        lay_out_ranking(sheet, picture)
    elif isinstance(picture, TrendPicture):
        lay_out_trend(sheet, picture)
    else:
        raise TypeError(f"{type(picture).__name__} is not a picture that can be drawn.")
    return sheet
