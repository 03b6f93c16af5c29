"""A density surface as a layer of the browser map: five blues from the force's own average upwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hotspots.views.classes import Classes, classify
from hotspots.views.layer_map import LegendRow
from hotspots.views.surface_image import MapImage, paint_classes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspots.views.surface_image import ImageFrame

BELOW = "Below the average"
_STEPS = 1_000


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


def list_surface_legend(classes: Classes) -> list[LegendRow]:
    """List the classes, densest first."""
    rows = [LegendRow("fill", label, colour) for label, colour in zip(classes.labels, classes.colours, strict=True)]
    return [*rows[::-1], LegendRow("fill", BELOW, "#FAFAFA")]
