"""Sign-in and roles as pages keep them: by page, by address and by widget state that no page of ours would make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from streamlit.testing.v1 import AppTest

from hotspots.access import LAPTOP, Role
from hotspots.errors import AccessError
from hotspots.pipeline.operation_entry import Editing
from hotspots.pipeline.operation_exports import export_csv
from hotspots.pipeline.operation_grid import GridRow, save_grid
from hotspots.pipeline.operations import open_operations
from hotspots.settings import read_settings
from hotspots.store.ledger import list_accesses, list_activities, list_audit
from hotspots.store.ledger.reading import ActivityFilter
from hotspots.ui.fetch_panel import FetchJob
from hotspots.ui.ledger import open_for_writing, reading
from hotspots.ui.record_forms import FormState
from tests.conftest import ROOT
from tests.people import EMAILS, ROLES, claims_of, settings_of, write_roles
from tests.ui.operation_pages import (
    KINDS,
    OPERATION,
    OPERATIONS,
    assert_sound,
    fill,
    make_activity,
    make_operation,
    press,
    read_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hotspots.store.ledger import Ledger

ACTIVITY = {"date": "6 October 2020", "kind": "warrants", "quantity": "2"}


@pytest.fixture(autouse=True)
def guarded(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set sign-in up, as far as a test without a provider can."""
    monkeypatch.setenv("HOTSPOTS_SIGN_IN", "required")
    monkeypatch.setattr("hotspots.ui.sign_in.is_configured", lambda: True)
    monkeypatch.setattr("hotspots.ui.sign_in._list_providers", lambda: [""])
    write_roles(home)


@pytest.fixture
def ledger(home: Path) -> Iterator[Ledger]:
    """Enter an operation in Ashington, the team's own, and one in Benwell, each with an activity."""
    opened = open_operations(read_settings()).act_as(LAPTOP)
    make_operation(opened)
    make_operation(opened, "wear", area_code="benwell")
    for code in ("coquet", "wear"):
        make_activity(opened, code)
    yield opened
    opened.close()


def visit(role: Role | None, page: str = OPERATION, *, user: dict[str, Any] | None = None, **params: str) -> AppTest:
    """Open a cold link as somebody."""
    test = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    if user is not None:
        test.user = user
    else:
        test.user = claims_of(EMAILS[role]) if role is not None else {"is_logged_in": False}
    for name, value in params.items():
        test.query_params[name] = value
    test.switch_page(page)
    return test.run()


def count(ledger: Ledger) -> tuple[int, int, int]:
    """Return how many lines the log of changes has, and how many activities each operation."""
    return (
        len(list_audit(ledger, limit=None)),
        *(list_activities(ledger, ActivityFilter(operation=code))[1] for code in ("coquet", "wear")),
    )


@pytest.mark.parametrize(
    ("user", "says"),
    [
        ({"is_logged_in": False}, "Use the account that you use at work"),
        ({}, "Use the account"),
        ({"is_logged_in": "true", "email": "ada@force.example"}, "Use the account"),
        (claims_of("ada@force.example", minutes_ago=601), "ended after 10 hours"),
        (claims_of("gone@force.example"), "no role here"),
        (claims_of("stranger@elsewhere.example"), "no role here"),
        ({"is_logged_in": True, "email": "ada@force.example"}, "does not say when you signed in"),
    ],
)
def test_who_is_not_let_in_sees_the_sign_in_page_and_nothing_else(
    ledger: Ledger, user: dict[str, Any], says: str
) -> None:
    for page in (OPERATION, "pages/data.py") if user == {"is_logged_in": False} else (OPERATION,):
        test = visit(None, page, user=user, operation="coquet")
        assert not test.exception
        assert says in read_text(test)
        assert not test.dataframe
        assert not test.selectbox
        assert not test.sidebar.selectbox
        assert "Coquet" not in read_text(test)
        assert {button.label for button in test.button} <= {"Sign in", "Sign in again", "Sign out"}
    assert list_accesses(ledger) == ()


def test_required_but_not_configured_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hotspots.ui.sign_in.is_configured", lambda: False)
    test = visit(Role.ADMINISTRATOR)
    assert "no sign-in provider is configured" in read_text(test)
    assert not test.button
    assert not test.sidebar.selectbox


def test_a_team_records_in_its_own_area_under_its_own_name(ledger: Ledger) -> None:
    test = visit(Role.NEIGHBOURHOOD, operation="coquet", view="record")
    assert_sound(test)
    assert not [one for one in test.text_input if one.key == "author-field"]
    press(fill(test, **ACTIVITY), "Record this activity")
    assert_sound(test)
    assert count(ledger)[1:] == (2, 1)
    assert list_audit(ledger)[0].actor == "PS 1234 Ashington"
    looked = list_accesses(ledger)
    assert [(line.person, line.action, line.subject, line.route) for line in looked] == [
        ("PS 1234 Ashington", "look", "operation/coquet/record", "page")
    ]


@pytest.mark.parametrize("view", ["record", "rows", "files"])
@pytest.mark.parametrize(("role", "operation"), [(Role.NEIGHBOURHOOD, "wear"), (Role.VIEWER, "coquet")])
def test_an_address_opens_no_form_of_another_area(ledger: Ledger, view: str, role: Role, operation: str) -> None:
    before = count(ledger)
    test = visit(role, operation=operation, view=view)
    assert_sound(test)
    assert "Not open to you" in read_text(test)
    labels = {button.label for button in test.button}
    assert not labels & {"Record this activity", "Save all changes", "Import", "Activities as CSV"}
    assert not test.get("download_button")
    assert count(ledger) == before


