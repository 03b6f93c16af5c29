"""What every picture of a briefing carries: period, caveats, sources, data version, day, marking, and its address."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

import numpy as np

from hotspots.months import LSOA_CHANGE, SNAP_POINT_REFRESH
from hotspots.pipeline.area import AreaAnswer, describe_area
from hotspots.pipeline.attribution import state_licence
from hotspots.pipeline.overview import overview
from hotspots.pipeline.selection import find_unit
from hotspots.views.pictures import Fact
from hotspots.views.wording import write_count

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence
    from datetime import date

    from hotspots.pipeline.figures import KeyFigure
    from hotspots.pipeline.overview import Overview
    from hotspots.pipeline.selection import Chosen
    from hotspots.pipeline.world import Unit, World
    from hotspots.query import Query
    from hotspots.store.ledger import Ledger

_EVENTS = {SNAP_POINT_REFRESH: "new map points", LSOA_CHANGE: "new LSOA codes"}
EVENT_NOTES = {
    SNAP_POINT_REFRESH: "The line “new map points” marks July 2022, from which police.uk puts incidents on another "
    "set of points.",
    LSOA_CHANGE: "The line “new LSOA codes” marks June 2023, from which incidents carry the codes of the 2021 LSOAs.",
}


T = TypeVar("T")
MOST_REMEMBERED = 16
"""Answers that are kept: enough for one pack, and no more however many packs are made."""
FEW = 30
"""Incidents below which a picture says that its numbers are small."""
_REMEMBERED: OrderedDict[Hashable, Any] = OrderedDict()
_REMEMBERING = threading.Lock()


@dataclass(frozen=True, eq=False, kw_only=True)
class Wish:
    """What a picture is asked to show.

    Attributes
    ----------
    world, query
        Everything loaded, and the selection.
    ledger
        The operations; None where nobody opened it, and then no picture shows any.
    marking, day
        Protective marking, and the day to print; None for none.
    whole_force
        True to show the force and only mark the area that the query names.
    areas
        Names or codes of the areas of small multiples; empty for those that rank first.
    progress
        Called with a label, steps done and steps in all, where composing takes seconds.
    """

    world: World
    query: Query
    ledger: Ledger | None = None
    marking: str = "OFFICIAL"
    day: date | None = None
    whole_force: bool = False
    areas: tuple[str, ...] = ()
    progress: Callable[[str, int, int], None] | None = None


def answer_force(wish: Wish) -> Overview:
    """Answer for the whole force; a chosen area is only marked."""
    return recall(wish.world, ("force", wish.query), lambda: overview(wish.world, wish.query))


def answer_wish(wish: Wish) -> Overview | AreaAnswer:
    """Answer for the chosen area, or for the force when none is chosen or the whole of it is wanted."""
    if not wish.query.area or wish.whole_force:
        return answer_force(wish)
    return recall(wish.world, ("area", wish.query), lambda: describe_area(wish.world, wish.query))


def recall(world: World, key: Hashable, make: Callable[[], T]) -> T:
    """Return what was made before for the same data and key, or make it: pictures of one pack share their answers."""
    whole = (world.version, key)  # a world itself as key would stay in memory long after newer data took its place
    with _REMEMBERING:
        if whole in _REMEMBERED:
            _REMEMBERED.move_to_end(whole)
            found: T = _REMEMBERED[whole]
            return found
    made = make()
    with _REMEMBERING:
        _REMEMBERED[whole] = made
        while len(_REMEMBERED) > MOST_REMEMBERED:
            _REMEMBERED.popitem(last=False)
    return made


def source_line(world: World) -> str:
    """Say what a picture rests on and under which licence."""
    extract = f"counts on a {world.grid_m:g} m grid from " if world.grid_m is not None else ""
    areas = world.boundaries.dated_name
    return f"Source: {extract}police.uk; {areas}. {state_licence(world)} Harm: {world.harm.source}"


def list_events(world: World, chosen: Chosen) -> tuple[tuple[int, str], ...]:
    """List the breaks in the data that the period crosses, each as its month and a few words."""
    return list_breaks(world, chosen.months[0], chosen.months[-1])


def list_breaks(world: World, first: int, last: int) -> tuple[tuple[int, str], ...]:
    """List the breaks in the data between two months, each as its month and a few words."""
    return tuple((month, _EVENTS[month]) for month in world.breaks_within(first, last))


def note_breaks(world: World, first: int, last: int) -> tuple[str, ...]:
    """Say what the lines mean that mark breaks in the data."""
    return tuple(EVENT_NOTES[month] for month, _words in list_breaks(world, first, last))


def write_address(page: str, query: Query, *, operation: str = "") -> str:
    """Write where the dashboard shows the same view: ``area?area=ashington``; the first page has no name."""
    query = replace(query, operation=operation) if operation else query
    return f"{page}?{urlencode(query.to_params())}".rstrip("?") or "?"


def frame_answer(world: World, answer: Overview | AreaAnswer, marking: str, day: date | None) -> dict[str, Any]:
    """Return what every picture of a force or an area carries."""
    ranges = any(np.isfinite(change.ratio) for figure in answer.key_figures for change in figure.changes[-1:])
    return {
        "notes": (*answer.caveats, *(["Changes in brackets: the 90% range."] if ranges else [])),
        "source": source_line(world),
        "data_version": world.data_version,
        "made_on": day,
        "marking": marking,
        "address": write_address("area" if isinstance(answer, AreaAnswer) else "", answer.chosen.query),
    }


def frame_chosen(wish: Wish, chosen: Chosen, *, page: str, notes: tuple[str, ...]) -> dict[str, Any]:
    """Return what a picture of a selection carries, with its own caveats."""
    return {
        "notes": notes,
        "source": source_line(wish.world),
        "data_version": wish.world.data_version,
        "made_on": wish.day,
        "marking": wish.marking,
        "address": write_address(page, chosen.query),
    }


def chosen_unit(wish: Wish) -> Unit | None:
    """Return the ward or named area that a picture is of; None for the whole force."""
    if not wish.query.area or wish.whole_force:
        return None
    return wish.world.units[find_unit(wish.world, wish.query.area)]


def ward_codes(world: World, unit: Unit | None) -> tuple[str, ...]:
    """Return the codes of the wards that make up a unit."""
    return () if unit is None else tuple(world.boundaries.codes[ward] for ward in unit.wards)


def note_small(world: World, chosen: Chosen, unit: Unit | None) -> tuple[str, ...]:
    """Say that a picture rests on few incidents, where it does."""
    wards = slice(None, len(world.boundaries)) if unit is None else list(unit.wards)
    total = int(world.cube.count_areas(chosen.selection)[wards].sum())
    if total >= FEW:
        return ()
    what = f"{write_count(total, 'incident')} {'was' if total == 1 else 'were'} recorded here in the period"
    return (f"Small numbers: only {what}, so that chance alone moves every figure far.",)


def lower_first(text: str) -> str:
    """Write a label inside a sentence; what begins with two capitals is a name and stays."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def list_facts(figures: Sequence[KeyFigure]) -> tuple[Fact, ...]:
    """Write key figures as a picture shows them."""
    return tuple(
        Fact(figure.label, figure.value, figure.changes[-1].sentence if figure.changes else figure.unit)
        for figure in figures
    )
