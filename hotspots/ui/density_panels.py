"""The density of incidents, and how it changed, as methods of the hotspots page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hotspots.months import list_months
from hotspots.pipeline.surface import find_peaks_above
from hotspots.pipeline.trends import FALLING, RISING, name_compared, say_force, say_verdicts
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
from hotspots.ui.panel import Panel, find_chosen, focus_on, number_places
from hotspots.views.layer_map import LegendRow, build_layer_map
from hotspots.views.palette import CLUSTER
from hotspots.views.surface_map import (
    class_surface,
    list_change_legend,
    list_surface_legend,
    paint_change,
    paint_surface,
)
from hotspots.views.wording import write_count, write_number

if TYPE_CHECKING:
    import pandas as pd

    from hotspots.pipeline.surface import SurfaceAnswer
    from hotspots.pipeline.world import Unit
    from hotspots.ui.shell import View


def build_surface(view: View, height: int) -> Panel:
    """Build the panel; see `hotspot_panels.build_panel`."""
    world, query = view.world, view.query
    answer = find_surface_answer(world, query)
    average = answer.average
    unit = f"{answer.measure} per km² a year"
    classes, image = keep_layer(world, query, "surface", lambda: _paint_surface(view, answer, average, unit))
    unit_chosen = find_chosen(view)
    peaks = answer.peaks if unit_chosen is None else find_peaks_above(answer, unit_chosen.wards)
    numbers = number_places(peaks, "peak")
    title = f"{answer.measure.capitalize()} per km² a year"
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
        sentence=f"{_say_densest(answer, peaks, unit_chosen, unit)} Colours begin at that average, and each holds "
        "about a fifth of what lies above it.",
        map_data=data,
        tables=(("Peaks", *show_peaks(peaks, measure=answer.measure, bandwidth=provenance["bandwidth_m"])),),
        method=f"Density: {answer.surface.describe()} Bandwidth: {provenance['bandwidth_chosen']}.",
        chosen=answer.chosen,
        caveats=(
            "A density says how much lies together; whether a place stands out among all cells is what hot cells ask.",
            *answer.caveats,
        ),
    )


def _say_densest(answer: SurfaceAnswer, peaks: pd.DataFrame, unit: Unit | None, per: str) -> str:
    """Say where it is densest: in the chosen area first, then in the force."""
    top = answer.peaks.iloc[0]
    times = write_number(top["density"] / answer.average)
    if unit is None:
        return (
            f"The densest point is in {top['area_name']}: {write_number(top['density'])} {per}, {times} times the "
            "average of all ground with any."
        )
    force = f"the force’s densest, in {top['area_name']}, has {times} times as much."
    if not len(peaks):
        return f"No point of {unit.name} is denser than the average of all ground with any; {force}"
    first = peaks.iloc[0]
    where = "" if first["area_name"] == unit.name else f", in {first['area_name']}"
    return (
        f"The densest point of {unit.name}{where}: {write_number(first['density'])} {per}, "
        f"{write_number(first['density'] / answer.average)} times the average of all ground with any; "
        f"{force.replace('as much', 'that average')}"
    )


def _say_changes_in(places: pd.DataFrame, unit: Unit) -> str:
    """Say which of the force's places that changed most lie in the chosen area."""
    inside = places[places["here"]]
    if not len(inside):
        return f"None of the places that changed most lies in {unit.name}. "
    numbers = ", ".join(f"no. {row['number']} {row['verdict']}" for row in inside.to_dict("records"))
    return f"In {unit.name} lie {write_count(len(inside), 'place')} of those that changed most: {numbers}. "


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
    unit = find_chosen(view)
    codes = [] if unit is None else [world.boundaries.codes[ward] for ward in unit.wards]
    places = answer.places.assign(here=answer.places["area_code"].isin(codes))
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
    rose, fell = (places[places["verdict"] == verdict] for verdict in (RISING, FALLING))
    return Panel(
        title="Change",
        detail=f"density of {name_compared(answer.recent)}, within {answer.provenance['bandwidth_m']:,.0f} m",
        sentence=(_say_changes_in(places, unit) if unit is not None else "")
        + f"{say_force(force, answer.measure)} Of the {len(places)} places of the force that changed most: "
        f"{say_verdicts(places['verdict'].tolist())}"
        + (f"; the first rise is in {rose.iloc[0]['area_name']}" if len(rose) else "")
        + (f"; the first fall is in {fell.iloc[0]['area_name']}" if len(fell) else "")
        + ".",
        map_data=data,
        tables=(("Places", *show_changes(places, measure=answer.measure)),),
        method=f"Change: ratio of two densities, {answer.now.describe()} Little is pulled towards the force’s own "
        f"change. Bandwidth: {answer.provenance['bandwidth_chosen']}.",
        chosen=answer.chosen,
        caveats=answer.caveats,
    )
