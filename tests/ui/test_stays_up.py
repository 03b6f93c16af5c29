"""What people see while something is broken: the last good state, since when, and a number that is in the log."""

from __future__ import annotations

import os
import re
import shutil
import threading
from typing import TYPE_CHECKING, Any

import pytest
from streamlit.testing.v1 import AppTest

from hotspots.errors import StoreError
from hotspots.pipeline import world as world_module
from hotspots.pipeline.load import ingest
from hotspots.settings import read_settings
from hotspots.store.ledger import ActivityFilter, list_activities
from hotspots.ui import ledger as ledger_pages
from hotspots.ui import overview_page, standing
from tests.conftest import ROOT
from tests.pipeline.conftest import MONTHS, town, town_rows, write_month  # noqa: F401 - a fixture, by its name
from tests.ui.operation_pages import fill, make_activity, make_operation, open_here, press, say_who
from tests.ui.operation_pages import open_page as open_operation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hotspots.settings import Settings

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:streamlit")
BANNER = re.compile(r"cannot be read since \d\d:\d\d on \d{1,2} [A-Z][a-z]+ \d{4}; what is shown is how it stood then")


RECORDED = "Warrants executed: 3, 5 March 2021"


@pytest.fixture(autouse=True)
def retry_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "RETRY_SECONDS", 0.0)


def open_page(page: str | None = None, **params: str) -> AppTest:
    test = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    for name, value in params.items():
        test.query_params[name] = value
    if page is not None:
        test.switch_page(page)
    return test.run()


def read_text(test: AppTest) -> str:
    assert not test.exception, test.exception[0].value
    return "\n".join(part.proto.body for part in test.get("html"))


