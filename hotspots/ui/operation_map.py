"""Where an operation acted: its records by ward, over its own outline."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from hotspots.ui import panels
from hotspots.ui.activity_log import show_ward
from hotspots.ui.address import choose_on_page
from hotspots.ui.caches import find_shapes
from hotspots.ui.ledger import current_kinds
from hotspots.ui.operation_areas import operation_outlines
from hotspots.ui.operation_panels import draw_caption
from hotspots.ui.ward_map import draw_ward_map
from hotspots.views.browser_map import AreaFigures, build_ward_map, write_ward_map
from hotspots.views.classes import classify
from hotspots.views.phases import write_quantity
from hotspots.views.wording import write_count

if TYPE_CHECKING:
    from hotspots.activity_kinds import KindTable
    from hotspots.pipeline.operation_view import OperationView
    from hotspots.store.ledger.timelines import WardCount
    from hotspots.ui.shell import View

HEIGHT = 330
"""Pixels of the map."""
SHOWN_KINDS = 4
"""Kinds that the hover card of a ward names."""


def draw_activity_map(view: View, answer: OperationView) -> None:
    """Draw the map of an operation's records by ward; a click on a ward shows its records in the log."""
    world = view.world
    by_ward: dict[str, list[WardCount]] = defaultdict(list)
    for one in answer.wards:
        by_ward[one.ward_code].append(one)
    nowhere = sum(one.records for one in by_ward.pop("", []))
    known = set(world.boundaries.codes)
    strange = sum(one.records for code, ones in by_ward.items() if code not in known for one in ones)
    panels.draw_section("Where", "records by ward; click a ward for its records")
    values = np.full(len(world.boundaries), np.nan)
    figures: list[tuple[str, ...] | None] = [None] * len(world.boundaries)
    kinds = current_kinds(view.settings)
    for place, code in enumerate(world.boundaries.codes):
        if ones := by_ward.get(code):
            values[place] = sum(one.records for one in ones)
            top = sorted(ones, key=lambda one: -one.records)[:SHOWN_KINDS]
            lines = [f"{kinds.name(one.kind)}: {_written(one, kinds)}" for one in top]
            figures[place] = (f"{values[place]:,.0f}", "; ".join(lines))
    value = answer.operation.value
    classes = classify(values, title="Activities on record", decimals=0, least=1)
    data = build_ward_map(
        world.boundaries,
        classes=classes,
        wards=AreaFigures(values=values, labels=("Records", "Most of it"), figures=tuple(figures)),
        clusters={"type": "FeatureCollection", "features": []},
        named=operation_outlines(view, ((answer.operation.record, value.area.name, value.area),)),
        description=(
            f"Map of {write_count(int(np.nansum(values)), 'record')} of {value.name} by ward; the log lists them. "
            "Arrow "
            "keys move the map, plus and minus zoom, Enter chooses the ward at its centre."
        ),
        height=HEIGHT,
    )
    data |= {"named_label": "Operation area", "no_data_label": "No record", "focus_label": "The operation"}

    def choose(ward: str) -> None:
        show_ward(answer.operation.record, ward)
        choose_on_page("view", "log")

    draw_ward_map(write_ward_map(data), find_shapes(world), codes=world.boundaries.codes, on_choose=choose)
    parts = []
    if nowhere:
        parts.append(f"{write_count(nowhere, 'record')} without a ward")
    if strange:
        parts.append(f"{write_count(strange, 'record')} in wards that the loaded boundaries do not hold")
    if parts:
        draw_caption(f"Not on the map: {' and '.join(parts)}.")


def _written(one: WardCount, kinds: KindTable) -> str:
    known = kinds.by_code.get(one.kind)
    return write_quantity(one.quantity, known.unit if known else "")
