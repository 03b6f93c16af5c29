"""Alerts about loaded months that look wrong: missing, nearly empty, unlocated, without a usual type, or repeated.

Each month is held against the months around it, because counts drift over years and seasons. The thresholds were set on
33 real months of Northumbria, the lockdowns of 2020 and 2021 included, so that none of them raises an alarm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hotspots.months import format_month, list_months, name_month
from hotspots.pipeline.world import open_store
from hotspots.terms import name_force

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspots.settings import Settings
    from hotspots.store.incidents import IncidentStore
    from hotspots.store.manifest import StoredMonth

NEIGHBOURS = 12
"""Nearest months that a month is held against."""
FEWEST_MONTHS = 4
"""Months of a force below which nothing is usual."""
LOW, HIGH = 0.6, 1.7
"""A month below or above these multiples of its usual count is named."""
TYPE_LOW = 0.1
"""A crime type below this share of its usual count has vanished."""
TYPE_FEWEST = 30
"""Usual incidents a month from which a type's absence says something."""
UNLOCATED_TIMES, UNLOCATED_POINTS = 3.0, 0.02
"""Missing coordinates jump when they are so many times, and so many points of share, above the usual."""
REPEATED_SHARE = 0.05
"""Share of a month's Crime IDs that may stand elsewhere in the force's months before it is named."""


@dataclass(frozen=True)
class Alert:
    """Something that a careful reader would want to know about a month.

    Attributes
    ----------
    force, month
        Force code; months since January 1970.
    kind
        ``missing``, ``low``, ``high``, ``unlocated``, ``type`` or ``repeated``.
    text
        One sentence.
    """

    force: str
    month: int
    kind: str
    text: str

    def to_json(self) -> dict[str, Any]:
        """Write the alert as plain values."""
        return {"force": self.force, "month": format_month(self.month), "kind": self.kind, "text": self.text}


@dataclass(frozen=True)
class GridCell:
    """One month of one force in the coverage grid.

    Attributes
    ----------
    force, month
        Force code; months since January 1970.
    incidents, located
        Incidents, and those with coordinates; None in both where the month is missing.
    alerts
        What is said about it.
    """

    force: str
    month: int
    incidents: int | None
    located: int | None
    alerts: tuple[Alert, ...]


def find_alerts(settings: Settings) -> tuple[Alert, ...]:
    """Find what looks wrong in the months that are loaded, ordered by force and month.

    Raises
    ------
    StoreError
        If a month cannot be read.
    """
    store, _ = open_store(settings)
    manifest = store.open_read()
    alerts: list[Alert] = []
    for force in manifest.coverage.by_force:
        items = [item for item in manifest.months if item.force == force]
        alerts += _find_force_alerts(force, items, store)
    return tuple(sorted(alerts, key=lambda alert: (alert.force, alert.month, alert.kind)))


def build_grid(settings: Settings, alerts: tuple[Alert, ...] | None = None) -> tuple[GridCell, ...]:
    """Build the grid of forces by months, missing months between a force's first and last included."""
    store, _ = open_store(settings)
    manifest = store.open_read()
    found = find_alerts(settings) if alerts is None else alerts
    cells = []
    for force, months in manifest.coverage.by_force.items():
        for month in range(months[0], months[-1] + 1):
            item = manifest.find(force, month)
            own = tuple(alert for alert in found if (alert.force, alert.month) == (force, month))
            cells.append(GridCell(force, month, item.incidents if item else None, item.located if item else None, own))
    return tuple(cells)


