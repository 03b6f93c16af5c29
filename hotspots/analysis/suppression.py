"""Withhold small counts of a table so that they cannot be worked out from its totals.

A count below the threshold is withheld (primary suppression). Alone, that hides nothing: a reader takes the other
counts of its row from the row's total. So further counts are withheld with it (secondary suppression), after the
hypercube method of Repsilber (1994), which τ-ARGUS offers beside the optimal method of Fischetti and Salazar-González
(2001, Journal of the American Statistical Association 96(455) 1008-1018): for every small count a rectangle of withheld
counts is found along which it can move up or down without any published figure changing. It is a heuristic: it
withholds more than an optimal choice would, and needs no solver.

Where the sources leave a choice, we decided:

- Zero is small. A reader learns “fewer than 5”, never “none”.
- The reader is taken to know the method, and which of the withheld counts of a published row and column are the small
  ones; those lie from zero to one below the threshold, every other at the threshold or above. Moves respect both.
- Rows and columns whose total is small are not published at all: they are pooled with the smallest other whose total is
  at least twice the threshold less one, which lends them any value that they could have. Of counts in such rows and
  columns a reader knows only that they are not negative.
- Totals of the other rows and columns are published and never move. So tables that share the totals of their rows
  (wards by month, wards by type) do not undo each other, however they are combined.
- A row for whose small counts no rectangle is found is pooled as well. If that leaves nothing, nothing is published but
  the total of all.

This guards the counts of one table, and of tables that share its row totals. It does not guard against differencing
tables of overlapping months or types; published figures are rounded besides for that reason (:func:`round_counts`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotspots.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

ROUNDING = 5
"""Published counts are rounded to a multiple of this."""
_FREE = np.iinfo(np.int64).max // 4
"""How far a count that is not small can rise: a reader knows no bound."""


@dataclass(frozen=True, eq=False)
class Protected:
    """What may be published of a table.

    Attributes
    ----------
    shown
        True for counts that may be published, shape (rows, columns).
    row_shown, column_shown
        True for totals that may be published, shapes (rows,) and (columns,). Rows and columns without a published
        total have no published count.
    total_shown
        Whether the total of all may be published.
    small
        True for counts below the threshold, shape (rows, columns).
    """

    shown: NDArray[np.bool_]
    row_shown: NDArray[np.bool_]
    column_shown: NDArray[np.bool_]
    total_shown: bool
    small: NDArray[np.bool_]

    @property
    def secondary(self) -> NDArray[np.bool_]:
        """True for counts that are not small and are withheld all the same."""
        return ~self.shown & ~self.small


def protect_tables(tables: Sequence[NDArray[np.int64]], *, least: int = 5) -> tuple[Protected, ...]:
    """Choose which counts of tables that count the same rows may be published together with all totals.

    Parameters
    ----------
    tables
        Whole numbers of zero or more, each of shape (rows, its own columns): the same incidents of the same areas by
        month and by type, say, so that the totals of the rows are equal.
    least
        Counts below it are small.

    Returns
    -------
    tuple of Protected
        One for each table. Every small count is withheld, and each of them could be another number as well without any
        published count or total of any of the tables changing. A row is published in all tables or in none.

    Raises
    ------
    InputError
        If a count is negative, the tables have other rows or totals, or the threshold is below 1.
    """
    counts = [np.asarray(table, dtype=np.int64) for table in tables]
    _check(counts, least)
    totals = counts[0].sum(axis=1)
    pooled = _pool_small(totals, least)
    columns = [_pool_small(table.sum(axis=0), least) for table in counts]
    while pooled is not None and not any(column is None for column in columns):
        failed = -1
        found = []
        for table, column in zip(counts, columns, strict=True):
            assert column is not None  # noqa: S101 - the loop's condition, which the type checker does not follow
            hidden, failed = _cover(_pool(_pool(table, pooled).T, column).T, least)
            if failed >= 0:
                break
            found.append(_spread(hidden, pooled, column, table < least))
        if failed < 0:
            return tuple(found)
        pooled = _grow(pooled, failed, totals)
    return tuple(
        Protected(
            np.zeros(table.shape, dtype=bool),
            np.zeros(table.shape[0], dtype=bool),
            np.zeros(table.shape[1], dtype=bool),
            bool(table.sum() >= least),
            table < least,
        )
        for table in counts
    )


def round_counts(counts: NDArray[np.float64], *, base: int = ROUNDING) -> NDArray[np.float64]:
    """Round counts to the nearest multiple of `base`, halves up; NaN stays NaN."""
    return np.asarray(np.floor(np.asarray(counts, dtype=np.float64) / base + 0.5) * base)


def _check(counts: Sequence[NDArray[np.int64]], least: int) -> None:
    if least < 1:
        raise InputError(f"The threshold of small counts is {least}; give a whole number of 1 or more.")
    for table in counts:
        if table.ndim != 2 or (table < 0).any():  # noqa: PLR2004 - rows and columns
            raise InputError("A table that is to be protected has rows, columns and counts of zero or more.")
        if not np.array_equal(table.sum(axis=1), counts[0].sum(axis=1)):
            raise InputError("Tables that are to be protected together have the same rows with the same totals.")


def _pool_small(totals: NDArray[np.int64], least: int) -> NDArray[np.bool_] | None:
    """Choose the rows that are withheld whole: those with a small total and one that covers them; None if none can."""
    pooled = totals < least
    if not pooled.any():
        return np.asarray(pooled)
    covers = np.flatnonzero(totals >= 2 * least - 1)
    if not covers.size:
        return None
    pooled[covers[np.argmin(totals[covers])]] = True
    return np.asarray(pooled)


def _grow(pooled: NDArray[np.bool_], failed: int, totals: NDArray[np.int64]) -> NDArray[np.bool_] | None:
    """Pool one more row: the one for which no cover was found, and with it the smallest other where it is alone."""
    grown = pooled.copy()
    published = np.flatnonzero(~pooled)
    if failed < published.size:
        grown[published[failed]] = True
    if failed == published.size or grown.sum() == 1:
        rest = np.flatnonzero(~grown)
        if not rest.size:
            return None
        grown[rest[np.argmin(totals[rest])]] = True
    return grown


def _pool(counts: NDArray[np.int64], pooled: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the rows that are not pooled, then the sum of those that are."""
    kept = counts[~pooled]
    return np.vstack([kept, counts[pooled].sum(axis=0, keepdims=True)]) if pooled.any() else kept


