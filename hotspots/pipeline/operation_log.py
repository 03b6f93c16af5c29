"""The log in words: what a line changed, two versions of a record side by side, and times as people read them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from hotspots.record_dates import name_day, parse_record_date
from hotspots.record_values import to_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hotspots.activity_kinds import KindTable
    from hotspots.schemas_ledger import AuditEntry, Record

FIELD_NAMES = {
    "date": "date", "kind": "kind", "quantity": "quantity", "unit": "unit", "at_least": "lower bound",
    "phase": "phase", "phase_chosen": "phase chosen by a person", "partner": "unit or partner", "place": "place",
    "ward_code": "ward", "note": "note", "source": "source", "origin": "how it came in", "name": "name",
    "brand": "local brand", "area": "area", "lead_force": "lead force", "lead_unit": "lead unit",
    "crime_groups": "crime groups", "status": "status", "aims": "aims", "started": "start", "start": "start",
    "end": "end", "planned_start": "planned start", "planned_end": "planned end", "by": "due by", "as_at": "as at",
    "label": "label", "statement": "statement", "url": "address", "figures": "figures", "code": "code",
}  # fmt: skip
"""Fields as people call them."""
ACTIONS = {
    "add": "entered",
    "correct": "corrected",
    "withdraw": "withdrew",
    "follow": "phase followed its window",
    "restore": "restored a backup",
}
NOTHING = "–"
"""Stands where a field says nothing."""
_DATES = {"date", "started", "start", "end", "planned_start", "planned_end", "as_at", "by"}
_HIDDEN = {"operation", "unit", "origin", "phase_chosen"}


def name_moment(text: str) -> str:
    """Write a moment of the log as ``5 October 2020, 14:03 UTC``."""
    moment = datetime.fromisoformat(text)
    return f"{name_day(moment.date())}, {moment:%H:%M} UTC"


def write_value(name: str, value: Any, kinds: KindTable) -> str:
    """Write a field's value as people read it."""
    text = str(value)
    if value in (None, "", [], {}):
        text = NOTHING
    elif name in _DATES:
        text = parse_record_date(text).name()
    elif name == "kind":
        text = kinds.name(text)
    elif name == "figures":
        text = "; ".join(_write_figure(item, kinds) for item in value)
    elif name == "area":
        text = str(value.get("name", ""))
    elif isinstance(value, bool):
        text = "yes" if value else "no"
    elif isinstance(value, int | float):
        text = f"{value:,}"
    return text


def _write_figure(item: Mapping[str, Any], kinds: KindTable) -> str:
    return f"{kinds.name(item['kind'])} {'over ' if item.get('at_least') else ''}{item['quantity']:,}"


def compare_versions(mine: Record, theirs: Record, kinds: KindTable) -> tuple[tuple[str, str, str], ...]:
    """Set two versions of a record side by side.

    Returns
    -------
    tuple
        Field, mine, theirs; only fields that differ.
    """
    return _differences(to_values(mine), to_values(theirs), kinds)


def _differences(
    one: Mapping[str, Any], other: Mapping[str, Any], kinds: KindTable
) -> tuple[tuple[str, str, str], ...]:
    names = [name for name in FIELD_NAMES if name in one or name in other]
    return tuple(
        (FIELD_NAMES[name], write_value(name, one.get(name), kinds), write_value(name, other.get(name), kinds))
        for name in names
        if one.get(name) != other.get(name) and name not in _HIDDEN
    )


def describe_change(entry: AuditEntry, kinds: KindTable) -> str:
    """Say in one line what an entry of the log changed."""
    if entry.before is not None and entry.after is not None and entry.before != entry.after:
        return "; ".join(
            f"{name}: {before} → {after}" for name, before, after in _differences(entry.before, entry.after, kinds)
        )
    values = entry.after or entry.before or {}
    return describe_values(entry.entity, values, kinds)


def describe_values(entity: str, values: Mapping[str, Any], kinds: KindTable) -> str:
    """Say in one line what a record states."""

    def write(name: str) -> str:
        return write_value(name, values.get(name), kinds)

    match entity:
        case "activity":
            bound = "over " if values.get("at_least") else ""
            phase = str(values["phase"]).title() if values.get("phase") else "in no phase"
            return f"{write('kind')}: {bound}{write('quantity')}, {write('date')} ({phase})"
        case "phase":
            start = values.get("start") or values.get("planned_start")
            end = values.get("end") or values.get("planned_end")
            until = write_value("end", end, kinds) if end else "open"
            return f"{str(values.get('phase', '')).title()}: {write_value('start', start, kinds)} to {until}"
        case "target":
            return f"{write('kind')}: {write('quantity')} in {str(values.get('phase')).title()}, by {write('by')}"
        case "milestone":
            return f"{values.get('label', '')}, {write('as_at')}: {values.get('statement', '')}"
        case "operation":
            return f"{values.get('name', '')}, {write('area')}"
    return ""
