"""Pictures of ground: how dense, what is more than chance, and what is new; of the force, or in one area."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hotspots.analysis.kde import prepare_smoother
from hotspots.pipeline.brief_frame import chosen_unit, frame_chosen, lower_first, note_small, recall, ward_codes
from hotspots.pipeline.emerging import choose_emerging_cells, find_emerging_cells, say_classes
from hotspots.pipeline.ground import choose_cells, lay_ground
from hotspots.pipeline.hot_cells import CELL_CLASSES, find_hot_cells
from hotspots.pipeline.selection import name_unit
from hotspots.pipeline.surface import choose_bandwidth, draw_surface, find_peaks_above, lay_surface_grid
from hotspots.views.cells_map import look_of_cell, look_of_emerging
from hotspots.views.painted import Heading, Listing, Look, Paint, Spot
from hotspots.views.pictures import Fact, MapPicture
from hotspots.views.surface_map import class_surface
from hotspots.views.wording import write_count, write_number

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from hotspots.analysis.kde import Smoother
    from hotspots.pipeline.brief_frame import Wish
    from hotspots.pipeline.emerging import EmergingCells
    from hotspots.pipeline.ground import CellChoice, Ground
    from hotspots.pipeline.hot_cells import HotCells
    from hotspots.pipeline.surface import ChosenBandwidth, SurfaceAnswer
    from hotspots.pipeline.world import Unit, World

MOST_LISTED = 12


def make_surface(wish: Wish) -> MapPicture:
    """Make the density surface: five blues from the force's average upwards, its peaks numbered."""
    world, query = wish.world, wish.query
    answer = recall(world, ("surface", query), lambda: _find_surface(wish))
    average = answer.average
    unit = f"{answer.measure} per km² a year"
    classes = class_surface(answer.by_year, average=average, title="Density", unit=unit)
    known = np.isfinite(answer.by_year) & (answer.by_year >= average)
    index = np.full(answer.by_year.shape, -1)
    index[known] = classes.index(answer.by_year[known])
    area = chosen_unit(wish)
    peaks = answer.peaks if area is None else find_peaks_above(answer, area.wards)
    held = answer.measure.replace(" ", "_")
    rows = tuple(
        (
            str(number),
            row["area_name"],
            write_number(row["density"]),
            f"{write_number(row['density'] / average, decimals=1)}×",
            write_number(row[held]),
        )
        for number, row in enumerate(peaks.head(MOST_LISTED).to_dict("records"), start=1)
    )
    metres = answer.provenance["bandwidth_m"]
    grid = answer.surface.grid
    name = name_unit(world, None) if area is None else area.name
    return MapPicture(
        title=_say_surface(answer, peaks, name, average),
        subtitle=f"{answer.chosen.label} · {answer.chosen.period} · {unit}, within {metres:,.0f} m of each point",
        facts=_surface_facts(answer, peaks, average),
        **frame_chosen(
            wish,
            answer.chosen,
            page="hot_cells",
            notes=(
                "A density says where there is more, not whether it is more than chance.",
                *note_small(world, answer.chosen, area),
                *answer.caveats,
            ),
        ),
        method=f"Density: {answer.surface.describe()} Bandwidth: {answer.provenance['bandwidth_chosen']}.",
        boundaries=world.boundaries,
        highlight=ward_codes(world, area),
        highlight_name=area.name if area else "",
        paint=Paint(
            title=f"{answer.measure.capitalize()} per km² a year; colours begin at the force's average",
            looks=tuple(Look(*look) for look in zip(classes.labels[::-1], classes.colours[::-1], strict=True)),
            index=np.where(index >= 0, len(classes) - 1 - index, -1),
            corner=(grid.west, grid.south),
            cell=grid.cell,
        ),
        spots=tuple(
            Spot(float(row["x"]), float(row["y"]), str(number))
            for number, row in enumerate(peaks.head(MOST_LISTED).to_dict("records"), start=1)
        ),
        listing=Listing(
            title="Peaks" if area is None else f"Peaks in {area.name}",
            heads=(
                Heading("No."),
                Heading("Ward", "left"),
                Heading("Density"),
                Heading("Average"),
                Heading(f"Within {metres:,.0f} m"),
            ),
            rows=rows,
            numbered=True,
            empty=f"No point of {name} is denser than the force's average.",
        ),
    )


def _find_surface(wish: Wish) -> SurfaceAnswer:
    world, query = wish.world, wish.query
    types = (query.lens, query.types, query.outcomes, query.bandwidth, query.show)
    smoother, bandwidth = recall(world, ("smoother", types), lambda: _prepare(wish))
    return draw_surface(world, query, smoother=smoother, bandwidth=bandwidth)


def _prepare(wish: Wish) -> tuple[Smoother, ChosenBandwidth]:
    grid = recall(wish.world, "surface grid", lambda: lay_surface_grid(wish.world))
    bandwidth = choose_bandwidth(wish.world, wish.query, cell=grid.cell)
    return prepare_smoother(grid, bandwidth=bandwidth.metres), bandwidth


