"""What people type into forms, as records of the ledger, one at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from hotspots.activity_kinds import read_quantity
from hotspots.errors import InputError
from hotspots.pipeline.operation_area import read_polygon
from hotspots.record_dates import RecordDate, parse_record_date
from hotspots.record_values import read_phase
from hotspots.schemas_ledger import Activity
from hotspots.schemas_operations import (
    Figure,
    Milestone,
    Operation,
    OperationArea,
    PhaseWindow,
    Status,
    Target,
)
from hotspots.store.ledger import add, correct, list_versions, withdraw
from hotspots.store.ledger.opening import PUBLISHED
from hotspots.terms import slug

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hotspots.activity_kinds import KindTable
    from hotspots.schemas_ledger import Record, Stored
    from hotspots.store.ledger import Ledger

FIELDS = ("date", "kind", "quantity", "phase", "partner", "place", "ward_code", "note", "source")
"""What a form or a row of the grid gives of an activity, each as text."""
MAX_AUTHOR = 80
_ANY_SOURCE = "published record"


@dataclass(frozen=True)
class Editing:
    """The record that an editor opened: its reference, and the version that was on the screen."""

    record: str
    version: int


def is_read_only(stored: Stored[Any]) -> bool:
    """Tell whether a record was carried by the program with its published source, and is shown and not corrected."""
    return stored.recorded_by == PUBLISHED


def check_author(text: str) -> str:
    """Return who writes.

    Raises
    ------
    InputError
        If the field is empty or too long.
    """
    author = " ".join(text.split())
    if not author:
        raise InputError("Say who you are first: give your name or role at the top of this page, for the log.")
    if len(author) > MAX_AUTHOR or not author.isprintable():
        raise InputError(f"Your name or role is too long; shorten it to {MAX_AUTHOR} characters.")
    if author.casefold() == _ANY_SOURCE:
        raise InputError("That name stands for what the program carries; give your own name or role.")
    return author


def build_activity(kinds: KindTable, operation: str, fields: Mapping[str, str]) -> Activity:
    """Read an activity from text; a date may be a day, a month or a year, and a quantity may begin with “over”.

    Raises
    ------
    InputError
        The message says which field, what is wrong and what to do.
    """
    values, problem = read_activity(kinds, operation, fields)
    if values is None:
        raise InputError(problem[1] if problem else "The activity cannot be read.")
    return values


def read_activity(
    kinds: KindTable, operation: str, fields: Mapping[str, str]
) -> tuple[Activity | None, tuple[str, str] | None]:
    """Read an activity from text, or say which field is wrong, and how; see :func:`build_activity`."""
    column = "date"
    try:
        when = _read_date(fields.get("date", ""), "date of the activity")
        column = "kind"
        if not fields.get("kind", "").strip():
            raise InputError("Say what was done: choose a kind of activity.")  # noqa: TRY301 - one way out for all
        kind = kinds.find(fields["kind"])
        column = "quantity"
        if not fields.get("quantity", "").strip():
            raise InputError(f"Give how many or how much: {kind.label.casefold()} need a quantity.")  # noqa: TRY301 - one door turns every refusal into a sentence
        quantity, at_least = read_quantity(kind, fields["quantity"])
        column = "phase"
        phase = read_phase(fields.get("phase", ""))
        column = "note"
        return Activity(
            operation=operation,
            date=when,
            kind=kind.code,
            quantity=quantity,
            unit=kind.unit,
            at_least=at_least,
            phase=phase,
            phase_chosen=phase is not None,
            partner=fields.get("partner", "").strip(),
            place=fields.get("place", "").strip(),
            ward_code=fields.get("ward_code", "").strip().upper(),
            note=fields.get("note", "").strip(),
            source=fields.get("source", "").strip(),
        ), None
    except InputError as error:
        return None, (column, str(error))


def save_record(
    ledger: Ledger, value: Record, *, by: str, editing: Editing | None = None, reason: str = ""
) -> Stored[Any]:
    """Enter a record, or correct the one that the editor opened; the earlier version stays.

    Raises
    ------
    ConflictError
        If somebody else has corrected it since it was opened; the error holds both versions.
    InputError
        If it breaks a rule of its operation.
    StoreError
        If the database fails; nothing is kept then.
    """
    author = check_author(by)
    if editing is None:
        return add(ledger, value, by=author, reason=reason)
    if isinstance(value, Activity):
        old = list_versions(ledger, "activity", editing.record)
        if old:
            value = replace(value, origin=old[-1].value.origin)
    return correct(ledger, value, record=editing.record, version=editing.version, by=author, reason=reason)


def remove_record(ledger: Ledger, entity: str, editing: Editing, *, by: str, reason: str) -> Stored[Any]:
    """Take a record out of all counts, with a reason; it stays in the ledger and in the log.

    Raises
    ------
    ConflictError, InputError, StoreError
        As for :func:`save_record`; a reason must be given.
    """
    return withdraw(ledger, entity, editing.record, version=editing.version, by=check_author(by), reason=reason)


def build_window(operation: str, fields: Mapping[str, str]) -> PhaseWindow:
    """Read a phase window from text.

    Raises
    ------
    InputError
        If a date cannot be read, there is no start, or it ends before it starts.
    """
    phase = read_phase(fields.get("phase", ""))
    if phase is None:
        raise InputError("Choose the phase: clear, hold or build.")
    dates = {
        name: _read_date(text, name.replace("_", " ")) if (text := fields.get(name, "").strip()) else None
        for name in ("planned_start", "planned_end", "start", "end")
    }
    return PhaseWindow(operation=operation, phase=phase, note=fields.get("note", "").strip(), **dates)


def build_target(kinds: KindTable, operation: str, fields: Mapping[str, str]) -> Target:
    """Read a target from text.

    Raises
    ------
    InputError
        If a field is missing or cannot be read, or the target is nothing.
    """
    if not fields.get("kind", "").strip():
        raise InputError("Say what is to be reached: choose a kind of activity.")
    kind = kinds.find(fields["kind"])
    phase = read_phase(fields.get("phase", ""))
    if phase is None:
        raise InputError("Choose the phase in which the target counts: clear, hold or build.")
    if not fields.get("quantity", "").strip():
        raise InputError(f"Give how many or how much: a target for {kind.label.casefold()} needs a quantity.")
    quantity, at_least = read_quantity(kind, fields["quantity"])
    if at_least:
        raise InputError("A target is a plain number; leave out “over”.")
    if not quantity:
        raise InputError("A target of 0 is reached before it is set; give more than 0.")
    by = _read_date(fields.get("by", ""), "day by which the target is to be reached")
    return Target(operation, kind.code, phase, quantity, kind.unit, by.last, fields.get("note", "").strip())


def build_milestone(kinds: KindTable, operation: str, fields: Mapping[str, str]) -> Milestone:
    """Read a published statement from text; its figures stand one a line, as in “arrests: over 500”.

    Raises
    ------
    InputError
        If a field is missing or a figure cannot be read; the message quotes the line.
    """
    if not fields.get("statement", "").strip():
        raise InputError("Give the statement in the words in which it was published.")
    figures = []
    for line in fields.get("figures", "").splitlines():
        if not line.strip():
            continue
        name, colon, amount = line.partition(":")
        if not colon:
            raise InputError(
                f"“{line.strip()[:60]}” is not a figure; write kind, colon, number, as in arrests: over 500."
            )
        kind = kinds.find(name.strip())
        quantity, at_least = read_quantity(kind, amount)
        figures.append(Figure(kind.code, quantity, kind.unit, at_least))
    return Milestone(
        operation=operation,
        as_at=_read_date(fields.get("as_at", ""), "date to which the statement runs"),
        label=fields.get("label", "").strip() or "Statement",
        statement=fields["statement"].strip(),
        source=fields.get("source", "").strip(),
        url=fields.get("url", "").strip(),
        figures=tuple(figures),
        note=fields.get("note", "").strip(),
    )


def write_figures(milestone: Milestone) -> str:
    """Write a statement's figures in the form that :func:`build_milestone` reads."""
    return "\n".join(
        f"{figure.kind}: {'over ' if figure.at_least else ''}{figure.quantity:,f}" for figure in milestone.figures
    )


