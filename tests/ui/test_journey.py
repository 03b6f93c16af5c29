"""The head of every page, the links to the next step, help, and undo."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from hotspots.pipeline.world import open_world
from hotspots.settings import STATIC, read_settings
from hotspots.store.ledger import list_operations
from hotspots.ui.finder import list_findable
from hotspots.ui.glossary import GLOSSARY, define
from hotspots.ui.ledger import reading
from hotspots.ui.registry import PAGES
from tests.ui.cold_pages import assert_sound, open_page, read_text

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:streamlit")
AREA, OPERATION, HELP = "pages/area.py", "pages/operation.py", "pages/help.py"


def links_of(test: AppTest) -> dict[str, str]:
    """Return the address behind each link."""
    protos = [part.proto for part in test.get("page_link")]
    return {proto.label: f"{proto.page}?{proto.query_string}" for proto in protos}


def test_search_box_finds_named_areas_operations_and_wards_in_this_order() -> None:
    settings = read_settings()
    with reading(settings) as ledger:
        found = list_findable(open_world(settings), list_operations(ledger))
    labels = [one.label for one in found]
    operations = ["Benwell – operation", "Momentum – operation", "Southwick – operation"]
    first = labels.index(operations[0])
    assert labels[first : first + 3] == operations
    assert labels[0] == "Ashington – named area"
    assert all(label.endswith("– named area") for label in labels[:first])
    assert labels.index("Southwick – named area") < labels.index("Southwick – operation")
    assert "Southwick (Sunderland) – ward" in labels, "a ward called like a named area says what it is"
    assert "Byker (Newcastle upon Tyne)" in labels
    assert len(set(labels)) == len(labels)


def test_choice_in_the_search_box_opens_the_page_and_empties_the_box() -> None:
    test = open_page()
    box = test.selectbox(key="find")
    test = box.select_index(list(box.options).index("Momentum – operation")).run()
    assert_sound(test)
    assert "Momentum" in read_text(test)
    assert test.selectbox(key="find").value is None


def test_area_links_its_operations_their_log_and_the_newest_month() -> None:
    test = open_page(AREA, area="ashington")
    links = links_of(test)
    assert "operation=momentum" in links["Operation Momentum"]
    assert "view=record" in links["Log what was done"]
    assert "area=ashington" in links["Hotspots"]
    test.button(key="step-period").click().run()
    assert_sound(test)
    assert test.query_params["from"] in ("2023-02", ["2023-02"])
    assert test.button(key="step-period").label == "Whole period"
    test.button(key="step-period").click().run()
    assert "from" not in test.query_params


def test_operation_links_its_area_its_effect_and_the_briefing() -> None:
    links = links_of(open_page(OPERATION, operation="southwick"))
    assert (
        "area=southwick" in links["Area\\: Southwick"] if "Area\\: Southwick" in links else "Area: Southwick" in links
    )
    assert any("operation=southwick" in to and "impact" in to for to in links.values())


def test_help_tells_every_word_once() -> None:
    text = read_text(open_page(HELP))
    assert all(term.name.split("(")[0].strip() in text for term in GLOSSARY)
    assert len({term.code for term in GLOSSARY}) == len(GLOSSARY)
    jargon = {"donors", "placebo", "difference-in-differences", "event-study", "bandwidth", "persistence", "back-test"}
    assert jargon <= {term.code for term in GLOSSARY}
    assert define("gi").name.startswith("Gi*")
    assert all(term.meaning.endswith(".") for term in GLOSSARY)


def test_menu_asks_five_questions_in_order() -> None:
    groups = list(dict.fromkeys(page.group for page in PAGES))
    assert groups == ["Where", "What was done", "Did it work", "Brief", "Data"]


def test_script_of_the_page_names_no_other_machine() -> None:
    script = (STATIC / "page" / "page.js").read_text(encoding="utf-8")
    assert "http" not in script
    assert "innerHTML" not in script
