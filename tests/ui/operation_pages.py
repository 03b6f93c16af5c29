"""Opening the operations pages in tests, filling their forms, and reading what they say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from streamlit.testing.v1 import AppTest

from hotspots.activity_kinds import KindTable
from hotspots.pipeline.operation_entry import build_activity, build_operation, build_window
from hotspots.pipeline.operations import open_operations
from hotspots.settings import read_settings
from hotspots.store.ledger import add
from tests.conftest import ROOT

if TYPE_CHECKING:
    from hotspots.store.ledger import Ledger

OPERATIONS, OPERATION = "pages/operations.py", "pages/operation.py"
KINDS = KindTable()
HOSTILE = "<img src=x onerror=window.harmed=1>${window.harmed=2}![](https://elsewhere.example/x.png)"
"""A note that must stay a note."""


def open_page(page: str = OPERATION, **params: str) -> AppTest:
    """Open a cold link."""
    test = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    for name, value in params.items():
        test.query_params[name] = value
    test.switch_page(page)
    return test.run()


def read_text(test: AppTest) -> str:
    """Return what our own panels say."""
    bodies = [part.proto.body for part in test.get("html")]
    return "\n".join(body for body in bodies if not body.lstrip().startswith(("<style", "/*")))


def assert_sound(test: AppTest) -> None:
    assert not test.exception, test.exception[0].value
    assert not test.error


def fill(test: AppTest, **fields: str) -> AppTest:
    """Fill fields of the form that is shown, by their names; choices by their codes."""
    for name, value in fields.items():
        widgets = [*test.text_input, *test.selectbox, *test.text_area]
        widget = next(one for one in widgets if str(one.key).startswith("field:") and str(one.key).endswith(f":{name}"))
        widget.set_value(value)
    return test


def press(test: AppTest, label: str) -> AppTest:
    """Press the button of that label."""
    next(button for button in test.button if button.label == label).click().run()
    return test


def say_who(test: AppTest, name: str = "PS 1234") -> AppTest:
    test.text_input(key="author-field").set_value(name).run()
    return test


def open_here() -> Ledger:
    """Open the ledger of the test's own data home."""
    return open_operations(read_settings())


def make_operation(ledger: Ledger, code: str = "coquet", *, clear: str = "1 October 2020", **fields: Any) -> None:
    """Enter an operation in Ashington that has cleared since a day."""
    values = {"name": code.title(), "code": code, "area_code": "ashington", "started": clear}
    add(ledger, build_operation(values | fields), by="set-up")
    add(ledger, build_window(code, {"phase": "clear", "start": clear}), by="set-up")


def make_activity(ledger: Ledger, code: str = "coquet", **fields: str) -> Any:
    """Enter an activity of an operation."""
    values = {"date": "5 October 2020", "kind": "arrests", "quantity": "3"}
    return add(ledger, build_activity(KINDS, code, values | fields), by="set-up")


def charts(test: AppTest) -> list[dict[str, Any]]:
    """Return the specifications of the charts on the page."""
    return [json.loads(part.proto.spec) for part in test.get("vega_lite_chart")]
