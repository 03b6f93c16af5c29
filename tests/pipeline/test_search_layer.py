"""Stop searches of an area are counted by place and period, and a month that is not loaded is unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from hotspots.months import parse_month
from hotspots.pipeline.search_layer import find_searches
from hotspots.store.boundaries import read_active
from hotspots.store.records import RecordStore
from tests.pipeline.conftest import centre

if TYPE_CHECKING:
    from hotspots.settings import Settings

JANUARY, FEBRUARY, MARCH = (parse_month(f"2020-{month:02d}") for month in (1, 2, 3))


def load_searches(settings: Settings) -> None:
    here, there = centre("W1"), centre("W2")
    rows = [
        (*here, "Controlled drugs", "Arrest"),
        (*here, "Controlled drugs", "A no further action disposal"),
        (*here, "Offensive weapons", ""),
        (*centre("W1", 100, 100), "", "Community resolution"),
        (*there, "Stolen goods", "Arrest"),
        (float("nan"), float("nan"), "Controlled drugs", "Arrest"),
    ]
    table = pd.DataFrame(rows, columns=["lon", "lat", "object", "outcome"])
    tables = {("madeup", JANUARY): table, ("madeup", MARCH): table.head(1)}
    RecordStore(settings.searches_home).replace_months(tables, {key: {"sha256": f"s{key[1]}"} for key in tables})


def test_searches_of_an_area_are_counted_by_place(town: Settings) -> None:
    load_searches(town)
    boundaries = read_active(town)
    layer = find_searches(town, boundaries, [boundaries.index("W1")], [JANUARY, FEBRUARY])
    assert (layer.searches, layer.found, layer.unlocated) == (4, 2, 1)
    assert (layer.months, layer.missing) == ((JANUARY,), (FEBRUARY,))
    assert layer.places[["searches", "found", "object"]].to_numpy().tolist() == [
        [3, 1, "Controlled drugs"], [1, 1, "not stated"],
    ]  # fmt: skip
    assert layer.objects == (("Controlled drugs", 2), ("Offensive weapons", 1))
    text, detail = layer.describe()
    assert text == "4 stop searches in 1 month, 50% of them with a result"
    assert "February 2020 not loaded: unknown, not nought." in detail
    assert "1 of the whole force" in detail
    both = find_searches(town, boundaries, [boundaries.index("W1"), boundaries.index("W2")], [JANUARY, MARCH])
    assert both.searches == 6
    assert find_searches(town, boundaries, [boundaries.index("W4")], [JANUARY]).searches == 0


def test_nothing_loaded_is_said_with_what_to_do(town: Settings) -> None:
    layer = find_searches(town, read_active(town), [0], [JANUARY])
    assert layer.searches == 0
    text, detail = layer.describe()
    assert "No stop searches are loaded" in text
    assert "hotspots fetch" in detail
