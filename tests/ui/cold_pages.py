"""Pages as a cold link opens them, and what stands on them."""

from __future__ import annotations

import json
from typing import Any

from streamlit.testing.v1 import AppTest

from tests.conftest import ROOT

AREA = "pages/area.py"


def open_page(page: str | None = None, **params: str) -> AppTest:
    """Open a cold link."""
    test = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    for name, value in params.items():
        test.query_params[name] = value
    if page is not None:
        test.switch_page(page)
    return test.run()


def read_text(test: AppTest) -> str:
    """Return what our own panels say."""
    bodies = [part.proto.body for part in test.get("html")]
    return "\n".join(body for body in bodies if not body.lstrip().startswith("<style"))


def assert_sound(test: AppTest) -> None:
    assert not test.exception, test.exception[0].value
    assert not test.error


def map_data(test: AppTest) -> dict[str, Any]:
    proto = next(part.proto for part in test.get("bidi_component") if part.proto.component_name == "hotspots.ward_map")
    data = json.loads(proto.json or proto.mixed.json)
    return {**json.loads(data.pop("view")), **data}


def as_dict(test: AppTest) -> dict[str, str]:
    return {name: value[0] if isinstance(value, list) else value for name, value in dict(test.query_params).items()}
