"""A sheet of paper or a slide: text that always fits, rules, boxes and the marking, and the same bytes every time.

Lengths are points (1/72 inch) from the top left corner, so that a slide and a page share their drawing. Nothing here
uses pyplot or a global figure; text is never read as mathematics, so a name may hold any character.
"""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Rectangle
from matplotlib.patheffects import withStroke
from PIL import Image

from hotspots.errors import InputError
from hotspots.views.metadata import Label
from hotspots.views.theme import LIGHT, Theme, pick_theme
from hotspots.views.typeset import clean, font, line_height

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes
    from PIL.PngImagePlugin import PngInfo

Size = Literal["slide", "a4", "a4-portrait", "square"]
Format = Literal["png", "svg", "pdf"]
Align = Literal["left", "center", "right"]

_DRAWING = threading.Lock()
"""Held while a sheet is rendered: matplotlib's settings and font cache belong to the whole process."""
_SETTINGS: dict[Any, Any] = {
    key: mpl.rcParamsDefault[key]
    for key in mpl.rcParamsDefault
    if key.startswith(
        (
            "text.",
            "font.",
            "path.",
            "hatch.",
            "agg.",
            "lines.",
            "patch.",
            "axes.",
            "savefig.",
            "figure.",
            "svg.",
            "pdf.",
        )
    )
    and key != "text.latex.preamble"
} | {
    "svg.fonttype": "path",
    "svg.hashsalt": "hotspots",
    "pdf.fonttype": 42,
    "pdf.use14corefonts": False,
    "text.hinting": "no_hinting",
}
"""Letters are outlines in an SVG and embedded in a PDF, and no name in a file is drawn by lot.

Letters are not fitted to dots: fitted ones are up to a fortieth wider than `typeset.measure` says, and leave their box.
"""


@dataclass(frozen=True)
class Paper:
    """A size of sheet and its type scale.

    Attributes
    ----------
    width, height
        Points.
    dpi
        Dots an inch unless the caller asks for others.
    margin, band
        Outer margin and height of the marking bands.
    title, subtitle, figure, body, small
        Sizes of type; `figure` is for key figures. On a slide a point is two dots.
    foot
        Size of caveats and sources.
    """

    width: float
    height: float
    dpi: int
    margin: float
    band: float
    title: float
    subtitle: float
    figure: float
    body: float
    small: float
    foot: float

    @property
    def is_square(self) -> bool:
        """Whether it is meant for a phone, which shows one thing in large type."""
        return self.width == self.height


PAPERS: dict[str, Paper] = {
    "slide": Paper(960, 540, 144, 24, 18, 23, 12.5, 17, 10, 8.5, 8.5),
    "a4": Paper(841.89, 595.28, 200, 28, 18, 20, 11.5, 16, 9.5, 8, 8),
    "a4-portrait": Paper(595.28, 841.89, 200, 28, 18, 19, 11, 15, 9, 8, 8),
    "square": Paper(540, 540, 144, 20, 19, 22, 13, 18, 12, 10.5, 9),
}
MIN_DPI, MAX_DPI = 72, 600


