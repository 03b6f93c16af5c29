"""Stop searches of one area as a layer of its map: police activity, apart from harm and in no sum with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from hotspots.months import list_months
from hotspots.pipeline.records import find_areas
from hotspots.store.records import RecordStore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hotspots.schemas import Boundaries
    from hotspots.settings import Settings

CAUTION = "Found by police work: stop searches show where officers searched, not where harm is."
_NOTHING = "no further action|^nothing found"
_OBJECTS = 3


@dataclass(frozen=True, eq=False)
class SearchLayer:
    """Stop searches inside an area and period.

    Attributes
    ----------
    places
        One row a place: ``lon``, ``lat``, ``searches``, ``found`` (whose result is known and not “no further action”)
        and ``object`` (what was searched for most), most searches first.
    searches, found
        In all.
    months, missing
        Months of the period whose searches are loaded, and those whose are not: unknown, never nought.
    unlocated
        Searches of the period without a location, anywhere in the loaded forces.
    objects
        What was searched for most, and how often.
    """

    places: pd.DataFrame
    searches: int
    found: int
    months: tuple[int, ...]
    missing: tuple[int, ...]
    unlocated: int
    objects: tuple[tuple[str, int], ...]

    def describe(self) -> tuple[str, str]:
        """Say in a sentence how many there were, and in a second what they rest on."""
        if not self.months:
            return (
                "No stop searches are loaded for this period",
                "“hotspots fetch” brings them, or “hotspots records FILES” loads them.",
            )
        share = f", {self.found / self.searches:.0%} of them with a result" if self.searches else ""
        sought = ", ".join(f"{name} {number:,}" for name, number in self.objects)
        missing = f" {list_months(self.missing)} not loaded: unknown, not nought." if self.missing else ""
        unlocated = (
            f" {self.unlocated:,} of the whole force have no location and stand on no map." if self.unlocated else ""
        )
        number = f"{self.searches:,} {_plural(self.searches, 'stop search', 'stop searches')}"
        return (
            f"{number} in {len(self.months)} {_plural(len(self.months), 'month', 'months')}{share}",
            f"police.uk stop and search.{f' Most sought: {sought}.' if sought else ''}{missing}{unlocated}",
        )


def find_searches(
    settings: Settings, boundaries: Boundaries, wards: Sequence[int], months: Sequence[int]
) -> SearchLayer:
    """Find the stop searches in the wards of an area and the months of a period.

    Parameters
    ----------
    settings
        Where the data home lies.
    boundaries
        The areas in use.
    wards
        Positions of the area's wards in `boundaries`.
    months
        The period, months since January 1970.

    Raises
    ------
    StoreError
        If the searches cannot be read.
    """
    store = RecordStore(settings.searches_home)
    loaded = {item.month for item in store.open_read().months}
    covered = tuple(month for month in months if month in loaded)
    missing = tuple(month for month in months if month not in loaded)
    if not covered:
        empty = pd.DataFrame({"lon": [], "lat": [], "searches": [], "found": [], "object": []})
        return SearchLayer(empty, 0, 0, (), missing, 0, ())
    rows = store.read()
    rows = rows.loc[rows["month"].isin(covered)]
    unlocated = int(rows["lon"].isna().sum())
    area = find_areas(rows["lon"].to_numpy(dtype=float), rows["lat"].to_numpy(dtype=float), boundaries)
    inside = rows.loc[pd.Series(area, index=rows.index).isin(list(wards))]
    known = (inside["outcome"] != "") & ~inside["outcome"].str.contains(_NOTHING, case=False, regex=True)
    sought = inside["object"].loc[inside["object"] != ""].value_counts(sort=True)
    places = (
        inside.assign(found=known, sought=inside["object"].replace("", "not stated"))
        .groupby(["lon", "lat"], sort=True)
        .agg(searches=("found", "size"), found=("found", "sum"), object=("sought", _find_most))
        .reset_index()
        .sort_values("searches", ascending=False, kind="stable", ignore_index=True)
    )
    objects = tuple((str(name), int(number)) for name, number in sought.head(_OBJECTS).items())
    return SearchLayer(places, len(inside), int(known.sum()), covered, missing, unlocated, objects)


def _plural(number: int, one: str, many: str) -> str:
    return one if number == 1 else many


def _find_most(names: pd.Series) -> str:
    return str(names.value_counts().index[0])
