"""Who somebody is: claims and accounts become a person with a role, or one sentence why not."""

from __future__ import annotations

import pickle
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import shapely

from hotspots.access import LAPTOP, Action, Role, may
from hotspots.errors import AccessError
from hotspots.pipeline.accesses import describe_roles
from hotspots.pipeline.sign_in import (
    find_account,
    find_signed_in,
    identify_account,
    name_account,
    outline_wards,
    renew,
)
from hotspots.schemas_operations import OperationArea
from hotspots.settings import read_settings
from tests.people import EMAILS, ROLES, claims_of, settings_of, use_account, write_roles

if TYPE_CHECKING:
    from pathlib import Path


def test_without_roles_the_laptop_is_its_users() -> None:
    settings = read_settings()
    assert settings.person is LAPTOP
    assert not settings.is_guarded
    assert find_account(settings) is LAPTOP
    assert renew(settings, LAPTOP) is LAPTOP


@pytest.mark.parametrize("required", [False, True])
def test_with_roles_or_sign_in_nobody_is_anybody_yet(
    home: Path, monkeypatch: pytest.MonkeyPatch, required: bool
) -> None:
    if required:
        monkeypatch.setenv("HOTSPOTS_SIGN_IN", "required")
    else:
        write_roles(home)
    settings = read_settings()
    assert settings.person is None
    assert settings.is_guarded
    with pytest.raises(AccessError, match="no role here" if not required else "no file of roles"):
        identify_account(settings)


@pytest.mark.parametrize("role", Role)
def test_the_file_says_who_signed_in(home: Path, role: Role) -> None:
    write_roles(home)
    person = find_signed_in(read_settings(), claims_of(EMAILS[role].upper()))
    assert person.role is role
    assert person.name
    assert person.until is not None
    assert 9.9 < (person.until - time.time()) / 3600 < 10
    # Ashington is five wards, and a team of the area works each of them.
    assert len(person.areas) == (6 if role is Role.NEIGHBOURHOOD else 0)


def test_claims_give_roles_to_whom_the_file_does_not_name(home: Path) -> None:
    write_roles(home)
    settings = read_settings()
    claims = claims_of("new@force.example", realm_access={"roles": ["hotspots-team", "other"]}, groups=["nt-ashington"])
    person = find_signed_in(settings, claims)
    assert person.role is Role.NEIGHBOURHOOD
    assert "ashington" in person.areas
    both = claims | {"realm_access": {"roles": ["hotspots-analyst", "hotspots-team"]}}
    assert find_signed_in(settings, both).role is Role.ANALYST
    for odd in ({}, {"roles": 3}, "analyst", None):
        with pytest.raises(AccessError, match="no role here"):
            find_signed_in(settings, claims | {"realm_access": odd})
    with pytest.raises(AccessError, match="no role here"):  # the file goes before the provider
        find_signed_in(settings, both | {"email": "gone@force.example"})
    assert renew(settings, person) == person


def test_a_default_role_is_for_those_whom_nothing_names(home: Path) -> None:
    write_roles(home, 'default = "viewer"\n' + ROLES)
    assert find_signed_in(read_settings(), claims_of("new@force.example")).role is Role.VIEWER


def test_what_claims_give_is_asked_of_the_file_anew(home: Path) -> None:
    write_roles(home)
    settings = read_settings()
    team: dict[str, Any] = {"realm_access": {"roles": ["hotspots-team"]}, "groups": ["nt-ashington"]}
    person = find_signed_in(settings, claims_of("new@force.example", **team))
    changed = ROLES.replace('"hotspots-team" = "neighbourhood"', '"hotspots-team" = "viewer"')
    for _again in range(2):  # somebody who was looked up again can be looked up once more
        write_roles(home, changed)
        renewed = renew(settings, person)
        assert renewed is not None
        assert (renewed.role, renewed.areas, renewed.until) == (Role.VIEWER, frozenset(), person.until)
        write_roles(home)
        assert renew(settings, renewed) == person
    write_roles(home, ROLES.replace('"nt-ashington" = ["ashington"]', '"nt-ashington" = ["benwell"]'))
    moved = renew(settings, person)
    assert moved is not None
    assert "benwell" in moved.areas
    assert "ashington" not in moved.areas
    write_roles(home, ROLES.replace('"hotspots-team" = "neighbourhood"\n', ""))
    with pytest.raises(AccessError, match="no role here"):
        renew(settings, person)
    write_roles(home, 'default = "administrator"\n' + ROLES.replace("realm_access.roles", "roles"))
    with pytest.raises(AccessError, match="open the page again"):  # what the new claim says is not known here
        renew(settings, person)


