"""Settings come from the environment, and each one is documented."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from hotspots.errors import InputError
from hotspots.settings import VARIABLES, read_settings
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def test_every_setting_is_documented() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for variable in VARIABLES:
        assert f"`{variable}`" in page, f"docs/settings.md does not name {variable}"


def test_every_variable_that_the_code_reads_is_listed() -> None:
    for path in [*ROOT.glob("hotspots/**/*.py"), ROOT / "app.py"]:
        for variable in re.findall(r"[\"'](HOTSPOTS_[A-Z_]+)[\"']", path.read_text(encoding="utf-8")):
            assert variable in VARIABLES, f"{path.name} reads {variable}, which settings.VARIABLES does not list"


def test_defaults_need_nothing(tmp_path: Path) -> None:
    settings = read_settings({})
    assert settings.marking == "OFFICIAL"
    assert settings.tiles is None
    assert settings.home.is_absolute()
    assert not read_settings({"HOTSPOTS_HOME": str(tmp_path)}).areas_file


def test_tables_in_the_home_are_found(tmp_path: Path) -> None:
    (tmp_path / "areas.toml").write_text("", encoding="utf-8")
    settings = read_settings({"HOTSPOTS_HOME": str(tmp_path)})
    assert settings.areas_file == tmp_path / "areas.toml"
    assert settings.harm_file is None


@pytest.mark.parametrize(
    ("variable", "value"), [("HOTSPOTS_AREAS", "/no/such/file.toml"), ("HOTSPOTS_MAX_UPLOAD_MB", "lots")]
)
def test_a_setting_that_cannot_be_used_is_named(variable: str, value: str) -> None:
    with pytest.raises(InputError, match=variable):
        read_settings({variable: value})


def test_who_is_let_in_is_a_setting() -> None:
    assert not read_settings({}).is_guarded
    assert read_settings({"HOTSPOTS_SIGN_IN": "Required"}).is_guarded
    assert read_settings({"HOTSPOTS_SIGN_IN": "required"}).person is None
    assert read_settings({"HOTSPOTS_PAGE_UPLOAD_MB": "7"}).page_upload_bytes == 7_000_000
    assert read_settings({"HOTSPOTS_SESSION_HOURS": "0.5"}).session_hours == 0.5
    for variable, value in (
        ("HOTSPOTS_SIGN_IN", "maybe"),
        ("HOTSPOTS_SESSION_HOURS", "0"),
        ("HOTSPOTS_SESSION_HOURS", "long"),
        ("HOTSPOTS_SESSION_HOURS", "nan"),
        ("HOTSPOTS_PAGE_UPLOAD_MB", "0"),
        ("HOTSPOTS_ROLES_FILE", "/no/such/file.toml"),
    ):
        with pytest.raises(InputError, match=variable):
            read_settings({variable: value})