def test_a_form_that_was_turned_to_another_operation_writes_nothing(ledger: Ledger) -> None:
    theirs = list_activities(ledger, ActivityFilter(operation="wear"))[0][0]
    before = count(ledger)
    test = visit(Role.NEIGHBOURHOOD, operation="coquet", view="record")
    state: FormState = test.session_state["form-state:activity:coquet"]
    state.editing = Editing(theirs.record, theirs.version)
    press(fill(test, **ACTIVITY), "Record this activity")
    assert "This was not kept" in read_text(test)
    assert count(ledger) == before
    test.session_state["operation"] = "wear"
    test.run()
    assert "Not open to you" in read_text(test)
    assert count(ledger) == before


def test_a_grid_that_holds_rows_of_another_operation_writes_nothing(ledger: Ledger) -> None:
    theirs = list_activities(ledger, ActivityFilter(operation="wear"))[0][0]
    before = count(ledger)
    team = open_for_writing(settings_of(Role.NEIGHBOURHOOD))
    crafted = GridRow(1, ACTIVITY, Editing(theirs.record, theirs.version))
    found = save_grid(team, KINDS, "coquet", [GridRow(2, ACTIVITY, None), crafted], by="x")
    assert "belongs to wear" in str(found.outcome.problems[0])
    with pytest.raises(AccessError, match="not among the areas"):
        save_grid(team, KINDS, "wear", [crafted], by="x")
    with pytest.raises(AccessError, match="Nobody is signed in"):
        open_for_writing(read_settings())
    assert count(ledger) == before


def test_an_operation_is_not_moved_into_another_area(ledger: Ledger) -> None:
    before = count(ledger)
    test = visit(Role.NEIGHBOURHOOD, operation="coquet", view="record")
    test.segmented_control(key="entry-form").set_value("operation").run()
    press(fill(test, area_code="benwell"), "Save the correction")
    assert "is not among the areas of your neighbourhood team" in read_text(test)
    assert count(ledger) == before
    test = visit(Role.NEIGHBOURHOOD, OPERATIONS)
    press(fill(test, name="Tees", area_code="benwell"), "Enter this operation")
    assert "is not among the areas of your neighbourhood team" in read_text(test)
    assert count(ledger) == before


@pytest.mark.parametrize("end", ["withdrawn", "expired", "signed out"])
def test_a_page_that_stands_open_writes_nothing_once_it_is_over(ledger: Ledger, home: Path, end: str) -> None:
    before = count(ledger)
    test = visit(Role.NEIGHBOURHOOD, operation="coquet", view="record")
    fill(test, **ACTIVITY)
    if end == "withdrawn":
        write_roles(home, ROLES.replace('role = "neighbourhood"', 'role = "viewer" # no more'))
    else:
        test.user = (
            claims_of(EMAILS[Role.NEIGHBOURHOOD], minutes_ago=601) if end == "expired" else {"is_logged_in": False}
        )
    press(test, "Record this activity")
    assert not test.exception
    assert count(ledger) == before
    assert {"withdrawn": "Not open to you", "expired": "ended after", "signed out": "Sign in"}[end] in read_text(test)


def test_a_fetch_is_started_by_nobody_whose_role_was_withdrawn(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[FetchJob] = []
    monkeypatch.setattr(FetchJob, "start", lambda job, *_: started.append(job))
    for text in (ROLES, ROLES.replace('role = "analyst"', 'role = "viewer"')):
        write_roles(home)
        test = visit(Role.ANALYST, "pages/data.py")
        test.segmented_control(key="data-part").set_value("Fetch").run()
        write_roles(home, text)
        test.button(key="fetch-refresh").click().run()
        assert not test.exception
        assert len(started) == 1


def test_pages_offer_what_a_role_may_do(ledger: Ledger) -> None:
    viewer = visit(Role.VIEWER, "pages/data.py")
    assert_sound(viewer)
    assert {"Fetch", "Own extract"}.isdisjoint(viewer.segmented_control(key="data-part").options)
    analyst = visit(Role.ANALYST, "pages/data.py")
    assert "Own extract" in analyst.segmented_control(key="data-part").options
    assert "Enter this operation" not in {button.label for button in visit(Role.VIEWER, OPERATIONS).button}
    assert list_audit(ledger)


def test_the_access_page_is_for_administrators(ledger: Ledger) -> None:
    visit(Role.NEIGHBOURHOOD, operation="coquet", view="log")
    test = visit(Role.ADMINISTRATOR, "pages/access.py")
    assert_sound(test)
    log = next(one.value for one in test.dataframe if "subject" in one.value.columns)
    assert list(log["subject"]) == ["audit/accesses", "operation/coquet/log"]
    assert list(log["person"]) == ["Ada Administrator", "PS 1234 Ashington"]
    for role in (Role.VIEWER, Role.NEIGHBOURHOOD, Role.ANALYST):
        refused = visit(role, "pages/access.py")
        assert "<h2>Not open to you</h2>" in read_text(refused)
        assert not [one for one in refused.dataframe if "subject" in one.value.columns]
        assert "Ada Administrator" not in read_text(refused)


def test_the_server_itself_may_look_and_nothing_else(ledger: Ledger) -> None:
    before = count(ledger)
    with reading(read_settings()) as own:
        assert list_activities(own, ActivityFilter(operation="wear"))[1] == 1
        with pytest.raises(AccessError, match="Nobody is signed in"):
            export_csv(own, "coquet")
        with pytest.raises(AccessError, match="Nobody is signed in"):
            make_activity(own)
    assert count(ledger) == before
