"""Drawings on a dark ground: every colour of the light page has a fellow that is seen; text from data stays."""

from __future__ import annotations

import re

import pytest

from hotspots.views.palette import contrast
from hotspots.views.phases import PHASE_COLOURS
from hotspots.views.repaint import FELLOWS, repaint, repaint_data
from hotspots.views.theme import DARK, LIGHT

GRAPHICS, TEXT = 3.0, 4.5


def test_nothing_changes_on_a_light_ground() -> None:
    drawing = '<i style="color:#12436D">#12436D</i>'
    assert repaint(drawing, dark=False) == drawing
    assert repaint_data({"color": "#12436D"}, dark=False) == {"color": "#12436D"}


def test_styles_and_attributes_are_repainted_and_text_is_not() -> None:
    drawn = repaint('<i style="color:#0b0c0c;background:#FFFFFF" fill="#12436D">No #12436D here</i>', dark=True)
    assert (
        drawn == f'<i style="color:{DARK.ink};background:{DARK.ground}" fill="{DARK.accent_dark}">No #12436D here</i>'
    )


def test_only_texts_that_are_a_colour_are_repainted_in_data() -> None:
    data = {"mark": {"color": "#2073BC"}, "data": [{"name": "#2073BC Street", "n": 3, "gone": None}]}
    assert repaint_data(data, dark=True) == {
        "mark": {"color": DARK.accent},
        "data": [{"name": "#2073BC Street", "n": 3, "gone": None}],
    }


@pytest.mark.parametrize("colour", [colour for colour in PHASE_COLOURS.values() if colour in FELLOWS])
def test_phases_are_seen_on_either_ground(colour: str) -> None:
    assert contrast(colour, LIGHT.ground) >= GRAPHICS
    assert contrast(FELLOWS[colour], DARK.ground) >= TEXT


def test_phases_stay_apart_and_every_fellow_is_a_colour() -> None:
    fellows = [FELLOWS[colour] for colour in PHASE_COLOURS.values() if colour in FELLOWS]
    assert len(set(fellows)) == len(fellows) >= 3
    assert all(re.fullmatch("#[0-9A-F]{6}", one) for pair in FELLOWS.items() for one in pair)
