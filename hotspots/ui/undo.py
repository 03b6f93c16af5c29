"""Undo: the button beside “Saved” and “Withdrawn”, good until the next change or another page."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from hotspots.errors import HotspotsError
from hotspots.pipeline.operation_log import describe_values
from hotspots.pipeline.operation_undo import undo_change
from hotspots.record_values import entity_of, to_values
from hotspots.ui.author import author
from hotspots.ui.ledger import current_kinds, open_for_writing
from hotspots.ui.operation_panels import flash

if TYPE_CHECKING:
    from collections.abc import Callable

    from hotspots.schemas_ledger import Stored
    from hotspots.settings import Settings


def offer_undo(settings: Settings, stored: Stored[Any]) -> Callable[[], None]:
    """Return what takes back the change that made this version; to be called in a callback."""
    return partial(_undo, settings, stored)


def _undo(settings: Settings, stored: Stored[Any]) -> None:
    try:
        now = undo_change(open_for_writing(settings), stored, by=author())
        said = describe_values(entity_of(now.value), to_values(now.value), current_kinds(settings))
    except HotspotsError as error:
        flash("This was not undone", str(error), wrong=True)
        return
    state = "This no longer counts" if now.state == "withdrawn" else "This counts again"
    flash("Undone", f"{state}: {said.rstrip('.')}. Both changes stay in the audit log.")
