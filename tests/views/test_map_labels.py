"""Numbers and names on a map: each is there, where it belongs, and hides as little as it can."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from hotspots.schemas import Boundaries
from hotspots.views import palette
from hotspots.views.classes import classify
from hotspots.views.map_labels import number_clusters, write_inside
from hotspots.views.map_panel import MapPanel, case_clusters, draw_clusters, draw_places
from hotspots.views.pictures import Places
from hotspots.views.png import lay_out
from hotspots.views.sheet import Box, open_sheet

Maker = Callable[..., Any]
NAME: dict[str, Any] = {"sizes": (9.0,), "colour": palette.INK, "bold": False, "halo": palette.WHITE}


@pytest.fixture
def panel() -> MapPanel:
    """Open a map of 4 km by 3 km on 400 by 300 points."""
    return MapPanel(open_sheet("slide"), Box(20, 20, 400, 300), (0.0, 0.0, 4000.0, 3000.0))


def box_of(panel: MapPanel, text: str) -> Box:
    return next(box for words, box in panel.sheet.list_text_boxes() if words == text)


@pytest.mark.parametrize(
    "centre", [(0, 1500), (4000, 1500), (2000, 0), (2000, 3000), (-250, -250), (4200, 3200), (-280, 1500)]
)
def test_a_cluster_that_runs_off_the_frame_keeps_its_number_where_it_is_seen(
    panel: MapPanel, centre: tuple[float, float]
) -> None:
    shape = shapely.Point(centre).buffer(400)
    draw_clusters(panel, [shape])
    number_clusters(panel, [7], [shape], size=8.5)
    number = box_of(panel, "7")
    assert panel.box.holds(number)
    seen = shapely.intersection(shape, panel.view)
    assert shapely.distance(panel.to_metres(number), seen) * panel.points_per_metre < 25


def test_a_cluster_cut_in_two_is_numbered_at_its_larger_part(panel: MapPanel) -> None:
    horseshoe = shapely.union_all(
        [
            shapely.box(3900, 300, 4500, 400),
            shapely.box(4400, 300, 4500, 2600),
            shapely.box(3000, 2300, 4500, 2600),
        ]
    )
    draw_clusters(panel, [horseshoe])
    number_clusters(panel, [3], [horseshoe], size=8.5)
    ground = panel.to_metres(box_of(panel, "3"))
    assert ground.distance(shapely.box(3000, 2300, 4000, 2600)) * panel.points_per_metre < 25


def test_a_cluster_out_of_sight_has_no_number(panel: MapPanel) -> None:
    shape = shapely.Point(9000, 9000).buffer(100)
    draw_clusters(panel, [shape])
    number_clusters(panel, [1], [shape], size=8.5)
    assert not [artist for artist in panel.sheet.page.texts if artist.get_text() == "1"]


def test_a_name_steps_aside_of_a_cluster_outline(panel: MapPanel) -> None:
    ward = shapely.box(1000, 500, 3000, 2500)
    write_inside(panel, "Elswick", ward, **NAME)
    middle = panel.to_metres(box_of(panel, "Elswick"))
    crossing = shapely.Point(2000, 1500 + 300).buffer(300)
    other = MapPanel(open_sheet("slide"), panel.box, panel.extent)
    draw_clusters(other, [crossing])
    assert middle.intersects(crossing.boundary), "else the outline would not be in its way"
    assert write_inside(other, "Elswick", ward, **NAME)
    ground = other.to_metres(box_of(other, "Elswick"))
    assert not ground.intersects(crossing.boundary)
    assert ward.contains(ground)


def test_a_name_rather_stands_where_there_are_no_dots(panel: MapPanel) -> None:
    ward = shapely.box(500, 200, 3500, 2800)
    across, up = np.meshgrid(np.linspace(1700, 2300, 30), np.linspace(1450, 1550, 10))
    panel.dots = np.column_stack([across.ravel(), up.ravel()])
    assert write_inside(panel, "Bothal", ward, overflow=True, **NAME)
    west, south, east, north = panel.to_metres(box_of(panel, "Bothal")).bounds
    x, y = panel.dots.T
    assert not ((x > west) & (x < east) & (y > south) & (y < north)).any()


def test_dots_lie_above_the_casing_of_outlines_and_below_the_outlines(panel: MapPanel) -> None:
    shape = shapely.Point(2000, 1500).buffer(400)
    case_clusters(panel, [shape])
    places = Places(np.array([1600.0, 2400.0]), np.array([1500.0, 1500.0]), np.array([3.0, 50.0]))
    draw_places(panel, places, classify(places.weight, title="Incidents", method="jenks", least=1))
    draw_clusters(panel, [shape])
    casing, *dots, line = (artist.get_zorder() for artist in panel.axes.collections)
    assert len(dots) == 2
    assert casing < min(dots)
    assert max(dots) < line


def test_numbers_of_every_listed_cluster_stand_on_the_map(
    make_area: Maker, wards: Boundaries, clusters: pd.DataFrame
) -> None:
    west, south, east, north = shapely.bounds(wards.geometry[wards.index("E05011437")])
    edge = [shapely.Point(x, y).buffer(300) for x, y in ((west, south), (east, south), (east, north), (west, north))]
    picture = make_area(("E05011437",), "Benwell", clusters=clusters.head(4).assign(geometry=edge))
    sheet = lay_out(picture)
    badges = [artist.get_text() for artist in sheet.page.texts if artist.get_color() == palette.WHITE]
    assert sorted(text for text in badges if text.isdigit()) == sorted(["1", "2", "3", "4"] * 2)