@dataclass(frozen=True)
class Box:
    """A rectangle in points: left, top, width and height."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.top + self.height

    def overlaps(self, other: Box, gap: float = 0.0) -> bool:
        """Tell whether two boxes come nearer than `gap`."""
        return (
            self.left < other.right + gap
            and other.left < self.right + gap
            and self.top < other.bottom + gap
            and other.top < self.bottom + gap
        )

    def holds(self, other: Box) -> bool:
        """Tell whether the other box lies inside."""
        return (
            self.left <= other.left
            and self.top <= other.top
            and other.right <= self.right
            and other.bottom <= self.bottom
        )


@dataclass
class Sheet:
    """A sheet that is being drawn.

    Attributes
    ----------
    paper
        Size and type scale.
    dpi
        Dots an inch.
    theme
        Its colours.
    figure, page
        The figure, and the axes that cover it in points from the top left.
    """

    paper: Paper
    dpi: int
    theme: Theme = LIGHT
    figure: Figure = field(init=False)
    page: Axes = field(init=False)

    def __post_init__(self) -> None:
        """Make an empty sheet."""
        wide, high = round(self.paper.width * self.dpi / 72), round(self.paper.height * self.dpi / 72)
        self.figure = Figure(figsize=(wide / self.dpi, high / self.dpi), dpi=self.dpi, facecolor=self.theme.ground)
        self.page = self.figure.add_axes((0, 0, 1, 1))
        self.page.set_axis_off()
        self.page.set_xlim(0, self.paper.width)
        self.page.set_ylim(self.paper.height, 0)
        self.page.set_zorder(5)
        self.page.patch.set_visible(False)

    def add_text(
        self,
        left: float,
        baseline: float,
        text: str,
        *,
        size: float,
        bold: bool = False,
        colour: str = "",
        align: Align = "left",
        halo: str = "",
        halo_width: float = 2.2,
    ) -> None:
        """Write one line; `left` is the point that `align` names, `halo` the colour of a rim around the letters."""
        cleaned = clean(text)
        if not cleaned:
            return
        artist = self.page.text(
            left,
            baseline,
            cleaned,
            fontproperties=font(size=size, bold=bold),
            color=colour or self.theme.ink,
            ha=align,
            va="baseline",
            parse_math=False,
        )
        if halo:
            artist.set_path_effects([withStroke(linewidth=halo_width, foreground=halo)])

    def add_lines(
        self,
        left: float,
        top: float,
        lines: list[str],
        *,
        size: float,
        bold: bool = False,
        colour: str = "",
        align: Align = "left",
    ) -> float:
        """Write lines below each other from `top` and return where the next would begin."""
        for position, line in enumerate(lines):
            self.add_text(
                left,
                top + size * (0.95 + 1.3 * position),
                line,
                size=size,
                bold=bold,
                colour=colour,
                align=align,
            )
        return top + line_height(size) * len(lines)

    def add_box(
        self,
        box: Box,
        *,
        fill: str = "none",
        edge: str = "none",
        width: float = 0.75,
        hatch: str = "",
        behind: bool = False,
    ) -> None:
        """Draw a rectangle; a hatch takes the colour of the edge."""
        self.page.add_patch(
            Rectangle(
                (box.left, box.top),
                box.width,
                box.height,
                facecolor=fill,
                edgecolor=edge,
                linewidth=width,
                hatch=hatch or None,
                zorder=0.5 if behind else 2,
            )
        )

    def add_rule(
        self,
        left: float,
        top: float,
        right: float,
        bottom: float,
        *,
        colour: str,
        width: float = 0.75,
        dash: bool = False,
    ) -> None:
        """Draw a straight line."""
        self.page.add_line(
            Line2D(
                (left, right),
                (top, bottom),
                color=colour,
                linewidth=width,
                linestyle=(0, (3, 2)) if dash else "solid",
                solid_capstyle="butt",
                dash_capstyle="butt",
            )
        )

    def add_dot(self, x: float, y: float, radius: float, *, fill: str, edge: str = "none", width: float = 0.75) -> None:
        """Draw a circle."""
        self.page.add_patch(Circle((x, y), radius, facecolor=fill, edgecolor=edge, linewidth=width, zorder=3))

    def add_badge(self, x: float, y: float, text: str, *, size: float, fill: str) -> None:
        """Draw a number on a round ground with a white rim."""
        self.add_dot(x, y, badge_radius(size), fill=fill, edge=self.theme.badge_text, width=1.0)
        self.add_text(x, y + size * 0.36, text, size=size, bold=True, colour=self.theme.badge_text, align="center")

    def add_axes(self, box: Box) -> Axes:
        """Open an area with coordinates of its own, below the page's text."""
        axes = self.figure.add_axes(
            (
                box.left / self.paper.width,
                1 - box.bottom / self.paper.height,
                box.width / self.paper.width,
                box.height / self.paper.height,
            )
        )
        axes.set_zorder(1)
        return axes

    def list_text_boxes(self) -> Iterator[tuple[str, Box]]:
        """Measure every line of text as it is drawn, in points; for checks of overlap and clipping."""
        canvas: Any = FigureCanvasAgg(self.figure)
        renderer = canvas.get_renderer()
        scale = 72 / self.dpi
        for axes in self.figure.axes:
            for artist in axes.texts:
                found = artist.get_window_extent(renderer)
                yield (
                    artist.get_text(),
                    Box(
                        found.x0 * scale,
                        self.paper.height - found.y1 * scale,
                        found.width * scale,
                        found.height * scale,
                    ),
                )

    def to_bytes(self, format: Format = "png", *, label: Label | None = None) -> bytes:  # noqa: A002 - the word for it
        """Render; equal sheets give equal bytes, since neither clock nor software name is written.

        Parameters
        ----------
        format
            ``png``, ``svg`` (letters as outlines) or ``pdf`` (letters embedded).
        label
            What the file tells of itself; None for nothing.
        """
        if format == "png":
            return self._to_png(None if label is None else label.to_png())
        file = io.BytesIO()
        canvas: Any = FigureCanvasSVG(self.figure) if format == "svg" else FigureCanvasPdf(self.figure)
        information = (label or Label()).to_svg() if format == "svg" else (label or Label()).to_pdf()
        draw = canvas.print_svg if format == "svg" else canvas.print_pdf
        draw(file, metadata=information)
        return file.getvalue()

    def to_png(self) -> bytes:
        """Render as PNG; see :meth:`to_bytes`."""
        return self.to_bytes("png")

    def _to_png(self, information: PngInfo | None) -> bytes:
        canvas: Any = FigureCanvasAgg(self.figure)
        canvas.draw()
        pixels = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
        file = io.BytesIO()
        pixels.save(file, format="png", dpi=(self.dpi, self.dpi), compress_level=4, pnginfo=information)
        return file.getvalue()


def drawing() -> _Drawing:
    """Hold the drawing lock with matplotlib's own settings, whatever a user's matplotlibrc says."""
    return _Drawing()


class _Drawing:
    def __enter__(self) -> None:
        _DRAWING.acquire()
        self._settings = mpl.rc_context(_SETTINGS)
        self._settings.__enter__()

    def __exit__(self, *failure: object) -> None:
        try:
            self._settings.__exit__(None, None, None)
        finally:
            _DRAWING.release()


def open_sheet(size: str, dpi: int | None = None, *, dark: bool = False) -> Sheet:
    """Open an empty sheet.

    Parameters
    ----------
    size
        ``slide`` (1920 x 1080 dots), ``a4`` (landscape), ``a4-portrait`` or ``square`` (1080 x 1080 dots).
    dpi
        Dots an inch; 144 for a slide and a square and 200 for A4 when None.
    dark
        True for the dark look.

    Raises
    ------
    InputError
        If the size is unknown or the resolution out of range.
    """
    if size not in PAPERS:
        raise InputError(f"“{size}” is not a size of picture; choose {', '.join(PAPERS)}.")
    if dpi is not None and not MIN_DPI <= dpi <= MAX_DPI:
        raise InputError(f"{dpi} dots an inch cannot be drawn; choose {MIN_DPI} to {MAX_DPI}.")
    return Sheet(PAPERS[size], dpi or PAPERS[size].dpi, pick_theme(dark=dark))


def badge_radius(size: float) -> float:
    """Return the radius of a badge whose number has this size."""
    return size * 0.92
