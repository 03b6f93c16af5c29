"""Who lives in an area, on its page: deprivation, where it has been fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotspots.errors import StoreError
from hotspots.pipeline.people import describe_deprivation
from hotspots.store.deprivation import read_deprivation
from hotspots.ui import panels

if TYPE_CHECKING:
    from hotspots.pipeline.area import AreaAnswer
    from hotspots.ui.shell import View


def draw_deprivation(view: View, answer: AreaAnswer) -> None:
    """Draw one sentence about the area's deprivation, with its source; nothing where it is not known."""
    boundaries = view.world.boundaries
    try:
        found = read_deprivation(view.settings, boundaries)
    except StoreError as error:
        panels.draw_message("The deprivation of the area cannot be read", str(error), wrong=True)
        return
    sentence = describe_deprivation(found, boundaries, answer.unit.wards)
    if found is not None and sentence:
        panels.draw_strip(sentence, f"{found.source}; {found.vintage}.")