def _say_surface(answer: SurfaceAnswer, peaks: pd.DataFrame, name: str, average: float) -> str:
    label = answer.chosen.label
    if not len(peaks):
        return f"{label} in {name}: nowhere denser than the force's average"
    top = peaks.iloc[0]
    where = "" if top["area_name"] == name else f" in {top['area_name']}"
    times = top["density"] / average
    return f"{label} in {name}: densest point{where}, {write_number(times)} times the force's average"


def _surface_facts(answer: SurfaceAnswer, peaks: pd.DataFrame, average: float) -> tuple[Fact, ...]:
    unit = f"{answer.measure} per km² a year"
    facts = [Fact("Force average where there is any", write_number(average), unit)]
    if len(peaks):
        facts.insert(0, Fact("Densest point", write_number(peaks.iloc[0]["density"]), unit))
    return tuple(facts)


def _ground(world: World, choice: CellChoice) -> Ground:
    return recall(world, ("ground", choice), lambda: lay_ground(world, choice))


def make_hotspots(wish: Wish) -> MapPicture:
    """Make the cells that hold more, or less, than chance would put there (Gi*)."""
    world, query = wish.world, wish.query
    choice = choose_cells(world, size=query.cell, shape=query.cell_shape)
    answer = recall(world, ("hot cells", query), lambda: find_hot_cells(world, query, ground=_ground(world, choice)))
    area = chosen_unit(wish)
    inside = _inside(answer.ground, area)
    shapes = _draw_cells(world, answer.ground)
    codes = [item.code for item in CELL_CLASSES if item.code]
    looks = {code: look_of_cell(code, _class_name(code)) for code in codes}
    shown = [code for code in codes if (answer.code[inside] == code).any()]
    at = {code: position for position, code in enumerate(shown)}
    spots = answer.spots
    if area is not None:
        spots = spots[spots["spot"].isin(np.unique(answer.spot[inside]))]
    held = answer.measure.replace(" ", "_")
    name = name_unit(world, None) if area is None else area.name
    where = _centres(answer)
    return MapPicture(
        title=_say_cells(answer, area),
        subtitle=f"{answer.chosen.label} · {answer.chosen.period} · cells of {answer.ground.choice.size:g} m held "
        "against all cells of the force",
        facts=_cell_facts(answer, inside),
        **frame_chosen(
            wish,
            answer.chosen,
            page="hot_cells",
            notes=(
                *note_small(world, answer.chosen, area),
                *answer.caveats,
            ),
        ),
        method=f"Hot cells: {answer.gi.describe().replace(', not corrected for many cells', '')}; corrected by "
        f"{answer.provenance['correction']}. Hot cells that touch make one hot spot.",
        boundaries=world.boundaries,
        highlight=ward_codes(world, area),
        highlight_name=area.name if area else "",
        paint=Paint(
            title=f"{answer.measure.capitalize()} in a cell and those that touch it",
            noun="cells",
            looks=tuple(
                Look(looks[code].label, looks[code].fill, write_number(int((answer.code[inside] == code).sum())))
                for code in shown
            ),
            index=np.array([at.get(code, -2) for code in answer.code.tolist()]),
            shapes=shapes,
            cell=answer.ground.choice.size,
            rest="Does not stand out",
            rest_count=write_number(int((answer.code[inside] == 0).sum())),
        ),
        spots=tuple(
            Spot(*where[int(row["spot"])], str(int(row["spot"]))) for row in spots.head(MOST_LISTED).to_dict("records")
        ),
        listing=Listing(
            title="Hot spots" if area is None else f"Hot spots that reach into {area.name}",
            heads=(
                Heading("No."),
                Heading("Ward", "left"),
                Heading(answer.measure.capitalize()),
                Heading("× chance"),
                Heading("Cells"),
            ),
            rows=tuple(
                (
                    str(int(row["spot"])),
                    row["area_name"],
                    write_number(row[held]),
                    f"{write_number(row['times'], decimals=1)}",
                    write_number(row["cells"]),
                )
                for row in spots.head(MOST_LISTED).to_dict("records")
            ),
            numbered=True,
            empty=f"No cell of {name} stands out among all cells of the force.",
        ),
    )


def _class_name(code: int) -> str:
    return next(item.name for item in CELL_CLASSES if item.code == code)


def _inside(ground: Ground, area: Any) -> NDArray[np.bool_]:
    return np.ones(len(ground.cells), dtype=bool) if area is None else np.isin(ground.ward, area.wards)


def _draw_cells(world: World, ground: Ground) -> NDArray[np.object_]:
    return recall(world, ("cell shapes", ground.choice), ground.cells.draw)


