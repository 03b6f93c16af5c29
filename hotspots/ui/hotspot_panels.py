"""The methods of the hotspots page: each gives a map, one plain sentence, a table, and what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hotspots.analysis.snap_uncertainty import CAP
from hotspots.pipeline.emerging import say_classes
from hotspots.pipeline.ground import HARM
from hotspots.pipeline.hot_cells import CELL_CLASSES
from hotspots.pipeline.survival import CLUSTER_DRAWS, DRAWS
from hotspots.ui.caches import find_named_outlines
from hotspots.ui.cell_caches import (
    find_cell_survival,
    find_cells_answer,
    find_cluster_answer,
    find_cluster_survival,
    find_emerging_answer,
    find_tested_image,
    keep_layer,
)
from hotspots.ui.density_panels import build_change, build_surface
from hotspots.ui.hotspot_tables import (
    show_emerging,
    show_emerging_cells,
    show_spots,
    survival_column,
)
from hotspots.ui.panel import Panel, find_chosen, focus_on, number_places
from hotspots.ui.tables import show_clusters
from hotspots.views.browser_map import describe_clusters
from hotspots.views.cells_map import layer_cells, list_legend, look_of_cell, look_of_emerging
from hotspots.views.layer_map import LegendRow, build_layer_map, describe_cell_layer
from hotspots.views.palette import CLUSTER
from hotspots.views.wording import write_count, write_number, write_percent

if TYPE_CHECKING:
    from hotspots.pipeline.emerging import EmergingCells
    from hotspots.pipeline.ground import Ground
    from hotspots.pipeline.hot_cells import HotCells
    from hotspots.pipeline.world import Unit
    from hotspots.ui.shell import View

LABELS = {
    "surface": "Density",
    "change": "Change",
    "cells": "Hot cells",
    "clusters": "Clusters",
    "emerging": "Emerging",
}
"""The methods in the order of the page, as `query.PANELS` codes them."""
LISTED = 200
"""Emerging cells that the table lists."""


def build_panel(view: View, code: str, *, height: int, survival: bool = False) -> Panel:
    """Answer with one method.

    Parameters
    ----------
    code
        One of `LABELS`.
    height
        Pixels of the map.
    survival
        Whether to test hot spots and clusters against where in its catchment an incident may have been.

    Raises
    ------
    InputError
        If no incident matches, or the method cannot work on the selection.
    """
    if code == "cells":
        return _build_cells(view, height, survival=survival)
    if code == "clusters":
        return _build_clusters(view, height, survival=survival)
    if code == "change":
        return build_change(view, height)
    return build_surface(view, height) if code == "surface" else _build_emerging(view, height)


def _build_cells(view: View, height: int, *, survival: bool) -> Panel:
    world, query = view.world, view.query
    answer = find_cells_answer(world, query)
    looks = {item.code: look_of_cell(item.code, item.name) for item in CELL_CLASSES if item.code}
    cells = keep_layer(world, query, "cells", lambda: _layer_cells(answer, looks))
    spots = answer.spots
    hot = answer.code > 0
    tested = survival and query.show != HARM and len(spots) > 0
    listed = spots.assign(survival=find_cell_survival(world, query)) if tested else spots
    unit = find_chosen(view)
    near = spots["spot"].isin(np.unique(answer.spot[np.isin(answer.ground.ward, unit.wards)])) if unit else hot[:0]
    if len(near) and near.any():
        listed = listed[near]
    data = build_layer_map(
        title="Among all cells (Gi*)",
        description=f"Map of {int(hot.sum())} hot cells in {len(spots)} hot spots; the table holds the figures.",
        legend=[
            *list_legend(looks, answer.code, tested=_name_tested(answer.ground, "Does not stand out")),
            LegendRow("ring", "Hot spot, as in the table", CLUSTER),
        ],
        height=height,
        named=find_named_outlines(world),
        chosen=query.area,
        image=find_tested_image(world, answer.ground),
        cells=cells,
        numbers=number_places(spots, "spot"),
        focus=focus_on(spots),
    )
    provenance = answer.provenance
    return Panel(
        title="Hot cells",
        detail=f"cells of {provenance['cell_m']:g} m that stand out among all cells of the force",
        sentence=f"{_say_cells_in(answer, unit)}{_say_cells(answer)}" if unit else _say_cells(answer),
        map_data=data,
        tables=((_title_spots(unit, len(listed), len(spots)), *show_spots(listed, measure=answer.measure)),),
        method=f"Hot cells: {answer.gi.describe().replace(', not corrected for many cells', '')}; corrected by "
        f"{provenance['correction']}, hot at {provenance['level']:.0%} and very sure at "
        f"{provenance['strict_level']:.0%}. {_say_size(provenance)}. Hot cells that touch make one hot spot.",
        chosen=answer.chosen,
        caveats=(*answer.caveats, *_explain_survival(view, tested=tested, asked=survival)),
    )


def _layer_cells(answer: HotCells, looks: dict[int, Any]) -> dict[str, Any]:
    names = answer.world.boundaries.names
    return describe_cell_layer(
        layer_cells(
            answer.ground.cells,
            answer.code,
            answer.gi.z,
            looks=looks,
            places=[
                f"{f'Hot spot {spot}, ' if spot else ''}{names[ward] if ward >= 0 else ''}"
                for spot, ward in zip(answer.spot.tolist(), answer.ground.ward.tolist(), strict=True)
            ],
            figure_labels=(
                f"{answer.measure.capitalize()} in the cell",
                "With its neighbours",
                "Chance would give",
                "Score (z)",
            ),
            figures=(answer.counts, answer.gi.local_sum, answer.gi.expected, answer.gi.z),
            decimals=(0, 0, 0, 1),
        )
    )


def _title_spots(unit: Unit | None, listed: int, spots: int) -> str:
    """Name the table, which lists the force's hot spots where none reaches into the chosen area."""
    if unit is None:
        return f"Hot spots ({spots})"
    return f"Hot spots in {unit.name} ({listed})" if listed < spots else f"Hot spots of the force ({spots})"


