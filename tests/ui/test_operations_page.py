"""The page of all operations: its timeline, its table, its map, the shared clock, and a new operation."""

from __future__ import annotations

import json

import pytest

from hotspots.store.boundaries import read_embedded
from hotspots.store.ledger import find_operation
from tests.ui.operation_pages import (
    OPERATIONS,
    assert_sound,
    charts,
    fill,
    make_activity,
    make_operation,
    open_here,
    open_page,
    press,
    read_text,
    say_who,
)

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:streamlit")


def test_pilots_stand_on_the_timeline_with_what_is_missing() -> None:
    test = open_page(OPERATIONS)
    assert_sound(test)
    text = read_text(test)
    assert "3 operations · 0 in a phase today · 0 activities · 4 published statements" in text
    assert "Nothing to compare yet" in text
    table = test.dataframe[0].value
    assert list(table["operation"]) == ["Benwell", "Momentum", "Southwick"]
    assert set(table["next"]) == {"Enter when Clear began"}
    chart = json.dumps(charts(test)[0])
    assert "Over 500 arrests, 27 warrants" in chart
    assert "December 2022" in chart


def test_operations_share_a_clock_and_say_who_is_left_out() -> None:
    ledger = open_here()
    make_operation(ledger)
    make_operation(ledger, "wear", clear="1 March 2021", area_code="southwick")
    make_activity(ledger, quantity="3")
    make_activity(ledger, "wear", date="15 March 2021", quantity="5")
    test = open_page(OPERATIONS, compare="coquet,wear,momentum")
    assert_sound(test)
    chart = json.dumps(charts(test)[-1])
    assert "Coquet 3 in week 0; Wear 5 in week 2" in chart
    assert "No Clear phase entered: Momentum." in read_text(test)
    assert dict(test.query_params)["compare"] in ("coquet,wear,momentum", ["coquet,wear,momentum"])
    ledger.close()


def test_map_outlines_each_area_once_with_the_names_of_its_operations() -> None:
    ledger = open_here()
    make_operation(ledger)
    test = open_page(OPERATIONS)
    proto = next(part.proto for part in test.get("bidi_component") if part.proto.component_name == "hotspots.ward_map")
    data = json.loads(json.loads(proto.json or proto.mixed.json)["view"])
    names = {properties["name"] for properties, *_ in data["named"]["features"]}
    assert names == {"Coquet, Momentum", "Benwell", "Southwick"}
    ward = read_embedded().codes.index("E05009096")
    assert data["figures"][0][ward] in ("Coquet", "Momentum")
    ledger.close()


def test_drawn_area_is_on_the_map_and_has_months() -> None:
    ledger = open_here()
    ring = [[-1.60, 55.17], [-1.55, 55.17], [-1.55, 55.20], [-1.60, 55.20], [-1.60, 55.17]]
    polygon = json.dumps({"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]}, "properties": {}})
    make_operation(ledger, "drawn", area_code="", polygon=polygon)
    test = open_page(OPERATIONS)
    assert_sound(test)
    trend = charts(test)[0]["layer"][1]["layer"][0]
    assert any(value["name"] == "Drawn" for value in trend["data"]["values"])
    ledger.close()


def test_new_operation_is_entered_and_a_bad_one_is_told() -> None:
    test = say_who(open_page(OPERATIONS))
    fill(test, name="Wearside Grip", crime_groups="the Krays", area_code="southwick")
    press(test, "Enter this operation")
    assert "is not a number of crime groups; give a whole number, never names" in read_text(test)
    fill(test, crime_groups="2")
    press(test, "Enter this operation")
    assert_sound(test)
    assert "Wearside Grip" in set(test.dataframe[0].value["operation"])
    ledger = open_here()
    found = find_operation(ledger, "wearside grip")
    assert (found.record, found.value.crime_groups, found.recorded_by) == ("wearside-grip", 2, "PS 1234")
    ledger.close()


def test_operation_without_an_area_or_of_a_known_code_is_refused() -> None:
    test = say_who(open_page(OPERATIONS))
    fill(test, name="Momentum")
    press(test, "Enter this operation")
    assert "Say where the operation works" in read_text(test)
    fill(test, area_code="ashington")
    press(test, "Enter this operation")
    assert "There is an operation momentum already" in read_text(test)
