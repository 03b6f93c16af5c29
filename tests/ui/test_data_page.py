"""The data page says what is loaded and what looks wrong, goes back to a version, and takes an extract in."""

from __future__ import annotations

import io
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

from hotspots.pipeline.load import ingest
from hotspots.pipeline.records import load_records
from hotspots.settings import read_settings
from hotspots.sources.fetch.client import FetchError, StoppedError
from hotspots.store.incidents import IncidentStore
from hotspots.ui.fetch_panel import FetchJob
from tests.conftest import ROOT
from tests.pipeline.test_fetch import members_of, months_between, outcomes_csv
from tests.police_uk_files import write_month
from tests.sources.fetch_server import serve_publisher, write_archive
from tests.sources.test_extracts import own_rows, write_excel
from tests.ui.cold_pages import assert_sound, read_text

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:streamlit")


def open_data(part: str = "What is loaded") -> AppTest:
    test = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    test.switch_page("pages/data.py")
    test.session_state["data-part"] = part
    test.run()
    assert_sound(test)
    return test


def load_six_months(folder: Path) -> None:
    for month in (1, 2, 3, 5, 6, 7):
        write_month(folder, f"2022-{month:02d}", 60 if month == 6 else 200)
    ingest([folder], settings=read_settings())


def test_embedded_data_are_described_before_anything_is_loaded() -> None:
    text = read_text(open_data())
    assert "These are the data that come with Hotspots" in text
    assert text.count(">missing<") == 1
    assert "Northumbria 2020" in text
    assert "northumbria" not in text
    assert "Months that look odd" in text
    assert "Missing or odd" in text
    assert "January 2022 not loaded" in text


def test_coverage_alerts_and_files_are_shown(tmp_path: Path) -> None:
    load_six_months(tmp_path)
    test = open_data()
    text = read_text(test)
    assert "April 2022 not loaded" in text
    assert "June 2022 has 60 incidents, 30% of the usual 200" in text
    assert ">60!</td>" in text
    files = test.dataframe[0].value
    assert files["file"].tolist()[0] == "2022-01-northumbria-street.csv"
    assert len(files) == 6
    assert not files["file"].str.contains(str(tmp_path)).any()


def test_versions_are_compared_and_gone_back_to(tmp_path: Path) -> None:
    load_six_months(tmp_path)
    first = IncidentStore(read_settings().incidents_home).data_version
    write_month(tmp_path, "2022-06", 200)
    ingest([tmp_path], settings=read_settings())
    test = open_data("Versions")
    assert test.dataframe[0].value["state"].tolist() == ["in force", "kept"]
    assert "Differences in 1 month" in read_text(test)
    test.text_input(key="data-find").set_value(first[:6]).run()
    assert_sound(test)
    assert "Version 1, made" in read_text(test)
    test.text_input(key="data-find").set_value("nothing").run()
    assert "No version “nothing” is kept" in read_text(test)
    test.button(key="data-back").click().run()
    assert_sound(test)
    assert IncidentStore(read_settings().incidents_home).data_version == first


def test_outcomes_are_shown_or_asked_for(tmp_path: Path) -> None:
    load_six_months(tmp_path)
    assert "No outcome is loaded" in read_text(open_data("Outcomes"))
    path = tmp_path / "2022-02-northumbria-outcomes.csv"
    path.write_bytes(outcomes_csv("2022-02", [2022_02_000 + n for n in range(20)]))
    load_records([path], settings=read_settings())
    test = open_data("Outcomes")
    assert test.dataframe[0].value["rate"].max() > 0
    test.radio(key="data-outcomes-by").set_value("area").run()
    assert_sound(test)


