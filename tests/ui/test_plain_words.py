"""No bare p-value on any page or picture, and no effect without how sure it is: every text is walked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from hotspots.pipeline import impact_panel
from hotspots.pipeline.brief import KINDS, compose_picture
from hotspots.pipeline.operations import open_operations
from hotspots.pipeline.world import open_world
from hotspots.query import Query
from hotspots.settings import read_settings
from hotspots.ui import impact_caches, panels
from hotspots.ui import impact_panels as impact_parts
from tests.plain_words import (
    find_bare_p,
    find_faulty_effects,
    find_unsure_effects,
    gather_html,
    gather_texts,
    strings_in,
)
from tests.ui.operation_pages import assert_sound, open_page

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:streamlit")
PAGES: dict[str, tuple[str, dict[str, str]]] = {
    "Impact": ("pages/impact.py", {"operation": "momentum"}),
    "Operation": ("pages/operation.py", {"operation": "momentum"}),
    "Hotspots": ("pages/hot_cells.py", {"panels": "cells,emerging"}),
    "Trends": ("pages/trends.py", {}),
    "Overview": ("pages/overview.py", {}),
    "Area": ("pages/area.py", {"area": "ashington"}),
    "Method check": ("pages/method_check.py", {}),
}


@pytest.fixture(autouse=True, scope="module")
def few_outcomes() -> Iterator[None]:
    """Evaluate three outcomes, one of each make: what is said of them is what is said of all."""
    whole = impact_panel.list_outcomes
    patch = pytest.MonkeyPatch()
    kept = ("all crime and anti-social behaviour", "violence", "drugs")
    patch.setattr(impact_panel, "list_outcomes", lambda *of: tuple(one for one in whole(*of) if one.name in kept))
    impact_caches._shelf.clear()
    yield
    patch.undo()
    impact_caches._shelf.clear()


def test_the_rules_find_what_is_planted() -> None:
    for planted in ("The fall is real (p = 0.03).", "p<0.05", "Its p-value is small.", "A significant fall.", "p ≤ .1"):
        assert find_bare_p(["All is well.", planted]) == [planted]
    assert (
        find_bare_p(["The p-value belongs to a 95% interval of 3 to 8.", "Stop p. 12", "up < 3", "MP = member"]) == []
    )
    assert find_unsure_effects(
        ["12% fewer than expected.", "12% fewer than expected, between 20% fewer and 3% fewer."]
    ) == ["12% fewer than expected."]
    row = '<tr class="effect"><th>Theft</th><td class="bar"><div><i></i></div></td><td class="num">−12%</td>'
    whole = f'{row}<td class="num">−20% to −3%</td><td class="words">Fewer.</td></tr>'
    assert find_faulty_effects(whole) == []
    assert len(find_faulty_effects(f'{row}<td class="num">–</td><td class="words">Fewer.</td></tr>')) == 1
    assert len(find_faulty_effects(f'{row}<td class="num">−20% to −3%</td><td class="words"></td></tr>')) == 1
    assert len(find_faulty_effects(whole.replace("<i></i>", ""))) == 1
    below = f'{row}<td class="num">−20% to −3%</td></tr><tr class="below"><td class="words">Fewer.</td></tr>'
    assert find_faulty_effects(below) == []


@pytest.mark.parametrize("name", PAGES)
def test_no_page_shows_a_bare_p_value(name: str) -> None:
    page, params = PAGES[name]
    test = open_page(page, **params)
    assert_sound(test)
    texts = gather_texts(test)
    assert len(texts) > 50
    assert find_bare_p(texts) == []
    if name == "Impact":
        assert find_faulty_effects(gather_html(test)) == []
        assert find_unsure_effects(texts) == []


def test_a_planted_p_value_and_a_bare_effect_are_found_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = impact_parts.draw_verdict

    def plant(impact: Any) -> None:
        panels.draw_strip("It fell (p = 0.04).", "12% fewer than expected")
        one = impact.headline
        drawn(replace(impact, outcomes=(replace(one, verdict=replace(one.verdict, sentence="5% more.")),)))

    monkeypatch.setattr("hotspots.ui.impact_page.draw_verdict", plant)
    texts = gather_texts(open_page("pages/impact.py", operation="momentum"))
    assert find_bare_p(texts) == ["It fell (p = 0.04)."]
    assert set(find_unsure_effects(texts)) == {"12% fewer than expected", "5% more."}


def test_no_picture_shows_a_bare_p_value() -> None:
    world, ledger = open_world(read_settings()), open_operations(read_settings(), create=False)
    query = Query(area="ashington", operation="momentum")
    pictures = [compose_picture(world, query, kind, ledger=ledger) for kind in KINDS]
    ledger.close()
    texts = [text for picture in pictures for text in (*strings_in(picture), picture.alt)]
    assert len(texts) > 300
    assert find_bare_p(texts) == []
    planted = replace(pictures[0], notes=(*pictures[0].notes, "Clusters are significant (p < 0.01)."))
    assert find_bare_p(strings_in(planted)) == ["Clusters are significant (p < 0.01)."]
