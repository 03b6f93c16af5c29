"""Where in and around an operation's area did crime change? Cells before against after, held against untouched cells.

Wards are large and map points too exact, so places are cells. The change of a cell is that of its monthly rate against
the rate of all cells far from the operation. Two tests must agree before a cell is said to have changed: the E-test of
its two counts (Krishnamoorthy & Thomson 2004), exact for small ones, and the spread of the untouched cells' own
changes (`analysis.placebo_areas.fit_spread`), which knows that places drift and counts are overdispersed; the larger of
the two probabilities is corrected for the number of cells (Benjamini & Hochberg 1995). What is drawn is the change
pulled towards none by the share of noise in it (empirical Bayes with that same spread).

Police.uk drew its map points anew in July 2022. Months on either side of it are compared in cells of 500 m alone, where
nine points in ten stay in their cell; the untouched cells crossed the same break and widen the spread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.stats import t as student_t

from hotspots.analysis.difference_in_differences import HALF
from hotspots.analysis.e_test import e_test
from hotspots.analysis.multiple_testing import adjust_p
from hotspots.analysis.placebo_areas import MIN_GROUPS, fit_spread
from hotspots.errors import InputError
from hotspots.months import SNAP_POINT_REFRESH, name_period
from hotspots.pipeline.ground import ACROSS_BREAK, CellChoice, Ground, lay_ground
from hotspots.pipeline.impact import FALSE_ALARMS
from hotspots.pipeline.impact_bands import EDGES, weigh_sides
from hotspots.pipeline.impact_operation import lay_panel, read_operation
from hotspots.pipeline.impact_panel import HARM, Outcome

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from hotspots.analysis.placebo_areas import Spread
    from hotspots.pipeline.impact_operation import OperationPanel
    from hotspots.pipeline.world import World
    from hotspots.store.ledger import Ledger

CELL = 250.0
"""Metres of a cell when no break of the map points lies between the months."""
REACH = EDGES[-1]
"""Metres around the area that the map shows; cells farther away are what it is held against."""
FEW = 10
"""Incidents on both sides together below which nothing is said of a cell."""
ALIKE = 0.1
"""A change that is pulled within a tenth either way is drawn as none."""
RISE, MORE, ALIKE_CODE, FEWER, FALL, TOO_FEW = 2, 1, 0, -1, -2, 9
CHANGE_CLASSES: dict[int, str] = {
    RISE: "Rose, more than chance",
    MORE: "Higher, chance could do it",
    ALIKE_CODE: "About as elsewhere",
    FEWER: "Lower, chance could do it",
    FALL: "Fell, more than chance",
    TOO_FEW: "Too few to tell",
}
"""What the codes of a change map mean, in the order of its legend."""


@dataclass(frozen=True, eq=False)
class ChangeMap:
    """Change by place, k cells in and around the area.

    Attributes
    ----------
    title, outcome
        Operation, and what is counted, as it stands within a sentence.
    cells
        One row each: ``x, y`` (centre, British National Grid metres), ``lon, lat`` (WGS 84 degrees), ``ward`` (name;
        empty outside all), ``where`` (``area`` or ``around``), ``before, after`` (incidents), ``rate_before,
        rate_after`` (a covered month), ``ratio, low, high`` (change of the rate against the cells far away, with its
        95 % interval), ``shrunk`` (the ratio pulled towards 1; what is drawn), ``code`` (see `CHANGE_CLASSES`).
    shapes
        The cells, clipped to the coverage (EPSG:27700). Shape (k,).
    outline
        The operation's area (EPSG:27700).
    choice
        Size of the cells and why.
    months_before, months_after
        Covered months on either side, ascending.
    crosses_refresh
        Whether July 2022 lies between them.
    spread
        How far untouched cells moved by chance.
    compared
        How many untouched cells tell it.
    exploration
        True when the start is not the recorded one.
    caveats
        Plain sentences that stand beside every view of it.
    """

    title: str
    outcome: str
    cells: pd.DataFrame
    shapes: NDArray[np.object_]
    outline: shapely.Geometry
    choice: CellChoice
    months_before: tuple[int, ...]
    months_after: tuple[int, ...]
    crosses_refresh: bool
    spread: Spread
    compared: int
    exploration: bool
    caveats: tuple[str, ...]

    def count(self, code: int, where: str = "") -> int:
        """Count the cells of a class, of the whole map or of one part (``area`` or ``around``)."""
        chosen = self.cells["code"] == code
        if where:
            chosen &= self.cells["where"] == where
        return int(chosen.sum())

    @property
    def sentence(self) -> str:
        """What the map says, in words for a commander."""
        told = len(self.cells) - self.count(TOO_FEW)
        parts = []
        for where, words in (("area", "in the area"), ("around", f"up to {REACH / 1000:g} km around it")):
            fell, rose = self.count(FALL, where), self.count(RISE, where)
            of = int(((self.cells["where"] == where) & (self.cells["code"] != TOO_FEW)).sum())
            change = f"{_count(fell)} fell and {_count(rose)} rose" if fell or rose else "none"
            parts.append(f"{words}, {change} of {of:,}")
        named = self.count(FALL) + self.count(RISE)
        text = (
            f"Of {told:,} cells with enough incidents to tell, these changed more than chance explains: "
            f"{'; '.join(parts)}."
        )
        return f"{text} One in twenty of those named may be a false alarm." if named else text


def map_change(
    world: World,
    ledger: Ledger,
    name: str,
    *,
    start: int | None = None,
    outcome: str = "",
    ground: Ground | None = None,
) -> ChangeMap:
    """Map where incidents changed in and around an operation's area.

    Parameters
    ----------
    world, ledger
        Everything loaded, and the operations.
    name
        Code, name or local brand.
    start
        First month to be taken as the operation's, for a "what if"; the recorded one by default.
    outcome
        Name of an outcome of the evaluation; the headline when empty. Harm counts the incidents that it weighs.
    ground
        Cells of the size that `choose_change_cells` gives, where they are laid already.

    Raises
    ------
    UnknownNameError
        If there is no such operation.
    InputError
        If its start or area is not known, the months do not allow a comparison, or there is no such outcome.
    """
    laid = lay_panel(world, read_operation(ledger, name), start=start)
    return map_laid_change(world, laid, outcome=outcome, ground=ground)


def choose_change_cells(world: World, laid: OperationPanel) -> CellChoice:
    """Choose the size of the cells: 500 m across July 2022, else 250 m or what holds whole squares of the grid."""
    first, last = int(laid.panel.months[0]), int(laid.panel.months[-1])
    if SNAP_POINT_REFRESH in world.breaks_within(first, last):
        return CellChoice(
            ACROSS_BREAK, "square", "chosen because the months lie on both sides of the new map points of July 2022"
        )
    grid = world.grid_m
    size = CELL if grid is None else float(np.ceil(CELL / grid) * grid)
    return CellChoice(
        size,
        "square",
        "the smallest that says more than its map points"
        if size == CELL
        else f"holds whole squares of the {grid:g} m grid",
    )


def map_laid_change(
    world: World, laid: OperationPanel, *, outcome: str = "", ground: Ground | None = None
) -> ChangeMap:
    """Map where incidents changed for an operation that is laid over the incidents already; see `map_change`.

    Raises
    ------
    InputError
        If there is no such outcome, or too few cells are left to compare with.
    """
    import pandas as pd  # noqa: PLC0415 - evaluations without a map need none

    choice = choose_change_cells(world, laid)
    ground = ground if ground is not None and ground.choice == choice else lay_ground(world, choice)
    chosen = _find_outcome(laid, outcome)
    panel, outline = laid.panel, laid.placed.outline
    counts = _count_cells(weigh_sides(world, panel, chosen.types), ground)
    shapes = ground.cells.draw()
    shapely.prepare(outline)
    near = shapely.dwithin(shapes, outline, REACH)
    months = np.array([panel.before.sum(), panel.after.sum()], dtype=float)
    figure, inverse, far = _compare(counts, months, ~near)
    usable = ~near & (counts.sum(axis=1) >= FEW)
    if usable.sum() < MIN_GROUPS:
        raise InputError(
            f"Only {int(usable.sum())} cells lie more than {REACH / 1000:g} km from the area and hold {FEW} "
            f"incidents; at least {MIN_GROUPS} are needed to tell a change from chance."
        )
    spread = fit_spread(figure[usable], inverse[usable], disjoint=int(usable.sum()))
    shown = np.flatnonzero(near & _hold_places(ground))
    change = figure[shown] - spread.centre
    error = spread.error(inverse[shown])
    code, shrunk = _judge(counts[shown], change, inverse[shown], error, spread, expect=far * np.exp(spread.centre))
    quantile = spread.quantile()
    lon, lat = ground.degrees
    inside = shapely.contains_xy(outline, ground.cells.x[shown], ground.cells.y[shown])
    names = world.boundaries.names
    table = pd.DataFrame(
        {
            "x": ground.cells.x[shown],
            "y": ground.cells.y[shown],
            "lon": lon[shown],
            "lat": lat[shown],
            "ward": [names[ward] if ward >= 0 else "" for ward in ground.ward[shown].tolist()],
            "where": np.where(inside, "area", "around"),
            "before": counts[shown, 0].astype(np.int64),
            "after": counts[shown, 1].astype(np.int64),
            "rate_before": counts[shown, 0] / months[0],
            "rate_after": counts[shown, 1] / months[1],
            "ratio": np.exp(change),
            "low": np.exp(change - quantile * error),
            "high": np.exp(change + quantile * error),
            "shrunk": np.exp(shrunk),
            "code": code,
        }
    )
    before, after = panel.months[panel.before], panel.months[panel.after]
    crosses = int(before[0]) < SNAP_POINT_REFRESH <= int(after[-1])
    return ChangeMap(
        title=laid.operation.value.name,
        outcome=chosen.name,
        cells=table,
        shapes=shapes[shown],
        outline=outline,
        choice=choice,
        months_before=tuple(before.tolist()),
        months_after=tuple(after.tolist()),
        crosses_refresh=crosses,
        spread=spread,
        compared=int(usable.sum()),
        exploration=laid.exploration,
        caveats=_list_caveats(chosen, choice, before, after, crosses=crosses),
    )


def _find_outcome(laid: OperationPanel, name: str) -> Outcome:
    if not name:
        return laid.outcomes[0]
    found = next((one for one in laid.outcomes if one.name == name), None)
    if found is None:
        raise InputError(f"“{name}” is not evaluated; choose one of: {', '.join(one.name for one in laid.outcomes)}.")
    return found


def _count_cells(at_places: NDArray[np.float64], ground: Ground) -> NDArray[np.float64]:
    """Add places up to cells. Shape (k, 2): before, after."""
    held = ground.cell_of_place >= 0
    cell = ground.cell_of_place[held]
    sides = [np.bincount(cell, weights=side[held], minlength=len(ground.cells)) for side in at_places]
    return np.column_stack(sides)


def _hold_places(ground: Ground) -> NDArray[np.bool_]:
    """Find the cells in which anything was ever recorded. Shape (k,)."""
    return np.bincount(ground.cell_of_place[ground.cell_of_place >= 0], minlength=len(ground.cells)) > 0


def _compare(
    counts: NDArray[np.float64], months: NDArray[np.float64], far: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Compare each cell with all far ones: log ratio, its counting noise, and the far cells' after by before."""
    before, after = counts[far].sum(axis=0)
    if not (before > 0 and after > 0):
        raise InputError(f"Nothing was counted more than {REACH / 1000:g} km from the area on one side of the start.")
    padded = counts + HALF * months / months.mean()
    figure = np.log(padded[:, 1] / padded[:, 0]) - np.log(after / before)
    return figure, (1 / padded).sum(axis=1), float(after / before)


