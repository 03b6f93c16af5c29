"""The picture of where density rises or falls against the year before, as the hotspots page shows it."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from hotspots.analysis.kde import prepare_smoother
from hotspots.pipeline.brief_frame import frame_chosen, recall
from hotspots.pipeline.selection import name_unit
from hotspots.pipeline.surface import choose_bandwidth, lay_surface_grid
from hotspots.pipeline.surface_change import SurfaceChange, compare_periods
from hotspots.pipeline.trends import name_compared, say_verdicts
from hotspots.views.painted import Heading, Listing, Look, Paint, Spot
from hotspots.views.pictures import MapPicture
from hotspots.views.surface_map import CHANGE_COLOURS, CHANGE_LABELS, class_change
from hotspots.views.wording import write_change, write_count

if TYPE_CHECKING:
    from hotspots.pipeline.brief_frame import Wish

MOST_LISTED = 12


def make_change(wish: Wish) -> MapPicture:
    """Make the map of change in density: orange where it rose, blue where it fell, the places that changed numbered."""
    world = wish.world
    answer = recall(world, ("change", wish.query), lambda: _find_change(wish))
    density = answer.by_year
    average = float(np.nanmean(np.where(density > 0, density, np.nan)))
    index = class_change(answer.ratio.value, density, average=average)
    last = len(CHANGE_COLOURS) - 1
    grid = answer.now.grid
    places = answer.places.head(MOST_LISTED)
    metres = answer.provenance["bandwidth_m"]
    return MapPicture(
        title=_say_change(answer, name_unit(world, None)),
        subtitle=f"{answer.chosen.label} · {name_compared(answer.recent)} · density within "
        f"{metres:,.0f} m of each point",
        **frame_chosen(wish, answer.chosen, page="hot_cells", notes=answer.caveats),
        method=f"Change: ratio of two densities, {answer.now.describe()} Little is pulled towards the force's own "
        f"change. Bandwidth: {answer.provenance['bandwidth_chosen']}.",
        boundaries=world.boundaries,
        paint=Paint(
            title="Density against the year before, where it is above the average",
            looks=tuple(
                Look(label, colour) for label, colour in zip(CHANGE_LABELS[::-1], CHANGE_COLOURS[::-1], strict=True)
            ),
            index=np.where(index >= 0, last - index, -1),
            corner=(grid.west, grid.south),
            cell=grid.cell,
        ),
        spots=tuple(
            Spot(float(row["x"]), float(row["y"]), str(int(row["number"]))) for row in places.to_dict("records")
        ),
        listing=Listing(
            title="Places that changed most",
            heads=(
                Heading("No."),
                Heading("Ward", "left"),
                Heading("Verdict", "left"),
                Heading("Change, 90% interval"),
            ),
            rows=tuple(
                (
                    str(int(row["number"])),
                    str(row["area_name"]),
                    str(row["verdict"]),
                    _write_interval(row["ratio"], row["low"], row["high"]),
                )
                for row in places.to_dict("records")
            ),
            numbered=True,
            empty="No place changed.",
        ),
    )


def _find_change(wish: Wish) -> SurfaceChange:
    world, query = wish.world, wish.query
    types = (query.lens, query.types, query.outcomes, query.bandwidth, query.show)
    grid = recall(world, "surface grid", lambda: lay_surface_grid(world))
    bandwidth = recall(world, ("bandwidth", types), lambda: choose_bandwidth(world, query, cell=grid.cell))
    smoother = recall(
        world, ("change smoother", bandwidth.metres), lambda: prepare_smoother(grid, bandwidth=bandwidth.metres)
    )
    return compare_periods(world, query, smoother=smoother, bandwidth=bandwidth)


def _say_change(answer: SurfaceChange, name: str) -> str:
    verdicts = answer.places["verdict"].tolist()
    return f"{answer.chosen.label} in {name}, {write_count(len(verdicts), 'place')}: {say_verdicts(verdicts)}"


def _write_interval(ratio: float, low: float, high: float) -> str:
    if not isfinite(high):
        return write_change(ratio)
    return f"{write_change(ratio)} ({write_change(low)} to {write_change(high)})"
