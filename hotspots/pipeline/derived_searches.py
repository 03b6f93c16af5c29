"""Stop searches in an operation's area, counted from police.uk's files: beside the records, never among them.

A count of these files says where a force searched, not who acted for the operation; so it is derived, stands in no sum,
and nothing of it is written to the ledger. A month whose file is not loaded is unknown, not nought.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from hotspots import crs
from hotspots.months import format_month, list_months
from hotspots.pipeline.operation_area import place_within
from hotspots.pipeline.records import find_areas
from hotspots.pipeline.world import list_units
from hotspots.store.areas import read_areas
from hotspots.store.boundaries import read_active
from hotspots.store.records import RecordStore
from hotspots.terms import name_force

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import pandas as pd
    from numpy.typing import NDArray

    from hotspots.pipeline.operation_area import PlacedArea
    from hotspots.schemas import Boundaries
    from hotspots.schemas_operations import Operation, PhaseWindow
    from hotspots.settings import Settings

KIND, UNIT = "stop-searches", "count"
"""What these counts are counts of, in the words of the ledger's kinds."""


@dataclass(frozen=True)
class ForceSearches:
    """The searches of one force in an area.

    Attributes
    ----------
    force
        Its code at police.uk.
    months
        Months that are loaded (months since January 1970), ascending.
    counts
        Searches in the area in each of them; 0 where the force's file has none there.
    unlocated
        Searches of the force in these months without a location, anywhere: they can be counted in no area.
    """

    force: str
    months: tuple[int, ...]
    counts: tuple[int, ...]
    unlocated: int


@dataclass(frozen=True)
class Strip:
    """One sentence about searches, and where it comes from."""

    text: str
    detail: str


@dataclass(frozen=True)
class DerivedSearches:
    """Stop searches in an operation's area.

    Attributes
    ----------
    forces
        Forces that searched in the area, those with most searches first.
    loaded
        Every force of which a month of searches is loaded, by name.
    began
        The month in which the operation began; None when that is not recorded.
    area
        What the area is called.
    placed
        False when none of the area lies among the boundaries in use.
    """

    forces: tuple[ForceSearches, ...]
    loaded: tuple[str, ...]
    began: int | None
    area: str
    placed: bool = True

    def to_json(self) -> list[dict[str, Any]]:
        """Write one entry for each force and loaded month."""
        return [
            {
                "kind": KIND,
                "month": format_month(month),
                "quantity": count,
                "unit": UNIT,
                "source": f"police.uk stop and search, {one.force}",
            }
            for one in self.forces
            for month, count in zip(one.months, one.counts, strict=True)
        ]

    def describe(self) -> tuple[Strip, ...]:
        """Say how many searches there were, in which months, and which months are unknown; one strip a force."""
        return tuple(_describe(one, self.began) for one in self.forces)

    @property
    def advice(self) -> str:
        """Why there is nothing to show, and what to do about it; empty when there is something."""
        if self.forces:
            return ""
        if not self.loaded:
            return (
                "Stop searches in the area can be derived from police.uk; none are loaded: “hotspots fetch” brings "
                "them, or “hotspots records FILES” loads them."
            )
        names = ", ".join(self.loaded)
        if not self.placed:
            return (
                f"Stop searches of {names} are loaded, but {self.area} is not among the boundaries in use; import its "
                "boundaries with “hotspots boundaries import”."
            )
        return (
            f"Stop searches of {names} are loaded, but none was in {self.area}; load those of the force that polices "
            "it with “hotspots fetch”."
        )


