"""Who may do what, and who did: the file of roles in words, and the log of accesses."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from hotspots.access import ROLE_NAMES, Action, require
from hotspots.pipeline.operations import open_operations
from hotspots.settings import EMBEDDED_AREAS
from hotspots.sources.roles import RoleEntry, RoleTable, read_roles
from hotspots.store.areas import list_areas
from hotspots.store.boundaries import read_active
from hotspots.store.ledger import list_accesses, note_access

if TYPE_CHECKING:
    from hotspots.settings import Settings

NOT_GUARDED = "No file of roles: whoever sits at this machine is administrator."


@dataclass(frozen=True)
class RoleReport:
    """Who has which role.

    Attributes
    ----------
    table
        What the file says; None when there is none.
    notes
        What cannot be right.
    """

    table: RoleTable | None
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Write the report as the command prints it."""
        people = self.table.people if self.table else ()
        return {
            "people": [
                {"name": one.name, "role": one.role.value if one.role else "none", "areas": list(one.areas)}
                for one in people
            ],
            "notes": list(self.notes),
        }

    def to_text(self) -> str:
        """Write the report as people read it in a terminal."""
        people = self.table.people if self.table else ()
        lines = [f"{one.name:<32} {name_role(one):<20} {', '.join(one.areas)}".rstrip() for one in people]
        return "\n".join([*lines, *self.notes])


def name_role(entry: RoleEntry) -> str:
    """Say what a person of the file is."""
    return ROLE_NAMES[entry.role] if entry.role else "not let in"


def describe_roles(settings: Settings) -> RoleReport:
    """Say who has which role, and which areas of the file are neither named areas nor wards.

    Raises
    ------
    AccessError
        If the person is no administrator.
    InputError
        If the file cannot be used.
    """
    require(settings.person, Action.ADMINISTER)
    if settings.roles_file is None:
        return RoleReport(None, (NOT_GUARDED,))
    table = read_roles(settings.roles_file)
    known = {area.code for area in list_areas(settings.areas_file or EMBEDDED_AREAS)}
    known |= set(read_active(settings).codes)
    notes = []
    given = [(entry.name, entry.areas) for entry in table.people] + list(table.areas.items())
    for name, areas in given:
        notes += [
            f"{name}: “{code}” is neither a named area nor a ward that is loaded, and so grants nothing."
            for code in areas
            if code not in known
        ]
    return RoleReport(table, tuple(notes))


def export_accesses(settings: Settings) -> list[dict[str, Any]]:
    """List the whole log of accesses, earliest first; that it was taken out stands in it from then on.

    Raises
    ------
    AccessError
        If the person is no administrator.
    StoreError
        If the database fails.
    """
    require(settings.person, Action.ADMINISTER)
    ledger = open_operations(settings, create=settings.is_guarded)
    try:
        lines = list_accesses(ledger, limit=None)
        note_access(ledger, Action.EXPORT, "audit/accesses")
    finally:
        ledger.close()
    return [asdict(line) for line in reversed(lines)]
