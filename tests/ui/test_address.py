"""The address and the filters: each follows the other, and what cannot be is a sentence with a way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.cold_pages import AREA, as_dict, assert_sound, open_page, read_text

if TYPE_CHECKING:
    pass

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:streamlit")


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"lens": "violins"}, "There is no lens called"),
        ({"area": "Ashingtown"}, "Did you mean Ashington"),
        ({"from": "2022-13"}, "is not a month"),
        ({"from": "2023-01", "to": "2022-01"}, "begins in January 2023, after it ends in January 2022"),
        ({"from": "2031-01"}, "2031"),
        ({"types": "jaywalking"}, "There is no crime type called"),
        ({"eps": "-5"}, "above 0"),
        ({"eps": "wide"}, "number of metres"),
        ({"min": "0"}, "1 or more"),
        ({"weights": "rate=x"}, "is not a weight"),
        ({"weights": "rate=0"}, "All score weights are zero"),
        ({"by": "street"}, "is not a geography"),
        ({"show": "colour"}, "There is no map metric called"),
        ({"outcomes": "medal"}, "There is no outcome group called"),
        ({"weight-rate": "-3"}, "weights=rate=25,harm=30"),
        ({"wieghts": "rate=25"}, "did you mean “weights”"),
        ({"Lens": "violence"}, "did you mean “lens”"),
        ({"area": "<script>alert(1)</script>"}, "&lt;script&gt;"),
    ],
)
def test_bad_address_is_one_sentence_with_a_way_back(params: dict[str, str], words: str) -> None:
    test = open_page(AREA if "area" in params else None, **params)
    assert_sound(test)
    text = read_text(test)
    assert "This address cannot be shown" in text
    assert words in text
    assert "<script>" not in text
    test.button[0].click().run()
    assert_sound(test)
    assert "This address cannot be shown" not in read_text(test)


@pytest.mark.parametrize("page", [None, AREA])
def test_empty_selection_says_what_to_do(page: str | None) -> None:
    test = open_page(page, area="ashington", types="anti-social-behaviour", outcomes="positive-outcome")
    assert_sound(test)
    text = read_text(test)
    assert "Nothing to show for this selection" in text
    assert "widen the period" in text
    back = next(button for button in test.button if button.label == "Back to the default view")
    back.click().run()
    assert_sound(test)
    assert "Nothing to show" not in read_text(test)


def test_filters_that_clash_are_answered_and_can_be_mended() -> None:
    test = open_page()
    months = test.selectbox(key="from").options
    assert months[0] == "May 2020"
    test.selectbox(key="from").select_index(20)
    test.selectbox(key="to").select_index(30)
    test.run()
    assert_sound(test)
    assert "These filters do not go together" in read_text(test)
    test.selectbox(key="to").select_index(0).run()
    assert_sound(test)
    assert "do not go together" not in read_text(test)


def test_widgets_write_the_address_and_the_address_survives_a_page_change() -> None:
    test = open_page()
    test.selectbox(key="lens").select("violence").run()
    test.number_input(key="eps").set_value(200.0).run()
    assert_sound(test)
    assert as_dict(test) == {"lens": "violence", "eps": "200"}
    test.query_params.clear()
    test.switch_page(AREA).run()
    assert_sound(test)
    assert as_dict(test) == {"lens": "violence", "eps": "200"}


def test_changed_address_wins_over_old_widgets() -> None:
    test = open_page(lens="violence")
    test.query_params["lens"] = "acquisitive"
    test.run()
    assert_sound(test)
    assert test.session_state["lens"] == "acquisitive"


def test_what_others_add_to_an_address_is_left_alone() -> None:
    test = open_page(utm_source="mail", ref="intranet", lens="violence")
    assert_sound(test)
    assert "Violence in Northumbria" in read_text(test)


def test_reset_goes_back_to_the_default_view() -> None:
    test = open_page(lens="violence", area="ashington", eps="250")
    reset = next(button for button in test.sidebar.button if button.label == "Reset all filters")
    reset.click().run()
    assert_sound(test)
    assert as_dict(test) == {}
    assert test.session_state["lens"] == "all"
