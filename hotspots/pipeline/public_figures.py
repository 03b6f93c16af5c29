"""Counts that may leave the force: small ones withheld so that they cannot be worked out, the others rounded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotspots.analysis.suppression import ROUNDING, protect_tables, round_counts
from hotspots.pipeline.selection import choose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hotspots.pipeline.selection import Chosen
    from hotspots.pipeline.world import World
    from hotspots.query import Query


@dataclass(frozen=True, eq=False)
class PublicFigures:
    """What may be published of one selection: everything that a public pack prints is made of these and no others.

    All are rounded to the nearest multiple of `ROUNDING`; NaN is withheld.

    Attributes
    ----------
    chosen
        The selection, of the whole force.
    least
        Counts below it are withheld.
    by_month
        Shape (wards, covered months).
    by_type
        Shape (wards, chosen types), in the order of `chosen.types`.
    by_ward
        The whole period, shape (wards,).
    force_by_month, force_by_type, force
        The whole force, incidents outside all wards included.
    """

    chosen: Chosen
    least: int
    by_month: NDArray[np.float64]
    by_type: NDArray[np.float64]
    by_ward: NDArray[np.float64]
    force_by_month: NDArray[np.float64]
    force_by_type: NDArray[np.float64]
    force: float

    def count_months(self, wards: Sequence[int] | None) -> NDArray[np.float64]:
        """Add up published months of wards; NaN where one of them is withheld. None is the whole force."""
        return self.force_by_month if wards is None else np.asarray(self.by_month[list(wards)].sum(axis=0))

    def count_types(self, wards: Sequence[int] | None) -> NDArray[np.float64]:
        """Add up published types of wards; NaN where one of them is withheld. None is the whole force."""
        return self.force_by_type if wards is None else np.asarray(self.by_type[list(wards)].sum(axis=0))

    def count(self, wards: Sequence[int] | None) -> float:
        """Add up the published totals of wards; NaN where one of them is withheld. None is the whole force."""
        return self.force if wards is None else float(self.by_ward[list(wards)].sum())

    @property
    def note(self) -> str:
        """What a reader must know about these figures, in one phrase."""
        return (
            f"Figures are rounded to the nearest {ROUNDING}. Those below {self.least}, and others that would give "
            "them away, are withheld"
        )


def open_public(world: World, query: Query, *, least: int) -> PublicFigures:
    """Count a selection by ward and month and by ward and type, and keep what may be published.

    Parameters
    ----------
    query
        Its area and operation are not used: every pack of one selection takes its figures from the same tables, so
        that two packs laid side by side do not undo each other.
    least
        Counts below it are withheld.

    Raises
    ------
    InputError
        If no covered month lies in the period, or the threshold is below 1.
    UnknownNameError
        If a type or an outcome is not known.
    """
    chosen = choose(world, query)
    counts = world.cube.count_areas(chosen.selection)
    wards = len(world.boundaries)
    kinds = [world.cube.types.index(name) for name in chosen.types]
    # What lies in no ward is a row of its own: it is never published, but a reader can take it from the totals.
    tables = [
        np.vstack([table[:wards], table[wards:].sum(axis=0, keepdims=True)])
        for table in (counts.sum(axis=2), counts.sum(axis=1)[:, kinds])
    ]
    month, kind = protect_tables(tables, least=least)
    by_month, by_type = tables
    return PublicFigures(
        chosen=chosen,
        least=least,
        by_month=_publish(by_month, month.shown)[:wards],
        by_type=_publish(by_type, kind.shown)[:wards],
        by_ward=_publish(by_month.sum(axis=1), month.row_shown)[:wards],
        force_by_month=_publish(by_month.sum(axis=0), month.column_shown),
        force_by_type=_publish(by_type.sum(axis=0), kind.column_shown),
        force=float(_publish(np.array([by_month.sum()]), np.array([month.total_shown]))[0]),
    )


def _publish(counts: NDArray[np.int64], shown: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.where(shown, round_counts(counts.astype(np.float64)), np.nan)
