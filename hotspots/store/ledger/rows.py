"""Records as rows of tables, and back."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from hotspots.record_dates import RecordDate
from hotspots.record_values import figure_values, from_milli, to_milli, write_json
from hotspots.schemas_ledger import Activity, Origin, Stored
from hotspots.schemas_operations import Figure, Milestone, Operation, OperationArea, PhaseWindow, Status, Target
from hotspots.terms import Phase

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from sqlalchemy import RowMapping

    from hotspots.schemas_ledger import Record

WINDOW_DATES = ("planned_start", "planned_end", "start", "end")


def natural_key(value: Activity) -> str:
    """Return what makes two rows of files the same activity, as 32 hexadecimal digits.

    Everything that a row states, but its phase: the phase of a row that names none follows the operation's windows,
    and the same file must stay the same file when they move.
    """
    stated = (
        value.operation, value.date.first.isoformat(), value.date.last.isoformat(), value.kind,
        str(to_milli(value.quantity)), "1" if value.at_least else "", value.partner, value.place, value.ward_code,
        value.note, value.source,
    )  # fmt: skip
    return hashlib.blake2b("\x1f".join(stated).encode(), digest_size=16).hexdigest()


def to_row(value: Record) -> dict[str, Any]:
    """Turn a record into the columns of its table, without those of its version."""
    match value:
        case Activity():
            return activity_row(value)
        case Operation():
            return {
                "name": value.name,
                "brand": value.brand,
                "area": write_json(
                    {
                        "name": value.area.name,
                        "area_code": value.area.area_code,
                        "ward_codes": list(value.area.ward_codes),
                        "polygon": value.area.polygon,
                    }
                ),
                "lead_force": value.lead_force,
                "lead_unit": value.lead_unit,
                "crime_groups": value.crime_groups,
                "status": value.status.value if value.status else "",
                "aims": value.aims,
                **_days("started", value.started),
                "note": value.note,
                "source": value.source,
            }
        case PhaseWindow():
            columns: dict[str, Any] = {
                "operation": value.operation,
                "phase": value.phase.value,
                "note": value.note,
            }
            for name in WINDOW_DATES:
                columns |= _days(name, getattr(value, name))
            return columns
        case Target():
            return {
                "operation": value.operation,
                "kind": value.kind,
                "phase": value.phase.value,
                "quantity_milli": to_milli(value.quantity),
                "unit": value.unit,
                "by": value.by,
                "note": value.note,
            }
        case Milestone():
            return {
                "operation": value.operation,
                **_days("as_at", value.as_at),
                "label": value.label,
                "statement": value.statement,
                "source": value.source,
                "url": value.url,
                "figures": write_json([figure_values(figure) for figure in value.figures]),
                "note": value.note,
            }


def activity_row(value: Activity, key: str = "") -> dict[str, Any]:
    """Turn an activity into the columns of its table; `key` is its natural key, when that is known already."""
    return {
        "operation": value.operation,
        "date_first": value.date.first,
        "date_last": value.date.last,
        "kind": value.kind,
        "quantity_milli": to_milli(value.quantity),
        "unit": value.unit,
        "at_least": value.at_least,
        "phase": value.phase.value if value.phase else "",
        "phase_chosen": value.phase_chosen,
        "partner": value.partner,
        "place": value.place,
        "ward_code": value.ward_code,
        "note": value.note,
        "source": value.source,
        "origin": value.origin.value,
        "natural_key": key or natural_key(value),
    }


def _days(name: str, value: RecordDate | None) -> dict[str, Any]:
    return {f"{name}_first": value.first if value else None, f"{name}_last": value.last if value else None}


@lru_cache(maxsize=65_536)
def _stretch(first: date, last: date) -> RecordDate:
    return RecordDate(first, last)


def _date(row: RowMapping, name: str) -> RecordDate | None:
    first, last = row[f"{name}_first"], row[f"{name}_last"]
    return _stretch(first, last) if first is not None else None


def _needed_date(row: RowMapping, name: str) -> RecordDate:
    return _stretch(row[f"{name}_first"], row[f"{name}_last"])


def _operation(row: RowMapping) -> Operation:
    area = json.loads(row["area"])
    return Operation(
        code=row["record"],
        name=row["name"],
        area=OperationArea(area["name"], area["area_code"], tuple(area["ward_codes"]), area["polygon"]),
        brand=row["brand"],
        lead_force=row["lead_force"],
        lead_unit=row["lead_unit"],
        crime_groups=row["crime_groups"],
        status=Status(row["status"]) if row["status"] else None,
        aims=row["aims"],
        started=_date(row, "started"),
        note=row["note"],
        source=row["source"],
    )


def _phase(row: RowMapping) -> PhaseWindow:
    return PhaseWindow(
        operation=row["operation"],
        phase=Phase(row["phase"]),
        note=row["note"],
        **{name: _date(row, name) for name in WINDOW_DATES},
    )


def _activity(row: RowMapping) -> Activity:
    return Activity(
        operation=row["operation"],
        date=_needed_date(row, "date"),
        kind=row["kind"],
        quantity=from_milli(row["quantity_milli"]),
        unit=row["unit"],
        at_least=bool(row["at_least"]),
        phase=Phase(row["phase"]) if row["phase"] else None,
        phase_chosen=bool(row["phase_chosen"]),
        partner=row["partner"],
        place=row["place"],
        ward_code=row["ward_code"],
        note=row["note"],
        source=row["source"],
        origin=Origin(row["origin"]),
    )


def _target(row: RowMapping) -> Target:
    return Target(
        operation=row["operation"],
        kind=row["kind"],
        phase=Phase(row["phase"]),
        quantity=from_milli(row["quantity_milli"]),
        unit=row["unit"],
        by=row["by"],
        note=row["note"],
    )


def _milestone(row: RowMapping) -> Milestone:
    return Milestone(
        operation=row["operation"],
        as_at=_needed_date(row, "as_at"),
        label=row["label"],
        statement=row["statement"],
        source=row["source"],
        url=row["url"],
        figures=tuple(
            Figure(item["kind"], Decimal(str(item["quantity"])), item["unit"], item["at_least"])
            for item in json.loads(row["figures"])
        ),
        note=row["note"],
    )


_FROM_ROW: dict[str, Callable[[RowMapping], Any]] = {
    "operation": _operation,
    "phase": _phase,
    "activity": _activity,
    "target": _target,
    "milestone": _milestone,
}


def from_row(entity: str, row: RowMapping) -> Stored[Any]:
    """Turn a row of an entity's table into the record that it holds."""
    return Stored(
        value=_FROM_ROW[entity](row),
        record=row["record"],
        version=row["version"],
        state=row["state"],
        recorded_by=row["recorded_by"],
        recorded_at=row["recorded_at"],
    )
