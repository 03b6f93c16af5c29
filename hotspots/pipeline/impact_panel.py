"""Panels for evaluations: from the loaded incidents for an operation's area, or from a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Unpack

import numpy as np
import shapely
from scipy import sparse

from hotspots.analysis.cube import Selection
from hotspots.analysis.panel import Panel, check_panel
from hotspots.analysis.spatial_weights import weigh_contiguity
from hotspots.errors import InputError
from hotspots.sources.panels import read_panel
from hotspots.terms import ASB, LENSES, CrimeGroup, crime_type

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from hotspots.pipeline.operation_area import PlacedArea
    from hotspots.pipeline.world import World
    from hotspots.sources.panels import PanelColumns

HEADLINE, GROUP, HARM, TYPE, APART = "headline", "group", "harm", "type", "apart"
ALL = "all crime and anti-social behaviour"


@dataclass(frozen=True)
class Outcome:
    """What is evaluated.

    Attributes
    ----------
    name
        As it stands within a sentence.
    kind
        ``headline``, ``group``, ``harm``, ``type``, or ``apart`` for what police work finds.
    types
        Crime types in it; empty for a column of a file.
    what
        What is counted.
    days
        Harm of one incident, where it is a single type.
    """

    name: str
    kind: str
    types: tuple[str, ...] = ()
    what: str = "incidents"
    days: float = 0.0


def list_outcomes(types: tuple[str, ...], days: Mapping[str, float]) -> tuple[Outcome, ...]:
    """List what is evaluated of the types that are loaded.

    All, groups, harm and single types; drugs and possession of weapons last and apart.

    Parameters
    ----------
    types
        Names of the loaded types.
    days
        Harm of one incident of each.
    """
    plain = tuple(name for name in types if not crime_type(name).enforcement_driven)
    outcomes = [Outcome(ALL, HEADLINE, plain)]
    for group in CrimeGroup:
        members = tuple(name for name in plain if crime_type(name).group is group)
        if members and group not in (CrimeGroup.ENFORCEMENT, CrimeGroup.OTHER):
            single = days.get(members[0], 0.0) if len(members) == 1 else 0.0
            outcomes.append(Outcome(_name_group(group), GROUP, members, days=single))
    organised = next(lens for lens in LENSES if lens.code == "organised").select(types)
    if organised:
        outcomes.append(Outcome("organised-crime related types", GROUP, organised))
    outcomes.append(Outcome("harm", HARM, plain, what="harm days"))
    grouped = {outcome.types for outcome in outcomes}
    for name in types:
        if (name,) not in grouped:
            kind = TYPE if name in plain else APART
            outcomes.append(Outcome(name[0].lower() + name[1:], kind, (name,), days=days.get(name, 0.0)))
    outcomes.sort(key=lambda outcome: outcome.kind == APART)
    return tuple(outcomes)


def _name_group(group: CrimeGroup) -> str:
    return {CrimeGroup.ACQUISITIVE: "acquisitive crime", CrimeGroup.DAMAGE: "criminal damage and arson"}.get(
        group, ASB.lower() if group is CrimeGroup.ASB else group.value
    )


def build_operation_panel(
    world: World, placed: PlacedArea, *, start: int, aside: tuple[int, ...] = ()
) -> tuple[Panel, tuple[Outcome, ...]]:
    """Count every outcome by ward and month, with the operation's area as the treated units.

    Parameters
    ----------
    world
        Everything loaded.
    placed
        The operation's area. A drawn one becomes a unit of its own, taken out of the wards that it covers.
    start, aside
        First month of the operation, and months on neither side.

    Returns
    -------
    Panel
        Checked.
    tuple of Outcome
        In the order of the panel's outcomes; those without any event are left out, and the caller says so.

    Raises
    ------
    InputError
        If the area is not among the loaded boundaries, or the panel cannot be evaluated.
    """
    if placed.outline is None:
        raise InputError("The operation's area is not among the loaded boundaries; load the boundaries of its force.")
    cube, n = world.cube, len(world.boundaries)
    by_type = _count_types(world, placed)
    outcomes = list_outcomes(cube.types, world.harm.days)
    counts = np.stack([_add_up(world, outcome, by_type) for outcome in outcomes])
    some = [bool(one.any()) for one in counts]
    treated = np.zeros(len(by_type), dtype=bool)
    treated[[n] if placed.drawn else list(placed.wards)] = True
    names = tuple(unit.label for unit in world.units[:n])
    panel = Panel(
        units=(*world.boundaries.codes, "drawn-area") if placed.drawn else world.boundaries.codes,
        names=(*names, "Drawn area") if placed.drawn else names,
        months=cube.months.astype(np.int64),
        outcomes=tuple(outcome.name for outcome, any_ in zip(outcomes, some, strict=True) if any_),
        counts=counts[np.array(some)],
        treated=treated,
        start=start,
        aside=aside,
        touching=_touch(world, placed),
    )
    check_panel(panel)
    return panel, tuple(outcome for outcome, any_ in zip(outcomes, some, strict=True) if any_)


def _count_types(world: World, placed: PlacedArea) -> NDArray[np.float64]:
    """Count by unit, month and type. Shape (u, t, types)."""
    cube, n = world.cube, len(world.boundaries)
    wards = cube.by_area[:n].sum(axis=3, dtype=np.int64)
    if not placed.drawn:
        return np.asarray(wards, dtype=np.float64)
    shapely.prepare(placed.outline)
    inside = shapely.contains_xy(placed.outline, cube.places.x, cube.places.y)
    labels = np.where(inside, np.where(cube.places.area >= 0, cube.places.area, n), -1).astype(np.int32)
    covered = np.zeros((n + 1, *wards.shape[1:]), dtype=np.int64)
    for position in range(len(cube.types)):
        kinds = np.zeros((len(cube.types), len(cube.outcomes)), dtype=bool)
        kinds[position] = True
        covered[:, :, position] = cube.cross_labels(labels, n + 1, Selection(0, len(cube.months) - 1, kinds))[0]
    return np.concatenate([wards - covered[:n], covered.sum(axis=0, keepdims=True)]).astype(np.float64)


def _add_up(world: World, outcome: Outcome, by_type: NDArray[np.float64]) -> NDArray[np.float64]:
    weight = np.array(
        [
            (world.harm.days.get(name, 0.0) if outcome.kind == HARM else 1.0) if name in outcome.types else 0.0
            for name in world.cube.types
        ]
    )
    return np.asarray(by_type @ weight)


def _touch(world: World, placed: PlacedArea) -> sparse.csr_array:
    wards = weigh_contiguity(world.boundaries.geometry)
    if not placed.drawn:
        return wards
    near = shapely.intersects(world.boundaries.geometry, placed.outline).astype(float)[:, None]
    return sparse.csr_array(sparse.block_array([[wards, near], [near.T, None]]))


def read_panel_file(path: Path, *, start: int, **columns: Unpack[PanelColumns]) -> tuple[Panel, tuple[Outcome, ...]]:
    """Read a panel from a CSV file; see `hotspots.sources.panels.read_panel`.

    Returns
    -------
    Panel
        Checked. Units marked as next door touch every treated one, and are compared with nobody.
    tuple of Outcome
        One a column, the first as the headline.

    Raises
    ------
    InputError
        If the file cannot be read, or the panel cannot be evaluated.
    """
    table = read_panel(path, start=start, **columns)
    outcomes, covariates = columns["outcomes"], columns.get("covariates", ())
    touching = None
    if table.next_door.any():
        edges = np.outer(table.next_door & ~table.treated, table.treated).astype(float)
        touching = sparse.csr_array(edges + edges.T)
    panel = Panel(
        units=table.units,
        names=table.units,
        months=table.months,
        outcomes=outcomes,
        counts=table.counts,
        treated=table.treated,
        start=start,
        touching=touching,
        covariates=table.covariates if covariates else None,
        covariate_names=covariates,
    )
    check_panel(panel)
    specs = tuple(Outcome(name, HEADLINE if place == 0 else GROUP) for place, name in enumerate(outcomes))
    return panel, specs
