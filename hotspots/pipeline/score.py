"""Which area first: the composite score of wards and named areas, with intervals of rank."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hotspots.analysis.score import AreaCounts, score_areas
from hotspots.errors import InputError
from hotspots.pipeline.clusters import ClusterAnswer, find_clusters
from hotspots.pipeline.selection import choose
from hotspots.terms import VISITOR_TYPES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspots.pipeline.selection import Chosen
    from hotspots.pipeline.world import World
    from hotspots.query import Query

SINGLE_SITE_SHARE = 0.25
"""From this share of an area's incidents at one map point, the site is flagged …"""
SINGLE_SITE_LEAST = 50
"""… when the area has at least so many incidents."""


@dataclass(frozen=True, eq=False)
class ScoreAnswer:
    """Scores of a selection.

    Attributes
    ----------
    chosen
        The resolved query.
    table
        One row a unit (wards in boundary order, then named areas): area_code, area_name, kind, lad_name, population,
        area_km2 and the columns of `analysis.score.score_areas`.
    clusters
        The clusters of the whole force, on which the clustered share rests.
    provenance
        Automatic choices and their reasons.
    """

    chosen: Chosen
    table: pd.DataFrame
    clusters: ClusterAnswer
    provenance: dict[str, Any]

    def ranked(self, by: str = "both") -> pd.DataFrame:
        """Return the table in order of rank: wards, named areas or both; an area follows the ward it ties with."""
        table = self.table if by == "both" else self.table[self.table["kind"] == by]
        return table.sort_values(["rank", "kind", "score"], ascending=[True, False, False]).reset_index(drop=True)


def score(world: World, query: Query) -> ScoreAnswer:
    """Score every ward and named area on a selection; a chosen unit is scored among all others.

    Raises
    ------
    InputError
        If no incident matches.
    UnknownNameError
        If an area, type or outcome is not known.
    """
    clusters = find_clusters(world, replace(query, area=""))
    chosen = choose(world, query)
    result = score_areas(count_units(world, chosen, clusters), weights=query.weights.values)
    units = pd.DataFrame(
        {
            "area_code": [unit.code for unit in world.units],
            "area_name": [unit.name for unit in world.units],
            "kind": [unit.kind for unit in world.units],
            "lad_name": [unit.lad_name for unit in world.units],
            "population": world.population,
            "area_km2": world.area_km2,
        }
    )
    table = pd.concat([units, _copy_single_wards(world, result.frame)], axis=1)
    sites = _flag_single_sites(world, clusters.weights)
    table["flags"] = [(*flags, *more) for flags, more in zip(table["flags"], sites, strict=True)]
    return ScoreAnswer(chosen, table, clusters, {**clusters.provenance, **result.provenance})


def _copy_single_wards(world: World, frame: pd.DataFrame) -> pd.DataFrame:
    """Give a named area that is one ward that ward's own figures: two draws of one thing must not differ."""
    source = [
        unit.wards[0] if unit.kind == "area" and len(unit.wards) == 1 else position
        for position, unit in enumerate(world.units)
    ]
    return frame.iloc[source].reset_index(drop=True)


def _flag_single_sites(world: World, weights: NDArray[np.int64]) -> list[tuple[str, ...]]:
    """Say for each unit when one map point holds so much that a single site may explain its rank."""
    area = world.cube.places.area
    inside = area >= 0
    wards = len(world.boundaries)
    total = _count(area[inside], weights[inside], wards)
    largest = np.zeros(wards, dtype=np.int64)
    np.maximum.at(largest, area[inside], weights[inside])
    flags: list[tuple[str, ...]] = []
    for unit in world.units:
        members = list(unit.wards)
        incidents = int(total[members].sum())
        share = largest[members].max() / incidents if incidents else 0.0
        found = incidents >= SINGLE_SITE_LEAST and share >= SINGLE_SITE_SHARE
        sentence = (
            f"One map point holds {share:.0%} of its incidents; a single site such as a hospital, a station or a shop "
            "may explain its rank."
        )
        flags.append((sentence,) if found else ())
    return flags


def count_units(world: World, chosen: Chosen, clusters: ClusterAnswer) -> AreaCounts:
    """Count what the score needs for every unit."""
    cube = world.cube
    wards = len(world.boundaries)
    member = world.membership
    monthly = cube.count_areas(chosen.selection)[:wards]
    kept = [position for position, name in enumerate(cube.types) if name in chosen.types]
    monthly = monthly[:, :, kept]
    if not monthly.sum():
        raise InputError(
            f"No incident of “{chosen.label}” is recorded in these areas in {chosen.period}; widen the period or the "
            "types."
        )
    whole = cube.by_area[:wards]
    kinds = chosen.selection.kinds
    history = whole.sum(axis=3)[:, :, kept].sum(axis=2) if kinds[kept].all() else _history(whole, kinds)
    visitors = [position for position, name in enumerate(cube.types) if name in VISITOR_TYPES]
    period = slice(chosen.selection.first, chosen.selection.last + 1)
    area, weights = cube.places.area, clusters.weights
    inside = area >= 0
    in_cluster = inside & (clusters.labels > 0)
    return AreaCounts(
        monthly=_join_units(member, monthly),
        months=np.array(chosen.months, dtype=np.int32),
        types=chosen.types,
        harm_days=np.array([world.harm.days.get(name, 0.0) for name in chosen.types]),
        enforcement=member @ cube.count_areas(chosen.apart)[:wards].sum(axis=(1, 2)),
        clustered=member @ _count(area[in_cluster], weights[in_cluster], wards),
        located=member @ _count(area[inside], weights[inside], wards),
        population=world.population,
        area_km2=world.area_km2,
        visitor=member @ whole[:, period][:, :, visitors].sum(axis=(1, 2, 3), dtype=np.int64),
        n_wards=wards,
        history=_join_units(member, history),
        history_months=cube.months,
    )


def _history(whole: NDArray[np.int32], kinds: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.asarray(np.einsum("amto,to->am", whole, kinds.astype(np.int64)), dtype=np.int64)


def _join_units(member: NDArray[np.int64], by_ward: NDArray[Any]) -> NDArray[np.int64]:
    """Add wards up to units; wards stand first and alone, so only the named areas are summed."""
    wards = by_ward.shape[0]
    named = np.tensordot(member[wards:], by_ward, axes=1)
    return np.concatenate([by_ward.astype(np.int64), named.astype(np.int64)])


def _count(area: NDArray[np.int32], weights: NDArray[np.int64], n_areas: int) -> NDArray[np.int64]:
    return np.bincount(area, weights=weights, minlength=n_areas).astype(np.int64)
