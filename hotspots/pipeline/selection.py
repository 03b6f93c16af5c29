"""From a query to positions in the world: which months, which types, which unit, and what a reader must be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotspots.analysis.cube import Selection
from hotspots.errors import InputError, UnknownNameError
from hotspots.months import LSOA_CHANGE, SNAP_POINT_REFRESH, list_months, name_month, name_period
from hotspots.terms import OUTCOME_GROUPS, crime_type, lens, name_force, slug

if TYPE_CHECKING:
    from hotspots.pipeline.world import Unit, World
    from hotspots.query import Query

USUAL_SHIFT, LARGEST_SHIFT = 3, 18
"""Places by which ranks on the embedded extract differ from those on the published points, in nine wards of ten and at
most: measured over lenses and periods, `docs/decisions/0004`."""


@dataclass(frozen=True, eq=False)
class Chosen:
    """A query, resolved against what is loaded.

    Attributes
    ----------
    query
        As it was asked.
    selection, apart
        Positions in the cube of the chosen types, and of the enforcement-driven types that stand beside them.
    months, missing
        Months of the period that are covered, and that are absent.
    types, types_apart
        Names of the chosen types, and of the enforcement-driven types shown apart.
    unit
        Position of the chosen unit; None for the whole force.
    label
        What people call the choice of types.
    """

    query: Query
    selection: Selection
    apart: Selection
    months: tuple[int, ...]
    missing: tuple[int, ...]
    types: tuple[str, ...]
    types_apart: tuple[str, ...]
    unit: int | None
    label: str

    @property
    def period(self) -> str:
        """The period as people say it."""
        return name_period(self.months[0], self.months[-1])

    @property
    def years(self) -> float:
        """Years that are covered: what every rate divides by."""
        return len(self.months) / 12


def choose(world: World, query: Query) -> Chosen:
    """Resolve a query.

    Raises
    ------
    UnknownNameError
        If an area, a type or an outcome group is not known.
    InputError
        If no covered month lies in the period.
    """
    months = world.cube.months
    first = int(months[0]) if query.month_from is None else query.month_from
    last = int(months[-1]) if query.month_to is None else query.month_to
    if first > last:
        raise InputError(
            f"The period begins in {name_month(first)}, after it ends in {name_month(last)}; the data run from "
            f"{name_period(int(months[0]), int(months[-1]))}."
        )
    inside = np.flatnonzero((months >= first) & (months <= last))
    if not len(inside):
        raise InputError(
            f"No month from {name_period(first, last)} is loaded; the data run from "
            f"{name_period(int(months[0]), int(months[-1]))}{_without(world.missing)}."
        )
    types, label = _choose_types(world, query)
    apart = tuple(name for name in world.cube.types if crime_type(name).enforcement_driven and name not in types)
    outcomes = _choose_outcomes(query)
    covered = tuple(int(month) for month in months[inside])
    span = range(max(first, int(months[0])), min(last, int(months[-1])) + 1)

    def positions(names: tuple[str, ...]) -> Selection:
        chosen = np.array([name in names for name in world.cube.types])
        return Selection(int(inside[0]), int(inside[-1]), chosen[:, None] & outcomes[None, :])

    return Chosen(
        query=query,
        selection=positions(types),
        apart=positions(apart),
        months=covered,
        missing=tuple(sorted(set(span) - set(covered))),
        types=types,
        types_apart=apart,
        unit=find_unit(world, query.area) if query.area else None,
        label=label,
    )


def _choose_types(world: World, query: Query) -> tuple[tuple[str, ...], str]:
    if not query.types:
        chosen_lens = lens(query.lens)
        types = chosen_lens.select(world.cube.types)
        if not types:
            raise InputError(f"The loaded data hold no type of the lens “{chosen_lens.label}”; choose another.")
        return types, chosen_lens.label
    of_code = {slug(name): name for name in world.cube.types}
    for code in query.types:
        if slug(code) not in of_code:
            raise UnknownNameError("crime type", code, of_code)
    chosen = {of_code[slug(code)] for code in query.types}
    types = tuple(name for name in world.cube.types if name in chosen)
    return types, _name_types(types)


def _name_types(types: tuple[str, ...]) -> str:
    """Join names as one phrase: ``Burglary, robbery and vehicle crime``."""
    names = [types[0], *(name[0].lower() + name[1:] for name in types[1:])]
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def _choose_outcomes(query: Query) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    if not query.outcomes:
        return np.ones(len(OUTCOME_GROUPS), dtype=bool)
    codes = {slug(name): position for position, name in enumerate(OUTCOME_GROUPS)}
    chosen = np.zeros(len(OUTCOME_GROUPS), dtype=bool)
    for code in query.outcomes:
        if slug(code) not in codes:
            raise UnknownNameError("outcome group", code, codes)
        chosen[codes[slug(code)]] = True
    return chosen


def find_unit(world: World, text: str) -> int:
    """Find a ward or named area by its code, its name or its name with its authority.

    Named areas come before wards of the same name.

    Raises
    ------
    UnknownNameError
        If nothing is called so; the message suggests the nearest names.
    InputError
        If two wards share the name; the message gives their codes.
    """
    wanted = text.strip().casefold()
    for position, unit in enumerate(world.units):
        if unit.code.casefold() == wanted or (unit.kind == "area" and unit.name.casefold() == wanted):
            return position
    matches = [
        position
        for position, unit in enumerate(world.units)
        if wanted in (unit.name.casefold(), unit.label.casefold(), slug(unit.name))
    ]
    if len(matches) > 1:
        ways = " or ".join(f"{world.units[match].code} ({world.units[match].lad_name})" for match in matches)
        raise InputError(f"More than one ward is called “{text}”; give the code: {ways}.")
    if not matches:
        raise UnknownNameError("area", text, [unit.name for unit in world.units])
    return matches[0]


def list_caveats(world: World, chosen: Chosen) -> tuple[str, ...]:
    """Say in plain sentences what a reader must know before trusting the view."""
    caveats = []
    enforced = [name for name in chosen.types if crime_type(name).enforcement_driven]
    if enforced:
        caveats.append(
            f"Found by police work: {', '.join(enforced).lower()}. More of it may mean more enforcement, so a high "
            "rank here is no sign of more harm."
        )
    asked, first = chosen.query.month_from, int(world.cube.months[0])
    if asked is not None and asked < first:
        caveats.append(f"The data begin in {name_month(first)}; the period asked for begins in {name_month(asked)}.")
    asked, last = chosen.query.month_to, int(world.cube.months[-1])
    if asked is not None and asked > last:
        caveats.append(f"The data end in {name_month(last)}; the period asked for ends in {name_month(asked)}.")
    if chosen.missing:
        verb = "is" if len(chosen.missing) == 1 else "are"
        caveats.append(f"{list_months(chosen.missing)} {verb} missing: unknown, not zero, and left out of every rate.")
    breaks = world.breaks_within(chosen.months[0], chosen.months[-1])
    if SNAP_POINT_REFRESH in breaks:
        caveats.append(
            "Police.uk changed its map points in July 2022: clusters and places before and after are not strictly "
            "comparable; wards are."
        )
    if LSOA_CHANGE in breaks:
        caveats.append("LSOA codes changed in June 2023: series by LSOA that cross it are not strictly comparable.")
    if world.grid_m is not None:
        caveats.append(
            f"The embedded extract holds counts on a {world.grid_m:g} m grid: each ward keeps its incidents, rate and "
            "harm, but clusters differ from those of the published map points, and with them scores and ranks: by "
            f"{USUAL_SHIFT} places at most in nine wards of ten, by up to {LARGEST_SHIFT} in single ones. Load "
            "police.uk files for the published points."
        )
    else:
        caveats.append("Places are police.uk map points near the incident, never the address itself.")
    return tuple(caveats)


def unlocated_caveat(world: World, chosen: Chosen) -> str | None:
    """Say how many of the chosen incidents no map can show, or None when there is none."""
    counts = world.cube.count_areas(chosen.selection).sum(axis=(1, 2))
    outside, unlocated = int(counts[-2]), int(counts[-1])
    parts = []
    if unlocated:
        parts.append(f"{unlocated:,} carry no location")
    if outside:
        parts.append(f"{outside:,} lie outside the areas")
    if not parts:
        return None
    return f"Of {int(counts.sum()):,} incidents, {' and '.join(parts)}; they are counted here and in no area."


def name_unit(world: World, unit: int | None) -> str:
    """Name the chosen unit, or the forces when none is chosen."""
    if unit is not None:
        return world.units[unit].name
    return " and ".join(name_force(force) for force in world.forces)


def unit_of(world: World, chosen: Chosen) -> Unit:
    """Return the chosen unit.

    Raises
    ------
    InputError
        If none is chosen.
    """
    if chosen.unit is None:
        raise InputError("No area is chosen; choose a ward or a named area.")
    return world.units[chosen.unit]


def _without(missing: tuple[int, ...]) -> str:
    return f", without {list_months(missing)}" if missing else ""
