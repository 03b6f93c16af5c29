"""Whether records may leave the ledger: checked, and written down, before the first of them is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from hotspots.access import Action, require, require_everywhere, require_wards
from hotspots.store.ledger.accesses import note_access
from hotspots.store.ledger.journal import latest
from hotspots.store.ledger.models import CURRENT, ActivityRow

if TYPE_CHECKING:
    from hotspots.store.ledger.engine import Ledger


def check_export(ledger: Ledger, operation: str, *, form: str) -> None:
    """Refuse to let records of an operation out, unless whoever holds the ledger may take them; write it down.

    Parameters
    ----------
    ledger
        In the hands of a person.
    operation
        Code of the operation; empty for all of them.
    form
        What is made of them, such as ``csv`` or ``brief``: for the log of accesses.

    Raises
    ------
    AccessError
        If the person may not export at all, not from the operation's area, or not from a ward of one of its
        activities. Nothing has been read then.
    StoreError
        If the log cannot be written; nothing leaves without it.
    """
    if operation:
        require_export(ledger, operation)
        note_access(ledger, Action.EXPORT, f"operation/{operation}/{form}")
    else:
        require_everywhere(ledger.person, Action.EXPORT)
        note_access(ledger, Action.EXPORT, f"operations/{form}")


def require_export(ledger: Ledger, operation: str) -> None:
    """Refuse what :func:`check_export` refuses of one operation, without writing anything down.

    Raises
    ------
    AccessError, StoreError
        As there.
    """
    person = require(ledger.person, Action.EXPORT)
    if not person.works_everywhere:
        with ledger.read() as connection:
            there = latest(connection, "operation", operation)
            wards = connection.execute(
                select(ActivityRow.ward_code)
                .where(ActivityRow.operation == operation, ActivityRow.state == CURRENT)
                .distinct()
            ).scalars()
            if there is not None:
                require(person, Action.EXPORT, there.value.area)
                require_wards(person, sorted(wards))