def build_operation(fields: Mapping[str, Any]) -> Operation:
    """Read an operation from text; without a code, one is made of its name.

    Raises
    ------
    InputError
        If a field is missing or cannot be read.
    """
    name = fields.get("name", "").strip()
    if not name:
        raise InputError("The operation has no name; give one.")
    groups = fields.get("crime_groups", "").strip()
    if groups and not groups.isdecimal():
        raise InputError(f"“{groups[:20]}” is not a number of crime groups; give a whole number, never names.")
    started = fields.get("started", "").strip()
    wards = tuple(fields.get("ward_codes", ()))
    polygon = fields.get("polygon", "").strip()
    area_code = fields.get("area_code", "")
    if not (wards or polygon or area_code):
        raise InputError("Say where the operation works: choose a named area or wards, or give a polygon.")
    return Operation(
        code=fields.get("code", "").strip() or slug(name),
        name=name,
        area=OperationArea(
            name=fields.get("area_name", "").strip() or name,
            area_code=area_code,
            ward_codes=wards,
            polygon=read_polygon(polygon) if polygon else "",
        ),
        brand=fields.get("brand", "").strip(),
        lead_force=fields.get("lead_force", "").strip(),
        lead_unit=fields.get("lead_unit", "").strip(),
        crime_groups=int(groups) if groups else None,
        status=Status(fields["status"]) if fields.get("status") else None,
        aims=fields.get("aims", "").strip(),
        started=_read_date(started, "start") if started else None,
        note=fields.get("note", "").strip(),
        source=fields.get("source", "").strip(),
    )


def _read_date(text: str, what: str) -> RecordDate:
    if not text.strip():
        raise InputError(f"Give the {what}, such as 5 October 2020, or October 2020 when the day is not known.")
    return parse_record_date(text)


def safe_name(name: str) -> str:
    """Return the last part of an uploaded file's name, printable and short, for messages and the log."""
    last = PurePath(name.replace("\\", "/")).name
    return "".join(char for char in last if char.isprintable()).lstrip(".")[-120:] or "upload"