def _say_cells_in(answer: HotCells, unit: Unit) -> str:
    """Say what the chosen area has of the hot cells, and how busy its busiest cell is where it has none."""
    found = answer.measure_share(unit.wards)
    if found.cells:
        return f"{found.describe(f'{answer.measure} in {unit.name} lie', 'its')}. In the whole force: "
    return (
        f"No cell of {unit.name} stands out among all cells of the force; its busiest holds "
        f"{write_number(found.busiest, decimals=1)} times the average cell. In the whole force: "
    )


def _say_cells(answer: HotCells) -> str:
    spots = answer.spots
    if not len(spots):
        return "No cell stands out among all cells of the force: none is called hot."
    first = spots.iloc[0]
    return (
        f"{answer.measure_share().describe(f'{answer.measure} lie', 'the force’s')}, in "
        f"{write_count(len(spots), 'hot spot')}; the largest, around {first['area_name']}, holds "
        f"{write_percent(float(first['share']))} alone."
    )


def _build_clusters(view: View, height: int, *, survival: bool) -> Panel:
    world, query = view.world, view.query
    answer = find_cluster_answer(world, query)
    table = answer.table
    located = int(answer.weights.sum())
    inside = located - answer.noise_incidents
    data = build_layer_map(
        title="Clusters (DBSCAN)",
        description=f"Map of {len(table)} numbered clusters; the table holds the figures.",
        legend=[LegendRow("ring", "Cluster, as in the table", CLUSTER, write_number(len(table)))],
        height=height,
        named=find_named_outlines(world),
        chosen=query.area,
        outlines=keep_layer(world, query, "clusters", lambda: describe_clusters(table)),
        numbers=number_places(table, "cluster"),
        focus=focus_on(table),
    )
    provenance = answer.provenance
    unit = find_chosen(view)
    near = np.zeros(len(table), dtype=bool)
    if unit is not None:
        reaching = answer.labels[np.isin(world.cube.places.area, unit.wards) & (answer.weights > 0)]
        near = table["cluster"].isin(reaching).to_numpy()
    frame, config = show_clusters(table)
    tested = survival and len(table) > 0
    if tested:
        frame.insert(2, "survival", find_cluster_survival(world, query) * 100)
        config["survival"] = survival_column("its incidents stay in one cluster")
    frame = frame[near] if near.any() else frame
    return Panel(
        title="Clusters",
        detail=f"at least {provenance['min_samples']} incidents within {provenance['eps']:g} m",
        sentence=_say_clusters_in(unit, int(near.sum()))
        + f"{write_percent(inside / located)} of incidents lie in {write_count(len(table), 'cluster')}; "
        + (f"the largest is in {table.iloc[0]['area_name']}." if len(table) else "none is dense enough."),
        map_data=data,
        tables=((f"Clusters ({len(frame)})", frame, config),),
        method=f"Clusters: {provenance['method']}, radius {provenance['eps']:g} m ({provenance['eps_chosen']}), at "
        f"least {provenance['min_samples']} incidents ({provenance['min_samples_chosen']}). "
        f"{answer.shared_note}".rstrip(),
        chosen=answer.chosen,
        caveats=(
            "A cluster is a dense group, not a finding about chance: a busy shopping street is one every month.",
            *(["Clusters count incidents, not harm."] if query.show == HARM else []),
            *_explain_survival(view, tested=tested, asked=survival),
        ),
    )


def _say_clusters_in(unit: Unit | None, reach: int) -> str:
    """Say how many of the force's clusters reach into the chosen area, and that its own page finds others."""
    if unit is None:
        return ""
    clusters = write_count(reach, "cluster") if reach else "no cluster"
    return (
        f"{unit.name}: {clusters} {'reach' if reach > 1 else 'reaches'} into it by the threshold of the whole force; "
        "its own page takes a threshold from its own incidents. In the whole force "
    )


