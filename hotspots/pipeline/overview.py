"""The force in one screen: key figures, ranking, clusters and trend of one selection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hotspots.pipeline.figures import KeyFigure, count_before, list_key_figures, list_months, look_back
from hotspots.pipeline.score import ScoreAnswer, score
from hotspots.pipeline.selection import list_caveats, name_unit, unlocated_caveat
from hotspots.terms import Metric, metric
from hotspots.views.classes import Classes, classify

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
    monthly
        Monthly series with gaps: of the period; where that is a single month, with up to `LOOK_BACK` months before it.
    caveats
        Plain sentences that stand beside the view.
    """

    chosen: Chosen
    title: str
    key_figures: tuple[KeyFigure, ...]
    apart: tuple[KeyFigure, ...]
    score: ScoreAnswer
    monthly: pd.DataFrame
    caveats: tuple[str, ...]

    @property
    def months_before(self) -> int:
        """Months that the series shows before the period."""
        return count_before(self.monthly, self.chosen)

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
    answer = score(world, query)
    chosen = answer.chosen
    unlocated = unlocated_caveat(world, chosen)
    return Overview(
        chosen=chosen,
        title=f"{chosen.label} in {name_unit(world, None)}",
        key_figures=list_key_figures(world, chosen),
        apart=list_apart(world, chosen),
        score=answer,
        monthly=list_months(world, look_back(world, chosen)),
        caveats=(*list_caveats(world, chosen), *([unlocated] if unlocated else [])),
    )


@dataclass(frozen=True, eq=False)
class MapFigures:
    """The figure that a map shows, one a ward, with the classes that colour it everywhere.

    Attributes
    ----------
    metric
        What it is.
    values
        One a ward in boundary order; NaN where unknown.
    classes
        Shared by the map in the browser, the table and the picture.
    """

    metric: Metric
    values: NDArray[np.float64]
    classes: Classes


def choose_figures(answer: ScoreAnswer, show: str) -> MapFigures:
    """Choose the figure that the map shows, and class it.

    Raises
    ------
    UnknownNameError
        If `show` is not a metric.
    """
    chosen = metric(show)
    wards = answer.table[answer.table["kind"] == "ward"]
    values = wards[chosen.column].to_numpy(dtype=np.float64)
    classes = classify(values, title=f"{chosen.label}, {chosen.unit}", unit=chosen.unit, decimals=chosen.decimals)
    return MapFigures(chosen, values, classes)


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
