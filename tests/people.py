"""People of a made-up force with each role, their file of roles, and what their sign-in provider says of them."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hotspots.access import Person, Role
from hotspots.pipeline.sign_in import find_signed_in
from hotspots.settings import read_settings

if TYPE_CHECKING:
    import pytest

    from hotspots.settings import Settings

ROLES = """
[sign_in]
identity = "email"
roles = "realm_access.roles"
areas = "groups"

[roles]
"hotspots-analyst" = "analyst"
"hotspots-team" = "neighbourhood"

[areas]
"nt-ashington" = ["ashington"]

[[person]]
name = "Vi Viewer"
sign_in = "vi@force.example"
account = "vi"
role = "viewer"

[[person]]
name = "PS 1234 Ashington"
sign_in = "team@force.example"
account = "team"
role = "neighbourhood"
areas = ["ashington"]

[[person]]
name = "Ann Analyst"
sign_in = "ann@force.example"
account = "ann"
role = "analyst"

[[person]]
name = "Ada Administrator"
sign_in = "ada@force.example"
account = "ada"
role = "administrator"

[[person]]
name = "Gone"
sign_in = "gone@force.example"
account = "gone"
role = "none"
"""
EMAILS = {
    Role.VIEWER: "vi@force.example",
    Role.NEIGHBOURHOOD: "team@force.example",
    Role.ANALYST: "ann@force.example",
    Role.ADMINISTRATOR: "ada@force.example",
}


def write_roles(home: Path, text: str = ROLES) -> Path:
    """Put a file of roles into a data home."""
    home.mkdir(parents=True, exist_ok=True)
    path = home / "roles.toml"
    path.write_text(text, encoding="utf-8")
    return path


def claims_of(email: str, *, minutes_ago: float = 1.0, **more: Any) -> dict[str, Any]:
    """Say what a provider says of somebody who signed in a while ago."""
    return {"is_logged_in": True, "email": email, "iat": int(time.time() - 60 * minutes_ago), **more}


def settings_of(role: Role) -> Settings:
    """Return the settings of the test's own home in the hands of somebody with a role."""
    settings = read_settings()
    return replace(settings, person=person_of(role, settings))


def person_of(role: Role, settings: Settings | None = None) -> Person:
    return find_signed_in(settings or read_settings(), claims_of(EMAILS[role]))


def use_account(monkeypatch: pytest.MonkeyPatch, account: str) -> None:
    """Run as an account of this machine."""
    monkeypatch.setattr("hotspots.pipeline.sign_in.name_account", lambda: account)
