"""Is it new: which cells became hot, stay hot, grow, fade or come and go."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hotspots.analysis.emerging import EMERGING_CLASSES, Emerging, find_emerging
from hotspots.analysis.multiple_testing import CORRECTIONS
from hotspots.errors import InputError
from hotspots.months import SNAP_POINT_REFRESH, name_month
from hotspots.pipeline.ground import Measured, choose_cells, count_monthly, lay_ground, list_cell_caveats, name_measure
from hotspots.pipeline.hot_cells import CHANCE_WORDS, CHANCES, TWO_TESTS, choose_chance
from hotspots.pipeline.selection import choose, list_caveats
from hotspots.views.wording import write_count, write_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from hotspots.pipeline.ground import CellChoice, Ground
    from hotspots.pipeline.selection import Chosen
    from hotspots.pipeline.world import World
    from hotspots.query import Query

ORDER = (1, 2, 3, 7, 6, 4, 5, 8, -1, -2, -3, -7, -6, -4, -5, -8, 0)
"""Classes as a reader wants them: what is new and growing first, what is gone last, then cold, then none."""
GLOSSES = {
    1: ("new", "for the first time"),
    2: ("consecutive", "lately without a break"),
    3: ("intensifying", "hotter"),
    4: ("persistent", "nearly always"),
    5: ("diminishing", "less hot"),
    6: ("sporadic", "on and off"),
    7: ("oscillating", "hot and cold"),
    8: ("historical", "no longer"),
}
"""What a hot class is called, as published, and what that means in a word or two."""
COARSE = 400.0
"""Metres from which a cell is wide enough to be compared across a new list of map points."""


@dataclass(frozen=True, eq=False)
class EmergingCells(Measured):
    """Cells of a selection by how hot they were over time.

    Attributes
    ----------
    world, chosen, ground
        What was asked of what, on which cells.
    monthly
        Incidents or harm days by cell and covered month. Shape (k, months).
    result
        Class of each cell and what it rests on.
    provenance
        Automatic choices and their reasons.
    caveats
        Plain sentences that stand beside the view.
    """

    world: World
    chosen: Chosen
    ground: Ground
    monthly: NDArray[np.float64]
    result: Emerging
    provenance: dict[str, Any]
    caveats: tuple[str, ...]

    @cached_property
    def classes(self) -> pd.DataFrame:
        """One row for each of the seventeen classes, in the order of `ORDER`.

        Columns code, class, meaning, cells, incidents (or harm days) and share (of all in cells).
        """
        of_code = {item.code: item for item in EMERGING_CLASSES}
        held = self.monthly.sum(axis=1)
        inside = [self.result.code == code for code in ORDER]
        totals = np.array([held[cells].sum() for cells in inside])
        return pd.DataFrame(
            {
                "code": ORDER,
                "class": [of_code[code].name for code in ORDER],
                "meaning": [of_code[code].meaning for code in ORDER],
                "cells": [int(cells.sum()) for cells in inside],
                self.measure.replace(" ", "_"): totals,
                "share": totals / held.sum(),
            }
        )

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a cell, by row from the south.

        Columns cell, x, y, lon, lat, incidents (or harm days), class, class_code, months_hot, months_cold, hot_now,
        trend_z, trend_p, area_code, area_name.
        """
        return _describe_cells(self)


def find_emerging_cells(
    world: World, query: Query, *, ground: Ground | None = None, correction: str = "bh", chance: str = CHANCES[1]
) -> EmergingCells:
    """Classify every cell by how hot it was in each covered month.

    Parameters
    ----------
    ground
        Cells that were laid before, from `choose_emerging_cells`; laid anew by default.
    correction
        Over all cells of a month: ``bh``, ``by``, ``bonferroni`` or ``none``.
    chance
        ``normal``, as the method was published, or ``exact``: see `hot_cells.find_hot_cells`. A class that asks for
        nine hot months in ten is not made by the false alarms of single months; a new or sporadic one may be.

    Raises
    ------
    InputError
        If fewer than ten months are covered, no incident matches or an option cannot be used.
    UnknownNameError
        If an area, type or outcome is not known.
    """
    chosen = choose(world, query)
    if ground is None:
        ground = lay_ground(world, choose_emerging_cells(world, query))
    monthly = count_monthly(world, chosen, ground)
    if not monthly.any():
        raise InputError(
            f"No located incident of “{chosen.label}” is recorded in {chosen.period}; widen the period or the types."
        )
    span = np.arange(chosen.months[0], chosen.months[-1] + 1)
    with_gaps = np.full((len(monthly), len(span)), np.nan)
    with_gaps[:, np.isin(span, chosen.months)] = monthly
    result = find_emerging(with_gaps, ground.weights, times=span, correction=correction, exact=choose_chance(chance))
    # Gi* takes the neighbours in: a cell with next to nothing of its own is not the hot spot, it lies beside one.
    lent = (result.code > 0) & (monthly.sum(axis=1) <= monthly.sum(axis=1).mean())
    result = replace(result, code=np.where(lent, 0, result.code).astype(np.int8))
    return EmergingCells(
        world=world,
        chosen=chosen,
        ground=ground,
        monthly=monthly,
        result=result,
        provenance={
            "method": "emerging hot spots (Gi* by month, Mann-Kendall)",
            "measure": name_measure(chosen),
            "cell_m": ground.choice.size,
            "cell_shape": ground.choice.shape,
            "cell_chosen": ground.choice.reason,
            "cells_tested": len(ground.cells),
            "months": len(chosen.months),
            "latest_month": name_month(chosen.months[-1]),
            "p": f"two-sided, {CHANCE_WORDS[chance]}",
            "correction": CORRECTIONS[correction],
            "cells_beside_hot_ones": int(lent.sum()),
            "level": result.alpha,
            "trend_level": result.trend_alpha,
        },
        caveats=(*_list_caveats(world, chosen, ground), *_explain_lent(int(lent.sum()))),
    )


