"""The hotspots, trends and method pages: every method, both side by side, bad addresses, and no exception."""

from __future__ import annotations

import json
import re
from math import inf
from typing import TYPE_CHECKING, Any

import pytest

from hotspots.analysis.trend import Change
from hotspots.months import parse_month
from hotspots.pipeline.trends import say_force
from hotspots.query import PANELS
from hotspots.terms import LENSES
from tests.ui.cold_pages import as_dict, assert_sound, open_page, read_text

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:streamlit")
HOTSPOTS, TRENDS, CHECK = "pages/hot_cells.py", "pages/trends.py", "pages/method_check.py"
WORDS = {
    "surface": "The densest point is in Monument",
    "change": "that changed most",
    "cells": "of the force’s land",
    "clusters": "of incidents lie in",
    "emerging": "new (for the first time)",
}


def maps_of(test: AppTest) -> list[dict[str, Any]]:
    parts = [part.proto for part in test.get("bidi_component") if part.proto.component_name.endswith("_map")]
    return [json.loads(proto.json or proto.mixed.json) for proto in parts]


@pytest.mark.parametrize("panel", PANELS)
def test_each_method_says_what_it_found_and_what_it_rests_on(panel: str) -> None:
    test = open_page(HOTSPOTS, panels=panel)
    assert_sound(test)
    text = read_text(test)
    assert "Hotspots: All crime and ASB in Northumbria" in text
    assert WORDS[panel] in text
    assert "January 2022 is missing" in text or panel == "clusters"
    (data,) = maps_of(test)
    assert data["legend"]
    assert all(row["label"] for row in data["legend"])
    assert "shapes" not in data["geometry"]
    assert len(json.dumps(data)) < 130_000
    assert len(test.dataframe[0].value) > 10


def test_automatic_choices_are_shown() -> None:
    text = read_text(open_page(HOTSPOTS, panels="cells,surface"))
    assert "200 m holds whole squares of the 100 m grid" in text
    assert "false discovery rate (Benjamini-Hochberg) over all cells" in text
    assert "two-sided" in text
    assert "all other places best foresee each place" in text
    emerging = read_text(open_page(HOTSPOTS, panels="emerging"))
    assert "Squares of 500 m" in emerging
    assert "crosses July 2022" in emerging


def test_two_methods_stand_side_by_side_on_two_maps() -> None:
    test = open_page(HOTSPOTS, panels="cells,emerging")
    assert_sound(test)
    first, second = maps_of(test)
    assert first["title"] != second["title"]
    assert WORDS["cells"] in read_text(test)
    assert WORDS["emerging"] in read_text(test)


@pytest.mark.parametrize("panel", PANELS)
def test_a_chosen_area_comes_first(panel: str) -> None:
    test = open_page(HOTSPOTS, panels=panel, area="ashington")
    assert_sound(test)
    text = read_text(test)
    assert "Hotspots: All crime and ASB in Ashington" in text
    assert "held against all of Northumbria" in text
    strip = text.split("hs-strip", 1)[1].split("</div>", 1)[0]
    assert 0 < strip.index("Ashington") < strip.index("force"), "the area first, then the force"


def test_the_peaks_of_a_chosen_area_lie_in_it() -> None:
    test = open_page(HOTSPOTS, panels="surface", area="ashington")
    assert set(test.dataframe[0].value["ward"]) <= {"Ashington Central", "Hirst", "College", "Haydon", "Bothal"}
    assert len(maps_of(test)[0]["numbers"]) == len(test.dataframe[0].value) > 0


def test_emerging_classes_have_one_name_each_and_totals_that_agree() -> None:
    test = open_page(HOTSPOTS, panels="emerging")
    counted = dict(zip(*(test.dataframe[1].value[column] for column in ("class", "cells")), strict=True))
    hot = {name.split()[0].lower(): count for name, count in counted.items() if "hot spot" in name}
    text = read_text(test)
    assert f"{sum(hot.values())} cells of the force are hot spots: " in text
    for name, count in hot.items():
        assert f"{count} {name} (" in text
    by_ward = open_page(TRENDS).dataframe[1].value
    assert {name: by_ward[name].sum() for name in by_ward if name != "ward"} == hot


def test_choosing_methods_writes_the_address() -> None:
    test = open_page(HOTSPOTS)
    test.get("button_group")[0].set_value("emerging").run()
    assert_sound(test)
    assert as_dict(test) == {"panels": "emerging"}
    test.selectbox(key="panel-second").select("surface").run()
    assert_sound(test)
    assert as_dict(test) == {"panels": "emerging,surface"}
    test.selectbox(key="panel-second").select("").run()
    assert as_dict(test) == {"panels": "emerging"}
    test.query_params.clear()
    test.switch_page(TRENDS).run()
    assert as_dict(test) == {"panels": "emerging"}


def test_the_slider_moves_the_shared_period() -> None:
    test = open_page(HOTSPOTS)
    test.select_slider[0].set_range(parse_month("2021-01"), parse_month("2022-02")).run()
    assert_sound(test)
    assert as_dict(test) == {"from": "2021-01", "to": "2022-02"}
    assert "January 2021 to February 2022" in read_text(test)


def test_harm_weighs_the_cells_and_is_named() -> None:
    text = read_text(open_page(HOTSPOTS, panels="cells", show="harm"))
    assert "of harm days lie in" in text


