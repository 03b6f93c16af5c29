"""Every page, every lens, cold links, bad addresses and empty selections: no exception, and the words that matter."""

from __future__ import annotations

import json
import sys
import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from hotspots.pipeline.static_geometry import write_static_geometry
from hotspots.terms import LENSES, METRICS, lens
from hotspots.ui import area_page, caches, finder, overview_page, panels
from hotspots.ui.filters import NO_FILTERS
from hotspots.ui.panels import CAUTION
from hotspots.ui.registry import PAGES
from hotspots.ui.tables import RANKING_COLUMNS
from hotspots.views.wording import NOT_KNOWN
from tests.conftest import ROOT
from tests.ui.cold_pages import AREA, as_dict, assert_sound, map_data, open_page, read_text

if TYPE_CHECKING:
    from pathlib import Path

    from hotspots.ui.shell import View

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:streamlit")


@pytest.mark.parametrize("page", [page.script for page in PAGES])
def test_each_page_opens_cold_with_marking_and_filters(page: str) -> None:
    test = open_page(page)
    assert_sound(test)
    text = read_text(test)
    assert text.count("OFFICIAL") >= 2
    title = next(one.title for one in PAGES if one.script == page)
    if title in NO_FILTERS:
        assert not test.sidebar.selectbox, "a filter that changes nothing is not offered"
        assert NO_FILTERS[title] in test.sidebar.caption[0].value
    else:
        assert [box.key for box in test.sidebar.selectbox][:3] == ["area", "from", "to"]


def test_the_page_of_access_says_on_a_laptop_that_nobody_signs_in() -> None:
    test = open_page("pages/access.py")
    assert_sound(test)
    assert "Nobody signs in here" in read_text(test)
    assert "<h1>Access</h1>" in read_text(test)


def test_page_without_filters_keeps_what_was_chosen() -> None:
    test = open_page(show="rate", area="ashington", lens="violence")
    for page in ("pages/help.py", "pages/overview.py"):
        test.switch_page(page).run()
        assert_sound(test)
        assert as_dict(test) == {"show": "rate", "area": "ashington", "lens": "violence"}
    assert test.selectbox(key="lens").value == "violence"


def test_overview_answers_where_how_many_and_how_sure() -> None:
    test = open_page()
    assert_sound(test)
    text = read_text(test)
    assert "All crime and ASB in Northumbria" in text
    assert "May 2020 to February 2023" in text
    assert "512,208" in text
    assert "January 2022 is missing" in text
    assert "Found by police work" in text
    assert "These are the data that come with Hotspots" in text
    table = test.dataframe[0].value
    assert len(table) == 180
    assert table["rank"].is_monotonic_increasing
    assert table["range"].str.match(r"\d+( to \d+)?$").all()


def test_ward_map_gets_classes_and_clusters_but_no_shapes() -> None:
    data = map_data(open_page())
    assert len(data["classes"]) == 177
    assert set(data["classes"]) == set(range(len(data["colours"])))
    assert sum(data["sizes"]) == 177
    assert len(data["clusters"]["features"]) > 5
    assert data["geometry"]["path"].startswith("app/static/geo/")
    assert "shapes" not in data["geometry"]
    assert len(json.dumps(data)) < 120_000


