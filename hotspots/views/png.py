"""Pictures for a briefing as files: slides, A4 pages and squares, light or dark, without a browser or a network.

PNG is the default; SVG and PDF hold the same sheet as lines, with letters outlined or embedded. Equal pictures give
equal bytes: fonts come with matplotlib, no clock is read, and what the file tells of itself comes from the picture.
This module loads matplotlib; import it where a picture is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hotspots.errors import InputError
from hotspots.views.impact_pictures import ForestPicture, ImpactPicture
from hotspots.views.impact_sheet import lay_out_forest, lay_out_impact
from hotspots.views.map_sheet import lay_out_map
from hotspots.views.metadata import label_picture
from hotspots.views.multiples_picture import MultiplesPicture
from hotspots.views.multiples_sheet import lay_out_multiples
from hotspots.views.operation_pictures import ActivityPicture, PhasesPicture
from hotspots.views.operation_sheets import lay_out_activity, lay_out_phases
from hotspots.views.pictures import MapPicture, Picture, RankingPicture, TrendPicture
from hotspots.views.ranking_sheet import lay_out_ranking
from hotspots.views.sheet import Sheet, drawing, open_sheet
from hotspots.views.trend_sheet import lay_out_trend

if TYPE_CHECKING:
    from collections.abc import Callable

    from hotspots.views.sheet import Format, Size

_LAYOUTS: dict[type[Picture], Callable[[Sheet, Any], None]] = {
    MapPicture: lay_out_map,
    RankingPicture: lay_out_ranking,
    TrendPicture: lay_out_trend,
    ImpactPicture: lay_out_impact,
    ForestPicture: lay_out_forest,
    PhasesPicture: lay_out_phases,
    ActivityPicture: lay_out_activity,
    MultiplesPicture: lay_out_multiples,
}
FORMATS: dict[str, str] = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf"}
"""What a picture can be written as, and the kind of file that a browser calls it."""


def draw_picture(
    picture: Picture,
    *,
    size: Size = "slide",
    dpi: int | None = None,
    dark: bool = False,
    format: Format = "png",  # noqa: A002 - the word for it
) -> bytes:
    """Draw any picture.

    Parameters
    ----------
    picture
        What it shows.
    size
        ``slide`` (1920 x 1080 dots), ``a4`` (landscape), ``a4-portrait`` or ``square`` (1080 x 1080 dots).
    dpi
        Dots an inch; 144 for a slide and a square and 200 for A4 when None.
    dark
        True for the dark look; classes, phases and outlines of clusters keep their colours.
    format
        ``png``, ``svg`` or ``pdf``.

    Returns
    -------
    bytes
        A file; :func:`hotspots.views.metadata.read_address` gives the address of the view back.

    Raises
    ------
    InputError
        If the size, the resolution or the format cannot be drawn.
    """
    if format not in FORMATS:
        raise InputError(f"“{format}” is not a format of picture; choose {', '.join(FORMATS)}.")
    with drawing():
        return lay_out(picture, size=size, dpi=dpi, dark=dark).to_bytes(format, label=label_picture(picture))


def lay_out(picture: Picture, *, size: Size = "slide", dpi: int | None = None, dark: bool = False) -> Sheet:
    """Put a picture on a sheet without rendering it."""
    sheet = open_sheet(size, dpi, dark=dark)
    for kind, put in _LAYOUTS.items():
        if isinstance(picture, kind):
            put(sheet, picture)
            return sheet
    raise TypeError(f"{type(picture).__name__} is not a picture that can be drawn.")
