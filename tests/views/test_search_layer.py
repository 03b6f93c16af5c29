"""Rings of stop searches: escaped, apart from the dots, and asking no other machine for anything."""

from __future__ import annotations

import pandas as pd
import pytest

from hotspots.views.folium_elements import LocalMap
from hotspots.views.palette import CLUSTER, LAND, WHITE, contrast
from hotspots.views.search_layer import (
    RING_RADII,
    SEARCH,
    SEARCH_DARK,
    add_searches,
    describe_searches,
    ring_radius,
    write_search_legend,
)
from hotspots.views.theme import DARK

TILES = "https://tiles.example.org/{z}/{x}/{y}.png"
PLACES = pd.DataFrame(
    {
        "lon": [-1.61, -1.62],
        "lat": [54.97, 54.98],
        "searches": [16, 1],
        "found": [4, 0],
        "object": ["<script>alert(1)</script>", "Controlled drugs"],
    }
)


def test_rings_grow_with_searches_and_hold_no_markup() -> None:
    first, second = describe_searches(PLACES)["features"]
    assert first["properties"]["searches"] == "16 stop searches"
    assert second["properties"]["searches"] == "1 stop search"
    assert "<" not in first["properties"]["object"]
    assert first["properties"]["style"]["radius"] == RING_RADII[1]
    assert not first["properties"]["style"]["fill"], "the dots of incidents below stay to be seen"
    area = [(ring_radius(n, 16) - RING_RADII[0]) ** 2 for n in (4, 16)]
    assert area[1] == pytest.approx(4 * area[0])


def test_the_layer_is_drawn_on_a_map_of_ours() -> None:
    area_map = LocalMap(tiles=None)
    add_searches(area_map, PLACES)
    page = area_map.get_root().render()
    assert "16 stop searches" in page
    assert "<script>alert(1)" not in page
    plain = LocalMap(tiles=None)
    before = len(plain._children)
    add_searches(plain, PLACES.head(0))
    assert len(plain._children) == before


def test_the_legend_names_sizes() -> None:
    legend = write_search_legend(PLACES)
    assert "16 stop searches at one place" in legend
    assert "1 stop search at one place" in legend
    assert write_search_legend(PLACES.head(0)) == ""


def test_rings_can_be_seen_on_every_ground_and_told_from_clusters() -> None:
    assert min(contrast(SEARCH, ground) for ground in (WHITE, LAND)) >= 7
    assert contrast(SEARCH, CLUSTER) >= 2.5
    assert min(contrast(SEARCH_DARK, ground) for ground in (DARK.ground, DARK.land)) >= 7
    assert contrast(SEARCH_DARK, CLUSTER) >= 2


def test_rings_are_light_on_a_dark_map_and_dark_on_paper() -> None:
    for look, ring in (({}, SEARCH), ({"dark": True}, SEARCH_DARK), ({"dark": True, "tiles": TILES}, SEARCH)):
        area_map = LocalMap(tiles=None)
        add_searches(area_map, PLACES, **look)
        page = area_map.get_root().render()
        assert f'"color": "{ring}"' in page
        assert ("beforeprint" in page) is (ring == SEARCH_DARK)
    assert f"light-dark({SEARCH}, {SEARCH_DARK})" in write_search_legend(PLACES)
