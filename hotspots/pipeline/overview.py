"""The force in one screen: key figures, ranking, clusters and trend of one selection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hotspots.pipeline.figures import KeyFigure, list_key_figures, list_months
from hotspots.pipeline.score import ScoreAnswer, score
from hotspots.pipeline.selection import list_caveats, name_unit, unlocated_caveat
from hotspots.terms import metric

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from hotspots.pipeline.clusters import ClusterAnswer
    from hotspots.pipeline.selection import Chosen
    from hotspots.pipeline.world import World
    from hotspots.query import Query


@dataclass(frozen=True, eq=False)
class Overview:
    """What the overview page and its pictures show.

    Attributes
    ----------
    chosen
        The resolved query.
    title
        Force and choice of types.
    key_figures
        The numbers at the top.
    apart
        The enforcement-driven types of the same period, shown apart.
    score, clusters
        The full answers.
    ranking
        Units in order of rank, as the query's `by` asks.
    values
        The metric that the map shows, one a ward in boundary order; NaN unknown.
    monthly
        Monthly series with gaps.
    caveats
        Plain sentences that stand beside the view.
    """

    chosen: Chosen
    title: str
    key_figures: tuple[KeyFigure, ...]
    apart: tuple[KeyFigure, ...]
    score: ScoreAnswer
    ranking: pd.DataFrame
    values: NDArray[np.float64]
    monthly: pd.DataFrame
    caveats: tuple[str, ...]

    @property
    def clusters(self) -> ClusterAnswer:
        """The clusters that the map outlines."""
        return self.score.clusters

    @property
    def provenance(self) -> dict[str, Any]:
        """Automatic choices and their reasons."""
        return self.score.provenance


def overview(world: World, query: Query) -> Overview:
    """Answer where harm is concentrated, over the whole force.

    A chosen unit does not narrow the overview: it is only marked in it.

    Raises
    ------
    InputError
        If no incident matches.
    UnknownNameError
        If an area, type or outcome is not known.
    """
    answer = score_force(world, query)
    chosen = answer.chosen
    wards = len(world.boundaries)
    values = answer.table[metric(query.show).column].to_numpy(dtype=np.float64)[:wards]
    unlocated = unlocated_caveat(world, chosen)
    return Overview(
        chosen=chosen,
        title=f"{chosen.label} in {name_unit(world, None)}",
        key_figures=list_key_figures(world, chosen),
        apart=list_apart(world, chosen),
        score=answer,
        ranking=answer.ranked(query.by),
        values=values,
        monthly=list_months(world, chosen),
        caveats=(*list_caveats(world, chosen), *([unlocated] if unlocated else [])),
    )


def score_force(world: World, query: Query) -> ScoreAnswer:
    """Score with the clusters of the whole force, whatever unit the query marks."""
    return score(world, query)


def list_apart(world: World, chosen: Chosen, wards: tuple[int, ...] | None = None) -> tuple[KeyFigure, ...]:
    """Count the enforcement-driven types that stand beside the selection."""
    rows = slice(None) if wards is None else list(wards)
    counts = world.cube.count_areas(chosen.apart)[rows].sum(axis=(0, 1))
    return tuple(
        KeyFigure(
            name,
            f"{int(counts[world.cube.types.index(name)]):,}",
            "found by police work",
            help="More of it may mean more enforcement; it is left out of the score.",
        )
        for name in chosen.types_apart
    )
