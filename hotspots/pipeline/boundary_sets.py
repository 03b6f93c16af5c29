"""Sets of boundaries that were in force: listed for everybody, put in force again by whoever may load data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotspots.access import Action, require
from hotspots.store import boundaries as store
from hotspots.store.boundary_sets import BoundarySet, find_set, list_sets, restore_set

if TYPE_CHECKING:
    from hotspots.settings import Settings

__all__ = ["BoundarySet", "find_set", "list_sets", "reset_boundaries", "roll_back_boundaries"]


def roll_back_boundaries(settings: Settings, name: str | None = None) -> tuple[BoundarySet, BoundarySet]:
    """Put an earlier set in force again; by default the one before. Return what was in force, and what is now.

    Raises
    ------
    AccessError
        If the person may not load data.
    InputError
        If there is no such set.
    StoreError
        If it cannot be read or written.
    """
    require(settings.person, Action.LOAD)
    return restore_set(settings, name)


def reset_boundaries(settings: Settings) -> bool:
    """Go back to the embedded boundaries; tell whether there were others, which stay readable.

    Raises
    ------
    AccessError
        If the person may not load data.
    StoreError
        If they cannot be removed.
    """
    require(settings.person, Action.LOAD)
    return store.reset(settings)
