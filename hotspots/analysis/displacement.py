"""Did crime move next door? Weighted displacement difference and quotient.

The weighted displacement difference adds what changed in the area to what changed next door, each against a control
area (Wheeler & Ratcliffe 2018, *Crime Science* 7:11); periods and areas of unequal size are weighed as in Wheeler's R
package ptools, and differences of several crime types add up to one of harm. Counts are taken as Poisson in the paper,
which published crime is not; `dispersion` widens the error, and 1 gives the paper's own. The weighted displacement
quotient relates the change of the buffer to that of the area, both as shares of a control (Bowers & Johnson 2003,
*Journal of Quantitative Criminology* 19(3) 275-301).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from hotspots.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LEVEL = 0.95


@dataclass(frozen=True)
class Pair:
    """A count before and after.

    Attributes
    ----------
    before, after
        Incidents, or their estimates, of zero or more.
    """

    before: float
    after: float

    def __post_init__(self) -> None:
        """Check the counts.

        Raises
        ------
        InputError
            If one is negative or not a number.
        """
        if not (0 <= self.before < np.inf and 0 <= self.after < np.inf):
            raise InputError(f"The counts {self.before:g} and {self.after:g} cannot be compared; give zero or more.")


@dataclass(frozen=True)
class Difference:
    """A weighted displacement difference.

    Attributes
    ----------
    estimate, error
        Incidents (or harm) fewer, where negative, and the standard error.
    local, next_door
        The part of the area, and that of its surroundings.
    low, high
        Limits of the estimate.
    level
        Probability that they hold.
    """

    estimate: float
    error: float
    local: float
    next_door: float
    low: float
    high: float
    level: float

    @property
    def z(self) -> float:
        """Estimate by standard error; 0 where nothing was counted."""
        return self.estimate / self.error if self.error > 0 else 0.0


_NONE = Pair(0, 0)


def measure_wdd(
    treated: Pair,
    control: Pair,
    *,
    next_door: Pair = _NONE,
    next_door_control: Pair = _NONE,
    periods: tuple[float, float] = (1.0, 1.0),
    sizes: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0),
    dispersion: float = 1.0,
    level: float = LEVEL,
) -> Difference:
    """Measure the weighted displacement difference.

    Parameters
    ----------
    treated, control
        Incidents in the area and in its control area.
    next_door, next_door_control
        Incidents around the area, and in the control of that.
    periods
        What the counts before and after are divided by, such as the months of each.
    sizes
        What the counts of treated, control, next door and its control are divided by, such as square kilometres.
    dispersion
        Variance by mean of a count.
    level
        Probability that the interval holds.

    Returns
    -------
    Difference
        In incidents by unit of period and size.

    Raises
    ------
    InputError
        If a period or size is not above zero or the dispersion is below one.
    """
    if min(*periods, *sizes) <= 0 or dispersion < 1:
        raise InputError("Periods and sizes must be above zero, and the dispersion one or more.")
    counts = np.array([[pair.before, pair.after] for pair in (treated, control, next_door, next_door_control)])
    weights = np.outer(1 / np.array(sizes), 1 / np.array(periods))
    change = (counts * weights) @ [-1.0, 1.0] * [1.0, -1.0, 1.0, -1.0]
    error = float(np.sqrt(dispersion * (counts * weights**2).sum()))
    return _difference(float(change.sum()), error, float(change[:2].sum()), float(change[2:].sum()), level)


def _difference(estimate: float, error: float, local: float, next_door: float, level: float) -> Difference:
    reach = float(ndtri(0.5 + level / 2)) * error
    return Difference(estimate, error, local, next_door, estimate - reach, estimate + reach, level)


def combine_harm(differences: Sequence[Difference], days: Sequence[float], *, level: float = LEVEL) -> Difference:
    """Add differences of several crime types up to one of harm.

    Parameters
    ----------
    differences
        One a crime type, taken as independent.
    days
        Harm of one incident of each.
    level
        Probability that the interval holds.
    """
    weight = np.array(days, dtype=float)

    def total(name: str) -> float:
        return float(weight @ [getattr(one, name) for one in differences])

    error = float(np.sqrt((weight**2) @ [one.error**2 for one in differences]))
    return _difference(total("estimate"), error, total("local"), total("next_door"), level)


def measure_wdq(area: Pair, buffer: Pair, control: Pair) -> float:
    """Measure the weighted displacement quotient.

    Parameters
    ----------
    area, buffer, control
        Incidents in the area of the operation, in the buffer around it, and in a control area.

    Returns
    -------
    float
        Above 0 the gain spread to the buffer (above 1 more than it was in the area itself); below 0 crime moved there,
        below -1 more than was gained. NaN when the area did not fall against the control, or the control is empty:
        without success there is nothing to displace, and the quotient has no meaning.
    """
    if control.before <= 0 or control.after <= 0:
        return float("nan")
    success = area.after / control.after - area.before / control.before
    if success >= 0:
        return float("nan")
    return (buffer.after / control.after - buffer.before / control.before) / success


def compare_mix(before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.float64]:
    """Tell whether offenders changed what they do: change in each type's share of all, in points of one.

    Parameters
    ----------
    before, after
        Incidents of each type. Shape (k,).

    Returns
    -------
    numpy.ndarray
        Shares after less shares before; NaN where one side is empty. Shape (k,).
    """
    if before.sum() <= 0 or after.sum() <= 0:
        return np.full(len(before), np.nan)
    return np.asarray(after / after.sum() - before / before.sum())
