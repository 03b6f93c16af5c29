"""The error family: whatever a user can cause is one of these, and its text is one clear sentence."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class HotspotsError(Exception):
    """Base of all errors whose message may be shown to a user as it stands."""


class InputError(HotspotsError):
    """A file, option or address that the user gave cannot be used; the message says what, where and what to do."""


class UnknownNameError(InputError):
    """A name is not known; the message suggests the nearest known ones."""

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        known = list(known)
        by_folded = {candidate.casefold(): candidate for candidate in known}
        near = difflib.get_close_matches(name.casefold(), list(by_folded), n=3, cutoff=0.6)
        if near:
            advice = "Did you mean " + " or ".join(by_folded[match] for match in near) + "?"
        elif known and len(known) <= 12:  # noqa: PLR2004 - a list that still reads as one sentence
            advice = "Known: " + ", ".join(known) + "."
        else:
            advice = "Check the spelling, or use its code."
        super().__init__(f"There is no {what} called “{name}”. {advice}")
        self.name = name


class StoreError(HotspotsError):
    """The data home cannot be read or written; what was stored before is untouched."""


class AccessError(HotspotsError):
    """Somebody may not do this; the message says why, and whom to ask. Nothing was read, written or sent."""


class ConflictError(StoreError):
    """Somebody else corrected the record first; both versions are here for the second editor to choose from."""

    def __init__(self, message: str, *, mine: object, theirs: object) -> None:
        super().__init__(message)
        self.mine = mine
        self.theirs = theirs
