"""How much do untouched places move by chance? Placebo areas, and intervals that rest on them.

One operation works in one area, so its own months cannot tell how far an area may drift for reasons of its own; errors
that are clustered by unit cannot either, when one cluster is treated. Instead the same figure is computed for many
areas of the same make where nothing happened (Conley & Taber 2011, *Review of Economics and Statistics* 93(1)
113-125), and its spread is modelled by the number of incidents it rests on, because small areas shake more (Ferman &
Pinto 2019, *Review of Economics and Statistics* 101(3) 452-467): variance = a + b (1/before + 1/after), with a the
drift of places and b the overdispersion of counts. The papers leave the placebo areas of a treated union of units
open; ours are unions of as many units that touch in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import nnls
from scipy.sparse.csgraph import connected_components
from scipy.stats import t as student_t

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspots.analysis.panel import Panel

GROUPS = 300
"""How many placebo areas are drawn at most."""
MIN_GROUPS = 5
"""Fewer than so many placebo areas tell no spread."""
LEVEL = 0.95
"""Probability that an interval holds."""
_TRIES = 20
_ROUNDS = 30


@dataclass(frozen=True, eq=False)
class PlaceboAreas:
    """Areas of the make of the treated one, where nothing happened.

    Attributes
    ----------
    members
        Which units make which area, 0 or 1. Shape (g, u).
    rings
        Units that touch an area, without treated units and their ring. Shape (g, u); all zero without neighbours.
    disjoint
        How many such areas fit side by side: what the degrees of freedom follow.
    """

    members: NDArray[np.float64]
    rings: NDArray[np.float64]
    disjoint: int


@dataclass(frozen=True)
class Spread:
    """How far the figure of an untouched area lies from zero by chance.

    Attributes
    ----------
    centre
        Where the figures lie on average: the logarithm of a sum leans when one side is shorter, and the donors' total
        follows its largest units. It is taken off every figure.
    drift
        Variance that no number of incidents removes: places go their own way.
    dispersion
        Variance by mean of counts, 1 or more.
    freedom
        Degrees of freedom of the interval.
    """

    centre: float
    drift: float
    dispersion: float
    freedom: int

    def error(
        self,
        inverse: float | NDArray[np.float64],
        *,
        inverse_donors: float | NDArray[np.float64] = 0.0,
        share: float = 0.0,
    ) -> NDArray[np.float64]:
        """Return the standard error of a figure.

        Parameters
        ----------
        inverse, inverse_donors
            1/before + 1/after of the area's counts, and of its donors'.
        share
            Units of the area by units of the donors: how much of the drift stays in the donors' mean.
        """
        area = self.drift + self.dispersion * np.asarray(inverse)
        return np.asarray(np.sqrt(area + self.drift * share + self.dispersion * np.asarray(inverse_donors)))

    def quantile(self, level: float = LEVEL) -> float:
        """Return how many standard errors an interval of that level reaches."""
        return float(student_t.ppf(0.5 + level / 2, self.freedom))


def draw_placebo_areas(panel: Panel, *, groups: int = GROUPS, seed: int = 0) -> PlaceboAreas:
    """Draw areas that are made like the treated one from units that it cannot have touched.

    Parameters
    ----------
    panel
        The panel. With neighbours, each connected part of the treated area has a connected part of as many units.
    groups
        How many to draw at most; with one treated unit, every donor is an area of its own.
    seed
        For the same areas every time.

    Returns
    -------
    PlaceboAreas
        Fewer areas than asked for where they do not fit.
    """
    rng = np.random.default_rng(seed)
    eligible = np.flatnonzero(panel.donors)
    u, sizes = len(panel.units), _part_sizes(panel)
    total = int(sum(sizes))
    if total == 1:
        chosen = eligible if len(eligible) <= groups else rng.choice(eligible, groups, replace=False)
        members = np.zeros((len(chosen), u))
        members[np.arange(len(chosen)), chosen] = 1
    else:
        near = None if panel.touching is None else [panel.touching[[unit]].indices for unit in range(u)]
        drawn = [_draw_area(rng, eligible, panel.donors, sizes, near) for _ in range(groups)]
        members = np.array([row for row in drawn if row is not None]).reshape(-1, u)
    rings = np.zeros_like(members)
    if panel.touching is not None:
        rings = ((members @ panel.touching > 0) & (members == 0) & panel.donors).astype(float)
    return PlaceboAreas(members, rings, len(eligible) // total)


def _part_sizes(panel: Panel) -> list[int]:
    """Count the units of each connected part of the treated area, largest first."""
    treated = np.flatnonzero(panel.treated)
    if panel.touching is None:
        return [1] * len(treated)
    _count, label = connected_components(panel.touching[treated][:, treated], directed=False)
    return sorted(np.bincount(label).tolist(), reverse=True)


def _draw_area(
    rng: np.random.Generator,
    eligible: NDArray[np.int64],
    donors: NDArray[np.bool_],
    sizes: list[int],
    near: list[NDArray[np.int32]] | None,
) -> NDArray[np.float64] | None:
    row = np.zeros(len(donors))
    if near is None:
        if len(eligible) <= sum(sizes):
            return None
        row[rng.choice(eligible, sum(sizes), replace=False)] = 1
        return row
    for size in sizes:
        part = grow_area(rng, eligible, donors & (row == 0), size, near)
        if part is None:
            return None
        row[part] = 1
    return row


def grow_area(
    rng: np.random.Generator,
    eligible: NDArray[np.int64],
    free: NDArray[np.bool_],
    size: int,
    near: list[NDArray[np.int32]],
) -> list[int] | None:
    """Grow a connected part from a random unit by random neighbours.

    Parameters
    ----------
    rng
        Where chance comes from.
    eligible
        Positions of units to begin with. Shape (e,).
    free
        Units that may be part of it. Shape (u,).
    size
        Units of the part.
    near
        Positions of the neighbours of each unit.

    Returns
    -------
    list of int or None
        None when no try reaches the size.
    """
    for _ in range(_TRIES):
        part = [int(rng.choice(eligible))]
        if not free[part[0]]:
            continue
        edge = {int(unit) for unit in near[part[0]] if free[unit]}
        while len(part) < size and edge:
            unit = int(rng.choice(sorted(edge)))
            part.append(unit)
            edge |= {int(other) for other in near[unit] if free[other]}
            edge -= set(part)
        if len(part) == size:
            return part
    return None


def fit_spread(figures: NDArray[np.float64], inverse: NDArray[np.float64], *, disjoint: int) -> Spread:
    """Model how far the figures of untouched areas lie from zero, by the counts that they rest on.

    Parameters
    ----------
    figures
        Log ratio of each placebo area; NaN where it has none. Shape (g,).
    inverse
        1/before + 1/after of its counts. Shape (g,).
    disjoint
        How many such areas fit side by side.

    Returns
    -------
    Spread
        Fitted by iterated weighted least squares on the squares (the gamma quasi-likelihood), both terms at least
        those of independent incidents without drift.
    """
    usable = np.isfinite(figures) & np.isfinite(inverse)
    figures, inverse = figures[usable], inverse[usable]
    freedom = max(min(disjoint, len(figures)) - 1, 1)
    if len(figures) < MIN_GROUPS:
        return Spread(0.0, float((figures**2).mean()) if len(figures) else 0.0, 1.0, freedom)
    design = np.column_stack([np.ones(len(figures)), inverse])
    variance = np.full(len(figures), max(float(figures.var()), float(inverse.mean())))
    centre, part = 0.0, np.zeros(2)
    for _ in range(_ROUNDS):
        weight = 1 / variance
        centre = float((weight * figures).sum() / weight.sum())
        extra, _residual = nnls(design * weight[:, None], ((figures - centre) ** 2 - inverse) * weight)
        fitted = extra + np.array([0.0, 1.0])
        variance = design @ fitted
        if np.allclose(fitted, part, rtol=1e-6):
            break
        part = fitted
    return Spread(centre, float(fitted[0]), float(fitted[1]), freedom)