def _judge(
    counts: NDArray[np.float64],
    change: NDArray[np.float64],
    inverse: NDArray[np.float64],
    error: NDArray[np.float64],
    spread: Spread,
    *,
    expect: float,
) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
    """Give each cell its code and its change pulled towards none. Shape (k,) each."""
    noise = spread.dispersion * inverse
    shrunk = change * spread.drift / (spread.drift + noise)
    tested = counts.sum(axis=1) >= FEW
    p = np.full(len(counts), np.nan)
    drifted = 2 * student_t.sf(np.abs(change) / error, spread.freedom)
    for row in np.flatnonzero(tested).tolist():
        before, after = counts[row].tolist()
        p[row] = max(float(drifted[row]), e_test(int(after), expect, int(before), 1.0))
    stands_out = np.nan_to_num(adjust_p(p), nan=1.0) <= FALSE_ALARMS
    code = np.select(
        [~tested, stands_out & (change > 0), stands_out, shrunk > np.log(1 + ALIKE), shrunk < np.log(1 - ALIKE)],
        [TOO_FEW, RISE, FALL, MORE, FEWER],
        default=ALIKE_CODE,
    ).astype(np.int8)
    return code, shrunk


def _list_caveats(
    outcome: Outcome, choice: CellChoice, before: NDArray[np.int64], after: NDArray[np.int64], *, crosses: bool
) -> tuple[str, ...]:
    spoken = (
        f"A cell's change is that of its monthly rate, {name_period(int(before[0]), int(before[-1]))} against "
        f"{name_period(int(after[0]), int(after[-1]))}, less what cells more than {REACH / 1000:g} km away did."
    )
    caveats = [spoken]
    if crosses:
        caveats.append(
            "Police.uk changed its map points in July 2022, between these months: places are compared in cells of "
            f"{choice.size:g} m only, and a change along a cell's edge may be a map point that moved."
        )
    if outcome.kind == HARM:
        caveats.append("Places count incidents, not harm: one rare grave crime would make a cell.")
    return tuple(caveats)


def _count(number: int) -> str:
    return f"{number:,}" if number else "none"


__all__ = [
    "CHANGE_CLASSES",
    "ChangeMap",
    "choose_change_cells",
    "map_change",
    "map_laid_change",
]
