"""Errors speak one clear sentence and suggest what was meant."""

from __future__ import annotations

from hotspots.errors import HotspotsError, InputError, StoreError, UnknownNameError


def test_an_unknown_name_suggests_the_nearest_whatever_the_case() -> None:
    error = UnknownNameError("area", "ASHINGTOWN", ["Ashington", "Benwell", "Southwick"])
    assert str(error) == "There is no area called “ASHINGTOWN”. Did you mean Ashington?"


def test_an_unknown_name_far_from_all_lists_the_known_when_they_are_few() -> None:
    assert "Known: all, violence." in str(UnknownNameError("lens", "zzz", ["all", "violence"]))
    assert "Check the spelling" in str(UnknownNameError("area", "zzz", [f"ward {number}" for number in range(50)]))


def test_the_family_has_one_root() -> None:
    assert issubclass(InputError, HotspotsError)
    assert issubclass(StoreError, HotspotsError)
    assert issubclass(UnknownNameError, InputError)
