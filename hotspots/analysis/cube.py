"""The cube: counts by place, month, crime type and outcome group, compact in memory and read-only.

Any selection of months, types and outcome groups yields weights per place and counts per area in a few milliseconds:
entries lie sorted by month, so that a period is one slice, and areas keep a dense table of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspots.analysis.places import Places


@dataclass(frozen=True, eq=False)
class Selection:
    """What is chosen from a cube, as positions.

    Attributes
    ----------
    first, last
        First and last position in the cube's months, both included.
    kinds
        True for each combination of type and outcome group that is chosen, shape (types, outcomes).
    """

    first: int
    last: int
    kinds: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Cube:
    """Counts of incidents.

    Attributes
    ----------
    places
        The distinct places, p of them.
    months
        Months that are covered (months since January 1970), ascending; absent months are unknown.
    types, outcomes
        Names of crime types and outcome groups.
    month_start
        Where each month's entries begin, shape (m + 1,).
    place, kind, n
        One entry a place, month, type and outcome group with incidents; kind is type x outcomes + outcome.
    by_area
        Counts of shape (areas + 2, months, types, outcomes); the last two rows are outside all areas and without
        location.
    """

    places: Places
    months: NDArray[np.int32]
    types: tuple[str, ...]
    outcomes: tuple[str, ...]
    month_start: NDArray[np.int64]
    place: NDArray[np.int32]
    kind: NDArray[np.int16]
    n: NDArray[np.int32]
    by_area: NDArray[np.int32]

    @property
    def n_areas(self) -> int:
        """Areas, without the two extra rows of `by_area`."""
        return len(self.by_area) - 2

    def weigh_places(self, selection: Selection) -> NDArray[np.int64]:
        """Count the chosen incidents at each place, shape (p,)."""
        rows = self._rows(selection)
        chosen = selection.kinds.ravel()[self.kind[rows]]
        weights = np.bincount(self.place[rows], weights=self.n[rows] * chosen, minlength=len(self.places))
        return weights.astype(np.int64)

    def count_areas(self, selection: Selection) -> NDArray[np.int64]:
        """Count the chosen incidents by area, month and type, shape (areas + 2, months, types)."""
        part = self.by_area[:, selection.first : selection.last + 1]
        if selection.kinds.all():
            return np.asarray(part.sum(axis=3, dtype=np.int64))
        return np.asarray(np.einsum("amto,to->amt", part, selection.kinds.astype(np.int64)), dtype=np.int64)

    def cross_labels(
        self, labels: NDArray[np.int32], n_labels: int, selection: Selection
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Count the chosen incidents of labelled places by month and by type.

        Parameters
        ----------
        labels
            A label from 0 to `n_labels` - 1 for each place; negative for none. Shape (p,).

        Returns
        -------
        by_month : ndarray of int64, shape (n_labels, months)
        by_type : ndarray of int64, shape (n_labels, types)
        """
        rows = self._rows(selection)
        label = labels[self.place[rows]]
        keep = (label >= 0) & selection.kinds.ravel()[self.kind[rows]]
        label, n = label[keep].astype(np.int64), self.n[rows][keep]
        kind = self.kind[rows][keep] // len(self.outcomes)
        n_months, n_types = selection.last - selection.first + 1, len(self.types)
        starts = self.month_start[selection.first : selection.last + 2]
        month = np.repeat(np.arange(n_months), np.diff(starts))[keep]
        by_month = np.bincount(label * n_months + month, weights=n, minlength=n_labels * n_months)
        by_type = np.bincount(label * n_types + kind, weights=n, minlength=n_labels * n_types)
        return (
            by_month.reshape(n_labels, n_months).astype(np.int64),
            by_type.reshape(n_labels, n_types).astype(np.int64),
        )

    def _rows(self, selection: Selection) -> slice:
        return slice(int(self.month_start[selection.first]), int(self.month_start[selection.last + 1]))


def build_cube(
    places: Places,
    *,
    n_areas: int,
    months: NDArray[np.int32],
    types: tuple[str, ...],
    outcomes: tuple[str, ...],
    place: NDArray[np.int32],
    month: NDArray[np.int32],
    crime_type: NDArray[np.int32],
    outcome: NDArray[np.int32],
    n: NDArray[np.int32],
) -> Cube:
    """Add rows up to a cube.

    Parameters
    ----------
    places, n_areas
        Distinct places, and how many areas their `area` counts through.
    months, types, outcomes
        The names of the axes; months ascending.
    place, month, crime_type, outcome
        Positions on the axes for each row, shape (rows,); place -1 without location.
    n
        Incidents in each row.
    """
    m, t, o = len(months), len(types), len(outcomes)
    kind = crime_type.astype(np.int64) * o + outcome
    area = np.where(place >= 0, places.area[place], -2).astype(np.int64) if len(places) else np.full(len(place), -2)
    area = np.where(area >= 0, area, n_areas - 1 - area)  # -1 outside and -2 unlocated become the last two rows
    flat = (area * m + month) * (t * o) + kind
    by_area = np.bincount(flat, weights=n, minlength=(n_areas + 2) * m * t * o)

    located = place >= 0
    key = (month[located].astype(np.int64) * (t * o) + kind[located]) * max(len(places), 1) + place[located]
    order = np.argsort(key, kind="stable")
    key = key[order]
    starts = np.flatnonzero(np.concatenate(([True], key[1:] != key[:-1]))) if len(key) else np.array([], dtype=np.intp)
    entries = key[starts]
    summed = np.add.reduceat(n[located][order], starts) if len(key) else np.array([], dtype=np.int32)
    month_of, rest = np.divmod(entries, t * o * max(len(places), 1))
    kind_of, place_of = np.divmod(rest, max(len(places), 1))
    return Cube(
        places=places,
        months=months,
        types=types,
        outcomes=outcomes,
        month_start=np.searchsorted(month_of, np.arange(m + 1)).astype(np.int64),
        place=place_of.astype(np.int32),
        kind=kind_of.astype(np.int16),
        n=summed.astype(np.int32),
        by_area=by_area.reshape(n_areas + 2, m, t, o).astype(np.int32),
    )
