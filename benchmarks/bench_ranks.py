"""Do rank intervals hold on real map points? Draw a force's incidents anew, cluster and score them, and count.

Run ``python benchmarks/bench_ranks.py``. It loads the raw street files of ``crime/northumbria`` under
``HOTSPOTS_TEST_DATA`` into a temporary data home. What was recorded is taken for the truth; each ward's month is drawn
with the dispersion that the score estimates, each map point in it by Poisson. Clusters are found anew with a threshold
chosen anew, so a point can cross it. Half a minute of processor time. ``HOTSPOTS_TEST_DATA`` names the folder of raw
police.uk files.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import ndtr

from hotspots.analysis.dbscan import DEFAULT_EPS, cluster_places
from hotspots.analysis.kdistance import suggest_min_samples
from hotspots.analysis.parts import MIN_MONTHS, measure_parts
from hotspots.analysis.score import DEFAULT_WEIGHTS, score_areas
from hotspots.analysis.shares import count_top_months
from hotspots.pipeline.clusters import find_clusters
from hotspots.pipeline.load import ingest
from hotspots.pipeline.score import count_units
from hotspots.pipeline.selection import choose
from hotspots.pipeline.world import open_world
from hotspots.query import Query
from hotspots.settings import read_settings
from hotspots.terms import LENSES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from hotspots.analysis.area_counts import AreaCounts
    from hotspots.pipeline.world import World

REAL_DATA = Path(os.environ.get("HOTSPOTS_TEST_DATA", Path(__file__).resolve().parents[1].parent / "shared" / "data"))
DRAWN, SCORED, FIRST = 40, 20, 20
PARTS = ("rate", "harm", "clustered", "persistence")
"""The parts that carry weight by default; the trend has none, and no truth here."""


class Drawn(NamedTuple):
    """The counts of one draw by ward: by month and type, in clusters, and with a location."""

    monthly: NDArray[np.int64]
    clustered: NDArray[np.int64]
    located: NDArray[np.int64]


def keep_wards(counts: AreaCounts) -> AreaCounts:
    """Leave the named areas out: their ranks are those of the wards they are made of."""
    by_area = {"monthly", "enforcement", "clustered", "located", "population", "area_km2", "visitor", "history"}
    wards = counts.n_wards
    return replace(
        counts, **{one.name: getattr(counts, one.name)[:wards] for one in fields(counts) if one.name in by_area}
    )


def draw_force(world: World, query: Query, counts: AreaCounts, dispersion: float) -> Iterator[Drawn]:
    """Draw the recorded incidents of a selection again and again."""
    cube, selection = world.cube, choose(world, query).selection
    starts = cube.month_start[selection.first : selection.last + 2]
    rows = slice(int(starts[0]), int(starts[-1]))
    month = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    area = cube.places.area
    kept = selection.kinds.ravel()[cube.kind[rows]] & (area[cube.place[rows]] >= 0)
    place, month, n = cube.place[rows][kept], month[kept], cube.n[rows][kept]
    kind = np.array([counts.types.index(t) if t in counts.types else -1 for t in cube.types])[
        cube.kind[rows][kept] // len(cube.outcomes)
    ]
    shape, ward = counts.monthly.shape, area[place].astype(np.int64)
    expected = np.maximum(np.bincount(ward * shape[1] + month, n, shape[0] * shape[1]), 1e-9)
    near, inside, rng = world.neighbours_within(DEFAULT_EPS), area >= 0, np.random.default_rng(3)
    extra = max(dispersion - 1, 1e-6)
    while True:
        level = rng.gamma(expected / extra, extra / expected)
        drawn = rng.poisson(n * level[ward * shape[1] + month])
        monthly = np.bincount((ward * shape[1] + month) * shape[2] + kind, drawn, int(np.prod(shape)))
        weights = np.bincount(place, drawn, len(area)).astype(np.int64)
        labels = cluster_places(near, weights, min_samples=suggest_min_samples(near, weights)).labels
        grouped = inside & (labels > 0)
        yield Drawn(
            monthly.reshape(shape).astype(np.int64),
            np.bincount(area[grouped], weights[grouped], shape[0]).astype(np.int64),
            np.bincount(area[inside], weights[inside], shape[0]).astype(np.int64),
        )


def rank_truth(counts: AreaCounts, draws: list[Drawn]) -> NDArray[np.int64]:
    """Rank the wards by what was recorded, and by the mean over the draws for what only draws can tell."""
    by_type = counts.monthly.sum(axis=1)
    tops = [count_top_months(one.monthly.sum(axis=2), counts.population, n_wards=counts.n_wards) for one in draws]
    figures = [
        np.log((by_type.sum(axis=1) + 0.5) / counts.population),
        np.log((by_type @ counts.harm_days + 1) / counts.population),
        np.mean([one.clustered / np.maximum(one.located, 1) for one in draws], axis=0),
        np.mean([top for top in tops if top is not None], axis=0),
    ]
    weights = np.array(DEFAULT_WEIGHTS[: len(PARTS)])
    weights[PARTS.index("persistence")] *= len(counts.months) >= MIN_MONTHS
    points = np.stack([ndtr((figure - figure.mean()) / (figure.std() or 1.0)) for figure in figures])
    score = weights @ points
    return np.asarray(1 + (score[None, :] > score[:, None]).sum(axis=1))


def measure_clump(draws: list[Drawn], dispersion: float) -> float:
    """Measure how many times as much shares in clusters vary as those of independent incidents; median ward."""
    located = np.mean([one.located for one in draws], axis=0)
    shares = np.stack([one.clustered / np.maximum(one.located, 1) for one in draws])
    middle = shares.mean(axis=0)
    some = (middle > 0.05) & (middle < 0.95)  # elsewhere the binomial variance is next to nothing
    independent = middle[some] * (1 - middle[some]) / located[some] * dispersion
    return float(np.median(shares[:, some].var(axis=0) / independent))


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        os.environ["HOTSPOTS_HOME"] = home
        ingest([REAL_DATA / "crime" / "northumbria"], settings=read_settings())
        world = open_world(read_settings())
        last = int(world.cube.months[-1])
        print("| lens | months | intervals that hold the true rank | of the first twenty | mean width | shares vary, "
              "times independent |\n|---|---|---|---|---|---|")  # fmt: skip
        for lens in LENSES:
            for since in (int(world.cube.months[0]), last - 11, last):
                query = Query(lens=lens.code, month_from=since, month_to=last)
                counts = keep_wards(count_units(world, choose(world, query), find_clusters(world, query)))
                dispersion = float(measure_parts(counts).provenance["dispersion"])
                force = draw_force(world, query, counts, dispersion)
                draws = [next(force) for _ in range(DRAWN)]
                true = rank_truth(counts, draws)
                held, width = [], []
                for one in draws[:SCORED]:
                    frame = score_areas(replace(counts, **one._asdict())).frame
                    held.append((frame["rank_low"] <= true) & (true <= frame["rank_high"]))
                    width.append((frame["rank_high"] - frame["rank_low"]).mean())
                first = np.mean([holds[true <= FIRST].mean() for holds in held])
                print(f"| {lens.label} | {len(counts.months)} | {np.mean(held):.1%} | {first:.1%} "
                      f"| {np.mean(width):.0f} | {measure_clump(draws, dispersion):.1f} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
