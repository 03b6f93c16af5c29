"""Which area first? The composite area score: five parts, each shown, with a rank interval.

Rate and harm for each 1,000 residents a year, the share of incidents in clusters, persistence and trend are brought to
one scale (the standard normal distribution function of the distance from the mean ward, times 100) and averaged by
weight. Every part but the share in clusters is shrunk towards the force, the more so the fewer its counts. How each
part is measured, why, and where the default weights come from is in ``docs/methods.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hotspots.analysis.area_counts import AreaCounts, flag_areas
from hotspots.analysis.bootstrap import (
    draw_log_gamma,
    draw_normals,
    place_draws,
    rank_scores,
    summarise_ranks,
)
from hotspots.analysis.parts import Parts, measure_parts
from hotspots.errors import InputError
from hotspots.terms import SCORE_PARTS

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["DRAWS", "SEED", "AreaCounts", "ScoreResult", "score_areas"]

DRAWS = 1_000
SEED = 1829
DEFAULT_WEIGHTS = tuple(part.weight for part in SCORE_PARTS)


@dataclass(frozen=True, eq=False)
class ScoreResult:
    """Scores and how they came about.

    Attributes
    ----------
    frame
        One row an area in the order of the input: ``rank`` (place among the wards, 1 first), ``rank_low``,
        ``rank_high`` (90 % interval), ``p_top10`` (0-1), ``score`` (0-100), ``incidents``, ``enforcement_incidents``,
        ``rate_per_1000`` and ``rate_shrunk`` (for each 1,000 residents a year; NaN where residents are unknown),
        ``harm_per_1000`` and ``harm_shrunk`` (days, likewise), ``clustered_share`` (0-1; NaN without located
        incidents), ``persistence`` (0-1; NaN with fewer than five wards or three months), ``trend_ratio``,
        ``trend_low``, ``trend_high`` (shrunk, 90 %; NaN without a month to compare), ``points_rate``, ``points_harm``,
        ``points_clustered``, ``points_persistence``, ``points_trend`` (0-100; NaN for a part that is unknown),
        ``flags`` (tuple of sentences).
    provenance
        Every choice that was made on the way, as plain values.
    """

    frame: pd.DataFrame
    provenance: dict[str, Any]


def score_areas(
    counts: AreaCounts, *, weights: tuple[float, ...] = DEFAULT_WEIGHTS, draws: int = DRAWS, seed: int = SEED
) -> ScoreResult:
    """Score and rank areas.

    Parameters
    ----------
    counts
        Wards and named areas; see `AreaCounts`.
    weights
        Relative weights of rate, harm, clustered share, persistence and trend. The weight of a part that is unknown
        for the whole selection goes to the others in proportion.
    draws
        Bootstrap draws for the rank intervals.
    seed
        Seed of the draws; the same seed gives the same intervals.

    Returns
    -------
    ScoreResult

    Raises
    ------
    InputError
        If no incident matches, a weight is negative, or no part that has weight is known.
    """
    import pandas as pd  # noqa: PLC0415 - slow to import, and ingest needs none of it

    if len(weights) != len(SCORE_PARTS) or not np.isfinite(weights).all() or min(weights) < 0 or sum(weights) == 0:
        raise InputError("The score needs five weights of zero or more, at least one above zero.")
    if draws < 1:
        raise InputError(f"{draws} draws give no interval; give 1 or more.")
    incidents = counts.monthly.sum(axis=(1, 2))
    if incidents[: counts.n_wards].sum() == 0:
        raise InputError("No incident matches the selection in any ward; widen the period, the types or the area.")
    parts = measure_parts(counts)
    used = _share_weights(parts, weights)
    points = [np.full(len(incidents), np.nan) if part is None else part.points() for part in parts.all]
    score = np.nansum(used[:, None] * np.stack(points), axis=0)
    rank = 1 + np.count_nonzero(score[: counts.n_wards] > score[:, None], axis=1)
    drawn = rank_scores(_draw_scores(parts, used, draws=draws, seed=seed), n_wards=counts.n_wards)
    spread = summarise_ranks(drawn)
    frame = pd.DataFrame(
        {
            "rank": rank,
            # The plain rank stands inside its interval even where skewed draws lie to one side of it.
            "rank_low": np.minimum(spread.low, rank),
            "rank_high": np.maximum(spread.high, rank),
            "p_top10": spread.top,
            "score": score,
            "incidents": incidents,
            "enforcement_incidents": counts.enforcement,
            **parts.columns,
            **{f"points_{part.code}": column for part, column in zip(SCORE_PARTS, points, strict=True)},
            "flags": pd.Series(flag_areas(counts), dtype=object),
        }
    )
    codes = [part.code for part in SCORE_PARTS]
    provenance = parts.provenance | {
        "draws": draws,
        "seed": seed,
        "weights": dict(zip(codes, map(float, weights), strict=True)),
        "weights_used": dict(zip(codes, map(float, used), strict=True)),
        "parts_unknown": [code for code, part in zip(codes, parts.all, strict=True) if part is None],
    }
    return ScoreResult(frame, provenance)


def _share_weights(parts: Parts, weights: tuple[float, ...]) -> NDArray[np.float64]:
    """Scale the weights of the parts that are known to sum to one.

    Raises
    ------
    InputError
        If none of them has weight.
    """
    used = np.array([0.0 if part is None else weight for part, weight in zip(parts.all, weights, strict=True)])
    if used.sum() == 0:
        raise InputError(
            "None of the parts that have weight is known for this selection; give weight to another part, or widen "
            "the period."
        )
    shares: NDArray[np.float64] = used / used.sum()
    return shares


def _draw_scores(parts: Parts, used: NDArray[np.float64], *, draws: int, seed: int) -> NDArray[np.float32]:
    """Redraw every part that has weight and average the points anew. Shape (draws, u)."""
    areas = len(parts.columns["persistence"])
    normals = draw_normals(len(used), draws, areas, seed=seed)
    scores = np.zeros((draws, areas), dtype=np.float32)
    for place, (part, share) in enumerate(zip(parts.all, used, strict=True)):
        if part is None or share == 0:
            continue
        # What chance adds to an area's count it adds to all that is made of it: the first normals are the rate's.
        drawn = part.tie.astype(np.float32) * normals[0]
        if place:
            drawn += np.sqrt(1 - part.tie**2).astype(np.float32) * normals[place]
        if part in (parts.rate, parts.harm):
            drawn = draw_log_gamma(drawn, part.noise)
        else:
            drawn *= part.noise.astype(np.float32)
        drawn /= part.spread.astype(np.float32)
        drawn += ((part.value - part.mean) / part.spread).astype(np.float32)
        place_draws(drawn)
        drawn *= np.float32(share)
        scores += drawn
    return scores
