"""Operations, their phases, targets and milestones: frozen records, each checked at the door.

Counts only: no record has a field for a person, except who wrote it down.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from hotspots.errors import InputError

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from hotspots.record_dates import RecordDate
    from hotspots.terms import Phase

MAX_NAME = 200
MAX_NOTE = 4000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_WARD = re.compile(r"[A-Z]\d{8}")
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Status(StrEnum):
    """Where an operation stands."""

    PLANNED = "planned"
    ACTIVE = "active"
    CLOSED = "closed"


def check_text(what: str, text: str, *, limit: int = MAX_NAME) -> None:
    """Refuse text that is too long or holds control characters.

    Raises
    ------
    InputError
        The message names the field.
    """
    if len(text) > limit:
        raise InputError(f"The {what} has {len(text):,} characters; shorten it to {limit:,}.")
    if not text.isprintable() and _CONTROL.search(text):
        raise InputError(f"The {what} holds a control character; type it again without.")


def check_ward_code(code: str) -> None:
    """Refuse what is not of the form of an ONS ward code.

    Raises
    ------
    InputError
        If it is not a letter and eight digits.
    """
    if not _WARD.fullmatch(code):
        raise InputError(f"“{code[:20]}” is not a ward code; write the ONS code, such as E05009126.")


@dataclass(frozen=True)
class OperationArea:
    """Where an operation works: a named area, wards, or a drawn polygon.

    Attributes
    ----------
    name
        For people.
    area_code
        Code of a named union of wards; empty when it is none.
    ward_codes
        ONS codes of wards.
    polygon
        GeoJSON geometry (Polygon or MultiPolygon, WGS 84, EPSG:4326) as text; empty when it is none.
    """

    name: str
    area_code: str = ""
    ward_codes: tuple[str, ...] = ()
    polygon: str = ""

    def __post_init__(self) -> None:
        """Check that exactly one form of area is given, and its codes or coordinates.

        Raises
        ------
        InputError
            If there is no name, none or more than one form, or the form is unusable.
        """
        check_text("area's name", self.name)
        if not self.name.strip():
            raise InputError("The area has no name; give one, such as Ashington.")
        if (bool(self.area_code) + bool(self.ward_codes) + bool(self.polygon)) != 1:
            raise InputError(f"The area {self.name} needs one of a named area, ward codes or a polygon; give one.")
        for code in self.ward_codes:
            check_ward_code(code)
        if self.polygon:
            _check_polygon(self.name, self.polygon)


def _check_polygon(name: str, text: str) -> None:
    try:
        geometry = json.loads(text)
        polygons = {"Polygon": lambda value: [value], "MultiPolygon": list}[geometry["type"]](geometry["coordinates"])
        rings = [ring for polygon in polygons for ring in polygon]
        closed = all(len(ring) >= 4 and ring[0] == ring[-1] for ring in rings)  # noqa: PLR2004 - a triangle, closed
        points = [(float(point[0]), float(point[1])) for ring in rings for point in ring]
    except (ValueError, TypeError, KeyError, IndexError):
        closed, points = False, []
    if not closed or not points:
        raise InputError(f"The area {name} is not a GeoJSON polygon with closed rings; draw or export it again.")
    from hotspots.crs import GREAT_BRITAIN  # noqa: PLC0415 - numpy is needed for a drawn polygon only

    west, south, east, north = GREAT_BRITAIN
    for lon, lat in points:
        if not (west <= lon <= east and south <= lat <= north):
            raise InputError(
                f"The area {name} has a corner at {lon:g}, {lat:g}, outside Great Britain; give longitude, then "
                "latitude, in degrees."
            )


@dataclass(frozen=True)
class Operation:
    """A Clear, Hold, Build operation.

    Attributes
    ----------
    code
        Its lasting identity in files and addresses, such as ``momentum``.
    name, brand
        What it is called, and the name under which residents know it.
    area
        Where it works.
    lead_force, lead_unit
        Who leads.
    crime_groups
        How many organised crime groups it targets: a number, never names; None when not stated.
    status
        Planned, active or closed; None when not stated.
    aims, note, source
        Plain text.
    started
        When it began, as exactly as is known; activities before it are refused.
    """

    code: str
    name: str
    area: OperationArea
    brand: str = ""
    lead_force: str = ""
    lead_unit: str = ""
    crime_groups: int | None = None
    status: Status | None = None
    aims: str = ""
    started: RecordDate | None = None
    note: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        """Check the fields.

        Raises
        ------
        InputError
            If one cannot be used.
        """
        if not _CODE.fullmatch(self.code) or len(self.code) > 60:  # noqa: PLR2004 - as wide as the column
            raise InputError(f"“{self.code[:60]}” is not a code; write lower-case letters, digits and hyphens.")
        if not self.name.strip():
            raise InputError(f"The operation {self.code} has no name; give one.")
        for what in ("name", "brand", "lead_force", "lead_unit", "source"):
            check_text(what.replace("_", " "), getattr(self, what))
        check_text("aims", self.aims, limit=MAX_NOTE)
        check_text("note", self.note, limit=MAX_NOTE)
        if self.crime_groups is not None and not 0 <= self.crime_groups <= 1000:  # noqa: PLR2004 - a slip beyond it
            raise InputError(f"The operation {self.name} targets {self.crime_groups} crime groups; give 0 to 1,000.")


@dataclass(frozen=True)
class PhaseWindow:
    """A stretch of time in which an operation clears, holds or builds; windows may overlap and repeat.

    Attributes
    ----------
    operation
        Code of the operation.
    phase
        Clear, hold or build.
    planned_start, planned_end, start, end
        Planned and actual dates; an open end is None.
    note
        Plain text.
    """

    operation: str
    phase: Phase
    planned_start: RecordDate | None = None
    planned_end: RecordDate | None = None
    start: RecordDate | None = None
    end: RecordDate | None = None
    note: str = ""

    def __post_init__(self) -> None:
        """Check the order of the dates.

        Raises
        ------
        InputError
            If the window has no start or ends before it starts.
        """
        check_text("note", self.note, limit=MAX_NOTE)
        if self.planned_start is None and self.start is None:
            raise InputError(f"The {self.phase} phase has no start; give its planned or actual start.")
        if self.end is not None and self.start is None:
            raise InputError(f"The {self.phase} phase has an end but no start; give its actual start.")
        for what, start, end in (
            ("is planned to end", self.planned_start, self.planned_end),
            ("ends", self.start, self.end),
        ):
            if start is not None and end is not None and end.last < start.first:
                raise InputError(
                    f"The {self.phase} phase {what} in {end.name()}, before it starts ({start.name()}); swap the two."
                )

    @property
    def window(self) -> tuple[date, date | None]:
        """First and last day: the actual dates once it has started, else the planned; None is open-ended."""
        if self.start is not None:
            return self.start.first, self.end.last if self.end else None
        if self.planned_start is None:  # pragma: no cover - refused at the door
            raise InputError(f"The {self.phase} phase has no start.")
        return self.planned_start.first, self.planned_end.last if self.planned_end else None

    @property
    def bounds(self) -> tuple[RecordDate, RecordDate | None]:
        """Start and end as they were written: actual once it has started, else planned."""
        if self.start is not None:
            return self.start, self.end
        if self.planned_start is None:  # pragma: no cover - refused at the door
            raise InputError(f"The {self.phase} phase has no start.")
        return self.planned_start, self.planned_end


@dataclass(frozen=True)
class Target:
    """What an operation means to reach.

    Attributes
    ----------
    operation
        Code of the operation.
    kind, phase
        What, and in which phase.
    quantity, unit
        How much, in the kind's own unit.
    by
        The day by which.
    note
        Plain text.
    """

    operation: str
    kind: str
    phase: Phase
    quantity: Decimal
    unit: str
    by: date
    note: str = ""

    def __post_init__(self) -> None:
        """Check the note.

        Raises
        ------
        InputError
            If it cannot be used.
        """
        check_text("note", self.note, limit=MAX_NOTE)


@dataclass(frozen=True)
class Figure:
    """A number in a published statement, cumulative up to the statement's date.

    Attributes
    ----------
    kind
        Code of a kind.
    quantity, unit
        How much, in the kind's own unit.
    at_least
        True when the statement says “over”.
    """

    kind: str
    quantity: Decimal
    unit: str
    at_least: bool = False


@dataclass(frozen=True)
class Milestone:
    """A published statement of what had been reached at a date, with its source.

    Attributes
    ----------
    operation
        Code of the operation.
    as_at
        The date to which the figures run, as exactly as is known.
    label
        Such as ``12 months``.
    statement
        In plain words.
    source, url
        Who published it, and where it can be read.
    figures
        Its numbers, each cumulative since the operation began.
    note
        What a reader must know about it.
    """

    operation: str
    as_at: RecordDate
    label: str
    statement: str
    source: str
    url: str = ""
    figures: tuple[Figure, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        """Check text, source and address.

        Raises
        ------
        InputError
            If one cannot be used.
        """
        check_text("label", self.label)
        for what in ("statement", "source", "note"):
            check_text(what, getattr(self, what), limit=MAX_NOTE)
        if not self.source.strip():
            raise InputError(f"The milestone “{self.label}” has no source; say who published it.")
        if self.url and not re.fullmatch(r"https?://[^\s<>\"]{1,500}", self.url):
            raise InputError(f"The milestone “{self.label}” has the address “{self.url[:60]}”; write https://…")
        kinds = [figure.kind for figure in self.figures]
        if len(set(kinds)) != len(kinds):
            raise InputError(f"The milestone “{self.label}” gives one kind twice; keep one figure of each kind.")
