"""The briefing page: its subject and template from the address, its sections, its preview, and the file it makes."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest
from pptx import Presentation

from hotspots.settings import read_settings
from tests.ui.operation_pages import assert_sound, make_activity, make_operation, open_here, open_page, press, read_text

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:streamlit")
BRIEFING = "pages/briefing.py"
SHORT = """
title = "Short"
audience = "Tests"

[[section]]
kind = "trend"
heading = "Is it growing?"
note = "Ask about the gap."

[[section]]
kind = "ranking"
heading = "Which first?"

[[section]]
kind = "phases"
heading = "What was done?"
"""


@pytest.fixture(autouse=True)
def short_template() -> None:
    folder = read_settings().templates_home
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "short.toml").write_text(SHORT, encoding="utf-8")


def pack_of(test: AppTest) -> tuple[str, bytes]:
    _asked, pack = test.session_state["briefing-made"]
    return pack.name, pack.content


def test_subject_and_template_come_from_the_address() -> None:
    test = open_page(BRIEFING, area="southwick", template="short")
    assert_sound(test)
    text = read_text(test)
    assert "<strong>Southwick – named area</strong>" in text
    assert "Short · for tests" in text
    assert "1. Is it growing?" in text
    assert "2. Which first?" in text
    assert test.selectbox(key="briefing-template").value == "short"


def test_section_that_the_data_do_not_allow_is_told_and_the_others_are_drawn() -> None:
    test = open_page(BRIEFING, template="short")
    assert_sound(test)
    text = read_text(test)
    assert text.count("Left out of this briefing") == 1
    assert len(test.get("image")) == 2


def test_operation_is_a_subject_and_its_phases_are_drawn() -> None:
    ledger = open_here()
    make_operation(ledger)
    make_activity(ledger)
    ledger.close()
    test = open_page(BRIEFING, operation="coquet", template="short")
    assert_sound(test)
    assert "<strong>Coquet – operation</strong>" in read_text(test)
    assert "Left out of this briefing" not in read_text(test)
    assert len(test.get("image")) == 3


def test_address_orders_and_leaves_out_sections_and_the_file_follows() -> None:
    test = open_page(BRIEFING, area="southwick", template="short", sections="ranking,trend,-phases")
    assert "1. Which first?" in read_text(test)
    assert "What was done?" not in read_text(test)
    test.text_area(key="briefing-speaking").set_value("Begin with the gap in January 2022.").run()
    press(test, "Make the file")
    assert_sound(test)
    name, content = pack_of(test)
    assert name.endswith(".pptx")
    slides = list(Presentation(io.BytesIO(content)).slides)
    titles = [slide.shapes.title.text for slide in slides if slide.shapes.title is not None]
    first, second = (
        next(place for place, title in enumerate(titles) if heading in title)
        for heading in ("Which first?", "Is it growing?")
    )
    assert first < second
    assert any("Begin with the gap" in slide.notes_slide.notes_text_frame.text for slide in slides)


def test_file_made_before_a_change_is_no_longer_offered() -> None:
    test = open_page(BRIEFING, template="short", sections="trend,-ranking,-phases")
    test.segmented_control(key="briefing-format").set_value("zip").run()
    press(test, "Make the file")
    _name, content = pack_of(test)
    with zipfile.ZipFile(io.BytesIO(content)) as pack:
        assert sum(entry.endswith(".png") for entry in pack.namelist()) == 1
    assert [button.proto.label for button in test.get("download_button")]
    test.text_input(key="briefing-marking-short").set_value("OFFICIAL-SENSITIVE").run()
    assert not test.get("download_button")
    assert any("make it again" in caption.value for caption in test.caption)


def test_unknown_template_and_a_broken_one_are_one_sentence() -> None:
    assert "There is no template called “shrot”" in read_text(open_page(BRIEFING, template="shrot"))
    (read_settings().templates_home / "broken.toml").write_text("title = 3", encoding="utf-8")
    text = read_text(open_page(BRIEFING))
    assert "broken.toml" in text
