"""Automatic bandwidth of a density surface, from both coordinates, with the sentence that explains it.

Two rules. *Normal reference* (Silverman 1986, *Density Estimation for Statistics and Data Analysis*, equation 4.14):
the spread of the incidents by their number to the power of a sixth; right for one round town, far too smooth for a
force of several. *Cross-validation* (leave-one-out likelihood; Habbema, Hermans & van den Broek 1974; Silverman 1986,
section 3.4.4): the bandwidth under which the other places would best have foreseen each one.

What we decided where the papers are silent: a snap point is left out with all its incidents, or the best bandwidth
would be zero wherever two incidents share a point; and one incident in a hundred is taken to fall anywhere on the land
that places cover, or a single remote farm would decide. Bandwidths are compared between kernels by their variance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotspots.analysis.dbscan import check_places, check_weights
from hotspots.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

RULES = ("cross-validation", "normal-reference")
KERNELS = ("quartic", "gaussian")
CANDIDATES = tuple(float(value) for value in (25, 35, 50, 70, 100, 140, 200, 280, 400, 560))
"""Standard deviations in metres that cross-validation chooses from."""
SAMPLE = 1_500
"""Places that are left out in turn at most, evenly through the places by easting."""
_ANYWHERE = 0.01
_REACH = 4.0
_ROUND_TO = 10.0
_QUARTIC_RADIUS = float(np.sqrt(8.0))  # radius by standard deviation along an axis
_IQR_OF_NORMAL = 1.349


@dataclass(frozen=True, eq=False)
class Bandwidth:
    """A bandwidth and how it was found.

    Attributes
    ----------
    bandwidth
        Metres for the kernel: radius of the quartic, standard deviation of the Gaussian.
    kernel, rule
        As chosen.
    spread_x, spread_y
        Spread of the incidents along each coordinate in metres: the lesser of the standard deviation and the
        interquartile range by 1.349.
    explanation
        One sentence for the reader.
    """

    bandwidth: float
    kernel: str
    rule: str
    spread_x: float
    spread_y: float
    explanation: str


def suggest_bandwidth(
    x: ArrayLike, y: ArrayLike, weights: ArrayLike, *, kernel: str = "quartic", rule: str = "cross-validation"
) -> Bandwidth:
    """Choose a bandwidth.

    Parameters
    ----------
    x, y
        British National Grid metres (EPSG:27700), shape (p,).
    weights
        Incidents at each place, zero or more. Shape (p,).
    kernel
        ``quartic`` or ``gaussian``.
    rule
        ``cross-validation`` or ``normal-reference``.

    Returns
    -------
    Bandwidth
        Rounded to 10 m. The same when the coordinates are exchanged.

    Raises
    ------
    InputError
        If fewer than two places hold incidents, or a name is unknown.
    """
    east, north = check_places(x, y)
    weight = check_weights(weights, len(east)).astype(np.float64, copy=False)
    if kernel not in KERNELS:
        raise UnknownNameError("kernel", str(kernel), KERNELS)
    if rule not in RULES:
        raise UnknownNameError("rule for the bandwidth", str(rule), RULES)
    held = weight > 0
    points, weight = np.column_stack([east[held], north[held]]), weight[held]
    points, place = np.unique(points, axis=0, return_inverse=True)
    weight = np.bincount(place.ravel(), weight, len(points)).astype(np.float64)
    if len(points) < 2:  # noqa: PLR2004 - one place has no spread
        raise InputError("A bandwidth needs incidents at two places or more; widen the selection.")
    spread_x, spread_y = (_measure_spread(points[:, axis], weight) for axis in (0, 1))
    both = float(np.sqrt((spread_x**2 + spread_y**2) / 2))
    if rule == "normal-reference":
        # Incidents on one point say no more about the surface than the point does: places count, not incidents.
        deviation = both * len(points) ** (-1 / 6)
        why = f"the spread along both coordinates, {both:,.0f} m, by the sixth root of {len(points):,} places"
    else:
        deviation = _cross_validate(points, weight)
        why = "of those tried, the one under which all other places best foresee each place"
    factor = _QUARTIC_RADIUS if kernel == "quartic" else 1.0
    chosen = max(round(deviation * factor / _ROUND_TO), 1) * _ROUND_TO
    return Bandwidth(
        chosen, kernel, rule, spread_x, spread_y, f"Bandwidth {chosen:,.0f} m for the {kernel} kernel: {why}."
    )


def _measure_spread(values: NDArray[np.float64], weight: NDArray[np.float64]) -> float:
    """Take the lesser of standard deviation and scaled interquartile range; the former where the latter is zero."""
    mean = np.average(values, weights=weight)
    deviation = float(np.sqrt(np.average((values - mean) ** 2, weights=weight)))
    order = np.argsort(values)
    low, high = np.interp([0.25, 0.75], (np.cumsum(weight[order]) - weight[order] / 2) / weight.sum(), values[order])
    quartiles = float(high - low) / _IQR_OF_NORMAL
    return min(deviation, quartiles) if quartiles > 0 else deviation


def _cross_validate(points: NDArray[np.float64], weight: NDArray[np.float64]) -> float:
    """Choose the standard deviation of greatest leave-one-out likelihood."""
    from scipy.spatial import cKDTree  # noqa: PLC0415 - loading an extract needs no surface

    left_out = np.unique(np.linspace(0, len(points) - 1, min(SAMPLE, len(points))).astype(np.int64))
    tree = cKDTree(points)
    covered = max(_measure_covered(points), 1.0)
    total = weight.sum()
    best, most = CANDIDATES[0], -np.inf
    for deviation in CANDIDATES:
        reach = _REACH * deviation
        near = cKDTree(points[left_out]).sparse_distance_matrix(tree, reach, output_type="coo_matrix")
        other = left_out[near.row] != near.col
        kernel = np.exp(-(near.data[other] ** 2) / (2 * deviation**2)) / (2 * np.pi * deviation**2)
        others = np.bincount(near.row[other], kernel * weight[near.col[other]], len(left_out))
        density = others / (total - weight[left_out])
        mixed = (1 - _ANYWHERE) * density + _ANYWHERE / covered
        likelihood = float((weight[left_out] * np.log(mixed)).sum())
        if likelihood > most:
            best, most = deviation, likelihood
    return best


def _measure_covered(points: NDArray[np.float64]) -> float:
    """Measure the land that places cover in square metres: kilometre squares that hold one."""
    return float(len(np.unique(np.floor(points / 1_000), axis=0))) * 1e6
