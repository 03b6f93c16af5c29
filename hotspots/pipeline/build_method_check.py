"""Make the back-test that is shipped for the embedded data: every lens, by cells and by wards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotspots.pipeline.ground import choose_cells, lay_ground
from hotspots.pipeline.method_check import GEOGRAPHIES, MethodCheck, check_methods
from hotspots.query import Query
from hotspots.terms import LENSES

if TYPE_CHECKING:
    from collections.abc import Callable

    from hotspots.pipeline.world import World


def build_checks(world: World, *, progress: Callable[[str, int, int], None] | None = None) -> list[MethodCheck]:
    """Back-test all methods for every lens and geography.

    Parameters
    ----------
    progress
        Called with a lens and how many of the results are done.

    Raises
    ------
    InputError
        If there are too few months.
    """
    ground = lay_ground(world, choose_cells(world))
    checks = []
    for lens in LENSES:
        for geography in GEOGRAPHIES:
            checks.append(check_methods(world, Query(lens=lens.code), geography=geography, ground=ground))
            if progress is not None:
                progress(lens.label, len(checks), len(LENSES) * len(GEOGRAPHIES))
    return checks