def test_the_wizard_tries_and_loads_an_excel_export(tmp_path: Path) -> None:
    path = write_excel(tmp_path / "niche export.xlsx", own_rows(120))
    test = open_data("Own extract")
    test.file_uploader(key="extract-file").upload(path.name, io.BytesIO(path.read_bytes()).getvalue()).run()
    assert_sound(test)
    assert "120 rows of 120 can be used" in read_text(test)
    assert not IncidentStore(read_settings().incidents_home).coverage().by_force
    test.button(key="extract-load").click().run()
    assert_sound(test)
    assert set(IncidentStore(read_settings().incidents_home).coverage().by_force) == {"niche-export"}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("duty list.csv", b"", "duty list.csv is empty"),
        ("duty list.csv", b"\x00\xff\xfe\x01", "duty list.csv is not a text file"),
        ("broken.xlsx", b"\x00\xff\xfe\x01", "broken.xlsx is not an Excel workbook"),
        ("broken.gpkg", b"SQLite format 3\x00" + bytes(200), "broken.gpkg"),
        ("words.csv", b"alpha,beta\n1,2\n", "“Date” and “Crime type” cannot be told"),
    ],
)
def test_the_wizard_speaks_of_the_users_file_and_of_its_own_controls(name: str, content: bytes, said: str) -> None:
    test = open_data("Own extract")
    test.file_uploader(key="extract-file").upload(name, content).run()
    assert_sound(test)
    text = read_text(test)
    assert said in text
    assert tempfile.gettempdir() not in text
    assert "--" not in text.partition("hs-message")[2].partition("</div>")[0]


def test_the_wizard_says_where_a_type_without_harm_is_weighed(tmp_path: Path) -> None:
    path = write_excel(tmp_path / "niche export.xlsx", own_rows(40))
    test = open_data("Own extract")
    test.file_uploader(key="extract-file").upload(path.name, path.read_bytes()).run()
    text = read_text(test)
    assert "Say what each is under “Counts as” above" in text
    assert "--type" not in text


def test_a_force_is_fetched_from_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve_publisher() as publisher:
        monkeypatch.setenv("HOTSPOTS_POLICE_UK", publisher.url)
        publisher.offer_archive(
            "2022-02", write_archive(tmp_path / "a.zip", members_of(months_between("2022-01", "2022-02")))
        )
        test = open_data("Fetch")
        test.text_input(key="fetch-from").set_value("soon")
        test.button(key="fetch-start").click().run()
        assert "“soon” is not a month" in read_text(test)
        test.text_input(key="fetch-from").set_value("2022-01")
        test.button(key="fetch-start").click().run()
        assert_sound(test)
        until = time.monotonic() + 20
        while time.monotonic() < until and not IncidentStore(read_settings().incidents_home).coverage().by_force:
            time.sleep(0.1)
        test.run()
        assert_sound(test)
    assert set(IncidentStore(read_settings().incidents_home).coverage().by_force) == {"northumbria"}


def wait_for(job: FetchJob, state: str) -> None:
    until = time.monotonic() + 5
    while job.state != state and time.monotonic() < until:
        time.sleep(0.01)
    assert job.state == state


def test_a_job_is_paused_and_goes_on() -> None:
    steps: list[str] = []

    def work(job: FetchJob) -> str:
        steps.append("began")
        while len(steps) == 1:
            if job.stopping:
                raise StoppedError("Paused; what has come is kept.")
            job.advance("file", 1, 2)
            time.sleep(0.01)
        return "All there."

    job = FetchJob()
    job.start(work)
    wait_for(job, "running")
    job.start(work)
    job.pause()
    wait_for(job, "paused")
    assert "kept" in job.text
    job.start()
    wait_for(job, "done")
    assert (job.text, steps) == ("All there.", ["began", "began"])


def test_a_job_that_fails_says_why() -> None:
    def fail(error: Exception) -> Callable[[FetchJob], str]:
        def work(_job: FetchJob) -> str:
            raise error

        return work

    job = FetchJob()
    job.start(fail(FetchError("The publisher is not there.")))
    wait_for(job, "failed")
    assert job.text == "The publisher is not there."
