"""The panel that every evaluation rests on: counts by outcome, unit and month, who was treated, and from when.

A panel is balanced by construction: a month is covered for every unit or it is absent, unknown and never zero. All
methods read it and none changes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from hotspots.errors import InputError
from hotspots.months import name_month, name_period

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

MIN_BEFORE = 3
"""Fewest covered months before the start; with fewer there is no level to compare with."""
FIRM_BEFORE = 12
"""Covered months before the start from which a full round of seasons is known, and a verdict may be firm."""
MIN_DONORS = 5
"""Fewest comparison units; with fewer nobody can tell how much untouched places move by chance."""


@dataclass(frozen=True, eq=False)
class Panel:
    """Counts of outcomes by unit and month.

    Attributes
    ----------
    units, names
        Code and name of each unit. Length u.
    months
        Covered months (months since January 1970), ascending. Shape (t,).
    outcomes
        Names of the outcomes. Length o.
    counts
        Incidents, or any amount of zero or more. Shape (o, u, t).
    treated
        True for the units of the operation. Shape (u,).
    start
        First month in which it may have had an effect.
    aside
        Months that are neither before nor after, because nobody knows on which side they belong.
    touching
        1 for units that touch, else 0; None when it is not known who is whose neighbour. Shape (u, u).
    covariates, covariate_names
        What is known of each unit beside the counts. Shape (u, k).
    """

    units: tuple[str, ...]
    names: tuple[str, ...]
    months: NDArray[np.int64]
    outcomes: tuple[str, ...]
    counts: NDArray[np.float64]
    treated: NDArray[np.bool_]
    start: int
    aside: tuple[int, ...] = ()
    touching: sparse.csr_array | None = field(default=None, repr=False)
    covariates: NDArray[np.float64] | None = None
    covariate_names: tuple[str, ...] = ()

    @cached_property
    def before(self) -> NDArray[np.bool_]:
        """Covered months before the start. Shape (t,)."""
        return np.asarray((self.months < self.start) & ~np.isin(self.months, self.aside))

    @cached_property
    def after(self) -> NDArray[np.bool_]:
        """Covered months from the start on. Shape (t,)."""
        return np.asarray((self.months >= self.start) & ~np.isin(self.months, self.aside))

    @cached_property
    def ring(self) -> NDArray[np.bool_]:
        """Units that touch a treated one and are not treated themselves. Shape (u,)."""
        if self.touching is None:
            return np.zeros(len(self.units), dtype=bool)
        return np.asarray((self.touching @ self.treated.astype(float) > 0) & ~self.treated)

    @cached_property
    def donors(self) -> NDArray[np.bool_]:
        """Units that are neither treated nor next door, to which crime may have moved. Shape (u,)."""
        return np.asarray(~self.treated & ~self.ring)

    @property
    def missing(self) -> tuple[int, ...]:
        """Months absent between the first and the last covered one."""
        return tuple(sorted(set(range(int(self.months[0]), int(self.months[-1]) + 1)) - set(self.months.tolist())))

    def outcome(self, name: str) -> NDArray[np.float64]:
        """Return the counts of one outcome, shape (u, t)."""
        return np.asarray(self.counts[self.outcomes.index(name)])

    def starting(self, start: int, *, aside: tuple[int, ...] = ()) -> Panel:
        """Return the same panel with another start; it is checked again."""
        moved = replace(self, start=start, aside=aside)
        check_panel(moved)
        return moved


def check_panel(panel: Panel) -> None:
    """Refuse what no method can use.

    Raises
    ------
    InputError
        If shapes differ, an amount is negative or not a number, nothing or everything is treated, the start lies
        outside the months, too few months lie before it, too few units are left to compare with, or an outcome has no
        events at all.
    """
    o, u, t = panel.counts.shape
    if (len(panel.outcomes), len(panel.units), len(panel.months)) != (o, u, t) or panel.treated.shape != (u,):
        raise InputError("The panel's counts do not have one row for each outcome, unit and month; build it again.")
    if len(panel.months) and (np.diff(panel.months) <= 0).any():
        raise InputError("The panel's months are not in order, or one stands twice; sort them and keep each once.")
    if not np.isfinite(panel.counts).all() or (panel.counts < 0).any():
        raise InputError("The panel holds an amount that is negative or not a number; correct it.")
    if panel.covariates is not None and not np.isfinite(panel.covariates).all():
        row, column = np.argwhere(~np.isfinite(panel.covariates))[0]
        raise InputError(
            f"The covariate “{panel.covariate_names[column]}” is missing for {panel.units[row]}; fill it in, or leave "
            "the covariate out."
        )
    _check_months(panel)
    _check_units(panel)
    for name, counts in zip(panel.outcomes, panel.counts, strict=True):
        if not counts.any():
            raise InputError(f"The outcome “{name}” has no events in any unit or month; leave it out.")


def _check_months(panel: Panel) -> None:
    first, last = int(panel.months[0]), int(panel.months[-1])
    if not first < panel.start <= last:
        raise InputError(
            f"The start, {name_month(panel.start)}, leaves nothing to compare: the data run from "
            f"{name_period(first, last)}; choose a start inside them."
        )
    before = int(panel.before.sum())
    if before < MIN_BEFORE:
        raise InputError(
            f"Only {before} covered month{'' if before == 1 else 's'} before {name_month(panel.start)}: at least "
            f"{MIN_BEFORE} are needed, and {FIRM_BEFORE} for a firm answer; load earlier months or start later."
        )
    if not panel.after.any():
        raise InputError(f"No covered month follows the start, {name_month(panel.start)}; load later months.")


def _check_units(panel: Panel) -> None:
    if not panel.treated.any():
        raise InputError("No unit is treated; say which units the operation works in.")
    donors = int(panel.donors.sum())
    if donors < MIN_DONORS:
        raise InputError(
            f"Only {donors} unit{'' if donors == 1 else 's'} are left to compare with, once the treated and those that "
            f"touch them are set aside; at least {MIN_DONORS} are needed, so add units that were not treated."
        )
