"""Named areas are matched by ward code; a slip in a force's own file is named."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from hotspots.errors import InputError
from hotspots.schemas import NamedArea
from hotspots.settings import Settings, read_settings
from hotspots.store.areas import read_areas
from hotspots.store.boundaries import read_embedded
from tests.store.test_boundaries import make_boundaries

if TYPE_CHECKING:
    from pathlib import Path


def settings_with(folder: Path, text: str) -> Settings:
    path = folder / "own.toml"
    path.write_text(text, encoding="utf-8")
    return replace(read_settings(), areas_file=path)


def test_the_pilot_areas_are_embedded() -> None:
    areas = read_areas(read_settings(), read_embedded())
    assert [(area.code, area.name, len(area.ward_codes)) for area in areas] == [
        ("ashington", "Ashington", 5),
        ("benwell", "Benwell", 1),
        ("southwick", "Southwick", 1),
    ]
    wards = read_embedded()
    assert {wards.names[wards.index(code)] for code in areas[0].ward_codes} == {
        "Ashington Central", "Hirst", "College", "Haydon", "Bothal",
    }  # fmt: skip


def test_embedded_areas_outside_the_boundaries_are_left_out() -> None:
    assert read_areas(read_settings(), make_boundaries()) == ()
    partly = make_boundaries(codes=("E05011437", "E05009096", "E05000003", "E05000004"))
    assert [area.code for area in read_areas(read_settings(), partly)] == ["benwell"]


def test_a_force_names_its_own(tmp_path: Path) -> None:
    text = """
        [[area]]
        name = "Walker & Byker"
        wards = ["E05000001", " E05000003 "]
        [[area]]
        code = "north"
        name = "North"
        wards = ["E05000003"]
        note = "One sentence."
    """
    assert read_areas(settings_with(tmp_path, text), make_boundaries()) == (
        NamedArea("walker-byker", "Walker & Byker", ("E05000001", "E05000003")),
        NamedArea("north", "North", ("E05000003",), "One sentence."),
    )
    assert read_areas(settings_with(tmp_path, "# none\n"), make_boundaries()) == ()


def area(**lines: str) -> str:
    return "[[area]]\n" + "\n".join(f"{key} = {value}" for key, value in lines.items()) + "\n"


GOOD = {"name": '"North"', "wards": '["E05000001"]'}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            area(name='"North"', wards='["E05000009"]'),
            "no ward for the area North of own.toml in Test wards called “E05000009”",
        ),
        (area(name='"North"', wards='["E05000001", "E05000001"]'), r"area 1 \(North\) names the ward E05000001 twice"),
        (area(name='"North"', wards="[]"), r"area 1 \(North\) has no list of ward codes"),
        (area(name='"North"', wards='"E05000001"'), "has no list of ward codes"),
        (area(name='"North"', wards="[1]"), "has no list of ward codes"),
        (area(name='"North"'), "has no list of ward codes"),
        (area(wards='["E05000001"]'), "area 1 has no name"),
        (area(name='" "', wards='["E05000001"]'), "area 1 has no name"),
        (area(**GOOD, code='"North End"'), "has the code “North End”; write lower-case letters.*such as “north”"),
        (area(**GOOD, code="7"), "has the code “7”"),
        (area(**GOOD, note="7"), "has a note that is not text"),
        (area(**GOOD, ward='"E05000001"'), "has the key “ward”; the keys are code, name, wards and note"),
        (area(**GOOD) + area(**GOOD | {"code": '"n"'}), "two areas have the name “north”"),
        (area(**GOOD) + area(**GOOD | {"name": '"South"', "code": '"north"'}), "two areas have the code “north”"),
        ("[[areas]]\nname = 'North'\n", "holds “areas”; write each area under a heading"),
        ("area = 3\n", "holds an area that is not a list"),
        ("area = [3]\n", "area 1 is not a table"),
        ("area = \n", "is not a TOML file"),
    ],
)
def test_a_slip_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_areas(settings_with(tmp_path, text), make_boundaries())


def test_an_area_may_not_take_the_code_of_a_ward(tmp_path: Path) -> None:
    boundaries = make_boundaries(codes=("north", "b", "c", "d"))
    with pytest.raises(InputError, match="has the code of a ward"):
        read_areas(settings_with(tmp_path, area(name='"North"', wards='["b"]')), boundaries)


def test_a_file_that_is_not_text_or_not_there_is_named(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, "")
    (tmp_path / "own.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"own\.toml is not a TOML file in UTF-8"):
        read_areas(settings, make_boundaries())
    (tmp_path / "own.toml").unlink()
    with pytest.raises(InputError, match="cannot be read"):
        read_areas(settings, make_boundaries())
