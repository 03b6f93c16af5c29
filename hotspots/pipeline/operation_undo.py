"""Taking back the last change of a record, or of many: one more line each in the ledger, never a line less.

An entry that should not have been is withdrawn; a correction is followed by the version before it; a record that was
withdrawn by mistake is entered anew, because a withdrawn reference stays withdrawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hotspots.errors import ConflictError
from hotspots.pipeline.operation_entry import Editing, check_author, remove_record, save_record
from hotspots.record_values import entity_of
from hotspots.store.ledger import list_versions
from hotspots.store.ledger.models import WITHDRAWN
from hotspots.store.ledger.recording import amend, open_journal, seen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hotspots.schemas_ledger import Activity, Stored
    from hotspots.store.ledger import Ledger

REASON = "undone at once by whoever made it"
"""What the audit log says of it."""


def undo_change(ledger: Ledger, stored: Stored[Any], *, by: str) -> Stored[Any]:
    """Take back the change that made a version of a record.

    Parameters
    ----------
    ledger
        The ledger, opened for writing.
    stored
        The version that the change made: entered, corrected or withdrawn.
    by
        Who takes it back.

    Returns
    -------
    Stored
        What the ledger now keeps last: the withdrawal, the earlier values as the next version, or the new entry.

    Raises
    ------
    ConflictError
        If somebody else has changed the record meanwhile; nothing is kept then.
    AccessError, InputError, StoreError
        As for :func:`~hotspots.pipeline.operation_entry.save_record`.
    """
    entity = entity_of(stored.value)
    if stored.state == "withdrawn":
        return save_record(ledger, stored.value, by=by, reason=REASON)
    editing = Editing(stored.record, stored.version)
    if stored.version == 1:
        return remove_record(ledger, entity, editing, by=by, reason=REASON)
    return save_record(ledger, _find_before(ledger, stored), by=by, editing=editing, reason=REASON)


def undo_changes(ledger: Ledger, made: Sequence[Stored[Activity]], *, by: str) -> tuple[Stored[Activity], ...]:
    """Take back together the changes that were saved together: all of them, or none.

    Parameters
    ----------
    ledger
        The ledger, opened for writing.
    made
        The versions that the changes made: activities that were entered or corrected, each record once.
    by
        Who takes them back.

    Returns
    -------
    tuple of Stored
        What the ledger now keeps last of each, in the same order.

    Raises
    ------
    ConflictError
        If one of the records has been changed meanwhile; nothing is kept then.
    AccessError, InputError, StoreError
        As for :func:`~hotspots.pipeline.operation_entry.save_record`; nothing is kept then.
    """
    # Versions never change, so the earlier ones may be read before the transaction that waits for other writers.
    earlier = {one.record: _find_before(ledger, one) for one in made if one.version > 1}
    with open_journal(ledger, by=check_author(by), reason=REASON) as journal:
        now = []
        for one in made:
            try:
                old = seen(journal.connection, "activity", one.record, one.version, mine=one.value)
            except ConflictError as error:
                who = getattr(error.theirs, "recorded_by", "Somebody")
                raise ConflictError(
                    f"{who} has changed one of the {len(made):,} records since, so that none was taken back; look for "
                    "it in the log, and correct what is wrong there.",
                    mine=error.mine,
                    theirs=error.theirs,
                ) from error
            if one.version == 1:
                now.append(journal.supersede(old, old.value, action="withdraw", state=WITHDRAWN))
            else:
                now.append(amend(journal, old, earlier[one.record], today=ledger.today()))
    return tuple(now)


def _find_before(ledger: Ledger, stored: Stored[Any]) -> Any:
    versions = list_versions(ledger, entity_of(stored.value), stored.record)
    return next(one.value for one in versions if one.version == stored.version - 1)
