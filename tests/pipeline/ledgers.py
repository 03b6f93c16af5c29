"""A ledger of a test's own, with today fixed, and records as people type them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from hotspots.activity_kinds import KindTable
from hotspots.pipeline.operation_entry import build_activity, build_operation, build_target, build_window
from hotspots.settings import read_settings
from hotspots.store.ledger import Ledger, add, open_ledger

if TYPE_CHECKING:
    from hotspots.schemas_ledger import Stored

TODAY = date(2022, 6, 30)
KINDS = KindTable()


def open_at(today: date = TODAY) -> Ledger:
    """Open the ledger of the test's data home on a fixed day."""
    return open_ledger(read_settings(), today=lambda: today)


def enter_operation(ledger: Ledger, code: str = "tyne", *, clear: str = "1 October 2020", **fields: Any) -> None:
    """Enter an operation; with a Clear phase unless `clear` is empty."""
    values = {"name": code.title(), "code": code, "area_code": "ashington", "started": clear}
    add(ledger, build_operation(values | fields), by="set-up")
    if clear:
        enter_window(ledger, code, phase="clear", start=clear)


def enter_window(ledger: Ledger, code: str = "tyne", **fields: str) -> Stored[Any]:
    return add(ledger, build_window(code, fields), by="set-up")


def enter_activity(ledger: Ledger, code: str = "tyne", **fields: str) -> Stored[Any]:
    values = {"date": "5 October 2020", "kind": "arrests", "quantity": "3"}
    return add(ledger, build_activity(KINDS, code, values | fields), by="set-up")


def enter_target(ledger: Ledger, code: str = "tyne", **fields: str) -> Stored[Any]:
    values = {"kind": "arrests", "phase": "clear", "quantity": "40", "by": "31 December 2022"}
    return add(ledger, build_target(KINDS, code, values | fields), by="set-up")