def _build_emerging(view: View, height: int) -> Panel:
    world, query = view.world, view.query
    answer = find_emerging_answer(world, query)
    found = answer.classes[(answer.classes["cells"] > 0) & (answer.classes["code"] != 0)]
    looks = {
        int(code): look_of_emerging(int(code), name) for code, name in zip(found["code"], found["class"], strict=True)
    }
    table = answer.table
    drawn = table[table["class_code"] != 0]
    unit = find_chosen(view)
    inside = table["area_code"].isin([] if unit is None else [world.boundaries.codes[ward] for ward in unit.wards])
    listed = drawn[inside[drawn.index]] if inside[drawn.index].any() else drawn
    data = build_layer_map(
        title="Over time",
        description=f"Map of {len(drawn)} cells in {len(found)} emerging classes; the tables hold the figures.",
        legend=list_legend(looks, answer.result.code, tested=_name_tested(answer.ground, "No pattern")),
        height=height,
        named=find_named_outlines(world),
        chosen=query.area,
        image=find_tested_image(world, answer.ground),
        cells=keep_layer(world, query, "emerging", lambda: _layer_emerging(answer, looks)),
        focus=focus_on(drawn.sort_values(answer.measure.replace(" ", "_"), ascending=False), most=LISTED),
    )
    provenance = answer.provenance
    return Panel(
        title="Emerging",
        detail=f"how hot each cell of {provenance['cell_m']:g} m was in {write_count(provenance['months'], 'month')}",
        sentence=_say_emerging(answer, unit),
        map_data=data,
        tables=(
            (f"Cells ({len(listed)})", *show_emerging_cells(listed, measure=answer.measure, most=LISTED)),
            ("Classes", *show_emerging(answer.classes, measure=answer.measure)),
        ),
        method=f"Emerging: {answer.result.describe()} {_say_size(provenance)}.",
        chosen=answer.chosen,
        caveats=answer.caveats,
    )


def _layer_emerging(answer: EmergingCells, looks: dict[int, Any]) -> dict[str, Any]:
    table = answer.table
    return describe_cell_layer(
        layer_cells(
            answer.ground.cells,
            answer.result.code,
            answer.monthly.sum(axis=1),
            looks=looks,
            places=table["area_name"].tolist(),
            figure_labels=(answer.measure.capitalize(), "Months hot", "Months cold", "Trend score (z)"),
            figures=(
                answer.monthly.sum(axis=1),
                table["months_hot"].to_numpy(dtype=float),
                table["months_cold"].to_numpy(dtype=float),
                table["trend_z"].to_numpy(dtype=float),
            ),
            decimals=(0, 0, 0, 1),
            letters=True,
        )
    )


def _say_emerging(answer: EmergingCells, unit: Unit | None) -> str:
    cells = dict(zip(answer.classes["code"].tolist(), answer.classes["cells"].tolist(), strict=True))
    force = _count_spots(cells, "the force")
    if unit is None:
        return force
    inside, of = np.unique(answer.result.code[np.isin(answer.ground.ward, unit.wards)], return_counts=True)
    return f"{_count_spots(dict(zip(inside.tolist(), of.tolist(), strict=True)), unit.name)} {force}"


def _count_spots(cells: dict[int, int], name: str) -> str:
    hot = sum(count for code, count in cells.items() if code > 0)
    cold = sum(count for code, count in cells.items() if code < 0)
    tail = f" {write_count(cold, 'cell')} {'is a cold spot' if cold == 1 else 'are cold spots'}." if cold else ""
    if not hot:
        return f"No cell of {name} was hot often enough to show a pattern over time.{tail}"
    verb = "is a hot spot" if hot == 1 else "are hot spots"
    return f"{write_count(hot, 'cell')} of {name} {verb}: {say_classes(cells, glossed=True)}.{tail}"


def _explain_survival(view: View, *, tested: bool, asked: bool) -> list[str]:
    if not asked:
        return []
    if not tested:
        return ["Survival moves incidents, not harm: it is not shown while the map is coloured by harm."]
    text = (
        f"Survives: the share of {DRAWS} draws (clusters: {CLUSTER_DRAWS}) in which it is still found when each "
        f"incident lies anywhere in the catchment of its map point, up to {CAP:g} m away."
    )
    if view.world.grid_m is not None:
        text += f" In the embedded data the centre of a {view.world.grid_m:g} m square stands for its map points."
    return [text]


def _name_tested(ground: Ground, name: str) -> str:
    """Name the ground that was tested; hexagons without a class are not drawn."""
    return name if ground.choice.shape == "square" else f"{name}, not drawn"


def _say_size(provenance: dict[str, Any]) -> str:
    shape = "Squares" if provenance["cell_shape"] == "square" else "Hexagons"
    return f"{shape} of {provenance['cell_m']:g} m: {provenance['cell_chosen']}"