def _centres(answer: HotCells) -> dict[int, tuple[float, float]]:
    """Find where the incidents of each hot spot lie in the middle, in metres."""
    centres = {}
    for spot in range(1, int(answer.spot.max(initial=0)) + 1):
        here = answer.spot == spot
        weight = answer.counts[here] + 1e-9
        x = float(np.average(answer.ground.cells.x[here], weights=weight))
        y = float(np.average(answer.ground.cells.y[here], weights=weight))
        centres[spot] = (x, y)
    return centres


def _say_cells(answer: HotCells, area: Unit | None) -> str:
    found = answer.measure_share(() if area is None else area.wards)
    name = name_unit(answer.world, None) if area is None else area.name
    label = answer.chosen.label
    if found.cells:
        return found.describe(f"{lower_first(label)} in {name} lies", "its")
    if area is None or found.busiest < 2:  # noqa: PLR2004 - hardly denser than elsewhere
        return f"{label} in {name}: no cell stands out among all cells of the force"
    return (
        f"{label} in {name}: the busiest cell holds {write_number(found.busiest)} times the average cell, but none "
        "stands out among all cells of the force"
    )


def _cell_facts(answer: HotCells, inside: NDArray[np.bool_]) -> tuple[Fact, ...]:
    hot, total = (answer.code > 0) & inside, float(answer.counts[inside].sum())
    return (
        Fact(f"{answer.measure.capitalize()} in cells", write_number(total), "in the period"),
        Fact("In hot cells", write_number(float(answer.counts[hot].sum())), f"{write_count(int(hot.sum()), 'cell')}"),
    )


def make_emerging(wish: Wish) -> MapPicture:
    """Make the cells by how hot they were over time: new, growing, lasting, fading, gone."""
    world, query = wish.world, wish.query
    answer = recall(
        world,
        ("emerging", query),
        lambda: find_emerging_cells(world, query, ground=_ground(world, choose_emerging_cells(world, query))),
    )
    area = chosen_unit(wish)
    inside = _inside(answer.ground, area)
    code = answer.result.code
    found = answer.classes[answer.classes["code"] != 0]
    names = dict(zip(found["code"].tolist(), found["class"].tolist(), strict=True))
    meanings = dict(zip(found["code"].tolist(), found["meaning"].tolist(), strict=True))
    shown = [item for item in names if (code[inside] == item).any()]
    # A cell beside the area may be of a class that the area has not; it is drawn all the same, and not counted.
    beside = [item for item in names if item not in shown and (code == item).any()]
    at = {item: position for position, item in enumerate([*shown, *beside])}
    looks = {item: look_of_emerging(item, names[item]) for item in at}
    counts = {item: int((code[inside] == item).sum()) for item in at}
    name = name_unit(world, None) if area is None else area.name
    kept = shown if area is not None else [*shown, *beside]
    return MapPicture(
        title=_say_emerging(counts, name, answer),
        subtitle=f"{answer.chosen.label} · {answer.chosen.period} · cells of {answer.ground.choice.size:g} m, how hot "
        "each was by month",
        facts=_emerging_facts(counts, answer),
        **frame_chosen(
            wish,
            answer.chosen,
            page="hot_cells",
            notes=(*note_small(world, answer.chosen, area), *answer.caveats),
        ),
        method=f"Emerging: {answer.result.describe()}",
        boundaries=world.boundaries,
        highlight=ward_codes(world, area),
        highlight_name=area.name if area else "",
        paint=Paint(
            title="Class" + (", capital letters for hot and small ones for cold" if min(kept, default=0) < 0 else ""),
            noun="cells",
            looks=tuple(
                Look(looks[item].label, looks[item].fill, write_number(counts[item]), looks[item].letter)
                for item in kept
            ),
            index=np.array([at[item] if item in kept else -2 for item in code.tolist()]),
            shapes=_draw_cells(world, answer.ground),
            cell=answer.ground.choice.size,
            rest="No pattern",
            rest_count=write_number(int((code[inside] == 0).sum())),
        ),
        listing=Listing(
            title="What the classes mean",
            heads=(Heading("Class", "left"), Heading("Meaning", "left")),
            wrapped=True,
            rows=tuple((names[item], meanings[item]) for item in kept[:MOST_LISTED]),
            empty=f"No cell of {name} was hot or cold often enough to show a pattern over time.",
        ),
    )


def _say_emerging(counts: dict[int, int], name: str, answer: EmergingCells) -> str:
    said = say_classes(counts, glossed=False)
    return f"{answer.chosen.label} in {name}: {said or 'no cell was hot often enough to show a pattern'}"


def _emerging_facts(counts: dict[int, int], answer: EmergingCells) -> tuple[Fact, ...]:
    hot = sum(count for item, count in counts.items() if item > 0)
    latest = answer.provenance["latest_month"]
    return (
        Fact("Hot spots, all classes", write_number(hot), f"in {answer.provenance['months']} months"),
        Fact("New", write_number(counts.get(1, 0)), f"hot for the first time in {latest}"),
    )
