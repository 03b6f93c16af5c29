"""Time the briefing pictures on the embedded wards: cold (first picture of a process) and warm, and that bytes repeat.

Run ``python benchmarks/bench_png.py``. Figures are invented; the shapes and the number of marks are those of a force.
The comparison is what a user would otherwise write: geopandas' plot of the same wards, with a legend, saved as PNG.
"""

from __future__ import annotations

import io
import statistics
import time
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from hotspots.store.boundaries import read_embedded
from hotspots.views.classes import classify
from hotspots.views.pictures import Fact, MapPicture, Picture, Places, RankedRow, RankingPicture, TrendPicture
from hotspots.views.png import draw_picture

if TYPE_CHECKING:
    from collections.abc import Callable

    from hotspots.schemas import Boundaries
    from hotspots.views.sheet import Size

FACTS = tuple(Fact(f"Key figure {number}", "12,345", "no clear change on January 2023") for number in range(4))
NOTES = ("January 2022 is missing: unknown, not zero.", "Incidents are published at snap points.")


def invent_pictures(wards: Boundaries) -> dict[str, Picture]:
    """Invent one picture of each kind."""
    rng = np.random.default_rng(1)
    rates = rng.lognormal(4.4, 0.5, len(wards))
    centres = shapely.point_on_surface(wards.geometry[rng.choice(len(wards), 20, replace=False)])
    clusters = pd.DataFrame(
        {
            "cluster": range(1, 21),
            "incidents": np.arange(2000, 0, -100),
            "hectares": rng.uniform(2, 80, 20),
            "area_name": [wards.names[0]] * 20,
            "geometry": shapely.buffer(centres, 180),
        }
    )
    ranked = tuple(
        RankedRow(place + 1, name, 100 - place / 2, max(1, place - 3), place + 6, code)
        for place, (name, code) in enumerate(zip(wards.names, wards.codes, strict=True))
    )
    west, south, east, north = shapely.bounds(wards.geometry[0])
    points = rng.uniform((west, south), (east, north), (600, 2))
    values = rng.normal(15_000, 1_000, 34)
    values[20] = np.nan
    common = {"subtitle": "May 2020 to February 2023", "facts": FACTS, "notes": NOTES, "source": wards.licence}
    return {
        "map of the force": MapPicture(
            title="The force",
            boundaries=wards,
            values=rates,
            classes=classify(rates, title="Rate"),
            clusters=clusters,
            ranked=ranked[:12],
            **common,
        ),
        "map of an area": MapPicture(
            title="An area",
            boundaries=wards,
            highlight=(wards.codes[0],),
            places=Places(points[:, 0], points[:, 1], rng.geometric(0.1, 600).astype(float)),
            **common,
        ),
        "ranking": RankingPicture(title="Ranking", rows=ranked, total=len(ranked), **common),
        "trend": TrendPicture(
            title="Trend",
            months=np.arange(604, 638),
            values=values,
            series_name="The force",
            value_title="Incidents",
            **common,
        ),
    }


def plot_with_geopandas(wards: Boundaries) -> bytes:
    """Plot the wards by a figure, as a user would, at the size of a slide."""
    frame = gpd.GeoDataFrame({"rate": np.arange(len(wards))}, geometry=wards.geometry, crs=27700)
    figure = Figure(figsize=(1920 / 144, 1080 / 144), dpi=144)
    FigureCanvasAgg(figure)
    frame.plot(column="rate", ax=figure.add_subplot(), legend=True, edgecolor="white")
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def time_calls(call: Callable[[], object], *, times: int = 7) -> tuple[float, float]:
    """Return the time of the first call and the median of the others, in milliseconds."""
    taken = []
    for _ in range(times + 1):
        start = time.perf_counter()
        call()
        taken.append(1_000 * (time.perf_counter() - start))
    return taken[0], statistics.median(taken[1:])


def main() -> None:
    wards = read_embedded()
    pictures = invent_pictures(wards)
    sizes: tuple[Size, ...] = ("slide", "a4")
    print(f"{'picture':<18} {'size':<6} {'first ms':>9} {'warm ms':>8} {'kB':>6}  same bytes")
    for name, picture in pictures.items():
        for size in sizes:
            first, warm = time_calls(lambda picture=picture, size=size: draw_picture(picture, size=size))
            png = draw_picture(picture, size=size)
            same = png == draw_picture(picture, size=size)
            assert same
            print(f"{name:<18} {size:<6} {first:>9.0f} {warm:>8.0f} {len(png) / 1000:>6.0f}  {same}")
    first, warm = time_calls(lambda: plot_with_geopandas(wards))
    print(f"{'geopandas plot':<18} {'slide':<6} {first:>9.0f} {warm:>8.0f}         wards and a colour bar only")


if __name__ == "__main__":
    main()
