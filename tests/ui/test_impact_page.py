"""The impact page: verdict first, each effect with interval and sentence, what-if apart, and every empty state."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from hotspots.months import parse_month
from hotspots.pipeline import impact_panel
from hotspots.pipeline.impact_operation import RecordedOperation
from hotspots.pipeline.operation_entry import build_operation, build_window
from hotspots.settings import read_settings
from hotspots.store.ledger import add
from hotspots.ui import impact_caches
from hotspots.ui.glossary import define
from hotspots.ui.impact_caches import _Shelf
from hotspots.ui.lane import LANE
from tests.conftest import ROOT
from tests.plain_words import find_faulty_effects, find_unsure_effects, gather_html, gather_texts, read_blocks
from tests.ui.cold_pages import as_dict
from tests.ui.operation_pages import assert_sound, charts, open_here, open_page, press, read_text

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:streamlit")
IMPACT = "pages/impact.py"
KEPT = ("all crime and anti-social behaviour", "violence", "drugs")


@pytest.fixture(autouse=True, scope="module")
def few_outcomes() -> Iterator[None]:
    """Evaluate three outcomes instead of eighteen: the page is the same, and takes a fifth of the time."""
    whole = impact_panel.list_outcomes
    patch = pytest.MonkeyPatch()
    patch.setattr(impact_panel, "list_outcomes", lambda *given: tuple(one for one in whole(*given) if one.name in KEPT))
    impact_caches._shelf.clear()
    yield
    patch.undo()
    impact_caches._shelf.clear()


def open_impact(**params: str) -> AppTest:
    return open_page(IMPACT, **params)


def test_the_verdict_comes_first_and_every_effect_has_an_interval_and_a_sentence() -> None:
    test = open_impact(operation="momentum")
    assert_sound(test)
    text = read_text(test)
    order = [
        "Did it work? Operation Momentum", "Only 4 covered months lie before the start", 'class="word">Cannot tell',
        "What it rests on", "Why it is not firmer", "What would change our mind", "Observed against expected",
        "All outcomes", "Found by police work", "Did crime move next door?", "What if it had begun",
    ]  # fmt: skip
    found = [text.index(words) for words in order]
    assert found == sorted(found)
    assert text.count("Only 4 covered months lie before the start (") == 1, "said at the top and not again below"
    assert "hs-notice caution" in text[: text.index("Cannot tell")]
    assert "began between September 2020 and October 2020" in text
    assert "Exploration, not a finding" not in text
    assert len(read_blocks(text).rows) >= 12
    assert find_faulty_effects(text) == []
    assert find_unsure_effects(gather_texts(test)) == []
    assert "Placebo in space" not in text, "what analysts need is sent when they open it"
    (course,) = charts(test)
    assert "Incidents a month, observed against expected" in course["description"]
    assert "No data: January 2022." in course["description"]
    for words in ("new map points", "Start: October 2020"):
        assert words in json.dumps(course)
    assert "http" not in json.dumps(course)
    # Choosing an outcome writes the address, warns of police work, and leaves the headline as it is.
    next(box for box in test.selectbox if box.label == "Outcome").select("drugs").run()
    assert_sound(test)
    assert as_dict(test)["measure"] == "drugs"
    text = read_text(test)
    for words in ("goes up when police look harder", "Cannot tell whether drugs changed", "Change by place: drugs",
                  "Cannot tell whether all crime and anti-social behaviour changed"):  # fmt: skip
        assert words in text


def test_the_analysts_part_is_sent_when_it_is_opened() -> None:
    test = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    test.query_params["operation"] = "momentum"
    test.session_state["impact-analysts"] = True
    test.switch_page(IMPACT).run()
    assert_sound(test)
    text = read_text(test)
    for words in ("The same effect by other methods", "Placebo in space", "Event study", "Placebo in time", "Donors",
                  "Balance", "On matched donors only", "Synthetic control, penalised", "ridge-augmented",
                  "Too few months before the start to look for a drift", "Error before the start"):  # fmt: skip
        assert words in text
    assert find_faulty_effects(gather_html(test)) == []
    descriptions = " ".join(chart["description"] for chart in charts(test))
    assert "like areas, made up of wards where nothing was done" in descriptions
    assert "with 95% intervals" in descriptions


def test_another_start_is_exploration_and_never_replaces_the_verdict() -> None:
    before = read_text(open_impact(operation="momentum"))
    test = open_impact(operation="momentum", start="2021-06")
    assert_sound(test)
    text = read_text(test)
    verdict = before[before.index('class="hs-verdict') : before.index("</section>")]
    assert verdict in text
    assert text.index(verdict) < text.index("Exploration: everything down to the end of this part pretends")
    assert text.count("Exploration, not a finding") == 1
    assert "Pretended: June 2021" in text
    assert "Recorded start: October 2020" in text
    press(test, "Stop exploring")
    assert "start" not in test.query_params
    assert "Exploration, not a finding" not in read_text(test)


def test_the_slider_moves_the_pretended_start() -> None:
    test = open_impact(operation="benwell")
    assert_sound(test)
    text = read_text(test)
    assert "No start of Benwell is recorded" in text
    assert "hs-verdict" not in text
    test.select_slider[0].set_value(parse_month("2021-09")).run()
    assert_sound(test)
    assert as_dict(test)["start"] == "2021-09"
    text = read_text(test)
    assert text.count("Exploration, not a finding") == 1
    assert "pretends that Benwell began in September 2021" in text
    assert "Did crime move next door?" in text
    assert find_faulty_effects(gather_html(test)) == []
    # Another operation has another start: it does not go along.
    next(box for box in test.selectbox if box.label == "Operation").select("southwick").run()
    assert "start" not in test.query_params


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({}, "Choose an operation"),
        ({"operation": "nobody"}, "nobody"),
        ({"operation": "momentum", "measure": "parking"}, "parking"),
        ({"operation": "momentum", "start": "2020-06"}, "This month cannot be explored"),
    ],
)
def test_what_cannot_be_shown_is_one_sentence(params: dict[str, str], words: str) -> None:
    test = open_impact(**params)
    assert_sound(test)
    assert words in read_text(test)


def enter(**fields: Any) -> None:
    ledger = open_here()
    add(ledger, build_operation({"name": "Sample", "code": "sample", **fields}), by="set-up")
    ledger.close()


def test_a_start_known_to_years_is_asked_for_to_the_month() -> None:
    enter(area_code="southwick", started="2019/2021")
    text = read_text(open_impact(operation="sample"))
    assert "The start of Sample is only known as January 2019 and December 2021" in text
    assert "Enter it to the month" in text


def test_a_start_outside_the_data_says_why() -> None:
    enter(area_code="southwick", started="2024-03-01")
    text = read_text(open_impact(operation="sample"))
    assert "No verdict: the data do not allow one" in text
    assert "choose a start inside them" in text


def test_an_area_that_is_not_loaded_says_why() -> None:
    enter(area_name="Elsewhere", ward_codes=("E05000001",), started="2021-06-01")
    text = read_text(open_impact(operation="sample"))
    assert "not among the loaded boundaries" in text


def test_phases_have_effects_of_their_own_and_a_hostile_name_stays_text() -> None:
    enter(area_code="southwick", started="2021-06-01", brand="<img src=x onerror=window.harmed=1>")
    ledger = open_here()
    add(ledger, build_window("sample", {"phase": "clear", "start": "2021-06-01", "end": "2021-10-31"}), by="set-up")
    add(ledger, build_window("sample", {"phase": "hold", "start": "2021-09-15"}), by="set-up")
    ledger.close()
    test = open_impact(operation="sample")
    assert_sound(test)
    (course,) = charts(test)
    assert "Phases: Clear June 2021 to October 2021; Hold September 2021 to February 2023." in course["description"]
    text = read_text(test)
    assert "<img" not in text
    assert "&lt;img src=x" in text
    names = [row for row in text.split("<tr") if 'scope="row">Clear' in row or 'scope="row">Hold' in row]
    assert len(names) == 2


def test_two_visits_that_ask_for_the_same_compute_it_once() -> None:
    shelf, made, waited, gate = _Shelf(2), [], [], threading.Event()

    def make() -> str:
        made.append(1)
        gate.wait(5)
        return "done"

    results: list[str] = []
    visits = [
        threading.Thread(target=lambda: results.append(shelf.find("key", make, lambda: (waited.append(1), gate.set()))))
        for _ in range(2)
    ]
    for visit in visits:
        visit.start()
    for visit in visits:
        visit.join(10)
    assert results == ["done", "done"]
    assert len(made) == 1
    assert waited
    for key in ("second", "third"):
        shelf.find(key, lambda: "other", lambda: None)
    assert shelf.recall("key") is None, "the oldest is dropped first"


def test_a_failed_evaluation_leaves_the_shelf_usable() -> None:
    shelf = _Shelf(2)
    with pytest.raises(ZeroDivisionError):
        shelf.find("key", lambda: 1 / 0, lambda: None)
    assert shelf.find("key", lambda: "done", lambda: None) == "done"


def test_drawing_does_not_queue_behind_a_long_calculation() -> None:
    def give_up(before: int) -> None:
        raise AssertionError(before)

    with LANE.take(give_up):
        assert _Shelf(2).find("key", lambda: "drawn", lambda: None, heavy=False) == "drawn"


def test_evaluations_are_kept_by_what_is_recorded(home: object) -> None:
    enter(area_code="southwick", started="2021-06-01")
    first = impact_caches.read_recorded(read_settings(), "sample")
    again = impact_caches.read_recorded(read_settings(), "sample")
    assert first == again
    assert hash(first) == hash(again)
    ledger = open_here()
    add(ledger, build_window("sample", {"phase": "clear", "start": "2021-07-01"}), by="set-up")
    ledger.close()
    changed = impact_caches.read_recorded(read_settings(), "sample")
    assert isinstance(changed, RecordedOperation)
    assert changed != first


def test_words_of_the_trade_are_explained_where_they_are_used_first() -> None:
    test = open_impact(operation="momentum")
    test.session_state["impact-analysts"] = True
    text = read_text(test.run(timeout=120))
    assert_sound(test)
    for code in ("effect", "displacement", "difference-in-differences", "placebo", "donors", "event-study"):
        assert f"What is meant: {define(code).name}" in text
    assert "neither side" not in text
