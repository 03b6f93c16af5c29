"""A density surface as a layer of the browser map: five blues from the force's own average upwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hotspots.views.classes import Classes, classify
from hotspots.views.layer_map import LegendRow
from hotspots.views.palette import COLD, HOT, NEITHER
from hotspots.views.surface_image import MapImage, paint_classes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspots.views.surface_image import ImageFrame

BELOW = "Below the average"
_STEPS = 1_000
CHANGES = (2 / 3, 5 / 6, 6 / 5, 3 / 2)
"""Ratios at which the classes of change begin."""
CHANGE_LABELS = (
    "▼ Down by a third or more",
    "▼ Down by a sixth",
    "About the same",
    "▲ Up by a fifth",
    "▲ Up by half or more",
)
CHANGE_COLOURS = (COLD[1], COLD[0], NEITHER, HOT[0], HOT[1])


def class_surface(density: NDArray[np.float64], *, average: float, title: str, unit: str) -> Classes:
    """Choose five classes of density above the average, each with about a fifth of what lies above it.

    Parameters
    ----------
    density
        Of each square; NaN outside. Shape (rows, columns).
    average
        Density below which the map stays clear: most of a force is country.
    title, unit
        See `classes.Classes`.
    """
    above = np.sort(density[np.isfinite(density) & (density >= average)])
    held = np.cumsum(above)
    # Densities at equal steps of what is held: their quantiles are quantiles of incidents, not of land.
    steps = np.searchsorted(held, np.linspace(0, held[-1], _STEPS, endpoint=False)) if len(above) else slice(0)
    return classify(above[steps], title=title, unit=unit, decimals=0, least=float(np.round(average)))


def paint_surface(frame: ImageFrame, density: NDArray[np.float64], classes: Classes, *, average: float) -> MapImage:
    """Paint a density surface; what is below the average stays clear."""
    known = np.isfinite(density) & (density >= average)
    index = np.full(density.shape, -1)
    index[known] = classes.index(density[known])
    return paint_classes(frame, index, classes.colours, opacity=0.85)


def paint_change(
    frame: ImageFrame, ratio: NDArray[np.float64], density: NDArray[np.float64], *, average: float
) -> MapImage:
    """Paint a ratio of two densities where their mean is above the average; what hardly changed is grey."""
    return paint_classes(frame, class_change(ratio, density, average=average), CHANGE_COLOURS, opacity=0.85)


def class_change(ratio: NDArray[np.float64], density: NDArray[np.float64], *, average: float) -> NDArray[np.int64]:
    """Return the class of change of each square, 0 for the largest fall and -1 where density is below the average."""
    index = np.digitize(np.where(np.isfinite(ratio), ratio, 1.0), CHANGES)
    known = np.isfinite(density) & (density >= average)
    return np.where(known, index, -1).astype(np.int64)


def list_change_legend() -> list[LegendRow]:
    """List the classes of change, the largest rise first."""
    rows = [LegendRow("fill", label, colour) for label, colour in zip(CHANGE_LABELS, CHANGE_COLOURS, strict=True)]
    return [*rows[::-1], LegendRow("fill", BELOW, "#FAFAFA")]


def list_surface_legend(classes: Classes) -> list[LegendRow]:
    """List the classes, densest first."""
    rows = [LegendRow("fill", label, colour) for label, colour in zip(classes.labels, classes.colours, strict=True)]
    return [*rows[::-1], LegendRow("fill", BELOW, "#FAFAFA")]
