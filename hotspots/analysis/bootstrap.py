"""How sure is a rank? Parametric bootstrap on counts: redraw every area's figures and rank them again.

An area's draws come from what its counts leave open (Laird & Louis 1987, *Journal of the American Statistical
Association* 82(399) 739-750): a gamma distribution for its rate and, tied to it, one for its harm; normal ones for
shares and for the logarithm of the trend. No row is ever drawn: a thousand draws of 180 areas cost as much with a
hundred million incidents as with a hundred.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

TOP = 10
"""The places that `RankSpread.top` speaks of."""
LEVEL = 0.9
"""Probability that a rank interval holds."""
_MAX_KEPT = 4_000_000
_FINE = 2.0**24
_COLUMN_BITS = 20
_PAGE = (float(np.sqrt(2 / np.pi)), 0.044715)


@dataclass(frozen=True, eq=False)
class RankSpread:
    """Where an area's rank lies over all draws.

    Attributes
    ----------
    low, high
        Best and worst place of the 90 % interval, 1 for the highest score. Shape (u,).
    top
        Share of draws in which the area is among the first ten. Shape (u,).
    """

    low: NDArray[np.int64]
    high: NDArray[np.int64]
    top: NDArray[np.float64]


def draw_normals(parts: int, draws: int, areas: int, *, seed: int) -> NDArray[np.float32]:
    """Draw independent standard normals, the same for the same arguments, read-only.

    The same numbers serve every selection of one size: intervals then change because the data change, never because
    other numbers were drawn.

    Returns
    -------
    numpy.ndarray
        Shape (parts, draws, areas).
    """
    if parts * draws * areas > _MAX_KEPT:
        return np.random.default_rng(seed).standard_normal((parts, draws, areas), dtype=np.float32)
    return _keep_normals(parts, draws, areas, seed)


@lru_cache(maxsize=4)
def _keep_normals(parts: int, draws: int, areas: int, seed: int) -> NDArray[np.float32]:
    normals = np.random.default_rng(seed).standard_normal((parts, draws, areas), dtype=np.float32)
    normals.setflags(write=False)
    return normals


def draw_log_gamma(normals: NDArray[np.float32], shape: NDArray[np.float64]) -> NDArray[np.float32]:
    """Turn normals into logarithms of gamma variates of mean one, by the cube root of Wilson & Hilferty (1931).

    Parameters
    ----------
    normals
        Standard normals. Shape (draws, u).
    shape
        Shape of each area's gamma distribution. Shape (u,).

    Returns
    -------
    numpy.ndarray
        Shape (draws, u).
    """
    ninth = 1 / (9 * shape)
    cube_root = normals * np.sqrt(ninth).astype(np.float32)
    cube_root += (1 - ninth).astype(np.float32)
    np.maximum(cube_root, np.float32(1e-3), out=cube_root)
    logs: NDArray[np.float32] = np.log(cube_root, out=cube_root)
    logs *= np.float32(3)
    return logs


def place_draws(drawn: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn standardised draws into points, 0 to 100, in place.

    The normal distribution function by the hyperbolic tangent of Page (1977, *Applied Statistics* 26(1) 75-76): within
    0.02 points of the exact one that the scores use, and fifty times faster.

    Parameters
    ----------
    drawn
        Distances from the mean ward in standard deviations; overwritten. Shape (draws, u).

    Returns
    -------
    numpy.ndarray
        The same array.
    """
    cubic = drawn * drawn
    cubic *= np.float32(_PAGE[0] * _PAGE[1])
    cubic += np.float32(_PAGE[0])
    drawn *= cubic
    np.tanh(drawn, out=drawn)
    drawn += np.float32(1)
    drawn *= np.float32(50)
    return drawn


def rank_scores(scores: NDArray[np.float32], *, n_wards: int) -> NDArray[np.int32]:
    """Rank areas in every draw: one more than the wards that score higher.

    Parameters
    ----------
    scores
        From 0 to 100. Shape (draws, u); the first `n_wards` columns are wards.

    Returns
    -------
    numpy.ndarray
        Shape (draws, u). Equal wards share the better place, as they do in the plain rank.
    """
    draws, areas = scores.shape
    ranks = np.empty((draws, areas), dtype=np.int32)
    # Score and column in one integer: sorting these is a dozen times faster than an argsort, with the same order.
    keys = (scores[:, :n_wards] * np.float32(-_FINE)).astype(np.int64) << _COLUMN_BITS | np.arange(n_wards)
    keys.sort(axis=1)
    order = keys & ((1 << _COLUMN_BITS) - 1)
    place = np.broadcast_to(np.arange(1, n_wards + 1, dtype=np.int32), keys.shape)
    keys >>= _COLUMN_BITS
    equal = keys[:, 1:] == keys[:, :-1]
    if equal.any():
        place = place.copy()
        place[:, 1:][equal] = 1
        place = np.maximum.accumulate(place, axis=1)
    np.put_along_axis(ranks[:, :n_wards], order, place, axis=1)
    for area in range(n_wards, areas):
        ranks[:, area] = 1 + np.count_nonzero(scores[:, :n_wards] > scores[:, area, None], axis=1)
    return ranks


def summarise_ranks(ranks: NDArray[np.int32]) -> RankSpread:
    """Sum up each area's ranks over the draws.

    Parameters
    ----------
    ranks
        Shape (draws, u).
    """
    draws = len(ranks)
    ordered = np.sort(ranks.T, axis=1)
    tail = int((1 - LEVEL) / 2 * (draws - 1))
    return RankSpread(
        low=ordered[:, tail].astype(np.int64),
        high=ordered[:, draws - 1 - tail].astype(np.int64),
        top=(ranks <= TOP).mean(axis=0),
    )
