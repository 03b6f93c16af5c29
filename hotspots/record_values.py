"""Records as plain values, for JSON and the audit log, and back again.

A field at its default is left out, so that a record has one form and a later field changes no earlier line.
"""

from __future__ import annotations

import json
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from hotspots.activity_kinds import DECIMALS, check_quantity, plain_decimal
from hotspots.errors import InputError, UnknownNameError
from hotspots.record_dates import RecordDate, parse_record_date
from hotspots.schemas_ledger import Activity, Origin
from hotspots.schemas_operations import Figure, Milestone, Operation, OperationArea, PhaseWindow, Status, Target
from hotspots.terms import Phase

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from enum import StrEnum

    from hotspots.activity_kinds import KindTable
    from hotspots.schemas_ledger import Record

ENTITIES: dict[str, type[Record]] = {
    "operation": Operation,
    "phase": PhaseWindow,
    "activity": Activity,
    "target": Target,
    "milestone": Milestone,
}
T = TypeVar("T")
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False)
_ENTITY_OF = {kind: name for name, kind in ENTITIES.items()}


def entity_of(value: Record) -> str:
    """Return the name under which the ledger keeps a record: ``activity``, ``phase`` and so on."""
    return _ENTITY_OF[type(value)]


def operation_of(value: Record) -> str:
    """Return the code of the operation that a record belongs to."""
    return value.code if isinstance(value, Operation) else value.operation


def number(quantity: Decimal) -> int | float:
    """Return a quantity as a JSON number, whole where it is whole; exact, because it has at most three decimals."""
    return int(quantity) if quantity == quantity.to_integral_value() else float(quantity)


def write_json(values: Any) -> str:
    """Write values in the one canonical form that audit lines are hashed in."""
    return _ENCODER.encode(values)


def to_values(value: Record) -> dict[str, Any]:
    """Turn a record into plain values."""
    match value:
        case Activity():
            return _activity_values(value)
        case Operation():
            values = _plain(value, ("code", "name", "brand", "lead_force", "lead_unit", "crime_groups", "status"))
            values |= _plain(value, ("aims", "note", "source")) | _dates(value, ("started",))
            return values | {"area": _plain(value.area, ("name", "area_code", "ward_codes", "polygon"))}
        case PhaseWindow():
            return _plain(value, ("operation", "phase", "note")) | _dates(
                value, ("planned_start", "planned_end", "start", "end")
            )
        case Target():
            values = _plain(value, ("operation", "kind", "phase", "unit", "note"))
            return values | {"quantity": number(value.quantity), "by": value.by.isoformat()}
        case Milestone():
            values = _plain(value, ("operation", "label", "statement", "source", "url", "note")) | _dates(
                value, ("as_at",)
            )
            return values | {"figures": [figure_values(figure) for figure in value.figures]}


def figure_values(figure: Figure) -> dict[str, Any]:
    """Turn a published figure into plain values."""
    return {
        "kind": figure.kind,
        "quantity": number(figure.quantity),
        "unit": figure.unit,
        "at_least": figure.at_least,
    }


def _activity_values(value: Activity) -> dict[str, Any]:
    values: dict[str, Any] = {
        "operation": value.operation,
        "date": value.date.format(),
        "kind": value.kind,
        "quantity": number(value.quantity),
        "unit": value.unit,
        "origin": value.origin.value,
    }
    if value.phase is not None:
        values |= {"phase": value.phase.value, "phase_chosen": value.phase_chosen}
    for name in ("at_least", "partner", "place", "ward_code", "note", "source"):
        if kept := getattr(value, name):
            values[name] = kept
    return values


def _plain(value: object, names: tuple[str, ...]) -> dict[str, Any]:
    values = {}
    for name in names:
        item = getattr(value, name)
        if item is not None and item not in ("", ()):
            values[name] = list(item) if isinstance(item, tuple) else getattr(item, "value", item)
    return values


def _dates(value: object, names: tuple[str, ...]) -> dict[str, str]:
    return {name: item.format() for name in names if (item := getattr(value, name)) is not None}


