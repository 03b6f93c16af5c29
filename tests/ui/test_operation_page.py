"""The operation page: empty states, published figures, forms, corrections, conflicts, the log, and what may not run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from hotspots.pipeline.operation_entry import Editing, build_activity, save_record
from hotspots.pipeline.records import load_records
from hotspots.settings import read_settings
from hotspots.store.ledger import ActivityFilter, list_activities, list_audit, list_windows, withdraw
from hotspots.terms import Phase
from tests.ui.operation_pages import (
    HOSTILE,
    KINDS,
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


@pytest.mark.parametrize("view", ["", "log", "record", "rows", "files", "audit", "no such view"])
def test_each_view_of_a_pilot_opens_cold(view: str, home: Path) -> None:
    test = open_page(operation="momentum", view=view)
    assert_sound(test)
    assert "<h1>Operation Momentum</h1>" in read_text(test)
    assert not (home / "operations").exists(), "looking left a file behind"


def test_published_figures_stay_as_published_with_their_sources() -> None:
    test = open_page(operation="momentum")
    text = read_text(test)
    assert "<b>over 500</b>" in text
    assert "<b>over 40</b>" in text
    assert "<b>over £2 million</b>" in text
    assert "Over 500 arrests, 27 warrants, 5 evictions, 2 closures and 150 cars seized." in text
    assert text.count("published record, read only") == 4
    assert "ITV News Tyne Tees, 2021" in text
    assert 'href="https://www.northumberlandgazette.co.uk/' in text
    assert "as at 2022" in text
    assert "No phase has been entered yet" in text


@pytest.mark.parametrize("code", ["southwick", "benwell"])
def test_pilot_without_figures_says_what_to_do_next(code: str) -> None:
    test = open_page(operation=code)
    assert_sound(test)
    assert "No phase has been entered yet" in read_text(test)
    press(test, "Enter a phase")
    assert_sound(test)
    assert any(button.label == "Enter this phase" for button in test.button)
    assert dict(test.query_params)["view"] in ("record", ["record"])


def test_what_was_done_can_be_recorded_before_any_phase_is_entered() -> None:
    test = say_who(open_page(operation="southwick", view="record"))
    assert "counts in none, and in that of its date as soon as the phase is entered" in read_text(test)
    fill(test, date="5/3/2021", kind="warrants", quantity="3")
    press(test, "Record this activity")
    assert_sound(test)
    assert "Warrants executed: 3, 5 March 2021 (in no phase)" in read_text(test)
    test.segmented_control(key="entry-form").set_value("phase").run()
    fill(test, phase="clear", start="1 March 2021")
    press(test, "Enter this phase")
    (row,) = list_activities(open_here(), ActivityFilter("southwick"))[0]
    assert row.value.phase is Phase.CLEAR


def test_page_without_operation_offers_those_there_are() -> None:
    test = open_page()
    assert_sound(test)
    assert "Choose an operation" in read_text(test)
    test.button(key="start-southwick").click().run()
    assert_sound(test)
    assert "<h1>Operation Southwick</h1>" in read_text(test)


def test_unknown_operation_is_one_sentence_with_a_way_back() -> None:
    test = open_page(operation="momentu<b>")
    assert_sound(test)
    text = read_text(test)
    assert "There is no operation called “momentu&lt;b&gt;”. Did you mean momentum?" in text
    assert "<script>" not in text


def test_first_entry_makes_the_ledger_and_shows_everywhere(home: Path) -> None:
    test = open_page(operation="southwick", view="record")
    say_who(test)
    test.segmented_control(key="entry-form").set_value("phase").run()
    fill(test, phase="clear", start="1 March 2021")
    press(test, "Enter this phase")
    assert_sound(test)
    assert "Clear: 1 March 2021 to open" in read_text(test)
    assert (home / "operations" / "ledger.sqlite").exists()
    test.segmented_control(key="entry-form").set_value("activity").run()
    fill(test, date="5/3/2021", kind="warrants", quantity="3", note=HOSTILE)
    press(test, "Record this activity")
    assert_sound(test)
    assert "Warrants executed: 3, 5 March 2021 (Clear)" in read_text(test)
    card = read_text(open_page(operation="southwick"))
    assert 'Warrants executed<small>1 record</small></div><div class="value">3</div>' in card
    assert "1 March 2021 to now" in card
    log = open_page(operation="southwick", view="log")
    assert list(log.dataframe[0].value["quantity"]) == ["3"]
    assert HOSTILE not in read_text(log)
    audit = open_page(operation="southwick", view="audit").dataframe[0].value
    assert list(audit["actor"])[:2] == ["PS 1234", "PS 1234"]
    assert "Warrants executed: 3, 5 March 2021 (Clear)" in audit["change"].iloc[0]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"date": "", "kind": "arrests", "quantity": "3"}, "Give the date of the activity"),
        ({"date": "31/2/2021", "kind": "arrests", "quantity": "3"}, "not a day of the calendar"),
        ({"date": "1 January 2199", "kind": "arrests", "quantity": "3"}, "in the future"),
        ({"date": "1 September 2020", "kind": "arrests", "quantity": "3"}, "before Coquet began"),
        ({"date": "5/10/2020", "quantity": "3"}, "choose a kind of activity"),
        ({"date": "5/10/2020", "kind": "arrests"}, "arrests need a quantity"),
        ({"date": "5/10/2020", "kind": "arrests", "quantity": "-3"}, "negative"),
        ({"date": "5/10/2020", "kind": "arrests", "quantity": "2.5"}, "whole numbers"),
        ({"date": "5/10/2020", "kind": "arrests", "quantity": "many"}, "not a number"),
        ({"date": "5/10/2020", "kind": "arrests", "quantity": "3", "phase": "hold"}, ""),
    ],
)
def test_bad_activity_is_one_sentence_and_nothing_typed_is_lost(fields: dict[str, str], words: str) -> None:
    ledger = open_here()
    make_operation(ledger)
    test = say_who(open_page(operation="coquet", view="record"))
    fill(test, place="Station Road", **fields)
    press(test, "Record this activity")
    assert_sound(test)
    text = read_text(test)
    if not words:
        assert "Saved" in text
        return
    assert "This was not kept" in text
    assert words in text
    place = next(one for one in test.text_input if str(one.key).endswith(":place"))
    assert place.value == "Station Road"
    assert list_activities(ledger, ActivityFilter(operation="coquet"))[1] == 0
    ledger.close()


def test_nothing_is_kept_without_an_author() -> None:
    ledger = open_here()
    make_operation(ledger)
    test = open_page(operation="coquet", view="record")
    fill(test, date="5/10/2020", kind="arrests", quantity="3")
    press(test, "Record this activity")
    assert "Say who you are first" in read_text(test)
    say_who(test)
    press(test, "Record this activity")
    assert "Saved" in read_text(test)
    rows, total = list_activities(ledger, ActivityFilter(operation="coquet"))
    assert total == 1
    assert rows[0].recorded_by == "PS 1234"
    ledger.close()


def test_overlapping_phases_ask_for_the_phase_and_count_once() -> None:
    ledger = open_here()
    make_operation(ledger)
    test = say_who(open_page(operation="coquet", view="record"))
    test.segmented_control(key="entry-form").set_value("phase").run()
    fill(test, phase="hold", start="1 January 2021")
    press(test, "Enter this phase")
    test.segmented_control(key="entry-form").set_value("activity").run()
    fill(test, date="February 2021", kind="arrests", quantity="over 500")
    press(test, "Record this activity")
    assert "lies in clear and hold of Coquet; say in which of them it counts" in read_text(test)
    fill(test, phase="hold")
    press(test, "Record this activity")
    assert "Arrests: over 500, February 2021 (Hold)" in read_text(test)
    text = read_text(open_page(operation="coquet"))
    assert text.count('<div class="value">over 500</div>') == 1
    ledger.close()


def test_phase_that_ends_before_it_starts_is_refused() -> None:
    ledger = open_here()
    make_operation(ledger)
    test = say_who(open_page(operation="coquet", view="record"))
    test.segmented_control(key="entry-form").set_value("phase").run()
    fill(test, phase="hold", start="1 March 2021", end="1 February 2021")
    press(test, "Enter this phase")
    assert "before it starts" in read_text(test)
    assert len(list_windows(ledger, "coquet")) == 1
    ledger.close()


def test_target_has_a_pace_and_shows_on_the_scorecard() -> None:
    ledger = open_here()
    make_operation(ledger)
    make_activity(ledger, kind="warrants", quantity="4")
    test = say_who(open_page(operation="coquet", view="record"))
    test.segmented_control(key="entry-form").set_value("target").run()
    fill(test, kind="warrants", phase="clear", quantity="4", by="31/12/2199")
    press(test, "Set this target")
    assert_sound(test)
    text = read_text(open_page(operation="coquet"))
    assert "of 4:" in text
    assert "reached; was due by 31 December 2199" in text
    ledger.close()


def test_own_statement_is_shown_with_its_source_and_needs_one() -> None:
    ledger = open_here()
    make_operation(ledger)
    test = say_who(open_page(operation="coquet", view="record"))
    test.segmented_control(key="entry-form").set_value("milestone").run()
    fill(test, as_at="October 2021", label="12 months", statement="Over 30 arrests.", figures="arrests: over 30")
    press(test, "Enter this statement")
    assert "has no source; say who published it" in read_text(test)
    fill(test, source="The Gazette <b>", url="javascript:alert(1)")
    press(test, "Enter this statement")
    assert "write https://" in read_text(test)
    fill(test, url="https://gazette.example/1")
    press(test, "Enter this statement")
    text = read_text(open_page(operation="coquet"))
    assert "<b>over 30</b>" in text
    assert "The Gazette &lt;b&gt;" in text
    assert "read only" not in text
    ledger.close()


def test_second_editor_is_told_sees_both_and_loses_nothing() -> None:
    ledger = open_here()
    make_operation(ledger)
    row = make_activity(ledger)
    test = open_log_record(row.record)
    theirs = build_activity(KINDS, "coquet", {"date": "5 October 2020", "kind": "arrests", "quantity": "7"})
    save_record(ledger, theirs, by="Sgt First", editing=Editing(row.record, 1))
    fill(test, quantity="4", note="seen by the second")
    press(test, "Save the correction")
    assert_sound(test)
    text = read_text(test)
    assert "Sgt First has corrected this activity since you opened it" in text
    assert "Yours, not kept yet" in text
    assert "<td>4</td><td>7</td>" in text
    press(test, "Save mine as the next version")
    assert_sound(test)
    rows, _total = list_activities(ledger, ActivityFilter(operation="coquet"))
    assert [(one.value.quantity, one.version, one.recorded_by) for one in rows] == [(4, 3, "PS 1234")]
    lines = list_audit(ledger, record=row.record)
    assert [(line.version, line.actor) for line in lines] == [(3, "PS 1234"), (2, "Sgt First"), (1, "set-up")]
    ledger.close()


def test_second_editor_may_keep_the_first() -> None:
    ledger = open_here()
    make_operation(ledger)
    row = make_activity(ledger)
    test = open_log_record(row.record)
    theirs = build_activity(KINDS, "coquet", {"date": "5 October 2020", "kind": "arrests", "quantity": "7"})
    save_record(ledger, theirs, by="Sgt First", editing=Editing(row.record, 1))
    fill(test, quantity="4")
    press(test, "Save the correction")
    press(test, "Keep theirs")
    assert_sound(test)
    rows, _total = list_activities(ledger, ActivityFilter(operation="coquet"))
    assert [(one.value.quantity, one.version) for one in rows] == [(7, 2)]
    assert "Yours, not kept yet" not in read_text(test)
    ledger.close()


def test_record_withdrawn_meanwhile_is_told() -> None:
    ledger = open_here()
    make_operation(ledger)
    row = make_activity(ledger)
    test = open_log_record(row.record)
    withdraw(ledger, "activity", row.record, version=1, by="Sgt First", reason="entered twice")
    fill(test, quantity="4")
    press(test, "Save the correction")
    assert_sound(test)
    text = read_text(test)
    assert "Sgt First withdrew this activity meanwhile" in text
    assert not any(button.label == "Save mine as the next version" for button in test.button)
    ledger.close()


def open_log_record(record: str) -> AppTest:
    """Open the first record of the log in the form, as choosing its row and “Correct it” does."""
    test = open_page(operation="coquet", view="log")
    test.session_state["log-record:coquet"] = record
    test.run()
    say_who(test)
    press(test, "Correct it")
    assert_sound(test)
    return test


def test_figure_leads_to_its_records_and_their_sum() -> None:
    ledger = open_here()
    make_operation(ledger)
    for quantity in ("3", "4"):
        make_activity(ledger, quantity=quantity, note=f"entry {quantity}")
    make_activity(ledger, kind="warrants", quantity="9")
    test = open_page(operation="coquet")
    options = test.selectbox(key="trace").options
    place = next(place for place, option in enumerate(options) if "Arrests" in option)
    assert options[place] == "Clear – Arrests: 2 records"
    test.selectbox(key="trace").select_index(place).run()
    assert_sound(test)
    assert "Arrests: 7 in 2 records" in read_text(test)
    assert set(test.dataframe[0].value["kind"]) == {"Arrests"}
    ledger.close()


def test_curves_and_timeline_hold_the_records() -> None:
    ledger = open_here()
    make_operation(ledger)
    make_activity(ledger, quantity="3")
    make_activity(ledger, quantity="4", date="December 2020")
    drawn = charts(open_page(operation="coquet"))
    text = json.dumps(drawn)
    assert '"Arrests, cumulative, 1 phase: Clear 7."' in text
    assert "Clear 1 October 2020 to now; 2 records" in text
    ledger.close()


def test_names_from_data_never_become_markup() -> None:
    ledger = open_here()
    make_operation(ledger, name=f"Op {HOSTILE}", brand=f"Brand {HOSTILE}", aims=HOSTILE, note=HOSTILE)
    make_activity(ledger, note=HOSTILE, partner="=HYPERLINK(1)")
    for view in ("", "log", "audit", "rows", "record"):
        test = open_page(operation="coquet", view=view)
        assert_sound(test)
        assert "<img" not in read_text(test)
    start = open_page()
    label = start.button(key="start-coquet").label
    assert "![" not in label
    assert "\\!\\[\\]" in label
    ledger.close()


def test_stop_searches_of_police_uk_stand_apart_from_records(tmp_path: Path) -> None:
    ledger = open_here()
    make_operation(ledger)
    make_activity(ledger, kind="stop-searches", quantity="11")
    advice = "“hotspots fetch” brings them"
    assert advice in read_text(open_page(operation="coquet"))
    header = "Type,Date,Latitude,Longitude,Legislation,Object of search,Outcome"
    lines = ["Person search,2020-11-03T10:00:00+00:00,55.1840,-1.5680,Act,Drugs,Arrest"] * 5
    path = tmp_path / "2020-11-northumbria-stop-and-search.csv"
    path.write_text("\r\n".join([header, *lines, ""]))
    load_records([path], settings=read_settings())
    for view in ("", "log"):
        test = open_page(operation="coquet", view=view)
        assert_sound(test)
        text = read_text(test)
        assert "Stop searches in the area, from police.uk: 5 in 1 month since the operation began" in text
        assert "derived, not records" in text
        assert "unknown: October 2020." in text
        assert advice not in read_text(test)
    assert [one.value.quantity for one in list_activities(ledger, ActivityFilter(operation="coquet"))[0]] == [11]


def test_activities_can_be_taken_away_as_csv_and_excel() -> None:
    test = open_page(operation="momentum", view="files")
    assert_sound(test)
    labels = [one.proto.label for one in test.get("download_button")]
    assert labels == ["Activities as CSV", "Activities as Excel", "The whole operation as JSON"]
