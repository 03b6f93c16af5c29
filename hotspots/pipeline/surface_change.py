"""Where does it grow: the density of the last months against that of the same months a year before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.ndimage import maximum_filter
from scipy.spatial import cKDTree
from scipy.special import ndtr

from hotspots import crs
from hotspots.analysis.cube import Selection
from hotspots.analysis.dual_kde import DualSurface, compare_surfaces
from hotspots.analysis.kde import Smoother, Surface, prepare_smoother, smooth_places
from hotspots.analysis.multiple_testing import adjust_p
from hotspots.analysis.places import assign_areas
from hotspots.analysis.rates import estimate_dispersion
from hotspots.analysis.trend import change_ratio, pair_months
from hotspots.errors import InputError
from hotspots.months import SNAP_POINT_REFRESH, list_months
from hotspots.pipeline.ground import Measured, describe_wards, name_measure, weigh_places
from hotspots.pipeline.selection import choose, list_caveats
from hotspots.pipeline.surface import ChosenBandwidth, choose_bandwidth, lay_surface_grid
from hotspots.pipeline.trends import judge_changes, measure_changes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspots.pipeline.selection import Chosen
    from hotspots.pipeline.world import World
    from hotspots.query import Query

MOST_PLACES = 12
"""Rises, and falls, that the table lists."""


@dataclass(frozen=True, eq=False)
class SurfaceChange(Measured):
    """Two density surfaces compared.

    Attributes
    ----------
    world, chosen
        What was asked of what.
    recent, earlier
        The months that are compared, and their fellows a year before.
    now, before
        Density over either.
    ratio
        Now by before, pulled towards the force's own change where there is little.
    dispersion
        How much more months vary than independent incidents would.
    provenance
        Automatic choices and their reasons.
    caveats
        Plain sentences that stand beside the view.
    """

    world: World
    chosen: Chosen
    recent: tuple[int, ...]
    earlier: tuple[int, ...]
    now: Surface
    before: Surface
    ratio: DualSurface
    dispersion: float
    provenance: dict[str, Any]
    caveats: tuple[str, ...]

    @cached_property
    def by_year(self) -> NDArray[np.float64]:
        """Mean density of both, per square kilometre a year; NaN outside. Shape (rows, columns)."""
        return (self.now.density + self.before.density) / 2 / (len(self.recent) / 12)

    @cached_property
    def places(self) -> pd.DataFrame:
        """One row a place, the largest rise or fall first, no two of a kind within a bandwidth of each other.

        Columns number, direction (``up`` or ``down``), now and before (incidents or harm days within the bandwidth),
        ratio, low, high (90 %), verdict (as on the page of trends, corrected for all places where density peaks or
        dips), x, y, lon, lat, area_code, area_name, lad_name.
        """
        return _list_places(self)


def compare_periods(
    world: World,
    query: Query,
    *,
    smoother: Smoother | None = None,
    bandwidth: ChosenBandwidth | None = None,
) -> SurfaceChange:
    """Compare the density of the last months of the period with that of the same months a year before.

    Months are paired as `trends.compare_areas` pairs them.

    Parameters
    ----------
    smoother, bandwidth
        Prepared before, from `analysis.kde.prepare_smoother` and `surface.choose_bandwidth`.

    Raises
    ------
    InputError
        If none of the last twelve months of the period has its fellow a year before, or one of the two periods holds
        no incident.
    UnknownNameError
        If an area, type or outcome is not known.
    """
    chosen = choose(world, query)
    paired = pair_months(np.array(chosen.months, dtype=np.int32), world.cube.months)
    if not len(paired):
        raise InputError(
            f"None of the last twelve months of {chosen.period} has the same month a year before among those loaded; "
            "choose a later period."
        )
    if smoother is None:
        grid = lay_surface_grid(world)
        bandwidth = bandwidth or choose_bandwidth(world, query, cell=grid.cell)
        smoother = prepare_smoother(grid, bandwidth=bandwidth.metres)
    places = world.cube.places
    inside = places.area >= 0
    now, before = (
        smooth_places(smoother, places.x, places.y, _weigh_months(world, chosen, months), inside=inside)
        for months in (paired, paired - 12)
    )
    if not now.incidents or not before.incidents:
        raise InputError(
            f"One of the two years holds no located incident of “{chosen.label}”; widen the period or the types."
        )
    history = np.einsum(
        "amto,to->am", world.cube.by_area[: len(world.boundaries)], chosen.selection.kinds.astype(np.int64)
    )
    dispersion = estimate_dispersion(history)
    return SurfaceChange(
        world=world,
        chosen=chosen,
        recent=tuple(int(month) for month in paired),
        earlier=tuple(int(month) - 12 for month in paired),
        now=now,
        before=before,
        ratio=compare_surfaces(now, before),
        dispersion=max(dispersion, 1.0) if np.isfinite(dispersion) else 1.0,
        provenance={
            "method": "ratio of two kernel densities",
            "measure": name_measure(chosen),
            "kernel": smoother.kernel,
            "bandwidth_m": smoother.bandwidth,
            "bandwidth_chosen": bandwidth.reason if bandwidth else "as prepared",
            "cell_m": smoother.grid.cell,
            "months_compared": len(paired),
        },
        caveats=_list_caveats(world, chosen, paired),
    )


def _weigh_months(world: World, chosen: Chosen, months: NDArray[np.int32]) -> NDArray[np.float64]:
    weights = np.zeros(len(world.cube.places))
    for at in np.searchsorted(world.cube.months, months).tolist():
        weights += weigh_places(world, replace(chosen, selection=Selection(at, at, chosen.selection.kinds)))
    return weights


def _list_caveats(world: World, chosen: Chosen, paired: NDArray[np.int32]) -> tuple[str, ...]:
    own = [
        "Colours are not held against chance; the verdicts of the table are, among all places that rose or fell.",
        "Places are listed because they changed most: part of such a change is chance and will not last.",
    ]
    if int(paired[0]) - 12 < SNAP_POINT_REFRESH <= int(paired[-1]):
        own.append(
            "The comparison crosses July 2022, when police.uk changed its map points: a rise beside a fall of the same "
            "size may be one point that moved."
        )
    last_year = [month for month in chosen.months if month > chosen.months[-1] - 12]
    unpaired = [month for month in last_year if month not in paired]
    if unpaired:
        own.append(f"{list_months(unpaired)} left out: the same month a year before is not loaded.")
    usual = [text for text in list_caveats(world, chosen) if not text.startswith("Police.uk changed")]
    return (*own, *usual)


def _list_places(answer: SurfaceChange) -> pd.DataFrame:
    world, grid = answer.world, answer.now.grid
    bandwidth = answer.now.smoother.bandwidth
    difference = np.nan_to_num(answer.now.density - answer.before.density)
    found, seen = [], 0
    for sign in (1.0, -1.0):
        signed = sign * difference
        row, column = np.nonzero((signed > 0) & (signed == maximum_filter(signed, size=3)))
        order = np.argsort(-signed[row, column], kind="stable")
        seen += len(order)
        kept: list[tuple[float, float, float]] = []
        for at in order.tolist():
            east, north = float(grid.x[column[at]]), float(grid.y[row[at]])
            if all((east - other[0]) ** 2 + (north - other[1]) ** 2 > bandwidth**2 for other in kept):
                kept.append((east, north, sign * float(signed[row[at], column[at]])))
            if len(kept) == MOST_PLACES:
                break
        found += kept
    found.sort(key=lambda place: -abs(place[2]))
    x, y = np.array([place[0] for place in found]), np.array([place[1] for place in found])
    now, before = (_count_within(answer, months, x, y) for months in (answer.recent, answer.earlier))
    changes = [change_ratio(a, 1, b, 1, dispersion=answer.dispersion) for a, b in zip(now, before, strict=True)]
    low, high = (np.array([getattr(change, end) for change in changes]) for end in ("low", "high"))
    z = measure_changes(now, before, dispersion=answer.dispersion)
    # The places listed are the extremes of many: those that are not listed count as looked at, and as no evidence.
    others = max(seen - len(found), 0)
    p_adjusted = adjust_p(np.concatenate([2 * ndtr(-np.abs(z)), np.ones(others)]))[: len(found)]
    lon, lat = crs.to_wgs84_quickly(x, y)
    ward = assign_areas(x, y, world.boundaries.geometry)
    return pd.DataFrame(
        {
            "number": np.arange(1, len(found) + 1),
            "direction": ["up" if place[2] > 0 else "down" for place in found],
            "now": now,
            "before": before,
            "ratio": [change.ratio for change in changes],
            "low": low,
            "high": high,
            "verdict": judge_changes(z, p_adjusted, low, high),
            "x": x,
            "y": y,
            "lon": np.round(lon, 6),
            "lat": np.round(lat, 6),
            **describe_wards(world, ward),
        }
    )


def _count_within(
    answer: SurfaceChange, months: tuple[int, ...], x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.float64]:
    places = answer.world.cube.places
    weights = _weigh_months(answer.world, answer.chosen, np.array(months, dtype=np.int32))
    held = np.flatnonzero((weights > 0) & (places.area >= 0))
    near = cKDTree(np.column_stack([places.x[held], places.y[held]])).query_ball_point(
        np.column_stack([x, y]), answer.now.smoother.bandwidth
    )
    return np.array([weights[held[members]].sum() for members in near], dtype=np.float64)
