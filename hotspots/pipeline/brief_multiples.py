"""The picture of several areas: the months of each on one scale, with its change in a year."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hotspots.errors import InputError
from hotspots.pipeline.brief_frame import answer_force, chosen_unit, frame_chosen, list_breaks, note_breaks, recall
from hotspots.pipeline.figures import list_months
from hotspots.pipeline.selection import choose, find_unit, list_caveats
from hotspots.pipeline.trends import UNCLEAR, compare_areas, name_compared, say_verdicts
from hotspots.views.multiples_picture import MOST_PANELS, MonthsPanel, MultiplesPicture
from hotspots.views.wording import write_change, write_count

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from hotspots.pipeline.brief_frame import Wish
    from hotspots.pipeline.trends import Trends
    from hotspots.pipeline.world import Unit

SHOWN = 20
"""Areas that are shown when none are named."""


def make_multiples(wish: Wish) -> MultiplesPicture:
    """Make the months of several areas: those that are named, or those that rank first, with a chosen one before them.

    Raises
    ------
    InputError
        If more areas are named than a picture holds.
    UnknownNameError
        If a named area is not known.
    """
    units = _choose_units(wish)
    world = wish.world
    chosen = choose(world, wish.query)
    trends = _compare(wish)
    table = (
        None if trends is None else dict(zip(trends.table["area_code"], trends.table.to_dict("records"), strict=True))
    )
    names = [unit.name for unit in units]
    panels = []
    for unit in units:
        monthly = list_months(world, chosen, unit.wards)
        verdict, change = ("", "") if table is None else _say(table[unit.code])
        name = unit.label if names.count(unit.name) > 1 else unit.name
        panels.append(MonthsPanel(name, monthly["incidents"].to_numpy(np.float64), change, verdict))
    first, last = chosen.months[0], chosen.months[-1]
    return MultiplesPicture(
        title=_say_all(chosen.label, [panel.verdict for panel in panels]),
        subtitle=f"{chosen.period} · incidents a month, all on one scale"
        + ("" if trends is None else f" · change of {name_compared(trends.recent)}, with its 90% interval"),
        **frame_chosen(
            wish,
            chosen,
            page="trends",
            notes=(
                *([] if trends is None else [text for text in trends.caveats if text.startswith("Of ")]),
                *list_caveats(world, chosen),
                *note_breaks(world, first, last),
            ),
        ),
        months=np.arange(first, last + 1, dtype=np.int64),
        panels=tuple(panels),
        events=list_breaks(world, first, last),
    )


def _choose_units(wish: Wish) -> list[Unit]:
    world = wish.world
    if len(wish.areas) > MOST_PANELS:
        raise InputError(f"{len(wish.areas):,} areas are named; a picture of several areas shows up to {MOST_PANELS}.")
    if wish.areas:
        return list(dict.fromkeys(world.units[find_unit(world, name)] for name in wish.areas))
    ranked = answer_force(wish).score.ranked(wish.query.by)
    of_code = {unit.code: unit for unit in world.units}
    units = [of_code[code] for code in ranked["area_code"].head(SHOWN)]
    area = chosen_unit(wish)
    return units if area is None else list(dict.fromkeys([area, *units]))[:SHOWN]


def _compare(wish: Wish) -> Trends | None:
    """Compare with a year before; None where no month has its fellow."""
    query = replace(wish.query, area="")

    def compare() -> Trends | None:
        try:
            return compare_areas(wish.world, query)
        except InputError:
            # A period of less than a year has no year before: the months are shown without a change.
            return None

    return recall(wish.world, ("trends", query), compare)


def _say(row: Mapping[Hashable, Any]) -> tuple[str, str]:
    if not np.isfinite(row["ratio"]) or not np.isfinite(row["high"]):
        return str(row["verdict"]), "too few to compare"
    change = f"{write_change(row['ratio'])} ({write_change(row['low'])} to {write_change(row['high'])})"
    return str(row["verdict"]), change


def _say_all(label: str, verdicts: list[str]) -> str:
    areas = write_count(len(verdicts), "area")
    if not any(verdicts):
        return f"{label} by month in {areas}"
    if set(verdicts) == {UNCLEAR}:
        return f"{label}: no clear change in a year in any of {areas}"
    return f"{label} in {areas}, in a year: {say_verdicts(verdicts)}"
