"""Undo: the button beside “Saved” and “Withdrawn”, good until the next change or another page."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from hotspots.errors import HotspotsError
from hotspots.pipeline.operation_log import describe_values
from hotspots.pipeline.operation_undo import undo_change, undo_changes
from hotspots.record_values import entity_of, to_values
from hotspots.ui.author import author
from hotspots.ui.ledger import current_kinds, open_for_writing
from hotspots.ui.operation_panels import flash
from hotspots.views.wording import write_count

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hotspots.schemas_ledger import Activity, Stored
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


def offer_undo_of_all(
    settings: Settings, made: Sequence[Stored[Activity]], then: Callable[[], None]
) -> Callable[[], None]:
    """Return what takes back all changes that were saved together and then calls `then`; to be called in a callback."""
    return partial(_undo_all, settings, made, then)


def _undo_all(settings: Settings, made: Sequence[Stored[Activity]], then: Callable[[], None]) -> None:
    try:
        now = undo_changes(open_for_writing(settings), made, by=author())
    except HotspotsError as error:
        flash("This was not undone", str(error), wrong=True)
        return
    gone = sum(one.state == "withdrawn" for one in now)
    back = len(now) - gone
    said = [f"{write_count(gone, 'record')} no longer {'counts' if gone == 1 else 'count'}"] if gone else []
    said += [f"{write_count(back, 'record')} {'says' if back == 1 else 'say'} again what stood before"] if back else []
    flash("Undone", f"{'; '.join(said)}. All changes stay in the audit log.")
    then()
