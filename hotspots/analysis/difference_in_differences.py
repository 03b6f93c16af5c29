"""Difference-in-differences on counts: how the area changed against places that the operation cannot have touched.

Poisson regression with effects of unit and month and one effect of treatment from a common start has a closed form on
a balanced panel: exp(effect) = (after / before of the treated) / (after / before of the donors), because its score
equations match the totals by unit, by month and of the treated after the start (Wooldridge 2023, *Econometrics
Journal* 26(3) C31-C66). Its intervals are those of `placebo_areas`, not of clustered errors, which fail with one
treated area. Units that touch the area are on neither side: crime may have moved there. Half an incident is added to
the totals of the area, so that the logarithm of a small count does not lean (Haldane 1956, *Annals of Human Genetics*
20(4) 309-311).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import t as student_t

from hotspots.analysis.placebo_areas import LEVEL, MIN_GROUPS, fit_spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspots.analysis.panel import Panel
    from hotspots.analysis.placebo_areas import PlaceboAreas, Spread

HALF = 0.5
POWER = 0.8
"""Probability with which the smallest effect that is called visible would be seen."""


@dataclass(frozen=True)
class Effect:
    """A change against what would have been expected, with its interval.

    Attributes
    ----------
    log_ratio, error
        Logarithm of observed by expected, and its standard error; NaN when nothing was counted on either side.
    low, high
        Limits of the logarithm.
    level
        Probability that they hold.
    observed, expected
        Amounts after the start, in the treated units: counted, and expected without the effect.
    rank, of
        How many of the placebo areas moved at least as far in either direction, and of how many.
    visible
        Logarithm of the smallest effect that would be seen four times in five.
    freedom
        Degrees of freedom of the interval.
    """

    log_ratio: float
    error: float
    low: float
    high: float
    level: float
    observed: float
    expected: float
    rank: int
    of: int
    visible: float
    freedom: int = 1

    @property
    def known(self) -> bool:
        """Whether there is an effect to speak of at all."""
        return bool(np.isfinite(self.log_ratio) and np.isfinite(self.error))

    @property
    def change(self) -> float:
        """Observed less expected: negative for incidents fewer."""
        return self.observed - self.expected

    @property
    def change_limits(self) -> tuple[float, float]:
        """Limits of `change`, lower first."""
        return self.observed * (1 - float(np.exp(-self.low))), self.observed * (1 - float(np.exp(-self.high)))

    @property
    def p(self) -> float:
        """Probability of a figure at least as far from none by chance; never shown without its interval."""
        return float(2 * student_t.sf(abs(self.log_ratio) / self.error, self.freedom)) if self.known else 1.0


_NAN = float("nan")
UNKNOWN = Effect(_NAN, _NAN, _NAN, _NAN, LEVEL, 0.0, _NAN, 0, 0, _NAN)
"""No effect can be told: nothing was counted."""


@dataclass(frozen=True, eq=False)
class Contrast:
    """Log ratios of ratios for many areas at once.

    Attributes
    ----------
    figure
        log(after/before) of each area less that of its donors. Shape (g,).
    inverse
        1/before + 1/after of its counts. Shape (g,).
    inverse_donors
        The same of its donors. Shape (g,).
    before, after
        Totals of the areas. Shape (g,).
    """

    figure: NDArray[np.float64]
    inverse: NDArray[np.float64]
    inverse_donors: NDArray[np.float64]
    before: NDArray[np.float64]
    after: NDArray[np.float64]


def contrast_areas(
    counts: NDArray[np.float64],
    members: NDArray[np.float64],
    excluded: NDArray[np.float64],
    *,
    before: NDArray[np.bool_],
    after: NDArray[np.bool_],
    donors: NDArray[np.bool_],
) -> Contrast:
    """Compare the change of each area with that of the donors that are not excluded for it.

    Parameters
    ----------
    counts
        Shape (u, t).
    members, excluded
        Which units make each area, and which others cannot be its donors. Shape (g, u).
    before, after
        Months to compare. Shape (t,).
    donors
        Units that may be donors at all. Shape (u,).

    Returns
    -------
    Contrast
        NaN where the area, or its donors on one side, have nothing.
    """
    total = np.column_stack([counts[:, before].sum(axis=1), counts[:, after].sum(axis=1)])
    own = members @ total
    left_out = np.minimum(members + excluded, 1) * donors
    others = (donors @ total)[None, :] - left_out @ total
    usable = (own.sum(axis=1) > 0) & (others > 0).all(axis=1)
    # Half an incident by month on the shorter side only would tip the balance; the halves follow the months.
    months = np.array([before.sum(), after.sum()], dtype=float)
    padded = own + HALF * months / months.mean()
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(usable, others[:, 1] / others[:, 0], np.nan)
        figure = np.where(usable, np.log(padded[:, 1] / padded[:, 0]) - np.log(ratio), np.nan)
        inverse_donors = np.where(usable, (1 / others).sum(axis=1), np.nan)
    return Contrast(figure, (1 / padded).sum(axis=1), inverse_donors, own[:, 0], own[:, 1])


def estimate_effect(
    panel: Panel,
    counts: NDArray[np.float64],
    placebos: PlaceboAreas,
    *,
    before: NDArray[np.bool_] | None = None,
    after: NDArray[np.bool_] | None = None,
    donors: NDArray[np.bool_] | None = None,
    ring: bool = False,
    level: float = LEVEL,
) -> Effect:
    """Estimate the effect on the treated area, or on the ring of units that touch it.

    Parameters
    ----------
    panel
        Who is treated and when.
    counts
        One outcome. Shape (u, t).
    placebos
        Of the same panel.
    before, after
        Months to compare; those of the panel by default. Shape (t,).
    donors
        Units to compare with, among the panel's donors; all of them by default. The figure is centred on the placebo
        areas only when all are used: they are typical of all donors, not of a choice. Shape (u,).
    ring
        True for the units next door: did crime move there, or did the effect spread?
    level
        Probability that the interval holds.

    Returns
    -------
    Effect
        `UNKNOWN` when nothing was counted, or too few placebo areas tell what chance does.
    """
    before = panel.before if before is None else before
    after = panel.after if after is None else after
    pool = panel.donors if donors is None else donors & panel.donors
    target = panel.ring if ring else panel.treated
    chance, spread = _spread_of(panel, counts, placebos, before=before, after=after, ring=ring)
    own = contrast_areas(
        counts,
        target[None, :].astype(float),
        np.zeros((1, len(target))),
        before=before,
        after=after,
        donors=pool,
    )
    figure = float(own.figure[0]) - (spread.centre if donors is None else 0.0)
    if not np.isfinite(figure) or np.isfinite(chance.figure).sum() < MIN_GROUPS:
        return UNKNOWN
    share = float(target.sum() / pool.sum())
    error = float(spread.error(own.inverse[0], inverse_donors=own.inverse_donors[0], share=share))
    return make_effect(
        figure,
        error,
        spread.freedom,
        observed=float(own.after[0]),
        chance=(chance.figure - spread.centre) / spread.error(chance.inverse, inverse_donors=chance.inverse_donors),
        level=level,
    )


def make_effect(
    figure: float,
    error: float,
    freedom: int,
    *,
    observed: float,
    chance: NDArray[np.float64],
    level: float = LEVEL,
) -> Effect:
    """Put an effect together from its logarithm, its error and the standardised figures of the placebo areas."""
    reach = float(student_t.ppf(0.5 + level / 2, freedom))
    moves = np.abs(chance[np.isfinite(chance)])
    return Effect(
        log_ratio=figure,
        error=error,
        low=figure - reach * error,
        high=figure + reach * error,
        level=level,
        observed=observed,
        expected=observed / float(np.exp(figure)) if observed > 0 else float("nan"),
        rank=int((moves >= abs(figure) / error).sum()) if error > 0 else 0,
        of=len(moves),
        visible=(reach + float(student_t.ppf(POWER, freedom))) * error,
        freedom=freedom,
    )


def _spread_of(
    panel: Panel,
    counts: NDArray[np.float64],
    placebos: PlaceboAreas,
    *,
    before: NDArray[np.bool_],
    after: NDArray[np.bool_],
    ring: bool,
) -> tuple[Contrast, Spread]:
    members, excluded = (placebos.rings, placebos.members) if ring else (placebos.members, placebos.rings)
    if ring:
        filled = members.any(axis=1)
        members, excluded = members[filled], excluded[filled]
    disjoint = placebos.disjoint
    if ring and len(members):
        disjoint = max(2, int(panel.donors.sum() // members.sum(axis=1).mean()))
    chance = contrast_areas(counts, members, excluded, before=before, after=after, donors=panel.donors)
    spread = fit_spread(chance.figure, chance.inverse, disjoint=disjoint)
    return chance, spread