def _find_force_alerts(force: str, items: list[StoredMonth], store: IncidentStore) -> list[Alert]:
    months = np.array([item.month for item in items])
    counts = np.array([item.incidents for item in items], dtype=float)
    unlocated = 1 - np.array([item.located for item in items], dtype=float) / np.maximum(counts, 1)
    missing = sorted(set(range(int(months[0]), int(months[-1]) + 1)) - set(months.tolist()))
    alerts = [
        Alert(force, month, "missing", f"{name_force(force)}: {name_month(month)} is not loaded; unknown, not zero.")
        for month in missing
    ]
    if len(items) < FEWEST_MONTHS:
        return alerts
    usual = _usual(months, counts)
    usual_unlocated = _usual(months, unlocated)
    types, by_type = _count_types(items, store)
    usual_by_type = np.array([_usual(months, row) for row in by_type])
    repeated = _share_repeated(items, store)
    for place, item in enumerate(items):
        when = f"{name_force(force)}: {name_month(item.month)}"
        ratio = counts[place] / usual[place] if usual[place] else 1.0
        if ratio < LOW:
            alerts.append(
                Alert(force, item.month, "low", f"{when} has {item.incidents:,} incidents, {ratio:.0%} of the usual "
                      f"{usual[place]:,.0f}; the file may not be whole.")
            )  # fmt: skip
        elif ratio > HIGH:
            alerts.append(
                Alert(force, item.month, "high", f"{when} has {item.incidents:,} incidents, {ratio:.1f} times the "
                      f"usual {usual[place]:,.0f}; rows may stand in it twice.")
            )  # fmt: skip
        share, before = unlocated[place], usual_unlocated[place]
        if share > UNLOCATED_TIMES * before and share - before > UNLOCATED_POINTS:
            alerts.append(
                Alert(force, item.month, "unlocated", f"{when}: {share:.1%} of incidents carry no location, against "
                      f"{before:.1%} usually; maps and wards miss them.")
            )  # fmt: skip
        if ratio >= LOW:  # a month that is nearly empty lacks its types as well
            gone = (usual_by_type[:, place] >= TYPE_FEWEST) & (by_type[:, place] < TYPE_LOW * usual_by_type[:, place])
            alerts += [
                Alert(force, item.month, "type", f"{when} has {by_type[row, place]:,.0f} of {types[row]}, against "
                      f"{usual_by_type[row, place]:,.0f} usually; the type may be missing from the file.")
                for row in np.flatnonzero(gone)
            ]  # fmt: skip
        if repeated[place] > REPEATED_SHARE:
            alerts.append(
                Alert(force, item.month, "repeated", f"{when}: {repeated[place]:.0%} of its Crime IDs stand in other "
                      "rows too; crimes may be counted twice.")
            )  # fmt: skip
    return alerts


def _usual(months: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the median of the nearest other months, for each month."""
    usual = np.empty(len(values))
    for place, month in enumerate(months):
        distance = np.abs(months - month)
        order = np.lexsort((months, distance))
        others = order[order != place][:NEIGHBOURS]
        usual[place] = np.median(values[others])
    return usual


def _count_types(items: list[StoredMonth], store: IncidentStore) -> tuple[list[str], NDArray[np.float64]]:
    counted: list[dict[str, float]] = []
    for item in items:
        rows, _ = store.read_rows(item)
        sums = np.bincount(rows.crime_type, weights=rows.n, minlength=len(rows.types))
        counted.append(dict(zip(rows.types, sums.tolist(), strict=True)))
    types = sorted({name for month in counted for name in month})
    return types, np.array([[month.get(name, 0.0) for month in counted] for name in types]).reshape(
        len(types), len(items)
    )


def _share_repeated(items: list[StoredMonth], store: IncidentStore) -> NDArray[np.float64]:
    """Give the share of each month's Crime IDs that stand in another row of the force."""
    parts = [store.read_crime_keys([item]) for item in items]
    every, times = np.unique(np.concatenate(parts), return_counts=True)
    twice = every[times > 1]
    return np.array([float(np.isin(part, twice).mean()) if len(part) else 0.0 for part in parts])


def describe_alerts(alerts: tuple[Alert, ...]) -> list[str]:
    """Write alerts as sentences, missing months of a force joined into one."""
    lines = []
    for force in dict.fromkeys(alert.force for alert in alerts):
        missing = [alert.month for alert in alerts if alert.force == force and alert.kind == "missing"]
        if missing:
            lines.append(f"{name_force(force)}: {list_months(missing)} not loaded; unknown, not zero.")
        lines += [alert.text for alert in alerts if alert.force == force and alert.kind != "missing"]
    return lines
