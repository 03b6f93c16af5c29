"""Taking back the last change of a record: one more line in the ledger, never a line less.

An entry that should not have been is withdrawn; a correction is followed by the version before it; a record that was
withdrawn by mistake is entered anew, because a withdrawn reference stays withdrawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hotspots.pipeline.operation_entry import Editing, remove_record, save_record
from hotspots.record_values import entity_of
from hotspots.store.ledger import list_versions

if TYPE_CHECKING:
    from hotspots.schemas_ledger import Stored
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
    before = next(one for one in list_versions(ledger, entity, stored.record) if one.version == stored.version - 1)
    return save_record(ledger, before.value, by=by, editing=editing, reason=REASON)
