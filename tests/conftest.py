"""What every test may lean on: a data home of its own, and the raw files where they lie beside the project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
# A shared machine may take its time over one example; on the build machine, the same examples run every time.
settings.register_profile("project", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("project")

REAL_DATA = Path(os.environ.get("HOTSPOTS_TEST_DATA", ROOT.parent / "shared" / "data"))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test an empty data home, so that none reads or writes the user's own."""
    for variable in [name for name in os.environ if name.startswith("HOTSPOTS_") and name != "HOTSPOTS_TEST_DATA"]:
        monkeypatch.delenv(variable)
    home = tmp_path / "home"
    monkeypatch.setenv("HOTSPOTS_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Point to the raw police.uk and ONS files; they lie beside the project, never in it."""
    if not (REAL_DATA / "crime").is_dir():
        pytest.skip(f"no raw data at {REAL_DATA}; set HOTSPOTS_TEST_DATA to read it")
    return REAL_DATA
