"""Did crime move next door? Around the area, by type, and place by place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from hotspots.pipeline.impact_places import CHANGE_CLASSES, REACH
from hotspots.ui import address, panels
from hotspots.ui.caches import find_named_outlines, find_shapes
from hotspots.ui.impact_caches import find_change_map, keep_drawn
from hotspots.ui.impact_panels import draw_caption
from hotspots.ui.impact_rows import (
    list_difference_rows,
    list_near_rows,
    list_ring_rows,
    list_switching_rows,
)
from hotspots.ui.layer_map import draw_layer_map
from hotspots.views.browser_map import NamedOutline, describe_outlines
from hotspots.views.change_map import layer_change, list_change_legend
from hotspots.views.forest import write_effects
from hotspots.views.layer_map import LegendRow, build_layer_map, describe_cell_layer
from hotspots.views.palette import CLUSTER
from hotspots.views.wording import write_number

if TYPE_CHECKING:
    from hotspots.pipeline.impact import Impact
    from hotspots.pipeline.impact_operation import RecordedOperation
    from hotspots.pipeline.impact_places import ChangeMap
    from hotspots.ui.shell import View

MAP_HEIGHT = 430


def draw_next_door(
    view: View, operation: RecordedOperation, impact: Impact, chosen: int, start: int | None
) -> tuple[str, ...]:
    """Draw whether crime moved: around the area, by type, and by place; return the map's caveats."""
    panels.draw_section(
        "Did crime move next door?", "around the area, by type of crime, and place by place", term="displacement"
    )
    found = impact.displacement
    places = find_change_map(view.world, operation, start, impact.outcomes[chosen].outcome.name)
    left, right = st.columns([10, 11], gap="medium")
    with left:
        if found is None:
            panels.draw_message("Nobody is next door", "No ward that is loaded touches the area.")
        else:
            headline = found.outcomes[0]
            panels.draw_strip(headline.sentence)
            st.html(
                write_effects(
                    list_near_rows(impact), caption="Change around the area", what="All crime and ASB", beside=False
                )
            )
    with right:
        _draw_places(view, operation, places, start)
    if found is not None:
        ring, switching, together = st.tabs(["Next door, by type", "Type switching", "For analysts: counts together"])
        with ring:
            st.html(write_effects(list_ring_rows(found), caption="Change next door by outcome"))
        with together:
            wdd = found.outcomes[0].wdd
            draw_caption(
                "For analysts: counts alone, with no allowance for places that drift; the verdicts above make that "
                f"allowance and come first. The weighted displacement difference of all crime is "
                f"{_signed(wdd.estimate)} incidents (95% interval of the counts {_signed(wdd.low)} to "
                f"{_signed(wdd.high)})."
            )
            st.html(
                write_effects(
                    list_difference_rows(found),
                    caption="Weighted displacement difference by type: counts alone, no allowance for drift",
                    amounts=True,
                    unit="incidents",
                )
            )
        with switching:
            inside, outside = st.columns(2, gap="medium")
            for column, near, title in ((inside, False, "In the area"), (outside, True, "Next door")):
                rows = list_switching_rows(found, next_door=near)
                column.html(
                    write_effects(
                        rows, caption=f"Change of each type’s share, {title.lower()}", what=title, amounts=True,
                        unit="points", beside=False,
                    )
                )  # fmt: skip
    return places.caveats


def _draw_places(view: View, operation: RecordedOperation, places: ChangeMap, start: int | None) -> None:
    panels.draw_section(
        f"Change by place: {places.outcome}",
        f"cells of {places.choice.size:g} m up to {REACH / 1000:g} km from the area",
    )
    draw_layer_map(
        keep_drawn(view.world, operation, start, f"map-{places.outcome}", lambda: build_change_data(view, places)),
        find_shapes(view.world),
        key="impact-places",
        codes=frozenset(unit.code for unit in view.world.units),
        on_choose=address.choose_area,
    )
    draw_caption(f"{places.sentence} {' '.join(places.caveats)}")


def build_change_data(view: View, places: ChangeMap) -> dict[str, Any]:
    """Build the map of change for the browser."""
    cells = places.cells
    outline = describe_outlines([NamedOutline("operation", places.title, places.outline)])
    # The legend stands at the upper right: room is left there, so that it hides no cell.
    east = (float(cells["lon"].max() + 0.45 * np.ptp(cells["lon"])), float(cells["lat"].mean()))
    corners = cells.loc[[cells["lon"].idxmin(), cells["lon"].idxmax(), cells["lat"].idxmin(), cells["lat"].idxmax()]]
    return build_layer_map(
        title="Change by place",
        description=f"Map of change in {len(cells)} cells in and around the area of {places.title}. {places.sentence}",
        legend=[*list_change_legend(cells, CHANGE_CLASSES), LegendRow("ring", "Operation’s area", CLUSTER)],
        height=MAP_HEIGHT,
        named=find_named_outlines(view.world),
        chosen="",
        cells=describe_cell_layer(layer_change(cells, places.shapes, CHANGE_CLASSES)),
        outlines=outline,
        focus=[*zip(corners["lat"].tolist(), corners["lon"].tolist(), strict=True), (east[1], east[0])],
        focus_label="Operation",
    )


def _signed(amount: float) -> str:
    text = write_number(amount)
    return f"+{text}" if round(amount) > 0 else text