class Reader:
    """Reads one record out of plain values; each message names the field.

    Parameters
    ----------
    values
        As :func:`to_values` gives them, with whatever a person has written instead.
    where
        What the message begins with, such as ``momentum.json, activity 3``.
    known
        Fields that may stand there.
    """

    def __init__(self, values: Any, where: str, known: tuple[str, ...]) -> None:
        if not isinstance(values, dict):
            raise InputError(f"{where} is not an object; write its fields in braces.")
        for name in values:
            if name not in known:
                raise UnknownNameError(f"field in {where}", name, known)
        self.values: Mapping[str, Any] = values
        self.where = where

    def text(self, name: str, *, required: bool = False) -> str:
        """Read text; empty when it is not there."""
        value = self.values.get(name, "")
        if not isinstance(value, str) or (required and not value.strip()):
            raise InputError(f"{self.where}: {name} {'is missing' if not value else 'is not text'}; give it as text.")
        return value.strip()

    def flag(self, name: str) -> bool:
        """Read true or false; false when it is not there."""
        value = self.values.get(name, False)
        if not isinstance(value, bool):
            raise InputError(f"{self.where}: {name} is “{value}”; write true or false.")
        return value

    def whole(self, name: str) -> int | None:
        """Read a whole number; None when it is not there."""
        value = self.values.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise InputError(f"{self.where}: {name} is “{value}”; write a whole number.")
        return value

    def date(self, name: str) -> RecordDate | None:
        """Read a date as exactly as it is known; None when it is not there."""
        text = self.text(name)
        return self._named(name, parse_record_date, text) if text else None

    def needed_date(self, name: str) -> RecordDate:
        """Read a date that must be there."""
        return self._named(name, parse_record_date, self.text(name, required=True))

    def choice(self, name: str, kind: type[StrEnum]) -> Any:
        """Read one of a few words; None when it is not there."""
        text = self.text(name)
        if not text:
            return None
        try:
            return kind(text.casefold())
        except ValueError:
            raise InputError(f"{self.where}: {name} is “{text}”; write one of {', '.join(kind)}.") from None

    def quantity(self, kinds: KindTable, name: str = "quantity") -> Decimal:
        """Read a number in the kind's own unit."""
        value = self.values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise InputError(f"{self.where}: {name} is “{value}”; write a number.")
        kind = kinds.find(self.text("kind", required=True))
        return self._named(name, lambda number: check_quantity(kind, Decimal(str(number))), value)

    def _named(self, name: str, function: Callable[[Any], T], value: Any) -> T:
        try:
            return function(value)
        except InputError as error:
            raise InputError(f"{self.where}: {name}: {error}") from None


def read_phase(text: str) -> Phase | None:
    """Read a phase; None when the text is empty.

    Raises
    ------
    InputError
        If it is none of the three.
    """
    word = text.strip().casefold()
    if not word:
        return None
    try:
        return Phase(word)
    except ValueError:
        raise InputError(f"“{text[:40]}” is not a phase; write clear, hold or build.") from None


def from_values(entity: str, values: Any, kinds: KindTable, *, where: str, operation: str = "") -> Record:
    """Turn plain values into a record.

    Parameters
    ----------
    entity
        ``operation``, ``phase``, ``activity``, ``target`` or ``milestone``.
    values
        As :func:`to_values` gives them.
    kinds
        The kinds in force.
    where
        What each message begins with.
    operation
        Code of the operation that the record belongs to, when the values leave it out.

    Raises
    ------
    InputError
        If a field is missing or cannot be used; the message names it.
    """
    try:
        return _READERS[entity](values, kinds, where, operation)
    except InputError as error:
        text = str(error)
        raise InputError(text if where in text else f"{where}: {text}") from None


def _operation(values: Any, _kinds: KindTable, where: str, _operation: str) -> Operation:
    read = Reader(
        values,
        where,
        (
            "code", "name", "brand", "area", "lead_force", "lead_unit", "crime_groups", "status", "aims", "started",
            "note", "source",
        ),
    )  # fmt: skip
    area = Reader(read.values.get("area"), f"{where}, area", ("name", "area_code", "ward_codes", "polygon"))
    wards = area.values.get("ward_codes", [])
    if not isinstance(wards, list | tuple) or not all(isinstance(ward, str) for ward in wards):
        raise InputError(f"{where}, area: ward_codes is not a list of codes.")
    polygon = area.values.get("polygon", "")
    return Operation(
        code=read.text("code", required=True),
        name=read.text("name", required=True),
        brand=read.text("brand"),
        area=OperationArea(
            name=area.text("name", required=True),
            area_code=area.text("area_code"),
            ward_codes=tuple(wards),
            polygon=polygon if isinstance(polygon, str) else json.dumps(polygon, default=float),
        ),
        lead_force=read.text("lead_force"),
        lead_unit=read.text("lead_unit"),
        crime_groups=read.whole("crime_groups"),
        status=read.choice("status", Status),
        aims=read.text("aims"),
        started=read.date("started"),
        note=read.text("note"),
        source=read.text("source"),
    )


