"""The field's words agree with themselves."""

from __future__ import annotations

import pytest

from hotspots.errors import UnknownNameError
from hotspots.terms import (
    CRIME_TYPES,
    LENSES,
    METRICS,
    OUTCOME_GROUPS,
    SCORE_PARTS,
    CrimeGroup,
    OutcomeGroup,
    crime_type,
    is_known_type,
    lens,
    metric,
    name_force,
    outcome_group,
)

NAMES = [crime_type.name for crime_type in CRIME_TYPES]


def test_codes_are_unique() -> None:
    for codes in ([item.code for item in CRIME_TYPES], [item.code for item in LENSES], [item.code for item in METRICS]):
        assert len(set(codes)) == len(codes)
    assert len({part.code for part in SCORE_PARTS}) == 5


def test_no_lens_holds_what_enforcement_finds() -> None:
    for item in LENSES:
        assert item.select(NAMES)
        assert not {"Drugs", "Possession of weapons"} & set(item.select(NAMES))


def test_the_widest_lens_holds_every_other_type_unknown_ones_too() -> None:
    assert set(lens("all").select([*NAMES, "Cyber crime"])) == {*NAMES, "Cyber crime"} - {
        "Drugs",
        "Possession of weapons",
    }
    assert "Cyber crime" not in lens("violence").select([*NAMES, "Cyber crime"])


def test_an_unknown_type_keeps_its_name() -> None:
    assert crime_type("Cyber crime").name == "Cyber crime"
    assert crime_type("Cyber crime").group is CrimeGroup.OTHER
    assert not is_known_type("Cyber crime")
    assert is_known_type("Robbery")


def test_outcomes_fall_into_groups() -> None:
    assert outcome_group("Offender given a caution") is OutcomeGroup.POSITIVE
    assert outcome_group("Investigation complete; no suspect identified") is OutcomeGroup.NO_SUSPECT
    assert outcome_group("") is OutcomeGroup.NONE
    assert outcome_group("A brand-new outcome") is OutcomeGroup.UNKNOWN
    assert all(outcome_group(name) == name for name in OUTCOME_GROUPS)


def test_forces_are_written_for_people() -> None:
    assert name_force("northumbria") == "Northumbria"
    assert name_force("avon-and-somerset") == "Avon and Somerset"


def test_unknown_codes_suggest() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean acquisitive"):
        lens("aquisitive")
    with pytest.raises(UnknownNameError, match="Did you mean harm"):
        metric("harms")