def test_a_page_that_fails_says_a_number_that_is_in_the_log_and_the_rest_goes_on(
    planted_fault: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError("planted <b>here</b>")

    monkeypatch.setattr(overview_page, "find_overview_parts", fail)
    test = open_page()
    text = read_text(test)
    assert "This part of the dashboard failed" in text
    assert "planted" not in text
    reference = re.search(r"the reference ([A-Z2-9]{4}-[A-Z2-9]{4})", text)
    assert reference is not None
    told = [record for record in caplog.records if getattr(record, "reference", "") == reference[1]]
    assert [(record.exc_info[0], record.page) for record in told if record.exc_info] == [
        (ZeroDivisionError, "Overview")
    ]
    assert "OFFICIAL" in text
    assert [box.key for box in test.sidebar.selectbox][:3] == ["area", "from", "to"], "the filters are there still"
    assert "<h1>Ashington</h1>" in read_text(open_page("pages/area.py", area="ashington"))
    monkeypatch.undo()
    assert "512,208" in read_text(test.run())


def test_new_data_appear_without_a_restart(town: Settings, tmp_path: Path) -> None:  # noqa: F811 - the fixture that is imported above
    test = open_page()
    before = standing.find_world(town)
    assert "Data to April 2021" in read_text(test)
    ingest([write_month(tmp_path / "more", "2021-05", town_rows("2021-05"))], settings=town)
    text = read_text(test.run())
    assert "Data to May 2021" in text
    after = standing.find_world(town)
    assert after.version != before.version
    assert f"Data version {after.data_version}" in text
    assert before.data_version not in text


def test_no_view_mixes_two_versions(
    town: Settings,  # noqa: F811 - the fixture that is imported above
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """New data come while a page is being drawn: it is drawn from the old ones to its end."""
    find = overview_page.find_overview_parts
    raw = write_month(tmp_path / "more", "2021-05", town_rows("2021-05"))
    old = standing.find_world(town)

    def load_meanwhile(*args: Any) -> Any:
        answer = find(*args)
        ingest([raw], settings=town)
        return answer

    monkeypatch.setattr(overview_page, "find_overview_parts", load_meanwhile)
    text = read_text(open_page())
    assert "Data to April 2021" in text
    assert f"Data version {old.data_version}" in text
    assert "May 2021" not in text
    assert standing.find_world(town).version != old.version


def test_many_visits_open_new_data_once(town: Settings, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811 - the fixture that is imported above
    opened: list[int] = []
    open_world = standing.open_world

    def count(settings: Settings) -> world_module.World:
        opened.append(1)
        return open_world(settings)

    monkeypatch.setattr(standing, "open_world", count)
    found: list[str] = []
    visits = [threading.Thread(target=lambda: found.append(standing.find_world(town).version)) for _ in range(12)]
    for visit in visits:
        visit.start()
    for visit in visits:
        visit.join()
    assert (len(opened), len(found), len(set(found))) == (1, 12, 1)


def corrupt(home: Path) -> None:
    file = next((home / "incidents").rglob("2021-04-*.parquet"))
    data = bytearray(file.read_bytes())
    data[len(data) // 3 : len(data) // 2] = bytes(len(data) // 2 - len(data) // 3)
    file.write_bytes(data)
    os.utime(home / "incidents")


def lose(home: Path) -> None:
    (home / "incidents").rename(home / "incidents-away")


def block(home: Path) -> None:
    lose(home)
    (home / "incidents").write_text("no folder")


@pytest.mark.parametrize("harm", [corrupt, lose, block])
def test_data_that_cannot_be_read_leave_the_last_good_ones(
    town: Settings,  # noqa: F811 - the fixture that is imported above
    harm: Callable[[Path], None],
    tmp_path: Path,
) -> None:
    test = open_page()
    good = standing.find_world(town)
    shutil.copytree(town.home, tmp_path / "copy")
    harm(town.home)
    text = read_text(test.run())
    assert re.search(rf"The data {BANNER.pattern}", text)
    assert f"Data version {good.data_version}" in text
    with pytest.raises(StoreError):
        standing.open_fresh_world(town)
    since = BANNER.search(text)
    again = read_text(test.run())
    assert since is not None
    assert since[0] in again, "since when does not move"
    shutil.rmtree(town.home)
    (tmp_path / "copy").rename(town.home)
    assert not BANNER.search(read_text(test.run()))


def test_data_that_never_could_be_read_are_told_and_nothing_else_is_shown(town: Settings) -> None:  # noqa: F811 - the fixture that is imported above
    corrupt(town.home)
    text = read_text(open_page())
    assert "The data cannot be opened" in text
    assert "is damaged" in text
    assert "Northumbria" not in text, "no other data stand in for them"


def test_a_failure_is_tried_again_only_after_a_while(
    town: Settings,  # noqa: F811 - the fixture that is imported above
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(standing, "RETRY_SECONDS", 60.0)
    standing.find_world(town)
    lose(town.home)
    asked: list[int] = []
    monkeypatch.setattr(standing, "open_world", lambda settings: asked.append(1) or world_module.open_world(settings))
    for _ in range(5):
        standing.find_world(town)
    assert len(asked) == 1


def test_a_ledger_that_is_gone_for_a_minute_is_shown_as_it_stood(home: Path) -> None:
    ledger = open_here()
    make_operation(ledger)
    make_activity(ledger, quantity="3", kind="warrants", date="5 March 2021")
    ledger.close()
    test = open_operation(operation="coquet")
    assert "Warrants executed" in read_text(test)
    file = home / "operations" / "ledger.sqlite"
    away = home / "away.sqlite"
    file.rename(away)
    text = read_text(test.run())
    assert re.search(rf"The operations ledger {BANNER.pattern}", text)
    assert "Warrants executed" in text
    listed = read_text(open_operation("pages/operations.py"))
    assert "is gone; bring it back" in listed, "what nobody has looked at before is not made up"
    assert not file.exists(), "nothing is begun anew in its place"
    away.rename(file)
    assert not BANNER.search(read_text(test.run()))


def test_nothing_is_confirmed_while_the_ledger_is_gone(home: Path) -> None:
    ledger = open_here()
    make_operation(ledger)
    ledger.close()
    test = open_operation(operation="coquet", view="record")
    say_who(test)
    file = home / "operations" / "ledger.sqlite"
    file.rename(home / "away.sqlite")
    fill(test, date="5 March 2021", kind="warrants", quantity="3")
    press(test, "Record this activity")
    text = read_text(test)
    assert "is gone; bring it back" in text
    assert RECORDED not in text
    (home / "away.sqlite").rename(file)
    press(test, "Record this activity")
    assert RECORDED in read_text(test), "what was typed is there still"


def test_a_ledger_that_was_put_back_from_a_copy_is_the_one_that_is_written(home: Path) -> None:
    """A connection to the file that was moved away would confirm what is in no file that anybody opens again."""
    ledger = open_here()
    make_operation(ledger)
    ledger.close()
    file = home / "operations" / "ledger.sqlite"
    shutil.copy(file, home / "copy.sqlite")
    with ledger_pages.reading(read_settings()) as open_one:
        assert open_one.label == str(file)
    file.unlink()
    (home / "copy.sqlite").rename(file)
    make_activity(ledger_pages.open_for_writing(read_settings()), quantity="2", kind="arrests", date="5 March 2021")
    assert "Arrests" in read_text(open_operation(operation="coquet"))
    fresh = open_here()
    try:
        assert list_activities(fresh, ActivityFilter())[1] == 1
    finally:
        fresh.close()


def test_a_full_disk_is_told_and_nothing_typed_is_lost(home: Path) -> None:
    ledger = open_here()
    make_operation(ledger)
    ledger.close()
    test = open_operation(operation="coquet", view="record")
    say_who(test)
    opened = ledger_pages.open_for_writing(read_settings())
    with opened.write() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    kept, note, text = 0, "", ""
    while kept < 12:
        note = f"note {kept} " + "word " * 80
        fill(test, date="5 March 2021", kind="warrants", quantity="3", note=note)
        press(test, "Record this activity")
        text = read_text(test)
        if RECORDED not in text:
            break
        kept += 1
    assert "the disk that holds" in text
    assert "is full; free space and try again" in text
    assert note.strip() in [one.value.strip() for one in (*test.text_area, *test.text_input)], (
        "what was typed is there still"
    )
    assert list_activities(opened, ActivityFilter())[1] == kept, "what was confirmed is there, and nothing else"
