"""Dual density surfaces: one period against another, or incidents against residents.

Ratio, log ratio and difference of two surfaces on one grid with one kernel (Kelsall & Diggle 1995,
*Statistics in Medicine* 14(21-22) 2335-2342, for the log ratio). Where little is known a ratio of densities is wild, so
it is pulled towards the ratio of the whole: both surfaces get the density of so many incidents more, divided between
them as the whole is. Two periods differ in length and two lists of snap points in place: give the covered months, and
do not compare across July 2022 at less than a few hundred metres.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotspots.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspots.analysis.kde import Grid, Surface

COMPARISONS = ("ratio", "log_ratio", "difference")
PULL = 1.0
"""Incidents at the centre of a kernel whose density is added to both sides of a ratio."""


@dataclass(frozen=True, eq=False)
class DualSurface:
    """Two surfaces compared.

    Attributes
    ----------
    value
        ``ratio``: density by density, ``log_ratio``: its natural logarithm;
        ``difference``: first less second, incidents per square kilometre and unit of exposure. NaN outside the
        boundary. Shape (rows, columns).
    how
        Which of the three.
    overall
        The same comparison of the two wholes: what the ratio is pulled towards.
    relative
        Whether the ratio is divided by that of the wholes: 1 is then as everywhere.
    grid
        Where.
    """

    value: NDArray[np.float64]
    how: str
    overall: float
    relative: bool
    grid: Grid


def compare_surfaces(
    first: Surface,
    second: Surface,
    *,
    how: str = "ratio",
    first_exposure: float = 1.0,
    second_exposure: float = 1.0,
    relative: bool = False,
    pull: float = PULL,
) -> DualSurface:
    """Compare two surfaces of one grid, kernel and bandwidth.

    Parameters
    ----------
    first, second
        The later and the earlier period, or incidents and residents.
    how
        ``ratio``, ``log_ratio`` or ``difference``.
    first_exposure, second_exposure
        What each is divided by: covered months of either period; for residents, 1,000 to speak of incidents for each
        thousand.
    relative
        Whether to divide a ratio by that of the wholes.
    pull
        Incidents of the first surface whose density at the centre of a kernel pulls the ratio towards that of the
        wholes, zero or more. At zero a ratio is NaN where both surfaces are zero, infinite where only the second is.

    Returns
    -------
    DualSurface

    Raises
    ------
    InputError
        If the surfaces differ in grid or kernel, one holds nothing, or an exposure is not above zero.
    """
    if how not in COMPARISONS:
        raise UnknownNameError("comparison", str(how), COMPARISONS)
    if not _fit(first, second):
        raise InputError(
            "Two surfaces can be compared on one grid with one kernel and bandwidth only; make them alike."
        )
    if not (0 < first_exposure < np.inf and 0 < second_exposure < np.inf and 0 <= pull < np.inf):
        raise InputError("A comparison needs exposures above zero and a pull of zero or more.")
    one, other = first.incidents / first_exposure, second.incidents / second_exposure
    a, b = first.density / first_exposure, second.density / second_exposure
    if how == "difference":
        return DualSurface(a - b, how, one - other, relative=False, grid=first.grid)
    if one == 0 or other == 0:
        raise InputError("One of the two surfaces holds no incident, so there is no ratio; choose another period.")
    overall = one / other
    known = pull * first.smoother.peak / first_exposure
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (a + known) / (b + known / overall)
        ratio = ratio / overall if relative else ratio
        value = np.log(ratio) if how == "log_ratio" else ratio
    base = 1.0 if relative else overall
    return DualSurface(value, how, float(np.log(base)) if how == "log_ratio" else base, relative, first.grid)


def _fit(first: Surface, second: Surface) -> bool:
    one, other = first.smoother, second.smoother
    return (
        (one.kernel, one.bandwidth) == (other.kernel, other.bandwidth)
        and (one.grid.west, one.grid.south, one.grid.cell) == (other.grid.west, other.grid.south, other.grid.cell)
        and np.array_equal(one.grid.share_inside, other.grid.share_inside)
    )