def _describe(one: ForceSearches, began: int | None) -> Strip:
    since = [(month, count) for month, count in zip(one.months, one.counts, strict=True) if month >= (began or 0)]
    before = [(month, count) for month, count in zip(one.months, one.counts, strict=True) if month < (began or 0)]
    clock = "" if began is None else " since the operation began"
    if since:
        said = f"{sum(count for _month, count in since):,} in {_months(since)}{clock}"
        first = min(began, since[0][0]) if began is not None else since[0][0]
        unknown = set(range(first, since[-1][0])) - {month for month, _count in since}
        parts = [f"{name_force(one.force)}, loaded: {list_months(month for month, _count in since)}."]
        parts += [f"Not loaded, so unknown: {list_months(unknown)}."] if unknown else []
    else:
        said = "unknown since the operation began, because no month of it is loaded"
        parts = [f"{name_force(one.force)}."]
    if before:
        months = list_months(month for month, _count in before)
        parts.append(f"Before it began: {sum(count for _month, count in before):,} in {_months(before)} ({months}).")
    if one.unlocated:
        parts.append(f"In these months {one.unlocated:,} of the force's searches have no location and count nowhere.")
    text = f"Stop searches in the area, from police.uk: {said}; derived, not records."
    return Strip(text, " ".join(parts))


def _months(counted: Sequence[tuple[int, int]]) -> str:
    return f"{len(counted)} month{'' if len(counted) == 1 else 's'}"


def derive_searches(settings: Settings, operation: Operation, windows: Sequence[PhaseWindow]) -> DerivedSearches:
    """Count the stop searches in an operation's area, by force and month.

    A drawn area counts the places inside it; any other counts its wards.

    Parameters
    ----------
    settings
        Where the data home lies.
    operation
        The operation.
    windows
        Its phases; the first of them tells when it began, if the operation itself does not.

    Raises
    ------
    InputError
        If the force's own named areas cannot be used.
    StoreError
        If the stored searches or boundaries cannot be read.
    """
    store = RecordStore(settings.searches_home)
    months: dict[str, list[int]] = {}
    for item in store.open_read().months:
        months.setdefault(item.force, []).append(item.month)
    loaded, began, name = tuple(sorted(months)), find_beginning(operation, windows), operation.area.name
    if not months:
        return DerivedSearches((), loaded, began, name)
    boundaries = read_active(settings)
    placed = place_within(boundaries, list_units(boundaries, read_areas(settings, boundaries)), operation.area)
    if placed.outline is None:
        return DerivedSearches((), loaded, began, name, placed=False)
    searches = store.read()
    inside = searches.loc[_find_inside(searches, boundaries, placed)]
    counted = {key: int(n) for key, n in inside.groupby(["force", "month"]).size().items()}
    nowhere = searches.loc[searches["lon"].isna()].groupby("force").size().to_dict()
    forces = [
        ForceSearches(
            force=force,
            months=tuple(sorted(known)),
            counts=tuple(counted.get((force, month), 0) for month in sorted(known)),
            unlocated=int(nowhere.get(force, 0)),
        )
        for force, known in months.items()
    ]
    # The file of a force that polices elsewhere says nothing about this area: its nought would be no count.
    forces = sorted((one for one in forces if any(one.counts)), key=lambda one: (-sum(one.counts), one.force))
    return DerivedSearches(tuple(forces), loaded, began, name)


def _find_inside(searches: pd.DataFrame, boundaries: Boundaries, placed: PlacedArea) -> NDArray[np.bool_]:
    lon, lat = searches["lon"].to_numpy(dtype=float), searches["lat"].to_numpy(dtype=float)
    inside: NDArray[np.bool_]
    if not placed.drawn:
        inside = np.isin(find_areas(lon, lat, boundaries), placed.wards)
        return inside
    inside = np.isfinite(lon) & np.isfinite(lat)
    x, y = crs.to_bng(lon[inside], lat[inside])
    shapely.prepare(placed.outline)
    inside[inside] = shapely.contains_xy(placed.outline, x, y)
    return inside


def find_beginning(operation: Operation, windows: Sequence[PhaseWindow]) -> int | None:
    """Return the month in which an operation began: as recorded, else that of its first actual phase."""
    days = [operation.started.first] if operation.started else [one.start.first for one in windows if one.start]
    return _month(min(days)) if days else None


def _month(day: date) -> int:
    return (day.year - 1970) * 12 + day.month - 1
