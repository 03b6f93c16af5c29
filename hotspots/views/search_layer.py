"""Stop searches on an area's map: rings, so that the dots of incidents below stay to be seen."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import folium
import numpy as np

from hotspots.views.folium_elements import Paper
from hotspots.views.folium_map import assert_local
from hotspots.views.wording import write_count, write_number

if TYPE_CHECKING:
    import pandas as pd

SEARCH = "#28104E"
"""Rings of stop searches: dark violet, apart in lightness and shape from the dots and the cluster outlines."""
SEARCH_DARK = "#C3A6F2"
"""The same rings on a dark ground, where dark violet is not seen."""
RING_RADII = (4.0, 16.0)
"""Smallest and largest ring, in pixels."""
RING_WEIGHT = 2.0


def ring_radius(searches: float, largest: int) -> float:
    """Return the radius of a ring in pixels: its area grows with the searches."""
    smallest, widest = RING_RADII
    return smallest + (widest - smallest) * float(np.sqrt(searches / max(largest, 1)))


def describe_searches(places: pd.DataFrame, *, dark: bool = False) -> dict[str, Any]:
    """Turn places with searches into GeoJSON; text in it is escaped.

    Parameters
    ----------
    places
        Columns lon, lat, searches, found and object, one row a place.
    dark
        Whether the map's ground is dark.
    """
    largest = int(places["searches"].max()) if len(places) else 0
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [round(row["lon"], 6), round(row["lat"], 6)]},
            "properties": {
                "searches": write_count(int(row["searches"]), "stop search", "stop searches"),
                "found": f"{write_number(int(row['found']))} with a result",
                "object": "Mostly for: " + html.escape(str(row["object"])),
                "style": {
                    "fill": False,
                    "radius": round(ring_radius(row["searches"], largest), 1),
                    "color": SEARCH_DARK if dark else SEARCH,
                    "weight": RING_WEIGHT,
                    "opacity": 0.9,
                },
            },
        }
        for row in places.to_dict("records")
    ]
    return {"type": "FeatureCollection", "features": features}


def add_searches(area_map: folium.Map, places: pd.DataFrame, *, tiles: str | None = None, dark: bool = False) -> None:
    """Draw rings of stop searches on a map that :func:`hotspots.views.folium_map.build_area_map` made.

    Parameters
    ----------
    area_map
        The map; `tiles` and `dark` as it was made with.
    places
        See :func:`describe_searches`.
    tiles
        Address of an opted-in online base map, which is light whatever the page is.
    dark
        Whether the page's ground is dark.

    Raises
    ------
    ValueError
        If the map would call another machine.
    """
    if not len(places):
        return
    dark = dark and not tiles
    rings = folium.GeoJson(
        describe_searches(places, dark=dark),
        marker=folium.CircleMarker(radius=RING_RADII[0]),
        tooltip=folium.GeoJsonTooltip(["searches", "found", "object"], labels=False, class_name="plain"),
    )
    rings.add_to(area_map)
    if dark:
        Paper([rings], {SEARCH_DARK: SEARCH}).add_to(area_map)
    assert_local(area_map, allowed=tiles)


def write_search_legend(places: pd.DataFrame) -> str:
    """Write the legend of the rings as HTML; empty without searches."""
    if not len(places):
        return ""
    largest = int(places["searches"].max())
    parts = []
    for searches in sorted({1, max(largest // 4, 1), largest}):
        size = round(2 * ring_radius(searches, largest))
        line = f"{RING_WEIGHT:g}px solid light-dark({SEARCH}, {SEARCH_DARK})"
        ring = f"width:{size}px;height:{size}px;border-radius:50%;border:{line}"
        told = write_count(searches, "stop search", "stop searches")
        parts.append(f'<span><i style="{ring}"></i>{told} at one place</span>')
    return f'<div class="hs-legend" role="img" aria-label="Legend of the stop searches">{"".join(parts)}</div>'
