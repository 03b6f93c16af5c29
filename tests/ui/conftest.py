"""No fault hides behind the sentence that a reader gets: whatever the last door logs fails the test."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def no_hidden_fault(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    records = [one for one in caplog.get_records("call") if one.name == "hotspots" and one.levelno >= logging.ERROR]
    if "planted_fault" not in request.fixturenames:
        assert not [str(record.exc_info) for record in records]


@pytest.fixture
def planted_fault() -> None:
    """Let a test plant a fault: what the last door logs is what it is about."""
