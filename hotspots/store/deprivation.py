"""Deprivation of the areas in use, kept beside the boundaries that it was worked out for."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hotspots.errors import StoreError
from hotspots.store.manifest import write_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hotspots.schemas import Boundaries
    from hotspots.settings import Settings

KEPT_DEPRIVATION = "deprivation.json"


@dataclass(frozen=True)
class AreaDeprivation:
    """Deprivation of one area.

    Attributes
    ----------
    score
        Index of Multiple Deprivation: mean of its small areas, weighted by residents; higher is more deprived.
    most_deprived
        Share of its residents in the most deprived tenth of small areas in the country; NaN where unknown.
    small_areas
        Small areas of which a part lies in it.
    approximated
        Share of its residents that come from small areas which lie in several areas.
    """

    score: float
    most_deprived: float
    small_areas: int
    approximated: float


@dataclass(frozen=True)
class Deprivation:
    """Deprivation by area code, and what it rests on.

    `boundaries` is the `ground` of those it was worked out for: other residents change nothing in it.
    """

    by_code: Mapping[str, AreaDeprivation]
    source: str
    licence: str
    vintage: str
    boundaries: str

    def rank(self, code: str) -> int:
        """Rank an area among all, 1 for the most deprived."""
        own = self.by_code[code].score
        return 1 + sum(other.score > own for other in self.by_code.values())

    def to_json(self) -> dict[str, Any]:
        """Write everything as plain values."""
        areas = {
            code: {name: None if isinstance(value, float) and math.isnan(value) else value
                   for name, value in vars(item).items()}
            for code, item in self.by_code.items()
        }  # fmt: skip
        about = {name: getattr(self, name) for name in ("source", "licence", "vintage", "boundaries")}
        return about | {"areas": areas}


def save_deprivation(settings: Settings, found: Deprivation) -> None:
    """Keep deprivation in the place of what was kept before.

    Raises
    ------
    StoreError
        If it cannot be written; what was kept before stays.
    """
    path = settings.boundaries_home / KEPT_DEPRIVATION
    try:
        write_file(path, json.dumps(found.to_json(), ensure_ascii=False, indent=1, allow_nan=False).encode())
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written ({error.strerror or error}); free some space or check the permissions."
        ) from error


def read_deprivation(settings: Settings, boundaries: Boundaries) -> Deprivation | None:
    """Read the deprivation of these boundaries; None where it was never worked out for areas of these codes.

    Raises
    ------
    StoreError
        If the kept file is damaged, or was worked out for areas of the same codes with other outlines.
    """
    path = settings.boundaries_home / KEPT_DEPRIVATION
    try:
        values = json.loads(path.read_bytes())
        areas = {
            code: AreaDeprivation(
                float(item["score"]),
                math.nan if item["most_deprived"] is None else float(item["most_deprived"]),
                int(item["small_areas"]),
                float(item["approximated"]),
            )
            for code, item in values.pop("areas").items()
        }
        found = Deprivation(areas, **values)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(f"{path} is damaged; fetch it again with “hotspots fetch-deprivation”.") from error
    if not found.by_code or not set(found.by_code) <= set(boundaries.codes):
        return None
    if found.boundaries != boundaries.ground:
        raise StoreError(
            f"The deprivation that is kept was worked out for other outlines than those of “{boundaries.name}”; fetch "
            "it again with “hotspots fetch-deprivation”."
        )
    return found
