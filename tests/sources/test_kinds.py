"""A force adds kinds of activity in a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotspots.activity_kinds import KINDS, Total
from hotspots.errors import InputError
from hotspots.settings import read_settings
from hotspots.sources.kinds import read_kinds
from hotspots.terms import Phase


def write(home: Path, text: str) -> None:
    home.mkdir(parents=True, exist_ok=True)
    (home / "kinds.toml").write_text(text, encoding="utf-8")


def test_without_a_file_the_built_in_kinds_stand(home: Path) -> None:
    assert read_kinds(read_settings()).kinds == KINDS


def test_a_force_adds_kinds_and_names(home: Path) -> None:
    write(
        home,
        '[[kind]]\nlabel = "Drone flights"\ngroup = "hold"\nunit = "hours"\naliases = ["UAV hours"]\n'
        '[[kind]]\nlabel = "Fear of crime"\ngroup = "build"\nunit = "percent"\ntotal = "latest"\nsafeguarding = true\n'
        '[[kind]]\ncode = "arrests"\nlabel = "People arrested"\ngroup = "clear"\naliases = ["collars"]\n',
    )
    kinds = read_kinds(read_settings())
    drone = kinds.find("uav hours")
    assert (drone.code, drone.group, drone.unit, drone.whole) == ("drone-flights", Phase.HOLD, "hours", False)
    assert kinds.find("fear of crime").total is Total.LATEST
    assert kinds.find("collars") is kinds.find("Arrests") is kinds.find("people arrested")
    assert len(kinds.kinds) == len(KINDS) + 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kind = 3", "holds a kind that is not a list"),
        ("[[kinds]]\nlabel = 'x'", "holds “kinds”; write each kind under a heading"),
        ("[[kind]]\nlabel = ''", "kind 1 has no label"),
        ("[[kind]]\nlabel = 'Drones'", r"kind 1 \(Drones\): group is “None”; write one of clear, hold, build"),
        ("[[kind]]\nlabel = 'Drones'\ngroup = 'hold'\nsize = 3", "has the key “size”"),
        ("[[kind]]\nlabel = 'Drones'\ngroup = 'hold'\ncode = 'A B'", "has the code “A B”"),
        ("[[kind]]\nlabel = 'Drones'\ngroup = 'hold'\nwhole = 'no'", "whole is “no”; write true or false"),
        ("[[kind]]\nlabel = 'Drones'\ngroup = 'hold'\n" * 2, "the code “drones” stands twice"),
        ("[[kind]]\nlabel = 'Arrests'\ngroup = 'hold'", "“arrests” is built in, under clear in count"),
        ("[[kind]", "is not a TOML file"),
    ],
)
def test_a_bad_file_is_one_sentence(home: Path, text: str, message: str) -> None:
    write(home, text)
    with pytest.raises(InputError, match=message):
        read_kinds(read_settings())
