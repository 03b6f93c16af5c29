"""The density of incidents, and how it changed, as methods of the hotspots page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hotspots.months import list_months
from hotspots.pipeline.trends import name_compared, say_force
from hotspots.ui.caches import find_named_outlines
from hotspots.ui.cell_caches import (
    find_change_answer,
    find_surface_answer,
    find_surface_frame,
    find_trends,
    keep_layer,
)
from hotspots.ui.hotspot_tables import (
    show_changes,
    show_peaks,
)
from hotspots.ui.panel import Panel, focus_on, number_places
from hotspots.views.layer_map import LegendRow, build_layer_map
from hotspots.views.palette import CLUSTER
from hotspots.views.surface_map import (
    class_surface,
    list_change_legend,
    list_surface_legend,
    paint_change,
    paint_surface,
)
from hotspots.views.wording import write_number

if TYPE_CHECKING:
    from hotspots.pipeline.surface import SurfaceAnswer
    from hotspots.ui.shell import View


def build_surface(view: View, height: int) -> Panel:
    """Build the panel; see `hotspot_panels.build_panel`."""
    world, query = view.world, view.query
    answer = find_surface_answer(world, query)
    average = float(np.nanmean(np.where(answer.by_year > 0, answer.by_year, np.nan)))
    unit = f"{answer.measure} per km² a year"
    classes, image = keep_layer(world, query, "surface", lambda: _paint_surface(view, answer, average, unit))
    peaks = answer.peaks
    numbers = number_places(peaks, "peak")
    title = f"{answer.measure.capitalize()} per km² a year"
    top = peaks.iloc[0]
    data = build_layer_map(
        title=title,
        description=f"Density of {answer.measure} in {answer.chosen.period}, with {len(peaks)} numbered peaks; the "
        "table holds the figures.",
        legend=[*list_surface_legend(classes), LegendRow("ring", "Peak, as in the table", CLUSTER)],
        height=height,
        named=find_named_outlines(world),
        chosen=query.area,
        image=image,
        numbers=numbers,
        focus=focus_on(peaks),
    )
    provenance = answer.provenance
    return Panel(
        title="Density",
        detail=f"{title.lower()}, within {provenance['bandwidth_m']:,.0f} m",
        sentence=f"The densest point is in {top['area_name']}: {write_number(top['density'])} {unit}, "
        f"{write_number(top['density'] / average)} times the average of all ground with any. Colours begin "
        "at that average, and each holds about a fifth of what lies above it.",
        map_data=data,
        tables=(("Peaks", *show_peaks(peaks, measure=answer.measure, bandwidth=provenance["bandwidth_m"])),),
        method=f"Density: {answer.surface.describe()} Bandwidth: {provenance['bandwidth_chosen']}.",
        chosen=answer.chosen,
        caveats=(
            "A density says where there is more, not whether it is more than chance; hot cells say that.",
            *answer.caveats,
        ),
    )


def _paint_surface(view: View, answer: SurfaceAnswer, average: float, unit: str) -> Any:
    classes = class_surface(answer.by_year, average=average, title="Density", unit=unit)
    frame = find_surface_frame(view.world, answer.surface.grid)
    return classes, paint_surface(frame, answer.by_year, classes, average=average)


def build_change(view: View, height: int) -> Panel:
    """Build the panel; see `hotspot_panels.build_panel`."""
    world, query = view.world, view.query
    answer = find_change_answer(world, query)
    density = answer.by_year
    average = float(np.nanmean(np.where(density > 0, density, np.nan)))
    image = keep_layer(
        world,
        query,
        "change",
        lambda: paint_change(find_surface_frame(world, answer.now.grid), answer.ratio.value, density, average=average),
    )
    places = answer.places
    period = list_months(answer.recent)
    data = build_layer_map(
        title="Against the year before",
        description=f"Change of density, {period} against a year before, with {len(places)} numbered places; the table "
        "holds the figures.",
        legend=[*list_change_legend(), LegendRow("ring", "Place, as in the table", CLUSTER)],
        height=height,
        named=find_named_outlines(world),
        chosen=query.area,
        image=image,
        numbers=number_places(places, "number"),
        focus=focus_on(places),
    )
    force = find_trends(world, view.query).force_change
    up = places[(places["low"] > 1)]
    down = places[(places["high"] < 1)]
    return Panel(
        title="Change",
        detail=f"density of {name_compared(answer.recent)}, within {answer.provenance['bandwidth_m']:,.0f} m",
        sentence=f"{say_force(force, answer.measure)} Of the {len(places)} places that "
        f"changed most, {len(up)} clearly rose"
        + (f", first in {up.iloc[0]['area_name']}" if len(up) else "")
        + f", and {len(down)} clearly fell"
        + (f", first in {down.iloc[0]['area_name']}." if len(down) else "."),
        map_data=data,
        tables=(("Places", *show_changes(places, measure=answer.measure)),),
        method=f"Change: ratio of two densities, {answer.now.describe()} Little is pulled towards the force’s own "
        f"change. Bandwidth: {answer.provenance['bandwidth_chosen']}.",
        chosen=answer.chosen,
        caveats=answer.caveats,
    )
