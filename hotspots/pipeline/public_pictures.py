"""Pictures that may leave the force."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotspots.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from hotspots.pipeline.world import World
    from hotspots.query import Query
    from hotspots.views.pictures import Picture

PUBLIC_KINDS = ("wards", "trend", "multiples", "ranking")


class PublicFigures:
    """Figures that may be published."""


def open_public(world: World, query: Query, *, least: int = 5) -> PublicFigures:
    raise InputError("Public packs are not ready.")


def compose_public(world: World, query: Query, kind: str, figures: PublicFigures, *, marking: str, day: date | None, areas: Sequence[str] = ()) -> Picture:
    raise InputError("Public packs are not ready.")
