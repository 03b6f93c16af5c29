"""The map of change as a layer of the browser map: orange rose, blue fell, dark where it is more than chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hotspots.views.layer_map import CellLayer, CellLook, LegendRow
from hotspots.views.palette import COLD, HOT, NEITHER, NO_DATA, RULE, line_on
from hotspots.views.wording import write_change, write_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

CHANGE_FILLS = {2: HOT[1], 1: HOT[0], 0: NEITHER, -1: COLD[0], -2: COLD[1], 9: NO_DATA}
"""Colour of each code of a change map."""
CHANGE_LETTERS = {2: "▲", -2: "▼"}
"""Marks of what is more than chance, so that colour is never alone."""


def layer_change(cells: pd.DataFrame, shapes: NDArray[np.object_], classes: Mapping[int, str]) -> CellLayer:
    """Draw the cells of a change map with a hover card each.

    Parameters
    ----------
    cells
        Columns ``code, ward, before, after, rate_before, rate_after, ratio, low, high``; k rows.
    shapes
        Polygons in British National Grid (EPSG:27700). Shape (k,).
    classes
        Name of each code, in the order of the legend.
    """
    at = {code: position for position, code in enumerate(classes)}
    return CellLayer(
        shapes=shapes,
        classes=np.array([at[code] for code in cells["code"].tolist()], dtype=np.int64),
        looks=tuple(
            CellLook(name, CHANGE_FILLS[code], _edge(code), CHANGE_LETTERS.get(code, ""))
            for code, name in classes.items()
        ),
        places=tuple(cells["ward"].tolist()),
        figure_labels=("Before, a month", "After, a month", "Against elsewhere", "95% interval"),
        figures=tuple(
            (
                write_number(before, decimals=1),
                write_number(after, decimals=1),
                write_change(ratio),
                f"{write_change(low)} to {write_change(high)}",
            )
            for before, after, ratio, low, high in cells[["rate_before", "rate_after", "ratio", "low", "high"]]
            .to_numpy(dtype=float)
            .tolist()
        ),
        letters=True,
    )


def _edge(code: int) -> str:
    """Choose a cell's edge: quiet where nothing is to be told."""
    return line_on(CHANGE_FILLS[code]) if abs(code) in (1, 2) else RULE


def list_change_legend(cells: pd.DataFrame, classes: Mapping[int, str]) -> list[LegendRow]:
    """List the classes that occur with their numbers of cells."""
    counted = cells["code"].value_counts()
    return [
        LegendRow("fill", name, CHANGE_FILLS[code], write_number(int(counted[code])), CHANGE_LETTERS.get(code, ""))
        for code, name in classes.items()
        if code in counted
    ]