def test_a_default_role_that_is_withdrawn_is_withdrawn_at_once(home: Path) -> None:
    write_roles(home, 'default = "analyst"\n' + ROLES)
    settings = read_settings()
    person = find_signed_in(settings, claims_of("new@force.example"))
    assert person.role is Role.ANALYST
    write_roles(home, 'default = "viewer"\n' + ROLES)
    assert renew(settings, person).role is Role.VIEWER
    write_roles(home)
    with pytest.raises(AccessError, match="no role here"):
        renew(settings, person)


@pytest.mark.parametrize(
    ("claims", "says"),
    [
        ({"email": "ann@force.example", "iat": 1.0}, "ended after 10 hours"),
        ({"email": "ann@force.example"}, "when you signed in"),
        ({"email": "ann@force.example", "iat": "now"}, "when you signed in"),
        ({"email": "ann@force.example", "iat": True}, "when you signed in"),
        ({"email": "ann@force.example", "iat": 4e9}, "when you signed in"),
        ({"iat": 1_000.0}, "does not say who you are"),
        ({"email": "", "iat": 1_000.0}, "does not say who you are"),
        ({"email": ["ann@force.example"], "iat": 1_000.0}, "does not say who you are"),
        ({"email": "ann@force.example", "email_verified": False, "iat": 1_000.0}, "not verified"),
        ({"email": "ann@force.example", "email_verified": "false", "iat": 1_000.0}, "not verified"),
    ],
)
def test_claims_that_say_too_little_let_nobody_in(home: Path, claims: dict[str, object], says: str) -> None:
    write_roles(home)
    with pytest.raises(AccessError, match=says):
        find_signed_in(read_settings(), claims, now=40_000.0 if says.startswith("ended") else 1_060.0)


def test_a_session_ends_and_a_role_is_withdrawn_at_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_roles(home)
    settings = settings_of(Role.ANALYST)
    person = settings.person
    assert person is not None
    assert may(person, Action.LOAD)
    assert not may(replace(person, until=time.time() - 1), Action.LOAD)
    monkeypatch.setenv("HOTSPOTS_SESSION_HOURS", "0.01")
    with pytest.raises(AccessError, match=r"ended after 0\.01 hours"):
        find_signed_in(read_settings(), claims_of(EMAILS[Role.ANALYST]))
    write_roles(home, ROLES.replace('role = "analyst"', 'role = "viewer"'))
    assert renew(settings, person).role is Role.VIEWER
    write_roles(home, ROLES.replace('role = "analyst"', 'role = "none" # withdrawn'))
    with pytest.raises(AccessError, match="no role"):
        renew(settings, person)
    write_roles(home, 'default = "viewer"\n')
    with pytest.raises(AccessError, match="does not name you any more"):
        renew(settings, person)
    somebody = find_signed_in(read_settings(), claims_of("somebody@force.example", minutes_ago=0.1))
    assert renew(read_settings(), somebody) == somebody


def test_accounts_are_told_by_the_system_not_by_the_environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = name_account()
    for variable in ("USER", "LOGNAME", "USERNAME", "LNAME"):
        monkeypatch.setenv(variable, "ada")
    assert name_account() == own != "ada"
    write_roles(home)
    use_account(monkeypatch, "ada")
    settings = identify_account(read_settings())
    assert settings.person is not None
    assert settings.person.role is Role.ADMINISTRATOR
    assert renew(settings, settings.person) == settings.person
    for account in ("gone", "", "team@force.example"):
        use_account(monkeypatch, account)
        with pytest.raises(AccessError, match="has no role here"):
            identify_account(read_settings())


def test_areas_that_grant_nothing_are_told(home: Path) -> None:
    write_roles(home, ROLES.replace('["ashington"]', '["ashingtn", "E05009097"]', 2))
    report = describe_roles(settings_of(Role.ADMINISTRATOR))
    assert len(report.notes) == 2
    assert "“ashingtn” is neither a named area nor a ward" in report.notes[0]
    assert "PS 1234 Ashington" in report.to_text()
    with pytest.raises(AccessError, match="ask an administrator"):
        describe_roles(settings_of(Role.ANALYST))


def test_a_team_has_what_is_drawn_in_its_wards(home: Path) -> None:
    write_roles(home)
    settings = read_settings()
    person = settings_of(Role.NEIGHBOURHOOD).person
    assert person is not None
    assert person.outline is not None
    ashington = shapely.from_wkb(person.outline())
    inner = ashington.representative_point().buffer(0.001)
    for shape, own in ((inner, True), (ashington, True), (ashington.buffer(0.05), False)):
        area = OperationArea("Drawn", polygon=shapely.to_geojson(shape))
        assert may(person, Action.RECORD, area) is own
    assert pickle.loads(pickle.dumps(person)).outline() == person.outline()  # noqa: S301 - our own, for another process
    nowhere = outline_wards(settings, frozenset({"nowhere"}))
    assert nowhere == b""
