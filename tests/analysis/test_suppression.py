"""Small counts are withheld so that nobody can work them out: checked by asking a solver, which knows no method."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import csr_array

from hotspots.analysis.suppression import Protected, protect_tables, round_counts
from hotspots.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LEAST = 5


class Reader:
    """Somebody who knows everything that is published and the method, and asks what a withheld count can be.

    Unknowns are all counts of all tables. Published counts and totals are equations; the tables count the same
    incidents, so their rows have equal totals. In a published row and column, a withheld count is known to be small or
    not to be; of what is not published at all, nothing is known but that it is not negative.
    """

    def __init__(self, tables: Sequence[NDArray[np.int64]], protected: Sequence[Protected]) -> None:
        starts = np.cumsum([0, *(table.size for table in tables)])
        self.bounds: list[tuple[float, float | None]] = []
        # An equation that says nothing, so that there is one even where nothing is published.
        rows: list[tuple[NDArray[np.int64], NDArray[np.float64], float]] = [(np.array([0]), np.array([0.0]), 0.0)]
        for table, safe, start in zip(tables, protected, starts[:-1], strict=True):
            at = np.arange(start, start + table.size).reshape(table.shape)
            for cell in np.ndindex(table.shape):
                if safe.shown[cell]:
                    self.bounds.append((table[cell], table[cell]))
                elif safe.row_shown[cell[0]] and safe.column_shown[cell[1]]:
                    self.bounds.append((0, LEAST - 1) if safe.small[cell] else (LEAST, None))
                else:
                    self.bounds.append((0, None))
            for axis, published in ((1, safe.row_shown), (0, safe.column_shown)):
                for line in np.flatnonzero(published):
                    members = at.take(line, axis=1 - axis)
                    rows.append((members, np.ones(len(members)), float(table.take(line, axis=1 - axis).sum())))
            if safe.total_shown:
                rows.append((at.ravel(), np.ones(table.size), float(table.sum())))
        first = np.arange(tables[0].size).reshape(tables[0].shape)
        for table, start in zip(tables[1:], starts[1:-1], strict=True):
            at = np.arange(start, start + table.size).reshape(table.shape)
            for line in range(len(table)):
                both = np.concatenate([first[line], at[line]])
                signs = np.concatenate([np.ones(first.shape[1]), -np.ones(at.shape[1])])
                rows.append((both, signs, 0.0))
        where = np.concatenate([np.full(len(members), number) for number, (members, _signs, _sum) in enumerate(rows)])
        columns = np.concatenate([members for members, _signs, _sum in rows])
        signs = np.concatenate([signs for _members, signs, _sum in rows])
        self.equations = csr_array((signs, (where, columns)), shape=(len(rows), int(starts[-1])))
        self.sums = np.array([total for _members, _signs, total in rows])
        self.starts = starts

    def find_range(self, table: int, row: int, column: int, columns: int) -> tuple[float, float]:
        """Ask for the least and the most that a count can be."""
        goal = np.zeros(int(self.starts[-1]))
        goal[self.starts[table] + row * columns + column] = 1.0
        ends = []
        for sign in (1.0, -1.0):
            found = linprog(sign * goal, A_eq=self.equations, b_eq=self.sums, bounds=self.bounds, method="highs")
            assert found.status in {0, 3}, found.message
            ends.append(sign * found.fun if found.status == 0 else np.inf)
        return ends[0], ends[1]


def check(tables: Sequence[NDArray[np.int64]], *, most: int = 1_000) -> tuple[Protected, ...]:
    """Protect tables and let the reader try every small count."""
    protected = protect_tables(tables, least=LEAST)
    reader = Reader(tables, protected)
    for number, (table, safe) in enumerate(zip(tables, protected, strict=True)):
        assert not safe.shown[table < LEAST].any()
        assert not safe.row_shown[table.sum(axis=1) < LEAST].any()
        assert not safe.column_shown[table.sum(axis=0) < LEAST].any()
        assert safe.total_shown == (table.sum() >= LEAST)
        for row, column in np.argwhere(table < LEAST)[:most]:
            low, high = reader.find_range(number, int(row), int(column), table.shape[1])
            assert high - low > 0.99, (tables, number, row, column, low, high)
    return protected


cells = st.one_of(st.integers(0, 6), st.integers(0, 40))


@st.composite
def linked_tables(draw: st.DrawFn) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draw incidents by area, month and type, and count them by area and month and by area and type."""
    rows, months, types = draw(st.integers(1, 5)), draw(st.integers(1, 4)), draw(st.integers(1, 3))
    size = rows * months * types
    cube = np.array(draw(st.lists(cells, min_size=size, max_size=size))).reshape(rows, months, types)
    return cube.sum(axis=2), cube.sum(axis=1)


