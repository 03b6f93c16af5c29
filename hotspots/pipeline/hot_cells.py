"""Where is there more than chance would put: Gi* of every cell, corrected for the number of cells."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.sparse.csgraph import connected_components

from hotspots import crs
from hotspots.analysis.cells import count_cells
from hotspots.analysis.gistar import gistar
from hotspots.analysis.multiple_testing import CORRECTIONS, adjust_p
from hotspots.errors import InputError, UnknownNameError
from hotspots.pipeline.ground import (
    Measured,
    choose_cells,
    describe_wards,
    lay_ground,
    list_cell_caveats,
    name_measure,
    weigh_places,
)
from hotspots.pipeline.selection import choose, list_caveats
from hotspots.views.wording import write_count, write_percent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspots.analysis.gistar import GiResult
    from hotspots.pipeline.ground import Ground
    from hotspots.pipeline.selection import Chosen
    from hotspots.pipeline.world import World
    from hotspots.query import Query

LEVEL, STRICT_LEVEL = 0.05, 0.01
"""Share of false alarms that is accepted among the cells called hot or cold, and among those called very surely so."""


FALSE_ALARMS = "Of 100 cells called hot, 5 are expected to be wrong; of 100 called very sure, 1."
WHAT_IS_ASKED = (
    "Hot cells are held against all cells of the force, as if what they hold were shuffled among them. Beside a city "
    "centre where single cells hold thousands, a dense place need not stand out; it is no less dense for that."
)
TWO_TESTS = (
    "Hot cells and Emerging need not agree: Hot cells takes the whole period at once and the exact chance, which is "
    "strict; Emerging takes month by month and the normal curve, as it was published, which calls many more cells hot."
)
"""Said by both methods, so that nobody takes one for the contrary of the other."""


@dataclass(frozen=True)
class CellClass:
    """What a cell may be called.

    Attributes
    ----------
    code
        2 and 1 for hot, 0 for no more than chance, -1 and -2 for cold.
    name, meaning
        For the legend, and one sentence for the help text.
    """

    code: int
    name: str
    meaning: str


CELL_CLASSES: tuple[CellClass, ...] = (
    CellClass(2, "Hot, very sure", "More than chance would put here; of 100 such cells, 1 is expected to be wrong."),
    CellClass(1, "Hot", "More than chance would put here; of 100 hot cells, 5 are expected to be wrong."),
    CellClass(0, "Does not stand out", "Not clearly more or less than chance would put here, among all cells."),
    CellClass(-1, "Cold", "Less than chance would put here; of 100 cold cells, 5 are expected to be wrong."),
    CellClass(-2, "Cold, very sure", "Less than chance would put here; of 100 such cells, 1 is expected to be wrong."),
)


@dataclass(frozen=True)
class HotShare:
    """How much lies in hot cells.

    Attributes
    ----------
    cells
        Hot cells.
    share
        Of what lies in cells, the part in hot ones.
    land
        Of the land, the part they cover.
    busiest
        What the busiest cell holds, times the average cell of the force.
    """

    cells: int
    share: float
    land: float
    busiest: float

    def describe(self, what: str, land_of: str) -> str:
        """Say it in a few words: ``10% of incidents lie in 69 hot cells on 0.1% of the force's land``."""
        least = 0.001
        land = f"less than {least:.1%}" if self.land < least / 2 else write_percent(self.land, decimals=1)
        cells = write_count(self.cells, "hot cell")
        return f"{write_percent(self.share)} of {what} in {cells} on {land} of {land_of} land"


