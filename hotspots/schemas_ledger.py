"""Activities, and how the ledger keeps a record: versions, audit lines, rows of a file on their way in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from hotspots.schemas_operations import (
    MAX_NAME,
    MAX_NOTE,
    Milestone,
    Operation,
    PhaseWindow,
    Target,
    check_text,
    check_ward_code,
)

if TYPE_CHECKING:
    from decimal import Decimal

    from hotspots.record_dates import RecordDate
    from hotspots.terms import Phase


class Origin(StrEnum):
    """How an activity came into the ledger."""

    ENTERED = "entered"
    IMPORTED = "imported"
    DERIVED = "derived"


_TEXTS = (("partner", MAX_NAME), ("place", MAX_NAME), ("note", MAX_NOTE), ("source", MAX_NOTE))


@dataclass(frozen=True)
class Activity:
    """Something that was done, counted.

    Attributes
    ----------
    operation
        Code of the operation.
    date
        As exactly as is known.
    kind
        Code of a kind.
    quantity, unit
        How much, in the kind's own unit.
    at_least
        True when the quantity is a lower bound (“over 500”).
    phase
        The phase in which it counts; None while it lies in none.
    phase_chosen
        True when a person chose the phase; False when it follows the date.
    partner
        Unit or partner that did it.
    place, ward_code
        Where, as a place name or an ONS ward code; both may be empty.
    note, source
        Plain text, and the document it is taken from.
    origin
        Entered, imported, or derived from published data.
    """

    operation: str
    date: RecordDate
    kind: str
    quantity: Decimal
    unit: str
    at_least: bool = False
    phase: Phase | None = None
    phase_chosen: bool = False
    partner: str = ""
    place: str = ""
    ward_code: str = ""
    note: str = ""
    source: str = ""
    origin: Origin = Origin.ENTERED

    def __post_init__(self) -> None:
        """Check text and ward code, without blanks around; quantities are checked where the kinds are known.

        Raises
        ------
        InputError
            If a field cannot be used.
        """
        for name, limit in _TEXTS:
            if text := getattr(self, name):
                if text[0].isspace() or text[-1].isspace():
                    object.__setattr__(self, name, text.strip())
                check_text(name, text, limit=limit)
        if self.ward_code:
            check_ward_code(self.ward_code)

    def in_phase(self, phase: Phase | None) -> Activity:
        """Return the activity in the phase that follows from its date; checked once, it is not checked again."""
        moved = object.__new__(Activity)
        moved.__dict__.update(self.__dict__, phase=phase, phase_chosen=False)
        return moved


Record = Operation | PhaseWindow | Activity | Target | Milestone
"""Whatever the ledger keeps."""
R = TypeVar("R", Operation, PhaseWindow, Activity, Target, Milestone)


@dataclass(frozen=True)
class Stored(Generic[R]):
    """One version of a record, as the ledger keeps it.

    Attributes
    ----------
    value
        What is recorded.
    record
        Its lasting reference.
    version
        1 for the first; each correction is one more.
    state
        ``current``, ``superseded`` or ``withdrawn``.
    recorded_by, recorded_at
        Who wrote this version, and when (UTC, ISO 8601).
    """

    value: R
    record: str
    version: int
    state: str
    recorded_by: str
    recorded_at: str


@dataclass(frozen=True)
class AuditEntry:
    """One line of the audit log.

    Attributes
    ----------
    seq
        Its number, without gaps.
    at, actor, action
        When (UTC, ISO 8601), who, and what: ``add``, ``correct``, ``withdraw``, ``follow`` (a phase that follows its
        window) or ``restore``.
    entity, record, version, operation
        Which record.
    before, after
        The record before and after, as plain values; None where there is none.
    reason
        Why, or from which file.
    """

    seq: int
    at: str
    actor: str
    action: str
    entity: str
    record: str
    version: int
    operation: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str


@dataclass(frozen=True)
class RowProblem:
    """What is wrong with one row of a file.

    Attributes
    ----------
    row
        Its number in the file, the heading being row 1; 0 for the file as a whole.
    column
        Name of the column; empty for the row as a whole.
    message
        One sentence: what is wrong and what to do.
    part
        What is numbered: ``row``, or in a JSON document ``phase``, ``target``, ``milestone`` or ``activity``.
    """

    row: int
    column: str
    message: str
    part: str = "row"

    def __str__(self) -> str:
        """Write where, then what."""
        where = [f"{self.part} {self.row:,}"] if self.row else []
        where += [f"column {self.column}"] if self.column else []
        return f"{', '.join(where)}: {self.message}" if where else self.message


@dataclass(frozen=True)
class Incoming(Generic[R]):
    """A record on its way into the ledger.

    Attributes
    ----------
    value
        What to record.
    row
        Its number in the file, for messages.
    record, version
        Reference and version that it corrects, when the file says so; empty and None for a new record.
    """

    value: R
    row: int = 0
    record: str = ""
    version: int | None = None


@dataclass(frozen=True)
class OperationDocument:
    """Everything about one operation, as one JSON document holds it.

    Attributes
    ----------
    operation, phases, targets, milestones, activities
        Each with its reference and version, when the document says so.
    """

    operation: Incoming[Operation]
    phases: tuple[Incoming[PhaseWindow], ...] = ()
    targets: tuple[Incoming[Target], ...] = ()
    milestones: tuple[Incoming[Milestone], ...] = ()
    activities: tuple[Incoming[Activity], ...] = ()
