"""Operations on the same clock: weeks since Clear began."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hotspots.errors import UnknownNameError
from hotspots.pipeline.operation_compare import choose_compared, compare_operations
from hotspots.store.ledger import list_operations
from tests.pipeline.ledgers import KINDS, enter_activity, enter_operation, open_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hotspots.store.ledger import Ledger


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    opened = open_at()
    enter_operation(opened, "tyne", clear="1 October 2020", started="1 September 2020")
    enter_operation(opened, "wear", clear="1 March 2021")
    enter_operation(opened, "tees", clear="")
    enter_operation(opened, "coquet", clear="1 May 2021")
    enter_activity(opened, "tyne", date="20 September 2020", quantity="1")
    enter_activity(opened, "tyne", date="8 October 2020", quantity="2")
    enter_activity(opened, "tyne", date="1 November 2020", kind="warrants", quantity="9")
    enter_activity(opened, "wear", date="2 March 2021", quantity="over 5")
    yield opened
    opened.close()


def test_each_line_begins_with_its_own_clear_phase(ledger: Ledger) -> None:
    found = compare_operations(ledger, KINDS, list_operations(ledger), kind="arrests")
    lines = {line.code: line for line in found.lines}
    assert lines["tyne"].weeks == (0, 1, 4)
    assert lines["tyne"].values == (1, 3, 3)
    assert lines["tyne"].before == 1
    assert lines["wear"].weeks == (0,)
    assert lines["wear"].values == (5,)
    assert lines["wear"].at_least
    assert found.without_clock == ("Tees",)
    assert found.without_records == ("Coquet",)


def test_unknown_kind_is_told_with_the_nearest(ledger: Ledger) -> None:
    with pytest.raises(UnknownNameError, match="arrests"):
        compare_operations(ledger, KINDS, list_operations(ledger), kind="arests")


def test_choice_is_as_asked_or_those_with_most_records(ledger: Ledger) -> None:
    entries = list_operations(ledger)
    asked = choose_compared(entries, ["wear", "nowhere", "tees"])
    assert [entry.stored.record for entry in asked] == ["wear", "tees"]
    chosen = choose_compared(entries, [])
    assert [entry.stored.record for entry in chosen] == ["tyne", "wear"]