def say_classes(counts: Mapping[int, int], *, glossed: bool) -> str:
    """Count the hot classes in words, by their published names: ``5 new (for the first time) and 24 intensifying …``.

    Parameters
    ----------
    counts
        Cells by class code; codes of cold classes and of none are not told.
    glossed
        Whether each name is explained in brackets.

    Returns
    -------
    str
        Empty where no cell has a hot class.
    """
    told = [
        f"{write_number(counts[code])} {name}" + (f" ({gloss})" if glossed else "")
        for code, (name, gloss) in GLOSSES.items()
        if counts.get(code)
    ]
    words = " and ".join(filter(None, (", ".join(told[:-1]), told[-1]))) if told else ""
    hot = sum(counts.get(code, 0) for code in GLOSSES)
    return f"{words} {'hot spot' if hot == 1 else 'hot spots'}" if told and not glossed else words


def choose_emerging_cells(world: World, query: Query) -> CellChoice:
    """Choose cells for a comparison of months: wide ones when the months cross the new map points of July 2022.

    Raises
    ------
    InputError
        If no covered month lies in the period.
    """
    return choose_cells(world, size=query.cell, shape=query.cell_shape, months=choose(world, query).months)


def _explain_lent(cells: int) -> list[str]:
    explained = [TWO_TESTS]
    if cells:
        explained.append(
            f"{write_count(cells, 'cell')} {'lies' if cells == 1 else 'lie'} beside hot cells and "
            f"{'holds' if cells == 1 else 'hold'} no more than the average cell; no class is given there."
        )
    return explained


def _list_caveats(world: World, chosen: Chosen, ground: Ground) -> tuple[str, ...]:
    across = SNAP_POINT_REFRESH in world.breaks_within(chosen.months[0], chosen.months[-1])
    size = ground.choice.size
    own = []
    if across and size < COARSE:
        own.append(
            f"The period crosses July 2022, when police.uk changed its map points: in cells of {size:g} m a point that "
            "moved looks like a hot spot that ends and another that begins. Choose cells of 500 m or a period on one "
            "side."
        )
    elif across:
        own.append(
            f"The period crosses July 2022, when police.uk changed its map points; cells of {size:g} m keep most moved "
            "points in their cell, but a class that begins or ends there deserves a second look."
        )
    own += list_cell_caveats(world, ground.choice)
    own.append(
        "The trend takes months as independent; a season makes it too bold, so that a whole number of years is fairest."
    )
    usual = [text for text in list_caveats(world, chosen) if not (across and text.startswith("Police.uk changed"))]
    return (*own, *usual)


def _describe_cells(answer: EmergingCells) -> pd.DataFrame:
    cells, boundaries, ward = answer.ground.cells, answer.world.boundaries, answer.ground.ward
    result = answer.result
    lon, lat = answer.ground.degrees
    held = answer.monthly.sum(axis=1)
    names = {item.code: item.name for item in EMERGING_CLASSES}
    return pd.DataFrame(
        {
            "cell": [f"{column}:{row}" for column, row in zip(cells.column, cells.row, strict=True)],
            "x": cells.x,
            "y": cells.y,
            "lon": lon,
            "lat": lat,
            answer.measure.replace(" ", "_"): np.rint(held).astype(np.int64) if answer.measure == "incidents" else held,
            "class": [names[code] for code in result.code.tolist()],
            "class_code": result.code,
            "months_hot": (result.state == 1).sum(axis=1),
            "months_cold": (result.state == -1).sum(axis=1),
            "hot_now": result.state[:, -1] == 1,
            "trend_z": result.trend.z,
            "trend_p": result.trend.p,
            "area_code": [boundaries.codes[at] if at >= 0 else "" for at in ward],
            "area_name": [boundaries.names[at] if at >= 0 else "" for at in ward],
        }
    )
