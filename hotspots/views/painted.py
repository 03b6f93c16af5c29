"""What a map may show beside wards and dots: painted ground, further outlines, numbered spots and a listing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hotspots.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    import shapely
    from numpy.typing import NDArray

    from hotspots.views.sheet import Align


@dataclass(frozen=True)
class Look:
    """How one class of ground is drawn.

    Attributes
    ----------
    label, colour
        What it means, and its fill.
    count
        How many cells have it; empty where nobody counts them.
    letter
        Stands in the cell where there is room, so that the class can be told without its colour.
    """

    label: str
    colour: str
    count: str = ""
    letter: str = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class Paint:
    """Ground in classes: cells with a shape each, or a grid of squares.

    Attributes
    ----------
    title, noun
        Heading of the legend, and what its counts count; the noun may be empty.
    looks
        One a class, in the order of the legend.
    index
        Position of each cell's look; -1 is not drawn, -2 was looked at and has no class. Shape (n,), or (rows, columns)
        from the south and west with `corner`.
    shapes
        Polygons (EPSG:27700), shape (n,); None with a grid.
    corner, cell
        West and south of a grid in metres; side of a square, or width of a cell.
    rest, rest_count
        What the legend says of the ground that was looked at, and how much of it there is; may be empty.
    """

    title: str
    looks: tuple[Look, ...]
    index: NDArray[np.integer]
    noun: str = ""
    shapes: NDArray[np.object_] | None = None
    corner: tuple[float, float] | None = None
    cell: float = 0.0
    rest: str = ""
    rest_count: str = ""

    def __post_init__(self) -> None:
        """Check that shapes, grid and looks fit.

        Raises
        ------
        InputError
            If there are other shapes than classes, neither shapes nor a grid, or a class without a look.
        """
        if (self.shapes is None) == (self.corner is None):
            raise InputError("Painted ground needs either a shape for each cell or the corner of a grid.")
        if self.shapes is not None and len(self.shapes) != len(self.index):
            raise InputError(f"Painted ground has {len(self.shapes):,} shapes for {len(self.index):,} classes.")
        if self.index.size and int(self.index.max()) >= len(self.looks):
            raise InputError("Painted ground has a class without a look.")


@dataclass(frozen=True, eq=False)
class Outline:
    """A line around something, with its entry in the legend.

    Attributes
    ----------
    shape
        Polygon (EPSG:27700).
    label
        What it is.
    kind
        ``operation`` (a strong line) or ``ring`` (a dashed one, with its label on the line where `tag` is given).
    tag
        Few words that stand on the line.
    """

    shape: shapely.Geometry
    label: str
    kind: str = "operation"
    tag: str = ""


@dataclass(frozen=True)
class Spot:
    """A place in British National Grid metres with a number, as in the listing, or with a name: a place of note."""

    x: float
    y: float
    number: str = ""
    name: str = ""


@dataclass(frozen=True)
class Heading:
    """The head of a column of a listing: its title, and whether the cells stand ``left`` or ``right``."""

    title: str
    align: Align = "right"


@dataclass(frozen=True)
class Listing:
    """A table beside a map, row by row as written.

    Attributes
    ----------
    title
        Its heading.
    heads
        One a column; the first that stands left takes the room that is left.
    rows
        Texts, as many as there are heads.
    numbered
        True when the first column holds the numbers of the map's spots.
    wrapped
        True for two columns, a word and what it means, set as paragraphs.
    empty
        What is said when there is no row.
    """

    title: str
    heads: tuple[Heading, ...]
    rows: tuple[tuple[str, ...], ...]
    numbered: bool = False
    wrapped: bool = False
    empty: str = ""