def test_the_first_visit_since_the_start_gets_its_map_before_the_search_box(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    monkeypatch.setattr("hotspots.ui.shell.is_ready", lambda: False)
    monkeypatch.setattr("hotspots.ui.overview_page.draw_ward_map", lambda *_, **__: drawn.append("map"))
    known = finder.list_findable
    monkeypatch.setattr(finder, "list_findable", lambda *rest: drawn.append("search box") or known(*rest))
    test = open_page()
    assert_sound(test)
    assert drawn == ["map", "search box"]
    assert "Momentum – operation" in test.selectbox(finder.KEY).options


@pytest.mark.parametrize("chosen", [lens.code for lens in LENSES])
def test_each_lens_reaches_title_map_and_table(chosen: str) -> None:
    test = open_page(lens=chosen)
    assert_sound(test)
    assert lens(chosen).label in read_text(test)
    assert test.query_params.get("lens", ["all"]) in ([chosen], chosen)


@pytest.mark.parametrize("chosen", METRICS)
def test_each_metric_colours_the_map(chosen: Any) -> None:
    test = open_page(show=chosen.code)
    assert_sound(test)
    assert map_data(test)["title"].startswith(chosen.label)


def test_area_page_opens_from_a_cold_link() -> None:
    test = open_page(AREA, area="ashington")
    assert_sound(test)
    text = read_text(test)
    assert "<h1>Ashington</h1>" in text
    assert "among the 177 wards (90% range" in text
    assert len(test.dataframe[0].value) >= 1


def test_area_is_found_by_name_and_shown_by_code() -> None:
    test = open_page(AREA, area="Southwick")
    assert_sound(test)
    assert test.session_state["area"] == "southwick"
    assert test.query_params["area"] in ("southwick", ["southwick"])


def test_area_page_without_area_says_what_to_do() -> None:
    test = open_page(AREA)
    assert_sound(test)
    assert "Choose an area" in read_text(test)
    test.button(key="start-benwell").click().run()
    assert_sound(test)
    assert "<h1>Benwell</h1>" in read_text(test)


def test_area_map_asks_no_other_machine() -> None:
    test = open_page(AREA, area="ashington")
    payload = json.loads(test.get("component_instance")[0].proto.json_args)
    links = [*payload["js_links"], *payload["css_links"]]
    assert links
    assert all(link.startswith("../../app/static/") for link in links)
    for link in links:
        assert (ROOT / link.removeprefix("../../app/")).is_file(), link
    assert "http" not in payload["script"].replace("http://www.w3.org", "")


def test_marking_is_the_settings_and_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTSPOTS_MARKING", "OFFICIAL-SENSITIVE <b>")
    text = read_text(open_page())
    assert "OFFICIAL-SENSITIVE &lt;b&gt;" in text


def test_setting_that_cannot_be_used_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOTSPOTS_AREAS", str(tmp_path / "none.toml"))
    test = open_page()
    assert_sound(test)
    assert "HOTSPOTS_AREAS names" in read_text(test)


def test_broken_table_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "areas.toml"
    path.write_text('[[area]]\ncode = "x"\nname = "X"\nwards = ["E99999999"]\n')
    monkeypatch.setenv("HOTSPOTS_AREAS", str(path))
    test = open_page()
    assert_sound(test)
    assert "The data cannot be opened" in read_text(test)
    assert "E99999999" in read_text(test)


def test_ranking_shows_what_matters_and_no_word_for_nothing() -> None:
    test = open_page()
    assert list(test.dataframe[0].proto.column_order) == list(RANKING_COLUMNS)
    assert [part.proto.placeholder for part in test.dataframe] == [NOT_KNOWN] * len(test.dataframe)
    area = open_page(AREA, area="ashington")
    assert [part.proto.placeholder for part in area.dataframe] == [NOT_KNOWN] * len(area.dataframe)
    assert "Violence" in set(area.dataframe[0].value["type"])


def test_chosen_area_is_pinned_above_the_ranking_and_marked_in_it() -> None:
    test = open_page(area="ashington")
    assert_sound(test)
    strip = next(part for part in read_text(test).splitlines() if "hs-strip" in part)
    for word in ("Ashington: would rank", "among the wards", "90% range", "score", "harm", "rate", "incidents"):
        assert word in strip
    table = test.dataframe[0]
    row = list(table.value["area"]).index("Ashington (area)")
    assert json.loads(table.proto.selection_default)["selection"]["cells"] == [[row, "area"]]


def test_pages_say_what_their_filters_change() -> None:
    check = open_page("pages/method_check.py", show="rate")
    assert "show" not in {box.key for box in check.sidebar.selectbox}
    assert "area and period change nothing on this page" in check.sidebar.caption[-1].value
    assert as_dict(check) == {"show": "rate"}
    assert "counts harm days; with anything else, incidents" in open_page("pages/trends.py").selectbox(key="show").help


def test_area_page_leaves_out_filters_without_effect_and_keeps_their_values() -> None:
    test = open_page(show="rate", by="ward", area="ashington")
    test.switch_page(AREA).run()
    assert_sound(test)
    drawn = {box.key for box in test.sidebar.selectbox}
    assert not drawn & {"show", "by"}
    test.selectbox(key="lens").select("violence").run()
    assert_sound(test)
    assert as_dict(test) == {"show": "rate", "by": "ward", "area": "ashington", "lens": "violence"}
    assert "Violence" in read_text(test)
    test.switch_page("pages/overview.py").run()
    assert_sound(test)
    assert map_data(test)["title"].startswith("Rate")
    assert test.selectbox(key="by").value == "ward"


def test_area_names_fit_the_sidebar_and_stay_clear() -> None:
    options = open_page().selectbox(key="area").options
    assert "Ashington Central" in options
    assert {"Castle (Newcastle upon Tyne)", "Castle (Sunderland)"} <= set(options)
    assert len(set(options)) == len(options)


@pytest.mark.parametrize("page", [None, AREA])
def test_enforcement_driven_types_are_cautioned_at_the_top(page: str | None) -> None:
    test = open_page(page, area="ashington", types="drugs")
    assert_sound(test)
    text = read_text(test)
    assert text.index(f'caution" role="note">{CAUTION}') < text.index("hs-figures")
    assert CAUTION not in text[text.index("Read with care") :]


@pytest.mark.parametrize("page", ["pages/hot_cells.py", "pages/trends.py", "pages/method_check.py"])
def test_enforcement_driven_types_are_cautioned_on_the_pages_of_methods_too(page: str) -> None:
    test = open_page(page, types="drugs")
    assert_sound(test)
    assert f'caution" role="note">{CAUTION}' in read_text(test)


@pytest.mark.parametrize(("page", "whole_force"), [(overview_page, True), (area_page, False)])
def test_briefing_picture_is_asked_for_with_the_chosen_area(
    monkeypatch: pytest.MonkeyPatch, page: Any, whole_force: bool
) -> None:
    asked: list[tuple[str, bool]] = []

    def ask(view: View, *, name: str, whole_force: bool = False) -> None:
        assert name
        asked.append((view.query.area, whole_force))

    monkeypatch.setattr(page, "draw_takeaway", ask)
    assert_sound(open_page(AREA if page is area_page else None, area="ashington"))
    assert asked == [("ashington", whole_force)]


@pytest.mark.parametrize("page", [None, AREA])
@pytest.mark.parametrize(
    ("weights", "words"),
    [
        (
            "",
            "composite of rate 40%, harm 40%, clustered 10% and persistence 10%; trend weighs nothing; ranges by 1,000",
        ),
        ("rate=3,trend=1", "composite of rate 75% and trend 25%; harm, clustered and persistence weigh nothing;"),
    ],
)
def test_the_parts_of_the_score_are_named_with_the_weights_that_were_used(
    page: str | None, weights: str, words: str
) -> None:
    assert words in read_text(open_page(page, area="ashington", **({"weights": weights} if weights else {})))


def test_a_part_of_the_score_that_a_single_month_does_not_have_is_said_to_be_unknown() -> None:
    text = read_text(open_page(AREA, area="ashington", **{"from": "2023-02"}))
    assert "rate 44%, harm 44% and clustered 11%; persistence is not known here; trend weighs nothing; ranges" in text


def test_the_trend_of_a_ranking_is_said_to_be_drawn_towards_the_force() -> None:
    assert "Trend: drawn towards the force’s; as counted on Trends." in read_text(open_page())
    assert "trend drawn towards the force’s" in read_text(open_page(AREA, area="ashington"))


def test_events_in_a_chart_are_explained() -> None:
    assert "“New map points”, July 2022: police.uk moved its map points" in read_text(open_page())
    assert "New map points" not in read_text(open_page(**{"from": "2022-08"}))


def test_one_cluster_has_no_order() -> None:
    test = open_page(AREA, area="E05009096", eps="400", min="900")
    assert_sound(test)
    assert "1 cluster<" in read_text(test)


def test_boundaries_of_unknown_origin_leave_no_empty_brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    known = panels.draw_notes

    def draw(world: Any, *rest: Any) -> None:
        known(replace(world, boundaries=replace(world.boundaries, source="wards.geojson", vintage="")), *rest)

    monkeypatch.setattr(panels, "draw_notes", draw)
    text = read_text(open_page())
    assert "wards.geojson. Harm" in text
    assert "()" not in text


def test_shapes_that_were_removed_are_written_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(caches, "STATIC", tmp_path)
    monkeypatch.setattr(caches, "write_static_geometry", lambda boundaries: write_static_geometry(boundaries, tmp_path))
    caches._find_shapes.clear()
    first = map_data(open_page())["geometry"]["path"].removeprefix("app/static/")
    (tmp_path / first).unlink()
    assert map_data(open_page())["geometry"]["path"].endswith(first)
    assert (tmp_path / first).is_file()
    caches._find_shapes.clear()


@pytest.mark.parametrize("module", ["hotspots.ui.shell", "hotspots.ui.filters"])
def test_broken_installation_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, module: str
) -> None:
    monkeypatch.delitem(sys.modules, "hotspots.ui.shell", raising=False)
    monkeypatch.setitem(sys.modules, module, None)
    test = open_page()
    assert_sound(test)
    assert "The dashboard cannot be shown" in read_text(test)
    assert module in str(caplog.records[-1].exc_info)
    caplog.clear()


def test_streamlit_adds_no_links_and_no_advertisement() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert config["client"] == {"toolbarMode": "viewer", "showErrorDetails": "none", "showErrorLinks": False}
    assert config["logger"]["hideWelcomeMessage"]
