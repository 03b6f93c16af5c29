"""Boundaries are fetched, imported, compared and gone back to on the data page, which opens when no other page can."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from hotspots.pipeline.coverage import import_boundaries
from hotspots.pipeline.load import ingest
from hotspots.pipeline.records import load_records
from hotspots.settings import Settings, read_settings
from hotspots.store.boundaries import read_active
from hotspots.store.deprivation import AreaDeprivation, Deprivation, save_deprivation
from tests.conftest import ROOT
from tests.pipeline.conftest import MONTHS, VIOLENCE, centre, town_rows, write_month, write_wards
from tests.pipeline.test_best_fit import write_new_wards
from tests.pipeline.test_fetch import SEARCH_HEADER
from tests.ui.cold_pages import assert_sound, read_text

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:streamlit")


def open_page(script: str, part: str = "") -> AppTest:
    test = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    test.switch_page(script)
    if part:
        test.session_state["data-part"] = part
    test.run()
    return test


@pytest.fixture
def elsewhere(tmp_path: Path, home: Path) -> Settings:
    """Load incidents of London, far from the embedded wards."""
    write_month(tmp_path / "raw", "2022-01", [(VIOLENCE, -0.1, 51.5, "")] * 30)
    settings = read_settings()
    assert settings.home == home
    ingest([tmp_path / "raw"], settings=settings, force="city-of-london")
    return settings


@pytest.fixture
def town(tmp_path: Path, home: Path) -> Settings:
    """Load the made-up town of the pipeline's tests."""
    for month in MONTHS:
        write_month(tmp_path / "raw", month, town_rows(month))
    settings = read_settings()
    assert settings.home == home
    wards = write_wards(tmp_path)
    import_boundaries(wards, settings=settings, code="code", name="name", title="Town", vintage="Wards of May 2020")
    ingest([tmp_path / "raw"], settings=settings)
    return settings


@pytest.mark.usefixtures("elsewhere")
def test_a_force_outside_the_boundaries_closes_no_door_to_the_data_page() -> None:
    for script in ("pages/overview.py", "pages/area.py"):
        text = read_text(open_page(script))
        assert "No loaded incident lies inside the areas" in text
    test = open_page("pages/data.py")
    assert_sound(test)
    text = read_text(test)
    assert "closed until this is put right" in text
    assert "Boundaries in use" in text
    assert test.selectbox(key="boundaries-force").value == "city-of-london"
    loaded = read_text(open_page("pages/data.py", "What is loaded"))
    assert "City Of London is loaded but lies outside the boundaries in use" in loaded
    for part in ("Fetch", "Own extract", "Versions", "Outcomes"):
        assert_sound(open_page("pages/data.py", part))


def test_boundaries_are_compared_and_gone_back_to(town: Settings, tmp_path: Path) -> None:
    new = write_new_wards(tmp_path / "wards_2023.geojson")
    import_boundaries(
        new, settings=town, code="WD23CD", name="WD23NM", title="New <wards>", vintage="Wards of May 2023"
    )
    test = open_page("pages/data.py", "Boundaries")
    assert_sound(test)
    text = read_text(test)
    assert "Wards of May 2023" in text
    assert "1 renamed, 1 merged" not in text
    assert "shared out by area" in text
    sets, fit = test.dataframe[0].value, test.dataframe[1].value
    assert sets["number"].tolist()[:2] == [2, 1]
    assert sorted(fit["kind"].unique()) == ["merged", "renamed", "split"]
    test.button(key="boundaries-back").click().run()
    assert_sound(test)
    assert set(read_active(town).codes) == {"W1", "W2", "W3", "W4"}


def test_a_file_is_imported_with_guessed_columns(town: Settings, tmp_path: Path) -> None:
    new = write_new_wards(tmp_path / "wards_2023.geojson")
    test = open_page("pages/data.py", "Boundaries")
    test.file_uploader(key="boundaries-file").upload(new.name, new.read_bytes(), "application/geo+json")
    test.run()
    assert test.selectbox(key="boundaries-code").value == "WD23CD"
    assert test.selectbox(key="boundaries-name").value == "WD23NM"
    test.text_input(key="boundaries-vintage").input("Wards of May 2023")
    test.button(key="boundaries-import").click().run()
    active = read_active(town)
    assert (active.vintage, len(active)) == ("Wards of May 2023", 4)
    assert active.name == "wards_2023"