@dataclass(frozen=True, eq=False)
class HotCells(Measured):
    """Cells of a selection, held against chance.

    Attributes
    ----------
    world, chosen, ground
        What was asked of what, on which cells.
    counts
        Incidents or harm days in each cell. Shape (k,).
    gi
        Gi* and its p-values, each cell for itself.
    p_adjusted
        p-values corrected over all cells. Shape (k,).
    code
        Code of a `CellClass`. Shape (k,).
    spot
        Hot cells that touch make one hot spot, numbered by what it holds, 1 for the most; 0 for all other cells.
        Shape (k,).
    provenance
        Automatic choices and their reasons.
    caveats
        Plain sentences that stand beside the view.
    """

    world: World
    chosen: Chosen
    ground: Ground
    counts: NDArray[np.float64]
    gi: GiResult
    p_adjusted: NDArray[np.float64]
    code: NDArray[np.int8]
    spot: NDArray[np.int32]
    provenance: dict[str, Any]
    caveats: tuple[str, ...]

    def measure_share(self, wards: tuple[int, ...] = ()) -> HotShare:
        """Measure how much lies in hot cells, and on how much land; in wards by position, or in the whole force.

        Land is all the land of the force or of the wards, whether or not anything was ever recorded there.
        """
        inside = np.isin(self.ground.ward, wards) if wards else np.ones(len(self.code), dtype=bool)
        hot = inside & (self.code > 0)
        known = self.world.boundaries.area_km2
        land = float((known[list(wards)] if wards else known).sum()) * 1e6
        # A cell on the edge of a ward is counted where most of it is recorded, with all its land.
        covered = min(float(self.ground.cells.area_inside[hot].sum()), land)
        held = float(self.counts[inside].sum())
        return HotShare(
            cells=int(hot.sum()),
            share=float(self.counts[hot].sum()) / held if held else 0.0,
            land=covered / land,
            busiest=float(self.counts[inside].max(initial=0.0)) / float(self.counts.mean()),
        )

    @cached_property
    def spots(self) -> pd.DataFrame:
        """One row a hot spot, that with the most incidents (or harm) first.

        Columns spot, incidents (or harm days), share (of all in cells), times (what chance would give), cells,
        km2, z (the highest), lon, lat, area_code, area_name, lad_name.
        """
        return _describe_spots(self)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a cell, by row from the south: what a GIS gets.

        Columns cell, x, y, lon, lat, incidents (or harm days), neighbourhood, expected, z, p, p_adjusted, class, hot,
        spot, area_code, area_name, share_inside.
        """
        return _describe_cells(self)


CHANCES = ("exact", "normal")
CHANCE_WORDS = {"exact": "exact over all arrangements of the counts", "normal": "normal approximation"}


def choose_chance(chance: str) -> bool:
    """Tell whether p-values are exact.

    Raises
    ------
    UnknownNameError
        If `chance` is neither ``exact`` nor ``normal``.
    """
    if chance not in CHANCES:
        raise UnknownNameError("kind of p-value", chance, CHANCES)
    return chance == "exact"


def find_hot_cells(
    world: World,
    query: Query,
    *,
    ground: Ground | None = None,
    correction: str = "bh",
    chance: str = CHANCES[0],
    permutations: int = 0,
) -> HotCells:
    """Find the cells that hold more, or less, than chance would put there.

    All cells of the force are held against one another, whatever area the query names.

    Parameters
    ----------
    ground
        Cells that were laid before; laid anew by default.
    correction
        Over all cells: ``bh``, ``by``, ``bonferroni`` or ``none``.
    chance
        ``exact``: over all arrangements of the counts, which keeps the rate of false alarms that the correction
        promises; or ``normal``: the approximation that other tools use, which calls many more cells hot.
    permutations
        Conditional permutations for the p-values instead; 0 for none.

    Raises
    ------
    InputError
        If no incident matches or an option cannot be used.
    UnknownNameError
        If an area, type or outcome is not known.
    """
    chosen = choose(world, query)
    if ground is None:
        ground = lay_ground(world, choose_cells(world, size=query.cell, shape=query.cell_shape))
    counts = count_cells(ground.cell_of_place, weigh_places(world, chosen), len(ground.cells))
    if not counts.any():
        raise InputError(
            f"No located incident of “{chosen.label}” is recorded in {chosen.period}; widen the period or the types."
        )
    exact = choose_chance(chance) and not permutations
    gi = gistar(counts, ground.weights, permutations=permutations, exact=exact)
    p_adjusted = adjust_p(gi.p, method=correction)
    sure = (p_adjusted <= LEVEL).astype(np.int8) + (p_adjusted <= STRICT_LEVEL)
    code = (np.sign(np.nan_to_num(gi.z)) * sure).astype(np.int8)
    return HotCells(
        world=world,
        chosen=chosen,
        ground=ground,
        counts=counts,
        gi=gi,
        p_adjusted=p_adjusted,
        code=code,
        spot=_number_spots(ground, code, counts),
        provenance={
            "method": "Gi* (Getis-Ord)",
            "measure": name_measure(chosen),
            "cell_m": ground.choice.size,
            "cell_shape": ground.choice.shape,
            "cell_chosen": ground.choice.reason,
            "cells_tested": len(ground.cells),
            "cells_left_out": ground.reachable.left_out,
            "neighbours": "the cell and those that touch it",
            "p": "two-sided, " + (f"{permutations:,} permutations" if permutations else CHANCE_WORDS[chance]),
            "correction": CORRECTIONS[correction],
            "level": LEVEL,
            "strict_level": STRICT_LEVEL,
        },
        caveats=(
            *list_cell_caveats(world, ground.choice),
            FALSE_ALARMS,
            WHAT_IS_ASKED,
            TWO_TESTS,
            ground.reachable.describe(),
            *list_caveats(world, chosen),
        ),
    )


def _number_spots(ground: Ground, code: NDArray[np.int8], counts: NDArray[np.float64]) -> NDArray[np.int32]:
    hot = np.flatnonzero(code > 0)
    spot = np.zeros(len(code), dtype=np.int32)
    if not len(hot):
        return spot
    found, label = connected_components(ground.weights[hot][:, hot], directed=False)
    held = np.bincount(label, weights=counts[hot], minlength=found)
    number = np.empty(found, dtype=np.int32)
    number[np.argsort(-held, kind="stable")] = np.arange(1, found + 1)
    spot[hot] = number[label]
    return spot


def _describe_spots(answer: HotCells) -> pd.DataFrame:
    ground, boundaries = answer.ground, answer.world.boundaries
    cells = np.flatnonzero(answer.spot)
    label = answer.spot[cells] - 1
    found = int(label.max(initial=-1)) + 1
    # A label on the map belongs where the incidents are, not in the middle of an outline; neither is empty.
    weight = answer.counts[cells] + 1e-9
    by_spot = np.bincount(label, weights=weight, minlength=found)
    x = np.bincount(label, weights=weight * ground.cells.x[cells], minlength=found) / by_spot
    y = np.bincount(label, weights=weight * ground.cells.y[cells], minlength=found) / by_spot
    lon, lat = crs.to_wgs84_quickly(x, y)
    held = np.bincount(label, weights=answer.counts[cells], minlength=found)
    size = np.bincount(label, minlength=found)
    top = np.full(found, -np.inf)
    np.maximum.at(top, label, answer.gi.z[cells])
    ward = _find_home(label, ground.ward[cells], weight, found, len(boundaries))
    return pd.DataFrame(
        {
            "spot": np.arange(1, found + 1),
            answer.measure.replace(" ", "_"): _whole(np.asarray(held, dtype=np.float64), answer),
            "share": held / answer.counts.sum(),
            "times": held / size / answer.counts.mean(),
            "cells": size,
            "km2": np.bincount(label, weights=ground.cells.area_inside[cells], minlength=found) / 1e6,
            "z": top,
            "lon": np.round(lon, 6),
            "lat": np.round(lat, 6),
            **describe_wards(answer.world, ward),
        }
    )


def _find_home(
    label: NDArray[np.int32], ward: NDArray[np.int32], weight: NDArray[np.float64], found: int, wards: int
) -> NDArray[np.intp]:
    """Find the ward that holds most of each spot; -1 where none does."""
    known = ward >= 0
    flat = label[known].astype(np.int64) * wards + ward[known]
    table = np.bincount(flat, weights=weight[known], minlength=found * wards).reshape(found, wards)
    return np.where(table.any(axis=1), table.argmax(axis=1), -1) if found else np.empty(0, dtype=np.intp)


def _describe_cells(answer: HotCells) -> pd.DataFrame:
    cells, boundaries, ward = answer.ground.cells, answer.world.boundaries, answer.ground.ward
    lon, lat = answer.ground.degrees
    names = {item.code: item.name for item in CELL_CLASSES}
    return pd.DataFrame(
        {
            "cell": [f"{column}:{row}" for column, row in zip(cells.column, cells.row, strict=True)],
            "x": cells.x,
            "y": cells.y,
            "lon": lon,
            "lat": lat,
            answer.measure.replace(" ", "_"): _whole(answer.counts, answer),
            "neighbourhood": _whole(answer.gi.local_sum, answer),
            "expected": answer.gi.expected,
            "z": answer.gi.z,
            "p": answer.gi.p,
            "p_adjusted": answer.p_adjusted,
            "class": [names[code] for code in answer.code.tolist()],
            "hot": answer.code,
            "spot": answer.spot,
            "area_code": [boundaries.codes[at] if at >= 0 else "" for at in ward],
            "area_name": [boundaries.names[at] if at >= 0 else "" for at in ward],
            "share_inside": cells.share_inside,
        }
    )


def _whole(values: NDArray[np.float64], answer: HotCells) -> NDArray[Any]:
    return np.rint(values).astype(np.int64) if answer.measure == "incidents" else values
