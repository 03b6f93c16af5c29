"""The gap between an area and what its donors foresee, month by month, beside that of areas where nothing was done.

What a reader sees at once (Abadie, Diamond & Hainmueller 2010, *Journal of the American Statistical Association*
105(490) 493-505): if the area's line leaves the bundle of the others after the start, something happened there. Each
area is carried forward by its own donors from its own level before the start.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotspots.analysis.difference_in_differences import HALF

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspots.analysis.panel import Panel
    from hotspots.analysis.placebo_areas import PlaceboAreas

MOST = 60
"""Placebo areas that are traced; more make a blot."""


@dataclass(frozen=True, eq=False)
class Gaps:
    """Logarithm of observed by foreseen by covered month.

    Attributes
    ----------
    area
        Of the treated area; NaN without anything to go by. Shape (t,).
    others
        Of the placebo areas. Shape (g, t).
    """

    area: NDArray[np.float64]
    others: NDArray[np.float64]


def trace_gaps(panel: Panel, counts: NDArray[np.float64], placebos: PlaceboAreas, *, most: int = MOST) -> Gaps:
    """Trace the gaps of the treated area and of placebo areas.

    Parameters
    ----------
    panel, placebos
        The panel and its placebo areas.
    counts
        One outcome. Shape (u, t).
    most
        Placebo areas at most.

    Returns
    -------
    Gaps
        Placebo areas in which nothing was counted before the start are left out.
    """
    members, rings = placebos.members[:most], placebos.rings[:most]
    area = _trace(panel, counts, panel.treated[None, :].astype(float), np.zeros((1, len(panel.units))))[0]
    others = _trace(panel, counts, members, rings)
    return Gaps(area, others[np.isfinite(others).any(axis=1)])


def _trace(
    panel: Panel, counts: NDArray[np.float64], members: NDArray[np.float64], excluded: NDArray[np.float64]
) -> NDArray[np.float64]:
    observed = members @ counts
    own_donors = panel.donors * (1 - np.minimum(members + excluded, 1))
    donors = own_donors @ counts
    level, base = observed[:, panel.before].sum(axis=1), donors[:, panel.before].sum(axis=1)
    share = np.divide(level, base, out=np.full(len(level), np.nan), where=(level > 0) & (base > 0))
    return np.asarray(np.log((observed + HALF) / (donors * share[:, None] + HALF)))
