"""Graduated dots: the same classes, colours and steps of size for places on the screen, on a slide and on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hotspots.views.classes import classify
from hotspots.views.palette import ACCENT_DARK, INK, WHITE, text_on

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from hotspots.views.classes import Classes

DOT_RADII = (1.5, 2.2, 3.1, 4.3, 5.8)
"""Radius of a place's dot by class, in points, when there are five classes and a crowd of places."""
_FEW_PLACES, _FEW_LARGER = 400, 1.35


def class_places(incidents: ArrayLike) -> Classes:
    """Choose the classes of places by their incidents."""
    return classify(incidents, title="Incidents at each place", method="jenks", least=1)


def dot_radii(classes: int, places: int) -> tuple[float, ...]:
    """Return the radius of a dot for each class, in points: larger where places are few enough to leave it room."""
    larger = _FEW_LARGER if places <= _FEW_PLACES else 1.0
    return tuple(
        float(r) * larger for r in np.interp(np.linspace(0, 1, max(classes, 1)), np.linspace(0, 1, 5), DOT_RADII)
    )


def dot_edge(fill: str) -> str:
    """Return the line around a dot of this fill: dark blue around the pale ones, white around the dark."""
    return ACCENT_DARK if text_on(fill) == INK else WHITE
