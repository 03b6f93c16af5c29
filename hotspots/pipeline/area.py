"""One area: its rank, its clusters and places, its months, its mix of types, and who it compares with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hotspots.analysis.similar import describe_places, find_similar
from hotspots.analysis.trend import change_ratio
from hotspots.pipeline.clusters import ClusterAnswer, find_clusters
from hotspots.pipeline.figures import KeyFigure, count_before, list_key_figures, list_months, look_back
from hotspots.pipeline.overview import list_apart
from hotspots.pipeline.score import ScoreAnswer, score
from hotspots.pipeline.selection import list_caveats, unit_of
from hotspots.views.wording import write_count, write_number

if TYPE_CHECKING:
    from hotspots.pipeline.selection import Chosen
    from hotspots.pipeline.world import Unit, World
    from hotspots.query import Query

SIMILAR = 5
"""How many similar wards an area is set beside."""


@dataclass(frozen=True, eq=False)
class AreaAnswer:
    """What the area page and its pictures show.

    Attributes
    ----------
    chosen, unit
        The resolved query and the area.
    row
        The area's row of the score table.
    key_figures, apart
        The numbers at the top, and the enforcement-driven types.
    local, clusters
        The area's own clusters, and their table with `incidents_here`: those inside the area.
    places
        Places inside with incidents: lon, lat, x, y, incidents, cluster; most incidents first.
    monthly
        Monthly series with gaps: month, label, incidents, apart, and `force`: what the area would have had at the
        force's rate. Of the period; where that is a single month, with up to `LOOK_BACK` months before it.
    mix
        One row a type: crime_type, incidents, share, force_share, rate_ratio, low, high against the rest of the force.
    similar
        Score rows of the most similar wards, nearest first.
    score
        The full answer.
    caveats
        Plain sentences that stand beside the view.
    """

    chosen: Chosen
    unit: Unit
    row: pd.Series
    key_figures: tuple[KeyFigure, ...]
    apart: tuple[KeyFigure, ...]
    local: ClusterAnswer
    clusters: pd.DataFrame
    places: pd.DataFrame
    monthly: pd.DataFrame
    mix: pd.DataFrame
    similar: pd.DataFrame
    score: ScoreAnswer
    caveats: tuple[str, ...]

    @property
    def months_before(self) -> int:
        """Months that the series shows before the period."""
        return count_before(self.monthly, self.chosen)

    @property
    def cluster_note(self) -> str:
        """Why the clusters here are others than those of the force; empty where one threshold serves both."""
        own, force = self.local.provenance, self.score.clusters.provenance
        if own["min_samples"] == force["min_samples"]:
            return ""
        clusters, places = self.score.clusters, self.score.clusters.world.cube.places
        inside = np.isin(places.area, self.unit.wards) & (clusters.weights > 0) & (clusters.labels > 0)
        reach = len(np.unique(clusters.labels[inside]))
        name = self.unit.name
        return (
            f"The clusters here take their threshold from the incidents of {name}: "
            f"{write_number(own['min_samples'])} within {own['eps']:g} m. The overview, and the share in clusters "
            f"behind the rank, take that of the whole force, {write_number(force['min_samples'])}: by it "
            f"{write_count(reach, 'cluster') if reach else 'no cluster'} "
            f"{'reach' if reach > 1 else 'reaches'} into {name}."
        )

    @property
    def provenance(self) -> dict[str, Any]:
        """Automatic choices and their reasons: those of the score, with those of the area's own clusters."""
        return {**self.score.provenance, **self.local.provenance}


def describe_area(world: World, query: Query) -> AreaAnswer:
    """Answer what happens in one area.

    Raises
    ------
    InputError
        If no area is chosen, or no incident matches.
    UnknownNameError
        If the area, a type or an outcome is not known.
    """
    answer = score(world, query)
    chosen = answer.chosen
    unit = unit_of(world, chosen)
    position = world.units.index(unit)
    local = find_clusters(world, query)
    places = _list_places(world, local, unit)
    flags = tuple(answer.table["flags"].iloc[position])
    return AreaAnswer(
        chosen=chosen,
        unit=unit,
        row=answer.table.iloc[position],
        key_figures=list_key_figures(world, chosen, unit.wards),
        apart=list_apart(world, chosen, unit.wards),
        local=local,
        clusters=local.table,
        places=places,
        monthly=_list_months(world, chosen, unit),
        mix=_mix_types(world, chosen, unit),
        similar=answer.table.iloc[_similar_wards(world, chosen, position)].reset_index(drop=True),
        score=answer,
        caveats=(*(_as_sentence(flag) for flag in flags), *list_caveats(world, chosen)),
    )


def _as_sentence(text: str) -> str:
    """Begin with a capital and end with one full stop."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _list_places(world: World, local: ClusterAnswer, unit: Unit) -> pd.DataFrame:
    places, weights = world.cube.places, local.weights
    inside = np.flatnonzero(np.isin(places.area, unit.wards) & (weights > 0))
    frame = pd.DataFrame(
        {
            "lon": places.lon[inside],
            "lat": places.lat[inside],
            "x": places.x[inside],
            "y": places.y[inside],
            "incidents": weights[inside],
            "cluster": local.labels[inside],
        }
    )
    return frame.sort_values(["incidents", "x", "y"], ascending=[False, True, True]).reset_index(drop=True)


def _list_months(world: World, chosen: Chosen, unit: Unit) -> pd.DataFrame:
    chosen = look_back(world, chosen)
    own = list_months(world, chosen, unit.wards)
    force = list_months(world, chosen, tuple(range(len(world.boundaries))))
    residents = float(world.boundaries.population[list(unit.wards)].sum())
    everyone = float(world.boundaries.population.sum())
    return own.assign(force=force["incidents"] * residents / everyone)


def _mix_types(world: World, chosen: Chosen, unit: Unit) -> pd.DataFrame:
    by_type = world.cube.count_areas(chosen.selection)[: len(world.boundaries)].sum(axis=1)
    own = by_type[list(unit.wards)].sum(axis=0)
    rest = by_type.sum(axis=0) - own
    residents = float(world.boundaries.population[list(unit.wards)].sum())
    others = float(world.boundaries.population.sum()) - residents
    rows = []
    for name in chosen.types:
        kind = world.cube.types.index(name)
        if np.isfinite(residents) and residents > 0 and others > 0:
            ratio, low, high = change_ratio(int(own[kind]), int(residents), int(rest[kind]), int(others))
        else:
            ratio, low, high = float("nan"), float("nan"), float("nan")
        rows.append(
            {
                "crime_type": name,
                "incidents": int(own[kind]),
                "share": own[kind] / own.sum() if own.sum() else np.nan,
                "force_share": rest[kind] / rest.sum() if rest.sum() else np.nan,
                "rate_ratio": ratio,
                "low": low,
                "high": high,
            }
        )
    return pd.DataFrame(rows).sort_values("incidents", ascending=False).reset_index(drop=True)


def _similar_wards(world: World, chosen: Chosen, position: int) -> list[int]:
    wards = len(world.boundaries)
    by_type = world.cube.count_areas(chosen.selection).sum(axis=1)[:wards]
    counts = np.concatenate([by_type, world.membership[wards:] @ by_type])
    features = describe_places(counts, world.population, world.area_km2, n_wards=wards)
    found = find_similar(features, position, k=SIMILAR, n_wards=wards, exclude=world.units[position].wards)
    return [int(ward) for ward in found]