@settings(max_examples=60)
@given(linked_tables())
def test_no_small_count_can_be_worked_out_from_all_that_is_published(
    tables: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> None:
    check(tables)


@settings(max_examples=60)
@given(st.integers(1, 6).flatmap(lambda n: st.lists(st.lists(cells, min_size=n, max_size=n), min_size=1, max_size=6)))
def test_one_table_is_safe_whatever_its_shape(rows: list[list[int]]) -> None:
    check([np.array(rows)])


def test_rounding_alone_would_not_do() -> None:
    """Show why counts are withheld as well: rounded totals give a small count away."""
    table = np.array([[4, 49], [60, 48]])
    sums = np.array([table[0].sum(), table[:, 1].sum()])
    # A reader knows each figure to two either way, and that the first is below five.
    bounds = [(0, 4), *((figure - 2, figure + 2) for figure in round_counts(table.ravel()[1:].astype(float)))]
    adds = np.array([[1, 1, 0, 0], [0, 1, 0, 1]])
    low, high = round_counts(sums.astype(float)) - 2, round_counts(sums.astype(float)) + 2
    ends = [
        linprog(sign * np.array([1, 0, 0, 0]), A_ub=np.vstack([adds, -adds]), b_ub=[*high, *-low], bounds=bounds).fun
        for sign in (1, -1)
    ]
    assert (ends[0], -ends[1]) == pytest.approx((4, 4))


def test_a_small_count_without_cover_would_be_found_out() -> None:
    """Show that the reader above does catch what must not happen."""
    table = np.array([[3, 20, 30], [40, 50, 60], [70, 80, 90]])
    shown = table >= LEAST
    every = np.ones(3, dtype=bool)
    careless = Protected(shown, every, every, total_shown=True, small=~shown)
    assert Reader([table], [careless]).find_range(0, 0, 0, 3) == (3, 3)


def test_one_small_count_takes_three_others_with_it_and_could_then_be_anything_small() -> None:
    table = np.array([[3, 20, 30], [40, 50, 60], [70, 80, 90]])
    (safe,) = check([table])
    assert (~safe.shown).sum() == 4
    assert safe.secondary.sum() == 3
    assert safe.row_shown.all()
    assert safe.column_shown.all()
    assert Reader([table], [safe]).find_range(0, 0, 0, 3) == (0, 4)


def test_small_counts_cover_each_other_where_they_can() -> None:
    table = np.array([[2, 30, 3], [25, 40, 50], [3, 60, 2]])
    (safe,) = check([table])
    assert not safe.secondary.any()


def test_a_table_without_small_counts_is_published_whole() -> None:
    (safe,) = protect_tables([np.full((3, 4), 5)])
    assert safe.shown.all()
    assert safe.total_shown


def test_an_area_with_a_small_total_is_withheld_with_one_that_covers_it() -> None:
    table = np.array([[1, 2, 0], [40, 50, 60], [10, 9, 11], [70, 80, 90]])
    (safe,) = check([table])
    assert safe.row_shown.tolist() == [False, True, False, True]
    assert not safe.shown[[0, 2]].any()


def test_a_table_that_cannot_be_protected_is_not_published() -> None:
    (safe,) = check([np.array([[4], [3]])])
    assert not safe.shown.any()
    assert not safe.row_shown.any()
    assert safe.total_shown


def test_of_one_area_the_total_is_published_and_not_the_month_that_gives_the_other_away() -> None:
    (safe,) = check([np.array([[4, 60]])])
    assert safe.row_shown.tolist() == [True]
    assert not safe.shown.any()


def test_an_area_is_published_in_all_tables_or_in_none() -> None:
    months = np.array([[30, 30], [25, 35], [50, 10]])
    types = np.array([[60, 0], [60, 0], [60, 0]])
    by_month, by_type = check([months, types])
    assert np.array_equal(by_month.row_shown, by_type.row_shown)
    assert not by_type.column_shown.any()


def test_a_force_with_many_small_counts_is_protected_in_seconds() -> None:
    rng = np.random.default_rng(1)
    table = rng.poisson(rng.lognormal(1.5, 1.0, (180, 1)) * np.ones((1, 34)))
    assert 0.2 < (table < LEAST).mean() < 0.8
    (safe,) = protect_tables([table])
    assert not (safe.shown & (table < LEAST)).any()
    lonely = (~safe.shown[safe.row_shown]).sum(axis=1)
    assert not (lonely == 1).any()
    assert not ((~safe.shown).sum(axis=0) == 1).any()


@given(st.integers(0, 10_000))
def test_rounding_moves_a_count_by_two_at_most(count: int) -> None:
    rounded = float(round_counts(np.array([float(count)]))[0])
    assert rounded % 5 == 0
    assert abs(rounded - count) <= 2


def test_what_cannot_be_protected_is_refused() -> None:
    with pytest.raises(InputError, match="threshold"):
        protect_tables([np.ones((2, 2), dtype=np.int64)], least=0)
    with pytest.raises(InputError, match="zero or more"):
        protect_tables([np.array([[-1, 2]])])
    with pytest.raises(InputError, match="same totals"):
        protect_tables([np.array([[6, 6]]), np.array([[6, 7]])])
