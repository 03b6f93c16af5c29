"""No fault hides behind the sentence that a reader gets: whatever the last door logs fails the test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def no_hidden_fault(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert not [str(record.exc_info) for record in caplog.get_records("call") if record.name == "hotspots"]
