"""Which method foresees best here: every method of the hotspots page against simply counting the last months.

A rolling back-test: each method sees twelve months and is judged on the three that follow, again and again. Its result
for the embedded data is shipped, because it takes minutes; that for loaded data is computed when asked for.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hotspots.analysis.backtest import (
    list_windows,
    predict_fading,
    predict_recent,
    predict_year_before,
    run_backtest,
    summarise_backtest,
)
from hotspots.analysis.cells import assign_cells, count_cells
from hotspots.analysis.cube import Selection
from hotspots.analysis.dbscan import DEFAULT_EPS, cluster_places
from hotspots.analysis.gistar import gistar
from hotspots.analysis.kde import prepare_smoother, smooth_places
from hotspots.analysis.kdistance import suggest_min_samples
from hotspots.analysis.spatial_weights import weigh_contiguity
from hotspots.errors import InputError, StoreError
from hotspots.months import LSOA_CHANGE, SNAP_POINT_REFRESH, list_months, name_month
from hotspots.pipeline.ground import choose_cells, lay_ground
from hotspots.pipeline.selection import choose
from hotspots.pipeline.surface import lay_surface_grid
from hotspots.settings import ROOT
from hotspots.views.wording import MINUS, NOT_KNOWN
from hotspots.whole_files import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from hotspots.analysis.backtest import Backtest, Method, Window
    from hotspots.pipeline.ground import Ground
    from hotspots.pipeline.selection import Chosen
    from hotspots.pipeline.world import World
    from hotspots.query import Query

EMBEDDED_CHECK = ROOT / "data" / "method_check.json"
"""The result for the embedded data, made by ``hotspots build method-check``."""
PAST, HORIZON = 12, 3
"""Months that a method sees, and months that it is judged on."""
SHARES = (0.01, 0.05, 0.1)
"""Shares of the land that a force could give its attention to."""
JUDGED = 0.05
"""The share that the plain words speak of."""
BANDWIDTH = 400.0
"""Metres of the density surface; it must be one for all windows, or each would be another method."""
HOT_Z = 1.96
LITTLE = 0.02
"""Gain, as a share of later incidents, below which a method is a little better."""
GEOGRAPHIES = ("cells", "wards")
BASELINE = "Count of the last 12 months"


@dataclass(frozen=True)
class MethodRow:
    """How one method did, averaged over the windows; intervals are 90 %.

    Attributes
    ----------
    method
        Its name.
    found, found_low, found_high
        Share of later incidents found on a twentieth of the land.
    found_1, found_10
        The same on a hundredth and on a tenth.
    pai, pei
        Prediction accuracy and efficiency index on a twentieth of the land.
    rri
        Recapture rate index there; None when it cannot be told.
    gain, gain_low, gain_high
        What it found more than the baseline in the same windows, as a share of later incidents.
    better
        Share of windows in which it found more than the baseline.
    """

    method: str
    found: float
    found_low: float
    found_high: float
    found_1: float
    found_10: float
    pai: float
    pei: float
    rri: float | None
    gain: float
    gain_low: float
    gain_high: float
    better: float

    @property
    def verdict(self) -> str:
        """``better``, ``worse`` or ``no clear difference`` against the baseline."""
        if self.method == BASELINE:
            return "the baseline"
        if self.gain_low > 0:
            return "better"
        return "worse" if self.gain_high < 0 else "no clear difference"

    @property
    def gain_written(self) -> str:
        """What it finds more of every 100 incidents than the baseline: ``+0.8 (+0.1 to +1.7)``; a dash for itself."""
        if self.method == BASELINE:
            return NOT_KNOWN
        gain, low, high = (
            f"{share * 100:+.1f}".replace("-", MINUS) for share in (self.gain, self.gain_low, self.gain_high)
        )
        return f"{gain} ({low} to {high})"


@dataclass(frozen=True)
class MethodCheck:
    """A back-test of all methods on one choice of crime and one geography.

    Attributes
    ----------
    data_version
        Of the incidents that it rests on.
    lens, label
        Code of the lens, and what people call the choice of types.
    geography
        ``cells`` or ``wards``.
    cell_m
        Size of the cells in metres; None for wards.
    areas, incidents, windows
        How many there were.
    first, last
        First and last month that was judged (months since January 1970).
    rows
        Best first.
    caveats
        Plain sentences that stand beside the table.
    """

    data_version: str
    lens: str
    label: str
    geography: str
    cell_m: float | None
    areas: int
    incidents: int
    windows: int
    first: int
    last: int
    rows: tuple[MethodRow, ...]
    caveats: tuple[str, ...]

    @property
    def baseline(self) -> MethodRow:
        """How the simple count did."""
        return next(row for row in self.rows if row.method == BASELINE)

    def say(self) -> str:
        """Say the result in plain words."""
        base = self.baseline
        where = "the wards" if self.geography == "wards" else f"the cells of {self.cell_m:g} m"
        land = "land" if self.geography == "wards" else "land on which anything is ever recorded"
        text = (
            f"Take {where} with most in the last 12 months, up to {JUDGED:.0%} of the {land}: they hold "
            f"{base.found:.0%} of what the next {HORIZON} months bring."
        )
        first = next((row for row in self.rows if row.verdict == "better"), None)
        if first is None:
            text += " No other method does clearly better."
        else:
            text += (
                f" “{first.method}” does {'a little ' if first.gain < LITTLE else ''}better: {first.gain * 100:.1f} "
                f"more in every 100 incidents ({first.gain_low * 100:.1f} to {first.gain_high * 100:.1f})."
            )
        worse = sum(row.verdict == "worse" for row in self.rows)
        if worse:
            text += f" {worse} of {len(self.rows) - 1} other methods foresee clearly less than simply counting."
        return text


def check_methods(
    world: World,
    query: Query,
    *,
    geography: str = "cells",
    ground: Ground | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> MethodCheck:
    """Back-test every method on all loaded months; the query gives types, outcomes and cell size.

    Parameters
    ----------
    geography
        ``cells`` or ``wards``.
    ground
        Cells that were laid before; laid anew by default.
    progress
        Called with a method's name, how many windows are done and how many there are.

    Raises
    ------
    InputError
        If there are too few months, no incident matches or the geography is unknown.
    UnknownNameError
        If a type or outcome is not known.
    """
    if geography not in GEOGRAPHIES:
        raise InputError(f"“{geography}” is not a geography of the back-test; choose {' or '.join(GEOGRAPHIES)}.")
    chosen = choose(world, _whole_period(query))
    months = world.cube.months
    windows = list_windows(months, past=PAST, horizon=HORIZON)
    by_place = _count_places(world, chosen)
    if not by_place.any():
        raise InputError(f"No located incident of “{chosen.label}” is loaded; choose other types.")
    if geography == "cells" and ground is None:
        ground = lay_ground(world, choose_cells(world, size=query.cell, shape=query.cell_shape))
    if geography == "cells" and ground is not None:
        counts = count_cells(ground.cell_of_place, by_place, len(ground.cells))
        land = ground.cells.area_inside / 1e6
        methods = _list_cell_methods(world, ground, by_place, counts, land)
    else:
        counts = _add_wards(world, by_place)
        land = np.asarray(world.boundaries.area_km2, dtype=np.float64)
        near = weigh_contiguity(world.boundaries.geometry)
        methods = _list_methods(world, by_place, counts, land, near=near, add_up=lambda held: _add_wards(world, held))
    done = run_backtest(months, counts, land, _watch(methods, len(windows), progress), windows=windows, shares=SHARES)
    return MethodCheck(
        data_version=world.data_version,
        lens=query.lens if not query.types else "",
        label=chosen.label,
        geography=geography,
        cell_m=ground.choice.size if geography == "cells" and ground is not None else None,
        areas=len(land),
        incidents=int(counts.sum()),
        windows=len(windows),
        first=int(months[windows[0].future[0]]),
        last=int(months[windows[-1].future[-1]]),
        rows=_list_rows(done),
        caveats=_list_caveats(world, months, len(windows)),
    )


def write_checks(checks: list[MethodCheck], path: Path = EMBEDDED_CHECK) -> None:
    """Write results to a small file, whole or not at all.

    Raises
    ------
    StoreError
        If the file cannot be written.
    """
    text = json.dumps([asdict(check) for check in checks], ensure_ascii=False, indent=1)
    try:
        write_whole(path, f"{text}\n".encode())
    except OSError as error:
        raise StoreError(f"{path} cannot be written ({error.strerror}); choose another place.") from None


def read_checks(path: Path = EMBEDDED_CHECK) -> tuple[MethodCheck, ...]:
    """Read the results that come with the embedded data; none when there is no such file."""
    if not path.is_file():
        return ()
    return tuple(
        MethodCheck(
            **{
                **check,
                "rows": tuple(MethodRow(**row) for row in check["rows"]),
                "caveats": tuple(check["caveats"]),
            }
        )
        for check in json.loads(path.read_text(encoding="utf-8"))
    )


def find_shipped(world: World, query: Query, geography: str) -> MethodCheck | None:
    """Find the shipped result for these data and this lens; None when it has to be computed."""
    if query.types or query.outcomes or query.cell is not None or query.cell_shape != "square":
        return None
    for check in read_checks():
        if (check.data_version, check.lens, check.geography) == (world.data_version, query.lens, geography):
            return check
    return None


def _whole_period(query: Query) -> Query:
    return replace(query, month_from=None, month_to=None, area="")


def _count_places(world: World, chosen: Chosen) -> NDArray[np.int64]:
    """Count by place and covered month. Shape (p, months)."""
    cube, kinds = world.cube, chosen.selection.kinds
    return np.column_stack([cube.weigh_places(Selection(m, m, kinds)) for m in range(len(cube.months))])


def _add_wards(world: World, by_place: NDArray[np.int64]) -> NDArray[np.int64]:
    return count_cells(world.cube.places.area, by_place, len(world.boundaries))


def _list_methods(
    world: World,
    by_place: NDArray[np.int64],
    counts: NDArray[np.int64],
    land: NDArray[np.float64],
    *,
    near: Any,
    add_up: Callable[[NDArray[np.int64]], NDArray[np.int64]],
) -> dict[str, Method]:
    """List the methods that cells and wards share."""
    months = world.cube.months

    def score(window: Window) -> NDArray[np.float64]:
        return np.nan_to_num(gistar(counts[:, window.past].sum(axis=1) / land, near).z)

    def scored(window: Window) -> NDArray[np.float64]:
        return np.asarray(score(window) * land, dtype=np.float64)

    def hot(window: Window) -> NDArray[np.float64]:
        # Counts where it is hot, and a trace of them elsewhere to fill the land that is left.
        kept = np.where(score(window) > HOT_Z, 1.0, 1e-6)
        return np.asarray(counts[:, window.past].sum(axis=1) * kept, dtype=np.float64)

    def clustered(window: Window) -> NDArray[np.float64]:
        weights = by_place[:, window.past].sum(axis=1)
        neighbours = world.neighbours_within(DEFAULT_EPS)
        labels = cluster_places(neighbours, weights, min_samples=suggest_min_samples(neighbours, weights)).labels
        kept = add_up(np.where(labels > 0, weights, 0))
        return np.asarray(kept + 1e-6 * counts[:, window.past].sum(axis=1), dtype=np.float64)

    return {
        BASELINE: predict_recent(counts),
        "Count of the last 3 months": predict_recent(counts, last=3),
        "Count of the same months last year": predict_year_before(months, counts),
        "Count of 12 months, later ones weighing more": predict_fading(counts),
        "Gi* score": scored,
        "Count within hot cells (Gi*)": hot,
        "Count within clusters (DBSCAN)": clustered,
    }


def _list_cell_methods(
    world: World,
    ground: Ground,
    by_place: NDArray[np.int64],
    counts: NDArray[np.int64],
    land: NDArray[np.float64],
) -> dict[str, Method]:
    """List the shared methods and the density surface."""
    cells, places = ground.cells, world.cube.places
    grid = lay_surface_grid(world)
    column, row = np.meshgrid(grid.x, grid.y)
    to_cell = assign_cells(column.ravel(), row.ravel(), cells, within=0.0).reshape(grid.shape)
    counted = (to_cell >= 0) & (grid.share_inside > 0)
    members, share = to_cell[counted], grid.share_inside[counted]
    smoother = prepare_smoother(grid, bandwidth=max(BANDWIDTH, 3 * grid.cell))

    def density(window: Window) -> NDArray[np.float64]:
        weights = by_place[:, window.past].sum(axis=1)
        surface = smooth_places(smoother, places.x, places.y, weights, inside=places.area >= 0)
        held = np.bincount(members, surface.density[counted] * share, len(cells))
        return np.asarray(held, dtype=np.float64)

    shared = _list_methods(
        world, by_place, counts, land, near=ground.weights,
        add_up=lambda held: count_cells(ground.cell_of_place, held, len(cells)),
    )  # fmt: skip
    return {**shared, f"Density surface, {smoother.bandwidth:,.0f} m": density}


def _watch(
    methods: dict[str, Method], windows: int, progress: Callable[[str, int, int], None] | None
) -> dict[str, Method]:
    """Report after the last method of each window."""
    if progress is None:
        return methods
    done = 0

    def tell(name: str, method: Method) -> Method:
        def run(window: Window) -> NDArray[np.float64]:
            nonlocal done
            found = method(window)
            done += 1
            progress(name, done, windows * len(methods))
            return found

        return run

    return {name: tell(name, method) for name, method in methods.items()}


def _list_rows(done: Backtest) -> tuple[MethodRow, ...]:
    table = summarise_backtest(done, baseline=BASELINE).set_index(["method", "share", "measure"])

    def read(method: str, share: float, measure: str, column: str = "mean") -> float:
        return float(np.asarray(table.loc[(method, share, measure), column], dtype=np.float64))

    rows = []
    for method in done.methods:
        rri = read(method, JUDGED, "rri")
        rows.append(
            MethodRow(
                method=method,
                found=_brief(read(method, JUDGED, "hit_rate")),
                found_low=_brief(read(method, JUDGED, "hit_rate", "low")),
                found_high=_brief(read(method, JUDGED, "hit_rate", "high")),
                found_1=_brief(read(method, 0.01, "hit_rate")),
                found_10=_brief(read(method, 0.1, "hit_rate")),
                pai=_brief(read(method, JUDGED, "pai")),
                pei=_brief(read(method, JUDGED, "pei")),
                rri=_brief(rri) if np.isfinite(rri) else None,
                gain=_brief(read(method, JUDGED, "hit_rate", "gain")),
                gain_low=_brief(read(method, JUDGED, "hit_rate", "gain_low")),
                gain_high=_brief(read(method, JUDGED, "hit_rate", "gain_high")),
                better=_brief(read(method, JUDGED, "hit_rate", "better")),
            )
        )
    return tuple(sorted(rows, key=lambda row: -row.found))


def _brief(value: float) -> float:
    return round(value, 5)


def _list_caveats(world: World, months: NDArray[np.int32], windows: int) -> tuple[str, ...]:
    first, last = int(months[0]), int(months[-1])
    caveats = [
        f"{windows} overlapping windows of one force and one spell of time: another year may differ by more than this.",
        "Where incidents will be recorded is not where work will help, and enforcement itself makes crime visible.",
    ]
    crossed = [name_month(month) for month in (SNAP_POINT_REFRESH, LSOA_CHANGE) if first < month <= last]
    if crossed:
        caveats.append(
            f"Some windows cross {' and '.join(crossed)}, when the published geography changed; in cells this costs "
            "every method, the fine ones most."
        )
    if world.missing:
        caveats.append(f"No window is judged on {list_months(world.missing)}: missing, not zero.")
    return tuple(caveats)
