"""One method of the hotspots page, ready to be drawn, and what the methods share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from hotspots.pipeline.selection import Chosen
    from hotspots.pipeline.world import Unit
    from hotspots.ui.shell import View

NUMBERED = 30
"""Hot spots and peaks that carry their number on the map."""
IN_VIEW = 12
"""Of them, those that the map begins with in view: the first, not a lone one at the edge of the force."""


@dataclass(frozen=True, eq=False)
class Panel:
    """One method, ready to be drawn.

    Attributes
    ----------
    title, detail
        Heading and the few words beside it.
    sentence
        What it says, in words for a commander.
    map_data
        For `ui.layer_map.draw_layer_map`.
    tables
        Title, frame and column settings of each table.
    method
        Automatic choices, in words.
    chosen, caveats
        The resolved query, and what a reader must know.
    """

    title: str
    detail: str
    sentence: str
    map_data: dict[str, Any]
    tables: tuple[tuple[str, pd.DataFrame, dict[str, Any]], ...]
    method: str
    chosen: Chosen
    caveats: tuple[str, ...]


def find_chosen(view: View) -> Unit | None:
    """Find the area that the view is about; None for the whole force."""
    return next((unit for unit in view.world.units if unit.code == view.query.area), None)


def number_places(table: pd.DataFrame, column: str) -> list[tuple[float, float, str]]:
    """List latitude, longitude and number of the first rows, for the map."""
    top = table.head(NUMBERED)
    return [
        (float(lat), float(lon), str(number))
        for lat, lon, number in zip(top["lat"], top["lon"], top[column], strict=True)
    ]


def focus_on(table: pd.DataFrame, most: int = IN_VIEW) -> list[tuple[float, float]]:
    """List latitude and longitude of the first rows, which the map begins with in view."""
    top = table.head(most)
    return [(float(lat), float(lon)) for lat, lon in zip(top["lat"], top["lon"], strict=True)]