def test_survival_is_shown_when_asked_for() -> None:
    test = open_page(HOTSPOTS, panels="cells", lens="organised")
    assert "survival" not in test.dataframe[0].value
    test.toggle(key="survival").set_value(True).run(timeout=120)
    assert_sound(test)
    survival = test.dataframe[0].value["survival"]
    assert survival.between(0, 100).all()
    assert survival.iloc[0] > 80
    assert "anywhere in the catchment" in read_text(test)


@pytest.mark.parametrize(
    ("page", "params", "words"),
    [
        (HOTSPOTS, {"panels": "tarot"}, "is not a method of this page"),
        (HOTSPOTS, {"cell": "7"}, "50 to 5000 metres"),
        (HOTSPOTS, {"shape": "round"}, "not a shape of cells"),
        (HOTSPOTS, {"bandwidth": "-1"}, "above 0"),
    ],
)
def test_bad_addresses_are_one_sentence(page: str, params: dict[str, str], words: str) -> None:
    test = open_page(page, **params)
    assert_sound(test)
    assert words in read_text(test)


@pytest.mark.parametrize(
    ("page", "params", "words"),
    [
        (HOTSPOTS, {"panels": "emerging", "from": "2022-10"}, "at least 10 covered months"),
        (HOTSPOTS, {"bandwidth": "60"}, "too small for cells"),
        (TRENDS, {"to": "2020-09"}, "the same month a year before"),
    ],
)
def test_what_cannot_be_answered_is_one_sentence(page: str, params: dict[str, str], words: str) -> None:
    test = open_page(page, **params)
    assert_sound(test)
    text = read_text(test)
    assert "Nothing to show for this selection" in text
    assert words in text


def test_trends_show_areas_with_intervals_and_what_emerges() -> None:
    test = open_page(TRENDS)
    assert_sound(test)
    text = read_text(test)
    assert text.count("<figure>") == 12
    assert "Rising" in text
    assert "<b>Ashington</b>" in read_text(open_page(TRENDS, area="ashington")), "what is chosen is shown in any case"
    assert re.search(r"Of 177 wards: \d clearly rising, \d clearly falling, \d+ may be chance, \d+ no clear", text)
    assert "January 2023 is left out of the comparison" in text
    assert "Changes here are as counted in each area" in text
    assert "The comparison crosses July 2022" in text
    assert len(test.dataframe[0].value) == 180
    assert {"new", "intensifying", "persistent", "diminishing"} <= set(test.dataframe[1].value)


@pytest.mark.parametrize("page", [TRENDS, HOTSPOTS])
def test_the_change_of_the_force_is_no_firmer_than_its_interval(page: str) -> None:
    text = read_text(open_page(page, panels="change"))
    assert re.search(
        r"No clear change in the force’s incidents on the year before: −\d\.\d% \(−.*% to \+.*%, 90%", text
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            (0.993, 0.983, 1.004),
            "No clear change in the force’s incidents on the year before: −0.7% (−1.7% to +0.4%, 90%",
        ),
        ((0.95, 0.93, 0.9996), "No clear change in the force’s incidents on the year before: −5.0% (−7.0% to 0%, 90%"),
        ((0.95, 0.93, 0.97), "The force had 5.0% fewer incidents than a year before (−7.0% to −3.0%, 90% interval)."),
        ((1.05, 1.02, 1.08), "The force had 5.0% more incidents than a year before (+2.0% to +8.0%, 90% interval)."),
        ((inf, 1.2, inf), "too few incidents a year before"),
    ],
)
def test_the_force_is_said_to_change_where_its_interval_says_so(change: tuple[float, float, float], words: str) -> None:
    assert words in say_force(Change(*change), "incidents")


@pytest.mark.parametrize(("order", "signs"), [("rise", "+"), ("fall", "−")])
def test_the_clearest_rises_are_rises_and_the_clearest_falls_falls(order: str, signs: str) -> None:
    test = open_page(TRENDS)
    test.get("button_group")[0].set_value(order).run()
    assert_sound(test)
    changes = re.findall(r"<small>(.)\d+% \(", read_text(test))
    assert changes == [signs] * 12


def test_trends_without_ten_months_still_compare() -> None:
    test = open_page(TRENDS, **{"from": "2022-11"})
    assert_sound(test)
    text = read_text(test)
    assert "No emerging classes" in text
    assert text.count("<figure>") == 12


@pytest.mark.parametrize("lens", [lens.code for lens in LENSES])
def test_the_shipped_back_test_is_shown_at_once(lens: str) -> None:
    test = open_page(CHECK, lens=lens)
    assert_sound(test)
    text = read_text(test)
    assert "of what the next 3 months bring" in text
    assert "is not where work will help" in text
    assert test.dataframe[0].value["method"].str.contains("last 12 months").any()


def test_a_back_test_that_is_not_shipped_is_computed_on_request() -> None:
    test = open_page(CHECK, types="robbery")
    assert_sound(test)
    assert "17 times over. That takes about 5 seconds" in read_text(test)
    assert [button.label for button in test.main.button if button.key == "check-compute"] == ["Find out now"]
    test.button(key="check-compute").click().run(timeout=120)
    assert_sound(test)
    assert "of what the next 3 months bring" in read_text(test)
    again = open_page(CHECK, types="robbery")
    assert "Nobody has asked" not in read_text(again)