def _phase(values: Any, _kinds: KindTable, where: str, operation: str) -> PhaseWindow:
    read = Reader(values, where, ("operation", "phase", "planned_start", "planned_end", "start", "end", "note"))
    read.text("phase", required=True)
    return PhaseWindow(
        operation=read.text("operation") or operation,
        phase=read.choice("phase", Phase),
        planned_start=read.date("planned_start"),
        planned_end=read.date("planned_end"),
        start=read.date("start"),
        end=read.date("end"),
        note=read.text("note"),
    )


def _activity(values: Any, kinds: KindTable, where: str, operation: str) -> Activity:
    read = Reader(
        values,
        where,
        (
            "operation", "date", "kind", "quantity", "unit", "at_least", "phase", "phase_chosen", "partner", "place",
            "ward_code", "note", "source", "origin",
        ),
    )  # fmt: skip
    kind = kinds.find(read.text("kind", required=True))
    phase = read.choice("phase", Phase)
    return Activity(
        operation=read.text("operation") or operation,
        date=read.needed_date("date"),
        kind=kind.code,
        quantity=read.quantity(kinds),
        unit=kind.unit,
        at_least=read.flag("at_least"),
        phase=phase,
        phase_chosen=phase is not None and bool(read.values.get("phase_chosen", True)),
        partner=read.text("partner"),
        place=read.text("place"),
        ward_code=read.text("ward_code"),
        note=read.text("note"),
        source=read.text("source"),
        origin=read.choice("origin", Origin) or Origin.IMPORTED,
    )


def _target(values: Any, kinds: KindTable, where: str, operation: str) -> Target:
    read = Reader(values, where, ("operation", "kind", "phase", "quantity", "unit", "by", "note"))
    kind = kinds.find(read.text("kind", required=True))
    read.text("phase", required=True)
    by = read.needed_date("by")
    return Target(
        operation=read.text("operation") or operation,
        kind=kind.code,
        phase=read.choice("phase", Phase),
        quantity=read.quantity(kinds),
        unit=kind.unit,
        by=by.last,
        note=read.text("note"),
    )


def _milestone(values: Any, kinds: KindTable, where: str, operation: str) -> Milestone:
    read = Reader(values, where, ("operation", "as_at", "label", "statement", "source", "url", "figures", "note"))
    figures = read.values.get("figures", [])
    if not isinstance(figures, list):
        raise InputError(f"{where}: figures is not a list; write each figure in braces.")
    return Milestone(
        operation=read.text("operation") or operation,
        as_at=read.needed_date("as_at"),
        label=read.text("label"),
        statement=read.text("statement", required=True),
        source=read.text("source", required=True),
        url=read.text("url"),
        figures=tuple(
            _figure(figure, kinds, f"{where}, figure {place}") for place, figure in enumerate(figures, start=1)
        ),
        note=read.text("note"),
    )


def _figure(values: Any, kinds: KindTable, where: str) -> Figure:
    read = Reader(values, where, ("kind", "quantity", "unit", "at_least"))
    kind = kinds.find(read.text("kind", required=True))
    return Figure(kind=kind.code, quantity=read.quantity(kinds), unit=kind.unit, at_least=read.flag("at_least"))


_READERS: dict[str, Callable[[Any, KindTable, str, str], Record]] = {
    "operation": _operation,
    "phase": _phase,
    "activity": _activity,
    "target": _target,
    "milestone": _milestone,
}


def to_milli(quantity: Decimal) -> int:
    """Return a quantity in thousandths, as databases keep it: exact in each of them."""
    return int(quantity.scaleb(DECIMALS))


def from_milli(milli: int | Decimal) -> Decimal:
    """Return a quantity from thousandths; the inverse of :func:`to_milli`."""
    return _from_milli(int(milli))


@lru_cache(maxsize=65_536)
def _from_milli(milli: int) -> Decimal:
    return plain_decimal(Decimal(milli).scaleb(-DECIMALS))
