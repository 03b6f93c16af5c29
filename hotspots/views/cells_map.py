"""Cells held against chance, as layers of the browser map: hot orange, cold blue, what was tested grey."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from hotspots.views.layer_map import CellLayer, CellLook, LegendRow
from hotspots.views.palette import COLD, HOT, NEITHER, line_on
from hotspots.views.surface_image import ImageFrame, MapImage, frame_grid, paint_classes
from hotspots.views.wording import write_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    class _Lattice(Protocol):
        def draw(self, column: NDArray[np.int64], row: NDArray[np.int64]) -> NDArray[np.object_]: ...

    class Cells(Protocol):
        """What a map needs of cells; see `analysis.cells.Cells`."""

        @property
        def size(self) -> float: ...  # noqa: D102 - the field of the analysis explains it
        @property
        def shape(self) -> str: ...  # noqa: D102 - the field of the analysis explains it
        @property
        def lattice(self) -> _Lattice: ...  # noqa: D102 - the field of the analysis explains it
        @property
        def column(self) -> NDArray[np.int64]: ...  # noqa: D102 - the field of the analysis explains it
        @property
        def row(self) -> NDArray[np.int64]: ...  # noqa: D102 - the field of the analysis explains it
        @property
        def clipped(self) -> NDArray[np.object_]: ...  # noqa: D102 - the field of the analysis explains it
        @property
        def first_column(self) -> int: ...  # noqa: D102 - the field of the analysis explains it
        @property
        def first_row(self) -> int: ...  # noqa: D102 - the field of the analysis explains it
        @property
        def position(self) -> NDArray[np.int32]: ...  # noqa: D102 - the field of the analysis explains it


MOST_DRAWN = 2_500
"""Cells that the browser draws one by one; of more, those with the strongest scores."""
_FILLS = {2: HOT[1], 1: HOT[0], -1: COLD[0], -2: COLD[1]}
_LETTERS = {1: "N", 2: "C", 3: "I", 4: "P", 5: "D", 6: "S", 7: "O", 8: "H"}
_EMERGING_FILLS = {
    1: "#7F3B08", 2: "#B35806", 3: "#D9700B", 4: "#F0953A", 5: "#FDB863", 6: "#FCCB8C", 7: "#FBD9AC", 8: "#F6E8D5",
}  # fmt: skip
_EMERGING_COLD = {
    1: "#12365E", 2: "#1F5FA0", 3: "#2F78BF", 4: "#5F9AD2", 5: "#8DB8E0", 6: "#A9CBEA", 7: "#C2DBF1", 8: "#DCE9F5",
}  # fmt: skip


def frame_cells(cells: Cells) -> ImageFrame | None:
    """Lay a picture over square cells, for the ground that was tested; None for hexagons, which it cannot show."""
    if cells.shape != "square":
        return None
    return frame_grid(
        west=cells.first_column * cells.size,
        south=cells.first_row * cells.size,
        cell=cells.size,
        shape=(cells.position.shape[0], cells.position.shape[1]),
    )


def paint_tested(frame: ImageFrame | None, cells: Cells) -> MapImage | None:
    """Paint the ground that was tested in grey."""
    return (
        None if frame is None else paint_classes(frame, np.where(cells.position >= 0, 0, -1), (NEITHER,), opacity=0.75)
    )


def look_of_cell(code: int, label: str) -> CellLook:
    """Choose how a class of Gi* is drawn."""
    return CellLook(label, _FILLS[code], line_on(_FILLS[code]))


def look_of_emerging(code: int, label: str) -> CellLook:
    """Choose how an emerging class is drawn: darker the newer, with its letter, small for cold."""
    fill = _EMERGING_FILLS[code] if code > 0 else _EMERGING_COLD[-code]
    letter = _LETTERS[abs(code)]
    return CellLook(label, fill, line_on(fill), letter if code > 0 else letter.lower())


def layer_cells(
    cells: Cells,
    codes: NDArray[np.int8],
    strength: NDArray[np.float64],
    *,
    looks: dict[int, CellLook],
    places: Sequence[str],
    figure_labels: tuple[str, ...],
    figures: Sequence[NDArray[np.float64]],
    decimals: tuple[int, ...],
    letters: bool = False,
) -> CellLayer:
    """Choose the cells that are neither zero nor too many, and write their hover cards.

    Parameters
    ----------
    cells
        All cells, k of them.
    codes
        Class of each; 0 is not drawn. Shape (k,).
    strength
        Which to keep when there are too many: those furthest from zero. Shape (k,).
    looks
        One for each code but 0.
    places
        Where each cell is, in words; k of them.
    figure_labels, figures, decimals
        Names of the figures in the hover card, the figures, shape (k,) each, and their digits after the point.
    letters
        Whether letters stand on the map.
    """
    drawn = np.flatnonzero(codes)
    if len(drawn) > MOST_DRAWN:
        drawn = np.sort(drawn[np.argsort(-np.abs(strength[drawn]), kind="stable")[:MOST_DRAWN]])
    order = list(looks)
    at = {code: position for position, code in enumerate(order)}
    return CellLayer(
        shapes=_draw(cells, drawn),
        classes=np.array([at[code] for code in codes[drawn].tolist()], dtype=np.int64),
        looks=tuple(looks.values()),
        places=tuple(places[cell] for cell in drawn.tolist()),
        figure_labels=figure_labels,
        figures=tuple(
            zip(
                *(
                    [write_number(value, decimals=digits) for value in column[drawn].tolist()]
                    for column, digits in zip(figures, decimals, strict=True)
                ),
                strict=True,
            )
        ),
        letters=letters,
    )


def list_legend(looks: dict[int, CellLook], codes: NDArray[np.int8], *, tested: str) -> list[LegendRow]:
    """List the classes that occur with their numbers of cells, and last the ground that was tested."""
    rows = [
        LegendRow("fill", look.label, look.fill, write_number(int((codes == code).sum())), look.letter)
        for code, look in looks.items()
        if (codes == code).any()
    ]
    return [*rows, LegendRow("fill", tested, NEITHER, write_number(int((codes == 0).sum())))]


def _draw(cells: Cells, which: NDArray[np.intp]) -> NDArray[np.object_]:
    drawn = cells.lattice.draw(cells.column[which], cells.row[which])
    clipped = cells.clipped[which]
    is_clipped = np.array([part is not None for part in clipped], dtype=bool)
    drawn[is_clipped] = clipped[is_clipped]
    return drawn