def test_a_file_that_is_no_boundary_file_is_one_sentence(town: Settings) -> None:
    test = open_page("pages/data.py", "Boundaries")
    test.file_uploader(key="boundaries-file").upload("areas.geojson", b"{not json", "application/json")
    test.run()
    assert_sound(test)
    assert "This file cannot be read" in read_text(test)
    assert town


def test_a_year_that_is_none_and_a_publisher_that_is_away_are_said(
    town: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotspots.sources.fetch.client.Client.tries", 1)
    monkeypatch.setenv("HOTSPOTS_ONS", "http://127.0.0.1:9/services")
    test = open_page("pages/data.py", "Boundaries")
    test.text_input(key="boundaries-year").input("soon")
    test.button(key="boundaries-fetch").click().run()
    assert "“soon” is not a year" in read_text(test)
    test.text_input(key="boundaries-year").input("2023")
    monkeypatch.setattr("hotspots.ui.boundary_panel.make_client", lambda *_, **__: _Away())
    test.button(key="boundaries-fetch").click().run()
    for _ in range(50):
        test.run()
        if "did not work" in read_text(test):
            break
        time.sleep(0.05)
    assert "cannot be reached" in read_text(test)
    assert town


class _Away:
    """A client whose publisher is away."""

    def read_json(self, *_: object, **__: object) -> object:
        from hotspots.sources.fetch.client import FetchError  # noqa: PLC0415 - of one test

        raise FetchError("127.0.0.1 cannot be reached.")

    def close(self) -> None:
        pass


def test_wards_for_other_residents_are_told_apart(tmp_path: Path) -> None:
    import_boundaries(write_wards(tmp_path), settings=read_settings(), code="code", name="name", title="No residents")
    text = read_text(open_page("pages/data.py", "Boundaries"))
    assert "No loaded incident" not in text or "closed until" in text
    assert "residents not known" in text


def test_stop_searches_are_a_layer_of_the_area_page_kept_in_the_address(town: Settings, tmp_path: Path) -> None:
    lon, lat = centre("W1")
    path = tmp_path / "records" / "2020-01-madeup-stop-and-search.csv"
    path.parent.mkdir()
    path.write_text(f"{SEARCH_HEADER}\nPerson search,2020-01-03T10:00:00+00:00,{lat},{lon},Act,Drugs,Arrest\n")
    load_records([path], settings=town)
    test = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    test.switch_page("pages/area.py")
    test.query_params["area"] = "W1"
    test.run()
    assert_sound(test)
    assert "stop searches in" not in read_text(test)
    test.toggle(key="area-searches").set_value(True).run()
    assert_sound(test)
    text = read_text(test)
    assert "1 stop search in 1 month" in text
    assert "not where harm is" in text
    assert test.query_params["overlay"] in ("searches", ["searches"])
    test.toggle(key="area-searches").set_value(False).run()
    assert "overlay" not in test.query_params


def test_deprivation_is_said_on_the_area_page_once_it_is_known(town: Settings) -> None:
    areas = {code: AreaDeprivation(score, 0.25, 3, 0.0) for code, score in zip("1234", (60, 50, 40, 30), strict=True)}
    by_code = {f"W{number}": item for number, item in areas.items()}
    kept = Deprivation(by_code, "The ministry", "OGL", "IMD 2019", read_active(town).ground)
    save_deprivation(town, kept)
    test = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    test.switch_page("pages/area.py")
    test.query_params["area"] = "W2"
    test.run()
    assert_sound(test)
    text = read_text(test)
    assert "score 50.0, rank 2 of 4 areas" in text
    assert "25% of residents in the most deprived tenth" in text
    save_deprivation(town, replace(kept, boundaries="0123456789ab"))
    test.run()
    assert_sound(test)
    text = read_text(test)
    assert "for other outlines than" in text
    assert "score 50.0" not in text
    test = open_page("pages/data.py", "Boundaries")
    assert_sound(test)
    assert "deprivation to be fetched again" in read_text(test)
