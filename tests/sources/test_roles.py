"""The file of roles: read once, refused whole when a line of it cannot be right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hotspots.access import Role
from hotspots.errors import InputError
from hotspots.sources.roles import read_roles
from tests.conftest import ROOT
from tests.people import ROLES, write_roles

if TYPE_CHECKING:
    from pathlib import Path


def test_people_claims_and_areas_are_read(home: Path) -> None:
    table = read_roles(write_roles(home))
    assert [entry.role for entry in table.people] == [*Role, None]
    team = table.find(sign_in=" TEAM@force.example")
    assert team is not None
    assert team.areas == ("ashington",)
    assert team is table.find(account="team")
    assert table.find(account="TEAM") is None
    assert table.find(sign_in="", account="") is None
    assert table.default is None
    assert table.roles["hotspots-team"] is Role.NEIGHBOURHOOD
    assert table.areas == {"nt-ashington": ("ashington",)}


def test_a_look_alike_is_nobody(home: Path) -> None:
    table = read_roles(write_roles(home))
    # The Kelvin sign and the long s become k and s when Python lowers or folds them.
    assert table.find(sign_in="\u0130ann@force.example") is None
    text = ROLES.replace("ann@force.example", "kiss@force.example")
    table = read_roles(write_roles(home / "other", text))
    assert table.find(sign_in="KISS@force.example") is not None
    assert table.find(sign_in="\u212aiss@force.example") is None
    assert table.find(sign_in="ki\u017fs@force.example") is None


def test_a_changed_file_is_read_again(home: Path) -> None:
    path = write_roles(home)
    assert read_roles(path) is read_roles(path)
    write_roles(home, ROLES + "# changed\n")
    assert len(read_roles(path).people) == 5
    path.unlink()
    with pytest.raises(InputError, match="nobody is let in"):
        read_roles(path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("= 1", "not a TOML file"),
        ('colour = "red"', "the key “colour”"),
        ('default = "king"', "“king” is not a role"),
        ("sign_in = 3", "sign_in is not a table"),
        ("[sign_in]\nidentity = 3", "identity is not the name of a claim"),
        ("[sign_in]\nwho = 'x'", "the key “who”"),
        ("person = 3", "not in a list"),
        ("person = [3]", "person 1 is not a table"),
        ('[[person]]\nrole = "viewer"', "recognised by nothing"),
        ('[[person]]\naccount = "a"', "has no role"),
        ('[[person]]\naccount = "a"\nrole = "viewer"\npower = 1', "the key “power”"),
        ('[[person]]\naccount = "a\\u0007"\nrole = "viewer"', "not plain text"),
        ('[[person]]\naccount = "a"\nrole = "neighbourhood"', "without areas"),
        ('[[person]]\naccount = "a"\nrole = "viewer"\nareas = "ashington"', "not a list of codes"),
        ('[[person]]\nname = "Published record"\naccount = "a"\nrole = "viewer"', "stands for what the program"),
        ('[[person]]\naccount = "a"\nrole = "viewer"\n[[person]]\naccount = "a"\nrole = "analyst"', "two people"),
        ('[areas]\n"x" = "y"', "not a list of codes"),
        ('[roles]\n"x" = "y"', "“y” is not a role"),
    ],
)
def test_a_file_that_cannot_be_right_lets_nobody_in(home: Path, text: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as refusal:
        read_roles(write_roles(home, text))
    assert "roles.toml" in str(refusal.value)


def test_the_documented_file_is_one(home: Path) -> None:
    page = (ROOT / "docs" / "access.md").read_text(encoding="utf-8")
    example = page.partition("```toml\n")[2].partition("```")[0]
    table = read_roles(write_roles(home, example))
    assert [entry.name for entry in table.people] == ["PS 1234", "nightly refresh", "left.us@force.example"]
    assert (table.roles_claim, table.areas_claim, table.default) == ("realm_access.roles", "groups", None)
