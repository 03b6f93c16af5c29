"""Which wards are like this one? Nearest in density of residents, in level of crime and in its mix.

Wards with a like problem are the fair measure of how one of them develops: what differs between them is trend,
clustering and persistence, not what kind of place they are. The mix is taken in centred log-ratios (Aitchison 1982,
*Journal of the Royal Statistical Society B* 44(2) 139-177), so that a type counts by its proportion.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hotspots.analysis.area_counts import is_known
from hotspots.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

_EQUAL = 1e-9  # spread below which wards differ by rounding only
_PULL = 50.0  # incidents of the force's mix lent to each area, so that a handful of incidents makes no mix


def describe_places(
    by_type: NDArray[np.int64], population: NDArray[np.float64], area_km2: NDArray[np.float64], *, n_wards: int
) -> NDArray[np.float64]:
    """Describe each area by its density, its level of crime and its mix of crime, each on the scale of the wards.

    Parameters
    ----------
    by_type
        Incidents of each type. Shape (u, t).
    population
        Residents; where unknown, the area takes the mean ward's density and level. Shape (u,).
    area_km2
        Land area in square kilometres. Shape (u,).
    n_wards
        The first so many areas are wards.

    Returns
    -------
    numpy.ndarray
        Density in the first column, level in the second, mix in the others, each type by its share of the force's
        incidents, so that the three weigh the same and rare types little. Shape (u, 2 + t).

    Raises
    ------
    InputError
        If no ward has an incident.
    """
    areas, types = by_type.shape
    if types == 0 or not by_type[:n_wards].any():
        raise InputError("No incident matches the selection in any ward, so no ward is like another; widen it.")
    force = by_type[:n_wards].sum(axis=0) + 1.0
    mix = by_type + _PULL * force / force.sum()
    logs = np.log(mix / mix.sum(axis=1, keepdims=True))
    logs -= logs.mean(axis=1, keepdims=True)
    residents = is_known(population)
    place = np.full((areas, 2), np.nan)
    dense = residents & is_known(area_km2)
    place[dense, 0] = np.log(population[dense] / area_km2[dense])
    place[residents, 1] = np.log((by_type[residents].sum(axis=1) + 1) / population[residents])
    columns = np.column_stack([place, logs])
    features = np.zeros_like(columns)
    for number, column in enumerate(columns.T):
        wards = column[:n_wards][np.isfinite(column[:n_wards])]
        spread = float(wards.std()) if len(wards) else 0.0
        if spread > _EQUAL:
            features[:, number] = np.nan_to_num((column - wards.mean()) / spread)
    features[:, 2:] *= np.sqrt(force / force.sum())
    return features


def find_similar(
    features: NDArray[np.float64], index: int, *, k: int = 5, n_wards: int | None = None, exclude: Collection[int] = ()
) -> NDArray[np.int64]:
    """Find the wards nearest to an area.

    Parameters
    ----------
    features
        One row an area: see `describe_places`. Shape (u, f).
    index
        The area, a row of `features`.
    k
        How many to find; fewer are returned where there are fewer.
    n_wards
        Only the first so many rows are found; all by default.
    exclude
        Rows that are never found, such as the wards that a named area is made of. The area itself never is.

    Returns
    -------
    numpy.ndarray
        Rows, nearest first; of equally near ones the first. Shape (k,).

    Raises
    ------
    InputError
        If `k` is below one or there is no such row.
    """
    if k < 1:
        raise InputError(f"{k} similar wards were asked for; ask for 1 or more.")
    if not 0 <= index < len(features):
        raise InputError(f"There is no area {index} among {len(features)}.")
    distance = np.sqrt(((features[:n_wards] - features[index]) ** 2).sum(axis=1))
    skipped = [row for row in {index, *exclude} if row < len(distance)]
    distance[skipped] = np.inf
    nearest = np.argsort(distance, kind="stable")[:k]
    found: NDArray[np.int64] = nearest[np.isfinite(distance[nearest])].astype(np.int64)
    return found