def _spread(
    hidden: NDArray[np.bool_], pooled: NDArray[np.bool_], column: NDArray[np.bool_], small: NDArray[np.bool_]
) -> Protected:
    shown = np.zeros(small.shape, dtype=bool)
    shown[np.ix_(~pooled, ~column)] = ~hidden[: (~pooled).sum(), : (~column).sum()]
    return Protected(shown, ~pooled, ~column, total_shown=True, small=small)


def _cover(counts: NDArray[np.int64], least: int) -> tuple[NDArray[np.bool_], int]:
    """Withhold counts until every small one has a rectangle along which it can move.

    Returns
    -------
    hidden
        True for counts that are withheld.
    failed
        The first row with a small count that no rectangle covers; -1 when all are covered.
    """
    small = counts < least
    hidden = small.copy()
    up = np.where(small, least - 1 - counts, _FREE)
    down = np.where(small, counts, counts - least)
    loss = 1 + np.log1p(counts)
    for row, column in np.argwhere(small):
        rise = _move(up, down, row, column)
        fall = _move(down, up, row, column)
        width = rise + fall
        width[row, :] = width[:, column] = 0
        if not width.max(initial=0):
            return hidden, int(row)
        price = np.where(hidden, 0.0, loss)
        price = price + price[row][None, :] + price[:, column][:, None] - width
        price[width == 0] = np.inf
        other_row, other_column = np.unravel_index(np.argmin(price), price.shape)
        hidden[row, other_column] = hidden[other_row, column] = hidden[other_row, other_column] = True
    return hidden, -1


def _move(rise: NDArray[np.int64], fall: NDArray[np.int64], row: int, column: int) -> NDArray[np.int64]:
    """Tell for every opposite corner how far a count can move when the rectangle's corners move in turn."""
    straight = np.minimum(rise[row, column], rise)
    across = np.minimum(fall[row][None, :], fall[:, column][:, None])
    return np.asarray(np.minimum(straight, across))
