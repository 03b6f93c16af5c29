"""Who lives in the areas: deprivation as a table, and in words for one area."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from hotspots.errors import InputError
from hotspots.store.boundaries import read_active
from hotspots.store.deprivation import read_deprivation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hotspots.schemas import Boundaries
    from hotspots.settings import Settings
    from hotspots.store.deprivation import Deprivation


def list_deprivation(settings: Settings) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """List the deprivation of the areas in use, the most deprived first, and what it rests on.

    Raises
    ------
    InputError
        If none is known for these areas.
    StoreError
        If it cannot be read.
    """
    boundaries = read_active(settings)
    found = read_deprivation(settings, boundaries)
    if found is None:
        raise InputError(f"No deprivation is known for “{boundaries.name}”; “hotspots fetch-deprivation” brings it.")
    records = [
        {
            "rank": found.rank(code),
            "code": code,
            "name": boundaries.names[boundaries.index(code)],
            "score": round(item.score, 2),
            "most_deprived": None if math.isnan(item.most_deprived) else round(item.most_deprived, 4),
            "small_areas": item.small_areas,
            "approximated": round(item.approximated, 4),
        }
        for code, item in sorted(found.by_code.items(), key=lambda pair: (-pair[1].score, pair[0]))
    ]
    return records, {"source": found.source, "vintage": found.vintage, "licence": found.licence}


def describe_deprivation(found: Deprivation | None, boundaries: Boundaries, wards: Sequence[int]) -> str:
    """Say in one sentence how deprived one ward is, or the wards of an area; empty where it is not known."""
    codes = [boundaries.codes[ward] for ward in wards]
    if found is None or not all(code in found.by_code for code in codes):
        return ""
    if len(codes) == 1:
        item = found.by_code[codes[0]]
        worst = "" if math.isnan(item.most_deprived) else f"; {item.most_deprived:.0%} of residents in the most "
        return (
            f"Deprivation: score {item.score:.1f}, rank {found.rank(codes[0]):,} of {len(found.by_code):,} areas, 1 "
            f"being the most deprived{worst}{'deprived tenth of England' if worst else ''}."
        )
    ranks = sorted(found.rank(code) for code in codes)
    return (
        f"Deprivation: the {len(codes)} wards rank {ranks[0]:,} to {ranks[-1]:,} of {len(found.by_code):,}, 1 being "
        "the most deprived."
    )
